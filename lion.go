package optim

import "example.com/optim/internal/kernel"

// Lion moves every coordinate by η, in the direction of the sign of a running
// mean.
//
//	x ← (1−ηλ)x − η·sign(β₁m + (1−β₁)g)
//	m ← β₂m + (1−β₂)g
//
// with β₁ = Beta1, β₂ = Beta2, λ = WeightDecay and η = LearningRate ·
// Schedule(t−1). The sign of 0 is 0. All coordinates take steps of the same
// length: rates are 3 to 10 times smaller than Adam's, and λ as much larger.
//
// It keeps one vector. X. Chen and others, Symbolic discovery of optimization
// algorithms, 2023, arXiv:2302.06675.
type Lion struct {
	LearningRate float64  // η, at least 0; 1e-4 is common
	Beta1        float64  // β₁, in [0, 1); default 0.9
	Beta2        float64  // β₂, in [0, 1); default 0.99
	WeightDecay  float64  // λ, decoupled, at least 0; default 0
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	m    []float64
	keep float64 // 1−ηλ
}

// NewLion returns Lion with the given learning rate.
func NewLion(rate float64) *Lion {
	return made(&Lion{LearningRate: rate, Beta1: 0.9, Beta2: 0.99})
}

// Step implements Optimizer.
func (o *Lion) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Lion) rate() float64 {
	checkFraction("Lion", "Beta1", o.Beta1)
	checkFraction("Lion", "Beta2", o.Beta2)
	checkNonNegative("Lion", "WeightDecay", o.WeightDecay)
	return o.scheduled("Lion", o.LearningRate, o.Schedule)
}

func (o *Lion) begin(x, _ []float64) {
	if o.m == nil {
		o.m = make([]float64, len(x))
	}
	o.keep = 1 - float64(o.eta*o.WeightDecay)
}

func (o *Lion) update(lo int, x, g []float64) {
	kernel.Lion(x, g, o.m[lo:lo+len(x)], o.Beta1, o.Beta2, o.eta, o.keep)
}

func (o *Lion) visit(a *walk) {
	a.Type("Lion", 1)
	a.Settings(&o.LearningRate, &o.Beta1, &o.Beta2, &o.WeightDecay)
	o.visitDriver(a)
	a.Vectors(&o.m)
}
