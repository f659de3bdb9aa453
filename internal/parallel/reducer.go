package parallel

import "example.com/optim/internal/kernel"

// Reducer takes sums and maxima over vectors, on several goroutines if they are long. Its results
// have the bits of the functions of package kernel. The zero value is ready. A Reducer serves one
// goroutine at a time.
type Reducer struct {
	Pool
	Shard *Shard // if not nil, the vectors are pieces, and the results are those of the whole vectors

	x, y   []float64
	of     func(x, y []float64) float64
	dst    []float64 // one a block
	parts  []float64 // one a block
	reduce func(lo, hi int)

	whole  whole
	scale  float64                      // of scaled
	scaled func(x, _ []float64) float64 // made once, since a new closure would allocate
}

// Len returns the length of the whole vector, of which x is the piece.
func (r *Reducer) Len(x []float64) int {
	if r.Shard != nil {
		return r.Shard.len()
	}
	return len(x)
}

// Start returns the index in the whole vector of the first element of the piece.
func (r *Reducer) Start() int {
	if r.Shard != nil {
		return r.Shard.cuts[r.Shard.rank]
	}
	return 0
}

// direct returns whether one call of a kernel reduces x.
func (r *Reducer) direct(x []float64) bool { return len(x) < MinLen && r.Shard == nil }

// Dot returns Σxᵢyᵢ.
func (r *Reducer) Dot(x, y []float64) float64 {
	if r.direct(x) {
		return kernel.Dot(x, y)
	}
	return sum(r.blocks(x, y, true, kernel.Dot))
}

// SumSquares returns Σxᵢ².
func (r *Reducer) SumSquares(x []float64) float64 {
	if r.direct(x) {
		return kernel.SumSquares(x, 1)
	}
	return sum(r.blocks(x, x, false, sumSquares))
}

// SumAbs returns Σ|xᵢ|.
func (r *Reducer) SumAbs(x []float64) float64 {
	if r.direct(x) {
		return kernel.SumAbs(x)
	}
	return sum(r.blocks(x, x, false, sumAbs))
}

// CountOpposite returns the number of i with xᵢyᵢ < 0, also where the product underflows.
func (r *Reducer) CountOpposite(x, y []float64) float64 {
	if r.direct(x) {
		return kernel.CountOpposite(x, y)
	}
	return sum(r.blocks(x, y, true, kernel.CountOpposite))
}

// AbsMax returns max|xᵢ|, and NaN if an element is NaN.
func (r *Reducer) AbsMax(x []float64) float64 {
	if r.direct(x) {
		return kernel.AbsMax(x)
	}
	return kernel.AbsMax(r.blocks(x, x, false, absMax))
}

// Norm returns √Σxᵢ², also where a square overflows or underflows.
func (r *Reducer) Norm(x []float64) float64 {
	if r.Shard == nil {
		return kernel.Norm(x, r.SumSquares(x))
	}
	return kernel.NormOf(r.SumSquares(x), func() float64 { return r.AbsMax(x) }, func(a float64) float64 {
		if r.scaled == nil {
			r.scaled = func(x, _ []float64) float64 { return kernel.SumSquares(x, r.scale) }
		}
		r.scale = a
		return sum(r.blocks(x, x, false, r.scaled))
	})
}

// blocks returns the values of a function of each block of x and y, or of x alone unless both is
// set. The values are valid until the next call.
func (r *Reducer) blocks(x, y []float64, both bool, of func(x, y []float64) float64) []float64 {
	if r.Shard != nil {
		return r.wholeBlocks(x, y, both, of)
	}
	r.parts = resize(r.parts, blocks(len(x)))
	r.reduceInto(r.parts, x, y, of)
	return r.parts
}

// reduceInto sets dst to the values of a function of each block of x and y.
func (r *Reducer) reduceInto(dst, x, y []float64, of func(x, y []float64) float64) {
	if r.reduce == nil {
		r.reduce = r.reduceBlocks
	}
	r.dst, r.x, r.y, r.of = dst, x, y, of
	if len(x) < MinLen {
		r.reduce(0, len(x))
	} else {
		r.Share(len(x), 2*kernel.Block, r.reduce)
	}
	r.dst, r.x, r.y, r.of = nil, nil, nil, nil
}

func (r *Reducer) reduceBlocks(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		end := min(lo+kernel.Block, hi)
		r.dst[lo/kernel.Block] = r.of(r.x[lo:end], r.y[lo:end])
	}
}

func sumSquares(x, _ []float64) float64 { return kernel.SumSquares(x, 1) }

func sumAbs(x, _ []float64) float64 { return kernel.SumAbs(x) }

func absMax(x, _ []float64) float64 { return kernel.AbsMax(x) }

func sum(parts []float64) float64 {
	total := 0.0
	for _, part := range parts {
		total += part
	}
	return total
}
