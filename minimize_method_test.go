package optim

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// TestMethod runs every row in gonum's Minimize. The evaluations are those of our Minimize. The
// result has the same bits for optimizers with line searches; for others gonum returns the last
// point, not the best.
func TestMethod(t *testing.T) {
	const n = 6
	problem := withDifferences(*bowlProblem())
	for _, row := range optimizers {
		var ours, theirs counter
		_, isSearcher := row.make().(searcher)
		s := optimize.Settings{MajorIterations: 8, Converger: optimize.NeverTerminate{}}
		want, err := Minimize(ours.count(problem), make([]float64, n), row.make(), &s)
		if err != nil {
			t.Fatal(row.name, err)
		}
		s.MajorIterations++ // gonum counts the first point
		got, err := optimize.Minimize(theirs.count(problem), make([]float64, n), &s, Method(row.make()))
		same := got.F == want.F && sameBits(got.X, want.X) || !isSearcher
		if err != nil || !same || theirs != ours {
			t.Errorf("%s: gonum finds f(%v) = %v after %+v, we f(%v) = %v after %+v, %v", row.name, got.X, got.F, theirs, want.X, want.F, ours, err)
		}
	}
}

// TestMethodGradient checks that gonum gets the gradient at each accepted point. LeastSquares does not evaluate the
// gradient of the problem.
func TestMethodGradient(t *testing.T) {
	p := rosenbrock().Problem()
	for _, opt := range []Optimizer{NewLBFGS(3), NewAdam(0.1), rosenbrock()} {
		steps := 0
		at := locations(func(l *optimize.Location) {
			steps++
			if steps == 1 { // gonum evaluates no gradient at the first point
				return
			}
			g := make([]float64, 2)
			if p.Grad(g, l.X); !floats.EqualApprox(l.Gradient, g, 1e-12*floats.Norm(g, 1)) {
				t.Errorf("%s: step %d has the gradient %v, want %v", name(opt), steps, l.Gradient, g)
			}
		})
		if _, err := optimize.Minimize(p, []float64{-1.2, 1}, &optimize.Settings{MajorIterations: 9, Recorder: at}, Method(opt)); err != nil || steps < 3 {
			t.Errorf("%s: %d steps, %v", name(opt), steps, err)
		}
	}
}

// TestMethodStatus checks that gonum returns the status and the error of a run.
func TestMethodStatus(t *testing.T) {
	wrong := optimize.Problem{
		Func: func(x []float64) float64 { return x[0] * x[0] },
		Grad: func(g, x []float64) { g[0] = -2 * x[0] },
	}
	for _, opt := range every() {
		p := withDifferences(wrong)
		want, wantErr := Minimize(p, []float64{1}, opt, nil)
		Reset(opt)
		got, err := optimize.Minimize(p, []float64{1}, nil, Method(opt))
		if want.Status != optimize.Failure || got.Status != want.Status || fmt.Sprint(err) != fmt.Sprint(wantErr) || wantErr == nil {
			t.Errorf("%s: %v, %v, want %v, %v", name(opt), got.Status, err, want.Status, wantErr)
		}
	}
	p := valley()
	r, err := optimize.Minimize(p, crooked, nil, Method(NewLBFGS(5)))
	if err != nil || r.Status != optimize.FunctionConvergence && r.Status != optimize.GradientThreshold {
		t.Errorf("%v, %v", r.Status, err)
	}
	if r, err := optimize.Minimize(p, crooked, nil, Method(NewSGD(10))); err == nil || r.Status != optimize.Failure {
		t.Errorf("divergence: %v, %v", r.Status, err)
	}
	m := Method(NewLBFGS(5)) // for two runs
	first, _ := optimize.Minimize(p, crooked, nil, m)
	Reset(m.(*method).opt)
	if failed, err := optimize.Minimize(wrong, []float64{1}, nil, m); err == nil || failed.Status != optimize.Failure {
		t.Errorf("%v, %v, want a failure", failed.Status, err)
	}
	Reset(m.(*method).opt)
	if second, err := optimize.Minimize(p, crooked, nil, m); err != nil || second.F != first.F {
		t.Errorf("the second run finds %v, the first %v, %v", second.F, first.F, err)
	}
}

// TestMethodLimits stops runs at each number of evaluations and steps, by gonum. No goroutine is
// left.
func TestMethodLimits(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	for i := range append(every(), firsts()...) {
		for limit := 1; limit <= 20; limit++ {
			for _, s := range []optimize.Settings{
				{FuncEvaluations: limit}, {GradEvaluations: limit}, {HessEvaluations: limit}, {MajorIterations: limit},
				{Recorder: &recorder{fail: limit + 1}}, {GradientThreshold: float64(limit)}, {Runtime: time.Duration(limit)},
			} {
				opt := append(every(), firsts()...)[i]
				if s.MajorIterations == 0 { // the other limit may never be reached
					s.MajorIterations = 100
				}
				r, err := optimize.Minimize(valley(), crooked, &s, Method(opt))
				if err != nil && !errors.Is(err, errFull) {
					t.Errorf("%s, %+v: %v, %v", name(opt), s, r, err)
				}
				if p := valley(); r != nil && !math.IsInf(r.F, 1) && p.Func(r.X) != r.F {
					t.Errorf("%s, %+v: %v is not the value at %v", name(opt), s, r.F, r.X)
				}
			}
		}
	}
	for try := 0; runtime.NumGoroutine() > goroutines; try++ {
		if try == 100 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestMethodTwice runs gonum's Minimize twice with one method. A limit ends the first run.
func TestMethodTwice(t *testing.T) {
	m := Method(NewLBFGS(3))
	if r, err := optimize.Minimize(*bowlProblem(), []float64{3, 4}, &optimize.Settings{MajorIterations: 2}, m); err != nil || r.Status != optimize.IterationLimit {
		t.Fatalf("%v, %v", r, err)
	}
	if m := m.(*method); m.Init(2, 1) != 1 || m.ended || m.status != optimize.NotTerminated {
		t.Fatalf("the second run begins as ended: %v, %v", m.ended, m.status)
	}
	if r, err := optimize.Minimize(*bowlProblem(), []float64{3, 4}, nil, m); err != nil || r.Status.Early() || r.MajorIterations < 3 {
		t.Errorf("the second run: %v after %d iterations, %v", r.Status, r.MajorIterations, err)
	}
}
