package optim

import (
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// TestProblemAfterFixedStep sets Problem after a fixed step that did not move. The value at the
// point is unknown until then, so the next step must evaluate it.
func TestProblemAfterFixedStep(t *testing.T) {
	opt, x, g := NewLBFGS(3), []float64{3, 4}, []float64{6, 16}
	opt.LearningRate = 0
	opt.Step(x, g)
	problem := ValueAndGradient(func(grad, x []float64) float64 {
		grad[0], grad[1] = 2*x[0], 4*x[1]
		return x[0]*x[0] + 2*x[1]*x[1]
	})
	opt.Problem = &problem
	opt.Step(x, g)
	if f := x[0]*x[0] + 2*x[1]*x[1]; f >= 41 || opt.Err() != nil {
		t.Errorf("f = %v at %v, want less than 41: %v", f, x, opt.Err())
	}
}

// TestOtherGradientAtTheSamePoint steps twice from one point of a problem without Grad. The first
// step ends at once, because the gradient is zero. The second one must use its own gradient.
func TestOtherGradientAtTheSamePoint(t *testing.T) {
	opt, x := NewLBFGS(3), []float64{3, 4}
	opt.Problem = &optimize.Problem{Func: func(x []float64) float64 { return x[0]*x[0] + 2*x[1]*x[1] }}
	opt.Step(x, []float64{0, 0})
	if x[0] != 3 || x[1] != 4 {
		t.Fatalf("a step with a zero gradient moved to %v", x)
	}
	opt.Step(x, []float64{6, 16})
	if f := x[0]*x[0] + 2*x[1]*x[1]; f >= 41 {
		t.Errorf("f = %v at %v, want less than 41: %v", f, x, opt.Err())
	}
}
