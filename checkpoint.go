package optim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
)

// A checkpoint is the magic, the length of the body, the body (the number of
// parameters, the parameters, the optimizer's encoding) and the CRC-32C of all
// that, in little-endian.
const (
	magic      = "optim\x00\x00\x01" // the last byte is the version
	headLength = len(magic) + 8
	sumLength  = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// Save writes parameters and optimizer, so that Load can go on from there to
// the same bits.
//
// The fields of an optimizer are part of it, functions such as its Schedule are
// not, and neither is a generator of random numbers: those of math/rand/v2 have
// a MarshalBinary of their own.
func Save(w io.Writer, params []float64, opt Optimizer) error {
	data, err := encode(params, opt)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// Load reads what Save wrote into params, which must have the same length, and
// into opt, which must be made in the same way: the same types, nested alike. It
// reads no further than the end of the checkpoint. If what it finds is damaged,
// or does not fit, it returns an error that says how, and nothing has changed.
func Load(r io.Reader, params []float64, opt Optimizer) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	return decode(body, params, opt)
}

// readBody reads a checkpoint as far as its checksum, which covers the body.
func readBody(r io.Reader) ([]byte, error) {
	head := make([]byte, headLength)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("optim: Load: no checkpoint: %w", err)
	}
	if string(head[:len(magic)-1]) != magic[:len(magic)-1] {
		return nil, errors.New("optim: Load: no checkpoint: it begins otherwise")
	}
	if v := head[len(magic)-1]; v != magic[len(magic)-1] {
		return nil, fmt.Errorf("optim: Load: the checkpoint has version %d, this package reads version %d", v, magic[len(magic)-1])
	}
	length := binary.LittleEndian.Uint64(head[len(magic):])
	if length > math.MaxInt64-uint64(headLength)-sumLength {
		return nil, fmt.Errorf("optim: Load: a body of %d bytes", length)
	}
	rest, err := io.ReadAll(io.LimitReader(r, int64(length)+sumLength))
	if err != nil {
		return nil, fmt.Errorf("optim: Load: %w", err)
	}
	if missing := length + sumLength - uint64(len(rest)); missing > 0 {
		return nil, fmt.Errorf("optim: Load: the checkpoint ends %d bytes early", missing)
	}
	body, sum := rest[:length], binary.LittleEndian.Uint32(rest[length:])
	if crc32.Update(checksum(head), castagnoli, body) != sum {
		return nil, errors.New("optim: Load: the checkpoint is damaged: its checksum is another")
	}
	return body, nil
}

// SaveFile saves to a file in one piece: whatever happens on the way, the file
// holds either the checkpoint of before or this one, whole and on the disk. It
// writes to name + ".tmp" first, so that one file is for one writer at a time.
func SaveFile(name string, params []float64, opt Optimizer) (err error) {
	data, err := encode(params, opt)
	if err != nil {
		return err
	}
	temporary := name + ".tmp"
	defer func() {
		if err != nil {
			os.Remove(temporary)
		}
	}()
	if err := writeSynced(temporary, data); err != nil {
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// LoadFile loads what SaveFile saved, under the conditions of Load.
func LoadFile(name string, params []float64, opt Optimizer) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	r := bytes.NewReader(data)
	body, err := readBody(r)
	if err == nil && r.Len() > 0 {
		err = fmt.Errorf("optim: Load: %d bytes behind the checkpoint", r.Len())
	}
	if err == nil {
		err = decode(body, params, opt)
	}
	if err != nil {
		return fmt.Errorf("%w (in %s)", err, name)
	}
	return nil
}

// encode makes a checkpoint.
func encode(params []float64, opt Optimizer) ([]byte, error) {
	measure := archive{mode: measuring}
	measure.optimizer(opt)
	b := make([]byte, 0, headLength+8+8*len(params)+measure.size+sumLength)
	b = append(b, magic...)
	b = append(b, make([]byte, headLength-len(magic))...) // the length, once it is known
	b = binary.LittleEndian.AppendUint64(b, uint64(len(params)))
	a := archive{mode: writing, b: appendVector(b, params)}
	a.optimizer(opt)
	if a.err != nil {
		return nil, a.err
	}
	binary.LittleEndian.PutUint64(a.b[len(magic):], uint64(len(a.b)-headLength))
	return binary.LittleEndian.AppendUint32(a.b, checksum(a.b)), nil
}

// decode reads the body of a checkpoint.
func decode(body []byte, params []float64, opt Optimizer) error {
	a := archive{mode: checking, b: body, name: "the parameters"}
	if n := a.count(0); a.err == nil && n != len(params) {
		return fmt.Errorf("optim: Load: len(params) = %d, the checkpoint has %d", len(params), n)
	}
	stored := a.take(8 * len(params))
	if a.err != nil {
		return a.err
	}
	err := restore(a.b, len(params), func(a *archive) {
		a.name = "the optimizer"
		a.optimizer(opt)
	})
	if err != nil {
		return err
	}
	readVector(params, stored)
	return nil
}

func writeSynced(name string, data []byte) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes a renaming last. Windows cannot, and does not need to.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
