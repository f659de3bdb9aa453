package optim

import (
	"math"
	"slices"

	"example.com/optim/internal/kernel"
)

// Simplex is the set of the x ≥ 0 with Σxᵢ = s. With s = 1 these are probabilities. Its prox is the
// projection:
//
//	x ← max(x − τ, 0), with τ such that Σxᵢ = s
//
// Newton's method on the convex, piecewise linear function Σmax(xᵢ − τ, 0) − s of τ finds τ. This
// takes at most about 28 + log₂n passes over x, often fewer than 10, and no memory. The result for
// an x in the simplex is x up to rounding. If an element of x is NaN or +Inf, or all are −Inf, every
// element becomes NaN. References: J. Duchi and others, Efficient projections onto the ℓ₁-ball for
// learning in high dimensions, 2008, doi:10.1145/1390156.1390191, which sorts x; R. Cominetti, W.
// Mascarenhas and P. Silva, A Newton's method for the continuous quadratic knapsack problem, 2014,
// doi:10.1007/s12532-014-0066-y.
type Simplex struct {
	Sum float64 // s ≥ 0
}

// ProxSimplex returns the projection onto the x ≥ 0 with the given sum.
func ProxSimplex(sum float64) *Simplex { return &Simplex{sum} }

// Apply implements [Prox]. The projection does not depend on eta.
func (p *Simplex) Apply(x []float64, _ float64) {
	p.check(len(x))
	if len(x) == 0 {
		return
	}
	top := slices.Max(x) // NaN if there is one
	if isFinite(top) {
		kernel.Cut(x, top, simplexOffset(x, top, p.Sum, kernel.Excess))
	} else {
		fill(x, math.NaN())
	}
}

// String describes the set in one line.
func (p *Simplex) String() string { return describe(p, new(Simplex)) }

func (p *Simplex) check(_ int) { checkNonNegative("Simplex", "Sum", p.Sum) }

func (p *Simplex) visit(a *walk) {
	a.Type("Simplex", 1)
	a.Settings(&p.Sum)
}

// simplexOffset returns the b for which Σmax((yᵢ − top) + b, 0) = sum. y is x or |x|, and top is its
// maximum. excess returns the left-hand side and the number of its positive terms. τ is top − b. The
// difference to top keeps the digits of b if top is much larger than sum.
//
// The iterates of Newton's method fall from b = sum to the solution. Each one divides the product of
// the error of the sum and the number of terms by at least 4.
func simplexOffset(x []float64, top, sum float64, excess func(x []float64, a, b float64) (float64, float64)) float64 {
	for b, again := sum, false; ; {
		total, terms := excess(x, top, b)
		next := b - (total-sum)/terms
		switch {
		case next < b:
			b = next
		case next > b && !again: // b is too small, by the rounding errors of a larger total
			b, again = next, true
		default:
			return b
		}
	}
}

// BallL1 is the set of the x with Σ|xᵢ| ≤ r. Its prox is the projection, which makes coordinates
// exactly zero:
//
//	x ← sign(x)·max(|x| − τ, 0), with τ such that Σ|xᵢ| = r
//
// An x in the ball keeps its bits. τ is computed as for a [Simplex]. If an element of x is NaN or
// infinite, every element becomes NaN. The references are those of Simplex.
type BallL1 struct {
	Radius float64 // r ≥ 0
}

// ProxBallL1 returns the projection onto the x with Σ|xᵢ| ≤ radius.
func ProxBallL1(radius float64) *BallL1 { return &BallL1{radius} }

// Apply implements [Prox]. The projection does not depend on eta.
func (p *BallL1) Apply(x []float64, _ float64) {
	p.check(len(x))
	top := kernel.AbsMax(x)
	if !isFinite(top) {
		fill(x, math.NaN())
	} else if norm, _ := kernel.ExcessAbs(x, 0, 0); norm > p.Radius {
		kernel.CutAbs(x, top, simplexOffset(x, top, p.Radius, kernel.ExcessAbs))
	}
}

// String describes the set in one line.
func (p *BallL1) String() string { return describe(p, new(BallL1)) }

func (p *BallL1) check(_ int) { checkNonNegative("BallL1", "Radius", p.Radius) }

func (p *BallL1) visit(a *walk) {
	a.Type("BallL1", 1)
	a.Settings(&p.Radius)
}

// BallL2 is the set of the x with ‖x‖ ≤ r. Its prox is the projection:
//
//	x ← x·min(1, r/‖x‖)
//
// An x in the ball keeps its bits. The norm is exact to rounding, also where squares of coordinates
// overflow. If the norm is NaN or infinite, every element becomes NaN. Reference: N. Parikh and S.
// Boyd, Proximal algorithms, 2014, doi:10.1561/2400000003, section 6.5.
type BallL2 struct {
	Radius float64 // r ≥ 0
}

// ProxBallL2 returns the projection onto the x with ‖x‖ ≤ radius.
func ProxBallL2(radius float64) *BallL2 { return &BallL2{radius} }

// Apply implements [Prox]. The projection does not depend on eta.
func (p *BallL2) Apply(x []float64, _ float64) {
	p.check(len(x))
	switch norm := kernel.Norm(x, kernel.SumSquares(x, 1)); {
	case !isFinite(norm):
		fill(x, math.NaN())
	case norm > p.Radius:
		kernel.Scale(x, p.Radius/norm)
	}
}

// String describes the set in one line.
func (p *BallL2) String() string { return describe(p, new(BallL2)) }

func (p *BallL2) check(_ int) { checkNonNegative("BallL2", "Radius", p.Radius) }

func (p *BallL2) visit(a *walk) {
	a.Type("BallL2", 1)
	a.Settings(&p.Radius)
}
