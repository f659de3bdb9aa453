package play

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"example.com/optim"
)

// Function is a function of one or two variables.
type Function struct {
	Key       string     // in a query
	Name      string     // for people
	Formula   string     // for people
	Variables int        // 1 or 2
	View      [4]float64 // the rectangle of the picture: left, right, bottom, top
	Start     [2]float64 // default start
	Rates     [3]float64 // default learning rates, one for each kind of rule
	Lowest    float64    // the least value, in the picture if Unbounded
	Unbounded bool       // whether there is no least value
	Condition bool       // whether the condition number of the function can be chosen

	value func(x, y jet, condition float64) jet
	terms [][2]float64 // if the function is a mean: the gradients of the terms minus their mean
}

// Functions are the functions of the playground.
var Functions = []Function{
	{
		Key: "valley", Name: "Quadratic valley", Formula: "½(x² + κy²)", Variables: 2, Condition: true,
		View: [4]float64{-10, 6, -4, 4}, Start: [2]float64{-9, 2}, Rates: [3]float64{0.03, 0.3, 1},
		value: valley,
	},
	{
		Key: "rosenbrock", Name: "Rosenbrock", Formula: "(1−x)² + 100(y−x²)²", Variables: 2,
		View: [4]float64{-1.8, 1.8, -0.8, 2.2}, Start: [2]float64{-1.2, 1}, Rates: [3]float64{0.001, 0.05, 1},
		value: func(x, y jet, _ float64) jet {
			return number(1).minus(x).squared().plus(y.minus(x.squared()).squared().scaled(100))
		},
	},
	{
		Key: "saddle", Name: "Saddle", Formula: "x² − y² + y⁴", Variables: 2,
		View: [4]float64{-1.6, 1.6, -1.2, 1.2}, Start: [2]float64{-1.4, 0.1}, Rates: [3]float64{0.1, 0.05, 0.25}, Lowest: -0.25,
		value: func(x, y jet, _ float64) jet {
			return x.squared().minus(y.squared()).plus(y.squared().squared())
		},
	},
	{
		Key: "beale", Name: "Beale", Formula: "(1.5−x+xy)² + (2.25−x+xy²)² + (2.625−x+xy³)²", Variables: 2,
		View: [4]float64{-1, 4.4, -1.6, 1.6}, Start: [2]float64{0.5, 1.3}, Rates: [3]float64{0.005, 0.05, 1},
		value: func(x, y jet, _ float64) jet {
			sum, power := number(0), number(1)
			for _, c := range []float64{1.5, 2.25, 2.625} {
				power = power.times(y)
				sum = sum.plus(number(c).minus(x).plus(x.times(power)).squared())
			}
			return sum
		},
	},
	{
		Key: "himmelblau", Name: "Himmelblau", Formula: "(x²+y−11)² + (x+y²−7)²", Variables: 2,
		View: [4]float64{-6, 6, -5, 5}, Start: [2]float64{-0.6, -1.2}, Rates: [3]float64{0.005, 0.2, 1},
		value: func(x, y jet, _ float64) jet {
			return x.squared().plus(y).minus(number(11)).squared().plus(x.plus(y.squared()).minus(number(7)).squared())
		},
	},
	{
		Key: "noisy", Name: "Noisy quadratic", Formula: "½(x² + κy²), the gradient is that of one of 8 terms", Variables: 2, Condition: true,
		View: [4]float64{-10, 6, -4, 4}, Start: [2]float64{-9, 2}, Rates: [3]float64{0.02, 0.2, 0.2},
		value: valley,
		terms: [][2]float64{{3, 1}, {1, 3}, {-1, 3}, {-3, 1}, {-3, -1}, {-1, -3}, {1, -3}, {3, -1}},
	},
	{
		Key: "cliff", Name: "Cliff", Formula: "loss of a recurrent network with the weight x and the bias y", Variables: 2,
		View: [4]float64{3.5, 6.5, -3.4, -1.4}, Start: [2]float64{6, -2.2}, Rates: [3]float64{0.3, 0.02, 0.1},
		value: cliff,
	},
	{
		Key: "wave", Name: "Many minima", Formula: "x·cos πx", Variables: 1,
		View: [4]float64{-2.5, 2.5, -2.6, 2.6}, Start: [2]float64{0.4}, Rates: [3]float64{0.02, 0.05, 1}, Lowest: -2.0247704416947077, Unbounded: true,
		value: func(x, _ jet, _ float64) jet { return x.times(x.cosPi()) },
	},
	{
		Key: "cube", Name: "Cube", Formula: "x³", Variables: 1,
		View: [4]float64{-1.1, 1.1, -1.35, 1.35}, Start: [2]float64{1}, Rates: [3]float64{0.1, 0.02, 0.25}, Lowest: -1.1 * 1.1 * 1.1, Unbounded: true,
		value: func(x, _ jet, _ float64) jet { return x.squared().times(x) },
	},
}

func valley(x, y jet, condition float64) jet {
	return x.squared().plus(y.squared().scaled(condition)).scaled(0.5)
}

// cliff returns the loss of the example cliff: the network of figure 6 in R. Pascanu, T. Mikolov and
// Y. Bengio, On the difficulty of training recurrent neural networks, 2013, arXiv:1211.5063.
func cliff(w, b jet, _ float64) jet {
	const depth, first, target = 50, 0.5, 0.7
	x := number(first)
	for range depth {
		x = w.times(x.logistic()).plus(b)
	}
	return x.logistic().minus(number(target)).squared()
}

// surface is a function with its condition number.
type surface struct {
	*Function
	condition float64
}

// at returns the function at x, which has one or two elements.
func (s surface) at(x []float64) jet {
	y := 0.0
	if len(x) > 1 {
		y = x[1]
	}
	a, b := variables(x[0], y)
	return s.value(a, b, s.condition)
}

func (s surface) f(x []float64) float64 { return s.at(x).f }

func (s surface) grad(dst, x []float64) {
	j := s.at(x)
	copy(dst, []float64{j.x, j.y})
}

func (s surface) hess(dst *mat.SymDense, x []float64) {
	j := s.at(x)
	dst.SetSym(0, 0, j.xx)
	if len(x) > 1 {
		dst.SetSym(0, 1, j.xy)
		dst.SetSym(1, 1, j.yy)
	}
}

// gradient returns what computes the gradient of a step: that of the function, or of one of its terms
// if it has terms.
func (s surface) gradient(rng *rand.Rand) func(dst, x []float64) {
	if s.terms == nil {
		return s.grad
	}
	sum := optim.FiniteSum{N: len(s.terms), Grad: func(dst, x []float64, batch []int) {
		s.grad(dst, x)
		for k := range dst {
			dst[k] += s.terms[batch[0]][k]
		}
	}}
	return optim.NewMiniBatch(sum, 1, rng).Grad
}
