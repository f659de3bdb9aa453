package optim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// step takes a step of m: a fixed step if m has no problem, otherwise one by a line search.
func (s *search) step(m direction, params, grads []float64) {
	s.fit(m, len(params), len(grads))
	if len(params) == 0 {
		return
	}
	m.expect(len(params), len(grads))
	s.box = limitsOf(m, len(params))
	s.eta = m.rate()
	p, _ := m.problem()
	s.eval.problem, s.eval.status, s.status = p, optimize.NotTerminated, optimize.NotTerminated
	switch {
	case s.err != nil:
		s.status = optimize.Failure
	case p == nil:
		s.fixedStep(m, params, grads)
	default:
		s.searchStep(m, params, grads)
	}
}

// searchStep takes a step by a line search. If params are out of the bounds, searchStep projects
// them. If params were projected and the problem has no gradient, the step ends there, since grads
// belong to another point.
func (s *search) searchStep(m direction, params, grads []float64) {
	outside := s.box.project(params)
	if outside && s.eval.problem.Grad == nil {
		return
	}
	s.status = s.evaluateStart(m, params, grads)
	if s.status == optimize.NotTerminated {
		s.status = s.iterate(m, &s.eval)
	}
	if s.status == optimize.NotTerminated && s.moved {
		copy(params, s.next.X)
	} else if s.status == optimize.NotTerminated {
		copy(params, s.at.X)
	}
	if s.eval.err != nil {
		s.fail("%v", s.eval.err)
	}
}

// allocate makes the vectors of a step, which may be one by a line search.
func (s *search) allocate(n int, searches bool) {
	if len(s.at.X) != n {
		s.at = optimize.Location{X: make([]float64, n), Gradient: make([]float64, n), F: math.NaN()}
	}
	s.d = resize(s.d, n)
	if searches {
		s.next.X, s.next.Gradient = resize(s.next.X, n), resize(s.next.Gradient, n)
		s.line.trials = slices.Grow(s.line.trials[:0], maxTrials)
	}
}

// fixedStep adds η times the direction to x, within the bounds. It evaluates no value. If the
// gradient is not finite, x returns to the last point where it was.
func (s *search) fixedStep(m direction, x, g []float64) {
	s.count(len(x))
	s.allocate(len(x), false)
	s.box.project(x)
	if !finite(g) {
		if s.started {
			copy(x, s.at.X)
		}
		s.moved = false
		m.forget()
		return
	}
	if s.started {
		m.learn(s.at, optimize.Location{X: x, Gradient: g, F: math.NaN()})
	}
	copy(s.at.X, x)
	copy(s.at.Gradient, g)
	s.at.F, s.started, s.moved = math.NaN(), true, true
	length := m.direct(&s.eval, s.d, x, s.projected(&s.at))
	if length == 0 || !finite(s.d) {
		s.fail("there is no finite direction")
		return
	}
	kernel.AddScaled(x, s.d, s.eta*length)
	s.box.endMove(x, s.at.X, 0, len(x))
}
