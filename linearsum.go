package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// LinearSum is a FiniteSum whose terms look at the parameters through a product with
// one row of data, as in linear, logistic and softmax regression.
//
//	f(x) = 1/N·Σ φᵢ(aᵢᵀx) + λ/2·‖x‖²
//
// Its gradients are multiples of the rows, so that SAG, SAGA and SVRG keep one
// number a term, φᵢ′, in the place of a whole gradient, and λx is exact.
//
//	logistic := &optim.LinearSum{
//		Rows:      rows, // a *mat.Dense, say; labels y are ±1
//		Deriv:     func(i int, z float64) float64 { return -y[i] / (1 + math.Exp(y[i]*z)) },
//		Curvature: 0.25,
//		L2:        1e-3,
//	}
//	saga := optim.NewSAGA(logistic.Sum(), rng)
//	saga.Weights = logistic.Weights()
//	_, weighted := logistic.Lipschitz()
//	opt := optim.NewSGD(1 / weighted)
//
// With several outputs, as in softmax regression, φᵢ takes a vector: the
// parameters are one vector after the other, zₖ = aᵢᵀxₖ, and Derivs takes the
// place of Deriv. Then there are Outputs numbers a term.
//
// It has room for the products of one term: estimators that share a LinearSum must
// not run at the same time.
type LinearSum struct {
	Rows mat.Matrix // N rows, one a term; those of a *mat.Dense are used where they are

	// In the place of Rows: N, and a function that gives row i. The row is not
	// changed, and need not be valid after the next call.
	N   int
	Row func(i int) []float64

	Func      func(i int, z float64) float64   // φᵢ(z); only Sum.Func needs it
	Deriv     func(i int, z float64) float64   // φᵢ′(z)
	Curvature float64                          // a bound of φᵢ″, for Lipschitz: 1 for ½(z−y)², ¼ for the logistic loss, ½ for softmax
	L2        float64                          // λ, at least 0; default 0
	Outputs   int                              // numbers that φᵢ takes; default 0, which is 1
	Funcs     func(i int, z []float64) float64 // φᵢ(z), in the place of Func
	Derivs    func(dst []float64, i int, z []float64)

	row  []float64 // copied from Rows, if need be
	z, c []float64 // products and derivatives of the term at hand
}

// Sum is the sum, for any estimator. It panics if there are no rows, or a field
// is out of its range. The fields must not be assigned any more, but L2 may be.
func (l *LinearSum) Sum() FiniteSum {
	if l.Rows != nil {
		l.N, _ = l.Rows.Dims()
	}
	l.check()
	l.z, l.c = make([]float64, l.outputs()), make([]float64, l.outputs())
	s := FiniteSum{N: l.N, Grad: l.grad, linear: l}
	if l.Func != nil || l.Funcs != nil {
		s.Func = l.value
	}
	return s
}

func (l *LinearSum) check() {
	switch {
	case l.Rows == nil && l.Row == nil:
		panic("optim: LinearSum has neither Rows nor Row")
	case l.N < 1:
		panic(fmt.Sprintf("optim: LinearSum.N = %d, want at least 1", l.N))
	case l.Outputs < 0:
		panic(fmt.Sprintf("optim: LinearSum.Outputs = %d, want at least 0", l.Outputs))
	case l.Deriv == nil && l.Derivs == nil:
		panic("optim: LinearSum has neither Deriv nor Derivs")
	case l.Derivs == nil && l.Outputs > 1:
		panic(fmt.Sprintf("optim: LinearSum.Outputs = %d, but there is no Derivs", l.Outputs))
	}
	checkNonNegative("LinearSum", "L2", l.L2)
}

// Lipschitz is the constants that a learning rate goes by: the largest Lipschitz
// constant of a term's gradient, Curvature·‖aᵢ‖² + L2, and what takes its place
// with Weights, twice the mean of these constants. It panics if Curvature is not
// above 0.
func (l *LinearSum) Lipschitz() (plain, weighted float64) {
	bounds, mean := l.bounds()
	for _, bound := range bounds {
		plain = max(plain, bound)
	}
	return plain, 2 * mean
}

// Weights are weights for SVRG, SAG and SAGA: with them half of the draws go by
// the Lipschitz constants of the terms, and half to all alike, so that no term
// waits for long.
func (l *LinearSum) Weights() []float64 {
	weights, mean := l.bounds()
	for i := range weights {
		weights[i] += mean
	}
	return weights
}

// bounds are the Lipschitz constants of the terms' gradients, and their mean.
func (l *LinearSum) bounds() (bounds []float64, mean float64) {
	if !(0 < l.Curvature && l.Curvature <= math.MaxFloat64) {
		outside("LinearSum", "Curvature", l.Curvature, "(0, +Inf)")
	}
	bounds = make([]float64, l.Sum().N)
	for i := range bounds {
		bounds[i] = float64(l.Curvature*kernel.SumSquares(l.at(i), 1)) + l.L2
		mean += bounds[i] / float64(len(bounds))
	}
	return bounds, mean
}

func (l *LinearSum) outputs() int { return max(l.Outputs, 1) }

// at is row i.
func (l *LinearSum) at(i int) []float64 {
	switch rows := l.Rows.(type) {
	case nil:
		return l.Row(i)
	case mat.RawRowViewer:
		return rows.RawRowView(i)
	}
	if l.row == nil {
		_, n := l.Rows.Dims()
		l.row = make([]float64, n)
	}
	return mat.Row(l.row, i, l.Rows)
}

// fit panics if x is not a vector of parameters.
func (l *LinearSum) fit(x []float64) {
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

// derive sets dst to the derivatives of term i at x.
func (l *LinearSum) derive(dst, x []float64, i int) {
	row := l.at(i)
	l.product(x, row)
	if l.Derivs != nil {
		l.Derivs(dst, i, l.z)
	} else {
		dst[0] = l.Deriv(i, l.z[0])
	}
}

// add adds a times the row of term i times c to dst, output by output.
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
	share := 1 / float64(len(batch))
	for _, i := range batch {
		l.derive(l.c, x, i)
		l.add(dst, i, l.c, share)
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
