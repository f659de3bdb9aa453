package optim

import (
	"math"

	"example.com/optim/internal/portable"
)

// dual is a hyper-dual number: a value, its derivatives along two directions, and its second
// derivative along both. All are exact up to rounding. J. A. Fike and J. J. Alonso, The development
// of hyper-dual numbers for exact second-derivative calculations, 2011, doi:10.2514/6.2011-886.
type dual struct{ v, a, b, ab float64 }

func (x dual) add(y dual) dual { return dual{x.v + y.v, x.a + y.a, x.b + y.b, x.ab + y.ab} }
func (x dual) sub(y dual) dual { return dual{x.v - y.v, x.a - y.a, x.b - y.b, x.ab - y.ab} }
func (x dual) mul(y dual) dual {
	return dual{
		float64(x.v * y.v), float64(x.a*y.v) + float64(x.v*y.a), float64(x.b*y.v) + float64(x.v*y.b),
		float64(x.ab*y.v) + float64(x.a*y.b) + float64(x.b*y.a) + float64(x.v*y.ab),
	}
}
func (x dual) div(y dual) dual {
	inverse := 1 / y.v
	return x.mul(y.apply(inverse, -inverse*inverse, 2*inverse*inverse*inverse))
}

// plus and times take a constant.
func (x dual) plus(c float64) dual { return dual{x.v + float64(c), x.a, x.b, x.ab} }
func (x dual) times(c float64) dual {
	return dual{float64(c * x.v), float64(c * x.a), float64(c * x.b), float64(c * x.ab)}
}

func (x dual) square() dual { return x.mul(x) }
func (x dual) cube() dual   { return x.mul(x).mul(x) }

func (x dual) exp() dual {
	e := portable.Exp(x.v)
	return x.apply(e, e, e)
}

func (x dual) log() dual { return x.apply(portable.Log(x.v), 1/x.v, -1/(x.v*x.v)) }

func (x dual) sin() dual {
	sin, cos := math.Sincos(x.v)
	return x.apply(sin, cos, -sin)
}

func (x dual) cos() dual {
	sin, cos := math.Sincos(x.v)
	return x.apply(cos, -sin, -cos)
}

func (x dual) sqrt() dual {
	root := math.Sqrt(x.v)
	return x.apply(root, 1/(2*root), -1/(4*root*x.v))
}

func (x dual) atan() dual {
	slope := 1 / (1 + float64(x.v*x.v))
	return x.apply(portable.Atan(x.v), slope, -2*x.v*slope*slope)
}

func (x dual) abs() dual {
	if x.v < 0 {
		return x.times(-1)
	}
	return x
}

// apply returns a function of x whose value and first two derivatives at x are given.
func (x dual) apply(value, first, second float64) dual {
	return dual{
		float64(value), float64(first * x.a), float64(first * x.b),
		float64(first*x.ab) + float64(second*x.a*x.b),
	}
}

// sumOf returns the sum of the values of f.
func sumOf(x []dual, f func(j int, x dual) dual) (sum dual) {
	for j, v := range x {
		sum = sum.add(f(j, v))
	}
	return sum
}
