package optim

import "example.com/optim/internal/kernel"

// passing takes the steps of Pass on a LinearSum, with m, the mean of the estimator, and a row r:
//
//	m ← m + ur
//	x ← soft(ax − e(cm + wr), eλ₁sⱼ)
//
// a = (1 − η·L2)/(1 + ηλ₂) and e = η/(1 + ηλ₂), where λ₁ and λ₂ are those of an ElasticNet.
// estimator_lagged.go has the steps with sparse rows.
type passing struct {
	estimate      []float64 // of Grad, if the steps are not fused
	eta, a, e, l1 float64
	decay         float64   // 1 − a
	factors       []float64 // sⱼ, or nil
	ahead         ahead

	coefficients []coefficient // of sparse rows
	most         float64       // largest S/(hc)
	product, sum float64       // b and S
	sums         []float64     // S after each step since restart, if λ₁ > 0; at first 0
}

// startPass panics if an argument of Pass is out of its range. It returns false if there are no
// parameters.
func (m *memory) startPass(estimator string, x, weights []float64, prox Prox, eta float64, table bool) bool {
	m.sum.fit(estimator, x, x)
	checkNonNegative(estimator, "Pass: eta", eta)
	checkProx(prox, m.coefficients(len(x)))
	m.passing.eta = eta
	return m.begin(estimator, x, x, weights, table)
}

// fusedEstimator is an estimator with a fused step.
type fusedEstimator interface {
	Estimator
	step(x []float64)
}

// pass takes the N steps of a pass of SAG or SAGA.
func (m *memory) pass(e fusedEstimator, x []float64, prox Prox) {
	if !m.fuse(x, prox) {
		for range m.sum.N {
			m.stepBy(e, x, prox)
		}
		return
	}
	defer m.finishPass(x)
	m.startSteps(&m.draws, m.sum.N)
	for range m.sum.N {
		e.step(x)
	}
}

// coefficients returns the number of parameters that have a prox.
func (m *memory) coefficients(n int) int {
	if l := m.sum.linear; l != nil && l.outputs() == 1 {
		return min(l.p, n)
	}
	return n
}

// fuse returns whether the steps of Pass are fused, and prepares them. They are fused on a LinearSum
// with Deriv, if prox is nil or an ElasticNet, and if a is the same for all coefficients. With sparse
// rows a must not be below leastProduct.
func (m *memory) fuse(x []float64, prox Prox) bool {
	p, l := &m.passing, m.sum.linear
	net, known := prox.(*ElasticNet)
	if prox == nil {
		net, known = &ElasticNet{}, true
	}
	if l == nil || l.Derivs != nil || !known || l.Factor != nil && (l.L2 > 0 || net.L2 > 0) {
		return false
	}
	shrink := 1 / (1 + float64(p.eta*net.L2))
	p.a, p.e = float64(shrink*(1-float64(p.eta*l.L2))), float64(shrink*p.eta)
	p.decay = float64(p.e * (net.L2 + l.L2))
	p.l1, p.factors = net.L1, l.Factor
	if l.byRow != nil && p.a < leastProduct {
		return false
	}
	m.resume(x)
	return true
}

// resume prepares fused steps from x on.
func (m *memory) resume(x []float64) {
	if l := m.sum.linear; l.byRow != nil {
		m.passing.load(x[:l.p], m.mean[:l.p], m.sum.N)
	}
}

// finishPass sets x and mean to their values after the fused steps.
func (m *memory) finishPass(x []float64) {
	if l := m.sum.linear; l.byRow != nil {
		m.passing.store(x[:l.p], m.mean[:l.p])
	}
}

// evaluate returns the row of term i, the derivative of the term at x, and its change.
func (m *memory) evaluate(x []float64, i int) (row matrixLine, fresh, change float64) {
	l := m.sum.linear
	row = l.at(i)
	z := 0.0
	if row.indices == nil {
		z = kernel.Dot(row.values, x[:l.p])
	} else {
		z = m.passing.dotLagged(row)
	}
	if l.Intercept {
		z += x[l.p]
	}
	if weight := l.weight(i); weight > 0 {
		fresh = float64(weight * l.Deriv(i, z))
	}
	m.terms++
	m.t++
	m.n = len(x)
	return row, fresh, fresh - m.table[i]
}

// move takes a step with the given row.
func (m *memory) move(x []float64, row matrixLine, u, w, c float64) {
	p, l := &m.passing, m.sum.linear
	if l.Intercept {
		m.mean[l.p] += u
		x[l.p] -= float64(p.eta * (float64(c*m.mean[l.p]) + w))
	}
	if row.indices == nil {
		m.moveDense(x[:l.p], row.values, u, w, c)
	} else {
		p.moveLagged(row, u, w, c)
	}
}

// moveAll takes a step without a row.
func (m *memory) moveAll(x []float64) {
	l := m.sum.linear
	m.t++
	m.n = len(x)
	if l.Intercept {
		x[l.p] -= float64(m.passing.eta * m.mean[l.p])
	}
	if l.byRow == nil {
		m.moveDense(x[:l.p], nil, 0, 0, 1)
	} else {
		m.passing.moveLagged(matrixLine{}, 0, 0, 1)
	}
}

// moveDense takes a step of all coefficients.
func (m *memory) moveDense(x, row []float64, u, w, c float64) {
	p, mean := &m.passing, m.mean[:len(x)]
	if u != 0 {
		kernel.AddScaled(mean, row, u)
	}
	kernel.Combine(x, mean, p.a, float64(-p.e*c))
	if w != 0 {
		kernel.AddScaled(x, row, float64(-p.e*w))
	}
	switch {
	case p.l1 == 0:
	case p.factors == nil:
		kernel.Shrink(x, float64(p.e*p.l1))
	default:
		for j := range x {
			x[j] = soft(x[j], float64(p.e*p.threshold(j)))
		}
	}
}

// aheadTerms is the number of terms that are drawn before they are needed. The processor loads their
// rows during the steps before.
const aheadTerms = 8

// drawer draws a term. scale is the factor of its change, 1/(N·p), where p is its probability.
type drawer interface {
	draw() (term int, scale float64)
}

// ahead has the terms of the next steps.
type ahead struct {
	drawer
	steps, drawn, taken uint // steps that need a term, terms drawn for them, and terms of these that next has returned
	terms               [aheadTerms]int
	scales              [aheadTerms]float64
}

// startSteps makes next return the terms of the given number of steps.
func (m *memory) startSteps(d drawer, steps int) {
	a := &m.passing.ahead
	a.drawer, a.steps, a.drawn, a.taken = d, uint(steps), 0, 0
}

// next returns the term of a step.
func (m *memory) next() (term int, scale float64) {
	a := &m.passing.ahead
	for a.drawn < min(a.taken+aheadTerms, a.steps) {
		i, s := a.draw()
		a.terms[a.drawn%aheadTerms], a.scales[a.drawn%aheadTerms] = i, s
		a.drawn++
		m.sum.linear.prefetch(i)
		kernel.Prefetch(m.table[i : i+1])
	}
	k := a.taken % aheadTerms
	a.taken++
	return a.terms[k], a.scales[k]
}

// stepBy takes a step along the estimate of e, on a sum for which the steps are not fused.
func (m *memory) stepBy(e Estimator, x []float64, prox Prox) {
	m.passing.estimate = resize(m.passing.estimate, len(x))
	e.Grad(m.passing.estimate, x)
	kernel.AddScaled(x, m.passing.estimate, -m.passing.eta)
	coefficients := x[:m.coefficients(len(x))]
	net, elastic := prox.(*ElasticNet)
	switch l := m.sum.linear; {
	case prox == nil:
	case elastic && l != nil && l.Factor != nil && l.outputs() == 1:
		for j, s := range l.Factor {
			net.piece(j, x[j:j+1], float64(m.passing.eta*s))
		}
	default:
		prox.Apply(coefficients, m.passing.eta)
	}
}
