package kernel

import "math"

// Block is the largest number of elements that a kernel sums in one call. The sum of a longer
// vector is the sum of its blocks in the order of their indices. So the result is the same to the
// bit if several goroutines sum the blocks.
const Block = 8192

// lanes is the number of partial sums of a block. Element i is added to partial sum i mod lanes.
// Four registers of AVX-512 or eight of AVX2 hold the partial sums.
const lanes = 32

// Dot returns Σxᵢyᵢ.
func Dot(x, y []float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += dotBlock(x[:Block], y[:Block])
		x, y = x[Block:], y[Block:]
	}
	return total + dotBlock(x, y)
}

// genericDotBlock returns Σxᵢyᵢ of one block.
func genericDotBlock(x, y []float64) float64 {
	var sum [lanes]float64
	y = y[:len(x)]
	for i, xi := range x {
		sum[i%lanes] += float64(xi * y[i])
	}
	return fold(&sum)
}

// DotDifference returns Σxᵢ(yᵢ−zᵢ).
func DotDifference(x, y, z []float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += dotDifferenceBlock(x[:Block], y[:Block], z[:Block])
		x, y, z = x[Block:], y[Block:], z[Block:]
	}
	return total + dotDifferenceBlock(x, y, z)
}

// genericDotDifferenceBlock returns Σxᵢ(yᵢ−zᵢ) of one block.
func genericDotDifferenceBlock(x, y, z []float64) float64 {
	var sum [lanes]float64
	y, z = y[:len(x)], z[:len(x)]
	for i, xi := range x {
		sum[i%lanes] += float64(xi * (y[i] - z[i]))
	}
	return fold(&sum)
}

// genericDots returns Σuᵢxᵢ, Σvᵢxᵢ, Σuᵢyᵢ and Σvᵢyᵢ of one block. It calls dotBlock because AVX2
// has no assembly of its own for the four sums.
func genericDots(u, v, x, y []float64) (ux, vx, uy, vy float64) {
	return dotBlock(u, x), dotBlock(v, x), dotBlock(u, y), dotBlock(v, y)
}

// SumSquares returns Σ(a·xᵢ)².
func SumSquares(x []float64, a float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += sumSquaresBlock(x[:Block], a)
		x = x[Block:]
	}
	return total + sumSquaresBlock(x, a)
}

// genericSumSquaresBlock returns Σ(a·xᵢ)² of one block.
func genericSumSquaresBlock(x []float64, a float64) float64 {
	var sum [lanes]float64
	for i, xi := range x {
		y := a * xi
		sum[i%lanes] += float64(y * y)
	}
	return fold(&sum)
}

// Excess returns Σmax((xᵢ − a) + b, 0) and the number of positive terms. The term of a NaN is 0.
func Excess(x []float64, a, b float64) (sum, count float64) {
	for len(x) > Block {
		sum += excessBlock(x[:Block], a, b)
		count += aboveBlock(x[:Block], a, b)
		x = x[Block:]
	}
	return sum + excessBlock(x, a, b), count + aboveBlock(x, a, b)
}

// ExcessAbs returns Σmax((|xᵢ| − a) + b, 0) and the number of positive terms. The term of a NaN
// is 0.
func ExcessAbs(x []float64, a, b float64) (sum, count float64) {
	for len(x) > Block {
		sum += excessAbsBlock(x[:Block], a, b)
		count += aboveAbsBlock(x[:Block], a, b)
		x = x[Block:]
	}
	return sum + excessAbsBlock(x, a, b), count + aboveAbsBlock(x, a, b)
}

// genericExcessBlock returns Σmax((xᵢ − a) + b, 0) of one block.
func genericExcessBlock(x []float64, a, b float64) float64 {
	var sum [lanes]float64
	for i, xi := range x {
		sum[i%lanes] += larger((xi-a)+b, 0)
	}
	return fold(&sum)
}

// genericAboveBlock returns the number of (xᵢ − a) + b > 0 in one block.
func genericAboveBlock(x []float64, a, b float64) float64 {
	count := 0
	for _, xi := range x {
		if (xi-a)+b > 0 {
			count++
		}
	}
	return float64(count)
}

// genericExcessAbsBlock returns Σmax((|xᵢ| − a) + b, 0) of one block.
func genericExcessAbsBlock(x []float64, a, b float64) float64 {
	var sum [lanes]float64
	for i, xi := range x {
		sum[i%lanes] += larger((math.Abs(xi)-a)+b, 0)
	}
	return fold(&sum)
}

// genericAboveAbsBlock returns the number of (|xᵢ| − a) + b > 0 in one block.
func genericAboveAbsBlock(x []float64, a, b float64) float64 {
	count := 0
	for _, xi := range x {
		if (math.Abs(xi)-a)+b > 0 {
			count++
		}
	}
	return float64(count)
}

// SumAbs returns Σ|xᵢ|.
func SumAbs(x []float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += sumAbsBlock(x[:Block])
		x = x[Block:]
	}
	return total + sumAbsBlock(x)
}

// genericSumAbsBlock returns Σ|xᵢ| of one block.
func genericSumAbsBlock(x []float64) float64 {
	var sum [lanes]float64
	for i, xi := range x {
		sum[i%lanes] += math.Abs(xi)
	}
	return fold(&sum)
}

// CountOpposite returns the number of i with xᵢyᵢ < 0, also where the product underflows.
func CountOpposite(x, y []float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += countOppositeBlock(x[:Block], y[:Block])
		x, y = x[Block:], y[Block:]
	}
	return total + countOppositeBlock(x, y)
}

// genericCountOppositeBlock returns the number of i in one block with xᵢyᵢ < 0, also
// where the product underflows.
func genericCountOppositeBlock(x, y []float64) (count float64) {
	y = y[:len(x)]
	for i, xi := range x {
		if xi*sign(y[i]) < 0 { // sign returns −1, 0, 1 or NaN
			count++
		}
	}
	return count
}

// MaskOpposite multiplies xᵢ by 0 unless xᵢyᵢ < 0, and returns the number of i with xᵢyᵢ < 0, also
// where the product underflows.
func MaskOpposite(x, y []float64) float64 {
	total := 0.0
	for len(x) > Block {
		total += maskBlock(x[:Block], y[:Block])
		x, y = x[Block:], y[Block:]
	}
	return total + maskBlock(x, y)
}

// genericMaskBlock is MaskOpposite for one block.
func genericMaskBlock(x, y []float64) (count float64) {
	y = y[:len(x)]
	for i, xi := range x {
		agrees := 0.0
		if xi*sign(y[i]) < 0 {
			agrees = 1
		}
		x[i] = xi * agrees
		count += agrees
	}
	return count
}

// fold returns the sum of the lanes. It adds the upper half of the lanes to the lower half until
// one lane is left.
func fold(sum *[lanes]float64) float64 {
	for w := lanes / 2; w > 0; w /= 2 {
		for i := range w {
			sum[i] += sum[i+w]
		}
	}
	return sum[0]
}

// genericAbsMax returns max|xᵢ|: 0 for an empty x, and NaN if an element is NaN. It compares bit
// patterns as integers. Their order is that of the absolute values, and the pattern of a NaN is
// larger than that of +Inf.
func genericAbsMax(x []float64) float64 {
	top := uint64(0)
	for _, xi := range x {
		top = max(top, math.Float64bits(xi)&^(1<<63))
	}
	return math.Float64frombits(top)
}

// Norm returns √Σxᵢ². The result is accurate whenever it is in the range of float64. sum is
// SumSquares(x, 1). It is an argument because the caller may have computed it on several
// goroutines. If squares overflowed or may have underflowed, Norm sums them again, with x scaled by
// a power of two.
func Norm(x []float64, sum float64) float64 {
	return NormOf(sum, func() float64 { return AbsMax(x) }, func(a float64) float64 { return SumSquares(x, a) })
}

// NormOf is Norm of a vector of which only absMax and sumSquares(a), the sum of (a·xᵢ)², are known.
func NormOf(sum float64, absMax func() float64, sumSquares func(a float64) float64) float64 {
	const tiny = 0x1p-900 // in a smaller sum, squares that underflowed may matter
	if tiny <= sum && sum <= math.MaxFloat64 {
		return math.Sqrt(sum)
	}
	top := absMax()
	if top == 0 || !(top <= math.MaxFloat64) {
		return top
	}
	_, e := math.Frexp(top)
	e = max(e, -1000) // so that 2^−e is finite
	return math.Ldexp(math.Sqrt(sumSquares(math.Ldexp(1, -e))), e)
}
