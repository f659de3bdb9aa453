package main

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// Every point of the path must be a solution: the derivative is ±λ where a
// coefficient is not zero, and no larger elsewhere.
func TestPath(t *testing.T) {
	p, err := load()
	if err != nil {
		t.Fatal(err)
	}
	path := p.path(30, 1e-3)
	for _, at := range path {
		residual := append([]float64(nil), p.y...)
		for j, v := range at.x {
			floats.AddScaled(residual, -v, p.columns[j])
		}
		for j, v := range at.x {
			g := floats.Dot(p.columns[j], residual) / 442
			if v == 0 && math.Abs(g) > at.lambda*(1+1e-6) || v != 0 && math.Abs(g-math.Copysign(at.lambda, v)) > 1e-6 {
				t.Errorf("λ = %v: derivative %v at %v", at.lambda, g, v)
			}
		}
	}
	// Ordinary least squares explains 51.8 %.
	if r := p.explained(p.path(2, 1e-9)[1].x); math.Abs(r-0.5177) > 1e-4 {
		t.Errorf("without a penalty %v is explained, want 0.5177", r)
	}
}

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "path.png")
	var out bytes.Buffer
	if err := run(file, &out); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) < 8 || !strings.HasSuffix(lines[1], "BMI, triglycerides") {
		t.Errorf("printed\n%s", out.String())
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	image, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	coloured := map[color.Color]int{}
	for x := range image.Bounds().Dx() {
		for y := range image.Bounds().Dy() {
			coloured[image.At(x, y)]++
		}
	}
	for i, c := range palette {
		if coloured[c] < 1000 {
			t.Errorf("%d pixels have colour %d", coloured[c], i)
		}
	}
}
