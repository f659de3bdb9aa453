package optim

import "example.com/optim/internal/kernel"

// AdaDelta multiplies the gradient of each coordinate by a quotient: the root mean square of its
// past steps, divided by the root mean square of its gradients. So a step has the unit of the
// parameter.
//
//	s ← ρs + (1−ρ)g²
//	Δ = √((u+ε)/(s+ε))·g
//	u ← ρu + (1−ρ)Δ²
//	x ← x − ηΔ
//
// The paper has no η, which is the same as η = 1. The paper and PyTorch divide two roots, which
// differs from the root of the quotient by rounding only.
//
// State: two vectors. Reference: M. D. Zeiler, ADADELTA: an adaptive learning rate method, 2012,
// arXiv:1212.5701.
type AdaDelta struct {
	LearningRate float64  // η ≥ 0; 1 is common
	Rho          float64  // ρ in [0, 1); default 0.9
	Epsilon      float64  // ε ≥ 0; default 1e-6
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	s, u []float64
}

// NewAdaDelta returns AdaDelta with the given learning rate.
func NewAdaDelta(rate float64) *AdaDelta {
	return made(&AdaDelta{LearningRate: rate, Rho: 0.9, Epsilon: 1e-6})
}

// Step implements Optimizer.
func (o *AdaDelta) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *AdaDelta) rate() float64 {
	checkFraction("AdaDelta", "Rho", o.Rho)
	checkNonNegative("AdaDelta", "Epsilon", o.Epsilon)
	return o.scheduled("AdaDelta", o.LearningRate, o.Schedule)
}

func (o *AdaDelta) begin(v vectors) {
	if o.s == nil {
		o.s, o.u = make([]float64, v.len()), make([]float64, v.len())
	}
}

func (o *AdaDelta) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.AdaDelta(x, g, o.s[lo:hi], o.u[lo:hi], o.Rho, o.Epsilon, o.eta)
}

func (o *AdaDelta) visit(a *walk) {
	o.visitRule(a, "AdaDelta", 1, &o.LearningRate, &o.Rho, &o.Epsilon)
	a.Vectors(&o.s, &o.u)
}
