package optim

import (
	"math"
	"testing"

	"example.com/optim/internal/data"
	"gonum.org/v1/gonum/mat"
)

// readTable returns the numbers in the lines of a file in internal/data after the first skip lines.
func readTable(t testing.TB, file string, skip int) [][]float64 {
	t.Helper()
	rows, err := data.Table(file, skip)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// standardize gives every column mean 0 and mean square 1.
func standardize(a *mat.Dense) {
	n, p := a.Dims()
	for j := range p {
		sum, square := 0.0, 0.0
		for i := range n {
			sum += a.At(i, j)
		}
		for i := range n {
			a.Set(i, j, a.At(i, j)-sum/float64(n))
			square += a.At(i, j) * a.At(i, j)
		}
		for i := range n {
			a.Set(i, j, a.At(i, j)/math.Sqrt(square/float64(n)))
		}
	}
}

// cancerMinimum is the minimum of cancer, from an independent source.
const cancerMinimum = 0.05983977454242311

// cancer returns logistic regression on the breast cancer data, with L2 1e-3.
func cancer(t testing.TB) (l *LinearSum, parameters int) {
	table := readTable(t, "breast_cancer.csv", 1)
	p := len(table[0]) - 1
	a, y := mat.NewDense(len(table), p, nil), make([]float64, len(table))
	for i, row := range table {
		a.SetRow(i, row[:p])
		y[i] = 2*row[p] - 1
	}
	standardize(a)
	return &LinearSum{
		Rows:      a,
		Func:      func(i int, z float64) float64 { return math.Log1p(math.Exp(-y[i] * z)) },
		Deriv:     func(i int, z float64) float64 { return -y[i] / (1 + math.Exp(y[i]*z)) },
		Curvature: 0.25,
		L2:        1e-3,
	}, p
}

// all returns the numbers below n.
func all(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}
