package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/program"
)

func TestMain(m *testing.M) { program.Main(m, main) }

// command returns the program as a child process, with its error output.
func command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	var text bytes.Buffer
	child := program.Command(args...)
	child.Stderr = &text
	return child, &text
}

// finish runs the program to its end and returns what it prints.
func finish(t *testing.T, folder string) string {
	t.Helper()
	child, text := command("-folder", folder)
	output, err := child.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return string(output)
}

// interrupt runs the program and sends it a signal when its log has more than the given number of
// bytes. It returns the error output.
func interrupt(t *testing.T, folder string, bytes int64, signal os.Signal) string {
	t.Helper()
	child, text := command("-folder", folder)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); size(folder) <= bytes; {
		if time.Now().After(deadline) {
			t.Errorf("the log has %d bytes after a minute, want more than %d", size(folder), bytes)
			break
		}
		time.Sleep(time.Millisecond)
	}
	child.Process.Signal(signal)
	if err := child.Wait(); err == nil {
		t.Errorf("the run has ended before %v", signal)
	}
	return text.String()
}

func size(folder string) int64 {
	info, err := os.Stat(filepath.Join(folder, "log.csv"))
	if err != nil {
		return 0
	}
	return info.Size()
}

func read(t *testing.T, folder, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// lines returns the lines of the log without the last column, which has the speed.
func lines(t *testing.T, folder string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(string(read(t, folder, "log.csv"))) {
		all = append(all, line[:strings.LastIndex(line, ",")])
	}
	return all
}

// A run that is killed at random moments ends with the bits of a run that is not.
func TestKillAndResume(t *testing.T) {
	whole, broken := t.TempDir(), t.TempDir()
	result := finish(t, whole)
	total := size(whole)

	signals := []os.Signal{os.Kill, os.Kill, os.Kill}
	if runtime.GOOS != "windows" { // which has no signals
		signals = []os.Signal{os.Kill, syscall.SIGTERM, os.Kill, os.Interrupt, syscall.SIGTERM, os.Kill}
	}
	// The first is killed before its first checkpoint.
	at := int64(len("step,loss"))
	for _, signal := range signals {
		text := interrupt(t, broken, at, signal)
		if signal == os.Kill {
			tear(t, broken)
		} else {
			stopped(t, broken, text)
		}
		at = size(broken) + rand.Int64N(total/int64(len(signals)+2))
	}
	if got := finish(t, broken); got != result {
		t.Errorf("the result is %q, want %q", got, result)
	}

	if got, want := lines(t, broken), lines(t, whole); !slices.Equal(got, want) {
		t.Errorf("the log has other lines: %d, want %d", len(got), len(want))
	}
	for i, line := range lines(t, broken)[1:] {
		if step, _, _ := strings.Cut(line, ","); step != strconv.Itoa(i+1) {
			t.Fatalf("line %d of the log has step %s", i+1, step)
		}
	}
	if !bytes.Equal(read(t, broken, "best"), read(t, whole, "best")) {
		t.Error("the best parameters differ")
	}
	// The checkpoints differ in the number of bytes in the log, and so in the checksum at the end.
	got := bytes.Replace(read(t, broken, "checkpoint"), length(broken), length(whole), 1)
	want := read(t, whole, "checkpoint")
	if len(got) != len(want) || !bytes.Equal(got[:len(got)-4], want[:len(want)-4]) {
		t.Error("the checkpoints differ")
	}

	// A run that has ended prints its result again, and the torn line is removed from its log.
	log := read(t, broken, "log.csv")
	tear(t, broken)
	if got := finish(t, broken); got != result || !bytes.Equal(read(t, broken, "log.csv"), log) {
		t.Errorf("once more, the result is %q, want %q; the log has %d bytes, want %d", got, result, size(broken), len(log))
	}
}

// length returns the number of bytes in the log as a checkpoint has it.
func length(folder string) []byte {
	return binary.LittleEndian.AppendUint64(nil, uint64(size(folder)))
}

// stopped checks that a signal ended the run with a message and with a checkpoint of its last step.
func stopped(t *testing.T, folder, text string) {
	t.Helper()
	taken := len(lines(t, folder)) - 1
	if want := fmt.Sprintf("train: interrupted after step %d; the same command continues the run\n", taken); text != want {
		t.Errorf("the message is %q, want %q", text, want)
	}
	if !bytes.Contains(read(t, folder, "checkpoint"), length(folder)) {
		t.Errorf("the checkpoint is not that of step %d", taken)
	}
}

// tear writes half a line to the log, which a crash may leave.
func tear(t *testing.T, folder string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(folder, "log.csv"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("99999,0.12"); err != nil {
		t.Fatal(err)
	}
}

// The run stops before the last step, when the validation loss of the average does not fall any
// more, and keeps the best average.
func TestEarlyStopping(t *testing.T) {
	folder := t.TempDir()
	result := finish(t, folder)
	all := lines(t, folder)[1:]
	var losses []float64 // of the evaluations
	for i, line := range all {
		if (i+1)%interval == 0 {
			v, err := strconv.ParseFloat(strings.Split(line, ",")[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, v)
		}
	}
	best := slices.Index(losses, slices.Min(losses))
	if len(all) >= steps || len(losses)-1-best != patience {
		t.Errorf("the run stops after %d evaluations and %d steps, and evaluation %d is the best", len(losses), len(all), best+1)
	}

	model, params := newModel(rand.New(rand.NewPCG(1, 2)))
	if err := optim.LoadFile(filepath.Join(folder, "best"), params, nil); err != nil {
		t.Fatal(err)
	}
	if got := model.validationLoss(params); got != losses[best] {
		t.Errorf("the best parameters have the validation loss %v, want %v", got, losses[best])
	}
	accuracy := model.testAccuracy(params)
	if !(accuracy > 0.94) {
		t.Errorf("the accuracy is %v, want above 0.94", accuracy)
	}
	if want := fmt.Sprintf("%d steps, validation loss %.4f, test accuracy %.1f %%\n", len(all), losses[best], 100*accuracy); result != want {
		t.Errorf("the result is %q, want %q", result, want)
	}
}

// A checkpoint that is damaged, and a log that has lost steps, end the program. It does not start
// again, and leaves the files as they are.
func TestDamaged(t *testing.T) {
	folder := t.TempDir()
	finish(t, folder)
	for _, name := range []string{"log.csv", "checkpoint"} {
		file := filepath.Join(folder, name)
		if err := os.Truncate(file, 1000); err != nil {
			t.Fatal(err)
		}
		child, text := command("-folder", folder)
		if err := child.Run(); err == nil || !strings.Contains(text.String(), name) {
			t.Errorf("%s: error %v, message %q", name, err, text)
		}
		if n := len(read(t, folder, name)); n != 1000 {
			t.Errorf("%s has %d bytes, want 1000", name, n)
		}
	}
}
