package optim

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
)

// unconstrained holds the starts and the tolerances of max|g| with which gonum tests its methods, from
// optimize/unconstrained_test.go of v0.17.0. lists has a letter for each list that a problem is in: g is of
// gradient descent, q of quasi-Newton methods, b of BFGS, l of L-BFGS, n of Newton.
var unconstrained = []struct {
	f         testFunction
	start     []float64
	tolerance float64
	lists     string
}{
	{functions.Beale{}, []float64{1, 1}, 1e-12, "gn"},
	{functions.Beale{}, []float64{3.00001, 0.50001}, 1e-12, "g"},
	{functions.BiggsEXP2{}, []float64{1, 2}, 1e-12, "g"},
	{functions.BiggsEXP2{}, []float64{1.00001, 10.00001}, 1e-12, "g"},
	{functions.BiggsEXP3{}, []float64{1, 2, 1}, 1e-12, "g"},
	{functions.BiggsEXP3{}, []float64{1.00001, 10.00001, 3.00001}, 1e-12, "g"},
	{functions.ExtendedRosenbrock{}, []float64{-1.2, 1}, 1e-10, "g"},
	{functions.ExtendedRosenbrock{}, []float64{1.00001, 1.00001}, 1e-10, "g"},
	{functions.ExtendedRosenbrock{}, []float64{-1.2, 1, -1.2}, 1e-10, "g"},
	{functions.ExtendedRosenbrock{}, []float64{-120, 100, 50}, 1e-12, "g"},
	{functions.ExtendedRosenbrock{}, repeat(1, 3), 1e-12, "g"},
	{functions.ExtendedRosenbrock{}, repeat(1.00001, 3), 1e-8, "g"},
	{functions.Gaussian{}, []float64{0.4, 1, 0}, 1e-9, "g"},
	{functions.Gaussian{}, []float64{0.3989561, 1.0000191, 0}, 1e-9, "g"},
	{functions.HelicalValley{}, []float64{-1, 0, 0}, 1e-12, "g"},
	{functions.HelicalValley{}, []float64{1.00001, 0.00001, 0.00001}, 1e-12, "g"},
	{functions.Sphere{}, []float64{0.00001, 1.00001, 2.00001, 3.00001, 4.00001}, 1e-10, "g"},
	{functions.Sphere{}, []float64{0.00001, 1.00001, 2.00001, 3.00001, 4.00001, 5.00001, 6.00001, 7.00001, 8.00001, 9.00001}, 1e-10, "g"},
	{functions.Trigonometric{}, repeat(0.1, 10), 1e-7, "g"},
	{functions.Trigonometric{}, []float64{0.042964, 0.043976, 0.045093, 0.046338, 0.047744, 0.049354, 0.051237, 0.195209, 0.164977, 0.060148}, 1e-8, "g"},
	{functions.VariablyDimensioned{}, stepped(2, 1, -1./2), 1e-12, "g"},
	{functions.VariablyDimensioned{}, []float64{1.00001, 1.00001}, 1e-12, "g"},
	{functions.VariablyDimensioned{}, stepped(10, 1, -1./10), 1e-12, "g"},
	{functions.VariablyDimensioned{}, repeat(1.00001, 10), 1e-12, "g"},
	{functions.BiggsEXP4{}, []float64{1, 2, 1, 1}, 1e-12, "q"},
	{functions.BiggsEXP4{}, []float64{1.00001, 10.00001, 1.00001, 5.00001}, 1e-12, "q"},
	{functions.BiggsEXP5{}, []float64{1.00001, 10.00001, 1.00001, 5.00001, 4.00001}, 1e-12, "q"},
	{functions.BiggsEXP6{}, []float64{1.00001, 10.00001, 1.00001, 5.00001, 4.00001, 3.00001}, 1e-8, "ql"},
	{functions.Box3D{}, []float64{0, 10, 20}, 1e-12, "q"},
	{functions.Box3D{}, []float64{1.00001, 10.00001, 1.00001}, 1e-12, "q"},
	{functions.Box3D{}, []float64{100.00001, 100.00001, 0.00001}, 1e-12, "q"},
	{functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 3}, 1e-12, "q"},
	{functions.ExtendedPowellSingular{}, repeat(0.00001, 4), 1e-12, "q"},
	{functions.ExtendedPowellSingular{}, repeat(0.00001, 8), 1e-12, "q"},
	{functions.ExtendedRosenbrock{}, []float64{-1.2, 1, -1.2, 1}, 1e-12, "q"},
	{functions.VariablyDimensioned{}, stepped(100, 1, -1./100), 1e-10, "q"},
	{functions.BiggsEXP5{}, []float64{1, 2, 1, 1, 1}, 1e-10, "q"},
	{functions.BiggsEXP6{}, []float64{1, 2, 1, 1, 1, 1}, 1e-8, "ql"},
	{functions.BrownBadlyScaled{}, []float64{1, 1}, 1e-9, "qn"},
	{functions.BrownBadlyScaled{}, []float64{1.000001e6, 2.01e-6}, 1e-12, "q"},
	{functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 3, 3, -1, 0, 3}, 1e-12, "q"},
	{functions.ExtendedRosenbrock{}, repeat(1.00001, 4), 1e-12, "q"},
	{functions.Gaussian{}, []float64{0.4, 1, 0}, 1e-11, "q"},
	{functions.GulfResearchAndDevelopment{}, []float64{5, 2.5, 0.15}, 1e-12, "q"},
	{functions.GulfResearchAndDevelopment{}, []float64{50.00001, 25.00001, 1.50001}, 1e-12, "q"},
	{functions.GulfResearchAndDevelopment{}, []float64{99.89529, 60.61453, 9.16124}, 1e-12, "q"},
	{functions.GulfResearchAndDevelopment{}, []float64{201.66258, 60.61633, 10.22489}, 1e-12, "q"},
	{functions.PenaltyI{}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 1e-12, "q"},
	{functions.PenaltyI{}, repeat(0.250007, 4), 1e-9, "q"},
	{functions.PenaltyI{}, repeat(0.1581, 10), 1e-12, "q"},
	{functions.PenaltyII{}, repeat(0.5, 4), 1e-10, "q"},
	{functions.PenaltyII{}, []float64{0.19999, 0.19131, 0.4801, 0.51884}, 1e-10, "q"},
	{functions.PenaltyII{}, repeat(0.5, 10), 1e-9, "q"},
	{functions.PenaltyII{}, []float64{0.19998, 0.01035, 0.01960, 0.03208, 0.04993, 0.07651, 0.11862, 0.19214, 0.34732, 0.36916}, 1e-9, "q"},
	{functions.PowellBadlyScaled{}, []float64{0, 1}, 1e-10, "qn"},
	{functions.PowellBadlyScaled{}, []float64{1.09815e-05, 9.10614}, 1e-10, "q"},
	{functions.Watson{}, repeat(0, 6), 1e-7, "q"},
	{functions.Watson{}, []float64{-0.01572, 1.01243, -0.23299, 1.26043, -1.51372, 0.99299}, 1e-7, "q"},
	{functions.Watson{}, repeat(0, 9), 1e-8, "q"},
	{functions.Watson{}, []float64{-1.53070e-05, 0.99978, 0.01476, 0.14634, 1.00082, -2.61773, 4.10440, -3.14361, 1.05262}, 1e-8, "q"},
	{functions.BiggsEXP6{}, []float64{1, 2, 1, 1, 1, 1}, 1e-10, "b"},
	{functions.BiggsEXP6{}, []float64{1.00001, 10.00001, 1.00001, 5.00001, 4.00001, 3.00001}, 1e-10, "b"},
	{functions.BrownAndDennis{}, []float64{25, 5, -5, -1}, 1e-3, "b"},
	{functions.ExtendedRosenbrock{}, []float64{1e5, 1e5}, 1e-10, "b"},
	{functions.Gaussian{}, []float64{0.398, 1, 0}, 1e-11, "b"},
	{functions.Wood{}, []float64{-3, -1, -3, -1}, 1e-12, "bn"},
	{functions.ExtendedRosenbrock{}, []float64{1e7, 1e6}, 1e-10, "l"},
	{functions.Gaussian{}, []float64{0.398, 1, 0}, 1e-10, "l"},
	{functions.VariablyDimensioned{}, stepped(1000, 1, -1./1000), 1e-8, "l"},
	{functions.VariablyDimensioned{}, stepped(10000, 1, -1./10000), 1e-5, "l"},
	{functions.BrownAndDennis{}, []float64{25, 5, -5, -1}, 1e-10, "n"},
	{functions.Watson{}, repeat(0, 6), 1e-12, "n"},
	{functions.Watson{}, repeat(0, 10), 1e-12, "n"},
}

// TestUnconstrained runs gonum's list with our optimizers in the place of gonum's methods. The gradient reaches
// every tolerance.
func TestUnconstrained(t *testing.T) {
	for _, s := range []struct {
		solver
		lists string
	}{
		{solverLBFGS, "gql"}, {solverBFGS, "gqb"}, {solverSR1, "gqb"}, {solverHessianFree, "gqb"}, {solverNewton, "n"},
	} {
		t.Run(s.name, func(t *testing.T) {
			skipOpen(t)
			for _, row := range unconstrained {
				if !strings.ContainsAny(row.lists, s.lists) {
					continue
				}
				p := optimize.Problem{Func: row.f.Func, Grad: row.f.Grad, Hess: hessOf(row.f)}
				r, err := optimize.Minimize(p, row.start, &optimize.Settings{
					GradientThreshold: row.tolerance,
					Converger:         optimize.NeverTerminate{},
					FuncEvaluations:   mostEvaluations,
					GradEvaluations:   mostEvaluations,
				}, Method(s.make()))
				g := make([]float64, len(row.start))
				row.f.Grad(g, r.X)
				if top := floats.Norm(g, math.Inf(1)); !(top < row.tolerance) || err != nil {
					at := strings.TrimPrefix(fmt.Sprintf("%T from %.6v", row.f, row.start[:min(len(row.start), 10)]), "functions.")
					t.Errorf("%s: max|g| = %.3g, want %v; %v (%v) after %d evaluations", at, top, row.tolerance, r.Status, err, r.FuncEvaluations)
				}
			}
		})
	}
}
