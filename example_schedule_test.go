package optim_test

import (
	"fmt"
	"math"

	"example.com/optim"
)

// printSchedule prints the factors of the steps from 0 on.
func printSchedule(s optim.Schedule, steps int) {
	for step := range steps {
		fmt.Printf("%.3g ", s.At(step))
	}
}

// A schedule of your own is a function.
func ExampleSchedule_own() {
	opt := optim.NewSGD(0.1)
	opt.Schedule = func(step int) float64 { return 1 / math.Sqrt(float64(1+step)) }
	params := []float64{0}
	for range 4 {
		opt.Step(params, []float64{1})
		fmt.Printf("%.4f ", opt.Rate())
	}
	// Output: 0.1000 0.0707 0.0577 0.0500
}

func ExampleConstant() {
	printSchedule(optim.Constant(0.5), 3)
	// Output: 0.5 0.5 0.5
}

// Half of the rate after every 2 steps.
func ExampleStepDecay() {
	printSchedule(optim.StepDecay(2, 0.5), 6)
	// Output: 1 1 0.5 0.5 0.25 0.25
}

// A tenth of the rate from step 2 and again from step 5 on.
func ExampleMultiStep() {
	printSchedule(optim.MultiStep(0.1, 2, 5), 7)
	// Output: 1 1 0.1 0.1 0.1 0.01 0.01
}

func ExampleExponential() {
	printSchedule(optim.Exponential(0.9), 4)
	// Output: 1 0.9 0.81 0.729
}

// 1/(1 + t).
func ExampleInverseTime() {
	printSchedule(optim.InverseTime(1), 5)
	// Output: 1 0.5 0.333 0.25 0.2
}

// 1/√(1 + t).
func ExampleInverseSqrt() {
	printSchedule(optim.InverseSqrt(1), 4)
	// Output: 1 0.707 0.577 0.5
}

// (1 − t/4)².
func ExamplePolynomial() {
	printSchedule(optim.Polynomial(4, 2), 6)
	// Output: 1 0.562 0.25 0.0625 0 0
}

// From 1 to 0.2.
func ExamplePolynomialBetween() {
	printSchedule(optim.PolynomialBetween(1, 0.2, 4, 2), 6)
	// Output: 1 0.65 0.4 0.25 0.2 0.2
}

func ExampleLinear() {
	printSchedule(optim.Linear(1, 0.2, 4), 6)
	// Output: 1 0.8 0.6 0.4 0.2 0.2
}

// 1 − √(t/4).
func ExampleOneMinusSqrt() {
	printSchedule(optim.OneMinusSqrt(4, 0), 6)
	// Output: 1 0.5 0.293 0.134 0 0
}

func ExampleCosine() {
	printSchedule(optim.Cosine(4, 0.2), 6)
	// Output: 1 0.883 0.6 0.317 0.2 0.2
}

// Down in 2 steps and up in 2 steps.
func ExampleCosinePeriodic() {
	printSchedule(optim.CosinePeriodic(2, 0), 7)
	// Output: 1 0.5 0 0.5 1 0.5 0
}

// Periods of 2, 4 and 8 steps.
func ExampleCosineRestarts() {
	printSchedule(optim.CosineRestarts(2, 2, 0), 8)
	// Output: 1 0.5 1 0.854 0.5 0.146 1 0.962
}

// Up in 2 steps and down in 4.
func ExampleTriangular() {
	printSchedule(optim.Triangular(0.2, 2, 4), 9)
	// Output: 0.2 0.6 1 0.8 0.6 0.4 0.2 0.6 1
}

// The second triangle has half of the height.
func ExampleTriangular2() {
	printSchedule(optim.Triangular2(0.2, 2, 4), 9)
	// Output: 0.2 0.6 1 0.8 0.6 0.4 0.2 0.4 0.6
}

// The height in step t is 0.8·0.9ᵗ.
func ExampleExpRange() {
	printSchedule(optim.ExpRange(0.2, 2, 4, 0.9), 4)
	// Output: 0.2 0.56 0.848 0.637
}

// A warm-up of 3 steps. The cosine begins after it.
func ExampleWarmup() {
	printSchedule(optim.Warmup(3, optim.Cosine(4, 0)), 8)
	// Output: 0.25 0.5 0.75 1 0.854 0.5 0.146 0
}

func ExamplePhase() {
	printSchedule(optim.Sequence(
		optim.Phase{Steps: 2, Schedule: optim.Constant(1)},
		optim.Phase{Schedule: optim.Exponential(0.5)}, // the rest; it begins at its step 0
	), 5)
	// Output: 1 1 1 0.5 0.25
}

// A decay that halves the factors of another schedule every 2 steps.
func ExampleProduct() {
	printSchedule(optim.Product(optim.Linear(1, 0.2, 4), optim.StepDecay(2, 0.5)), 5)
	// Output: 1 0.8 0.3 0.2 0.05
}

// Up to 1 in 0.3 of the steps, and down to almost 0 in the last step.
func ExampleNewOneCycle() {
	cycle := optim.NewOneCycle(10)
	cycle.Linear = true
	printSchedule(cycle.At, 10)
	// Output: 0.04 0.52 1 0.857 0.714 0.571 0.429 0.286 0.143 4e-06
}
