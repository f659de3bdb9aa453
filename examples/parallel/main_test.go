package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/optim/examples/internal/network"
	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/floats"
)

// Parameters and loss have the same bits with any number of goroutines.
func TestSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const steps = 30 // more than an epoch, whose last batch is smaller
	want, wantLoss := train(1, steps, 1)
	for _, workers := range []int{2, 3, 4, 8, 11} {
		got, loss := train(workers, steps, 1)
		if !slices.Equal(got, want) || loss != wantLoss {
			t.Errorf("%d goroutines compute other bits", workers)
		}
	}
	if !(wantLoss < 1) {
		t.Errorf("the loss is %v at the end, want below 1", wantLoss)
	}
}

// The gradient agrees with that of the whole batch, for shares of different sizes, some of them
// empty.
func TestGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	pixels, labels := digits.Load[float64]()
	g, net := newGradient(2, pixels, labels, 5), network.New(pixels, labels, 5)
	params := net.Init(rng)
	got, want := make([]float64, len(params)), make([]float64, len(params))
	for _, size := range []int{100, 8, 11, 3, 1} {
		batch := rng.Perm(len(labels))[:size]
		loss, wantLoss := g.compute(got, params, batch), net.Gradient(want, params, batch)
		if e := floats.Distance(got, want, math.Inf(1)); !(e < 1e-14) || !(math.Abs(loss-wantLoss) < 1e-14) {
			t.Errorf("batch of %d: the gradient differs by %v and the loss by %v", size, e, loss-wantLoss)
		}
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	run(&out, 2)
	rows := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(rows) != 5 {
		t.Fatalf("%d lines, want 5:\n%s", len(rows), out.String())
	}
	hash := func(row string) string { return row[strings.LastIndex(row, " "):] }
	if hash(rows[2]) != hash(rows[3]) || hash(rows[2]) != hash(rows[4]) {
		t.Errorf("different hashes:\n%s", out.String())
	}
}
