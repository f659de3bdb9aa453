package optim

import "testing"

func TestDecay(t *testing.T) {
	half := NewSGD(0.5)
	half.Schedule = StepDecay(1, 0.5) // η = 1/2, then 1/4
	wantSteps(t, NewChain(half, NewDecay(0.5)), 2, []float64{16}, []float64{0}, []float64{16 * 0.75 * 0.875})
	wantSteps(t, NewChain(NewSGD(0.5), NewDecay(1)), 1, []float64{4}, []float64{1}, []float64{1.5})
	// In front of a rule that needs the whole gradient before, a Lookahead and an Average.
	wantSteps(t, NewChain(NewLookahead(NewAverage(NewSGD(0.5)), 1, 1), NewDecay(1)), 1, []float64{4}, []float64{1}, []float64{1.5})
	wantSteps(t, NewChain(NewChain(NewSGD(0.5), NewDecay(1)), NewClipNorm(1)), 1, []float64{4}, []float64{2}, []float64{1.5})
}

// TestDecayBeforeAccumulate decays in the calls that step, and in no other.
func TestDecayBeforeAccumulate(t *testing.T) {
	acc := NewAccumulate(NewSGD(0.5), 3)
	opt := NewChain(acc, NewDecay(1))
	x := []float64{16}
	for i, want := range []float64{16, 16, 8, 8, 8, 4, 4} {
		opt.Step(x, []float64{0})
		if x[0] != want {
			t.Errorf("after call %d x = %v, want %v", i+1, x[0], want)
		}
	}
	acc.Flush(x)
	if x[0] != 4 {
		t.Errorf("Flush decayed to %v", x[0])
	}
}

// mine is a transform of the user's that embeds a Decay.
type mine struct{ *Decay }

func TestDecayRefuses(t *testing.T) {
	const needs = "optim: NewChain: Decay needs the learning rate of the coming step, but "
	const method = " does not have it; a user's type needs a method NextRate"
	used := NewDecay(1)
	NewChain(NewSGD(1), used)
	twice := NewDecay(1)
	for _, c := range []struct {
		f    func()
		want string
	}{
		{func() { NewChain(Groups{}, NewDecay(1)) }, needs + "optim.Groups" + method},
		{func() { NewChain(new(stranger), NewDecay(1)) }, needs + "*optim.stranger" + method},
		{func() { NewChain(NewLookahead(new(stranger), 1, 1), NewDecay(1)) }, needs + "*optim.Lookahead" + method},
		{func() { NewChain(NewAverage(NewSkipNonFinite(NewSGD(1), 1)), NewDecay(1)) }, needs + "*optim.Average" + method},
		{func() { NewChain(&loud{SGD: NewSGD(1)}, NewDecay(1)) }, needs + "*optim.loud" + method},
		{func() { NewChain(&lastTeller{}, NewDecay(1)) }, needs + "*optim.lastTeller" + method},
		{func() { NewChain(NewSGD(1), used) }, "optim: NewChain: the Decay is in a chain already, want one for each chain"},
		{func() { NewChain(NewSGD(1), twice, twice) }, "optim: NewChain: the Decay is in a chain already, want one for each chain"},
		{func() { NewChain(NewSGD(1), mine{NewDecay(1)}).Step([]float64{1}, []float64{1}) },
			"optim: Decay: the learning rate is not known; pass the Decay itself to NewChain"},
	} {
		if got := message(c.f); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
