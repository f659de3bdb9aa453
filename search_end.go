package optim

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// maxEdges is the number of line searches in a row after which a search ends at the edge of the
// domain of f. Each line search reduces the distance to the edge by many digits.
const maxEdges = 3

// resolution returns the smallest decrease of f that its values show: a few units of the rounding
// of f or of x, or twice the error of f that was measured.
func (s *search) resolution() float64 {
	return max(4*epsilon*math.Abs(s.at.F), 16*s.blur, 2*s.noise)
}

// nextToZero returns whether |f| is tiny, compared with its largest value so far.
func (s *search) nextToZero() bool { return math.Abs(s.at.F) <= epsilon*s.maxF }

// updateBlur measures blur every blurSteps steps where f is near zero. There the rounding of x, not
// the rounding of f, limits how far f can be lowered.
func (s *search) updateBlur(e *evaluator) {
	const blurSteps = 20
	if s.blurAge < blurSteps || e.problem.Grad == nil || e.settings.GradientThreshold > 0 {
		return
	}
	s.blur = 0
	if s.nextToZero() {
		s.coordinateDirection(e)
	}
	if e.status == optimize.NotTerminated {
		s.blurAge = 0
	}
}

// estimateRest sets rest after a move along the direction of a model. The decrease of f that
// remains is proportional to ‖g‖². Before the move it was about the decrease by the move.
func (s *search) estimateRest() {
	ratio := s.reducer.Norm(s.at.Gradient) / s.reducer.Norm(s.next.Gradient)
	s.rest = float64(ratio*ratio) * (s.next.F - s.at.F)
}

// mayBeMinimum returns whether at may be a point where f cannot be lowered by more than its error.
func (s *search) mayBeMinimum(e *evaluator) bool {
	return s.measures && s.explored() && s.modeled && e.problem.Grad != nil && e.settings.GradientThreshold == 0 && s.rest <= 4*s.resolution() && !s.mayHide()
}

// observeCurvature sets softest after a move along d. softest at most doubles in a step, so a small
// curvature has no effect after tens of steps.
func (s *search) observeCurvature() {
	curvature := (s.reducer.Dot(s.at.Gradient, s.d) - s.line.slope) / (s.distance * s.reducer.SumSquares(s.d))
	if s.softest > 0 {
		curvature = min(curvature, 2*s.softest)
	}
	if curvature > 0 {
		s.softest = curvature
	}
}

// mayHide returns whether f may fall by hidden/2 times its resolution along a direction of little
// curvature, which neither the model nor the coordinates show: g²/2h with h = softest.
func (s *search) mayHide() bool {
	const hidden = 0x1p8
	norm := s.reducer.Norm(s.projected(&s.at))
	return float64(norm*norm) > float64(hidden*s.softest*s.resolution())
}

// explored returns whether there were enough steps for softest to be the least curvature of most
// directions.
func (s *search) explored() bool {
	const few = 5
	return s.t > min(len(s.at.X), few)
}

// minimum returns the status for a point where f cannot be lowered by more than its error. If f is
// near zero, its error is that of rounding the terms of f, and the status is FunctionConvergence.
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

// miss returns the distance between the difference of two values and the integral of the slopes by
// the trapezoidal rule.
func miss(a, b trial) float64 {
	return math.Abs(b.f - a.f - float64((a.slope+b.slope)/2*(b.length-a.length)))
}

// kinked returns whether the values and slopes of the closest trials agree with each other, though
// not with the slope at the start.
func (s *search) kinked() bool {
	t, ok := s.closest()
	return ok && miss(t[0], t[1]) <= 0.1*math.Abs(t[1].f-t[0].f) && miss(t[1], t[2]) <= 0.1*math.Abs(t[2].f-t[1].f)
}

// measureNoise is called after a line search that has found no better point. It raises noise to the
// error of f that the trials show: the largest miss of the trials that are not below f, although f
// does not rise steeply there. Steeply is half of |slope| at the start. noise stays if only a few
// trials contradict the slopes and another trial agrees. If f did not change at all, longer steps
// show its error.
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

// fadeNoise reduces noise in proportion to |F|. A small value has a smaller error than a large one.
func (s *search) fadeNoise() {
	if before, after := math.Abs(s.next.F), math.Abs(s.at.F); after < before {
		s.noise *= after / before
	}
}

// fallsWithoutEnd returns whether f seems to have no lower bound: f is near −Inf, or f is negative
// where a coordinate or a derivative is huge, other than one that a bound holds.
func (s *search) fallsWithoutEnd() bool {
	const huge = 0x1p300
	size := s.reducer.AbsMax
	if s.box.exists() {
		size = s.box.farthest
	}
	return s.at.F < -1e300 || s.at.F < 0 && max(size(s.at.X), s.steepness(&s.at)) >= huge
}
