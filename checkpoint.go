package optim

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"example.com/optim/internal/archive"
)

// A checkpoint is the magic, the length of the body, the body (see visit) and the
// CRC-32C of all that, in little-endian.
const (
	magic      = "optim\x00\x00\x01" // the last byte is the version
	headLength = len(magic) + 8
	sumLength  = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes the parameters, the optimizer and more, so that a run can go on from
// there to the same bits. A nil opt saves the parameters without an optimizer. What
// more may hold, in any order and number:
//
//   - estimators and Plateaus of this package, and further optimizers;
//   - what has the methods MarshalBinary and UnmarshalBinary, such as a *rand.PCG;
//   - *int, *float64 and []float64, such as a step counter or a best loss.
//
// The state of an optimizer includes the fields that the user assigns, such as
// learning rates and betas. It does not include functions, such as a Schedule, nor
// a generator of random numbers, which goes into more by itself. Save writes a
// stream, and holds no copy of the state.
func Save(w io.Writer, params []float64, opt Optimizer, more ...any) error {
	c, err := newContents("Save", params, opt, more)
	if err != nil {
		return err
	}
	return c.save(w)
}

// Load reads what Save wrote. params must have the same length. opt and the values
// of more must be made in the same way as those that were saved: the same types, in
// the same order, nested alike. The fields of the optimizer that the user assigns
// are restored too. With a nil opt and no more Load reads the parameters alone,
// whatever else there is; with a nil opt and more it skips the optimizer.
//
// Load reads no further than the end of the checkpoint. It reads twice if r is an
// io.Seeker, and otherwise holds all of the checkpoint in memory. If the checkpoint
// is damaged or does not fit, Load returns an error that says how, and nothing has
// changed.
func Load(r io.Reader, params []float64, opt Optimizer, more ...any) error {
	c, err := newContents("Load", params, opt, more)
	if err != nil {
		return err
	}
	if seeker, ok := r.(io.ReadSeeker); ok {
		if _, err := seeker.Seek(0, io.SeekCurrent); err == nil { // a pipe returns an error
			return c.load(seeker, false)
		}
	}
	head := make([]byte, headLength)
	length, err := readHead(r, head)
	if err != nil {
		return err
	}
	rest, err := io.ReadAll(io.LimitReader(r, length+sumLength))
	if err != nil {
		return fmt.Errorf("optim: Load: %w", err)
	}
	return c.load(bytes.NewReader(append(head, rest...)), false)
}

// contents is what a checkpoint holds.
type contents struct {
	params []float64
	opt    Optimizer
	more   []any
}

func newContents(function string, params []float64, opt Optimizer, more []any) (*contents, error) {
	if opt != nil && isNil(opt) {
		return nil, fmt.Errorf("optim: %s: the optimizer is a nil %T", function, opt)
	}
	for i, v := range more {
		if v == nil || isNil(v) {
			return nil, fmt.Errorf("optim: %s: value %d of more is nil", function, i+1)
		}
	}
	return &contents{params, opt, more}, nil
}

// visit walks over the body: the parameters, the optimizer and more, each of the
// latter two with its length in front.
func (c *contents) visit(a *walk) {
	if n := a.Count(len(c.params)); n != len(c.params) {
		a.Fail("Load: len(params) = %d, the checkpoint has %d", len(c.params), n)
		return
	}
	a.Elements(c.params)
	if c.opt == nil {
		a.Section("optimizer", nil)
	} else {
		a.Section("optimizer", func(a *walk) {
			a.Inner(len(c.params), func(a *walk) { visitAny(a, c.opt) })
		})
	}
	if c.opt == nil && len(c.more) == 0 && a.Reads() {
		a.Skip()
		return
	}
	a.Same("values besides params and opt", len(c.more))
	for _, v := range c.more {
		a.Section("value", func(a *walk) {
			a.Inner(archive.Any, func(a *walk) {
				if !a.Value(v) {
					visitAny(a, v)
				}
			})
		})
	}
}

// save writes a checkpoint.
func (c *contents) save(to io.Writer) error {
	saver, err := archive.NewSaver(c.visit)
	if err != nil {
		return err
	}
	w, sum := bufio.NewWriter(to), crc32.New(castagnoli)
	both := io.MultiWriter(w, sum)
	both.Write(binary.LittleEndian.AppendUint64([]byte(magic), uint64(saver.Size))) // w keeps its error
	if err := saver.Write(both); err != nil {
		return err
	}
	w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return w.Flush()
}

// load reads a checkpoint twice: it checks all of it and then assigns. If it is to
// be alone, nothing may follow it.
func (c *contents) load(r io.ReadSeeker, alone bool) error {
	start, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("optim: Load: %w", err)
	}
	end, err := r.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = r.Seek(start, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("optim: Load: %w", err)
	}
	head := make([]byte, headLength)
	length, err := readHead(r, head)
	if err != nil {
		return err
	}
	body := start + int64(headLength)
	switch surplus := end - body - length - sumLength; {
	case surplus < 0:
		return fmt.Errorf("optim: Load: the checkpoint ends %d bytes early", -surplus)
	case surplus > 0 && alone:
		return fmt.Errorf("optim: Load: %d bytes behind the checkpoint", surplus)
	}
	restorer := archive.NewRestorer("the checkpoint", c.visit)
	if err := check(restorer, r, head, length); err != nil {
		return err
	}
	if _, err := r.Seek(body, io.SeekStart); err != nil {
		return fmt.Errorf("optim: Load: %w", err)
	}
	if err := restorer.Assign(bufio.NewReader(io.LimitReader(r, length)), length); err != nil {
		return err
	}
	_, err = r.Seek(body+length+sumLength, io.SeekStart)
	return err
}

// readHead reads the head of a checkpoint, and returns the length of its body.
func readHead(r io.Reader, head []byte) (int64, error) {
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, fmt.Errorf("optim: Load: no checkpoint: %w", err)
	}
	const version = len(magic) - 1
	length := binary.LittleEndian.Uint64(head[len(magic):])
	switch {
	case string(head[:version]) != magic[:version]:
		return 0, errors.New("optim: Load: no checkpoint: it begins with other bytes")
	case head[version] != magic[version]:
		return 0, fmt.Errorf("optim: Load: the checkpoint has version %d, this package reads version %d", head[version], magic[version])
	case length > math.MaxInt64-uint64(headLength)-sumLength:
		return 0, fmt.Errorf("optim: Load: a body of %d bytes", length)
	}
	return int64(length), nil
}

// check reads the body and the checksum. A wrong checksum explains any other error.
func check(restorer *archive.Restorer, r io.Reader, head []byte, length int64) error {
	sum := crc32.New(castagnoli)
	sum.Write(head)
	body := io.TeeReader(bufio.NewReader(io.LimitReader(r, length)), sum)
	misfit := restorer.Check(body, length)
	if _, err := io.Copy(io.Discard, body); err != nil {
		return fmt.Errorf("optim: Load: %w", err)
	}
	var stored [sumLength]byte
	if _, err := io.ReadFull(r, stored[:]); err != nil {
		return fmt.Errorf("optim: Load: %w", err)
	}
	if sum.Sum32() != binary.LittleEndian.Uint32(stored[:]) {
		return errors.New("optim: Load: the checkpoint is damaged: it has another checksum")
	}
	return misfit
}
