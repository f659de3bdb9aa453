//go:build go1.25

package optim

import (
	"testing"
	"testing/synctest"
	"time"

	"gonum.org/v1/gonum/optimize"
)

// TestRuntime stops runs whose values or gradients take a second each, with a clock that does nothing else. No evaluation
// begins at or after the limit.
func TestRuntime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for i, opt := range []Optimizer{NewLBFGS(3), NewLBFGS(3), NewAdam(0.1), NewAdam(0.1)} {
			limit := 9 + i%2 // in the middle of a step, and after one
			slow := optimize.Problem{
				Func: func(x []float64) float64 { time.Sleep(time.Second); return chained(make([]float64, 4), x) },
				Grad: func(g, x []float64) { time.Sleep(time.Second); chained(g, x) },
			}
			r, err := Minimize(slow, crooked, opt, &optimize.Settings{Runtime: time.Duration(limit) * time.Second})
			if err != nil || r.Status != optimize.RuntimeLimit || r.FuncEvaluations+r.GradEvaluations != limit || r.Runtime != time.Duration(limit)*time.Second {
				t.Errorf("%s: %v after %v, %d values and %d gradients, want %d together, %v", name(opt), r.Status, r.Runtime, r.FuncEvaluations, r.GradEvaluations, limit, err)
			}
		}
	})
}
