package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.com/optim"
	"example.com/optim/internal/digits"
	"example.com/optim/internal/digits/digitstest"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// A run that continues from a checkpoint ends with the bits of a run that does not stop, and both
// recognise the digits.
func TestTrain(t *testing.T) { digitstest.Resumes(t, 4, train) }

// A step moves the parameters of gomlx. The derivatives of the loss by the second bias are the
// means of p − y over the batch.
func TestGradient(t *testing.T) {
	net, err := newNetwork(rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	batch := make([]int, batchSize)
	for i := range batch {
		batch[i] = i
	}
	if err := net.gradient(batch); err != nil {
		t.Fatal(err)
	}
	want := make([]float32, digits.Classes)
	tensors.MustConstFlatData(net.logP, func(logP []float32) {
		for i, v := range logP {
			want[i%digits.Classes] += float32(math.Exp(float64(v))) / batchSize
		}
	})
	for _, i := range batch {
		want[net.labels[i]] -= 1.0 / batchSize
	}
	ts := optim.NewTensors(net.sizes()...)
	net.lend(ts, func() { ts.Step(optim.NewSGD(1)) })
	tensors.MustConstFlatData(net.params[3], func(bias []float32) {
		for k, b := range bias { // they begin at 0
			if e := b + want[k]; !(-1e-6 < e && e < 1e-6) {
				t.Errorf("bias %d is %v after a step, want %v", k, b, -want[k])
			}
		}
	})
}
