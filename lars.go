package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// LARS is momentum with a learning rate for each layer, for large batches. The parameters of one
// LARS are a layer: see [Groups].
//
//	q = Trust·‖x‖ / (‖g‖ + λ‖x‖)
//	v ← μv + q(g + λx)
//	x ← x − ηv
//
// The trust ratio q is 1 if ‖x‖ = 0 or its divisor is 0. For biases and for the parameters of
// normalizations, papers use [Momentum] instead of LARS. η is outside the velocity, as in Momentum;
// the paper has it inside. There is no limit on q. For large models, use a [Warmup] as the Schedule.
//
// State: one vector. The norms are sums over fixed blocks, so the bits do not depend on the number
// of goroutines. Reference: Y. You, I. Gitman and B. Ginsburg, Large batch training of
// convolutional networks, 2017, arXiv:1708.03888.
type LARS struct {
	LearningRate float64  // η ≥ 0
	Mu           float64  // μ in [0, 1); 0.9 is common
	Trust        float64  // > 0; default 1e-3
	WeightDecay  float64  // λ ≥ 0, coupled; default 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	v []float64
	a float64 // q
}

// NewLARS returns LARS with the given learning rate and μ.
func NewLARS(rate, mu float64) *LARS {
	o := made(&LARS{Trust: 1e-3})
	o.LearningRate, o.Mu = rate, mu
	return o
}

// Step implements Optimizer.
func (o *LARS) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *LARS) whole() bool { return true }

func (o *LARS) rate() float64 {
	checkFraction("LARS", "Mu", o.Mu)
	checkPositive("LARS", "Trust", o.Trust)
	checkNonNegative("LARS", "WeightDecay", o.WeightDecay)
	return o.scheduled("LARS", o.LearningRate, o.Schedule)
}

func (o *LARS) begin(v vectors) {
	x, g := v.slices()
	if o.v == nil {
		o.v = make([]float64, len(x))
	}
	size := o.reducer.Norm(x)
	divisor := o.reducer.Norm(g) + float64(o.WeightDecay*size)
	o.a = 1
	if size != 0 && divisor != 0 {
		o.a = min(o.Trust*size/divisor, math.MaxFloat64) // ‖g‖ may be subnormal
	}
}

func (o *LARS) update(lo int, x, g []float64) {
	kernel.LARS(x, g, o.v[lo:lo+len(x)], o.Mu, o.a, o.WeightDecay, o.eta)
}

func (o *LARS) visit(a *walk) {
	o.visitRule(a, "LARS", 1, &o.LearningRate, &o.Mu, &o.Trust, &o.WeightDecay)
	a.Vectors(&o.v)
}
