package optim_test

import (
	"fmt"

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
