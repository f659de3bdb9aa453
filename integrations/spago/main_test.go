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

	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/floats"
)

// A run that continues from a checkpoint ends with the bits of a run that does not stop, and both
// recognise the digits.
func TestTrain(t *testing.T) {
	folder := t.TempDir()
	whole, broken := filepath.Join(folder, "whole"), filepath.Join(folder, "broken")
	var out bytes.Buffer
	if err := train(&out, 3, whole); err != nil {
		t.Fatal(err)
	}
	var epochs int
	var accuracy float64
	if _, err := fmt.Sscanf(out.String(), "%d epochs, test accuracy %f %%", &epochs, &accuracy); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if epochs != 3 || !(accuracy > 90) {
		t.Errorf("%s, want 3 epochs and more than 90 %%", out.String())
	}

	for epochs := range 4 {
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
