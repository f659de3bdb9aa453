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
// D is the diagonal of SᵀY and L its part below the diagonal. A vector of 2k elements, for k pairs
// from the newest to the oldest, has those of Y first. g is the projected gradient.
type boundedModel struct {
	gamma  float64      // γ = s·y/y·y of the newest pair, over the free coordinates
	theta  float64      // 1/γ
	middle saddleMatrix // M⁻¹
	free   saddleMatrix // M⁻¹ − γWᵀW over the free coordinates

	p, e, w    []float64 // Wᵀd, Wᵀ(z − x) for the Cauchy point z, and a row of W
	mp, mc, mw []float64 // M times these
	ss, sy, yy []float64 // SᵀS, SᵀY and YᵀY over the coordinates that z has at a bound, in rows

	path cauchyPath
}

// directWithin sets d to the step from x to the minimum of the model within the bounds, as far as
// it is found. z is the generalized Cauchy point. The minimum over the coordinates that z does not
// have at a bound is projected on the bounds (J. L. Morales and J. Nocedal, Remark on algorithm
// 778, 2011). If d is no direction of descent then, d is the way to z and on to the bound next to
// it. directWithin returns false if it finds no direction of descent.
func (p *pairs) directWithin(b *box, d, x, g []float64) (ok bool) {
	p.innerProducts(g, true)
	p.olderSteps(len(g))
	p.heldProducts(b, x, g)
	if !p.cauchyPoint(b, x, g) || !p.subspaceMinimum() {
		return false
	}
	p.within, p.x, p.g, p.d = b, x, g, d
	p.pass(len(g), 0, (*pairs).combineWithin)
	p.model.path.place(b, d, x, g)
	if kernel.Dot(d, g) < 0 {
		return true
	}
	p.g, p.d = g, d
	p.pass(len(g), 0, (*pairs).combine)
	p.model.path.truncate(b, d, x, g)
	p.model.path.place(b, d, x, g)
	return kernel.Dot(d, g) < 0
}

// multiplyAll is multiply, and multiplyStep for the newest pair.
func (p *pairs) multiplyAll(lo, hi int) {
	parts := p.parts[lo/kernel.Block*2*p.stored:]
	p.multiplyTo(parts, lo, hi)
	p.multiplyStepTo(parts[p.stored:], p.newest, lo, hi)
}

// multiplyStep computes a block of sᵢ·s and yᵢ·s with s of the next place.
func (p *pairs) multiplyStep(lo, hi int) {
	p.multiplyStepTo(p.parts[lo/kernel.Block*p.stored:], p.next, lo, hi)
}

func (p *pairs) multiplyStepTo(parts [][4]float64, place, lo, hi int) {
	s := p.s[place][lo:hi]
	for k, i := range p.order {
		parts[k] = [4]float64{kernel.Dot(p.s[i][lo:hi], s), kernel.Dot(p.y[i][lo:hi], s)}
	}
}

// keepStep keeps the inner products of s of pair k, which begin at group first of the last pass, with
// those of the pairs that are not newer.
func (p *pairs) keepStep(k, first, width int) {
	place := p.order[k]
	for l, i := range p.order[k:] {
		total := p.total(first+k+l, width)
		p.ss[i][place], p.ss[place][i] = total[0], total[0]
		if l > 0 {
			p.sy[place][i] = total[1]
		}
	}
}

// olderSteps computes the inner products of each s, other than the newest, that has not been
// multiplied with the older pairs.
func (p *pairs) olderSteps(n int) {
	for k := p.behind - 1; k > 0; k-- {
		p.next = p.order[k]
		p.pass(n, p.stored, (*pairs).multiplyStep)
		p.keepStep(k, 0, p.stored)
	}
	p.behind = 0
}

// heldProducts computes SᵀS, SᵀY and YᵀY over the coordinates that stay at a bound.
func (p *pairs) heldProducts(b *box, x, g []float64) {
	m, k := &p.model, p.stored
	m.ss, m.sy, m.yy = small(m.ss, k*k), small(m.sy, k*k), small(m.yy, k*k)
	p.within, p.x, p.g = b, x, g
	p.pass(len(g), k*(k+1)/2, (*pairs).multiplyHeld)
	group := 0
	for i := range k {
		for j := range i + 1 {
			total := p.total(group, k*(k+1)/2)
			m.ss[i*k+j], m.ss[j*k+i] = total[0], total[0]
			m.sy[i*k+j], m.sy[j*k+i] = total[1], total[2]
			m.yy[i*k+j], m.yy[j*k+i] = total[3], total[3]
			group++
		}
	}
}

// multiplyHeld computes a block of sᵢ·sⱼ, sᵢ·yⱼ, yᵢ·sⱼ and yᵢ·yⱼ over the coordinates that stay at a
// bound, for each i and the j up to i.
func (p *pairs) multiplyHeld(lo, hi int) {
	var held [512]int
	width := p.stored * (p.stored + 1) / 2
	parts := p.parts[lo/kernel.Block*width:][:width]
	clear(parts)
	for lo < hi {
		n := 0
		for ; lo < hi && n < len(held); lo++ {
			if p.g[lo] == 0 && p.within.touches(lo, p.x[lo]) {
				held[n] = lo
				n++
			}
		}
		p.addHeld(parts, held[:n])
	}
}

// addHeld adds the products of multiplyHeld over the given coordinates to parts.
func (p *pairs) addHeld(parts [][4]float64, held []int) {
	group := 0
	for k, i := range p.order {
		si, yi := p.s[i], p.y[i]
		for _, j := range p.order[:k+1] {
			sj, yj, sum := p.s[j], p.y[j], parts[group]
			for _, at := range held {
				sum[0] += float64(si[at] * sj[at])
				sum[1] += float64(si[at] * yj[at])
				sum[2] += float64(yi[at] * sj[at])
				sum[3] += float64(yi[at] * yj[at])
			}
			parts[group] = sum
			group++
		}
	}
}

// subspaceMinimum sets the coefficients of the step to the minimum of the model over the free
// coordinates, W and g those of the free coordinates:
//
//	d = −γg + γWq,  (M⁻¹ − γWᵀW)q = e + γp
func (p *pairs) subspaceMinimum() (ok bool) {
	m, k, gamma := &p.model, p.stored, p.model.gamma
	y := func(a, b int) float64 { return p.yy[p.order[a]][p.order[b]] - m.yy[a*k+b] } // YᵀY
	x := func(a, b int) float64 { return p.sy[p.order[a]][p.order[b]] - m.sy[a*k+b] } // SᵀY
	if !m.free.factor(k,
		func(a, b int) float64 {
			if a == b {
				return p.sy[p.order[a]][p.order[a]] + float64(gamma*y(a, b))
			}
			return gamma * y(a, b)
		},
		func(a, b int) float64 { // L over the held coordinates, −R over the free ones
			if a < b {
				return m.sy[a*k+b]
			}
			return -x(a, b)
		},
		func(a, b int) float64 { return m.theta * m.ss[a*k+b] }) {
		return false
	}
	copy(m.w, m.e)
	addScaled(m.w, m.p, gamma)
	m.free.solve(m.w)
	p.onG = -gamma
	for a, i := range p.order {
		p.onY[i], p.onS[i] = gamma*m.w[a], m.w[k+a]
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

// truncate sets d, a step to a point out of the bounds, to the way to the Cauchy point z and from there
// towards that point up to the first bound.
func (c *cauchyPath) truncate(b *box, d, x, g []float64) {
	part := 1.0
	for i, gi := range g {
		z := -float64(c.end() * gi)
		if rest := d[i] - z; rest != 0 && !c.rests(b, i, x[i], gi) {
			part = min(part, max(0, b.room(i, x[i]+z, -rest)/math.Abs(rest)))
		}
	}
	for i, gi := range g {
		z := -float64(c.end() * gi)
		if c.rests(b, i, x[i], gi) {
			d[i] = 0
		} else {
			d[i] = b.end(i, x[i], x[i]+z+float64(part*(d[i]-z))) - x[i]
		}
	}
}
