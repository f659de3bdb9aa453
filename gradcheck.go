package optim

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// CheckGradient returns nil if p.Grad is the gradient of p.Func at x, and otherwise an error that
// names the worst component. It is for tests:
//
//	if err := optim.CheckGradient(problem, x); err != nil {
//		t.Error(err)
//	}
//
// The test follows Taylor's theorem. Let φ(h) = f(x + hv) along a direction v, and let c = g·v with the
// gradient g of p.Grad. The remainder
//
//	R(h) = |φ(h) − φ(0) − hc|
//
// is of order h² if c is the slope of φ, and of order h otherwise. v is the direction of each coordinate
// in turn. The steps h are powers of two. They decrease from 2⁻¹⁰|xᵢ| until the test is decided. If
// small steps do not decide it, larger ones follow, up to max(|xᵢ|, 1). If xᵢ = 0, they decrease from
// 2⁻¹⁰. The central differences D(h) = (φ(h) − φ(−h))/2h decide as follows:
//
//	right:  |D(h) − c| ≤ 1e-5·|c| at two steps in a row
//	wrong:  |D(h) − c| > 1e-5·|c| + 8e at the step with the least e
//
// e is an estimate of the error of D(h). It is computed from the differences of D at smaller steps, the
// rounding of f, and the smallest change of f. Therefore the units of x and f do not matter. Errors of f,
// such as those of float32, hide small errors of g, but do not make a right gradient wrong. A component
// that is neither right nor wrong passes. Three cases are special:
//
//   - An error of g that rounding of x explains is no error.
//   - If f has a kink at x, every c between the slopes on both sides passes.
//   - Where f is not finite on one side of x, the difference is that of the other side.
//
// A right component costs 4 values, or about 16 if f does not depend on that parameter. A component that
// is zero, wrong, or not exact to five digits costs about 50, or 100 if xᵢ = 0. For many parameters pass
// directions, such as vectors of random numbers. Then the test compares only the slopes along these
// directions. If a slope is wrong, the test halves the direction until one component is left. The
// rounding of f may hide errors of components with little effect on f.
//
// CheckGradient also returns an error if x, f(x) or a component is not finite, if two calls at x return
// different numbers (also if Grad adds to its argument), and if a function changes x. The error for a
// wrong component is a *DerivativeError. CheckGradient panics if Func or Grad is nil, and if a direction
// does not have the length of x, is zero or is not finite.
//
// P. E. Farrell, D. A. Ham, S. W. Funke and M. E. Rognes, Automated derivation of the adjoint of
// high-level transient finite element programs, 2013, doi:10.1137/120873558 (the test by remainders).
func CheckGradient(p optimize.Problem, x []float64, directions ...[]float64) error {
	checkHas("CheckGradient", "Func", p.Func != nil)
	checkHas("CheckGradient", "Grad", p.Grad != nil)
	checkDirections("CheckGradient", len(x), directions)
	c := &derivativeCheck{
		function: "CheckGradient", x: x, m: 1, line: "x",
		value:   func(dst, x []float64) { dst[0] = p.Func(x) },
		values:  func(int) string { return "Func" },
		element: func(_, j int) string { return fmt.Sprintf("Grad[%d]", j) },
	}
	g, err := c.begin(len(x), p.Grad)
	if err != nil || len(x) == 0 {
		return err
	}
	if len(directions) == 0 {
		return c.columns(g)
	}
	return c.slopes(g, directions)
}

// CheckHessian returns nil if p.Hess is the derivative of p.Grad at x, and otherwise an error that
// names the worst element. The test is that of [CheckGradient] for each element of the gradient. It
// compares both triangles, so a Grad whose derivative is not symmetric is found too. A right
// Hessian costs 4 gradients per parameter, or about 16 if it has zeros. CheckHessian panics if Grad
// or Hess is nil.
func CheckHessian(p optimize.Problem, x []float64) error {
	checkHas("CheckHessian", "Grad", p.Grad != nil)
	checkHas("CheckHessian", "Hess", p.Hess != nil)
	n := len(x)
	c := &derivativeCheck{
		function: "CheckHessian", x: x, m: n, line: "x",
		value:   p.Grad,
		values:  gradientElement,
		element: func(i, j int) string { return fmt.Sprintf("Hess[%d, %d]", i, j) },
	}
	var h *mat.SymDense
	hess, err := c.begin(n*n, func(dst, x []float64) {
		if h == nil {
			h = mat.NewSymDense(n, nil)
		}
		p.Hess(h, x)
		for k := range dst {
			dst[k] = h.At(k/n, k%n)
		}
	})
	if err != nil || n == 0 {
		return err
	}
	return c.columns(hess)
}

// CheckJacobian returns nil if jac is the Jacobian of the m residuals at x, and otherwise an error
// that names the worst element. The functions are those of [NewLevenbergMarquardt]. The test is
// that of [CheckGradient] for each residual. A right Jacobian costs 4 evaluations of the residuals
// per parameter, or about 16 if it has zeros. CheckJacobian panics if m < 1, or if residual or jac
// is nil.
func CheckJacobian(m int, residual func(dst, x []float64), jac func(dst *mat.Dense, x []float64), x []float64) error {
	if m < 1 {
		panic(fmt.Sprintf("optim: CheckJacobian: m = %d, want at least 1", m))
	}
	checkGiven("CheckJacobian", "residual", residual)
	checkGiven("CheckJacobian", "Jacobian", jac)
	n := len(x)
	c := &derivativeCheck{
		function: "CheckJacobian", x: x, m: m, line: "x",
		value:   residual,
		values:  func(i int) string { return fmt.Sprintf("residual[%d]", i) },
		element: func(i, j int) string { return fmt.Sprintf("J[%d, %d]", i, j) },
	}
	j, err := c.begin(m*n, func(dst, x []float64) {
		clear(dst)
		jac(mat.NewDense(m, n, dst), x)
	})
	if err != nil || n == 0 {
		return err
	}
	return c.columns(j)
}

// CheckHessVec returns nil if hessVec writes the product of the derivative of grad at x and v to
// dst, and otherwise an error that names the worst element. The functions are those of
// [NewHessianFree] and [HessVecDiff]. The test is that of [CheckGradient] for each element of the
// gradient. v is each of the directions or, without directions, the direction of each coordinate.
// For each v the test costs as many gradients as [CheckHessian] for one parameter. CheckHessVec
// panics if grad or hessVec is nil, and if a direction does not have the length of x, is zero or is
// not finite.
func CheckHessVec(grad func(dst, x []float64), hessVec func(dst, x, v []float64), x []float64, directions ...[]float64) error {
	checkGiven("CheckHessVec", "gradient", grad)
	checkGiven("CheckHessVec", "product", hessVec)
	checkDirections("CheckHessVec", len(x), directions)
	n := len(x)
	c := &derivativeCheck{
		function: "CheckHessVec", x: x, m: n, line: "direction",
		value:   grad,
		values:  gradientElement,
		element: func(i, _ int) string { return fmt.Sprintf("product[%d]", i) },
	}
	count := len(directions)
	if count == 0 {
		count, c.line = n, "x"
	}
	for j := range count {
		v := c.coordinate(j)
		if len(directions) > 0 {
			v = directions[j]
		}
		product, err := c.begin(n, func(dst, x []float64) { hessVec(dst, x, v) })
		if err == nil {
			err = c.compare(v, j, product)
		}
		if err != nil {
			return err
		}
	}
	return c.err()
}

func gradientElement(i int) string { return fmt.Sprintf("Grad[%d]", i) }

// DerivativeError describes the worst element of a derivative that is wrong. It is the error of
// [CheckGradient], [CheckHessian], [CheckJacobian] and [CheckHessVec].
type DerivativeError struct {
	Row      int     // index of the residual or of the component of the gradient that is differentiated; 0 for CheckGradient
	Param    int     // index of the parameter, or of the direction for CheckHessVec
	Got      float64 // the element
	Want     float64 // the slope, by central differences
	Relative float64 // |Got − Want|/max(|Got|, |Want|), in (0, 2]
	Order    float64 // order of the Taylor remainder: about 1; it is 2 if the derivative is right
	Wrong    int     // number of wrong elements, or of wrong directions
	Tested   int     // number of elements or directions

	function, element, slope string
}

// Error returns one line such as
//
//	optim: CheckGradient: Grad[1] = 0, want 0.25, the slope of Func along x[1]: relative error 1, Taylor remainder of order 1.00 instead of 2; wrong: 1 of 2
func (e *DerivativeError) Error() string {
	return fmt.Sprintf("optim: %s: %s = %.8g, want %.8g, the slope of %s: relative error %.2g, Taylor remainder of order %.2f instead of 2; wrong: %d of %d",
		e.function, e.element, e.Got, e.Want, e.slope, e.Relative, e.Order, e.Wrong, e.Tested)
}

// checkHas panics unless the problem has the function.
func checkHas(function, field string, has bool) {
	if !has {
		panic(fmt.Sprintf("optim: %s: the problem has no %s", function, field))
	}
}

// checkDirections panics unless the directions have length n, are finite and not zero.
func checkDirections(function string, n int, directions [][]float64) {
	for k, v := range directions {
		switch norm := kernel.AbsMax(v); {
		case len(v) != n:
			panic(fmt.Sprintf("optim: %s: direction %d has length %d, want %d", function, k, len(v), n))
		case n > 0 && !(0 < norm && isFinite(norm)):
			panic(fmt.Sprintf("optim: %s: direction %d has max|vᵢ| = %v, want (0, +Inf)", function, k, norm))
		}
	}
}
