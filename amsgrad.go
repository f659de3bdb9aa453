package optim

import "example.com/optim/internal/kernel"

// AMSGrad is [Adam] with the maximum of all v so far in the denominator.
//
//	m ← β₁m + (1−β₁)g
//	v ← β₂v + (1−β₂)g²
//	w ← max(w, v)
//	x ← (1−ηλ)x − η m̂/(√(ŵ+ε_root) + ε),  m̂ = m/(1−β₁ᵗ),  ŵ = w/(1−β₂ᵗ)
//
// This is PyTorch's form: w is the maximum of the uncorrected v, and is corrected afterwards. The
// paper has no bias correction.
//
// State: three vectors. Reference: S. J. Reddi, S. Kale and S. Kumar, On the convergence of Adam
// and beyond, 2018, arXiv:1904.09237.
type AMSGrad struct {
	LearningRate         float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2         float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon, EpsilonRoot float64  // ε ≥ 0 and ε_root ≥ 0; defaults 1e-8 and 0
	WeightDecay          float64  // λ ≥ 0, decoupled; default 0
	Cautious             bool     // moves only the coordinates whose update has the sign of −g: see Adam; default false
	CautiousDecay        bool     // omits the decay where the update has the sign of x: see Adam; default false
	Schedule             Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second           caution
	m, v, w          []float64
	weight1, weight2 float64 // 1−β₁ᵗ and 1−β₂ᵗ
	scaled, c, keep  float64 // η/(1−β₁ᵗ), 1/(1−β₂ᵗ), 1−ηλ
}

// NewAMSGrad returns AMSGrad with the given learning rate.
func NewAMSGrad(rate float64) *AMSGrad {
	return made(&AMSGrad{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
}

// Step implements Optimizer.
func (o *AMSGrad) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *AMSGrad) rate() float64 {
	checkFraction("AMSGrad", "Beta1", o.Beta1)
	checkFraction("AMSGrad", "Beta2", o.Beta2)
	checkNonNegative("AMSGrad", "Epsilon", o.Epsilon)
	checkNonNegative("AMSGrad", "EpsilonRoot", o.EpsilonRoot)
	checkNonNegative("AMSGrad", "WeightDecay", o.WeightDecay)
	return o.scheduled("AMSGrad", o.LearningRate, o.Schedule)
}

func (o *AMSGrad) whole() bool { return o.Cautious || o.CautiousDecay }

func (o *AMSGrad) begin(v vectors) {
	if o.m == nil {
		o.m, o.v, o.w = make([]float64, v.len()), make([]float64, v.len()), make([]float64, v.len())
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.eta/o.weight1, 1/o.weight2
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, o.CautiousDecay)
	}
}

func (o *AMSGrad) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, o.keep)
	} else {
		o.move(lo, x, g)
	}
}

func (o *AMSGrad) move(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.AMSGrad(x, g, o.m[lo:hi], o.v[lo:hi], o.w[lo:hi], o.Beta1, o.Beta2, o.scaled, o.c, o.EpsilonRoot, o.Epsilon, o.keep)
}

func (o *AMSGrad) visit(a *walk) {
	o.visitRule(a, "AMSGrad", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.EpsilonRoot, &o.WeightDecay, &o.Cautious, &o.CautiousDecay)
	a.Vectors(&o.m, &o.v, &o.w)
	a.State(&o.weight1, &o.weight2)
}
