package optim_test

import (
	"fmt"

	"example.com/optim"
)

func ExampleNewSGD() {
	opt := optim.NewSGD(0.1)
	params := []float64{1, 2}
	opt.Step(params, []float64{10, -20})
	fmt.Println(params) // params − 0.1·grads
	// Output: [0 4]
}

// v is 1 and then 0.5·1 + 1.
func ExampleNewMomentum() {
	opt := optim.NewMomentum(1, 0.5)
	params := []float64{0}
	for range 2 {
		opt.Step(params, []float64{1})
		fmt.Print(params, " ")
	}
	// Output: [-1] [-2.5]
}

// v is that of Momentum, and a step is g + 0.5·v.
func ExampleNewNesterov() {
	opt := optim.NewNesterov(1, 0.5)
	params := []float64{0}
	for range 2 {
		opt.Step(params, []float64{1})
		fmt.Print(params, " ")
	}
	// Output: [-1.5] [-3.25]
}

// The steps are 3/√3² and 4/√(3² + 4²).
func ExampleNewAdaGrad() {
	opt := optim.NewAdaGrad(1)
	params := []float64{0}
	for _, g := range []float64{3, 4} {
		opt.Step(params, []float64{g})
		fmt.Printf("%.3f ", params)
	}
	// Output: [-1.000] [-1.800]
}

// The mean of g² begins at 0 and has no correction: with Beta 0.99 the first step is 10·η.
func ExampleNewRMSProp() {
	opt := optim.NewRMSProp(0.01)
	opt.Mu = 0.9 // the second step repeats 0.9 of the first
	params := []float64{0, 0}
	opt.Step(params, []float64{3, -300})
	fmt.Printf("%.3f ", params)
	opt.Step(params, []float64{0, 0})
	fmt.Printf("%.3f", params)
	// Output: [-0.100 0.100] [-0.190 0.190]
}

// A factor on the loss changes the steps little.
func ExampleNewAdaDelta() {
	opt := optim.NewAdaDelta(1)
	params := []float64{0, 0}
	for range 100 {
		opt.Step(params, []float64{1, -1000})
	}
	fmt.Printf("%.2f\n", params)
	// Output: [-0.41 0.41]
}

// The first step has the size of the learning rate in every coordinate.
func ExampleNewAdam() {
	opt := optim.NewAdam(0.1)
	params, grads := []float64{0, 0}, make([]float64, 2)
	opt.Step(params, []float64{0.001, -1000})
	fmt.Printf("%.3f\n", params)

	opt = optim.NewAdam(0.1)
	opt.Schedule = optim.Cosine(500, 0)
	params = []float64{0, 0}
	for range 500 {
		grads[0], grads[1] = 2*(params[0]-3), 20*(params[1]+1) // of (x−3)² + 10(y+1)²
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output:
	// [-0.100 0.100]
	// [3.000 -1.000]
}

// The decay takes η·λ = 0.05 of the parameters. A gradient of 0 does not change it.
func ExampleNewAdamW() {
	opt := optim.NewAdamW(0.1, 0.5)
	params := []float64{1, -20}
	opt.Step(params, []float64{0, 0})
	fmt.Printf("%.2f\n", params)
	// Output: [0.95 -19.00]
}

// After a gradient of 10 the later steps of AMSGrad stay small. Those of Adam grow to η.
func ExampleNewAMSGrad() {
	adam, amsgrad := optim.NewAdam(0.1), optim.NewAMSGrad(0.1)
	adam.Beta2, amsgrad.Beta2 = 0.9, 0.9
	moved := func(opt optim.Optimizer) float64 {
		params := []float64{0}
		opt.Step(params, []float64{10})
		for range 50 {
			opt.Step(params, []float64{1})
		}
		before := params[0]
		opt.Step(params, []float64{1})
		return before - params[0]
	}
	fmt.Printf("%.3f %.3f\n", moved(adam), moved(amsgrad))
	// Output: 0.098 0.032
}

// m̂/u is 4/4 and then (0.56/0.19)/(0.999·4).
func ExampleNewAdaMax() {
	opt := optim.NewAdaMax(0.1)
	params := []float64{0}
	for _, g := range []float64{4, 2} {
		opt.Step(params, []float64{g})
		fmt.Printf("%.3f ", params)
	}
	// Output: [-0.100] [-0.174]
}

func ExampleNewNAdam() {
	opt := optim.NewNAdam(0.1)
	params, grads := []float64{0, 0}, make([]float64, 2)
	for range 1000 {
		grads[0], grads[1] = 2*(params[0]-3), 20*(params[1]+1) // of (x−3)² + 10(y+1)²
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output: [3.000 -1.000]
}

// The first five steps are those of an unbiased momentum, in proportion to the gradient.
func ExampleNewRAdam() {
	opt := optim.NewRAdam(0.1)
	params := []float64{0, 0}
	for range 5 {
		opt.Step(params, []float64{1, -20})
	}
	fmt.Printf("%.2f\n", params)
	// Output: [-0.50 10.00]
}

// Where the gradient does not change, a step is larger than one of Adam.
func ExampleNewAdaBelief() {
	adam, belief := optim.NewAdam(0.1), optim.NewAdaBelief(0.1)
	x, y := []float64{0}, []float64{0}
	for range 20 {
		adam.Step(x, []float64{1})
		belief.Step(y, []float64{1})
	}
	fmt.Printf("%.1f %.1f\n", x, y)
	// Output: [-2.0] [-3.3]
}

// The first gradient only sets the scale. The parameters move from step 2 on.
func ExampleNewADOPT() {
	opt := optim.NewADOPT(0.1)
	params := []float64{0, 0}
	for range 2 {
		opt.Step(params, []float64{1, -1000})
		fmt.Printf("%.3f ", params)
	}
	// Output: [0.000 0.000] [-0.010 0.010]
}

// After the first step the means are 0.1 and 1e-4 of the gradient. The step is η·(0.1 + 5·1e-4)/0.1.
func ExampleNewAdEMAMix() {
	opt := optim.NewAdEMAMix(1)
	params := []float64{0, 0}
	opt.Step(params, []float64{1, -1000})
	fmt.Printf("%.4f\n", params)
	// Output: [-1.0050 1.0050]
}

func ExampleNewAdan() {
	opt := optim.NewAdan(0.1)
	params, grads := []float64{0, 0}, make([]float64, 2)
	for range 1000 {
		grads[0], grads[1] = 2*(params[0]-3), 20*(params[1]+1) // of (x−3)² + 10(y+1)²
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output: [3.000 -1.000]
}

// A step has the length Trust·‖x‖ for any gradient. Trust is 1e-3 by default.
func ExampleNewLARS() {
	opt := optim.NewLARS(1, 0)
	params := []float64{3, 4}
	opt.Step(params, []float64{0, -700})
	fmt.Printf("%.4f\n", params) // by 1e-3·5
	// Output: [3.0000 4.0050]
}

// The step sizes grow by 1.2 while the sign of the gradient stays. After a change of sign the
// parameter waits for a step, and the step size is halved.
func ExampleNewRprop() {
	opt := optim.NewRprop(1)
	params := []float64{0}
	for _, g := range []float64{7, 0.1, -3, -3} {
		opt.Step(params, []float64{g})
		fmt.Printf("%.1f ", params)
	}
	// Output: [-1.0] [-2.2] [-2.2] [-1.6]
}

// Every parameter moves by the learning rate.
func ExampleNewLion() {
	opt := optim.NewLion(0.1)
	params := []float64{0, 0}
	opt.Step(params, []float64{0.001, -1000})
	fmt.Println(params)
	// Output: [-0.1 0.1]
}

// The gradient is taken at params. The point to keep is Iterate's.
func ExampleNewScheduleFreeSGD() {
	opt := optim.NewScheduleFreeSGD(0.05)
	params, grads, best := []float64{0, 0}, make([]float64, 2), make([]float64, 2)
	for range 2000 {
		grads[0], grads[1] = 2*(params[0]-3), 20*(params[1]+1) // of (x−3)² + 10(y+1)²
		opt.Step(params, grads)
	}
	opt.Iterate(best, params)
	fmt.Printf("%.2f\n", best)
	// Output: [3.00 -1.00]
}

func ExampleNewScheduleFreeAdamW() {
	opt := optim.NewScheduleFreeAdamW(0.1, 0)
	params, grads, best := []float64{0, 0}, make([]float64, 2), make([]float64, 2)
	for range 2000 {
		grads[0], grads[1] = 2*(params[0]-3), 20*(params[1]+1) // of (x−3)² + 10(y+1)²
		opt.Step(params, grads)
	}
	opt.Iterate(best, params)
	fmt.Printf("%.2f\n", best)
	// Output: [3.00 -1.00]
}
