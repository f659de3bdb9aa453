package parallel

import "example.com/optim/internal/kernel"

// Reducer takes sums and maxima over vectors, on several goroutines if they are long. Its results
// have the bits of the functions of package kernel. The zero value is ready. A Reducer serves one
// goroutine at a time.
type Reducer struct {
	Pool
	x, y   []float64
	of     func(x, y []float64) float64
	parts  []float64 // one a block
	reduce func(lo, hi int)
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

// SumAbs returns Σ|xᵢ|.
func (r *Reducer) SumAbs(x []float64) float64 {
	if len(x) < MinLen {
		return kernel.SumAbs(x)
	}
	return sum(r.blocks(x, x, sumAbs))
}

// CountOpposite returns the number of i with xᵢyᵢ < 0, also where the product underflows.
func (r *Reducer) CountOpposite(x, y []float64) float64 {
	if len(x) < MinLen {
		return kernel.CountOpposite(x, y)
	}
	return sum(r.blocks(x, y, kernel.CountOpposite))
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

// blocks returns the values of a function of each block of x and y. They are valid until the next
// call.
func (r *Reducer) blocks(x, y []float64, of func(x, y []float64) float64) []float64 {
	if n := (len(x) + kernel.Block - 1) / kernel.Block; len(r.parts) != n {
		r.parts = make([]float64, n)
	}
	if r.reduce == nil {
		r.reduce = r.reduceBlocks
	}
	r.x, r.y, r.of = x, y, of
	r.Share(len(x), 2*kernel.Block, r.reduce)
	r.x, r.y, r.of = nil, nil, nil
	return r.parts
}

func (r *Reducer) reduceBlocks(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		end := min(lo+kernel.Block, hi)
		r.parts[lo/kernel.Block] = r.of(r.x[lo:end], r.y[lo:end])
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
