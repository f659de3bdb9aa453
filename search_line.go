package optim

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// The constants of the Wolfe conditions: J. Nocedal and S. J. Wright, Numerical Optimization, 2006,
// section 3.1. The first is also that of the Armijo condition.
const (
	sufficientDecrease = 1e-4
	defaultCurvature   = 0.9
)

// maxTrials is the largest number of points that a line search tries.
const maxTrials = 60

// severalTrials is the number of trials that show that the values of f are not exact.
const severalTrials = 3

// unresolved is the relative decrease of f that a search may fail to find: a sum of many terms has
// a larger rounding error than its value.
const unresolved = 1e4 * epsilon

// trial is a point that a line search has evaluated.
type trial struct {
	length   float64 // distance along d
	f, slope float64 // the value, and d·g there
	sloped   bool    // whether the slope is evaluated
}

// finite returns whether the value and the slope are finite.
func (t trial) finite() bool { return isFinite(math.Abs(t.f) + math.Abs(t.slope)) }

// trace is what a line search has evaluated.
type trace struct {
	value       float64 // f at the start
	slope       float64 // d·g there
	trials      []trial
	best, least float64 // the length with the lowest value, and that value
	far         float64 // the largest length
	bound       float64 // the smallest length at which f is not finite
	visible     float64 // the smallest length at which curved is true
	stiffness   float64 // the curvature between the start and visible; 0 if there is no such length
}

// curved returns whether a slope differs visibly from that at the start: by a tenth or more.
func (l *trace) curved(slope float64) bool { return slope-l.slope >= -l.slope/10 }

// contradicts returns whether the value at t is not below f, the value at the start, although f
// falls steeply at both ends: the slope at t is still at least half the slope at the start.
func (l *trace) contradicts(t trial, f float64) bool {
	return t.sloped && t.finite() && t.f >= f && t.slope <= l.slope/2
}

// observe adds a finite trial. Without gradients the first length counts as the minimum along d,
// until a trial shows how f rises.
func (l *trace) observe(t trial) {
	rise := t.f - l.value
	if t.f < l.least {
		l.best, l.least = t.length, t.f
	}
	switch {
	case t.sloped && l.curved(t.slope) && t.length < l.visible:
		l.visible, l.stiffness = t.length, (t.slope-l.slope)/t.length
	case !t.sloped && rise > 0x1p6*epsilon*math.Abs(l.value) && t.length <= l.visible:
		l.visible, l.stiffness = t.length, 2*(rise/t.length-l.slope)/t.length
	case !t.sloped && len(l.trials) == 1:
		l.visible, l.stiffness = t.length, -l.slope/t.length
	}
}

// lineSearch searches along d for a point that is better than at. It tries the given length first
// and makes the better point next. It writes what it evaluates to s.line.
func (s *search) lineSearch(e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool) {
	l := s.begin(slope)
	found = s.runLinesearcher(e, ls, l, length)
	if l.best > 0 && l.best == l.far && !l.curved(l.trials[len(l.trials)-1].slope) && s.expand(e, l) {
		found = false // the best point has changed
	}
	s.edge(l)
	return found ||
		e.status == optimize.NotTerminated && l.best > 0 && s.completeTrial(e, l.best, l.least) ||
		e.status == optimize.NotTerminated && l.stiffness == 0 && e.problem.Grad != nil && s.bisect(e, l)
}

// begin clears line for a search along d, where the slope at the start is d·g.
func (s *search) begin(slope float64) *trace {
	s.distance = math.NaN() // next is not on this line
	s.line = trace{
		value: s.at.F, slope: slope, trials: s.line.trials[:0], least: s.at.F,
		bound: inf, visible: inf,
	}
	return &s.line
}

// edge counts the line searches in a row that have ended next to points where f is not finite.
func (s *search) edge(l *trace) {
	if l.bound-l.best <= 1e-6*l.best {
		s.edges++
	} else {
		s.edges = 0
	}
}

// runLinesearcher tries the lengths that ls proposes. It returns whether ls accepted a better
// point. It stops at a length at which the linear model of f predicts a decrease that the values do
// not resolve.
func (s *search) runLinesearcher(e *evaluator, ls optimize.Linesearcher, l *trace, length float64) bool {
	s.wolfe = strongWolfe{decrease: sufficientDecrease, curvature: cmp.Or(s.curvatureFactor, defaultCurvature), longest: longestLength}
	op := ls.Init(s.at.F, l.slope, length)
	for len(l.trials) < maxTrials {
		t, ok := s.evaluateTrial(e, l, op, length)
		if !ok {
			return false
		}
		if t.f >= s.at.F && s.hopeless(l, length) {
			return false
		}
		if !t.finite() {
			l.bound = length
			if l.best > 0 {
				s.approach(e, l)
				return false
			}
			length = l.bound / 10
			s.wolfe.longest = l.bound
			op = ls.Init(s.at.F, l.slope, length)
			continue
		}
		var err error
		op, length, err = ls.Iterate(t.f, t.slope)
		if err != nil {
			return false
		}
		if op == optimize.MajorIteration {
			better := t.f < s.at.F || t.f == s.at.F && s.steepness(&s.next) < s.steepness(&s.at)
			return better && s.completeTrial(e, t.length, t.f)
		}
	}
	return false
}

// approach halves the interval between the best length and the smallest one at which f is not
// finite, as long as f falls.
func (s *search) approach(e *evaluator, l *trace) {
	for len(l.trials) < maxTrials && l.best < l.bound {
		t, ok := s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, l.best+float64((l.bound-l.best)/2))
		switch {
		case !ok || t.length == l.bound:
			return
		case !t.finite():
			l.bound = t.length
		case t.length != l.best || l.curved(t.slope):
			return
		}
	}
}

// hopeless returns whether shorter steps than the given one are of no use: the linear model of f
// predicts a decrease that values do not resolve, or the values contradict the slopes.
func (s *search) hopeless(l *trace, length float64) bool {
	return float64(-l.slope*length) <= s.resolution()/16 || s.contradictions(l) >= severalTrials
}

// contradictions returns how many trials contradict the slopes by more than rounding.
func (s *search) contradictions(l *trace) (count int) {
	for _, t := range l.trials {
		if l.contradicts(t, s.at.F) && float64(-l.slope*t.length) > s.resolution() {
			count++
		}
	}
	return count
}

// expand tries much larger lengths, while f falls and the slope remains that at the start. It
// returns whether there is a new best length.
func (s *search) expand(e *evaluator, l *trace) bool {
	const factor = 1e10
	first := l.best
	for length := l.far * factor; isFinite(length); length *= factor {
		before := l.best
		t, ok := s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		if !ok || l.best == before || l.curved(t.slope) {
			break
		}
	}
	return l.best != first
}

// bisect tries lengths below those tried before, for a better point or a length at which the curvature is visible. It
// takes geometric means, down to the length at which values resolve the predicted decrease. It returns whether it
// found a better point.
func (s *search) bisect(e *evaluator, l *trace) bool {
	near, far := max(s.resolution()/16/-l.slope, l.far*0x1p-100), l.far
	for near < far/2 && len(l.trials) < maxTrials {
		length := math.Sqrt(near) * math.Sqrt(far)
		t, ok := s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		switch {
		case !ok:
			return false
		case t.f < s.at.F && t.finite():
			return s.completeTrial(e, length, t.f)
		case t.f >= s.at.F && l.curved(t.slope):
			return false
		case t.f == s.at.F:
			near = length
		default:
			far = length
		}
	}
	return false
}

// evaluateTrial moves next to the given distance along d. As op demands, it evaluates the value
// there, and the gradient for the slope. ok is false if e allows no more evaluations.
func (s *search) evaluateTrial(e *evaluator, l *trace, op optimize.Operation, distance float64) (t trial, ok bool) {
	l.far = max(l.far, distance)
	s.moveTo(distance)
	t = trial{length: distance, f: s.next.F}
	if op&optimize.FuncEvaluation != 0 {
		t.f, ok = e.value(s.next.X)
		if !ok {
			return t, false
		}
		s.next.F = t.f
	}
	if op&optimize.GradEvaluation != 0 && isFinite(t.f) {
		if !e.gradient(s.next.Gradient, s.next.X) {
			return t, false
		}
		t.slope, t.sloped, s.sloped = s.reducer.Dot(s.projected(&s.next), s.d), true, true
	}
	l.trials = append(l.trials, t)
	if t.finite() {
		l.observe(t)
	}
	return t, true
}

// moveTo sets next.X to the point at the given distance along d, projected on the bounds.
func (s *search) moveTo(distance float64) {
	s.sloped = s.sloped && distance == s.distance
	s.distance = distance
	if s.moveChunk == nil {
		s.moveChunk = func(lo, hi int) {
			kernel.AddScaledTo(s.next.X[lo:hi], s.at.X[lo:hi], s.d[lo:hi], s.distance)
			s.box.endMove(s.next.X, s.at.X, lo, hi)
		}
	}
	s.reducer.For(len(s.d), s.moveChunk)
}

// completeTrial makes next the point at the given distance, where the value is f, with its
// gradient. It returns false if e allows no more evaluations.
func (s *search) completeTrial(e *evaluator, distance, f float64) bool {
	if s.distance != distance {
		s.moveTo(distance)
	}
	if !s.sloped && e.problem.Grad != nil && !e.gradient(s.next.Gradient, s.next.X) {
		return false
	}
	s.next.F = f
	return true
}
