package optim_test

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"

	"example.com/optim"
)

// In a test, the error is the message of the failure.
func ExampleCheckGradient() {
	problem := optimize.Problem{
		Func: func(x []float64) float64 { return x[0]*x[0]*x[1] + math.Exp(x[1]) },
		Grad: func(grad, x []float64) {
			grad[0] = 2 * x[0] * x[1]
			grad[1] = x[0] * x[0] // without the exponential
		},
	}
	err := optim.CheckGradient(problem, []float64{3, -1})
	fmt.Println(err)
	// Output: optim: CheckGradient: Grad[1] = 9, want 9.3678794, the slope of Func along x[1]: relative error 0.039, Taylor remainder of order 1.00 instead of 2; wrong: 1 of 2
}

// One direction suits any number of parameters. Then a right gradient costs seven values.
func ExampleCheckGradient_direction() {
	const n = 10_000
	f := functions.ExtendedRosenbrock{}
	x, direction := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], direction[i] = math.Sin(float64(i)), math.Cos(float64(i*i))
	}
	forgotten := func(grad, x []float64) {
		f.Grad(grad, x)
		grad[n-1] = 0
	}
	fmt.Println(optim.CheckGradient(optimize.Problem{Func: f.Func, Grad: f.Grad}, x, direction))

	var wrong *optim.DerivativeError
	if errors.As(optim.CheckGradient(optimize.Problem{Func: f.Func, Grad: forgotten}, x, direction), &wrong) {
		fmt.Println("component", wrong.Param)
	}
	// Output:
	// <nil>
	// component 9999
}

// The Hessian of Beale's function in gonum 0.17 is wrong.
func ExampleCheckHessian() {
	f := functions.Beale{}
	problem := optimize.Problem{Func: f.Func, Grad: f.Grad, Hess: f.Hess}
	fmt.Println(optim.CheckGradient(problem, []float64{1, 2}))

	var wrong *optim.DerivativeError
	if errors.As(optim.CheckHessian(problem, []float64{1, 2}), &wrong) {
		fmt.Printf("row %d, column %d: %.0f, want %.0f\n", wrong.Row, wrong.Param, wrong.Got, wrong.Want)
	}
	// Output:
	// <nil>
	// row 1, column 0: 666, want 472
}

func ExampleCheckJacobian() {
	decay := func(dst, x []float64) {
		for i := range dst {
			dst[i] = x[0] * math.Exp(-x[1]*float64(i))
		}
	}
	jacobian := func(dst *mat.Dense, x []float64) {
		for i := range 3 {
			e := math.Exp(-x[1] * float64(i))
			dst.Set(i, 0, e)
			dst.Set(i, 1, x[0]*float64(i)*e) // the sign is wrong
		}
	}
	fmt.Println(optim.CheckJacobian(3, decay, jacobian, []float64{8, 0.5}))
	// Output: optim: CheckJacobian: J[1, 1] = 4.8522453, want -4.8522453, the slope of residual[1] along x[1]: relative error 2, Taylor remainder of order 1.00 instead of 2; wrong: 2 of 6
}

func ExampleCheckHessVec() {
	f := functions.ExtendedRosenbrock{}
	x := []float64{-1.2, 1, -1.2, 1}
	fmt.Println(optim.CheckHessVec(f.Grad, optim.HessVecDiff(f.Grad), x))
	// Output: <nil>
}

// A DerivativeError has the numbers of the message.
func ExampleDerivativeError() {
	problem := optimize.Problem{
		Func: func(x []float64) float64 { return math.Sin(x[0]) + 1e-9*math.Sin(1e9*x[1]) },
		Grad: func(grad, x []float64) { grad[0], grad[1] = math.Cos(x[0]), -math.Cos(1e9*x[1]) },
	}
	var wrong *optim.DerivativeError
	if errors.As(optim.CheckGradient(problem, []float64{1, 1e-9}), &wrong) {
		fmt.Printf("parameter %d: %.4f, want %.4f\n", wrong.Param, wrong.Got, wrong.Want)
		fmt.Printf("relative error %.4f, order %.2f\n", wrong.Relative, wrong.Order)
	}
	// Output:
	// parameter 1: -0.5403, want 0.5403
	// relative error 2.0000, order 1.00
}

// The standard errors of the mean and of the standard deviation of a normal distribution, by the
// likelihood of five data.
func ExampleNewton_Covariance() {
	data := []float64{4.1, 5.3, 3.8, 6.0, 4.8}
	sums := func(x []float64) (first, second float64) {
		for _, y := range data {
			first += y - x[0]
			second += (y - x[0]) * (y - x[0])
		}
		return first, second
	}
	n := float64(len(data))
	problem := optimize.Problem{ // the negative logarithm of the likelihood
		Func: func(x []float64) float64 {
			_, second := sums(x)
			return n*math.Log(x[1]) + second/(2*x[1]*x[1])
		},
		Grad: func(grad, x []float64) {
			first, second := sums(x)
			grad[0], grad[1] = -first/(x[1]*x[1]), n/x[1]-second/(x[1]*x[1]*x[1])
		},
		Hess: func(dst *mat.SymDense, x []float64) {
			first, second := sums(x)
			v := x[1] * x[1]
			dst.SetSym(0, 0, n/v)
			dst.SetSym(0, 1, 2*first/(v*x[1]))
			dst.SetSym(1, 1, 3*second/(v*v)-n/v)
		},
	}
	newton := optim.NewNewton(nil)
	result, err := optim.Minimize(problem, []float64{4, 1}, newton, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	errs := make([]float64, 2) // σ/√n and σ/√2n
	if err := newton.StandardErrors(errs); err != nil {
		fmt.Println(err)
		return
	}
	var covariance mat.SymDense
	newton.Covariance(&covariance)
	fmt.Printf("mean %.2f ± %.2f, deviation %.2f ± %.2f, covariance %.2f\n", result.X[0], errs[0], result.X[1], errs[1], math.Abs(covariance.At(0, 1)))
	// Output: mean 4.80 ± 0.36, deviation 0.80 ± 0.25, covariance 0.00
}

// reporter prints a line for each step. gonum's optimize.NewPrinter prints more: the time, and the
// evaluations.
type reporter struct{}

func (reporter) Init() error { return nil }

func (reporter) Record(at *optimize.Location, op optimize.Operation, stats *optimize.Stats) error {
	if op == optimize.MajorIteration {
		fmt.Printf("%d: %.3f at %.2f\n", stats.MajorIterations, at.F, at.X)
	}
	return nil // an error ends the run
}

func ExampleMinimize_recorder() {
	f := func(grad, x []float64) float64 {
		grad[0], grad[1] = 2*(x[0]-3), 8*x[1]
		return (x[0]-3)*(x[0]-3) + 4*x[1]*x[1]
	}
	result, err := optim.Minimize(optim.ValueAndGradient(f), []float64{0, 1}, optim.NewMomentum(0.1, 0.1),
		&optimize.Settings{Recorder: reporter{}, MajorIterations: 3})
	fmt.Println(result.Status, err)
	// Output:
	// 1: 5.920 at [0.60 0.20]
	// 2: 3.466 at [1.14 -0.04]
	// 3: 2.060 at [1.57 -0.03]
	// IterationLimit <nil>
}
