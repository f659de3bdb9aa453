package optim

import "example.com/optim/internal/kernel"

// AdaMax is [Adam] with a decaying maximum of |g| instead of the root of the mean of g².
//
//	m ← β₁m + (1−β₁)g
//	u ← max(β₂u, |g|+ε)
//	x ← x − η/(1−β₁ᵗ) · m/u
//
// This is PyTorch's form. The paper has no ε, and divides 0 by 0 where all gradients were 0.
// AdaMax with decoupled decay, AdaMaxW, is NewChain(NewAdaMax(η), NewDecay(λ)).
//
// State: two vectors. Reference: D. P. Kingma and J. Ba, Adam: a method for stochastic
// optimization, 2014, section 7.1, arXiv:1412.6980.
type AdaMax struct {
	LearningRate float64  // η ≥ 0; 2e-3 is common
	Beta1, Beta2 float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon      float64  // ε ≥ 0; default 1e-8
	Cautious     bool     // moves only the coordinates whose update has the sign of −g: see Adam; default false
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second  caution
	m, u    []float64
	weight1 float64 // 1−β₁ᵗ
	scaled  float64 // η/(1−β₁ᵗ)
}

// NewAdaMax returns AdaMax with the given learning rate.
func NewAdaMax(rate float64) *AdaMax {
	return made(&AdaMax{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
}

// Step implements Optimizer.
func (o *AdaMax) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *AdaMax) rate() float64 {
	checkFraction("AdaMax", "Beta1", o.Beta1)
	checkFraction("AdaMax", "Beta2", o.Beta2)
	checkNonNegative("AdaMax", "Epsilon", o.Epsilon)
	return o.scheduled("AdaMax", o.LearningRate, o.Schedule)
}

func (o *AdaMax) whole() bool { return o.Cautious }

func (o *AdaMax) begin(v vectors) {
	if o.m == nil {
		o.m, o.u = make([]float64, v.len()), make([]float64, v.len())
	}
	o.weight1 = weight(o.weight1, o.Beta1)
	o.scaled = o.eta / o.weight1
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, false)
	}
}

func (o *AdaMax) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, 1)
	} else {
		o.move(lo, x, g)
	}
}

func (o *AdaMax) move(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.AdaMax(x, g, o.m[lo:hi], o.u[lo:hi], o.Beta1, o.Beta2, o.scaled, o.Epsilon)
}

func (o *AdaMax) visit(a *walk) {
	o.visitRule(a, "AdaMax", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.Cautious)
	a.Vectors(&o.m, &o.u)
	a.State(&o.weight1)
}
