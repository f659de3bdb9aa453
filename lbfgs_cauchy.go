package optim

import (
	"cmp"
	"math"
	"slices"

	"example.com/optim/internal/kernel"
)

// cauchyPath is the path of the projection of x − tg on the bounds, t ≥ 0, from x to the generalized
// Cauchy point: the first minimum of the model on it.
type cauchyPath struct {
	slope, curvature float64 // the derivatives of the model by t behind the last hit
	least            float64 // of curvature, up to rounding
	last             float64 // the time of the last hit, or 0
	rest             float64 // the time from there to the minimum, if there are no more hits
	hits             []hit   // in order of time, up to the time gathered
	next             int     // the index of the next hit; those before it are passed
	gathered         float64
}

// hit is the time t at which x − tg has brought coordinate i to a bound.
type hit struct {
	t float64
	i int
}

// touches returns whether coordinate i is at a bound, at x.
func (b *box) touches(i int, x float64) bool { return x == b.low(i) || x == b.high(i) }

// hitTime returns the time t at which x − tg has brought coordinate i to a bound. g is not 0.
func (b *box) hitTime(i int, x, g float64) float64 { return b.room(i, x, g) / math.Abs(g) }

// cauchyPoint follows the path to the Cauchy point (algorithm CP of Byrd, Lu, Nocedal and Zhu 1995).
// It returns false if the model has no minimum there, up to rounding.
func (p *pairs) cauchyPoint(b *box, x, g []float64) (ok bool) {
	m := &p.model
	if !p.beginModel() {
		return false
	}
	squares := kernel.SumSquares(g, 1)
	curvature := float64(m.theta * squares)
	m.path = cauchyPath{slope: -squares, least: epsilon * curvature, hits: m.path.hits[:0], gathered: -1}
	m.path.bend(curvature - inner(m.p, m.mp))
	for m.path.more(b, x, g) {
		p.cross(b, x, g, m.path.hits[m.path.next])
	}
	m.advance(m.path.rest)
	return m.path.end() > 0 && m.path.end() <= math.MaxFloat64
}

// end returns the time of the minimum, if there are no more hits.
func (c *cauchyPath) end() float64 { return c.last + c.rest }

// bend sets the curvature behind a hit.
func (c *cauchyPath) bend(curvature float64) {
	c.curvature = max(c.least, curvature)
	c.rest = max(0, -c.slope/c.curvature)
}

// more returns whether there is a hit before the minimum, or at the time of the last one.
func (c *cauchyPath) more(b *box, x, g []float64) bool {
	if c.next == len(c.hits) && c.gathered < c.end() {
		c.gather(b, x, g, 2*c.end())
	}
	return c.next < len(c.hits) && c.hits[c.next].t <= c.end()
}

// gather adds the hits after the time gathered, up to end.
func (c *cauchyPath) gather(b *box, x, g []float64, end float64) {
	c.hits = slices.Grow(c.hits, len(x)-len(c.hits))
	for i, gi := range g {
		if t := b.hitTime(i, x[i], gi); gi != 0 && c.gathered < t && t <= end {
			c.hits = append(c.hits, hit{t, i})
		}
	}
	c.gathered = end
	slices.SortFunc(c.hits[c.next:], func(a, b hit) int { return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.i, b.i)) })
}

// cross holds coordinate h.i at its bound from h.t on.
func (p *pairs) cross(b *box, x, g []float64, h hit) {
	m, path := &p.model, &p.model.path
	gi := g[h.i]
	move := h.move(b, x, g)
	for k, i := range p.order {
		m.w[k], m.w[len(p.order)+k] = p.y[i][h.i], m.theta*p.s[i][h.i]
	}
	copy(m.mw, m.w)
	m.middle.solve(m.mw)
	time := h.t - path.last
	m.advance(time)
	path.next, path.last = path.next+1, h.t
	path.slope += float64(time*path.curvature) + float64(gi*(gi+float64(m.theta*move)-inner(m.w, m.mc)))
	path.bend(path.curvature - float64(gi*(float64(m.theta*gi)+float64(2*inner(m.w, m.mp))+float64(gi*inner(m.w, m.mw)))))
	addScaled(m.p, m.w, gi)
	addScaled(m.e, m.w, move)
	addScaled(m.mp, m.mw, gi)
	p.hold(h.i)
}

// rests returns whether the Cauchy point has coordinate i at a bound.
func (c *cauchyPath) rests(b *box, i int, x, g float64) bool {
	if g == 0 {
		return b.touches(i, x)
	}
	return c.next > 0 && b.hitTime(i, x, g) <= c.last
}

// place sets the step of the coordinates that the path has brought to a bound.
func (c *cauchyPath) place(b *box, d, x, g []float64) {
	for _, h := range c.hits[:c.next] {
		d[h.i] = h.move(b, x, g)
	}
}

// move returns the way of the coordinate to its bound.
func (h hit) move(b *box, x, g []float64) float64 {
	return -math.Copysign(b.room(h.i, x[h.i], g[h.i]), g[h.i])
}

// advance adds a time to the way from x to the Cauchy point.
func (m *boundedModel) advance(time float64) {
	addScaled(m.mc, m.mp, time)
}

// hold adds the products of coordinate i to those over the coordinates at a bound.
func (p *pairs) hold(at int) {
	m, k := &p.model, len(p.order)
	for a, i := range p.order {
		s, y := p.s[i][at], p.y[i][at]
		for b, j := range p.order {
			m.ss[a*k+b] += float64(s * p.s[j][at])
			m.sy[a*k+b] += float64(s * p.y[j][at])
			m.yy[a*k+b] += float64(y * p.y[j][at])
		}
	}
}

// beginModel factorizes M⁻¹ and sets p, c and their products with M. d is −g.
func (p *pairs) beginModel() (ok bool) {
	m, k := &p.model, p.stored
	whole := p.yy[p.newest][p.newest]
	m.gamma = p.sy[p.newest][p.newest] / max(whole-m.yy[0], float64(sqrtEpsilon*whole))
	m.theta = 1 / m.gamma
	m.p, m.e, m.w = small(m.p, 2*k), small(m.e, 2*k), small(m.w, 2*k)
	m.mp, m.mc, m.mw = small(m.mp, 2*k), small(m.mc, 2*k), small(m.mw, 2*k)
	clear(m.e)
	clear(m.mc)
	for a, i := range p.order {
		m.p[a], m.p[k+a] = -p.sums[i][1], -float64(m.theta*p.sums[i][0])
	}
	copy(m.mp, m.p)
	diagonal := func(a, b int) float64 {
		if a != b {
			return 0
		}
		return p.sy[p.order[a]][p.order[a]]
	}
	below := func(a, b int) float64 { // a is newer than b
		if a < b {
			return p.sy[p.order[a]][p.order[b]]
		}
		return 0
	}
	ok = m.middle.factor(k, diagonal, below, func(a, b int) float64 { return m.theta * p.ss[p.order[a]][p.order[b]] })
	if ok {
		m.middle.solve(m.mp)
	}
	return ok
}
