package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var kills = flag.Int("kills", 5, "number of processes to kill")

// TestKills kills a random process at random moments, often while a checkpoint is written. All
// processes must end within ten seconds with an error. In the end the run must have the bits of a run
// without a crash.
func TestKills(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "example")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(checkpoint string, args ...string) (string, error) {
		args = append([]string{"--allow-run-as-root", "--oversubscribe", "-np", "2", program,
			"-steps", "150", "-checkpoint", filepath.Join(folder, checkpoint)}, args...)
		out, err := exec.Command("mpirun", args...).CombinedOutput()
		return string(out), err
	}
	want, err := run("whole")
	if err != nil {
		t.Fatalf("%v\n%s", err, want)
	}
	want = want[strings.LastIndex(want, "checksum"):]
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	crashes, continued := 0, 0
	for range *kills {
		start, delay := time.Now(), time.Duration(20+rng.IntN(600))*time.Millisecond
		out, err := run("broken", "-die", fmt.Sprint(rng.IntN(2)), "-after", delay.String())
		took := time.Since(start)
		if err != nil {
			crashes++
		} else { // it was faster than the signal
			if !strings.HasSuffix(out, want) {
				t.Errorf("%s, want %s", out, want)
			}
			os.Remove(filepath.Join(folder, "broken"))
		}
		if strings.Contains(out, "continues") {
			continued++
		}
		if took > delay+10*time.Second || err != nil && !strings.Contains(out, "signal 9") {
			t.Errorf("%v after %v, killed after %v\n%s", err, took, delay, out)
		}
	}
	out, err := run("broken")
	if err != nil || !strings.HasSuffix(out, want) {
		t.Errorf("%v, %s, want %s", err, out, want)
	}
	t.Logf("%d of %d runs crashed, %d continued", crashes, *kills, continued)
}
