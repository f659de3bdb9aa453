package optim

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// wrappers make what is around an optimizer, with settings that change no bit.
var wrappers = []struct {
	constructor string
	make        func(opt Optimizer) Optimizer
}{
	{"NewChain", func(opt Optimizer) Optimizer { return NewChain(opt) }},
	{"NewAverage", func(opt Optimizer) Optimizer { return NewAverage(opt) }},
	{"NewExponentialAverage", func(opt Optimizer) Optimizer { return NewExponentialAverage(opt, 0.9) }},
	{"NewAccumulate", func(opt Optimizer) Optimizer { return NewAccumulate(opt, 1) }},
	{"NewLookahead", func(opt Optimizer) Optimizer { return NewLookahead(opt, 5, 1) }},
	{"NewSkipNonFinite", func(opt Optimizer) Optimizer { return NewSkipNonFinite(opt, 2) }},
	{"NewProximalL1", func(opt Optimizer) Optimizer { return NewProximalL1(opt, 0) }},
	{"NewProximal", func(opt Optimizer) Optimizer { return NewProximal(opt, ProxBox(nil, nil)) }},
}

// TestNeutral puts what changes nothing around every row, and wants its bits.
func TestNeutral(t *testing.T) {
	for _, row := range optimizers {
		n := 700
		if row.traits&dense != 0 {
			n = 40
		}
		b := newBowl(n)
		want := b.run(row.make(), 20)
		around := []Optimizer{Groups{{0, NewSGD(1)}, {n, row.make()}, {0, nil}}}
		for _, w := range wrappers {
			if w.constructor != "NewProximalL1" || rated(row.make()) {
				around = append(around, w.make(row.make()))
			}
		}
		if !searches(row.make()) { // no transform goes in front of a line search
			for _, before := range []Transform{NewClipNorm(1e9), ClipValue(1e9), L1(0), L2(0), NewDecay(0),
				NewNoise(0, rand.New(rand.NewPCG(1, 2))), Elementwise(func(_, _ []float64) {})} {
				if _, ok := before.(*Decay); !ok || rated(row.make()) {
					around = append(around, NewChain(row.make(), before))
				}
			}
		}
		for _, opt := range around {
			if got := b.run(opt, 20); !sameBits(got, want) {
				t.Errorf("%s: other bits within %s", row.name, title(opt))
			}
		}
	}
}

// TestRefusedStepsChangeNothing nests what a step refuses where it is found last.
func TestRefusedStepsChangeNothing(t *testing.T) {
	bad := func() *Adam { return made(&Adam{LearningRate: 1, Beta1: 2}) }
	convex := made(&Nesterov{LearningRate: 0.1, Convex: true})
	convex.Step(make([]float64, 4), make([]float64, 4))
	swapped := NewAverage(NewLookahead(NewSGD(1), 1, 1))
	swapped.Swap(nil)
	for _, c := range []struct {
		opt  Optimizer
		want string
	}{
		{Groups{{2, NewSGD(1)}, {3, NewChain(NewSGD(1), L2(-1))}}, "optim: L2.λ = -1, want [0, +Inf)"},
		{Groups{{2, NewSGD(1)}, {3, NewLookahead(bad(), 5, 0.5)}}, "optim: Adam.Beta1 = 2, want [0, 1)"},
		{Groups{{2, NewSGD(1)}, {3, NewLookahead(NewSGD(1), 0, 0.5)}}, "optim: Lookahead.K = 0, want at least 1"},
		{Groups{{2, NewSGD(1)}, {3, NewSkipNonFinite(bad(), 1)}}, "optim: Adam.Beta1 = 2, want [0, 1)"},
		{Groups{{2, NewSGD(1)}, {3, NewAccumulate(NewSGD(1), 0)}}, "optim: Accumulate.K = 0, want at least 1"},
		{Groups{{2, NewSGD(1)}, {3, Groups{{2, NewSGD(1)}}}}, "optim: Groups.Step: len(params) = 3, but the groups have 2"},
		{NewChain(convex, NewDecay(0.5)), "optim: Nesterov.Step: len(params) = 5, want 4 as in the steps before"},
		{NewAccumulate(NewLookahead(bad(), 1, 1), 2), "optim: Adam.Beta1 = 2, want [0, 1)"},
		{NewChain(NewSGD(1), newNoise(), L2(-1)), "optim: L2.λ = -1, want [0, +Inf)"},
		{NewChain(NewLookahead(bad(), 1, 1), newNoise()), "optim: Adam.Beta1 = 2, want [0, 1)"},
		{NewChain(made(&Nesterov{Mu: 2, Convex: true}), newNoise()), "optim: Nesterov.Mu = 2, want [0, 1)"},
		{NewChain(swapped, newNoise()), "optim: Average.Step: the parameters hold the average; call Swap first"},
		{NewProximalL1(NewChain(NewSGD(1), L1(-1)), 1), "optim: L1.λ = -1, want [0, +Inf)"},
		{NewChain(made(&SGD{LearningRate: 1e300, Schedule: Constant(1e300)})), "optim: SGD.LearningRate·Schedule = +Inf, want [0, +Inf)"},
	} {
		checkRefusal(t, c.opt, c.want)
	}
}

// checkRefusal wants a panic of the first step, before anything changes.
func checkRefusal(t *testing.T, opt Optimizer, want string) {
	t.Helper()
	x, g := []float64{1, 2, 3, 4, 5}, []float64{1, 1, 1, 1, 1}
	before, err := Marshal(opt)
	if got := message(func() { opt.Step(x, g) }); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	after, _ := Marshal(opt)
	if !sameBits(x, []float64{1, 2, 3, 4, 5}) || !bytes.Equal(before, after) {
		t.Errorf("%s: parameters or state changed, %v", want, err)
	}
}

func TestWrappersOfNil(t *testing.T) {
	for _, w := range wrappers {
		for what, opt := range map[string]Optimizer{"nil": nil, "a nil *optim.Adam": (*Adam)(nil), "a nil *optim.loud": (*loud)(nil)} {
			want := "optim: " + w.constructor + ": the optimizer is " + what
			if got := message(func() { w.make(opt) }); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

func TestLiteralWrappers(t *testing.T) {
	for want, opt := range map[string]Optimizer{
		"optim: Chain: use NewChain":                              &Chain{},
		"optim: Average: use NewAverage or NewExponentialAverage": &Average{},
		"optim: Accumulate: use NewAccumulate":                    &Accumulate{K: 1},
		"optim: Lookahead: use NewLookahead":                      &Lookahead{},
		"optim: SkipNonFinite: use NewSkipNonFinite":              &SkipNonFinite{},
		"optim: ProximalL1: use NewProximalL1":                    &ProximalL1{},
		"optim: Proximal: use NewProximal":                        &Proximal{},
	} {
		if got := message(func() { opt.Step([]float64{1}, []float64{1}) }); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// lastTeller is a user's gradient descent that returns the rate of the last step.
type lastTeller struct {
	eta, last float64 // of the coming and of the last step
	resets    int
	err       error
}

func (o *lastTeller) Step(params, grads []float64) {
	for i, g := range grads {
		params[i] -= float64(o.eta * g)
	}
	o.last = o.eta
}

func (o *lastTeller) Rate() float64 { return o.last }

func (o *lastTeller) Reset() { o.resets++ }

func (o *lastTeller) Err() error { return o.err }

func (o *lastTeller) MarshalBinary() ([]byte, error) { return []byte{byte(8 * o.last)}, nil }

func (o *lastTeller) UnmarshalBinary(data []byte) error {
	o.last = float64(data[0]) / 8
	return nil
}

// nextTeller also returns the rate of the coming step.
type nextTeller struct{ lastTeller }

func (o *nextTeller) NextRate() float64 { return o.eta }

// TestUsersRate has the methods Rate and NextRate behind a Decay and a ProximalL1.
func TestUsersRate(t *testing.T) {
	last, next, inner, decayed := new(lastTeller), new(nextTeller), new(nextTeller), new(nextTeller)
	for _, c := range []struct {
		opt  Optimizer
		rate *float64
		want float64
	}{
		{NewProximalL1(last, 4), &last.eta, 32 - 12*(0.5+0.25+0.125)},
		{NewProximalL1(next, 4), &next.eta, 32 - 12*(0.5+0.25+0.125)},
		{NewProximalL1(NewLookahead(inner, 1, 1), 4), &inner.eta, 32 - 12*(0.5+0.25+0.125)},
		{NewChain(decayed, NewDecay(1)), &decayed.eta, ((32*0.5-4)*0.75-2)*0.875 - 1},
	} {
		x, g := []float64{32}, []float64{8}
		for _, *c.rate = range []float64{0.5, 0.25, 0.125} {
			c.opt.Step(x, g)
		}
		if x[0] != c.want {
			t.Errorf("%s: %v, want %v", title(c.opt), x[0], c.want)
		}
		if n := allocations(func() { c.opt.Step(x, g) }); n > 0 && !raceEnabled {
			t.Errorf("%s: %d allocations in 100 steps", title(c.opt), n)
		}
	}
	for _, eta := range []float64{-1, nan, inf} {
		bad := func() *nextTeller { return &nextTeller{lastTeller{eta: eta}} }
		want := message(func() { outside("nextTeller", "NextRate()", eta, "[0, +Inf)") })
		checkRefusal(t, NewChain(bad(), newNoise(), NewDecay(1)), want)
		checkRefusal(t, NewProximalL1(bad(), 1), want)
		checkRefusal(t, NewProximalL1(NewLookahead(NewChain(bad(), newNoise()), 1, 1), 1), want)
		checkRefusal(t, Groups{{2, NewSGD(1)}, {3, NewChain(bad(), NewDecay(1))}}, want)
		want = message(func() { outside("lastTeller", "Rate()", eta, "[0, +Inf)") })
		opt := NewProximalL1(&lastTeller{eta: eta}, 1)
		if got := message(func() { opt.Step([]float64{1}, []float64{1}) }); got != want || opt.Steps() != 0 {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestRateOfTheWrapped asks every wrapper, and every wrapper around a wrapper.
func TestRateOfTheWrapped(t *testing.T) {
	for _, outer := range wrappers {
		for _, w := range wrappers {
			s := made(&SGD{LearningRate: 0.5, Schedule: StepDecay(1, 0.5)})
			if w.constructor == "NewSkipNonFinite" && outer.constructor == "NewProximalL1" {
				continue
			}
			opt := outer.make(w.make(s)).(interface {
				Optimizer
				Rate() float64
			})
			for _, want := range []float64{0.5, 0.25} {
				opt.Step([]float64{1}, []float64{1})
				if got := opt.Rate(); got != want {
					t.Errorf("%s: η is %v, want %v", title(opt), got, want)
				}
			}
		}
	}
	if eta := NewAverage(new(stranger)).Rate(); !math.IsNaN(eta) {
		t.Errorf("η of a type without Rate is %v, want NaN", eta)
	}
}

// nested returns opt within every wrapper and within groups.
func nested(opt Optimizer) map[string]Optimizer {
	all := map[string]Optimizer{"Groups": Groups{{0, NewSGD(1)}, {1, nil}, {2, opt}}}
	for _, w := range wrappers {
		if _, last := opt.(interface{ Rate() float64 }); w.constructor != "NewProximalL1" || rated(opt) || ours(opt) == nil && last {
			all[w.constructor] = NewAverage(Groups{{3, w.make(opt)}})
		}
	}
	return all
}

// TestErrOfTheWrapped has an Err deep within, of this package's and of a user's type, also in
// Minimize.
func TestErrOfTheWrapped(t *testing.T) {
	spoil := Elementwise(func(g, _ []float64) { g[0] = nan })
	for around := range nested(NewSkipNonFinite(NewSGD(1), 1)) {
		opt := nested(NewChain(NewSkipNonFinite(NewSGD(1), 2), spoil))[around]
		r, err := Minimize(*bowlProblem(), make([]float64, 3), opt, nil)
		if err == nil || err.Error() != "optim: SkipNonFinite: the last 2 gradients were not finite" || r.Status != optimize.Failure || r.MajorIterations != 1 {
			t.Errorf("%s: %v after %d steps, %v", around, r.Status, r.MajorIterations, err)
		}
	}
	for around, opt := range nested(&lastTeller{err: errFull}) {
		if err := failure(opt); err != errFull {
			t.Errorf("%s: %v, want that of the user's type", around, err)
		}
	}
	if err := NewSkipNonFinite(&lastTeller{err: errFull}, 1).Err(); err != errFull {
		t.Errorf("%v, want that of the user's type", err)
	}
	for around, opt := range nested(NewSGD(1)) {
		if err := failure(opt); err != nil {
			t.Errorf("%s: %v, want none", around, err)
		}
	}
}

// TestResetOfTheWrapped calls a user's Reset, and leaves a type without one as it is.
func TestResetOfTheWrapped(t *testing.T) {
	for around := range nested(new(lastTeller)) {
		user := new(lastTeller)
		Reset(nested(user)[around])
		if user.resets != 1 {
			t.Errorf("%s: Reset was called %d times", around, user.resets)
		}
	}
	none := &noReset{steps: 7}
	for around, opt := range nested(none) {
		Reset(opt)
		if none.steps != 7 {
			t.Errorf("%s: a type without Reset has changed", around)
		}
	}
}

// noReset is a user's type without any optional method.
type noReset struct{ steps int }

func (o *noReset) Step(_, _ []float64) { o.steps++ }

// TestOwnStepOfTheWrapped wraps a user's type that embeds one of this package.
func TestOwnStepOfTheWrapped(t *testing.T) {
	for around := range nested(&loud{SGD: NewSGD(1)}) {
		l := &loud{SGD: NewSGD(0.5)}
		opt := nested(l)[around]
		x := []float64{1, 1, 1}
		opt.Step(x, []float64{1, 1, 1})
		if l.heard != 1 || x[1] != 0.5 {
			t.Errorf("%s: its Step was called %d times, x = %v", around, l.heard, x)
		}
		r, err := Minimize(*bowlProblem(), x, opt, &optimize.Settings{MajorIterations: 3, Converger: optimize.NeverTerminate{}})
		if err != nil || l.heard != 1+r.MajorIterations {
			t.Errorf("%s: its Step was called %d times in Minimize, %v", around, l.heard-1, err)
		}
	}
}

// TestStringsOfWrappers compares the lines of optimizers within others after one step.
func TestStringsOfWrappers(t *testing.T) {
	tail := NewAverage(NewMomentum(0.1, 0.5))
	tail.Start, tail.Every = 2, 3
	for want, opt := range map[string]Optimizer{
		"Chain(SGD(LearningRate 0.1, 1 step), 1 step)": NewChain(NewSGD(0.1)),
		"Chain(ClipNorm(Max 1), L2(0.01), L1(0.02), ClipValue(3), Elementwise, Decay(Lambda 0.5), Noise(Eta 1, 1 step), *optim.watcher, SGD(LearningRate 0.1, 1 step), 1 step)": NewChain(
			NewSGD(0.1), NewClipNorm(1), L2(0.01), L1(0.02), ClipValue(3), Elementwise(func(_, _ []float64) {}), NewDecay(0.5), newNoise(), new(watcher)),
		"Average(Start 2, Every 3, Momentum(LearningRate 0.1, Mu 0.5, 1 step), 1 step)":                     tail,
		"Average(Decay 0.9, *optim.stranger, 1 step)":                                                       NewExponentialAverage(new(stranger), 0.9),
		"Accumulate(K 3, SGD(LearningRate 0.1, 0 steps), 1 step)":                                           NewAccumulate(NewSGD(0.1), 3),
		"Lookahead(K 5, Alpha 0.25, SkipNonFinite(Limit 4, SGD(LearningRate 0.1, 1 step), 1 step), 1 step)": NewLookahead(NewSkipNonFinite(NewSGD(0.1), 4), 5, 0.25),
		"ProximalL1(Lambda 2, SGD(LearningRate 0.1, 1 step), 1 step)":                                       NewProximalL1(NewSGD(0.1), 2),
		"Proximal(Simplex(Sum 1), SGD(LearningRate 0.1, 1 step), 1 step)":                                   NewProximal(NewSGD(0.1), ProxSimplex(1)),
		"Proximal(ProxFunc, SGD(LearningRate 0.1, 1 step), 1 step)":                                         NewProximal(NewSGD(0.1), ProxFunc(func(_ []float64, _ float64) {})),
		"Groups(1: SGD(LearningRate 0.1, 1 step), 4 frozen, 0: Groups())":                                   Groups{{1, NewSGD(0.1)}, {4, nil}, {0, Groups{}}},
	} {
		opt.Step(make([]float64, 5), make([]float64, 5))
		if got := title(opt); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
