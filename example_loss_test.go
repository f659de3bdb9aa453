package optim_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim"
)

// The fourth height is an outlier.
func outlier(dst, x []float64) {
	decay(dst, x)
	dst[3] -= 4
}

// fitWith fits the decay with a loss, from x on.
func fitWith(loss optim.Loss, x []float64) {
	fit := optim.NewLevenbergMarquardt(len(times), outlier, nil)
	fit.Loss = loss
	for fit.Status() == optimize.NotTerminated {
		fit.Step(x, x)
	}
	fmt.Printf("%v: %.2f\n", loss, x)
}

// The scale of a loss is about the largest error of a good residual. The losses that are not convex
// begin at the minimum with Huber.
func ExampleLoss() {
	x := []float64{1, 1}
	fitWith(optim.Loss{}, x)
	fitWith(optim.Huber(0.2), x)
	fitWith(optim.Tukey(0.5), x)
	r := make([]float64, len(times))
	outlier(r, x)
	for i := range r {
		if _, weight, _ := optim.Tukey(0.5).At(r[i]); weight == 0 {
			fmt.Println("outlier", i)
		}
	}
	// Output:
	// Square: [7.75 0.34]
	// Huber(0.2): [8.06 0.50]
	// Tukey(0.5): [8.09 0.51]
	// outlier 3
}

func ExampleHuber() {
	fitWith(optim.Huber(0.2), []float64{1, 1})
	// Output: Huber(0.2): [8.06 0.50]
}

func ExampleSoftL1() {
	fitWith(optim.SoftL1(0.2), []float64{1, 1})
	// Output: SoftL1(0.2): [8.06 0.50]
}

func ExampleCauchy() {
	fitWith(optim.Cauchy(0.2), []float64{8, 0.5})
	// Output: Cauchy(0.2): [8.08 0.51]
}

func ExampleArctan() {
	fitWith(optim.Arctan(0.2), []float64{8, 0.5})
	// Output: Arctan(0.2): [8.08 0.51]
}

func ExampleTukey() {
	fitWith(optim.Tukey(0.5), []float64{8, 0.5})
	// Output: Tukey(0.5): [8.09 0.51]
}

// A weight of 0 or next to 0 shows an outlier.
func ExampleLoss_At() {
	loss := optim.Tukey(2)
	for _, r := range []float64{0.1, 1, 3} {
		value, weight, _ := loss.At(r)
		fmt.Printf("%.3f %.3f\n", value, weight)
	}
	// Output:
	// 0.005 0.995
	// 0.385 0.562
	// 0.667 0.000
}

// At first the rate of the decay is at most 0.5, and then the height at the start is fixed.
func ExampleLeastSquares_bounds() {
	fit := optim.NewLevenbergMarquardt(len(times), decay, nil)
	fit.Upper = []float64{math.Inf(1), 0.5}
	x, errors := []float64{1, 1}, make([]float64, 2)
	for fit.Status() == optimize.NotTerminated {
		fit.Step(x, x)
	}
	err := fit.StandardErrors(errors)
	fmt.Printf("%.3f ± %.3f, %v\n", x, errors, err)

	fit.Upper, fit.Fixed = nil, []bool{true, false}
	x[0] = 8
	fit.Step(x, x)
	for fit.Status() == optimize.NotTerminated {
		fit.Step(x, x)
	}
	fmt.Printf("%.3f\n", x)
	// Output:
	// [8.045 0.500] ± [0.065 0.000], <nil>
	// [8.000 0.501]
}
