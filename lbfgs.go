package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// LBFGS is the quasi-Newton method of limited memory: it keeps the last m pairs
// of steps s = Δx and changes of the gradient y = Δg, and takes from them what
// the inverse of the Hessian would do to the gradient.
//
//	q ← g;   for i from the newest pair to the oldest:  aᵢ ← sᵢ·q/sᵢ·yᵢ,  q ← q − aᵢyᵢ
//	r ← γq;  for i from the oldest pair to the newest:  bᵢ ← yᵢ·r/sᵢ·yᵢ,  r ← r + (aᵢ − bᵢ)sᵢ
//	d ← −r
//
// with γ = s·y/y·y of the newest pair. The two loops run over the coefficients
// of g, sᵢ and yᵢ, whose inner products are kept: a direction goes over the pairs
// twice, block by block, and reads and writes no vector of its own in between.
//
// With Problem set a Step searches along d for a point that satisfies the strong
// conditions of Wolfe, and grads is not looked at unless the problem has no
// gradient; see Newton for that. A pair enters if s·y > ε‖s‖‖y‖. With Problem nil a
// Step is x ← x + ηd, with η = LearningRate · Schedule(t−1), and the first one, of
// which nothing is known, no longer than η in the sum of its coordinates, as
// in PyTorch. Then nothing ensures s·y > 0, so that y is damped: with Powell's θ it
// becomes θy + (1−θ)s/γ, and the steps stay bounded when gradients are noisy. A
// gradient that is not finite takes params back to the point before, and
// the pairs are forgotten.
//
// It keeps 2m + 5 vectors, and two more for line searches. D. C. Liu and J.
// Nocedal, On the limited memory BFGS method for large scale optimization, 1989,
// doi:10.1007/BF01589116; W. Chen, Z. Wang and J. Zhou, Large-scale L-BFGS using
// MapReduce, 2014 (the loops over coefficients); X. Wang, S. Ma, D. Goldfarb and
// W. Liu, Stochastic quasi-Newton methods for nonconvex stochastic optimization,
// 2017, doi:10.1137/15M1053141 (the damping).
type LBFGS struct {
	LearningRate float64               // η of a fixed step, at least 0; default 1
	Schedule     Schedule              // factor on η by step; nil is 1
	Problem      *optimize.Problem     // what to search; nil takes fixed steps
	Linesearcher optimize.Linesearcher // nil is MoreThuente, or Backtracking without a gradient

	search
	pairs
}

// NewLBFGS returns L-BFGS with the given number of pairs, at least 1; 5 to 20 are
// common.
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

func (o *LBFGS) rate() float64 { return o.scheduled("LBFGS", o.LearningRate, o.Schedule) }

func (o *LBFGS) direct(e *evaluator, d, _, g []float64) float64 {
	if o.have == 0 {
		return firstDirection(e, d, g)
	}
	o.pairs.direct(d, g)
	return 1
}

func (o *LBFGS) learn(from, to optimize.Location) { o.pairs.learn(from, to, math.IsNaN(to.F)) }

func (o *LBFGS) visit(a *walk) {
	a.Type("LBFGS", 1)
	a.Settings(&o.LearningRate)
	o.visitSearch(a)
	o.visitPairs(a)
}
