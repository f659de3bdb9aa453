package optim

import (
	"fmt"
	"testing"
)

// TestScheduleFreeBeta assigns β, which has an effect in the first step alone.
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

// TestScheduleFreeWithoutRate begins with η = 0, as a warm-up from 0 does. The weights h² are then 0.
func TestScheduleFreeWithoutRate(t *testing.T) {
	for _, opt := range []Optimizer{NewScheduleFreeSGD(0), NewScheduleFreeAdamW(0, 0.1), NewGPAAdamW(0, 0.1)} {
		x := []float64{1, -2}
		for range 2 {
			opt.Step(x, []float64{3, 4})
		}
		if fmt.Sprint(x) != "[1 -2]" {
			t.Errorf("%T: x = %v, want (1, -2)", opt, x)
		}
	}
}
