package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// ScheduleFreeSGD is gradient descent with a weighted average x of its iterates z. It needs neither
// a schedule nor the number of steps.
//
//	z ← z − η(g + λy)
//	x ← (1−c)x + cz,  c = h²/Σh²
//	y ← (1−β)z + βx
//
// h is the largest η up to this step, as in the authors' program. The sum is over all steps so far.
// Before the first step x = z = y. The parameters are the points y, where the gradient is taken.
// Evaluate and keep the points x: see Iterate. The only useful Schedule is a warm-up.
//
// State: one vector, z. Reference: A. Defazio and others, The road less scheduled, 2024,
// arXiv:2405.15682.
type ScheduleFreeSGD struct {
	LearningRate float64  // η ≥ 0; often larger than for SGD
	Beta         float64  // β in (0, 1), read in the first step only; default 0.9
	WeightDecay  float64  // λ ≥ 0; default 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	scheduleFree
}

// NewScheduleFreeSGD returns schedule-free gradient descent with the given learning rate.
func NewScheduleFreeSGD(rate float64) *ScheduleFreeSGD {
	return made(&ScheduleFreeSGD{LearningRate: rate, Beta: 0.9})
}

// Step implements Optimizer.
func (o *ScheduleFreeSGD) Step(params, grads []float64) { o.step(o, params, grads) }

// Iterate writes to dst the point x for the point y = params. dst may be params. Iterate panics
// unless both have the length of the steps so far.
func (o *ScheduleFreeSGD) Iterate(dst, params []float64) {
	o.iterate("ScheduleFreeSGD", dst, params)
}

func (o *ScheduleFreeSGD) rate() float64 {
	checkOpenFraction("ScheduleFreeSGD", "Beta", o.Beta)
	checkNonNegative("ScheduleFreeSGD", "WeightDecay", o.WeightDecay)
	return o.scheduled("ScheduleFreeSGD", o.LearningRate, o.Schedule)
}

func (o *ScheduleFreeSGD) begin(v vectors) {
	if o.z == nil {
		o.z, o.beta = v.cloneParams(), o.Beta
	}
	o.weigh()
}

func (o *ScheduleFreeSGD) update(lo int, y, g []float64) {
	kernel.ScheduleFree(y, g, o.z[lo:lo+len(y)], o.share, o.a, o.eta, o.WeightDecay)
}

func (o *ScheduleFreeSGD) visit(a *walk) {
	o.visitRule(a, "ScheduleFreeSGD", 1, &o.LearningRate, &o.Beta, &o.WeightDecay)
	a.Vectors(&o.z)
	a.State(&o.beta, &o.largest, &o.total)
}

// ScheduleFreeAdamW is [ScheduleFreeSGD] with the denominator of [Adam].
//
//	v ← β₂v + (1−β₂)g²
//	z ← z − η(g/(√v̂ + ε) + λy),  v̂ = v/(1−β₂ᵗ)
//	x ← (1−c)x + cz,  c = h²/Σh²
//	y ← (1−β₁)z + β₁x
//
// The average x replaces Adam's running mean of the gradient.
//
// State: two vectors. Reference: that of ScheduleFreeSGD.
type ScheduleFreeAdamW struct {
	LearningRate float64  // η ≥ 0; 2.5e-3 is common
	Beta1        float64  // β₁ in (0, 1), read in the first step only; default 0.9
	Beta2        float64  // β₂ in [0, 1); default 0.999
	Epsilon      float64  // ε ≥ 0; default 1e-8
	WeightDecay  float64  // λ ≥ 0; an argument of NewScheduleFreeAdamW
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	scheduleFree
	v       []float64
	weight2 float64 // 1−β₂ᵗ
}

// NewScheduleFreeAdamW returns schedule-free AdamW with the given learning rate and λ.
func NewScheduleFreeAdamW(rate, decay float64) *ScheduleFreeAdamW {
	o := made(&ScheduleFreeAdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8})
	o.LearningRate, o.WeightDecay = rate, decay
	return o
}

// Step implements Optimizer.
func (o *ScheduleFreeAdamW) Step(params, grads []float64) { o.step(o, params, grads) }

// Iterate writes to dst the point x for the point y = params. dst may be params. Iterate panics
// unless both have the length of the steps so far.
func (o *ScheduleFreeAdamW) Iterate(dst, params []float64) {
	o.iterate("ScheduleFreeAdamW", dst, params)
}

func (o *ScheduleFreeAdamW) rate() float64 {
	checkOpenFraction("ScheduleFreeAdamW", "Beta1", o.Beta1)
	checkFraction("ScheduleFreeAdamW", "Beta2", o.Beta2)
	checkNonNegative("ScheduleFreeAdamW", "Epsilon", o.Epsilon)
	checkNonNegative("ScheduleFreeAdamW", "WeightDecay", o.WeightDecay)
	return o.scheduled("ScheduleFreeAdamW", o.LearningRate, o.Schedule)
}

func (o *ScheduleFreeAdamW) begin(v vectors) {
	if o.z == nil {
		o.z, o.v, o.beta = v.cloneParams(), make([]float64, v.len()), o.Beta1
	}
	o.weigh()
	o.weight2 = weight(o.weight2, o.Beta2)
}

func (o *ScheduleFreeAdamW) update(lo int, y, g []float64) {
	hi := lo + len(y)
	kernel.ScheduleFreeAdam(y, g, o.z[lo:hi], o.v[lo:hi], o.Beta2, 1/o.weight2, o.Epsilon, o.share, o.a, o.eta, o.WeightDecay)
}

func (o *ScheduleFreeAdamW) visit(a *walk) {
	o.visitRule(a, "ScheduleFreeAdamW", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.WeightDecay)
	a.Vectors(&o.z, &o.v)
	a.State(&o.beta, &o.largest, &o.total, &o.weight2)
}

// GPAAdamW is AdamW with generalized primal averaging. x is a running mean of the iterates z of
// AdamW, and the gradient is taken at a point y between x and z. The schedule-free rules are the
// case where the weight of the newest z in x decreases with t.
//
//	z ← (1−ηλ)z
//	m ← β₁m + (1−β₁)g
//	v ← β₂v + (1−β₂)g²
//	u = m̂/(√v̂ + ε),  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
//	y ← y + (1−μ_x)(z − y) − η(1 − μ_x·μ_y)u
//	z ← z − ηu
//
// Before the first step x = y = z. Without decay, the last two lines are the same as
//
//	z ← z − ηu
//	x ← μ_x·x + (1−μ_x)z
//	y ← μ_y·x + (1−μ_y)z
//
// The form with decay is that of the authors' program. The parameters are the points y. Evaluate
// and keep the points x: see Iterate. The method DiLoCo takes one outer step after every h steps of
// AdamW. The paper chooses μ_x = 0.9934, 0.9967 and 0.9984 in the place of h = 16, 32 and 64.
//
// State: three vectors. Reference: A. Defazio and others, Smoothing DiLoCo with primal averaging
// for faster training of LLMs, 2025, arXiv:2512.17131.
type GPAAdamW struct {
	LearningRate float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2 float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	MuX          float64  // μ_x in [0, 1); default 0.9967
	MuY          float64  // μ_y in (0, 1), read in the first step only; default 0.7
	Epsilon      float64  // ε ≥ 0; default 1e-8
	WeightDecay  float64  // λ ≥ 0, decoupled; an argument of NewGPAAdamW
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	scheduleFree
	m, v             []float64
	weight1, weight2 float64 // 1−β₁ᵗ and 1−β₂ᵗ
	scaled, c, keep  float64 // η/(1−β₁ᵗ), 1/(1−β₂ᵗ), 1−ηλ
}

// NewGPAAdamW returns GPAAdamW with the given learning rate and λ.
func NewGPAAdamW(rate, decay float64) *GPAAdamW {
	o := made(&GPAAdamW{Beta1: 0.9, Beta2: 0.999, MuX: 0.9967, MuY: 0.7, Epsilon: 1e-8})
	o.LearningRate, o.WeightDecay = rate, decay
	return o
}

// Step implements Optimizer.
func (o *GPAAdamW) Step(params, grads []float64) { o.step(o, params, grads) }

// Iterate writes to dst the point x for the point y = params. dst may be params. Iterate panics
// unless both have the length of the steps so far.
func (o *GPAAdamW) Iterate(dst, params []float64) { o.iterate("GPAAdamW", dst, params) }

func (o *GPAAdamW) rate() float64 {
	checkFraction("GPAAdamW", "Beta1", o.Beta1)
	checkFraction("GPAAdamW", "Beta2", o.Beta2)
	checkFraction("GPAAdamW", "MuX", o.MuX)
	checkOpenFraction("GPAAdamW", "MuY", o.MuY)
	checkNonNegative("GPAAdamW", "Epsilon", o.Epsilon)
	checkNonNegative("GPAAdamW", "WeightDecay", o.WeightDecay)
	return o.scheduled("GPAAdamW", o.LearningRate, o.Schedule)
}

func (o *GPAAdamW) begin(v vectors) {
	if o.z == nil {
		o.z, o.m, o.v, o.beta = v.cloneParams(), make([]float64, v.len()), make([]float64, v.len()), o.MuY
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.eta/o.weight1, 1/o.weight2
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	o.share, o.a = 1-o.MuX, float64(o.scaled*(float64(o.MuX*o.beta)-1))
}

func (o *GPAAdamW) update(lo int, y, g []float64) {
	hi := lo + len(y)
	kernel.GPAAdam(y, g, o.z[lo:hi], o.m[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.c, o.Epsilon, o.share, o.a, o.scaled, o.keep)
}

func (o *GPAAdamW) visit(a *walk) {
	o.visitRule(a, "GPAAdamW", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.MuX, &o.MuY, &o.Epsilon, &o.WeightDecay)
	a.Vectors(&o.z, &o.m, &o.v)
	a.State(&o.beta, &o.weight1, &o.weight2)
}

// scheduleFree is the part that the three rules share: the average x of the points z. x is not
// stored, since y and z determine it.
type scheduleFree struct {
	driver
	z              []float64
	beta           float64 // β or μ_y of the first step
	largest, total float64 // h and Σh²
	share, a       float64 // the weight of z in x in this step, and the factor of the update in y
}

// weigh computes c and the factor of the gradient for this step.
func (o *scheduleFree) weigh() {
	o.largest = max(o.largest, o.eta)
	w := float64(o.largest * o.largest)
	o.total += w
	o.share = w / max(o.total, math.SmallestNonzeroFloat64) // 0 while η has been 0
	o.a = float64(o.eta * (float64(o.beta*(1-o.share)) - 1))
}

// iterate writes x = y + (1 − 1/β)(z − y) to dst.
func (o *scheduleFree) iterate(rule string, dst, y []float64) {
	o.checkIterate(rule, dst, y)
	copy(dst, y)
	if o.t > 0 {
		kernel.Approach(dst, o.z, 1-1/o.beta)
	}
}
