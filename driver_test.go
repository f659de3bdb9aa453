package optim

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// counted is what every optimizer of this package but Groups has.
type counted interface {
	Optimizer
	Steps() int
	Rate() float64
}

// TestStepsAndRate compares Steps and Rate of every row with its calls of Step and with the fields
// of its innermost optimizer: before the first step, after steps, after Unmarshal, and after Reset.
func TestStepsAndRate(t *testing.T) {
	b := newBowl(9)
	for _, row := range optimizers {
		opt, again := row.make().(counted), row.make().(counted)
		if opt.Steps() != 0 || opt.Rate() != 0 {
			t.Errorf("%s: %d steps with rate %v before the first", row.name, opt.Steps(), opt.Rate())
		}
		for k := 1; k <= 5; k++ {
			Reset(opt)
			b.run(opt, k)
			if want := lastEta(opt); opt.Steps() != k || opt.Rate() != want {
				t.Errorf("%s: %d steps with rate %v, want %d with %v", row.name, opt.Steps(), opt.Rate(), k, want)
			}
		}
		transfer(t, opt, again)
		if again.Steps() != 5 || again.Rate() != opt.Rate() {
			t.Errorf("%s: %d steps with rate %v when restored, want 5 with %v", row.name, again.Steps(), again.Rate(), opt.Rate())
		}
		Reset(again)
		if again.Steps() != 0 || again.Rate() != 0 {
			t.Errorf("%s: %d steps with rate %v after Reset", row.name, again.Steps(), again.Rate())
		}
	}
}

// lastEta returns η of the last step of the innermost optimizer, from its fields. Rprop has the
// factor of its schedule instead.
func lastEta(opt Optimizer) float64 {
	for {
		w, ok := opt.(interface{ wrapped() Optimizer })
		if !ok {
			break
		}
		opt = w.wrapped()
	}
	if l, ok := opt.(*loud); ok {
		opt = l.SGD
	}
	steps := opt.(counted).Steps()
	if steps == 0 {
		return 0
	}
	v := reflect.ValueOf(opt).Elem()
	eta := v.FieldByName("LearningRate").Float()
	if v.Type() == reflect.TypeFor[Rprop]() {
		eta = 1
	}
	if s := v.FieldByName("Schedule"); s.IsValid() {
		eta *= s.Interface().(Schedule).At(steps - 1)
	}
	return eta
}

// TestLargestRate has the largest learning rate, and a schedule that returns the largest float64.
func TestLargestRate(t *testing.T) {
	const small = 0x1p-1000
	for _, c := range []struct {
		rate     float64
		schedule Schedule
		want     float64
	}{
		{math.MaxFloat64, nil, math.MaxFloat64},
		{math.MaxFloat64, Constant(small), math.MaxFloat64 * small},
		{small, Constant(math.MaxFloat64), math.MaxFloat64 * small},
	} {
		opt := NewSGD(c.rate)
		opt.Schedule = c.schedule
		opt.Step([]float64{1}, []float64{1})
		if opt.Rate() != c.want {
			t.Errorf("rate %v, want %v", opt.Rate(), c.want)
		}
	}
}

// TestRpropRate checks that the rate is the factor of the schedule, whatever LearningRate is.
func TestRpropRate(t *testing.T) {
	opt := NewRprop(0.1)
	opt.Schedule = Linear(1, 0, 4)
	for step, want := range []float64{1, 0.75, 0.5, 0.25, 0} {
		opt.Step([]float64{1}, []float64{1})
		if opt.Rate() != want {
			t.Errorf("rate %v in step %d, want %v", opt.Rate(), step, want)
		}
	}
}

// TestLiterals takes a step with a literal of the type of every row.
func TestLiterals(t *testing.T) {
	rows := []Optimizer{bowlResiduals(NewLevenbergMarquardt)}
	for _, row := range optimizers {
		rows = append(rows, row.make())
	}
	for _, row := range matrixRows {
		rows = append(rows, row.make(1, 2))
	}
	for _, made := range rows {
		typ := reflect.TypeOf(made).Elem()
		literal := func() reflect.Value {
			v := reflect.New(typ)
			if rate := v.Elem().FieldByName("LearningRate"); rate.IsValid() {
				rate.SetFloat(0.1)
			}
			return v
		}
		opt, x := literal().Interface().(Optimizer), []float64{1, 2}
		got, want := message(func() { opt.Step(x, []float64{3, 4}) }), "optim: "+typ.Name()+": use New"
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", typ.Name(), got, want)
		}
		if !sameBits(x, []float64{1, 2}) || !reflect.DeepEqual(opt, literal().Interface()) {
			t.Errorf("%s: the step changed parameters or state", typ.Name())
		}
		if got, want := fmt.Sprint(opt), "an optimizer that no constructor made"; got != want {
			t.Errorf("%s: String returns %q, want %q", typ.Name(), got, want)
		}
	}
	if got, want := message(func() { new(Adam).Step([]float64{1}, []float64{1}) }), "optim: Adam: use NewAdam or NewAdamW"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRestoredLiteral restores the state of an optimizer into a literal. The literal has no
// defaults, so a step must still be refused.
func TestRestoredLiteral(t *testing.T) {
	data, err := Marshal(NewAdam(0.1))
	if err != nil {
		t.Fatal(err)
	}
	for name, restore := range map[string]func(o *Adam){
		"Unmarshal": func(o *Adam) { Unmarshal(data, o) },
		"Reset":     func(o *Adam) { Reset(o) },
	} {
		o := new(Adam)
		restore(o)
		if got, want := message(func() { o.Step([]float64{1}, []float64{1}) }), "optim: Adam: use NewAdam or NewAdamW"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestLiteralInside wants a literal to be refused before the optimizers around it change anything.
func TestLiteralInside(t *testing.T) {
	for _, opt := range []Optimizer{Groups{{1, NewSGD(1)}, {1, &Adam{}}}, NewChain(Groups{{1, NewSGD(1)}, {1, &Adam{}}}, L2(1)), NewAccumulate(&Adam{}, 2)} {
		x := []float64{1, 2}
		if got, want := message(func() { opt.Step(x, []float64{3, 4}) }), "optim: Adam: use NewAdam or NewAdamW"; got != want {
			t.Errorf("%v: %s, want %s", opt, got, want)
		}
		if !sameBits(x, []float64{1, 2}) {
			t.Errorf("%v: the refused step changed the parameters to %v", opt, x)
		}
	}
}

// TestCopies takes steps with a copy of a new optimizer.
func TestCopies(t *testing.T) {
	b := newBowl(7)
	differences := func() Optimizer { o := NewHessianFree(nil); o.Problem = bowlProblem(); return o }
	for _, row := range append(slices.Clone(optimizers), optimizerRow{name: "HessianFree/differences", make: differences}) {
		opt := row.make()
		v := reflect.New(reflect.TypeOf(opt).Elem())
		v.Elem().Set(reflect.ValueOf(opt).Elem())
		got, want := b.run(v.Interface().(Optimizer), 20), b.run(row.make(), 20)
		if !sameBits(got, want) {
			t.Errorf("%s: a copy takes other steps", row.name)
		}
		if steps := opt.(counted).Steps(); steps != 0 {
			t.Errorf("%s: the original has taken %d steps", row.name, steps)
		}
	}
}

// plain is an optimizer of a user's: gradient descent with rate 0.5.
type plain struct{ t byte }

func (o *plain) Step(params, grads []float64) {
	o.t++
	for i, g := range grads {
		params[i] -= 0.5 * g
	}
}

// able is plain with all methods that are optional.
type able struct {
	plain
	last, next float64
	err        error
}

func (o *able) Rate() float64 { return o.last }

func (o *able) NextRate() float64 { return o.next }

func (o *able) Err() error { return o.err }

func (o *able) Reset() { o.t = 0 }

func (o *able) String() string { return "able" }

func (o *able) MarshalBinary() ([]byte, error) { return []byte{o.t}, nil }

func (o *able) UnmarshalBinary(data []byte) error {
	o.t = data[0]
	return nil
}

// rating is plain with the method Rate alone.
type rating struct{ plain }

func (o *rating) Rate() float64 { return 0.25 }

// TestOptionalMethods checks what the documentation of Optimizer says of the methods that an
// optimizer of a user's may have.
func TestOptionalMethods(t *testing.T) {
	step := func(opt Optimizer) float64 {
		x := []float64{4}
		opt.Step(x, []float64{2})
		return x[0]
	}
	o := &able{last: 0.125, next: 0.5}
	for _, c := range []struct {
		name      string
		opt       Optimizer
		got, want float64
	}{
		{"Decay by NextRate", nil, step(NewChain(o, NewDecay(0.5))), 0.75*4 - 1},
		{"ProximalL1 by NextRate", nil, step(NewProximalL1(o, 1)), 3 - 0.5},
		{"ProximalL1 by Rate", nil, step(NewProximalL1(new(rating), 1)), 3 - 0.25},
		{"Rate of a wrapper", nil, NewLookahead(NewAverage(o), 2, 1).Rate(), 0.125},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if rate := NewAverage(new(plain)).Rate(); rate == rate {
		t.Errorf("rate %v without a method Rate, want NaN", rate)
	}
	if got := message(func() { NewChain(new(rating), NewDecay(1)) }); !strings.HasPrefix(got, "optim: NewChain: Decay needs the learning rate") {
		t.Errorf("a Decay without NextRate: %s", got)
	}
	o.next = -1
	for _, opt := range []Optimizer{NewProximalL1(o, 1), NewAverage(o), NewChain(o, NewDecay(1))} {
		if got, want := message(func() { step(opt) }), "optim: able.NextRate() = -1, want [0, +Inf)"; got != want {
			t.Errorf("%T: %s, want %s", opt, got, want)
		}
	}
	o.next = 0.5

	wrapped := NewAverage(NewChain(o, L2(0)))
	if got, want := fmt.Sprint(wrapped), "Average(Chain(L2(0), able, 0 steps), 0 steps)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	o.t = 7
	again := new(able)
	transfer(t, wrapped, NewAverage(NewChain(again, L2(0))))
	if again.t != 7 {
		t.Errorf("%d when restored, want 7", again.t)
	}
	Reset(wrapped)
	if o.t != 0 {
		t.Errorf("%d after Reset, want 0", o.t)
	}
	if _, err := Marshal(NewAverage(new(plain))); err == nil {
		t.Error("no error for an optimizer without MarshalBinary")
	}
	other := &plain{t: 7}
	Reset(NewAverage(other))
	if other.t != 7 {
		t.Error("Reset has changed an optimizer without a method Reset")
	}

	o.err = errors.New("enough")
	groups := Groups{{1, NewAdam(1)}, {1, o}}
	for name, err := range map[string]error{"a wrapper": wrapped.Err(), "Groups": groups.Err()} {
		if err != o.err {
			t.Errorf("Err of %s returns %v, want %v", name, err, o.err)
		}
	}
	result, err := Minimize(*bowlProblem(), []float64{3}, wrapped, nil)
	if err != o.err || result.Status != optimize.Failure || result.MajorIterations > 1 {
		t.Errorf("Minimize ends with %v and %v after %d iterations", result.Status, err, result.MajorIterations)
	}
}
