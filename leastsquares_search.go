package optim

import (
	"slices"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// A LeastSquares is a searcher that evaluates its own residuals instead of the problem. An
// evaluation of the residuals counts as one of the value, and a Jacobian as a gradient.

func (o *LeastSquares) needs() (grad, hess bool) { return false, false }

func (o *LeastSquares) searches() bool { return true }

func (o *LeastSquares) start(at optimize.Location) {
	o.expect(at.X, at.Gradient)
	o.here = optimize.Location{X: slices.Clone(at.X), Gradient: slices.Clone(at.Gradient), F: at.F}
	// The evaluations so far were those of Problem, which e has counted.
	o.reported.evaluations, o.reported.jacobians = o.evaluations, o.jacobians
}

func (o *LeastSquares) advance(e *evaluator) optimize.Status {
	o.iterate(o.here.X, e)
	o.report(e)
	if e.status != optimize.NotTerminated && o.Status() == optimize.NotTerminated {
		return e.status
	}
	return o.Status()
}

func (o *LeastSquares) found() optimize.Location {
	transposedProduct(o.here.Gradient, o.jac, o.r)
	o.here.F = kernel.SumSquares(o.r, 1) / 2
	return o.here
}

// report adds the evaluations since the last report to those of e.
func (o *LeastSquares) report(e *evaluator) {
	e.stats.FuncEvaluations += o.evaluations - o.reported.evaluations
	e.stats.GradEvaluations += o.jacobians - o.reported.jacobians
	o.reported.evaluations, o.reported.jacobians = o.evaluations, o.jacobians
}

// allowed returns whether e allows another trial. A nil e allows all.
func (o *LeastSquares) allowed(e *evaluator) bool {
	if e == nil {
		return true
	}
	o.report(e)
	return e.allows(e.stats.FuncEvaluations, e.settings.FuncEvaluations, optimize.FunctionEvaluationLimit) &&
		e.allows(e.stats.GradEvaluations, e.settings.GradEvaluations, optimize.GradientEvaluationLimit)
}
