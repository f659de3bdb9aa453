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

// TestPivots has columns that differ by little, so that differences of squares have no correct digits.
// Rᵢᵢ is the norm of the longest rest of a column all the same.
func TestPivots(t *testing.T) {
	rng := rand.New(rand.NewPCG(29, 30))
	for try := range 200 {
		const m, n = 20, 6
		jac := random(rng, m, n)
		for i := range m {
			common := rng.NormFloat64()
			for j := range n {
				jac.Set(i, j, common+1e-9*float64(j+1)*jac.At(i, j))
			}
		}
		f := New(m, n)
		factorize(f, jac, make([]float64, m))
		for k := range n {
			for j := k; j < n; j++ {
				if rest := floats.Norm(f.column(j)[k:], 2); !(rest <= (1+1e-6)*math.Abs(f.column(k)[k])) {
					t.Fatalf("try %d: R[%d,%d] = %v, but column %d has %v from there on", try, k, k, f.column(k)[k], j, rest)
				}
			}
		}
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
