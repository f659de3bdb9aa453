package qr

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestBounded compares with the conditions of Karush, Kuhn and Tucker, which hold at the minimum only,
// for tall, square and wide Jacobians with and without damping, and with fixed parameters.
func TestBounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	clipped := 0
	for try := range 2000 {
		m, n := 1+rng.IntN(10), 1+rng.IntN(7)
		mu := []float64{0, 1e-9, 0.3}[try%3]
		if mu == 0 {
			m = max(m, n)
		}
		jac, r := random(rng, m, n), mat.Col(nil, 0, random(rng, m, 1))
		lower, upper, diagonal := make([]float64, n), make([]float64, n), make([]float64, n)
		for j := range n {
			lower[j], upper[j] = -rng.ExpFloat64(), rng.ExpFloat64()
			switch rng.IntN(6) {
			case 0:
				lower[j] = 0
			case 1:
				upper[j] = 0
			case 2:
				lower[j], upper[j] = math.Inf(-1), math.Inf(1)
			case 3:
				lower[j], upper[j] = 0, 0
				jac.SetCol(j, make([]float64, m))
			}
		}
		f, b, d := New(m, n), NewBounded(m, n), make([]float64, n)
		factorize(f, jac, r)
		for j, c := range f.Norms {
			diagonal[j] = 1.5 * c
		}
		b.Begin(f, floats.Norm(r, 2), lower, upper)
		gain := b.Minimize(d, mu, diagonal)
		rest := mat.NewVecDense(m, nil)
		rest.MulVec(jac, mat.NewVecDense(n, d))
		rest.AddVec(rest, mat.NewVecDense(m, r))
		var g mat.VecDense
		g.MulVec(jac.T(), rest)
		atBound := 0
		for j, v := range d {
			slope := g.AtVec(j) + mu*diagonal[j]*diagonal[j]*v
			low, high := v == lower[j], v == upper[j]
			if low || high {
				atBound++
			}
			if !(lower[j] <= v && v <= upper[j]) || !(math.Abs(slope) <= 1e-11 || low && slope > 0 || high && slope < 0) {
				t.Errorf("try %d, %d × %d, μ = %v: d[%d] = %v in [%v, %v] with the derivative %v", try, m, n, mu, j, v, lower[j], upper[j], slope)
			}
		}
		if atBound > 1 {
			clipped++
		}
		want := 1 - math.Pow(mat.Norm(rest, 2)/floats.Norm(r, 2), 2)
		if !(math.Abs(gain-want) <= 1e-12) {
			t.Errorf("try %d: gain %v, want %v", try, gain, want)
		}
		for j, held := range b.Held {
			g := floats.Dot(mat.Col(nil, j, jac), r)
			if want := lower[j] == 0 && g >= 0 || upper[j] == 0 && g <= 0; held != want && math.Abs(g) > 1e-12 {
				t.Errorf("try %d: held[%d] = %v", try, j, held)
			}
			if held && b.Free.Norms[j] != 0 {
				t.Errorf("try %d: a held column is not zero", try)
			}
		}
	}
	if clipped < 500 {
		t.Errorf("%d problems with several parameters at bounds", clipped)
	}
}

// TestBoundedWithoutBounds wants the bits of Factors.
func TestBoundedWithoutBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	const m, n = 9, 4
	jac, r := random(rng, m, n), mat.Col(nil, 0, random(rng, m, 1))
	f, b := New(m, n), NewBounded(m, n)
	factorize(f, jac, r)
	b.Begin(f, floats.Norm(r, 2), slices.Repeat([]float64{math.Inf(-1)}, n), slices.Repeat([]float64{math.Inf(1)}, n))
	want, got := make([]float64, n), make([]float64, n)
	for _, mu := range []float64{0, 0.1} {
		if a, c := f.Minimize(want, mu, f.Norms), b.Minimize(got, mu, f.Norms); a != c || !slices.Equal(got, want) {
			t.Errorf("μ = %v: %v, %v, want %v, %v", mu, c, got, a, want)
		}
	}
	f.SolveAgain(want, f.Norms)
	if b.SolveAgain(got, f.Norms); !slices.Equal(got, want) {
		t.Errorf("again %v, want %v", got, want)
	}
}

// TestTriangle multiplies back: RᵀR = JᵀJ and Rᵀ·Qᵀr = Jᵀr.
func TestTriangle(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	for _, m := range []int{3, 8, 700} {
		const n = 5
		jac, r := random(rng, m, n), mat.Col(nil, 0, random(rng, m, 1))
		f, k := New(m, n), min(m, n)
		factorize(f, jac, r)
		triangle, y := mat.NewDense(k, n, nil), make([]float64, k)
		f.triangle(triangle, y)
		var got, want mat.Dense
		var gotG, wantG mat.VecDense
		got.Mul(triangle.T(), triangle)
		want.Mul(jac.T(), jac)
		gotG.MulVec(triangle.T(), mat.NewVecDense(k, y))
		wantG.MulVec(jac.T(), mat.NewVecDense(m, r))
		if !mat.EqualApprox(&got, &want, 1e-11) || !mat.EqualApprox(&gotG, &wantG, 1e-11) {
			t.Errorf("m = %d: RᵀR = %v, want %v", m, mat.Formatted(&got), mat.Formatted(&want))
		}
	}
}
