package main

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/plot/plotter"
)

func TestGradient(t *testing.T) {
	got := make([]float64, 2)
	for _, at := range [][]float64{{6, -2.2}, {5, -1.5}, {4.2, -2.05}} {
		gradient(got, at[0], at[1])
		want := fd.Gradient(nil, func(x []float64) float64 { return loss(x[0], x[1]) }, at, &fd.Settings{Formula: fd.Central})
		for i := range want {
			if !scalar.EqualWithinRel(got[i], want[i], 1e-5) {
				t.Errorf("gradient at %v: %v, want %v", at, got, want)
			}
		}
	}
}

func TestCliff(t *testing.T) {
	plain, clipped := train(math.MaxFloat64), train(longest)
	step := func(r trace, k int) float64 {
		return math.Hypot(r.points[k+1].X-r.points[k].X, r.points[k+1].Y-r.points[k].Y)
	}

	cliff := slices.IndexFunc(plain.norms, func(n plotter.XY) bool { return n.Y > longest })
	if cliff < 1 || plain.norms[cliff].Y < 1000 {
		t.Fatalf("the run without clipping has no large gradient: %v", plain.norms)
	}
	if d := step(plain, cliff); !scalar.EqualWithinRel(d, rate*plain.norms[cliff].Y, 1e-9) {
		t.Errorf("the run without clipping moves by %v at the cliff, want η times %v", d, plain.norms[cliff].Y)
	}
	if end := plain.points[steps]; loss(end.X, end.Y) < 0.08 || plain.clipped != 0 {
		t.Errorf("the run without clipping ends with the loss %v and %d clipped steps, want a loss above 0.08 and none", loss(end.X, end.Y), plain.clipped)
	}

	// A gradient below the limit is not changed.
	if !slices.Equal(plain.points[:cliff+1], clipped.points[:cliff+1]) {
		t.Errorf("the runs differ before the cliff, in step %d", cliff)
	}
	for k := range steps {
		if d := step(clipped, k); d > rate*longest*(1+1e-9) {
			t.Errorf("the clipped run moves by %v in step %d, want %v at most", d, k, rate*longest)
		}
	}
	if end := clipped.points[steps]; !(loss(end.X, end.Y) < 0.005) || clipped.clipped < 1 {
		t.Errorf("the clipped run ends with the loss %v and %d clipped steps", loss(end.X, end.Y), clipped.clipped)
	}
}

func TestPicture(t *testing.T) {
	count := picturetest.Pixels(t, func(file string) error { return run(new(bytes.Buffer), file) })
	picturetest.Shows(t, count, 500, picture.Blue, picture.Vermillion)
}

// The curve of the run without clipping ends at the last gradient that is not 0.
func TestPositive(t *testing.T) {
	norms := train(math.MaxFloat64).norms
	shown := positive(norms)
	if n := len(shown); n == 0 || n == len(norms) || shown[n-1].Y <= 0 || norms[n].Y != 0 || norms[len(norms)-1].Y != 0 {
		t.Errorf("%d of %d norms", n, len(norms))
	}
	if clipped := train(longest).norms; len(positive(clipped)) != len(clipped) {
		t.Error("norms of the clipped run are missing")
	}
}
