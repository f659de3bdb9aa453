package archive

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"io"
)

// chunk is the most bytes that a walk over a vector holds at a time.
const chunk = 1 << 16

// stream is where the bytes of a walk go to or come from.
type stream struct {
	w    io.Writer
	r    io.Reader
	size int64 // measured so far
	left int64 // bytes to read
	b    []byte
}

// buffer returns n bytes that are valid until the next call.
func (s *stream) buffer(n int) []byte {
	if len(s.b) < n {
		s.b = make([]byte, n)
	}
	return s.b[:n]
}

// put writes b.
func (a *Walk) put(b []byte) {
	if a.err == nil {
		_, a.err = a.w.Write(b)
	}
}

// take returns the next n bytes, which are valid until the next call, or nil if
// there are not so many.
func (a *Walk) take(n int) []byte {
	if a.err != nil {
		return nil
	}
	if int64(n) > a.left {
		a.Fail("%s ends %d bytes early", a.source, int64(n)-a.left)
		return nil
	}
	b := a.buffer(n)
	if _, err := io.ReadFull(a.r, b); err != nil {
		a.err = fmt.Errorf("optim: %w", err)
		return nil
	}
	a.left -= int64(n)
	return b
}

// skip passes over n bytes.
func (a *Walk) skip(n int64) {
	for a.err == nil && n > 0 {
		n -= int64(len(a.take(int(min(n, chunk)))))
	}
}

// Reads returns whether the walk goes over data to read.
func (a *Walk) Reads() bool { return a.mode == checking || a.mode == reading }

// Skip passes over the rest of the data.
func (a *Walk) Skip() { a.skip(a.left) }

// word walks over eight bytes. It returns v, or when reading what is read, or 0 in
// a reset.
func (a *Walk) word(v uint64) uint64 {
	switch a.mode {
	case measuring:
		a.size += 8
	case writing:
		b := a.buffer(8)
		binary.LittleEndian.PutUint64(b, v)
		a.put(b)
	case checking, reading:
		if b := a.take(8); b != nil {
			return binary.LittleEndian.Uint64(b)
		}
	case resetting:
		return 0
	}
	return v
}

// Section walks over a part with its length in front. If visit is nil, the part is
// empty, and when reading it is skipped. Otherwise it must not be empty in the
// data, nor have bytes that visit does not read.
func (a *Walk) Section(what string, visit func(*Walk)) {
	switch a.mode {
	case measuring:
		a.size += 8
		k, start := len(a.plan.sections), a.size
		a.plan.sections = append(a.plan.sections, 0)
		if visit != nil {
			visit(a)
		}
		a.plan.sections[k] = a.size - start
	case writing:
		a.word(uint64(next(&a.plan.sections)))
		if visit != nil {
			visit(a)
		}
	case checking, reading:
		length, before := int64(a.word(0)), a.left
		switch {
		case length < 0 || length > before:
			a.Fail("a part of %d bytes, but %d are left", length, before)
		case visit == nil:
			a.skip(length)
		case length == 0:
			a.Fail("%s has no %s", a.source, what)
		default:
			a.left = length
			visit(a)
			if a.left > 0 {
				a.Fail("%d bytes too many", a.left)
			}
			a.left = before - length
		}
	}
}

// Foreign walks over a value of another package that encodes itself, with the name
// of its type in front. A reset calls its method Reset, if there is one.
func (a *Walk) Foreign(v any) {
	if a.mode == resetting {
		if r, ok := v.(interface{ Reset() }); ok {
			r.Reset()
		}
		return
	}
	s, ok := v.(selfEncoding)
	if !ok {
		a.Fail("a %T has no MarshalBinary and UnmarshalBinary", v)
		return
	}
	name := fmt.Sprintf("%T", v)
	a.Type(name[:min(len(name), 255)], 1)
	var data []byte
	if a.mode == measuring {
		var err error
		if data, err = s.MarshalBinary(); err != nil {
			a.Fail("a %T: %v", v, err)
		}
		a.plan.encodings = append(a.plan.encodings, data)
	} else if a.mode == writing {
		data = next(&a.plan.encodings)
	}
	n := a.Count(len(data))
	switch a.mode {
	case measuring:
		a.size += int64(n)
	case writing:
		a.put(data)
	case checking:
		if data = a.take(n); data != nil {
			a.plan.foreign = append(a.plan.foreign, foreign{selfEncoding: s, data: append([]byte(nil), data...)})
		}
	case reading:
		a.skip(int64(n))
	}
}

type selfEncoding interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// next returns the first element and removes it.
func next[T any](list *[]T) T {
	first := (*list)[0]
	*list = (*list)[1:]
	return first
}
