package optim

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/parallel"
)

// Minimize minimises p.Func from x0 on, with any optimizer of this package or of the user's. It
// does not change x0. The arguments and the result are those of gonum's optimize.Minimize, but this
// Minimize evaluates p in the goroutine that calls it.
//
// A first-order optimizer steps with the gradient, and every step evaluates the gradient and the
// value once. Second-order optimizers do line searches on p; their Problem field is ignored. A
// [LeastSquares] evaluates its own residuals instead of p: pass what its method Problem returns.
// Minimize does not reset the optimizer. Call [Reset] before a run on another problem.
//
// The result is the accepted point with the lowest value, with the value and the gradient there. It
// is the last point if the status is GradientThreshold or InexactFunction. The run never exceeds a
// limit on evaluations or steps in Settings. MajorIterations is the number of steps. Result.Status
// is the reason for stopping:
//
//	GradientThreshold                max|gᵢ| is below Settings.GradientThreshold, or is 0; with bounds
//	                                 max|P(x − g) − x| replaces max|gᵢ|; P projects on the bounds
//	FunctionConvergence              f cannot be lowered by more than its rounding error,
//	                                 or the Converger returned this status
//	StepConvergence                  the remaining step is smaller than the spacing of floating-point
//	                                 numbers at x
//	FunctionNegativeInfinity         f is −Inf; with line searches also f < −1e300, or f < 0 where
//	                                 max|xᵢ| ≥ 2³⁰⁰ or max|gᵢ| ≥ 2³⁰⁰
//	SlowProgress                     f hardly falls any more; see below
//	DomainEdge                       f is not finite next to x in the direction of descent
//	Kink                             the gradient jumps at x, and f rises along the negative gradient
//	InexactFunction                  f cannot be lowered by more than its error, which is larger than
//	                                 that of rounding to float64; see ExactDigits
//	IterationLimit, RuntimeLimit, …  a limit of the Settings is reached
//	Failure                          the returned error is the reason: a value or a gradient is not finite,
//	                                 the Err of the optimizer, an error of the Recorder or of p.Status
//
// or another status that p.Status or the Converger returned. The error is nil unless the status is
// Failure, p.Status returned an error, or the context of [MinimizeContext] is done.
//
// p.Status is called before every evaluation, and may stop the run with a status or an error.
//
// Settings.Recorder receives the operations InitIteration, MajorIteration and PostIteration. gonum's
// optimize.NewPrinter prints a line at the start, then at most every half second, and at the end. With
// a negative ValueInterval it prints a line for each step:
//
//	printer := optimize.NewPrinter()
//	printer.ValueInterval = -1
//	result, err := optim.Minimize(p, x0, opt, &optimize.Settings{Recorder: printer})
//
// If Settings.Converger is nil, the run stops with SlowProgress after 100 steps in which f has not
// decreased by more than 1e-12·|f|. If the Settings have no limit either, the run also stops with
// SlowProgress after 15,000 evaluations of f or its gradient, as soon as f has not decreased by |f|/2
// over the last 1,000 of them. Newton with a trust region stops from 2,000 evaluations on, as soon as
// f has not decreased by |f|/100 over the last 1,000. If s is nil, the Settings are the zero value.
// Newton uses the Hessian in Settings.InitValues. Result.Hessian is the Hessian at Result.X if Newton
// has evaluated it there, and otherwise nil.
//
// If opt is an [LBFGS] or a LeastSquares with bounds, or is around one, all points at which the problem
// is evaluated lie within the bounds. An x0 outside is projected on them, and Settings.InitValues are
// then ignored.
//
// Minimize panics if p has no Func, opt is nil, or bounds are not valid. If opt needs Grad or Hess and
// p does not have it, Minimize returns an error and a nil result.
func Minimize(p optimize.Problem, x0 []float64, opt Optimizer, s *optimize.Settings) (*optimize.Result, error) {
	return minimize(context.Background(), p, x0, opt, s)
}

// MinimizeContext is [Minimize] until ctx is done. The status is then ContextDone, the result is that
// of the run so far, and the error is context.Cause(ctx). ctx is checked before every evaluation of
// p or of the residuals of a [LeastSquares]. MinimizeContext panics if ctx is nil.
func MinimizeContext(ctx context.Context, p optimize.Problem, x0 []float64, opt Optimizer, s *optimize.Settings) (*optimize.Result, error) {
	if ctx == nil {
		panic("optim: MinimizeContext: the context is nil")
	}
	return minimize(ctx, p, x0, opt, s)
}

func minimize(ctx context.Context, p optimize.Problem, x0 []float64, opt Optimizer, s *optimize.Settings) (*optimize.Result, error) {
	if p.Func == nil {
		panic("optim: Minimize: the problem has no Func")
	}
	checkGiven("Minimize", "optimizer", opt)
	if err := lacks(opt, optimize.Available{Grad: p.Grad != nil, Hess: p.Hess != nil}); err != nil {
		return nil, err
	}
	r := newRun(opt, &p, s, x0)
	r.eval.ctx = ctx
	status, err := r.minimize()
	r.eval.stats.Runtime = time.Since(r.eval.start)
	if err2 := r.record(&r.best, optimize.PostIteration); err == nil && err2 != nil {
		status, err = optimize.Failure, err2
	}
	if o, ok := r.searcher.(*Newton); ok {
		r.best.Hessian = o.knownHessian(r.best.X)
	}
	return &optimize.Result{Location: r.best, Stats: r.eval.stats, Status: status}, err
}

// ValueAndGradient returns a problem whose value and gradient are computed together: f writes the
// gradient at x to grad and returns the value. The problem keeps the value and the gradient for the
// last x, so that Func and Grad at the same x cost one call of f. It is not safe for concurrent
// use.
func ValueAndGradient(f func(grad, x []float64) float64) optimize.Problem {
	var (
		last, g []float64
		value   float64
		valid   bool
	)
	evaluate := func(x []float64) {
		if valid && slices.Equal(last, x) {
			return
		}
		valid = false // f may panic
		last, g = append(last[:0], x...), resize(g, len(x))
		value = f(g, x)
		valid = true
	}
	return optimize.Problem{
		Func: func(x []float64) float64 {
			evaluate(x)
			return value
		},
		Grad: func(grad, x []float64) {
			evaluate(x)
			copy(grad, g)
		},
	}
}

// run is one run of an optimizer on a problem.
type run struct {
	opt       Optimizer
	searcher  searcher // opt, or nil if it is none
	eval      evaluator
	converger optimize.Converger
	reducer   parallel.Reducer
	here      optimize.Location // the current point
	best      optimize.Location // the accepted point with the lowest value
	box       box               // the bounds of opt
	projected bool              // whether the first point is the projection of another one
}

// newRun returns a run from x0 on. For a type of the user's that embeds a searcher, run calls the
// Step of this type. A start out of the bounds of opt is projected on them.
func newRun(opt Optimizer, p *optimize.Problem, s *optimize.Settings, x0 []float64) *run {
	r := &run{opt: opt, box: limitsOf(opt, len(x0))}
	x0 = slices.Clone(x0)
	r.projected = r.box.project(x0)
	start := func() optimize.Location {
		return optimize.Location{X: slices.Clone(x0), F: math.NaN(), Gradient: make([]float64, len(x0))}
	}
	r.here, r.best = start(), start()
	r.searcher, _ = ours(opt).(searcher)
	r.eval.problem, r.eval.start = p, time.Now()
	if s != nil {
		r.eval.settings = *s
	}
	return r
}

// lacks returns an error if opt needs more than is available.
func lacks(opt Optimizer, has optimize.Available) error {
	grad, hess := true, false
	if o, ok := opt.(interface{ needs() (grad, hess bool) }); ok {
		grad, hess = o.needs()
	}
	switch {
	case grad && !has.Grad:
		return fmt.Errorf("optim: %s: %w", name(opt), optimize.ErrMissingGrad)
	case hess && !has.Hess:
		return fmt.Errorf("optim: %s: %w", name(opt), optimize.ErrMissingHess)
	}
	return nil
}

// minimize steps until there is a reason to stop.
func (r *run) minimize() (optimize.Status, error) {
	if rec := r.eval.settings.Recorder; rec != nil {
		if err := rec.Init(); err != nil {
			return optimize.Failure, err
		}
	}
	status, err := r.begin(r.eval.settings.InitValues)
	if err == nil {
		err = r.record(&r.here, optimize.InitIteration)
	}
	for status == optimize.NotTerminated && err == nil {
		status = r.converged()
		if status != optimize.NotTerminated {
			break
		}
		status, err = r.next()
		if status == optimize.NotTerminated && err == nil {
			err = r.record(&r.here, optimize.MajorIteration)
		}
	}
	if err != nil && status == optimize.NotTerminated {
		status = optimize.Failure
	}
	_, inexact := ExactDigits(status)
	r.updateBest(status == optimize.GradientThreshold || inexact)
	return status, err
}

func (r *run) record(l *optimize.Location, op optimize.Operation) error {
	if r.eval.settings.Recorder == nil {
		return nil
	}
	r.eval.stats.Runtime = time.Since(r.eval.start)
	return r.eval.settings.Recorder.Record(l, op, &r.eval.stats)
}

// begin evaluates the first point. given holds the value at x0, and the gradient unless the
// gradient is empty. A nil given holds neither.
func (r *run) begin(given *optimize.Location) (optimize.Status, error) {
	if r.projected {
		given = nil
	}
	hasGradient := given != nil && len(given.Gradient) == len(r.here.X)
	if given != nil {
		r.here.F = given.F
	}
	if hasGradient {
		copy(r.here.Gradient, given.Gradient)
	}
	if given != nil && given.Hessian != nil && given.Hessian.SymmetricDim() == len(r.here.X) {
		r.here.Hessian = given.Hessian
	}
	if !r.evaluate(given == nil, !hasGradient) {
		return r.eval.status, r.eval.err
	}
	if !sameNumbers(r.here.X, r.best.X) {
		r.here.F = math.NaN() // best stays
		return optimize.Failure, errChanged
	}
	if status, err := r.checkFinite(); status != optimize.NotTerminated {
		return status, err
	}
	if len(r.here.X) == 0 {
		return optimize.Success, nil
	}
	r.converger = r.eval.settings.Converger
	if r.converger == nil {
		r.converger = &progress{run: r, steady: optimize.FunctionConverge{Relative: 1e-12, Iterations: 100}}
	}
	r.converger.Init(len(r.here.X))
	return optimize.NotTerminated, nil
}

// evaluate evaluates the value at the current point if value is true, and the gradient if gradient
// is true. If there are no more evaluations, it returns false, and the value is NaN.
func (r *run) evaluate(value, gradient bool) (ok bool) {
	if o, ok := r.searcher.(*LeastSquares); ok {
		return o.evaluateAt(&r.here, &r.eval)
	}
	f, ok := r.here.F, true
	if value {
		f, ok = r.eval.value(r.here.X)
	}
	if ok && gradient && r.eval.problem.Grad != nil {
		ok = r.eval.gradient(r.here.Gradient, r.here.X)
	}
	if !ok {
		f = math.NaN()
	}
	r.here.F = f
	return ok
}

// checkFinite returns a reason to stop if the value or the gradient at the current point is not
// finite.
func (r *run) checkFinite() (optimize.Status, error) {
	f, norm := r.here.F, r.reducer.AbsMax(r.here.Gradient)
	switch {
	case math.IsInf(f, -1):
		return optimize.FunctionNegativeInfinity, nil
	case !isFinite(f):
		return optimize.Failure, fmt.Errorf("optim: Minimize: the value after %d steps is %v", r.eval.stats.MajorIterations, f)
	case !isFinite(norm):
		return optimize.Failure, fmt.Errorf("optim: Minimize: the norm of the gradient after %d steps is %v", r.eval.stats.MajorIterations, norm)
	}
	return optimize.NotTerminated, nil
}

// converged returns the reason to stop at the current point, or NotTerminated.
func (r *run) converged() optimize.Status {
	if r.searcher == nil {
		r.updateBest(false) // a searcher accepts better points only
	}
	s := &r.eval.settings
	norm := r.optimality()
	if r.eval.problem.Grad != nil && (norm == 0 || norm < s.GradientThreshold) {
		return optimize.GradientThreshold
	}
	if status := r.converger.Converged(&r.here); status != optimize.NotTerminated {
		return status
	}
	switch {
	case s.MajorIterations > 0 && r.eval.stats.MajorIterations >= s.MajorIterations:
		return optimize.IterationLimit
	case s.Runtime > 0 && time.Since(r.eval.start) >= s.Runtime:
		return optimize.RuntimeLimit
	}
	return optimize.NotTerminated
}

// updateBest makes the current point the best one if its value is the lowest, or if always is true.
func (r *run) updateBest(always bool) {
	if always || !(r.here.F >= r.best.F) && !math.IsNaN(r.here.F) {
		r.best.F = r.here.F
		copy(r.best.X, r.here.X)
		copy(r.best.Gradient, r.here.Gradient)
	}
}

// next takes a step and evaluates its end.
func (r *run) next() (optimize.Status, error) {
	if r.searcher != nil {
		if r.eval.stats.MajorIterations == 0 {
			r.searcher.start(r.here)
		}
		status := r.searcher.advance(&r.eval)
		r.here = r.searcher.found() // the last move of a LeastSquares may also end the steps
		if status != optimize.NotTerminated {
			return status, cmp.Or(r.eval.err, r.searcher.Err())
		}
		r.eval.stats.MajorIterations++
		return status, nil
	}
	r.opt.Step(r.here.X, r.here.Gradient)
	r.box.project(r.here.X) // an optimizer around a bounded one may leave the bounds
	if err := failure(r.opt); err != nil {
		return optimize.Failure, err
	}
	if !r.evaluate(true, true) {
		return r.eval.status, r.eval.err
	}
	r.eval.stats.MajorIterations++
	return r.checkFinite()
}
