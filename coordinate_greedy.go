package optim

import "slices"

// choice is a coordinate that a greedy step moves.
type choice struct {
	i       int
	g, gain float64
}

// moveGreedily moves the coordinates with the largest gains: one if the derivatives are from
// Partial, and otherwise Block of them.
func (o *CoordinateDescent) moveGreedily(x, grads []float64) {
	count := min(o.Block, len(x))
	if o.Partial != nil {
		count = 1
	}
	o.chosen = slices.Grow(o.chosen[:0], count) // the gains descend
	for i := range x {
		var g float64
		if o.Partial != nil {
			g = o.Partial(x, i)
		} else {
			g = grads[i]
		}
		o.noteViolation(x[i], g, i)
		gain := o.gain(x[i], g, i)
		if !(gain > 0) {
			continue
		}
		if len(o.chosen) < count {
			o.chosen = append(o.chosen, choice{})
		} else if gain <= o.chosen[count-1].gain {
			continue
		}
		k := len(o.chosen) - 1
		for ; k > 0 && o.chosen[k-1].gain < gain; k-- {
			o.chosen[k] = o.chosen[k-1]
		}
		o.chosen[k] = choice{i, g, gain}
	}
	for _, c := range o.chosen {
		o.move(x, c.i, c.g)
	}
}

// gain returns twice the decrease of the loss that the bound Lᵢ guarantees for a move of coordinate
// i at x with derivative g. It returns +Inf if g is NaN or Lᵢ is not found yet, and 0 if x is NaN.
func (o *CoordinateDescent) gain(x, g float64, i int) float64 {
	if x != x {
		return 0
	}
	l := 1.0
	if o.Lipschitz != nil {
		l = o.Lipschitz[i]
	} else if o.curved() {
		l = o.linear.curvature(i)
	} else if o.Partial != nil || o.Func != nil {
		l = o.learnt[i]
		if l == 0 && o.target(x, g, 1, i) != x {
			return inf // its bound is found first
		}
	}
	v := o.target(x, g, l, i)
	if v != v {
		return inf
	}
	_, l2 := o.penalties(i)
	return float64((l/o.eta + l2) * float64((v-x)*(v-x)))
}
