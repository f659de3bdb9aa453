package optim

import "math"

// dual is a hyper-dual number: a value, its derivatives along two directions, and its second
// derivative along both. All are exact up to rounding. J. A. Fike and J. J. Alonso, The development
// of hyper-dual numbers for exact second-derivative calculations, 2011, doi:10.2514/6.2011-886.
type dual struct{ v, a, b, ab float64 }

func (x dual) add(y dual) dual { return dual{x.v + y.v, x.a + y.a, x.b + y.b, x.ab + y.ab} }
func (x dual) sub(y dual) dual { return dual{x.v - y.v, x.a - y.a, x.b - y.b, x.ab - y.ab} }
func (x dual) mul(y dual) dual {
	return dual{x.v * y.v, x.a*y.v + x.v*y.a, x.b*y.v + x.v*y.b, x.ab*y.v + x.a*y.b + x.b*y.a + x.v*y.ab}
}
func (x dual) div(y dual) dual {
	inverse := 1 / y.v
	return x.mul(y.apply(inverse, -inverse*inverse, 2*inverse*inverse*inverse))
}

// plus and times take a constant.
func (x dual) plus(c float64) dual  { return dual{x.v + c, x.a, x.b, x.ab} }
func (x dual) times(c float64) dual { return dual{c * x.v, c * x.a, c * x.b, c * x.ab} }

func (x dual) square() dual { return x.mul(x) }
func (x dual) cube() dual   { return x.mul(x).mul(x) }

func (x dual) exp() dual {
	e := math.Exp(x.v)
	return x.apply(e, e, e)
}

func (x dual) log() dual { return x.apply(math.Log(x.v), 1/x.v, -1/(x.v*x.v)) }

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
	slope := 1 / (1 + x.v*x.v)
	return x.apply(math.Atan(x.v), slope, -2*x.v*slope*slope)
}

func (x dual) abs() dual {
	if x.v < 0 {
		return x.times(-1)
	}
	return x
}

// apply returns a function of x whose value and first two derivatives at x are given.
func (x dual) apply(value, first, second float64) dual {
	return dual{value, first * x.a, first * x.b, first*x.ab + second*x.a*x.b}
}

// sumOf returns the sum of the values of f.
func sumOf(x []dual, f func(j int, x dual) dual) (sum dual) {
	for j, v := range x {
		sum = sum.add(f(j, v))
	}
	return sum
}
