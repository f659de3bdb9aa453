package main

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
)

// A process that a test starts runs the program itself.
const asProgram = "CHECKPOINT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Setenv(asProgram, "1")
	os.Exit(m.Run())
}

func TestSameBits(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 300, picture.SkyBlue, picture.Vermillion, picture.Black)
	for _, want := range []string{"steps   1 to 1000", "steps   1 to  537", "killed", "steps 501 to 1000", "the same bits"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestKillAndResume(t *testing.T) {
	whole, err := start(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	killed, err := start(folder, lastMoment)
	if err == nil || len(killed) != lastMoment {
		t.Errorf("%d steps, error %v; want the process dead after step %d", len(killed), err, lastMoment)
	}
	rest, err := start(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(killed, whole[:lastMoment]) || !slices.Equal(rest, whole[500:]) {
		t.Error("the losses are not those of a run without a break")
	}
	if first, last := whole[0].Y, whole[steps-1].Y; !(last < 1e-3*first) {
		t.Errorf("the loss goes from %v to %v", first, last)
	}
}

// A run does not start afresh over a checkpoint that it cannot read.
func TestDamaged(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(checkpoint(folder, 500), []byte("optim"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := train(io.Discard, folder, 0); err == nil {
		t.Error("no error for a damaged checkpoint")
	}
}
