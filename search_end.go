package optim

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// maxEdges is the number of line searches in a row after which a search ends at the edge of the
// domain of f. Each of them comes nearer by many digits.
const maxEdges = 3

// resolution returns the smallest decrease of f that its values show: a few units of the rounding of
// f or of x, or twice the error of f that was measured.
func (s *search) resolution() float64 {
	return max(4*epsilon*math.Abs(s.at.F), 16*s.blur, 2*s.noise)
}

// updateBlur measures blur every blurSteps steps where f is next to zero, compared with its largest
// value. There the rounding of x, and not that of f, is the limit of f.
func (s *search) updateBlur(e *evaluator) {
	const blurSteps = 20
	if s.blurAge < blurSteps || e.problem.Grad == nil || e.settings.GradientThreshold > 0 {
		return
	}
	s.blur = 0
	if math.Abs(s.at.F) <= epsilon*s.maxF {
		s.coordinateDirection(e)
	}
	if e.status == optimize.NotTerminated {
		s.blurAge = 0
	}
}

// estimateRest sets rest after a move along the direction of a model. The decrease of f that remains falls
// as ‖g‖² does. Before the move it was about the decrease by the move.
func (s *search) estimateRest() {
	ratio := s.reducer.Norm(s.at.Gradient) / s.reducer.Norm(s.next.Gradient)
	s.rest = float64(ratio*ratio) * (s.next.F - s.at.F)
}

// mayBeMinimum returns whether f may not be lowered by more than its error.
func (s *search) mayBeMinimum(e *evaluator) bool {
	return s.costlyDirection && s.modeled && e.problem.Grad != nil && e.settings.GradientThreshold == 0 && s.rest <= 4*s.resolution()
}

// along searches along d, the direction of a model. The model predicts that f falls by
// ½·length·|slope|. If values do not resolve that decrease, slopes decide.
func (s *search) along(e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool) {
	if e.problem.Grad == nil {
		return s.lineSearch(e, ls, length, slope)
	}
	gain := float64(-slope * length / 2)
	if gain > s.resolution() {
		if s.lineSearch(e, ls, length, slope) {
			s.flattest, s.stalled = 0, 0
			return true
		}
		s.measureNoise(e)
	}
	worthwhile := e.settings.GradientThreshold > 0 || gain > 2*epsilon*math.Abs(s.at.F)
	return e.status == optimize.NotTerminated && gain <= max(s.resolution(), s.band(e)) && worthwhile && s.trySlopes(e, length, slope)
}

// band returns by how much f may rise in a step that slopes decide. It is more than 0 if the error of
// f is known, or if a gradient threshold is not met yet. The slopes then show that f itself does not rise.
func (s *search) band(e *evaluator) float64 {
	switch {
	case s.noise > 0 && e.settings.GradientThreshold == 0:
		return s.resolution()
	case e.settings.GradientThreshold > 0:
		return max(s.resolution(), sqrtEpsilon*math.Abs(s.at.F))
	}
	return 0
}

// trySlopes tries the point at the given length, and up to two more where the slope is zero if it is
// linear. It accepts one by the approximate Wolfe conditions: the slope there is smaller, and the value
// is no larger, up to its error. W. W. Hager and H. Zhang, A new conjugate gradient method with
// guaranteed descent and an efficient line search, 2005, doi:10.1137/030601880. The value or max|gᵢ|
// must be lower.
func (s *search) trySlopes(e *evaluator, length, slope float64) (found bool) {
	const most = 3
	s.begin(slope)
	band := s.band(e)
	for range most {
		t, ok := s.evaluateTrial(e, &s.line, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		if !ok || !t.finite() {
			return false
		}
		if math.Abs(t.slope) < -slope && (t.f < s.at.F ||
			t.f <= s.at.F+band && s.gradientFalls(e)) {
			return true
		}
		length *= slope / (slope - t.slope)
		if band == 0 || !(length > 0 && length <= math.MaxFloat64) {
			return false
		}
	}
	return false
}

// gradientFalls returns whether max|gᵢ| is lower at next than at the points that slopes have led to so far. If
// a gradient threshold is set, up to maxStalled points in a row need not be lower: the gradient may rise
// on the way along a curved valley.
func (s *search) gradientFalls(e *evaluator) bool {
	const maxStalled = 5
	before := s.reducer.AbsMax(s.at.Gradient)
	if s.flattest > 0 {
		before = min(before, s.flattest)
	}
	after := s.reducer.AbsMax(s.next.Gradient)
	s.flattest = min(before, after)
	s.stalled++
	if after < before {
		s.stalled = 0
	}
	return s.stalled == 0 || e.settings.GradientThreshold > 0 && s.stalled <= maxStalled
}

// searchCoordinates searches along −gᵢ/hᵢ, where hᵢ is the curvature along coordinate i. If no
// coordinate can lower f by more than its error, or the search finds nothing, end is the reason.
func (s *search) searchCoordinates(e *evaluator, ls optimize.Linesearcher) (found bool, end optimize.Status) {
	gain, ok := s.coordinateDirection(e)
	switch {
	case e.status != optimize.NotTerminated:
		return false, e.status
	case !ok:
		length, slope := s.steepestDirection()
		found = s.lineSearch(e, ls, length, slope)
	case gain <= s.resolution():
		return false, s.minimum()
	default:
		found = s.along(e, ls, 1, s.reducer.Dot(s.d, s.at.Gradient))
	}
	switch {
	case found || e.status != optimize.NotTerminated:
		return found, e.status
	case ok && gain <= s.resolution(): // the search has measured the error of f
		return false, s.minimum()
	}
	return false, s.conclude()
}

const (
	// probes is the largest number of gradients that coordinateDirection evaluates.
	probes = 2
	// leastSize is the smallest magnitude of a coordinate, relative to that of the largest one, if
	// smaller ones do not show a curvature.
	leastSize = sqrtEpsilon
	// probeStep is the move of a coordinate, relative to its magnitude.
	probeStep = 0x1p-17 // ∛ε
)

// coordinateDirection sets dᵢ to −gᵢ/hᵢ. hᵢ is the largest |Δgᵢ/Δxᵢ| of up to two small moves of
// all coordinates, relative to their magnitudes. The moves of other coordinates change gᵢ too;
// irregular signs keep that change small. The second move is made only if the first one leaves a
// gain. It is longer for a coordinate of tiny magnitude whose curvature the first one does not show.
// Where gᵢ does not change visibly, dᵢ is large. It also sets blur. coordinateDirection returns the
// largest decrease ½|gᵢdᵢ| that one coordinate promises. ok is false if no gradient is finite.
func (s *search) coordinateDirection(e *evaluator) (gain float64, ok bool) {
	x, g, d := s.at.X, s.at.Gradient, s.d
	top := s.reducer.AbsMax(x)
	least := leastSize * cmp.Or(top, 1/leastSize)
	s.largestX = max(s.largestX, top)
	size := func(i int) float64 { return max(math.Abs(x[i]), least) }
	clear(d) // holds hᵢ first
	for probe := range probes {
		for i := range x {
			move := math.Abs(x[i])
			if move == 0 || probe > 0 && d[i] == 0 {
				move = size(i)
			}
			s.next.X[i] = x[i] + float64(probeSign(i, probe)*probeStep*move)
		}
		s.distance = math.NaN() // next is not on a line
		if !e.gradient(s.next.Gradient, s.next.X) {
			return 0, false
		}
		if !finite(s.next.Gradient) {
			continue
		}
		ok, gain = true, 0
		blur := 0.0
		for i, gi := range g {
			change := math.Abs(s.next.Gradient[i] - gi)
			if change > 4*epsilon*math.Abs(gi) {
				d[i] = max(d[i], change/math.Abs(s.next.X[i]-x[i]))
			}
			gain = max(gain, math.Abs(gi)*coordinateStep(gi, d[i], size(i))/2)
			u := epsilon * max(math.Abs(x[i]), epsilon*s.largestX)
			change = float64(math.Abs(gi)*u) + float64(d[i]/2*float64(u*u))
			blur += float64(change * change)
		}
		s.blur = math.Sqrt(blur)
		if gain <= s.resolution() {
			return gain, true
		}
	}
	for i, gi := range g {
		d[i] = math.Copysign(coordinateStep(gi, d[i], size(i)), -gi)
	}
	return gain, ok
}

// probeSign returns the sign of the move of coordinate i: a hash of i, other ones for each probe.
func probeSign(i, probe int) float64 {
	hash := uint64(i+1) * [probes]uint64{0x9E3779B97F4A7C15, 0xD1342543DE82EF95}[probe]
	return float64(int64(hash>>63)*2 - 1)
}

// coordinateStep returns |g|/h, or 0 if g = 0. size is the magnitude of the coordinate. h is 0 if the
// curvature is not visible.
func coordinateStep(g, h, size float64) float64 {
	switch {
	case g == 0:
		return 0
	case h == 0: // the minimum is at 2³⁰ times the magnitude or more
		return 0x1p30 * size
	}
	return math.Abs(g) / h
}

// minimum returns the status for a point where f cannot be lowered by more than its error. An error
// of f next to zero is that of rounding the terms of f.
func (s *search) minimum() optimize.Status {
	f := math.Abs(s.at.F)
	if s.noise <= 0x1p10*epsilon*f || f <= sqrtEpsilon*s.maxF {
		return optimize.FunctionConvergence
	}
	digits := -math.Log10(s.noise / f)
	return inexact[int(max(0, min(digits, 16)))]
}

// conclude returns the status after the last line search has found no better point, or
// NotTerminated if the value and the gradient contradict each other.
func (s *search) conclude() optimize.Status {
	l := &s.line
	moved := func(t trial) bool { return t.finite() && t.f != s.at.F }
	infinite := func(t trial) bool { return !t.finite() }
	if !slices.ContainsFunc(l.trials, moved) && slices.ContainsFunc(l.trials, infinite) {
		return DomainEdge
	}
	if l.stiffness > 0 {
		length := -l.slope / l.stiffness // of the minimum along d, if f is quadratic
		switch {
		case float64(-l.slope*length/2) <= max(s.resolution(), unresolved*math.Abs(s.at.F)):
			return s.minimum()
		case s.below(length):
			return optimize.StepConvergence
		}
	}
	if s.kinked() {
		return Kink
	}
	return optimize.NotTerminated
}

// below returns whether a step of the given length along d is below the spacing of floating-point
// numbers in every coordinate of x.
func (s *search) below(length float64) bool {
	for i, d := range s.d {
		if math.Abs(length*d) > 8*epsilon*math.Abs(s.at.X[i]) {
			return false
		}
	}
	return true
}

// closest returns the three shortest finite trials of the last line search whose values differ from
// that at the start by more than rounding, ascending. ok is false if there are fewer, or if they
// differ in length by less than a factor of two.
func (s *search) closest() (t []trial, ok bool) {
	t = slices.Clone(s.line.trials)
	t = slices.DeleteFunc(t, func(t trial) bool {
		return !t.sloped || !t.finite() || math.Abs(t.f-s.at.F) <= 0x1p10*epsilon*math.Abs(s.at.F)
	})
	slices.SortFunc(t, func(a, b trial) int { return cmp.Compare(a.length, b.length) })
	t = t[:min(3, len(t))]
	return t, len(t) == 3 && t[2].length >= 2*t[0].length
}

// miss returns by how much the difference of two values misses the integral of the slopes, by the
// trapezoidal rule.
func miss(a, b trial) float64 {
	return math.Abs(b.f - a.f - float64((a.slope+b.slope)/2*(b.length-a.length)))
}

// kinked returns whether the values and slopes of the closest trials agree with each other, though
// not with the slope at the start.
func (s *search) kinked() bool {
	t, ok := s.closest()
	return ok && miss(t[0], t[1]) <= 0.1*math.Abs(t[1].f-t[0].f) && miss(t[1], t[2]) <= 0.1*math.Abs(t[2].f-t[1].f)
}

// measureNoise raises noise to the error of f that the last line search shows, which has found no
// better point: the largest miss of the trials that contradict the slopes. It does not if they are
// few, unless all trials contradict them. If f did not change at all, longer steps show its error.
func (s *search) measureNoise(e *evaluator) {
	const (
		largest = 1e-3 // relative to f; a larger contradiction is no error of rounding
		longest = 0x1p10
	)
	l, start := &s.line, trial{f: s.at.F, slope: s.line.slope, sloped: true}
	agrees := func(t trial) bool { return !l.contradicts(t, s.at.F) }
	if s.contradictions(l) < severalTrials && slices.ContainsFunc(l.trials, agrees) {
		return
	}
	noise := 0.0
	for _, t := range l.trials {
		if t.sloped && t.finite() && t.f >= s.at.F && t.slope <= -l.slope/2 {
			noise = max(noise, miss(start, t))
		}
	}
	constant := !slices.ContainsFunc(l.trials, func(t trial) bool { return t.f != s.at.F })
	for end := l.far * longest; constant && l.far < end; {
		t, ok := s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, 4*l.far)
		if !ok || !t.finite() {
			break
		}
		constant = t.f == s.at.F
		noise = max(noise, miss(start, t))
	}
	if noise <= largest*max(math.Abs(s.at.F), s.maxF) {
		s.noise = max(s.noise, noise)
	}
}

// fallsWithoutEnd returns whether f seems to have no lower bound: f is next to −Inf, or f is
// negative where the square of a coordinate overflows.
func (s *search) fallsWithoutEnd() bool {
	return s.at.F < -1e300 || s.at.F < 0 && s.reducer.AbsMax(s.at.X) >= 0x1p500
}
