// Package portable holds the few elementary functions that schedules need, with
// the same bits on every processor.
//
// Those of package math differ in the last bit from one processor to the next:
// some have assembly of their own on amd64, arm64 and s390x, and the compiler
// fuses multiplications with additions in the others where the processor can.
// Here every product that meets a sum is converted, float64(a*b) + c, which
// forbids that; and so do the conversions of what a function returns, for it may
// be inlined. The square root needs none of this: IEEE 754 defines its bits.
package portable

import "math"

// CosPi is cos(πr) for r in [0, 1].
func CosPi(r float64) float64 {
	switch {
	case r <= 0.25:
		return cosine(math.Pi * r)
	case r < 0.75:
		return sine(math.Pi * (0.5 - r))
	default:
		return -cosine(math.Pi * (1 - r))
	}
}

// cosine is the Taylor series of the cosine, for |a| ≤ π/4.
func cosine(a float64) float64 { return series(cosines[:], a*a) }

// sine is the Taylor series of the sine, for |a| ≤ π/4.
func sine(a float64) float64 { return float64(a * series(sines[:], a*a)) }

// Coefficients of the Taylor series: of the cosine in a², of sin(a)/a in a², of
// e^a in a and of artanh(a)/a in a².
var (
	cosines = [...]float64{
		1, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600,
		-1.0 / 87178291200, 1.0 / 20922789888000, -1.0 / 6402373705728000,
	}
	sines = [...]float64{
		1, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800,
		-1.0 / 1307674368000, 1.0 / 355687428096000, -1.0 / 121645100408832000,
	}
	exponentials = [...]float64{
		1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880,
		1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200,
	}
	artanhs = [...]float64{
		1, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23,
	}
)

// series is Σcᵢaⁱ.
func series(c []float64, a float64) float64 {
	sum := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		sum = float64(a*sum) + c[i]
	}
	return sum
}

// ln 2 in two parts, the first with zeros in its last 33 bits.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// Exp is e^a.
func Exp(a float64) float64 {
	switch {
	case a != a || a > 710:
		return a * math.Inf(1)
	case a < -746:
		return 0
	}
	k := math.RoundToEven(a / math.Ln2)
	r := a - float64(k*ln2High) - float64(k*ln2Low)
	return math.Ldexp(series(exponentials[:], r), int(k))
}

// Log is the natural logarithm of a > 0.
func Log(a float64) float64 {
	m, e := math.Frexp(a)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := (m - 1) / (m + 1) // log m = 2 artanh s
	square, k := s*s, float64(e)
	rest := float64(float64(s*square) * series(artanhs[1:], square))
	return float64(k*ln2High) + (float64(k*ln2Low) + 2*s + 2*rest)
}

// Pow is aᵇ for a ≥ 0 and b ≥ 0: by repeated squaring when b is a whole number.
func Pow(a, b float64) float64 {
	if whole := math.Trunc(b); whole == b && b < 1<<62 {
		return PowInt(a, int64(b))
	}
	if a == 0 {
		return 0
	}
	return Exp(float64(b * Log(a)))
}

// PowInt is aⁿ for n ≥ 0.
func PowInt(a float64, n int64) float64 {
	power := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			power *= a
		}
		a *= a
	}
	return float64(power)
}
