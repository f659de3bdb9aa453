package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// nearBound is the share of λ₁sⱼ from which |gⱼ| makes a parameter that is 0 a candidate for the
// working set. From one value of a path to the next λ₁ falls by a few per cent.
const nearBound = 0.9

// slopes are the derivatives gⱼ = cⱼᵀd of a linear sum. A derivative that is far below λ₁sⱼ is not
// computed at every point. Since it was computed, it has changed by at most
//
//	‖cⱼ‖·Σ‖Δd‖
//
// (Cauchy-Schwarz). While |gⱼ| plus this number is below nearBound·λ₁sⱼ, a parameter that is 0
// violates no condition, is no candidate for the working set, and does not limit the dual point.
type slopes struct {
	grads  []float64 // gⱼ when it was computed
	at     []float64 // length when gⱼ was computed, or −Inf
	norms  []float64 // ‖cⱼ‖
	length float64   // Σ‖Δd‖
	last   []float64 // d when derivatives were computed last
}

// forget marks all derivatives as not computed.
func (s *slopes) forget(m *linearColumns) {
	s.grads, s.at = resize(s.grads, len(m.columns)), resize(s.at, len(m.columns))
	s.last = resize(s.last, len(m.d))
	fill(s.at, -inf)
	if s.norms == nil {
		s.norms = make([]float64, len(m.columns))
		for j, c := range m.columns {
			s.norms[j] = math.Sqrt(kernel.SumSquares(c.values, 1))
		}
	}
}

// renew computes the derivatives that may be at least nearBound·λ₁sⱼ, and those of the nonzero
// parameters.
func (o *CoordinateDescent) renew(x []float64) {
	s, m := &o.working.slopes, o.linear
	if g := &o.working.gram; g.linear != nil {
		g.gradient(s.grads, x)
		if m.sum.Intercept {
			g.minimizeIntercept(x, s.grads)
		}
		return
	}
	kernel.AddScaled(s.last, m.d, -1)
	s.length += math.Sqrt(kernel.SumSquares(s.last, 1))
	copy(s.last, m.d)
	for j, at := range s.at {
		l1, _ := o.penalties(j)
		most := math.Abs(s.grads[j]) + float64(s.norms[j]*(s.length-at))
		if at != s.length && (x[j] != 0 || !(most < nearBound*l1)) {
			s.grads[j], s.at[j] = o.Partial(x, j), s.length
		}
	}
}
