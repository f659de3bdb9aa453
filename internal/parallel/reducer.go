package parallel

import "example.com/optim/internal/kernel"

// Reducer computes sums and maxima over vectors, on several goroutines if the vectors are long. Its
// results have the bits of the functions of package kernel. The zero value is ready. A Reducer
// serves one goroutine at a time.
type Reducer struct {
	Pool
	Shard *Shard // if not nil, the vectors are pieces, and the results are those of the whole vectors

	x, y   []float64
	of     func(x, y []float64) float64
	pieces Source // instead of x and y, unless it is nil
	ofOne  func(x []float64) float64
	parts  []float64 // one for each block
	dst    []float64 // those of the blocks that are reduced
	reduce func(lo, hi int)

	pair       func(lo, hi int) (a, b float64)
	others     []float64 // the second results of pair, one for each block; the first ones are parts
	dstOthers  []float64
	reducePair func(lo, hi int)

	ends   ends
	scale  float64                      // of scaled
	scaled func(x, _ []float64) float64 // made once, since a new closure would allocate
}

// Len returns the length of the whole vector, of which this process has n elements.
func (r *Reducer) Len(n int) int {
	if r.Shard != nil {
		return r.Shard.len()
	}
	return n
}

// Start returns the index in the whole vector of the first element of the piece.
func (r *Reducer) Start() int {
	if r.Shard != nil {
		return r.Shard.cuts[r.Shard.rank]
	}
	return 0
}

// direct returns whether one call of a kernel reduces n elements.
func (r *Reducer) direct(n int) bool { return n < MinLen && r.Shard == nil }

// Dot returns Σxᵢyᵢ. With a Shard, the cuts must lie between blocks.
func (r *Reducer) Dot(x, y []float64) float64 {
	if r.direct(len(x)) {
		return kernel.Dot(x, y)
	}
	return sum(r.blocks(x, y, kernel.Dot))
}

// SumSquares returns Σxᵢ².
func (r *Reducer) SumSquares(x []float64) float64 {
	if r.direct(len(x)) {
		return kernel.SumSquares(x, 1)
	}
	return sum(r.blocks(x, x, sumSquares))
}

// AbsMax returns max|xᵢ|, and NaN if an element is NaN.
func (r *Reducer) AbsMax(x []float64) float64 {
	if r.direct(len(x)) {
		return kernel.AbsMax(x)
	}
	return kernel.AbsMax(r.blocks(x, x, absMax))
}

// Norm returns √Σxᵢ², also where a square overflows or underflows.
func (r *Reducer) Norm(x []float64) float64 {
	if r.direct(len(x)) {
		return kernel.Norm(x, kernel.SumSquares(x, 1))
	}
	return kernel.NormOf(r.SumSquares(x), func() float64 { return r.AbsMax(x) }, func(a float64) float64 {
		if r.scaled == nil {
			r.scaled = func(x, _ []float64) float64 { return kernel.SumSquares(x, r.scale) }
		}
		r.scale = a
		return sum(r.blocks(x, x, r.scaled))
	})
}

// Sums calls do for each block of [0, n), and returns the sums of the results. do can change a block
// and then sum it, while the block is in the second-level cache. Several goroutines may call do at
// the same time. To allocate nothing, make do once and keep it. With a Shard, n is the length of the
// piece, and the cuts must lie between blocks.
func (r *Reducer) Sums(n int, do func(lo, hi int) (a, b float64)) (a, b float64) {
	if r.direct(n) {
		for lo := 0; lo < n; lo += kernel.Block {
			x, y := do(lo, min(lo+kernel.Block, n))
			a, b = a+x, b+y
		}
		return a, b
	}
	if r.reducePair == nil {
		r.reducePair = r.reducePairs
	}
	r.pair, r.dst, r.dstOthers = do, r.own(&r.parts, n), r.own(&r.others, n)
	r.forBlocks(n, r.reducePair)
	r.pair, r.dst, r.dstOthers = nil, nil, nil
	return sum(r.all(r.parts)), sum(r.all(r.others))
}

func (r *Reducer) reducePairs(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		k := lo / kernel.Block
		r.dst[k], r.dstOthers[k] = r.pair(lo, min(lo+kernel.Block, hi))
	}
}

// Source is a vector that lies in pieces.
type Source interface {
	// Reduce returns of(x), where x are the elements [lo, hi). Several goroutines call it for
	// disjoint blocks at the same time.
	Reduce(lo, hi int, of func(x []float64) float64) float64
}

// NormOf returns the norm of a vector of n elements.
func (r *Reducer) NormOf(n int, x Source) float64 {
	return kernel.NormOf(sum(r.blocksOf(n, x, sumSquaresOfOne)),
		func() float64 { return r.AbsMaxOf(n, x) },
		func(a float64) float64 {
			return sum(r.blocksOf(n, x, func(x []float64) float64 { return kernel.SumSquares(x, a) }))
		})
}

// AbsMaxOf returns the largest absolute value of a vector of n elements, and NaN if an element is
// NaN.
func (r *Reducer) AbsMaxOf(n int, x Source) float64 {
	return kernel.AbsMax(r.blocksOf(n, x, kernel.AbsMax))
}

// blocksOf returns the values of a function of each block of a vector of n elements, which is not a
// piece.
func (r *Reducer) blocksOf(n int, x Source, of func(x []float64) float64) []float64 {
	r.parts = resize(r.parts, blocks(n))
	r.pieces, r.ofOne = x, of
	r.into(r.parts, n)
	r.pieces, r.ofOne = nil, nil
	return r.parts
}

// blocks returns the values of a function of each block of x and y. They are valid until the next
// call.
func (r *Reducer) blocks(x, y []float64, of func(x, y []float64) float64) []float64 {
	own := r.own(&r.parts, len(x))
	if r.Shard != nil && !r.Shard.aligned() {
		x = r.alignEnds(own, x, of)
	}
	r.x, r.y, r.of = x, y, of
	r.into(own, len(x))
	r.x, r.y, r.of = nil, nil, nil
	return r.all(r.parts)
}

// into sets dst to the values of the blocks of n elements.
func (r *Reducer) into(dst []float64, n int) {
	if r.reduce == nil {
		r.reduce = r.reduceBlocks
	}
	r.dst = dst
	r.forBlocks(n, r.reduce)
	r.dst = nil
}

// forBlocks calls do for chunks of whole blocks of [0, n).
func (r *Reducer) forBlocks(n int, do func(lo, hi int)) {
	if n < MinLen {
		do(0, n)
	} else {
		r.Share(n, 2*kernel.Block, do)
	}
}

func (r *Reducer) reduceBlocks(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		end, part := min(lo+kernel.Block, hi), &r.dst[lo/kernel.Block]
		if r.pieces != nil {
			*part = r.pieces.Reduce(lo, end, r.ofOne)
		} else {
			*part = r.of(r.x[lo:end], r.y[lo:end])
		}
	}
}

func sumSquares(x, _ []float64) float64 { return kernel.SumSquares(x, 1) }

func sumSquaresOfOne(x []float64) float64 { return kernel.SumSquares(x, 1) }

func absMax(x, _ []float64) float64 { return kernel.AbsMax(x) }

func sum(parts []float64) float64 {
	total := 0.0
	for _, part := range parts {
		total += part
	}
	return total
}
