package optim

import "testing"

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
