package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// passing takes the steps of Pass on a LinearSum, with m, the mean of the estimator, and a row r:
//
//	m ← m + ur
//	x ← soft(ax − e(cm + wr), τ)
//
// a = (1 − η·L2)/(1 + ηλ₂), e = η/(1 + ηλ₂) and τⱼ = eλ₁sⱼ, where λ₁ and λ₂ are those of an
// ElasticNet. A step changes the columns of a sparse row alone. When a later row has column j,
// xⱼ takes the k steps that it has missed. Without τ their result is
//
//	xⱼ ← aᵏxⱼ − emⱼ·Σ aᵗ⁻ˢcₛ,  the sum over these steps s, of which t is the last
//
// With τ that is true while the sign of xⱼ stays, with emⱼ ± τⱼ in the place of emⱼ and c = 1.
type passing struct {
	estimate     []float64 // of Grad, if the steps are not fused
	eta, a, e    float64
	tau          float64   // eλ₁
	t            int       // steps since restart
	taken        []int     // of these, the number that each coefficient has taken
	powers, sums []float64 // aᵗ and Σ aᵗ⁻ˢcₛ after t steps
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

// coefficients returns the number of parameters that have a prox.
func (m *memory) coefficients(n int) int {
	if l := m.sum.linear; l != nil && l.outputs() == 1 {
		return min(l.p, n)
	}
	return n
}

// fuse returns whether the steps of Pass are fused, and makes the tables for them. They are fused on
// a LinearSum with Deriv, if prox is nil or an ElasticNet, and if a is the same for all coefficients.
func (m *memory) fuse(x []float64, prox Prox) bool {
	p, l := &m.passing, m.sum.linear
	net, known := prox.(*ElasticNet)
	if prox == nil {
		net, known = &ElasticNet{}, true
	}
	if l == nil || l.Derivs != nil || !known || l.Factor != nil && (l.L2 > 0 || net.L2 > 0) {
		p.estimate = resize(p.estimate, len(x))
		return false
	}
	shrink := 1 / (1 + float64(p.eta*net.L2))
	p.a, p.e = float64(shrink*(1-float64(p.eta*l.L2))), float64(shrink*p.eta)
	p.tau = float64(p.e * net.L1)
	if l.byRow != nil && len(p.taken) != l.p {
		p.taken = make([]int, l.p)
		p.powers, p.sums = make([]float64, m.sum.N+1), make([]float64, m.sum.N+1)
	}
	p.restart()
	return true
}

// restart forgets the steps. Every coefficient must have taken them.
func (p *passing) restart() {
	p.t = 0
	clear(p.taken)
	if p.taken != nil {
		p.powers[0], p.sums[0] = 1, 0
	}
}

// evaluate sets fresh and change for term i at x, and returns its row.
func (m *memory) evaluate(x []float64, i int) matrixLine {
	l := m.sum.linear
	row := l.at(i)
	if row.indices != nil {
		m.catchUp(x, row.indices)
	}
	z := row.dot(x[:l.p])
	if l.Intercept {
		z += x[l.p]
	}
	m.fresh[0] = float64(l.weight(i) * l.Deriv(i, z))
	m.change[0] = m.fresh[0] - m.table[i]
	m.terms++
	m.t++
	m.n = len(x)
	return row
}

// catchUp takes the steps that the coefficients of the given columns have missed.
func (m *memory) catchUp(x []float64, columns []int) {
	p := &m.passing
	t, mean, e := p.t, m.mean, p.e
	now := p.sums[t]
	for _, j := range columns {
		if p.taken[j] == t {
			continue
		}
		power := p.powers[t-p.taken[j]]
		drift := float64(e * mean[j]) // of a step
		if p.tau > 0 {
			x[j] = p.shrink(x[j], drift, float64(p.tau*m.sum.linear.factor(j)), p.taken[j])
		} else {
			x[j] = float64(power*x[j]) - float64(drift*(now-float64(power*p.sums[p.taken[j]])))
		}
		p.taken[j] = t
	}
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
		return
	}
	mean, ec, ew := m.mean, float64(p.e*c), float64(p.e*w)
	for k, j := range row.indices {
		v := row.values[k]
		mean[j] += float64(u * v)
		next := float64(p.a*x[j]) - (float64(ec*mean[j]) + float64(ew*v))
		if p.tau > 0 {
			next = soft(next, float64(p.tau*l.factor(j)))
		}
		x[j] = next
		p.taken[j] = p.t + 1
	}
	p.count(c)
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
		m.passing.count(1)
	}
}

// moveDense takes a step of all coefficients.
func (m *memory) moveDense(x, row []float64, u, w, c float64) {
	p, mean := &m.passing, m.mean[:len(x)]
	if u != 0 {
		kernel.AddScaled(mean, row, u)
	}
	if w == 0 {
		kernel.Combine(x, mean, p.a, float64(-p.e*c))
	} else {
		kernel.Scale(x, p.a)
		kernel.AddTwo(x, mean, row, float64(-p.e*c), float64(-p.e*w))
	}
	switch factors := m.sum.linear.Factor; {
	case p.tau == 0:
	case factors == nil:
		kernel.Shrink(x, p.tau)
	default:
		for j, s := range factors {
			x[j] = soft(x[j], float64(p.tau*s))
		}
	}
}

// count counts a step with the factor c, which no coefficient but those of a row has taken.
func (p *passing) count(c float64) {
	p.powers[p.t+1] = p.a * p.powers[p.t]
	p.sums[p.t+1] = float64(p.a*p.sums[p.t]) + c
	p.t++
}

// finishPass takes the steps that coefficients have missed.
func (m *memory) finishPass(x []float64) {
	p := &m.passing
	if m.sum.linear.byRow == nil {
		return
	}
	for j := range p.taken {
		one := [1]int{j}
		m.catchUp(x, one[:])
	}
	p.restart()
}

// shrink returns x after the steps with a threshold τ that it has missed, where taken is the number
// of those before.
func (p *passing) shrink(x, drift, tau float64, taken int) float64 {
	for taken < p.t {
		if x == 0 && math.Abs(drift) <= tau {
			return x
		}
		last := taken // step up to which the sign of x stays
		if x != 0 && p.a > 0 {
			move := drift + math.Copysign(tau, x)
			end := p.after(x, move, taken, p.t)
			if end*x > 0 {
				return end
			}
			for changed := p.t; changed-last > 1; {
				mid := last + (changed-last)/2
				if p.after(x, move, taken, mid)*x > 0 {
					last = mid
				} else {
					changed = mid
				}
			}
			x = p.after(x, move, taken, last)
		}
		x = soft(float64(p.a*x)-drift, tau)
		taken = last + 1
	}
	return x
}

// after returns x after the steps from taken to t with the drift move in each.
func (p *passing) after(x, move float64, taken, t int) float64 {
	power := p.powers[t-taken]
	return float64(power*x) - float64(move*(p.sums[t]-float64(power*p.sums[taken])))
}

// stepBy takes a step along the estimate of Grad, on a sum for which the steps are not fused.
func (m *memory) stepBy(x []float64, prox Prox) {
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
