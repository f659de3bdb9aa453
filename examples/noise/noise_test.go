package main

import (
	"bytes"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// With an L2 of 1e-3 the minimum is known from another solver.
func TestMinimum(t *testing.T) {
	logistic, err := load(1e-3)
	if err != nil {
		t.Fatal(err)
	}
	if least := minimum(logistic); math.Abs(least-0.05983977454242311) > 1e-14 {
		t.Errorf("minimum %.17f", least)
	}
}

// What the picture shows must be so: noise leaves SGD in a cloud, a decaying rate
// and averaging make it smaller, and without noise the error vanishes.
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
	file := filepath.Join(t.TempDir(), "noise.png")
	var out bytes.Buffer
	if err := run(file, 3, 0.1, 1, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "\nSAGA, weighted draws ") {
		t.Errorf("printed\n%s", got)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if image, err := png.Decode(f); err != nil || image.Bounds().Dx() != 1200 {
		t.Errorf("%v", err)
	}
}
