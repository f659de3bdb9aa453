package optim

import (
	"cmp"
	"math"
)

const (
	// maxBacktracks is the largest number of bounds that a coordinate tries in a step.
	maxBacktracks = 100
	// Sweeps over the nonzero parameters end when the violation of the optimality conditions by
	// these parameters is at most exhausted times the violation in the whole sweep. After as many
	// moves as in the whole sweep they end at settled times that violation.
	settled   = 0.1
	exhausted = 0.001
)

// sweep moves every coordinate once, and after that the nonzero ones again.
func (o *CoordinateDescent) sweep(x []float64) {
	n := len(x)
	for _, i := range o.batches.next(n) {
		o.moveFresh(x, i)
	}
	if o.L1 == 0 {
		return
	}
	whole, moves := o.kkt, 0
	for range o.Active {
		o.kkt = 0
		for _, i := range o.batches.order {
			if x[i] != 0 {
				moves++
				o.moveFresh(x, i)
			}
		}
		if moves >= n && !(o.kkt > settled*whole) || !(o.kkt > exhausted*whole) {
			break
		}
	}
	o.kkt = whole
}

// moveFresh moves coordinate i with the derivative at x.
func (o *CoordinateDescent) moveFresh(x []float64, i int) {
	g := o.Partial(x, i)
	o.noteViolation(x[i], g, i)
	o.move(x, i, g)
}

// noteViolation raises kkt to the violation of the optimality condition of coordinate i at x with
// derivative g, if that is larger.
func (o *CoordinateDescent) noteViolation(x, g float64, i int) {
	l1, l2 := o.penalties(i)
	o.kkt = max(o.kkt, violation(x, g, l1, l2))
}

// violation returns the violation of the optimality condition of a coordinate at x with derivative
// g and penalties l1 and l2.
func violation(x, g, l1, l2 float64) float64 {
	if x == 0 {
		return max(math.Abs(g)-l1, 0)
	}
	return math.Abs(slopeAt(x, g, l1, l2))
}

// slopeAt returns the derivative with penalties of a coordinate at x with derivative g. l1 must be 0 if
// x is 0.
func slopeAt(x, g, l1, l2 float64) float64 { return g + float64(l2*x) + math.Copysign(l1, x) }

// move moves coordinate i, whose derivative is g.
func (o *CoordinateDescent) move(x []float64, i int, g float64) {
	switch {
	case o.Lipschitz != nil:
		o.set(x, i, o.target(x[i], g, o.Lipschitz[i], i))
	case o.curved():
		o.set(x, i, o.linear.near(x[i], o.target(x[i], g, o.linear.curvature(i), i), i))
	case o.Partial == nil && o.Func == nil:
		o.set(x, i, o.target(x[i], g, 1, i))
	default:
		o.backtrack(x, i, g)
	}
}

// target returns the new value of coordinate i at x whose derivative is g, with l as the bound of
// its second derivative.
func (o *CoordinateDescent) target(x, g, l float64, i int) float64 {
	l /= o.eta
	l1, l2 := o.penalties(i)
	lx := float64(l * x)
	switch {
	case !isFinite(lx): // the move is far below the rounding of x
		return x
	case !(l+l2 > 0):
		if math.Abs(g) < l1 { // a linear function of x with a slope below that of the penalty
			return 0
		}
		return x
	}
	return soft(lx-g, l1) / (l + l2)
}

// soft returns sign(u)·max(|u| − a, 0).
func soft(u, a float64) float64 {
	switch {
	case u > a:
		return u - a
	case u < -a:
		return u + a
	}
	return u - u // 0, or NaN if u is
}

// set sets coordinate i to v, calls Moved, and returns the difference.
func (o *CoordinateDescent) set(x []float64, i int, v float64) (delta float64) {
	delta = v - x[i]
	x[i] = v
	if delta != 0 && o.Moved != nil {
		o.Moved(i, delta)
	}
	return delta
}

const (
	// firstMove is the first move of a coordinate, relative to its magnitude or to 1.
	firstMove = 0x1p-100
	// visibleChange is the relative change of a derivative that shows the curvature.
	visibleChange = 0x1p-40
	// growth is the factor from one move to the next while the change is not visible. Such a move
	// is at most growth·visibleChange of the way to the minimum.
	growth = 0x1p30
)

// explore moves coordinate i, whose derivative is g, by small steps until Partial changes visibly.
// It sets Lᵢ to the curvature and returns the derivative at the end.
func (o *CoordinateDescent) explore(x []float64, i int, g float64) float64 {
	direction := o.target(x[i], g, 1, i) - x[i]
	if direction == 0 || direction != direction {
		return g
	}
	step := math.Copysign(firstMove*max(math.Abs(x[i]), 1), direction)
	for isFinite(step) {
		start := x[i]
		if start+step != start {
			delta := o.set(x, i, start+step)
			now := o.Partial(x, i)
			change := math.Abs(now - g)
			if change >= visibleChange*math.Abs(g) || now != now {
				o.learnt[i] = change / math.Abs(delta)
				return now
			}
			g = now
		}
		step *= growth
	}
	return g
}

// backtrack moves coordinate i, whose derivative is g. It raises the bound of the second derivative
// until f along the move satisfies it, and lowers it for the next step if f was less curved.
func (o *CoordinateDescent) backtrack(x []float64, i int, g float64) {
	if o.learnt[i] == 0 && o.Partial != nil {
		g = o.explore(x, i, g)
	}
	start, l, before := x[i], o.learnt[i], 0.0
	if o.Partial == nil {
		before = o.Func(x)
		if l == 0 && before != 0 { // a loss that is not negative falls by g²/2l at most to 0
			l = g * g / (2 * math.Abs(before))
		}
	}
	l = cmp.Or(l, 1)
	for range maxBacktracks {
		v := o.target(start, g, l, i)
		delta := o.set(x, i, v)
		if v == start || v != v { // v is NaN if g is
			return
		}
		var curvature float64 // along the move
		var bounded bool      // by l, up to rounding
		if o.Partial != nil {
			curvature = math.Abs(o.Partial(x, i)-g) / math.Abs(delta)
			bounded = curvature <= float64(l*(1+1e-9))
		} else {
			after := o.Func(x)
			excess := after - before - float64(g*delta) // over the tangent
			square := float64(delta * delta)
			curvature = 2 * excess / max(square, math.SmallestNonzeroFloat64) // the square may underflow
			bounded = excess-float64(l/2*square) <= float64(4*epsilon*max(math.Abs(before), math.Abs(after)))
		}
		if bounded {
			o.learnt[i] = max(min(curvature, l), l/16)
			return
		}
		o.set(x, i, start)
		l *= 2
		if isFinite(curvature) {
			l = max(l, curvature)
		}
	}
}
