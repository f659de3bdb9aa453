package optim

import "testing"

// TestAccumulate steps with the mean of three gradients, and at last with the mean of the rest.
func TestAccumulate(t *testing.T) {
	inner := NewSGD(1)
	opt := NewAccumulate(inner, 3)
	x := []float64{0}
	for i, want := range []float64{0, 0, -2, -2, -2, -6, -6} {
		opt.Step(x, []float64{float64(i + 1 - i/3)})
		if x[0] != want {
			t.Errorf("after %d gradients x = %v, want %v", i+1, x[0], want)
		}
	}
	opt.Flush(x)
	if x[0] != -11 || inner.t != 3 {
		t.Errorf("after Flush x = %v, %d steps", x[0], inner.t)
	}
	opt.Flush(x)
	if inner.t != 3 {
		t.Error("an empty Flush took a step")
	}
}

// TestAccumulateSettings assigns another K while there are gradients in the sum.
func TestAccumulateSettings(t *testing.T) {
	opt := NewAccumulate(NewSGD(1), 3)
	x := []float64{0}
	opt.Step(x, []float64{2})
	opt.K = 1
	for i, want := range []float64{-3, -10} { // −(2+4)/2, then −7 more
		opt.Step(x, []float64{float64(4 + 3*i)})
		if x[0] != want {
			t.Errorf("after step %d x = %v, want %v", i+1, x[0], want)
		}
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
