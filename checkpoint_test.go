package optim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestResume stops every row after each number of steps, restores parameters and
// optimizer into new ones, and goes on.
func TestResume(t *testing.T) {
	const n, steps = 37, 20
	b := newBowl(n)
	for _, row := range optimizers {
		want := b.run(row.make(), steps)
		for k := 0; k <= steps; k++ {
			opt := row.make()
			var file bytes.Buffer
			if err := Save(&file, b.run(opt, k), opt); err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			x, opt := make([]float64, n), row.make()
			newBowl(n+k%2).run(opt, k%3) // it may have been used, on another length
			if err := Load(&file, x, opt); err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			if got := b.goOn(x, opt, steps-k); !sameBits(got, want) {
				t.Errorf("%s: other bits when resumed after step %d", row.name, k)
			}
		}
	}
}

// goOn takes steps from x.
func (b bowl) goOn(x []float64, opt Optimizer, steps int) []float64 {
	g := make([]float64, len(x))
	for range steps {
		b.gradient(g, x)
		opt.Step(x, g)
	}
	return x
}

// TestResumeInAnotherProcess writes a file for every row and lets this program,
// run anew, go on from it.
func TestResumeInAnotherProcess(t *testing.T) {
	const n, k, steps = 37, 7, 20
	if folder := os.Getenv("OPTIM_RESUME"); folder != "" {
		for i, row := range optimizers {
			x, opt := make([]float64, n), row.make()
			name := filepath.Join(folder, fmt.Sprint(i))
			if err := LoadFile(name, x, opt); err != nil {
				t.Fatal(err)
			}
			if err := SaveFile(name, newBowl(n).goOn(x, opt, steps-k), opt); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	b, folder := newBowl(n), t.TempDir()
	for i, row := range optimizers {
		opt := row.make()
		if err := SaveFile(filepath.Join(folder, fmt.Sprint(i)), b.run(opt, k), opt); err != nil {
			t.Fatal(err)
		}
	}
	runAgain(t, "TestResumeInAnotherProcess", "OPTIM_RESUME="+folder)
	for i, row := range optimizers {
		got := make([]float64, n)
		if err := LoadFile(filepath.Join(folder, fmt.Sprint(i)), got, row.make()); err != nil {
			t.Fatal(err)
		}
		if want := b.run(row.make(), steps); !sameBits(got, want) {
			t.Errorf("%s: other bits when resumed by another process", row.name)
		}
	}
}

// runAgain runs one test of this program in a process of its own.
func runAgain(t *testing.T, test, env string) {
	t.Helper()
	if out, err := another(test, env).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func another(test, env string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), env)
	return cmd
}

// TestKill kills a program that saves after every step, again and again, and
// sees it resume each time, to the same bits whenever it gets to the end.
func TestKill(t *testing.T) {
	const n, steps = 3000, 60
	b := newBowl(n)
	newOptimizer := func() *Average { return NewExponentialAverage(NewAdam(0.01), 0.99) }
	if file := os.Getenv("OPTIM_KILL"); file != "" {
		opt, x := newOptimizer(), make([]float64, n)
		if err := LoadFile(file, x, opt); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for opt.t < steps {
			b.goOn(x, opt, 1)
			if err := SaveFile(file, x, opt); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	kills := 200
	if testing.Short() {
		kills = 20
	}
	want := b.run(newOptimizer(), steps)
	file := filepath.Join(t.TempDir(), "checkpoint")
	rng := rand.New(rand.NewPCG(13, 14))
	arrived := 0
	arrive := func(killed int) {
		x := make([]float64, n)
		if err := LoadFile(file, x, newOptimizer()); err != nil {
			t.Fatal(err)
		}
		if !sameBits(x, want) {
			t.Fatalf("other bits after %d kills", killed)
		}
		arrived++
		os.Remove(file)
	}
	for killed := 0; killed < kills; {
		cmd := another("TestKill", "OPTIM_KILL="+file)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(60 * time.Millisecond))))
		cmd.Process.Kill()
		err := cmd.Wait()
		if err != nil && cmd.ProcessState.Exited() {
			t.Fatalf("after %d kills the program failed: %v", killed, err)
		}
		if err != nil {
			killed++
			continue
		}
		arrive(killed)
	}
	runAgain(t, "TestKill", "OPTIM_KILL="+file)
	arrive(kills)
	t.Logf("%d kills, %d times at the end", kills, arrived)
}

func TestCheckpointErrors(t *testing.T) {
	opt := NewAdam(0.1)
	x := newBowl(4).run(opt, 2)
	var file bytes.Buffer
	if err := Save(&file, x, opt); err != nil {
		t.Fatal(err)
	}
	good := file.Bytes()
	length := len(good) - headLength - sumLength
	for _, c := range []struct {
		data   []byte
		length int
		want   string
	}{
		{good[:5], 4, "optim: Load: no checkpoint: unexpected EOF"},
		{append([]byte("other"), good[5:]...), 4, "optim: Load: no checkpoint: it begins with other bytes"},
		{append([]byte(magic[:7]+"\x07"), good[8:]...), 4, "optim: Load: the checkpoint has version 7, this package reads version 1"},
		{good[:len(good)-3], 4, fmt.Sprintf("optim: Load: the checkpoint ends too early: a body of %d bytes, want %d", length-3, length)},
		{good, 5, "optim: Load: len(params) = 5, the checkpoint has 4"},
	} {
		if err := Load(bytes.NewReader(c.data), make([]float64, c.length), NewAdam(0.1)); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if err := Load(bytes.NewReader(good), x, NewSGD(1)); err == nil {
		t.Error("SGD took the checkpoint of Adam")
	}

	// An optimizer of another number of parameters than there are.
	if err := Save(io.Discard, x[:3], opt); err == nil || err.Error() != "optim: Save: optimizer: state of Adam: 4 parameters, want 3" {
		t.Errorf("%v, want an error", err)
	}

	// Several in one stream.
	r := bytes.NewReader(append(bytes.Clone(good), good...))
	for range 2 {
		if err := Load(r, x, opt); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryBit flips each bit of a checkpoint.
func TestEveryBit(t *testing.T) {
	make := optimizers[len(optimizers)-1].make
	opt := make()
	x := newBowl(3).run(opt, 7)
	var file bytes.Buffer
	if err := Save(&file, x, opt); err != nil {
		t.Fatal(err)
	}
	data := file.Bytes()
	for i := range 8 * len(data) {
		data[i/8] ^= 1 << (i % 8)
		if err := Load(bytes.NewReader(data), x, opt); err == nil {
			t.Fatalf("bit %d of byte %d may be flipped", i%8, i/8)
		}
		data[i/8] ^= 1 << (i % 8)
	}
}

// TestFile saves over a file, and where it cannot.
func TestFile(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "checkpoint")
	opt := NewMomentum(0.1, 0.9)
	for k := range 3 {
		x := newBowl(4).run(opt, k)
		if err := SaveFile(name, x, opt); err != nil {
			t.Fatal(err)
		}
		y := make([]float64, 4)
		if err := LoadFile(name, y, NewMomentum(0, 0)); err != nil || !sameBits(x, y) {
			t.Errorf("loaded %v, %v, want %v", y, err, x)
		}
	}
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files left", len(files))
	}
	if err := SaveFile(filepath.Join(folder, "none", "x"), nil, opt); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("saved in no folder: %v", err)
	}
	if err := SaveFile(name, nil, NewLookahead(foreigner{new(stranger)}, 1, 1)); err == nil {
		t.Error("saved what cannot be saved")
	}
	if err := LoadFile(name, make([]float64, 4), opt); err != nil {
		t.Errorf("a failed save harmed the file before: %v", err)
	}
	data, _ := os.ReadFile(name)
	junk := filepath.Join(folder, "junk")
	os.WriteFile(junk, append(data, 1, 2), 0o666)
	if err := LoadFile(junk, make([]float64, 4), opt); err == nil || err.Error() != "optim: LoadFile: "+junk+": 2 bytes behind the checkpoint" {
		t.Errorf("%v, want an error", err)
	}
	if err := LoadFile(name, make([]float64, 3), opt); err == nil || err.Error() != "optim: LoadFile: "+name+": len(params) = 3, the checkpoint has 4" {
		t.Errorf("%v, want the name of the file", err)
	}
}

// FuzzLoad gives hostile bytes, with the right checksum, to Load.
func FuzzLoad(f *testing.F) {
	row := optimizers[len(optimizers)-1]
	opt := row.make()
	var file bytes.Buffer
	Save(&file, newBowl(3).run(opt, 7), opt)
	f.Add(file.Bytes()[headLength : file.Len()-sumLength])
	f.Fuzz(func(t *testing.T, body []byte) {
		data := binary.LittleEndian.AppendUint64([]byte(magic), uint64(len(body)))
		data = append(data, body...)
		data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
		x, opt := []float64{1, 2, 3}, row.make()
		before := allocated()
		err := Load(bytes.NewReader(data), x, opt)
		if grown := allocated() - before; grown > uint64(16*len(data)+1<<16) {
			t.Errorf("%d bytes allocated for %d", grown, len(data))
		}
		if err != nil && !sameBits(x, []float64{1, 2, 3}) {
			t.Error("a refused checkpoint changed the parameters")
		}
		if err := Load(bytes.NewReader(body), x, opt); err == nil && math.IsNaN(x[0]) {
			t.Error("took what no checksum covers")
		}
	})
}

// BenchmarkCheckpoint saves and loads a run of 1e7 parameters with Adam. It reports
// the peak of the memory, relative to that of the run itself: parameters, gradients
// and two vectors of state.
func BenchmarkCheckpoint(b *testing.B) {
	const n = 10_000_000
	x, name := make([]float64, n), filepath.Join(b.TempDir(), "checkpoint")
	opt := NewAdam(1e-3)
	opt.Step(x, make([]float64, n))
	const run = 4 * 8 * n
	b.Run("SaveFile", func(b *testing.B) {
		b.SetBytes(3 * 8 * n)
		before := allocated()
		for b.Loop() {
			if err := SaveFile(name, x, opt); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(1+float64(allocated()-before)/float64(b.N)/run, "peak/run")
	})
	b.Run("LoadFile", func(b *testing.B) {
		b.SetBytes(3 * 8 * n)
		before := allocated()
		for b.Loop() {
			if err := LoadFile(name, x, NewAdam(1e-3)); err != nil {
				b.Fatal(err)
			}
		}
		// The two vectors of the new optimizer are part of the run.
		b.ReportMetric((2*8*n+float64(allocated()-before)/float64(b.N))/run, "peak/run")
	})
}
