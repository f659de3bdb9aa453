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
	m           int
	residual    func(dst, x []float64)
	derivatives func(dst *mat.Dense, x []float64) // nil: differences
	domain
	shifted, above, below []float64 // of the differences: x with one parameter shifted, and r at x ± h
	first, second         float64   // norms of (r₊−r₋)/2 and r₊−2r+r₋ of the last column; second is 0 if r is finite on one side only
}

// evaluate writes r(x) to r. ok is false if e allows no more evaluations.
func (s *residuals) evaluate(e *evaluator, r, x []float64) (ok bool) {
	return e.residuals(s.residual, r, x)
}

// jacobian writes J(x) to dst, with columns of zeros for fixed parameters. r is r(x). Without
// derivatives it writes the differences of at. ok is false if e allows no more evaluations, and J is
// incomplete.
func (s *residuals) jacobian(e *evaluator, dst *mat.Dense, x, r []float64, at *stencil) (ok bool) {
	ok = e.jacobian(s.derivatives, dst, x)
	if ok && s.derivatives == nil {
		ok = s.differences(e, dst, x, r, at)
	}
	for j := range s.lower {
		for i := 0; i < s.m && s.fixes(j); i++ {
			dst.Set(i, j, 0)
		}
	}
	return ok
}

// firstNonFinite returns the index of the first element that is NaN or infinite, or −1.
func firstNonFinite(x []float64) int {
	return slices.IndexFunc(x, func(v float64) bool { return !isFinite(v) })
}

// Problem returns f and its gradient, for gonum's methods and for the other optimizers of this
// package, which ignore Lower and Upper. Along a fixed parameter the derivative is 0. Func and Grad
// at the same x evaluate the residuals once. They are not safe for concurrent use.
func (o *LeastSquares) Problem() optimize.Problem {
	var (
		last  []float64
		valid bool // r is r(last)
		r     = make([]float64, o.m)
		jac   *mat.Dense
		at    stencil
		s     residuals
		w     lossWeights
	)
	evaluate := func(x []float64) {
		s.m, s.residual, s.derivatives, w.loss = o.m, o.residual, o.derivatives, o.Loss
		if !valid || !slices.Equal(last, x) {
			valid = false // residual may panic
			s.evaluate(&o.eval, r, x)
			last, valid = append(last[:0], x...), true
		}
	}
	return optimize.Problem{
		Func: func(x []float64) float64 {
			evaluate(x)
			return kernel.SumSquares(w.rootsOf(r), 1) / 2
		},
		Grad: func(grad, x []float64) {
			evaluate(x)
			if jac == nil || jac.RawMatrix().Cols != len(x) {
				jac = mat.NewDense(o.m, len(x), nil)
			}
			at.allocate(len(x))
			at.start(x)
			o.setDomain(&s.domain, x)
			s.jacobian(&o.eval, jac, x, r, &at)
			weighted, _ := w.weigh(jac, r, 0)
			gradientOfSquares(grad, jac, weighted)
		},
	}
}

// gradientOfSquares sets dst to ∇½‖r‖² = Jᵀr. An element that overflows is the largest float64.
func gradientOfSquares(dst []float64, jac *mat.Dense, r []float64) {
	transposedProduct(dst, jac, r)
	if finite(dst) {
		return
	}
	clear(dst)
	size := euclideanNorm(r)
	for i, v := range r {
		kernel.AddScaled(dst, jac.RawRowView(i), v/size)
	}
	for j, g := range dst {
		dst[j] = max(-math.MaxFloat64, min(g*size, math.MaxFloat64))
	}
}

// shortRow is the number of elements up to which a plain loop over a row of J takes less time than the
// call of a kernel.
const shortRow = 8

// jacobianProduct sets dst to Jd.
func jacobianProduct(dst []float64, jac *mat.Dense, d []float64) {
	rows, n := jac.RawMatrix().Data, len(d)
	for i := range dst {
		row := rows[i*n : (i+1)*n]
		if n > shortRow {
			dst[i] = kernel.Dot(row, d)
			continue
		}
		sum := 0.0
		for j, v := range row {
			sum += float64(v * d[j])
		}
		dst[i] = sum
	}
}

// transposedProduct sets dst to Jᵀr.
func transposedProduct(dst []float64, jac *mat.Dense, r []float64) {
	clear(dst)
	rows, n := jac.RawMatrix().Data, len(dst)
	for i, v := range r {
		row := rows[i*n : (i+1)*n]
		if n > shortRow {
			kernel.AddScaled(dst, row, v)
			continue
		}
		for j, a := range row {
			dst[j] += float64(a * v)
		}
	}
}

// euclideanNorm returns ‖r‖.
func euclideanNorm(r []float64) float64 { return kernel.Norm(r, kernel.SumSquares(r, 1)) }
