package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

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
	s.pursues = e.settings.GradientThreshold > 0 || s.mayHide()
	worthwhile := s.pursues || gain > 2*epsilon*math.Abs(s.at.F)
	return e.status == optimize.NotTerminated && gain <= max(s.resolution(), s.band()) && worthwhile && s.trySlopes(e, length, slope)
}

// band returns by how much f may rise in a step that slopes decide. It is more than 0 if the error of
// f is known, or if the search pursues slopes. The slopes then show that f itself does not rise.
func (s *search) band() float64 {
	switch {
	case s.noise > 0 && !s.pursues:
		return s.resolution()
	case s.pursues:
		return max(s.resolution(), sqrtEpsilon*math.Abs(s.at.F))
	}
	return 0
}

// trySlopes tries the given length, and up to two lengths at which the slope is zero if it is
// linear. It accepts a point by the approximate Wolfe conditions: |slope| is smaller than at the
// start, and the value is no larger, up to its error. W. W. Hager and H. Zhang, A new conjugate
// gradient method with guaranteed descent and an efficient line search, 2005,
// doi:10.1137/030601880. The value or max|gᵢ| must be lower.
func (s *search) trySlopes(e *evaluator, length, slope float64) (found bool) {
	const most = 3
	s.begin(slope)
	band := s.band()
	for range most {
		t, ok := s.evaluateTrial(e, &s.line, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		if !ok || !t.finite() {
			return false
		}
		if math.Abs(t.slope) < -slope && (t.f < s.at.F ||
			t.f <= s.at.F+band && s.gradientFalls()) {
			return true
		}
		length *= slope / (slope - t.slope)
		if band == 0 || !(length > 0 && isFinite(length)) {
			return false
		}
	}
	return false
}

// gradientFalls returns whether max|gᵢ| is lower at next than at the points that slopes have led to
// so far. If the search pursues slopes, up to maxStalled points in a row need not be lower: the
// gradient may rise on the way along a curved valley.
func (s *search) gradientFalls() bool {
	const maxStalled = 5
	before := s.steepness(&s.at)
	if s.flattest > 0 {
		before = min(before, s.flattest)
	}
	after := s.steepness(&s.next)
	s.flattest = min(before, after)
	s.stalled++
	if after < before {
		s.stalled = 0
	}
	return s.stalled == 0 || s.pursues && s.stalled <= maxStalled
}
