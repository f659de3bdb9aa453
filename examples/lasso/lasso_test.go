package main

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/floats"
)

// Every point of the path satisfies the optimality conditions of the lasso: the derivative is ±λ
// for a coefficient that is not zero, and at most λ in magnitude for the others.
func TestPath(t *testing.T) {
	p, err := load()
	if err != nil {
		t.Fatal(err)
	}
	path := p.path(30, 1e-3)
	for _, at := range path {
		residual := slices.Clone(p.y)
		for j, v := range at.x {
			floats.AddScaled(residual, -v, p.columns[j])
		}
		for j, v := range at.x {
			g := floats.Dot(p.columns[j], residual) / 442
			if v == 0 && !(math.Abs(g) <= at.lambda*(1+1e-6)) || v != 0 && !(math.Abs(g-math.Copysign(at.lambda, v)) <= 1e-6) {
				t.Errorf("λ = %v: derivative %v at %v", at.lambda, g, v)
			}
		}
	}
	// Ordinary least squares explains 51.8 %.
	if r := p.explained(p.path(2, 1e-9)[1].x); !(math.Abs(r-0.5177) <= 1e-4) {
		t.Errorf("without a penalty %v is explained, want 0.5177", r)
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 1000, picture.Palette[:5]...)
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) < 8 || !strings.HasSuffix(lines[1], "BMI, triglycerides") {
		t.Errorf("printed\n%s", out.String())
	}
}
