package kernel

import "math"

// Block is the number of elements that a reduction sums in one go. Sums of
// longer vectors are sums of blocks in index order, so that several goroutines
// can share the blocks without changing a bit of the result.
const Block = 8192

// lanes is the number of running sums within a block: element i goes to sum
// i mod lanes, and the sums are folded in halves. It is what four registers of
// AVX-512 hold, or eight of AVX2.
const lanes = 32

// Dot is Σxᵢyᵢ.
func Dot(x, y []float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += dotBlock(x[:Block], y[:Block])
		x, y = x[Block:], y[Block:]
	}
	return total + dotBlock(x, y)
}

func dotBlock(x, y []float64) float64 {
	switch level {
	case avx512:
		return dotAVX512(x, y)
	case avx2:
		return dotAVX2(x, y)
	}
	var sum [lanes]float64
	y = y[:len(x)]
	for i, xi := range x {
		sum[i%lanes] += float64(xi * y[i])
	}
	return fold(&sum)
}

// Dots are Σuᵢxᵢ, Σvᵢxᵢ, Σuᵢyᵢ and Σvᵢyᵢ of one block.
func Dots(u, v, x, y []float64) (ux, vx, uy, vy float64) {
	if level == avx512 {
		return dotsAVX512(u, v, x, y)
	}
	return dotBlock(u, x), dotBlock(v, x), dotBlock(u, y), dotBlock(v, y)
}

// SumSquares is Σ(a·xᵢ)².
func SumSquares(x []float64, a float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += sumSquaresBlock(x[:Block], a)
		x = x[Block:]
	}
	return total + sumSquaresBlock(x, a)
}

func sumSquaresBlock(x []float64, a float64) float64 {
	switch level {
	case avx512:
		return sumSquaresAVX512(x, a)
	case avx2:
		return sumSquaresAVX2(x, a)
	}
	var sum [lanes]float64
	for i, xi := range x {
		y := a * xi
		sum[i%lanes] += float64(y * y)
	}
	return fold(&sum)
}

// fold adds the upper half of the lanes to the lower until one is left.
func fold(sum *[lanes]float64) float64 {
	for w := lanes / 2; w > 0; w /= 2 {
		for i := range w {
			sum[i] += sum[i+w]
		}
	}
	return sum[0]
}

// AbsMax is max|xᵢ|: 0 for an empty x, and NaN if any element is. It compares
// bits, whose order is that of the absolute values, with every NaN above +Inf.
func AbsMax(x []float64) float64 {
	switch level {
	case avx512:
		return absMaxAVX512(x)
	case avx2:
		return absMaxAVX2(x)
	}
	top := uint64(0)
	for _, xi := range x {
		top = max(top, math.Float64bits(xi)&^(1<<63))
	}
	return math.Float64frombits(top)
}

// Norm is √Σxᵢ², right whenever it can be represented. sum is SumSquares(x, 1),
// which the caller may have taken on several goroutines; where it overflowed or
// lost what matters, Norm sums again, scaled by a power of two.
func Norm(x []float64, sum float64) float64 {
	const tiny = 0x1p-900 // below it, squares that underflowed may matter
	if tiny <= sum && sum <= math.MaxFloat64 {
		return math.Sqrt(sum)
	}
	top := AbsMax(x)
	if top == 0 || !(top <= math.MaxFloat64) {
		return top
	}
	_, e := math.Frexp(top)
	e = max(e, -1000) // so that the scale below is finite
	return math.Ldexp(math.Sqrt(SumSquares(x, math.Ldexp(1, -e))), e)
}
