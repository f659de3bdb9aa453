package portable

import "math"

// arctans are the coefficients of arctan(a)/a in powers of a², for |a| ≤ √2 − 1.
var arctans = [...]float64{
	1, -1.0 / 3, 1.0 / 5, -1.0 / 7, 1.0 / 9, -1.0 / 11, 1.0 / 13, -1.0 / 15, 1.0 / 17, -1.0 / 19, 1.0 / 21,
	-1.0 / 23, 1.0 / 25, -1.0 / 27, 1.0 / 29, -1.0 / 31, 1.0 / 33, -1.0 / 35, 1.0 / 37, -1.0 / 39, 1.0 / 41,
}

// Atan returns the arctangent of a ≥ 0.
func Atan(a float64) float64 {
	switch {
	case a > 1:
		return math.Pi/2 - Atan(1/a)
	case a > math.Sqrt2-1:
		return math.Pi/4 + arctan((a-1)/(a+1))
	}
	return arctan(a)
}

func arctan(a float64) float64 { return float64(a * series(arctans[:], float64(a*a))) }
