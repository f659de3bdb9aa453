package benchmarks

import (
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim"
)

// The peers of the solvers. They are nil without cgo and the build tag peers.
var (
	// lmder takes steps of cminpack's lmder from 0 on. elapsed excludes the evaluations.
	lmder func(f *fit, steps int) (elapsed time.Duration, jacobians int, x []float64)
	// liblbfgs takes iterations of liblbfgs on the extended Rosenbrock function.
	liblbfgs func(x0 []float64, iterations int) (elapsed time.Duration, evaluations int, x []float64)
	// rosenbrockInC returns the time of count evaluations in C.
	rosenbrockInC func(x []float64, count int) time.Duration
)

// fit is a least squares problem: the m residuals are z + z³/10 with z = ax − b.
type fit struct {
	m, n int
	a, b []float64 // a is m × n, by rows
}

func newFit(m, n int) *fit {
	rng := rand.New(rand.NewPCG(uint64(m), uint64(n)))
	f := &fit{m, n, make([]float64, m*n), make([]float64, m)}
	for i := range f.b {
		f.b[i] = rng.NormFloat64()
		for j := range n {
			v := rng.NormFloat64()
			f.a[i*n+j] = v
			f.b[i] += v * float64(j%3)
		}
	}
	return f
}

// distance returns z of residual i.
func (f *fit) distance(i int, x []float64) float64 {
	z := -f.b[i]
	for j, v := range f.a[i*f.n : (i+1)*f.n] {
		z += v * x[j]
	}
	return z
}

func (f *fit) residual(dst, x []float64) {
	for i := range dst {
		z := f.distance(i, x)
		dst[i] = z + z*z*z/10
	}
}

func (f *fit) jacobian(dst *mat.Dense, x []float64) {
	for i := range f.m {
		z, row := f.distance(i, x), dst.RawRowView(i)
		for j, v := range f.a[i*f.n : (i+1)*f.n] {
			row[j] = v * (1 + 3*z*z/10)
		}
	}
}

// levenbergMarquardt takes steps of ours from 0 on. elapsed excludes the evaluations and the first
// step, which allocates. jacobians is the number of Jacobians in this time.
func (f *fit) levenbergMarquardt(steps int) (elapsed time.Duration, jacobians int, x []float64) {
	var evaluating time.Duration
	opt := optim.NewLevenbergMarquardt(f.m, func(dst, x []float64) {
		start := time.Now()
		f.residual(dst, x)
		evaluating += time.Since(start)
	}, func(dst *mat.Dense, x []float64) {
		start := time.Now()
		f.jacobian(dst, x)
		evaluating += time.Since(start)
		jacobians++
	})
	x = make([]float64, f.n)
	opt.Step(x, x)
	evaluating, jacobians = 0, 0
	start := time.Now()
	for range steps - 1 {
		opt.Step(x, x)
	}
	return time.Since(start) - evaluating, jacobians, x
}

// pairs is the number of pairs that L-BFGS keeps.
const pairs = 6

// rosenbrock returns the value of the extended Rosenbrock function and writes its gradient to g.
func rosenbrock(g, x []float64) (f float64) {
	g = g[:len(x)]
	for i := 1; i < len(x); i += 2 {
		u, v := 1-x[i-1], x[i]-x[i-1]*x[i-1]
		f += u*u + 100*v*v
		g[i-1] = -2*u - 400*x[i-1]*v
		g[i] = 200 * v
	}
	return f
}

// rosenbrockStart returns the start of the extended Rosenbrock function. The pairs of coordinates
// differ a little, so that the function has more than two different coordinates.
func rosenbrockStart(n int) []float64 {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	x := make([]float64, n)
	for i := 1; i < n; i += 2 {
		x[i-1], x[i] = -1.2+0.1*rng.Float64(), 1+0.1*rng.Float64()
	}
	return x
}

// lbfgs takes iterations of ours on the extended Rosenbrock function.
func lbfgs(x0 []float64, iterations int) (elapsed time.Duration, evaluations int, x []float64) {
	start := time.Now()
	result, err := optim.Minimize(optim.ValueAndGradient(rosenbrock), x0, optim.NewLBFGS(pairs), &optimize.Settings{MajorIterations: iterations})
	elapsed = time.Since(start)
	if err != nil {
		panic(err)
	}
	return elapsed, result.GradEvaluations, result.X
}
