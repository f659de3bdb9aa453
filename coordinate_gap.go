package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// Gap returns the duality gap of a sum of NewSquaredSum, NewLogisticSum, NewPoissonSum or
// NewHuberSum: an upper bound of the loss with penalties, less its minimum. It is that at the
// parameters before the last Step, and has a rounding error of some 10⁻¹⁵ times the loss. With
// u = φ′(z) and the largest s ≤ 1 that makes su feasible:
//
//	gap = f(x) + λ₁Σsⱼ|xⱼ| + λ₂/2·Σsⱼxⱼ² + 1/W·Σ wᵢφᵢ*(s·uᵢ) + Σⱼ max(s|gⱼ| − λ₁sⱼ, 0)²/(2λ₂sⱼ)
//
// φ* is the convex conjugate of φ. If λ₂sⱼ = 0, su is feasible only if s|gⱼ| ≤ λ₁sⱼ. Gap returns +Inf
// before the first Step, for other losses, with the order Greedy, and if a parameter other than the
// intercept has no penalty.
//
// M. Massias, A. Gramfort and J. Salmon, Celer: a fast solver for the lasso with dual extrapolation,
// 2018, arXiv:1802.07481; E. Ndiaye and others, Gap safe screening rules for sparsity enforcing
// penalties, 2017, arXiv:1611.05780.
func (o *CoordinateDescent) Gap() float64 {
	if o.t == 0 || o.linear == nil {
		return inf
	}
	return o.gap
}

// measureGap sets gap to its value at x, and returns s.
func (o *CoordinateDescent) measureGap(x []float64) (s float64) {
	m := o.linear
	s = 1
	free := m.sum.model == nil
	penalty := 0.0
	for j, g := range o.working.grads {
		l1, l2 := o.penalties(j)
		penalty += float64(l1*math.Abs(x[j])) + float64(l2/2*float64(x[j]*x[j]))
		switch slope := math.Abs(g); {
		case l2 > 0 || m.sum.Intercept && j == m.sum.p:
		case l1 == 0:
			free = free || m.squares[j] > 0
		default:
			s = min(s, l1/slope)
		}
	}
	if free {
		o.gap = inf
		return s
	}
	dual := 0.0
	for j, g := range o.working.grads {
		if l1, l2 := o.penalties(j); l2 > 0 {
			excess := max(float64(s*math.Abs(g))-l1, 0)
			dual += float64(excess*excess) / (2 * l2)
		}
	}
	primal, conjugate := o.lossValues(x, s)
	o.gap = max(primal+penalty+conjugate+dual, 0)
	o.working.error = float64(gapError * (math.Abs(primal) + penalty + math.Abs(conjugate) + dual + o.working.gram.constant))
	return s
}

// lossValues returns f at x and 1/W·Σ wᵢφᵢ*(s·uᵢ).
func (o *CoordinateDescent) lossValues(x []float64, s float64) (primal, conjugate float64) {
	if g := &o.working.gram; g.linear != nil {
		return g.values(s, x, o.working.grads)
	}
	return o.linear.values(s)
}

// gapError is a bound of the relative rounding error of the sums of a gap.
const gapError = 64 * epsilon

// values returns f at z and 1/W·Σ wᵢφᵢ*(s·uᵢ).
func (m *linearColumns) values(s float64) (primal, conjugate float64) {
	model := m.sum.model
	if m.labels != nil {
		for i, d := range m.d {
			primal += float64(d * d / 2)
			conjugate += model.conjugate(float64(s*d), m.labels[i])
		}
		return primal, conjugate
	}
	primal = m.loss(m.z)
	if s == 1 { // φ(z) + φ*(u) = zu for u = φ′(z)
		return primal, kernel.Dot(m.z, m.d) - primal
	}
	for i, share := range m.share {
		m.terms[i] = 0
		if share > 0 {
			m.terms[i] = float64(s*m.d[i]) / share
		}
	}
	model.conjugates(m.terms, m.terms, m.sum.labels)
	return primal, kernel.Dot(m.share, m.terms)
}

// reach returns the largest change of ∂f/∂xⱼ from the dual point to that of the minimum, as the gap
// bounds it.
func (o *CoordinateDescent) reach(j int) float64 {
	m := o.linear
	if m.sum.Curvature == 0 {
		return inf
	}
	return math.Sqrt(2 * m.sum.Curvature * m.squares[j] * (o.gap + o.working.error))
}
