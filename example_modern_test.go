package optim_test

import (
	"fmt"
	"math"

	"example.com/optim"
)

// A layer with a 2×2 weight and two biases: Muon for the weight, AdamW for the biases.
func ExampleNewMuon() {
	opt := optim.Groups{
		{Len: 4, Optimizer: optim.NewMuon(0.5, 2, 2)},
		{Len: 2, Optimizer: optim.NewAdamW(0.1, 0)},
	}
	params := make([]float64, 6)
	opt.Step(params, []float64{0, 3, -3, 0, 5, -7})
	fmt.Printf("%.2f\n", params) // the weight moves by a multiple of an orthogonal matrix
	// Output: [0.00 -0.55 0.55 0.00 -0.10 0.10]
}

// SOAP needs the gradient of one step to find its bases, so it moves from step 2 on.
func ExampleNewSOAP() {
	opt := optim.NewSOAP(0.1, 2, 2)
	params, grads := []float64{3, -2, 1, 0}, make([]float64, 4)
	for range 200 {
		for i := range grads {
			grads[i] = params[i] - 1
		}
		opt.Step(params, grads)
	}
	fmt.Printf("%.1f\n", params)
	// Output: [1.0 1.0 1.0 1.0]
}

func ExampleNewShampoo() {
	opt := optim.NewShampoo(0.1, 2, 2)
	opt.Schedule = optim.Linear(1, 0, 200)
	params, grads := []float64{3, -2, 1, 0}, make([]float64, 4)
	for range 200 {
		for i := range grads {
			grads[i] = params[i] - 1
		}
		opt.Step(params, grads)
	}
	fmt.Printf("%.1f\n", params)
	// Output: [1.0 1.0 1.0 1.0]
}

// Adafactor keeps one number for each row and column: here 2 + 3 numbers for 6 parameters.
func ExampleNewAdafactor() {
	opt := optim.NewAdafactor(0.3, 2, 3)
	params, grads := make([]float64, 6), make([]float64, 6)
	for range 1000 {
		for i := range grads {
			grads[i] = params[i] - float64(i)
		}
		opt.Step(params, grads)
	}
	fmt.Printf("%.0f\n", params)
	// Output: [0 1 2 3 4 5]
}

// Prodigy finds the size of its steps. LearningRate stays 1.
func ExampleNewProdigy() {
	opt := optim.NewProdigy()
	opt.Schedule = optim.Cosine(500, 0)
	params, grads := []float64{0, 0}, make([]float64, 2)
	for range 500 {
		grads[0], grads[1] = math.Copysign(1, params[0]-3), math.Copysign(1, params[1]+5)
		opt.Step(params, grads)
	}
	fmt.Printf("%.1f, d between 1 and 5: %v\n", params, 1 < opt.Distance() && opt.Distance() < 5)
	// Output: [3.0 -5.0], d between 1 and 5: true
}

// LAMB and LARS scale the step of a layer by the norm of its parameters. Every layer has its own.
func ExampleNewLAMB() {
	layer := func() optim.Optimizer {
		opt := optim.NewLAMB(0.1)
		opt.Normalized = true
		return opt
	}
	opt := optim.Groups{{Len: 2, Optimizer: layer()}, {Len: 2, Optimizer: layer()}}
	params := []float64{1, 1, 0.01, 0.01}
	opt.Step(params, []float64{1, 1, 1, 1})
	fmt.Printf("%.4f\n", params)
	// Output: [0.9000 0.9000 0.0090 0.0090]
}

// The parameters of GPAAdamW are the points where the gradient is taken. Iterate returns the points
// to keep.
func ExampleGPAAdamW_Iterate() {
	opt := optim.NewGPAAdamW(0.1, 0)
	opt.MuX = 0.9
	opt.Schedule = optim.Cosine(300, 0)
	params, grads, best := []float64{5}, []float64{0}, []float64{0}
	for range 300 {
		grads[0] = params[0] - 2
		opt.Step(params, grads)
	}
	opt.Iterate(best, params)
	fmt.Printf("%.2f\n", best)
	// Output: [2.00]
}

func ExampleWarmupStableDecay() {
	schedule := optim.WarmupStableDecay(3, 2, optim.OneMinusSqrt(4, 0))
	for step := range 10 {
		fmt.Printf("%.2f ", schedule.At(step))
	}
	// Output: 0.25 0.50 0.75 1.00 1.00 1.00 0.50 0.29 0.13 0.00
}
