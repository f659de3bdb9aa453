package optim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/parallel"
)

// Minimize looks for a minimum of p.Func from x0 on, which it leaves alone, with any optimizer of
// this package or of yours. It is gonum's optimize.Minimize in its arguments and its result, but
// runs in the goroutine that calls it and evaluates there.
//
// A first-order optimizer steps with the gradient; every iteration evaluates gradient and value
// once. The second-order ones search p by themselves, whatever their field Problem. The result is
// the best point that was accepted, with the value and the gradient there. The optimizer keeps what
// it has learnt; call its Reset for another problem.
//
// The limits in the settings hold exactly; MajorIterations counts steps, and x0 is none. The
// result's Status is the reason for the end:
//
//	GradientThreshold                  the norm max|gᵢ| is below Settings.GradientThreshold, or 0
//	FunctionConvergence                no change of x within reach changes the value in more than its rounding,
//	                                   or the Converger says so
//	StepConvergence                    the minimum is nearer than the rounding of x
//	FunctionNegativeInfinity           there is none
//	IterationLimit, RuntimeLimit, …    a limit of the settings
//	Failure                            with an error: what is not finite, or the optimizer's Err
//
// or what p.Status returns, which is asked before every evaluation, with its error: func()
// (optimize.Status, error) { return optimize.NotTerminated, ctx.Err() } stops when a context does.
// So does an error of the Recorder, which is given InitIteration, MajorIteration and PostIteration.
// Only Failure, and what p.Status and the Recorder return, comes with an error.
//
// A Converger of nil stops when 100 iterations have not lowered the value by more than 1e-12 of
// itself and 5e-32 of the first, a rule that is the same for a value in other units. Settings of
// nil are the zero value.
//
// It panics if p has no Func, and returns an error if it lacks a Grad or Hess that opt needs.
func Minimize(p optimize.Problem, x0 []float64, opt Optimizer, s *optimize.Settings) (*optimize.Result, error) {
	if p.Func == nil {
		panic("optim: Minimize: the problem has no Func")
	}
	checkGiven("Minimize", "optimizer", opt)
	if err := lacks(opt, optimize.Available{Grad: p.Grad != nil, Hess: p.Hess != nil}); err != nil {
		return nil, err
	}
	r := newRun(opt, &p, s, x0)
	status, err := r.minimize()
	r.eval.stats.Runtime = time.Since(r.eval.start)
	if err2 := r.record(&r.best, optimize.PostIteration); err == nil && err2 != nil {
		status, err = optimize.Failure, err2
	}
	return &optimize.Result{Location: r.best, Stats: r.eval.stats, Status: status}, err
}

// ValueAndGradient makes a problem of a function that finds value and gradient in one go: it writes
// the gradient at x to grad and returns the value. The problem remembers both for the point they
// were taken at, so that asking for one after the other costs one call. It serves one run at a
// time.
func ValueAndGradient(f func(grad, x []float64) float64) optimize.Problem {
	var (
		at, g []float64
		value float64
		known bool
	)
	evaluate := func(x []float64) {
		if known && slices.Equal(at, x) {
			return
		}
		known = false // should f panic
		at, g = append(at[:0], x...), resize(g, len(x))
		value = f(g, x)
		known = true
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

// run is an optimizer on a problem.
type run struct {
	opt       Optimizer
	searcher  searcher // opt, if it is one
	eval      evaluator
	converger optimize.Converger
	reducer   parallel.Reducer
	here      optimize.Location // with the value and the gradient
	best      optimize.Location // the accepted point with the least value
}

// newRun returns a run from x0 on.
func newRun(opt Optimizer, p *optimize.Problem, s *optimize.Settings, x0 []float64) *run {
	n := len(x0)
	r := &run{opt: opt}
	r.searcher, _ = ours(opt).(searcher)
	r.eval.problem, r.eval.start = p, time.Now()
	if s != nil {
		r.eval.settings = *s
	}
	r.here = optimize.Location{X: slices.Clone(x0), F: math.NaN(), Gradient: make([]float64, n)}
	r.best = optimize.Location{X: slices.Clone(x0), F: math.NaN(), Gradient: make([]float64, n)}
	return r
}

// lacks is the error if what opt needs is not available.
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

// minimize steps until there is a reason to end.
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
		if status = r.converged(); status != optimize.NotTerminated {
			break
		}
		if status, err = r.next(); status == optimize.NotTerminated && err == nil {
			err = r.record(&r.here, optimize.MajorIteration)
		}
	}
	if err != nil && status == optimize.NotTerminated {
		status = optimize.Failure
	}
	r.keep(status == optimize.GradientThreshold)
	return status, err
}

func (r *run) record(l *optimize.Location, op optimize.Operation) error {
	if r.eval.settings.Recorder == nil {
		return nil
	}
	r.eval.stats.Runtime = time.Since(r.eval.start)
	return r.eval.settings.Recorder.Record(l, op, &r.eval.stats)
}

// begin evaluates at the first point what is not given.
func (r *run) begin(given *optimize.Location) (optimize.Status, error) {
	evaluated := false
	if given != nil {
		r.here.F = given.F
		if evaluated = len(given.Gradient) == len(r.here.X); evaluated {
			copy(r.here.Gradient, given.Gradient)
		}
	}
	if !r.evaluate(given == nil, !evaluated) {
		return r.eval.status, r.eval.err
	}
	if status, err := r.sound(); status != optimize.NotTerminated {
		return status, err
	}
	if len(r.here.X) == 0 {
		return optimize.Success, nil
	}
	if r.converger = r.eval.settings.Converger; r.converger == nil {
		r.converger = &optimize.FunctionConverge{Relative: 1e-12, Absolute: epsilon * epsilon * math.Abs(r.here.F), Iterations: 100}
	}
	r.converger.Init(len(r.here.X))
	return optimize.NotTerminated, nil
}

// evaluate evaluates here. It is not ok if there are no more evaluations: then here is not to be
// kept.
func (r *run) evaluate(value, gradient bool) (ok bool) {
	f, ok := r.here.F, true
	if value {
		f, ok = r.eval.value(r.here.X)
	}
	if ok && gradient && r.eval.problem.Grad != nil {
		ok = r.eval.gradient(r.here.Gradient, r.here.X)
	}
	if r.here.F = f; !ok {
		r.here.F = math.NaN()
	}
	return ok
}

// sound checks that the value and the gradient are finite.
func (r *run) sound() (optimize.Status, error) {
	if math.IsInf(r.here.F, -1) {
		return optimize.FunctionNegativeInfinity, nil
	}
	if f := r.here.F; !(math.Abs(f) <= math.MaxFloat64) {
		return optimize.Failure, fmt.Errorf("optim: Minimize: the value after %d steps is %v", r.eval.stats.MajorIterations, f)
	}
	if norm := r.reducer.AbsMax(r.here.Gradient); !(norm <= math.MaxFloat64) {
		return optimize.Failure, fmt.Errorf("optim: Minimize: the norm of the gradient after %d steps is %v", r.eval.stats.MajorIterations, norm)
	}
	return optimize.NotTerminated, nil
}

// converged is the reason to stop here, if there is one.
func (r *run) converged() optimize.Status {
	if r.searcher == nil {
		r.keep(false) // what a search accepts only gets better
	}
	s, stats := &r.eval.settings, &r.eval.stats
	norm := r.reducer.AbsMax(r.here.Gradient)
	if r.eval.problem.Grad != nil && (norm == 0 || norm < s.GradientThreshold) {
		return optimize.GradientThreshold
	}
	if status := r.converger.Converged(&r.here); status != optimize.NotTerminated {
		return status
	}
	switch {
	case s.MajorIterations > 0 && stats.MajorIterations >= s.MajorIterations:
		return optimize.IterationLimit
	case s.Runtime > 0 && time.Since(r.eval.start) >= s.Runtime:
		return optimize.RuntimeLimit
	}
	return optimize.NotTerminated
}

// keep takes the point as the best if it is, or if it is to be.
func (r *run) keep(always bool) {
	if always || !(r.here.F >= r.best.F) && !math.IsNaN(r.here.F) {
		r.best.F = r.here.F
		copy(r.best.X, r.here.X)
		copy(r.best.Gradient, r.here.Gradient)
	}
}

// next takes a step.
func (r *run) next() (optimize.Status, error) {
	if r.searcher != nil {
		if r.eval.stats.MajorIterations == 0 {
			r.searcher.start(r.here)
		}
		status := r.searcher.advance(&r.eval)
		if status != optimize.NotTerminated {
			if r.eval.err != nil {
				return status, r.eval.err
			}
			return status, r.searcher.Err()
		}
		r.here = r.searcher.found()
		r.eval.stats.MajorIterations++
		return optimize.NotTerminated, nil
	}
	r.opt.Step(r.here.X, r.here.Gradient)
	if o, ok := r.opt.(interface{ Err() error }); ok && o.Err() != nil {
		return optimize.Failure, o.Err()
	}
	if !r.evaluate(true, true) {
		return r.eval.status, r.eval.err
	}
	r.eval.stats.MajorIterations++
	return r.sound()
}
