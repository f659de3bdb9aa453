package optim

import "example.com/optim/internal/kernel"

// RMSProp divides the gradient by a running root mean square of itself.
//
//	s ← βs + (1−β)g²
//	d = g/(√(s+ε_root) + ε)
//	x ← x − ηd                     (Mu = 0)
//	b ← μb + d;  x ← x − ηb        (Mu > 0)
//
// with β = Beta, ε = Epsilon, ε_root = EpsilonRoot, μ = Mu and η =
// LearningRate · Schedule(t−1). With Centered the mean is taken off: m ← βm +
// (1−β)g, and s−m² takes the place of s under the root, where the rounding can
// make it negative and PyTorch then returns NaN; here it is at least 0.
//
// This is PyTorch's form: ε stands outside the root, and η outside the buffer
// b. There is no correction of the bias, so that the first steps are long:
// about η/√(1−β) each. (Some texts print the update with a plus: they climb.)
//
// It keeps one vector, one more with Mu > 0 and one more if Centered. T.
// Tieleman and G. Hinton, Neural networks for machine learning, lecture 6.5,
// 2012; A. Graves, Generating sequences with recurrent neural networks, 2013,
// arXiv:1308.0850 (centred).
type RMSProp struct {
	LearningRate float64  // η, at least 0; 0.01 is common
	Beta         float64  // β, in [0, 1); default 0.99
	Epsilon      float64  // ε, at least 0; default 1e-8
	EpsilonRoot  float64  // ε_root, at least 0; default 0
	Mu           float64  // μ, in [0, 1); default 0
	Centered     bool     // take the mean off
	Schedule     Schedule // factor on η by step; nil is 1

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

func (o *RMSProp) begin(x, _ []float64) {
	if o.s == nil {
		o.s = make([]float64, len(x))
	}
	if o.m == nil && o.Centered {
		o.m = make([]float64, len(x))
	}
	if o.b == nil && o.Mu > 0 {
		o.b = make([]float64, len(x))
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
	a.Type("RMSProp", 1)
	a.Settings(&o.LearningRate, &o.Beta, &o.Epsilon, &o.EpsilonRoot, &o.Mu, &o.Centered)
	o.visitDriver(a)
	a.Vectors(&o.s)
	a.Optional(&o.m)
	a.Optional(&o.b)
}
