package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.com/optim/internal/digits/digitstest"
)

// A run that continues from a checkpoint ends with the bits of a run that does not stop, and both
// recognise the digits.
func TestTrain(t *testing.T) { digitstest.Resumes(t, 4, train) }

// The gradients stay at one place, and do not add up from step to step.
func TestGradient(t *testing.T) {
	net, err := newNetwork(rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer net.vm.Close()
	batch := make([]int, batchSize)
	for range 3 {
		if err := net.gradient(batch); err != nil {
			t.Fatal(err)
		}
		for i, node := range net.params {
			grad, err := node.Grad()
			if err != nil {
				t.Fatal(err)
			}
			if g := net.tensors[i].Grads32; &g[0] != &grad.Data().([]float32)[0] {
				t.Errorf("the gradient of tensor %d is at another place", i)
			}
		}
	}
	// The derivatives of the loss by the second bias are the means of p − y over the batch.
	logP, bias := net.logP.Data().([]float32), net.tensors[3].Grads32
	for k, got := range bias {
		mean := float32(0)
		for i := k; i < len(logP); i += len(bias) {
			mean += (float32(math.Exp(float64(logP[i]))) - net.y[i]) / batchSize
		}
		if e := got - mean; !(-1e-6 < e && e < 1e-6) {
			t.Errorf("derivative %d is %v, want %v", k, got, mean)
		}
	}
}
