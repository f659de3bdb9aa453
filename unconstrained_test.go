package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
)

// gonumRows are the problems of unconstrained_test.go in gonum v0.17.0, with their starts and
// tolerances. lists are the lists of that file that contain the row: g for gradientDescentTests, c
// for cgTests, q for quasiNewtonTests, b for bfgsTests, l for lbfgsTests and n for newtonTests.
var gonumRows = []struct {
	f         testFunction
	start     []float64
	tolerance float64 // max|gᵢ| at the end is less
	lists     string
}{
	{functions.Beale{}, []float64{1, 1}, 1e-12, "gn"},
	{functions.Beale{}, []float64{3.00001, 0.50001}, 1e-12, "g"},
	{functions.BiggsEXP2{}, []float64{1, 2}, 1e-12, "g"},
	{functions.BiggsEXP2{}, []float64{1.00001, 10.00001}, 1e-12, "g"},
	{functions.BiggsEXP3{}, []float64{1, 2, 1}, 1e-12, "g"},
	{functions.BiggsEXP3{}, []float64{1.00001, 10.00001, 3.00001}, 1e-12, "g"},
	{functions.BiggsEXP4{}, []float64{1, 2, 1, 1}, 1e-12, "cq"},
	{functions.BiggsEXP4{}, []float64{1.00001, 10.00001, 1.00001, 5.00001}, 1e-12, "cq"},
	{functions.BiggsEXP5{}, []float64{1, 2, 1, 1, 1}, 1e-7, "c"},
	{functions.BiggsEXP5{}, []float64{1.00001, 10.00001, 1.00001, 5.00001, 4.00001}, 1e-12, "cq"},
	{functions.BiggsEXP5{}, []float64{1, 2, 1, 1, 1}, 1e-10, "q"},
	{functions.BiggsEXP6{}, []float64{1, 2, 1, 1, 1, 1}, 1e-7, "c"},
	{functions.BiggsEXP6{}, []float64{1.00001, 10.00001, 1.00001, 5.00001, 4.00001, 3.00001}, 1e-8, "cql"},
	{functions.BiggsEXP6{}, []float64{1, 2, 1, 1, 1, 1}, 1e-8, "ql"},
	{functions.BiggsEXP6{}, []float64{1, 2, 1, 1, 1, 1}, 1e-10, "b"},
	{functions.BiggsEXP6{}, []float64{1.00001, 10.00001, 1.00001, 5.00001, 4.00001, 3.00001}, 1e-10, "b"},
	{functions.Box3D{}, []float64{0, 10, 20}, 1e-12, "cq"},
	{functions.Box3D{}, []float64{1.00001, 10.00001, 1.00001}, 1e-12, "cq"},
	{functions.Box3D{}, []float64{100.00001, 100.00001, 0.00001}, 1e-12, "cq"},
	{functions.BrownAndDennis{}, []float64{25, 5, -5, -1}, 1e-3, "b"},
	{functions.BrownAndDennis{}, []float64{25, 5, -5, -1}, 1e-10, "n"},
	{functions.BrownBadlyScaled{}, []float64{1, 1}, 1e-9, "qn"},
	{functions.BrownBadlyScaled{}, []float64{1.000001e6, 2.01e-6}, 1e-12, "q"},
	{functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 3}, 1e-12, "cq"},
	{functions.ExtendedPowellSingular{}, repeat(0.00001, 4), 1e-12, "cq"},
	{functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 3, 3, -1, 0, 3}, 1e-8, "c"},
	{functions.ExtendedPowellSingular{}, repeat(0.00001, 8), 1e-12, "cq"},
	{functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 3, 3, -1, 0, 3}, 1e-12, "q"},
	{functions.ExtendedRosenbrock{}, []float64{-1.2, 1}, 1e-10, "g"},
	{functions.ExtendedRosenbrock{}, []float64{1.00001, 1.00001}, 1e-10, "g"},
	{functions.ExtendedRosenbrock{}, []float64{-1.2, 1, -1.2}, 1e-10, "g"},
	{functions.ExtendedRosenbrock{}, []float64{-120, 100, 50}, 1e-12, "g"},
	{functions.ExtendedRosenbrock{}, []float64{1, 1, 1}, 1e-12, "g"},
	{functions.ExtendedRosenbrock{}, []float64{1.00001, 1.00001, 1.00001}, 1e-8, "g"},
	{functions.ExtendedRosenbrock{}, []float64{-1.2, 1, -1.2, 1}, 1e-12, "cq"},
	{functions.ExtendedRosenbrock{}, []float64{1e4, 1e4}, 1e-10, "c"},
	{functions.ExtendedRosenbrock{}, repeat(1.00001, 4), 1e-10, "c"},
	{functions.ExtendedRosenbrock{}, repeat(1.00001, 4), 1e-12, "q"},
	{functions.ExtendedRosenbrock{}, []float64{1e5, 1e5}, 1e-10, "b"},
	{functions.ExtendedRosenbrock{}, []float64{1e7, 1e6}, 1e-10, "l"},
	{functions.Gaussian{}, []float64{0.4, 1, 0}, 1e-9, "g"},
	{functions.Gaussian{}, []float64{0.3989561, 1.0000191, 0}, 1e-9, "g"},
	{functions.Gaussian{}, []float64{0.4, 1, 0}, 1e-11, "q"},
	{functions.Gaussian{}, []float64{0.398, 1, 0}, 1e-11, "b"},
	{functions.Gaussian{}, []float64{0.398, 1, 0}, 1e-10, "l"},
	{functions.GulfResearchAndDevelopment{}, []float64{5, 2.5, 0.15}, 1e-12, "q"},
	{functions.GulfResearchAndDevelopment{}, []float64{50.00001, 25.00001, 1.50001}, 1e-12, "q"},
	{functions.GulfResearchAndDevelopment{}, []float64{99.89529, 60.61453, 9.16124}, 1e-12, "q"},
	{functions.GulfResearchAndDevelopment{}, []float64{201.66258, 60.61633, 10.22489}, 1e-12, "q"},
	{functions.HelicalValley{}, []float64{-1, 0, 0}, 1e-12, "g"},
	{functions.HelicalValley{}, []float64{1.00001, 0.00001, 0.00001}, 1e-12, "g"},
	{functions.PenaltyI{}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 1e-9, "c"},
	{functions.PenaltyI{}, repeat(0.250007, 4), 1e-10, "c"},
	{functions.PenaltyI{}, repeat(0.1581, 10), 1e-10, "c"},
	{functions.PenaltyI{}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 1e-12, "q"},
	{functions.PenaltyI{}, repeat(0.250007, 4), 1e-9, "q"},
	{functions.PenaltyI{}, repeat(0.1581, 10), 1e-12, "q"},
	{functions.PenaltyII{}, repeat(0.5, 4), 1e-8, "c"},
	{functions.PenaltyII{}, []float64{0.19999, 0.19131, 0.4801, 0.51884}, 1e-8, "c"},
	{functions.PenaltyII{}, []float64{0.19998, 0.01035, 0.01960, 0.03208, 0.04993, 0.07651, 0.11862, 0.19214, 0.34732, 0.36916}, 1e-6, "c"},
	{functions.PenaltyII{}, repeat(0.5, 4), 1e-10, "q"},
	{functions.PenaltyII{}, []float64{0.19999, 0.19131, 0.4801, 0.51884}, 1e-10, "q"},
	{functions.PenaltyII{}, repeat(0.5, 10), 1e-9, "q"},
	{functions.PenaltyII{}, []float64{0.19998, 0.01035, 0.01960, 0.03208, 0.04993, 0.07651, 0.11862, 0.19214, 0.34732, 0.36916}, 1e-9, "q"},
	{functions.PowellBadlyScaled{}, []float64{1.09815e-05, 9.10614}, 1e-8, "c"},
	{functions.PowellBadlyScaled{}, []float64{0, 1}, 1e-10, "qn"},
	{functions.PowellBadlyScaled{}, []float64{1.09815e-05, 9.10614}, 1e-10, "q"},
	{functions.Sphere{}, []float64{0.00001, 1.00001, 2.00001, 3.00001, 4.00001}, 1e-10, "g"},
	{functions.Sphere{}, []float64{0.00001, 1.00001, 2.00001, 3.00001, 4.00001, 5.00001, 6.00001, 7.00001, 8.00001, 9.00001}, 1e-10, "g"},
	{functions.Trigonometric{}, repeat(0.1, 10), 1e-7, "g"},
	{functions.Trigonometric{}, []float64{0.042964, 0.043976, 0.045093, 0.046338, 0.047744, 0.049354, 0.051237, 0.195209, 0.164977, 0.060148}, 1e-8, "g"},
	{functions.VariablyDimensioned{}, descending(2), 1e-12, "g"},
	{functions.VariablyDimensioned{}, []float64{1.00001, 1.00001}, 1e-12, "g"},
	{functions.VariablyDimensioned{}, descending(10), 1e-12, "g"},
	{functions.VariablyDimensioned{}, repeat(1.00001, 10), 1e-12, "g"},
	{functions.VariablyDimensioned{}, descending(100), 1e-10, "cq"},
	{functions.VariablyDimensioned{}, descending(1000), 1e-7, "c"},
	{functions.VariablyDimensioned{}, descending(10000), 1e-4, "c"},
	{functions.VariablyDimensioned{}, descending(1000), 1e-8, "l"},
	{functions.VariablyDimensioned{}, descending(10000), 1e-5, "l"},
	{functions.Watson{}, repeat(0, 6), 1e-6, "c"},
	{functions.Watson{}, []float64{-0.01572, 1.01243, -0.23299, 1.26043, -1.51372, 0.99299}, 1e-6, "c"},
	{functions.Watson{}, repeat(0, 10), 1e-6, "c"},
	{functions.Watson{}, []float64{-1.53070e-05, 0.99978, 0.01476, 0.14634, 1.00082, -2.61773, 4.10440, -3.14361, 1.05262}, 1e-6, "c"},
	{functions.Watson{}, repeat(0, 6), 1e-7, "q"},
	{functions.Watson{}, []float64{-0.01572, 1.01243, -0.23299, 1.26043, -1.51372, 0.99299}, 1e-7, "q"},
	{functions.Watson{}, repeat(0, 9), 1e-8, "q"},
	{functions.Watson{}, []float64{-1.53070e-05, 0.99978, 0.01476, 0.14634, 1.00082, -2.61773, 4.10440, -3.14361, 1.05262}, 1e-8, "q"},
	{functions.Watson{}, repeat(0, 6), 1e-12, "n"},
	{functions.Watson{}, repeat(0, 10), 1e-12, "n"},
	{functions.Wood{}, []float64{-3, -1, -3, -1}, 1e-6, "c"},
	{functions.Wood{}, []float64{-3, -1, -3, -1}, 1e-12, "bn"},
}

// TestUnconstrained runs our optimizers in gonum's Minimize on gonum's problems. Every run meets
// its tolerance, and with InitValues takes the same path with one evaluation less.
func TestUnconstrained(t *testing.T) {
	for _, c := range []struct {
		name  string
		make  func() Optimizer
		lists string
		limit int // of the number of parameters
	}{
		{"BFGS", func() Optimizer { return NewBFGS() }, "gcqb", 100},
		{"DFP", func() Optimizer { return NewDFP() }, "gcqb", 100},
		{"SR1", func() Optimizer { return NewSR1() }, "gcqb", 100},
		{"LBFGS", func() Optimizer { return NewLBFGS(15) }, "gcqbl", 10000},
		{"HessianFree", func() Optimizer { return NewHessianFree(nil) }, "gcqbln", 10000},
		{"Newton", func() Optimizer { return NewNewton(nil) }, "gcqbn", 100},
	} {
		rows := map[string]int{}
		for _, r := range gonumRows {
			row := strings.TrimPrefix(fmt.Sprintf("%T", r.f), "functions.")
			rows[row]++
			if strings.ContainsAny(r.lists, c.lists) && len(r.start) <= c.limit {
				t.Run(fmt.Sprintf("%s/%s/%d", c.name, row, rows[row]), func(t *testing.T) {
					skipOpen(t)
					meetsTolerance(t, c.make, problemOf(r.f), r.start, r.tolerance)
				})
			}
		}
	}
}

// problemOf returns f as a problem with Hessians.
func problemOf(f testFunction) optimize.Problem {
	return optimize.Problem{Func: f.Func, Grad: f.Grad, Hess: hessOf(f)}
}

func meetsTolerance(t *testing.T, make func() Optimizer, p optimize.Problem, start []float64, tolerance float64) {
	s := &optimize.Settings{GradientThreshold: tolerance, Converger: optimize.NeverTerminate{}, FuncEvaluations: 20000, GradEvaluations: 20000}
	r, err := optimize.Minimize(p, start, s, Method(make()))
	if err != nil || r.Status != optimize.GradientThreshold {
		t.Fatalf("%v at max|gᵢ| = %.3g, want less than %v, after %d evaluations, %v",
			r.Status, floats.Norm(r.Gradient, math.Inf(1)), tolerance, r.FuncEvaluations, err)
	}
	belongs(t, t.Name(), p, start, r)
	g := slices.Clone(start)
	p.Grad(g, start)
	s.InitValues = &optimize.Location{F: p.Func(start), Gradient: g}
	again, err := optimize.Minimize(p, start, s, Method(make()))
	if err != nil || !sameBits(again.X, r.X) || again.FuncEvaluations != r.FuncEvaluations-1 || again.GradEvaluations != r.GradEvaluations-1 {
		t.Errorf("with InitValues %v and %+v, without %v and %+v, %v", again.X, again.Stats, r.X, r.Stats, err)
	}
}

// descending returns 1 − 1/n, 1 − 2/n, …, 0.
func descending(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(n-i-1) / float64(n)
	}
	return x
}
