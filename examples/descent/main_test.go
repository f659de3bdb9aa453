package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/diff/fd"
)

func find(t *testing.T, f function, rate, start float64) []float64 {
	t.Helper()
	for _, s := range trials {
		if s.name == f.name && s.rate == rate && s.start == start {
			return descend(s)
		}
	}
	t.Fatalf("no trial of %s with the rate %v from %v", f.name, rate, start)
	return nil
}

func TestTrials(t *testing.T) {
	ends := func(f function, rate, start float64, steps int, want, within float64) {
		t.Helper()
		path := find(t, f, rate, start)
		if end := path[len(path)-1]; len(path) != steps+1 || !(math.Abs(end-want) <= within) {
			t.Errorf("%s, rate %v, from %v: x = %v after %d steps, want %v after %d", f.name, rate, start, end, len(path)-1, want, steps)
		}
	}
	ends(correct, 0.1, 0.5, 5, 1.0899, 5e-5)
	ends(correct, 0.1, -1, 20, -0.2739, 5e-5)
	ends(correct, 0.001, -1, 20, -1, 0.025) // it has hardly moved
	ends(wrong, 0.1, 0.5, 20, 1.2187, 5e-5)
	ends(wrong, 0.1, -1, 20, -0.3835, 5e-5)
	ends(saddle, 0.1, 1, 60, 0, 0.06)

	for _, rate := range []float64{1.000542, 1.0055} {
		path := find(t, correct, rate, -1)
		if end := path[len(path)-1]; !(math.Abs(end) > 1e6) {
			t.Errorf("correct derivative, rate %v: ends at %v, want it beyond 1e6", rate, end)
		}
		for k, x := range find(t, wrong, rate, -1) {
			if !(math.Abs(x) < 2.2) {
				t.Errorf("wrong derivative, rate %v: at %v in step %d, want it within 2.2", rate, x, k)
			}
		}
	}
	for k, x := range find(t, saddle, 0.1, 1) {
		if !(x > 0) {
			t.Errorf("x³ from 1: at %v in step %d, want it above the saddle", x, k)
		}
	}
	if path := find(t, saddle, 0.1, -0.1); !(path[len(path)-1] < -1e4) {
		t.Errorf("x³ from -0.1: ends at %v, want it below -1e4", path[len(path)-1])
	}
}

func TestDerivatives(t *testing.T) {
	for _, x := range []float64{-1.3, -0.2, 0.4, 1.7} {
		for _, f := range []function{correct, saddle} {
			if got, want := f.derivative(x), fd.Derivative(f.f, x, &fd.Settings{Formula: fd.Central}); !(math.Abs(got-want) <= 1e-6) {
				t.Errorf("%s: derivative at %v is %v, want %v", f.name, x, got, want)
			}
		}
		if got, want := wrong.derivative(x), correct.derivative(x); math.Abs(got-want) < 0.1 {
			t.Errorf("at %v the wrong derivative is %v and the correct one %v", x, got, want)
		}
	}
}

// No panel has steps with the correct and with the wrong derivative.
func TestPanels(t *testing.T) {
	shown := map[int]string{}
	for _, s := range trials {
		if s.panel != notDrawn && shown[s.panel] != "" && shown[s.panel] != s.name {
			t.Errorf("panel %d mixes %s and %s", s.panel, s.name, shown[s.panel])
		}
		shown[s.panel] = s.name
	}
	for i := range panels {
		if shown[i] == "" {
			t.Errorf("no trial in the panel %s", panels[i].title)
		}
	}
}

func TestReportAndPicture(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 500, picture.Blue, picture.Vermillion)
	picturetest.Shows(t, count, 3000, picture.Grey)
	if lines := strings.Count(out.String(), "\n"); lines != 1+len(trials) {
		t.Errorf("%d lines, want a heading and %d trials:\n%s", lines, len(trials), out.String())
	}
}
