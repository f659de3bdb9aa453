package optim

import (
	"math"

	"example.com/optim/internal/brent"
)

// moveExactly minimises the loss along coordinate i. The loss never grows. The coordinate stays if
// no value is lower.
func (o *CoordinateDescent) moveExactly(x []float64, i int) {
	start, width := x[i], o.learnt[i]
	first := o.lossAt(x, i, start)
	best, least := start, first
	loss := func(v float64) float64 {
		f := o.lossAt(x, i, v)
		if f < least { // of equal values the first stays
			best, least = v, f
		}
		return f
	}
	zero := inf // the loss where the coordinate is zero
	if o.L1 > 0 {
		zero = loss(0)
	}
	lo, mid, hi, fmid := start-width, start, start+width, first
	if right := loss(hi); right < first {
		lo, mid, hi, fmid = brent.Bracket(loss, start, hi, right)
	} else if left := loss(lo); left < first {
		hi, mid, lo, fmid = brent.Bracket(loss, start, lo, left)
	}
	brent.Minimize(loss, lo, mid, hi, fmid)
	if zero <= first && zero <= least+float64(4*epsilon*math.Abs(least)) {
		best = 0 // no lower value differs by more than rounding
	}
	o.set(x, i, best)
	if best != start {
		width = max(math.Abs(best-start), width/8)
	} else {
		width /= 8
	}
	o.learnt[i] = max(width, float64(1e-9*math.Abs(best)), 1e-300)
}

// lossAt returns the loss with penalties where coordinate i is v, and +Inf for NaN. The penalties
// of the other coordinates are left out.
func (o *CoordinateDescent) lossAt(x []float64, i int, v float64) float64 {
	before := x[i]
	l1, l2 := o.penalties(i)
	x[i] = v
	f := o.Func(x) + float64(l1*math.Abs(v)) + float64(l2/2*float64(v*v))
	x[i] = before
	if f != f {
		return inf
	}
	return f
}
