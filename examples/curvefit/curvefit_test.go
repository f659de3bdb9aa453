package main

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
)

// certified are NIST's values for the electron mobility.
var certified = []float64{1288.1396800, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797, 0.049727297349}

// after returns the first number after each of the marks, which follow one another in the text.
func after(t *testing.T, text string, marks ...string) []float64 {
	t.Helper()
	var numbers []float64
	for _, mark := range marks {
		_, rest, found := strings.Cut(text, mark)
		var v float64
		if _, err := fmt.Sscan(rest, &v); !found || err != nil {
			t.Fatalf("no number after %q in %s", mark, text)
		}
		numbers, text = append(numbers, v), rest
	}
	return numbers
}

// The printed parameters agree with the certified ones to seven digits. The fit with a loss agrees with
// the simulation within three standard errors, and that by least squares does not.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 1000, picture.Blue, picture.Vermillion, picture.Green)
	picturetest.Shows(t, count, 20000, picture.Pale)

	electrons, rest, _ := strings.Cut(out.String(), "Certified by NIST")
	printed, lines, _ := strings.Cut(rest, "Spectral line, simulated")
	marks := []string{"b1", "b2", "b3", "b4", "b5", "b6", "b7"}
	_, fitted, _ := strings.Cut(electrons, "Parameters")
	for j, v := range after(t, fitted, marks...) {
		if !(math.Abs(v/certified[j]-1) <= 1e-7) {
			t.Errorf("b%d = %v, want %v", j+1, v, certified[j])
		}
	}
	for j, v := range after(t, printed, marks...) {
		if v != certified[j] {
			t.Errorf("b%d = %v printed, want %v", j+1, v, certified[j])
		}
	}

	plain, robust, _ := strings.Cut(lines, "Spectral line, with a loss")
	if v := after(t, plain, "background", "±"); v[0] < 3*v[1] {
		t.Errorf("the background by least squares is %v ± %v", v[0], v[1])
	}
	for j, name := range []string{"height", "centre", "width"} {
		if v := after(t, robust, name, "±"); !(math.Abs(v[0]-truth[j]) <= 3*v[1]) {
			t.Errorf("%s = %v ± %v, want %v", name, v[0], v[1], truth[j])
		}
	}
	if !strings.Contains(robust, "(at the lower bound)") || after(t, robust, "background")[0] != 0 {
		t.Errorf("the background is not at its bound:\n%s", robust)
	}
}

func TestBadFile(t *testing.T) {
	if run(new(bytes.Buffer), filepath.Join(t.TempDir(), "none", "x.png")) == nil {
		t.Error("no error for a file that cannot be written")
	}
}
