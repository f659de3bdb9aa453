package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
)

// pairs holds the last pairs s and y, and the inner products that a direction needs. They lie in
// rings with one place more than there are pairs. learn writes the next pair to this place before
// it accepts the pair.
type pairs struct {
	s, y   [][]float64
	sy, yy [][]float64 // sᵢ·yⱼ and yᵢ·yⱼ; without bounds sᵢ·yⱼ only for a pair i that is not newer than j
	ss     [][]float64 // sᵢ·sⱼ; only with bounds
	stored int         // the number of pairs
	newest int         // the place of the newest pair
	fresh  bool        // sy and yy lack the products of the newest pair with the other ones
	behind int         // the number of newest pairs i for which ss lacks sᵢ·sⱼ, and sy lacks sᵢ·yⱼ for older j

	order []int        // the places of the pairs, from the newest to the oldest
	sums  [][2]float64 // for each place: sᵢ·g and yᵢ·g
	onS   []float64    // the coefficients of sᵢ in the direction,
	onY   []float64    // of yᵢ
	onG   float64      // and of g

	pool     parallel.Pool
	chunk    func(lo, hi int)           // calls block; made once, since a new closure allocates
	block    func(p *pairs, lo, hi int) // what the present pass does with a block
	parts    [][4]float64               // the sums of block: width groups for each block
	from, to optimize.Location          // arguments of block, with the next lines
	next     int
	g, d, x  []float64
	within   *box

	model boundedModel
}

func (p *pairs) init(memory int) {
	places := memory + 1
	p.s, p.y = make([][]float64, places), make([][]float64, places)
	p.sy, p.yy, p.ss = make([][]float64, places), make([][]float64, places), make([][]float64, places)
	for i := range places {
		p.sy[i], p.yy[i], p.ss[i] = make([]float64, places), make([]float64, places), make([]float64, places)
	}
	p.sums, p.onS, p.onY = make([][2]float64, places), make([]float64, places), make([]float64, places)
	p.order = make([]int, 0, memory)
}

// pass calls block for the blocks of vectors of length n, each of which writes width groups of
// sums. A pass reads all pairs, so it is shared among goroutines from a smaller length on than
// other loops.
func (p *pairs) pass(n, width int, block func(p *pairs, lo, hi int)) {
	blocks := (n + kernel.Block - 1) / kernel.Block
	if most := max(width, len(p.s)); cap(p.parts) < blocks*most {
		p.parts = make([][4]float64, blocks*most)
	}
	if p.chunk == nil {
		p.chunk = func(lo, hi int) {
			for ; lo < hi; lo += kernel.Block {
				p.block(p, lo, min(lo+kernel.Block, hi))
			}
		}
	}
	p.parts, p.block = p.parts[:blocks*width], block
	if n*(p.stored+1) < 4*parallel.MinLen {
		p.chunk(0, n)
	} else {
		p.pool.Share(n, 2*kernel.Block, p.chunk)
	}
	p.from, p.to, p.g, p.d, p.x, p.within = optimize.Location{}, optimize.Location{}, nil, nil, nil, nil
}

// total returns the sums of group k of a pass over all blocks.
func (p *pairs) total(k, width int) (sum [4]float64) {
	for ; k < len(p.parts); k += width {
		for j, part := range p.parts[k] {
			sum[j] += part
		}
	}
	return sum
}

// forget drops all pairs.
func (p *pairs) forget() { p.stored, p.fresh, p.behind = 0, false, 0 }

// place returns the place of pair k, where pair 0 is the newest.
func (p *pairs) place(k int) int { return (p.newest - k + len(p.s)) % len(p.s) }

// gamma returns γ = (s·y)/(y·y) of the newest pair.
func (p *pairs) gamma() float64 { return p.sy[p.newest][p.newest] / p.yy[p.newest][p.newest] }

// learn adds the pair of a move, if s·y > ε‖s‖‖y‖. It damps y after a fixed step, which does not
// ensure that s·y is positive.
func (p *pairs) learn(from, to optimize.Location, fixed bool) {
	if p.fresh { // no direction was computed since the last pair
		p.innerProducts(from.Gradient, false)
	}
	n := len(to.X)
	next := (p.newest + 1) % len(p.s)
	p.s[next], p.y[next] = resize(p.s[next], n), resize(p.y[next], n)
	s, y := p.s[next], p.y[next]
	p.from, p.to, p.next = from, to, next
	p.pass(n, 1, (*pairs).subtract)
	total := p.total(0, 1)
	ss, sy, yy := total[0], total[1], total[2]
	if fixed && p.stored > 0 && damp(y, s, ss, sy, p.gamma()) {
		sy, yy = kernel.Dot(s, y), kernel.SumSquares(y, 1)
	}
	if sy > epsilon*math.Sqrt(ss)*math.Sqrt(yy) && isFinite(yy) {
		p.newest, p.fresh = next, true
		p.stored, p.behind = min(p.stored+1, len(p.s)-1), min(p.behind+1, len(p.s)-1)
	}
}

// subtract computes a block of s and y of the next place, and of s·s, s·y and y·y.
func (p *pairs) subtract(lo, hi int) {
	s, y := p.s[p.next][lo:hi], p.y[p.next][lo:hi]
	kernel.AddScaledTo(s, p.to.X[lo:hi], p.from.X[lo:hi], -1)
	kernel.AddScaledTo(y, p.to.Gradient[lo:hi], p.from.Gradient[lo:hi], -1)
	p.parts[lo/kernel.Block] = [4]float64{kernel.SumSquares(s, 1), kernel.Dot(s, y), kernel.SumSquares(y, 1)}
}

// innerProducts computes the inner products of all pairs with g and with the newest y. If steps is
// true, it also computes those with the newest s.
func (p *pairs) innerProducts(g []float64, steps bool) {
	p.order = p.order[:0]
	for k := range p.stored {
		p.order = append(p.order, p.place(k))
	}
	p.g = g
	block, width := (*pairs).multiply, p.stored
	if steps {
		block, width = (*pairs).multiplyAll, 2*p.stored
	}
	p.pass(len(g), width, block)
	for k, i := range p.order {
		total := p.total(k, width)
		p.sums[i] = [2]float64{total[0], total[1]}
		p.sy[i][p.newest], p.yy[i][p.newest], p.yy[p.newest][i] = total[2], total[3], total[3]
	}
	p.fresh = false
	if steps {
		p.keepStep(0, p.stored, width)
	}
}

// multiply computes a block of sᵢ·g, yᵢ·g, sᵢ·y and yᵢ·y, with y of the newest pair.
func (p *pairs) multiply(lo, hi int) {
	p.multiplyTo(p.parts[lo/kernel.Block*p.stored:], lo, hi)
}

// multiplyTo is multiply with the place of the sums.
func (p *pairs) multiplyTo(parts [][4]float64, lo, hi int) {
	g, newest := p.g[lo:hi], p.y[p.newest][lo:hi]
	for k, i := range p.order {
		sums := &parts[k]
		sums[0], sums[1], sums[2], sums[3] = kernel.Dots(p.s[i][lo:hi], p.y[i][lo:hi], g, newest)
	}
}

// loops computes the coefficients of −Hg = onG·g + Σ onYᵢyᵢ + Σ onSᵢsᵢ by the two loops of LBFGS,
// in which q = g − Σaⱼyⱼ and r = γq + Σ(aⱼ − bⱼ)sⱼ.
func (p *pairs) loops() {
	a, onS := p.onY, p.onS
	for k, i := range p.order { // sᵢ·q
		product := p.sums[i][0]
		for _, j := range p.order[:k] {
			product -= float64(a[j] * p.sy[i][j])
		}
		a[i] = product / p.sy[i][i]
	}
	gamma := p.gamma()
	for k := len(p.order) - 1; k >= 0; k-- { // yᵢ·r
		i := p.order[k]
		product := p.sums[i][1]
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

// direct sets d to −Hg.
func (p *pairs) direct(d, g []float64) {
	p.innerProducts(g, false)
	p.loops()
	p.g, p.d = g, d
	p.pass(len(g), 0, (*pairs).combine)
}

// combine computes a block of the direction, which stays in the cache while the pairs are read.
func (p *pairs) combine(lo, hi int) {
	d := p.d[lo:hi]
	copy(d, p.g[lo:hi])
	kernel.Scale(d, p.onG)
	for _, i := range p.order {
		kernel.AddTwo(d, p.y[i][lo:hi], p.s[i][lo:hi], p.onY[i], p.onS[i])
	}
}

func (p *pairs) visitPairs(a *walk) {
	places := len(p.s)
	a.Same("pairs at most", places-1)
	stored, newest := a.Count(p.stored), a.Count(p.newest)
	if stored >= places || newest >= places || stored > 0 && a.Params() == 0 {
		a.Fail("%d pairs up to place %d, of %d parameters", stored, newest, a.Params())
		return
	}
	if a.Assigning() {
		p.stored, p.newest, p.behind = stored, newest, stored
	}
	a.State(&p.fresh)
	for k := range stored {
		i := (newest - k + places) % places
		a.Vectors(&p.s[i], &p.y[i])
	}
	for i := range p.s {
		for j := range p.s {
			a.State(&p.sy[i][j], &p.yy[i][j])
		}
	}
}
