package optim

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// TestBisect has values and slopes at lengths between 0 and 1. There is no better point if f rises along a visible curvature, or if the
// limit of evaluations is reached.
func TestBisect(t *testing.T) {
	for i, c := range []struct {
		trials   [][2]float64
		limit    optimize.Settings
		found    bool
		values   int
		power, f float64 // the accepted length is 2 to this power
	}{
		{[][2]float64{{1.5, 3}}, optimize.Settings{}, false, 1, 0, 0},
		{[][2]float64{{1, 3}}, optimize.Settings{}, false, 1, 0, 0},
		{[][2]float64{{0.5, -1}}, optimize.Settings{}, true, 1, -27, 0.5},
		{[][2]float64{{1.5, -1}, {0.5, -1}}, optimize.Settings{}, true, 2, -40.5, 0.5}, // too far at first
		{[][2]float64{{1, -1}, {0.5, -1}}, optimize.Settings{}, true, 2, -13.5, 0.5},   // too near at first
		{[][2]float64{{1.5, -1}}, optimize.Settings{FuncEvaluations: 1}, false, 1, 0, 0},
		{[][2]float64{{0.5, -1}}, optimize.Settings{GradEvaluations: 1}, true, 1, -27, 0.5},
	} {
		s, e := searchOf(c.trials...)
		e.settings = c.limit
		l := s.begin(-1)
		l.far = 1
		l.trials = append(l.trials, trial{})
		found := s.bisect(e, l) // from 2⁻⁵⁴ to 1, since values resolve 4ε
		if found != c.found || e.stats.FuncEvaluations != c.values || found && (!(math.Abs(s.distance/math.Exp2(c.power)-1) <= 1e-12) || s.next.F != c.f) {
			t.Errorf("row %d: found %v at %v, f = %v, after %d values; want %v at 2^%v, f = %v, after %d", i,
				found, s.distance, s.next.F, e.stats.FuncEvaluations, c.found, c.power, c.f, c.values)
		}
	}
}

// TestExpand tries lengths from 10¹⁰ on while f falls and the slope stays. It finds the best one of them.
func TestExpand(t *testing.T) {
	for i, c := range []struct {
		trials [][2]float64
		values int
		best   float64
	}{
		{[][2]float64{{1.5, -1}}, 1, 0},
		{[][2]float64{{0.5, -0.5}}, 1, 1e10}, // curved
		{[][2]float64{{0.5, -1}, {0.75, -1}}, 2, 1e10},
		{[][2]float64{{0.5, -1}, {0.25, -1}, {0.25, -1}}, 3, 1e20},
	} {
		s, e := searchOf(c.trials...)
		l := s.begin(-1)
		l.far = 1
		if found := s.expand(e, l); found != (c.best > 0) || e.stats.FuncEvaluations != c.values || !(math.Abs(l.best-c.best) <= 1e-12*c.best) {
			t.Errorf("row %d: found %v, best %v after %d values, want %v after %d", i, found, l.best, e.stats.FuncEvaluations, c.best, c.values)
		}
	}
}

// TestNoGradientLeft has no gradient left for a point that is better by its value. The point is not accepted.
func TestNoGradientLeft(t *testing.T) {
	s, e := searchOf([2]float64{0.5, -1})
	s.begin(-1)
	e.status = optimize.GradientEvaluationLimit
	if s.completeTrial(e, 1, 0.5) {
		t.Error("a point without its gradient is accepted")
	}
}

// TestOneHessianPerStep has a Hessian with the wrong sign: the plain Newton step ascends. The Hessian is that of the point, so Newton
// must not evaluate it again.
func TestOneHessianPerStep(t *testing.T) {
	hessians := 0
	opt, x := NewNewton(func(dst *mat.SymDense, x []float64) {
		hessians++
		dst.SetSym(0, 0, -1)
	}), []float64{3}
	opt.Mode, opt.Problem = Plain, parabolas(0, []float64{1})
	opt.Step(x, x)
	if hessians != 1 || x[0] >= 3 {
		t.Errorf("%d Hessians, x = %v, want 1 and a lower value", hessians, x)
	}
}

// TestSkippedFixedStep has a gradient that is not finite. The step goes back to the last point, where the gradient is known.
func TestSkippedFixedStep(t *testing.T) {
	opt, x := NewLBFGS(3), []float64{3}
	opt.Step(x, []float64{1})
	if !opt.moved {
		t.Error("the gradient at the new point counts as evaluated")
	}
	opt.Step(x, []float64{nan})
	if opt.moved || x[0] != 3 {
		t.Errorf("moved %v to %v, want false and 3", opt.moved, x)
	}
}

// TestDamagedPairs encodes states with more pairs than there is room for, or with a place that does not exist. There are 4 places
// for 3 pairs.
func TestDamagedPairs(t *testing.T) {
	for _, c := range []struct {
		stored, newest int
		want           bool
	}{{0, 4, true}, {1, 4, true}, {4, 0, true}, {0, 3, false}, {1, 0, false}} {
		o, x := NewLBFGS(3), []float64{3}
		for g := range 3 {
			o.Step(x, []float64{1 - float64(g)/4})
		}
		o.stored, o.newest = c.stored, c.newest
		if _, err := Marshal(o); (err != nil) != c.want {
			t.Errorf("%d pairs up to place %d: %v", c.stored, c.newest, err)
		}
	}
}

// TestMovedFar moves a coordinate of magnitude 1e-12. The move is too long if |Δg·Δx| is more than |f| = 0.5.
func TestMovedFar(t *testing.T) {
	for _, c := range []struct {
		x, move, change float64 // Δx and Δg
		want            bool
	}{
		{1e-12, 0.25, 1.9, false}, {1e-12, 0.25, 2.1, true}, {-1e-12, -0.25, 2.1, true}, {1e-12, 0.25, nan, true}, {0x1p-40, 0.25, 2, false},
		{0, 0.25, 9, false}, {1e-9, 0.25, 9, false}, {2e-9, 0.25, 9, false},
	} {
		s, _ := searchAt(parabolas(0, repeat(1, 2)), []float64{1, c.x})
		s.at.Gradient[1] = 40
		copy(s.next.X, []float64{1, c.x + c.move})
		copy(s.next.Gradient, []float64{7, s.at.Gradient[1] + c.change})
		s.at.F = 0.5
		if s.movedFar(1e-9) != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
}

// TestDamagedFit encodes states with a kind of differences, an end or an index that does not exist, for two residuals of one parameter.
func TestDamagedFit(t *testing.T) {
	for _, c := range []struct {
		change func(o *LeastSquares)
		want   bool
	}{
		{func(o *LeastSquares) { o.stencil.kind = kindsOfDifferences - 1 }, false},
		{func(o *LeastSquares) { o.stencil.kind = kindsOfDifferences }, true},
		{func(o *LeastSquares) { o.end = endings - 1 }, false},
		{func(o *LeastSquares) { o.end = endings }, true},
		{func(o *LeastSquares) { o.subject = 1 }, false},
		{func(o *LeastSquares) { o.subject = 2 }, true},
	} {
		o := NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0], x[0]-1 }, nil)
		x := []float64{3}
		o.Step(x, x)
		c.change(o)
		if _, err := Marshal(o); (err != nil) != c.want {
			t.Errorf("kind %d, end %d, index %d: %v", o.stencil.kind, o.end, o.subject, err)
		}
	}
}
