package optim

import (
	"math"
	"math/rand/v2"
	"testing"
)

// watcher notes what a chain calls.
type watcher struct {
	begun   int
	grads   []float64
	touched []bool // by Apply, since Begin
}

func (w *watcher) Begin(params, grads []float64) {
	w.begun++
	w.grads = append(w.grads[:0], grads...)
	w.touched = make([]bool, len(params))
}

func (w *watcher) Apply(lo int, grads, params []float64) {
	for i := range grads {
		if w.touched[lo+i] {
			panic("touched twice")
		}
		w.touched[lo+i] = true
		grads[i] *= 2
	}
}

// TestChainPaths goes in front of a rule, block by block, and in front of
// another optimizer, over one vector: both call the transforms alike.
func TestChainPaths(t *testing.T) {
	const n = 3*blockLen + 17
	b := newBowl(n)
	for i, opt := range []Optimizer{NewMomentum(0.05, 0.9), &loud{SGD: NewSGD(0.1)}} {
		w := new(watcher)
		c := NewChain(opt, w, L2(0.5))
		x, g, want, doubled := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		plain := []Optimizer{NewMomentum(0.05, 0.9), NewSGD(0.1)}[i]
		for step := range 5 {
			b.gradient(g, x)
			c.Step(x, g)
			for j := range doubled {
				doubled[j] = float64(2*(b.a[j]*(want[j]-b.c[j]))) + float64(0.5*want[j])
			}
			plain.Step(want, doubled)
			if w.begun != step+1 || !sameBits(w.grads, g) {
				t.Fatalf("%T: Begin was called %d times in %d steps", opt, w.begun, step+1)
			}
			for j, touched := range w.touched {
				if !touched {
					t.Fatalf("%T: no Apply for coordinate %d", opt, j)
				}
			}
		}
		if !sameBits(x, want) {
			t.Errorf("%T: other bits than with the gradient rewritten by hand", opt)
		}
	}
}

// TestChainOfUsedOptimizer puts a chain around an optimizer that has stepped on
// fewer parameters.
func TestChainOfUsedOptimizer(t *testing.T) {
	opt := NewAdam(1)
	opt.Step(make([]float64, 2), make([]float64, 2))
	c := NewChain(opt, L2(0))
	if got, want := message(func() { c.Step(make([]float64, 3), make([]float64, 3)) }),
		"optim: Adam.Step: len(params) = 3, want 2 as in the steps before"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestL2(t *testing.T) {
	g := []float64{1, -2, 0}
	L2(0.5).Apply(0, g, []float64{4, 6, math.Inf(1)})
	if !sameBits(g, []float64{3, 1, math.Inf(1)}) {
		t.Errorf("g = %v", g)
	}
}

// TestNeutral puts what changes nothing around every row, and wants its bits.
func TestNeutral(t *testing.T) {
	for _, row := range optimizers {
		n := 700
		if row.traits&dense != 0 {
			n = 40
		}
		b := newBowl(n)
		want := b.run(row.make(), 20)
		for name, before := range map[string]Transform{
			"ClipNorm":    NewClipNorm(1e9),
			"ClipValue":   ClipValue(1e9),
			"L1":          L1(0),
			"L2":          L2(0),
			"Noise":       NewNoise(0, rand.New(rand.NewPCG(1, 2))),
			"Elementwise": Elementwise(func(_, _ []float64) {}),
		} {
			if searches(row.make()) {
				break // no transform goes in front of these
			}
			if got := b.run(NewChain(row.make(), before), 20); !sameBits(got, want) {
				t.Errorf("%s: other bits behind a neutral %s", row.name, name)
			}
		}
		for name, wrapped := range map[string]Optimizer{
			"Chain":         NewChain(row.make()),
			"Average":       NewAverage(row.make()),
			"exponential":   NewExponentialAverage(row.make(), 0.9),
			"Accumulate":    NewAccumulate(row.make(), 1),
			"Lookahead":     NewLookahead(row.make(), 5, 1),
			"SkipNonFinite": NewSkipNonFinite(row.make(), 1),
			"Groups":        Groups{{0, NewSGD(1)}, {n, row.make()}, {0, nil}},
		} {
			if got := b.run(wrapped, 20); !sameBits(got, want) {
				t.Errorf("%s: other bits within a neutral %s", row.name, name)
			}
		}
		if !rated(row.make()) || searches(row.make()) {
			continue
		}
		for name, wrapped := range map[string]Optimizer{
			"Decay":      NewChain(row.make(), NewDecay(0)),
			"ProximalL1": NewProximalL1(row.make(), 0),
		} {
			if got := b.run(wrapped, 20); !sameBits(got, want) {
				t.Errorf("%s: other bits within a neutral %s", row.name, name)
			}
		}
	}
}

func TestClipNorm(t *testing.T) {
	clip := NewClipNorm(2.5)
	for _, c := range []struct{ g, want []float64 }{
		{[]float64{3, -4}, []float64{1.5, -2}},
		{[]float64{1.5, -2}, []float64{1.5, -2}},
		{[]float64{3e200, 4e200}, []float64{1.5, 2}},
		{[]float64{nan, 7}, []float64{nan, 7}},
		{[]float64{inf, 7}, []float64{inf, 7}},
	} {
		x := []float64{0, 0}
		NewChain(NewSGD(1), clip).Step(x, c.g)
		for i := range x {
			if got := -x[i]; math.Abs(got-c.want[i]) > 1e-15 || math.IsNaN(got) != math.IsNaN(c.want[i]) {
				t.Errorf("%v clipped to %v, want %v", c.g, got, c.want[i])
			}
		}
		if want := math.Hypot(c.g[0], c.g[1]); !(math.Abs(clip.Norm()-want) <= 1e-15*want) && !(clip.Norm() == want) && !math.IsNaN(c.g[0]) {
			t.Errorf("norm of %v is %v", c.g, clip.Norm())
		}
	}
	if NewChain(NewSGD(1), clip).Step([]float64{0, 0}, []float64{nan, 7}); !math.IsNaN(clip.Norm()) {
		t.Errorf("norm of a gradient with NaN is %v", clip.Norm())
	}
}

// TestClipNormIsGlobal clips over groups, and over blocks on goroutines.
func TestClipNormIsGlobal(t *testing.T) {
	inParallel(t, 1000, 4)
	const n = 50_000
	g, x := make([]float64, n), make([]float64, n)
	fill(g, 2)
	clip := NewClipNorm(1)
	NewChain(Groups{{n / 2, NewSGD(1)}, {n / 2, NewSGD(2)}}, clip).Step(x, g)
	norm := 2 * math.Sqrt(n)
	if math.Abs(clip.Norm()-norm) > 1e-12*norm || math.Abs(x[0]+2/norm) > 1e-15 || math.Abs(x[n-1]+4/norm) > 1e-15 {
		t.Errorf("norm %v, first %v, last %v", clip.Norm(), x[0], x[n-1])
	}
}

func TestTransforms(t *testing.T) {
	half := NewSGD(0.5)
	half.Schedule = StepDecay(1, 0.5)
	for _, c := range []struct {
		name       string
		opt        Optimizer
		x, g, want []float64
		steps      int
	}{
		{name: "ClipValue", opt: NewChain(NewSGD(1), ClipValue(2)),
			x: []float64{0, 0, 0, 0}, g: []float64{5, -3, 1, nan}, want: []float64{-2, 2, -1, nan}, steps: 1},
		{name: "L1", opt: NewChain(NewSGD(1), L1(0.5)),
			x: []float64{3, -3, 0}, g: []float64{0, 0, 1}, want: []float64{2.5, -2.5, -1}, steps: 1},
		{name: "Decay", opt: NewChain(half, NewDecay(0.5)), // η = 1/2, then 1/4
			x: []float64{16}, g: []float64{0}, want: []float64{16 * 0.75 * 0.875}, steps: 2},
		{name: "Decay before step", opt: NewChain(NewSGD(0.5), NewDecay(1)),
			x: []float64{4}, g: []float64{1}, want: []float64{1.5}, steps: 1},
		{name: "order", opt: NewChain(NewSGD(1), L2(1), ClipValue(1)),
			x: []float64{4}, g: []float64{0.5}, want: []float64{3}, steps: 1},
		{name: "ProximalL1", opt: NewProximalL1(NewSGD(0.5), 2),
			x: []float64{3, -3, 0.5, nan}, g: []float64{2, 0, 0, 0}, want: []float64{1, -2, 0, nan}, steps: 1},
		{name: "Elementwise", opt: NewChain(NewSGD(1), Elementwise(func(g, x []float64) {
			for i := range g {
				g[i] += 10 * x[i]
			}
		})), x: []float64{1, 2}, g: []float64{1, 1}, want: []float64{-10, -19}, steps: 1},
	} {
		for range c.steps {
			c.opt.Step(c.x, c.g)
		}
		for i := range c.x {
			if c.x[i] != c.want[i] && !math.IsNaN(c.want[i]) || math.IsNaN(c.want[i]) != math.IsNaN(c.x[i]) {
				t.Errorf("%s: %v, want %v", c.name, c.x, c.want)
				break
			}
		}
	}
}

// TestLasso checks the minimum that soft thresholding finds: sign(c)·max(|c|−λ, 0).
func TestLasso(t *testing.T) {
	c := []float64{2, -1, 0.3, -0.2}
	x, g := make([]float64, 4), make([]float64, 4)
	opt := NewProximalL1(NewSGD(0.3), 0.5)
	for range 200 {
		for i := range g {
			g[i] = x[i] - c[i]
		}
		opt.Step(x, g)
	}
	for i, want := range []float64{1.5, -0.5, 0, 0} {
		if math.Abs(x[i]-want) > 1e-15 {
			t.Errorf("x = %v", x)
		}
	}
}

// TestNoise checks mean and variance, their fading, and that neighbours do not
// go together.
func TestNoise(t *testing.T) {
	const n = 200_000
	noise := NewNoise(0.25, rand.New(rand.NewPCG(15, 16)))
	noise.Gamma = 1
	for step := range 3 {
		g := make([]float64, n)
		noise.Begin(nil, g)
		noise.Apply(0, g, nil)
		mean, variance, neighbours := 0.0, 0.0, 0.0
		for i := range g {
			mean += g[i] / n
			variance += g[i] * g[i] / n
			neighbours += g[i] * g[(i+1)%n] / n
		}
		want := 0.25 / float64(1+step)
		if five := 5 * math.Sqrt(want/n); math.Abs(mean) > five || math.Abs(variance-want) > 5*want*math.Sqrt(2.0/n) ||
			math.Abs(neighbours) > 5*want/math.Sqrt(n) {
			t.Errorf("step %d: mean %v, variance %v, want 0 and %v; neighbours %v", step, mean, variance, want, neighbours)
		}
	}
}

func TestNewChainRefuses(t *testing.T) {
	for _, c := range []struct {
		make func()
		want string
	}{
		{func() { NewChain(NewSGD(1), L2(1), NewClipNorm(1)) },
			"optim: NewChain: ClipNorm is transform 2, want it first, because it measures the gradient that Step is given; " +
				"to clip what other transforms return, nest: NewChain(NewChain(opt, clip), others...)"},
		{func() { NewChain(NewAverage(NewSkipNonFinite(NewSGD(1), 1)), NewDecay(1)) },
			"optim: NewChain: Decay needs the learning rate of the coming step, but *optim.Average does not have it; a user's type needs a method NextRate"},
		{func() { NewChain(searching(NewLBFGS(5)), NewClipNorm(1)) },
			"optim: NewChain: transform 1, ClipNorm, breaks the line search of the optimizer behind it"},
		{func() { NewChain(NewAverage(Groups{{1, nil}, {2, searching(NewLBFGS(5))}}), L2(1)) },
			"optim: NewChain: transform 1, L2, breaks the line search of the optimizer behind it"},
		{func() {
			later := NewLBFGS(5)
			c := NewChain(later, ClipValue(1))
			searching(later)
			c.Step([]float64{1}, []float64{1})
		}, "optim: Chain.Step: transform 1, ClipValue, breaks the line search of the optimizer behind it"},
		{func() { NewProximalL1(Groups{}, 1) }, "optim: NewProximalL1: optim.Groups does not have the learning rate of the coming step; a user's type needs a method NextRate or Rate"},
	} {
		if got := message(c.make); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// searching gives an optimizer a problem.
func searching(o *LBFGS) Optimizer {
	o.Problem = bowlProblem()
	return o
}
