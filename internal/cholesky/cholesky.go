// Package cholesky holds the Cholesky factor of a matrix that gains and loses rows and columns. The
// bits of its results are the same on every processor.
//
// Coordinate descent on a linear sum calls it, for the parameters that are not zero.
package cholesky

import (
	"math"

	"example.com/optim/internal/kernel"
)

// epsilon is the distance from 1 to the next float64.
const epsilon = 0x1p-52

// Factor is the lower triangular L with LLᵀ = H, where H is symmetric and positive definite. The
// zero value is that of a matrix without rows. Methods allocate only if H is larger than before.
type Factor struct {
	rows     [][]float64 // row i has i + 1 elements
	cos, sin []float64   // of the rotations of Remove
}

// Len returns the number of rows of H.
func (f *Factor) Len() int { return len(f.rows) }

// Reset removes all rows.
func (f *Factor) Reset() { f.rows = f.rows[:0] }

// Append adds a row and a column to H. The last element of h is on the diagonal. It returns false,
// and leaves H as it was, if H would be singular to rounding.
func (f *Factor) Append(h []float64) bool {
	n := len(f.rows)
	var row []float64
	if n < cap(f.rows) {
		row = f.rows[:n+1][n] // the memory of a removed row
	}
	row = append(row[:0], h...)
	for i, r := range f.rows {
		row[i] = (row[i] - kernel.Dot(r[:i], row[:i])) / r[i]
	}
	square := h[n] - kernel.SumSquares(row[:n], 1)
	f.rows = append(f.rows, row)
	if !(square > float64(float64(n+1)*epsilon*h[n])) {
		f.rows = f.rows[:n]
		return false
	}
	row[n] = math.Sqrt(square)
	return true
}

// Remove removes row and column i of H. The rows of L below row i have one element too many then.
// Plane rotations of the columns make that element zero.
func (f *Factor) Remove(i int) {
	removed := f.rows[i]
	copy(f.rows[i:], f.rows[i+1:])
	last := len(f.rows) - 1
	f.rows[last] = removed // keeps its memory
	f.rows = f.rows[:last]
	f.cos, f.sin = f.cos[:0], f.sin[:0]
	for r := i; r < last; r++ {
		row := f.rows[r]
		for c, cos := range f.cos {
			a, b := row[i+c], row[i+c+1]
			row[i+c] = float64(cos*a) + float64(f.sin[c]*b)
			row[i+c+1] = float64(cos*b) - float64(f.sin[c]*a)
		}
		a, b := row[r], row[r+1]
		row[r] = math.Sqrt(float64(a*a) + float64(b*b))
		f.cos, f.sin = append(f.cos, a/row[r]), append(f.sin, b/row[r])
		f.rows[r] = row[:r+1]
	}
}

// Solve replaces b by H⁻¹b.
func (f *Factor) Solve(b []float64) {
	for i, r := range f.rows {
		b[i] = (b[i] - kernel.Dot(r[:i], b[:i])) / r[i]
	}
	for i := len(f.rows) - 1; i >= 0; i-- {
		r := f.rows[i]
		b[i] /= r[i]
		kernel.AddScaled(b[:i], r[:i], -b[i])
	}
}
