package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// ScheduleFreeSGD is gradient descent that averages its iterates as it goes, in
// such a way that no schedule is needed, nor the number of steps known.
//
//	z ← z − η(g + λy)
//	x ← (1−c)x + cz,  c = η²/Ση²
//	y ← (1−β)z + βx
//
// with β = Beta, λ = WeightDecay and η = LearningRate · Schedule(t−1), of which a
// warm-up is the only one that makes sense. The weights are those of the rate's
// largest value so far, as in the authors' code. The parameters are the points
// y, at which the gradient is taken; Iterate gives the points x, which are the
// ones to evaluate and to keep.
//
// It keeps one vector, z. A. Defazio and others, The road less scheduled, 2024,
// arXiv:2405.15682.
type ScheduleFreeSGD struct {
	LearningRate float64  // η, at least 0; often larger than that of SGD
	Beta         float64  // β, in (0, 1); default 0.9; the first step counts
	WeightDecay  float64  // λ, at least 0; default 0
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	z []float64
	freedom
}

// NewScheduleFreeSGD returns schedule-free gradient descent.
func NewScheduleFreeSGD(rate float64) *ScheduleFreeSGD {
	return made(&ScheduleFreeSGD{LearningRate: rate, Beta: 0.9})
}

// Step implements Optimizer.
func (o *ScheduleFreeSGD) Step(params, grads []float64) { o.step(o, params, grads) }

// Iterate writes to dst the point x that belongs to params. dst may be params.
func (o *ScheduleFreeSGD) Iterate(dst, params []float64) {
	iterate("ScheduleFreeSGD", dst, params, o.z, o.beta)
}

func (o *ScheduleFreeSGD) rate() float64 {
	checkOpenFraction("ScheduleFreeSGD", "Beta", o.Beta)
	checkNonNegative("ScheduleFreeSGD", "WeightDecay", o.WeightDecay)
	return o.scheduled("ScheduleFreeSGD", o.LearningRate, o.Schedule)
}

func (o *ScheduleFreeSGD) begin(y, _ []float64) {
	if o.z == nil {
		o.z, o.beta = append([]float64(nil), y...), o.Beta
	}
	o.weigh(o.eta)
}

func (o *ScheduleFreeSGD) update(lo int, y, g []float64) {
	kernel.ScheduleFree(y, g, o.z[lo:lo+len(y)], o.share, o.a, o.eta, o.WeightDecay)
}

func (o *ScheduleFreeSGD) visit(a *walk) {
	a.Type("ScheduleFreeSGD", 1)
	a.Settings(&o.LearningRate, &o.Beta, &o.WeightDecay)
	o.visitDriver(a)
	a.Vectors(&o.z)
	a.State(&o.beta, &o.largest, &o.total)
}

// ScheduleFreeAdamW is ScheduleFreeSGD with the gradient divided as in Adam.
//
//	v ← β₂v + (1−β₂)g²
//	z ← z − η(g/(√v̂ + ε) + λy),  v̂ = v/(1−β₂ᵗ)
//	x ← (1−c)x + cz,  c = η²/Ση²
//	y ← (1−β₁)z + β₁x
//
// with β₁ = Beta1, β₂ = Beta2, ε = Epsilon, and the rest as there. β₁ stands for
// the average, there is no other momentum.
//
// It keeps two vectors. The reference is that of ScheduleFreeSGD.
type ScheduleFreeAdamW struct {
	LearningRate float64  // η, at least 0; 2.5e-3 is common
	Beta1        float64  // β₁, in (0, 1); default 0.9; the first step counts
	Beta2        float64  // β₂, in [0, 1); default 0.999
	Epsilon      float64  // ε, at least 0; default 1e-8
	WeightDecay  float64  // λ, at least 0; default as given
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	z, v []float64
	freedom
	weight2 float64 // 1−β₂ᵗ
}

// NewScheduleFreeAdamW returns schedule-free AdamW.
func NewScheduleFreeAdamW(rate, decay float64) *ScheduleFreeAdamW {
	o := made(&ScheduleFreeAdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
	o.LearningRate, o.WeightDecay = rate, decay
	return o
}

// Step implements Optimizer.
func (o *ScheduleFreeAdamW) Step(params, grads []float64) { o.step(o, params, grads) }

// Iterate writes to dst the point x that belongs to params. dst may be params.
func (o *ScheduleFreeAdamW) Iterate(dst, params []float64) {
	iterate("ScheduleFreeAdamW", dst, params, o.z, o.beta)
}

func (o *ScheduleFreeAdamW) rate() float64 {
	checkOpenFraction("ScheduleFreeAdamW", "Beta1", o.Beta1)
	checkFraction("ScheduleFreeAdamW", "Beta2", o.Beta2)
	checkNonNegative("ScheduleFreeAdamW", "Epsilon", o.Epsilon)
	checkNonNegative("ScheduleFreeAdamW", "WeightDecay", o.WeightDecay)
	return o.scheduled("ScheduleFreeAdamW", o.LearningRate, o.Schedule)
}

func (o *ScheduleFreeAdamW) begin(y, _ []float64) {
	if o.z == nil {
		o.z, o.v, o.beta = append([]float64(nil), y...), make([]float64, len(y)), o.Beta1
	}
	o.weigh(o.eta)
	o.weight2 = weight(o.weight2, o.Beta2)
}

func (o *ScheduleFreeAdamW) update(lo int, y, g []float64) {
	hi := lo + len(y)
	kernel.ScheduleFreeAdam(y, g, o.z[lo:hi], o.v[lo:hi], o.Beta2, 1/o.weight2, o.Epsilon, o.share, o.a, o.eta, o.WeightDecay)
}

func (o *ScheduleFreeAdamW) visit(a *walk) {
	a.Type("ScheduleFreeAdamW", 1)
	a.Settings(&o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.WeightDecay)
	o.visitDriver(a)
	a.Vectors(&o.z, &o.v)
	a.State(&o.beta, &o.largest, &o.total, &o.weight2)
}

// freedom is the weights of the average that the two rules take.
type freedom struct {
	beta           float64 // β of the first step: the points y are made with it
	largest, total float64 // η so far, and the sum of its squares
	share, a       float64 // c of this step, and the factor of the gradient in y
}

// weigh finds the weight of the next z in x.
func (f *freedom) weigh(eta float64) {
	f.largest = max(f.largest, eta)
	w := float64(f.largest * f.largest)
	f.total += w
	if f.share = 0; f.total > 0 {
		f.share = w / f.total
	}
	f.a = float64(eta * (float64(f.beta*(1-f.share)) - 1))
}

// iterate is x = y + (1 − 1/β)(z − y).
func iterate(rule string, dst, y, z []float64, beta float64) {
	if len(dst) != len(y) || z != nil && len(z) != len(y) {
		panic(fmt.Sprintf("optim: %s.Iterate: len(dst) = %d, len(params) = %d, want %d", rule, len(dst), len(y), len(z)))
	}
	copy(dst, y)
	if z != nil {
		kernel.Approach(dst, z, 1-1/beta)
	}
}
