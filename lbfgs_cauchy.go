package optim

import (
	"cmp"
	"math"
	"slices"

	"example.com/optim/internal/kernel"
)

// cauchyPath is the path of the projection of x − tg on the bounds, from x at the time t = 0 to the
// generalized Cauchy point z. z is the first minimum of the model on the path.
type cauchyPath struct {
	slope, curvature float64 // the derivatives of the model by t, after the last hit
	least            float64 // the smallest curvature that is more than rounding
	last             float64 // the time of the last hit; 0 if there was none
	rest             float64 // the time from the last hit to the minimum, if there are no more hits
	hits             []hit   // up to the time gathered, in order
	next             int     // the index of the next hit
	gathered         float64
}

// hit is the time t at which x − tg has brought coordinate i to a bound.
type hit struct {
	t float64
	i int
}

// hitTime returns the time t at which x − tg has brought coordinate i to a bound. g is not 0.
func (b *box) hitTime(i int, x, g float64) float64 { return b.room(i, x, g) / math.Abs(g) }

// move returns the step of the coordinate to its bound.
func (h hit) move(b *box, x, g []float64) float64 {
	return -math.Copysign(b.room(h.i, x[h.i], g[h.i]), g[h.i])
}

// cauchyPoint follows the path to z (algorithm CP of Byrd, Lu, Nocedal and Zhu 1995). It returns
// false if there is no such point, up to rounding.
func (p *pairs) cauchyPoint(b *box, x, g []float64) (ok bool) {
	m, path := &p.model, &p.model.path
	squares := kernel.SumSquares(g, 1)
	curvature := float64(m.theta * squares)
	*path = cauchyPath{slope: -squares, least: epsilon * curvature, hits: path.hits[:0], gathered: -1}
	path.bend(curvature - inner(m.descent, m.ahead))
	for path.more(b, x, g) {
		p.cross(b, x, g, path.hits[path.next])
	}
	return 0 < path.end() && isFinite(path.end())
}

// end returns the time of the minimum, if there are no more hits.
func (c *cauchyPath) end() float64 { return c.last + c.rest }

// bend sets the curvature after a hit.
func (c *cauchyPath) bend(curvature float64) {
	c.curvature = max(c.least, curvature)
	c.rest = max(0, -c.slope/c.curvature)
}

// more returns whether there is another hit up to the minimum.
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

// cross follows the path to h, and holds the coordinate at its bound from there on.
func (p *pairs) cross(b *box, x, g []float64, h hit) {
	m, path := &p.model, &p.model.path
	gi, move, time := g[h.i], h.move(b, x, g), h.t-path.last
	for a, i := range p.order {
		m.row[a], m.row[p.stored+a] = p.y[i][h.i], m.theta*p.s[i][h.i]
	}
	copy(m.solved, m.row)
	m.middle.solve(m.solved)
	addScaled(m.passed, m.ahead, time)
	path.next, path.last = path.next+1, h.t
	path.slope += float64(time*path.curvature) + float64(gi*(gi+float64(m.theta*move)-inner(m.row, m.passed)))
	path.bend(path.curvature - float64(gi*(float64(m.theta*gi)+float64(2*inner(m.row, m.ahead))+float64(gi*inner(m.row, m.solved)))))
	addScaled(m.descent, m.row, gi)
	addScaled(m.ahead, m.solved, gi)
	addScaled(m.moved, m.row, move)
	p.hold(h.i)
}

// rests returns whether coordinate i is at a bound in z.
func (c *cauchyPath) rests(b *box, i int, x, g float64) bool {
	if g == 0 {
		return b.touches(i, x)
	}
	return b.hitTime(i, x, g) <= c.last
}

// place sets the steps of the coordinates that the path has brought to a bound.
func (c *cauchyPath) place(b *box, d, x, g []float64) {
	for _, h := range c.hits[:c.next] {
		d[h.i] = h.move(b, x, g)
	}
}
