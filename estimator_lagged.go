package optim

import (
	"math"
	"slices"
	"sort"
)

// The steps of passing on the coefficients x of sparse rows. b is the product of the factors a of the
// steps since restart, h = e/b, and x = bv. A step is
//
//	b ← ab,  m ← m + ur
//	v ← soft(v − h(cm + wr), hλ₁sⱼ)
//	S ← S + hc
//
// It changes v in the columns of its row alone. When a later row has column j, vⱼ takes the steps that
// it has missed. Without λ₁ they are
//
//	vⱼ ← vⱼ − (S − Sⱼ)mⱼ,  where Sⱼ is S after the last step that vⱼ has taken
//
// With λ₁, where c = 1, that is true with mⱼ ± λ₁sⱼ in the place of mⱼ, while the sign of vⱼ stays.

// coefficient has the numbers of one column together, because a step needs all of them.
type coefficient struct {
	v, mean, sum float64 // vⱼ, mⱼ and Sⱼ
}

// leastProduct is the least b. Before b falls below it, all coefficients take the steps that they have
// missed, and b becomes 1. With a = 0.99 that is every 17,655 steps. Numbers have fewer bits below
// 2⁻¹⁰²², far below leastProduct.
const leastProduct = 0x1p-256

// mostSteps is the largest S/(hc) with few columns. With more than mostSteps columns their number is.
// hc is known as a difference of two S, so its relative error is S/(hc) times that of S. When S/(hc) is
// larger, all coefficients take the steps that they have missed, and S becomes 0. If c stays, S/(hc) is
// at most the number of steps since restart.
const mostSteps = 1 << 14

// load sets v and m to the given vectors, for n steps.
func (p *passing) load(x, mean []float64, n int) {
	p.most = float64(max(len(x), mostSteps))
	if p.coefficients == nil {
		p.coefficients = make([]coefficient, len(x))
	}
	if p.l1 > 0 {
		p.sums = slices.Grow(p.sums[:0], n+1)
	}
	for j := range x {
		p.coefficients[j] = coefficient{v: x[j], mean: mean[j]}
	}
	p.restart()
}

// store takes the steps that coefficients have missed, and sets x and mean.
func (p *passing) store(x, mean []float64) {
	p.renew()
	for j, c := range p.coefficients {
		x[j], mean[j] = c.v, c.mean
	}
}

// renew takes the steps that coefficients have missed, and sets b to 1.
func (p *passing) renew() {
	for j := range p.coefficients {
		c := &p.coefficients[j]
		p.catchUp(c, j)
		c.v, c.sum = p.product*c.v, 0
	}
	p.restart()
}

// restart sets b to 1 and S to 0. No coefficient must have missed a step.
func (p *passing) restart() {
	p.product, p.sum = 1, 0
	if p.l1 > 0 {
		p.sums = append(p.sums[:0], 0)
	}
}

// catchUp takes the steps that coefficient j has missed.
func (p *passing) catchUp(c *coefficient, j int) {
	switch {
	case c.sum == p.sum: // no step, and no NaN if mⱼ is not finite
	case p.l1 > 0:
		c.v = p.shrink(c.v, c.mean, p.threshold(j), c.sum)
	default:
		c.v -= float64((p.sum - c.sum) * c.mean)
	}
	c.sum = p.sum
}

// threshold returns λ₁sⱼ.
func (p *passing) threshold(j int) float64 {
	if p.factors == nil {
		return p.l1
	}
	return float64(p.l1 * p.factors[j])
}

// dotLagged returns the product of x with a row. First the coefficients of the row take the steps that
// they have missed.
func (p *passing) dotLagged(row matrixLine) float64 {
	z, sum, values, coefficients := 0.0, p.sum, row.values, p.coefficients
	if p.l1 > 0 {
		for e, j := range row.indices {
			c := &coefficients[j]
			p.catchUp(c, j)
			z += float64(values[e] * c.v)
		}
		return float64(p.product * z)
	}
	for e, j := range row.indices { // catchUp, inlined: the loop takes a fifth of a pass
		c := &coefficients[j]
		c.v -= float64((sum - c.sum) * c.mean)
		c.sum = sum
		z += float64(values[e] * c.v)
	}
	return float64(p.product * z)
}

// moveLagged takes a step. The coefficients of the row must not have missed one.
func (p *passing) moveLagged(row matrixLine, u, w, c float64) {
	if product := p.decayed(); product < leastProduct || p.sum*product > p.most*p.e*c {
		p.renew()
	}
	p.product = p.decayed()
	h := p.e / p.product
	before := p.sum
	p.sum += float64(h * c)
	if p.l1 > 0 {
		p.sums = append(p.sums, p.sum)
		p.moveSoft(row, u, float64(h*w), p.sum-before)
		return
	}
	hw, values, coefficients := float64(h*w), row.values, p.coefficients
	for e, j := range row.indices { // the part hcm of the step is left for catchUp
		column := &coefficients[j]
		column.mean += float64(u * values[e])
		column.v -= float64(hw * values[e])
	}
}

// decayed returns ab. For a near 1 it is b − (1−a)b, because the rounding error of a, the same in every
// step, would accumulate.
func (p *passing) decayed() float64 {
	if p.a < 0.5 {
		return float64(p.a * p.product)
	}
	return p.product - float64(p.decay*p.product)
}

// moveSoft takes a step with λ₁ > 0 of the coefficients of a row.
func (p *passing) moveSoft(row matrixLine, u, hw, h float64) {
	for e, j := range row.indices {
		c := &p.coefficients[j]
		c.mean += float64(u * row.values[e])
		c.v = soft(c.v-(float64(h*c.mean)+float64(hw*row.values[e])), float64(h*p.threshold(j)))
		c.sum = p.sum
	}
}

// shrink returns v after the steps with λ₁ that it has missed. sum is S after the last step that it
// has taken.
func (p *passing) shrink(v, mean, threshold, sum float64) float64 {
	for sum < p.sum && !(v == 0 && math.Abs(mean) <= threshold) {
		slope := mean + math.Copysign(threshold, v)
		end := v - float64((p.sum-sum)*slope)
		if v > 0 && end > 0 || v < 0 && end < 0 || end != end {
			return end
		}
		k := sort.Search(len(p.sums), func(k int) bool { // the first step after which v has another sign
			end := v - float64((p.sums[k]-sum)*slope)
			return p.sums[k] > sum && (v >= 0 && end <= 0 || v <= 0 && end >= 0)
		})
		before := p.sums[k-1]
		h := p.sums[k] - before
		v = soft(v-float64((before-sum)*slope)-float64(h*mean), float64(h*threshold))
		sum = p.sums[k]
	}
	return v
}
