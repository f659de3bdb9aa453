package optim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// searcher is an optimizer that can search a problem for its next point.
type searcher interface {
	Optimizer
	// settle goes to the point where the search begins.
	settle(at place)
	// advance moves to the next accepted point of the problem that e evaluates.
	// It returns NotTerminated if it did; otherwise there is nothing more to gain,
	// the evaluations are at their limit, or Err says what is wrong.
	advance(e *evaluator) optimize.Status
	// found is the point that it is at. It is the optimizer's, until it advances.
	found() place
	Err() error
}

// searches is whether opt evaluates a problem.
func searches(opt Optimizer) bool {
	o, ok := opt.(interface{ searches() bool })
	return ok && o.searches()
}

// direction is what a search asks of the optimizer that embeds it.
type direction interface {
	Optimizer
	// check panics if a field is out of its range and returns η.
	check() float64
	// direct writes the direction to go from x, where the gradient is g, to d. It
	// returns the length to try first as a multiple of d, or 0 if it has none.
	direct(e *evaluator, d, x, g []float64) (length float64)
	// learn takes note of a step.
	learn(from, to place)
	// forget drops what it has learnt.
	forget()
}

// place is a point with the gradient and, if known, the value there.
type place struct {
	x, g []float64
	f    float64 // NaN if unknown
}

// search takes the steps of the second-order optimizer that embeds it: a
// direction, and a length along it.
type search struct {
	driver
	at     place     // the last point of which the gradient is known
	known  bool      // whether there is one
	next   place     // the point to try; after a step with a gradient, the point before
	moved  bool      // the last step led from at to next, where the gradient was not known
	d      []float64 // the direction
	height float64   // the greatest |f| of an accepted point

	status optimize.Status
	err    error

	eval     evaluator // of the field Problem
	wolfe    optimize.MoreThuente
	armijo   optimize.Backtracking
	vectors  vectors
	accuracy float64 // the curvature factor of Wolfe's conditions; 0 is the common one
	distance float64 // along d, where next is
	sloped   bool    // whether the gradient there is known
}

// Err is the reason why the optimizer is stuck, if it is: the value or the
// gradient at its point is not finite, or they contradict each other, so that no
// step makes the value smaller. From then on steps leave params alone, until
// Reset. At a minimum it is nil, though there are no better points.
func (s *search) Err() error { return s.err }

// Status says why the last Step has left params alone, or NotTerminated if it has
// not: see Minimize.
func (s *search) Status() optimize.Status { return s.status }

func (s *search) found() place { return s.at }

// step takes a step of m: a fixed one if there is no problem, and otherwise one
// that a line search finds.
func (s *search) step(m direction, p *optimize.Problem, ls optimize.Linesearcher, params, grads []float64) {
	s.fit(m, params, grads)
	s.eta = m.check()
	if len(params) == 0 {
		return
	}
	s.eval.problem, s.eval.status = p, optimize.NotTerminated
	switch {
	case s.err != nil:
		s.status = optimize.Failure
		return
	case p == nil:
		s.status = optimize.NotTerminated
		s.makeFixed(len(params))
		s.fixed(m, params, grads)
		s.count(len(params))
	default:
		if s.status = s.arrive(m, &s.eval, params, grads); s.status == optimize.NotTerminated {
			s.status = s.advance(m, &s.eval, ls)
		}
		if s.status == optimize.NotTerminated && s.moved {
			copy(params, s.next.x)
		} else if s.status == optimize.NotTerminated {
			copy(params, s.at.x)
		}
		if s.eval.err != nil {
			s.fail(m, "%v", s.eval.err)
		}
	}
}

// make allocates the vectors that every step needs, and those of line searches.
func (s *search) make(n int) {
	s.makeFixed(n)
	s.next.x, s.next.g = resize(s.next.x, n), resize(s.next.g, n)
}

func (s *search) makeFixed(n int) {
	if len(s.at.x) != n {
		s.at = place{make([]float64, n), make([]float64, n), math.NaN()}
	}
	s.d = resize(s.d, n)
}

// resize is x if it has length n, and otherwise a new vector.
func resize(x []float64, n int) []float64 {
	if len(x) != n {
		return make([]float64, n)
	}
	return x
}

// fixed takes the step η along the direction, with what the gradient alone tells.
func (s *search) fixed(m direction, x, g []float64) {
	if !(kernel.AbsMax(g) <= math.MaxFloat64) {
		// The last point with a finite gradient is the best that is known.
		if s.known {
			copy(x, s.at.x)
		}
		s.moved = false
		m.forget()
		return
	}
	if s.known {
		m.learn(s.at, place{x, g, math.NaN()})
	}
	copy(s.at.x, x)
	copy(s.at.g, g)
	s.at.f, s.known, s.moved = math.NaN(), true, true
	length := m.direct(&s.eval, s.d, x, g)
	if length == 0 || !(kernel.AbsMax(s.d) <= math.MaxFloat64) {
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

// advance moves to the next accepted point: see searcher. Without a gradient in
// the problem that is next, and at otherwise.
func (s *search) advance(m direction, e *evaluator, ls optimize.Linesearcher) optimize.Status {
	s.status = s.iterate(m, e, ls)
	return s.status
}

func (s *search) iterate(m direction, e *evaluator, ls optimize.Linesearcher) optimize.Status {
	if s.err != nil {
		return optimize.Failure
	}
	s.count(len(s.at.x))
	if ls == nil {
		if ls = &s.armijo; e.problem.Grad != nil {
			ls = &s.wolfe
		}
	}
	flat := optimize.NotTerminated
	for ask := true; ; ask = false {
		length, slope, own := s.direct(m, e, ask)
		switch {
		case e.status != optimize.NotTerminated:
			return e.status
		case slope == 0:
			return optimize.GradientThreshold
		}
		found, level := s.along(e, ls, length, slope)
		if level != optimize.NotTerminated {
			flat = level
		}
		switch {
		case found:
			if !ask {
				m.forget() // what it had learnt led nowhere
			}
			s.accept(m, e)
			return optimize.NotTerminated
		case e.status != optimize.NotTerminated:
			return e.status
		case own: // the negative gradient may do better
		case flat != optimize.NotTerminated:
			return flat
		default:
			return s.fail(m, "no point along the negative gradient is better than %v, though the slope is %v: the value and the gradient contradict each other", s.at.f, slope)
		}
	}
}

// arrive finds the value and the gradient at params, unless that is where the
// last step ended.
func (s *search) arrive(m direction, e *evaluator, params, grads []float64) optimize.Status {
	s.make(len(params))
	f := math.NaN()
	switch {
	case s.known && !s.moved && slices.Equal(s.at.x, params):
		if f = s.at.f; !math.IsNaN(f) && e.problem.Grad != nil {
			return optimize.NotTerminated
		}
	case s.moved && slices.Equal(s.next.x, params):
		f = s.next.f
	}
	if math.IsNaN(f) {
		var ok bool
		if f, ok = e.value(params); !ok {
			return e.status
		}
	}
	if e.problem.Grad == nil {
		copy(s.next.g, grads)
	} else if !e.gradient(s.next.g, params) {
		return e.status
	}
	switch norm := kernel.AbsMax(s.next.g); {
	case math.IsInf(f, -1):
		return optimize.FunctionNegativeInfinity
	case !(math.Abs(f) <= math.MaxFloat64):
		return s.fail(m, "the value at the given point is %v", f)
	case !(norm <= math.MaxFloat64):
		return s.fail(m, "the norm of the gradient at the given point is %v", norm)
	}
	s.settle(m, place{params, s.next.g, f})
	return optimize.NotTerminated
}

// settle goes to a point of which all is known.
func (s *search) settle(m direction, to place) {
	s.fit(m, to.x, to.g)
	m.check()
	if s.known && !slices.Equal(s.at.x, to.x) {
		m.learn(s.at, to)
	}
	s.make(len(to.x))
	copy(s.at.x, to.x)
	copy(s.at.g, to.g)
	s.at.f, s.known, s.moved = to.f, true, false
	s.height = max(s.height, math.Abs(to.f))
}

// direct finds a direction of descent: m's own or, if it has none or is not to be
// asked, the negative gradient of length one, all of it to try first: nothing is
// known of the scale, whatever the units of the value.
func (s *search) direct(m direction, e *evaluator, ask bool) (length, slope float64, own bool) {
	if ask {
		length = m.direct(e, s.d, s.at.x, s.at.g)
		slope = s.vectors.dot(s.d, s.at.g)
		if length > 0 && -math.MaxFloat64 <= slope && slope < 0 {
			return length, slope, true
		}
		m.forget()
	}
	norm := s.vectors.norm(s.at.g) // of which the square may be 0 or infinite
	if norm == 0 {
		return 0, 0, false
	}
	for i, g := range s.at.g {
		s.d[i] = -g / norm
	}
	return 1, -norm, false
}

// accept makes next the point of the optimizer.
func (s *search) accept(m direction, e *evaluator) {
	if s.moved = e.problem.Grad == nil; s.moved {
		return // the gradient there comes with the next step
	}
	s.at, s.next = s.next, s.at
	m.learn(s.next, s.at)
}

func (s *search) visit(a *archive) {
	a.driver(&s.driver)
	a.vectors(&s.at.x, &s.at.g)
	a.numbers(&s.at.f)
	a.flags(&s.known, &s.moved)
	a.optional(&s.next.x)
	a.numbers(&s.next.f, &s.height)
	if a.set() {
		s.status, s.err = optimize.NotTerminated, nil
	}
}
