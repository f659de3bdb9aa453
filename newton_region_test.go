package optim

import (
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// TestNewtonRadius checks Δ after a step of length ‖Dd‖ within Δ = 2, for each ratio ρ of the actual
// to the predicted decrease.
func TestNewtonRadius(t *testing.T) {
	for _, row := range []struct{ rho, length, want float64 }{
		{-1, 2, 1}, {0.125, 2, 1}, {0.25, 2, 1}, // a bad step: half its length
		{0.125, 1.5, 0.75},
		{0.3, 2, 2}, {0.5, 2, 2}, {0.7, 2, 2}, // neither
		{0.75, 2, 6}, {1, 2, 6}, {3, 2, 6}, // a good step to the edge: three times its length
		{1, 1.75, 5.25},
		{1, 1.5, 2}, {1, 0.5, 2}, // a good step that the edge does not shorten
	} {
		o := NewNewton(nil)
		o.modeled, o.predicted, o.length, o.radius = true, 4, row.length, 2
		o.learn(optimize.Location{F: 7}, optimize.Location{F: 7 - 4*row.rho})
		if o.radius != row.want {
			t.Errorf("ρ = %v, ‖Dd‖ = %v: Δ = %v, want %v", row.rho, row.length, o.radius, row.want)
		}
	}
}

// TestNewtonShrink checks the factor on Δ after a trial that does not lower f. With the slope −8 at 0
// the parabola through the value change c at 1 has its minimum at 4/(8 + c).
func TestNewtonShrink(t *testing.T) {
	for _, row := range []struct{ change, slope, want float64 }{
		{0, 1, 0.5}, {8, 1, 0.25}, {24, 1, 0.125},
		{1e3, 1, 0.1}, {inf, 1, 0.1}, {8, inf, 0.1}, // at least a tenth
		{-4, 1, 0.5}, // at most a half
	} {
		o := NewNewton(nil)
		o.at.F = 3
		if got := o.shrink(trial{f: 3 + row.change, slope: row.slope}, -8); got != row.want {
			t.Errorf("f changes by %v: factor %v, want %v", row.change, got, row.want)
		}
	}
}
