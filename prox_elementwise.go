package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/kernel"
)

// Box is the set of the x with lower ≤ x ≤ upper in every coordinate. Its prox is the projection:
//
//	x ← min(max(x, lower), upper)
//
// A coordinate within its bounds keeps its bits. A NaN stays NaN. Reference: N. Parikh and S. Boyd,
// Proximal algorithms, 2014, doi:10.1561/2400000003, section 6.2.
type Box struct {
	Lower []float64 // one number for each parameter, or one for all; −Inf: no bound; nil: no bounds
	Upper []float64 // as Lower, with +Inf for no bound; not less than Lower
}

// ProxBox returns the projection onto the box between lower and upper. Each has one number for each
// parameter, or one number for all parameters, or is nil. The [Box] keeps the slices.
func ProxBox(lower, upper []float64) *Box { return &Box{lower, upper} }

// ProxNonNegative returns the projection onto the x ≥ 0, which is x ← max(x, 0).
func ProxNonNegative() *Box { return &Box{Lower: []float64{0}} }

// Apply implements [Prox]. The projection does not depend on eta.
func (p *Box) Apply(x []float64, eta float64) {
	p.check(len(x))
	p.piece(0, x, eta)
}

// String describes the set in one line.
func (p *Box) String() string { return describe(p, new(Box)) }

func (p *Box) piece(lo int, x []float64, _ float64) {
	hi := lo + len(x)
	switch len(p.Lower) {
	case 0:
	case 1:
		kernel.Between(x, p.Lower[0], inf)
	default:
		kernel.AtLeast(x, p.Lower[lo:hi])
	}
	switch len(p.Upper) {
	case 0:
	case 1:
		kernel.Between(x, -inf, p.Upper[0])
	default:
		kernel.AtMost(x, p.Upper[lo:hi])
	}
}

func (p *Box) check(n int) {
	checkBounds("Lower", p.Lower, n)
	checkBounds("Upper", p.Upper, n)
	for i := range max(len(p.Lower), len(p.Upper)) {
		lower, upper := bound(p.Lower, i, -inf), bound(p.Upper, i, inf)
		switch {
		case !(lower <= math.MaxFloat64):
			outside("Box", fmt.Sprintf("Lower[%d]", i), lower, "[-Inf, +Inf)")
		case !(upper >= -math.MaxFloat64):
			outside("Box", fmt.Sprintf("Upper[%d]", i), upper, "(-Inf, +Inf]")
		case lower > upper:
			outside("Box", fmt.Sprintf("Lower[%d]", min(i, len(p.Lower)-1)), lower, fmt.Sprintf("[-Inf, Upper = %v]", upper))
		}
	}
}

// checkBounds panics unless there are no bounds, one, or one for each of n parameters.
func checkBounds(field string, bounds []float64, n int) {
	if k := len(bounds); k > 1 && k != n {
		panic(fmt.Sprintf("optim: Box.%s: len = %d, want %d, one for each parameter, or 1 or 0", field, k, n))
	}
}

// bound returns the bound of coordinate i, or none if there are no bounds.
func bound(bounds []float64, i int, none float64) float64 {
	switch len(bounds) {
	case 0:
		return none
	case 1:
		return bounds[0]
	}
	return bounds[i]
}

func (p *Box) visit(a *walk) { a.Type("Box", 1) }

// ElasticNet is the penalty h = λ₁‖x‖₁ + λ₂/2·‖x‖². Its prox moves every coordinate towards zero:
//
//	x ← sign(x)·max(|x| − ηλ₁, 0)/(1 + ηλ₂)
//
// A NaN stays NaN. The quotient is a product with the rounded 1/(1 + ηλ₂). References: H. Zou and
// T. Hastie, Regularization and variable selection via the elastic net, 2005,
// doi:10.1111/j.1467-9868.2005.00503.x; N. Parikh and S. Boyd, Proximal algorithms, 2014,
// doi:10.1561/2400000003, section 6.5.
type ElasticNet struct {
	L1 float64 // λ₁ ≥ 0; makes coordinates exactly zero
	L2 float64 // λ₂ ≥ 0
}

// ProxL1 returns soft thresholding, the prox of λ‖x‖₁.
func ProxL1(lambda float64) *ElasticNet { return &ElasticNet{L1: lambda} }

// ProxL2 returns the prox of λ/2·‖x‖², which is x ← x/(1 + ηλ). For the norm itself, λ‖x‖, see
// [ProxGroup].
func ProxL2(lambda float64) *ElasticNet { return &ElasticNet{L2: lambda} }

// ProxElasticNet returns the prox of λ₁‖x‖₁ + λ₂/2·‖x‖², with λ₁ = l1 and λ₂ = l2.
func ProxElasticNet(l1, l2 float64) *ElasticNet { return &ElasticNet{l1, l2} }

// Apply implements [Prox]. It panics unless eta is in [0, +Inf).
func (p *ElasticNet) Apply(x []float64, eta float64) {
	p.check(len(x))
	checkEta("ElasticNet", eta)
	p.piece(0, x, eta)
}

// String describes the penalty in one line.
func (p *ElasticNet) String() string { return describe(p, new(ElasticNet)) }

func (p *ElasticNet) piece(_ int, x []float64, eta float64) {
	if shift := float64(eta * p.L1); shift > 0 {
		kernel.Shrink(x, shift)
	}
	if growth := float64(eta * p.L2); growth > 0 {
		kernel.Scale(x, 1/(1+growth))
	}
}

func (p *ElasticNet) check(_ int) {
	checkNonNegative("ElasticNet", "L1", p.L1)
	checkNonNegative("ElasticNet", "L2", p.L2)
}

func (p *ElasticNet) visit(a *walk) {
	a.Type("ElasticNet", 1)
	a.Settings(&p.L1, &p.L2)
}
