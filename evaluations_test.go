package optim

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// effort holds the numbers of evaluations of a run: the larger of the numbers of values and of gradients.
type effort struct {
	gradient int // until max|g| ≤ 1e-5·max(1, max|g₀|)
	value    int // until f − f* ≤ 1e-12·max(|f*|, ε|f₀|)
	made     int // until the end of the run
	status   optimize.Status
	err      error
}

// countEvaluations runs Minimize with default settings, and at most 20,000 evaluations. What was not reached
// is 0.
func countEvaluations(p optimize.Problem, x0 []float64, opt Optimizer, least float64) (c effort) {
	g := make([]float64, len(x0))
	p.Grad(g, x0)
	smallGradient := 1e-5 * max(1, floats.Norm(g, math.Inf(1)))
	smallExcess := 1e-12 * max(math.Abs(least), epsilon*math.Abs(p.Func(x0)))
	values, gradients := 0, 0
	watched := p
	watched.Func = func(x []float64) float64 {
		values++
		f := p.Func(x)
		if c.value == 0 && f-least <= smallExcess {
			c.value = max(values, gradients)
		}
		return f
	}
	watched.Grad = func(g, x []float64) {
		gradients++
		p.Grad(g, x)
		if c.gradient == 0 && floats.Norm(g, math.Inf(1)) <= smallGradient {
			c.gradient = max(values, gradients)
		}
	}
	var r *optimize.Result
	r, c.err = Minimize(capped(watched, 20000), x0, opt, nil)
	c.made, c.status = max(values, gradients), r.Status
	return c
}

// minimumOf returns the minimum, found by gonum's Newton's method.
func minimumOf(p optimize.Problem, x0 []float64) float64 {
	r, _ := optimize.Minimize(p, x0, &optimize.Settings{MajorIterations: 200, Converger: optimize.NeverTerminate{}}, &optimize.Newton{})
	return r.F
}
