package benchmarks

import (
	"fmt"
	"testing"
	"time"

	"example.com/optim"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	blasgonum "gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// BenchmarkMatrix measures ten steps of the rules for a matrix. In one of the ten SOAP and Shampoo
// factorize. It reports the time of a step, and the share of it that gonum's algebra takes.
func BenchmarkMatrix(b *testing.B) {
	const steps = 10
	for _, r := range []struct {
		name string
		make func(rows, cols int) optim.Optimizer
	}{
		{"Muon", func(rows, cols int) optim.Optimizer { return optim.NewMuon(rate, rows, cols) }},
		{"SOAP", func(rows, cols int) optim.Optimizer { return optim.NewSOAP(rate, rows, cols) }},
		{"Shampoo", func(rows, cols int) optim.Optimizer { return optim.NewShampoo(rate, rows, cols) }},
		{"Adafactor", func(rows, cols int) optim.Optimizer { return optim.NewAdafactor(rate, rows, cols) }},
		{"AdamW", func(int, int) optim.Optimizer { return optim.NewAdamW(rate, decay) }},
	} {
		for _, shape := range [][2]int{{64, 64}, {256, 256}, {768, 256}} {
			b.Run(fmt.Sprintf("%s/%d×%d", r.name, shape[0], shape[1]), func(b *testing.B) {
				clock := startAlgebraClock()
				defer clock.stop()
				opt := r.make(shape[0], shape[1])
				x, g := vectors(shape[0] * shape[1])
				opt.Step(x, g)
				clock.total = 0
				for b.Loop() {
					for range steps {
						opt.Step(x, g)
					}
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*steps), "ms/step")
				b.ReportMetric(100*clock.total.Seconds()/b.Elapsed().Seconds(), "%algebra")
			})
		}
	}
}

// algebraClock measures the time in the functions of gonum that the rules for a matrix call. It stands
// in front of gonum's implementation as another BLAS would.
type algebraClock struct {
	blasgonum.Implementation
	total time.Duration
	depth int // LAPACK calls BLAS
}

type lapackClock struct {
	lapackgonum.Implementation
	*algebraClock
}

func startAlgebraClock() *algebraClock {
	c := new(algebraClock)
	blas64.Use(c)
	lapack64.Use(lapackClock{algebraClock: c})
	return c
}

func (c *algebraClock) stop() {
	blas64.Use(blasgonum.Implementation{})
	lapack64.Use(lapackgonum.Implementation{})
}

// enter returns the function that ends a measurement.
func (c *algebraClock) enter() func() {
	c.depth++
	start := time.Now()
	return func() {
		c.depth--
		if c.depth == 0 {
			c.total += time.Since(start)
		}
	}
}

func (c *algebraClock) Dgemm(at, bt blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, d []float64, ldd int) {
	defer c.enter()()
	c.Implementation.Dgemm(at, bt, m, n, k, alpha, a, lda, b, ldb, beta, d, ldd)
}

func (c lapackClock) Dsyev(jobz lapack.EVJob, uplo blas.Uplo, n int, a []float64, lda int, w, work []float64, lwork int) bool {
	defer c.enter()()
	return c.Implementation.Dsyev(jobz, uplo, n, a, lda, w, work, lwork)
}

func (c lapackClock) Dgeqrf(m, n int, a []float64, lda int, tau, work []float64, lwork int) {
	defer c.enter()()
	c.Implementation.Dgeqrf(m, n, a, lda, tau, work, lwork)
}

func (c lapackClock) Dorgqr(m, n, k int, a []float64, lda int, tau, work []float64, lwork int) {
	defer c.enter()()
	c.Implementation.Dorgqr(m, n, k, a, lda, tau, work, lwork)
}
