package optim

import "math/rand/v2"

// CoordinateDescent moves one parameter at a time, while the others stay. It minimises a loss f
// with the penalties L1 and L2. With L1 parameters become exactly zero:
//
//	minimise f(x) + λ₁Σsᵢ|xᵢ| + λ₂/2·Σsᵢxᵢ²
//	xᵢ ← soft(Lᵢxᵢ − ηgᵢ, ηλ₁sᵢ)/(Lᵢ + ηλ₂sᵢ),  soft(u, λ) = sign(u)·max(|u| − λ, 0)
//
// with gᵢ = ∂f/∂xᵢ, λ₁ = L1, λ₂ = L2, sᵢ = Factor[i], η = LearningRate · Schedule(t−1) and Lᵢ =
// Lipschitz[i], an upper bound of ∂²f/∂xᵢ². A Step has three forms. Which form it takes depends on
// Partial and on grads:
//
//	Partial    a sweep: every coordinate moves once, each with its derivative at the current x
//	grads      without Partial: the next Block coordinates move with these derivatives
//	neither    grads is nil: a sweep of exact steps, which minimise Func along each coordinate
//	           by Brent's method; LearningRate is ignored
//
// LinearSum.CoordinateDescent returns a CoordinateDescent for a linear model, with the fields filled
// from the data. For a loss of the user's, the function Moved can keep the residual Ax − y up to
// date. Then the move of a coordinate costs two passes over a column aᵢ of the data:
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
// If Lipschitz is nil, Step finds the Lᵢ: with Partial from derivatives, with grads and Func from
// values of Func. With Partial the first moves of a coordinate are small. They grow until the
// derivative changes visibly, so that no move is much longer than the distance to the minimum.
// After that Lᵢ follows the curvature by backtracking. With grads and without Func every Lᵢ is 1,
// so LearningRate is the step size.
//
// With L1 most parameters of a large problem stay zero. After a sweep with Partial and L1 > 0 a
// Step therefore takes up to Active sweeps over the nonzero parameters alone. These sweeps end
// earlier if the violation of the optimality conditions by these parameters is small, compared with
// that in the whole sweep.
//
// The order of the coordinates is Cyclic, Random or Greedy. Random shuffles them before every
// sweep. Greedy selects the coordinates with the largest decrease that the Lᵢ guarantee
// (Gauss-Southwell-Lipschitz). With Partial it evaluates all derivatives and moves one coordinate
// in a Step. In exact steps Greedy is the same as Cyclic. A coordinate whose derivative is NaN
// becomes NaN.
//
// The state is the order, one int for each parameter, unless the order is Greedy and no step is
// exact. It has one vector more if Step finds the Lᵢ or steps are exact.
//
// S. J. Wright, Coordinate descent algorithms, 2015, arXiv:1502.04759; J. Friedman, T. Hastie and
// R. Tibshirani, Regularization paths for generalized linear models via coordinate descent, 2010,
// doi:10.18637/jss.v033.i01; J. Nutini and others, Coordinate descent converges faster with the
// Gauss-Southwell rule than random selection, 2015, arXiv:1506.00552.
type CoordinateDescent struct {
	LearningRate float64                          // η ≥ 0; default 1
	L1, L2       float64                          // λ₁ ≥ 0 and λ₂ ≥ 0; defaults 0
	Factor       []float64                        // sᵢ ≥ 0, one for each parameter; 0 leaves a parameter free; nil: all are 1
	Lipschitz    []float64                        // Lᵢ ≥ 0, one for each parameter; nil: Step finds them; a coordinate with Lᵢ = λ₂sᵢ = 0 stays, or becomes 0 if |gᵢ| < λ₁sᵢ
	Partial      func(x []float64, i int) float64 // returns ∂f/∂xᵢ at x; nil: the derivatives are those in grads
	Moved        func(i int, delta float64)       // called after delta ≠ 0 has been added to xᵢ; may be nil
	Func         func(x []float64) float64        // returns f(x), for backtracking and for exact steps; may be nil
	Block        int                              // coordinates in a Step from grads, at least 1; default 1; the Lᵢ must bound their joint curvature
	Active       int                              // sweeps over the nonzero parameters in a Step, at least 0; default 100
	Schedule     Schedule                         // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	order   Order
	batches batches
	learnt  []float64 // of each coordinate: the Lᵢ that was found, 0 before, or the length of the last exact move
	kkt     float64
	chosen  []choice       // of a greedy step
	linear  *linearColumns // of LinearSum.CoordinateDescent, or nil
	gap     float64        // of linear; +Inf if it was not computed
	newton  bool           // steps are those of Newton's method
	working workingSet     // of linear
}

// Order is the order in which CoordinateDescent moves the parameters.
type Order struct {
	greedy bool
	rng    *rand.Rand // of Random
}

var (
	Cyclic = Order{}             // one parameter after the other, from the first to the last
	Greedy = Order{greedy: true} // the parameter with the largest guaranteed decrease first
)

// Random returns an order that shuffles the parameters before every sweep. The generator remains
// the caller's, and is not part of the state. Random panics if rng is nil.
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
//	|gᵢ + λ₂sᵢxᵢ + λ₁sᵢ·sign(xᵢ)|, and where xᵢ = 0  max(|gᵢ| − λ₁sᵢ, 0)
//
// KKT returns the largest of these numbers over all coordinates. In a sweep the number of a
// coordinate is that before its move; otherwise it is that of the last gradient. KKT returns +Inf
// before the first Step and after an exact step.
func (o *CoordinateDescent) KKT() float64 {
	if o.t == 0 {
		return inf
	}
	return o.kkt
}

// Step implements Optimizer. With Partial the values in grads are ignored. grads may be nil if
// Partial or Func is not nil. If grads and Partial are nil, the step is exact.
func (o *CoordinateDescent) Step(params, grads []float64) {
	n, given := len(params), len(grads)
	if grads == nil && (o.Partial != nil || o.Func != nil) {
		given = n
	}
	o.expect(n, given)
	if n == 0 {
		return
	}
	o.eta = o.rate()
	exact := o.Partial == nil && grads == nil
	if o.learnt == nil && (exact || o.backtracks()) {
		o.learnt = make([]float64, n)
		if exact {
			fill(o.learnt, 1)
		}
	}
	o.batches.n = n
	o.kkt = 0
	linear := o.linear != nil && o.Partial != nil
	if linear {
		o.linear.begin(params)
		defer o.linear.end(params)
		o.gap = inf
	}
	switch {
	case exact:
		o.kkt = inf
		for _, i := range o.batches.next(n) {
			o.moveExactly(params, i)
		}
	case o.order.greedy:
		o.moveGreedily(params, grads)
	case linear:
		o.moveSet(params)
	case o.Partial == nil:
		for i, g := range grads {
			o.noteViolation(params[i], g, i)
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
func (o *CoordinateDescent) expect(n, grads int) {
	o.fit(o, n, grads)
	if o.linear != nil {
		o.linear.sum.fit(n)
	}
	checkFactors("CoordinateDescent", "Factor", o.Factor, n, "parameter")
	checkFactors("CoordinateDescent", "Lipschitz", o.Lipschitz, n, "parameter")
	o.rate()
}

// backtracks returns whether moves find the Lᵢ.
func (o *CoordinateDescent) backtracks() bool {
	return o.Lipschitz == nil && (o.Partial != nil || o.Func != nil) && !o.curved()
}

// curved returns whether the Lᵢ are the second derivatives at x.
func (o *CoordinateDescent) curved() bool {
	return o.Lipschitz == nil && o.linear != nil && o.linear.sum.model != nil
}

// penalties returns λ₁sᵢ and λ₂sᵢ.
func (o *CoordinateDescent) penalties(i int) (l1, l2 float64) {
	s := o.factor(i)
	return float64(o.L1 * s), float64(o.L2 * s)
}

// ridge returns λ₂sᵢ.
func (o *CoordinateDescent) ridge(i int) float64 {
	_, l2 := o.penalties(i)
	return l2
}

// factor returns sᵢ.
func (o *CoordinateDescent) factor(i int) float64 {
	if o.Factor == nil {
		return 1
	}
	return o.Factor[i]
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
	if o.linear != nil {
		a.State(&o.gap)
	}
	a.Optional(&o.learnt)
	a.Permutation(&o.batches.order, a.Params())
	a.Within("coordinates done in the sweep", &o.batches.at, 0, 0, max(a.Params()-1, 0))
	a.State(&o.batches.epoch)
	if a.Assigning() {
		o.batches.n = a.Params()
	}
}
