package optim

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// The constants of the conditions of Armijo and Wolfe: Nocedal and Wright,
// Numerical optimization, 2006, section 3.1.
const (
	sufficientDecrease = 1e-4
	curvature          = 0.9
)

// maxTrials is the number of points that a line search may try.
const maxTrials = 60

// Rounding hides a change of a value by less than this, relative to the value and
// to the greatest there has been.
const (
	unresolved = 1e4 * epsilon
	lost       = 16 * epsilon
)

// trace is what a line search has seen.
type trace struct {
	slope       float64 // where it begins
	trials      int
	best, least float64 // the length that gave the least value so far, and that value
	near, far   float64 // the least and the greatest length tried
	visible     float64 // the least length at which the curvature shows
	stiffness   float64 // the curvature found there, or 0
}

// bends takes note of the slope, or of the lack of one, at a length.
func (l *trace) bends(length, slope float64, known bool) {
	switch bend := slope - l.slope; {
	case known && bend >= -l.slope/10 && length < l.visible:
		l.visible, l.stiffness = length, bend/length
	case !known && l.trials == 1:
		l.visible, l.stiffness = length, -l.slope/length
	}
}

// along searches along d, where the slope is known, for a better point, beginning
// at the given length, and leaves it in next. If there is none it may be because
// rounding hides it: then flat says of what.
func (s *search) along(e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool, flat optimize.Status) {
	s.distance, s.sloped = 0, false
	l := trace{slope: slope, least: s.at.f, near: math.Inf(1), visible: math.Inf(1)}
	if found = s.follow(e, ls, &l, length); !found && e.status == optimize.NotTerminated && l.best > 0 {
		found = s.complete(e, l.best, l.least)
	}
	if !found && e.status == optimize.NotTerminated && e.problem.Grad != nil && l.stiffness == 0 {
		found = s.probe(e, &l)
	}
	if found || e.status != optimize.NotTerminated {
		return found, optimize.NotTerminated
	}
	return false, s.flat(&l)
}

// follow goes where ls says. It returns whether that has found a point.
func (s *search) follow(e *evaluator, ls optimize.Linesearcher, l *trace, length float64) bool {
	s.wolfe = optimize.MoreThuente{DecreaseFactor: sufficientDecrease, CurvatureFactor: cmp.Or(s.accuracy, curvature)}
	s.armijo = optimize.Backtracking{DecreaseFactor: sufficientDecrease}
	op := ls.Init(s.at.f, l.slope, length)
	for l.trials < maxTrials {
		f, slope, ok := s.try(e, l, op, length)
		if !ok {
			return false
		}
		if !(math.Abs(f)+math.Abs(slope) <= math.MaxFloat64) {
			// Too far. It goes on between there and the best point.
			bound := length
			if length = l.best + (bound-l.best)/10; !(length > l.best) {
				return false
			}
			s.wolfe.MaximumStep = bound
			op = ls.Init(s.at.f, l.slope, length)
			continue
		}
		if f < l.least {
			l.best, l.least = length, f
		}
		l.bends(length, slope, op&optimize.GradEvaluation != 0)
		here := length
		var err error
		if op, length, err = ls.Iterate(f, slope); err != nil {
			return false
		}
		if op == optimize.MajorIteration {
			better := f < s.at.f || f == s.at.f && s.vectors.absMax(s.next.g) < s.vectors.absMax(s.at.g)
			return better && s.complete(e, here, f)
		}
	}
	return false
}

// probe looks between the lengths tried, where the curvature shows if anywhere. It
// returns whether that has found a better point.
func (s *search) probe(e *evaluator, l *trace) bool {
	near, far := max(l.near, l.far*0x1p-100), l.far // gonum's may have come to zero
	for near < far/2 && l.trials < maxTrials {
		length := math.Sqrt(near) * math.Sqrt(far)
		f, slope, ok := s.try(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		switch visible := slope-l.slope >= -l.slope/10; {
		case !ok:
			return false
		case f < s.at.f && math.Abs(f)+math.Abs(slope) <= math.MaxFloat64:
			return s.complete(e, length, f)
		case f >= s.at.f && visible:
			l.stiffness = (slope - l.slope) / length
			return false
		case f == s.at.f:
			near = length
		default:
			far = length
		}
	}
	return false
}

// flat says whether, and of what, rounding hides that there is a better point.
func (s *search) flat(l *trace) optimize.Status {
	if l.stiffness == 0 {
		return optimize.NotTerminated
	}
	to := -l.slope / l.stiffness // the minimum along d, if the value is quadratic
	switch {
	case float64(-l.slope*to) <= max(unresolved*math.Abs(s.at.f), lost*s.height):
		return optimize.FunctionConvergence
	case to*s.vectors.absMax(s.d) <= 8*epsilon*s.vectors.absMax(s.at.x):
		return optimize.StepConvergence
	}
	return optimize.NotTerminated
}

// try moves next to the given distance along d and evaluates there what op says:
// the value and the slope. It is not ok if that cannot be.
func (s *search) try(e *evaluator, l *trace, op optimize.Operation, distance float64) (f, slope float64, ok bool) {
	l.trials++
	l.near, l.far = min(l.near, distance), max(l.far, distance)
	s.goTo(distance)
	f = s.next.f
	if op&optimize.FuncEvaluation != 0 {
		if f, ok = e.value(s.next.x); !ok {
			return 0, 0, false
		}
		s.next.f = f
	}
	if op&optimize.GradEvaluation != 0 && math.Abs(f) <= math.MaxFloat64 {
		if !e.gradient(s.next.g, s.next.x) {
			return 0, 0, false
		}
		slope, s.sloped = s.vectors.dot(s.next.g, s.d), true
	}
	return f, slope, true
}

// goTo moves next to the given distance along d.
func (s *search) goTo(distance float64) {
	s.sloped = s.sloped && distance == s.distance
	s.distance = distance
	s.vectors.each(len(s.d), s)
}

// piece implements task.
func (s *search) piece(lo, hi int) {
	kernel.AddScaledTo(s.next.x[lo:hi], s.at.x[lo:hi], s.d[lo:hi], s.distance)
}

// complete makes next the point at the given distance, of which the value is
// known.
func (s *search) complete(e *evaluator, distance, f float64) bool {
	if s.distance != distance {
		s.goTo(distance)
	}
	if !s.sloped && e.problem.Grad != nil && !e.gradient(s.next.g, s.next.x) {
		return false
	}
	s.next.f = f
	return true
}
