package optim

import (
	"math"

	"example.com/optim/internal/portable"
)

// loss is a convex function φ of a product z and a label y. The functions of vectors compute every
// element with the bits of the function of one number. dst may be the vector of arguments.
type loss struct {
	value, deriv func(z, y float64) float64    // φ and φ′
	second       func(z, u, y float64) float64 // φ″ at z, where u is φ′
	conjugate    func(u, y float64) float64    // φ*(u) = sup zu − φ(z) over z, for u between 0 and some φ′(z)
	curvature    float64                       // the largest φ″, or 0 if there is no bound
	convex       bool                          // φ″ > 0 everywhere

	values, derivs, conjugates func(dst, arguments, labels []float64)
}

// lossOf returns l with functions of vectors.
func lossOf(l loss) *loss {
	l.values, l.derivs, l.conjugates = ofEach(l.value), ofEach(l.deriv), ofEach(l.conjugate)
	return &l
}

// ofEach returns the function that calls f for every element.
func ofEach(f func(a, y float64) float64) func(dst, arguments, labels []float64) {
	return func(dst, arguments, labels []float64) {
		for i, a := range arguments {
			dst[i] = f(a, labels[i])
		}
	}
}

var squaredLoss = lossOf(loss{
	value:     func(z, y float64) float64 { return float64(0.5 * float64((z-y)*(z-y))) },
	deriv:     func(z, y float64) float64 { return z - y },
	second:    func(z, u, y float64) float64 { return 1 },
	conjugate: func(u, y float64) float64 { return float64(u * (float64(u/2) + y)) },
	curvature: 1,
})

var poissonLoss = lossOf(loss{
	value:     func(z, y float64) float64 { return portable.Exp(z) - float64(y*z) },
	deriv:     func(z, y float64) float64 { return portable.Exp(z) - y },
	second:    func(z, u, y float64) float64 { return portable.Exp(z) },
	conjugate: func(u, y float64) float64 { return -entropy(u+y) - (u + y) },
	convex:    true,
})

func huberLoss(delta float64) *loss {
	return lossOf(loss{
		value: func(z, y float64) float64 {
			r := math.Abs(z - y)
			if r <= delta {
				return float64(0.5 * float64(r*r))
			}
			return float64(delta * (r - float64(delta/2)))
		},
		deriv: func(z, y float64) float64 { return max(min(z-y, delta), -delta) },
		second: func(z, u, y float64) float64 {
			if math.Abs(z-y) <= delta {
				return 1
			}
			return 0
		},
		conjugate: squaredLoss.conjugate,
		curvature: 1,
	})
}

// leastNormal is the smallest positive normal number.
const leastNormal = 0x1p-1022

// entropy returns −v·log v. It returns 0 for v < leastNormal. Such a v is 0 up to rounding.
func entropy(v float64) float64 {
	if v < leastNormal {
		return 0
	}
	return float64(-v * portable.Log(v))
}
