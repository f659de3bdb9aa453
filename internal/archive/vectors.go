package archive

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// Vectors walks over vectors that exist from the first step on and have the length
// of the parameters. A reset removes them.
func (a *Walk) Vectors(fields ...*[]float64) {
	if w := a.word(bit(a.n > 0)); a.mode == checking && a.err == nil && w != bit(a.n > 0) {
		a.Fail("a flag of %d for vectors of %d parameters", w, a.n)
	}
	for _, p := range fields {
		a.vector(p, a.n)
	}
}

// Optional walks over a vector of the length of the parameters that exists only if
// a step has needed it.
func (a *Walk) Optional(field *[]float64) { a.optional(field, a.n) }

// Matrix walks over the elements of an n×n matrix, with n the number of
// parameters, that exists only if a step has needed it.
func (a *Walk) Matrix(field *[]float64) {
	if a.n > 0 && a.n > (math.MaxInt>>3)/a.n {
		a.Fail("a matrix of %d rows", a.n)
		return
	}
	a.optional(field, a.n*a.n)
}

func (a *Walk) optional(field *[]float64, n int) {
	exists := a.flag(*field != nil)
	if exists && n == 0 && a.mode == checking {
		a.Fail("a vector of no parameters")
	}
	if !exists {
		n = 0
	}
	a.vector(field, n)
}

// Table walks over rows vectors of the given width, one after another, that exist
// from the first step on.
func (a *Walk) Table(field *[]float64, rows, width int) {
	if a.n == 0 {
		width = 0
	}
	a.vector(field, rows*width)
}

// vector walks over n elements; for n = 0 over none, and assigns nil.
func (a *Walk) vector(p *[]float64, n int) {
	switch {
	case (a.mode == checking || a.mode == reading) && int64(n) > a.left/8:
		a.Fail("a vector of %d numbers, but %d bytes are left", n, a.left)
	case n == 0 && a.Assigning():
		*p = nil
	case a.mode == checking:
		a.skip(8 * int64(n))
	case a.mode == reading && len(*p) != n && a.err == nil:
		*p = make([]float64, n)
		a.Elements(*p)
	case n > 0:
		a.Elements(*p)
	}
}

// Elements walks over the elements of v, whose length is fixed.
func (a *Walk) Elements(v []float64) {
	switch a.mode {
	case measuring:
		a.size += 8 * int64(len(v))
		return
	case checking:
		a.skip(8 * int64(len(v)))
		return
	}
	for a.err == nil && len(v) > 0 {
		part := v[:min(len(v), chunk/8)]
		if a.mode == writing {
			b := a.buffer(8 * len(part))
			for i, x := range part {
				binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(x))
			}
			a.put(b)
		} else if b := a.take(8 * len(part)); b != nil {
			for i := range part {
				part[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		v = v[len(part):]
	}
}

// Permutation walks over the numbers below n in some order, which exist only if
// they have been needed.
func (a *Walk) Permutation(field *[]int, n int) {
	exists := a.flag(*field != nil)
	reads := a.mode == checking || a.mode == reading
	switch {
	case exists && reads && n == 0:
		a.Fail("an order of no numbers")
	case exists && reads && int64(n) > a.left/8:
		a.Fail("an order of %d numbers, but %d bytes are left", n, a.left)
	case a.err != nil:
	case !exists && a.Assigning():
		*field = nil
	case exists && a.mode == checking:
		a.checkPermutation(n)
	case exists:
		if len(*field) != n {
			*field = make([]int, n)
		}
		for i, v := range *field {
			(*field)[i] = int(a.word(uint64(v)))
		}
	}
}

func (a *Walk) checkPermutation(n int) {
	seen := make([]bool, n)
	for range n {
		i := a.word(0)
		if a.err == nil && (i >= uint64(n) || seen[i]) {
			a.Fail("an order of %d numbers with %d, or with it twice", n, i)
		}
		if a.err != nil {
			return
		}
		seen[i] = true
	}
}

// Members walks over a set of numbers below n, one bit each, and its size. The set
// exists from the first step on.
func (a *Walk) Members(field *[]byte, count *int, n int) {
	if a.n == 0 {
		if a.Assigning() {
			*field, *count = nil, 0
		}
		return
	}
	size := (n + 7) / 8
	switch a.mode {
	case measuring:
		a.size += int64(size)
	case writing:
		a.put(*field)
	case checking, reading:
		b := a.take(size)
		if b == nil {
			return
		}
		if n%8 > 0 && b[size-1]>>(n%8) > 0 {
			a.Fail("a member that is not below %d", n)
		}
		if a.Assigning() {
			*field, *count = bytes.Clone(b), 0
			for _, v := range b {
				*count += bits.OnesCount8(v)
			}
		}
	}
}
