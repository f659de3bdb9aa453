package optim

import (
	"fmt"
	"testing"

	"example.com/optim/internal/kernel"
)

// BenchmarkStep measures a step of every row. The module in benchmarks compares with C and with
// other libraries.
func BenchmarkStep(b *testing.B) {
	for _, row := range optimizers {
		if _, ok := row.make().(searcher); ok {
			continue // BenchmarkMinimize
		}
		for _, n := range []int{16, 1_000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/n=%d", row.name, n), func(b *testing.B) {
				opt := row.make()
				if s, ok := opt.(*SGD); ok {
					s.LearningRate = 1e-9 // the parameters stay ordinary numbers
				}
				x, g := make([]float64, n), make([]float64, n)
				fill(x, 1)
				fill(g, 0.25)
				opt.Step(x, g)
				b.ReportAllocs()
				for b.Loop() {
					opt.Step(x, g)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/param")
			})
		}
	}
}

// BenchmarkComposed measures clipping, L2, decoupled decay, Adam and an average, in one pass and in
// separate passes, and Adam alone.
func BenchmarkComposed(b *testing.B) {
	const n = 10_000_000
	x, g, mean, copied := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	fill(x, 1)
	fill(g, 0.25)
	plain := NewAdam(1e-3)
	composed := NewExponentialAverage(NewChain(NewAdam(1e-3), NewClipNorm(1), L2(1e-4), NewDecay(1e-2)), 0.999)
	apart := NewAdam(1e-3)
	for _, c := range []struct {
		name string
		step func()
	}{
		{"plain", func() { plain.Step(x, g) }},
		{"composed", func() { composed.Step(x, g) }},
		{"passes", func() {
			norm := kernel.Norm(g, kernel.SumSquares(g, 1))
			copy(copied, g)
			kernel.Scale(copied, min(1, 1/norm))
			kernel.AddScaled(copied, x, 1e-4)
			kernel.Scale(x, 1-1e-5)
			apart.Step(x, copied)
			kernel.Approach(mean, x, 1e-3)
		}},
	} {
		c.step()
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.step()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/param")
		})
	}
}
