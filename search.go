package optim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
)

// searcher is an optimizer that evaluates a problem and moves to points of its own
// choice, in Minimize. The optimizers that embed search choose a direction, and a
// line search chooses the length. LeastSquares chooses both.
type searcher interface {
	optimizer
	// start makes at the point where the search begins. Value and gradient are known
	// there.
	start(at optimize.Location)
	// advance moves to the next accepted point of the problem that e evaluates. It
	// returns NotTerminated if it moved. Otherwise there is nothing to gain, the
	// evaluations are at their limit, or Err returns an error.
	advance(e *evaluator) optimize.Status
	// found returns the point where the search is. It is valid until the next call
	// of advance.
	found() optimize.Location
	Err() error
}

// searches returns whether opt evaluates a problem in its Step.
func searches(opt Optimizer) bool {
	o, ok := opt.(interface{ searches() bool })
	return ok && o.searches()
}

// direction is what the optimizer that embeds search has of its own.
type direction interface {
	optimizer
	// problem returns the problem that Step searches, or nil for fixed steps, and the
	// line search, or nil for the default.
	problem() (*optimize.Problem, optimize.Linesearcher)
	// direct writes the direction at x, where the gradient is g, to d. It returns the
	// length to try first as a multiple of d, or 0 if there is no direction.
	direct(e *evaluator, d, x, g []float64) (length float64)
	// learn updates the model of the curvature after a move. The values F are NaN
	// after fixed steps.
	learn(from, to optimize.Location)
	// forget drops the model of the curvature.
	forget()
}

// search takes the steps of the second-order optimizer that embeds it: along a
// direction, by a fixed length or by a line search.
type search struct {
	driver
	at    optimize.Location // the last point where the gradient is known
	known bool              // whether at is such a point
	next  optimize.Location // the trial; after a step with a gradient, the point before
	moved bool              // the last step led to next, where the gradient was not known
	d     []float64         // the direction
	maxF  float64           // the greatest |F| of an accepted point

	status optimize.Status
	err    error

	eval      evaluator // of the field Problem
	wolfe     optimize.MoreThuente
	armijo    optimize.Backtracking
	reducer   parallel.Reducer
	curvature float64          // factor of the second Wolfe condition; 0 is the default
	distance  float64          // of next along d
	sloped    bool             // whether the gradient at next is known
	moveChunk func(lo, hi int) // see moveTo
}

// Err returns the reason why the optimizer is stuck, or nil. It is stuck if the
// value or the gradient is not finite at its point, or if they contradict each
// other, so that no step lowers the value. From then on steps leave params as they
// are, until Reset. At a minimum Err returns nil, though there are no better points.
func (s *search) Err() error { return s.err }

// Status returns why the last Step left params as they were, or NotTerminated if it
// did not: see Minimize.
func (s *search) Status() optimize.Status { return s.status }

func (s *search) found() optimize.Location { return s.at }

func (s *search) searches() bool {
	p, _ := s.self.(direction).problem()
	return p != nil
}

// step takes a step of m: a fixed one if there is no problem, otherwise one that a
// line search finds.
func (s *search) step(m direction, params, grads []float64) {
	s.fit(m, params, grads)
	if len(params) == 0 {
		return
	}
	m.expect(params, grads)
	s.eta = m.rate()
	p, ls := m.problem()
	s.eval.problem, s.eval.status = p, optimize.NotTerminated
	switch {
	case s.err != nil:
		s.status = optimize.Failure
		return
	case p == nil:
		s.status = optimize.NotTerminated
		s.fixedStep(m, params, grads)
		s.count(len(params))
		return
	}
	s.status = s.evaluateStart(m, params, grads)
	if s.status == optimize.NotTerminated {
		s.status = s.iterate(m, &s.eval, ls)
	}
	if s.status == optimize.NotTerminated && s.moved {
		copy(params, s.next.X)
	} else if s.status == optimize.NotTerminated {
		copy(params, s.at.X)
	}
	if s.eval.err != nil {
		s.fail(m, "%v", s.eval.err)
	}
}

// allocate makes the vectors that every step needs.
func (s *search) allocate(n int) {
	if len(s.at.X) != n {
		s.at = optimize.Location{X: make([]float64, n), Gradient: make([]float64, n), F: math.NaN()}
	}
	s.d = resize(s.d, n)
}

// allocateTrial makes the vectors of line searches, too.
func (s *search) allocateTrial(n int) {
	s.allocate(n)
	s.next.X, s.next.Gradient = resize(s.next.X, n), resize(s.next.Gradient, n)
}

// fixedStep moves x by η times the direction. It evaluates nothing.
func (s *search) fixedStep(m direction, x, g []float64) {
	s.allocate(len(x))
	if !finite(g) {
		// The last point with a finite gradient is the best known.
		if s.known {
			copy(x, s.at.X)
		}
		s.moved = false
		m.forget()
		return
	}
	if s.known {
		m.learn(s.at, optimize.Location{X: x, Gradient: g, F: math.NaN()})
	}
	copy(s.at.X, x)
	copy(s.at.Gradient, g)
	s.at.F, s.known, s.moved = math.NaN(), true, true
	length := m.direct(&s.eval, s.d, x, g)
	if length == 0 || !finite(s.d) {
		s.fail(m, "there is no finite direction")
		return
	}
	kernel.AddScaled(x, s.d, s.eta*length)
}

// fail makes the optimizer stuck.
func (s *search) fail(m direction, format string, args ...any) optimize.Status {
	s.status = optimize.Failure
	s.err = errors.New("optim: " + name(m) + ": " + fmt.Sprintf(format, args...))
	return optimize.Failure
}

// advance moves to the next accepted point: see searcher. If the problem has no
// gradient, that point is next, and otherwise at.
func (s *search) advance(e *evaluator) optimize.Status {
	m := s.self.(direction)
	_, ls := m.problem()
	s.status = s.iterate(m, e, ls)
	return s.status
}

// iterate searches along the direction of m. If that gains nothing, it searches
// along the negative gradient.
func (s *search) iterate(m direction, e *evaluator, ls optimize.Linesearcher) optimize.Status {
	if s.err != nil {
		return optimize.Failure
	}
	s.count(len(s.at.X))
	if ls == nil {
		ls = s.defaultLinesearcher(e)
	}
	flat := optimize.NotTerminated
	for ask := true; ; ask = false {
		length, slope, own := s.descent(m, e, ask)
		switch {
		case e.status != optimize.NotTerminated:
			return e.status
		case slope == 0:
			return optimize.GradientThreshold
		}
		found, end := s.lineSearch(e, ls, length, slope)
		if end != optimize.NotTerminated {
			flat = end
		}
		switch {
		case found:
			if !ask {
				m.forget() // the direction of m gained nothing
			}
			s.accept(m, e)
			return optimize.NotTerminated
		case e.status != optimize.NotTerminated:
			return e.status
		case own: // the negative gradient may gain more
		case flat != optimize.NotTerminated:
			return flat
		default:
			return s.fail(m, "no point along the negative gradient is better than %v, though the slope is %v: the value and the gradient contradict each other", s.at.F, slope)
		}
	}
}

// evaluateStart evaluates the value and the gradient at params, unless the last
// step ended there.
func (s *search) evaluateStart(m direction, params, grads []float64) optimize.Status {
	e := &s.eval
	s.allocateTrial(len(params))
	f := math.NaN()
	switch {
	case s.known && !s.moved && slices.Equal(s.at.X, params):
		f = s.at.F
		if !math.IsNaN(f) && e.problem.Grad != nil {
			return optimize.NotTerminated
		}
	case s.moved && slices.Equal(s.next.X, params):
		f = s.next.F
	}
	if math.IsNaN(f) {
		var ok bool
		if f, ok = e.value(params); !ok {
			return e.status
		}
	}
	if e.problem.Grad == nil {
		copy(s.next.Gradient, grads)
	} else if !e.gradient(s.next.Gradient, params) {
		return e.status
	}
	switch norm := kernel.AbsMax(s.next.Gradient); {
	case math.IsInf(f, -1):
		return optimize.FunctionNegativeInfinity
	case !(math.Abs(f) <= math.MaxFloat64):
		return s.fail(m, "the value at the given point is %v", f)
	case !(norm <= math.MaxFloat64):
		return s.fail(m, "the norm of the gradient at the given point is %v", norm)
	}
	s.startAt(m, optimize.Location{X: params, Gradient: s.next.Gradient, F: f})
	return optimize.NotTerminated
}

func (s *search) start(at optimize.Location) {
	m := s.self.(direction)
	s.fit(m, at.X, at.Gradient)
	m.rate()
	s.startAt(m, at)
}

// startAt moves to a point where value and gradient are known.
func (s *search) startAt(m direction, to optimize.Location) {
	if s.known && !slices.Equal(s.at.X, to.X) {
		m.learn(s.at, to)
	}
	s.allocateTrial(len(to.X))
	copy(s.at.X, to.X)
	copy(s.at.Gradient, to.Gradient)
	s.at.F, s.known, s.moved = to.F, true, false
	s.maxF = max(s.maxF, math.Abs(to.F))
}

// descent writes a direction of descent to d: that of m, if it is to be asked and
// has one, or else the negative gradient scaled to length one. The whole of that is
// the first trial, since the scale of x is not known.
func (s *search) descent(m direction, e *evaluator, ask bool) (length, slope float64, own bool) {
	if ask {
		length = m.direct(e, s.d, s.at.X, s.at.Gradient)
		slope = s.reducer.Dot(s.d, s.at.Gradient)
		if length > 0 && -math.MaxFloat64 <= slope && slope < 0 {
			return length, slope, true
		}
		m.forget()
	}
	norm := s.reducer.Norm(s.at.Gradient) // its square may be 0 or infinite
	if norm == 0 {
		return 0, 0, false
	}
	for i, g := range s.at.Gradient {
		s.d[i] = -g / norm
	}
	return 1, -norm, false
}

// accept makes next the point of the optimizer.
func (s *search) accept(m direction, e *evaluator) {
	s.moved = e.problem.Grad == nil
	if s.moved {
		return // the gradient there comes with the next step
	}
	s.at, s.next = s.next, s.at
	m.learn(s.next, s.at)
}

func (s *search) visitSearch(a *walk) {
	s.visitDriver(a)
	a.Vectors(&s.at.X, &s.at.Gradient)
	a.State(&s.at.F, &s.known, &s.moved)
	a.Optional(&s.next.X)
	a.State(&s.next.F, &s.maxF)
	if a.Assigning() {
		s.status, s.err = optimize.NotTerminated, nil
	}
}
