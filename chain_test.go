package optim

import "testing"

// watcher records the calls of a Chain.
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

// TestChainPaths compares a Chain in front of a rule, which goes block by block, and in front of a
// user's type, which goes over one vector, with the gradient rewritten by hand.
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

// TestChainOfUsedOptimizer puts a Chain in front of an optimizer that has stepped on fewer
// parameters.
func TestChainOfUsedOptimizer(t *testing.T) {
	opt := NewAdam(1)
	opt.Step(make([]float64, 2), make([]float64, 2))
	c := NewChain(opt, L2(0))
	if got, want := message(func() { c.Step(make([]float64, 3), make([]float64, 3)) }),
		"optim: Adam.Step: len(params) = 3, want 2 as in the steps before"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestChainBeforeEveryRule rewrites the gradient in front of every rule. A Chain in front of a user's type
// rewrites the whole gradient before the step.
func TestChainBeforeEveryRule(t *testing.T) {
	b := newBowl(12)
	check := func(name string, build func() Optimizer) {
		if searches(build()) {
			return
		}
		want := b.run(NewChain(foreigner{build()}, L2(0.5)), 5)
		if got := b.run(NewChain(build(), L2(0.5)), 5); !sameBits(got, want) {
			t.Errorf("%s: other bits than with the whole gradient rewritten before", name)
		}
	}
	for _, row := range optimizers {
		check(row.name, row.make)
	}
	for _, row := range matrixRows {
		check(row.name, func() Optimizer { return row.make(3, 4) })
	}
}

// TestChainBeforeWholeRule has a rule that reads the whole gradient before it updates, also within
// an Average.
func TestChainBeforeWholeRule(t *testing.T) {
	b := newBowl(5)
	convex := func() Optimizer { return made(&Nesterov{LearningRate: 0.5, Convex: true}) }
	// A Chain in front of a user's type rewrites the whole gradient.
	want := b.run(NewChain(foreigner{convex()}, L2(0.5)), 20)
	for _, opt := range []Optimizer{convex(), NewChain(convex()), NewAverage(convex()), NewProximalL1(NewAverage(convex()), 0)} {
		if got := b.run(NewChain(opt, L2(0.5)), 20); !sameBits(got, want) {
			t.Errorf("%s: other bits than with the whole gradient rewritten before", title(opt))
		}
	}
}

func TestNewChainRefuses(t *testing.T) {
	const nest = ", want it first, because it measures the gradient that Step is given; " +
		"to clip what other transforms return, nest: NewChain(NewChain(opt, clip), others...)"
	const breaks = ", breaks the line search of the optimizer behind it"
	for _, c := range []struct {
		make func()
		want string
	}{
		{func() { NewChain(NewSGD(1), L2(1), NewClipNorm(1)) }, "NewChain: ClipNorm is transform 2" + nest},
		{func() { NewChain(NewSGD(1), nil) }, "NewChain: the transform 1 is nil"},
		{func() { NewChain(NewSGD(1), L1(1), Elementwise(nil)) }, "NewChain: the transform 2 is a nil optim.Elementwise"},
		{func() { NewChain(NewSGD(1), (*Noise)(nil)) }, "NewChain: the transform 1 is a nil *optim.Noise"},
		{func() { NewChain(searching(NewLBFGS(5)), NewClipNorm(1)) }, "NewChain: transform 1, ClipNorm" + breaks},
		{func() { NewChain(NewAverage(Groups{{1, nil}, {2, searching(NewLBFGS(5))}}), L2(1)) }, "NewChain: transform 1, L2" + breaks},
		{func() { NewChain(searching(NewLBFGS(5)), new(watcher), L2(1)) }, "NewChain: transform 2, L2" + breaks},
		{func() {
			later := NewLBFGS(5)
			c := NewChain(later, ClipValue(1))
			searching(later)
			c.Step([]float64{1}, []float64{1})
		}, "Chain.Step: transform 1, ClipValue" + breaks},
	} {
		if got := message(c.make); got != "optim: "+c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// searching gives an optimizer a problem.
func searching(o *LBFGS) Optimizer {
	o.Problem = bowlProblem()
	return o
}

// TestScheduleIsEvaluatedTwice counts the calls of a Schedule in a step: one before anything
// changes, and one in the step, for any number of wrappers.
func TestScheduleIsEvaluatedTwice(t *testing.T) {
	calls := 0
	inner := NewSGD(0.1)
	inner.Schedule = func(int) float64 {
		calls++
		return 1
	}
	opt := NewAverage(NewProximalL1(NewAverage(NewChain(NewChain(inner), L2(0.1), ClipValue(1))), 0.1))
	x := []float64{1}
	for range 3 {
		calls = 0
		opt.Step(x, []float64{1})
		if calls != 2 {
			t.Errorf("%d calls, want 2", calls)
		}
	}
}
