package optim

import (
	"example.com/optim/internal/kernel"
)

// caution is the second pass of a rule with the option Cautious or CautiousDecay:
//
//	x ← κx + wu
//
// u is the update of the rule without decay: the first pass of the rule writes it to a vector of
// zeros. With Cautious, w is 0 where u and −g do not have the same sign, and otherwise n/k. n is
// the number of parameters, and k is the number of coordinates where the signs are the same, but
// at least n/1000. Without Cautious, w = 1. With CautiousDecay, κ is 1 where u and x have the same
// sign, and otherwise 1−ηλ.
type caution struct {
	updates       []float64 // u; 0 where w is 0, unless spares
	agree         float64   // w where the signs agree
	masks, spares bool      // the options Cautious and CautiousDecay
	rule          mover
	scratch       []float64                           // the gradient, in the first pass
	first         func(lo, hi int) (count, _ float64) // made once, since a new closure would allocate
}

// mover is a rule that has a second pass. move is its update without the second pass.
type mover interface {
	optimizer
	move(lo int, params, grads []float64)
}

// minAgreement is the least k/n in w.
const minAgreement = 1e-3

// begin is the first pass. masks and spares are the options Cautious and CautiousDecay.
func (c *caution) begin(r mover, g []float64, masks, spares bool) {
	if c.first == nil {
		c.first = c.pass
	}
	reducer := &r.base().reducer
	c.updates = resize(c.updates, len(g))
	c.rule, c.scratch, c.masks, c.spares = r, g, masks, spares
	agreeing, _ := reducer.Sums(len(g), c.first)
	c.rule, c.scratch = nil, nil
	c.agree = 1
	if masks {
		n := float64(reducer.Len(len(g)))
		c.agree = n / max(agreeing, minAgreement*n)
	}
}

// pass is the first pass over a block. count is the number of its coordinates where the signs agree.
func (c *caution) pass(lo, hi int) (count, _ float64) {
	u, g := c.updates[lo:hi], c.scratch[lo:hi]
	clear(u)
	c.rule.move(lo, u, g)
	switch {
	case c.masks && c.spares: // the second pass needs all signs of u
		count = kernel.CountOpposite(u, g)
	case c.masks:
		count = kernel.MaskOpposite(u, g)
	}
	return count, 0
}

// update is the second pass.
func (c *caution) update(lo int, x, g []float64, keep float64) {
	u := c.updates[lo : lo+len(x)]
	switch {
	case !c.spares:
		kernel.Combine(x, u, keep, c.agree)
	case c.masks:
		kernel.CautiousDecay(x, g, u, c.agree, 0, keep)
	default:
		kernel.CautiousDecay(x, g, u, 1, 1, keep)
	}
}
