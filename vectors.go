package optim

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// fill sets every element of x to a.
func fill(x []float64, a float64) {
	for i := range x {
		x[i] = a
	}
}

// resize returns x if it has length n, and otherwise a new vector of length n.
func resize(x []float64, n int) []float64 {
	if len(x) != n {
		return make([]float64, n)
	}
	return x
}

// standardErrors sets dst to the roots of the diagonal of a covariance matrix. It panics unless dst has
// the length of the matrix.
func standardErrors(dst []float64, covariance *mat.SymDense, rule string) {
	if n := covariance.SymmetricDim(); len(dst) != n {
		panic(fmt.Sprintf("optim: %s.StandardErrors: len(dst) = %d, want %d", rule, len(dst), n))
	}
	for i := range dst {
		dst[i] = math.Sqrt(covariance.At(i, i))
	}
}

// isFinite returns whether v is neither NaN nor infinite.
func isFinite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }

// finite returns whether no element of x is NaN or infinite.
func finite(x []float64) bool { return kernel.AbsMax(x) <= math.MaxFloat64 }

// sameNumbers returns whether x and y are equal. A NaN is equal to a NaN.
func sameNumbers(x, y []float64) bool {
	return slices.EqualFunc(x, y, func(a, b float64) bool { return a == b || a != a && b != b })
}

// reuse makes an empty dst n × n. It panics if dst has another size. method is for the message.
func reuse(dst *mat.SymDense, n int, method string) {
	if dst.IsEmpty() {
		dst.ReuseAsSym(n)
	} else if m := dst.SymmetricDim(); m != n {
		panic(fmt.Sprintf("optim: %s: dst is %d × %d, want %d × %d", method, m, m, n, n))
	}
}
