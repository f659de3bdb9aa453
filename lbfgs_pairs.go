package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
)

// pairs holds the last steps s and changes y of the gradient, and the inner products
// that a direction needs. They lie in rings with one place more than there are
// pairs, where the next pair is made before it is accepted.
type pairs struct {
	s, y   [][]float64
	sy, yy [][]float64 // sᵢ·yⱼ, for a pair i not newer than j, and yᵢ·yⱼ
	have   int         // pairs
	newest int         // place of the newest
	fresh  bool        // its inner products with the other pairs are not known yet

	order    []int       // the places, from the newest on
	sums     [][]float64 // of each place: sᵢ·g, yᵢ·g, sᵢ·y and yᵢ·y, with y of the newest
	onS      []float64   // the coefficients of sᵢ,
	onY      []float64   // of yᵢ
	onG      float64     // and of g in the direction
	pool     parallel.Pool
	parts    []float64         // sums of a pass, one a block
	from, to optimize.Location // the arguments of the pass at hand, as the next lines
	next     int
	g, d     []float64

	subtract, multiply, combine func(lo, hi int) // the passes: made once, since a new closure would allocate
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
	p.sy, p.yy, p.sums = table(places, places), table(places, places), table(places, products)
	p.onS, p.onY = make([]float64, places), make([]float64, places)
	p.order = make([]int, 0, memory)
	p.subtract, p.multiply, p.combine = p.subtractBlocks, p.multiplyBlocks, p.combineBlocks
}

func table(rows, columns int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

// forget drops all pairs.
func (p *pairs) forget() { p.have, p.fresh = 0, false }

// place returns the place of the k-th pair from the newest on.
func (p *pairs) place(k int) int { return (p.newest - k + len(p.s)) % len(p.s) }

// gamma returns γ = s·y/y·y of the newest pair: the scale of the inverse Hessian.
func (p *pairs) gamma() float64 { return p.sy[p.newest][p.newest] / p.yy[p.newest][p.newest] }

// pass calls do for blocks of vectors of length n. Each pass reads all pairs, so
// several goroutines share it at a smaller length than other loops.
func (p *pairs) pass(n int, do func(lo, hi int)) {
	if n*(p.have+1) < 4*parallel.MinLen {
		do(0, n)
	} else {
		p.pool.Share(n, 2*kernel.Block, do)
	}
}

// reserve makes room for the sums of a pass, width a block, and returns the number
// of blocks.
func (p *pairs) reserve(n, width int) (blocks int) {
	blocks = (n + kernel.Block - 1) / kernel.Block
	if len(p.parts) < blocks*width {
		p.parts = make([]float64, blocks*len(p.s)*products)
	}
	return blocks
}

// total adds up sum k of the blocks.
func (p *pairs) total(blocks, width, k int) float64 {
	sum := 0.0
	for b := range blocks {
		sum += p.parts[b*width+k]
	}
	return sum
}

// learn enters the pair of a move, if s·y > ε‖s‖‖y‖. If nothing has ensured that the
// curvature s·y is positive, y is damped.
func (p *pairs) learn(from, to optimize.Location, doubtful bool) {
	if p.fresh { // there was no direction since the last pair
		p.innerProducts(from.Gradient)
	}
	n := len(to.X)
	next := (p.newest + 1) % len(p.s)
	p.s[next], p.y[next] = resize(p.s[next], n), resize(p.y[next], n)
	s, y := p.s[next], p.y[next]
	blocks := p.reserve(n, 3)
	p.from, p.to, p.next = from, to, next
	p.pass(n, p.subtract)
	p.from, p.to = optimize.Location{}, optimize.Location{}
	ss, sy, yy := p.total(blocks, 3, 0), p.total(blocks, 3, 1), p.total(blocks, 3, 2)
	if doubtful && p.have > 0 && damp(y, s, ss, sy, p.gamma()) {
		sy, yy = kernel.Dot(s, y), kernel.SumSquares(y, 1)
	}
	if !(sy > epsilon*math.Sqrt(ss)*math.Sqrt(yy) && yy <= math.MaxFloat64) {
		return
	}
	p.newest, p.fresh = next, true
	p.have = min(p.have+1, len(p.s)-1)
	p.sy[next][next], p.yy[next][next] = sy, yy
}

// subtractBlocks sets s and y of the next place, with s·s, s·y and y·y.
func (p *pairs) subtractBlocks(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		end := min(lo+kernel.Block, hi)
		s, y := p.s[p.next][lo:end], p.y[p.next][lo:end]
		kernel.AddScaledTo(s, p.to.X[lo:end], p.from.X[lo:end], -1)
		kernel.AddScaledTo(y, p.to.Gradient[lo:end], p.from.Gradient[lo:end], -1)
		parts := p.parts[lo/kernel.Block*3:]
		parts[0], parts[1], parts[2] = kernel.SumSquares(s, 1), kernel.Dot(s, y), kernel.SumSquares(y, 1)
	}
}

// innerProducts takes the inner products of all pairs with g and the newest y.
func (p *pairs) innerProducts(g []float64) {
	p.order = p.order[:0]
	for k := range p.have {
		p.order = append(p.order, p.place(k))
	}
	width := products * p.have
	blocks := p.reserve(len(g), width)
	p.g = g
	p.pass(len(g), p.multiply)
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

func (p *pairs) multiplyBlocks(lo, hi int) {
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

// loops computes the coefficients of −Hg = onG·g + Σ onYᵢyᵢ + Σ onSᵢsᵢ: the two
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

// direct writes −Hg to d.
func (p *pairs) direct(d, g []float64) {
	p.innerProducts(g)
	p.loops()
	p.g, p.d = g, d
	p.pass(len(g), p.combine)
	p.g, p.d = nil, nil
}

// combineBlocks sets d to the sum of g, yᵢ and sᵢ with their coefficients.
func (p *pairs) combineBlocks(lo, hi int) {
	for ; lo < hi; lo += kernel.Block { // a block of d stays in the cache
		end := min(lo+kernel.Block, hi)
		d := p.d[lo:end]
		copy(d, p.g[lo:end])
		kernel.Scale(d, p.onG)
		for _, i := range p.order {
			kernel.AddTwo(d, p.y[i][lo:end], p.s[i][lo:end], p.onY[i], p.onS[i])
		}
	}
}

func (p *pairs) visitPairs(a *walk) {
	places := len(p.s)
	a.Same("pairs at most", places-1)
	have, newest := a.Count(p.have), a.Count(p.newest)
	if have >= places || newest >= places || have > 0 && a.Params() == 0 {
		a.Fail("%d pairs up to place %d, of %d parameters", have, newest, a.Params())
		return
	}
	if a.Assigning() {
		p.have, p.newest = have, newest
		for k := have; k < places; k++ {
			i := p.place(k)
			p.s[i], p.y[i] = nil, nil
		}
	}
	a.State(&p.fresh)
	for k := range have {
		i := (newest - k + places) % places
		a.Vectors(&p.s[i], &p.y[i])
	}
	for i := range p.s {
		for j := range p.s {
			a.State(&p.sy[i][j], &p.yy[i][j])
		}
	}
}
