package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/portable"
)

// HessianFree is Newton's method without a matrix. It solves (∇²f + λI)d = −g by conjugate
// gradients, which need only products of the Hessian with vectors. λ is Damping, r = (∇²f + λI)d +
// g is the residual, qₖ is the decrease of the quadratic model after k iterations, and ‖g‖max is
// the largest ‖g‖ so far. The iterations end when
//
//	‖r‖ ≤ c·‖g‖  or  k(1 − q₍ₖ₋₁₎/qₖ) ≤ c,  c = min(½, (‖g‖/‖g‖max)^0.28)
//
// or after MaxProducts products. So the accuracy does not depend on the units of f. The iterations
// also end at a conjugate direction p whose curvature pᵀ(∇²f + λI)p is not positive. Then d gets a
// last step along p. The length of this step is computed with the absolute value of the curvature.
//
// With AdaptDamping, a Step changes Damping by Martens's rule. ρ is the ratio of the decrease of f
// to the decrease that the model predicts. If ρ > ¾, λ ← ⅔λ. If ρ < ¼, λ ← 3/2·λ.
//
// Step uses d as [Newton] does, with and without Problem. If Problem is nil, AdaptDamping has no
// effect.
//
// The state is three vectors, and two more for line searches. The workspace of conjugate gradients
// is three vectors, one more with a Preconditioner, and one more if hessVec is nil.
//
// J. Martens, Deep learning via Hessian-free optimization, 2010; J. Nocedal and S. J. Wright,
// Numerical Optimization, 2006, algorithm 7.1, doi:10.1007/978-0-387-40065-5; S. G. Nash and A.
// Sofer, Assessing a search direction within a truncated-Newton method, 1990,
// doi:10.1016/0167-6377(90)90065-D.
type HessianFree struct {
	LearningRate   float64                // η ≥ 0 of a fixed step; default 1
	Schedule       Schedule               // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1
	Damping        float64                // λ ≥ 0; default 0
	AdaptDamping   bool                   // whether Step changes Damping by Martens's rule; default false
	MaxProducts    int                    // largest number of products in a step, at least 0; default 0, which means 2n + 10, since rounding slows conjugate gradients
	Preconditioner func(dst, x []float64) // writes a positive diagonal that approximates the Hessian at x to dst; nil: the identity
	Problem        *optimize.Problem      // problem for line searches; nil: fixed steps
	Linesearcher   optimize.Linesearcher  // nil means the search of Moré and Thuente, or backtracking if Problem has no Grad

	search
	hessVec   func(dst, x, v []float64)
	largest   float64   // ‖g‖max
	predicted float64   // change of the model, with the damping, by the last direction; 0 if there is none
	r, p, q   []float64 // residual, direction, product
	m         []float64 // the preconditioner
	there     []float64 // the point of a difference
}

// NewHessianFree returns Hessian-free optimization. hessVec writes the product of the Hessian at x
// and v to dst. If hessVec is nil, a product is a forward difference of the problem's gradient, and
// costs one gradient. The step h is that of [HessVecDiff] with 2⁻²⁴ in the place of 2⁻¹⁷. If hessVec
// is nil and the problem has no Grad, Step panics.
func NewHessianFree(hessVec func(dst, x, v []float64)) *HessianFree {
	return made(&HessianFree{LearningRate: 1, hessVec: hessVec, search: search{measures: true}})
}

// HessVecDiff returns a function that approximates the product of the Hessian at x and v by central
// differences of a gradient:
//
//	∇²f·v ≈ (∇f(x + hv) − ∇f(x − hv))/2h,  h = 2⁻¹⁷·Σ|xᵢvᵢ|/Σvᵢ²
//
// 2⁻¹⁷ is about ∛ε, with ε = 2⁻⁵². Σ|xᵢvᵢ|/Σvᵢ² is the magnitude of x in the direction v, so that
// the units of x do not matter. The magnitude is replaced by √ε·max|xᵢ|·Σ|vᵢ|/Σvᵢ² if that is
// larger. If x = 0, every xᵢ in the sums is replaced by 1. A product costs two gradients, and has
// about ten correct digits. The function is not safe for concurrent use.
//
// J. E. Dennis and R. B. Schnabel, Numerical Methods for Unconstrained Optimization and Nonlinear
// Equations, 1996, section 5.4, doi:10.1137/1.9781611971200 (the step).
func HessVecDiff(grad func(dst, x []float64)) func(dst, x, v []float64) {
	var there, back []float64
	return func(dst, x, v []float64) {
		there, back = resize(there, len(x)), resize(back, len(x))
		h := float64(0x1p-17 * magnitude(x, v))
		if h == 0 {
			clear(dst)
			return
		}
		kernel.AddScaledTo(there, x, v, h)
		grad(dst, there)
		kernel.AddScaledTo(there, x, v, -h)
		grad(back, there)
		kernel.AddScaled(dst, back, -1)
		kernel.Scale(dst, 1/(2*h))
	}
}

// magnitude returns the magnitude of x in the direction v, divided by that of v. If v = 0, it
// returns 0.
func magnitude(x, v []float64) float64 {
	top, scale := kernel.AbsMax(x), kernel.AbsMax(v)
	if scale == 0 {
		return 0
	}
	along, sum, squares := 0.0, 0.0, 0.0
	for i, vi := range v {
		u := math.Abs(vi / scale) // its square does not overflow
		along += float64(math.Abs(x[i]) * u)
		sum += u
		squares += float64(u * u)
	}
	if top == 0 {
		along = sum
	}
	return max(along, float64(leastSize*top*sum)) / squares / scale
}

// Step implements Optimizer.
func (o *HessianFree) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *HessianFree) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *HessianFree) expect(n, grads int) {
	o.driver.expect(n, grads)
	if o.hessVec == nil && (o.Problem == nil || o.Problem.Grad == nil) {
		panic("optim: HessianFree: no products; want a function in NewHessianFree, or Problem.Grad")
	}
}

func (o *HessianFree) rate() float64 {
	checkNonNegative("HessianFree", "Damping", o.Damping)
	checkAtLeast("HessianFree", "MaxProducts", o.MaxProducts, 0)
	return o.scheduled("HessianFree", o.LearningRate, o.Schedule)
}

func (o *HessianFree) forget() {}

// learn adapts the damping after a step along the direction of direct.
func (o *HessianFree) learn(from, to optimize.Location) {
	if o.AdaptDamping && o.modeled && o.predicted < 0 && !math.IsNaN(from.F+to.F) {
		switch ratio := (to.F - from.F) / o.predicted; {
		case ratio > 3./4:
			o.Damping *= 2. / 3
		case ratio < 1./4:
			o.Damping *= 3. / 2
		}
	}
}

// direct runs conjugate gradients from zero, with the preconditioner m.
func (o *HessianFree) direct(e *evaluator, d, x, g []float64) float64 {
	n := len(x)
	o.r, o.p, o.q = resize(o.r, n), resize(o.p, n), resize(o.q, n)
	v, r, p, q := &o.reducer, o.r, o.p, o.q
	norm := v.Norm(g)
	clear(d)
	o.predicted = 0
	if norm == 0 {
		return 1
	}
	o.largest = max(o.largest, norm)
	const exponent = 0.28 // takes the fewest evaluations on the problems of the tests
	forcing := min(0.5, portable.Pow(norm/o.largest, exponent))
	if o.Preconditioner != nil {
		o.m = resize(o.m, n)
		o.Preconditioner(o.m, x)
	}
	copy(r, g)
	o.precondition(p, r)
	kernel.Scale(p, -1)
	rz := -v.Dot(r, p) // p = −z
	for k := range o.products(n) {
		if !o.product(e, q, x, g, p) {
			return 0
		}
		kernel.AddScaled(q, p, o.Damping)
		bend := v.Dot(p, q)
		if !isFinite(bend) {
			return 0
		}
		if bend <= 0 {
			alpha := rz / math.Abs(bend)
			kernel.AddScaled(d, p, alpha)
			o.predicted -= float64(1.5 * alpha * rz)
			break
		}
		alpha := rz / bend
		kernel.AddScaled(d, p, alpha)
		kernel.AddScaled(r, q, alpha)
		before := o.predicted
		o.predicted -= float64(alpha * rz / 2) // the decrease of the model in this iteration
		if v.Norm(r) <= forcing*norm || float64(k+1)*(1-before/o.predicted) <= forcing {
			break
		}
		z := q
		o.precondition(z, r)
		last := rz
		rz = v.Dot(r, z)
		kernel.Scale(p, rz/last)
		kernel.AddScaled(p, z, -1)
	}
	return 1
}

// products returns the largest number of products in a step.
func (o *HessianFree) products(n int) int {
	if o.MaxProducts > 0 {
		return o.MaxProducts
	}
	return 2*n + 10
}

// product sets dst to ∇²f·v at x, where the gradient is g. Without hessVec it takes a forward
// difference of the gradient. It returns false if e allows no more evaluations.
func (o *HessianFree) product(e *evaluator, dst, x, g, v []float64) bool {
	if o.hessVec != nil {
		o.hessVec(dst, x, v)
		return true
	}
	h := 0x1p-24 * magnitude(x, v)
	o.there = resize(o.there, len(x))
	kernel.AddScaledTo(o.there, x, v, h)
	if !e.gradient(dst, o.there) {
		return false
	}
	kernel.AddScaled(dst, g, -1)
	kernel.Scale(dst, 1/h)
	return true
}

// precondition sets dst to r divided by the preconditioner.
func (o *HessianFree) precondition(dst, r []float64) {
	copy(dst, r)
	if o.Preconditioner != nil {
		for i, m := range o.m {
			dst[i] /= m
		}
	}
}

func (o *HessianFree) visit(a *walk) {
	o.visitSearch(a, "HessianFree", &o.LearningRate, &o.Damping, &o.AdaptDamping, &o.MaxProducts)
	a.State(&o.largest, &o.predicted)
}
