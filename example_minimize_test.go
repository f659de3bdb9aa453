package optim_test

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"

	"example.com/optim"
)

// rosenbrock returns 100(y − x²)² + (1 − x)² and writes the gradient to grad.
func rosenbrock(grad, x []float64) float64 {
	u, v := x[1]-x[0]*x[0], 1-x[0]
	grad[0], grad[1] = -400*u*x[0]-2*v, 200*u
	return 100*u*u + v*v
}

func ExampleMinimize() {
	result, err := optim.Minimize(optim.ValueAndGradient(rosenbrock), []float64{-1.2, 1}, optim.NewLBFGS(10), nil)
	fmt.Printf("%.6f, error %v\n", result.X, err)
	// Output: [1.000000 1.000000], error <nil>
}

// Lower and Upper bound the parameters. The second one has no bounds here.
func ExampleLBFGS_bounds() {
	opt := optim.NewLBFGS(10)
	opt.Lower = []float64{0, math.Inf(-1)}
	opt.Upper = []float64{0.5, math.Inf(1)}
	result, err := optim.Minimize(optim.ValueAndGradient(rosenbrock), []float64{-1.2, 1}, opt, nil)
	fmt.Printf("%.6f %v, error %v\n", result.X, result.Status, err)
	// Output: [0.500000 0.250000] GradientThreshold, error <nil>
}

// A context stops a run. The result is the best point so far.
func ExampleMinimize_context() {
	ctx, cancel := context.WithCancel(context.Background())
	problem := optim.ValueAndGradient(func(grad, x []float64) float64 {
		if f := rosenbrock(grad, x); f > 3 {
			return f
		}
		cancel() // usually in another goroutine
		return rosenbrock(grad, x)
	})
	problem.Status = func() (optimize.Status, error) { return optimize.NotTerminated, ctx.Err() }
	result, err := optim.Minimize(problem, []float64{-1.2, 1}, optim.NewBFGS(), nil)
	fmt.Println(result.Status, err, result.F < 24.2)
	// Output: Failure context canceled true
}

// Method runs any optimizer in gonum's Minimize.
func ExampleMethod() {
	problem := optimize.Problem{Func: functions.Beale{}.Func, Grad: functions.Beale{}.Grad}
	settings := &optimize.Settings{GradientThreshold: 1e-8}
	result, err := optimize.Minimize(problem, []float64{1, 1}, settings, optim.Method(optim.NewBFGS()))
	fmt.Printf("%.6f %v, error %v\n", result.X, result.Status, err)
	// Output: [3.000000 0.500000] GradientThreshold, error <nil>
}

// A loop of steps: each Step is one line search.
func ExampleNewLBFGS() {
	problem := optim.ValueAndGradient(rosenbrock)
	opt := optim.NewLBFGS(10)
	opt.Problem = &problem
	x, unused := []float64{-1.2, 1}, make([]float64, 2)
	for opt.Status() == optimize.NotTerminated {
		opt.Step(x, unused) // the problem has a Grad
	}
	fmt.Printf("%.6f, error %v\n", x, opt.Err())
	// Output: [1.000000 1.000000], error <nil>
}

// x² − y² + y⁴ has a saddle at 0, between two minima.
func ExampleNewNewton() {
	hess := func(dst *mat.SymDense, x []float64) {
		dst.SetSym(0, 0, 2)
		dst.SetSym(0, 1, 0)
		dst.SetSym(1, 1, 12*x[1]*x[1]-2)
	}
	for _, mode := range []optim.NewtonMode{optim.Plain, optim.SaddleFree} {
		opt := optim.NewNewton(hess)
		opt.Mode, opt.LearningRate = mode, 0.5
		x := []float64{1, 0.1}
		for range 100 {
			opt.Step(x, []float64{2 * x[0], 4*x[1]*x[1]*x[1] - 2*x[1]})
		}
		h := mat.NewSymDense(2, nil)
		hess(h, x)
		fmt.Printf("(%.4f, %.4f): %v\n", x[0], x[1], optim.Classify(h, 1e-6).Kind)
	}
	// Output:
	// (0.0000, 0.0000): saddle
	// (0.0000, 0.7071): minimum
}

func ExampleNewHessianFree() {
	f := functions.ExtendedRosenbrock{}
	opt := optim.NewHessianFree(optim.HessVecDiff(f.Grad))
	x0 := make([]float64, 100)
	result, err := optim.Minimize(optimize.Problem{Func: f.Func, Grad: f.Grad}, x0, opt, nil)
	fmt.Printf("%.6f %.6f, error %v\n", result.X[0], result.X[99], err)
	// Output: 1.000000 1.000000, error <nil>
}
