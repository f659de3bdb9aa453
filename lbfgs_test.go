package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// twoLoops returns −Hg by the two loops of the textbook, for pairs from the oldest to the newest.
func twoLoops(s, y [][]float64, g []float64) []float64 {
	q, a := slices.Clone(g), make([]float64, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		a[i] = floats.Dot(s[i], q) / floats.Dot(s[i], y[i])
		floats.AddScaled(q, -a[i], y[i])
	}
	last := len(s) - 1
	floats.Scale(floats.Dot(s[last], y[last])/floats.Dot(y[last], y[last]), q)
	for i := range s {
		floats.AddScaled(q, a[i]-floats.Dot(y[i], q)/floats.Dot(s[i], y[i]), s[i])
	}
	floats.Scale(-1, q)
	return q
}

// TestLBFGSDirection learns random pairs, more than there is room for, and compares the directions
// with those of the two loops, after every pair or after several.
func TestLBFGSDirection(t *testing.T) {
	for _, n := range []int{1, 2, 30} {
		for _, memory := range []int{1, 2, 3, 7} {
			for _, every := range []int{1, 2, 3} {
				rng := rand.New(rand.NewPCG(1, uint64(n)))
				var p pairs
				var s, y [][]float64
				p.init(memory)
				from := optimize.Location{X: random(rng, n), Gradient: random(rng, n)}
				for step := range 20 {
					to := optimize.Location{X: random(rng, n), Gradient: make([]float64, n)}
					for i := range to.Gradient { // of a Hessian whose diagonal changes
						to.Gradient[i] = from.Gradient[i] + (0.5+rng.Float64())*(to.X[i]-from.X[i])
					}
					p.learn(from, to, false)
					s, y = append(s, minus(to.X, from.X)), append(y, minus(to.Gradient, from.Gradient))
					from = to
					if step%every > 0 {
						continue
					}
					least := max(0, len(s)-memory)
					got, want := make([]float64, n), twoLoops(s[least:], y[least:], to.Gradient)
					p.direct(got, to.Gradient)
					if off := floats.Distance(got, want, inf); !(off <= 1e-12*floats.Norm(want, inf)) {
						t.Fatalf("n = %d, memory %d, every %d, step %d: off by %v", n, memory, every, step, off)
					}
				}
			}
		}
	}
}

func random(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func minus(a, b []float64) []float64 { return floats.SubTo(make([]float64, len(a)), a, b) }

// TestLBFGSRefuses checks that pairs without positive curvature are not kept.
func TestLBFGSRefuses(t *testing.T) {
	for _, y := range [][]float64{{-1, 0}, {0, 1}, {0, 0}, {nan, 0}, {inf, 0}, {1e-17, 1}, {epsilon, 1}} {
		var p pairs
		p.init(3)
		p.learn(optimize.Location{X: []float64{0, 0}, Gradient: []float64{0, 0}}, optimize.Location{X: []float64{1, 0}, Gradient: y}, false)
		if p.stored != 0 {
			t.Errorf("a pair with s = (1, 0), y = %v was kept", y)
		}
	}
	var p pairs // y = −s in the first block, and 2s in the second one
	p.init(3)
	zero, s, y := make([]float64, 2*kernel.Block), repeat(1, 2*kernel.Block), repeat(2, 2*kernel.Block)
	fill(y[:kernel.Block], -1)
	if p.learn(optimize.Location{X: zero, Gradient: zero}, optimize.Location{X: s, Gradient: y}, false); p.stored != 1 {
		t.Error("a pair with positive curvature was not kept")
	}
}

// TestDamping takes fixed steps on a saddle, where the curvature of pairs is negative, and compares
// y with Powell's formula.
func TestDamping(t *testing.T) {
	grad := func(x []float64) []float64 { return []float64{x[0], -3 * x[1]} }
	lbfgs, bfgs, dfp := NewLBFGS(4), NewBFGS(), NewDFP()
	gamma, damped := 0.0, 0
	from := []float64{1, 0.5}
	for step := range 5 {
		to := []float64{from[0] - 0.3/float64(step+1), from[1] + 0.02*float64(step*step)}
		s, y := minus(to, from), minus(grad(to), grad(from))
		for _, o := range []direction{lbfgs, bfgs, dfp} {
			o.learn(optimize.Location{X: from, Gradient: grad(from), F: nan}, optimize.Location{X: to, Gradient: grad(to), F: nan})
		}
		if low := floats.Dot(s, s) / gamma; step > 0 && floats.Dot(s, y) < 0.25*low {
			damped++
			theta := 0.75 * low / (low - floats.Dot(s, y))
			floats.Scale(theta, y)
			floats.AddScaled(y, (1-theta)/gamma, s)
		}
		for name, got := range map[string][]float64{"LBFGS": lbfgs.y[lbfgs.newest], "BFGS": bfgs.y, "DFP": dfp.y} {
			if off := floats.Distance(got, y, inf); !(off <= 1e-14) {
				t.Errorf("%s, step %d: y = %v, want %v", name, step, got, y)
			}
		}
		gamma = floats.Dot(s, y) / floats.Dot(y, y)
		from = to
	}
	if damped == 0 {
		t.Error("nothing was damped")
	}
}

// TestLBFGSIsBFGS minimises a quadratic with room for all pairs and exact line searches. L-BFGS and
// BFGS then take the same steps.
func TestLBFGSIsBFGS(t *testing.T) {
	const n = 8
	q := newQuadratic(n, 10)
	long, full := NewLBFGS(n), NewBFGS()
	exact := &optimize.MoreThuente{CurvatureFactor: 1e-12, StepTolerance: 1e-15}
	problem := q.problem()
	long.Problem, long.Linesearcher = &problem, exact
	full.Problem, full.Linesearcher = &problem, exact
	x, z, g := make([]float64, n), make([]float64, n), make([]float64, n)
	// BFGS scales the identity by its first pair and L-BFGS by its newest pair. That changes the
	// lengths of the directions, but not the minima along them.
	for step := range n - 1 {
		long.Step(x, g)
		full.Step(z, g)
		if off := floats.Distance(x, z, inf); !(off <= 1e-6) {
			t.Fatalf("step %d: %v and %v", step, x, z)
		}
	}
}

// TestLBFGSForgets passes a gradient that is not finite to a fixed step: params return to the point
// before, and all pairs are dropped.
func TestLBFGSForgets(t *testing.T) {
	b := newBowl(5)
	for _, bad := range []float64{nan, inf, -inf} {
		for _, opt := range []Optimizer{NewLBFGS(3), NewBFGS(), NewSR1()} {
			x := b.run(opt, 4)
			before := slices.Clone(x)
			b.goOn(x, opt, 1)
			g := make([]float64, 5)
			g[2] = bad
			opt.Step(x, g)
			if !sameBits(x, before) {
				t.Errorf("%T: after a gradient with %v: %v, want %v", opt, bad, x, before)
			}
			b.gradient(g, x)
			opt.Step(x, g)
			want := slices.Clone(before)
			floats.AddScaled(want, -min(1, 1/floats.Norm(g, 1)), g)
			if !(floats.Distance(x, want, inf) <= 1e-15) {
				t.Errorf("%T: the step after a gradient with %v leads to %v, want %v", opt, bad, x, want)
			}
			b.goOn(x, opt, 100)
			if !(b.value(x) <= 1e-10) {
				t.Errorf("%T: after a gradient with %v it does not converge", opt, bad)
			}
		}
	}
}

// TestLBFGSForgetsAWrongModel takes a step from pairs whose direction increases f, since the second
// element of the gradient has the wrong sign. The search follows −g, and the pairs are dropped.
func TestLBFGSForgetsAWrongModel(t *testing.T) {
	o := NewLBFGS(5)
	o.Problem = &optimize.Problem{
		Func: func(x []float64) float64 { return floats.Dot(x, x) },
		Grad: func(g, x []float64) { g[0], g[1] = 2*x[0], -2*x[1] },
	}
	origin := optimize.Location{X: []float64{0, 0}, Gradient: []float64{0, 0}}
	o.learn(origin, optimize.Location{X: []float64{0, 1}, Gradient: []float64{0, 0.01}})
	o.learn(origin, optimize.Location{X: []float64{1, 0}, Gradient: []float64{100, 0}})
	x := []float64{3, 1}
	o.Step(x, x)
	if o.Err() != nil || !(floats.Dot(x, x) < 10) || o.stored != 1 {
		t.Errorf("x = %v with %d pairs, %v; want a better point and its pair alone", x, o.stored, o.Err())
	}
}

// TestLBFGSFirst passes a gradient that is not finite to the first step.
func TestLBFGSFirst(t *testing.T) {
	o, x := NewLBFGS(2), []float64{1, 2}
	o.Step(x, []float64{nan, 1})
	if o.Err() != nil || !sameBits(x, []float64{1, 2}) {
		t.Errorf("x = %v, %v", x, o.Err())
	}
}

// TestLBFGSStochastic takes fixed steps with noisy gradients of a function that is not convex. The
// damping keeps the steps bounded.
func TestLBFGSStochastic(t *testing.T) {
	for _, opt := range []Optimizer{NewLBFGS(5), NewBFGS(), NewDFP()} {
		rng := rand.New(rand.NewPCG(5, 6))
		switch o := opt.(type) {
		case *LBFGS:
			o.LearningRate = 0.05
		case *QuasiNewton:
			o.LearningRate = 0.05
		}
		x, g := repeat(2, 10), make([]float64, 10)
		largest := 0.0
		for range 2000 {
			for i, v := range x {
				g[i] = math.Sin(v) + v/10 + 0.3*rng.NormFloat64()
			}
			opt.Step(x, g)
			largest = max(largest, floats.Norm(x, inf))
		}
		if !(largest < 10 && floats.Norm(x, inf) < 2) {
			t.Errorf("%T: max|x| = %v, at the end %v", opt, largest, x)
		}
	}
}

// TestSearchGoroutines checks that line searches have the same bits on several goroutines.
func TestSearchGoroutines(t *testing.T) {
	for _, n := range []int{1000, 3*8192 + 100} {
		b := bowlOf(n)
		problem := optimize.Problem{
			Func: func(x []float64) float64 { return b.value(x) + math.Cos(x[0]) },
			Grad: func(g, x []float64) { b.gradient(g, x); g[0] -= math.Sin(x[0]) },
		}
		run := func() (x []float64) {
			r, err := Minimize(problem, make([]float64, n), NewLBFGS(4), nil)
			if err != nil {
				t.Fatal(err)
			}
			h := NewHessianFree(nil)
			h.Problem = &problem
			o := NewLBFGS(4)
			o.Problem = &problem
			z, y := make([]float64, n), make([]float64, n)
			for range 8 {
				o.Step(z, z)
				h.Step(y, y)
			}
			return append(append(z, y...), r.X...)
		}
		want := run()
		for _, goroutines := range []int{1, 2, 5} {
			t.Run(fmt.Sprintf("%d/%d", n, goroutines), func(t *testing.T) {
				inParallel(t, 100*goroutines, goroutines)
				if !sameBits(run(), want) {
					t.Errorf("other bits on %d goroutines", goroutines)
				}
			})
		}
	}
}

// TestForgottenPairDoesNotDamp checks that after forget a pair of negative curvature is refused, as the first pair is. The
// curvature of a pair that is no longer stored does not damp it.
func TestForgottenPairDoesNotDamp(t *testing.T) {
	var p pairs
	p.init(3)
	at := func(x, g float64) optimize.Location {
		return optimize.Location{X: []float64{x}, Gradient: []float64{g}}
	}
	p.learn(at(0, 0), at(1, 2), true)
	p.direct(make([]float64, 1), []float64{1})
	p.forget()
	if p.learn(at(0, 0), at(1, -1), true); p.stored != 0 {
		t.Errorf("%d pairs, want none", p.stored)
	}
}
