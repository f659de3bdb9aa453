package optim

import (
	"example.com/optim/internal/kernel"
	"example.com/optim/internal/portable"
)

// NAdam is [Adam] with Nesterov momentum.
//
//	m ← β₁m + (1−β₁)g
//	v ← β₂v + (1−β₂)g²
//	x ← x − η[(1−μ_t)/(1−M_t)·g + μ_{t+1}/(1−M_{t+1})·m]/(√v̂ + ε)
//	μ_t = β₁(1 − ½·0.96^(tψ)),  M_t = μ₁μ₂⋯μ_t,  v̂ = v/(1−β₂ᵗ)
//
// This is the rule of the paper and of PyTorch 2.0. PyTorch 1.13 differs by an error, which PyTorch
// 2.0 corrects. NAdam with decoupled decay, NAdamW, is NewChain(NewNAdam(η), NewDecay(λ)).
//
// State: two vectors. Reference: T. Dozat, Incorporating Nesterov momentum into Adam, 2016,
// https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ.
type NAdam struct {
	LearningRate  float64  // η ≥ 0; 2e-3 is common
	Beta1, Beta2  float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon       float64  // ε ≥ 0; default 1e-8
	MomentumDecay float64  // ψ ≥ 0; default 4e-3
	Cautious      bool     // moves only the coordinates whose update has the sign of −g: see Adam; default false
	Schedule      Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second           caution
	m, v             []float64
	warmth           float64 // 0.96^(tψ)
	psi, ratio       float64 // ψ of the last step and 0.96^ψ
	weight1, weight2 float64 // 1−M_t and 1−β₂ᵗ
	a, b, c          float64 // factors of g, of m and of v
}

// NewNAdam returns NAdam with the given learning rate.
func NewNAdam(rate float64) *NAdam {
	return made(&NAdam{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, MomentumDecay: 4e-3})
}

// Step implements Optimizer.
func (o *NAdam) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *NAdam) rate() float64 {
	checkFraction("NAdam", "Beta1", o.Beta1)
	checkFraction("NAdam", "Beta2", o.Beta2)
	checkNonNegative("NAdam", "Epsilon", o.Epsilon)
	checkNonNegative("NAdam", "MomentumDecay", o.MomentumDecay)
	return o.scheduled("NAdam", o.LearningRate, o.Schedule)
}

func (o *NAdam) whole() bool { return o.Cautious }

func (o *NAdam) begin(v vectors) {
	if o.m == nil {
		o.m, o.v = make([]float64, v.len()), make([]float64, v.len())
		o.warmth = 1
	}
	if o.t == 0 || o.psi != o.MomentumDecay {
		o.psi, o.ratio = o.MomentumDecay, portable.Pow(0.96, o.MomentumDecay)
	}
	o.warmth *= o.ratio
	mu := o.momentum(o.warmth)
	next := o.momentum(o.warmth * o.ratio)
	o.weight1, o.weight2 = weight(o.weight1, mu), weight(o.weight2, o.Beta2)
	o.a = o.eta * (1 - mu) / o.weight1
	o.b = o.eta * next / weight(o.weight1, next)
	o.c = 1 / o.weight2
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, false)
	}
}

// momentum returns μ_t for warmth = 0.96^(tψ).
func (o *NAdam) momentum(warmth float64) float64 {
	return float64(o.Beta1 * (1 - float64(0.5*warmth)))
}

func (o *NAdam) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, 1)
	} else {
		o.move(lo, x, g)
	}
}

func (o *NAdam) move(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.NAdam(x, g, o.m[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.a, o.b, o.c, o.Epsilon)
}

func (o *NAdam) visit(a *walk) {
	o.visitRule(a, "NAdam", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.MomentumDecay, &o.Cautious)
	a.Vectors(&o.m, &o.v)
	a.State(&o.warmth, &o.psi, &o.ratio, &o.weight1, &o.weight2)
}
