package optim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// evaluateStart evaluates the value and the gradient at params, unless the last step did.
func (s *search) evaluateStart(m direction, params, grads []float64) optimize.Status {
	e, ok := &s.eval, true
	s.allocate(len(params), true)
	f := math.NaN()
	switch {
	case s.started && slices.Equal(s.at.X, params):
		f = s.at.F
		if !math.IsNaN(f) && e.problem.Grad != nil {
			return optimize.NotTerminated
		}
	case s.moved && slices.Equal(s.next.X, params):
		f = s.next.F
	}
	if math.IsNaN(f) {
		f, ok = e.value(params)
	}
	switch {
	case !ok:
	case e.problem.Grad == nil:
		copy(s.next.Gradient, grads)
	default:
		copy(s.d, params)
		ok = e.gradient(s.next.Gradient, params)
		if !sameNumbers(s.d, params) {
			copy(params, s.d)
			e.stop(optimize.Failure, errChanged)
			ok = false
		}
	}
	norm := kernel.AbsMax(s.next.Gradient)
	switch {
	case !ok:
		return e.status
	case math.IsInf(f, -1):
		return optimize.FunctionNegativeInfinity
	case !isFinite(f):
		return s.fail("the value at the given point is %v", f)
	case !isFinite(norm):
		return s.fail("the norm of the gradient at the given point is %v", norm)
	}
	s.startAt(m, optimize.Location{X: params, Gradient: s.next.Gradient, F: f})
	return optimize.NotTerminated
}

func (s *search) start(at optimize.Location) {
	m := s.self.(direction)
	s.fit(m, len(at.X), len(at.Gradient))
	s.box = limitsOf(m, len(at.X))
	m.rate()
	s.startAt(m, at)
}

// startAt moves to a point where the value and the gradient are evaluated.
func (s *search) startAt(m direction, to optimize.Location) {
	if s.started && !slices.Equal(s.at.X, to.X) {
		s.edges = 0
		s.blur, s.blurAge = 0, 0
		s.modeled = s.modeled && s.moved && slices.Equal(s.next.X, to.X)
		m.learn(s.at, to)
	}
	s.allocate(len(to.X), true)
	copy(s.at.X, to.X)
	copy(s.at.Gradient, to.Gradient)
	s.at.F, s.started, s.moved = to.F, true, false
	s.maxF = max(s.maxF, math.Abs(to.F))
	s.largestX = max(s.largestX, s.reducer.AbsMax(to.X))
}
