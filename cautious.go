package optim

import (
	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
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
	updates        []float64 // u
	agree, against float64   // w where the signs agree, and where they do not
	reducer        parallel.Reducer
	rule           mover
	scratch        []float64        // the gradient, in the first pass
	first          func(lo, hi int) // made once, since a new closure would allocate
}

// mover is a rule that has a second pass. move is its update without the second pass.
type mover interface {
	move(lo int, params, grads []float64)
}

// minAgreement is the smallest share of coordinates that w allows for.
const minAgreement = 1e-3

// begin is the first pass. masks is the option Cautious.
func (c *caution) begin(r mover, g []float64, masks bool) {
	if c.first == nil {
		c.first = func(lo, hi int) {
			clear(c.updates[lo:hi])
			c.rule.move(lo, c.updates[lo:hi], c.scratch[lo:hi])
		}
	}
	c.updates = resize(c.updates, len(g))
	c.rule, c.scratch = r, g
	c.reducer.For(len(g), c.first)
	c.rule, c.scratch = nil, nil
	c.agree, c.against = 1, 1
	if masks {
		n := float64(len(g))
		c.agree, c.against = n/max(c.reducer.CountOpposite(c.updates, g), minAgreement*n), 0
	}
}

// update is the second pass. spares is the option CautiousDecay.
func (c *caution) update(lo int, x, g []float64, keep float64, spares bool) {
	inward := keep
	if spares {
		inward = 1
	}
	kernel.Cautious(x, g, c.updates[lo:lo+len(x)], c.agree, c.against, keep, inward)
}
