package optim

import "example.com/optim/internal/kernel"

// RMSProp divides the gradient by the root of a running mean of its square.
//
//	s ← βs + (1−β)g²
//	d = g/(√(s+ε_root) + ε)
//	x ← x − ηd                     (Mu = 0)
//	b ← μb + d;  x ← x − ηb        (Mu > 0)
//
// With Centered, m ← βm + (1−β)g is the running mean of the gradient, and the variance s−m²
// replaces s in d. Rounding can make s−m² negative. RMSProp then takes 0, and PyTorch computes NaN.
//
// This is PyTorch's form: ε is outside the root, and η is outside the buffer b. There is no bias
// correction, so the first steps are long: in step 1 each coordinate moves by about η/√(1−β), which
// is 10η by default. Some texts print the update with a plus sign, which ascends.
//
// State: one vector, one more if Mu > 0, and one more if Centered. References: T. Tieleman and G.
// Hinton, Neural networks for machine learning, lecture 6.5, 2012; A. Graves, Generating sequences
// with recurrent neural networks, 2013, arXiv:1308.0850 (the centred form).
type RMSProp struct {
	LearningRate         float64  // η ≥ 0; 0.01 is common
	Beta                 float64  // β in [0, 1); default 0.99
	Epsilon, EpsilonRoot float64  // ε ≥ 0 and ε_root ≥ 0; defaults 1e-8 and 0
	Mu                   float64  // μ in [0, 1); default 0
	Centered             bool     // divides by the standard deviation; default false
	Schedule             Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	s, m, b []float64
}

// NewRMSProp returns RMSProp with the given learning rate.
func NewRMSProp(rate float64) *RMSProp {
	return made(&RMSProp{LearningRate: rate, Beta: 0.99, Epsilon: 1e-8})
}

// Step implements Optimizer.
func (o *RMSProp) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *RMSProp) rate() float64 {
	checkFraction("RMSProp", "Beta", o.Beta)
	checkFraction("RMSProp", "Mu", o.Mu)
	checkNonNegative("RMSProp", "Epsilon", o.Epsilon)
	checkNonNegative("RMSProp", "EpsilonRoot", o.EpsilonRoot)
	return o.scheduled("RMSProp", o.LearningRate, o.Schedule)
}

func (o *RMSProp) begin(v vectors) {
	if o.s == nil {
		o.s = make([]float64, v.len())
	}
	if o.m == nil && o.Centered {
		o.m = make([]float64, v.len())
	}
	if o.b == nil && o.Mu > 0 {
		o.b = make([]float64, v.len())
	}
}

func (o *RMSProp) update(lo int, x, g []float64) {
	hi := lo + len(x)
	s := o.s[lo:hi]
	switch {
	case o.Centered && o.Mu > 0:
		kernel.RMSPropCenteredMomentum(x, g, s, o.m[lo:hi], o.b[lo:hi], o.Beta, o.Mu, o.eta, o.EpsilonRoot, o.Epsilon)
	case o.Centered:
		kernel.RMSPropCentered(x, g, s, o.m[lo:hi], o.Beta, o.eta, o.EpsilonRoot, o.Epsilon)
	case o.Mu > 0:
		kernel.RMSPropMomentum(x, g, s, o.b[lo:hi], o.Beta, o.Mu, o.eta, o.EpsilonRoot, o.Epsilon)
	default:
		kernel.RMSProp(x, g, s, o.Beta, o.eta, o.EpsilonRoot, o.Epsilon)
	}
}

func (o *RMSProp) visit(a *walk) {
	o.visitRule(a, "RMSProp", 1, &o.LearningRate, &o.Beta, &o.Epsilon, &o.EpsilonRoot, &o.Mu, &o.Centered)
	a.Vectors(&o.s)
	a.Optional(&o.m)
	a.Optional(&o.b)
}
