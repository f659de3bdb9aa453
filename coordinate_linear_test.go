package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// linearCase is a model with data and the parameters that minimise it.
type linearCase struct {
	name string
	sum  func(rows mat.Matrix) *LinearSum
}

// linearCases returns one sum of each loss, with data of 40 × 6.
func linearData() (*mat.Dense, []linearCase) {
	rng := rand.New(rand.NewPCG(7, 8))
	a := mat.NewDense(40, 6, nil)
	y := make([]float64, 40)
	classes, counts := make([]float64, 40), make([]float64, 40)
	for i := range y {
		for j := range 6 {
			if rng.IntN(3) > 0 {
				a.Set(i, j, rng.NormFloat64()+float64(j))
			}
		}
		y[i] = a.At(i, 1) - 0.5*a.At(i, 2) + rng.NormFloat64()
		if y[i] > 0 {
			classes[i] = 1
		}
		counts[i] = math.Floor(math.Abs(y[i]))
	}
	return a, []linearCase{
		{"squared", func(rows mat.Matrix) *LinearSum { return NewSquaredSum(rows, y) }},
		{"logistic", func(rows mat.Matrix) *LinearSum { return NewLogisticSum(rows, classes) }},
		{"Poisson", func(rows mat.Matrix) *LinearSum { return NewPoissonSum(rows, counts) }},
		{"Huber", func(rows mat.Matrix) *LinearSum { return NewHuberSum(rows, y, 0.8) }},
	}
}

// sparseOf returns a stored by rows.
func sparseOf(a mat.Matrix) *Sparse {
	n, p := a.Dims()
	indptr, indices, values := []int{0}, []int(nil), []float64(nil)
	for i := range n {
		for j := range p {
			if v := a.At(i, j); v != 0 {
				indices, values = append(indices, j), append(values, v)
			}
		}
		indptr = append(indptr, len(values))
	}
	return NewCSR(n, p, indptr, indices, values)
}

// TestLinearCoordinateDescent minimises every loss with every order, with and without an intercept,
// weights, factors and sparse data. It checks the optimality conditions with the gradient of the
// sum, which has another code.
func TestLinearCoordinateDescent(t *testing.T) {
	a, cases := linearData()
	weights := make([]float64, 40)
	for i := range weights {
		weights[i] = float64(i % 4)
	}
	forms := map[string]mat.Matrix{"dense": a, "CSR": sparseOf(a), "CSC": sparseOf(a.T()).T(), "transposed": mat.DenseCopyOf(a.T()).T()}
	for form, rows := range forms {
		for _, c := range cases {
			for _, order := range []Order{Cyclic, Random(seeded()), Greedy} {
				for _, options := range []int{0, 1, 2, 3} {
					l := c.sum(rows)
					l.Intercept, l.L2 = options&1 != 0, 0.01
					if options&2 != 0 {
						l.SampleWeights, l.Factor = weights, []float64{1, 0, 2, 0.5, 1, 1}
					}
					o := l.CoordinateDescent(order)
					o.L1 = 0.1
					x := make([]float64, l.width())
					for steps := 0; steps == 0 || o.KKT() > 1e-9; steps++ {
						o.Step(x, nil)
						if steps > 200000 {
							t.Fatalf("%s, %s, %v, %d: no end, KKT() = %v", form, c.name, order, options, o.KKT())
						}
					}
					if v := linearViolation(l, x, o.L1); v > 1e-8 {
						t.Errorf("%s, %s, %v, %d: the conditions are violated by %v", form, c.name, order, options, v)
					}
				}
			}
		}
	}
}

// linearViolation returns the largest violation of the optimality conditions at x.
func linearViolation(l *LinearSum, x []float64, l1 float64) float64 {
	worst := 0.0
	factors := l.factors()
	for j, g := range gradientOf(l.Sum(), x) {
		f := l1
		if factors != nil {
			f *= factors[j]
		}
		switch {
		case x[j] != 0:
			g += math.Copysign(f, x[j])
		default:
			g = max(math.Abs(g)-f, 0)
		}
		worst = max(worst, math.Abs(g))
	}
	return worst
}
