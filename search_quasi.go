package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// firstDirection is direct of a quasi-Newton method that has no model yet. A line
// search gets none. A fixed step is against the gradient, with a length of at most
// one in the sum of its coordinates.
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

// damp is Powell's damping. If the curvature s·y is less than a quarter of that of
// the scaled identity, s·s/scale, then y ← θy + (1−θ)s/scale, which makes it a
// quarter. damp returns whether it changed y.
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
