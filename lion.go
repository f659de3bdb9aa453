package optim

import "example.com/optim/internal/kernel"

// Lion moves every coordinate by η against the sign of a running mean of the gradient.
//
//	x ← (1−ηλ)x − η·sign(β₁m + (1−β₁)g)
//	m ← β₂m + (1−β₂)g
//
// The sign of 0 is 0. Common values of η are 3 to 10 times smaller than for [Adam]. Common values of
// λ are 3 to 10 times larger than for AdamW.
//
// State: one vector. Reference: X. Chen and others, Symbolic discovery of optimization algorithms,
// 2023, arXiv:2302.06675.
type Lion struct {
	LearningRate  float64  // η ≥ 0; 1e-4 is common
	Beta1, Beta2  float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.99
	WeightDecay   float64  // λ ≥ 0, decoupled; default 0
	Cautious      bool     // moves only the coordinates whose update has the sign of −g: see Adam; default false
	CautiousDecay bool     // omits the decay where the update has the sign of x: see Adam; default false
	Schedule      Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second caution
	m      []float64
	keep   float64 // 1−ηλ
}

// NewLion returns Lion with the given learning rate.
func NewLion(rate float64) *Lion { return made(&Lion{LearningRate: rate, Beta1: 0.9, Beta2: 0.99}) }

// Step implements Optimizer.
func (o *Lion) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Lion) rate() float64 {
	checkFraction("Lion", "Beta1", o.Beta1)
	checkFraction("Lion", "Beta2", o.Beta2)
	checkNonNegative("Lion", "WeightDecay", o.WeightDecay)
	return o.scheduled("Lion", o.LearningRate, o.Schedule)
}

func (o *Lion) whole() bool { return o.Cautious || o.CautiousDecay }

func (o *Lion) begin(v vectors) {
	if o.m == nil {
		o.m = make([]float64, v.len())
	}
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, o.CautiousDecay)
	}
}

func (o *Lion) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, o.keep)
	} else {
		o.move(lo, x, g)
	}
}

func (o *Lion) move(lo int, x, g []float64) {
	kernel.Lion(x, g, o.m[lo:lo+len(x)], o.Beta1, o.Beta2, o.eta, o.keep)
}

func (o *Lion) visit(a *walk) {
	o.visitRule(a, "Lion", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.WeightDecay, &o.Cautious, &o.CautiousDecay)
	a.Vectors(&o.m)
}
