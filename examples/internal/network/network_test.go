package network

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
)

// The gradient agrees with central differences, and the loss beside it with Loss.
func TestGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	pixels, labels := digits.Load[float64]()
	net := New(pixels, labels, 3)
	params := net.Init(rng)
	for i := range params {
		params[i] += 0.1 * rng.NormFloat64() // biases that are not zero
	}
	batch := rng.Perm(len(labels))[:20]
	got := make([]float64, len(params))
	got[0] = 1 // of a gradient before
	loss := net.Gradient(got, params, batch)
	if e := math.Abs(loss - net.Loss(params, batch)); !(e < 1e-14*loss) {
		t.Errorf("the losses differ by %v", e)
	}
	want := fd.Gradient(nil, func(x []float64) float64 { return net.Loss(x, batch) }, params, &fd.Settings{Formula: fd.Central})
	if e := floats.Distance(got, want, math.Inf(1)) / floats.Norm(want, math.Inf(1)); !(e < 1e-7) {
		t.Errorf("relative error %.1e, want below 1e-7", e)
	}
}

// A network that always returns one digit recognises the images of that digit only.
func TestAccuracy(t *testing.T) {
	pixels, labels := digits.Load[float64]()
	net := New(pixels, labels, 2)
	params := make([]float64, net.Weights()+net.Biases())
	params[net.Weights()+2+7] = 1 // the bias of the 7
	all := make([]int, len(labels))
	for i := range all {
		all[i] = i
	}
	if got, want := net.Accuracy(params, all), 179/1797.0; got != want {
		t.Errorf("accuracy %v, want %v", got, want)
	}
	// p is e/(e + 9) for the 7, and 1/(e + 9) for the others.
	want := math.Log(math.E+9) - 179/1797.0
	if got := net.Loss(params, all); !(math.Abs(got-want) <= 1e-13) {
		t.Errorf("loss %v, want %v", got, want)
	}
}
