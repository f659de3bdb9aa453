package optim

import "testing"

func TestLookahead(t *testing.T) {
	opt := NewLookahead(NewSGD(1), 2, 0.25)
	x := []float64{8}
	for i, want := range []float64{7, 7.5, 6.5, 7, 6} { // x moves by −1; s from 8 a quarter of the way to 6, then from 7.5 to 5.5
		opt.Step(x, []float64{1})
		if x[0] != want {
			t.Errorf("after step %d x = %v, want %v", i+1, x[0], want)
		}
	}
}

// TestLookaheadSettings updates s in every step, and assigns another α in between.
func TestLookaheadSettings(t *testing.T) {
	opt := NewLookahead(NewSGD(1), 1, 1)
	x := []float64{8}
	opt.Step(x, []float64{1})
	opt.Alpha = 0.5
	opt.Step(x, []float64{2})
	if x[0] != 6 { // s = 7, then half of the way to 5
		t.Errorf("x = %v, want 6", x[0])
	}
}

// TestLookaheadShorter assigns a K below the number of steps since the last update.
func TestLookaheadShorter(t *testing.T) {
	opt := NewLookahead(NewSGD(1), 5, 0.5)
	x := []float64{8}
	for range 3 {
		opt.Step(x, []float64{1})
	}
	opt.K = 2
	opt.Step(x, []float64{1})
	if x[0] != 6 { // s = 8, then half of the way to 4
		t.Errorf("x = %v, want 6", x[0])
	}
}
