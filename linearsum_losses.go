package optim

import (
	"math"

	"example.com/optim/internal/portable"
)

// loss is a convex function φ of a product z and a label y.
type loss struct {
	value, deriv func(z, y float64) float64    // φ and φ′
	second       func(z, u, y float64) float64 // φ″ at z, where u is φ′
	conjugate    func(u, y float64) float64    // φ*(u) = sup zu − φ(z) over z, for u between 0 and some φ′(z)
	curvature    float64                       // the largest φ″, or 0 if there is no bound
	convex       bool                          // φ″ > 0 everywhere
}

var squaredLoss = &loss{
	value:     func(z, y float64) float64 { return float64(0.5 * float64((z-y)*(z-y))) },
	deriv:     func(z, y float64) float64 { return z - y },
	second:    func(z, u, y float64) float64 { return 1 },
	conjugate: func(u, y float64) float64 { return float64(u * (float64(u/2) + y)) },
	curvature: 1,
}

// The labels of logisticLoss are ±1.
var logisticLoss = &loss{
	value: func(z, y float64) float64 {
		return max(float64(-y*z), 0) + log1p(portable.Exp(-math.Abs(z)))
	},
	deriv:  func(z, y float64) float64 { return float64(-y * expit(float64(-y*z))) },
	second: func(z, u, y float64) float64 { return float64(math.Abs(u) * (1 - math.Abs(u))) },
	conjugate: func(u, y float64) float64 {
		p := math.Abs(u)
		return -entropy(p) - entropy(1-p)
	},
	curvature: 0.25,
	convex:    true,
}

var poissonLoss = &loss{
	value:     func(z, y float64) float64 { return portable.Exp(z) - float64(y*z) },
	deriv:     func(z, y float64) float64 { return portable.Exp(z) - y },
	second:    func(z, u, y float64) float64 { return portable.Exp(z) },
	conjugate: func(u, y float64) float64 { return -entropy(u+y) - (u + y) },
	convex:    true,
}

func huberLoss(delta float64) *loss {
	return &loss{
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
	}
}

// expit returns 1/(1 + exp(−z)), the inverse of the logit.
func expit(z float64) float64 {
	e := portable.Exp(-math.Abs(z))
	if z < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// entropy returns −v·log v for v > 0, and 0 for smaller v, which are 0 up to rounding.
func entropy(v float64) float64 {
	if v <= 0 {
		return 0
	}
	return float64(-v * portable.Log(v))
}

// log1p returns log(1 + e) for e ≥ 0. It multiplies log u by e/(u − 1), where u is the rounded
// 1 + e. W. Kahan's formula: D. Goldberg, What every computer scientist should know about
// floating-point arithmetic, 1991, doi:10.1145/103162.103163, theorem 4.
func log1p(e float64) float64 {
	u := 1 + e
	if u == 1 {
		return e
	}
	return float64(portable.Log(u) * (e / (u - 1)))
}
