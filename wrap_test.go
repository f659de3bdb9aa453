package optim

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// TestAccumulate takes the mean of three gradients for one step, and of what is
// left for the last.
func TestAccumulate(t *testing.T) {
	inner := NewSGD(1)
	opt := NewAccumulate(inner, 3)
	x := []float64{0}
	for i, want := range []float64{0, 0, -2, -2, -2, -6, -6} {
		if opt.Step(x, []float64{float64(i + 1 - i/3)}); x[0] != want {
			t.Errorf("after %d gradients x = %v, want %v", i+1, x[0], want)
		}
	}
	opt.Flush(x)
	if x[0] != -11 || inner.t != 3 {
		t.Errorf("after Flush x = %v, %d steps", x[0], inner.t)
	}
	if opt.Flush(x); inner.t != 3 {
		t.Error("an empty Flush took a step")
	}
}

// TestLookahead follows the slow parameters by hand.
func TestLookahead(t *testing.T) {
	opt := NewLookahead(NewSGD(1), 2, 0.25)
	x := []float64{8}
	for i, want := range []float64{7, 7.5, 6.5, 7, 6} { // −1 a step; 8 → 6: 7.5; 7.5 → 5.5: 7
		if opt.Step(x, []float64{1}); x[0] != want {
			t.Errorf("after step %d x = %v, want %v", i+1, x[0], want)
		}
	}
}

func TestSkipNonFinite(t *testing.T) {
	b := newBowl(4)
	opt, plain := NewSkipNonFinite(NewAdam(0.1), 2), NewAdam(0.1)
	x, want, g := make([]float64, 4), make([]float64, 4), make([]float64, 4)
	for step := range 20 {
		if b.gradient(g, x); step%5 == 2 || step == 13 {
			g[step%4] = []float64{nan, inf, -inf, nan, inf}[step%5]
			before := encoded(opt.opt)
			if opt.Step(x, g); !bytes.Equal(before, encoded(opt.opt)) {
				t.Errorf("step %d: a gradient that is not finite changed the state", step)
			}
		} else {
			opt.Step(x, g)
			plain.Step(want, g)
		}
		if !sameBits(x, want) {
			t.Fatalf("step %d: %v, want %v", step, x, want)
		}
		if (opt.Err() != nil) != (step == 13) {
			t.Errorf("step %d: Err is %v", step, opt.Err())
		}
		if step == 13 && opt.Err().Error() != "optim: SkipNonFinite: the last 2 gradients were not finite" {
			t.Error(opt.Err())
		}
	}
	if opt.Skipped() != 5 {
		t.Errorf("%d skipped, want 5", opt.Skipped())
	}
}

// TestLookaheadSettings looks at every step, and only then goes half the way.
func TestLookaheadSettings(t *testing.T) {
	opt := NewLookahead(NewSGD(1), 1, 1)
	x := []float64{8}
	opt.Step(x, []float64{1})
	opt.Alpha = 0.5
	if opt.Step(x, []float64{2}); x[0] != 6 { // 7, then half of the way to 5
		t.Errorf("x = %v, want 6", x[0])
	}
}

func TestFlushChecks(t *testing.T) {
	inner := NewAdam(1)
	opt := NewAccumulate(inner, 3)
	x, g := []float64{0, 0}, []float64{1, 2}
	opt.Step(x, g)
	if got := message(func() { opt.Flush(x[:1]) }); got != "optim: Accumulate.Step: len(params) = 1, len(grads) = 2, want the same" {
		t.Error(got)
	}
	inner.Beta1 = 1
	if got := message(func() { opt.Flush(x) }); got != "optim: Adam.Beta1 = 1, want [0, 1)" || opt.have != 1 {
		t.Errorf("%s; %d gradients", got, opt.have)
	}
}

// TestProximalL1Paths thresholds behind a rule that moves coordinate by
// coordinate, and behind one that needs the whole gradient.
func TestProximalL1Paths(t *testing.T) {
	schedule := InverseTime(0.1)
	b := newBowl(6)
	for _, opt := range []Optimizer{
		NewChain(NewChain(made(&SGD{LearningRate: 0.1, Schedule: schedule}), NewClipNorm(1e9)), L2(0.5)),
		NewChain(made(&SGD{LearningRate: 0.1, Schedule: schedule}), L2(0.5)),
	} {
		got := b.run(NewProximalL1(opt, 0.3), 20)
		x := make([]float64, 6)
		for step := range 20 {
			eta := 0.1 * schedule(step)
			for i := range x {
				x[i] -= eta * (b.a[i]*(x[i]-b.c[i]) + 0.5*x[i])
				x[i] = math.Copysign(max(math.Abs(x[i])-eta*0.3, 0), x[i])
			}
		}
		for i := range x {
			if math.Abs(got[i]-x[i]) > 1e-14 {
				t.Errorf("%v, want %v", got, x)
			}
		}
	}
	opt := NewProximalL1(NewChain(NewChain(NewSGD(1), NewClipNorm(1)), L2(0)), 1)
	opt.Step(nil, nil)
	opt.Step(make([]float64, 2), make([]float64, 2))
	if got := message(func() { opt.Step(make([]float64, 3), make([]float64, 3)) }); got != "optim: ProximalL1.Step: len(params) = 3, want 2 as in the steps before" {
		t.Error(got)
	}
}

// TestRefusedStepsChangeNothing nests what will be refused, in the place where
// it is found out last.
func TestRefusedStepsChangeNothing(t *testing.T) {
	bad := func() *Adam { return made(&Adam{LearningRate: 1, Beta1: 2}) }
	convex := made(&Nesterov{LearningRate: 0.1, Convex: true})
	convex.Step(make([]float64, 4), make([]float64, 4))
	swapped := NewAverage(NewLookahead(NewSGD(1), 1, 1))
	swapped.Swap(nil)
	for _, c := range []struct {
		opt  Optimizer
		want string
	}{
		{Groups{{2, NewSGD(1)}, {3, NewChain(NewSGD(1), L2(-1))}}, "optim: L2.λ = -1, want [0, +Inf)"},
		{Groups{{2, NewSGD(1)}, {3, NewLookahead(bad(), 5, 0.5)}}, "optim: Adam.Beta1 = 2, want [0, 1)"},
		{Groups{{2, NewSGD(1)}, {3, NewLookahead(NewSGD(1), 0, 0.5)}}, "optim: Lookahead.K = 0, want at least 1"},
		{Groups{{2, NewSGD(1)}, {3, NewSkipNonFinite(bad(), 1)}}, "optim: Adam.Beta1 = 2, want [0, 1)"},
		{Groups{{2, NewSGD(1)}, {3, NewAccumulate(NewSGD(1), 0)}}, "optim: Accumulate.K = 0, want at least 1"},
		{Groups{{2, NewSGD(1)}, {3, Groups{{2, NewSGD(1)}}}}, "optim: Groups.Step: len(params) = 3, but the groups have 2"},
		{NewChain(convex, NewDecay(0.5)), "optim: Nesterov.Step: len(params) = 5, want 4 as in the steps before"},
		{NewAccumulate(NewLookahead(bad(), 1, 1), 2), "optim: Adam.Beta1 = 2, want [0, 1)"},
		{NewChain(NewSGD(1), newNoise(), L2(-1)), "optim: L2.λ = -1, want [0, +Inf)"},
		{NewChain(NewLookahead(bad(), 1, 1), newNoise()), "optim: Adam.Beta1 = 2, want [0, 1)"},
		{NewChain(made(&Nesterov{Mu: 2, Convex: true}), newNoise()), "optim: Nesterov.Mu = 2, want [0, 1)"},
		{NewChain(swapped, newNoise()), "optim: Average.Step: the average is swapped out; call Swap first"},
		{NewProximalL1(NewChain(NewSGD(1), L1(-1)), 1), "optim: L1.λ = -1, want [0, +Inf)"},
		{NewChain(made(&SGD{LearningRate: 1e300, Schedule: Constant(1e300)})), "optim: SGD.LearningRate·Schedule = +Inf, want [0, +Inf)"},
	} {
		x, g := []float64{1, 2, 3, 4, 5}, []float64{1, 1, 1, 1, 1}
		before := encoded(c.opt)
		if got := message(func() { c.opt.Step(x, g) }); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
		if !sameBits(x, []float64{1, 2, 3, 4, 5}) || !bytes.Equal(before, encoded(c.opt)) {
			t.Errorf("%s: parameters or state changed", c.want)
		}
	}
}

func newNoise() *Noise { return NewNoise(1, rand.New(rand.NewPCG(1, 2))) }

func TestSharedOptimizer(t *testing.T) {
	s := NewMomentum(0.1, 0.9)
	gs := Groups{{2, s}, {1, NewSGD(1)}, {2, s}}
	for range 2 { // the second time as well
		if got := message(func() { gs.Step(make([]float64, 5), make([]float64, 5)) }); got != "optim: Groups[2].Optimizer is that of Groups[0], want one for each" {
			t.Error(got)
		}
	}
	d := NewDecay(0.1)
	NewChain(NewSGD(1), d)
	if got := message(func() { NewChain(NewSGD(0.5), d) }); got != "optim: NewChain: the Decay is in a chain already, want one for each chain" {
		t.Error(got)
	}
}

func TestSwapOfAnotherLength(t *testing.T) {
	o := NewAverage(NewSGD(0.1))
	x := newBowl(3).run(o, 4)
	o.Swap(x)
	if message(func() { o.Swap(make([]float64, 2)) }) == "no panic" || message(func() { o.Step(x, x) }) == "no panic" {
		t.Error("a refused Swap put the average back")
	}
}

// TestNeutralCorners are values that 0 times something would change.
func TestNeutralCorners(t *testing.T) {
	for name, opt := range map[string]Optimizer{
		"ProximalL1": NewProximalL1(NewSGD(0), 0),
		"L2":         NewChain(NewSGD(0.5), L2(0)),
		"L1":         NewChain(NewSGD(0.5), L1(0)),
	} {
		x := []float64{math.Copysign(0, -1), inf, -inf}
		if opt.Step(x, make([]float64, 3)); !sameBits(x, []float64{math.Copysign(0, -1), inf, -inf}) {
			t.Errorf("%s: %v", name, x)
		}
	}
}

// TestScheduleFreeBeta assigns β, which counts in the first step alone.
func TestScheduleFreeBeta(t *testing.T) {
	b := newBowl(3)
	o, plain := NewScheduleFreeSGD(0.5), NewScheduleFreeSGD(0.5)
	x := b.run(o, 3)
	o.Beta = 0.5
	got, want := make([]float64, 3), make([]float64, 3)
	o.Iterate(got, b.goOn(x, o, 3))
	plain.Iterate(want, b.run(plain, 6))
	if !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
