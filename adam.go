package optim

import "example.com/optim/internal/kernel"

// Adam divides a running mean of the gradient by the root of a running mean of its square. With
// WeightDecay it is AdamW.
//
//	m ← β₁m + (1−β₁)g
//	v ← β₂v + (1−β₂)g²
//	x ← (1−ηλ)x − η m̂/(√(v̂+ε_root) + ε),  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
//
// This is PyTorch's form: ε is outside the root and is added after the bias correction. The decay
// is decoupled from the gradient and follows the schedule through η. For the coupled decay of
// earlier papers, put L2 in front of Adam: see [Chain].
//
// 1−β₁ᵗ is the sum of the weights of all g in m, and 1−β₂ᵗ is the sum of the weights of all g² in
// v. If Beta1 or Beta2 changes between steps, Adam divides by the sum of the actual weights. Some
// texts print v̂ = v/(1−β₂), which is right for t = 1 only.
//
// Let u be the update −η m̂/(√(v̂+ε_root) + ε). With Cautious, only those coordinates move where u has
// the sign of −g, and they move by u·n/k. n is the number of parameters, and k is the number of the
// coordinates that move, but at least n/1000. With CautiousDecay, the decay applies only where u does
// not have the sign of x. Then the decay and the update never have opposite signs. With either option
// a step takes a second pass, and the whole gradient is read before the first parameter changes.
//
// State: two vectors, and one more as workspace with Cautious or CautiousDecay. References:
//
//   - D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, 2014, arXiv:1412.6980
//   - I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2017, arXiv:1711.05101
//   - K. Liang and others, Cautious optimizers: improving training with one line of code, 2024,
//     arXiv:2411.16085 (Cautious)
//   - L. Chen and others, Cautious weight decay, 2025, arXiv:2510.12402 (CautiousDecay)
type Adam struct {
	LearningRate         float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2         float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon, EpsilonRoot float64  // ε ≥ 0 and ε_root ≥ 0; defaults 1e-8 and 0
	WeightDecay          float64  // λ ≥ 0, decoupled; default 0; an argument of NewAdamW
	Cautious             bool     // moves only the coordinates whose update has the sign of −g; default false
	CautiousDecay        bool     // omits the decay where the update has the sign of x; default false
	Schedule             Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	second           caution
	m, v             []float64
	weight1, weight2 float64 // 1−β₁ᵗ and 1−β₂ᵗ
	scaled, c, keep  float64 // η/(1−β₁ᵗ), 1/(1−β₂ᵗ), 1−ηλ
}

// NewAdam returns Adam with the given learning rate.
func NewAdam(rate float64) *Adam {
	return made(&Adam{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
}

// NewAdamW returns Adam with the given learning rate and decoupled weight decay λ. PyTorch's
// default for λ is 0.01.
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

func (o *Adam) whole() bool { return o.Cautious || o.CautiousDecay }

func (o *Adam) begin(v vectors) {
	if o.m == nil {
		o.m, o.v = make([]float64, v.len()), make([]float64, v.len())
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.eta/o.weight1, 1/o.weight2
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	if o.whole() {
		o.second.begin(o, v.gradient(), o.Cautious, o.CautiousDecay)
	}
}

func (o *Adam) update(lo int, x, g []float64) {
	if o.whole() {
		o.second.update(lo, x, g, o.keep)
	} else {
		o.move(lo, x, g)
	}
}

func (o *Adam) move(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.Adam(x, g, o.m[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.scaled, o.c, o.EpsilonRoot, o.Epsilon, o.keep)
}

// update32 implements rule32.
func (o *Adam) update32(lo int, x, g []float32) {
	hi := lo + len(x)
	kernel.Adam32(x, g, o.m[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.scaled, o.c, o.EpsilonRoot, o.Epsilon, o.keep)
}

func (o *Adam) visit(a *walk) {
	o.visitRule(a, "Adam", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.EpsilonRoot, &o.WeightDecay, &o.Cautious, &o.CautiousDecay)
	a.Vectors(&o.m, &o.v)
	a.State(&o.weight1, &o.weight2)
}
