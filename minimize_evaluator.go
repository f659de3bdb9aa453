package optim

import (
	"context"
	"errors"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// evaluator makes and counts all evaluations of a problem. It makes none after a limit of the
// settings is reached or the problem's Status has returned a reason to stop.
type evaluator struct {
	problem  *optimize.Problem
	ctx      context.Context // nil: the run is not cancelled
	settings optimize.Settings
	start    time.Time
	stats    optimize.Stats
	status   optimize.Status // why there are no more evaluations; NotTerminated if there may be more
	err      error           // from the problem's Status
}

// value returns f(x). ok is false if there are no more evaluations.
func (e *evaluator) value(x []float64) (f float64, ok bool) {
	if !e.allows(e.stats.FuncEvaluations, e.settings.FuncEvaluations, optimize.FunctionEvaluationLimit) {
		return 0, false
	}
	e.stats.FuncEvaluations++
	f = e.problem.Func(x)
	return f, e.status == optimize.NotTerminated
}

// gradient sets g to ∇f(x).
func (e *evaluator) gradient(g, x []float64) (ok bool) {
	if e.problem.Grad == nil {
		e.stop(optimize.Failure, optimize.ErrMissingGrad)
	}
	if !e.allows(e.stats.GradEvaluations, e.settings.GradEvaluations, optimize.GradientEvaluationLimit) {
		return false
	}
	e.stats.GradEvaluations++
	e.problem.Grad(g, x)
	return e.status == optimize.NotTerminated
}

// errChanged is the error for a gradient that is written to x.
var errChanged = errors.New("optim: the problem's Grad changed x; want Grad(grad, x), which writes to grad alone")

// hessian sets h to ∇²f(x) by hess, or by the problem's Hess if hess is nil.
func (e *evaluator) hessian(hess func(h *mat.SymDense, x []float64), h *mat.SymDense, x []float64) (ok bool) {
	if !e.allows(e.stats.HessEvaluations, e.settings.HessEvaluations, optimize.HessianEvaluationLimit) {
		return false
	}
	e.stats.HessEvaluations++
	if hess == nil {
		hess = e.problem.Hess
	}
	hess(h, x)
	return e.status == optimize.NotTerminated
}

// allows returns whether another evaluation may be made, and otherwise sets status. count is the
// number of evaluations so far, and reason is the status if count has reached the limit.
func (e *evaluator) allows(count, limit int, reason optimize.Status) bool {
	if e.status == optimize.NotTerminated && e.ctx != nil && e.ctx.Err() != nil {
		e.stop(ContextDone, context.Cause(e.ctx))
	}
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

// stop ends the evaluations. With an error the status is never NotTerminated.
func (e *evaluator) stop(status optimize.Status, err error) {
	if err != nil && status == optimize.NotTerminated {
		status = optimize.Failure
	}
	e.status, e.err = status, err
}

// residuals sets dst to r(x). It counts as a value.
func (e *evaluator) residuals(r func(dst, x []float64), dst, x []float64) (ok bool) {
	if !e.allows(e.stats.FuncEvaluations, e.settings.FuncEvaluations, optimize.FunctionEvaluationLimit) {
		return false
	}
	e.stats.FuncEvaluations++
	r(dst, x)
	return e.status == optimize.NotTerminated
}

// jacobian sets dst to J(x). It counts as a gradient. If jac is nil, it only counts: the
// differences count as values.
func (e *evaluator) jacobian(jac func(dst *mat.Dense, x []float64), dst *mat.Dense, x []float64) (ok bool) {
	if !e.allows(e.stats.GradEvaluations, e.settings.GradEvaluations, optimize.GradientEvaluationLimit) {
		return false
	}
	e.stats.GradEvaluations++
	if jac != nil {
		clear(dst.RawMatrix().Data)
		jac(dst, x)
	}
	return e.status == optimize.NotTerminated
}
