package optim

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// FitOptions are the options of [FitCurve]. The zero value is a fit by plain least squares. m is the
// number of points, and n is the number of parameters.
type FitOptions[X any] struct {
	Sigma          []float64                             // σᵢ > 0: the standard error of ys[i], m numbers; nil: all are 1
	AbsoluteSigma  bool                                  // whether σᵢ is known in the units of ys; false: only the ratios of the σᵢ are known
	Loss           Loss                                  // of a residual; the square by default; its scale is in units of σᵢ
	Lower, Upper   []float64                             // lⱼ ≤ uⱼ, nil or n numbers; −Inf or +Inf where there is no bound
	Fixed          []bool                                // whether a parameter keeps its value in start, nil or n values
	Jacobian       func(dst []float64, x X, p []float64) // writes ∂model/∂pⱼ to dst[j], which is 0 before the call; nil: differences
	MaxEvaluations int                                   // ≥ 0: the largest Fit.Evaluations; 0: no limit
	Names          []string                              // of the parameters, nil or n texts; nil: p0, p1, …
}

// FitCurve fits the parameters p of a model to the m points (xs[i], ys[i]). From p = start on it
// minimises
//
//	χ² = Σ rᵢ², rᵢ = (ys[i] − model(xs[i], p))/σᵢ
//
// over lⱼ ≤ pⱼ ≤ uⱼ, by [LeastSquares] with its defaults. With a [Loss] of scale C it minimises
// Σ C²ρ(rᵢ²/C²), twice the sum of the losses. A predictor X may be a number, a vector or a struct. A
// start outside its bounds is projected onto them. If o is nil, [FitOptions] has its zero value.
//
// An evaluation calls model m times, in the goroutine of FitCurve. The functions must not change p,
// and must not keep it. If the model returns NaN or an infinity after a step, the step is shortened.
// There are no tolerances: the fit ends when χ² cannot be lowered any more.
//
// FitCurve returns an error and a nil [Fit] in these cases: the lengths do not agree; there are fewer
// points than free parameters; a number in ys, start or o is out of its range; the model or its
// derivatives are not finite at the start; MaxEvaluations is too small for the derivatives there; a
// function changes p. The message names the option and the index. If the fit ends before the minimum,
// for instance after MaxEvaluations, FitCurve returns an error and the Fit so far. It panics if model
// is nil.
//
// The options are those of scipy's curve_fit, and the results agree, with these exceptions: start is
// required; Sigma is not a matrix; a parameter at a bound does not count as free in the standard
// errors; MaxEvaluations has no default.
func FitCurve[X any](model func(x X, p []float64) float64, xs []X, ys, start []float64, o *FitOptions[X]) (*Fit[X], error) {
	checkGiven("FitCurve", "model", model)
	c := &curveFit[X]{model: model, xs: xs, ys: ys, start: slices.Clone(start)}
	if o != nil {
		c.FitOptions = *o
		c.Lower, c.Upper, c.Fixed, c.Names = slices.Clone(o.Lower), slices.Clone(o.Upper), slices.Clone(o.Fixed), slices.Clone(o.Names)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c.fit()
}

// curveFit is a problem of FitCurve.
type curveFit[X any] struct {
	FitOptions[X]
	model     func(x X, p []float64) float64
	xs        []X
	ys, start []float64
	p         []float64 // what the functions of the user's get: a copy of the parameters
	err       error     // of a function that has changed p
}

// fit minimises χ².
func (c *curveFit[X]) fit() (*Fit[X], error) {
	c.p = make([]float64, len(c.start))
	solver := c.solver()
	problem := solver.Problem()
	problem.Status = func() (optimize.Status, error) { return optimize.NotTerminated, c.err }
	result, err := Minimize(problem, c.start, solver, &optimize.Settings{FuncEvaluations: c.MaxEvaluations})
	switch j := solver.subject; {
	case c.err != nil:
		return nil, c.err
	case solver.end == endBadResidual:
		return nil, fmt.Errorf("optim: FitCurve: residual %[1]d is not finite at the start, where the model at xs[%[1]d] is %[2]v", j, c.model(c.xs[j], solver.trial))
	case solver.end == endBadJacobian:
		return nil, fmt.Errorf("optim: FitCurve: the derivatives of the model at xs[%d] are not finite at the start", j)
	case !solver.current:
		return nil, fmt.Errorf("optim: FitOptions.MaxEvaluations = %d, want more for the derivatives at the start", c.MaxEvaluations)
	case err == nil && result.Status.Early():
		err = errors.New(result.Status.String())
	}
	if err != nil {
		err = fmt.Errorf("optim: FitCurve: no minimum after %s: %w", evaluations(result.FuncEvaluations), err)
	}
	return newFit(c, solver, result), err
}

// solver returns the optimizer of the fit.
func (c *curveFit[X]) solver() *LeastSquares {
	var jacobian func(dst *mat.Dense, p []float64)
	if c.Jacobian != nil {
		jacobian = c.derivatives
	}
	o := NewLevenbergMarquardt(len(c.ys), c.residuals, jacobian)
	o.Lower, o.Upper, o.Fixed, o.Loss = c.Lower, c.Upper, c.Fixed, c.Loss
	return o
}

// residuals writes (model(xs[i], p) − ys[i])/σᵢ to dst.
func (c *curveFit[X]) residuals(dst, p []float64) {
	copy(c.p, p)
	for i, x := range c.xs {
		dst[i] = c.weigh(i, c.model(x, c.p)-c.ys[i])
	}
	c.checkUnchanged("model", p)
}

// derivatives writes the derivatives of residuals to dst, which is zero.
func (c *curveFit[X]) derivatives(dst *mat.Dense, p []float64) {
	copy(c.p, p)
	for i, x := range c.xs {
		row := dst.RawRowView(i)
		c.Jacobian(row, x, c.p)
		for j, v := range row {
			row[j] = c.weigh(i, v)
		}
	}
	c.checkUnchanged("Jacobian", p)
}

// weigh returns v/σᵢ.
func (c *curveFit[X]) weigh(i int, v float64) float64 {
	if c.Sigma == nil {
		return v
	}
	return v / c.Sigma[i]
}

// checkUnchanged sets err if a function has changed its parameters, which were p.
func (c *curveFit[X]) checkUnchanged(function string, p []float64) {
	for j, v := range c.p {
		if v != p[j] && c.err == nil {
			c.err = fmt.Errorf("optim: FitCurve: the %s changed p[%d] from %v to %v", function, j, p[j], v)
		}
	}
}
