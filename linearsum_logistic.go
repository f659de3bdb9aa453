package optim

import (
	"math"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/portable"
)

// The labels of logisticLoss are ±1.
var logisticLoss = &loss{
	value: func(z, y float64) float64 {
		return max(float64(-y*z), 0) + portable.Log1p(portable.Exp(-math.Abs(z)))
	},
	deriv:  func(z, y float64) float64 { return float64(-y * expit(float64(-y*z), portable.Exp(-math.Abs(z)))) },
	second: func(z, u, y float64) float64 { return float64(math.Abs(u) * (1 - math.Abs(u))) },
	conjugate: func(u, y float64) float64 {
		p := math.Abs(u)
		return -entropy(p) - entropy(1-p)
	},
	curvature:  0.25,
	convex:     true,
	values:     logisticValues,
	derivs:     logisticDerivs,
	conjugates: logisticConjugates,
}

// expit returns 1/(1 + exp(−z)), the inverse of the logit. e is exp(−|z|).
func expit(z, e float64) float64 {
	if z < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// logisticBlock is the number of elements that are computed at a time, with intermediate results on
// the stack.
const logisticBlock = 256

func logisticValues(dst, z, y []float64) {
	var exps, logs [logisticBlock]float64
	for lo := 0; lo < len(z); lo += logisticBlock {
		z, y, dst := z[lo:min(lo+logisticBlock, len(z))], y[lo:], dst[lo:]
		e, l := exps[:len(z)], logs[:len(z)]
		expMinusAbs(e, z)
		for i, v := range e {
			l[i] = 1 + v
		}
		kernel.Log(l)
		for i, v := range z {
			log := e[i] // log(1 + e), as portable.Log1p computes it
			if u := 1 + e[i]; u != 1 {
				log = float64(l[i] * (e[i] / (u - 1)))
			}
			dst[i] = max(float64(-y[i]*v), 0) + log
		}
	}
}

func logisticDerivs(dst, z, y []float64) {
	var exps [logisticBlock]float64
	for lo := 0; lo < len(z); lo += logisticBlock {
		z, y, dst := z[lo:min(lo+logisticBlock, len(z))], y[lo:], dst[lo:]
		e := exps[:len(z)]
		expMinusAbs(e, z)
		for i, v := range z {
			dst[i] = -y[i] * expit(float64(-y[i]*v), e[i])
		}
	}
}

// largestExponent is the largest |a| for which kernel.Exp returns exp(a).
const largestExponent = 708

// expMinusAbs sets e to exp(−|z|).
func expMinusAbs(e, z []float64) {
	for i, v := range z {
		e[i] = -math.Abs(v)
	}
	if kernel.AbsMax(e) <= largestExponent {
		kernel.Exp(e)
		return
	}
	for i, v := range e {
		e[i] = portable.Exp(v)
	}
}

func logisticConjugates(dst, u, y []float64) {
	var ps, qs [logisticBlock]float64
	for lo := 0; lo < len(u); lo += logisticBlock {
		u, dst := u[lo:min(lo+logisticBlock, len(u))], dst[lo:]
		p, q := ps[:len(u)], qs[:len(u)]
		for i, v := range u {
			p[i] = max(math.Abs(v), leastNormal)
			q[i] = max(1-math.Abs(v), leastNormal)
		}
		kernel.Log(p)
		kernel.Log(q)
		for i, v := range u {
			dst[i] = weighted(math.Abs(v), p[i]) + weighted(1-math.Abs(v), q[i])
		}
	}
}

// weighted returns v·log, where log is the logarithm of v. It returns 0 for v < leastNormal.
func weighted(v, log float64) float64 {
	if v < leastNormal {
		return 0
	}
	return float64(v * log)
}
