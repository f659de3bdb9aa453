package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// pairs are the last steps s and changes y of the gradient, and the inner
// products that a direction needs.
type pairs struct {
	s, y   [][]float64 // rings with one place more than pairs, for the next to be looked at
	sy, yy [][]float64 // sᵢ·yⱼ, for a pair i not newer than j, and yᵢ·yⱼ
	have   int         // pairs
	newest int         // place of the newest
	fresh  bool        // its inner products with the others are not known yet

	order []int       // the places, from the newest on
	sums  [][]float64 // of each place: sᵢ·g, yᵢ·g, sᵢ·y and yᵢ·y, with y of the newest
	onS   []float64   // what the places have in the direction
	onY   []float64
	onG   float64

	from, to place // of the pass at hand
	next     int   // likewise, as what follows
	g, d     []float64
	parts    []float64 // its sums, by blocks
}

// Inner products of one place.
const (
	withSG = iota
	withYG
	withSY
	withYY
	products
)

func (p *pairs) init(memory int) {
	places := memory + 1
	p.s, p.y = make([][]float64, places), make([][]float64, places)
	p.sy, p.yy, p.sums = square(places, places), square(places, places), square(places, products)
	p.onS, p.onY = make([]float64, places), make([]float64, places)
	p.order = make([]int, 0, memory)
}

func square(rows, columns int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

func (p *pairs) forget() { p.have, p.fresh = 0, false }

// spread does a pass over vectors of length n, which reads all pairs.
func (p *pairs) spread(v *vectors, n int, t task) {
	if n*(p.have+1) < 4*parallelFrom {
		t.piece(0, n)
	} else {
		v.run(t, n, 2*kernel.Block)
	}
}

// total adds up a sum of the blocks.
func (p *pairs) total(blocks, width, k int) float64 {
	sum := 0.0
	for b := range blocks {
		sum += p.parts[b*width+k]
	}
	return sum
}

func (p *pairs) partsFor(n, width int) (blocks int) {
	blocks = (n + kernel.Block - 1) / kernel.Block
	if len(p.parts) < blocks*width {
		p.parts = make([]float64, blocks*len(p.s)*products)
	}
	return blocks
}

// learn enters a step, unless the curvature along it is not to be trusted. If
// nothing has ensured that it is positive, it is damped.
func (p *pairs) learn(v *vectors, from, to place, doubtful bool) {
	if p.fresh { // there was no direction since the step before
		p.multiply(v, from.g)
	}
	n := len(to.x)
	next := (p.newest + 1) % len(p.s)
	p.s[next], p.y[next] = resize(p.s[next], n), resize(p.y[next], n)
	s, y := p.s[next], p.y[next]
	blocks := p.partsFor(n, 3)
	p.from, p.to, p.next = from, to, next
	p.spread(v, n, (*differences)(p))
	p.from, p.to = place{}, place{}
	ss, sy, yy := p.total(blocks, 3, 0), p.total(blocks, 3, 1), p.total(blocks, 3, 2)
	if doubtful && p.have > 0 && damp(y, s, ss, sy, p.gamma()) {
		sy, yy = v.dot(s, y), v.sumSquares(y)
	}
	if !(sy > epsilon*math.Sqrt(ss)*math.Sqrt(yy) && yy <= math.MaxFloat64) {
		return
	}
	p.newest, p.fresh = next, true
	p.have = min(p.have+1, len(p.s)-1)
	p.sy[next][next], p.yy[next][next] = sy, yy
}

// damp is Powell's damping: where the curvature s·y is less than a quarter of
// that of the scaled identity, s·s/scale, y ← θy + (1−θ)s/scale makes it a
// quarter. It reports whether it did.
func damp(y, s []float64, ss, sy, scale float64) bool {
	low := ss / (4 * scale)
	if !(sy < low) {
		return false
	}
	theta := 3 * low / (float64(4*low) - sy)
	kernel.Scale(y, theta)
	kernel.AddScaled(y, s, (1-theta)/scale)
	return true
}

// place is that of the k-th pair from the newest on.
func (p *pairs) place(k int) int { return (p.newest - k + len(p.s)) % len(p.s) }

// gamma is γ = s·y/y·y of the newest pair: the scale of the inverse Hessian.
func (p *pairs) gamma() float64 { return p.sy[p.newest][p.newest] / p.yy[p.newest][p.newest] }

// differences is the pass that takes s and y.
type differences pairs

// piece implements task.
func (p *differences) piece(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		end := min(lo+kernel.Block, hi)
		s, y := p.s[p.next][lo:end], p.y[p.next][lo:end]
		kernel.AddScaledTo(s, p.to.x[lo:end], p.from.x[lo:end], -1)
		kernel.AddScaledTo(y, p.to.g[lo:end], p.from.g[lo:end], -1)
		parts := p.parts[lo/kernel.Block*3:]
		parts[0], parts[1], parts[2] = kernel.SumSquares(s, 1), kernel.Dot(s, y), kernel.SumSquares(y, 1)
	}
}

// direct writes −Hg to d.
func (p *pairs) direct(v *vectors, d, g []float64) {
	p.multiply(v, g)
	p.loops()
	p.g, p.d = g, d
	p.spread(v, len(g), (*combination)(p))
	p.g, p.d = nil, nil
}

// multiply finds the inner products that the direction at gradient g needs.
func (p *pairs) multiply(v *vectors, g []float64) {
	p.order = p.order[:0]
	for k := range p.have {
		p.order = append(p.order, p.place(k))
	}
	width := products * p.have
	blocks := p.partsFor(len(g), width)
	p.g = g
	p.spread(v, len(g), (*multiplication)(p))
	p.g = nil
	for k, i := range p.order {
		for j := range p.sums[i] {
			p.sums[i][j] = p.total(blocks, width, products*k+j)
		}
		p.sy[i][p.newest] = p.sums[i][withSY]
		p.yy[i][p.newest], p.yy[p.newest][i] = p.sums[i][withYY], p.sums[i][withYY]
	}
	p.fresh = false
}

// multiplication is the pass that multiplies all pairs with g and the newest y.
type multiplication pairs

// piece implements task.
func (p *multiplication) piece(lo, hi int) {
	width := products * p.have
	for ; lo < hi; lo += kernel.Block {
		end := min(lo+kernel.Block, hi)
		g, newest, parts := p.g[lo:end], p.y[p.newest][lo:end], p.parts[lo/kernel.Block*width:]
		for k, i := range p.order {
			s, y, sums := p.s[i][lo:end], p.y[i][lo:end], parts[products*k:]
			sums[withSG], sums[withYG], sums[withSY], sums[withYY] = kernel.Dots(s, y, g, newest)
		}
	}
}

// loops finds the coefficients of −Hg = onG·g + Σ onYᵢyᵢ + Σ onSᵢsᵢ: the two
// loops, where q = g − Σaⱼyⱼ and r = γq + Σ(aⱼ − bⱼ)sⱼ.
func (p *pairs) loops() {
	a, onS := p.onY, p.onS
	for k, i := range p.order { // sᵢ·q
		product := p.sums[i][withSG]
		for _, j := range p.order[:k] {
			product -= float64(a[j] * p.sy[i][j])
		}
		a[i] = product / p.sy[i][i]
	}
	gamma := p.gamma()
	for k := len(p.order) - 1; k >= 0; k-- { // yᵢ·r
		i := p.order[k]
		product := p.sums[i][withYG]
		for _, j := range p.order {
			product -= float64(a[j] * p.yy[i][j])
		}
		product *= gamma
		for _, j := range p.order[k+1:] {
			product -= float64(onS[j] * p.sy[j][i])
		}
		onS[i] = product/p.sy[i][i] - a[i]
	}
	p.onG = -gamma
	for _, i := range p.order {
		p.onY[i] = gamma * a[i]
	}
}

// combination is the pass that adds up the direction.
type combination pairs

// piece implements task.
func (p *combination) piece(lo, hi int) {
	for ; lo < hi; lo += kernel.Block { // a block of d stays in a cache nearby
		end := min(lo+kernel.Block, hi)
		d := p.d[lo:end]
		copy(d, p.g[lo:end])
		kernel.Scale(d, p.onG)
		for _, i := range p.order {
			kernel.AddTwo(d, p.y[i][lo:end], p.s[i][lo:end], p.onY[i], p.onS[i])
		}
	}
}

func (p *pairs) visit(a *archive) {
	a.same("pairs at most", len(p.s)-1)
	have, newest := a.count(p.have), a.count(p.newest)
	if have >= len(p.s) || newest >= len(p.s) || have > 0 && a.n == 0 {
		a.fail("%d pairs up to place %d, of %d parameters", have, newest, a.n)
		return
	}
	if a.set() {
		p.have, p.newest = have, newest
		for k := have; k < len(p.s); k++ {
			i := p.place(k)
			p.s[i], p.y[i] = nil, nil
		}
	}
	a.flags(&p.fresh)
	for k := range have {
		i := (newest - k + len(p.s)) % len(p.s)
		a.each([]*[]float64{&p.s[i], &p.y[i]})
	}
	for i := range p.s {
		for j := range p.s {
			a.numbers(&p.sy[i][j], &p.yy[i][j])
		}
	}
}
