package optim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
)

// checkable is a function with its gradient, and a point where every component of the gradient is far
// from zero.
type checkable struct {
	name string
	f    func(x []float64) float64
	grad func(g, x []float64)
	x    []float64
}

// checkables returns functions of several kinds. Each depends on at least three parameters.
func checkables() []checkable {
	rosenbrock := functions.ExtendedRosenbrock{}
	return []checkable{
		{"Rosenbrock", rosenbrock.Func, rosenbrock.Grad, []float64{-1.2, 1, 0.3, 0.7}},
		{"linear", func(x []float64) float64 { return 3*x[0] - 2*x[1] + 0.5*x[2] },
			func(g, _ []float64) { copy(g, []float64{3, -2, 0.5}) }, []float64{1, 2, 3}},
		{"linear at zero", func(x []float64) float64 { return 3*x[0] - 2*x[1] + 0.5*x[2] },
			func(g, _ []float64) { copy(g, []float64{3, -2, 0.5}) }, []float64{0, 0, 0}},
		{"exponentials at zero", func(x []float64) float64 {
			return math.Exp(x[0]) + math.Sin(3*x[1]) + math.Exp(x[0]-2*x[2]+x[1]/8)
		}, func(g, x []float64) {
			e := math.Exp(x[0] - 2*x[2] + x[1]/8)
			g[0], g[1], g[2] = math.Exp(x[0])+e, 3*math.Cos(3*x[1])+e/8, -2*e
		}, []float64{0, 0, 0}},
		{"logarithms next to the edge", func(x []float64) float64 {
			return -math.Log(x[0]) - 2*math.Log(1-x[1]) + x[0]*x[2]*x[2]
		}, func(g, x []float64) {
			g[0], g[1], g[2] = -1/x[0]+x[2]*x[2], 2/(1-x[1]), 2*x[0]*x[2]
		}, []float64{1e-4, 0.9999, 2}},
		{"a large constant", func(x []float64) float64 { return 1e6 + x[0]*x[0] + x[0]*x[1] - x[2] },
			func(g, x []float64) { g[0], g[1], g[2] = 2*x[0]+x[1], x[0], -1 }, []float64{1, 2, 3}},
		{"ripples", func(x []float64) float64 {
			return x[0] + 1e-6*math.Sin(1e6*x[0]) + x[1]*x[2]
		}, func(g, x []float64) { g[0], g[1], g[2] = 1+math.Cos(1e6*x[0]), x[2], x[1] }, []float64{1, 0.5, 0.25}},
	}
}

// scaled returns p in other units: f multiplied by unit, and x[i] by units[i].
func (p checkable) scaled(unit float64, units ...float64) checkable {
	n := len(p.x)
	at := func(x []float64) []float64 {
		y := make([]float64, n)
		for i := range y {
			y[i] = x[i] / units[i%len(units)]
		}
		return y
	}
	q := checkable{name: fmt.Sprintf("%s, f·%g, x·%g", p.name, unit, units), x: make([]float64, n)}
	for i, v := range p.x {
		q.x[i] = v * units[i%len(units)]
	}
	q.f = func(x []float64) float64 { return unit * p.f(at(x)) }
	q.grad = func(g, x []float64) {
		p.grad(g, at(x))
		for i := range g {
			g[i] *= unit / units[i%len(units)]
		}
	}
	return q
}

// checkableInUnits returns the functions in many units.
func checkableInUnits() []checkable {
	var all []checkable
	for _, p := range checkables() {
		for _, f := range []float64{1, 1e20, 1e-20, -1e-3} {
			for _, units := range [][]float64{{1}, {1e-9}, {1e9}, {1e-9, 1, 1e9}, {1e6, 1e-12}} {
				all = append(all, p.scaled(f, units...))
			}
		}
	}
	return all
}

func (p checkable) problem(spoil func(g, x []float64)) optimize.Problem {
	return optimize.Problem{Func: p.f, Grad: func(g, x []float64) {
		p.grad(g, x)
		spoil(g, x)
	}}
}

func right(_, _ []float64) {}

// wrongly returns the error of CheckGradient as a *DerivativeError, or nil if there is none.
func wrongly(t *testing.T, name string, err error) *DerivativeError {
	t.Helper()
	var wrong *DerivativeError
	if err != nil && !errors.As(err, &wrong) {
		t.Errorf("%s: %v", name, err)
	}
	if wrong == nil {
		return nil
	}
	return wrong
}

func TestCheckGradientRight(t *testing.T) {
	for _, p := range checkableInUnits() {
		if err := CheckGradient(p.problem(right), p.x); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}

// TestCheckGradientWrong spoils one component, and compares the report with the size of the error.
func TestCheckGradientWrong(t *testing.T) {
	for _, p := range checkableInUnits() {
		for name, factor := range map[string]float64{"zeroed": 0, "sign": -1, "twice": 2, "1.001": 1.001, "1.0001": 1.0001} {
			right := make([]float64, len(p.x))
			p.grad(right, p.x)
			spoil := func(g, _ []float64) { g[1] *= factor }
			e := wrongly(t, p.name, CheckGradient(p.problem(spoil), p.x))
			if e == nil {
				t.Errorf("%s, %s: not found", p.name, name)
				continue
			}
			order, relative := 0.05, math.Abs(factor-1)/max(math.Abs(factor), 1)
			if factor == 1.0001 {
				order = 0.5 // the term in h² is always visible
			}
			if e.Row != 0 || e.Param != 1 || e.Got != right[1]*factor || !(math.Abs(e.Want/right[1]-1) <= 5e-4) ||
				!(math.Abs(e.Relative/relative-1) <= 0.05) || !(math.Abs(e.Order-1) <= order) || e.Wrong != 1 || e.Tested != len(p.x) {
				t.Errorf("%s, %s: %v: %+v", p.name, name, e, *e)
			}
		}
	}
}

// TestCheckGradientOrder checks the order that the report is about: 2 for a right component.
func TestCheckGradientOrder(t *testing.T) {
	for _, p := range checkables() {
		c := &derivativeCheck{x: p.x, m: 1, value: func(dst, x []float64) { dst[0] = p.f(x) }, values: func(int) string { return "Func" },
			element: func(_, _ int) string { return "Grad" }}
		g, err := c.begin(len(p.x), p.grad)
		if err != nil {
			t.Fatal(err)
		}
		for j := range p.x {
			r := c.remainders(c.coordinate(j), elements{g.value[j : j+1], g.blur[j : j+1]})[0]
			// A sweep down to the smallest steps, as for a wrong component.
			r.agreed, r.levels = false, nil
			rs := []remainder{r}
			for h := 0x1p-4; h > 0x1p-30; h /= 4 {
				c.sample(rs, c.coordinate(j), h*max(1e-4, math.Abs(p.x[j])))
				rs[0].agreed = false
			}
			curved := rs[0].at(0) > 1e-6*math.Abs(p.f(p.x)) // the remainder of a linear function is rounding
			if order := rs[0].order(); curved && p.name != "ripples" && !(math.Abs(order-2) <= 0.02) {
				t.Errorf("%s, component %d: order %v", p.name, j, order)
			}
		}
	}
}

// TestCheckGradientBugs contains the mistakes that people make in gradients.
func TestCheckGradientBugs(t *testing.T) {
	const lambda = 1e-3
	ridge := func(x []float64) (f float64) {
		for i, v := range x {
			f += (v-float64(i))*(v-float64(i)) + lambda*v*v/2
		}
		return f
	}
	x := []float64{0.5, 2.5, 1.25, -1}
	for name, bug := range map[string]struct {
		grad  func(g, x []float64)
		param int // the worst one
		wrong int
	}{
		"none": {func(g, x []float64) {
			for i, v := range x {
				g[i] = 2*(v-float64(i)) + lambda*v
			}
		}, -1, 0},
		"without regularisation": {func(g, x []float64) {
			for i, v := range x {
				g[i] = 2 * (v - float64(i))
			}
		}, 2, 4}, // λ·1.25/1.5 is the largest part of a component
		"swapped": {func(g, x []float64) {
			for i, v := range x {
				g[i] = 2*(v-float64(i)) + lambda*v
			}
			g[1], g[3] = g[3], g[1]
		}, 1, 2},
		"shifted": {func(g, x []float64) {
			for i, v := range x {
				g[(i+1)%4] = 2*(v-float64(i)) + lambda*v
			}
		}, 2, 4},
		"the last one is forgotten": {func(g, x []float64) {
			for i, v := range x[:3] {
				g[i] = 2*(v-float64(i)) + lambda*v
			}
		}, 3, 1},
	} {
		e := wrongly(t, name, CheckGradient(optimize.Problem{Func: ridge, Grad: bug.grad}, x))
		switch {
		case bug.wrong == 0 && e != nil:
			t.Errorf("%s: %v", name, e)
		case bug.wrong > 0 && (e == nil || e.Wrong != bug.wrong || e.Tested != 4):
			t.Errorf("%s: %v", name, e)
		case bug.wrong > 0 && e.Param != bug.param:
			t.Errorf("%s: %v", name, e)
		}
	}
}

// TestCheckGradientAtMinima checks components that are zero. A minimum of the wrong gradient is none of f.
func TestCheckGradientAtMinima(t *testing.T) {
	for name, f := range map[string]func(x []float64) float64{
		"squares":         func(x []float64) float64 { return x[0]*x[0] + 3*x[1]*x[1] },
		"above one":       func(x []float64) float64 { return 1 + x[0]*x[0] + 3*x[1]*x[1] },
		"fourth powers":   func(x []float64) float64 { return x[0]*x[0]*x[0]*x[0] + 3*x[1]*x[1]*x[1]*x[1] - 7 },
		"constant":        func([]float64) float64 { return 5.1 },
		"constant zero":   func([]float64) float64 { return 0 },
		"above a million": func(x []float64) float64 { return 1e6 + x[0]*x[0] + 3*x[1]*x[1] },
	} {
		zero := func(g, _ []float64) { clear(g) }
		x := []float64{0, 0}
		if err := CheckGradient(optimize.Problem{Func: f, Grad: zero}, x); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		spurious := func(g, _ []float64) { g[0], g[1] = 0, -1e-6 }
		if e := wrongly(t, name, CheckGradient(optimize.Problem{Func: f, Grad: spurious}, x)); (e == nil || e.Param != 1 || e.Wrong != 1) && name != "above a million" {
			t.Errorf("%s, spurious: %v", name, e)
		}
	}

	// f is zero at the solution, and the normal equations give a gradient of rounding.
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		const m, n = 20, 5
		a, solution := mat.NewDense(m, n, nil), make([]float64, n)
		for i := range m {
			for j := range n {
				a.Set(i, j, random.NormFloat64())
			}
		}
		for j := range solution {
			solution[j] = random.NormFloat64()
		}
		var b, ata, atb mat.Dense
		b.Mul(a, mat.NewDense(n, 1, solution))
		ata.Mul(a.T(), a)
		atb.Mul(a.T(), &b)
		p := optimize.Problem{
			Func: func(x []float64) float64 {
				var r mat.Dense
				r.Mul(a, mat.NewDense(n, 1, slices.Clone(x)))
				r.Sub(&r, &b)
				return mat.Norm(&r, 2) * mat.Norm(&r, 2) / 2
			},
			Grad: func(g, x []float64) {
				var d mat.Dense
				d.Mul(&ata, mat.NewDense(n, 1, slices.Clone(x)))
				d.Sub(&d, &atb)
				copy(g, d.RawMatrix().Data)
			},
		}
		if err := CheckGradient(p, solution); err != nil {
			t.Fatalf("at %v: %v", solution, err)
		}
	}
}

// TestCheckGradientNoise checks values that are float32, sums of float32, and float64 with noise. A right
// gradient passes, and a component is found that is wrong by more than the values hide.
func TestCheckGradientNoise(t *testing.T) {
	const n = 20
	waves := func(x []float64, round func(float64) float64) (f float64) {
		for i, v := range x {
			f = round(f + round(math.Sin(v+float64(i))+v*v))
		}
		return f
	}
	grad := func(g, x []float64) {
		for i, v := range x {
			g[i] = math.Cos(v+float64(i)) + 2*v
		}
	}
	single := func(v float64) float64 { return float64(float32(v)) }
	random := rand.New(rand.NewPCG(5, 6))
	for name, f := range map[string]func(x []float64) float64{
		"float32": func(x []float64) float64 { return waves(x, single) },
		"a sum of float32 terms": func(x []float64) (f float64) {
			for i, v := range x {
				f += single(math.Sin(v+float64(i)) + v*v)
			}
			return f
		},
		"a float32 value": func(x []float64) float64 { return single(waves(x, func(v float64) float64 { return v })) },
		"parameters in float32": func(x []float64) float64 {
			y := slices.Clone(x)
			for i, v := range y {
				y[i] = single(v)
			}
			return waves(y, func(v float64) float64 { return v })
		},
		"noise of 1e-7": func(x []float64) float64 {
			f := waves(x, func(v float64) float64 { return v })
			_, noise := math.Modf(1e6 * math.Sin(1e13*f))
			return f * (1 + 1e-7*noise)
		},
	} {
		for try := range 50 {
			x := make([]float64, n)
			for i := range x {
				x[i] = 2 * random.NormFloat64()
			}
			if try == 0 {
				clear(x)
			}
			if err := CheckGradient(optimize.Problem{Func: f, Grad: grad}, x); err != nil {
				t.Errorf("%s, try %d: %v", name, try, err)
			}
			rounded := func(g, x []float64) {
				grad(g, x)
				for i, v := range g {
					g[i] = single(v)
				}
			}
			if err := CheckGradient(optimize.Problem{Func: f, Grad: rounded}, x); err != nil {
				t.Errorf("%s, float32 gradient, try %d: %v", name, try, err)
			}
			for bug, factor := range map[string]float64{"zeroed": 0, "sign": -1, "1.02": 1.02} {
				x[7], x[8] = 1, 1.5 // these components are far from zero
				spoiled := func(g, x []float64) {
					rounded(g, x)
					g[7] *= factor
				}
				if e := wrongly(t, name, CheckGradient(optimize.Problem{Func: f, Grad: spoiled}, x)); e == nil || e.Param != 7 || e.Wrong != 1 {
					t.Errorf("%s, %s, try %d: %v", name, bug, try, e)
				}
			}
		}
	}
}

// TestCheckGradientCoarse checks values that do not change along a parameter for any step, or only for long
// steps: float32, and three digits after the point. A right gradient passes.
func TestCheckGradientCoarse(t *testing.T) {
	grad := func(g, x []float64) { g[0], g[1] = 1e-3, 0.3+0.2*x[1] }
	exact := func(x []float64) float64 { return 1e6 + 1e-3*x[0] + 0.3*x[1] + 0.1*x[1]*x[1] }
	for name, f := range map[string]func(x []float64) float64{
		"float32":      func(x []float64) float64 { return float64(float32(exact(x))) },
		"three digits": func(x []float64) float64 { return math.Round(1e3*(exact(x)-1e6-1e-3*x[0])) / 1e3 },
	} {
		for _, x := range [][]float64{{1.1, 0.7}, {0, 0}, {-0.4, 0.013}} {
			g := func(g, x []float64) {
				grad(g, x)
				if name == "three digits" {
					g[0] = 0
				}
			}
			if err := CheckGradient(optimize.Problem{Func: f, Grad: g}, x); err != nil {
				t.Errorf("%s at %v: %v", name, x, err)
			}
		}
	}
}

// TestCheckGradientKinks accepts every slope between those on both sides of a kink, and no other.
func TestCheckGradientKinks(t *testing.T) {
	hinge := func(x []float64) float64 { return 3 + max(0, x[0]) + 2*math.Abs(x[1]-1) + x[0] }
	for _, row := range []struct {
		g     []float64
		wrong int // −1: none
	}{
		{[]float64{1, 0}, -1}, {[]float64{2, 2}, -1}, {[]float64{1.5, -2}, -1}, {[]float64{1.25, 1.99}, -1},
		{[]float64{0.9, 0}, 0}, {[]float64{2.1, 0}, 0}, {[]float64{1, 2.01}, 1}, {[]float64{1, -3}, 1},
	} {
		p := optimize.Problem{Func: hinge, Grad: func(g, _ []float64) { copy(g, row.g) }}
		e := wrongly(t, "hinge", CheckGradient(p, []float64{0, 1}))
		if e == nil && row.wrong >= 0 || e != nil && e.Param != row.wrong {
			t.Errorf("%v: %v", row.g, e)
		}
	}
	// Next to a kink there is no choice.
	near := []float64{1e-6, 1 - 1e-6}
	if err := CheckGradient(optimize.Problem{Func: hinge, Grad: func(g, _ []float64) { g[0], g[1] = 2, -2 }}, near); err != nil {
		t.Error(err)
	}
	for _, g0 := range []float64{1, 1.5} {
		p := optimize.Problem{Func: hinge, Grad: func(g, _ []float64) { g[0], g[1] = g0, -2 }}
		if e := wrongly(t, "near", CheckGradient(p, near)); e == nil || e.Param != 0 || !(math.Abs(e.Want-2) <= 1e-5) {
			t.Errorf("next to a kink with %v: %v", g0, e)
		}
	}
}

// TestCheckGradientEdges checks at points with values on one side only, and next to no values.
func TestCheckGradientEdges(t *testing.T) {
	f := func(x []float64) float64 {
		if x[0] < 0 || x[1] > 2 {
			return math.NaN()
		}
		return 1 + x[0] + x[0]*x[0] - 3*math.Exp(x[1])
	}
	grad := func(g, x []float64) { g[0], g[1] = 1+2*x[0], -3*math.Exp(x[1]) }
	x := []float64{0, 2}
	if err := CheckGradient(optimize.Problem{Func: f, Grad: grad}, x); err != nil {
		t.Error(err)
	}
	for j := range x {
		spoiled := func(g, x []float64) {
			grad(g, x)
			g[j] *= 1.001
		}
		if e := wrongly(t, "edge", CheckGradient(optimize.Problem{Func: f, Grad: spoiled}, x)); e == nil || e.Param != j || !(math.Abs(e.Relative/1e-3-1) <= 0.01) {
			t.Errorf("component %d: %v", j, e)
		}
	}
	point := func(x []float64) float64 {
		if x[1] != 2 {
			return math.Inf(1)
		}
		return x[0]
	}
	err := CheckGradient(optimize.Problem{Func: point, Grad: func(g, _ []float64) { g[0], g[1] = 1, 0 }}, x)
	if want := "optim: CheckGradient: Func is not finite next to x along x[1]"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestCheckGradientThreeSteps has values at x and at three steps from there. That is enough.
func TestCheckGradientThreeSteps(t *testing.T) {
	f := func(x []float64) float64 {
		if h := math.Abs(x[0] - 1); 0 < h && h < 0x1p-14 || h > 0x1p-9 {
			return math.NaN()
		}
		return x[0]
	}
	e := wrongly(t, "three steps", CheckGradient(optimize.Problem{Func: f, Grad: func(g, _ []float64) { g[0] = 10 }}, []float64{1}))
	if e == nil || e.Want != 1 {
		t.Errorf("%v, want the slope 1", e)
	}
}

// TestRemainderError compares the error of the best slope with the true one: Kh² for φ(h) = 1 + h + Kh³,
// or the smallest change of φ over h.
func TestRemainderError(t *testing.T) {
	for _, k := range []float64{1e-3, 1, 1e3} {
		r := remainder{here: 1, epsilon: epsilon}
		for h := 0x1p-4; h > 0x1p-40; h /= stepRatio {
			r.levels = append(r.levels, level{h, 1 + h + k*h*h*h, 1 - h - k*h*h*h})
		}
		last, want := len(r.levels)-1, inf
		for _, l := range r.levels[1:last] {
			want = min(want, max(r.levels[last].h/l.h, k*l.h*l.h))
		}
		best, err := r.best()
		if off := math.Abs(r.slope(best) - 1); !(off <= 1.1*err && math.Abs(err/want-1) < 0.25) {
			t.Errorf("K = %v: the best slope is off by %v, with the error %v, want %v", k, off, err, want)
		}
	}
}

// TestCheckCosts counts evaluations.
func TestCheckCosts(t *testing.T) {
	values, gradients := 0, 0
	p := optimize.Problem{
		Func: func(x []float64) float64 { values++; return math.Exp(x[0]) + math.Exp(x[1]*x[2]) },
		Grad: func(g, x []float64) {
			gradients++
			e := math.Exp(x[1] * x[2])
			g[0], g[1], g[2] = math.Exp(x[0]), e*x[2], e*x[1]
		},
	}
	if err := CheckGradient(p, []float64{1, 0.5, -1.5}); err != nil || values != 3+4*3 || gradients != 4 {
		t.Errorf("%v after %d values and %d gradients", err, values, gradients)
	}
	values = 0
	if err := CheckGradient(p, []float64{1, 0.5, -1.5}, []float64{1, 2, 3}, []float64{1, -1, 1}); err != nil || values != 3+4*2 {
		t.Errorf("%v after %d values along two directions", err, values)
	}
	residuals := 0
	err := CheckJacobian(3, func(dst, x []float64) {
		residuals++
		dst[0], dst[1], dst[2] = math.Exp(x[0]), x[0]*x[1], math.Sin(x[0]+x[1])
	}, func(dst *mat.Dense, x []float64) {
		c := math.Cos(x[0] + x[1])
		dst.Copy(mat.NewDense(3, 2, []float64{math.Exp(x[0]), 0, x[1], x[0], c, c}))
	}, []float64{1, 2})
	if err != nil || residuals != 3+4+6+10 {
		t.Errorf("%v after %d residuals", err, residuals)
	}
}

// TestChecksOfKnownProblems checks the derivatives of gonum's functions, of CUTEst and of Moré, Garbow and
// Hillstrom, at their starts, on the way, and where BFGS ends. Only one of gonum's Hessians is wrong, that of Beale's function, except at
// its start.
func TestChecksOfKnownProblems(t *testing.T) {
	gradients, hessians := 0, 0
	check := func(name string, p optimize.Problem, start []float64) {
		for _, steps := range []int{0, 3, 200} {
			x := start
			if steps > 0 {
				result, _ := Minimize(p, start, NewBFGS(), &optimize.Settings{MajorIterations: steps})
				x = result.X
			}
			gradients++
			if err := CheckGradient(p, x); err != nil {
				t.Errorf("%s at %v: %v", name, x, err)
			}
			if p.Hess == nil {
				continue
			}
			hessians++
			wrong := name == "Beale" && steps > 0
			if err := CheckHessian(p, x); (err != nil) != wrong {
				t.Errorf("%s at %v: %v", name, x, err)
			}
		}
	}
	for _, p := range problems {
		problem := optimize.Problem{Func: p.f.Func, Grad: p.f.Grad}
		if f, ok := p.f.(interface {
			Hess(dst *mat.SymDense, x []float64)
		}); ok {
			problem.Hess = f.Hess
		}
		check(p.name, problem, p.start)
	}
	for _, row := range append(cutest(20), moreCUTEst(20)...) {
		row.p.Hess = nil // it is by differences
		check(row.name, row.p, row.x0)
	}
	for _, p := range mgh {
		x := p.from(1)
		check(p.name, p.problem(), x)
		if err := CheckJacobian(p.m, p.residuals, p.jacobian, x); err != nil {
			t.Errorf("%s at %v: %v", p.name, x, err)
		}
	}
	if gradients < 200 || hessians < 30 {
		t.Errorf("%d gradients and %d Hessians", gradients, hessians)
	}
}

// TestCheckHessian names the element that is wrong, in both triangles.
func TestCheckHessian(t *testing.T) {
	f := functions.Wood{}
	x := []float64{-3, -1, -2.5, 1.5}
	for _, element := range [][2]int{{0, 0}, {0, 1}, {1, 3}, {2, 3}, {0, 3}} {
		p := optimize.Problem{Grad: f.Grad, Hess: func(dst *mat.SymDense, x []float64) {
			f.Hess(dst, x)
			dst.SetSym(element[0], element[1], 1.5*dst.At(element[0], element[1])+1)
		}}
		e := wrongly(t, "Wood", CheckHessian(p, x))
		if e == nil || min(e.Row, e.Param) != element[0] || max(e.Row, e.Param) != element[1] || e.Tested != 16 || !(math.Abs(e.Order-1) <= 0.05) {
			t.Errorf("element %v: %v", element, e)
		}
		if want := 2; e != nil && element[0] != element[1] && e.Wrong != want || element[0] == element[1] && e.Wrong != 1 {
			t.Errorf("element %v: %d wrong", element, e.Wrong)
		}
	}
	// The derivative of this Grad is not symmetric: no Hessian is right.
	for _, off := range []float64{1, 2, 1.5} {
		p := optimize.Problem{
			Grad: func(g, x []float64) { g[0], g[1] = x[0]+x[1], 2*x[0]+x[1] },
			Hess: func(dst *mat.SymDense, _ []float64) { dst.CopySym(mat.NewSymDense(2, []float64{1, off, off, 1})) },
		}
		if e := wrongly(t, "not symmetric", CheckHessian(p, []float64{1, 2})); e == nil || e.Row == e.Param {
			t.Errorf("off-diagonal element %v: %v", off, e)
		}
	}
}

// TestCheckJacobian names the residual and the parameter.
func TestCheckJacobian(t *testing.T) {
	for _, p := range mgh[:5] {
		x, n := p.from(1), len(p.start)
		for _, units := range []float64{1, 1e-9, 1e9} {
			residual := func(dst, y []float64) {
				z := slices.Clone(y)
				for j := range z {
					z[j] /= units
				}
				p.residuals(dst, z)
			}
			y := slices.Clone(x)
			for j := range y {
				y[j] *= units
			}
			for i := range p.m {
				bug := func(dst *mat.Dense, y []float64) {
					z := slices.Clone(y)
					for j := range z {
						z[j] /= units
					}
					p.jacobian(dst, z)
					dst.Scale(1/units, dst)
					dst.Set(i, n-1, 1.01*dst.At(i, n-1)+1e-2/units)
				}
				e := wrongly(t, p.name, CheckJacobian(p.m, residual, bug, y))
				if e == nil || e.Row != i || e.Param != n-1 || e.Wrong != 1 || e.Tested != p.m*n {
					t.Errorf("%s, residual %d, units %g: %v", p.name, i, units, e)
				}
			}
		}
	}
}

// TestCheckHessVec checks products by coordinates and along directions.
func TestCheckHessVec(t *testing.T) {
	f := functions.ExtendedRosenbrock{}
	x := []float64{-1.2, 1, 0.3, 0.7}
	product := HessVecDiff(f.Grad)
	directions := [][]float64{{1, 2, 3, 4}, {1, -1, 0, 1}}
	for _, v := range [][][]float64{nil, directions} {
		if err := CheckHessVec(f.Grad, product, x, v...); err != nil {
			t.Error(err)
		}
	}
	bug := func(dst, x, v []float64) {
		product(dst, x, v)
		dst[2] -= v[3]
	}
	if e := wrongly(t, "product", CheckHessVec(f.Grad, bug, x)); e == nil || e.Row != 2 || e.Param != 3 || e.Wrong != 1 || e.Tested != 16 {
		t.Errorf("%v", e)
	}
	if e := wrongly(t, "product", CheckHessVec(f.Grad, bug, x, directions...)); e == nil || e.Row != 2 || e.Wrong != 2 || e.Tested != 8 ||
		!strings.Contains(e.Error(), "product[2]") || !strings.Contains(e.Error(), "Grad[2] along direction[") {
		t.Errorf("%v", e)
	}
}

// TestCheckGradientDirections finds one wrong component of many along random directions.
func TestCheckGradientDirections(t *testing.T) {
	const n = 10_000
	random := rand.New(rand.NewPCG(7, 8))
	x, v := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], v[i] = random.NormFloat64(), random.NormFloat64()
	}
	values := 0
	f := func(x []float64) (f float64) {
		values++
		for i, v := range x {
			f += math.Exp(v/4) + v*x[(i+1)%n]
		}
		return f
	}
	grad := func(g, x []float64) {
		for i, v := range x {
			g[i] = math.Exp(v/4)/4 + x[(i+1)%n] + x[(i+n-1)%n]
		}
	}
	if err := CheckGradient(optimize.Problem{Func: f, Grad: grad}, x, v); err != nil || values != 7 {
		t.Errorf("%v after %d values", err, values)
	}
	for _, j := range []int{0, 1, 4567, n - 1} {
		values = 0
		spoiled := func(g, x []float64) {
			grad(g, x)
			g[j] = 0
		}
		e := wrongly(t, "directions", CheckGradient(optimize.Problem{Func: f, Grad: spoiled}, x, v))
		if e == nil || e.Param != j || e.Wrong != 1 || e.Tested != 1 || values > 2000 {
			t.Errorf("component %d: %v after %d values", j, e, values)
		}
	}
}

// TestCheckGradientHalves has components with the same error. A direction that is wrong is halved, and of equal errors
// the first one is reported.
func TestCheckGradientHalves(t *testing.T) {
	p := optimize.Problem{
		Func: func(x []float64) float64 { return x[0] + x[1] },
		Grad: func(g, _ []float64) { g[0], g[1] = 2, 2 },
	}
	if e := wrongly(t, "halves", CheckGradient(p, []float64{1, 1}, []float64{1, 1})); e == nil || e.Param != 0 || e.Want != 1 {
		t.Errorf("%v, want the component 0", e)
	}
}

// TestCheckErrors checks the texts for what is wrong besides an element, and the panics.
func TestCheckErrors(t *testing.T) {
	f := func(x []float64) float64 { return x[0] + 2*x[1] }
	grad := func(g, _ []float64) { g[0], g[1] = 1, 2 }
	x, calls := []float64{1, 2}, 0.0
	check := func(f func(x []float64) float64, grad func(g, x []float64), x []float64) func() error {
		return func() error { return CheckGradient(optimize.Problem{Func: f, Grad: grad}, x) }
	}
	nan := math.NaN()
	for want, f := range map[string]func() error{
		"": check(f, grad, x),
		"optim: CheckGradient: Grad[1] = 0, want 2, the slope of Func along x[1]: relative error 1, Taylor remainder of order 1.00 instead of 2; wrong: 1 of 2": check(f, func(g, _ []float64) { g[0], g[1] = 1, 0 }, x),
		"optim: CheckGradient: x[1] = NaN, want a finite number":                                                                              check(f, grad, []float64{1, nan}),
		"optim: CheckGradient: x[0] = -Inf, want a finite number":                                                                             check(f, grad, []float64{math.Inf(-1), 1}),
		"optim: CheckGradient: Func = -Inf, want a finite number":                                                                             check(func([]float64) float64 { return math.Inf(-1) }, grad, x),
		"optim: CheckGradient: Grad[0] = NaN, want a finite number":                                                                           check(f, func(g, _ []float64) { g[0], g[1] = nan, 2 }, x),
		"optim: CheckGradient: Func = 1 in the first call at x and 2 in the second, want the same; the function must overwrite its result":    check(func([]float64) float64 { calls++; return calls }, grad, x),
		"optim: CheckGradient: Grad[0] = 1 in the first call at x and 2 in the second, want the same; the function must overwrite its result": check(f, func(g, _ []float64) { g[0]++; g[1] += 2 }, x),
		"optim: CheckGradient: the function that returns Func changes x":                                                                      check(func(x []float64) float64 { x[1]++; return 1 }, grad, x),
		"optim: CheckGradient: the function that returns Grad[0] changes x":                                                                   check(f, func(g, x []float64) { x[0]++; g[0], g[1] = 1, 2 }, x),
		"optim: CheckHessian: Hess[0, 1] = NaN, want a finite number": func() error {
			return CheckHessian(optimize.Problem{Grad: grad, Hess: func(dst *mat.SymDense, _ []float64) { dst.SetSym(0, 1, nan) }}, x)
		},
		"optim: CheckHessian: Hess[1, 0] = 3, want 0, the slope of Grad[1] along x[0]: relative error 1, Taylor remainder of order 1.00 instead of 2; wrong: 2 of 4": func() error {
			return CheckHessian(optimize.Problem{Grad: grad, Hess: func(dst *mat.SymDense, _ []float64) { dst.SetSym(0, 1, 3) }}, x)
		},
		"optim: CheckJacobian: J[2, 0] = 3, want 4, the slope of residual[2] along x[0]: relative error 0.25, Taylor remainder of order 1.00 instead of 2; wrong: 1 of 6": func() error {
			return CheckJacobian(3, func(dst, x []float64) { dst[0], dst[1], dst[2] = x[0], x[1], 4*x[0] },
				func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, 1); dst.Set(1, 1, 1); dst.Set(2, 0, 3) }, x)
		},
		"optim: CheckJacobian: J[0, 0] = 2, want 1, the slope of residual[0] along x[0]: relative error 0.5, Taylor remainder of order 1.00 instead of 2; wrong: 1 of 2": func() error {
			return CheckJacobian(1, func(dst, x []float64) { dst[0] = x[0] + x[1] },
				func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, dst.At(0, 0)+2); dst.Set(0, 1, dst.At(0, 1)+1) }, x) // dst is zero before
		},
		"optim: CheckHessVec: product[1] = NaN, want a finite number": func() error {
			return CheckHessVec(grad, func(dst, _, v []float64) { dst[0], dst[1] = 0, nan }, x)
		},
	} {
		calls = 0
		before := slices.Clone(x)
		err := f()
		if got := fmt.Sprint(err); got != want && !(want == "" && err == nil) {
			t.Errorf("%v\nwant %s", got, want)
		}
		if !slices.Equal(x, before) {
			t.Errorf("%s: x changed", want)
		}
	}
	zero := optimize.Problem{Func: f, Grad: grad, Hess: func(*mat.SymDense, []float64) {}}
	residual, jac := func(_, _ []float64) {}, func(*mat.Dense, []float64) {}
	product := func(_, _, _ []float64) {}
	for want, f := range map[string]func(){
		"optim: CheckGradient: the problem has no Func":                                   func() { CheckGradient(optimize.Problem{Grad: grad}, x) },
		"optim: CheckGradient: the problem has no Grad":                                   func() { CheckGradient(optimize.Problem{Func: f}, x) },
		"optim: CheckHessian: the problem has no Grad":                                    func() { CheckHessian(optimize.Problem{Hess: zero.Hess}, x) },
		"optim: CheckHessian: the problem has no Hess":                                    func() { CheckHessian(optimize.Problem{Grad: grad}, x) },
		"optim: CheckJacobian: m = 0, want at least 1":                                    func() { CheckJacobian(0, residual, jac, x) },
		"optim: CheckJacobian: the residual is a nil func([]float64, []float64)":          func() { CheckJacobian(1, nil, jac, x) },
		"optim: CheckJacobian: the Jacobian is a nil func(*mat.Dense, []float64)":         func() { CheckJacobian(1, residual, nil, x) },
		"optim: CheckHessVec: the gradient is a nil func([]float64, []float64)":           func() { CheckHessVec(nil, product, x) },
		"optim: CheckHessVec: the product is a nil func([]float64, []float64, []float64)": func() { CheckHessVec(grad, nil, x) },
		"optim: CheckGradient: direction 1 has length 3, want 2":                          func() { CheckGradient(zero, x, []float64{1, 2}, []float64{1, 2, 3}) },
		"optim: CheckGradient: direction 0 has max|vᵢ| = 0, want (0, +Inf)":               func() { CheckGradient(zero, x, []float64{0, 0}) },
		"optim: CheckHessVec: direction 0 has max|vᵢ| = NaN, want (0, +Inf)":              func() { CheckHessVec(grad, product, x, []float64{nan, 0}) },
	} {
		if got := message(f); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	empty := optimize.Problem{Func: func([]float64) float64 { return 1 }, Grad: func(_, _ []float64) {}, Hess: func(*mat.SymDense, []float64) {}}
	for _, err := range []error{CheckGradient(empty, nil), CheckHessian(empty, nil), CheckJacobian(2, residual, jac, nil), CheckHessVec(empty.Grad, product, nil)} {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestLevelsOfARemainder checks when shorter steps follow, and when the values near 0 are too few. φ(0) is 1, and each row
// says at which steps φ changes.
func TestLevelsOfARemainder(t *testing.T) {
	for _, c := range []struct {
		changes            []bool
		agreed             bool
		descends, isolated bool
	}{
		{nil, false, true, true}, {[]bool{false, false}, false, true, true}, {[]bool{true, false, false}, false, false, false},
		{[]bool{false, true, false}, false, true, false}, {[]bool{false, false, true}, false, true, false},
		{[]bool{false, false, false}, false, false, false}, {[]bool{true, true, false, false}, false, false, false},
		{[]bool{true, true, true}, true, false, false}, {[]bool{true, true}, true, false, false},
	} {
		r := remainder{here: 1, agreed: c.agreed}
		for k, changes := range c.changes {
			l := level{h: math.Ldexp(1, -k), up: 1, down: 1}
			if changes {
				l.up = 2
			}
			r.levels = append(r.levels, l)
		}
		if r.descends() != c.descends || r.isolated() != c.isolated {
			t.Errorf("%+v: descends %v, isolated %v", c, r.descends(), r.isolated())
		}
	}
}

// TestStepsOfRemainders lists the longest and the shortest step from x. f changes with every step, but no
// step decides the test. Below 2⁻¹⁰⁰, x counts as zero, whose magnitude is 1.
func TestStepsOfRemainders(t *testing.T) {
	for _, row := range []struct{ x, longest, shortest float64 }{
		{1, 1, 0x1p-50}, {4, 4, 0x1p-48}, {0x1p-100, 1, 0x1p-150}, {0x1.fp-101, 1, 0x1p-100}, {0, 1, 0x1p-100},
	} {
		longest, shortest := 0.0, inf
		c := &derivativeCheck{x: []float64{row.x}, m: 1, here: []float64{1}, epsilon: []float64{epsilon}}
		c.point, c.up, c.down = make([]float64, 1), make([]float64, 1), make([]float64, 1)
		c.value = func(dst, x []float64) {
			h := math.Abs(x[0] - row.x)
			longest, shortest, dst[0] = max(longest, h), min(shortest, h), 2
		}
		c.remainders([]float64{1}, elements{value: []float64{1}, blur: []float64{0}})
		if longest != row.longest || shortest != row.shortest {
			t.Errorf("x = %v: steps from %v to %v, want %v to %v", row.x, longest, shortest, row.longest, row.shortest)
		}
	}
}

// TestBetweenSlopes checks which claims are between the slopes −1 and 1 of φ(h) = |h|, and that a difference
// of slopes that halves at the next step but one is no kink.
func TestBetweenSlopes(t *testing.T) {
	kink := remainder{levels: []level{{1, 1, 1}, {0x1p-2, 0x1p-2, 0x1p-2}, {0x1p-4, 0x1p-4, 0x1p-4}}}
	for claim, want := range map[float64]bool{-1: true, 0: true, 1: true, -1 - epsilon: false, 1 + epsilon: false} {
		if kink.claim = claim; kink.between(0, 0) != want {
			t.Errorf("claim %v: %v", claim, !want)
		}
	}
	if kink.claim = 0; kink.between(1, 0) {
		t.Error("a kink without a step next but one")
	}
	if kink.levels[2] = (level{0x1p-4, 0x1p-5, 0x1p-5}); kink.between(0, 0) {
		t.Error("a kink where the difference of the slopes halves")
	}
}

// TestAgreement checks when a slope is the claim: up to the tolerance, and if the tolerance of the change of φ
// is more than the rounding of φ. A slope of 0 has no tolerance. If φ is not finite on one side, the change of the other
// side counts.
func TestAgreement(t *testing.T) {
	for i, row := range []struct {
		claim, epsilon float64
		level          level
		want           bool
	}{
		{1, 0, level{1, 1, -1}, true}, {1, derivativeTolerance, level{1, 1, -1}, false}, {1, derivativeTolerance / 2, level{1, 1, -1}, true},
		{1 + 0.9e-5, 0, level{1, 1, -1}, true}, {1 + 1.1e-5, 0, level{1, 1, -1}, false}, {1 - 1.1e-5, 0, level{1, 1, -1}, false},
		{0, 0, level{1, 1, 1}, true}, {1e-300, 0, level{1, 1, 1}, false},
		{2, epsilon, level{1, 2, inf}, true}, {2, epsilon, level{1, inf, -2}, true}, {2, epsilon, level{1, 2, nan}, true},
	} {
		r := remainder{claim: row.claim, epsilon: row.epsilon, levels: []level{row.level}}
		if r.agrees(0) != row.want {
			t.Errorf("row %d: %v", i, !row.want)
		}
	}
}

// TestCheckNoParameters checks functions of no parameters, along directions of length 0.
func TestCheckNoParameters(t *testing.T) {
	p := optimize.Problem{Func: func([]float64) float64 { return 1 }, Grad: func(_, _ []float64) {}}
	if err := CheckGradient(p, nil, []float64{}); err != nil {
		t.Error(err)
	}
	if err := CheckJacobian(2, func(dst, _ []float64) { dst[0], dst[1] = 1, 2 }, func(*mat.Dense, []float64) {}, nil); err != nil {
		t.Error(err)
	}
}
