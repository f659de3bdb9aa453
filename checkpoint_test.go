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
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// TestResume stops every row after each number of steps, loads the parameters and the optimizer
// into others, and goes on.
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
			newBowl(n+k%2).run(opt, k%3) // it may have taken steps, on another length
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

// TestResumeInAnotherProcess writes a file for every row. Another process goes on from it.
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

// runAgain runs one test of this program in another process.
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

// trainer is a run with everything that a checkpoint may hold: an estimator, its source of random
// numbers and a step counter.
type trainer struct {
	params, grads []float64
	opt           *Average
	source        *rand.PCG
	batches       *MiniBatch
	step          int
}

// newTrainer fits the middle of n points in one dimension each, from 2 of 50 samples in a step.
func newTrainer(n int) *trainer {
	r := &trainer{params: make([]float64, n), grads: make([]float64, n), source: rand.NewPCG(1, 2)}
	r.opt = NewExponentialAverage(NewAdam(0.01), 0.99)
	middle := newBowl(n).c
	sum := FiniteSum{N: 50, Grad: func(dst, x []float64, batch []int) {
		for _, i := range batch {
			for j := range dst {
				dst[j] += (x[j] - float64(middle[j]*float64(i))) / float64(len(batch))
			}
		}
	}}
	r.batches = NewMiniBatch(sum, 2, rand.New(r.source))
	return r
}

// train takes a step.
func (r *trainer) train() {
	r.batches.Grad(r.grads, r.params)
	r.opt.Step(r.params, r.grads)
	r.step++
}

func (r *trainer) save(file string) error {
	return SaveFile(file, r.params, r.opt, r.batches, r.source, &r.step)
}

func (r *trainer) load(file string) error {
	return LoadFile(file, r.params, r.opt, r.batches, r.source, &r.step)
}

// TestKill kills a program that saves after every step, again and again. Each time the program
// resumes. Whenever it arrives at the end, it has the same bits.
func TestKill(t *testing.T) {
	const n, steps = 3000, 60
	if file := os.Getenv("OPTIM_KILL"); file != "" {
		r := newTrainer(n)
		if err := r.load(file); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for r.step < steps {
			r.train()
			if err := r.save(file); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	kills := 200
	if testing.Short() {
		kills = 20
	}
	want := newTrainer(n)
	for range steps {
		want.train()
	}
	file := filepath.Join(t.TempDir(), "checkpoint")
	rng := rand.New(rand.NewPCG(13, 14))
	arrived := 0
	arrive := func(killed int) {
		r := newTrainer(n)
		if err := r.load(file); err != nil {
			t.Fatal(err)
		}
		if r.step != steps || !sameBits(r.params, want.params) || !bytes.Equal(encoded(r.opt), encoded(want.opt)) ||
			!bytes.Equal(encoded(r.batches), encoded(want.batches)) || *r.source != *want.source {
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
	empty := append([]byte(magic), make([]byte, headLength-len(magic))...)
	empty = binary.LittleEndian.AppendUint32(empty, crc32.Checksum(empty, castagnoli))
	for _, c := range []struct {
		data   []byte
		length int
		want   string
	}{
		{good[:5], 4, "optim: Load: not a checkpoint: unexpected EOF"},
		{append([]byte("other"), good[5:]...), 4, "optim: Load: not a checkpoint: it begins with other bytes"},
		{append([]byte(magic[:7]+"\x07"), good[8:]...), 4, "optim: Load: the checkpoint has version 7, this package reads version 1"},
		{good[:len(good)-3], 4, fmt.Sprintf("optim: Load: the checkpoint ends too early: a body of %d bytes, want %d", length-3, length)},
		{empty, 4, "optim: Load: the checkpoint ends too early: 0 bytes are left, want 8"},
		{good, 5, "optim: Load: len(params) = 5, the checkpoint has 4"},
	} {
		if err := Load(bytes.NewReader(c.data), make([]float64, c.length), NewAdam(0.1)); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if err := Load(bytes.NewReader(good), x, NewSGD(1)); err == nil {
		t.Error("SGD accepts the checkpoint of Adam")
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

// TestEveryBit flips each bit of a checkpoint. Load refuses all of them.
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
			t.Fatalf("with bit %d of byte %d flipped Load returns nil", i%8, i/8)
		}
		data[i/8] ^= 1 << (i % 8)
	}
}

// TestFile saves over a file, and in places where nothing can be saved.
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
		t.Errorf("saved in a folder that does not exist: %v", err)
	}
	if err := SaveFile(name, nil, NewLookahead(foreigner{new(stranger)}, 1, 1)); err == nil {
		t.Error("an optimizer without an encoding was saved")
	}
	if err := LoadFile(name, make([]float64, 4), opt); err != nil {
		t.Errorf("a save that failed has changed the file: %v", err)
	}
	data, _ := os.ReadFile(name)
	junk := filepath.Join(folder, "junk")
	os.WriteFile(junk, append(data, 1, 2), 0o666)
	if err := LoadFile(junk, make([]float64, 4), opt); err == nil || err.Error() != "optim: LoadFile: "+junk+": 2 bytes after the checkpoint" {
		t.Errorf("%v, want an error", err)
	}
	if err := LoadFile(name, make([]float64, 3), opt); err == nil || err.Error() != "optim: LoadFile: "+name+": len(params) = 3, the checkpoint has 4" {
		t.Errorf("%v, want the name of the file", err)
	}
}

// ticket is a value of the user's that encodes itself. With broken it cannot be restored.
type ticket struct {
	value  byte
	broken bool
	before func()
}

func (c *ticket) MarshalBinary() ([]byte, error) {
	if c.before != nil {
		c.before()
	}
	return []byte{c.value}, nil
}

func (c *ticket) UnmarshalBinary(data []byte) error {
	c.value = data[0]
	if c.broken {
		return errors.New("broken")
	}
	return nil
}

// everything returns a value of each kind that more may hold, as of a run that has begun or not.
func everything(begun bool) []any {
	step, loss, curve := 0, 0.0, make([]float64, 3)
	source, adam, plateau, value := rand.NewPCG(0, 0), NewAdam(0.5), NewPlateau(0.5, 1), &ticket{}
	batches := NewMiniBatch(terms, 3, seeded())
	if begun {
		step, loss, curve = -3, math.Float64frombits(0x7ff8000000000123), []float64{1, math.Copysign(0, -1), inf}
		source, value.value = rand.NewPCG(3, 4), 9
		adam.LearningRate, adam.Beta1 = 0.25, 0.75
		newBowl(5).run(adam, 3)
		descend(batches, NewSGD(0.1), make([]float64, 3), 4)
		plateau.Observe(3)
	}
	return []any{batches, source, plateau, adam, value, &step, &loss, curve}
}

// saved returns a checkpoint.
func saved(t testing.TB, params []float64, opt Optimizer, more ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Save(&b, params, opt, more...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMore restores all that a checkpoint may hold.
func TestMore(t *testing.T) {
	b := newBowl(4)
	opt := NewMomentum(0.1, 0.9)
	x, more := b.run(opt, 3), everything(true)
	name := filepath.Join(t.TempDir(), "checkpoint")
	if err := SaveFile(name, x, opt, more...); err != nil {
		t.Fatal(err)
	}
	y, again, rest := make([]float64, 4), NewMomentum(0.2, 0.5), everything(false)
	if err := LoadFile(name, y, again, rest...); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved(t, y, again, rest...), saved(t, x, opt, more...)) {
		t.Error("restored to other bits")
	}
	adam := rest[3].(*Adam)
	if *rest[5].(*int) != -3 || math.Float64bits(*rest[6].(*float64)) != 0x7ff8000000000123 || *rest[1].(*rand.PCG) != *rand.NewPCG(3, 4) ||
		!sameBits(rest[7].([]float64), more[7].([]float64)) || rest[4].(*ticket).value != 9 || again.Mu != 0.9 || adam.LearningRate != 0.25 || adam.Beta1 != 0.75 {
		t.Errorf("restored %v", rest)
	}
}

// myrule is a rule of the user's that encodes itself.
type myrule struct{ ticket }

func (*myrule) Step(_, _ []float64) {}

// TestMisfits loads into values that do not fit. Nothing changes.
func TestMisfits(t *testing.T) {
	k, f := 1, 2.0
	var typedNil *Adam
	for _, c := range []struct {
		opt, into  Optimizer
		more, rest []any
		want       string
	}{
		{new(myrule), NewAdam(1), nil, nil, "optimizer: the checkpoint has a *optim.myrule, want an Adam"},
		{NewAdam(1), new(myrule), nil, nil, "optimizer: the checkpoint has an Adam, want a *optim.myrule"},
		{NewSGD(1), NewAdam(1), nil, nil, "optimizer: the checkpoint has an SGD, want an Adam"},
		{NewAverage(NewSGD(1)), NewAverage(NewAdam(1)), nil, nil, "optimizer: state of Average: the checkpoint has an SGD, want an Adam"},
		{nil, NewAdam(1), nil, nil, "the checkpoint has no optimizer, want a *optim.Adam"},
		{nil, NewAdam(1), []any{&k}, []any{&k}, "the checkpoint has no optimizer, want a *optim.Adam"},
		{nil, nil, []any{&k}, []any{&k, &f}, "the checkpoint has no value 2 of more, want a *float64"},
		{NewSGD(1), NewSGD(1), nil, []any{rand.NewPCG(1, 2)}, "the checkpoint has no value 1 of more, want a *rand.PCG"},
		{nil, nil, []any{&k, &f}, []any{&k}, "the checkpoint has a *float64 as value 2 of more, want none"},
		{NewSGD(1), NewSGD(1), []any{rand.NewPCG(1, 2)}, nil, "the checkpoint has a *rand.PCG as value 1 of more, want none"},
		{NewSGD(1), nil, []any{&k, rand.NewPCG(1, 2)}, []any{rand.NewPCG(1, 2), &k}, "value 1 of more: the checkpoint has a *int, want a *rand.PCG"},
		{nil, nil, []any{&k, NewPlateau(0.5, 1)}, []any{&k, NewAdam(1)}, "value 2 of more: the checkpoint has a Plateau, want an Adam"},
		{nil, nil, []any{[]float64{1, 2}}, []any{[]float64{1}}, "value 1 of more: state of []float64: 2 numbers, want 1"},
		{nil, nil, []any{NewMiniBatch(terms, 3, seeded())}, []any{NewSAGA(terms, seeded())}, "value 1 of more: the checkpoint has a MiniBatch, want an SAGA"},
		{NewAdam(1), typedNil, nil, nil, "optimizer: the value is a nil *optim.Adam"},
		{nil, nil, []any{&k, &k}, []any{&k, nil}, "value 2 of more: the value is nil"},
		{nil, nil, []any{&k}, []any{(*int)(nil)}, "value 1 of more: the value is a nil *int"},
		{nil, nil, []any{&k}, []any{(*rand.PCG)(nil)}, "value 1 of more: the value is a nil *rand.PCG"},
		{nil, nil, []any{&k}, []any{seeded()}, "value 1 of more: a *rand.Rand does not have both MarshalBinary and UnmarshalBinary; save its source instead, such as a *rand.PCG"},
		{nil, nil, []any{&k}, []any{7}, "value 1 of more: an int does not have both MarshalBinary and UnmarshalBinary"},
	} {
		x := []float64{5, 6}
		err := Load(bytes.NewReader(saved(t, []float64{1, 2}, c.opt, c.more...)), x, c.into, c.rest...)
		if err == nil || err.Error() != "optim: Load: "+c.want || x[0] != 5 {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	for want, more := range map[string]any{
		"value 2 of more: the value is nil":                nil,
		"value 2 of more: the value is a nil *optim.Adam":  typedNil,
		"value 2 of more: the value is a nil *float64":     (*float64)(nil),
		"value 2 of more: an int does not have both":       3,
		"value 2 of more: a *rand.Rand does not have both": seeded(),
		"value 2 of more: a func() does not have both":     func() {},
	} {
		for function, save := range map[string]func() error{
			"Save":     func() error { return Save(io.Discard, nil, nil, &k, more) },
			"SaveFile": func() error { return SaveFile(filepath.Join(t.TempDir(), "x"), nil, nil, &k, more) },
		} {
			if err := save(); err == nil || !strings.HasPrefix(err.Error(), "optim: "+function+": "+want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
	if err := Save(io.Discard, nil, typedNil); err == nil || err.Error() != "optim: Save: optimizer: the value is a nil *optim.Adam" {
		t.Errorf("%v, want an error", err)
	}
}

// TestRefusedValue has a value that returns an error when it is restored. The values on both sides,
// the parameters and the optimizer are as before.
func TestRefusedValue(t *testing.T) {
	opt := NewMomentum(0.1, 0.9)
	x := newBowl(4).run(opt, 3)
	more := append(everything(true), &ticket{value: 7}, rand.NewPCG(5, 6))
	data := saved(t, x, opt, more...)
	y, again, rest := newBowl(4).run(NewSGD(0.1), 2), NewMomentum(0.2, 0.5), append(everything(false), &ticket{value: 1, broken: true}, rand.NewPCG(0, 0))
	before := saved(t, y, again, rest...)
	for _, r := range []io.Reader{bytes.NewReader(data), io.MultiReader(bytes.NewReader(data))} {
		err := Load(r, y, again, rest...)
		if err == nil || err.Error() != "optim: Load: state of *optim.ticket: UnmarshalBinary: broken" {
			t.Errorf("%v, want the error of the value", err)
		}
		rest[8].(*ticket).value = 1 // a value that refuses its own encoding is not put back
		if !bytes.Equal(saved(t, y, again, rest...), before) {
			t.Error("a refused checkpoint has changed something")
		}
	}
}

// TestWithoutOptimizer loads parameters alone, and more without an optimizer.
func TestWithoutOptimizer(t *testing.T) {
	opt, k := NewMomentum(0.1, 0.9), 5
	x := newBowl(4).run(opt, 3)
	for _, data := range [][]byte{saved(t, x, nil), saved(t, x, opt), saved(t, x, nil, &k), saved(t, x, opt, &k, NewPlateau(0.5, 1))} {
		y, r := make([]float64, 4), bytes.NewReader(append(data, 1, 2, 3))
		if err := Load(r, y, nil); err != nil || !sameBits(x, y) || r.Len() != 3 {
			t.Errorf("%v, %v, want %v; %d bytes are left", err, y, x, r.Len())
		}
	}
	for _, data := range [][]byte{saved(t, x, nil, &k), saved(t, x, opt, &k)} {
		y, got, r := make([]float64, 4), 0, bytes.NewReader(append(data, 1, 2, 3))
		if err := Load(r, y, nil, &got); err != nil || got != 5 || !sameBits(x, y) || r.Len() != 3 {
			t.Errorf("%v, %v, %d; %d bytes are left", err, y, got, r.Len())
		}
	}
}

// onlyReader hides all methods but Read.
type onlyReader struct{ io.Reader }

// TestStream puts three checkpoints into a stream, between other bytes.
func TestStream(t *testing.T) {
	opt := NewMomentum(0.1, 0.9)
	x := newBowl(20_000).run(opt, 3)
	data := []byte("front")
	for k := range 3 {
		data = append(append(data, saved(t, x, opt, &k, rand.NewPCG(1, uint64(k)))...), "between"...)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err == nil {
		_, err = file.Write(data)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	go func() {
		to.Write(data)
		to.Close()
	}()
	for name, r := range map[string]io.Reader{
		"Seeker": bytes.NewReader(data), "file": file, "pipe": from,
		"Reader": onlyReader{bytes.NewReader(data)}, "one byte": iotest.OneByteReader(bytes.NewReader(data)),
	} {
		io.CopyN(io.Discard, r, int64(len("front")))
		for k := range 3 {
			y, again, got, source := make([]float64, len(x)), NewMomentum(0, 0), -1, rand.NewPCG(0, 0)
			if err := Load(r, y, again, &got, source); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !sameBits(x, y) || !bytes.Equal(encoded(again), encoded(opt)) || got != k || *source != *rand.NewPCG(1, uint64(k)) {
				t.Errorf("%s: restored to other bits", name)
			}
			between := make([]byte, len("between"))
			if _, err := io.ReadFull(r, between); err != nil || string(between) != "between" {
				t.Errorf("%s: %q and %v after checkpoint %d", name, between, err, k+1)
			}
		}
		if err := Load(r, x, opt); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v at the end", name, err)
		}
	}
	// A reader that fails.
	for _, r := range []io.Reader{iotest.ErrReader(io.ErrClosedPipe), io.MultiReader(bytes.NewReader(data[5:500]), iotest.ErrReader(io.ErrClosedPipe)), seekFails{bytes.NewReader(data[5:]), io.SeekStart}, seekFails{bytes.NewReader(data[5:]), io.SeekEnd}, readFails{bytes.NewReader(data[5:])}} {
		k, source, y := 0, rand.NewPCG(0, 0), make([]float64, len(x))
		if err := Load(r, y, NewMomentum(0, 0), &k, source); !errors.Is(err, io.ErrClosedPipe) || y[0] != 0 || *source != (rand.PCG{}) {
			t.Errorf("%T: %v", r, err)
		}
	}
}

// seekFails cannot seek relative to whence.
type seekFails struct {
	*bytes.Reader
	whence int
}

func (r seekFails) Seek(offset int64, whence int) (int64, error) {
	if whence == r.whence {
		return 0, io.ErrClosedPipe
	}
	return r.Reader.Seek(offset, whence)
}

// readFails can seek, but cannot read beyond 1000 bytes.
type readFails struct{ *bytes.Reader }

func (r readFails) Read(b []byte) (int, error) {
	if r.Size()-int64(r.Len()) > 1000 {
		return 0, io.ErrClosedPipe
	}
	return r.Reader.Read(b[:min(len(b), 512)])
}

// writer counts what is written, and fails after a number of bytes.
type writer struct{ total, longest, end int }

func (w *writer) Write(b []byte) (int, error) {
	w.longest = max(w.longest, len(b))
	if w.total+len(b) > w.end {
		return 0, io.ErrShortBuffer
	}
	w.total += len(b)
	return len(b), nil
}

// TestSaveIsAStream saves in short pieces without a copy, and returns every error of the writer.
func TestSaveIsAStream(t *testing.T) {
	opt := NewAdam(0.1)
	x := bowlOf(1<<16).run(opt, 1)
	w := &writer{end: math.MaxInt}
	before := allocated()
	if err := Save(w, x, opt); err != nil {
		t.Fatal(err)
	}
	if grown := allocated() - before; grown > 1<<17 || w.longest > 1<<16 || w.total < 3*8*len(x) {
		t.Errorf("%d bytes allocated for %d, in pieces of up to %d", grown, w.total, w.longest)
	}
	// To load into vectors of the same length takes no others.
	data := bytes.NewReader(saved(t, x, opt))
	before = allocated()
	if err := Load(data, x, opt); err != nil {
		t.Fatal(err)
	}
	if grown := allocated() - before; grown > 1<<18 {
		t.Errorf("%d bytes allocated to load %d", grown, data.Size())
	}
	for end := 0; end < w.total; end += max(1, min(end, w.total-1-end)) {
		if err := Save(&writer{end: end}, x, opt); !errors.Is(err, io.ErrShortBuffer) {
			t.Errorf("%v after %d bytes", err, end)
		}
	}
	if err := Save(&writer{end: w.total - 1}, x, opt); !errors.Is(err, io.ErrShortBuffer) {
		t.Errorf("%v for the last byte", err)
	}
}

// TestFileNames refuses what is not a file, by name.
func TestFileNames(t *testing.T) {
	folder := t.TempDir()
	for name, want := range map[string]string{
		"":                          ": the name of the file is empty",
		folder:                      ": " + folder + " is a folder",
		os.DevNull:                  ": " + os.DevNull + " is not a regular file",
		filepath.Join(folder, "no"): "",
	} {
		err := LoadFile(name, nil, nil)
		if want != "" && (err == nil || err.Error() != "optim: LoadFile"+want) || want == "" && !os.IsNotExist(err) {
			t.Errorf("%v, want %s", err, want)
		}
		if want == "" {
			continue
		}
		if err := SaveFile(name, nil, nil); err == nil || err.Error() != "optim: SaveFile"+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestFileMode keeps the permissions of a file, whatever the mask of the process is. A file that a
// crash has left is no obstacle.
func TestFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permissions")
	}
	x := []float64{1}
	for _, mode := range []os.FileMode{0o600, 0o444, 0o666, 0o640, 0} {
		name := filepath.Join(t.TempDir(), "checkpoint")
		if err := errors.Join(SaveFile(name, x, nil), os.Chmod(name, mode), os.WriteFile(name+".tmp", []byte("half"), 0o400)); err != nil {
			t.Fatal(err)
		}
		if err := SaveFile(name, x, nil); err != nil {
			t.Errorf("%o: %v", mode, err)
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode() != mode {
			t.Errorf("%o: %v, %v", mode, info.Mode(), err)
		}
		if _, err := os.Stat(name + ".tmp"); !os.IsNotExist(err) {
			t.Errorf("%o: the other file is still there", mode)
		}
	}
	// A new file has the mode of other new files.
	folder := t.TempDir()
	a, b := filepath.Join(folder, "a"), filepath.Join(folder, "b")
	if err := errors.Join(SaveFile(a, x, nil), os.WriteFile(b, nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	got, _ := os.Stat(a)
	if want, _ := os.Stat(b); got.Mode() != want.Mode() {
		t.Errorf("%o, want %o", got.Mode(), want.Mode())
	}
}

// TestFileLinks saves through symbolic links. The links stay.
func TestFileLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.MkdirAll(in("deep/inside"), 0o777), os.Mkdir(in("runs"), 0o777)); err != nil {
		t.Fatal(err)
	}
	link("runs/first", "relative")
	link(in("runs/second"), "absolute")
	link("relative2", "chain")
	link("runs/third", "relative2")
	link("deep/inside", "folder")
	link("../beside", "deep/inside/up") // from deep/inside: deep/beside
	for name, target := range map[string]string{
		"relative": "runs/first", "absolute": "runs/second", "chain": "runs/third", "folder/up": "deep/beside",
	} {
		for k := range 2 { // the link is dangling at first
			if err := SaveFile(in(name), []float64{float64(k)}, nil); err != nil {
				t.Fatal(err)
			}
			x := make([]float64, 1)
			if err := LoadFile(in(target), x, nil); err != nil || x[0] != float64(k) {
				t.Errorf("%s: %v, %v", name, x, err)
			}
			if err := LoadFile(in(name), x, nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if info, err := os.Lstat(in(name)); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("%s is not a link any more: %v", name, err)
			}
			if info, err := os.Lstat(in(target)); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s is not a file: %v", target, err)
			}
		}
	}
	link("loop2", "loop")
	link("loop", "loop2")
	if err := SaveFile(in("loop"), nil, nil); err == nil {
		t.Error("saved to a loop of links")
	}
	t.Chdir(in("runs")) // names without a folder
	if err := errors.Join(SaveFile("name", []float64{1}, nil), os.Symlink("name", "alias"), SaveFile("alias", []float64{2}, nil)); err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 1)
	if err := LoadFile("name", x, nil); err != nil || x[0] != 2 {
		t.Errorf("%v, %v", x, err)
	}
}

// TestFileIsNotReplaced makes each of the operations of SaveFile fail.
func TestFileIsNotReplaced(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "checkpoint")
	files := func() (n int) {
		list, _ := os.ReadDir(folder)
		return len(list)
	}
	// The name becomes a folder while the checkpoint is written.
	blocked := &ticket{before: func() { os.Mkdir(name, 0o777) }}
	if err := SaveFile(name, nil, nil, blocked); err == nil || files() != 1 {
		t.Errorf("%v with %d files, want an error of the renaming", err, files())
	}
	os.Remove(name)
	// There is a folder in place of the temporary file.
	if err := os.MkdirAll(filepath.Join(name+".tmp", "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := SaveFile(name, nil, nil); err == nil || files() != 1 {
		t.Errorf("%v with %d files, want an error of the creation", err, files())
	}
	os.RemoveAll(name + ".tmp")
	// There is no folder that could be written to the disk.
	if err := syncFolder(filepath.Join(name, "x")); !errors.Is(err, os.ErrNotExist) && runtime.GOOS != "windows" {
		t.Errorf("%v, want an error of the folder", err)
	}
	// The value cannot be encoded.
	if err := SaveFile(name, []float64{1}, nil); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(name)
	if err := SaveFile(name, []float64{2}, nil, new(stranger)); err == nil {
		t.Error("a value without an encoding was saved")
	}
	if after, _ := os.ReadFile(name); !bytes.Equal(after, before) || files() != 1 {
		t.Errorf("the file of before is not whole, or one of %d files is left over", files())
	}
}

// FuzzLoad gives hostile bytes with the right checksum to Load. If they are refused, nothing
// changes. Load does not allocate more than the bytes can hold.
func FuzzLoad(f *testing.F) {
	row := optimizers[len(optimizers)-1]
	opt := row.make()
	body := func(data []byte) []byte { return data[headLength : len(data)-sumLength] }
	f.Add(body(saved(f, newBowl(3).run(opt, 7), opt, everything(true)...)))
	f.Add(body(saved(f, make([]float64, 3), row.make(), everything(false)...)))
	f.Add(body(saved(f, make([]float64, 3), nil)))
	f.Fuzz(func(t *testing.T, body []byte) {
		data := binary.LittleEndian.AppendUint64([]byte(magic), uint64(len(body)))
		data = append(data, body...)
		data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
		for _, r := range []io.Reader{bytes.NewReader(data), onlyReader{bytes.NewReader(data)}} {
			x, opt, more := []float64{1, 2, 3}, row.make(), everything(false)
			before := saved(t, x, opt, more...)
			bytesBefore := allocated()
			err := Load(r, x, opt, more...)
			if grown := allocated() - bytesBefore; grown > uint64(16*len(data)+1<<16) {
				t.Errorf("%d bytes allocated for %d", grown, len(data))
			}
			if err != nil && !bytes.Equal(saved(t, x, opt, more...), before) {
				t.Errorf("a refused checkpoint has changed something: %v", err)
			}
			if err == nil && !bytes.Equal(saved(t, x, opt, more...), data) {
				t.Error("a checkpoint is written in another way")
			}
		}
		x := []float64{1, 2, 3}
		if err := Load(bytes.NewReader(data), x, nil); err != nil && !sameBits(x, []float64{1, 2, 3}) {
			t.Error("a refused checkpoint has changed the parameters")
		}
	})
}

// BenchmarkCheckpoint saves and loads a run of 1e7 parameters with Adam. It reports a bound of the
// peak of memory relative to the memory of the run: parameters, gradients and two vectors of state.
// The bound adds all bytes that a call allocates, as if none were freed.
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
		// A call allocates the two vectors of a new optimizer, which are a part of the run.
		b.ReportMetric((2*8*n+float64(allocated()-before)/float64(b.N))/run, "peak/run")
	})
}
