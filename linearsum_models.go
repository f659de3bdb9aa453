package optim

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// NewSquaredSum returns the sum of linear regression. The rows are the data, and the labels are any
// finite numbers:
//
//	φᵢ(z) = ½(z − yᵢ)²
//
// NewSquaredSum panics if there is no row, if the number of labels is not that of the rows, or if
// an element of rows or labels is not finite. The message names the row and the column.
func NewSquaredSum(rows mat.Matrix, labels []float64) *LinearSum {
	return newModel("NewSquaredSum", rows, labels, squaredLoss)
}

// NewLogisticSum returns the sum of logistic regression with two classes. The labels are 0 and 1,
// or −1 and 1. With yᵢ = ±1:
//
//	φᵢ(z) = log(1 + exp(−yᵢz))
//
// Then 1/(1 + exp(−aᵢᵀx)) is the probability of the label 1. NewLogisticSum panics as NewSquaredSum
// does, and if there is another label or only one class.
func NewLogisticSum(rows mat.Matrix, labels []float64) *LinearSum {
	signs := make([]float64, len(labels))
	other, classes := 0.0, [2]bool{}
	for i, y := range labels {
		switch {
		case y == 1:
			signs[i] = 1
		case (y == 0 || y == -1) && (!classes[0] || y == other):
			signs[i], other = -1, y
		default:
			panic(fmt.Sprintf("optim: NewLogisticSum: labels[%d] = %v, want 0 and 1, or -1 and 1", i, y))
		}
		classes[int(signs[i]+1)/2] = true
	}
	if classes[0] != classes[1] {
		panic(fmt.Sprintf("optim: NewLogisticSum: every label is %v, want two classes", labels[0]))
	}
	return newModel("NewLogisticSum", rows, signs, logisticLoss)
}

// NewPoissonSum returns the sum of Poisson regression with the logarithm as its link. The labels
// are counts or rates yᵢ ≥ 0, and not all of them are 0:
//
//	φᵢ(z) = exp(z) − yᵢz
//
// The expected value of the label is exp(aᵢᵀx). φᵢ″ has no bound, so Curvature is 0, and Lipschitz
// and Weights panic. NewPoissonSum panics as NewSquaredSum does, and if a label is negative or all
// are 0.
func NewPoissonSum(rows mat.Matrix, labels []float64) *LinearSum {
	total := 0.0
	for i, y := range labels {
		if y < 0 {
			outside("NewPoissonSum", fmt.Sprintf("labels[%d]", i), y, "[0, +Inf)")
		}
		total += y
	}
	if len(labels) > 0 && total == 0 {
		panic("optim: NewPoissonSum: every label is 0")
	}
	return newModel("NewPoissonSum", rows, labels, poissonLoss)
}

// NewHuberSum returns the sum of robust linear regression. Residuals above δ = delta have the weight
// of δ:
//
//	φᵢ(z) = ½r² for |r| ≤ δ, and δ|r| − ½δ² otherwise, with r = z − yᵢ
//
// δ has the unit of the labels. With δ = 1.345 standard deviations of Gaussian noise the variance of
// the estimates is 1/0.95 of that of least squares. NewHuberSum panics as NewSquaredSum does, and if
// delta is not in (0, +Inf). P. J. Huber, Robust estimation of a location parameter, 1964,
// doi:10.1214/aoms/1177703732.
func NewHuberSum(rows mat.Matrix, labels []float64, delta float64) *LinearSum {
	checkPositive("NewHuberSum", "delta", delta)
	return newModel("NewHuberSum", rows, labels, huberLoss(delta))
}

// newModel returns a sum of the given loss. It panics if an element of the data is not finite.
func newModel(function string, rows mat.Matrix, labels []float64, model *loss) *LinearSum {
	checkGiven(function, "matrix of rows", rows)
	n, columns := rows.Dims()
	switch {
	case n < 1 || columns < 1:
		panic(fmt.Sprintf("optim: %s: rows are %d × %d, want at least 1 × 1", function, n, columns))
	case len(labels) != n:
		panic(fmt.Sprintf("optim: %s: len(labels) = %d, want %d, one for each row", function, len(labels), n))
	}
	for i, y := range labels {
		if !isFinite(y) {
			panic(fmt.Sprintf("optim: %s: labels[%d] = %v, want a finite number", function, i, y))
		}
	}
	l := &LinearSum{
		Rows:      rows,
		Func:      func(i int, z float64) float64 { return model.value(z, labels[i]) },
		Deriv:     func(i int, z float64) float64 { return model.deriv(z, labels[i]) },
		Curvature: model.curvature,
		model:     model,
		labels:    labels,
	}
	if s, ok := rows.(*Sparse); ok {
		l.byRow = s.stored(false)
	}
	for i := range n {
		row := l.at(i)
		for e, v := range row.values {
			if !isFinite(v) {
				panic(fmt.Sprintf("optim: %s: row %d, column %d is %v, want a finite number", function, i, row.index(e), v))
			}
		}
	}
	return l
}
