package optim

import (
	"fmt"
	"testing"
)

// BenchmarkStep times a step of every rule. The module in benchmarks compares
// it with C and with other libraries.
func BenchmarkStep(b *testing.B) {
	for _, row := range optimizers {
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
