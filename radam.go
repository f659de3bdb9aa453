package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// RAdam is [Adam] whose first steps have no denominator, until the variance of the denominator is
// bounded.
//
//	m ← β₁m + (1−β₁)g
//	v ← β₂v + (1−β₂)g²
//	ρ_t > 5:    x ← (1−ηλ)x − η m̂ r_t √(1−β₂ᵗ)/(√(v+ε_root) + ε)
//	otherwise:  x ← (1−ηλ)x − η m̂
//	m̂ = m/(1−β₁ᵗ),  ρ∞ = 2/(1−β₂) − 1,  ρ_t = ρ∞ − 2tβ₂ᵗ/(1−β₂ᵗ)
//	r_t = √((ρ_t−4)(ρ_t−2)ρ∞/((ρ∞−4)(ρ∞−2)ρ_t))
//
// This is PyTorch's form: ε is added before the bias correction, and the threshold is 5 (4 in the
// paper). With the default β₂ the first five steps are those of gradient descent with momentum.
// With β₂ ≤ 2/3 all steps are of this kind.
//
// State: two vectors. Reference: L. Liu and others, On the variance of the adaptive learning rate
// and beyond, 2019, arXiv:1908.03265.
type RAdam struct {
	LearningRate         float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2         float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon, EpsilonRoot float64  // ε ≥ 0 and ε_root ≥ 0; defaults 1e-8 and 0
	WeightDecay          float64  // λ ≥ 0, decoupled; default 0
	Cautious             bool     // moves only the coordinates whose update has the sign of −g: see Adam; default false
	CautiousDecay        bool     // omits the decay where the update has the sign of x: see Adam; default false
	Schedule             Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second           caution
	m, v             []float64
	weight1, weight2 float64 // 1−β₁ᵗ and 1−β₂ᵗ
	scaled, keep     float64 // the factor of m and 1−ηλ
	rectified        bool    // ρ_t > 5
}

// NewRAdam returns RAdam with the given learning rate.
func NewRAdam(rate float64) *RAdam {
	return made(&RAdam{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
}

// Step implements Optimizer.
func (o *RAdam) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *RAdam) rate() float64 {
	checkFraction("RAdam", "Beta1", o.Beta1)
	checkFraction("RAdam", "Beta2", o.Beta2)
	checkNonNegative("RAdam", "Epsilon", o.Epsilon)
	checkNonNegative("RAdam", "EpsilonRoot", o.EpsilonRoot)
	checkNonNegative("RAdam", "WeightDecay", o.WeightDecay)
	return o.scheduled("RAdam", o.LearningRate, o.Schedule)
}

func (o *RAdam) whole() bool { return o.Cautious || o.CautiousDecay }

func (o *RAdam) begin(v vectors) {
	if o.m == nil {
		o.m, o.v = make([]float64, v.len()), make([]float64, v.len())
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled = o.eta / o.weight1
	o.keep = 1 - float64(o.eta*o.WeightDecay)

	t := float64(o.t + 1)
	limit := 2/(1-o.Beta2) - 1
	rho := limit - 2*t*(1-o.weight2)/o.weight2
	o.rectified = rho > 5
	if o.rectified {
		o.scaled *= math.Sqrt((rho-4)*(rho-2)*limit/((limit-4)*(limit-2)*rho)) * math.Sqrt(o.weight2)
	}
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, o.CautiousDecay)
	}
}

func (o *RAdam) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, o.keep)
	} else {
		o.move(lo, x, g)
	}
}

func (o *RAdam) move(lo int, x, g []float64) {
	hi := lo + len(x)
	m, v := o.m[lo:hi], o.v[lo:hi]
	if o.rectified {
		kernel.Adam(x, g, m, v, o.Beta1, o.Beta2, o.scaled, 1, o.EpsilonRoot, o.Epsilon, o.keep)
	} else {
		kernel.RAdamWarm(x, g, m, v, o.Beta1, o.Beta2, o.scaled, o.keep)
	}
}

func (o *RAdam) visit(a *walk) {
	o.visitRule(a, "RAdam", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.EpsilonRoot, &o.WeightDecay, &o.Cautious, &o.CautiousDecay)
	a.Vectors(&o.m, &o.v)
	a.State(&o.weight1, &o.weight2)
}
