package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"example.com/optim/examples/internal/program"
)

func TestMain(m *testing.M) { program.Main(m, main) }

func TestSearchDrawsNothing(t *testing.T) {
	output, err := program.Command("-search", "-plot", "x.png").CombinedOutput()
	if want := "matrix: -search draws no picture\n"; err == nil || string(output) != want {
		t.Errorf("%v: %q, want %q", err, output, want)
	}
}

// All rules reach the goal from the same start. Muon and SOAP need fewer steps than AdamW.
func TestTrain(t *testing.T) {
	var trials []trial
	for _, m := range methods {
		r := train(m, m.rate, 3)
		trials = append(trials, r)
		end := r.curve[len(r.curve)-1]
		if !r.reached || end.loss > goal || end.steps != r.steps || end.seconds != r.seconds || !(r.accuracy > 0.9) {
			t.Errorf("%s: %d steps in %v s to loss %v, accuracy %v", m.name, r.steps, r.seconds, end.loss, r.accuracy)
		}
		if r.curve[0].loss != trials[0].curve[0].loss {
			t.Errorf("%s starts with loss %v, want %v", m.name, r.curve[0].loss, trials[0].curve[0].loss)
		}
		if r.steps > trials[0].steps {
			t.Errorf("%s needs %d steps, AdamW %d", m.name, r.steps, trials[0].steps)
		}
	}
}

// A run that does not reach the goal ends at the limit.
func TestLimit(t *testing.T) {
	if r := train(methods[0], 1e-9, 1); r.reached || r.steps != limit {
		t.Errorf("reached %v after %d steps, want false after %d", r.reached, r.steps, limit)
	}
}

func TestSpread(t *testing.T) {
	steps := func(t trial) float64 { return float64(t.steps) }
	if mean, deviation := spread([]trial{{steps: 1}, {steps: 2}, {steps: 6}}, steps); mean != 3 || !(math.Abs(deviation-math.Sqrt(7)) <= 1e-15) {
		t.Errorf("%v ± %v, want 3 ± √7", mean, deviation)
	}
	if mean, deviation := spread([]trial{{steps: 5}}, steps); mean != 5 || deviation != 0 {
		t.Errorf("%v ± %v, want 5 ± 0", mean, deviation)
	}
	if m := middle([]trial{{steps: 9}, {steps: 1}, {steps: 4}}); m.steps != 4 {
		t.Errorf("median %d, want 4", m.steps)
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file, 1) })
	picturetest.Shows(t, count, 300, picture.Palette[:len(methods)]...)
	for _, m := range methods {
		if !strings.Contains(out.String(), "\n"+m.name+" ") {
			t.Errorf("no row for %s in\n%s", m.name, out.String())
		}
	}
	if n := strings.Count(out.String(), " 1/1\n"); n != len(methods) {
		t.Errorf("%d rules reach the goal, want %d:\n%s", n, len(methods), out.String())
	}
}
