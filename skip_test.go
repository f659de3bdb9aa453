package optim

import (
	"bytes"
	"testing"
)

func TestSkipNonFinite(t *testing.T) {
	b := newBowl(4)
	opt, plain := NewSkipNonFinite(NewAdam(0.1), 2), NewAdam(0.1)
	x, want, g := make([]float64, 4), make([]float64, 4), make([]float64, 4)
	for step := range 20 {
		b.gradient(g, x)
		if step%5 == 2 || step == 13 {
			g[step%4] = []float64{nan, inf, -inf, nan, inf}[step%5]
			before := encoded(opt.opt)
			opt.Step(x, g)
			if !bytes.Equal(before, encoded(opt.opt)) {
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
