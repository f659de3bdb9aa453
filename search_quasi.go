package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// firstDirection is direct for a quasi-Newton method that has no model yet. For a line search the
// length is 0. For a fixed step d is −g, and the length is min(1, 1/Σ|gᵢ|).
func firstDirection(e *evaluator, d, g []float64) (length float64) {
	if e.problem != nil {
		return 0
	}
	sum := 0.0
	for i, gi := range g {
		d[i] = -gi
		sum += math.Abs(gi)
	}
	return min(1, 1/sum)
}

// damp is Powell's damping. s·s/scale is the curvature along s of the identity divided by scale. If
// s·y is less than a quarter of it, damp sets y to θy + (1−θ)s/scale, with the θ for which s·y is
// then equal to this quarter. It returns whether it changed y.
func damp(y, s []float64, ss, sy, scale float64) bool {
	low := ss / (4 * scale)
	if !(sy < low) {
		return false
	}
	theta := 3 * low / (float64(4*low) - sy)
	kernel.Scale(y, theta)
	kernel.AddScaled(y, s, (1-theta)/scale)
	return true
}
