package parallel

import "example.com/optim/internal/kernel"

// Reducer takes sums and maxima over vectors, on several goroutines if they are long. Its results
// have the bits of the functions of package kernel. The zero value is ready. A Reducer serves one
// goroutine at a time.
type Reducer struct {
	Pool
	x, y   []float64
	of     func(x, y []float64) float64
	pieces Source // instead of x and y, unless it is nil
	ofOne  func(x []float64) float64
	parts  []float64 // one a block
	reduce func(lo, hi int)

	pair       func(lo, hi int) (a, b float64)
	pairs      [][2]float64 // one a block
	reducePair func(lo, hi int)
}

// Dot returns Σxᵢyᵢ.
func (r *Reducer) Dot(x, y []float64) float64 {
	if len(x) < MinLen {
		return kernel.Dot(x, y)
	}
	return sum(r.blocks(x, y, kernel.Dot))
}

// SumSquares returns Σxᵢ².
func (r *Reducer) SumSquares(x []float64) float64 {
	if len(x) < MinLen {
		return kernel.SumSquares(x, 1)
	}
	return sum(r.blocks(x, x, sumSquares))
}

// AbsMax returns max|xᵢ|, and NaN if an element is NaN.
func (r *Reducer) AbsMax(x []float64) float64 {
	if len(x) < MinLen {
		return kernel.AbsMax(x)
	}
	return kernel.AbsMax(r.blocks(x, x, absMax))
}

// Norm returns √Σxᵢ², also where a square overflows or underflows.
func (r *Reducer) Norm(x []float64) float64 { return kernel.Norm(x, r.SumSquares(x)) }

// Sums calls do for each block of [0, n), and returns the sums of its results. A block is in the
// second-level cache after do has changed it, so do can sum what it has written. The calls may be at
// the same time. To allocate nothing, make do once and keep it.
func (r *Reducer) Sums(n int, do func(lo, hi int) (a, b float64)) (a, b float64) {
	if n < MinLen {
		for lo := 0; lo < n; lo += kernel.Block {
			x, y := do(lo, min(lo+kernel.Block, n))
			a, b = a+x, b+y
		}
		return a, b
	}
	if blocks := (n + kernel.Block - 1) / kernel.Block; len(r.pairs) != blocks {
		r.pairs = make([][2]float64, blocks)
	}
	if r.reducePair == nil {
		r.reducePair = r.reducePairs
	}
	r.pair = do
	r.Share(n, 2*kernel.Block, r.reducePair)
	r.pair = nil
	for _, p := range r.pairs {
		a, b = a+p[0], b+p[1]
	}
	return a, b
}

func (r *Reducer) reducePairs(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		p := &r.pairs[lo/kernel.Block]
		p[0], p[1] = r.pair(lo, min(lo+kernel.Block, hi))
	}
}

// Source is a vector that lies in pieces.
type Source interface {
	// Reduce returns of(x), where x are the elements [lo, hi). It is called for disjoint blocks at
	// the same time.
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

// blocksOf returns the values of a function of each block of a vector of n elements.
func (r *Reducer) blocksOf(n int, x Source, of func(x []float64) float64) []float64 {
	r.pieces, r.ofOne = x, of
	defer func() { r.pieces, r.ofOne = nil, nil }()
	return r.share(n)
}

// blocks returns the values of a function of each block of x and y.
func (r *Reducer) blocks(x, y []float64, of func(x, y []float64) float64) []float64 {
	r.x, r.y, r.of = x, y, of
	defer func() { r.x, r.y, r.of = nil, nil, nil }()
	return r.share(len(x))
}

// share returns the values of a function of each block of n elements. They are valid until the next
// call.
func (r *Reducer) share(n int) []float64 {
	if blocks := (n + kernel.Block - 1) / kernel.Block; len(r.parts) != blocks {
		r.parts = make([]float64, blocks)
	}
	if r.reduce == nil {
		r.reduce = r.reduceBlocks
	}
	if n < MinLen {
		r.reduceBlocks(0, n)
	} else {
		r.Share(n, 2*kernel.Block, r.reduce)
	}
	return r.parts
}

func (r *Reducer) reduceBlocks(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		end, part := min(lo+kernel.Block, hi), &r.parts[lo/kernel.Block]
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
