package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// GroupLasso is the penalty h = λΣwⱼ‖xⱼ‖, a sum over groups xⱼ of consecutive parameters, with the
// Euclidean norm. Its prox makes whole groups exactly zero:
//
//	xⱼ ← max(1 − ηλwⱼ/‖xⱼ‖, 0)·xⱼ
//
// The groups must cover all parameters. Otherwise Apply panics. For parameters without a penalty,
// such as an intercept, use a weight of 0, or put them in a [Group] of their own. A NaN makes all of
// its group NaN, unless ηλwⱼ is 0. A group with an infinity stays as it is. The norm is exact to
// rounding, also where squares of coordinates overflow. References: M. Yuan and Y. Lin, Model
// selection and estimation in regression with grouped variables, 2006,
// doi:10.1111/j.1467-9868.2005.00532.x, where wⱼ is the root of the number of parameters in the
// group; N. Parikh and S. Boyd, Proximal algorithms, 2014, doi:10.1561/2400000003, section 6.5.
type GroupLasso struct {
	Lambda  float64   // λ ≥ 0
	Sizes   []int     // numbers of parameters, at least 1: one for each group, or one for all groups; nil: one group
	Weights []float64 // wⱼ ≥ 0, one for each group; nil: all are 1
}

// ProxGroup returns the prox of λΣ‖xⱼ‖, with groups of the given sizes in their order. One size is
// the size of all groups, and the number of parameters must be a multiple of it. Without sizes, all
// parameters are one group, and h = λ‖x‖.
func ProxGroup(lambda float64, sizes ...int) *GroupLasso {
	return &GroupLasso{Lambda: lambda, Sizes: sizes}
}

// Apply implements [Prox]. It panics unless eta is in [0, +Inf).
func (p *GroupLasso) Apply(x []float64, eta float64) {
	p.check(len(x))
	checkEta("GroupLasso", eta)
	for j := 0; len(x) > 0; j++ {
		size := p.size(j, len(x))
		shrinkGroup(x[:size], float64(eta*float64(p.Lambda*p.weight(j))))
		x = x[size:]
	}
}

// shrinkGroup moves x towards zero by shift, but not beyond zero.
func shrinkGroup(x []float64, shift float64) {
	switch norm := kernel.Norm(x, kernel.SumSquares(x, 1)); {
	case !(shift > 0):
	case norm <= shift:
		clear(x)
	default:
		kernel.Scale(x, 1-shift/norm)
	}
}

// String describes the penalty in one line.
func (p *GroupLasso) String() string { return describe(p, new(GroupLasso)) }

// size returns the size of group j, where left parameters are in this group and the groups behind.
func (p *GroupLasso) size(j, left int) int {
	switch len(p.Sizes) {
	case 0:
		return left
	case 1:
		return p.Sizes[0]
	}
	return p.Sizes[j]
}

// weight returns wⱼ.
func (p *GroupLasso) weight(j int) float64 {
	if p.Weights == nil {
		return 1
	}
	return p.Weights[j]
}

func (p *GroupLasso) check(n int) {
	checkNonNegative("GroupLasso", "Lambda", p.Lambda)
	groups := p.checkSizes(n)
	if p.Weights != nil && len(p.Weights) != groups {
		panic(fmt.Sprintf("optim: GroupLasso.Weights: len = %d, want %d, one for each group", len(p.Weights), groups))
	}
	for j, w := range p.Weights {
		if !(0 <= w && isFinite(w)) {
			outside("GroupLasso", fmt.Sprintf("Weights[%d]", j), w, "[0, +Inf)")
		}
	}
}

// checkSizes returns the number of groups. It panics if they do not cover n parameters.
func (p *GroupLasso) checkSizes(n int) (groups int) {
	total := 0
	for j, size := range p.Sizes {
		if size < 1 {
			panic(fmt.Sprintf("optim: GroupLasso.Sizes[%d] = %d, want at least 1", j, size))
		}
		total += size
	}
	switch len(p.Sizes) {
	case 0:
		return min(n, 1)
	case 1:
		if n%total != 0 {
			panic(fmt.Sprintf("optim: GroupLasso.Sizes[0] = %d, want a divisor of the number of parameters %d", total, n))
		}
		return n / total
	}
	if total != n {
		panic(fmt.Sprintf("optim: GroupLasso.Sizes: the sum is %d, want the number of parameters %d", total, n))
	}
	return len(p.Sizes)
}

func (p *GroupLasso) visit(a *walk) {
	a.Type("GroupLasso", 1)
	a.Settings(&p.Lambda)
}
