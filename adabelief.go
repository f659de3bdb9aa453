package optim

import "example.com/optim/internal/kernel"

// AdaBelief is Adam that divides by how far the gradient strays from its running
// mean: it takes long steps where gradients agree, and short ones where they do
// not.
//
//	m ← β₁m + (1−β₁)g
//	s ← β₂s + (1−β₂)(g−m)² + ε_root
//	x ← (1−ηλ)x − η m̂/(√ŝ + ε),  m̂ = m/(1−β₁ᵗ),  ŝ = s/(1−β₂ᵗ)
//
// with β₁ = Beta1, β₂ = Beta2, ε = Epsilon, ε_root = EpsilonRoot, λ =
// WeightDecay (decoupled) and η = LearningRate · Schedule(t−1). This is the
// paper's form, with one ε for both, and Optax's: ε stands outside the root and
// after the correction of the bias; ε_root is added to s in every step, and
// remains there, unlike that of Adam. The authors' program also rectifies by
// default, as RAdam does; their paper does not, nor is it done here. PyTorch has
// no AdaBelief.
//
// The first step is that of Adam divided by β₁. While the gradient does not change
// g−m goes to 0, and the steps grow up to η·m̂·√((1−β₂)/ε_root), which is long
// with the defaults: a larger ε_root bounds them. With β₁ = 0 all are as long.
//
// It keeps two vectors. J. Zhuang and others, AdaBelief optimizer: adapting
// stepsizes by the belief in observed gradients, 2020, arXiv:2010.07468.
type AdaBelief struct {
	LearningRate float64  // η, at least 0; 1e-3 is common
	Beta1        float64  // β₁, in [0, 1); default 0.9
	Beta2        float64  // β₂, in [0, 1); default 0.999
	Epsilon      float64  // ε, at least 0; default 1e-16
	EpsilonRoot  float64  // ε_root, at least 0; default 1e-16
	WeightDecay  float64  // λ, decoupled, at least 0; default 0
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	m, s             []float64
	weight1, weight2 float64 // 1−β₁ᵗ and 1−β₂ᵗ
	scaled, c, keep  float64 // η/(1−β₁ᵗ), 1/(1−β₂ᵗ), 1−ηλ
}

// NewAdaBelief returns AdaBelief with the given learning rate.
func NewAdaBelief(rate float64) *AdaBelief {
	return made(&AdaBelief{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-16, EpsilonRoot: 1e-16})
}

// Step implements Optimizer.
func (o *AdaBelief) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *AdaBelief) rate() float64 {
	checkFraction("AdaBelief", "Beta1", o.Beta1)
	checkFraction("AdaBelief", "Beta2", o.Beta2)
	checkNonNegative("AdaBelief", "Epsilon", o.Epsilon)
	checkNonNegative("AdaBelief", "EpsilonRoot", o.EpsilonRoot)
	checkNonNegative("AdaBelief", "WeightDecay", o.WeightDecay)
	return o.scheduled("AdaBelief", o.LearningRate, o.Schedule)
}

func (o *AdaBelief) begin(x, _ []float64) {
	if o.m == nil {
		o.m, o.s = make([]float64, len(x)), make([]float64, len(x))
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.eta/o.weight1, 1/o.weight2
	o.keep = 1 - float64(o.eta*o.WeightDecay)
}

func (o *AdaBelief) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.AdaBelief(x, g, o.m[lo:hi], o.s[lo:hi], o.Beta1, o.Beta2, o.scaled, o.c, o.EpsilonRoot, o.Epsilon, o.keep)
}

func (o *AdaBelief) visit(a *walk) {
	a.Type("AdaBelief", 1)
	a.Settings(&o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.EpsilonRoot, &o.WeightDecay)
	o.visitDriver(a)
	a.Vectors(&o.m, &o.s)
	a.State(&o.weight1, &o.weight2)
}
