package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.com/optim/internal/digits"
	"example.com/optim/internal/digits/digitstest"
	"gonum.org/v1/gonum/floats"
)

// A run that continues from a checkpoint ends with the bits of a run that does not stop, and both
// recognise the digits.
func TestTrain(t *testing.T) { digitstest.Resumes(t, 3, train) }

// The gradients stay at one place, and do not add up from step to step.
func TestGradient(t *testing.T) {
	net := newNetwork(rand.New(rand.NewPCG(1, 0)))
	batch := []int{3, 1, 4}
	for range 3 {
		if err := net.gradient(batch); err != nil {
			t.Fatal(err)
		}
		for i, p := range net.params {
			if g := net.tensors[i].Grads32; &g[0] != &p.Grad().Data().F32()[0] {
				t.Errorf("the gradient of tensor %d is at another place", i)
			}
		}
	}
	// The derivatives of the loss by the second bias are the means of softmax(z) − y over the batch.
	want := make([]float64, digits.Classes)
	for _, i := range batch {
		z := net.scores(i).Data().F64()
		norm := floats.LogSumExp(z)
		for k := range z {
			want[k] += math.Exp(z[k]-norm) / float64(len(batch))
		}
		want[net.labels[i]] -= 1 / float64(len(batch))
	}
	for k, got := range net.tensors[3].Grads32 {
		if e := math.Abs(float64(got) - want[k]); !(e < 1e-6) {
			t.Errorf("derivative %d is %v, want %v", k, got, want[k])
		}
	}
}
