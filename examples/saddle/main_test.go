package main

import (
	"bytes"
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
)

func TestDerivatives(t *testing.T) {
	value := func(x []float64) float64 { return f(x[0], x[1]) }
	for _, x := range append(starts, []float64{0.3, 0.4}) {
		g, want := make([]float64, 2), fd.Gradient(nil, value, x, &fd.Settings{Formula: fd.Central})
		grad(g, x)
		if !floats.EqualApprox(g, want, 1e-6) {
			t.Errorf("gradient at %v is %v, want %v", x, g, want)
		}
		h, wantH := mat.NewSymDense(2, nil), mat.NewSymDense(2, nil)
		fd.Hessian(wantH, value, x, nil)
		hess(h, x)
		if !mat.EqualApprox(h, wantH, 1e-2) {
			t.Errorf("Hessian at %v is\n%v, want\n%v", x, mat.Formatted(h), mat.Formatted(wantH))
		}
	}
}

// From the ridge every method but the trust region converges to the saddle. The trust region leads to
// one of the minima. Plain Newton converges to the saddle from near the ridge too. In all other cases
// a method converges to the minimum on its side of the ridge.
func TestJourneys(t *testing.T) {
	for _, m := range methods {
		plain := strings.HasPrefix(m.name, "plain")
		for _, start := range starts {
			j := travel(m.make(), start)
			want, kind := math.Copysign(math.Sqrt(0.5), start[1]), optim.Minimum
			end := j.path[len(j.path)-1]
			switch {
			case start[1] == 0 && strings.HasSuffix(m.name, "trust region"):
				want = math.Copysign(want, end.Y)
			case start[1] == 0 || plain && math.Abs(start[1]) < 0.3:
				want, kind = 0, optim.Saddle
			}
			if j.found.Kind != kind || !(math.Abs(end.X) <= 1e-6) || !(math.Abs(end.Y-want) <= 1e-6) {
				t.Errorf("%s from %v: a %v at %v, want a %v at (0, %v)", m.name, start, j.found.Kind, end, kind, want)
			}
		}
	}
}

func TestLeave(t *testing.T) {
	j := travel(optim.NewSGD(0.1), starts[0])
	if c := j.found; c.Curvature != -2 || !slices.Equal(c.Eigenvalues, []float64{-2, 2}) || math.Abs(c.Direction[1]) != 1 {
		t.Fatalf("the saddle is %+v", c)
	}
	sum := 0.0
	for _, exit := range leave(j) {
		end := exit.path[len(exit.path)-1]
		if exit.found.Kind != optim.Minimum || !(math.Abs(math.Abs(end.Y)-math.Sqrt(0.5)) <= 1e-6) {
			t.Errorf("leads to a %v at %v", exit.found.Kind, end)
		}
		sum += end.Y
	}
	if sum != 0 {
		t.Errorf("the sum of the two final y is %v, want 0", sum)
	}
}

func TestReportAndPicture(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 500, picture.Blue, picture.Vermillion, picture.Green, picture.Black)
	text := out.String()
	if lines, want := strings.Count(text, "\n"), 1+len(methods)*len(starts)+2; lines != want {
		t.Errorf("%d lines, want %d:\n%s", lines, want, text)
	}
	if n := strings.Count(text, "saddle\n"); n != 5 {
		t.Errorf("%d journeys end at a saddle, want 5:\n%s", n, text)
	}
}
