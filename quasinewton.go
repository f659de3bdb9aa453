package optim

import (
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// QuasiNewton is Newton's method with an approximation H of the inverse Hessian. After each move, H
// is updated with s = Δx and y = Δg, the changes of x and of the gradient g:
//
//	BFGS:  H ← H + (1 + (y·u)/(s·y))/(s·y) ssᵀ − (usᵀ + suᵀ)/(s·y)
//	DFP:   H ← H + ssᵀ/(s·y) − uuᵀ/(y·u)
//	SR1:   H ← H + (s − u)(s − u)ᵀ/((s − u)·y)
//	d ← −Hg
//
// with u = Hy. Before the first update H is set to (s·y)/(y·y)·I. Begin with BFGS. DFP needs many
// steps to correct a bad H. The H of SR1 may be indefinite, like the Hessian. If −Hg is not a
// direction of descent, SR1 takes d = Hg.
//
// With Problem set, a Step is a line search along d for the strong Wolfe conditions; see [Newton].
// BFGS and DFP skip the update unless s·y > ε‖s‖‖y‖, with ε = 2⁻⁵². SR1 skips the update unless |(s
// − u)·y| ≥ 1e-8‖s − u‖‖y‖.
//
// After a line search BFGS and DFP set H to γH before the update:
//
//	r = (s·y)/(y·Hy)
//	q = (s·H⁻¹s)/(s·y)
//	γ = max(1, r^¾ q^¼ min(1, q′)) if r ≤ 0.99q, else 1
//
// where q′ is the q of the pair before. scipy and gonum do not have this scaling. Without it H can
// stay too small along directions of small curvature. r is at most q. If r > 1, H is too small
// along y and along s. If r = q, Hy is parallel to s, and the update corrects H without the
// scaling. If q′ < 1, H was too large along the s of the pair before, and γ is smaller.
//
// With Problem nil a Step is x ← x + ηd with η = LearningRate · Schedule(t−1). BFGS and DFP then
// damp y as [LBFGS] does, and γ is 1. Without an H, as in the first Step, d is that of LBFGS without
// pairs.
//
// A step reads H once and writes it once. The state is an n×n matrix and seven vectors, and two
// more for line searches.
//
// J. Nocedal and S. J. Wright, Numerical Optimization, 2006, chapter 6 (equations 6.17, 6.15, 6.25
// and 6.20), doi:10.1007/978-0-387-40065-5; S. S. Oren and D. G. Luenberger, Self-scaling variable
// metric (SSVM) algorithms, part I, 1974, doi:10.1287/mnsc.20.5.845 (factors from r to q); M.
// Al-Baali, Numerical experience with a class of self-scaling quasi-Newton algorithms, 1998,
// Journal of Optimization Theory and Applications 96, 533-553 (only factors that make H larger).
type QuasiNewton struct {
	LearningRate float64               // η ≥ 0 of a fixed step; default 1
	Schedule     Schedule              // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1
	Problem      *optimize.Problem     // problem for line searches; nil: fixed steps
	Linesearcher optimize.Linesearcher // nil means the search of Moré and Thuente, or backtracking if Problem has no Grad

	search
	formula    formula
	hasInverse bool
	scale      float64   // (s·y)/(y·y) of the last pair
	excess     float64   // q of the last pair
	inverse    []float64 // H, its upper triangle, in rows
	hg         []float64 // H times the gradient at the last point
	u, s, y    []float64
}

type formula int

const (
	bfgs formula = iota
	dfp
	sr1
)

var formulaNames = [...]string{"BFGS", "DFP", "SR1"}

// NewBFGS returns the method of Broyden, Fletcher, Goldfarb and Shanno.
func NewBFGS() *QuasiNewton { return made(&QuasiNewton{LearningRate: 1, formula: bfgs}) }

// NewDFP returns the method of Davidon, Fletcher and Powell. Its line searches are more exact: the
// factor of the curvature condition is 0.25, and 0.9 for the other methods.
func NewDFP() *QuasiNewton {
	return made(&QuasiNewton{LearningRate: 1, formula: dfp, search: search{curvatureFactor: 0.25}})
}

// NewSR1 returns the method with the symmetric update of rank one.
func NewSR1() *QuasiNewton { return made(&QuasiNewton{LearningRate: 1, formula: sr1}) }

// Inverse copies H to dst, which is empty or n×n, and returns true. Before the first update it
// leaves dst as it is and returns false. It panics if dst has another size.
func (o *QuasiNewton) Inverse(dst *mat.SymDense) bool {
	if o.hasInverse {
		reuse(dst, len(o.hg), "QuasiNewton.Inverse")
		dst.CopySym(mat.NewSymDense(len(o.hg), o.inverse))
	}
	return o.hasInverse
}

// Step implements Optimizer.
func (o *QuasiNewton) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *QuasiNewton) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *QuasiNewton) rate() float64 { return o.scheduled("QuasiNewton", o.LearningRate, o.Schedule) }

func (o *QuasiNewton) direct(e *evaluator, d, _, g []float64) float64 {
	if !o.hasInverse {
		return firstDirection(e, d, g)
	}
	copy(d, o.hg)
	if o.formula != sr1 || kernel.Dot(d, g) > 0 {
		kernel.Scale(d, -1)
	}
	return 1
}

func (o *QuasiNewton) forget() { o.hasInverse = false }

func (o *QuasiNewton) visit(a *walk) {
	o.visitSearch(a, formulaNames[o.formula], &o.LearningRate)
	a.State(&o.hasInverse, &o.scale, &o.excess)
	a.Matrix(&o.inverse)
	a.Optional(&o.hg)
}
