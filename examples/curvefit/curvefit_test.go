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

// The printed parameters agree with the certified ones to six digits, and the printed residual
// standard deviation is the certified one.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 1000, picture.Blue, picture.Vermillion)
	lines := strings.Split(out.String(), "\n")
	for i, want := range certified {
		var name string
		var fitted, deviation, printed float64
		if _, err := fmt.Sscan(lines[i+1], &name, &fitted, &deviation, &printed); err != nil {
			t.Fatal(err)
		}
		if math.Abs(fitted/want-1) > 1e-6 || math.Abs(printed/want-1) > 1e-7 || !(0 < deviation && deviation < 0.2*fitted) {
			t.Errorf("%s, want %v", lines[i+1], want)
		}
	}
	if !strings.HasSuffix(lines[len(certified)+1], "residual standard deviation 13.7146") {
		t.Error(lines[len(certified)+1])
	}
}

func TestBadInput(t *testing.T) {
	if _, err := read("1,2\n3,x\n"); err == nil || err.Error() != "line 2: [3 x]" {
		t.Errorf("%v", err)
	}
	if run(new(bytes.Buffer), filepath.Join(t.TempDir(), "none", "x.png")) == nil {
		t.Error("no error for a file that cannot be written")
	}
}
