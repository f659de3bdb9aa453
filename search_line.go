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

// A gain counts as lost in the rounding of f if twice the gain that a quadratic model along d
// predicts is at most unresolved·|f|, or at most lost times the largest |f| so far.
const (
	unresolved = 1e4 * epsilon
	lost       = 16 * epsilon
)

// trace is what a line search has evaluated. A length is a distance along d.
type trace struct {
	slope       float64 // d·g at the start
	trials      int
	best, least float64 // the length with the lowest value, and that value
	near, far   float64 // the smallest and the largest length
	visible     float64 // the smallest length at which curved is true
	stiffness   float64 // the curvature between the start and there; 0 if there is no such length
}

// curved returns whether a slope differs visibly from that at the start: by a tenth or more.
func (l *trace) curved(slope float64) bool { return slope-l.slope >= -l.slope/10 }

// observe updates the curvature by the slope at a length. Without gradients the first length stands
// for the minimum along d.
func (l *trace) observe(length, slope float64, known bool) {
	switch {
	case known && l.curved(slope) && length < l.visible:
		l.visible, l.stiffness = length, (slope-l.slope)/length
	case !known && l.trials == 1:
		l.visible, l.stiffness = length, -l.slope/length
	}
}

// lineSearch searches along d for a point that is better than at. It tries the given length first
// and makes the better point next. If there is none, and the reason is rounding, end is the status
// for that; otherwise it is NotTerminated.
func (s *search) lineSearch(e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool, end optimize.Status) {
	s.distance, s.sloped = 0, false
	l := trace{slope: slope, least: s.at.F, near: math.Inf(1), visible: math.Inf(1)}
	found = s.runLinesearcher(e, ls, &l, length) ||
		e.status == optimize.NotTerminated && l.best > 0 && s.completeTrial(e, l.best, l.least) ||
		e.status == optimize.NotTerminated && l.stiffness == 0 && e.problem.Grad != nil && s.bisect(e, &l)
	if found || e.status != optimize.NotTerminated || l.stiffness == 0 {
		return found, optimize.NotTerminated
	}
	length = -slope / l.stiffness // of the minimum along d, if f is quadratic
	switch {
	case float64(-slope*length) <= max(unresolved*math.Abs(s.at.F), lost*s.maxF):
		return false, optimize.FunctionConvergence
	case length*s.reducer.AbsMax(s.d) <= 8*epsilon*s.reducer.AbsMax(s.at.X):
		return false, optimize.StepConvergence
	}
	return false, optimize.NotTerminated
}

// runLinesearcher tries the lengths that ls proposes. It returns whether ls accepted a better
// point.
func (s *search) runLinesearcher(e *evaluator, ls optimize.Linesearcher, l *trace, length float64) bool {
	s.wolfe = optimize.MoreThuente{DecreaseFactor: sufficientDecrease, CurvatureFactor: cmp.Or(s.curvatureFactor, defaultCurvature)}
	s.armijo = optimize.Backtracking{DecreaseFactor: sufficientDecrease}
	op := ls.Init(s.at.F, l.slope, length)
	for l.trials < maxTrials {
		f, slope, ok := s.evaluateTrial(e, l, op, length)
		if !ok {
			return false
		}
		if !(math.Abs(f)+math.Abs(slope) <= math.MaxFloat64) {
			// The length is too large. The search restarts between the best length and this one.
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
		tried := length
		var err error
		op, length, err = ls.Iterate(f, slope)
		if err != nil {
			return false
		}
		if op == optimize.MajorIteration {
			better := f < s.at.F || f == s.at.F && s.reducer.AbsMax(s.next.Gradient) < s.reducer.AbsMax(s.at.Gradient)
			return better && s.completeTrial(e, tried, f)
		}
	}
	return false
}

// bisect searches below the lengths tried, in geometric means, for a better point or a length at
// which the curvature is visible. It returns whether it found a better point.
func (s *search) bisect(e *evaluator, l *trace) bool {
	near, far := max(l.near, l.far*0x1p-100), l.far // l.near may be 0
	for near < far/2 && l.trials < maxTrials {
		length := math.Sqrt(near) * math.Sqrt(far)
		f, slope, ok := s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		switch {
		case !ok:
			return false
		case f < s.at.F && math.Abs(f)+math.Abs(slope) <= math.MaxFloat64:
			return s.completeTrial(e, length, f)
		case f >= s.at.F && l.curved(slope):
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

// evaluateTrial moves next to the given distance along d. As op demands, it evaluates the value
// there, and the gradient for the slope. ok is false if e allows no more evaluations.
func (s *search) evaluateTrial(e *evaluator, l *trace, op optimize.Operation, distance float64) (f, slope float64, ok bool) {
	l.trials++
	l.near, l.far = min(l.near, distance), max(l.far, distance)
	s.moveTo(distance)
	f = s.next.F
	if op&optimize.FuncEvaluation != 0 {
		f, ok = e.value(s.next.X)
		if !ok {
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

// moveTo sets next.X to the point at the given distance along d.
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
