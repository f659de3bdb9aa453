package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"example.com/optim/examples/internal/program"
)

func TestMain(m *testing.M) { program.Main(m, main) }

func TestGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 5} {
		f, x := newFilm(n), make([]float64, n*n)
		for i := range x {
			x[i] = random.NormFloat64()
		}
		if err := optim.CheckGradient(optim.ValueAndGradient(f.area), x); err != nil {
			t.Errorf("%d points: %v", n, err)
		}
	}
}

// A film over half of the distance between points is four times as near to Scherk's surface.
func TestFilm(t *testing.T) {
	var distances []float64
	for _, n := range []int{9, 19, 39} {
		f := newFilm(n)
		result, err := optim.Minimize(optim.ValueAndGradient(f.area), make([]float64, n*n), optim.NewLBFGS(10), nil)
		if err != nil {
			t.Fatal(err)
		}
		distances = append(distances, f.distance(result.X))
	}
	for k := range 2 {
		if ratio := distances[k] / distances[k+1]; !(3.3 < ratio && ratio < 4.7) {
			t.Errorf("the distances are %v, want a quarter each time", distances)
		}
	}
}

// A line for each iteration has as many columns as the heading. The areas fall. The last lines are the result.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(context.Background(), &out, file, 15, 0, math.Inf(-1)) })
	picturetest.Shows(t, count, 300, picture.SkyBlue, picture.Vermillion, picture.Black)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	last, before, iterations := len(lines)-1, math.Inf(1), 0
	for _, line := range lines[:last-1] {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "Iter" {
			continue
		}
		number, err := strconv.Atoi(fields[0])
		area, err2 := strconv.ParseFloat(fields[3], 64)
		if err != nil || err2 != nil || len(fields) != 6 || number < iterations || number > iterations+1 || !(area <= before) {
			t.Fatalf("after iteration %d with the area %v: %q", iterations, before, line)
		}
		before, iterations = area, number
	}
	want := fmt.Sprintf("area %.8f after %d iterations", before, iterations)
	if !strings.HasPrefix(lines[last], want) || lines[last-1] != "FunctionConvergence" || iterations < 10 {
		t.Errorf("%q and %q, want %s", lines[last-1], lines[last], want)
	}
}

// With a floor the film lies on it in the middle, and nowhere below. Where it does not touch the floor, the
// area does not change with the height.
func TestFloor(t *testing.T) {
	const points, floor = 15, -0.2
	var out bytes.Buffer
	if err := run(context.Background(), &out, "", points, 0, floor); err != nil {
		t.Fatal(err)
	}
	f, opt := newFilm(points), optim.NewLBFGS(10)
	opt.Lower = make([]float64, points*points)
	for i := range opt.Lower {
		opt.Lower[i] = floor
	}
	result, err := optim.Minimize(optim.ValueAndGradient(f.area), make([]float64, points*points), opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	touching := 0
	for i, height := range result.X {
		g := result.Gradient[i]
		switch {
		case height == floor && g >= 0:
			touching++
		case !(height > floor) || math.Abs(g) > 1e-6:
			t.Errorf("point %d: height %v, derivative %v", i, height, g)
		}
	}
	if want := fmt.Sprintf(", %d of 225 points lie on the floor\n", touching); touching < 10 || !strings.HasSuffix(out.String(), want) {
		t.Errorf("%s, want %s", out.String(), want)
	}
}

// The time limit and a context end the run with the best film so far.
func TestStopped(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), &out, "", 300, time.Millisecond, math.Inf(-1)); err != nil || !strings.Contains(out.String(), "RuntimeLimit\narea ") {
		t.Errorf("%v:\n%s", err, out.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out.Reset()
	if err := run(ctx, &out, "", 20, 0, math.Inf(-1)); err != nil || !strings.Contains(out.String(), "ContextDone: the context is done\narea ") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

// An interrupt while the program runs, as Ctrl-C sends it, ends it with its result and exit code 0.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send an interrupt")
	}
	child := program.Command("-points", "300", "-limit", "0")
	pipe, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(pipe); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if len(lines) == 5 {
			child.Process.Signal(os.Interrupt)
		}
	}
	if err := child.Wait(); err != nil || len(lines) < 5 || !strings.HasPrefix(lines[len(lines)-1], "area ") || !strings.HasPrefix(lines[len(lines)-2], "ContextDone") {
		t.Errorf("%v after %d lines:\n%s", err, len(lines), strings.Join(lines, "\n"))
	}
}

func TestHelp(t *testing.T) {
	text, err := program.Command("-h").CombinedOutput()
	for _, want := range []string{"soap film", "Ctrl-C", "-points number", "-limit duration", "-plot file"} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%v, no %q in\n%s", err, want, text)
		}
	}
}
