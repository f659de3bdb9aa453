package optim

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// meanOf returns the sum of the vectors divided by n.
func meanOf(vectors map[int][]float64, n float64) []float64 {
	mean := make([]float64, 3)
	for _, y := range vectors {
		floats.AddScaled(mean, 1/n, y)
	}
	return mean
}

// TestSAG compares SAG with the formulas.
func TestSAG(t *testing.T) {
	sum, batch := recorded()
	y := map[int][]float64{}
	compareSteps(t, NewSAG(sum, seeded()), 60, func(_ int, x []float64) []float64 {
		j := (*batch)[0]
		y[j] = gradientOfTerm(j, x)
		return meanOf(y, float64(len(y)))
	})
}

// TestSAGA compares SAGA with the formulas, with and without weights.
func TestSAGA(t *testing.T) {
	for _, w := range [][]float64{nil, weights} {
		sum, batch := recorded()
		y := map[int][]float64{}
		o := NewSAGA(sum, seeded())
		o.Weights = w
		compareSteps(t, o, 60, func(_ int, x []float64) []float64 {
			j, s := (*batch)[0], 1.0
			if w != nil {
				s = floats.Sum(w) / (7 * w[j]) // 1/(N·p)
			}
			g := meanOf(y, 7)
			if y[j] != nil {
				floats.AddScaled(g, -s, y[j])
			}
			y[j] = gradientOfTerm(j, x)
			floats.AddScaled(g, s, y[j])
			return g
		})
	}
}

// TestSAGANonFinite has a term whose gradient is NaN in one coordinate. In the others the estimate is that of
// the formula, and the table stays as it is.
func TestSAGANonFinite(t *testing.T) {
	poisoned := false
	var term int
	sum := FiniteSum{N: 7, Grad: func(dst, x []float64, batch []int) {
		term = batch[0]
		copy(dst, gradientOfTerm(term, x))
		if poisoned {
			dst[1] = nan
		}
	}}
	o, y := NewSAGA(sum, seeded()), map[int][]float64{}
	g, x := make([]float64, 3), []float64{1, 2, 3}
	for step := range 40 {
		x[0] = float64(step)
		mean := meanOf(y, 7)
		poisoned = step%5 == 4
		o.Grad(g, x)
		fresh := gradientOfTerm(term, x)
		for j, v := range fresh {
			want := mean[j] + v
			if y[term] != nil {
				want -= y[term][j]
			}
			if poisoned && j == 1 {
				want = nan
			}
			if !near(g[j], want, 1e-13) && g[j] == g[j] || (g[j] == g[j]) != (want == want) {
				t.Errorf("step %d: g[%d] = %v, want %v", step, j, g[j], want)
			}
		}
		if !poisoned {
			y[term] = fresh
		}
	}
}

// TestSAGNonFinite checks the estimate of a step whose gradient has a NaN: that of SAGA, 1/N·Σyᵢ + ∇fⱼ(x) − yⱼ.
func TestSAGNonFinite(t *testing.T) {
	broken := false
	sum := FiniteSum{N: 3, Grad: func(dst, x []float64, batch []int) {
		dst[0], dst[1] = 2, 3
		if broken {
			dst[0], dst[1] = nan, 10
		}
	}}
	o, dst, x := NewSAG(sum, seeded()), make([]float64, 2), make([]float64, 2)
	for o.entries < 3 {
		o.Grad(dst, x)
	}
	broken = true
	o.Grad(dst, x)
	if !math.IsNaN(dst[0]) || !near(dst[1], 10, 1e-14) { // 3 + (10 − 3)
		t.Errorf("estimate %v, want NaN and 10", dst)
	}
	broken = false
	if o.Grad(dst, x); !near(dst[0], 2, 1e-14) || !near(dst[1], 3, 1e-14) {
		t.Errorf("estimate %v after it, want 2 and 3", dst)
	}
}
