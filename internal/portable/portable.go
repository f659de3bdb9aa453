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
func cosine(a float64) float64 {
	sum, square := 1.0, a*a
	for k := 18; k > 0; k -= 2 {
		sum = 1 - float64(square*sum)/float64(k*(k-1))
	}
	return sum
}

// sine is the Taylor series of the sine, for |a| ≤ π/4.
func sine(a float64) float64 {
	sum, square := 1.0, a*a
	for k := 19; k > 1; k -= 2 {
		sum = 1 - float64(square*sum)/float64(k*(k-1))
	}
	return float64(a * sum)
}

// Exp is e^a.
func Exp(a float64) float64 {
	const (
		ln2High = 6.93147180369123816490e-01 // the last 33 bits are zero
		ln2Low  = 1.90821492927058770002e-10
	)
	switch {
	case a != a || a > 710:
		return a * math.Inf(1)
	case a < -746:
		return 0
	}
	k := math.RoundToEven(a / math.Ln2)
	r := a - float64(k*ln2High) - float64(k*ln2Low)
	sum := 1.0
	for i := 14; i > 0; i-- {
		sum = 1 + float64(r*sum)/float64(i)
	}
	return math.Ldexp(sum, int(k))
}

// Log is the natural logarithm of a > 0.
func Log(a float64) float64 {
	const (
		ln2High = 6.93147180369123816490e-01
		ln2Low  = 1.90821492927058770002e-10
	)
	m, e := math.Frexp(a)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := (m - 1) / (m + 1) // log m = 2(s + s³/3 + s⁵/5 + …)
	sum, square := 0.0, s*s
	for k := 23; k > 1; k -= 2 {
		sum = float64(square * (sum + 1/float64(k)))
	}
	k := float64(e)
	return float64(k*ln2High) + (float64(k*ln2Low) + 2*s + 2*float64(s*sum))
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
