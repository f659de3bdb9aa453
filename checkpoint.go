package optim

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"example.com/optim/internal/archive"
)

// A checkpoint is the magic, the length of the body, the body (see visit) and the CRC-32C of these
// three parts, in little-endian.
const (
	magic      = "optim\x00\x00\x01" // the last byte is the version
	headLength = len(magic) + 8
	sumLength  = crc32.Size
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes the parameters, the optimizer and more to w. A run that loads them continues to the
// same bits as a run without interruption. If opt is nil, Save writes no optimizer. If the
// parameters lie in [Tensors], params is nil and the Tensors are a value of more. The values of more
// may be, in any order:
//
//   - Tensors, estimators, Plateaus and transforms of this package, and further optimizers;
//   - values with the methods MarshalBinary and UnmarshalBinary, such as a *rand.PCG;
//   - *int, *float64 and []float64, such as a step counter or a best loss.
//
// The state of an optimizer includes the fields that the user assigns, such as learning rates and
// betas. It includes no functions, such as a [Schedule]. It includes no generator of random numbers:
// pass the source of the generator as a value of more. Save makes no copy of the state in memory,
// except of values with MarshalBinary.
func Save(w io.Writer, params []float64, opt Optimizer, more ...any) error {
	return failed("Save", (&contents{params: params, opt: opt, more: more}).save(w))
}

// Load reads what [Save] wrote. params must have the same length. opt and the values of more must be
// made in the same way as the saved ones: the same types, in the same order, nested alike. Load
// restores the fields of the optimizer that the user assigns, such as learning rates and betas,
// too. If opt is nil, Load skips the optimizer. If more is empty too, Load reads only the
// parameters.
//
// Load reads no further than the end of the checkpoint. If r is an io.Seeker, Load reads the
// checkpoint twice. Otherwise it holds the whole checkpoint in memory. If the checkpoint is damaged
// or does not fit, Load returns an error that says how, and changes nothing.
func Load(r io.Reader, params []float64, opt Optimizer, more ...any) error {
	return failed("Load", (&contents{params: params, opt: opt, more: more}).load(r, false))
}

// contents are the arguments that a checkpoint holds.
type contents struct {
	params []float64
	opt    Optimizer
	more   []any
	piece  int // number of parameters of the optimizer in a shard; 0 if it is not a shard
}

// visit walks over the body: the parameters, more and the optimizer. A count stands before each.
// The optimizer is last, so that a nil opt can skip it.
func (c *contents) visit(a *walk) {
	if n := a.Count(len(c.params)); n != len(c.params) {
		a.Fail("len(params) = %d, the checkpoint has %d", len(c.params), n)
		return
	}
	a.Elements(c.params)
	if c.opt == nil && len(c.more) == 0 && a.Reads() {
		a.Skip()
		return
	}
	n := a.Count(len(c.more))
	for i, v := range c.more {
		part := fmt.Sprintf("value %d of more", i+1)
		if i >= n {
			a.Fail("the checkpoint has no %s, want a %T", part, v)
			return
		}
		a.Part(part, archive.Any, func(a *walk) {
			if isNil(v) || !a.Value(v) {
				visitAny(a, v)
			}
		})
	}
	if n > len(c.more) {
		a.Fail("the checkpoint has %s as value %d of more, want none", a.TypeName(), len(c.more)+1)
	}
	has := a.Flag(c.opt != nil)
	switch {
	case c.opt == nil && a.Reads():
		a.Skip()
	case c.opt != nil && !has:
		a.Fail("the checkpoint has no optimizer, want a %T", c.opt)
	case c.opt != nil:
		a.Part("optimizer", c.parameters(), func(a *walk) { visitAny(a, c.opt) })
	}
}

// parameters returns the number of parameters of the optimizer, or archive.Any if it is not known.
// Without params the parameters lie in the Tensors of more.
func (c *contents) parameters() int {
	if c.piece > 0 {
		return c.piece
	}
	if c.params != nil {
		return len(c.params)
	}
	n, found := 0, 0
	for _, v := range c.more {
		if ts, ok := v.(*Tensors); ok && ts != nil {
			n, found = ts.Len(), found+1
		}
	}
	if found > 1 {
		return archive.Any
	}
	return n
}

func (c *contents) save(to io.Writer) error {
	sum := crc32.New(castagnoli)
	w := bufio.NewWriter(io.MultiWriter(to, sum))
	err := archive.Save(w, func(size int64) {
		w.Write(binary.LittleEndian.AppendUint64([]byte(magic), uint64(size))) // w keeps its error
	}, c.visit)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		_, err = to.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	}
	return err
}

// load reads a checkpoint twice: it checks all of it and then assigns. If alone is true, no bytes
// may follow the checkpoint.
func (c *contents) load(from io.Reader, alone bool) error {
	assign, err := c.check(from, alone)
	if err == nil {
		err = assign()
	}
	return err
}

// check reads a checkpoint and changes nothing. It returns a function that reads it again and assigns.
func (c *contents) check(from io.Reader, alone bool) (assign func() error, err error) {
	r, start, end, err := seekable(from)
	if err != nil {
		return nil, err
	}
	sum := crc32.New(castagnoli)
	length, err := readHead(io.TeeReader(r, sum))
	if err != nil {
		return nil, err
	}
	body := start + int64(headLength)
	switch most := end - body - sumLength; {
	case length < 0 || length > most:
		return nil, fmt.Errorf("the checkpoint ends too early: a body of %d bytes, want %d", most, uint64(length))
	case length < most && alone:
		return nil, fmt.Errorf("%d bytes after the checkpoint", most-length)
	}
	restorer := archive.Restorer{Source: "the checkpoint", Size: length, Visit: c.visit}
	first := bufio.NewReader(io.TeeReader(io.LimitReader(r, length), sum))
	misfit := restorer.Check(first)
	_, err = io.Copy(io.Discard, first)
	stored := make([]byte, sumLength)
	if err == nil {
		_, err = io.ReadFull(r, stored)
	}
	switch {
	case err != nil:
		return nil, err
	case sum.Sum32() != binary.LittleEndian.Uint32(stored): // explains any misfit
		return nil, errors.New("the checkpoint is damaged: its checksum is wrong")
	case misfit != nil:
		return nil, misfit
	}
	return func() error {
		_, err := r.Seek(body, io.SeekStart)
		if err == nil {
			err = restorer.Assign(bufio.NewReader(io.LimitReader(r, length)))
		}
		if err == nil {
			_, err = r.Seek(body+length+sumLength, io.SeekStart)
		}
		return err
	}, nil
}

// seekable returns r with its position and the position of its end. If r cannot seek, seekable
// reads a checkpoint from r into memory, and returns a reader of this memory.
func seekable(r io.Reader) (s io.ReadSeeker, start, end int64, err error) {
	if s, ok := r.(io.ReadSeeker); ok {
		start, err := s.Seek(0, io.SeekCurrent)
		if err == nil { // it is not nil for a pipe
			end, err = s.Seek(0, io.SeekEnd)
			if err == nil {
				_, err = s.Seek(start, io.SeekStart)
			}
			return s, start, end, err
		}
	}
	var all bytes.Buffer
	length, err := readHead(io.TeeReader(r, &all))
	if err == nil {
		_, err = io.Copy(&all, io.LimitReader(r, length+sumLength))
	}
	return bytes.NewReader(all.Bytes()), 0, int64(all.Len()), err
}

// readHead reads the head of a checkpoint, and returns the length of its body.
func readHead(r io.Reader) (int64, error) {
	head := make([]byte, headLength)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, fmt.Errorf("not a checkpoint: %w", err)
	}
	const version = len(magic) - 1
	switch {
	case head[0] == '{':
		return 0, errors.New("not a checkpoint, but a manifest of shards: use LoadFile of Sharded")
	case string(head[:version]) != magic[:version]:
		return 0, errors.New("not a checkpoint: it begins with other bytes")
	case head[version] != magic[version]:
		return 0, fmt.Errorf("the checkpoint has version %d, this package reads version %d", head[version], magic[version])
	}
	return int64(binary.LittleEndian.Uint64(head[len(magic):])), nil
}
