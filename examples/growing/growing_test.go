package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
)

// The derivatives are those of the cross entropy.
func TestGradient(t *testing.T) {
	training, _ := load(rand.New(rand.NewPCG(1, 0)))
	sum := training.softmax().Sum()
	rng := rand.New(rand.NewPCG(2, 0))
	x, got := make([]float64, inputs*classes), make([]float64, inputs*classes)
	for i := range x {
		x[i] = rng.NormFloat64() / 10
	}
	batch := []int{3, 1400, 77}
	sum.Grad(got, x, batch)
	want := fd.Gradient(nil, func(x []float64) float64 { return sum.Func(x, batch) }, x, &fd.Settings{Formula: fd.Central})
	if !floats.EqualApprox(got, want, 1e-8) {
		t.Error("the gradient is not that of the loss")
	}
}

// Growing batches need less than a fifth of the gradients. run returns an error if they do not
// reach the accuracy.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file, 1, 300, 1) })
	picturetest.Shows(t, count, 1000, picture.Blue, picture.Vermillion)
	training, test := load(rand.New(rand.NewPCG(1, 0)))
	if n, m := len(training.labels), len(test.labels); n != 1437 || m != 360 {
		t.Errorf("split in %d and %d, want 1437 and 360", n, m)
	}
	share := 100.0
	_, after, _ := strings.Cut(out.String(), "which is ")
	fmt.Sscan(after, &share)
	if !(share < 20) {
		t.Errorf("%v %% of the gradients:\n%s", share, out.String())
	}
}
