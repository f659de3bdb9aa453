package optim

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
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

// TestFields looks at the fields of every row after it was restored: none that
// matters may be missing from its visit, neither of the state nor of what the user
// assigns. Those that a step makes anew, and functions, do not count.
func TestFields(t *testing.T) {
	b := newBowl(11)
	for _, row := range optimizers {
		opt, again := row.make(), row.make()
		b.run(opt, 5)
		assign(reflect.ValueOf(again).Elem())
		transfer(t, opt, again)
		compareFields(t, row.name, reflect.ValueOf(opt).Elem(), reflect.ValueOf(again).Elem())
	}
}

// assign gives the fields that the user may assign other values.
func assign(v reflect.Value) {
	for i := range v.NumField() {
		switch field := v.Field(i); {
		case !v.Type().Field(i).IsExported():
		case field.CanFloat():
			field.SetFloat(field.Float() + 0.125)
		case field.CanInt():
			field.SetInt(field.Int() + 1)
		case field.Kind() == reflect.Bool:
			field.SetBool(!field.Bool())
		}
	}
}

func transfer(t *testing.T, from, to any) {
	t.Helper()
	data, err := from.(encoding.BinaryMarshaler).MarshalBinary()
	if err == nil {
		err = to.(encoding.BinaryUnmarshaler).UnmarshalBinary(data)
	}
	if err != nil {
		t.Fatalf("%T: %v", from, err)
	}
}

// made are the fields that the next step makes before it uses them.
var made = map[string]bool{
	"shared": true, "in": true, "out": true, "mu": true, "rate": true, "c": true, "keep": true, "a": true, "b": true,
	"rectified": true, "scratch": true, "share": true, "shift": true, "sums": true, "norm": true, "ClipNorm.scale": true,
	"crew": true, "heard": true, "blocks": true, "vectors": true, "chosen": true,
	"here": true, "told": true, "d": true, "eval": true, "wolfe": true, "armijo": true, "distance": true, "sloped": true, "search.next": true, "status": true,
	"order": true, "onS": true, "onY": true, "onG": true, "parts": true, "pairs.s": true, "pairs.next": true, "pairs.y": true,
	"QuasiNewton.s": true, "QuasiNewton.y": true, "QuasiNewton.u": true, "Newton.chol": true, "Newton.eigen": true, "scaled": true, "units": true,
	"r": true, "p": true, "q": true, "HessianFree.m": true,
}

func compareFields(t *testing.T, name string, a, b reflect.Value) {
	t.Helper()
	for i := range a.NumField() {
		field := a.Type().Field(i)
		x, y := a.Field(i), b.Field(i)
		for (x.Kind() == reflect.Interface || x.Kind() == reflect.Pointer) && !x.IsNil() {
			x, y = x.Elem(), y.Elem()
		}
		switch {
		case made[field.Name] && !field.IsExported() && !(a.Type() == reflect.TypeFor[RMSProp]()), made[a.Type().Name()+"."+field.Name]:
		case x.Kind() == reflect.Struct:
			compareFields(t, name+"."+field.Name, x, y)
		case x.Kind() == reflect.Slice && x.Type().Elem().Kind() == reflect.Interface:
			for j := range x.Len() {
				if e := x.Index(j).Elem(); e.Kind() == reflect.Pointer {
					compareFields(t, name+"."+field.Name, e.Elem(), y.Index(j).Elem().Elem())
				}
			}
		case x.Kind() == reflect.Func, x.Kind() == reflect.Interface, x.Kind() == reflect.Pointer:
		default:
			if p, q := fmt.Sprintf("%v", x), fmt.Sprintf("%v", y); p != q {
				t.Errorf("%s.%s is %s, was %s", name, field.Name, q, p)
			}
		}
	}
}

// TestSettingsAreRestored assigns fields before the optimizer is saved.
func TestSettingsAreRestored(t *testing.T) {
	o := NewAdam(1)
	o.LearningRate, o.Beta1, o.WeightDecay = 0.25, 0.5, 0.125
	again := NewAdam(1)
	transfer(t, o, again)
	if again.LearningRate != 0.25 || again.Beta1 != 0.5 || again.WeightDecay != 0.125 {
		t.Errorf("restored %+v", again)
	}
	again.Reset()
	if again.LearningRate != 0.25 {
		t.Error("Reset touched a setting")
	}
}

func TestReset(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		newBowl(23).run(opt, 7)
		opt.(interface{ Reset() }).Reset()
		b := newBowl(31) // another length: all is forgotten
		if got, want := b.run(opt, 20), b.run(row.make(), 20); !sameBits(got, want) {
			t.Errorf("%s: other bits after Reset", row.name)
		}
	}
	p := NewPlateau(0.5, 0)
	p.Observe(1)
	p.Observe(1)
	p.Reset()
	if p.At(0) != 1 || p.Factor != 0.5 {
		t.Errorf("plateau after Reset: %+v", p)
	}
}

// TestResumePlateauAndNoise restores what is not an optimizer, generator
// included.
func TestResumePlateauAndNoise(t *testing.T) {
	losses := []float64{3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1}
	for k := range losses {
		want, p, again := NewPlateau(0.5, 1), NewPlateau(0.5, 1), NewPlateau(0.1, 5)
		for i, loss := range losses {
			if want.Observe(loss); i < k {
				p.Observe(loss)
			}
		}
		transfer(t, p, again)
		for _, loss := range losses[k:] {
			again.Observe(loss)
		}
		if again.At(0) != want.At(0) {
			t.Errorf("plateau: %v when resumed after %d, want %v", again.At(0), k, want.At(0))
		}
	}

	b, noisy := newBowl(9), func(pcg *rand.PCG) *Chain { return NewChain(NewSGD(0.1), NewNoise(0.5, rand.New(pcg))) }
	want := b.run(noisy(rand.NewPCG(1, 2)), 20)
	pcg := rand.NewPCG(1, 2)
	opt := noisy(pcg)
	x := b.run(opt, 7)
	resumed := rand.NewPCG(0, 0)
	again := noisy(resumed)
	transfer(t, opt, again)
	transfer(t, pcg, resumed)
	if got := b.goOn(x, again, 13); !sameBits(got, want) {
		t.Error("noise: other bits when resumed")
	}
}

// own is a transform of a user's with state, and one that fails to read it.
type own struct {
	t    byte
	fail bool
}

func (o *own) Begin(_, _ []float64) { o.t++ }

func (o *own) Apply(_ int, grads, _ []float64) {
	for i := range grads {
		grads[i] += float64(o.t)
	}
}

func (o *own) MarshalBinary() ([]byte, error) { return make([]byte, o.t), nil }

func (o *own) UnmarshalBinary(data []byte) error {
	if o.fail {
		return errors.New("no")
	}
	o.t = byte(len(data))
	return nil
}

// TestOwnState saves types of the user's within ours, of a size that changes.
func TestOwnState(t *testing.T) {
	b := newBowl(4)
	newChain := func() (*Chain, *own) {
		o := new(own)
		return NewChain(NewMomentum(0.1, 0.9), L2(0.1), o), o
	}
	whole, _ := newChain()
	want := b.run(whole, 10)
	opt, _ := newChain()
	x := b.run(opt, 4)
	again, _ := newChain()
	transfer(t, opt, again)
	if got := b.goOn(x, again, 6); !sameBits(got, want) {
		t.Error("other bits when resumed")
	}
	failing, o := newChain()
	b.run(failing, 2)
	o.fail = true
	before := encoded(failing)
	if err := failing.UnmarshalBinary(encoded(opt)); err == nil || !strings.HasSuffix(err.Error(), "no") {
		t.Errorf("%v, want the transform's own error", err)
	}
	if !bytes.Equal(before, encoded(failing)) {
		t.Error("refused data changed the state")
	}
}

// TestWrongState gives every row the state of every other.
func TestWrongState(t *testing.T) {
	b := newBowl(5)
	for _, from := range optimizers {
		data, err := from.make().(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range optimizers {
			opt := to.make()
			x := b.run(opt, 3)
			before := encoded(opt)
			err := opt.(encoding.BinaryUnmarshaler).UnmarshalBinary(data)
			after := encoded(opt)
			alike := reflect.TypeOf(from.make()) == reflect.TypeOf(opt)
			if err == nil && (!alike || strings.HasPrefix(from.name, "Chain") && from.name != to.name) {
				t.Errorf("%s took the state of %s", to.name, from.name)
			}
			if err != nil && !bytes.Equal(before, after) {
				t.Errorf("%s was changed by the state of %s", to.name, from.name)
			}
			_ = x
		}
	}
}

func TestStateErrors(t *testing.T) {
	o := NewMomentum(0.1, 0.9)
	newBowl(3).run(o, 2)
	good, _ := o.MarshalBinary()
	with := func(i int, b ...byte) []byte {
		data := bytes.Clone(good)
		copy(data[i:], b)
		return data
	}
	const head = 1 + len("Momentum")
	const count = head + 1 + 4*8 // behind the settings
	// What is counted or there must fit together.
	unused, _ := NewMomentum(0.1, 0.9).MarshalBinary()
	there := append(bytes.Clone(unused[:len(unused)-8]), 1, 0, 0, 0, 0, 0, 0, 0)
	missing := append(bytes.Clone(good[:len(good)-4*8]), make([]byte, 8)...)
	average, _ := NewAverage(NewMomentum(0.1, 0.9)).MarshalBinary()
	if err := NewAverage(NewSGD(1)).UnmarshalBinary(average); err == nil {
		t.Error("took the average of another optimizer")
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{there, "vectors: 1, want 0"},
		{missing, "vectors: 0, want 1"},
		{nil, "the data ends 1 bytes early"},
		{with(1, 'X'), `the data is that of "Xomentum"`},
		{with(head, 9), "the data has version 9, this package reads version 1"},
		{good[:len(good)-1], "1 vectors of 3 numbers, but 23 bytes are left"},
		{append(bytes.Clone(good), 0), "1 bytes too many"},
		{with(count+7, 0x80), "a count of -9223372036854775806"},
		{with(count, 0), "3 parameters after 0 steps"},
		{with(count+8, 0xff, 0xff, 0xff), "1 vectors of 16777215 numbers, but 24 bytes are left"},
		{with(head+1+3*8, 2), "a flag of 2"},
	} {
		err := o.UnmarshalBinary(c.data)
		if want := "optim: state of Momentum: " + c.want; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if after, _ := o.MarshalBinary(); !bytes.Equal(after, good) {
		t.Error("refused data changed the state")
	}
}

func TestForeignOptimizer(t *testing.T) {
	c := NewLookahead(foreigner{new(stranger)}, 5, 0.5)
	if _, err := c.MarshalBinary(); err == nil || !strings.Contains(err.Error(), "has no MarshalBinary") {
		t.Errorf("%v, want an error", err)
	}
}

// foreigner hides the type within.
type foreigner struct{ Optimizer }

type stranger struct{}

func (*stranger) Step(_, _ []float64) {}

func TestCheckpointErrors(t *testing.T) {
	opt := NewAdam(0.1)
	x := newBowl(4).run(opt, 2)
	var file bytes.Buffer
	if err := Save(&file, x, opt); err != nil {
		t.Fatal(err)
	}
	good := file.Bytes()
	for _, c := range []struct {
		data   []byte
		length int
		want   string
	}{
		{good[:5], 4, "optim: Load: no checkpoint: unexpected EOF"},
		{append([]byte("other"), good[5:]...), 4, "optim: Load: no checkpoint: it begins otherwise"},
		{append([]byte(magic[:7]+"\x07"), good[8:]...), 4, "optim: Load: the checkpoint has version 7, this package reads version 1"},
		{good[:len(good)-3], 4, "optim: Load: the checkpoint ends 3 bytes early"},
		{good, 5, "optim: Load: len(params) = 5, the checkpoint has 4"},
	} {
		if err := Load(bytes.NewReader(c.data), make([]float64, c.length), NewAdam(0.1)); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if err := Load(bytes.NewReader(good), x, NewSGD(1)); err == nil {
		t.Error("SGD took the checkpoint of Adam")
	}

	// A state for another number of parameters than there are.
	var odd bytes.Buffer
	if err := Save(&odd, x[:3], opt); err != nil {
		t.Fatal(err)
	}
	if err := Load(&odd, x[:3], opt); err == nil || err.Error() != "optim: state of Adam: 4 parameters, want 3" {
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
	if err := LoadFile(junk, make([]float64, 4), opt); err == nil || err.Error() != "optim: Load: 2 bytes behind the checkpoint (in "+junk+")" {
		t.Errorf("%v, want an error", err)
	}
	if err := LoadFile(name, make([]float64, 3), opt); err == nil || !strings.HasSuffix(err.Error(), "(in "+name+")") {
		t.Errorf("%v, want the name of the file", err)
	}
}

// TestGoldenStates holds what this version reads and writes against what is
// written down: every later one must read it.
func TestGoldenStates(t *testing.T) {
	const file = "testdata/states.json"
	b, states := newBowl(3), map[string]string{}
	for _, row := range optimizers {
		opt := row.make()
		b.run(opt, 7)
		data, err := opt.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		states[row.name] = hex.EncodeToString(data)
	}
	descended := func(make func(rng *rand.Rand) estimator) (estimator, *rand.PCG, []float64) {
		pcg := rand.NewPCG(1, 2)
		e := make(rand.New(pcg))
		return e, pcg, descend(e, NewSGD(0.125), []float64{1, 2, 3}, 7)
	}
	for _, row := range estimators {
		e, _, _ := descended(row.make)
		states[row.name] = hex.EncodeToString(encodedEstimator(e))
	}
	updated(t, file, states)
	want := map[string]string{}
	readJSON(t, file, &want)
	for _, row := range estimators {
		if states[row.name] != want[row.name] {
			t.Errorf("%s is written in another way", row.name)
		}
		data, _ := hex.DecodeString(want[row.name])
		e, pcg, x := descended(row.make)
		again := row.make(rand.New(pcg))
		if err := again.UnmarshalBinary(data); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		y, state := append([]float64(nil), x...), *pcg
		want := descend(e, NewSGD(0.125), x, 5)
		*pcg = state
		if got := descend(again, NewSGD(0.125), y, 5); !sameBits(got, want) {
			t.Errorf("%s: other bits when resumed from the golden state", row.name)
		}
	}
	for _, row := range optimizers {
		if states[row.name] != want[row.name] && !borrows(row.name) {
			t.Errorf("%s is written in another way", row.name)
		}
		data, _ := hex.DecodeString(want[row.name])
		opt := row.make()
		if err := opt.(encoding.BinaryUnmarshaler).UnmarshalBinary(data); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if got, want := b.goOn(b.run(row.make(), 7), opt, 5), b.run(row.make(), 12); !sameBits(got, want) && !borrows(row.name) {
			t.Errorf("%s: other bits when resumed from the golden state", row.name)
		}
	}
}

// FuzzUnmarshal gives hostile bytes to every row. What it takes it must be able
// to step with, or refuse in words, and it must not allocate beyond the size of
// what it is given.
func FuzzUnmarshal(f *testing.F) {
	b := newBowl(3)
	var rows []func() savable
	for _, row := range optimizers {
		rows = append(rows, func() savable { return row.make().(savable) })
	}
	for _, row := range estimators {
		rows = append(rows, func() savable { return row.make(rand.New(rand.NewPCG(1, 2))) })
	}
	step := func(s savable) {
		if e, ok := s.(estimator); ok {
			e.Grad(make([]float64, 3), make([]float64, 3))
		} else {
			s.(Optimizer).Step(make([]float64, 3), make([]float64, 3))
		}
	}
	for i, make := range rows {
		s := make()
		if e, ok := s.(estimator); ok {
			descend(e, NewSGD(0.125), []float64{1, 2, 3}, 7)
		} else {
			b.run(s.(Optimizer), 7)
		}
		data, err := s.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, data)
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		s := rows[int(uint(i)%uint(len(rows)))]()
		before, _ := s.MarshalBinary()
		bytesBefore := allocated()
		err := s.UnmarshalBinary(data)
		if grown := allocated() - bytesBefore; grown > uint64(8*len(data)+1<<16) {
			t.Errorf("%T: %d bytes allocated for %d", s, grown, len(data))
		}
		if err != nil {
			if after, _ := s.MarshalBinary(); !bytes.Equal(before, after) {
				t.Errorf("%T: refused data changed the state", s)
			}
			return
		}
		again, err := s.MarshalBinary()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%T: what was read is written in another way (%v)", s, err)
		}
		if got := message(func() { step(s) }); got != "no panic" && !strings.HasPrefix(got, "optim: ") {
			t.Errorf("%T: %s", s, got)
		}
	})
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
		data = binary.LittleEndian.AppendUint32(data, checksum(data))
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

func BenchmarkSave(b *testing.B) {
	const n = 1e7
	opt := NewAdam(1e-3)
	x := make([]float64, n)
	opt.Step(x, x[:n:n])
	b.SetBytes(3 * 8 * n)
	for b.Loop() {
		if _, err := encode(x, opt); err != nil {
			b.Fatal(err)
		}
	}
}
