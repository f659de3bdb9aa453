package optim

import "example.com/optim/internal/kernel"

// Adan is [Adam] with Nesterov momentum. The momentum is computed from differences of successive
// gradients, so Adan needs no gradient at a second point.
//
//	d = g − p,  p is the gradient of the step before (first step: d = 0)
//	m ← β₁m + (1−β₁)g
//	u ← β₂u + (1−β₂)d
//	v ← β₃v + (1−β₃)(g + β₂d)²
//	x ← (1−ηλ)x − η(m̂ + β₂û)/(√v̂ + ε),  m̂ = m/(1−β₁ᵗ),  û = u/(1−β₂ᵗ),  v̂ = v/(1−β₃ᵗ)
//
// The paper writes 1−β in the place of β, and divides x by 1+ηλ after the step, in the place of
// (1−ηλ)x. Here the decay is as in AdamW.
//
// State: four vectors. Reference: X. Xie and others, Adan: adaptive Nesterov momentum algorithm for
// faster optimizing deep models, 2022, arXiv:2208.06677.
type Adan struct {
	LearningRate        float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2, Beta3 float64  // β₁, β₂ and β₃ in [0, 1); defaults 0.98, 0.92 and 0.99
	Epsilon             float64  // ε ≥ 0; default 1e-8
	WeightDecay         float64  // λ ≥ 0, decoupled; default 0
	Schedule            Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	p, m, u, v                []float64
	weight1, weight2, weight3 float64 // 1−β₁ᵗ, 1−β₂ᵗ and 1−β₃ᵗ
	scaled, b, c, keep        float64 // η/(1−β₁ᵗ), ηβ₂/(1−β₂ᵗ), 1/(1−β₃ᵗ), 1−ηλ
}

// NewAdan returns Adan with the given learning rate.
func NewAdan(rate float64) *Adan {
	return made(&Adan{LearningRate: rate, Beta1: 0.98, Beta2: 0.92, Beta3: 0.99, Epsilon: 1e-8})
}

// Step implements Optimizer.
func (o *Adan) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Adan) rate() float64 {
	checkFraction("Adan", "Beta1", o.Beta1)
	checkFraction("Adan", "Beta2", o.Beta2)
	checkFraction("Adan", "Beta3", o.Beta3)
	checkNonNegative("Adan", "Epsilon", o.Epsilon)
	checkNonNegative("Adan", "WeightDecay", o.WeightDecay)
	return o.scheduled("Adan", o.LearningRate, o.Schedule)
}

func (o *Adan) begin(v vectors) {
	if o.m == nil {
		o.p, o.m, o.u, o.v = make([]float64, v.len()), make([]float64, v.len()), make([]float64, v.len()), make([]float64, v.len())
	}
	o.weight1, o.weight2, o.weight3 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2), weight(o.weight3, o.Beta3)
	o.scaled, o.b, o.c = o.eta/o.weight1, o.eta*o.Beta2/o.weight2, 1/o.weight3
	o.keep = 1 - float64(o.eta*o.WeightDecay)
}

func (o *Adan) update(lo int, x, g []float64) {
	hi := lo + len(x)
	if o.t == 1 {
		copy(o.p[lo:hi], g)
	}
	kernel.Adan(x, g, o.p[lo:hi], o.m[lo:hi], o.u[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.Beta3, o.scaled, o.b, o.c, o.Epsilon, o.keep)
}

func (o *Adan) visit(a *walk) {
	o.visitRule(a, "Adan", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Beta3, &o.Epsilon, &o.WeightDecay)
	a.Vectors(&o.p, &o.m, &o.u, &o.v)
	a.State(&o.weight1, &o.weight2, &o.weight3)
}
