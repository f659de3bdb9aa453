package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
)

// mghRow is a problem of least squares. The residuals are written once, for hyper-dual numbers.
type mghRow struct {
	name     string
	m        int
	start    []float64
	minima   []float64 // ‖r‖² at the known minima
	residual func(r, x []dual)
}

// from returns the start times far. A start at zero becomes (far, …, far), as in the tests of
// MINPACK.
func (p mghRow) from(far float64) []float64 {
	x := slices.Clone(p.start)
	floats.Scale(far, x)
	if far != 1 && floats.Norm(p.start, math.Inf(1)) == 0 {
		fill(x, far)
	}
	return x
}

// mghBlocks holds the number of variables in a block where r falls into blocks of as many
// residuals, each of which depends on one block of the variables.
var mghBlocks = map[string]int{"21 Extended Rosenbrock/100": 2, "22 Extended Powell/100": 4}

// block returns the length of a block, and a function that returns the first variable of the block
// that residual k depends on.
func (p mghRow) block() (n int, first func(k int) int) {
	if n, ok := mghBlocks[p.name]; ok {
		return n, func(k int) int { return k / n * n }
	}
	return len(p.start), func(int) int { return 0 }
}

// along returns r at x with its derivatives along the variables i and j of its block.
func (p mghRow) along(x []float64, i, j int) []dual {
	r, at := make([]dual, p.m), make([]dual, len(x))
	for k, v := range x {
		at[k].v = v
	}
	for n, _ := p.block(); i < len(x); i, j = i+n, j+n {
		at[i].a, at[j].b = 1, 1
	}
	p.residual(r, at)
	return r
}

func (p mghRow) residuals(dst, x []float64) {
	for k, r := range p.along(x, 0, 0) {
		dst[k] = r.v
	}
}

func (p mghRow) jacobian(dst *mat.Dense, x []float64) {
	n, first := p.block()
	for j := 0; j < n; j += 2 {
		next := min(j+1, n-1)
		for k, r := range p.along(x, j, next) {
			dst.Set(k, first(k)+j, r.a)
			dst.Set(k, first(k)+next, r.b)
		}
	}
}

// problem returns ½‖r‖² with its derivatives.
func (p mghRow) problem() optimize.Problem {
	problem := NewLevenbergMarquardt(p.m, p.residuals, p.jacobian).Problem()
	problem.Hess = func(dst *mat.SymDense, x []float64) {
		dst.Zero()
		n, first := p.block()
		for i := range n {
			for j := i; j < n; j++ {
				for k, r := range p.along(x, i, j) {
					row, column := first(k)+i, first(k)+j
					dst.SetSym(row, column, dst.At(row, column)+r.a*r.b+r.v*r.ab)
				}
			}
		}
	}
	return problem
}

// reached returns whether ‖r‖² is one of the known minima to six digits, or within the rounding of
// zero.
func (p mghRow) reached(sumSquares float64) bool {
	return slices.ContainsFunc(p.minima, func(least float64) bool {
		return math.Abs(sumSquares-least) <= 1e-6*least+1e-18
	})
}

// TestMGHDerivatives compares Jacobians and Hessians with central differences, at the start and at
// a random point near it.
func TestMGHDerivatives(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, p := range mgh {
		x, n, problem := slices.Clone(p.start), len(p.start), p.problem()
		for range 2 {
			got, want := mat.NewDense(p.m, n, nil), mat.NewDense(p.m, n, nil)
			p.jacobian(got, x)
			fd.Jacobian(want, p.residuals, x, &fd.JacobianSettings{Formula: fd.Central})
			r := make([]float64, p.m)
			p.residuals(r, x)
			if !mat.EqualApprox(got, want, 1e-6*(1+mat.Norm(want, math.Inf(1))+floats.Norm(r, math.Inf(1)))) {
				t.Errorf("%s: J at %v is\n%v\nand by differences\n%v", p.name, x, mat.Formatted(got), mat.Formatted(want))
			}
			hess, differences := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
			problem.Hess(hess, x)
			differencesOf(problem.Grad, differences, x)
			if !mat.EqualApprox(hess, differences, 1e-5*(1+mat.Norm(differences, math.Inf(1)))) {
				t.Errorf("%s: the Hessian at %v is\n%v\nand by differences\n%v", p.name, x, mat.Formatted(hess), mat.Formatted(differences))
			}
			for j := range x {
				x[j] += 0.1 * random.NormFloat64() * max(0.1, math.Abs(x[j]))
			}
		}
	}
}

// TestMGHDefinitions compares ‖r‖² with gonum's functions, which are ‖r‖² too, at the start and
// away from it, and with the values of the paper at its minima.
func TestMGHDefinitions(t *testing.T) {
	gonums := map[string]interface{ Func(x []float64) float64 }{
		"1 Rosenbrock": functions.ExtendedRosenbrock{}, "3 Powell badly scaled": functions.PowellBadlyScaled{},
		"4 Brown badly scaled": functions.BrownBadlyScaled{}, "5 Beale": functions.Beale{},
		"7 Helical valley": functions.HelicalValley{}, "9 Gaussian": functions.Gaussian{},
		"11 Gulf": functions.GulfResearchAndDevelopment{}, "12 Box": functions.Box3D{},
		"13 Powell singular": functions.ExtendedPowellSingular{}, "14 Wood": functions.Wood{},
		"16 Brown and Dennis": functions.BrownAndDennis{}, "18 Biggs EXP6": functions.BiggsEXP6{},
		"20 Watson/6": functions.Watson{}, "20 Watson/9": functions.Watson{}, "20 Watson/12": functions.Watson{},
		"22 Extended Powell/12": functions.ExtendedPowellSingular{},
		"23 Penalty I/4":        functions.PenaltyI{}, "23 Penalty I/10": functions.PenaltyI{},
		"24 Penalty II/4": functions.PenaltyII{}, "24 Penalty II/10": functions.PenaltyII{},
		"25 Variably dimensioned": functions.VariablyDimensioned{}, "26 Trigonometric": functions.Trigonometric{},
	}
	minima := map[string][]float64{
		"1 Rosenbrock": {1, 1}, "2 Freudenstein and Roth": {5, 4}, "4 Brown badly scaled": {1e6, 2e-6},
		"5 Beale": {3, 0.5}, "7 Helical valley": {1, 0, 0}, "11 Gulf": {50, 25, 1.5}, "12 Box": {1, 10, 1},
		"13 Powell singular": {0, 0, 0, 0}, "14 Wood": {1, 1, 1, 1}, "18 Biggs EXP6": {1, 10, 1, 5, 4, 3},
		"21 Extended Rosenbrock/10": repeat(1, 10), "22 Extended Powell/12": repeat(0, 12),
		"25 Variably dimensioned": repeat(1, 10), "26 Trigonometric": repeat(0, 10), "27 Brown almost linear": repeat(1, 10),
	}
	compared := 0
	sumSquares := func(p mghRow, x []float64) float64 {
		r := make([]float64, p.m)
		p.residuals(r, x)
		return floats.Dot(r, r)
	}
	for _, p := range mgh {
		f, ok := gonums[p.name]
		if ok {
			compared++
			for _, far := range []float64{1, 1.125} {
				x := p.from(far)
				if got, want := sumSquares(p, x), f.Func(x); !(math.Abs(got/want-1) <= 1e-12) {
					t.Errorf("%s: ‖r‖² = %v at %v, gonum says %v", p.name, got, x, want)
				}
			}
		}
		if x, ok := minima[p.name]; ok {
			compared++
			if got := sumSquares(p, x); !(math.Abs(got-p.minima[0]) <= 1e-28) {
				t.Errorf("%s: ‖r‖² = %v at the minimum, want %v", p.name, got, p.minima[0])
			}
		}
	}
	if compared != len(gonums)+len(minima) {
		t.Errorf("%d comparisons, want %d", compared, len(gonums)+len(minima))
	}
}

// TestMoreGarbowHillstrom reaches a known minimum of each problem from its start, without
// Jacobians.
func TestMoreGarbowHillstrom(t *testing.T) {
	for _, p := range mgh {
		t.Run(p.name, func(t *testing.T) {
			skipOpen(t)
			o, x := NewLevenbergMarquardt(p.m, p.residuals, nil), slices.Clone(p.start)
			steps := fitted(o, x)
			t.Logf("‖r‖² = %.10g after %d steps, %d evaluations: %v", o.SumSquares(), steps, o.eval.stats.FuncEvaluations, o.Status())
			if !p.reached(o.SumSquares()) {
				t.Errorf("‖r‖² = %v at %v, want one of %v: %v", o.SumSquares(), x, p.minima, o.Err())
			}
		})
	}
}
