package optim

import (
	"math"
	"slices"

	"example.com/optim/internal/kernel"
)

// Prodigy is [Adam] that estimates its learning rate. d is a lower bound of the distance from the
// first point x₀ to a minimum. d grows during the first steps.
//
//	γ = dη   (with BiasCorrection: dη·√(1−β₂ᵗ)/(1−β₁ᵗ))
//	a ← √β₂·a + γ(d/d₀)·g·(x₀ − x)
//	s ← √β₂·s + γ(d/d₀)·g
//	m ← β₁m + (1−β₁)dg
//	v ← β₂v + (1−β₂)(dg)²
//	e ← max(e, C·a/Σ|sᵢ|)
//	d ← max(d, min(e, D))
//	x ← (1−γλ)x − γm/(√v + dε)
//
// d₀ is Initial, C is Coefficient, and D is d·Growth. e is the largest estimate so far and begins at
// d₀. The d in every line is the d before the step, except for the d beside ε, which is the new one.
// With SafeguardWarmup, s ← √β₂·s + d(d/d₀)·g, so that a warm-up of the learning rate does not raise
// d. In a step with η = 0, d stays as it is.
//
// Keep LearningRate at 1, and choose the Schedule as for Adam: [Cosine] is common. Without a decay of
// the rate, the steps may be too long at the end of a run. Distance returns d. The learning rate
// that Rate returns is η, not γ.
//
// State: four vectors. The two sums over all parameters go over fixed blocks, so the bits do not
// depend on the number of goroutines. Reference: K. Mishchenko and A. Defazio, Prodigy: an
// expeditiously adaptive parameter-free learner, 2023, arXiv:2306.06101.
type Prodigy struct {
	LearningRate    float64  // η ≥ 0; default 1
	Beta1, Beta2    float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon         float64  // ε ≥ 0; default 1e-8
	WeightDecay     float64  // λ ≥ 0, decoupled; default 0
	Initial         float64  // d₀ > 0, read in the first step only; default 1e-6
	Coefficient     float64  // C > 0; a larger value makes d larger; default 1
	Growth          float64  // > 1: limit on the factor by which d grows in a step; default +Inf
	BiasCorrection  bool     // the other form of γ; default false
	SafeguardWarmup bool     // the other form of s; default false
	Schedule        Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	start, s, m, v   []float64                               // start is x₀
	first, d, top    float64                                 // d₀, d, and the largest estimate so far
	total            float64                                 // a
	weight1, weight2 float64                                 // 1−β₁ᵗ and 1−β₂ᵗ
	scaled, a, c, b  float64                                 // γ; the factor of g in s; d before this step; dε
	keep             float64                                 // 1−γλ
	x, g             []float64                               // those of this step, while sum is called
	sum              func(lo, hi int) (toward, size float64) // made once, since a new closure would allocate
}

// NewProdigy returns Prodigy with LearningRate 1.
func NewProdigy() *Prodigy {
	return made(&Prodigy{LearningRate: 1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Initial: 1e-6, Coefficient: 1, Growth: inf})
}

// Step implements Optimizer.
func (o *Prodigy) Step(params, grads []float64) { o.step(o, params, grads) }

// Distance returns d after the last step, and 0 before the first.
func (o *Prodigy) Distance() float64 { return o.d }

func (o *Prodigy) whole() bool { return true }

func (o *Prodigy) rate() float64 {
	checkFraction("Prodigy", "Beta1", o.Beta1)
	checkFraction("Prodigy", "Beta2", o.Beta2)
	checkNonNegative("Prodigy", "Epsilon", o.Epsilon)
	checkNonNegative("Prodigy", "WeightDecay", o.WeightDecay)
	checkPositive("Prodigy", "Initial", o.Initial)
	checkPositive("Prodigy", "Coefficient", o.Coefficient)
	if !(o.Growth > 1) {
		outside("Prodigy", "Growth", o.Growth, "(1, +Inf]")
	}
	return o.scheduled("Prodigy", o.LearningRate, o.Schedule)
}

func (o *Prodigy) begin(v vectors) {
	x, g := v.slices()
	if o.m == nil {
		n := len(x)
		o.start, o.s, o.m, o.v = slices.Clone(x), make([]float64, n), make([]float64, n), make([]float64, n)
		o.first, o.d, o.top = o.Initial, o.Initial, o.Initial
	}
	o.weight1, o.weight2 = weight(o.weight1, o.Beta1), weight(o.weight2, o.Beta2)
	o.scaled, o.c = o.d*o.eta, o.d
	if o.BiasCorrection {
		o.scaled *= math.Sqrt(o.weight2) / o.weight1
	}
	o.keep = 1 - float64(o.scaled*o.WeightDecay)
	if o.eta > 0 {
		o.estimate(x, g)
	}
	o.b = o.d * o.Epsilon
}

// estimate updates s, a and d.
func (o *Prodigy) estimate(x, g []float64) {
	if o.sum == nil {
		o.sum = func(lo, hi int) (toward, size float64) {
			s, g := o.s[lo:hi], o.g[lo:hi]
			kernel.Combine(s, g, math.Sqrt(o.Beta2), o.a)
			return kernel.DotDifference(g, o.start[lo:hi], o.x[lo:hi]), kernel.SumAbs(s)
		}
	}
	part := o.d / o.first * o.scaled
	o.a = part
	if o.SafeguardWarmup {
		o.a = o.d / o.first * o.d
	}
	o.x, o.g = x, g
	toward, size := o.reducer.Sums(len(x), o.sum)
	o.x, o.g = nil, nil
	o.total = float64(math.Sqrt(o.Beta2)*o.total) + float64(part*toward)
	estimate := o.Coefficient * o.total / size
	if estimate > o.top { // false for NaN
		o.top = estimate
	}
	o.d = max(o.d, min(o.top, float64(o.d*o.Growth)))
}

func (o *Prodigy) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.Prodigy(x, g, o.m[lo:hi], o.v[lo:hi], o.Beta1, o.Beta2, o.c, o.scaled, o.b, o.keep)
}

func (o *Prodigy) visit(a *walk) {
	o.visitRule(a, "Prodigy", 1, &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.WeightDecay, &o.Initial,
		&o.Coefficient, &o.Growth, &o.BiasCorrection, &o.SafeguardWarmup)
	a.Vectors(&o.start, &o.s, &o.m, &o.v)
	a.State(&o.first, &o.d, &o.top, &o.total, &o.weight1, &o.weight2)
}
