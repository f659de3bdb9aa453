package optim

import (
	"bytes"
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
