package optim

import (
	"math"
	"slices"
)

// saddleMatrix is the factorization of a symmetric matrix of 2k rows,
//
//	−P  Eᵀ
//	 E  C
//
// with P and its Schur complement J = C + EP⁻¹Eᵀ positive definite.
type saddleMatrix struct {
	k    int
	p, j []float64 // the Cholesky factors of P and of J, in rows
	v    []float64 // row i is F⁻¹eᵢ, with the Cholesky factor F of P and row eᵢ of E
}

// factor factorizes the matrix whose parts have the elements p(i, j), e(i, j) and c(i, j). It returns
// false if P or J is not positive definite to rounding.
func (m *saddleMatrix) factor(k int, p, e, c func(i, j int) float64) (ok bool) {
	m.k = k
	m.p, m.j, m.v = small(m.p, k*k), small(m.j, k*k), small(m.v, k*k)
	for i := range k {
		for j := range k {
			m.p[i*k+j], m.v[i*k+j] = p(i, j), e(i, j)
		}
	}
	if !factorCholesky(m.p, k) {
		return false
	}
	for i := range k {
		forward(m.p, m.v[i*k:i*k+k])
	}
	for i := range k {
		for j := range i + 1 {
			m.j[i*k+j] = c(i, j) + inner(m.v[i*k:i*k+k], m.v[j*k:j*k+k])
		}
	}
	return factorCholesky(m.j, k)
}

// solve replaces x, of length 2k, by the solution of the linear system with the right-hand side x.
func (m *saddleMatrix) solve(x []float64) {
	k := m.k
	a, b := x[:k], x[k:2*k]
	forward(m.p, a)
	for i := range b {
		b[i] += inner(m.v[i*k:i*k+k], a)
	}
	forward(m.j, b)
	backward(m.j, b)
	for i := range a {
		a[i] = -a[i]
	}
	for i, bi := range b {
		addScaled(a, m.v[i*k:i*k+k], bi)
	}
	backward(m.p, a)
}

// factorCholesky replaces the lower triangle of a symmetric matrix of k rows by its Cholesky factor. It
// returns false if the matrix is not positive definite to rounding.
func factorCholesky(a []float64, k int) (ok bool) {
	for i := range k {
		row := a[i*k : i*k+k]
		for j := range i {
			row[j] = (row[j] - inner(row[:j], a[j*k:j*k+j])) / a[j*k+j]
		}
		pivot := row[i] - inner(row[:i], row[:i])
		if !(pivot > 0 && isFinite(pivot)) {
			return false
		}
		row[i] = math.Sqrt(pivot)
	}
	return true
}

// forward replaces x by L⁻¹x, with the lower triangle L of a.
func forward(a, x []float64) {
	k := len(x)
	for i := range x {
		x[i] = (x[i] - inner(a[i*k:i*k+i], x[:i])) / a[i*k+i]
	}
}

// backward replaces x by L⁻ᵀx, with the lower triangle L of a.
func backward(a, x []float64) {
	k := len(x)
	for i := k - 1; i >= 0; i-- {
		x[i] /= a[i*k+i]
		addScaled(x[:i], a[i*k:i*k+i], -x[i])
	}
}

// inner returns x·y for vectors of a few elements.
func inner(x, y []float64) float64 {
	sum := 0.0
	for i, xi := range x {
		sum += float64(xi * y[i])
	}
	return sum
}

// addScaled adds a·y to x, for vectors of a few elements.
func addScaled(x, y []float64, a float64) {
	for i, yi := range y {
		x[i] += float64(a * yi)
	}
}

// small returns a vector of n elements, in the memory of x if that is large enough.
func small(x []float64, n int) []float64 { return slices.Grow(x[:0], n)[:n] }
