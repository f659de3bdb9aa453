package optim

import "fmt"

// CoordinateDescent returns coordinate descent on the sum. Partial, Moved, Lipschitz, Func, L2 and
// Factor are filled from the sum. L1 is 0, and may be assigned:
//
//	sum := optim.NewSquaredSum(rows, labels)
//	sum.Intercept = true
//	o := sum.CoordinateDescent(optim.Cyclic)
//	o.L1 = λ
//	for o.KKT() > 1e-8 {
//		o.Step(params, nil)
//	}
//
// params has one number for each column, and after them the intercept. Every Step computes aᵢᵀx at
// its begin. So params may be assigned between steps.
//
// A Step sets the intercept to its minimum first. If there is an intercept, dense columns are
// centred within a Step: Partial is the derivative along a move of xᵢ by δ and of the intercept by
// −δāᵢ, where āᵢ is the mean of the column. Partial and Moved refer to the x of the last Step,
// whatever their argument x. Sweeps with the products of the columns do not call them.
//
// A Step with Cyclic or Random computes all derivatives and the duality gap. Then it moves a working
// set of parameters, in up to Active sweeps. The set has the nonzero parameters, those without an L1
// penalty, and at most as many of the others, or 10. These others have the smallest scores
//
//	(λ₁sⱼ − s|gⱼ|)/‖cⱼ‖
//
// where s is that of Gap, and cⱼ the column. A parameter that the gap-safe rule proves to be zero at
// the minimum becomes zero. Sweeps on the squared loss use the products of the columns if the set is
// small. After such a sweep the nonzero parameters move to their common minimum, by a Cholesky
// factorization. They stop where the first one becomes zero. If the factorization costs more than 5
// sweeps, or without the products, the parameters are extrapolated after every sixth sweep. A Step
// allocates if the set has grown. M. Massias and others, 2018, arXiv:1802.07481; Q. Bertrand and
// others, Beyond L1: faster and better sparse models with skglm, 2022, arXiv:2204.07826.
//
// An empty column has the Lipschitz constant 0, and so has a constant dense column if there is an
// intercept. Its coefficient stays as it is, or becomes 0 if L1 or L2 is positive.
//
// For NewPoissonSum Lipschitz is nil. Then Lᵢ is the second derivative at x, and a move changes no
// aᵢᵀx by more than ln 2. Such a move does not increase the loss with penalties.
//
// CoordinateDescent copies dense rows by columns. It panics as Sum does, if Rows is nil, or if there
// is Derivs. After the call the fields of the sum may not be assigned.
func (l *LinearSum) CoordinateDescent(order Order) *CoordinateDescent {
	sum := l.Sum()
	switch {
	case l.Rows == nil:
		panic("optim: LinearSum.CoordinateDescent: Rows is nil")
	case l.Derivs != nil:
		panic(fmt.Sprintf("optim: LinearSum.CoordinateDescent: Outputs = %d with Derivs, want 1 with Deriv", l.outputs()))
	}
	m := newLinearColumns(l)
	o := NewCoordinateDescent(order)
	o.linear = m
	o.L2 = l.L2
	o.Factor = l.factors()
	o.Lipschitz = m.lipschitz()
	o.Partial = func(_ []float64, j int) float64 { return m.partial(j) }
	o.Moved = m.moved
	if sum.Func != nil {
		whole := below(l.N)
		o.Func = func(x []float64) float64 { return l.mean(x, whole) }
	}
	return o
}

// ProximalNewton returns CoordinateDescent(order) with steps of Newton's method, for the logistic and
// the Poisson loss. A Step replaces the loss by its quadratic model at x. It minimises the model with
// the penalties over the working set, by sweeps with the k × k matrix of second derivatives. Then it
// halves the step until the loss with penalties decreases enough:
//
//	F(x + tδ) ≤ F(x) + 10⁻⁴·t·(gᵀδ + penalties(x + δ) − penalties(x)),  t = 1, ½, ¼, …
//
// The matrix costs k²/2 products of columns. If a set has more parameters than its columns have
// stored elements on average, the Step is one of CoordinateDescent.
//
// For the squared and the Huber loss CoordinateDescent is fastest. The table has seconds of processor
// time for a logistic regression with L2 = 10⁻⁴, until the loss is within 10⁻³ and 10⁻⁹ of the
// minimum, relative to log 2. The sparse rows have 5,000 columns, 10 of which are stored:
//
//	                    20,000 × 50,       20,000 × 50,      20,000 sparse rows,
//	                    L1 = 10⁻³          L1 = 0            L1 = 0
//	CoordinateDescent   0.25  1.0          0.29  1.1         0.12  0.27
//	ProximalNewton      0.05  0.07         0.05  0.08        0.12  0.27
//	SAGA.Pass           0.02  0.07         0.01  0.07        0.08  0.32
//	LBFGS               has no L1          0.05  0.14        0.21  0.66
//
// ProximalNewton panics as CoordinateDescent does, and for other losses. J. D. Lee, Y. Sun and
// M. A. Saunders, Proximal Newton-type methods for minimizing composite functions, 2014,
// arXiv:1206.1623.
func (l *LinearSum) ProximalNewton(order Order) *CoordinateDescent {
	if l.model == nil || !l.model.convex {
		panic("optim: LinearSum.ProximalNewton: the sum is not from NewLogisticSum or NewPoissonSum")
	}
	o := l.CoordinateDescent(order)
	o.newton = true
	return o
}

// factors returns the factors on the penalties of all parameters, or nil if all are 1.
func (l *LinearSum) factors() []float64 {
	if !l.Intercept {
		return l.Factor
	}
	factors := make([]float64, l.p+1)
	fill(factors[:l.p], 1)
	copy(factors, l.Factor)
	return factors
}
