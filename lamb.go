package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// LAMB is [Adam] with steps whose norm is proportional to the norm of the parameters, for large
// batches. The parameters of one LAMB are a layer: see [Groups].
//
//	x ← (1−ηλ)x
//	m ← β₁m + (1−β₁)g
//	v ← β₂v + (1−β₂)g²
//	r = m/(√v + ε)
//	x ← x − η/(1−β₁ᵗ) · min(‖x‖, M)/(‖r‖ + ε) · r
//
// M is MaxNorm. The quotient of the norms, the trust ratio, is 1 if ‖x‖ = 0 or ‖r‖ = 0. This is the
// form of the library pytorch_optimizer. The first steps are longer than η‖x‖, by the factor
// 1/(1−β₁ᵗ), which is 10 in step 1. Use a [Warmup], or Normalized, which omits this factor. The paper
// has λx in r, leaves the choice of M to the user, and has the factor inside the norm ‖r‖ too, so
// that it cancels.
//
// State: two vectors. Workspace: one vector. The norms are sums over fixed blocks, so the bits do
// not depend on the number of goroutines. Reference: Y. You and others, Large batch optimization
// for deep learning: training BERT in 76 minutes, 2019, arXiv:1904.00962.
type LAMB struct {
	LearningRate float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2 float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon      float64  // ε ≥ 0; default 1e-6
	MaxNorm      float64  // M > 0; +Inf for no limit; default 10
	Normalized   bool     // omits the factor 1/(1−β₁ᵗ); default false
	WeightDecay  float64  // λ ≥ 0, decoupled; default 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	m, v    []float64
	r       []float64
	weight1 float64                           // 1−β₁ᵗ
	a, keep float64                           // the factor of r, 1−ηλ
	x, g    []float64                         // those of this step, while direct is called
	direct  func(lo, hi int) (rr, xx float64) // made once, since a new closure would allocate
}

// NewLAMB returns LAMB with the given learning rate.
func NewLAMB(rate float64) *LAMB {
	return made(&LAMB{LearningRate: rate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-6, MaxNorm: 10})
}

// Step implements Optimizer.
func (o *LAMB) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *LAMB) whole() bool { return true }

func (o *LAMB) rate() float64 {
	checkFraction("LAMB", "Beta1", o.Beta1)
	checkFraction("LAMB", "Beta2", o.Beta2)
	checkNonNegative("LAMB", "Epsilon", o.Epsilon)
	if !(o.MaxNorm > 0) {
		outside("LAMB", "MaxNorm", o.MaxNorm, "(0, +Inf]")
	}
	checkNonNegative("LAMB", "WeightDecay", o.WeightDecay)
	return o.scheduled("LAMB", o.LearningRate, o.Schedule)
}

func (o *LAMB) begin(v vectors) {
	x, g := v.slices()
	if o.m == nil {
		o.m, o.v = make([]float64, len(x)), make([]float64, len(x))
	}
	if o.direct == nil {
		o.direct = func(lo, hi int) (rr, xx float64) {
			kernel.AdamDirection(o.r[lo:hi], o.g[lo:hi], o.m[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.Epsilon)
			return kernel.SumSquares(o.r[lo:hi], 1), kernel.SumSquares(o.x[lo:hi], 1)
		}
	}
	o.r, o.x, o.g = resize(o.r, len(x)), x, g
	rr, xx := o.reducer.Sums(len(x), o.direct)
	o.x, o.g = nil, nil
	o.weight1 = weight(o.weight1, o.Beta1)
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	o.a = o.eta
	if !o.Normalized {
		o.a /= o.weight1
	}
	size, length := min(math.Abs(o.keep)*kernel.Norm(x, xx), o.MaxNorm), kernel.Norm(o.r, rr)
	if size != 0 && length != 0 {
		o.a *= size / (length + o.Epsilon)
	}
}

func (o *LAMB) update(lo int, x, _ []float64) {
	kernel.Combine(x, o.r[lo:lo+len(x)], o.keep, -o.a)
}

func (o *LAMB) visit(a *walk) {
	o.visitRule(a, "LAMB", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.MaxNorm, &o.Normalized, &o.WeightDecay)
	a.Vectors(&o.m, &o.v)
	a.State(&o.weight1)
}
