package optim

import "fmt"

// domain is the box of the parameters at the last evaluation. The bounds of a fixed parameter are its
// value. Without bounds and fixed parameters the vectors are nil.
type domain struct{ box }

// fixes returns whether parameter j has only one value.
func (b *domain) fixes(j int) bool { return b.lower != nil && b.lower[j] == b.upper[j] }

// contains returns whether parameter j may have the value v.
func (b *domain) contains(j int, v float64) bool {
	return b.lower == nil || b.lower[j] <= v && v <= b.upper[j]
}

// room returns the larger distance of parameter j, whose value is v, from its bounds.
func (b *domain) room(j int, v float64) float64 {
	if b.lower == nil {
		return inf
	}
	return max(v-b.lower[j], b.upper[j]-v)
}

// move returns the value within the bounds that is nearest to v + d, for parameter j. It returns exactly
// the bound if d is the rounded distance from v to the bound. For a shorter d the rounding of v + d does
// not pass the bound, since rounding is monotone.
func (b *domain) move(j int, v, d float64) float64 {
	switch {
	case b.lower == nil:
		return v + d
	case d <= b.lower[j]-v:
		return b.lower[j]
	case d >= b.upper[j]-v:
		return b.upper[j]
	}
	return v + d
}

// bounds returns the least and the largest value that the fields allow parameter j, whose value is v.
func (o *LeastSquares) bounds(j int, v float64) (lower, upper float64) {
	b := box{o.Lower, o.Upper}
	if o.Fixed != nil && o.Fixed[j] {
		v = b.clamp(j, v)
		return v, v
	}
	return b.low(j), b.high(j)
}

// constrained returns whether there are bounds or fixed parameters.
func (o *LeastSquares) constrained() bool {
	return o.Lower != nil || o.Upper != nil || o.Fixed != nil
}

// unchanged returns whether the fields are as at the last evaluation, which was at x.
func (o *LeastSquares) unchanged(x []float64) bool {
	same := o.Loss == o.loss && o.constrained() == (o.lower != nil)
	for j := range o.lower {
		lower, upper := o.bounds(j, x[j])
		same = same && lower == o.lower[j] && upper == o.upper[j]
	}
	return same
}

// setDomain sets b to the bounds at x.
func (o *LeastSquares) setDomain(b *domain, x []float64) {
	if !o.constrained() {
		*b = domain{}
		return
	}
	b.lower, b.upper = resize(b.lower, len(x)), resize(b.upper, len(x))
	for j, v := range x {
		b.lower[j], b.upper[j] = o.bounds(j, v)
	}
}

// enter copies the bounds and the loss from the fields, and projects x on the bounds.
func (o *LeastSquares) enter(x []float64) {
	o.loss = o.Loss
	o.setDomain(&o.domain, x)
	o.domain.project(x)
}

// divide divides the parameters into free and held ones. A parameter is held if it is fixed, or if f
// does not fall along it from the bound that it is at.
func (o *LeastSquares) divide(x []float64) {
	o.model, o.free, o.freeCount = o.factors, o.factors, len(x)
	if o.lower == nil {
		return
	}
	for j, v := range x {
		o.below[j], o.above[j] = o.lower[j]-v, o.upper[j]-v
	}
	o.bounded.Begin(o.factors, o.size, o.below, o.above)
	o.model, o.free = o.bounded, o.bounded.Free
	for _, held := range o.bounded.Held {
		if held {
			o.freeCount--
		}
	}
}

// isFree returns whether parameter j is not held.
func (o *LeastSquares) isFree(j int) bool { return o.lower == nil || !o.bounded.Held[j] }

// limits returns the bounds of n parameters. It panics unless Lower, Upper and Fixed fit n.
func (o *LeastSquares) limits(n int) box {
	if o.Fixed != nil && len(o.Fixed) != n {
		panic(fmt.Sprintf("optim: LeastSquares.Fixed: len = %d, want %d, one for each parameter", len(o.Fixed), n))
	}
	return newBox("LeastSquares", o.Lower, o.Upper, n)
}
