package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/optim/internal/kernel"
)

// matrix is the part that the rules for a matrix of parameters share. The parameters are the rows
// of the matrix, one after another. begin computes the update u of all parameters. Then the step is
// x ← κx − au.
type matrix struct {
	driver
	rows, cols int
	updates    []float64 // u
	a, keep    float64   // keep is κ
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

// String describes the optimizer in one line, with the shape of the matrix.
func (m *matrix) String() string {
	return describe(m.self, m.defaults, fmt.Sprintf("%d×%d", m.rows, m.cols), steps(m.t))
}

// isVector returns whether a dimension is 1.
func (m *matrix) isVector() bool { return m.rows == 1 || m.cols == 1 }

func (m *matrix) whole() bool { return true }

func (m *matrix) expect(n, grads int) {
	m.checkShape(m.self, n, grads)
	m.self.rate()
}

// take takes a step with tensors.
func (m *matrix) take(v vectors) {
	n, grads := v.lengths()
	m.checkShape(m.self, n, grads)
	m.pass(m.self.(rule), v)
}

// checkShape panics if the lengths do not fit, as a step does, or if the number of parameters is not
// that of the matrix.
func (m *matrix) checkShape(opt any, n, grads int) {
	m.fit(opt, n, grads)
	if n != m.rows*m.cols {
		panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, want rows·cols = %d·%d", name(opt), n, m.rows, m.cols))
	}
}

func (m *matrix) update(lo int, x, _ []float64) {
	kernel.Combine(x, m.updates[lo:lo+len(x)], m.keep, -m.a)
}

// visitMatrix walks over the first part of the state of these rules.
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
