package optim

import (
	"bytes"
	"math"
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
		NewChain(NewChain(&SGD{LearningRate: 0.1, Schedule: schedule}, NewClipNorm(1e9)), L2(0.5)),
		NewChain(&SGD{LearningRate: 0.1, Schedule: schedule}, L2(0.5)),
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
