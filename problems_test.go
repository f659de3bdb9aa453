package optim

import (
	"fmt"
	"strings"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"

	"example.com/optim/internal/kernel"
)

type testFunction interface {
	Func(x []float64) float64
	Grad(grad, x []float64)
}

// problems are the functions of gonum that have a gradient, with their standard starts. Most are of
// Moré, Garbow and Hillstrom.
var problems = []struct {
	name  string
	f     testFunction
	start []float64
}{
	{"Beale", functions.Beale{}, []float64{1, 1}},
	{"BiggsEXP2", functions.BiggsEXP2{}, []float64{1, 2}},
	{"BiggsEXP3", functions.BiggsEXP3{}, []float64{1, 2, 1}},
	{"BiggsEXP4", functions.BiggsEXP4{}, []float64{1, 2, 1, 1}},
	{"BiggsEXP5", functions.BiggsEXP5{}, []float64{1, 2, 1, 1, 1}},
	{"BiggsEXP6", functions.BiggsEXP6{}, []float64{1, 2, 1, 1, 1, 1}},
	{"Box3D", functions.Box3D{}, []float64{0, 10, 20}},
	{"BrownBadlyScaled", functions.BrownBadlyScaled{}, []float64{1, 1}},
	{"BrownAndDennis", functions.BrownAndDennis{}, []float64{25, 5, -5, -1}},
	{"ExtendedPowellSingular/4", functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 1}},
	{"ExtendedPowellSingular/8", functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 1, 3, -1, 0, 1}},
	{"ExtendedRosenbrock/2", functions.ExtendedRosenbrock{}, []float64{-1.2, 1}},
	{"ExtendedRosenbrock/4", functions.ExtendedRosenbrock{}, []float64{-1.2, 1, -1.2, 1}},
	{"Gaussian", functions.Gaussian{}, []float64{0.4, 1, 0}},
	{"GulfResearchAndDevelopment", functions.GulfResearchAndDevelopment{}, []float64{5, 2.5, 0.15}},
	{"HelicalValley", functions.HelicalValley{}, []float64{-1, 0, 0}},
	{"PenaltyI/4", functions.PenaltyI{}, []float64{1, 2, 3, 4}},
	{"PenaltyI/10", functions.PenaltyI{}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
	{"PenaltyII/4", functions.PenaltyII{}, repeat(0.5, 4)},
	{"PenaltyII/10", functions.PenaltyII{}, repeat(0.5, 10)},
	{"PowellBadlyScaled", functions.PowellBadlyScaled{}, []float64{0, 1}},
	{"Sphere", functions.Sphere{}, []float64{1, 2, 3, 4, 5}},
	{"Trigonometric", functions.Trigonometric{}, repeat(0.2, 5)},
	{"VariablyDimensioned", functions.VariablyDimensioned{}, []float64{0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0}},
	{"Watson/6", functions.Watson{}, repeat(0, 6)},
	{"Watson/9", functions.Watson{}, repeat(0, 9)},
	{"Wood", functions.Wood{}, []float64{-3, -1, -3, -1}},
}

func repeat(v float64, n int) []float64 {
	x := make([]float64, n)
	fill(x, v)
	return x
}

// differencesOf sets dst to the Hessian at x by central differences of the gradient.
func differencesOf(grad func(dst, x []float64), dst *mat.SymDense, x []float64) {
	j := mat.NewDense(len(x), len(x), nil)
	fd.Jacobian(j, grad, x, &fd.JacobianSettings{Formula: fd.Central})
	for i := range x {
		for k := i; k < len(x); k++ {
			dst.SetSym(i, k, (j.At(i, k)+j.At(k, i))/2)
		}
	}
}

// hessOf returns the Hessian of f: its own, or one by differences if f has none or a wrong one.
func hessOf(f testFunction) func(dst *mat.SymDense, x []float64) {
	own, ok := f.(interface {
		Hess(dst *mat.SymDense, x []float64)
	})
	if _, wrong := f.(functions.Beale); ok && !wrong {
		return own.Hess
	}
	return func(dst *mat.SymDense, x []float64) { differencesOf(f.Grad, dst, x) }
}

// TestHessians compares gonum's Hessians with differences. That of Beale's function is wrong in
// v0.17.0.
func TestHessians(t *testing.T) {
	compared := 0
	for _, p := range problems {
		f, ok := p.f.(interface {
			Hess(dst *mat.SymDense, x []float64)
		})
		if !ok {
			continue
		}
		compared++
		// Many terms are zero at the start itself.
		x := append([]float64(nil), p.start...)
		for i := range x {
			x[i] += 0.1 + 0.01*float64(i)
		}
		n := len(x)
		got, want := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
		f.Hess(got, x)
		differencesOf(p.f.Grad, want, x)
		var off mat.Dense
		off.Sub(got, want)
		_, wrong := p.f.(functions.Beale)
		if right := mat.Max(&off)-mat.Min(&off) <= 1e-6*mat.Norm(want, 2); right == wrong {
			t.Errorf("%s: the Hessian at %v is\n%v\nand by differences\n%v", p.name, x, mat.Formatted(got), mat.Formatted(want))
		}
	}
	if compared == 0 {
		t.Error("no function has a Hessian")
	}
}

// outcome is the result of a run on a problem.
type outcome struct {
	solved      bool
	evaluations int // of the value and of the gradient
}

// TestProblems runs our second-order optimizers and gonum's on each problem, from the standard
// start and from ten times that. Ours solve what their counterparts solve. Those that gonum has too
// need no more evaluations in total on the problems that both solve.
func TestProblems(t *testing.T) {
	saddleFree := func() Optimizer {
		o := NewNewton(nil)
		o.Mode = SaddleFree
		return o
	}
	columns := []struct {
		name    string
		ours    func() Optimizer
		gonums  func() optimize.Method
		against string
		cheaper bool
	}{
		{name: "gonum's LBFGS", gonums: func() optimize.Method { return &optimize.LBFGS{} }},
		{name: "gonum's BFGS", gonums: func() optimize.Method { return &optimize.BFGS{} }},
		{name: "gonum's Newton", gonums: func() optimize.Method { return &optimize.Newton{} }},
		{"LBFGS", func() Optimizer { return NewLBFGS(15) }, nil, "gonum's LBFGS", true},
		{"BFGS", func() Optimizer { return NewBFGS() }, nil, "gonum's BFGS", true},
		{"DFP", func() Optimizer { return NewDFP() }, nil, "gonum's BFGS", false},
		{"SR1", func() Optimizer { return NewSR1() }, nil, "gonum's BFGS", false},
		{"Newton", func() Optimizer { return NewNewton(nil) }, nil, "gonum's Newton", true},
		{"SaddleFree", saddleFree, nil, "gonum's Newton", false},
		{"HessianFree", func() Optimizer { return NewHessianFree(nil) }, nil, "gonum's Newton", false},
	}
	var table strings.Builder
	fmt.Fprintf(&table, "function and gradient evaluations; * is not solved\n%-32s", "")
	for _, c := range columns {
		fmt.Fprintf(&table, "%16s", c.name)
	}
	outcomes := map[string][]outcome{}
	for _, far := range []float64{1, 10} {
		for _, p := range problems {
			x0 := append([]float64(nil), p.start...)
			for i, v := range x0 {
				x0[i] = far * v
				if far > 1 && kernel.AbsMax(p.start) == 0 {
					x0[i] = far
				}
			}
			g := make([]float64, len(x0))
			p.f.Grad(g, x0)
			enough := 1e-6 * max(1, kernel.AbsMax(g))
			problem := optimize.Problem{Func: p.f.Func, Grad: p.f.Grad, Hess: hessOf(p.f)}
			settings := &optimize.Settings{
				GradientThreshold: enough,
				Converger:         optimize.NeverTerminate{},
				FuncEvaluations:   20000,
				GradEvaluations:   20000,
				MajorIterations:   10000,
			}
			fmt.Fprintf(&table, "\n%-28s×%-3g", p.name, far)
			for _, c := range columns {
				var r *optimize.Result
				if c.ours != nil {
					r, _ = Minimize(problem, x0, c.ours(), settings)
				} else {
					r, _ = optimize.Minimize(problem, x0, settings, c.gonums())
				}
				p.f.Grad(g, r.X)
				o := outcome{kernel.AbsMax(g) <= enough, r.FuncEvaluations + r.GradEvaluations}
				outcomes[c.name] = append(outcomes[c.name], o)
				fmt.Fprintf(&table, "%15d%c", o.evaluations, map[bool]rune{true: ' ', false: '*'}[o.solved])
				if k := len(outcomes[c.name]) - 1; c.ours != nil && !o.solved && outcomes[c.against][k].solved {
					t.Errorf("%s ×%v: %s ends with %v and does not solve what %s does", p.name, far, c.name, r.Status, c.against)
				}
			}
		}
	}
	for _, c := range columns {
		solved, ours, theirs := 0, 0, 0
		for k, o := range outcomes[c.name] {
			if o.solved {
				solved++
			}
			if c.ours != nil && o.solved && outcomes[c.against][k].solved {
				ours += o.evaluations
				theirs += outcomes[c.against][k].evaluations
			}
		}
		fmt.Fprintf(&table, "\n%-15s solves %d of %d", c.name, solved, len(outcomes[c.name]))
		if c.ours != nil {
			fmt.Fprintf(&table, "; where %s does too: %d evaluations, and %d there", c.against, ours, theirs)
		}
		if c.cheaper && ours > theirs {
			t.Errorf("%s takes %d evaluations where %s takes %d", c.name, ours, c.against, theirs)
		}
	}
	t.Log(table.String())
}
