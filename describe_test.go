package optim

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestString(t *testing.T) {
	b := newBowl(1000)
	stepped := func(opt Optimizer, steps int) Optimizer {
		b.run(opt, steps)
		return opt
	}
	adam := NewAdam(0.001)
	adam.Beta1, adam.EpsilonRoot, adam.Schedule = 0.95, 1e-8, Constant(1)
	nesterov := NewNesterov(0.1, 0.9)
	nesterov.Convex = true
	average := NewExponentialAverage(NewSGD(0.5), 0.9)
	average.Start = 3
	lbfgs := NewLBFGS(3)
	lbfgs.Problem = bowlProblem()
	bounded := NewLBFGS(3)
	bounded.Lower = make([]float64, 1000)
	coordinate := NewCoordinateDescent(Cyclic)
	coordinate.Lipschitz = make([]float64, 1000)
	clip := NewClipNorm(2)
	plateau := NewPlateau(0.5, 3)
	plateau.Cooldown = 2
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		v    any
		want string
	}{
		{NewSGD(0.5), "SGD(LearningRate 0.5, 0 steps)"},
		{stepped(NewSGD(0), 1), "SGD(LearningRate 0, 1 step)"},
		{stepped(NewMomentum(0.1, 0.9), 2), "Momentum(LearningRate 0.1, Mu 0.9, 2 steps)"},
		{NewMomentum(0.1, 0), "Momentum(LearningRate 0.1, 0 steps)"},
		{stepped(nesterov, 3), "Nesterov(LearningRate 0.1, Mu 0.9, Convex true, 3 steps)"},
		{stepped(NewAdam(0.001), 12), "Adam(LearningRate 0.001, 12 steps)"},
		{NewAdamW(0.001, 0.01), "Adam(LearningRate 0.001, WeightDecay 0.01, 0 steps)"},
		{adam, "Adam(LearningRate 0.001, Beta1 0.95, EpsilonRoot 1e-08, Schedule, 0 steps)"},
		{stepped(NewAdaBelief(0.1), 5), "AdaBelief(LearningRate 0.1, 5 steps)"},
		{NewRprop(0.01), "Rprop(LearningRate 0.01, 0 steps)"},
		{stepped(NewScheduleFreeAdamW(0.1, 0), 4), "ScheduleFreeAdamW(LearningRate 0.1, 4 steps)"},
		{stepped(average, 4), "Average(Decay 0.9, Start 3, SGD(LearningRate 0.5, 4 steps), 4 steps)"},
		{stepped(NewAccumulate(NewSGD(0.5), 2), 4), "Accumulate(K 2, SGD(LearningRate 0.5, 2 steps), 4 steps)"},
		{stepped(NewChain(NewSGD(0.5), clip, L2(1e-4)), 1), "Chain(ClipNorm(Max 2), L2(0.0001), SGD(LearningRate 0.5, 1 step), 1 step)"},
		{Groups{{2, NewSGD(0.5)}, {1, NewAdam(1)}}, "Groups(2: SGD(LearningRate 0.5, 0 steps), 1: Adam(LearningRate 1, 0 steps))"},
		{NewMuon(0.1, 2, 3), "Muon(LearningRate 0.1, 2×3, 0 steps)"},
		{stepped(lbfgs, 2), "LBFGS(LearningRate 1, Problem, 2 steps)"},
		{stepped(bounded, 2), "LBFGS(LearningRate 1, 1000 Lower, 2 steps)"},
		{NewCoordinateDescent(Cyclic), "CoordinateDescent(LearningRate 1, 0 steps)"},
		{coordinate, "CoordinateDescent(LearningRate 1, 1000 Lipschitz, 0 steps)"},
		{NewMiniBatch(FiniteSum{N: 9}, 3, rng), "MiniBatch(Size 3, 0 evaluations)"},
		{plateau, "Plateau(Factor 0.5, Patience 3, Cooldown 2, now 1)"},
	} {
		if got := fmt.Sprint(c.v); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// TestStringIsShort prints every row after steps on many parameters.
func TestStringIsShort(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		newBowl(64).run(opt, 7)
		for _, verb := range []string{"%v", "%+v", "%s"} {
			if text := fmt.Sprintf(verb, opt); len(text) > 400 {
				t.Errorf("%s: %s prints %d bytes", row.name, verb, len(text))
			}
		}
	}
}
