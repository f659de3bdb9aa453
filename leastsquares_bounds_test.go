package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// TestInfiniteBoundsOfFits wants the same bits and evaluations as without bounds.
func TestInfiniteBoundsOfFits(t *testing.T) {
	for name := range models {
		for _, differences := range []bool{false, true} {
			p := readNIST(t, name)
			o, x := p.fit(differences, 1, nil), slices.Clone(p.starts[0])
			fitted(o, x)
			open, y := p.fit(differences, 1, nil), slices.Clone(p.starts[0])
			open.Lower, open.Upper, open.Fixed = repeat(-inf, len(y)), repeat(inf, len(y)), make([]bool, len(y))
			fitted(open, y)
			if !sameBits(x, y) || open.eval.stats.FuncEvaluations != o.eval.stats.FuncEvaluations || open.Status() != o.Status() {
				t.Errorf("%s: %v with infinite bounds, want %v", name, y, x)
			}
		}
	}
}

// TestClippedStepStalls starts at a bound from which the full step, clipped to the bounds, does not
// lower f, because the parameters are correlated.
func TestClippedStepStalls(t *testing.T) {
	a := mat.NewDense(3, 2, []float64{1, 1, 1, 1.01, 0, 0.001})
	b := []float64{-2, 1, 5}
	o, x := linear(a, b), []float64{0, -3}
	o.Lower = []float64{0, -inf}
	value := func(x []float64) float64 {
		r := make([]float64, 3)
		o.residual(r, x)
		return floats.Norm(r, 2)
	}
	free, clipped := linear(a, b), slices.Clone(x)
	free.Damping = 0
	free.Step(clipped, clipped)
	clipped[0] = max(clipped[0], 0)
	if !(value(clipped) > value(x)) {
		t.Fatalf("the clipped step to %v lowers ‖r‖", clipped)
	}
	fitted(o, x)
	column := mat.Col(nil, 1, a)
	if want := floats.Dot(column, b) / floats.Dot(column, column); x[0] != 0 || !(math.Abs(x[1]/want-1) <= 1e-12) || !converged(o.Status()) {
		t.Errorf("%v, want 0 and %v: %v", x, want, o.Status())
	}
}

// TestFixedParameters fixes a parameter by Fixed and by equal bounds, and compares with the problem
// without this parameter: the evaluations, the parameters and the covariance.
func TestFixedParameters(t *testing.T) {
	p := readNIST(t, "Chwirut2")
	whole := p.fit(true, 1, nil)
	const fixed, value = 1, 0.0061
	with := func(x []float64) []float64 { return []float64{x[0], value, x[1]} }
	part := NewLevenbergMarquardt(len(p.y), func(dst, x []float64) { whole.residual(dst, with(x)) }, nil)
	want := []float64{0.1, 0.02}
	fitted(part, want)
	var wantC mat.SymDense
	if err := part.Covariance(&wantC); err != nil {
		t.Fatal(err)
	}
	for _, set := range []func(o *LeastSquares){
		func(o *LeastSquares) { o.Fixed = []bool{false, true, false} },
		func(o *LeastSquares) {
			o.Lower, o.Upper = []float64{-inf, value, -inf}, []float64{inf, value, inf}
		},
	} {
		o, x := p.fit(true, 1, nil), []float64{0.1, value, 0.02}
		set(o)
		evaluations, residual := 0, o.residual
		o.residual = func(dst, x []float64) {
			evaluations++
			if x[fixed] != value {
				t.Errorf("evaluated at %v", x)
			}
			residual(dst, x)
		}
		fitted(o, x)
		if n := part.eval.stats.FuncEvaluations; evaluations != n {
			t.Errorf("%d evaluations, want %d", evaluations, n)
		}
		if !floats.EqualApprox(x, with(want), 1e-13) || x[fixed] != value || o.Status() != part.Status() {
			t.Errorf("%v, want %v", x, with(want))
		}
		var c mat.SymDense
		if err := o.Covariance(&c); err != nil {
			t.Fatal(err)
		}
		for i, k := range []int{0, -1, 1} {
			for j, l := range []int{0, -1, 1} {
				w := 0.0
				if k >= 0 && l >= 0 {
					w = wantC.At(k, l)
				}
				if !(math.Abs(c.At(i, j)-w) <= 1e-9*math.Abs(w)) {
					t.Errorf("covariance (%d, %d) is %v, want %v", i, j, c.At(i, j), w)
				}
			}
		}
	}
	all, x := p.fit(true, 1, nil), slices.Clone(p.want)
	all.Fixed = []bool{true, true, true}
	fitted(all, x)
	if !sameBits(x, p.want) || all.eval.stats.FuncEvaluations != 1 || all.Status() != optimize.GradientThreshold {
		t.Errorf("with all parameters fixed: %v after %d evaluations", all.Status(), all.eval.stats.FuncEvaluations)
	}
}

// TestProjectedStart starts out of the bounds, in Step and in Minimize.
func TestProjectedStart(t *testing.T) {
	o, x := rosenbrock(), []float64{3, -5}
	o.Lower, o.Upper = []float64{-2, -2}, []float64{0.5, 2}
	residual := o.residual
	o.residual = func(dst, x []float64) {
		if x[0] < -2 || x[0] > 0.5 || !(math.Abs(x[1]) <= 2) {
			t.Errorf("evaluated at %v", x)
		}
		residual(dst, x)
	}
	fitted(o, x)
	if !floats.EqualApprox(x, []float64{0.5, 0.25}, 1e-12) || x[0] != 0.5 {
		t.Errorf("%v, want 0.5 and 0.25", x)
	}
	Reset(o)
	r, err := Minimize(o.Problem(), []float64{3, -5}, o, nil)
	if err != nil || !converged(r.Status) || !floats.EqualApprox(r.X, []float64{0.5, 0.25}, 1e-12) || !(math.Abs(r.F-0.125) <= 1e-15) {
		t.Errorf("%+v, %v", r, err)
	}
	Reset(o)
	if r, err = Minimize(o.Problem(), []float64{3, -5}, o, &optimize.Settings{GradientThreshold: 1e-6}); err != nil || r.Status != optimize.GradientThreshold {
		t.Errorf("%v with a threshold of the projected gradient: %v", r.Status, err)
	}
}

// TestChangedBounds changes bounds, the loss and fixed parameters after a fit.
func TestChangedBounds(t *testing.T) {
	o, x := rosenbrock(), []float64{-1.2, 1}
	o.Upper = []float64{0.5, inf}
	fitted(o, x)
	o.Upper = []float64{0.25, inf}
	o.Step(x, x)
	fitted(o, x)
	if !floats.EqualApprox(x, []float64{0.25, 0.0625}, 1e-12) {
		t.Errorf("%v with another bound", x)
	}
	o.Upper = nil
	o.Step(x, x)
	fitted(o, x)
	if !floats.EqualApprox(x, []float64{1, 1}, 1e-10) {
		t.Errorf("%v without bounds", x)
	}
	x[0], o.Fixed = 0.5, []bool{true, false}
	o.Step(x, x)
	fitted(o, x)
	if !floats.EqualApprox(x, []float64{0.5, 0.25}, 1e-12) {
		t.Errorf("%v with a fixed parameter", x)
	}
	q := linear(mat.NewDense(3, 1, []float64{1, 1, 1}), []float64{0, 1, 100})
	y := []float64{0}
	fitted(q, y)
	q.Loss = Tukey(3)
	y[0] = 0.6
	fitted2 := func() { q.Step(y, y); fitted(q, y) }
	if fitted2(); !(math.Abs(y[0]-0.5) <= 1e-9) {
		t.Errorf("%v with a loss", y)
	}
}

// TestMove moves by the rounded distances to the bounds, and by distances next to them.
func TestMove(t *testing.T) {
	b := domain{box{[]float64{1}, []float64{2}}}
	for v, want := range map[float64]bool{1 - epsilon: false, 1: true, 2: true, 2 + 2*epsilon: false, nan: false} {
		if b.contains(0, v) != want {
			t.Errorf("[1, 2] contains %v: %v", v, !want)
		}
	}
	rng := rand.New(rand.NewPCG(37, 38))
	for range 10000 {
		lower, upper := -rng.ExpFloat64(), rng.ExpFloat64()
		b, v := domain{box{[]float64{lower}, []float64{upper}}}, lower+float64(rng.Float64()*(upper-lower))
		if got := b.move(0, v, lower-v); got != lower {
			t.Fatalf("from %v to %v, want %v", v, got, lower)
		}
		if got := b.move(0, v, upper-v); got != upper {
			t.Fatalf("from %v to %v, want %v", v, got, upper)
		}
		for _, d := range []float64{math.Nextafter(lower-v, 1), math.Nextafter(upper-v, -1), lower - v - 1, upper - v + 1} {
			if got := b.move(0, v, d); !(lower <= got && got <= upper) {
				t.Fatalf("from %v by %v to %v, want [%v, %v]", v, d, got, lower, upper)
			}
		}
	}
}

// TestOneSidedDifferences compares the differences at and next to a bound with the derivative. r is a
// cubic, and differences of the second order have an error of h².
func TestOneSidedDifferences(t *testing.T) {
	for _, c := range []struct{ lower, upper, x float64 }{{1, 2, 1}, {1, 2, 2}, {1, inf, 1 + 1e-9}, {-inf, 2, 2 - 1e-9}, {1, 1 + 1e-3, 1.0005}} {
		s := residuals{m: 1, residual: func(dst, x []float64) {
			if !(c.lower <= x[0] && x[0] <= c.upper) {
				t.Errorf("evaluated at %v, out of [%v, %v]", x[0], c.lower, c.upper)
			}
			dst[0] = x[0] * x[0] * x[0]
		}}
		s.lower, s.upper = []float64{c.lower}, []float64{c.upper}
		var first, at stencil
		first.allocate(1)
		at.allocate(1)
		x, r, jac := []float64{c.x}, make([]float64, 1), mat.NewDense(1, 1, nil)
		first.start(x)
		s.evaluate(new(evaluator), r, x)
		for kind, tolerance := range map[differences]float64{forwardDifference: 1e-6, centralDifference: 1e-8} {
			at.follow(&first, x, []float64{3}, 1, kind)
			s.jacobian(new(evaluator), jac, x, r, &at)
			if want := 3 * c.x * c.x; !(math.Abs(jac.At(0, 0)/want-1) <= tolerance) {
				t.Errorf("derivative %v at %v in [%v, %v], want %v", jac.At(0, 0), c.x, c.lower, c.upper, want)
			}
		}
	}
}

// TestLossOfOutliersOnly starts where all residuals have weight 0.
func TestLossOfOutliersOnly(t *testing.T) {
	for _, jac := range []func(dst *mat.Dense, x []float64){nil, func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, 1); dst.Set(1, 0, 1) }} {
		o, x := NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0], x[0]-1 }, jac), []float64{100}
		o.Loss = Tukey(2)
		fitted(o, x)
		if x[0] != 100 || o.Status() != optimize.GradientThreshold || o.SumSquares() != 2*4./3 {
			t.Errorf("%v with 2f = %v: %v", x, o.SumSquares(), o.Status())
		}
		if err := o.StandardErrors(make([]float64, 1)); err == nil || !strings.Contains(err.Error(), "parameter 0") {
			t.Errorf("standard errors without weights: %v", err)
		}
	}
}

// TestLossProblem compares the gradient of the problem with differences of its value, with a loss and
// a fixed parameter.
func TestLossProblem(t *testing.T) {
	const sure = 1e-8
	o, x := linear(mat.NewDense(3, 1, []float64{1, 1, 1}), []float64{0, 0, 9}), []float64{1}
	fitted(o, x)
	mean := x[0]
	o.Loss = Huber(1) // between steps
	o.Step(x, x)
	if fitted(o, x); !(math.Abs(mean-3) <= sure) || !(math.Abs(x[0]-0.5) <= sure) {
		t.Errorf("the mean %v, then %v, want 3 and 0.5", mean, x[0])
	}

	for name, loss := range losses {
		o := rosenbrock()
		o.Loss, o.Fixed = loss(1.5), []bool{false, true}
		p, x, g := o.Problem(), []float64{0.8, 0.9}, make([]float64, 2)
		p.Grad(g, x)
		const h = 1e-6
		want := (p.Func([]float64{x[0] + h, x[1]}) - p.Func([]float64{x[0] - h, x[1]})) / (2 * h)
		if !(math.Abs(g[0]-want) <= 1e-8) || g[1] != 0 {
			t.Errorf("%s: gradient %v, want %v and 0", name, g, want)
		}
		r, err := Minimize(p, x, o, nil)
		if f := p.Func(r.X); err != nil || f != r.F || r.X[1] != 0.9 {
			t.Errorf("%s: %+v, value %v, %v", name, r, f, err)
		}
	}
}
