package optim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// residuals are m functions of the parameters, whose squares are summed.
type residuals struct {
	m                      int
	residual               func(dst, x []float64)
	derivatives            func(dst *mat.Dense, x []float64) // nil is differences
	evaluations, jacobians int                               // how often r and J were evaluated
	shifted, ahead, behind []float64                         // of the differences
}

// evaluate writes r(x) to r.
func (s *residuals) evaluate(r, x []float64) {
	s.evaluations++
	s.residual(r, x)
}

// jacobian writes J(x) to dst. r is r(x), and size the order of magnitude of the
// parameters.
func (s *residuals) jacobian(dst *mat.Dense, x, r, size []float64) {
	s.jacobians++
	if s.derivatives == nil {
		s.differences(dst, x, r, size)
		return
	}
	dst.Zero()
	s.derivatives(dst, x)
}

// differences are central, with the steps that balance what they neglect, h²,
// with rounding, ε/h; J. Nocedal and S. J. Wright, Numerical Optimization, 2006,
// section 8.1. Beside a point where r is not finite they are one-sided.
func (s *residuals) differences(dst *mat.Dense, x, r, size []float64) {
	if len(s.shifted) != len(x) {
		s.shifted, s.ahead, s.behind = make([]float64, len(x)), make([]float64, s.m), make([]float64, s.m)
	}
	copy(s.shifted, x)
	for j, v := range x {
		h := 0x1p-17 * size[j] // ∛ε
		if h == 0 {
			h = 0x1p-17
		}
		right, left := v+h, v-h
		s.shifted[j] = right
		s.evaluate(s.ahead, s.shifted)
		s.shifted[j] = left
		s.evaluate(s.behind, s.shifted)
		s.shifted[j] = v
		switch {
		case notFinite(s.ahead) >= 0:
			right = v
			copy(s.ahead, r)
		case notFinite(s.behind) >= 0:
			left = v
			copy(s.behind, r)
		}
		for i, a := range s.ahead {
			dst.Set(i, j, (a-s.behind[i])/(right-left))
		}
	}
}

// notFinite is the index of the first element that is NaN or infinite, or −1.
func notFinite(x []float64) int {
	for i, v := range x {
		if !(math.Abs(v) <= math.MaxFloat64) {
			return i
		}
	}
	return -1
}

// Problem returns f = ½‖r‖² and its gradient Jᵀr, for gonum's methods and for the
// other optimizers of this package. Both share what they evaluate at the same x.
// Func and Grad are not safe for concurrent use.
func (o *GaussNewton) Problem() optimize.Problem {
	p := &leastSquares{residuals: &o.residuals}
	return optimize.Problem{Func: p.value, Grad: p.gradient}
}

// leastSquares is ½‖r‖², with the residuals at the last x.
type leastSquares struct {
	*residuals
	x, r, size []float64
	jac        *mat.Dense
}

// at has r evaluated at x.
func (p *leastSquares) at(x []float64) {
	if p.r != nil && slices.Equal(x, p.x) {
		return
	}
	p.x = p.x[:0] // in case the residual panics
	if p.r == nil {
		p.r = make([]float64, p.m)
	}
	p.evaluate(p.r, x)
	p.x = append(p.x, x...)
}

func (p *leastSquares) value(x []float64) float64 {
	p.at(x)
	return kernel.SumSquares(p.r, 1) / 2
}

func (p *leastSquares) gradient(grad, x []float64) {
	p.at(x)
	if p.jac == nil || len(p.size) != len(x) {
		p.jac, p.size = mat.NewDense(p.m, len(x), nil), make([]float64, len(x))
	}
	for i, v := range x {
		p.size[i] = math.Abs(v)
	}
	p.jacobian(p.jac, x, p.r, p.size)
	clear(grad)
	for i, r := range p.r {
		kernel.AddScaled(grad, p.jac.RawRowView(i), r)
	}
}
