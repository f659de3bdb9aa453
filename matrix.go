package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
)

// matrix is the part that the rules for a matrix of parameters share. The parameters are the rows
// of the matrix, one after another. begin computes the update u of all parameters. Then a step is x
// ← κx − au.
type matrix struct {
	driver
	rows, cols int
	updates    []float64 // u
	a, keep    float64   // keep is κ
	reducer    parallel.Reducer
}

// newMatrix returns the part for a matrix of the given shape. It panics if rows or cols is less than
// 1, or if their product overflows.
func newMatrix(constructor string, rows, cols int) matrix {
	checkAtLeast(constructor, "rows", rows, 1)
	checkAtLeast(constructor, "cols", cols, 1)
	if rows > math.MaxInt/cols {
		panic(fmt.Sprintf("optim: %s: rows·cols = %d·%d is too large", constructor, rows, cols))
	}
	return matrix{rows: rows, cols: cols}
}

// isVector returns whether a dimension is 1.
func (m *matrix) isVector() bool { return m.rows == 1 || m.cols == 1 }

func (m *matrix) whole() bool { return true }

func (m *matrix) expect(v vectors) {
	m.checkShape(m.self, v)
	m.self.rate()
}

// take takes a step with tensors.
func (m *matrix) take(v vectors) {
	m.checkShape(m.self, v)
	m.pass(m.self.(rule), v)
}

// checkShape panics if v does not fit, as a step does, or if the number of parameters is not that of
// the matrix.
func (m *matrix) checkShape(opt any, v vectors) {
	if !v.fit(m.n) {
		m.misfitVectors(opt, v)
	}
	if v.len() != m.rows*m.cols {
		panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, want rows·cols = %d·%d", name(opt), v.len(), m.rows, m.cols))
	}
}

func (m *matrix) update(lo int, x, _ []float64) {
	kernel.DecayDescend(x, m.updates[lo:lo+len(x)], m.a, m.keep)
}

// visitMatrix walks over what the state of these rules begins with.
func (m *matrix) visitMatrix(a *walk, name string, settings ...any) {
	m.visitRule(a, name, 1, settings...)
	a.Same("rows", m.rows)
	a.Same("columns", m.cols)
}

// general returns data as a matrix of the given shape.
func general(rows, cols int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// multiply sets c to αab + βc. at and bt transpose a and b.
func multiply(c blas64.General, alpha float64, at blas.Transpose, a blas64.General, bt blas.Transpose, b blas64.General, beta float64) {
	blas64.Gemm(at, bt, alpha, a, b, beta, c)
}

// side is a factor of the Kronecker product that Shampoo and SOAP approximate the second moments by:
// a running mean of GGᵀ for the rows, or of GᵀG for the columns.
type side struct {
	moment []float64 // the running mean, n × n
	q      []float64 // for SOAP the eigenvectors, as columns; for Shampoo the inverse root

	n            int
	product      []float64 // workspace, n × n
	values, taus []float64 // workspace, n
	order        []int     // workspace, n
	work         []float64 // workspace of lapack
}

func (s *side) allocate(n int) {
	s.n = n
	if s.moment == nil {
		s.moment, s.q = make([]float64, n*n), make([]float64, n*n)
	}
	if len(s.product) == n*n {
		return
	}
	s.product, s.values, s.taus, s.order = make([]float64, n*n), make([]float64, n), make([]float64, n), make([]int, n)
	var need [3]float64
	square := general(n, n, s.product)
	lapack64.Syev(lapack.EVCompute, symmetric(n, s.product), s.values, need[:1], -1)
	lapack64.Geqrf(square, s.taus, need[1:2], -1)
	lapack64.Orgqr(square, s.taus, need[2:], -1)
	s.work = make([]float64, int(max(need[0], need[1], need[2])))
}

func symmetric(n int, data []float64) blas64.Symmetric {
	return blas64.Symmetric{N: n, Stride: n, Data: data, Uplo: blas.Upper}
}

// add moves the mean by the part 1 − beta towards GGᵀ, or towards GᵀG if transposed.
func (s *side) add(g blas64.General, beta float64, transposed bool) {
	at, bt := blas.NoTrans, blas.Trans
	if transposed {
		at, bt = bt, at
	}
	multiply(s.mean(), 1-beta, at, g, bt, g, beta)
}

func (s *side) mean() blas64.General  { return general(s.n, s.n, s.moment) }
func (s *side) basis() blas64.General { return general(s.n, s.n, s.q) }

// spoiled returns whether the mean is not finite. It then makes q NaN, so that the parameters show it.
func (s *side) spoiled() bool {
	if finite(s.moment) {
		return false
	}
	fill(s.q, math.NaN())
	return true
}

// eigen sets product to the eigenvectors of the mean, which is finite, as columns, and values to its
// eigenvalues, in ascending order. It returns false if they are not found.
func (s *side) eigen() bool {
	copy(s.product, s.moment)
	return lapack64.Syev(lapack.EVCompute, symmetric(s.n, s.product), s.values, s.work, len(s.work))
}

func (s *side) visit(a *walk, n int) {
	a.Table(&s.moment, n, n)
	a.Table(&s.q, n, n)
}
