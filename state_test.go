package optim

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

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
	data, err := Marshal(from)
	if err == nil {
		err = Unmarshal(data, to)
	}
	if err != nil {
		t.Fatalf("%T: %v", from, err)
	}
}

// remade are the fields that the next step makes before it uses them.
var remade = map[string]bool{
	"self": true, "id": true, "chain": true, "defaults": true, "own": true, "shared": true, "in": true, "out": true, "mu": true, "rate": true, "c": true, "keep": true, "a": true, "b": true,
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
		case remade[field.Name] && !field.IsExported() && !(a.Type() == reflect.TypeFor[RMSProp]()), remade[a.Type().Name()+"."+field.Name]:
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
	Reset(again)
	if again.LearningRate != 0.25 {
		t.Error("Reset touched a setting")
	}
}

func TestReset(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		newBowl(23).run(opt, 7)
		Reset(opt)
		b := newBowl(31) // another length: all is forgotten
		if got, want := b.run(opt, 20), b.run(row.make(), 20); !sameBits(got, want) {
			t.Errorf("%s: other bits after Reset", row.name)
		}
	}
	p := NewPlateau(0.5, 0)
	p.Observe(1)
	p.Observe(1)
	Reset(p)
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
	if err := Unmarshal(encoded(opt), failing); err == nil || !strings.HasSuffix(err.Error(), "no") {
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
		data, err := Marshal(from.make())
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range optimizers {
			opt := to.make()
			x := b.run(opt, 3)
			before := encoded(opt)
			err := Unmarshal(data, opt)
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
	good, _ := Marshal(o)
	with := func(i int, b ...byte) []byte {
		data := bytes.Clone(good)
		copy(data[i:], b)
		return data
	}
	const version = 8 + len("Momentum") // behind the name and its length
	const count = version + 8 + 4*8     // behind the settings
	average, _ := Marshal(NewAverage(NewMomentum(0.1, 0.9)))
	if err := Unmarshal(average, NewAverage(NewSGD(1))); err == nil {
		t.Error("an average of SGD accepts the state of an average of Momentum")
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "the data ends too early: 0 bytes are left, want 8"},
		{good[:7], "the data ends too early: 7 bytes are left, want 8"},
		{with(8, 'X'), "the data has a Xomentum, want a Momentum"},
		{with(8, 7), "the data has no name of a type, want a Momentum"},
		{with(8, 0xff), "the data has no name of a type, want a Momentum"},
		{with(0, 0), "the data has no name of a type, want a Momentum"},
		{with(7, 0x80), "the data has no name of a type, want a Momentum"},
		{with(version, 9), "state of Momentum: the data has version 9, want at most 1"},
		{with(version, 0), "state of Momentum: the data has version 0, want at most 1"},
		{good[:len(good)-1], "state of Momentum: the data ends too early: 23 bytes are left, want 24"},
		{append(bytes.Clone(good), 0), "state of Momentum: 1 bytes too many"},
		{with(count+7, 0x80), "state of Momentum: a count of -9223372036854775806, want at least 0"},
		{with(count, 0), "state of Momentum: 3 parameters after 0 steps"},
		{with(count+8, 0), "state of Momentum: 0 parameters after 2 steps"},
		{with(count+8, 0xff, 0xff, 0xff), "state of Momentum: the data ends too early: 24 bytes are left, want 134217720"},
		{with(count-8, 2), "state of Momentum: a flag of 2, want 0 or 1"},
	} {
		err := Unmarshal(c.data, o)
		if want := "optim: Unmarshal: " + c.want; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if after, _ := Marshal(o); !bytes.Equal(after, good) {
		t.Error("refused data changed the state")
	}
}

func TestForeignOptimizer(t *testing.T) {
	c := NewLookahead(foreigner{new(stranger)}, 5, 0.5)
	if _, err := Marshal(c); err == nil || !strings.Contains(err.Error(), "optim: Marshal: state of Lookahead: an optim.foreigner does not have both") {
		t.Errorf("%v, want an error", err)
	}
}

// foreigner hides the type within.
type foreigner struct{ Optimizer }

type stranger struct{}

func (*stranger) Step(_, _ []float64) {}

// TestGoldenStates holds what this version reads and writes against what is
// written down: every later one must read it.
func TestGoldenStates(t *testing.T) {
	const file = "testdata/states.json"
	b, states := newBowl(3), map[string]string{}
	for _, row := range optimizers {
		opt := row.make()
		b.run(opt, 7)
		data, err := Marshal(opt)
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
		states[row.name] = hex.EncodeToString(encoded(e))
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
		if err := Unmarshal(data, again); err != nil {
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
		if states[row.name] != want[row.name] && row.traits&borrowed == 0 {
			t.Errorf("%s is written in another way", row.name)
		}
		data, _ := hex.DecodeString(want[row.name])
		opt := row.make()
		if err := Unmarshal(data, opt); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if got, want := b.goOn(b.run(row.make(), 7), opt, 5), b.run(row.make(), 12); !sameBits(got, want) && row.traits&borrowed == 0 {
			t.Errorf("%s: other bits when resumed from the golden state", row.name)
		}
	}
}

// FuzzUnmarshal gives hostile bytes to every row. What it takes it must be able
// to step with, or refuse in words, and it must not allocate beyond the size of
// what it is given.
func FuzzUnmarshal(f *testing.F) {
	b := newBowl(3)
	var rows []func() any
	for _, row := range optimizers {
		rows = append(rows, func() any { return row.make() })
	}
	for _, row := range estimators {
		rows = append(rows, func() any { return row.make(rand.New(rand.NewPCG(1, 2))) })
	}
	step := func(s any) {
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
		data, err := Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, data)
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		s := rows[int(uint(i)%uint(len(rows)))]()
		before, _ := Marshal(s)
		bytesBefore := allocated()
		err := Unmarshal(data, s)
		if grown := allocated() - bytesBefore; grown > uint64(8*len(data)+1<<16) {
			t.Errorf("%T: %d bytes allocated for %d", s, grown, len(data))
		}
		if err != nil {
			if after, _ := Marshal(s); !bytes.Equal(before, after) {
				t.Errorf("%T: refused data changed the state", s)
			}
			return
		}
		again, err := Marshal(s)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%T: what was read is written in another way (%v)", s, err)
		}
		if got := message(func() { step(s) }); got != "no panic" && !strings.HasPrefix(got, "optim: ") {
			t.Errorf("%T: %s", s, got)
		}
	})
}
