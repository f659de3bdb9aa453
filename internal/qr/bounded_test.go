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
		f, b, d := New(m, n), NewBounded(m, n), slices.Repeat([]float64{7}, n)
		factorize(f, jac, r)
		for j, c := range f.Norms {
			diagonal[j] = 1.5 * c
		}
		b.Begin(f, floats.Norm(r, 2), lower, upper)
		if rows := len(b.r); rows != min(m, n) {
			t.Errorf("the triangle has %d rows, want %d", rows, min(m, n))
		}
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
		if mu > 0.1 {
			again, known := make([]float64, n), mat.Col(nil, 0, random(rng, n, 1))
			b.SolveAgain(again, known)
			var image, back mat.VecDense
			image.MulVec(jac, mat.NewVecDense(n, again))
			back.MulVec(jac.T(), &image)
			for j, v := range again {
				if miss := back.AtVec(j) + mu*diagonal[j]*diagonal[j]*v + known[j]; b.held[j] && v != 0 || !b.held[j] && !(math.Abs(miss) <= 1e-11) {
					t.Errorf("try %d: again %v, which misses by %v, held: %v", try, v, miss, b.held[j])
				}
			}
		}
		want := 1 - math.Pow(mat.Norm(rest, 2)/floats.Norm(r, 2), 2)
		if !(math.Abs(gain-want) <= 1e-12) {
			t.Errorf("try %d: gain %v, want %v", try, gain, want)
		}
		for j, held := range b.Held {
			g := floats.Dot(mat.Col(nil, j, jac), r)
			if want := lower[j] == 0 && g >= 0 || upper[j] == 0 && g <= 0; held != want && !(math.Abs(g) <= 1e-12) {
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

// TestBoundedApproach compares a move towards the minimum over the free parameters with its definition:
// to the point of the straight line that is at the first bound, or to the projection of its end, where
// the sum is lower. What is at a bound then, and would pass it, is held.
func TestBoundedApproach(t *testing.T) {
	rng := rand.New(rand.NewPCG(37, 38))
	projections := 0
	for try := range 300 {
		const m, n, mu = 6, 4, 0.7
		jac, r := random(rng, m, n), mat.Col(nil, 0, random(rng, m, 1))
		lower, upper, d, diagonal := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		f, b := New(m, n), NewBounded(m, n)
		for j := range n {
			lower[j], upper[j], diagonal[j] = -rng.Float64(), rng.Float64(), 5*rng.Float64()
			d[j] = lower[j] + rng.Float64()*(upper[j]-lower[j])
		}
		factorize(f, jac, r)
		b.Begin(f, floats.Norm(r, 2), lower, upper)
		for j := range n {
			b.held[j], b.free[j] = j == try%n, 2*rng.NormFloat64()
			if j == 1 { // reaches its bound with parameter 0
				lower[1], upper[1], d[1], b.free[1] = lower[0], upper[0], d[0], b.free[0]
			}
		}
		copy(b.lower, lower)
		copy(b.upper, upper)
		length, line, projection := 1.0, make([]float64, n), make([]float64, n)
		for j, v := range b.free {
			for _, bound := range []float64{lower[j], upper[j]} {
				if s := (bound - d[j]) / (v - d[j]); !b.held[j] && s > 0 {
					length = min(length, s)
				}
			}
		}
		if length == 1 {
			continue
		}
		for j, v := range b.free {
			line[j], projection[j] = d[j], d[j]
			if !b.held[j] {
				line[j], projection[j] = d[j]+length*(v-d[j]), min(max(v, lower[j]), upper[j])
			}
		}
		sum := func(d []float64) float64 {
			var rest mat.VecDense
			rest.MulVec(jac, mat.NewVecDense(n, d))
			rest.AddVec(&rest, mat.NewVecDense(m, r))
			scaled := make([]float64, n)
			floats.MulTo(scaled, d, diagonal)
			return mat.Dot(&rest, &rest) + mu*floats.Dot(scaled, scaled)
		}
		want := line
		if sum(projection) < sum(line) {
			want = projection
			projections++
		}
		b.approach(d, mu, diagonal)
		if !floats.EqualApprox(d, want, 1e-14) {
			t.Fatalf("try %d: to %v, want %v", try, d, want)
		}
		for j, v := range b.free {
			at := math.Abs(want[j]-projection[j]) < 1e-14 && v != projection[j]
			if b.held[j] != (at || j == try%n) || at && j != try%n && d[j] != projection[j] {
				t.Fatalf("try %d: d[%d] = %v in [%v, %v] is held: %v", try, j, d[j], lower[j], upper[j], b.held[j])
			}
		}
	}
	if projections < 50 || projections > 250 {
		t.Errorf("%d projections", projections)
	}
}

// TestBoundedRelease holds all parameters at bounds, for residuals of any size. A parameter is freed if the
// sum falls from its bound inward.
func TestBoundedRelease(t *testing.T) {
	rng := rand.New(rand.NewPCG(39, 40))
	for try := range 200 {
		const m, n, mu = 5, 3, 0.4
		scale, unit := []float64{1, 1e-9, 1e9}[try%3], []float64{1, 1e-9}[try%2] // of r and of J
		jac, r, d, bounds := random(rng, m, n), mat.Col(nil, 0, random(rng, m, 1)), make([]float64, n), make([]float64, n)
		floats.Scale(scale, r)
		jac.Scale(unit, jac)
		for j := range d {
			bounds[j] = scale / unit * rng.Float64()
			d[j] = bounds[j] * float64(1-2*rng.IntN(2))
		}
		f, b := New(m, n), NewBounded(m, n)
		factorize(f, jac, r)
		b.Begin(f, floats.Norm(r, 2), bounds, bounds)
		floats.Scale(-1, b.lower)
		for j := range b.held {
			b.held[j] = true
		}
		diagonal := []float64{0.1 * unit, unit, 2 * unit}
		b.release(d, mu, diagonal)
		var rest, g mat.VecDense
		rest.MulVec(jac, mat.NewVecDense(n, d))
		rest.AddVec(&rest, mat.NewVecDense(m, r))
		g.MulVec(jac.T(), &rest)
		for j, v := range d {
			slope := g.AtVec(j) + mu*diagonal[j]*diagonal[j]*v
			if free := slope*v > 0; b.held[j] == free && !(math.Abs(slope) <= 1e-12*scale*unit) {
				t.Errorf("try %d: at %v with the derivative %v, held: %v", try, v, slope, b.held[j])
			}
		}
	}
}

// TestBoundedAtBound has its minimum exactly at a bound, where −Jᵀr is zero. No parameter is held or
// released there.
func TestBoundedAtBound(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		f, b, d := New(1, 1), NewBounded(1, 1), []float64{0}
		factorize(f, mat.NewDense(1, 1, []float64{sign}), []float64{-1})
		b.Begin(f, 1, []float64{-1}, []float64{1})
		if gain := b.Minimize(d, 0, f.Norms); d[0] != sign || gain != 1 || b.held[0] || b.last != f {
			t.Errorf("d = %v, gain %v, held: %v, want %v, 1 and false", d, gain, b.held[0], sign)
		}
		b.held[0] = true
		if b.release(d, 0, f.Norms) {
			t.Errorf("d = %v is released", d)
		}
	}
}

// TestBoundedHeld has parameters at a bound along which the sum does not change, and one without effect.
func TestBoundedHeld(t *testing.T) {
	for _, c := range []struct {
		lower, upper, effect float64
		held                 bool
	}{{0, 1, 1, true}, {-1, 0, 1, true}, {-1, 1, 1, false}, {0, 0, 0, true}} {
		f, b := New(2, 2), NewBounded(2, 2)
		factorize(f, mat.NewDense(2, 2, []float64{c.effect, 0, 0, 1}), []float64{0, -1})
		b.Begin(f, 1, []float64{c.lower, -1}, []float64{c.upper, 1})
		if b.Held[0] != c.held || b.Held[1] || (b.Free == f) != (!c.held || c.effect == 0) {
			t.Errorf("%v: held: %v, the factors of J: %v", c, b.Held, b.Free == f)
		}
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
