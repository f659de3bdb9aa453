package optim

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// box is the set of x with lᵢ ≤ xᵢ ≤ uᵢ. The zero value has no bounds.
type box struct{ lower, upper []float64 } // nil: no bounds on this side

// bounded is an optimizer that may have bounds.
type bounded interface {
	// limits returns the bounds of n coordinates. It panics if they are not valid.
	limits(n int) box
}

// limitsOf returns the bounds of opt.
func limitsOf(opt any, n int) box {
	if o, ok := opt.(bounded); ok {
		return o.limits(n)
	}
	return box{}
}

// newBox returns the box of the fields Lower and Upper of a rule, or the zero value if all bounds are
// infinite. It panics if the fields are not valid for n coordinates.
func newBox(rule string, lower, upper []float64, n int) box {
	b := box{lower, upper}
	if !b.exists() {
		return b
	}
	checkLength(rule, "Lower", lower, n)
	checkLength(rule, "Upper", upper, n)
	open := true
	for i := range n {
		l, u := b.low(i), b.high(i)
		if !(l <= u && l < inf && u > -inf) {
			refuseBounds(rule, i, l, u)
		}
		open = open && !isFinite(l) && !isFinite(u)
	}
	if open {
		return box{}
	}
	return b
}

// checkLength panics unless v is nil or has length n.
func checkLength(rule, field string, v []float64, n int) {
	if v != nil && len(v) != n {
		panic(fmt.Sprintf("optim: %s.%s: len = %d, want %d, one for each parameter", rule, field, len(v), n))
	}
}

// refuseBounds panics for the bounds l and u of coordinate i.
func refuseBounds(rule string, i int, l, u float64) {
	lower, upper := fmt.Sprintf("Lower[%d]", i), fmt.Sprintf("Upper[%d]", i)
	switch {
	case !(l < inf):
		outside(rule, lower, l, "[-Inf, +Inf)")
	case !(u > -inf):
		outside(rule, upper, u, "(-Inf, +Inf]")
	}
	outside(rule, lower, l, fmt.Sprintf("[-Inf, %s = %v]", upper, u))
}

// exists returns whether a bound is finite.
func (b *box) exists() bool { return b.lower != nil || b.upper != nil }

// closed returns whether all bounds are finite.
func (b *box) closed() bool {
	infinite := func(v float64) bool { return math.IsInf(v, 0) }
	return b.lower != nil && b.upper != nil && !slices.ContainsFunc(b.lower, infinite) && !slices.ContainsFunc(b.upper, infinite)
}

func (b *box) low(i int) float64 {
	if b.lower == nil {
		return -inf
	}
	return b.lower[i]
}

func (b *box) high(i int) float64 {
	if b.upper == nil {
		return inf
	}
	return b.upper[i]
}

// project moves every coordinate that is out of its bounds to the nearer bound. It returns whether
// it moved one. A NaN stays.
func (b *box) project(x []float64) (moved bool) {
	if !b.exists() {
		return false
	}
	for i, v := range x {
		x[i] = b.clamp(i, v)
		moved = moved || x[i] != v && v == v
	}
	return moved
}

// clamp returns v, or the bound of coordinate i if v is beyond it.
func (b *box) clamp(i int, v float64) float64 {
	switch l, u := b.low(i), b.high(i); {
	case v < l:
		return l
	case v > u:
		return u
	}
	return v
}

// roundoff is the distance from a bound at which a move ends on it, relative to the magnitudes of the
// bound and of the start of the move. The rounding error of a move is smaller.
const roundoff = 4 * epsilon

// end returns the end of a move of coordinate i from v, which is within the bounds, to to. A move to
// a point beyond a bound, or within roundoff of it, ends on the bound. If to is NaN, as for a move 0
// of infinite length, the coordinate stays.
func (b *box) end(i int, v, to float64) float64 {
	switch l, u := b.low(i), b.high(i); {
	case to != to:
		return v
	case to < v && to <= l+float64(roundoff*math.Abs(v))+float64(roundoff*math.Abs(l)):
		return l
	case to > v && to >= u-float64(roundoff*math.Abs(v))-float64(roundoff*math.Abs(u)):
		return u
	}
	return to
}

// endMove applies end to the coordinates [lo, hi).
func (b *box) endMove(to, from []float64, lo, hi int) {
	if b.exists() {
		for i := lo; i < hi; i++ {
			to[i] = b.end(i, from[i], to[i])
		}
	}
}

// holds returns whether coordinate i is at a bound, at v, and a move against the derivative g would
// leave the bounds.
func (b *box) holds(i int, v, g float64) bool {
	return g > 0 && v <= b.low(i) || g < 0 && v >= b.high(i)
}

// touches returns whether coordinate i is at a bound, at v.
func (b *box) touches(i int, v float64) bool { return v == b.low(i) || v == b.high(i) }

// room returns how far coordinate i may move from v against a derivative g.
func (b *box) room(i int, v, g float64) float64 {
	switch {
	case g > 0:
		return v - b.low(i)
	case g < 0:
		return b.high(i) - v
	}
	return 0
}

// probe returns the end of a small move of coordinate i from v, where the projected gradient is g. A
// coordinate at a bound stays if g is 0. If the move would pass a bound, it has the other sign. If
// it would pass a bound on either side, it ends on the farther bound.
func (b *box) probe(i int, v, move, g float64) float64 {
	l, u := b.low(i), b.high(i)
	switch {
	case g == 0 && b.touches(i, v):
		return v
	case !(v+move < l || v+move > u):
		return v + move
	case !(v-move < l || v-move > u):
		return v - move
	case v-l > u-v:
		return l
	}
	return u
}

// optimality returns max|P(x − g) − x|, where P is the projection on the bounds. It is 0 at a
// minimum.
func (b *box) optimality(x, g []float64) float64 {
	most := 0.0
	for i, gi := range g {
		most = max(most, min(math.Abs(gi), b.room(i, x[i], gi)))
	}
	return most
}

// farthest returns the largest |xᵢ| of the coordinates that are not on a bound.
func (b *box) farthest(x []float64) float64 {
	most := 0.0
	for i, v := range x {
		if !b.touches(i, v) {
			most = max(most, math.Abs(v))
		}
	}
	return most
}

// projected returns the projected gradient at l: 0 where xᵢ is on a bound and −gᵢ points outwards,
// and gᵢ elsewhere. Without bounds this is the gradient. The result is valid until the next call.
func (s *search) projected(l *optimize.Location) []float64 {
	if !s.box.exists() {
		return l.Gradient
	}
	s.free = resize(s.free, len(l.X))
	if s.projectChunk == nil {
		s.projectChunk = func(lo, hi int) {
			for i := lo; i < hi; i++ {
				s.free[i] = s.location.Gradient[i]
				if s.box.holds(i, s.location.X[i], s.free[i]) {
					s.free[i] = 0
				}
			}
		}
	}
	s.location = l
	s.reducer.For(len(l.X), s.projectChunk)
	s.location = nil
	return s.free
}

// steepness returns max|gᵢ| of the projected gradient at l.
func (s *search) steepness(l *optimize.Location) float64 { return s.reducer.AbsMax(s.projected(l)) }
