package optim

import (
	"math"
	"math/rand/v2"
	"testing"
)

func newNoise() *Noise { return NewNoise(1, rand.New(rand.NewPCG(1, 2))) }

// TestNoise checks the mean and the variance in three steps, and that neighbours do not correlate.
func TestNoise(t *testing.T) {
	const n = 200_000
	noise := NewNoise(0.25, rand.New(rand.NewPCG(15, 16)))
	noise.Gamma = 1
	for step := range 3 {
		g := make([]float64, n)
		noise.Begin(nil, g)
		noise.Apply(0, g, nil)
		mean, variance, neighbours := 0.0, 0.0, 0.0
		for i := range g {
			mean += g[i] / n
			variance += g[i] * g[i] / n
			neighbours += g[i] * g[(i+1)%n] / n
		}
		want := 0.25 / float64(1+step)
		if five := 5 * math.Sqrt(want/n); !(math.Abs(mean) <= five) || !(math.Abs(variance-want) <= 5*want*math.Sqrt(2.0/n)) ||
			!(math.Abs(neighbours) <= 5*want/math.Sqrt(n)) {
			t.Errorf("step %d: mean %v, variance %v, want 0 and %v; neighbours %v", step, mean, variance, want, neighbours)
		}
	}
}

func TestNoiseRefuses(t *testing.T) {
	if got := message(func() { NewNoise(1, nil) }); got != "optim: NewNoise: the generator is nil" {
		t.Error(got)
	}
	literal := NewChain(NewSGD(1), &Noise{Eta: 1})
	if got := message(func() { literal.Step([]float64{1}, []float64{1}) }); got != "optim: Noise: use NewNoise" {
		t.Error(got)
	}
}
