package optim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"example.com/optim"
	"gonum.org/v1/gonum/mat"
)

// signDescent is an optimizer of your own. It needs Step alone.
type signDescent struct{ rate float64 }

func (o signDescent) Step(params, grads []float64) {
	for i, g := range grads {
		params[i] -= math.Copysign(o.rate, g)
	}
}

// An optimizer of your own works with transforms, wrappers and Minimize.
func ExampleOptimizer() {
	opt := optim.NewAverage(optim.NewChain(signDescent{0.5}, optim.L2(1)))
	params, mean := []float64{2, 0}, make([]float64, 2)
	for range 2 {
		opt.Step(params, []float64{-1, 3}) // L2 adds params to this gradient
	}
	opt.Params(mean)
	fmt.Println(params, mean)
	// Output: [1 -1] [1.25 -0.75]
}

// centre is a transform of your own, which needs the whole gradient: it subtracts the mean.
type centre struct{ mean float64 }

func (c *centre) Begin(_, grads []float64) {
	c.mean = 0
	for _, g := range grads {
		c.mean += g / float64(len(grads))
	}
}

func (c *centre) Apply(_ int, grads, _ []float64) {
	for i := range grads {
		grads[i] -= c.mean
	}
}

func ExampleTransform() {
	opt := optim.NewChain(optim.NewSGD(1), new(centre))
	params := []float64{0, 0, 0}
	opt.Step(params, []float64{1, 2, 6})
	fmt.Println(params)
	// Output: [2 1 -3]
}

// The gradient gets the part 0.5·params of the penalty ¼‖x‖².
func ExampleL2() {
	params := []float64{2, -4}
	optim.NewChain(optim.NewSGD(1), optim.L2(0.5)).Step(params, []float64{0, 0})
	fmt.Println(params)
	// Output: [1 -2]
}

// The gradient gets ±0.5, with the sign of the parameter.
func ExampleL1() {
	params := []float64{2, -4}
	optim.NewChain(optim.NewSGD(1), optim.L1(0.5)).Step(params, []float64{0, 0})
	fmt.Println(params)
	// Output: [1.5 -3.5]
}

func ExampleClipValue() {
	params := []float64{0, 0, 0}
	optim.NewChain(optim.NewSGD(1), optim.ClipValue(2)).Step(params, []float64{1, -7, 3})
	fmt.Println(params)
	// Output: [-1 2 -2]
}

// rounding is a prox of your own: the projection onto the multiples of a step.
type rounding struct{ step float64 }

func (r rounding) Apply(x []float64, eta float64) {
	for i, v := range x {
		x[i] = r.step * math.Round(v/r.step)
	}
}

func ExampleProx() {
	opt := optim.NewProximal(optim.NewSGD(1), rounding{0.5})
	params := []float64{0, 0}
	opt.Step(params, []float64{-1.3, 0.8})
	fmt.Println(params)
	// Output: [1.5 -1]
}

func ExampleProxNonNegative() {
	x := []float64{-1, 0.5}
	optim.ProxNonNegative().Apply(x, 1)
	fmt.Println(x)
	// Output: [0 0.5]
}

// The weight of an iterate is 0.5 times that of the next one.
func ExampleNewExponentialAverage() {
	opt := optim.NewExponentialAverage(optim.NewSGD(1), 0.5)
	params, mean := []float64{0}, []float64{0}
	for range 3 { // to 1, 2, 3
		opt.Step(params, []float64{-1})
	}
	opt.Params(mean)
	fmt.Printf("%.3f\n", mean) // (1 + 2·2 + 4·3)/7
	// Output: [2.429]
}

// A group is a part of the parameters. A group without an optimizer stays as it is.
func ExampleGroup() {
	weights := optim.Group{Len: 2, Optimizer: optim.NewAdamW(0.1, 0.5)}
	biases := optim.Group{Len: 1, Optimizer: optim.NewSGD(0.1)}
	frozen := optim.Group{Len: 1}
	params := []float64{1, 1, 1, 1}
	optim.Groups{weights, biases, frozen}.Step(params, []float64{0, 0, 5, 5})
	fmt.Printf("%.2f\n", params)
	// Output: [0.95 0.95 0.50 1.00]
}

// rotating is an estimator of your own: it takes the terms of the sum one after another.
type rotating struct {
	sum  optim.FiniteSum
	next int
}

func (r *rotating) Grad(dst, params []float64) {
	clear(dst)
	r.sum.Grad(dst, params, []int{r.next})
	r.next = (r.next + 1) % r.sum.N
}

func ExampleEstimator() {
	data := []float64{1, 2, 6}
	sum := optim.FiniteSum{N: len(data), Grad: func(dst, x []float64, batch []int) { // of the mean of ½(x − data)²
		for _, i := range batch {
			dst[0] += (x[0] - data[i]) / float64(len(batch))
		}
	}}
	var estimator optim.Estimator = &rotating{sum: sum}
	opt := optim.NewSGD(0.5)
	params, grads := []float64{0}, []float64{0}
	for range 3 {
		estimator.Grad(grads, params)
		opt.Step(params, grads)
	}
	fmt.Println(params)
	// Output: [3.625]
}

// The mean of ½(x − data)² over the data. Func and Grad take the mean over a batch.
func ExampleFiniteSum() {
	data := []float64{1, 2, 6}
	sum := optim.FiniteSum{
		N: len(data),
		Func: func(x []float64, batch []int) (mean float64) {
			for _, i := range batch {
				mean += (x[0] - data[i]) * (x[0] - data[i]) / 2 / float64(len(batch))
			}
			return mean
		},
		Grad: func(dst, x []float64, batch []int) {
			for _, i := range batch {
				dst[0] += (x[0] - data[i]) / float64(len(batch))
			}
		},
	}
	all, grad := []int{0, 1, 2}, []float64{0}
	sum.Grad(grad, []float64{3}, all)
	fmt.Printf("%.3f %.0f\n", sum.Func([]float64{3}, all), grad) // (2² + 1² + 3²)/6
	// Output: 2.333 [0]
}

// Linear regression: φᵢ(z) = ½(z − yᵢ)² for the line through (0, 1), (1, 3) and (2, 5).
func ExampleLinearSum() {
	y := []float64{1, 3, 5}
	line := &optim.LinearSum{
		Rows:      mat.NewDense(3, 2, []float64{1, 0, 1, 1, 1, 2}),
		Deriv:     func(i int, z float64) float64 { return z - y[i] },
		Curvature: 1,
	}
	plain, _ := line.Lipschitz() // the largest ‖row‖²
	saga, opt := optim.NewSAGA(line.Sum(), rand.New(rand.NewPCG(1, 2))), optim.NewSGD(1/(3*plain))
	params, grads := make([]float64, 2), make([]float64, 2)
	for range 1000 {
		saga.Grad(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("L = %v, %.4f\n", plain, params)
	// Output: L = 5, [1.0000 2.0000]
}

// SAG converges with a constant rate, though a step computes the gradient of one term.
func ExampleNewSAG() {
	data := []float64{1, 2, 6}
	sum := optim.FiniteSum{N: len(data), Grad: func(dst, x []float64, batch []int) { // of the mean of ½(x − data)²
		for _, i := range batch {
			dst[0] += (x[0] - data[i]) / float64(len(batch))
		}
	}}
	sag, opt := optim.NewSAG(sum, rand.New(rand.NewPCG(1, 2))), optim.NewSGD(0.1)
	params, grads := []float64{0}, []float64{0}
	for range 500 {
		sag.Grad(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("%.6f\n", params)
	// Output: [3.000000]
}

// One step of coordinate descent on ½(x−1)² + 5(y−2)². Cyclic and Random move every coordinate,
// Greedy the one with the largest decrease.
func ExampleOrder() {
	for _, order := range []optim.Order{optim.Cyclic, optim.Greedy, optim.Random(rand.New(rand.NewPCG(1, 2)))} {
		opt := optim.NewCoordinateDescent(order)
		opt.Lipschitz = []float64{1, 10} // the curvatures
		opt.Partial = func(x []float64, j int) float64 {
			return []float64{x[0] - 1, 10 * (x[1] - 2)}[j]
		}
		params := []float64{0, 0}
		opt.Step(params, nil)
		fmt.Print(params, " ")
	}
	// Output: [1 2] [0 2] [1 2]
}

func ExampleKind() {
	point := optim.Classify(mat.NewSymDense(2, []float64{3, 0, 0, -1}), 1e-10)
	fmt.Println(point.Kind, point.Kind == optim.Saddle)
	// Output: saddle true
}

// One step from a point where x² − y² has a saddle, for each mode.
func ExampleNewtonMode() {
	hess := func(dst *mat.SymDense, x []float64) {
		dst.SetSym(0, 0, 2)
		dst.SetSym(0, 1, 0)
		dst.SetSym(1, 1, -2)
	}
	for _, mode := range []optim.NewtonMode{optim.Plain, optim.SaddleFree} {
		opt := optim.NewNewton(hess)
		opt.Mode = mode
		params := []float64{3, 1}
		opt.Step(params, []float64{2 * params[0], -2 * params[1]})
		fmt.Print(params, " ")
	}
	// Output: [0 0] [0 2]
}

func ExampleNewBFGS() {
	result, err := optim.Minimize(optim.ValueAndGradient(rosenbrock), []float64{-1.2, 1}, optim.NewBFGS(), nil)
	fmt.Printf("%.6f %v, error %v\n", result.X, result.Status, err)
	// Output: [1.000000 1.000000] GradientThreshold, error <nil>
}

func ExampleNewDFP() {
	result, err := optim.Minimize(optim.ValueAndGradient(rosenbrock), []float64{-1.2, 1}, optim.NewDFP(), nil)
	fmt.Printf("%.6f %v, error %v\n", result.X, result.Status, err)
	// Output: [1.000000 1.000000] GradientThreshold, error <nil>
}

func ExampleNewSR1() {
	result, err := optim.Minimize(optim.ValueAndGradient(rosenbrock), []float64{-1.2, 1}, optim.NewSR1(), nil)
	fmt.Printf("%.6f %v, error %v\n", result.X, result.Status, err)
	// Output: [1.000000 1.000000] GradientThreshold, error <nil>
}

// The function computes value and gradient together. The problem has both.
func ExampleValueAndGradient() {
	calls := 0
	problem := optim.ValueAndGradient(func(grad, x []float64) float64 {
		calls++
		grad[0] = 2 * x[0]
		return x[0] * x[0]
	})
	x, grad := []float64{3}, []float64{0}
	value := problem.Func(x)
	problem.Grad(grad, x) // of the same x: no second call
	fmt.Println(value, grad, calls)
	// Output: 9 [6] 1
}

// The run ends when the context is done. The result is the best point so far.
func ExampleMinimizeContext() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // such as by Ctrl-C, with signal.NotifyContext
	result, err := optim.MinimizeContext(ctx, optim.ValueAndGradient(rosenbrock), []float64{-1.2, 1}, optim.NewLBFGS(10), nil)
	fmt.Println(errors.Is(err, context.Canceled), result.X)
	// Output: true [-1.2 1]
}

// The product of the Hessian of x³ + xy at (2, 1) and the vector (1, 0): the column (6x, 1).
func ExampleHessVecDiff() {
	product := optim.HessVecDiff(func(dst, x []float64) {
		dst[0], dst[1] = 3*x[0]*x[0]+x[1], x[0]
	})
	dst := make([]float64, 2)
	product(dst, []float64{2, 1}, []float64{1, 0})
	fmt.Printf("%.6f\n", dst)
	// Output: [12.000000 1.000000]
}

// A function that computes its value in float32.
func ExampleExactDigits() {
	problem := optim.ValueAndGradient(func(grad, x []float64) float64 {
		return float64(float32(1 + rosenbrock(grad, x)))
	})
	result, err := optim.Minimize(problem, []float64{-1.2, 1}, optim.NewLBFGS(10), nil)
	if err != nil {
		log.Fatal(err)
	}
	digits, ok := optim.ExactDigits(result.Status)
	fmt.Printf("%.3f, exact digits of f: %d, %t\n", result.X, digits, ok)
	// Output: [1.000 1.000], exact digits of f: 8, true
}

// The state goes to a second optimizer, which then takes the same steps as the first.
func ExampleMarshal() {
	first, second := optim.NewAdam(0.1), optim.NewAdam(0.1)
	x, y := []float64{0}, []float64{0}
	first.Step(x, []float64{3})
	state, err := optim.Marshal(first)
	if err != nil {
		log.Fatal(err)
	}
	if err := optim.Unmarshal(state, second); err != nil {
		log.Fatal(err)
	}
	copy(y, x)
	first.Step(x, []float64{-1})
	second.Step(y, []float64{-1})
	fmt.Println(x[0] == y[0], second.Steps())
	// Output: true 2
}

// A state that does not fit is an error, and changes nothing.
func ExampleUnmarshal() {
	state, err := optim.Marshal(optim.NewAdam(0.1))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(optim.Unmarshal(state, optim.NewSGD(0.1)))
	// Output: optim: Unmarshal: the data has an Adam, want an SGD
}

func ExampleReset() {
	opt := optim.NewMomentum(1, 0.9)
	params := []float64{0}
	opt.Step(params, []float64{1})
	optim.Reset(opt) // the velocity is 0 again; the rate and μ stay
	params[0] = 0
	opt.Step(params, []float64{1})
	fmt.Println(params, opt)
	// Output: [-1] Momentum(LearningRate 1, Mu 0.9, 1 step)
}

// Save writes to any io.Writer, and Load reads it.
func ExampleSave() {
	var stream bytes.Buffer
	params, step := []float64{1, 2}, 7
	if err := optim.Save(&stream, params, optim.NewSGD(0.1), &step); err != nil {
		log.Fatal(err)
	}
	again, opt, at := make([]float64, 2), optim.NewSGD(0), 0
	if err := optim.Load(&stream, again, opt, &at); err != nil {
		log.Fatal(err)
	}
	fmt.Println(again, opt.LearningRate, at)
	// Output: [1 2] 0.1 7
}

// The parameters and the values after the optimizer have the types and the lengths of Save.
func ExampleLoad() {
	var stream bytes.Buffer
	if err := optim.Save(&stream, []float64{1, 2}, nil); err != nil { // parameters alone
		log.Fatal(err)
	}
	fmt.Println(optim.Load(&stream, make([]float64, 3), nil))
	// Output: optim: Load: len(params) = 3, the checkpoint has 2
}

// The first run finds no file, and starts from the beginning.
func ExampleLoadFile() {
	folder, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	name := filepath.Join(folder, "checkpoint")
	for range 2 {
		params, step, opt := []float64{0}, 0, optim.NewSGD(0.5)
		if err := optim.LoadFile(name, params, opt, &step); err != nil && !errors.Is(err, os.ErrNotExist) {
			log.Fatal(err)
		}
		fmt.Println("step", step, params)
		opt.Step(params, []float64{-1})
		step++
		if err := optim.SaveFile(name, params, opt, &step); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// step 0 [0]
	// step 1 [0.5]
}
