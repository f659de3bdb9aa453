package archive

import (
	"encoding/binary"
	"io"
)

// chunk is the largest number of bytes that a walk over a vector holds at a time.
const chunk = 1 << 16

// scratch returns n bytes that are valid until the next call.
func (a *Walk) scratch(n int) []byte {
	if len(a.buffer) < n {
		a.buffer = make([]byte, n)
	}
	return a.buffer[:n]
}

// put measures or writes b.
func (a *Walk) put(b []byte) {
	a.size += int64(len(b))
	if a.mode == writing && a.err == nil {
		_, a.err = a.w.Write(b)
	}
}

// need fails if fewer bytes are left to read. bytes is a float64, because a product of counts in
// the data may be out of the range of int. need returns whether the walk continues.
func (a *Walk) need(bytes float64) bool {
	if bytes > float64(a.left) && a.Reads() {
		a.Fail("%s ends too early: %d bytes are left, want %.0f", a.source, a.left, bytes)
	}
	return a.err == nil
}

// fill reads len(b) bytes to b. It returns b, or nil if it fails.
func (a *Walk) fill(b []byte) []byte {
	if !a.need(float64(len(b))) {
		return nil
	}
	a.left -= int64(len(b))
	if _, a.err = io.ReadFull(a.r, b); a.err != nil {
		return nil
	}
	return b
}

// skip passes over n bytes.
func (a *Walk) skip(n int64) {
	for ; n > 0 && a.err == nil; n -= chunk {
		a.fill(a.scratch(int(min(n, chunk))))
	}
}

// Skip passes over the rest of the data.
func (a *Walk) Skip() { a.left = 0 }

// word walks over eight bytes. It returns v or, when it reads, the word in the data. In a reset,
// and if it fails, it returns 0.
func (a *Walk) word(v uint64) uint64 {
	switch {
	case a.mode == resetting:
		return 0
	case !a.Reads():
		b := a.scratch(8)
		binary.LittleEndian.PutUint64(b, v)
		a.put(b)
		return v
	}
	if b := a.fill(a.scratch(8)); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// bytes walks over n bytes; in a reset n is 0. It returns v or, when it reads, the bytes in the
// data. For n = 0, and if it fails, it returns nil.
func (a *Walk) bytes(v []byte, n int) []byte {
	switch {
	case n == 0 || !a.need(float64(n)):
		return nil
	case a.Reads():
		return a.fill(make([]byte, n))
	}
	a.put(v)
	return v
}
