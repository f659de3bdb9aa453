package optim_test

import (
	"fmt"
	"math"

	"example.com/optim"
)

// The predictor is a number: the remaining share of a substance after some hours.
func ExampleFitCurve() {
	decay := func(hours float64, p []float64) float64 { return p[0] * math.Exp(-p[1]*hours) }
	hours := []float64{0, 1, 2, 3, 4, 5}
	share := []float64{1.02, 0.59, 0.38, 0.21, 0.14, 0.08}
	fit, err := optim.FitCurve(decay, hours, share, []float64{1, 1}, nil)
	if err != nil {
		panic(err)
	}
	for j, p := range fit.Params {
		fmt.Printf("%.3f ± %.3f\n", p, fit.StandardErrors[j])
	}
	// Output:
	// 1.014 ± 0.013
	// 0.512 ± 0.012
}

// experiment is one measurement of the speed of a reaction.
type experiment struct {
	concentration float64
	treated       bool
}

// The predictor is a struct. The report names the parameters.
func ExampleFitCurve_struct() {
	speed := func(x experiment, p []float64) float64 {
		most := p[0]
		if x.treated {
			most += p[1]
		}
		return most * x.concentration / (p[2] + x.concentration)
	}
	xs := []experiment{{0.02, true}, {0.06, true}, {0.22, true}, {0.56, true}, {1.1, true},
		{0.02, false}, {0.06, false}, {0.22, false}, {0.56, false}, {1.1, false}}
	ys := []float64{61, 102, 155, 196, 203, 59, 85, 127, 151, 160}
	fit, err := optim.FitCurve(speed, xs, ys, []float64{150, 30, 0.1}, &optim.FitOptions[experiment]{
		Names: []string{"most", "effect", "half"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Print(fit)
	// Output:
	// Fit of 3 parameters to 10 points: FunctionConvergence after 61 evaluations
	//     chi-square           526.91017
	//     reduced chi-square   75.272881
	//     degrees of freedom   7
	//     R²                   0.97829046
	// Parameters
	//     most     166.38183     ± 6.2181     (3.74%) (init = 150)
	//     effect   41.922737     ± 7.5019     (17.89%) (init = 30)
	//     half     0.055728319   ± 0.006988   (12.54%) (init = 0.1)
	// Correlations of at least 0.1
	//     most    effect  -0.5371
	//     most    half    +0.5302
	//     effect  half    +0.1107
}

// Every point has its own error, in units of ys. One parameter is fixed, and another one has a bound.
// A loss limits the influence of the last point, which is an outlier.
func ExampleFitOptions() {
	cooling := func(minutes float64, p []float64) float64 { return p[0] + (p[1]-p[0])*math.Exp(-p[2]*minutes) }
	minutes := []float64{0, 5, 10, 15, 20, 30, 40}
	celsius := []float64{81, 66, 55, 46.5, 41, 31.5, 60}
	fit, err := optim.FitCurve(cooling, minutes, celsius, []float64{20, 80, 0.1}, &optim.FitOptions[float64]{
		Sigma:         []float64{1, 1, 1, 0.5, 0.5, 0.5, 0.5},
		AbsoluteSigma: true,
		Loss:          optim.Cauchy(2),
		Lower:         []float64{18, 0, 0},
		Fixed:         []bool{false, true, false},
		Names:         []string{"room", "begin", "rate"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Print(fit)
	// Output:
	// Fit of 3 parameters to 7 points: FunctionConvergence after 52 evaluations
	//     loss                 Cauchy(2)
	//     chi-square           30.714766
	//     reduced chi-square   6.1429532
	//     degrees of freedom   5
	//     R²                   -0.34598481
	// Parameters
	//     room    19.055786     ± 2.138      (11.22%) (init = 20)
	//     begin   80            (fixed)
	//     rate    0.052441917   ± 0.0034975  (6.67%) (init = 0.1)
	// Correlations of at least 0.1
	//     room   rate   +0.9720
}

// The band of confidence is narrow where there are points.
func ExampleFit_Band() {
	line := func(x float64, p []float64) float64 { return p[0] + p[1]*x }
	fit, err := optim.FitCurve(line, []float64{0, 1, 2, 3, 4}, []float64{1.1, 2.9, 5.2, 6.8, 9.1}, []float64{0, 0}, nil)
	if err != nil {
		panic(err)
	}
	for _, x := range []float64{2, 4, 8} {
		value, standardError := fit.Predict(x)
		lower, upper := fit.Band(x, 0.95)
		fmt.Printf("%v: %.2f ± %.2f, %.2f to %.2f\n", x, value, standardError, lower, upper)
	}
	// Output:
	// 2: 5.02 ± 0.08, 4.75 to 5.29
	// 4: 9.00 ± 0.15, 8.53 to 9.47
	// 8: 16.96 ± 0.37, 15.79 to 18.13
}

func ExampleFit_Confidence() {
	line := func(x float64, p []float64) float64 { return p[0] + p[1]*x }
	fit, err := optim.FitCurve(line, []float64{0, 1, 2, 3, 4}, []float64{1.1, 2.9, 5.2, 6.8, 9.1}, []float64{0, 0}, nil)
	if err != nil {
		panic(err)
	}
	lower, upper := fit.Confidence(0.95)
	for j, p := range fit.Params {
		fmt.Printf("%.2f: %.2f to %.2f\n", p, lower[j], upper[j])
	}
	// Output:
	// 1.04: 0.57 to 1.51
	// 1.99: 1.80 to 2.18
}
