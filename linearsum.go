package optim

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// LinearSum is a FiniteSum whose terms depend on the parameters only through the product with one
// row of data, as in linear, logistic and softmax regression:
//
//	f(x) = 1/N·Σ φᵢ(aᵢᵀx) + λ/2·‖x‖²
//
// with λ = L2. The gradient of φᵢ(aᵢᵀx) is φᵢ′·aᵢ. So SAG, SAGA and SVRG keep one number for a
// term, φᵢ′, instead of a gradient. They do not estimate the gradient of the penalty, but add λx.
//
//	logistic := &optim.LinearSum{
//		Rows:      rows, // for example a *mat.Dense; the labels y are ±1
//		Deriv:     func(i int, z float64) float64 { return -y[i] / (1 + math.Exp(y[i]*z)) },
//		Curvature: 0.25,
//		L2:        1e-3,
//	}
//	saga := optim.NewSAGA(logistic.Sum(), rng)
//	saga.Weights = logistic.Weights()
//	_, weighted := logistic.Lipschitz()
//	opt := optim.NewSGD(1 / weighted)
//
// With several outputs, as in softmax regression, the argument of φᵢ is a vector z with zₖ = aᵢᵀxₖ.
// The parameters are the vectors x₁, x₂, … one after another, and Derivs replaces Deriv. Then the
// estimators keep Outputs numbers for a term.
//
// A LinearSum has the workspace for one term. So estimators that share it must not run at the same
// time.
type LinearSum struct {
	Rows      mat.Matrix                              // N rows, one for each term; the rows of a *mat.Dense are not copied
	N         int                                     // number of rows, if Rows is nil
	Row       func(i int) []float64                   // returns row i, if Rows is nil; the row is only read, and may be invalid after the next call
	Func      func(i int, z float64) float64          // φᵢ(z); only Sum.Func needs it
	Deriv     func(i int, z float64) float64          // φᵢ′(z)
	Curvature float64                                 // upper bound of φᵢ″ > 0, for Lipschitz and Weights: 1 for ½(z−y)², ¼ for the logistic loss, ½ for softmax
	L2        float64                                 // λ ≥ 0; default 0
	Outputs   int                                     // length of z, at least 0; default 0, which means 1
	Funcs     func(i int, z []float64) float64        // φᵢ(z), replaces Func
	Derivs    func(dst []float64, i int, z []float64) // sets dst to the gradient of φᵢ at z, replaces Deriv

	row  []float64 // a copy of a row of Rows, if one is necessary
	z, c []float64 // products and derivatives of one term
}

// Sum returns the sum for an estimator. It panics if there are no rows, if a field is out of its
// range, if Deriv and Derivs are nil, or if Outputs > 1 and Derivs is nil. After Sum no field but
// L2 may be assigned.
func (l *LinearSum) Sum() FiniteSum {
	if l.Rows != nil {
		l.N, _ = l.Rows.Dims()
	}
	switch {
	case l.Rows == nil && l.Row == nil:
		panic("optim: LinearSum has neither Rows nor Row")
	case l.Deriv == nil && l.Derivs == nil:
		panic("optim: LinearSum has neither Deriv nor Derivs")
	case l.Derivs == nil && l.Outputs > 1:
		panic(fmt.Sprintf("optim: LinearSum.Outputs = %d, but there is no Derivs", l.Outputs))
	}
	checkAtLeast("LinearSum", "N", l.N, 1)
	checkAtLeast("LinearSum", "Outputs", l.Outputs, 0)
	checkNonNegative("LinearSum", "L2", l.L2)
	l.z, l.c = make([]float64, l.outputs()), make([]float64, l.outputs())
	s := FiniteSum{N: l.N, Grad: l.grad, linear: l}
	if l.Func != nil || l.Funcs != nil {
		s.Func = l.value
	}
	return s
}

// Lipschitz returns two values of L for the choice of a learning rate. The first is the largest
// Lipschitz constant of the gradient of a term, Curvature·‖aᵢ‖² + L2. The second is for draws with
// Weights, and is twice the mean of the constants of the terms. Lipschitz panics if Curvature is
// not in (0, +Inf).
func (l *LinearSum) Lipschitz() (plain, weighted float64) {
	bounds, mean := l.bounds()
	return slices.Max(bounds), 2 * mean
}

// Weights returns weights for SVRG, SAG and SAGA. They make half of the draws in proportion to the
// Lipschitz constants of the terms. In the other half all terms are equally probable, so that no
// term is drawn rarely. Weights panics as Lipschitz does.
func (l *LinearSum) Weights() []float64 {
	weights, mean := l.bounds()
	for i := range weights {
		weights[i] += mean
	}
	return weights
}

// bounds returns the Lipschitz constants of the gradients of the terms, and their mean.
func (l *LinearSum) bounds() (bounds []float64, mean float64) {
	checkPositive("LinearSum", "Curvature", l.Curvature)
	bounds = make([]float64, l.Sum().N)
	for i := range bounds {
		bounds[i] = float64(l.Curvature*kernel.SumSquares(l.at(i), 1)) + l.L2
		mean += bounds[i] / float64(len(bounds))
	}
	return bounds, mean
}

func (l *LinearSum) outputs() int { return max(l.Outputs, 1) }

// at returns row i.
func (l *LinearSum) at(i int) []float64 {
	switch rows := l.Rows.(type) {
	case nil:
		return l.Row(i)
	case mat.RawRowViewer:
		return rows.RawRowView(i)
	}
	l.row = mat.Row(l.row, i, l.Rows)
	return l.row
}

// fit panics if the gradient or the value cannot be computed at x.
func (l *LinearSum) fit(x []float64) {
	checkNonNegative("LinearSum", "L2", l.L2)
	if n := len(l.at(0)); len(x) > 0 && len(x) != n*l.outputs() {
		panic(fmt.Sprintf("optim: LinearSum: len(params) = %d, want %d", len(x), n*l.outputs()))
	}
}

// product sets z to the products of x with a row.
func (l *LinearSum) product(x, row []float64) {
	for k := range l.z {
		l.z[k] = kernel.Dot(row, x[k*len(row):(k+1)*len(row)])
	}
}

// derive sets dst to the derivatives of φᵢ at x.
func (l *LinearSum) derive(dst, x []float64, i int) {
	l.product(x, l.at(i))
	if l.Derivs != nil {
		l.Derivs(dst, i, l.z)
	} else {
		dst[0] = l.Deriv(i, l.z[0])
	}
}

// add adds a·cₖ·aᵢ to the vector of dst for each output k.
func (l *LinearSum) add(dst []float64, i int, c []float64, a float64) {
	row := l.at(i)
	for k, ck := range c {
		kernel.AddScaled(dst[k*len(row):(k+1)*len(row)], row, a*ck)
	}
}

// decay adds λx to dst.
func (l *LinearSum) decay(dst, x []float64) {
	if l.L2 != 0 {
		kernel.AddScaled(dst, x, l.L2)
	}
}

// grad is Sum.Grad.
func (l *LinearSum) grad(dst, x []float64, batch []int) {
	for _, i := range batch {
		l.derive(l.c, x, i)
		l.add(dst, i, l.c, 1/float64(len(batch)))
	}
	l.decay(dst, x)
}

// value is Sum.Func.
func (l *LinearSum) value(x []float64, batch []int) float64 {
	l.fit(x)
	sum := 0.0
	for _, i := range batch {
		l.product(x, l.at(i))
		if l.Funcs != nil {
			sum += l.Funcs(i, l.z)
		} else {
			sum += l.Func(i, l.z[0])
		}
	}
	return sum/float64(len(batch)) + float64(l.L2/2*kernel.SumSquares(x, 1))
}
