package optim

import "example.com/optim/internal/kernel"

// Adam divides a running mean of the gradient by the root of a running mean of
// its square. With WeightDecay it is AdamW.
//
//	m ← β₁m + (1−β₁)g
//	v ← β₂v + (1−β₂)g²
//	x ← (1−ηλ)x − η m̂/(√(v̂+ε_root) + ε),  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
//
// with β₁ = Beta1, β₂ = Beta2, ε = Epsilon, ε_root = EpsilonRoot, λ =
// WeightDecay and η = LearningRate · Schedule(t−1). This is PyTorch's form: ε
// stands outside the root and after the correction of the bias; the decay is
// decoupled from the gradient and follows the schedule through η. For the
// coupled decay of the first Adam papers put L2 in front.
//
// If β₁ or β₂ is assigned between steps, 1−β₁ᵗ and 1−β₂ᵗ are the sums of the
// weights that were given in fact. (Some texts print v̂ = v/(1−β₂): without the
// power t it corrects the first step alone.)
//
// It keeps two vectors. D. P. Kingma and J. Ba, Adam: a method for stochastic
// optimization, 2014, arXiv:1412.6980; I. Loshchilov and F. Hutter, Decoupled
// weight decay regularization, 2017, arXiv:1711.05101.
type Adam struct {
	LearningRate float64  // η, at least 0; 1e-3 is common
	Beta1        float64  // β₁, in [0, 1); default 0.9
	Beta2        float64  // β₂, in [0, 1); default 0.999
	Epsilon      float64  // ε, at least 0; default 1e-8
	EpsilonRoot  float64  // ε_root, at least 0; default 0
	WeightDecay  float64  // λ, decoupled, at least 0; default 0, of NewAdamW as given
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	m, v             []float64
	weight1, weight2 float64 // 1−β₁ᵗ and 1−β₂ᵗ
	scaled, c, keep  float64 // η/(1−β₁ᵗ), 1/(1−β₂ᵗ), 1−ηλ
}

// NewAdam returns Adam with the given learning rate.
func NewAdam(rate float64) *Adam {
	return made(&Adam{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
}

// NewAdamW returns Adam with decoupled weight decay; 0.01 is PyTorch's default.
func NewAdamW(rate, decay float64) *Adam {
	o := NewAdam(rate)
	o.WeightDecay = decay
	return o
}

// Step implements Optimizer.
func (o *Adam) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Adam) rate() float64 {
	checkFraction("Adam", "Beta1", o.Beta1)
	checkFraction("Adam", "Beta2", o.Beta2)
	checkNonNegative("Adam", "Epsilon", o.Epsilon)
	checkNonNegative("Adam", "EpsilonRoot", o.EpsilonRoot)
	checkNonNegative("Adam", "WeightDecay", o.WeightDecay)
	return o.scheduled("Adam", o.LearningRate, o.Schedule)
}

func (o *Adam) begin(x, _ []float64) {
	if o.m == nil {
		o.m, o.v = make([]float64, len(x)), make([]float64, len(x))
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.eta/o.weight1, 1/o.weight2
	o.keep = 1 - float64(o.eta*o.WeightDecay)
}

func (o *Adam) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.Adam(x, g, o.m[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.scaled, o.c, o.EpsilonRoot, o.Epsilon, o.keep)
}

func (o *Adam) visit(a *walk) {
	a.Type("Adam", 1)
	a.Settings(&o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.EpsilonRoot, &o.WeightDecay)
	o.visitDriver(a)
	a.Vectors(&o.m, &o.v)
	a.State(&o.weight1, &o.weight2)
}
