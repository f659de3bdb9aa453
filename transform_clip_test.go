package optim

import (
	"math"
	"testing"
)

func TestClipNorm(t *testing.T) {
	clip := NewClipNorm(2.5)
	for _, c := range []struct{ g, want []float64 }{
		{[]float64{3, -4}, []float64{1.5, -2}},
		{[]float64{1.5, -2}, []float64{1.5, -2}},
		{[]float64{3e200, 4e200}, []float64{1.5, 2}},
		{[]float64{nan, 7}, []float64{nan, 7}},
		{[]float64{inf, 7}, []float64{inf, 7}},
	} {
		x := []float64{0, 0}
		NewChain(NewSGD(1), clip).Step(x, c.g)
		for i := range x {
			if got := -x[i]; !(math.Abs(got-c.want[i]) <= 1e-15) && !sameNumbers([]float64{got}, c.want[i:i+1]) {
				t.Errorf("%v clipped to %v, want %v", c.g, got, c.want[i])
			}
		}
		if want := math.Hypot(c.g[0], c.g[1]); !(math.Abs(clip.Norm()-want) <= 1e-15*want) && !(clip.Norm() == want) && !math.IsNaN(c.g[0]) {
			t.Errorf("norm of %v is %v", c.g, clip.Norm())
		}
	}
	NewChain(NewSGD(1), clip).Step([]float64{0, 0}, []float64{nan, 7})
	if !math.IsNaN(clip.Norm()) {
		t.Errorf("norm of a gradient with NaN is %v", clip.Norm())
	}
}

// TestClipNormIsGlobal clips over groups, and over blocks on goroutines.
func TestClipNormIsGlobal(t *testing.T) {
	inParallel(t, 1000, 4)
	const n = 50_000
	g, x := make([]float64, n), make([]float64, n)
	fill(g, 2)
	clip := NewClipNorm(1)
	NewChain(Groups{{n / 2, NewSGD(1)}, {n / 2, NewSGD(2)}}, clip).Step(x, g)
	norm := 2 * math.Sqrt(n)
	if !(math.Abs(clip.Norm()-norm) <= 1e-12*norm) || !(math.Abs(x[0]+2/norm) <= 1e-15) || !(math.Abs(x[n-1]+4/norm) <= 1e-15) {
		t.Errorf("norm %v, first %v, last %v", clip.Norm(), x[0], x[n-1])
	}
}

// TestClipNormNested clips what another transform returns, as the panic of NewChain says.
func TestClipNormNested(t *testing.T) {
	clip := NewClipNorm(1)
	opt := NewChain(NewChain(NewSGD(1), clip), L2(2))
	x := []float64{1, 2}
	opt.Step(x, []float64{1, 0}) // g + 2x = (3, 4), of norm 5
	if clip.Norm() != 5 {
		t.Errorf("norm %v, want 5", clip.Norm())
	}
	scale := 1.0 / 5
	if want := []float64{1 - float64(3*scale), 2 - float64(4*scale)}; !sameBits(x, want) {
		t.Errorf("x = %v, want %v", x, want)
	}
}

func TestClipValue(t *testing.T) {
	wantSteps(t, NewChain(NewSGD(1), ClipValue(2)), 1,
		[]float64{0, 0, 0, 0}, []float64{5, -3, 1, nan}, []float64{-2, 2, -1, nan})
}
