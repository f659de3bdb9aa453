package optim

import (
	"testing"
	"time"

	"gonum.org/v1/gonum/optimize"
)

// outsider is L-BFGS within bounds, with a Step of its own that adds 5 to x.
type outsider struct{ *LBFGS }

func (o outsider) Step(params, _ []float64) {
	for i := range params {
		params[i] += 5
	}
}

// TestStepOutOfTheBounds has an optimizer that leaves its bounds in each step. The problem is evaluated within them.
func TestStepOutOfTheBounds(t *testing.T) {
	o := outsider{NewLBFGS(3)}
	o.Lower, o.Upper = []float64{-1, -1}, []float64{1, 2}
	p := bowlProblem()
	value := p.Func
	p.Func = func(x []float64) float64 {
		if x[0] > 1 || x[1] > 2 {
			t.Errorf("evaluated at %v", x)
		}
		return value(x)
	}
	r, err := Minimize(*p, []float64{0, 0}, o, &optimize.Settings{MajorIterations: 3, Converger: optimize.NeverTerminate{}})
	if err != nil || r.X[0] > 1 || r.X[1] > 2 {
		t.Errorf("%v, %v", r, err)
	}
}

// TestResultOfAGradientThreshold ends where the gradient is 0, although the value there is larger by its rounding error.
// Result is of that point.
func TestResultOfAGradientThreshold(t *testing.T) {
	p := optimize.Problem{
		Func: func(x []float64) float64 {
			if x[0] == 0 {
				return 1 + epsilon
			}
			return 1
		},
		Grad: func(g, x []float64) { g[0] = x[0] },
	}
	r, err := Minimize(p, []float64{1}, NewSGD(1), nil)
	if err != nil || r.Status != optimize.GradientThreshold || r.X[0] != 0 || r.F != 1+epsilon || r.Gradient[0] != 0 {
		t.Errorf("%+v, %v, want the point 0", r, err)
	}
}

// TestSlowProgress checks when a run without limits ends, where f is 1 at the last comparison.
func TestSlowProgress(t *testing.T) {
	for i, c := range []struct {
		evaluations, last int
		f                 float64
		settings          optimize.Settings
		want              optimize.Status
	}{
		{15000, 14000, 1, optimize.Settings{}, SlowProgress},
		{14999, 13999, 1, optimize.Settings{}, optimize.NotTerminated},
		{15000, 14001, 1, optimize.Settings{}, optimize.NotTerminated}, // less than 1000 evaluations
		{15000, 14000, 0.51, optimize.Settings{}, SlowProgress},
		{15000, 14000, 0.5, optimize.Settings{}, optimize.NotTerminated},
		{15000, 14000, 1, optimize.Settings{MajorIterations: 1}, optimize.NotTerminated},
		{15000, 14000, 1, optimize.Settings{FuncEvaluations: 1}, optimize.NotTerminated},
		{15000, 14000, 1, optimize.Settings{GradEvaluations: 1}, optimize.NotTerminated},
		{15000, 14000, 1, optimize.Settings{HessEvaluations: 1}, optimize.NotTerminated},
		{15000, 14000, 1, optimize.Settings{Runtime: time.Hour}, optimize.NotTerminated},
	} {
		for _, stats := range []optimize.Stats{{FuncEvaluations: c.evaluations}, {GradEvaluations: c.evaluations, FuncEvaluations: 1}} {
			p := progress{run: &run{eval: evaluator{settings: c.settings, stats: stats}}, steady: optimize.FunctionConverge{Iterations: 100}}
			p.Init(1)
			if p.evaluations != 0 || p.value != inf {
				t.Errorf("row %d: %d evaluations, f = %v at the start", i, p.evaluations, p.value)
			}
			p.evaluations, p.value = c.last, 1
			if got := p.Converged(&optimize.Location{F: c.f}); got != c.want {
				t.Errorf("row %d: %v, want %v", i, got, c.want)
			}
		}
	}
	p := progress{run: new(run), evaluations: 7, value: 8}
	if p.Init(1); p.evaluations != 0 || p.value != inf {
		t.Errorf("a second run begins with %d evaluations and f = %v", p.evaluations, p.value)
	}
}
