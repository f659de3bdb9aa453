package optim

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

// TestTensorsResume saves a run on tensors of both types after each number of steps, loads it into
// others, and goes on.
func TestTensorsResume(t *testing.T) {
	const n, steps = 12, 10
	b := newBowl(n)
	newRun := func(master bool) (*Tensors, Optimizer) {
		ts, groups := SplitTensors(mixed(3, 4, 0, 2, 3), func(i int) bool { return i > 1 }, NewAdamW(0.1, 0.01), NewAdam(0.1))
		ts.Master = master
		return ts, NewExponentialAverage(NewChain(groups, NewClipNorm(1)), 0.9)
	}
	for _, master := range []bool{false, true} {
		ts, opt := newRun(master)
		b.train(ts, opt, steps)
		want, state := gathered(ts), encoded(opt)
		for k := range steps + 1 {
			ts, opt := newRun(master)
			b.train(ts, opt, k)
			name := filepath.Join(t.TempDir(), "run")
			if err := SaveFile(name, nil, opt, ts, &k); err != nil {
				t.Fatal(err)
			}
			again, optAgain := newRun(k%2 == 0)
			b.train(again, optAgain, k%3)
			at := -1
			if err := LoadFile(name, nil, optAgain, again, &at); err != nil || at != k {
				t.Fatalf("%v; %d steps, want %d", err, at, k)
			}
			b.train(again, optAgain, steps-k)
			if again.Master != master || !sameBits(gathered(again), want) || !bytes.Equal(encoded(optAgain), state) {
				t.Errorf("Master %v: other bits when resumed after step %d", master, k)
			}
		}
	}
}

// TestTensorsAreRestored checks what a checkpoint holds: every bit of the parameters, Frozen and
// Master, also what the program has written since the last step.
func TestTensorsAreRestored(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, master := range []bool{false, true} {
		newTensors := func() *Tensors { return NewTensors(mixed(3, 70000, 1, 5)...) }
		ts := newTensors()
		ts.Master = master
		newBowl(70009).train(ts, NewAdam(0.1), 2)
		for i := range ts.At(1).Params32 {
			ts.At(1).Params32[i] = rng.Float32()
		}
		ts.At(0).Frozen, ts.At(3).Frozen = true, true
		again := newTensors()
		again.At(2).Frozen = true
		transfer(t, ts, again)
		if !sameBits(gathered(again), gathered(ts)) || !sameBits(rounded(again), rounded(ts)) {
			t.Error("other parameters")
		}
		if again.Master != master || !again.At(0).Frozen || again.At(2).Frozen || !again.At(3).Frozen {
			t.Errorf("Master %v, want %v; Frozen of tensor 2 %v", again.Master, master, again.At(2).Frozen)
		}
		size := 8*4 + 4*70005
		if master {
			size += 4 * 70005
		}
		if n := len(encoded(ts)); n < size || n > size+300 {
			t.Errorf("Master %v: %d bytes for %d of parameters", master, n, size)
		}
	}
}

// TestTensorsOfAnotherCheckpoint loads into tensors and optimizers that do not fit.
func TestTensorsOfAnotherCheckpoint(t *testing.T) {
	ts, opt := NewTensors(mixed(2, 3)...), NewAdam(0.1)
	newBowl(5).train(ts, opt, 2)
	data := saved(t, nil, opt, ts)
	for want, c := range map[string]struct {
		opt Optimizer
		ts  *Tensors
	}{
		"value 1 of more: state of Tensors: 2 tensors, want 3":                  {NewAdam(1), NewTensors(mixed(2, 3, 0)...)},
		"value 1 of more: state of Tensors: 3 parameters in tensor 1, want 4":   {NewAdam(1), NewTensors(mixed(2, 4)...)},
		"value 1 of more: state of Tensors: tensor 1 has float32, want float64": {NewAdam(1), NewTensors(doubles(2, 3)...)},
		"value 1 of more: state of Tensors: tensor 0 has float64, want float32": {NewAdam(1), NewTensors(singles(2, 3)...)},
		"optimizer: the checkpoint has an Adam, want an SGD":                    {NewSGD(1), NewTensors(mixed(2, 3)...)},
	} {
		before := saved(t, nil, c.opt, c.ts)
		err := Load(bytes.NewReader(data), nil, c.opt, c.ts)
		if err == nil || err.Error() != "optim: Load: "+want {
			t.Errorf("%v, want %s", err, want)
		}
		if !bytes.Equal(saved(t, nil, c.opt, c.ts), before) {
			t.Errorf("%s: something changed", want)
		}
	}

	stepped := NewAdam(1)
	stepped.Step(make([]float64, 4), make([]float64, 4))
	err := Save(new(bytes.Buffer), nil, stepped, ts)
	if want := "optim: Save: optimizer: state of Adam: 4 parameters, want 5"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	other := NewTensors(doubles(4)...)
	data = saved(t, nil, opt, ts, stepped, other) // two models
	if err := Load(bytes.NewReader(data), nil, NewAdam(1), ts, NewAdam(1), other); err != nil {
		t.Error(err)
	}

	ts.At(0).Params = nil
	err = Save(new(bytes.Buffer), nil, opt, ts)
	if want := "optim: Save: value 1 of more: state of Tensors: tensor 0: Params and Params32 are nil, want one of them"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestDamagedTensors loads checkpoints that are cut off or have a wrong byte. Nothing changes.
func TestDamagedTensors(t *testing.T) {
	for _, master := range []bool{false, true} {
		ts := NewTensors(mixed(2, 3)...)
		ts.Master = master
		newBowl(5).train(ts, NewAdam(0.1), 2)
		data := encoded(ts)
		again := NewTensors(mixed(2, 3)...)
		before := encoded(again)
		for i := range data {
			if err := Unmarshal(data[:i], again); err == nil || !bytes.Equal(encoded(again), before) {
				t.Fatalf("%d of %d bytes: %v", i, len(data), err)
			}
			bad := bytes.Clone(data)
			bad[i] ^= 0xff
			if err := Unmarshal(bad, again); err != nil && !bytes.Equal(encoded(again), before) {
				t.Fatalf("byte %d: %v, but something changed", i, err)
			}
			again = NewTensors(mixed(2, 3)...)
		}
	}
}
