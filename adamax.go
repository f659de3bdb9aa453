package optim

import "example.com/optim/internal/kernel"

// AdaMax is Adam with the infinity norm of the past gradients in the place of
// their root mean square.
//
//	m ← β₁m + (1−β₁)g
//	u ← max(β₂u, |g|+ε)
//	x ← x − η/(1−β₁ᵗ) · m/u
//
// with β₁ = Beta1, β₂ = Beta2, ε = Epsilon and η = LearningRate ·
// Schedule(t−1). This is PyTorch's form; the paper has no ε, and divides by
// zero where all gradients were zero.
//
// It keeps two vectors. D. P. Kingma and J. Ba, Adam: a method for stochastic
// optimization, 2014, section 7.1, arXiv:1412.6980.
type AdaMax struct {
	LearningRate float64  // η, at least 0; 2e-3 is common
	Beta1        float64  // β₁, in [0, 1); default 0.9
	Beta2        float64  // β₂, in [0, 1); default 0.999
	Epsilon      float64  // ε, at least 0; default 1e-8
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	m, u    []float64
	weight1 float64 // 1−β₁ᵗ
	scaled  float64 // η/(1−β₁ᵗ)
}

// NewAdaMax returns AdaMax with the given learning rate.
func NewAdaMax(rate float64) *AdaMax {
	return made(&AdaMax{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
}

// Step implements Optimizer.
func (o *AdaMax) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *AdaMax) rate() float64 {
	checkFraction("AdaMax", "Beta1", o.Beta1)
	checkFraction("AdaMax", "Beta2", o.Beta2)
	checkNonNegative("AdaMax", "Epsilon", o.Epsilon)
	return o.scheduled("AdaMax", o.LearningRate, o.Schedule)
}

func (o *AdaMax) begin(x, _ []float64) {
	if o.m == nil {
		o.m, o.u = make([]float64, len(x)), make([]float64, len(x))
	}
	o.weight1 = weight(o.weight1, o.Beta1)
	o.scaled = o.eta / o.weight1
}

func (o *AdaMax) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.AdaMax(x, g, o.m[lo:hi], o.u[lo:hi], o.Beta1, o.Beta2, o.scaled, o.Epsilon)
}

func (o *AdaMax) visit(a *walk) {
	a.Type("AdaMax", 1)
	a.Settings(&o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon)
	o.visitDriver(a)
	a.Vectors(&o.m, &o.u)
	a.State(&o.weight1)
}
