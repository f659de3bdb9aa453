package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
)

// For λ = 1e-3 another solver has found the same minimum.
func TestMinimum(t *testing.T) {
	logistic, err := load(1e-3)
	if err != nil {
		t.Fatal(err)
	}
	if least := minimum(logistic); !(math.Abs(least-0.05983977454242311) <= 1e-14) {
		t.Errorf("minimum %.17f", least)
	}
}

// The errors after 40 passes: SGD with a fixed rate stays at a distance from the minimum; a
// decaying rate, averaging and growing batches reduce the error; SVRG, SAG and SAGA reduce it to
// rounding errors.
func TestMethods(t *testing.T) {
	logistic, err := load(0.1)
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]float64{}
	for _, m := range methods(logistic) {
		c := m.follow(logistic.Sum(), dimension(logistic), minimum(logistic), 40, rand.New(rand.NewPCG(1, 0)))
		last[m.name] = c.error[len(c.error)-1]
	}
	for name, e := range last {
		low, high := -1e-14, 1e-14
		switch name {
		case "SGD":
			low, high = 1e-5, 1e-2
		case "SGD, averaged":
			low, high = 0, last["SGD"]/3
		case "SGD, decaying rate":
			low, high = 0, last["SGD"]/100
		case "growing batch":
			low, high = 0, 1e-5
		}
		if !(low <= e && e <= high) {
			t.Errorf("%s ends at %.1e, want %.1e to %.1e", name, e, low, high)
		}
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file, 3, 0.1, 1) })
	picturetest.Shows(t, count, 300, colours...)
	picturetest.Shows(t, count, 20000, picture.Faint) // the band of the rounding errors
	if got := out.String(); !strings.Contains(got, "\nSAGA, weighted draws ") {
		t.Errorf("printed\n%s", got)
	}
}
