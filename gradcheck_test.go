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

func TestCheckGradientRight(t *testing.T) {
	for _, p := range checkableInUnits() {
		if err := CheckGradient(p.problem(func(_, _ []float64) {}), p.x); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}

func TestCheckGradientWrong(t *testing.T) {
	for _, p := range checkableInUnits() {
		for name, spoil := range map[string]func(g, x []float64){
			"zeroed": func(g, _ []float64) { g[1] = 0 },
			"sign":   func(g, _ []float64) { g[1] = -g[1] },
			"1.001":  func(g, _ []float64) { g[1] *= 1.001 },
			"1.0001": func(g, _ []float64) { g[1] *= 1.0001 },
		} {
			g := make([]float64, len(p.x))
			p.grad(g, p.x)
			before := slices.Clone(g)
			spoil(g, p.x)
			want := math.Abs(g[1]-before[1]) / max(math.Abs(g[1]), math.Abs(before[1]))
			err := CheckGradient(p.problem(spoil), p.x)
			var wrong *DerivativeError
			if !errors.As(err, &wrong) {
				t.Errorf("%s, %s: error %v", p.name, name, err)
				continue
			}
			if wrong.Param != 1 || wrong.Row != 0 || wrong.Wrong != 1 || wrong.Tested != len(p.x) || wrong.Got != g[1] ||
				math.Abs(wrong.Relative/want-1) > 0.05 || math.Abs(wrong.Want/before[1]-1) > 5e-5 || math.Abs(wrong.Order-1) > 0.05 {
				t.Errorf("%s, %s: %v, %+v", p.name, name, err, *wrong)
			}
		}
	}
}

var _ = rand.New
var _ = strings.Contains
var _ mat.Matrix
