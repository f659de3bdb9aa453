package optim_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim"
)

// The gradient of (x−3)² + 10(y+1)².
func gradient(grads, params []float64) {
	grads[0] = 2 * (params[0] - 3)
	grads[1] = 20 * (params[1] + 1)
}

func Example() {
	params, grads := []float64{0, 0}, make([]float64, 2)
	opt := optim.NewAdam(0.1)
	for range 500 {
		gradient(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output: [3.000 -1.000]
}

func ExampleSchedule() {
	s := optim.Warmup(3, optim.Cosine(4, 0))
	for step := range 8 {
		fmt.Printf("%.2f ", s.At(step))
	}
	// Output: 0.25 0.50 0.75 1.00 0.85 0.50 0.15 0.00
}

func ExampleSequence() {
	s := optim.Sequence(
		optim.Phase{Steps: 2, Schedule: optim.Constant(1)},
		optim.Phase{Steps: 3, Schedule: optim.Linear(1, 0.1, 3)},
		optim.Phase{Schedule: optim.Constant(0.1)},
	)
	for step := range 7 {
		fmt.Printf("%.1f ", s.At(step))
	}
	// Output: 1.0 1.0 1.0 0.7 0.4 0.1 0.1
}

func ExamplePlateau() {
	plateau := optim.NewPlateau(0.5, 1)
	opt := optim.NewSGD(0.1)
	opt.Schedule = plateau.At
	for _, loss := range []float64{3, 2, 2, 2, 1} {
		plateau.Observe(loss)
		fmt.Print(opt.Schedule.At(0), " ")
	}
	// Output: 1 1 1 0.5 0.5
}

func ExampleNewChain() {
	params, grads := []float64{0, 0}, make([]float64, 2)
	opt := optim.NewChain(optim.NewSGD(0.05), optim.L2(2))
	for range 200 {
		gradient(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output: [1.500 -0.909]
}

func ExampleNesterov_Iterate() {
	params, grads, iterate := []float64{0, 0}, make([]float64, 2), make([]float64, 2)
	opt := optim.NewNesterov(1.0/20, 0)
	opt.Convex = true // for the rate 1/L, with L the largest curvature
	for range 100 {
		gradient(grads, params)
		opt.Step(params, grads)
	}
	opt.Iterate(iterate, params)
	fmt.Printf("%.6f\n", iterate)
	// Output: [3.000000 -1.000000]
}

func ExampleNewClipNorm() {
	clip := optim.NewClipNorm(1)
	opt := optim.NewChain(optim.NewSGD(0.1), clip)
	params := []float64{0, 0}
	opt.Step(params, []float64{300, 400})
	fmt.Printf("%.2f, the gradient had the norm %.0f\n", params, clip.Norm())
	// Output: [-0.06 -0.08], the gradient had the norm 500
}

func ExampleElementwise() {
	sign := optim.Elementwise(func(grads, _ []float64) {
		for i, g := range grads {
			grads[i] = math.Copysign(1, g)
		}
	})
	params := []float64{0, 0}
	optim.NewChain(optim.NewSGD(0.5), sign).Step(params, []float64{-7, 0.01})
	fmt.Println(params)
	// Output: [0.5 -0.5]
}

func ExampleDecay() {
	opt := optim.NewChain(optim.NewSGD(0.5), optim.NewDecay(0.1))
	params := []float64{2}
	opt.Step(params, []float64{0})
	fmt.Println(params)
	// Output: [1.9]
}

func ExampleNoise() {
	opt := optim.NewChain(optim.NewSGD(1), optim.NewNoise(0.01, rand.New(rand.NewPCG(1, 2))))
	params := []float64{0}
	opt.Step(params, []float64{0})
	fmt.Println(params[0] != 0)
	// Output: true
}

func ExampleGroups() {
	opt := optim.Groups{
		{Len: 1, Optimizer: optim.NewSGD(0.1)},
		{Len: 1}, // frozen
		{Len: 2, Optimizer: optim.NewSGD(1)},
	}
	params := []float64{0, 0, 0, 0}
	opt.Step(params, []float64{1, 1, 1, 1})
	fmt.Println(params)
	// Output: [-0.1 0 -1 -1]
}

func ExampleAverage() {
	opt := optim.NewAverage(optim.NewSGD(1))
	params, mean := []float64{0}, []float64{0}
	for _, g := range []float64{-1, -1, -1} { // to 1, 2, 3
		opt.Step(params, []float64{g})
	}
	opt.Params(mean)
	fmt.Println(params, mean)

	opt.Swap(params) // evaluate the average …
	fmt.Println(params)
	opt.Swap(params) // … and go on
	fmt.Println(params)
	// Output:
	// [3] [2]
	// [2]
	// [3]
}

func ExampleNewAccumulate() {
	opt := optim.NewAccumulate(optim.NewSGD(1), 2)
	params := []float64{0}
	for _, g := range []float64{1, 3, 10} {
		opt.Step(params, []float64{g})
		fmt.Print(params, " ")
	}
	opt.Flush(params)
	fmt.Println(params)
	// Output: [0] [-2] [-2] [-12]
}

func ExampleNewLookahead() {
	opt := optim.NewLookahead(optim.NewSGD(1), 2, 0.5)
	params := []float64{4}
	for range 2 {
		opt.Step(params, []float64{1})
		fmt.Print(params, " ")
	}
	// Output: [3] [3]
}

func ExampleNewSkipNonFinite() {
	opt := optim.NewSkipNonFinite(optim.NewSGD(1), 2)
	params := []float64{4}
	for _, g := range []float64{1, math.NaN(), math.Inf(1)} {
		opt.Step(params, []float64{g})
	}
	fmt.Println(params, opt.Skipped(), opt.Err())
	// Output: [3] 2 optim: SkipNonFinite: the last 2 gradients were not finite
}

func ExampleNewProximalL1() {
	opt := optim.NewProximalL1(optim.NewSGD(0.1), 2)
	params, grads := []float64{0, 0}, make([]float64, 2)
	for range 200 {
		grads[0], grads[1] = params[0]-5, params[1]-1 // of ½(x−5)² + ½(y−1)²
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output: [3.000 0.000]
}

// The decay of 8e^(−t/2), as it was measured.
var (
	times   = []float64{0, 1, 2, 3, 4, 5}
	heights = []float64{8.1, 4.8, 2.9, 1.9, 1.0, 0.7}
)

func decay(dst, x []float64) {
	for i, t := range times {
		dst[i] = x[0]*math.Exp(-x[1]*t) - heights[i]
	}
}

func ExampleLeastSquares() {
	fit := optim.NewLevenbergMarquardt(len(times), decay, nil)
	x := []float64{1, 1}
	for fit.Status() == optimize.NotTerminated {
		fit.Step(x, x) // the gradient is not needed
	}
	fmt.Printf("%.4f, %v\n", x, fit.Err())
	// Output: [8.0681 0.5051], <nil>
}

// With the Jacobian a step evaluates the residuals once, without it three times or more.
func ExampleNewLevenbergMarquardt() {
	jacobian := func(dst *mat.Dense, x []float64) {
		for i, t := range times {
			e := math.Exp(-x[1] * t)
			dst.Set(i, 0, e)
			dst.Set(i, 1, -x[0]*t*e)
		}
	}
	fit := optim.NewLevenbergMarquardt(len(times), decay, jacobian)
	x := []float64{1, 1}
	for fit.Status() == optimize.NotTerminated {
		fit.Step(x, x)
	}
	fmt.Printf("%.4f, ‖r‖² = %.4f\n", x, fit.SumSquares())
	// Output: [8.0681 0.5051], ‖r‖² = 0.0312
}

// The plain method suits problems that are nearly linear, and starts near the minimum.
func ExampleNewGaussNewton() {
	fit := optim.NewGaussNewton(len(times), decay, nil)
	x := []float64{8, 0.5}
	for fit.Status() == optimize.NotTerminated {
		fit.Step(x, x)
	}
	fmt.Printf("%.4f, %v\n", x, fit.Err())
	// Output: [8.0681 0.5051], <nil>
}

func ExampleLeastSquares_Covariance() {
	fit := optim.NewLevenbergMarquardt(len(times), decay, nil)
	x := []float64{1, 1}
	for fit.Status() == optimize.NotTerminated {
		fit.Step(x, x)
	}
	var covariance mat.SymDense
	if err := fit.Covariance(&covariance); err != nil {
		fmt.Println(err)
		return
	}
	errors := make([]float64, 2)
	fit.StandardErrors(errors) // the roots of its diagonal
	fmt.Printf("%.2f ± %.2f, %.3f ± %.3f\n", x[0], errors[0], x[1], errors[1])
	fmt.Printf("correlation %.2f\n", covariance.At(0, 1)/errors[0]/errors[1])
	// Output:
	// 8.07 ± 0.08, 0.505 ± 0.010
	// correlation 0.53
}

// f = x² − y² + y⁴ has a saddle at the origin, and a minimum to each side.
func ExampleClassify() {
	hessian := func(x, y float64) mat.Symmetric {
		return mat.NewSymDense(2, []float64{2, 0, 0, -2 + 12*y*y})
	}
	origin := optim.Classify(hessian(0, 0), 1e-10)
	fmt.Println(origin.Kind, origin.Curvature, math.Abs(origin.Direction[1]))

	side := optim.Classify(hessian(0, math.Sqrt(0.5)), 1e-10)
	fmt.Printf("%v, condition number %.0f\n", side.Kind, side.Condition)
	// Output:
	// saddle -2 1
	// minimum, condition number 2
}

// A run that stops and resumes from its last checkpoint ends with the bits of a run without
// interruption.
func ExampleSaveFile() {
	folder, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "checkpoint")

	sum := optim.FiniteSum{
		N: 1000,
		Grad: func(dst, x []float64, batch []int) { // of the mean of ½(x − i/1000)²
			for _, i := range batch {
				dst[0] += (x[0] - float64(i)/1000) / float64(len(batch))
			}
		},
	}
	// train continues from the file, if there is one, and saves every 20 steps.
	train := func(file string, steps int) []float64 {
		params, grads := []float64{3}, make([]float64, 1)
		opt := optim.NewAdam(0.1)
		source := rand.NewPCG(1, 2)
		batches := optim.NewMiniBatch(sum, 10, rand.New(source))
		step := 0
		err := optim.LoadFile(file, params, opt, batches, source, &step)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Fatal(err)
		}
		fmt.Println("from step", step)
		for step < steps {
			batches.Grad(grads, params)
			opt.Step(params, grads)
			step++
			if step%20 == 0 {
				if err := optim.SaveFile(file, params, opt, batches, source, &step); err != nil {
					log.Fatal(err)
				}
			}
		}
		return params
	}
	train(file, 69) // stops, and loses the last 9 steps
	resumed := train(file, 200)
	whole := train(file+" of another run", 200)
	fmt.Printf("%.1f %t\n", resumed, resumed[0] == whole[0])
	// Output:
	// from step 0
	// from step 60
	// from step 0
	// [0.5] true
}

// A line through four points, from two of them at a time.
func ExampleNewMiniBatch() {
	xs, ys := []float64{0, 1, 2, 3}, []float64{1, 3, 5, 7}
	sum := optim.FiniteSum{
		N: len(xs),
		Grad: func(dst, x []float64, batch []int) { // of the mean of ½(x₀ + x₁·xs − ys)²
			for _, i := range batch {
				r := (x[0] + x[1]*xs[i] - ys[i]) / float64(len(batch))
				dst[0] += r
				dst[1] += r * xs[i]
			}
		},
	}
	batches := optim.NewMiniBatch(sum, 2, rand.New(rand.NewPCG(1, 2)))
	opt := optim.NewSGD(0.2)
	params, grads := []float64{0, 0}, make([]float64, 2)
	for batches.Epoch() < 200 {
		batches.Grad(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f after %d steps\n", params, batches.Evaluations()/2)
	// Output: [1.000 2.000] after 400 steps
}

// Batches for a loop that has its own gradient.
func ExampleMiniBatch_Batches() {
	batches := optim.NewMiniBatch(optim.FiniteSum{N: 5}, 2, rand.New(rand.NewPCG(1, 2)))
	for batches.Epoch() < 2 {
		for batch := range batches.Batches() {
			fmt.Print(len(batch), " ")
		}
	}
	fmt.Println(batches.Epoch(), "epochs")
	// Output: 2 2 1 2 2 1 2 epochs
}

func ExampleNewGrowingBatch() {
	sum := optim.FiniteSum{
		N: 1000,
		Grad: func(dst, x []float64, batch []int) { // of the mean of ½(x − i/1000)²
			for _, i := range batch {
				dst[0] += (x[0] - float64(i)/1000) / float64(len(batch))
			}
		},
	}
	batches := optim.NewGrowingBatch(sum, 4, 0.5, rand.New(rand.NewPCG(1, 2)))
	params, grads := []float64{10}, make([]float64, 1)
	for step := range 40 {
		if step%13 == 0 {
			fmt.Printf("%.3f from %d terms\n", params, batches.Size())
		}
		batches.Grad(grads, params)
		optim.NewSGD(0.5).Step(params, grads)
	}
	// Output:
	// [10.000] from 4 terms
	// [0.512] from 224 terms
	// [0.500] from 1000 terms
	// [0.500] from 1000 terms
}

// SAGA with a fixed learning rate, on logistic regression. It keeps one number for each term.
func ExampleNewSAGA() {
	rows := mat.NewDense(4, 2, []float64{1, 2, 2, 1, -1, -1, -2, 1})
	labels := []float64{1, 1, -1, -1}
	logistic := &optim.LinearSum{
		Rows:      rows,
		Deriv:     func(i int, z float64) float64 { return -labels[i] / (1 + math.Exp(labels[i]*z)) },
		Curvature: 0.25,
		L2:        0.1,
	}
	saga := optim.NewSAGA(logistic.Sum(), rand.New(rand.NewPCG(1, 2)))
	saga.Weights = logistic.Weights()
	_, weighted := logistic.Lipschitz()
	opt := optim.NewSGD(1 / weighted)
	params, grads := make([]float64, 2), make([]float64, 2)
	for range 1000 {
		saga.Grad(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("%.4f\n", params)
	// Output: [1.3070 0.5586]
}

// SVRG reduces the noise of the gradient, so that an adaptive rule converges with a fixed rate,
// too.
func ExampleNewSVRG() {
	sum := optim.FiniteSum{
		N: 3,
		Grad: func(dst, x []float64, batch []int) { // of the mean of ½(x − i)²
			for _, i := range batch {
				dst[0] += (x[0] - float64(i)) / float64(len(batch))
			}
		},
	}
	svrg := optim.NewSVRG(sum, 1, rand.New(rand.NewPCG(1, 2)))
	opt := optim.NewRMSProp(0.01)
	params, grads := []float64{10}, make([]float64, 1)
	for range 2000 {
		svrg.Grad(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("%.4f\n", params)
	// Output: [1.0000]
}

// The lasso minimises ‖Ax − y‖²/2N + λ‖x‖₁. Moved keeps the residual up to date.
func ExampleNewCoordinateDescent() {
	columns := [][]float64{{1, 1, 1, 1}, {1, -1, 1, -1}, {1, 1, -1, -1}}
	residual := []float64{-5, -1, -4, 0} // Ax − y at x = 0
	opt := optim.NewCoordinateDescent(optim.Cyclic)
	opt.L1 = 1
	opt.Lipschitz = []float64{1, 1, 1} // ‖column‖²/N
	opt.Partial = func(_ []float64, i int) float64 { return floats.Dot(columns[i], residual) / 4 }
	opt.Moved = func(i int, delta float64) { floats.AddScaled(residual, delta, columns[i]) }

	params := make([]float64, 3)
	for opt.KKT() > 1e-9 {
		opt.Step(params, nil)
	}
	fmt.Println(params)
	// Output: [1.5 1 0]
}

// Without derivatives a step minimises Func along each coordinate.
func ExampleCoordinateDescent_Step() {
	opt := optim.NewCoordinateDescent(optim.Cyclic)
	opt.Func = func(x []float64) float64 { return math.Abs(x[0]-2) + (x[0]+x[1])*(x[0]+x[1]) }
	params := []float64{2, 7}
	for range 20 {
		opt.Step(params, nil)
	}
	fmt.Printf("%.5f\n", params)
	// Output: [2.00000 -2.00000]
}
