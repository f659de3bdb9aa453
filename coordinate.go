package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// CoordinateDescent moves one parameter at a time, while the others stay. It minimises a loss f
// with penalties that are exact, so that parameters become exactly zero:
//
//	minimise f(x) + λ₁‖x‖₁ + λ₂/2·‖x‖²
//	xᵢ ← soft(Lᵢxᵢ − ηgᵢ, ηλ₁)/(Lᵢ + ηλ₂),  soft(u, λ) = sign(u)·max(|u| − λ, 0)
//
// with gᵢ = ∂f/∂xᵢ, λ₁ = L1, λ₂ = L2, η = LearningRate · Schedule(t−1) and Lᵢ = Lipschitz[i], an
// upper bound of ∂²f/∂xᵢ². What a Step does depends on what is given:
//
//	Partial    a sweep: every coordinate moves once, each with a fresh derivative
//	grads      the next Block coordinates move with these derivatives
//	neither    grads is nil: a sweep that minimises Func along each coordinate by
//	           Brent's method, an exact step, which ignores LearningRate
//
// A loss such as least squares keeps its residual up to date in Moved. Then a coordinate costs one
// pass over a column of data:
//
//	o := optim.NewCoordinateDescent(optim.Cyclic)
//	o.L1 = λ
//	o.Lipschitz = squares // ‖aᵢ‖²/N
//	o.Partial = func(_ []float64, i int) float64 { return floats.Dot(column[i], residual) / N }
//	o.Moved = func(i int, delta float64) { floats.AddScaled(residual, delta, column[i]) } // Ax − y
//	for o.KKT() > 1e-8 {
//		o.Step(params, nil)
//	}
//
// Without Lipschitz the Lᵢ are found: with Partial from derivatives, with grads and Func from values.
// The first moves of a coordinate with Partial are small, and grow until the derivative changes
// visibly, so that no move is much longer than the way to the minimum. After that Lᵢ follows the
// curvature by backtracking. With grads alone every Lᵢ is 1, so LearningRate is the step size.
//
// With L1 most parameters of a large problem stay zero. After a sweep with Partial and L1 > 0 a
// Step therefore takes up to Active sweeps over the nonzero parameters alone. It ends them earlier
// when the optimality conditions of these parameters hold well enough.
//
// The order of the coordinates is Cyclic, Random or Greedy. Random shuffles them before every
// sweep. Greedy selects the coordinates with the largest decrease that the Lᵢ guarantee
// (Gauss-Southwell-Lipschitz). With Partial it evaluates all derivatives and moves one coordinate
// in a Step. In exact steps Greedy is Cyclic. A coordinate whose derivative is NaN becomes NaN.
//
// The state is the order, one int for each parameter, unless it is Greedy, and one vector if the Lᵢ
// are found or steps are exact.
//
// S. J. Wright, Coordinate descent algorithms, 2015, arXiv:1502.04759; J. Friedman, T. Hastie and
// R. Tibshirani, Regularization paths for generalized linear models via coordinate descent, 2010,
// doi:10.18637/jss.v033.i01; J. Nutini and others, Coordinate descent converges faster with the
// Gauss-Southwell rule than random selection, 2015, arXiv:1506.00552.
type CoordinateDescent struct {
	LearningRate float64                          // η ≥ 0; default 1
	L1, L2       float64                          // λ₁ ≥ 0 and λ₂ ≥ 0; default 0
	Lipschitz    []float64                        // Lᵢ ≥ 0, one for each parameter; nil: they are found; where Lᵢ = λ₂ = 0 the coordinate stays
	Partial      func(x []float64, i int) float64 // ∂f/∂xᵢ at x; nil: from grads
	Moved        func(i int, delta float64)       // called after xᵢ has grown by delta ≠ 0; may be nil
	Func         func(x []float64) float64        // f, for backtracking and for exact steps
	Block        int                              // coordinates in a Step from grads, at least 1; default 1; the Lᵢ must bound their joint curvature
	Active       int                              // sweeps over the nonzero parameters in a Step, at least 0; default 100
	Schedule     Schedule                         // factor on η by step; nil is 1

	driver
	order   Order
	batches batches
	learnt  []float64 // of each coordinate: the Lᵢ that was found, 0 before, or the length of the last exact move
	kkt     float64
	chosen  []choice // of a greedy step
}

// Order is the order in which CoordinateDescent moves the parameters.
type Order struct {
	greedy bool
	rng    *rand.Rand // of Random
}

// The orders besides Random.
var (
	Cyclic = Order{}
	Greedy = Order{greedy: true}
)

// Random returns an order that shuffles the parameters before every sweep. The generator remains
// the caller's, and is not part of an encoding. Random panics if rng is nil.
func Random(rng *rand.Rand) Order {
	checkGenerator("Random", rng)
	return Order{rng: rng}
}

// NewCoordinateDescent returns coordinate descent in the given order.
func NewCoordinateDescent(order Order) *CoordinateDescent {
	return made(&CoordinateDescent{
		LearningRate: 1, Block: 1, Active: 100,
		order: order, batches: batches{rng: order.rng, always: true},
	})
}

// KKT returns the residual of the optimality conditions (of Karush, Kuhn and Tucker), which is 0 at
// the minimum:
//
//	|gᵢ + λ₂xᵢ + λ₁·sign(xᵢ)|, and where xᵢ = 0  max(|gᵢ| − λ₁, 0)
//
// It is the largest over the coordinates, each before its move in the last whole sweep, or all in
// the last gradient. KKT returns +Inf before the first Step and after an exact one.
func (o *CoordinateDescent) KKT() float64 {
	if o.t == 0 {
		return math.Inf(1)
	}
	return o.kkt
}

// Step implements Optimizer. With Partial the values in grads are ignored. grads may be nil with
// Partial or Func; without Partial, nil asks for exact steps.
func (o *CoordinateDescent) Step(params, grads []float64) {
	o.expect(params, grads)
	n := len(params)
	if n == 0 {
		return
	}
	o.eta = o.rate()
	exact := o.Partial == nil && grads == nil
	backtracks := o.Lipschitz == nil && (o.Partial != nil || o.Func != nil)
	if o.learnt == nil && (exact || backtracks) {
		o.learnt = make([]float64, n)
		if exact {
			fill(o.learnt, 1)
		}
	}
	o.batches.n = n
	o.kkt = 0
	switch {
	case exact:
		o.kkt = math.Inf(1)
		for _, i := range o.batches.next(n) {
			o.moveExactly(params, i)
		}
	case o.order.greedy:
		o.moveGreedily(params, grads)
	case o.Partial == nil:
		for i, g := range grads {
			o.noteViolation(params[i], g)
		}
		for _, i := range o.batches.next(o.Block) {
			o.move(params, i, grads[i])
		}
	default:
		o.sweep(params)
	}
	o.count(n)
}

// expect panics if the slices do not fit or a field is out of its range.
func (o *CoordinateDescent) expect(params, grads []float64) {
	if grads == nil && (o.Partial != nil || o.Func != nil) {
		grads = params
	}
	o.fit(o, params, grads)
	if o.Lipschitz != nil && len(o.Lipschitz) != len(params) {
		panic(fmt.Sprintf("optim: CoordinateDescent.Lipschitz: len = %d, want %d, one for each parameter", len(o.Lipschitz), len(params)))
	}
	for i, l := range o.Lipschitz {
		if !(0 <= l && l <= math.MaxFloat64) {
			outside("CoordinateDescent", fmt.Sprintf("Lipschitz[%d]", i), l, "[0, +Inf)")
		}
	}
	o.rate()
}

// rate returns η. It panics if a number among the fields is out of its range.
func (o *CoordinateDescent) rate() float64 {
	checkNonNegative("CoordinateDescent", "L1", o.L1)
	checkNonNegative("CoordinateDescent", "L2", o.L2)
	checkAtLeast("CoordinateDescent", "Block", o.Block, 1)
	checkAtLeast("CoordinateDescent", "Active", o.Active, 0)
	return o.scheduled("CoordinateDescent", o.LearningRate, o.Schedule)
}

func (o *CoordinateDescent) visit(a *walk) {
	o.visitRule(a, "CoordinateDescent", 1, &o.LearningRate, &o.L1, &o.L2, &o.Block, &o.Active)
	a.State(&o.kkt)
	a.Optional(&o.learnt)
	a.Permutation(&o.batches.order, a.Params())
	a.Within("coordinates done in the sweep", &o.batches.at, 0, 0, max(a.Params()-1, 0))
	a.State(&o.batches.epoch)
	if a.Assigning() {
		o.batches.n = a.Params()
	}
}
