package optim

import "example.com/optim/internal/kernel"

// AdaBelief is [Adam] with the square of g−m instead of that of g. It takes longer steps where
// successive gradients agree.
//
//	m ← β₁m + (1−β₁)g
//	s ← β₂s + (1−β₂)(g−m)² + ε_root
//	x ← (1−ηλ)x − η m̂/(√ŝ + ε),  m̂ = m/(1−β₁ᵗ),  ŝ = s/(1−β₂ᵗ)
//
// This is the form of Optax and of the paper. The paper has one ε for both. ε is outside the root
// and is added after the bias correction. Every step adds ε_root to s, unlike in Adam. The authors'
// program rectifies by default, as [RAdam] does. The paper and this package do not. PyTorch has no
// AdaBelief.
//
// The first step is that of Adam divided by β₁. While the gradient is constant, g−m goes to 0 and
// the steps grow up to η·m̂·√((1−β₂)/ε_root). This bound is large with the default ε_root; a larger
// ε_root lowers it. With β₁ = 0 every step has that length.
//
// State: two vectors. Reference: J. Zhuang and others, AdaBelief optimizer: adapting stepsizes by
// the belief in observed gradients, 2020, arXiv:2010.07468.
type AdaBelief struct {
	LearningRate         float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2         float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon, EpsilonRoot float64  // ε ≥ 0 and ε_root ≥ 0; defaults 1e-16 and 1e-16
	WeightDecay          float64  // λ ≥ 0, decoupled; default 0
	Cautious             bool     // moves only the coordinates whose update has the sign of −g: see Adam; default false
	CautiousDecay        bool     // omits the decay where the update has the sign of x: see Adam; default false
	Schedule             Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second           caution
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

func (o *AdaBelief) whole() bool { return o.Cautious || o.CautiousDecay }

func (o *AdaBelief) begin(v vectors) {
	if o.m == nil {
		o.m, o.s = make([]float64, v.len()), make([]float64, v.len())
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.eta/o.weight1, 1/o.weight2
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, o.CautiousDecay)
	}
}

func (o *AdaBelief) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, o.keep)
	} else {
		o.move(lo, x, g)
	}
}

func (o *AdaBelief) move(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.AdaBelief(x, g, o.m[lo:hi], o.s[lo:hi], o.Beta1, o.Beta2, o.scaled, o.c, o.EpsilonRoot, o.Epsilon, o.keep)
}

func (o *AdaBelief) visit(a *walk) {
	o.visitRule(a, "AdaBelief", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.EpsilonRoot, &o.WeightDecay, &o.Cautious, &o.CautiousDecay)
	a.Vectors(&o.m, &o.s)
	a.State(&o.weight1, &o.weight2)
}
