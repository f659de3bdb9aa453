package optim

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// The constants of the conditions of Armijo and Wolfe: J. Nocedal and S. J. Wright,
// Numerical optimization, 2006, section 3.1.
const (
	sufficientDecrease = 1e-4
	defaultCurvature   = 0.9
)

// maxTrials is the greatest number of points that a line search tries.
const maxTrials = 60

// A change of a value is lost in rounding if it is less than unresolved times the
// value, or less than lost times the greatest value so far.
const (
	unresolved = 1e4 * epsilon
	lost       = 16 * epsilon
)

// trace is what a line search has evaluated so far.
type trace struct {
	slope       float64 // at the start
	trials      int
	best, least float64 // the length with the least value, and that value
	near, far   float64 // the least and the greatest length tried
	visible     float64 // the least length at which the curvature is visible
	stiffness   float64 // the curvature there, or 0
}

// observe updates the curvature by the slope at a length, if the slope is known.
func (l *trace) observe(length, slope float64, known bool) {
	switch bend := slope - l.slope; {
	case known && bend >= -l.slope/10 && length < l.visible:
		l.visible, l.stiffness = length, bend/length
	case !known && l.trials == 1:
		l.visible, l.stiffness = length, -l.slope/length
	}
}

// defaultLinesearcher returns the search for the Wolfe conditions, or for that of
// Armijo if the problem has no gradient.
func (s *search) defaultLinesearcher(e *evaluator) optimize.Linesearcher {
	if e.problem.Grad == nil {
		return &s.armijo
	}
	return &s.wolfe
}

// lineSearch searches along d for a better point, from the given length on, and
// makes it next. It returns whether it found one. If not, and the reason is
// rounding, it returns the status that says so.
func (s *search) lineSearch(e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool, flat optimize.Status) {
	s.distance, s.sloped = 0, false
	l := trace{slope: slope, least: s.at.F, near: math.Inf(1), visible: math.Inf(1)}
	found = s.runLinesearcher(e, ls, &l, length)
	if !found && e.status == optimize.NotTerminated && l.best > 0 {
		found = s.completeTrial(e, l.best, l.least)
	}
	if !found && e.status == optimize.NotTerminated && e.problem.Grad != nil && l.stiffness == 0 {
		found = s.probe(e, &l)
	}
	if found || e.status != optimize.NotTerminated {
		return found, optimize.NotTerminated
	}
	return false, s.roundingEnd(&l)
}

// runLinesearcher tries the lengths that ls proposes. It returns whether one of
// them was accepted.
func (s *search) runLinesearcher(e *evaluator, ls optimize.Linesearcher, l *trace, length float64) bool {
	s.wolfe = optimize.MoreThuente{DecreaseFactor: sufficientDecrease, CurvatureFactor: cmp.Or(s.curvature, defaultCurvature)}
	s.armijo = optimize.Backtracking{DecreaseFactor: sufficientDecrease}
	op := ls.Init(s.at.F, l.slope, length)
	for l.trials < maxTrials {
		f, slope, ok := s.evaluateTrial(e, l, op, length)
		if !ok {
			return false
		}
		if !(math.Abs(f)+math.Abs(slope) <= math.MaxFloat64) {
			// Too far. The search starts again between the best point and there.
			bound := length
			length = l.best + (bound-l.best)/10
			if !(length > l.best) {
				return false
			}
			s.wolfe.MaximumStep = bound
			op = ls.Init(s.at.F, l.slope, length)
			continue
		}
		if f < l.least {
			l.best, l.least = length, f
		}
		l.observe(length, slope, op&optimize.GradEvaluation != 0)
		here := length
		var err error
		op, length, err = ls.Iterate(f, slope)
		if err != nil {
			return false
		}
		if op == optimize.MajorIteration {
			better := f < s.at.F || f == s.at.F && s.reducer.AbsMax(s.next.Gradient) < s.reducer.AbsMax(s.at.Gradient)
			return better && s.completeTrial(e, here, f)
		}
	}
	return false
}

// probe searches between the lengths tried for one at which the curvature is
// visible. It returns whether it found a better point.
func (s *search) probe(e *evaluator, l *trace) bool {
	near, far := max(l.near, l.far*0x1p-100), l.far // l.near may be 0
	for near < far/2 && l.trials < maxTrials {
		length := math.Sqrt(near) * math.Sqrt(far)
		f, slope, ok := s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		switch visible := slope-l.slope >= -l.slope/10; {
		case !ok:
			return false
		case f < s.at.F && math.Abs(f)+math.Abs(slope) <= math.MaxFloat64:
			return s.completeTrial(e, length, f)
		case f >= s.at.F && visible:
			l.stiffness = (slope - l.slope) / length
			return false
		case f == s.at.F:
			near = length
		default:
			far = length
		}
	}
	return false
}

// roundingEnd returns the reason for stopping if a gain along d is lost in
// rounding, of the value or of x, and otherwise NotTerminated.
func (s *search) roundingEnd(l *trace) optimize.Status {
	if l.stiffness == 0 {
		return optimize.NotTerminated
	}
	to := -l.slope / l.stiffness // the minimum along d, if the value is quadratic
	switch {
	case float64(-l.slope*to) <= max(unresolved*math.Abs(s.at.F), lost*s.maxF):
		return optimize.FunctionConvergence
	case to*s.reducer.AbsMax(s.d) <= 8*epsilon*s.reducer.AbsMax(s.at.X):
		return optimize.StepConvergence
	}
	return optimize.NotTerminated
}

// evaluateTrial moves next to the given distance along d and evaluates what op asks
// for: the value, and the gradient for the slope. ok is false if there are no more
// evaluations.
func (s *search) evaluateTrial(e *evaluator, l *trace, op optimize.Operation, distance float64) (f, slope float64, ok bool) {
	l.trials++
	l.near, l.far = min(l.near, distance), max(l.far, distance)
	s.moveTo(distance)
	f = s.next.F
	if op&optimize.FuncEvaluation != 0 {
		if f, ok = e.value(s.next.X); !ok {
			return 0, 0, false
		}
		s.next.F = f
	}
	if op&optimize.GradEvaluation != 0 && math.Abs(f) <= math.MaxFloat64 {
		if !e.gradient(s.next.Gradient, s.next.X) {
			return 0, 0, false
		}
		slope, s.sloped = s.reducer.Dot(s.next.Gradient, s.d), true
	}
	return f, slope, true
}

// moveTo moves next to the given distance along d.
func (s *search) moveTo(distance float64) {
	s.sloped = s.sloped && distance == s.distance
	s.distance = distance
	if s.moveChunk == nil {
		s.moveChunk = func(lo, hi int) {
			kernel.AddScaledTo(s.next.X[lo:hi], s.at.X[lo:hi], s.d[lo:hi], s.distance)
		}
	}
	s.reducer.For(len(s.d), s.moveChunk)
}

// completeTrial makes next the point at the given distance, where the value is
// known, and evaluates the gradient there. It returns false if there are no more
// evaluations.
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
