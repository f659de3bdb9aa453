package optim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// residuals are m functions of the parameters with their derivatives.
type residuals struct {
	m                      int
	residual               func(dst, x []float64)
	derivatives            func(dst *mat.Dense, x []float64) // nil: central differences
	evaluations, jacobians int                               // the number of evaluations of r and of J
	shifted, above, below  []float64                         // of the differences: x with one parameter shifted, and r at x ± h
}

// evaluate writes r(x) to r.
func (s *residuals) evaluate(r, x []float64) {
	s.evaluations++
	s.residual(r, x)
}

// jacobian writes J(x) to dst. r is r(x), and size the magnitude of each parameter.
func (s *residuals) jacobian(dst *mat.Dense, x, r, size []float64) {
	s.jacobians++
	if s.derivatives == nil {
		s.differences(dst, x, r, size)
		return
	}
	dst.Zero()
	s.derivatives(dst, x)
}

// differences writes central differences to dst. Their step h = ∛ε·size balances the error of the
// formula, of order h², with the rounding error, of order ε/h. J. Nocedal and S. J. Wright,
// Numerical Optimization, 2006, section 8.1. Where r is not finite on one side of x, the difference
// is the one on the other side.
func (s *residuals) differences(dst *mat.Dense, x, r, size []float64) {
	const cubeRoot = 0x1p-17 // ∛ε
	if len(s.shifted) != len(x) {
		s.shifted, s.above, s.below = make([]float64, len(x)), make([]float64, s.m), make([]float64, s.m)
	}
	copy(s.shifted, x)
	for j, v := range x {
		h := cubeRoot * size[j]
		if h == 0 {
			h = cubeRoot
		}
		right, left := v+h, v-h
		s.shifted[j] = right
		s.evaluate(s.above, s.shifted)
		s.shifted[j] = left
		s.evaluate(s.below, s.shifted)
		s.shifted[j] = v
		switch {
		case firstNonFinite(s.above) >= 0:
			right = v
			copy(s.above, r)
		case firstNonFinite(s.below) >= 0:
			left = v
			copy(s.below, r)
		}
		for i, a := range s.above {
			dst.Set(i, j, (a-s.below[i])/(right-left))
		}
	}
}

// firstNonFinite returns the index of the first element that is NaN or infinite, or −1.
func firstNonFinite(x []float64) int {
	return slices.IndexFunc(x, func(v float64) bool { return !(math.Abs(v) <= math.MaxFloat64) })
}

// Problem returns f = ½‖r‖² and its gradient Jᵀr, for gonum's methods and for the other optimizers
// of this package. Func and Grad share the residuals at the same x, which are evaluated once. They
// are not safe for concurrent use.
func (o *LeastSquares) Problem() optimize.Problem {
	var (
		last, size []float64
		valid      bool // r is r(last)
		r          = make([]float64, o.m)
		jac        *mat.Dense
	)
	evaluate := func(x []float64) {
		if !valid || !slices.Equal(last, x) {
			valid = false // residual may panic
			o.evaluate(r, x)
			last, valid = append(last[:0], x...), true
		}
	}
	return optimize.Problem{
		Func: func(x []float64) float64 {
			evaluate(x)
			return kernel.SumSquares(r, 1) / 2
		},
		Grad: func(grad, x []float64) {
			evaluate(x)
			if jac == nil || len(size) != len(x) {
				jac, size = mat.NewDense(o.m, len(x), nil), make([]float64, len(x))
			}
			for i, v := range x {
				size[i] = math.Abs(v)
			}
			o.jacobian(jac, x, r, size)
			transposedProduct(grad, jac, r)
		},
	}
}

// transposedProduct sets dst to Jᵀr.
func transposedProduct(dst []float64, jac *mat.Dense, r []float64) {
	clear(dst)
	for i, v := range r {
		kernel.AddScaled(dst, jac.RawRowView(i), v)
	}
}
