package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Coordinate is coordinate descent: one parameter moves at a time, the others
// stay. It minimises a loss f with penalties that are exact, so that parameters
// become exactly zero.
//
//	minimise f(x) + λ₁‖x‖₁ + λ₂/2·‖x‖²
//	xᵢ ← soft(Lᵢxᵢ − ηgᵢ, ηλ₁)/(Lᵢ + ηλ₂),  soft(u, λ) = sign(u)·max(|u| − λ, 0)
//
// with gᵢ = ∂f/∂xᵢ, λ₁ = L1, λ₂ = L2, η = LearningRate · Schedule(t−1) and
// Lᵢ = Lipschitz[i], a bound of ∂²f/∂xᵢ². What a Step does depends on what it
// knows of f:
//
//	Partial         a sweep: every coordinate once, each with a fresh derivative
//	grads           the next Block coordinates, with these derivatives
//	neither (nil)   a sweep in which Func is minimised exactly along each
//	                coordinate, by Brent's method
//
// For the first, a loss such as least squares keeps its residual up to date in
// Moved, so that a coordinate costs one pass over a column of data:
//
//	o := optim.NewCoordinate(optim.Cyclic)
//	o.L1 = λ
//	o.Lipschitz = squares // ‖aᵢ‖²/N
//	o.Partial = func(_ []float64, i int) float64 { return floats.Dot(column[i], residual) / N }
//	o.Moved = func(i int, delta float64) { floats.AddScaled(residual, delta, column[i]) } // Ax − y
//	for o.KKT() > 1e-8 {
//		o.Step(params, nil)
//	}
//
// Without Lipschitz the Lᵢ are found by backtracking: with Partial from the
// derivatives, with grads and Func from the values; with grads alone they are 1,
// and η is all there is.
//
// With L1 most parameters of a large problem stay zero. After every sweep of a
// Step with Partial up to Active more go over those that are not, until these
// are settled.
//
// The order is Cyclic, Random, which shuffles the coordinates for every sweep,
// or Greedy, which takes those where the bound promises most
// (Gauss-Southwell-Lipschitz): with Partial one coordinate a Step, for the
// derivatives of all, and without derivatives it is Cyclic. A coordinate whose
// derivative is NaN becomes NaN.
//
// It keeps the order, one int a parameter, unless it is greedy, and one vector
// where it finds the Lᵢ or steps exactly. S. J. Wright, Coordinate descent
// algorithms, 2015, arXiv:1502.04759; J. Friedman, T. Hastie and R. Tibshirani,
// Regularization paths for generalized linear models via coordinate descent,
// 2010, doi:10.18637/jss.v033.i01; J. Nutini and others, Coordinate descent
// converges faster with the Gauss-Southwell rule than random selection, 2015,
// arXiv:1506.00552.
type Coordinate struct {
	LearningRate float64                          // η, at least 0; default 1
	L1, L2       float64                          // λ₁ and λ₂, at least 0; default 0
	Lipschitz    []float64                        // Lᵢ, at least 0, one a parameter; nil finds them; where it is 0, and L2 too, the coordinate stays
	Partial      func(x []float64, i int) float64 // ∂f/∂xᵢ at x; nil is from grads
	Moved        func(i int, delta float64)       // is told that xᵢ has grown by delta; may be nil
	Func         func(x []float64) float64        // f; for backtracking and for exact steps
	Block        int                              // coordinates a Step from grads, at least 1; default 1; the Lᵢ must bound their joint curvature
	Active       int                              // sweeps over what is not zero after each whole one, at least 0; default 100
	Schedule     Schedule                         // factor on η by step; nil is 1

	driver
	order   order
	batches batches
	bounds  []float64 // Lᵢ so far, or the last moves of exact steps
	kkt     float64
	chosen  []choice // of a greedy step
}

// Order is the order in which Coordinate goes through the parameters.
type Order struct{ order }

type order struct {
	greedy bool
	rng    *rand.Rand
}

// The orders besides Random.
var (
	Cyclic = Order{}
	Greedy = Order{order{greedy: true}}
)

// Random shuffles the parameters for every sweep. The generator is the caller's,
// and not part of an encoding.
func Random(rng *rand.Rand) Order {
	if rng == nil {
		panic("optim: Random: the generator is nil")
	}
	return Order{order{rng: rng}}
}

// NewCoordinate returns coordinate descent in the given order.
func NewCoordinate(order Order) *Coordinate {
	return &Coordinate{
		LearningRate: 1, Block: 1, Active: 100,
		order: order.order, batches: batches{rng: order.rng, always: true},
	}
}

// KKT is the residual of the optimality conditions, the largest that a
// coordinate had in the last sweep before it moved, or in the last gradient: 0 at
// the minimum. It is +Inf before the first Step, and where only Func is known.
//
//	|gᵢ + λ₂xᵢ + λ₁·sign(xᵢ)|, and where xᵢ = 0  max(|gᵢ| − λ₁, 0)
func (o *Coordinate) KKT() float64 {
	if o.t == 0 {
		return math.Inf(1)
	}
	return o.kkt
}

// Step implements Optimizer. With Partial grads are not looked at and may be
// nil; without, nil asks for exact steps.
func (o *Coordinate) Step(params, grads []float64) {
	o.expect(params, grads)
	if len(params) == 0 {
		return
	}
	o.eta = o.scheduled("Coordinate", o.LearningRate, o.Schedule)
	exact := o.Partial == nil && grads == nil
	if o.bounds == nil && (exact || o.Lipschitz == nil && (o.Partial != nil || o.Func != nil)) {
		o.bounds = make([]float64, len(params))
		fill(o.bounds, 1)
	}
	n := len(params)
	o.batches.n = n
	o.kkt = 0
	switch {
	case exact:
		o.kkt = math.Inf(1)
		for _, i := range o.batches.next(n) {
			o.exact(params, i)
		}
	case o.order.greedy:
		o.greedy(params, grads)
	case o.Partial == nil:
		for i, g := range grads {
			o.violates(params[i], g)
		}
		for _, i := range o.batches.next(o.Block) {
			o.move(params, i, grads[i])
		}
	default:
		o.sweep(params)
	}
	o.count(len(params))
}

func (o *Coordinate) expect(params, grads []float64) {
	if grads == nil && (o.Partial != nil || o.Func != nil) {
		grads = params
	}
	o.fit(o, params, grads)
	checkNonNegative("Coordinate", "L1", o.L1)
	checkNonNegative("Coordinate", "L2", o.L2)
	checkAtLeast("Coordinate", "Block", o.Block, 1)
	checkAtLeast("Coordinate", "Active", o.Active, 0)
	if o.Lipschitz != nil && len(o.Lipschitz) != len(params) {
		panic(fmt.Sprintf("optim: Coordinate.Lipschitz: len = %d, want %d, one a parameter", len(o.Lipschitz), len(params)))
	}
	for i, l := range o.Lipschitz {
		if !(0 <= l && l <= math.MaxFloat64) {
			outside("Coordinate", fmt.Sprintf("Lipschitz[%d]", i), l, "[0, +Inf)")
		}
	}
	o.scheduled("Coordinate", o.LearningRate, o.Schedule)
}

// sweep is a whole sweep, and those over what is not zero then.
func (o *Coordinate) sweep(x []float64) {
	n := len(x)
	for _, i := range o.batches.next(n) {
		g := o.Partial(x, i)
		o.violates(x[i], g)
		o.move(x, i, g)
	}
	if o.L1 == 0 {
		return
	}
	whole, looks := o.kkt, 0
	for range o.Active {
		o.kkt = 0
		for _, i := range o.batches.order {
			if x[i] != 0 {
				looks++
				g := o.Partial(x, i)
				o.violates(x[i], g)
				o.move(x, i, g)
			}
		}
		if enough := looks >= n && !(o.kkt > settled*whole); enough || !(o.kkt > exhausted*whole) {
			break
		}
	}
	o.kkt = whole
}

// The shares of a sweep's residual at which those over what is not zero end, for
// what is left is elsewhere: the first if they have cost as much as the sweep.
const (
	settled   = 0.1
	exhausted = 0.001
)

// violates takes note of the residual of a coordinate.
func (o *Coordinate) violates(x, g float64) {
	g += float64(o.L2 * x)
	switch {
	case x > 0:
		g += o.L1
	case x < 0:
		g -= o.L1
	default:
		g = max(math.Abs(g)-o.L1, 0)
	}
	o.kkt = max(o.kkt, math.Abs(g))
}

// soft moves u towards zero by a, and no further.
func soft(u, a float64) float64 {
	switch {
	case u > a:
		return u - a
	case u < -a:
		return u + a
	}
	return u - u // 0, or NaN
}

// target is where a coordinate at x goes if its derivative is g and its bound l.
func (o *Coordinate) target(x, g, l float64) float64 {
	l /= o.eta
	if !(l+o.L2 > 0) || l > math.MaxFloat64 {
		return x
	}
	return soft(float64(l*x)-g, o.L1) / (l + o.L2)
}

// put sets coordinate i, and returns by how much it has grown.
func (o *Coordinate) put(x []float64, i int, v float64) (delta float64) {
	delta = v - x[i]
	x[i] = v
	if delta != 0 && o.Moved != nil {
		o.Moved(i, delta)
	}
	return delta
}

// move moves coordinate i, whose derivative is g.
func (o *Coordinate) move(x []float64, i int, g float64) {
	switch {
	case o.Lipschitz != nil:
		o.put(x, i, o.target(x[i], g, o.Lipschitz[i]))
	case o.Partial == nil && o.Func == nil:
		o.put(x, i, o.target(x[i], g, 1))
	default:
		o.search(x, i, g)
	}
}

// search moves coordinate i as far as a bound allows that the move itself shows
// to be one.
func (o *Coordinate) search(x []float64, i int, g float64) {
	start, l := x[i], o.bounds[i]
	before := 0.0
	if o.Partial == nil {
		before = o.Func(x)
	}
	for range maxTries {
		v := o.target(start, g, l)
		delta := o.put(x, i, v)
		if v == start {
			return
		}
		if v != v {
			return // so is g
		}
		var bends float64 // as much as f does along the move
		var fits bool
		if o.Partial != nil {
			bends = math.Abs(o.Partial(x, i)-g) / math.Abs(delta)
			fits = bends <= float64(l*(1+1e-9))
		} else {
			after := o.Func(x)
			over := after - before - float64(g*delta)
			bends = 2 * over / float64(delta*delta)
			fits = over-float64(l/2*float64(delta*delta)) <= float64(4*epsilon*max(math.Abs(before), math.Abs(after)))
		}
		if fits {
			o.bounds[i] = max(min(bends, l), l/16)
			return
		}
		o.put(x, i, start)
		if l *= 2; l < bends && bends <= math.MaxFloat64 {
			l = bends
		}
	}
}

// maxTries is how often a search along a coordinate goes on.
const maxTries = 100

// choice is a coordinate that a greedy step has chosen.
type choice struct {
	i       int
	g, gain float64
}

// greedy moves the coordinates for which the bounds promise most.
func (o *Coordinate) greedy(x, grads []float64) {
	count := min(o.Block, len(x))
	if o.Partial != nil {
		count = 1
	}
	o.chosen = slices.Grow(o.chosen[:0], count)
	for i := range x {
		var g float64
		if o.Partial != nil {
			g = o.Partial(x, i)
		} else {
			g = grads[i]
		}
		o.violates(x[i], g)
		gain := o.gain(x[i], g, i)
		switch last := len(o.chosen) - 1; {
		case !(gain > 0):
			continue
		case last+1 < count:
			o.chosen = append(o.chosen, choice{})
		case gain <= o.chosen[last].gain:
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

// gain is twice what coordinate i lowers the loss by, at least, if its bound is
// one. A derivative that is NaN comes first.
func (o *Coordinate) gain(x, g float64, i int) float64 {
	l := 1.0
	if o.Lipschitz != nil {
		l = o.Lipschitz[i]
	} else if o.Partial != nil || o.Func != nil {
		l = o.bounds[i]
	}
	if x != x {
		return 0
	}
	v := o.target(x, g, l)
	if v != v {
		return math.Inf(1)
	}
	return float64((l/o.eta + o.L2) * float64((v-x)*(v-x)))
}

// exact minimises along coordinate i, and never ends higher than it began. R. P.
// Brent, Algorithms for minimization without derivatives, 1973, chapter 5.
func (o *Coordinate) exact(x []float64, i int) {
	start, width := x[i], o.bounds[i]
	first := o.along(x, i, start)
	best, least := start, first
	at := func(v float64) float64 {
		f := o.along(x, i, v)
		if f < least {
			best, least = v, f
		}
		return f
	}
	zero := math.Inf(1)
	if o.L1 > 0 {
		zero = at(0)
	}
	lo, mid, hi := start-width, start, start+width
	fmid := first
	if f := at(hi); f < fmid {
		lo, mid, hi, fmid = downhill(at, start, hi, f)
	} else if f := at(lo); f < fmid {
		hi, mid, lo, fmid = downhill(at, start, lo, f)
	}
	brent(at, lo, mid, hi, fmid)
	if zero <= first && zero <= least+float64(4*epsilon*math.Abs(least)) {
		best = 0 // as far as values can tell
	}
	if o.put(x, i, best); best != start {
		width = max(math.Abs(best-start), width/8)
	} else {
		width /= 8
	}
	o.bounds[i] = max(width, float64(1e-9*math.Abs(best)), 1e-300)
}

// along is the loss with coordinate i at v; what is not a number is high.
func (o *Coordinate) along(x []float64, i int, v float64) float64 {
	before := x[i]
	x[i] = v
	f := o.Func(x) + float64(o.L1*math.Abs(v)) + float64(o.L2/2*float64(v*v))
	x[i] = before
	if f != f {
		return math.Inf(1)
	}
	return f
}

func (o *Coordinate) visit(a *archive) {
	a.begin("Coordinate")
	a.settings(&o.LearningRate, &o.L1, &o.L2)
	a.limits(&o.Block, &o.Active)
	a.driver(&o.driver)
	a.numbers(&o.kkt)
	a.optional(&o.bounds)
	a.permutation(&o.batches.order, a.n)
	a.within("coordinates done in the sweep", &o.batches.at, 0, 0, max(a.n-1, 0))
	a.counts(&o.batches.epoch)
	if a.set() {
		o.batches.n = a.n
	}
}
