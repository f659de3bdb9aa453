package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// LBFGS is the quasi-Newton method of limited memory. It keeps the last m pairs of s = Δx and y =
// Δg, the changes of x and of the gradient g. From the pairs it computes the product Hg, where H
// approximates the inverse Hessian:
//
//	q ← g;   for i from the newest pair to the oldest:  aᵢ ← (sᵢ·q)/(sᵢ·yᵢ),  q ← q − aᵢyᵢ
//	r ← γq;  for i from the oldest pair to the newest:  bᵢ ← (yᵢ·r)/(sᵢ·yᵢ),  r ← r + (aᵢ − bᵢ)sᵢ
//	d ← −r
//
// with γ = (s·y)/(y·y) of the newest pair. The code does the loops on the coefficients of g, sᵢ and
// yᵢ in q and r, with stored inner products. Therefore a direction takes two passes over the pairs,
// and q and r are not stored.
//
// With Problem set, a Step is a line search along d for the strong Wolfe conditions; see [Newton]. A
// pair is kept if s·y > ε‖s‖‖y‖, with ε = 2⁻⁵².
//
// With Problem nil a Step is x ← x + ηd with η = LearningRate · Schedule(t−1). Without pairs, as in
// the first Step, d is −g·min(1, 1/Σ|gᵢ|), as in PyTorch. Fixed steps do not ensure s·y > 0. If s·y
// is less than a quarter of (s·s)/γ, Powell's damping replaces y by θy + (1−θ)s/γ, with the θ for
// which s·y is then equal to this quarter. So the steps stay bounded when gradients are noisy. If
// the gradient is not finite, Step sets params to the last point where the gradient was finite, and
// drops all pairs.
//
// Lower and Upper hold the bounds lᵢ ≤ xᵢ ≤ uᵢ. The method is then L-BFGS-B:
//
//	z ← the first minimum of the model along P(x − tg), t ≥ 0 (generalized Cauchy point)
//	w ← the minimum of the model over the free coordinates, which are not at a bound in z
//	d ← P(w) − x;  if d·g ≥ 0:  d ← z + α(w − z) − x with the largest α ≤ 1 within the bounds
//
// P is the projection on the bounds. The model is g·s + ½s·Bs for a step s, with the B = H⁻¹ of the
// pairs. There are two departures from L-BFGS-B. The y·y in γ is the sum over the coordinates that do
// not stay at a bound, instead of all. A line search tries P(x + αd) also for α > 1, while L-BFGS-B
// stops at the first bound. A fixed step is x ← P(x + ηd).
//
// All points at which the problem is evaluated lie within the bounds. Step projects params that are
// outside, and [Minimize] projects x0. If Problem has no Grad, Step only projects such params, since
// grads belong to another point. Searches use the projected gradient in place of g. It is 0 where xᵢ
// is at a bound and −gᵢ points outwards, and gᵢ elsewhere. Without pairs, d is along the negative
// projected gradient. A first line search then begins at P(x − g) if all bounds are finite, and at
// the distance 1 if not. Settings.GradientThreshold is compared with max|P(x − g) − x|. With [Method],
// gonum compares it with max|gᵢ|.
//
// Equal bounds fix a coordinate. If all bounds are infinite, the steps have the bits of steps without
// bounds. Step and Minimize panic if a bound is NaN, if Lower[i] > Upper[i], if Lower[i] is +Inf or
// Upper[i] is −Inf, or if a length does not fit. The bounds may change between steps. They are not
// part of the state.
//
// The state is 2m + 5 vectors, two more for line searches, and three more with bounds.
//
// References:
//
//   - D. C. Liu and J. Nocedal, On the limited memory BFGS method for large scale optimization,
//     1989, doi:10.1007/BF01589116
//   - W. Chen, Z. Wang and J. Zhou, Large-scale L-BFGS using MapReduce, 2014 (the loops over
//     coefficients)
//   - X. Wang, S. Ma, D. Goldfarb and W. Liu, Stochastic quasi-Newton methods for nonconvex
//     stochastic optimization, 2017, doi:10.1137/15M1053141 (the damping)
//   - R. H. Byrd, P. Lu, J. Nocedal and C. Zhu, A limited memory algorithm for bound constrained
//     optimization, 1995, doi:10.1137/0916069 (the bounds)
//   - J. L. Morales and J. Nocedal, Remark on "Algorithm 778: L-BFGS-B", 2011,
//     doi:10.1145/2049662.2049669 (the projection of w)
type LBFGS struct {
	LearningRate float64               // η ≥ 0 of a fixed step; default 1
	Schedule     Schedule              // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1
	Problem      *optimize.Problem     // problem for line searches; nil: fixed steps
	Linesearcher optimize.Linesearcher // nil means the search of Moré and Thuente, or backtracking if Problem has no Grad
	Lower        []float64             // lᵢ ≤ xᵢ, in [-Inf, +Inf) and at most uᵢ; nil: no lower bounds
	Upper        []float64             // uᵢ ≥ xᵢ, in (-Inf, +Inf]; nil: no upper bounds

	search
	pairs
}

// NewLBFGS returns L-BFGS with up to m = memory pairs; 5 to 20 are common. It panics if memory < 1.
func NewLBFGS(memory int) *LBFGS {
	checkAtLeast("NewLBFGS", "memory", memory, 1)
	o := made(&LBFGS{LearningRate: 1})
	o.pairs.init(memory)
	return o
}

// Step implements Optimizer.
func (o *LBFGS) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *LBFGS) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *LBFGS) limits(n int) box { return newBox("LBFGS", o.Lower, o.Upper, n) }

func (o *LBFGS) expect(n, grads int) {
	o.driver.expect(n, grads)
	o.limits(n)
}

func (o *LBFGS) rate() float64 { return o.scheduled("LBFGS", o.LearningRate, o.Schedule) }

func (o *LBFGS) direct(e *evaluator, d, x, g []float64) float64 {
	switch {
	case o.stored > 0 && !o.box.exists():
		o.pairs.direct(d, g)
		return 1
	case o.stored > 0 && o.directWithin(&o.box, d, x, g):
		return 1
	}
	o.forget()
	return firstDirection(e, d, g)
}

func (o *LBFGS) learn(from, to optimize.Location) { o.pairs.learn(from, to, math.IsNaN(to.F)) }

func (o *LBFGS) visit(a *walk) {
	o.visitSearch(a, "LBFGS", &o.LearningRate)
	o.visitPairs(a)
}
