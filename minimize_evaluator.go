package optim

import (
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// evaluator evaluates a problem, counts, and knows when that has to end, also in the middle of an
// evaluation.
type evaluator struct {
	problem  *optimize.Problem
	settings optimize.Settings
	start    time.Time
	stats    optimize.Stats
	status   optimize.Status // why there are no more evaluations
	err      error           // of the problem
}

// value is f(x). It is not ok if there are no more evaluations.
func (e *evaluator) value(x []float64) (f float64, ok bool) {
	if !e.may(e.stats.FuncEvaluations, e.settings.FuncEvaluations, optimize.FunctionEvaluationLimit) {
		return 0, false
	}
	e.stats.FuncEvaluations++
	f = e.problem.Func(x)
	return f, e.status == optimize.NotTerminated
}

// gradient writes ∇f(x) to g.
func (e *evaluator) gradient(g, x []float64) (ok bool) {
	if e.problem.Grad == nil {
		e.stop(optimize.Failure, optimize.ErrMissingGrad)
	}
	if !e.may(e.stats.GradEvaluations, e.settings.GradEvaluations, optimize.GradientEvaluationLimit) {
		return false
	}
	e.stats.GradEvaluations++
	e.problem.Grad(g, x)
	return e.status == optimize.NotTerminated
}

// hessian writes ∇²f(x) to h, with a function of the optimizer's own if it has one.
func (e *evaluator) hessian(own func(h *mat.SymDense, x []float64), h *mat.SymDense, x []float64) (ok bool) {
	if own == nil {
		own = e.problem.Hess
	}
	if !e.may(e.stats.HessEvaluations, e.settings.HessEvaluations, optimize.HessianEvaluationLimit) {
		return false
	}
	e.stats.HessEvaluations++
	own(h, x)
	return e.status == optimize.NotTerminated
}

// may is whether there may be one evaluation more.
func (e *evaluator) may(count, limit int, reason optimize.Status) bool {
	if e.status == optimize.NotTerminated && e.problem != nil && e.problem.Status != nil {
		e.stop(e.problem.Status())
	}
	switch {
	case e.status != optimize.NotTerminated:
	case limit > 0 && count >= limit:
		e.status = reason
	case e.settings.Runtime > 0 && time.Since(e.start) >= e.settings.Runtime:
		e.status = optimize.RuntimeLimit
	}
	return e.status == optimize.NotTerminated
}

// stop ends the evaluations for a reason that the problem gives.
func (e *evaluator) stop(status optimize.Status, err error) {
	if e.status = status; err != nil && status == optimize.NotTerminated {
		e.status = optimize.Failure
	}
	e.err = err
}
