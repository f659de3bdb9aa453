package optim

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFullDisk limits the length of files in another process, so that a write in the middle of a
// checkpoint fails. The file of before stays whole.
func TestFullDisk(t *testing.T) {
	if file := os.Getenv("OPTIM_FULL"); file != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 18, Max: 1 << 18}); err != nil {
			t.Fatal(err)
		}
		if err := SaveFile(file, make([]float64, 1<<16), nil); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("%v, want %v", err, syscall.EFBIG)
		}
		return
	}
	file := filepath.Join(t.TempDir(), "checkpoint")
	if err := SaveFile(file, []float64{5}, nil); err != nil {
		t.Fatal(err)
	}
	runAgain(t, "TestFullDisk", "OPTIM_FULL="+file)
	x := make([]float64, 1)
	if err := LoadFile(file, x, nil); err != nil || x[0] != 5 {
		t.Errorf("%v, %v", x, err)
	}
	if _, err := os.Stat(file + ".tmp"); !os.IsNotExist(err) {
		t.Errorf("the temporary file is left over: %v", err)
	}
}
