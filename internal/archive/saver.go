package archive

import (
	"bytes"
	"fmt"
	"io"
)

// plan is what one walk over a value finds and a later one needs, in the order of
// the walk.
type plan struct {
	sections  []int64  // their lengths
	encodings [][]byte // of values that encode themselves, to be written
	foreign   []foreign
}

// foreign is a value that encodes itself, and the data that it is to be read from.
type foreign struct {
	selfEncoding
	data, before []byte
}

// Saver writes the state of a value.
type Saver struct {
	Size  int64 // bytes
	visit func(*Walk)
	plan  plan
}

// NewSaver measures the state.
func NewSaver(visit func(*Walk)) (*Saver, error) {
	s := &Saver{visit: visit}
	a := &Walk{mode: measuring, plan: &s.plan}
	visit(a)
	s.Size = a.size
	return s, a.err
}

// Write writes the state, once, in pieces of at most 64 KiB. The state must be the
// one that NewSaver has measured.
func (s *Saver) Write(w io.Writer) error {
	a := &Walk{mode: writing, stream: stream{w: w}, plan: &s.plan}
	s.visit(a)
	return a.err
}

// Marshal returns the encoding of the state.
func Marshal(visit func(*Walk)) ([]byte, error) {
	s, err := NewSaver(visit)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(make([]byte, 0, s.Size))
	err = s.Write(b)
	return b.Bytes(), err
}

// Restorer reads the state of a value, in two passes over the same bytes: Check
// changes nothing, Assign cannot fail if Check did not.
type Restorer struct {
	source string
	visit  func(*Walk)
	plan   plan
}

// NewRestorer returns a Restorer of the state that visit walks over. The source is
// what error messages call the bytes.
func NewRestorer(source string, visit func(*Walk)) *Restorer {
	return &Restorer{source: source, visit: visit}
}

// Check reads size bytes and compares them with the value.
func (r *Restorer) Check(from io.Reader, size int64) error { return r.walk(checking, from, size) }

// Assign reads the same bytes again and assigns the fields. Values that encode
// themselves come first, from the data that Check has kept: if one of them returns
// an error, Assign restores those before it, and nothing has changed.
func (r *Restorer) Assign(from io.Reader, size int64) error {
	for i := range r.plan.foreign {
		if err := r.plan.foreign[i].restore(); err != nil {
			r.undo(i)
			return err
		}
	}
	err := r.walk(reading, from, size)
	if err != nil {
		r.undo(len(r.plan.foreign))
		err = fmt.Errorf("%w, in the second reading of %s: the state that was to be restored is not valid any more", err, r.source)
	}
	return err
}

func (r *Restorer) walk(m mode, from io.Reader, size int64) error {
	a := &Walk{mode: m, stream: stream{r: from, left: size}, plan: &r.plan, source: r.source, want: Any}
	r.visit(a)
	if a.left > 0 {
		a.Fail("%d bytes too many", a.left)
	}
	return a.err
}

func (f *foreign) restore() error {
	var err error
	if f.before, err = f.MarshalBinary(); err != nil {
		return fmt.Errorf("optim: a %T: %w", f.selfEncoding, err)
	}
	if err := f.UnmarshalBinary(f.data); err != nil {
		f.UnmarshalBinary(f.before)
		return fmt.Errorf("optim: a %T: %w", f.selfEncoding, err)
	}
	return nil
}

// undo restores the first n values that encode themselves.
func (r *Restorer) undo(n int) {
	for _, f := range r.plan.foreign[:n] {
		f.UnmarshalBinary(f.before)
	}
}

// Unmarshal restores the state from data. If it returns an error, nothing has
// changed.
func Unmarshal(data []byte, visit func(*Walk)) error {
	r := NewRestorer("the data", visit)
	size := int64(len(data))
	if err := r.Check(bytes.NewReader(data), size); err != nil {
		return err
	}
	return r.Assign(bytes.NewReader(data), size)
}
