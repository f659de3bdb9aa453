package play

import (
	"math"

	"example.com/optim/internal/portable"
)

// jet is the value of a function of two variables, with its first and second derivatives. Sums and
// products of jets follow the rules of differentiation, so a function that is written with jets
// needs no formulas for its derivatives. Products that meet a sum are converted. Every processor
// therefore computes the same bits.
type jet struct{ f, x, y, xx, xy, yy float64 }

// variables returns the jets of the two variables at (x, y).
func variables(x, y float64) (jet, jet) { return jet{f: x, x: 1}, jet{f: y, y: 1} }

// number returns the jet of a constant.
func number(c float64) jet { return jet{f: c} }

func (a jet) plus(b jet) jet {
	return jet{a.f + b.f, a.x + b.x, a.y + b.y, a.xx + b.xx, a.xy + b.xy, a.yy + b.yy}
}

func (a jet) minus(b jet) jet { return a.plus(b.scaled(-1)) }

func (a jet) times(b jet) jet {
	return jet{
		f:  float64(a.f * b.f),
		x:  float64(a.x*b.f) + float64(a.f*b.x),
		y:  float64(a.y*b.f) + float64(a.f*b.y),
		xx: float64(a.xx*b.f) + float64(2*a.x*b.x) + float64(a.f*b.xx),
		xy: float64(a.xy*b.f) + (float64(a.x*b.y) + float64(a.y*b.x)) + float64(a.f*b.xy),
		yy: float64(a.yy*b.f) + float64(2*a.y*b.y) + float64(a.f*b.yy),
	}
}

func (a jet) scaled(c float64) jet { return a.times(number(c)) }

func (a jet) squared() jet { return a.times(a) }

// through returns the jet of h(a), where h, d and dd are h and its first two derivatives at a.
func (a jet) through(h, d, dd float64) jet {
	return jet{
		f:  h,
		x:  float64(d * a.x),
		y:  float64(d * a.y),
		xx: float64(d*a.xx) + float64(dd*a.x*a.x),
		xy: float64(d*a.xy) + float64(dd*a.x*a.y),
		yy: float64(d*a.yy) + float64(dd*a.y*a.y),
	}
}

// cosPi returns cos(πa).
func (a jet) cosPi() jet {
	r, sign := math.Mod(math.Abs(a.f), 2), math.Copysign(1, a.f)
	if r > 1 {
		r, sign = 2-r, -sign
	}
	cos, sin := portable.CosPi(r), sign*portable.CosPi(math.Abs(r-0.5))
	return a.through(cos, -math.Pi*sin, -math.Pi*math.Pi*cos)
}

// logistic returns 1/(1 + e⁻ᵃ).
func (a jet) logistic() jet {
	s := 1 / (1 + portable.Exp(-a.f))
	d := float64(s * (1 - s))
	return a.through(s, d, d*(1-2*s))
}
