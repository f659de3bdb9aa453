package optim

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// LinearSum is a FiniteSum whose terms depend on the parameters only through the product with one
// row of data, as in linear, logistic and softmax regression:
//
//	f(x) = 1/W·Σ wᵢφᵢ(aᵢᵀx) + λ/2·Σ sⱼxⱼ²
//
// with λ = L2, wᵢ = SampleWeights[i], W = Σwᵢ and sⱼ = Factor[j]. Without SampleWeights and Factor
// all wᵢ and sⱼ are 1. The gradient of φᵢ(aᵢᵀx) is φᵢ′·aᵢ. So SAG, SAGA and SVRG keep one number
// for a term, φᵢ′, instead of a gradient. They do not estimate the gradient of the penalty, but add
// it.
//
// NewSquaredSum, NewLogisticSum, NewPoissonSum and NewHuberSum return the sums of common models.
// Such a sum has Rows, Func, Deriv and, if there is a bound, Curvature:
//
//	logistic := optim.NewLogisticSum(rows, labels)
//	logistic.L2 = 1e-3
//	saga := optim.NewSAGA(logistic.Sum(), rng)
//	saga.Weights = logistic.Weights()
//	_, weighted := logistic.Lipschitz()
//	for range passes {
//		saga.Pass(params, 1/weighted)
//	}
//
// CoordinateDescent and Path minimise a LinearSum with an L1 penalty. They need Rows.
//
// With Intercept the argument of φᵢ is aᵢᵀx + b. The intercept b is the last parameter, after the
// coefficients x. It has no penalty.
//
// With several outputs, as in softmax regression, the argument of φᵢ is a vector z with zₖ = aᵢᵀxₖ.
// The parameters are the vectors x₁, x₂, … one after another, each with its intercept at its end,
// and Derivs replaces Deriv. Then the estimators keep Outputs numbers for a term.
//
// Other libraries have other scales. The lasso and the elastic net of scikit-learn and of glmnet
// have the mean of ½(z−y)², as here. Their penalties are, with the weight W of all samples:
//
//	scikit-learn, ElasticNet(alpha, l1_ratio)      L1 = alpha·l1_ratio,    L2 = alpha·(1−l1_ratio)
//	scikit-learn, Ridge(alpha)                     L1 = 0,                 L2 = alpha/W
//	scikit-learn, LogisticRegression(C, l1_ratio)  L1 = l1_ratio/(C·W),    L2 = (1−l1_ratio)/(C·W)
//	scikit-learn, PoissonRegressor(alpha)          L1 = 0,                 L2 = alpha
//	glmnet(lambda, alpha, standardize = FALSE)     L1 = lambda·alpha,      L2 = lambda·(1−alpha)/s
//
// s is the standard deviation of the labels, √(Σwᵢ(yᵢ−ȳ)²/W), for glmnet's family gaussian, and 1
// for the others. glmnet divides its penalty.factor by their mean. Factor is used as it is.
//
// A LinearSum has the workspace for one term. So estimators that share it must not run at the same
// time.
type LinearSum struct {
	Rows          mat.Matrix                              // N rows, one for each term; a *mat.Dense and a *Sparse by rows are not copied
	N             int                                     // number of rows, if Rows is nil
	Row           func(i int) []float64                   // returns row i, if Rows is nil; the row is only read, and may be invalid after the next call
	Func          func(i int, z float64) float64          // φᵢ(z); only Sum.Func needs it
	Deriv         func(i int, z float64) float64          // φᵢ′(z)
	Curvature     float64                                 // upper bound of φᵢ″ > 0, for Lipschitz and Weights: 1 for ½(z−y)², ¼ for the logistic loss, ½ for softmax
	L2            float64                                 // λ ≥ 0; default 0
	Factor        []float64                               // sⱼ ≥ 0, factors on the penalties, one for each column; 0 leaves a coefficient free; nil: all are 1
	SampleWeights []float64                               // wᵢ ≥ 0 with a positive sum, one for each row; a row with 0 is ignored; nil: all are 1
	Intercept     bool                                    // the last parameter is b; default false
	Outputs       int                                     // length of z, at least 0; default 0, which means 1
	Funcs         func(i int, z []float64) float64        // φᵢ(z), replaces Func
	Derivs        func(dst []float64, i int, z []float64) // sets dst to the gradient of φᵢ at z, replaces Deriv

	model  *loss     // of a constructor, or nil
	labels []float64 // of model
	byRow  *Sparse   // Rows, if these are Sparse
	p      int       // columns
	scale  []float64 // N·wᵢ/W, or nil
	row    []float64 // a copy of a row of Rows, if one is necessary
	z, c   []float64 // products and derivatives of one term
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
	if s, ok := l.Rows.(*Sparse); ok {
		l.byRow, l.p = s.stored(false), s.columns
	} else {
		l.p = len(l.at(0).values)
	}
	checkFactors("LinearSum", "Factor", l.Factor, l.p, "column")
	l.weigh()
	l.z, l.c = make([]float64, l.outputs()), make([]float64, l.outputs())
	s := FiniteSum{N: l.N, Grad: l.grad, linear: l}
	if l.Func != nil || l.Funcs != nil {
		s.Func = l.value
	}
	return s
}

// weigh sets scale. It panics if a sample weight is out of its range.
func (l *LinearSum) weigh() {
	l.scale = nil
	if l.SampleWeights == nil {
		return
	}
	checkFactors("LinearSum", "SampleWeights", l.SampleWeights, l.N, "row")
	total := 0.0
	for _, w := range l.SampleWeights {
		total += w
	}
	checkPositive("LinearSum", "SampleWeights: sum", total)
	l.scale = make([]float64, l.N)
	for i, w := range l.SampleWeights {
		l.scale[i] = w / total * float64(l.N)
	}
}

// checkFactors panics unless v is nil or has n numbers in [0, +Inf).
func checkFactors(rule, field string, v []float64, n int, each string) {
	if v == nil {
		return
	}
	if len(v) != n {
		panic(fmt.Sprintf("optim: %s.%s: len = %d, want %d, one for each %s", rule, field, len(v), n, each))
	}
	for i, a := range v {
		if !(0 <= a && a <= math.MaxFloat64) {
			outside(rule, fmt.Sprintf("%s[%d]", field, i), a, "[0, +Inf)")
		}
	}
}

// Lipschitz returns two values of L for the choice of a learning rate. The first is the largest
// Lipschitz constant of the gradient of a term, N·wᵢ/W·Curvature·‖aᵢ‖² + L2, where L2 is times the
// largest factor, and aᵢ has a 1 for the intercept. The second is for draws with Weights, and is
// twice the mean of the constants of the terms. Lipschitz panics if Curvature is not in (0, +Inf).
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
	penalty := l.L2
	if l.Factor != nil {
		penalty *= slices.Max(l.Factor)
	}
	for i := range bounds {
		square := kernel.SumSquares(l.at(i).values, 1)
		if l.Intercept {
			square++
		}
		bounds[i] = float64(l.Curvature*square*l.weight(i)) + penalty
		mean += bounds[i] / float64(len(bounds))
	}
	return bounds, mean
}

func (l *LinearSum) outputs() int { return max(l.Outputs, 1) }

// weight returns N·wᵢ/W.
func (l *LinearSum) weight(i int) float64 {
	if l.scale == nil {
		return 1
	}
	return l.scale[i]
}

// factor returns sⱼ.
func (l *LinearSum) factor(j int) float64 {
	if l.Factor == nil {
		return 1
	}
	return l.Factor[j]
}

// width returns the number of parameters of an output.
func (l *LinearSum) width() int {
	if l.Intercept {
		return l.p + 1
	}
	return l.p
}

// at returns row i.
func (l *LinearSum) at(i int) matrixLine {
	if l.byRow != nil {
		return l.byRow.line(i)
	}
	switch rows := l.Rows.(type) {
	case nil:
		return matrixLine{values: l.Row(i)}
	case mat.RawRowViewer:
		return matrixLine{values: rows.RawRowView(i)}
	}
	l.row = mat.Row(l.row, i, l.Rows)
	return matrixLine{values: l.row}
}

// prefetch starts to load row i into the cache, if the sum has it in memory.
func (l *LinearSum) prefetch(i int) {
	if l.byRow != nil {
		row := l.byRow.line(i)
		kernel.Prefetch(row.indices)
		kernel.Prefetch(row.values)
	} else if rows, ok := l.Rows.(*mat.Dense); ok {
		kernel.Prefetch(rows.RawRowView(i))
	}
}

// fit panics if the gradient or the value cannot be computed for n parameters.
func (l *LinearSum) fit(n int) {
	checkNonNegative("LinearSum", "L2", l.L2)
	if want := l.width() * l.outputs(); n > 0 && n != want {
		panic(fmt.Sprintf("optim: LinearSum: len(params) = %d, want %d", n, want))
	}
}

// product sets z to the products of x with row i, plus the intercepts.
func (l *LinearSum) product(x []float64, i int) {
	row, width := l.at(i), l.width()
	for k := range l.z {
		l.z[k] = row.dot(x[k*width : k*width+l.p])
		if l.Intercept {
			l.z[k] += x[k*width+l.p]
		}
	}
}

// derive sets dst to the derivatives of the term of row i at x.
func (l *LinearSum) derive(dst, x []float64, i int) {
	if l.weight(i) == 0 {
		clear(dst)
		return
	}
	l.product(x, i)
	if l.Derivs != nil {
		l.Derivs(dst, i, l.z)
	} else {
		dst[0] = l.Deriv(i, l.z[0])
	}
	if l.scale != nil {
		kernel.Scale(dst, l.scale[i])
	}
}

// add adds a·cₖ·aᵢ to the vector of dst for each output k.
func (l *LinearSum) add(dst []float64, i int, c []float64, a float64) {
	row, width := l.at(i), l.width()
	for k, ck := range c {
		row.addTo(dst[k*width:k*width+l.p], a*ck)
		if l.Intercept {
			dst[k*width+l.p] += float64(a * ck)
		}
	}
}

// decay adds the gradient of the penalty at x to dst.
func (l *LinearSum) decay(dst, x []float64) {
	if l.L2 == 0 {
		return
	}
	for width := l.width(); len(x) > 0; dst, x = dst[width:], x[width:] {
		if l.Factor == nil {
			kernel.AddScaled(dst[:l.p], x[:l.p], l.L2)
		}
		for j, factor := range l.Factor {
			dst[j] += float64(float64(l.L2*factor) * x[j])
		}
	}
}

// penalty returns λ/2·Σ sⱼxⱼ².
func (l *LinearSum) penalty(x []float64) float64 {
	if l.Factor == nil && !l.Intercept {
		return float64(l.L2 / 2 * kernel.SumSquares(x, 1))
	}
	sum := 0.0
	for width := l.width(); len(x) > 0; x = x[width:] {
		if l.Factor == nil {
			sum += kernel.SumSquares(x[:l.p], 1)
		}
		for j, factor := range l.Factor {
			sum += float64(factor * float64(x[j]*x[j]))
		}
	}
	return float64(l.L2 / 2 * sum)
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
func (l *LinearSum) value(x []float64, batch []int) float64 { return l.mean(x, batch) + l.penalty(x) }

// mean returns the mean of the terms of the batch at x, without the penalty.
func (l *LinearSum) mean(x []float64, batch []int) float64 {
	l.fit(len(x))
	sum := 0.0
	for _, i := range batch {
		if l.weight(i) == 0 {
			continue
		}
		l.product(x, i)
		term := 0.0
		if l.Funcs != nil {
			term = l.Funcs(i, l.z)
		} else {
			term = l.Func(i, l.z[0])
		}
		sum += float64(l.weight(i) * term)
	}
	return sum / float64(len(batch))
}
