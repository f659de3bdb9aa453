package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// boundedModel is the quadratic model of f within the bounds, g·d + ½d·Bd, with the B of the pairs
// in compact form (Byrd, Lu, Nocedal and Zhu 1995, equation 3.2):
//
//	B = θI − WMWᵀ,  W = (Y  θS),  M⁻¹ = (−D Lᵀ; L θSᵀS),  θ = 1/γ
//
// The columns of S and Y are the k pairs, from the newest to the oldest. D is the diagonal of SᵀY. L
// has the sᵢ·yⱼ for which pair i is newer than pair j. g is the projected gradient. z is the
// generalized Cauchy point. The free coordinates are those that are not at a bound in z.
type boundedModel struct {
	gamma  float64      // γ = (s·y)/(y·y) of the newest pair; y·y is over the coordinates that no bound holds
	theta  float64      // θ
	middle saddleMatrix // M⁻¹
	free   saddleMatrix // M⁻¹ − γWᵀW over the free coordinates

	descent []float64 // −Wᵀg over the free coordinates, Y first
	moved   []float64 // Wᵀ(z − x) over the other coordinates
	row     []float64 // a row of W
	solved  []float64 // M times the row, and later q of subspaceMinimum
	ahead   []float64 // M times descent
	passed  []float64 // MWᵀ(z − x)

	ss, sy, yy []float64 // SᵀS, SᵀY and YᵀY over the coordinates at a bound, in rows

	path cauchyPath
}

// directWithin sets d to the step from x to the minimum of the model over the free coordinates,
// projected on the bounds (J. L. Morales and J. Nocedal, Remark on algorithm 778, 2011). If d is
// then no direction of descent, the step is truncated at the first bound behind z instead.
// directWithin returns false if that d is no direction of descent either.
func (p *pairs) directWithin(b *box, d, x, g []float64) (ok bool) {
	p.innerProducts(g, true)
	p.olderSteps(len(g))
	p.heldProducts(b, x, g)
	if !p.beginModel() || !p.cauchyPoint(b, x, g) || !p.subspaceMinimum() {
		return false
	}
	path := &p.model.path
	p.within, p.x, p.g, p.d = b, x, g, d
	p.pass(len(g), 0, (*pairs).combineWithin)
	path.place(b, d, x, g)
	if kernel.Dot(d, g) < 0 {
		return true
	}
	p.g, p.d = g, d
	p.pass(len(g), 0, (*pairs).combine)
	path.truncate(b, d, x, g)
	path.place(b, d, x, g)
	return kernel.Dot(d, g) < 0
}

// beginModel sets the model at x, where z = x. It returns false if M is singular to rounding.
func (p *pairs) beginModel() (ok bool) {
	m, k := &p.model, p.stored
	for _, v := range []*[]float64{&m.descent, &m.moved, &m.row, &m.solved, &m.ahead, &m.passed} {
		*v = small(*v, 2*k)
	}
	clear(m.moved)
	clear(m.passed)
	yy := p.yy[p.newest][p.newest]
	m.gamma = p.sy[p.newest][p.newest] / max(yy-m.yy[0], float64(sqrtEpsilon*yy))
	m.theta = 1 / m.gamma
	for a, i := range p.order {
		m.descent[a], m.descent[k+a] = -p.sums[i][1], -float64(m.theta*p.sums[i][0])
	}
	sy := func(a, b int) float64 { return p.sy[p.order[a]][p.order[b]] }
	ok = m.middle.factor(k,
		func(a, b int) float64 { return only(a == b, sy(a, b)) },
		func(a, b int) float64 { return only(a < b, sy(a, b)) },
		func(a, b int) float64 { return float64(m.theta * p.ss[p.order[a]][p.order[b]]) })
	if ok {
		copy(m.ahead, m.descent)
		m.middle.solve(m.ahead)
	}
	return ok
}

// only returns v if the condition holds, and otherwise 0.
func only(is bool, v float64) float64 {
	if is {
		return v
	}
	return 0
}

// subspaceMinimum sets the coefficients of the step to the minimum of the model over the free
// coordinates. The other coordinates step to their bounds:
//
//	d = −γg + γWq,  (M⁻¹ − γWᵀW)q = moved + γ·descent
//
// W has the rows of the free coordinates. This is the minimum of section 5.1 of Byrd and others; the
// step to z cancels out. The matrix is (−P Eᵀ; E C) with P = D + γYᵀY, C = θSᵀS over the other
// coordinates, and E = L over the other coordinates less the rest of SᵀY over the free ones.
func (p *pairs) subspaceMinimum() (ok bool) {
	m, k := &p.model, p.stored
	sy := func(a, b int) float64 { return p.sy[p.order[a]][p.order[b]] }
	ok = m.free.factor(k,
		func(a, b int) float64 {
			return only(a == b, sy(a, b)) + float64(m.gamma*(p.yy[p.order[a]][p.order[b]]-m.yy[a*k+b]))
		},
		func(a, b int) float64 { return m.sy[a*k+b] - only(a >= b, sy(a, b)) },
		func(a, b int) float64 { return float64(m.theta * m.ss[a*k+b]) })
	if !ok {
		return false
	}
	q := m.solved
	copy(q, m.moved)
	addScaled(q, m.descent, m.gamma)
	m.free.solve(q)
	p.onG = -m.gamma
	for a, i := range p.order {
		p.onY[i], p.onS[i] = m.gamma*q[a], q[k+a] // γθ = 1
	}
	return true
}

// combineWithin computes a block of the direction, and projects its end on the bounds. Coordinates
// that a bound holds stay.
func (p *pairs) combineWithin(lo, hi int) {
	p.combine(lo, hi)
	for i := lo; i < hi; i++ {
		if x := p.x[i]; p.g[i] == 0 && p.within.touches(i, x) {
			p.d[i] = 0
		} else {
			p.d[i] = p.within.end(i, x, x+p.d[i]) - x
		}
	}
}

// truncate changes d, a step to a point out of the bounds. The new d is the step to z, and from z
// towards that point up to the first bound.
func (c *cauchyPath) truncate(b *box, d, x, g []float64) {
	part := 1.0
	for i, gi := range g {
		z := -float64(c.end() * gi)
		switch rest := d[i] - z; {
		case c.rests(b, i, x[i], gi):
			d[i] = 0
		case rest != 0:
			part = min(part, max(0, b.room(i, x[i]+z, -rest)/math.Abs(rest)))
		}
	}
	for i, gi := range g {
		if !c.rests(b, i, x[i], gi) {
			z := -float64(c.end() * gi)
			d[i] = b.end(i, x[i], x[i]+z+float64(part*(d[i]-z))) - x[i]
		}
	}
}
