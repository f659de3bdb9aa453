package optim

import "example.com/optim/internal/kernel"

// The inner products that only bounds need: those with s, and those over the coordinates at a bound.

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

// keepStep stores the inner products of s of pair k with the pairs that are not newer. The sums
// begin at group first of the last pass.
func (p *pairs) keepStep(k, first, width int) {
	place := p.order[k]
	for l, i := range p.order[k:] {
		total := p.total(first+k+l, width)
		p.ss[i][place], p.ss[place][i], p.sy[place][i] = total[0], total[0], total[1]
	}
}

// olderSteps computes the missing inner products of each s but the newest with the older pairs.
// They are missing after steps without bounds, and after the state was restored.
func (p *pairs) olderSteps(n int) {
	for k := p.behind - 1; k > 0; k-- {
		p.next = p.order[k]
		p.pass(n, p.stored, (*pairs).multiplyStep)
		p.keepStep(k, 0, p.stored)
	}
	p.behind = 0
}

// heldProducts computes SᵀS, SᵀY and YᵀY over the coordinates that a bound holds.
func (p *pairs) heldProducts(b *box, x, g []float64) {
	m, k := &p.model, p.stored
	m.ss, m.sy, m.yy = small(m.ss, k*k), small(m.sy, k*k), small(m.yy, k*k)
	p.within, p.x, p.g = b, x, g
	width := k * (k + 1) / 2
	p.pass(len(g), width, (*pairs).multiplyHeld)
	group := 0
	for i := range k {
		for j := range i + 1 {
			total := p.total(group, width)
			m.ss[i*k+j], m.ss[j*k+i] = total[0], total[0]
			m.sy[i*k+j], m.sy[j*k+i] = total[1], total[2]
			m.yy[i*k+j], m.yy[j*k+i] = total[3], total[3]
			group++
		}
	}
}

// multiplyHeld computes a block of sᵢ·sⱼ, sᵢ·yⱼ, yᵢ·sⱼ and yᵢ·yⱼ over the coordinates that a bound holds,
// for each i and the j up to i.
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

// hold adds the products of one more coordinate at a bound.
func (p *pairs) hold(at int) {
	m, k := &p.model, p.stored
	for a, i := range p.order {
		s, y := p.s[i][at], p.y[i][at]
		for b, j := range p.order {
			m.ss[a*k+b] += float64(s * p.s[j][at])
			m.sy[a*k+b] += float64(s * p.y[j][at])
			m.yy[a*k+b] += float64(y * p.y[j][at])
		}
	}
}
