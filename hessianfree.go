package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// HessianFree is Newton's method without a matrix. It solves (∇²f + λI)d = −g by conjugate
// gradients, which need only products of the Hessian with vectors, up to
//
//	‖(∇²f + λI)d + g‖ ≤ min(½, √(‖g‖/‖g‖max))·‖g‖
//
// with λ = Damping and the largest ‖g‖ so far, ‖g‖max. The accuracy therefore does not depend on
// the units of f. The iterations stop at negative curvature. In the first iteration d is then the
// step that the absolute value of the curvature leads to. With AdaptDamping, λ follows Martens's
// rule: with the ratio ρ of the decrease of f to the decrease that the model predicts, λ ← ⅔λ if ρ
// > ¾, and λ ← 3/2·λ if ρ < ¼.
//
// Step uses d as Newton does, with and without Problem. AdaptDamping has no effect without one.
//
// The state is three vectors, and two more for line searches. Conjugate gradients use three more,
// and a fourth with a Preconditioner.
//
// J. Martens, Deep learning via Hessian-free optimization, 2010; J. Nocedal and S. J. Wright,
// Numerical Optimization, 2006, algorithm 7.1, doi:10.1007/978-0-387-40065-5; T. Steihaug, The
// conjugate gradient method and trust regions in large scale optimization, 1983,
// doi:10.1137/0720042.
type HessianFree struct {
	LearningRate   float64                // η ≥ 0 of a fixed step; default 1
	Schedule       Schedule               // factor on η by step; nil is 1
	Damping        float64                // λ ≥ 0; default 0
	AdaptDamping   bool                   // adapt λ by Martens's rule
	MaxProducts    int                    // the largest number of products in a step, at least 1; default 200
	Preconditioner func(dst, x []float64) // writes the diagonal of an approximate Hessian at x, positive, to dst; nil: the identity
	Problem        *optimize.Problem      // what a Step searches; nil: fixed steps
	Linesearcher   optimize.Linesearcher  // nil is MoreThuente, or Backtracking without a gradient

	search
	hessVec     func(dst, x, v []float64)
	differences func(dst, x, v []float64) // used if hessVec is nil: differences of the gradient that now evaluates
	now         *evaluator
	largest     float64   // ‖g‖max
	predicted   float64   // change of the model, with the damping, by the last direction; 0 if there is none
	r, p, q     []float64 // residual, direction, product
	m           []float64 // the preconditioner
}

// NewHessianFree returns Hessian-free optimization. hessVec writes the product of the Hessian at x
// and v to dst. If hessVec is nil, the products are differences of the problem's gradient, as in
// HessVecDiff.
func NewHessianFree(hessVec func(dst, x, v []float64)) *HessianFree {
	return made(&HessianFree{LearningRate: 1, MaxProducts: 200, hessVec: hessVec})
}

// HessVecDiff returns a function that approximates the product of the Hessian at x and v by central
// differences of a gradient:
//
//	∇²f·v ≈ (∇f(x + hv) − ∇f(x − hv))/2h,  h = ε^⅓·max(1, ‖x‖∞)/‖v‖∞
//
// A product costs two gradients. It has about ten correct digits if x and the gradient are of the
// order of 1. The function is not safe for concurrent use.
func HessVecDiff(grad func(dst, x []float64)) func(dst, x, v []float64) {
	var there, back []float64
	return func(dst, x, v []float64) {
		there, back = resize(there, len(x)), resize(back, len(x))
		top := kernel.AbsMax(v)
		if top == 0 {
			clear(dst)
			return
		}
		h := 0x1p-17 * max(1, kernel.AbsMax(x)) / top
		kernel.AddScaledTo(there, x, v, h)
		grad(dst, there)
		kernel.AddScaledTo(there, x, v, -h)
		grad(back, there)
		kernel.AddScaled(dst, back, -1)
		kernel.Scale(dst, 1/(2*h))
	}
}

// Step implements Optimizer.
func (o *HessianFree) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *HessianFree) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *HessianFree) expect(params, grads []float64) {
	o.driver.expect(params, grads)
	if o.hessVec == nil && (o.Problem == nil || o.Problem.Grad == nil) {
		panic("optim: HessianFree: no products; want a function in NewHessianFree, or Problem.Grad")
	}
}

func (o *HessianFree) rate() float64 {
	checkNonNegative("HessianFree", "Damping", o.Damping)
	checkAtLeast("HessianFree", "MaxProducts", o.MaxProducts, 1)
	return o.scheduled("HessianFree", o.LearningRate, o.Schedule)
}

func (o *HessianFree) forget() {}

// learn adapts the damping. It does not if there was no direction, so that the model predicts no
// change.
func (o *HessianFree) learn(from, to optimize.Location) {
	if o.AdaptDamping && o.predicted < 0 && !math.IsNaN(from.F+to.F) {
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
	if norm == 0 {
		o.predicted = 0
		return 1
	}
	o.largest = max(o.largest, norm)
	enough := min(0.5, math.Sqrt(norm/o.largest)) * norm
	if o.Preconditioner != nil {
		o.m = resize(o.m, n)
		o.Preconditioner(o.m, x)
	}
	copy(r, g)
	o.precondition(p, r)
	kernel.Scale(p, -1)
	rz := -v.Dot(r, p) // p = −z
	for k := range o.MaxProducts {
		if !o.product(e, q, x, p) {
			return 0
		}
		kernel.AddScaled(q, p, o.Damping)
		bend := v.Dot(p, q)
		if !(math.Abs(bend) <= math.MaxFloat64) {
			return 0
		}
		if bend <= 0 {
			if k == 0 {
				kernel.AddScaled(d, p, rz/math.Abs(bend))
			}
			break
		}
		alpha := rz / bend
		kernel.AddScaled(d, p, alpha)
		kernel.AddScaled(r, q, alpha)
		if v.Norm(r) <= enough {
			break
		}
		z := q
		o.precondition(z, r)
		before := rz
		rz = v.Dot(r, z)
		kernel.Scale(p, rz/before)
		kernel.AddScaled(p, z, -1)
	}
	// (∇²f + λI)d = r − g.
	o.predicted = (v.Dot(g, d) + v.Dot(r, d)) / 2
	return 1
}

// product sets dst to ∇²f·v. It returns false if e allows no more evaluations.
func (o *HessianFree) product(e *evaluator, dst, x, v []float64) bool {
	if o.hessVec != nil {
		o.hessVec(dst, x, v)
		return true
	}
	if o.differences == nil { // here and not in the constructor, where a copy would have that of the original
		o.differences = HessVecDiff(func(dst, x []float64) { o.now.gradient(dst, x) })
	}
	o.now = e
	o.differences(dst, x, v)
	return e.status == optimize.NotTerminated
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
