package optim

import (
	"math"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/portable"
)

// Adafactor is [Adam] with a factored second moment: for a matrix of parameters it keeps the means of
// g² over each row and each column, in the place of one number for each parameter.
//
//	β = 1 − t^(−DecayRate)
//	r ← βr + (1−β)·(means of g² + ε₁ over the rows)
//	c ← βc + (1−β)·(means of g² + ε₁ over the columns)
//	v = r cᵀ/mean(r)
//	u = g/√v,   u ← u/max(1, RMS(u)/Clip)
//	α = ρ·max(ε₂, RMS(x)),   ρ = min(η, 1/√t)
//	m ← β₁m + (1−β₁)αu
//	x ← (1−ηλ)x − m
//
// RMS is the root mean square of the elements of a matrix. Without RelativeStep, ρ = η. Without
// ScaleParameter, α = ρ. With β₁ = 0 there is no m. If rows or cols is 1, v is not factored: v ← βv +
// (1−β)(g² + ε₁). This is the form of the paper. PyTorch has no momentum, and a lower limit of v in
// the place of ε₁.
//
// State: rows + cols numbers, or one vector if rows or cols is 1. With β₁ > 0, one vector more.
// Workspace: one vector. The bits are the same on every processor. If a mean r overflows, all
// parameters become NaN. Reference: N. Shazeer and M. Stern, Adafactor: adaptive learning rates with
// sublinear memory cost, 2018, arXiv:1804.04235.
type Adafactor struct {
	LearningRate   float64  // η ≥ 0; 1e-2 is common
	Beta1          float64  // β₁ in [0, 1); default 0: no momentum
	DecayRate      float64  // −exponent of t in 1−β, > 0; default 0.8
	Clip           float64  // largest RMS(u), > 0; +Inf for no limit; default 1
	Epsilon1       float64  // ε₁ > 0; default 1e-30
	Epsilon2       float64  // ε₂ ≥ 0; default 1e-3
	ScaleParameter bool     // multiplies the rate by max(ε₂, RMS(x)); default true
	RelativeStep   bool     // limits the rate to 1/√t; default true
	WeightDecay    float64  // λ ≥ 0, decoupled; default 0
	Schedule       Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	matrix
	r, c []float64 // means over the rows and over the columns
	v    []float64 // if a dimension is 1
	m    []float64
}

// NewAdafactor returns Adafactor for a matrix of the given shape. The rows of the matrix lie in
// params one after another.
func NewAdafactor(rate float64, rows, cols int) *Adafactor {
	o := made(&Adafactor{DecayRate: 0.8, Clip: 1, Epsilon1: 1e-30, Epsilon2: 1e-3, ScaleParameter: true, RelativeStep: true,
		matrix: newMatrix("NewAdafactor", rows, cols)})
	o.LearningRate = rate
	return o
}

// Step implements Optimizer. It panics unless there are rows·cols parameters.
func (o *Adafactor) Step(params, grads []float64) {
	o.checkShape(o, len(params), len(grads))
	o.step(o, params, grads)
}

func (o *Adafactor) rate() float64 {
	checkFraction("Adafactor", "Beta1", o.Beta1)
	checkPositive("Adafactor", "DecayRate", o.DecayRate)
	if !(o.Clip > 0) {
		outside("Adafactor", "Clip", o.Clip, "(0, +Inf]")
	}
	checkPositive("Adafactor", "Epsilon1", o.Epsilon1)
	checkNonNegative("Adafactor", "Epsilon2", o.Epsilon2)
	checkNonNegative("Adafactor", "WeightDecay", o.WeightDecay)
	return o.scheduled("Adafactor", o.LearningRate, o.Schedule)
}

func (o *Adafactor) begin(v vectors) {
	x, g := v.slices()
	t := float64(o.t + 1)
	rest := 1 / portable.Pow(t, o.DecayRate) // 1−β
	o.updates = resize(o.updates, len(x))
	if o.isVector() {
		o.divide(g, rest)
	} else {
		o.divideFactored(g, rest)
	}
	rho := o.eta
	if o.RelativeStep {
		rho = min(rho, 1/math.Sqrt(t))
	}
	o.a = rho
	if o.ScaleParameter {
		o.a *= max(o.Epsilon2, o.rms(x))
	}
	o.a /= max(1, o.rms(o.updates)/o.Clip)
	o.keep = 1 - float64(o.eta*o.WeightDecay)
	if o.Beta1 > 0 || len(o.m) > 0 {
		o.m = resize(o.m, len(x))
		kernel.Combine(o.m, o.updates, o.Beta1, float64((1-o.Beta1)*o.a))
		copy(o.updates, o.m)
		o.a = 1
	}
}

// rms returns the root mean square of the elements of x.
func (o *Adafactor) rms(x []float64) float64 {
	return o.reducer.Norm(x) / math.Sqrt(float64(len(x)))
}

// divide updates v, and sets u to g/√v.
func (o *Adafactor) divide(g []float64, rest float64) {
	o.v = resize(o.v, len(g))
	kernel.Scale(o.v, 1-rest)
	kernel.AddSquares(o.v, g, rest, o.Epsilon1)
	kernel.DivideByRoot(o.updates, g, o.v, 1)
}

// divideFactored updates r and c, and sets u to g/√v.
func (o *Adafactor) divideFactored(g []float64, rest float64) {
	o.r, o.c = resize(o.r, o.rows), resize(o.c, o.cols)
	kernel.Scale(o.c, 1-rest)
	mean, part := 0.0, rest/float64(o.rows)
	for i, r := range o.r {
		row := o.row(g, i)
		o.r[i] = float64((1-rest)*r) + float64(rest*(kernel.SumSquares(row, 1)/float64(o.cols)+o.Epsilon1))
		mean += o.r[i] / float64(o.rows)
		kernel.AddSquares(o.c, row, part, o.Epsilon1)
	}
	for i, r := range o.r { // √r/√mean does not underflow
		kernel.DivideByRoot(o.row(o.updates, i), o.row(g, i), o.c, math.Sqrt(r)/math.Sqrt(mean))
	}
}

// row returns row i of a matrix.
func (o *Adafactor) row(a []float64, i int) []float64 { return a[i*o.cols : (i+1)*o.cols] }

func (o *Adafactor) visit(a *walk) {
	o.visitMatrix(a, "Adafactor", &o.LearningRate, &o.Beta1, &o.DecayRate, &o.Clip, &o.Epsilon1, &o.Epsilon2,
		&o.ScaleParameter, &o.RelativeStep, &o.WeightDecay)
	if o.isVector() {
		a.Vectors(&o.v)
	} else {
		a.Table(&o.r, 1, o.rows)
		a.Table(&o.c, 1, o.cols)
	}
	a.Optional(&o.m)
}
