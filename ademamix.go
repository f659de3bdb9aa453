package optim

import (
	"example.com/optim/internal/kernel"
	"example.com/optim/internal/portable"
)

// AdEMAMix is [Adam] with a second, slower running mean l of the gradient. Gradients of tens of
// thousands of steps contribute to l.
//
//	m ← β₁m + (1−β₁)g
//	l ← b₃l + (1−b₃)g
//	v ← β₂v + (1−β₂)g²
//	x ← (1−ηλ)x − η (m + a·l)/(1−β₁ᵗ) / (√v̂ + ε),  v̂ = v/(1−β₂ᵗ)
//
// a and b₃ are α and β₃, or smaller values in the first T steps, with T = Warmup:
//
//	a = α·t/T,  1/ln b₃ = (1−t/T)/ln β₁ + (t/T)/ln β₃,  b₃ ≤ β₃
//
// With this b₃ the half-life of l grows linearly in t, from that of m. Without a warm-up a large α
// may make early steps unstable. The authors choose T as the number of steps of the run.
//
// The paper and its authors' program do not divide l by 1−β₁ᵗ. This form is that of the library
// pytorch_optimizer. The two forms differ in about the first 5/(1−β₁) steps.
//
// State: three vectors. Reference: M. Pagliardini, P. Ablin and D. Grangier, The AdEMAMix
// optimizer: better, faster, older, 2024, arXiv:2409.03137.
type AdEMAMix struct {
	LearningRate float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2 float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Beta3        float64  // β₃ in [0, 1); default 0.9999
	Alpha        float64  // α ≥ 0; default 5
	Warmup       int      // T ≥ 0; default 0: a = α and b₃ = β₃ from the first step on
	Epsilon      float64  // ε ≥ 0; default 1e-8
	WeightDecay  float64  // λ ≥ 0, decoupled; default 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	m, l, v            []float64
	weight1, weight2   float64 // 1−β₁ᵗ and 1−β₂ᵗ
	b                  float64 // b₃ of this step
	scaled, a, c, keep float64 // η/(1−β₁ᵗ), ηa/(1−β₁ᵗ), 1/(1−β₂ᵗ), 1−ηλ
}

// NewAdEMAMix returns AdEMAMix with the given learning rate.
func NewAdEMAMix(rate float64) *AdEMAMix {
	return made(&AdEMAMix{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Beta3: 0.9999, Alpha: 5, Epsilon: 1e-8})
}

// Step implements Optimizer.
func (o *AdEMAMix) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *AdEMAMix) rate() float64 {
	checkFraction("AdEMAMix", "Beta1", o.Beta1)
	checkFraction("AdEMAMix", "Beta2", o.Beta2)
	checkFraction("AdEMAMix", "Beta3", o.Beta3)
	checkNonNegative("AdEMAMix", "Alpha", o.Alpha)
	checkAtLeast("AdEMAMix", "Warmup", o.Warmup, 0)
	checkNonNegative("AdEMAMix", "Epsilon", o.Epsilon)
	checkNonNegative("AdEMAMix", "WeightDecay", o.WeightDecay)
	return o.scheduled("AdEMAMix", o.LearningRate, o.Schedule)
}

func (o *AdEMAMix) begin(v vectors) {
	if o.m == nil {
		o.m, o.l, o.v = make([]float64, v.len()), make([]float64, v.len()), make([]float64, v.len())
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.eta/o.weight1, 1/o.weight2
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	alpha := o.Alpha
	o.b = o.Beta3
	if t := o.t + 1; t < o.Warmup {
		part := float64(t) / float64(o.Warmup)
		alpha *= part
		o.b = min(o.Beta3, slowBeta(o.Beta1, o.Beta3, part))
	}
	o.a = o.scaled * alpha
}

// slowBeta returns b with 1/ln b = (1−part)/ln from + part/ln to. ln 0 is −∞.
func slowBeta(from, to, part float64) float64 {
	ln := func(beta float64) float64 {
		if beta == 0 {
			return -inf
		}
		return portable.Log(beta)
	}
	return portable.Exp(1 / ((1-part)/ln(from) + part/ln(to)))
}

func (o *AdEMAMix) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.AdEMAMix(x, g, o.m[lo:hi], o.l[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.b, o.scaled, o.a, o.c, o.Epsilon, o.keep)
}

func (o *AdEMAMix) visit(a *walk) {
	o.visitRule(a, "AdEMAMix", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Beta3, &o.Alpha, &o.Warmup, &o.Epsilon, &o.WeightDecay)
	a.Vectors(&o.m, &o.l, &o.v)
	a.State(&o.weight1, &o.weight2)
}
