package qr

import (
	"math"

	"example.com/optim/internal/kernel"
)

// columns is a matrix that is stored by columns.
type columns struct {
	rows int
	data []float64
}

func newColumns(rows, cols int) columns { return columns{rows, make([]float64, rows*cols)} }

func (c columns) at(j int) []float64 { return c.data[j*c.rows : (j+1)*c.rows] }

// reflector is the matrix H = I − τvvᵀ with v = (head, tail). It is symmetric and orthogonal. The
// caller keeps the tail. A zero reflector is the identity. G. H. Golub and C. F. Van Loan, Matrix
// Computations, 2013, section 5.1.
type reflector struct{ head, tau float64 }

// newReflector returns the reflector with Hx = (first, 0, …, 0) for x = (alpha, tail), and first.
// Its tail is that of x. Where squares may have underflowed, the reflector is the identity.
func newReflector(alpha float64, tail []float64) (h reflector, first float64) {
	const tiny = 0x1p-900
	sum := float64(alpha*alpha) + kernel.SumSquares(tail, 1)
	if sum < tiny {
		return reflector{}, alpha
	}
	first = -math.Copysign(math.Sqrt(sum), alpha)
	head := alpha - first
	return reflector{head, -1 / float64(first*head)}, first
}

// apply replaces x = (alpha, y) by Hx. It returns the first element. y has the length of the tail.
func (h reflector) apply(tail []float64, alpha float64, y []float64) (first float64) {
	if h.tau == 0 {
		return alpha
	}
	c := -h.tau * (float64(h.head*alpha) + kernel.Dot(tail, y))
	kernel.AddScaled(y, tail, c)
	return alpha + float64(c*h.head)
}

// triangle is the matrix R of a QR factorization in its first n columns, and Qᵀr in its last one.
type triangle struct {
	columns
	reflectors []reflector // of the last absorb
}

func newTriangle(n int) triangle { return triangle{newColumns(n, n+1), make([]reflector, n)} }

// absorb replaces R by the R of the QR factorization of R above b, and Qᵀr by the first n elements
// of the new Qᵀr. It overwrites b. If b is itself a triangle, its column j < n has j + 1 elements.
func (t *triangle) absorb(b columns, triangular bool) {
	tail := func(j int) []float64 {
		v := b.at(j)
		if triangular {
			v = v[:j+1]
		}
		return v
	}
	for j := range t.rows + 1 {
		top := t.at(j)
		for k, h := range t.reflectors[:min(j, t.rows)] {
			v := tail(k)
			top[k] = h.apply(v, top[k], b.at(j)[:len(v)])
		}
		if j < t.rows {
			t.reflectors[j], top[j] = newReflector(top[j], tail(j))
		}
	}
}
