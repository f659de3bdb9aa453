package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// vectors does what is to be done with whole vectors, on several goroutines if
// it pays. Its sums are those of the kernels, to the bit.
type vectors struct {
	crew
	x, y  []float64
	of    func(x, y []float64) float64
	parts []float64 // of the blocks, in their order
}

// each does a task on vectors of length n.
func (v *vectors) each(n int, t task) {
	if n < parallelFrom {
		t.piece(0, n)
	} else {
		v.run(t, n, pieceLen)
	}
}

// dot is Σxᵢyᵢ.
func (v *vectors) dot(x, y []float64) float64 {
	if len(x) < parallelFrom {
		return kernel.Dot(x, y)
	}
	return sum(v.blocks(x, y, kernel.Dot))
}

// sumSquares is Σxᵢ².
func (v *vectors) sumSquares(x []float64) float64 {
	if len(x) < parallelFrom {
		return kernel.SumSquares(x, 1)
	}
	return sum(v.blocks(x, x, func(x, _ []float64) float64 { return kernel.SumSquares(x, 1) }))
}

// absMax is max|xᵢ|, and NaN if any is.
func (v *vectors) absMax(x []float64) float64 {
	if len(x) < parallelFrom {
		return kernel.AbsMax(x)
	}
	return kernel.AbsMax(v.blocks(x, x, func(x, _ []float64) float64 { return kernel.AbsMax(x) }))
}

// norm is √Σxᵢ².
func (v *vectors) norm(x []float64) float64 { return kernel.Norm(x, v.sumSquares(x)) }

// blocks takes something of each block of x and y. The result is valid until
// the next call.
func (v *vectors) blocks(x, y []float64, of func(x, y []float64) float64) []float64 {
	if n := (len(x) + kernel.Block - 1) / kernel.Block; len(v.parts) != n {
		v.parts = make([]float64, n)
	}
	v.x, v.y, v.of = x, y, of
	v.run(v, len(x), 2*kernel.Block)
	v.x, v.y, v.of = nil, nil, nil
	return v.parts
}

// piece implements task.
func (v *vectors) piece(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		end := min(lo+kernel.Block, hi)
		v.parts[lo/kernel.Block] = v.of(v.x[lo:end], v.y[lo:end])
	}
}

func sum(parts []float64) float64 {
	total := 0.0
	for _, part := range parts {
		total += part
	}
	return total
}

// sumAbs is Σ|xᵢ|.
func sumAbs(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += math.Abs(v)
	}
	return total
}
