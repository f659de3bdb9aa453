package optim

import (
	"math/rand/v2"
	"testing"
)

// TestNormTest compares a step with the formulas. Term i of eight has the gradient
// x + i%2, in one dimension, so the variance of a batch with k odd terms
// of s is k(s−k)/s/(s−1).
func TestNormTest(t *testing.T) {
	var batch []int
	sum := FiniteSum{N: 8, Grad: func(dst, x []float64, b []int) {
		batch = append(batch, b...)
		for _, i := range b {
			dst[0] += (x[0] + float64(i%2)) / float64(len(b))
		}
	}}
	for at, parts := range map[float64]int{-0.75: 0, -1: 0, -0.5: 2} {
		for seed := range uint64(20) {
			o := NewGrowingBatch(sum, 4, 0.5, rand.New(rand.NewPCG(seed, 0)))
			o.Growth, o.Parts = inf, parts
			batch = nil
			g := []float64{0}
			o.Grad(g, []float64{at})
			odd, odds := 0.0, [2]float64{}
			for k, i := range batch {
				odd += float64(i % 2)
				odds[k/2] += float64(i % 2)
			}
			variance := odd * (4 - odd) / 4 / 3
			if parts == 2 { // from the means of two parts
				d := (odds[0] - odds[1]) / 2
				variance = d * d
			}
			mean := odd/4 + at
			want := 4
			if need := variance / (0.25 * mean * mean); need > 4 {
				want = int(min(need+0.999999, 8))
			}
			if !near(o.Variance(), variance, 1e-14) || !near(g[0], mean, 1e-14) || o.Size() != want {
				t.Errorf("batch %v: variance %v, gradient %v, size %d; want %v, %v, %d", batch, o.Variance(), g[0], o.Size(), variance, mean, want)
			}
		}
	}

	// The last batch of an epoch is not tested if it is shorter.
	o := NewGrowingBatch(terms, 4, 1e9, seeded())
	x, g := []float64{1, 2, 3}, make([]float64, 3)
	o.Grad(g, x)
	variance := o.Variance()
	o.Grad(g, x)
	if variance == 0 || o.Variance() != variance {
		t.Errorf("variance %v, then %v after a short batch", variance, o.Variance())
	}

	// A batch grows by at most the factor Growth, never shrinks, and has at most all terms.
	o = NewGrowingBatch(sum, 2, 0.1, seeded())
	o.Growth = 1.5
	last := 2
	for range 100 {
		o.Grad([]float64{0}, []float64{-0.5})
		if o.Size() < last || o.Size() > last+(last+1)/2 || o.Size() > 8 {
			t.Errorf("from %d to %d", last, o.Size())
		}
		last = o.Size()
	}
	if last != 8 {
		t.Errorf("at the minimum a batch of %d, want all", last)
	}
}
