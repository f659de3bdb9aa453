package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"example.com/optim/examples/internal/program"
)

func TestMain(m *testing.M) { program.Main(m, main) }

func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 300, picture.SkyBlue, picture.Vermillion, picture.Black)
	for _, want := range []string{"steps   1 to 1000", "steps   1 to  537", "steps 501 to 1000", "both runs are equal"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// A process is killed after step 537, in the middle of an epoch, and a new process continues from
// the checkpoint of step 500. All losses, and the parameters and states in the last checkpoint,
// have the same bits as those of an uninterrupted run.
func TestKillAndResume(t *testing.T) {
	if epoch := (terms + batchSize - 1) / batchSize; killStep/interval*interval%epoch == 0 {
		t.Errorf("the checkpoint before step %d is at the end of an epoch", killStep)
	}
	wholeFile, brokenFile := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "broken")
	whole, err := start(wholeFile, 0)
	if err != nil || len(whole) != steps {
		t.Fatalf("%d steps, error %v", len(whole), err)
	}
	killed, err := start(brokenFile, killStep)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || len(killed) != killStep {
		t.Fatalf("%d steps, error %v; want the process killed after step %d", len(killed), err, killStep)
	}
	if runtime.GOOS != "windows" && exit.Exited() {
		t.Errorf("the process has ended by itself: %v", exit)
	}
	rest, err := start(brokenFile, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(killed, whole[:killStep]) || !slices.Equal(rest, whole[killStep/interval*interval:]) {
		t.Error("the losses differ from those of the uninterrupted run")
	}
	first, err := os.ReadFile(wholeFile)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(brokenFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the last checkpoint differs from that of the uninterrupted run")
	}
	if first, last := whole[0].Y, whole[steps-1].Y; !(last < 1e-2*first) {
		t.Errorf("the loss is %v after the first step and %v after the last", first, last)
	}
}

// If the checkpoint is damaged, the run returns an error. It does not start again.
func TestDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "damaged")
	if err := os.WriteFile(file, []byte("optim"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := train(io.Discard, file, 0); err == nil {
		t.Error("no error for a damaged checkpoint")
	}
}
