package optim

import (
	"math"
	"testing"
)

// wantSteps takes steps from x with the gradient g, and compares the result.
func wantSteps(t *testing.T, opt Optimizer, steps int, x, g, want []float64) {
	t.Helper()
	for range steps {
		opt.Step(x, g)
	}
	for i := range x {
		if x[i] != want[i] && !(math.IsNaN(x[i]) && math.IsNaN(want[i])) {
			t.Errorf("%s: %v, want %v", title(opt), x, want)
			break
		}
	}
}

func TestL2(t *testing.T) {
	g := []float64{1, -2, 0}
	L2(0.5).Apply(0, g, []float64{4, 6, math.Inf(1)})
	if !sameBits(g, []float64{3, 1, math.Inf(1)}) {
		t.Errorf("g = %v", g)
	}
}

func TestL1(t *testing.T) {
	wantSteps(t, NewChain(NewSGD(1), L1(0.5)), 1, []float64{3, -3, 0}, []float64{0, 0, 1}, []float64{2.5, -2.5, -1})
}

func TestElementwise(t *testing.T) {
	wantSteps(t, NewChain(NewSGD(1), Elementwise(func(g, x []float64) {
		for i := range g {
			g[i] += 10 * x[i]
		}
	})), 1, []float64{1, 2}, []float64{1, 1}, []float64{-10, -19})
}

func TestOrderOfTransforms(t *testing.T) {
	wantSteps(t, NewChain(NewSGD(1), L2(1), ClipValue(1)), 1, []float64{4}, []float64{0.5}, []float64{3})
	wantSteps(t, NewChain(NewSGD(1), ClipValue(1), L2(1)), 1, []float64{4}, []float64{0.5}, []float64{-0.5})
}

// TestNeutralCorners has parameters and gradients that a product with 0, or the sum with 0,
// changes.
func TestNeutralCorners(t *testing.T) {
	for _, opt := range []Optimizer{
		NewProximalL1(NewSGD(0), 0),
		NewChain(NewSGD(0.5), L2(0)),
		NewChain(NewSGD(0.5), L1(0)),
	} {
		zero := math.Copysign(0, -1)
		x := []float64{zero, inf, -inf}
		opt.Step(x, make([]float64, 3))
		if !sameBits(x, []float64{zero, inf, -inf}) {
			t.Errorf("%s: %v", title(opt), x)
		}
	}
	for _, neutral := range []Transform{L1(0), L2(0), NewNoise(0, seeded())} {
		x, g, want := make([]float64, 64), make([]float64, 64), make([]float64, 64)
		fill(x, 1)
		fill(g, math.Copysign(0, -1))
		fill(want, math.Copysign(0, -1))
		x[0] = nan
		neutral.Begin(x, g)
		neutral.Apply(0, g, x)
		if !sameBits(g, want) {
			t.Errorf("%s: a gradient of −0 became %v", title(neutral), g)
		}
	}
}

// TestBeginChecks calls Begin without a Chain, as a user's transform may do that holds one.
func TestBeginChecks(t *testing.T) {
	slow := newNoise()
	slow.Gamma = inf
	for want, tr := range map[string]Transform{
		"optim: L2.λ = -1, want [0, +Inf)":                                                L2(-1),
		"optim: L1.λ = NaN, want [0, +Inf)":                                               L1(nan),
		"optim: ClipValue.c = +Inf, want [0, +Inf)":                                       ClipValue(inf),
		"optim: ClipNorm.Max = -2, want [0, +Inf)":                                        NewClipNorm(-2),
		"optim: Noise.Eta = -1, want [0, +Inf)":                                           NewNoise(-1, seeded()),
		"optim: Noise.Gamma = +Inf, want [0, +Inf)":                                       slow,
		"optim: Noise: use NewNoise":                                                      new(Noise),
		"optim: Decay.Lambda = NaN, want [0, +Inf)":                                       NewChain(NewSGD(1), NewDecay(nan)).before[0],
		"optim: Decay: the learning rate is not known; pass the Decay itself to NewChain": NewDecay(1),
	} {
		if got := message(func() { tr.Begin([]float64{1}, []float64{1}) }); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
