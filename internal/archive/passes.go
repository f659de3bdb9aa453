package archive

import (
	"bytes"
	"fmt"
	"io"
)

// Save writes the state to w in pieces of at most 64 KiB. Before that it calls begin with the
// number of bytes, unless the state cannot be saved.
func Save(w io.Writer, begin func(size int64), visit func(*Walk)) error {
	a := &Walk{mode: measuring, want: Any}
	visit(a)
	if a.err != nil {
		return a.err
	}
	begin(a.size)
	a = &Walk{mode: writing, want: Any, w: w, foreign: a.foreign}
	visit(a)
	return a.err
}

// Marshal returns the encoding of the state.
func Marshal(visit func(*Walk)) ([]byte, error) {
	var b bytes.Buffer
	err := Save(&b, func(size int64) { b.Grow(int(size)) }, visit)
	return b.Bytes(), err
}

// Restorer reads a state in two passes over the same bytes: Check, then Assign.
type Restorer struct {
	Source  string // the name of the bytes, for error messages
	Size    int64  // the number of bytes
	Visit   func(*Walk)
	foreign []foreign
}

// Check reads the bytes, and returns an error if they do not fit the value. It changes nothing.
func (r *Restorer) Check(from io.Reader) error {
	a := r.walk(checking, from)
	r.foreign = a.foreign
	return a.err
}

// Assign reads the same bytes again and assigns the fields. Before that it restores the values that
// encode themselves, from the data that Check has kept. If one of these returns an error, Assign
// restores all of them, and nothing has changed.
func (r *Restorer) Assign(from io.Reader) error {
	for i, f := range r.foreign {
		if err := f.UnmarshalBinary(f.data); err != nil {
			putBack(r.foreign[:i+1])
			return fmt.Errorf("state of %T: UnmarshalBinary: %w", f.selfEncoding, err)
		}
	}
	err := r.walk(reading, from).err
	if err != nil {
		putBack(r.foreign)
		err = fmt.Errorf("%s failed in its second reading, and the state to be restored is not valid any more: %w", r.Source, err)
	}
	return err
}

func (r *Restorer) walk(m mode, from io.Reader) *Walk {
	a := &Walk{mode: m, want: Any, r: from, left: r.Size, source: r.Source}
	r.Visit(a)
	if a.left > 0 {
		a.Fail("%d bytes too many", a.left)
	}
	return a
}

// Unmarshal restores the state from data. If it returns an error, nothing has changed.
func Unmarshal(data []byte, visit func(*Walk)) error {
	r := &Restorer{Source: "the data", Size: int64(len(data)), Visit: visit}
	if err := r.Check(bytes.NewReader(data)); err != nil {
		return err
	}
	return r.Assign(bytes.NewReader(data))
}

// Reset sets the state of a value to the state of a new value. It keeps the settings.
func Reset(visit func(*Walk)) { visit(&Walk{mode: resetting}) }

// Resize walks over the state of a value whose vectors get the length n. It sets the number of
// parameters, if there have been steps, and calls each for every vector. each assigns the new vector.
func Resize(visit func(*Walk), n int, each func(field *[]float64)) {
	visit(&Walk{mode: resizing, want: Any, length: n, each: each})
}
