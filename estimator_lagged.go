package optim

import (
	"math"
	"sort"
)

// lagged takes the steps of passing on the coefficients x of sparse rows. b is the product of the
// factors a of the steps since load, h = e/b, and x = bv. A step is
//
//	b ← ab,  m ← m + ur
//	v ← soft(v − h(cm + wr), hλ₁sⱼ)
//	S ← S + hc
//
// It changes v in the columns of its row alone. When a later row has column j, vⱼ takes the steps that
// it has missed. Without λ₁ they are
//
//	vⱼ ← vⱼ − (S − Sⱼ)mⱼ,  Sⱼ ← S,  where Sⱼ is the S after the last step that vⱼ has taken
//
// With λ₁, where c = 1, that is true with mⱼ ± λ₁sⱼ in the place of mⱼ, while the sign of vⱼ stays.
type lagged struct {
	a, e, l1     float64
	factors      []float64 // sⱼ, or nil
	coefficients []coefficient
	product      float64   // b
	sum          float64   // S
	sums         []float64 // S after each step since load, if λ₁ > 0, and 0 at first
}

// coefficient has together what a step reads and writes at one column: few cache lines.
type coefficient struct{ v, mean, sum float64 }

// leastProduct is the least b. When b falls below it, all coefficients take their steps, and b is 1
// again. It is far above the range in which numbers lose bits, 2⁻¹⁰²². In steps with a = 0.99 b falls
// to it after 17,655 steps.
const leastProduct = 0x1p-256

// load sets v and m to the given vectors, and forgets all steps.
func (s *lagged) load(x, mean, factors []float64, p *passing) {
	s.a, s.e, s.l1, s.factors = p.a, p.e, p.l1, factors
	if len(s.coefficients) != len(x) {
		s.coefficients = make([]coefficient, len(x))
	}
	for j := range x {
		s.coefficients[j] = coefficient{x[j], mean[j], 0}
	}
	s.restart()
}

func (s *lagged) restart() {
	s.product, s.sum = 1, 0
	s.sums = append(s.sums[:0], 0)
}

// store takes all steps that coefficients have missed, and sets x and mean.
func (s *lagged) store(x, mean []float64) {
	for j := range s.coefficients {
		c := &s.coefficients[j]
		s.catchUp(c, j)
		x[j], mean[j] = s.product*c.v, c.mean
	}
}

// renew takes all steps that coefficients have missed, and sets b to 1.
func (s *lagged) renew() {
	for j := range s.coefficients {
		c := &s.coefficients[j]
		s.catchUp(c, j)
		c.v, c.sum = s.product*c.v, 0
	}
	s.restart()
}

// catchUp takes the steps that coefficient j has missed.
func (s *lagged) catchUp(c *coefficient, j int) {
	switch {
	case c.sum == s.sum: // also if mⱼ is not finite
	case s.l1 > 0:
		c.v = s.shrink(c.v, c.mean, s.threshold(j), c.sum)
	default:
		c.v -= float64((s.sum - c.sum) * c.mean)
	}
	c.sum = s.sum
}

// threshold returns λ₁sⱼ.
func (s *lagged) threshold(j int) float64 {
	if s.factors == nil {
		return s.l1
	}
	return s.l1 * s.factors[j]
}

// dot returns the product of x with a row. The coefficients of the row take the steps that they have
// missed.
func (s *lagged) dot(row matrixLine) float64 {
	z, values, coefficients := 0.0, row.values, s.coefficients
	if s.l1 > 0 {
		for e, j := range row.indices {
			c := &coefficients[j]
			s.catchUp(c, j)
			z += float64(values[e] * c.v)
		}
		return float64(s.product * z)
	}
	now := s.sum
	for e, j := range row.indices {
		c := &coefficients[j]
		c.v -= float64((now - c.sum) * c.mean)
		c.sum = now
		z += float64(values[e] * c.v)
	}
	return float64(s.product * z)
}

// move takes a step with a row whose coefficients have missed no step.
func (s *lagged) move(row matrixLine, u, w, c float64) {
	if s.product*s.a < leastProduct {
		s.renew()
	}
	s.product *= s.a
	h := s.e / s.product
	before := s.sum
	s.sum += float64(h * c)
	hw, values, coefficients := float64(h*w), row.values, s.coefficients
	switch {
	case s.l1 > 0:
		s.sums = append(s.sums, s.sum)
		for e, j := range row.indices {
			c := &coefficients[j]
			c.mean += float64(u * values[e])
			c.v = soft(c.v-float64((s.sum-before)*c.mean)-float64(hw*values[e]), float64((s.sum-before)*s.threshold(j)))
			c.sum = s.sum
		}
	case w == 0:
		for e, j := range row.indices {
			coefficients[j].mean += float64(u * values[e])
		}
	default:
		for e, j := range row.indices {
			c := &coefficients[j]
			c.mean += float64(u * values[e])
			c.v -= float64(hw * values[e])
		}
	}
}

// shrink returns v after the steps with the given threshold that it has missed. from is the S after
// the last one that it has taken.
func (s *lagged) shrink(v, mean, threshold, from float64) float64 {
	for from < s.sum && !(v == 0 && math.Abs(mean) <= threshold) {
		slope := mean + math.Copysign(threshold, v)
		if end := v - float64((s.sum-from)*slope); v > 0 && !(end <= 0) || v < 0 && !(end >= 0) || v != v {
			return end
		}
		k := sort.Search(len(s.sums), func(k int) bool { // the step in which the sign changes
			end := v - float64((s.sums[k]-from)*slope)
			return s.sums[k] > from && (v >= 0 && end <= 0 || v <= 0 && end >= 0)
		})
		before := max(s.sums[k-1], from)
		length := s.sums[k] - before
		v = soft(v-float64((before-from)*slope)-float64(length*mean), float64(length*threshold))
		from = s.sums[k]
	}
	return v
}
