package optim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// A LeastSquares is a searcher that evaluates its own residuals instead of the problem. An
// evaluation of the residuals counts as one of the value, and a Jacobian as a gradient.

func (o *LeastSquares) needs() (grad, hess bool) { return false, false }

func (o *LeastSquares) searches() bool { return true }

// evaluateAt sets the value and the gradient of at. ok is false if e allows no more evaluations, or
// the residuals or the Jacobian are not finite.
func (o *LeastSquares) evaluateAt(at *optimize.Location, e *evaluator) (ok bool) {
	o.expect(len(at.X), len(at.Gradient))
	o.here = optimize.Location{X: slices.Clone(at.X), Gradient: at.Gradient}
	o.current = o.current && o.intact
	ok = len(at.X) == 0 || o.begin(o.here.X, e)
	if err := o.Err(); err != nil {
		e.stop(optimize.Failure, err)
		ok = false
	}
	if ok {
		*at = o.found()
	}
	return ok
}

func (o *LeastSquares) start(optimize.Location) {}

func (o *LeastSquares) advance(e *evaluator) optimize.Status {
	o.iterate(o.here.X, e)
	if e.status != optimize.NotTerminated && o.Status() == optimize.NotTerminated {
		return e.status
	}
	return o.Status()
}

// found returns the current point. Where f overflows, the value is the largest float64. If a trial
// has been rejected since, here already has the value and the gradient.
func (o *LeastSquares) found() optimize.Location {
	if !o.current || !o.intact {
		return o.here
	}
	gradientOfSquares(o.here.Gradient, o.jac, o.weighted)
	o.here.F = min(kernel.SumSquares(o.rootsOf(o.r), 1)/2, math.MaxFloat64)
	return o.here
}
