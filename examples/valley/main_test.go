package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/plotter"
)

func TestProblems(t *testing.T) {
	for _, p := range problems {
		f := func(x []float64) float64 { return p.f(x[0], x[1]) }
		got, want := make([]float64, 2), fd.Gradient(nil, f, p.start[:], &fd.Settings{Formula: fd.Central})
		p.grad(got, p.start[:])
		if !floats.EqualApprox(got, want, 1e-4) {
			t.Errorf("%s: gradient %v, want %v", p.name, got, want)
		}
		hess, wantHess := mat.NewSymDense(2, nil), mat.NewSymDense(2, nil)
		fd.Hessian(wantHess, f, p.start[:], nil)
		p.hess(hess, p.start[:])
		if !mat.EqualApprox(hess, wantHess, 0.5) {
			t.Errorf("%s: Hessian\n%v, want\n%v", p.name, mat.Formatted(hess), mat.Formatted(wantHess))
		}
		p.grad(got, p.end[:])
		if f(p.end[:]) != 0 || got[0] != 0 || got[1] != 0 {
			t.Errorf("%s: %v with gradient %v at the minimum, want zeros", p.name, f(p.end[:]), got)
		}
	}
}

// On the quadratic each coordinate follows x ← x − ηax + μ(x − x₋₁) by itself, with the curvature a
// and the previous value x₋₁.
func TestPathsOnTheQuadratic(t *testing.T) {
	p := problems[0]
	for _, c := range contenders {
		var rate, mu float64
		opt := c.on(0)
		switch o := opt.(type) {
		case *optim.SGD:
			rate = o.LearningRate
		case *optim.Momentum:
			rate, mu = o.LearningRate, o.Mu
		default:
			continue
		}
		path := descend(p, opt)
		before, x := p.start, p.start
		for k, got := range path {
			if math.Abs(got.X-x[0])+math.Abs(got.Y-x[1]) > 1e-9 {
				t.Fatalf("%s: at %v after %d steps, want %v", c.name, got, k, x)
			}
			next := x
			for i, curvature := range []float64{1, 50} {
				next[i] += -rate*curvature*x[i] + mu*(x[i]-before[i])
			}
			before, x = x, next
		}
	}
}

// Every optimizer reaches f < near and stops there. Most need fewer steps than gradient descent.
func TestAllConverge(t *testing.T) {
	for i, p := range problems {
		steps := map[string]int{}
		for _, c := range contenders {
			path := descend(p, c.on(i))
			steps[c.name] = len(path) - 1
			if end := path[len(path)-1]; !(p.f(end.X, end.Y) < near) {
				t.Errorf("%s, %s: f = %v after %d steps", p.name, c.name, p.f(end.X, end.Y), len(path)-1)
			}
			if slices.ContainsFunc(path[:len(path)-1], func(q plotter.XY) bool { return p.f(q.X, q.Y) < near }) {
				t.Errorf("%s, %s: takes further steps after f < near", p.name, c.name)
			}
		}
		slow := steps["gradient descent"]
		for _, name := range []string{"Momentum, μ = 0.5", "Momentum, μ = 0.9", "Nesterov, μ = 0.9", "Adam", "Newton", "L-BFGS"} {
			if n := steps[name]; n == 0 || n >= slow {
				t.Errorf("%s: %s takes %d steps and gradient descent %d", p.name, name, n, slow)
			}
		}
		if newton, lbfgs := steps["Newton"], steps["L-BFGS"]; i == 0 && newton != 1 || newton > 6 || lbfgs > 40 {
			t.Errorf("%s: Newton takes %d steps and L-BFGS %d", p.name, newton, lbfgs)
		}
	}
}

// The key has the rates of both problems.
func TestTitles(t *testing.T) {
	for _, c := range contenders {
		title := c.title()
		for i := range problems {
			var rate float64
			switch o := c.on(i).(type) {
			case *optim.SGD:
				rate = o.LearningRate
			case *optim.Momentum:
				rate = o.LearningRate
			case *optim.Adam:
				rate = o.LearningRate
			default:
				continue
			}
			if !strings.Contains(title, fmt.Sprint(rate)) {
				t.Errorf("%s: no rate %v", title, rate)
			}
		}
		if c.rates == nil && title != c.name {
			t.Errorf("%s, want %s", title, c.name)
		}
	}
}

func TestReportAndPicture(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 500, picture.Blue, picture.Vermillion, picture.Green, picture.Black)
	for _, c := range contenders {
		if !strings.Contains(out.String(), c.name) {
			t.Errorf("no %s in\n%s", c.name, out.String())
		}
	}
}
