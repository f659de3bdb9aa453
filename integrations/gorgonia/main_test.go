package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// A run that continues from a checkpoint ends with the bits of a run that does not stop, and both
// recognise the digits.
func TestTrain(t *testing.T) {
	folder := t.TempDir()
	whole, broken := filepath.Join(folder, "whole"), filepath.Join(folder, "broken")
	var out bytes.Buffer
	if err := train(&out, 4, whole); err != nil {
		t.Fatal(err)
	}
	var epochs int
	var accuracy float64
	if _, err := fmt.Sscanf(out.String(), "%d epochs, test accuracy %f %%", &epochs, &accuracy); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if epochs != 4 || !(accuracy > 90) {
		t.Errorf("%s, want 4 epochs and more than 90 %%", out.String())
	}

	for epochs := range 5 {
		if err := train(io.Discard, epochs, broken); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the checkpoints differ")
	}
}

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
