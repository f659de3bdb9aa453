package optim

import (
	"math"
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

// TestObserveWithoutSlopes gives a trace the value 2.5 at length 1, where f is 2 − t + 1.5t². The
// curvature of the parabola is 3.
func TestObserveWithoutSlopes(t *testing.T) {
	l := trace{value: 2, slope: -1, least: 2, visible: inf}
	l.observe(trial{length: 1, f: 2.5, slope: nan})
	if l.stiffness != 3 || l.visible != 1 || l.best != 0 || l.least != 2 {
		t.Errorf("stiffness %v at length %v, want 3 at 1; best %v, least %v", l.stiffness, l.visible, l.best, l.least)
	}
	l.observe(trial{length: 0.5, f: 1.875, slope: nan}) // lower, so it becomes the best
	if l.stiffness != 3 || l.best != 0.5 || l.least != 1.875 {
		t.Errorf("stiffness %v, best %v, least %v, want 3, 0.5 and 1.875", l.stiffness, l.best, l.least)
	}
}

// TestNoiseFades checks that the error of f falls with |f|, and does not rise with it.
func TestNoiseFades(t *testing.T) {
	for _, row := range []struct{ before, after, want float64 }{{4, 1, 0.25}, {-4, 2, 0.5}, {4, -1, 0.25}, {1, 4, 1}, {2, 2, 1}} {
		var s search
		s.noise = 1
		s.next.F, s.at.F = row.before, row.after
		s.fadeNoise()
		if s.noise != row.want {
			t.Errorf("from %v to %v: noise %v, want %v", row.before, row.after, s.noise, row.want)
		}
	}
}

// TestProbeIsNotOnTheLine evaluates gradients beside the line of a search. The search must not take
// the last of these points for a point on its line.
func TestProbeIsNotOnTheLine(t *testing.T) {
	opt, x := NewLBFGS(3), []float64{3, 4}
	opt.Problem = bowlProblem()
	opt.Step(x, []float64{0, 0})
	opt.distance = 1
	opt.coordinateDirection(&opt.eval)
	if !math.IsNaN(opt.distance) {
		t.Errorf("the point of the gradients counts as the point at distance %v", opt.distance)
	}
}

// TestCallerMovesParameters changes x between steps, after a step that ended at a minimum and after one that moved. The
// next step must start from x, so that it first evaluates the problem there.
func TestCallerMovesParameters(t *testing.T) {
	for _, start := range []float64{0, 3} {
		var points []float64
		p := parabolas(0, []float64{1})
		value := p.Func
		p.Func = func(x []float64) float64 {
			points = append(points, x[0])
			return value(x)
		}
		opt, x := NewLBFGS(3), []float64{start}
		opt.Problem = p
		opt.Step(x, x)
		points = nil
		x[0] = 8
		opt.Step(x, x)
		if points[0] != 8 || !(math.Abs(x[0]) < 8) {
			t.Errorf("from %v: evaluated at %v, then x = %v, want 8 first", start, points, x)
		}
	}
}
