package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// ADOPT divides the gradient by the root of v, a running mean of the squared gradients of the steps
// before. m is a running mean of the quotients. Therefore ADOPT converges for every β₂, while [Adam]
// may diverge.
//
//	t = 1:  v ← g²
//	t > 1:  m ← β₁m + (1−β₁)·clip(g/max(√v, ε)),  v ← β₂v + (1−β₂)g²
//	x ← (1−ηλ)x − ηm
//
// clip limits its argument to [−c, c], with c = t^¼. With Unclipped, c is infinite, as in the first
// version of the rule. m is 0 until step 2, so step 1 changes x by the decay only. There is no bias
// correction. This is the form of the authors' program. PyTorch has no ADOPT.
//
// State: two vectors. Reference: S. Taniguchi and others, ADOPT: modified Adam can converge with
// any β₂ with the optimal rate, 2024, arXiv:2411.02853.
type ADOPT struct {
	LearningRate  float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2  float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.9999
	Epsilon       float64  // ε > 0; default 1e-6
	WeightDecay   float64  // λ ≥ 0, decoupled; default 0
	Unclipped     bool     // omits clip; default false
	Cautious      bool     // moves only the coordinates whose update has the sign of −g: see Adam; default false
	CautiousDecay bool     // omits the decay where the update has the sign of x: see Adam; default false
	Schedule      Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second     caution
	m, v       []float64
	b, c, keep float64 // β₂ and c of this step, 1−ηλ
}

// NewADOPT returns ADOPT with the given learning rate.
func NewADOPT(rate float64) *ADOPT {
	return made(&ADOPT{LearningRate: rate, Beta1: 0.9, Beta2: 0.9999, Epsilon: 1e-6})
}

// Step implements Optimizer.
func (o *ADOPT) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *ADOPT) rate() float64 {
	checkFraction("ADOPT", "Beta1", o.Beta1)
	checkFraction("ADOPT", "Beta2", o.Beta2)
	checkPositive("ADOPT", "Epsilon", o.Epsilon)
	checkNonNegative("ADOPT", "WeightDecay", o.WeightDecay)
	return o.scheduled("ADOPT", o.LearningRate, o.Schedule)
}

func (o *ADOPT) whole() bool { return o.Cautious || o.CautiousDecay }

func (o *ADOPT) begin(v vectors) {
	if o.m == nil {
		o.m, o.v = make([]float64, v.len()), make([]float64, v.len())
	}
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	switch {
	case o.t == 0: // the kernel sets v to g², and m stays 0
		o.b, o.c = 0, 0
	case o.Unclipped:
		o.b, o.c = o.Beta2, inf
	default:
		o.b, o.c = o.Beta2, math.Sqrt(math.Sqrt(float64(o.t+1)))
	}
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, o.CautiousDecay)
	}
}

func (o *ADOPT) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, o.keep)
	} else {
		o.move(lo, x, g)
	}
}

func (o *ADOPT) move(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.ADOPT(x, g, o.m[lo:hi], o.v[lo:hi], o.Beta1, o.b, o.eta, o.Epsilon, o.c, o.keep)
}

func (o *ADOPT) visit(a *walk) {
	o.visitRule(a, "ADOPT", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.WeightDecay, &o.Unclipped, &o.Cautious, &o.CautiousDecay)
	a.Vectors(&o.m, &o.v)
}
