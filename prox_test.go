package optim

import (
	"math"
	"testing"
)

func TestProximalL1(t *testing.T) {
	wantSteps(t, NewProximalL1(NewSGD(0.5), 2), 1,
		[]float64{3, -3, 0.5, nan}, []float64{2, 0, 0, 0}, []float64{1, -2, 0, nan})
}

// TestLasso compares with the minimum of ½‖x−c‖² + λ‖x‖₁: sign(c)·max(|c|−λ, 0).
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

// TestProximalL1Paths thresholds after an elementwise rule, and after one that needs the whole
// gradient.
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

// TestProximalL1AroundAccumulate thresholds in the calls that step, and in no other.
func TestProximalL1AroundAccumulate(t *testing.T) {
	acc := NewAccumulate(NewSGD(0.5), 2)
	opt := NewProximalL1(acc, 4)
	x := []float64{16}
	for i, want := range []float64{16, 14, 14, 12, 12} {
		opt.Step(x, []float64{0})
		if x[0] != want {
			t.Errorf("after call %d x = %v, want %v", i+1, x[0], want)
		}
	}
	acc.Flush(x)
	if x[0] != 12 {
		t.Errorf("Flush thresholded to %v", x[0])
	}
}

func TestProximalL1Refuses(t *testing.T) {
	for _, c := range []struct {
		opt  Optimizer
		name string
	}{
		{Groups{}, "optim.Groups"},
		{new(stranger), "*optim.stranger"},
		{NewSkipNonFinite(NewSGD(1), 1), "*optim.SkipNonFinite"},
		{NewAccumulate(&lastTeller{}, 2), "*optim.Accumulate"}, // Rate of its last step is not 0 in the calls without a step
	} {
		want := "optim: NewProximalL1: " + c.name + " does not have the learning rate of the coming step; a user's type needs a method NextRate or Rate"
		if got := message(func() { NewProximalL1(c.opt, 1) }); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
