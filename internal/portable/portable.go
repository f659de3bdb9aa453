// Package portable holds elementary functions that return the same bits on every processor. Package
// optim calls them, for instance in schedules, gradient noise and NAdam. The functions of
// examples/playground call them too.
//
// The functions of package math do not always return the same bits. Some have assembly on amd64,
// arm64 or s390x. In the others the compiler fuses a multiplication with an addition if the
// processor has the instruction. Here every product that is added or subtracted is converted,
// float64(a*b) + c. The conversion forbids the compiler to fuse. A product that a function returns
// is converted too, because the function may be inlined into a sum. math.Sqrt, Frexp, Ldexp and the
// functions that round are exact on every processor.
package portable

import "math"

// CosPi returns cos(πr) for r in [0, 1].
func CosPi(r float64) float64 {
	switch { // the series are for |a| ≤ π/4
	case r <= 0.25:
		a := math.Pi * r
		return series(cosines[:], a*a)
	case r < 0.75:
		a := math.Pi * (0.5 - r)
		return float64(a * series(sines[:], a*a))
	default:
		a := math.Pi * (1 - r)
		return -series(cosines[:], a*a)
	}
}

// The coefficients of Taylor series: cos a and sin(a)/a in powers of a², e^a in powers of a,
// artanh(a)/a in powers of a².
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

// series returns Σcᵢaⁱ.
func series(c []float64, a float64) float64 {
	sum := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		sum = float64(a*sum) + c[i]
	}
	return sum
}

// ln 2 is ln2High + ln2Low. The last 21 bits of ln2High are zeros, so that its product with the
// exponent of a float64 is exact.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// Exp returns e^a.
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

// Log returns the natural logarithm of a > 0.
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

// Log1p returns log(1+a) for a ≥ 0. Where 1+a is rounded, the quotient of a and the rounded a
// corrects the logarithm of 1+a (W. Kahan).
func Log1p(a float64) float64 {
	switch y := 1 + a; {
	case y == 1:
		return a
	case y > math.MaxFloat64:
		return y
	default:
		return float64(Log(y) * (a / (y - 1)))
	}
}

// Pow returns aᵇ for a ≥ 0 and b ≥ 0. It multiplies if b is a whole number.
func Pow(a, b float64) float64 {
	if whole := math.Trunc(b); whole == b && b < 1<<62 {
		return PowInt(a, int64(b))
	}
	if a == 0 {
		return 0
	}
	return Exp(float64(b * Log(a)))
}

// PowInt returns aⁿ for n ≥ 0, by repeated squaring.
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
