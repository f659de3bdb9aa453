package optim

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// TestFields restores every row, and compares all fields of the state and all fields that the user
// assigns, except functions and the fields that a step makes anew. So it finds a field that visit
// has left out.
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

// assign gives other values to the fields that the user assigns.
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

// remade lists the fields that a step makes before it uses them.
var remade = map[string]bool{
	"line": true, "pursues": true,
	"self": true, "id": true, "chain": true, "defaults": true, "own": true, "shared": true, "in": true, "out": true, "mu": true, "rate": true, "c": true, "keep": true, "a": true, "b": true,
	"rectified": true, "scratch": true, "share": true, "shift": true, "sums": true, "norm": true, "working": true, "linear": true, "ClipNorm.scale": true,
	"crew": true, "heard": true, "blocks": true, "vectors": true, "chosen": true,
	"here": true, "told": true, "d": true, "eval": true, "wolfe": true, "armijo": true, "distance": true, "sloped": true, "search.next": true, "status": true,
	"order": true, "onS": true, "onY": true, "onG": true, "parts": true, "pairs.s": true, "pairs.next": true, "pairs.y": true,
	"QuasiNewton.s": true, "QuasiNewton.y": true, "QuasiNewton.u": true, "Newton.chol": true, "Newton.eigen": true, "Newton.values": true, "Newton.slopes": true, "Newton.vectors": true, "Newton.predicted": true, "Newton.length": true, "Newton.tau": true, "Newton.place": true, "Newton.last": true, "scaled": true, "units": true,
	"r": true, "p": true, "q": true, "updates": true, "masks": true, "spares": true, "agree": true, "HessianFree.m": true, "gradientMap.mapped": true, "passing": true,
	"Sharded.comm": true, "Sharded.layout": true, "Sharded.mean": true, "Sharded.agreed": true, "Sharded.overlap": true,
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

// TestSettingsAreRestored assigns fields, and then saves the optimizer.
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
		t.Error("Reset changed a setting")
	}
}

func TestReset(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		newBowl(23).run(opt, 7)
		Reset(opt)
		b := newBowl(31) // after Reset the length may be another one
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

// TestStateBeforeTheFirstStep saves an optimizer that has evaluated a point and taken no step. The restored one
// takes the steps of a new one.
func TestStateBeforeTheFirstStep(t *testing.T) {
	p := optimize.Problem{
		Func: func(x []float64) float64 {
			if x[0] == 0 {
				return -1e301 // so low that no step is taken
			}
			return problems[0].f.Func(x)
		},
		Grad: problems[0].f.Grad,
		Hess: hessOf(problems[0].f),
	}
	run := func(opt Optimizer, x []float64) []float64 {
		for range 5 {
			opt.Step(x, x)
		}
		return x
	}
	for i := range every() {
		opt := onProblem(every()[i], &p, nil)
		run(opt, []float64{0, 1})
		if opt.Status() != optimize.FunctionNegativeInfinity {
			t.Errorf("%s: %v", name(opt), opt.Status())
		}
		restored := onProblem(every()[i], &p, nil)
		transfer(t, opt, restored)
		if got, want := run(restored, []float64{1, 1}), run(onProblem(every()[i], &p, nil), []float64{1, 1}); !sameBits(got, want) {
			t.Errorf("%s: %v, want %v", name(opt), got, want)
		}
	}
}

// TestResumePlateauAndNoise restores a Plateau, and a transform with its generator.
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

// own is a transform of the user's with state. With fail it cannot be restored.
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

// TestOwnState saves a transform of the user's in a Chain. The length of its encoding changes.
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
	text := "optim: Unmarshal: state of *optim.own: UnmarshalBinary: no"
	if err := Unmarshal(encoded(opt), failing); err == nil || err.Error() != text {
		t.Errorf("%v, want %s", err, text)
	}
	if !bytes.Equal(before, encoded(failing)) {
		t.Error("refused data changed the state")
	}
}

// TestWrongState gives the state of every row to every other row.
func TestWrongState(t *testing.T) {
	b := newBowl(5)
	for _, from := range optimizers {
		data, err := Marshal(from.make())
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range optimizers {
			opt := to.make()
			b.run(opt, 3)
			before := encoded(opt)
			err := Unmarshal(data, opt)
			after := encoded(opt)
			alike := reflect.TypeOf(from.make()) == reflect.TypeOf(opt)
			if err == nil && (!alike || strings.HasPrefix(from.name, "Chain") && from.name != to.name) {
				t.Errorf("%s accepts the state of %s", to.name, from.name)
			}
			if err != nil && !bytes.Equal(before, after) {
				t.Errorf("%s was changed by the state of %s", to.name, from.name)
			}
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

// foreigner is an optimizer that hides the methods of another one.
type foreigner struct{ Optimizer }

type stranger struct{}

func (*stranger) Step(_, _ []float64) {}

// TestNilState refuses nil by name.
func TestNilState(t *testing.T) {
	for want, v := range map[string]any{
		"the value is nil":                     nil,
		"the value is a nil *optim.Adam":       (*Adam)(nil),
		"the value is a nil *optim.SAGA":       (*SAGA)(nil),
		"the value is a nil *optim.Plateau":    (*Plateau)(nil),
		"the value is a nil *optim.Noise":      (*Noise)(nil),
		"the value is a nil *rand.PCG":         (*rand.PCG)(nil),
		"the value is a nil *optim.adamOfMine": (*adamOfMine)(nil),
	} {
		if _, err := Marshal(v); err == nil || err.Error() != "optim: Marshal: "+want {
			t.Errorf("%v, want %s", err, want)
		}
		if err := Unmarshal(nil, v); err == nil || err.Error() != "optim: Unmarshal: "+want {
			t.Errorf("%v, want %s", err, want)
		}
		if got := message(func() { Reset(v) }); got != "optim: Reset: "+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, err := Marshal(new(Average)); err == nil || err.Error() != "optim: Marshal: state of Average: the value is nil" {
		t.Errorf("%v, want an error for a wrapper without an optimizer", err)
	}
}

// Types of the user's that embed one of this package.
type (
	adamOfMine    struct{ *Adam }
	batchOfMine   struct{ *MiniBatch }
	decayOfMine   struct{ *Decay }
	plateauOfMine struct{ Plateau }
)

// codedOfMine has an encoding of its own, and a method Reset of its own.
type codedOfMine struct {
	*Adam
	steps int
}

func (o *codedOfMine) MarshalBinary() ([]byte, error) { return []byte{byte(o.steps)}, nil }

func (o *codedOfMine) UnmarshalBinary(data []byte) error {
	o.steps = int(data[0])
	return nil
}

func (o *codedOfMine) Reset() { o.steps = 0 }

// writesOnly has one of the methods for an encoding, and no Reset.
type writesOnly struct{ *Adam }

func (writesOnly) MarshalBinary() ([]byte, error) { return nil, nil }

// resetsOnly has a method Reset, and no encoding.
type resetsOnly struct {
	*Adam
	calls int
}

func (o *resetsOnly) Reset() { o.calls++ }

// TestEmbeddedState saves types of the user's as the types that they embed.
func TestEmbeddedState(t *testing.T) {
	adam, batch, decay := NewAdam(0.1), NewMiniBatch(terms, 3, seeded()), NewDecay(0.5)
	newBowl(3).run(adam, 4)
	descend(batch, NewSGD(0.1), make([]float64, 3), 4)
	plateau := NewPlateau(0.5, 0)
	plateau.Observe(2)
	for _, c := range []struct{ embedded, mine, again, fresh any }{
		{adam, &adamOfMine{adam}, &adamOfMine{NewAdam(0.2)}, NewAdam(0.1)},
		{adam, adamOfMine{adam}, adamOfMine{NewAdam(0.2)}, NewAdam(0.1)},
		{batch, &batchOfMine{batch}, &batchOfMine{NewMiniBatch(terms, 2, seeded())}, NewMiniBatch(terms, 3, seeded())},
		{decay, &decayOfMine{decay}, &decayOfMine{NewDecay(0.1)}, NewDecay(0.5)},
		{plateau, &plateauOfMine{*plateau}, new(plateauOfMine), NewPlateau(0.5, 0)},
	} {
		want := encoded(c.embedded)
		if !bytes.Equal(encoded(c.mine), want) {
			t.Errorf("%T is not encoded as %T", c.mine, c.embedded)
		}
		transfer(t, c.mine, c.again)
		if !bytes.Equal(encoded(c.again), want) {
			t.Errorf("%T is not restored as %T", c.mine, c.embedded)
		}
		if Reset(c.again); !bytes.Equal(encoded(c.again), encoded(c.fresh)) {
			t.Errorf("%T is not reset as %T", c.mine, c.embedded)
		}
	}
}

// TestOwnMethods prefers the methods of the user's type to the state of the embedded type.
func TestOwnMethods(t *testing.T) {
	o, again := &codedOfMine{NewAdam(0.1), 5}, &codedOfMine{NewAdam(0.1), 0}
	newBowl(3).run(o, 4)
	transfer(t, o, again)
	if again.steps != 5 || again.t != 0 {
		t.Errorf("restored %d, with %d steps of Adam", again.steps, again.t)
	}
	b := newBowl(3)
	wrapped, other := NewAverage(o), NewAverage(&codedOfMine{NewAdam(0.1), 0})
	b.run(wrapped, 2)
	transfer(t, wrapped, other)
	if got := other.opt.(*codedOfMine); got.steps != 5 || got.t != 0 || other.t != 2 {
		t.Errorf("restored %d in a wrapper, with %d steps of Adam", got.steps, got.t)
	}
	if Reset(wrapped); o.steps != 0 || o.t != 6 {
		t.Errorf("Reset leaves %d, with %d steps of Adam", o.steps, o.t)
	}
	resets, writes := &resetsOnly{NewAdam(0.1), 0}, writesOnly{NewAdam(0.1)}
	b.run(resets, 2)
	b.run(writes, 2)
	Reset(resets)
	Reset(writes)
	if resets.calls != 1 || resets.t != 2 || writes.t != 0 {
		t.Errorf("%d calls of Reset, %d and %d steps", resets.calls, resets.t, writes.t)
	}
	if _, err := Marshal(writesOnly{NewAdam(0.1)}); err == nil || err.Error() != "optim: Marshal: an optim.writesOnly does not have both MarshalBinary and UnmarshalBinary" {
		t.Errorf("%v, want an error", err)
	}
}

// TestStatelessTransforms encodes a transform without state by its type. Of a type of the user's
// only a Chain does so.
func TestStatelessTransforms(t *testing.T) {
	for _, v := range []any{L2(0.1), L1(0.1), ClipValue(1), Elementwise(func(_, _ []float64) {})} {
		transfer(t, v, v)
		Reset(v)
	}
	if err := Unmarshal(encoded(L1(0.1)), L2(0.1)); err == nil || err.Error() != "optim: Unmarshal: the data has an optim.L1, want an optim.L2" {
		t.Errorf("%v, want an error", err)
	}
	plain := struct{ Transform }{L2(0.1)}
	transfer(t, NewChain(NewSGD(0.1), plain), NewChain(NewSGD(0.1), plain))
	if err := Unmarshal(encoded(NewChain(NewSGD(0.1), plain)), NewChain(NewSGD(0.1), L2(0.1))); err == nil {
		t.Error("a transform accepts the state of another one")
	}
	if _, err := Marshal(plain); err == nil {
		t.Error("a transform of the user's without MarshalBinary has a state")
	}
}

// aged is a rule of version 1, or of version 2 with momentum.
type aged struct {
	version  int
	x        float64
	momentum []float64
	t, n     int
}

func (o *aged) Step(params, grads []float64) {
	o.t, o.n, o.x = o.t+1, len(params), grads[0]
	if o.version == 2 {
		o.momentum = append(o.momentum[:0], grads...)
	}
}

func (o *aged) visit(a *walk) {
	found := a.Type("aged", o.version)
	a.State(&o.x)
	a.Used(&o.t, &o.n)
	if found >= 2 {
		a.Vectors(&o.momentum)
	} else if a.Assigning() {
		o.momentum = make([]float64, o.n)
	}
}

// TestOlderVersion reads a state, and a checkpoint, that an older version of a type has written.
func TestOlderVersion(t *testing.T) {
	older := &aged{version: 1}
	older.Step([]float64{1, 2}, []float64{3, 4})
	newer := &aged{version: 2}
	newer.Step([]float64{1, 2}, []float64{5, 6})
	refused := "state of aged: the data has version 2, want at most 1"
	if err := Unmarshal(encoded(newer), older); err == nil || err.Error() != "optim: Unmarshal: "+refused || older.x != 3 {
		t.Errorf("%v, want %s", err, refused)
	}
	want := aged{version: 2, x: 3, momentum: []float64{0, 0}, t: 1, n: 2}
	transfer(t, older, newer)
	if !reflect.DeepEqual(*newer, want) {
		t.Errorf("%+v, want %+v", *newer, want)
	}

	name := t.TempDir() + "/checkpoint"
	newer = &aged{version: 2}
	if err := SaveFile(name, []float64{1, 2}, older, NewAverage(older)); err != nil {
		t.Fatal(err)
	}
	x, other := make([]float64, 2), &aged{version: 2}
	if err := LoadFile(name, x, newer, NewAverage(other)); err != nil || !reflect.DeepEqual(*newer, want) || !reflect.DeepEqual(*other, want) || x[1] != 2 {
		t.Errorf("%+v, %+v, %v, want %+v", *newer, *other, err, want)
	}
	if err := SaveFile(name, x, newer); err != nil {
		t.Fatal(err)
	}
	refused = "optim: LoadFile: " + name + ": optimizer: state of aged: the checkpoint has version 2, want at most 1"
	if err := LoadFile(name, []float64{7, 8}, older); err == nil || err.Error() != refused {
		t.Errorf("%v, want %s", err, refused)
	}
}

// TestEveryTypeHasAVersion changes the version of every row.
func TestEveryTypeHasAVersion(t *testing.T) {
	rows := map[string]any{"Plateau": NewPlateau(0.5, 1), "Decay": NewDecay(1), "ClipNorm": NewClipNorm(1), "Noise": NewNoise(1, seeded()), "L2": L2(1)}
	for _, row := range optimizers {
		rows[row.name] = row.make()
	}
	for _, row := range estimators {
		rows[row.name] = row.make(seeded())
	}
	for name, s := range rows {
		data := encoded(s)
		length := binary.LittleEndian.Uint64(data)
		binary.LittleEndian.PutUint64(data[8+length:], math.MaxInt)
		want := fmt.Sprintf("optim: Unmarshal: state of %s: the data has version %d, want at most 1", data[8:8+length], math.MaxInt)
		if err := Unmarshal(data, s); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestGoldenStates compares the states that this version writes with those in testdata, and reads
// these. Every later version must read them.
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

// FuzzUnmarshal gives hostile bytes to every row. If the bytes are refused, nothing changes. If
// they are accepted, they are written in the same way, and a step works or panics in words.
// Unmarshal does not allocate more than the bytes can hold.
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

// TestVersions checks the version that a type writes after its name, for types without a row in
// testdata/states.json. All are in their first version.
func TestVersions(t *testing.T) {
	squares := NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0], 1 }, nil)
	for name, s := range map[string]any{
		"LeastSquares": squares,
		"Plateau":      NewPlateau(0.5, 3),
		"Noise":        NewNoise(0.1, seeded()),
		"Simplex":      ProxSimplex(1),
		"BallL1":       ProxBallL1(1),
		"BallL2":       ProxBallL2(1),
		"Muon":         NewMuon(0.1, 2, 2),
		"SOAP":         NewSOAP(0.1, 2, 2),
		"Shampoo":      NewShampoo(0.1, 2, 2),
		"Adafactor":    NewAdafactor(0.1, 2, 2),
		"optim.L2":     L2(0.1),
		"*rand.PCG":    rand.NewPCG(1, 2),
		"Tensors":      NewTensors(Tensor{Params: []float64{1}, Grads: []float64{1}}),
	} {
		var file bytes.Buffer
		if err := Save(&file, nil, nil, s); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, rest, found := bytes.Cut(file.Bytes(), []byte(name))
		if !found || binary.LittleEndian.Uint64(rest) != 1 {
			t.Errorf("%s: no version 1 in %q", name, file.Bytes())
		}
	}
}
