package archive

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Vectors walks over vectors that exist from the first step on and have the length of the
// parameters. A reset removes them.
func (a *Walk) Vectors(fields ...*[]float64) {
	for _, field := range fields {
		a.Table(field, 1, a.n)
	}
}

// Optional walks over a vector of the length of the parameters that exists only if a step has
// needed it.
func (a *Walk) Optional(field *[]float64) { a.optional(field, 1) }

// Matrix walks over the elements of an n×n matrix, with n the number of parameters, that exists
// only if a step has needed it.
func (a *Walk) Matrix(field *[]float64) { a.optional(field, a.n) }

func (a *Walk) optional(field *[]float64, rows int) {
	if !a.exists(*field != nil, a.n) {
		rows = 0
	}
	a.Table(field, rows, a.n)
}

// exists walks over a flag: whether a part of n numbers exists. A part of no numbers does not
// exist.
func (a *Walk) exists(v bool, n int) bool {
	v = a.Flag(v && n > 0)
	if v && n == 0 {
		a.Fail("a part of no numbers")
	}
	return v
}

// Table walks over rows vectors of the given width, one after another, that exist from the first
// step on.
func (a *Walk) Table(field *[]float64, rows, width int) {
	if a.n == 0 || !a.need(8*float64(float64(rows)*float64(width))) {
		rows = 0
	}
	n := rows * width
	switch {
	case n == 0:
		assign(a, field, nil)
	case a.mode == resizing:
		a.each(field)
	case a.mode == checking:
		a.skip(8 * int64(n))
	default:
		if len(*field) != n && a.Assigning() {
			*field = make([]float64, n)
		}
		a.Elements(*field)
	}
}

// Elements walks over the elements of v, whose length is fixed.
func (a *Walk) Elements(v []float64) {
	elements(a, v, 8, func(b []byte, v []float64) {
		for i, x := range v {
			binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(x))
		}
	}, func(v []float64, b []byte) {
		for i := range v {
			v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
	})
}

// Elements32 is Elements for float32. An element has four bytes.
func (a *Walk) Elements32(v []float32) {
	elements(a, v, 4, func(b []byte, v []float32) {
		for i, x := range v {
			binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(x))
		}
	}, func(v []float32, b []byte) {
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	})
}

// elements walks over the elements of v, each of which has the given number of bytes. put encodes
// elements, get decodes them.
func elements[T any](a *Walk, v []T, size int, put func(b []byte, v []T), get func(v []T, b []byte)) {
	switch a.mode {
	case measuring:
		a.size += int64(size) * int64(len(v))
		return
	case checking:
		a.skip(int64(size) * int64(len(v)))
		return
	}
	for len(v) > 0 && a.err == nil {
		part := v[:min(len(v), chunk/size)]
		b := a.scratch(size * len(part))
		if a.mode == writing {
			put(b, part)
			a.put(b)
		} else if a.fill(b) != nil {
			get(part, b)
		}
		v = v[len(part):]
	}
}

// Permutation walks over a permutation of the numbers below n. It exists only if a step has needed
// it.
func (a *Walk) Permutation(field *[]int, n int) {
	order := *field
	if !a.exists(order != nil, n) || !a.need(8*float64(n)) {
		n, order = 0, nil
	} else if a.Reads() {
		order = make([]int, n)
	}
	seen := make([]bool, n)
	for i, v := range order {
		v = a.Count(v)
		if v >= n || seen[v] {
			a.Fail("%d out of range or twice in an order of %d numbers", v, n)
			return
		}
		seen[v] = true
		if a.Reads() {
			order[i] = v
		}
	}
	assign(a, field, order)
}

// Members walks over a set of numbers below n, one bit each, and its size. The set exists from the
// first step on.
func (a *Walk) Members(field *[]byte, count *int, n int) {
	size := (n + 7) / 8
	if a.n == 0 {
		size = 0
	}
	set := a.bytes(*field, size)
	if n%8 > 0 && len(set) > 0 && set[size-1]>>(n%8) > 0 {
		a.Fail("a member that is not below %d", n)
	}
	ones := 0
	for _, v := range set {
		ones += bits.OnesCount8(v)
	}
	assign(a, field, set)
	assign(a, count, ones)
}
