package optim

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// chained is the chained Rosenbrock function, Σ 100(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)².
func chained(grad, x []float64) float64 {
	f := 0.0
	clear(grad)
	for i, a := range x[:len(x)-1] {
		u, v := x[i+1]-a*a, 1-a
		f += 100*u*u + v*v
		grad[i] -= 400*u*a + 2*v
		grad[i+1] += 200 * u
	}
	return f
}

// paired is Rosenbrock's function of each pair of coordinates.
func paired(grad, x []float64) float64 {
	f := 0.0
	for i := 0; i+1 < len(x); i += 2 {
		a := x[i]
		u, v := x[i+1]-a*a, 1-a
		f += 100*u*u + v*v
		grad[i] = -400*u*a - 2*v
		grad[i+1] = 200 * u
	}
	return f
}

// BenchmarkMinimize times the iterations of L-BFGS and BFGS, ours and gonum's. Compare
// ns/iteration.
func BenchmarkMinimize(b *testing.B) {
	for _, c := range []struct {
		name  string
		ours  func() Optimizer
		gonum func() optimize.Method
		sizes []int
	}{
		{"LBFGS", func() Optimizer { return NewLBFGS(15) }, func() optimize.Method { return &optimize.LBFGS{Store: 15} },
			[]int{1_000, 10_000, 100_000, 1_000_000}},
		{"BFGS", func() Optimizer { return NewBFGS() }, func() optimize.Method { return &optimize.BFGS{} }, []int{1_000}},
	} {
		for _, f := range []struct {
			name string
			f    func(grad, x []float64) float64
		}{{"chained", chained}, {"paired", paired}} {
			for _, n := range c.sizes {
				x0 := make([]float64, n)
				for i := range x0 {
					x0[i] = -1.2 + 2.2*float64(i%2) + 0.01*float64(i%7)
				}
				problem := ValueAndGradient(f.f)
				settings := &optimize.Settings{MajorIterations: 60, Converger: optimize.NeverTerminate{}}
				for _, side := range []struct {
					name string
					run  func() (*optimize.Result, error)
				}{
					{"ours", func() (*optimize.Result, error) { return Minimize(problem, x0, c.ours(), settings) }},
					{"gonum", func() (*optimize.Result, error) { return optimize.Minimize(problem, x0, settings, c.gonum()) }},
				} {
					b.Run(fmt.Sprintf("%s/%s/n=%d/%s", c.name, f.name, n, side.name), func(b *testing.B) {
						iterations, evaluations := 0, 0
						for b.Loop() {
							r, err := side.run()
							if err != nil {
								b.Fatal(err)
							}
							iterations += r.MajorIterations
							evaluations += r.FuncEvaluations
						}
						b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(iterations), "ns/iteration")
						b.ReportMetric(float64(evaluations)/float64(iterations), "evaluations/iteration")
					})
				}
			}
		}
	}
}

// BenchmarkBounds times the iterations of L-BFGS without bounds, with infinite ones, and with bounds
// of which a tenth are active. Compare ns/iteration.
func BenchmarkBounds(b *testing.B) {
	const n = 100_000
	x0, lower, upper, open := repeat(-0.5, n), repeat(-10, n), repeat(10, n), repeat(math.Inf(1), n)
	for i := 0; i < n; i += 10 {
		upper[i] = 0.5
	}
	problem := ValueAndGradient(chained)
	settings := &optimize.Settings{MajorIterations: 60, Converger: optimize.NeverTerminate{}}
	for _, c := range []struct {
		name         string
		lower, upper []float64
	}{{"none", nil, nil}, {"infinite", nil, open}, {"active", lower, upper}} {
		b.Run(c.name, func(b *testing.B) {
			iterations := 0
			for b.Loop() {
				o := NewLBFGS(15)
				o.Lower, o.Upper = c.lower, c.upper
				r, err := Minimize(problem, x0, o, settings)
				if err != nil {
					b.Fatal(err)
				}
				iterations += r.MajorIterations
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(iterations), "ns/iteration")
		})
	}
}
