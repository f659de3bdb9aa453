package qr

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/floats"
)

func BenchmarkTall(b *testing.B) {
	for _, c := range [][2]int{{1000, 3}, {1e5, 3}, {1e6, 3}, {1e5, 30}, {20000, 100}, {4000, 500}} {
		m, n := c[0], c[1]
		jac := random(rand.New(rand.NewPCG(1, 2)), m, n)
		r := make([]float64, m)
		for i := range r {
			r[i] = rand.NormFloat64()
		}
		norm := floats.Norm(r, 2)
		for _, p := range []int{1, 2} {
			b.Run(fmt.Sprintf("%dx%d/%d", m, n, p), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p))
				f := New(m, n)
				d := make([]float64, n)
				for b.Loop() {
					f.Measure(jac, r, norm)
					f.Factorize()
					f.SolveDamped(d, 1e-3, f.Norms)
				}
			})
		}
	}
}
