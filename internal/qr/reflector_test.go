package qr

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestReflector checks that Hx = (first, 0, …, 0) and ‖Hy‖ = ‖y‖ for x of any size. Where squares may
// underflow, H is the identity.
func TestReflector(t *testing.T) {
	rng := rand.New(rand.NewPCG(27, 28))
	for e := -1060; e <= 500; e += 10 {
		x, y := mat.Col(nil, 0, random(rng, 9, 1)), mat.Col(nil, 0, random(rng, 9, 1))
		for i := range x {
			x[i] = math.Ldexp(x[i], e)
		}
		h, first := newReflector(x[0], x[1:])
		length := floats.Norm(y, 2)
		y[0] = h.apply(x[1:], y[0], y[1:])
		if got := floats.Norm(y, 2); !(math.Abs(got-length) <= 1e-14*length) {
			t.Errorf("2^%d: ‖Hy‖ = %v, want %v", e, got, length)
		}
		if e < -455 { // the squares sum to less than 2⁻⁹⁰⁰
			if h.tau != 0 {
				t.Errorf("2^%d: τ = %v, want 0", e, h.tau)
			}
			continue
		}
		z := slices.Clone(x)
		z[0] = h.apply(x[1:], z[0], z[1:])
		if size := floats.Norm(x, 2); !(math.Abs(math.Abs(first)-size) <= 1e-14*size) || !(math.Abs(z[0]-first) <= 1e-14*size) || !(floats.Norm(z[1:], 2) <= 1e-14*size) {
			t.Errorf("2^%d: Hx = %v, want %v and zeros", e, z, first)
		}
	}
}

// TestPivots has columns that differ by little. Differences of squares say nothing about the rests.
func TestPivots(t *testing.T) {
	f := New(3, 3)
	factorize(f, mat.NewDense(3, 3, []float64{1, 1, 1, 0, 1e-9, 0, 0, 0, 3e-9}), make([]float64, 3))
	if want := []int{0, 2, 1}; !slices.Equal(f.Pivots, want) || f.Rank != 3 {
		t.Errorf("pivots %v, rank %d, want %v, 3", f.Pivots, f.Rank, want)
	}
}

// TestTinyDamping has a singular J and a μ whose root has a square that underflows.
func TestTinyDamping(t *testing.T) {
	f, d := New(2, 2), make([]float64, 2)
	factorize(f, mat.NewDense(2, 2, []float64{1, 1, 0, 0}), []float64{1, 0})
	gain := f.SolveDamped(d, 0x1p-1070, f.Norms)
	if !(math.Abs(d[0]+d[1]+1) <= 1e-15) || !(math.Abs(gain-1) <= 1e-15) {
		t.Errorf("d = %v, gain %v, want a sum of −1 and 1", d, gain)
	}
}
