// Package optim is the step of a training loop: gradient descent and its
// descendants over flat []float64.
//
// You have parameters and a way to compute the gradient of a loss; an Optimizer
// moves the one against the other.
//
//	opt := optim.NewAdam(1e-3)
//	for range steps {
//		model.Gradient(grads, params) // yours
//		opt.Step(params, grads)
//	}
//
// # Optimizers
//
// Adam with a learning rate around 1e-3 is a good first choice; AdamW if the
// model should be regularised too. Momentum with μ = 0.9 and a rate ten to a
// hundred times larger often ends lower, if you can afford to tune it.
//
//	SGD       x ← x − ηg                       a baseline, and all that a convex problem needs
//	Momentum  v ← μv + g, x ← x − ηv           valleys: it averages the zigzag away
//	Nesterov  looks ahead                      the same, with less overshoot; Convex is optimal for convex losses
//	AdaGrad   η over √(sum of g²)              sparse gradients
//	AdaDelta  AdaGrad with a memory, no η      rarely needs tuning
//	RMSProp   η over √(mean of g²)             losses that change, as in reinforcement learning
//	Adam      Momentum and RMSProp, unbiased   the default; NewAdamW decays the weights too
//	AMSGrad   Adam whose steps never grow      where Adam does not converge
//	AdaMax    Adam in the infinity norm        rare, large gradients
//	NAdam     Adam that looks ahead            often a little faster
//	RAdam     Adam that starts carefully       in the place of a warm-up
//	AdaBelief Adam that measures g−m           longer steps where gradients agree
//	Rprop     the signs alone                  full gradients
//	Lion      the sign of a mean               large batches; one vector of state
//	ScheduleFreeSGD, ScheduleFreeAdamW         no schedule, and the end not known
//	Coordinate                                 one parameter at a time; the lasso
//	LBFGS, BFGS, DFP, SR1, Newton, HessianFree, GaussNewton: see below
//
// The doc comment of each has the update, its defaults, the state it keeps and
// where it departs from the paper or from PyTorch; by default it is PyTorch's
// form, bias correction, ε and all, if PyTorch has the rule. Hyper-parameters are
// fields; assign them between steps at will.
//
// # Schedules
//
// A Schedule is a factor on the learning rate, a pure function of the step, which
// the optimizer itself counts: there is nothing else to call, and nothing to
// restore but a number.
//
//	opt.Schedule = optim.Warmup(500, optim.Cosine(10_000, 0.01))
//
// Sequence and Product compose schedules. A Plateau watches a loss.
//
// # Composing
//
// A Transform rewrites the gradient in front of any optimizer: ClipNorm and
// ClipValue, L2 and L1, Decay, Noise, and Elementwise for a function of yours.
//
//	opt := optim.NewChain(optim.NewSGD(0.1), optim.NewClipNorm(1), optim.L2(1e-4))
//
// Groups give parts of the parameters their own optimizers. Average, Accumulate,
// Lookahead, SkipNonFinite and ProximalL1 go around an optimizer, and all of
// these nest.
//
// # Second order
//
// Where the loss is deterministic, second derivatives or what can be learnt of
// them make tens of steps of thousands. LBFGS needs gradients alone and is the
// one to begin with, whatever the number of parameters; BFGS keeps a matrix, and
// needs somewhat fewer steps for some hundred parameters; Newton takes the
// Hessian, and HessianFree its products with vectors. GaussNewton fits: it
// minimises a sum of squares. Minimize runs them to the end:
//
//	result, err := optim.Minimize(problem, x0, optim.NewLBFGS(10), nil)
//
// It takes gonum's optimize.Problem, which Joint makes of a function that finds
// value and gradient in one go, and any optimizer; Method lets gonum's own
// Minimize run one. In a loop of your own a Step is one iteration of these.
// Classify tells a minimum from a saddle.
//
// # When it does not work
//
// The loss explodes: the rate is too large; try a tenth. If it explodes now and
// then, the loss has cliffs: put NewClipNorm(1) in front, and look at its Norm.
// The loss is NaN: NewSkipNonFinite leaves out the steps that would make it so.
// The loss zigzags: the problem is ill-conditioned; Momentum, Adam or LBFGS. It
// settles too high: the gradient is noisy; let a schedule take the rate down,
// average, or take the noise away as below. It stands still far from any minimum:
// at a saddle; noise, momentum or SaddleFree lead away. It ends in different places
// from different starts: these are local minima; take the best of several runs.
//
// # Noise
//
// Where the loss is a mean of many terms, an estimator makes the gradient from
// some of them, for any optimizer: MiniBatch; GrowingBatch, which takes more as
// the gradient fades; SVRG, SAG and SAGA, which take the noise away and so
// converge at a fixed rate, with next to no memory if the sum is a LinearSum.
//
//	saga := optim.NewSAGA(optim.Sum{N: n, Grad: grad}, rng)
//	for range steps {
//		saga.Grad(grads, params)
//		opt.Step(params, grads)
//	}
//
// Coordinate moves one parameter at a time, exactly where L1 makes most of them
// zero.
//
// # Checkpoints
//
// SaveFile and LoadFile, Save and Load store parameters and optimizer, so that a
// run goes on to the same bits.
//
// # What you can rely on
//
// Every processor, every number of goroutines, assembly or not: a run gives the
// same bits. Steps after the first allocate nothing. What a step is given wrong,
// it refuses with a panic that says what, and nothing has changed; a NaN in the
// gradient it takes as it is. See Optimizer for the whole contract.
package optim

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// Optimizer improves parameters, given the gradient of what is to be minimised.
//
// Step moves params, in place, against grads, which it leaves alone. Both have
// the same length, and that length is the same in every step of one optimizer,
// for its state belongs to one vector of parameters: use several optimizers, or
// Groups, for several vectors. The slices may be others from step to step, but
// must not overlap. A step on no parameters does nothing.
//
// The fields of an optimizer may be assigned between steps. A step with a field
// out of its range, or with slices that do not fit, panics with a message that
// names the rule, the field and the numbers; parameters and state are as
// before. A NaN or an infinity in the gradient is no such error: it reaches the
// parameters, and with the rules that treat every coordinate by itself it stays
// in its coordinate.
//
// The first step of an optimizer allocates its state, later ones nothing. Long
// vectors are shared among up to GOMAXPROCS goroutines, which end with the
// step. The result is the same, bit for bit, whatever their number, with or
// without assembly, and on every processor.
//
// An optimizer is not safe for concurrent use; different ones are.
type Optimizer interface {
	Step(params, grads []float64)
}

// rule is what the step driver asks of an optimizer with a learning rate.
type rule interface {
	Optimizer
	// self is the optimizer itself, or nil if there is no learning rate in it. A
	// type that embeds a rule inherits the method, but is not what it returns:
	// see asRule.
	self() rule
	// elementwise is whether, after begin, every coordinate moves by itself: then
	// update will do, and otherwise only Step.
	elementwise() bool
	// whole is whether begin looks at all of grads, so that a transform in front
	// must be done with them before.
	whole() bool
	// steps is the driver that the rule embeds.
	steps() *driver
	// check panics if a field is out of its range and returns η. It changes
	// nothing.
	check() float64
	// begin checks, makes the state at the first step and folds the constants of
	// this one. It may reduce grads.
	begin(params, grads []float64)
	// update moves the coordinates from lo on. It is called for disjoint pieces
	// at the same time, and changes nothing else.
	update(lo int, params, grads []float64)
}

// expect panics if a step of opt would, as far as can be known before it. It
// changes nothing.
func expect(opt Optimizer, params, grads []float64) {
	if e, ok := opt.(interface{ expect(params, grads []float64) }); ok {
		e.expect(params, grads)
	} else if r := asRule(opt); r != nil {
		r.steps().fit(r, params, grads)
		r.check()
	}
}

// asRule is opt as a rule, or nil if it is none.
func asRule(opt Optimizer) rule {
	if r, ok := opt.(rule); ok {
		if self := r.self(); self != nil && Optimizer(self) == opt {
			return self
		}
	}
	return nil
}

// driver takes the steps of the rule that embeds it.
type driver struct {
	t      int     // steps taken: t−1 of the formulas while a step begins
	n      int     // number of parameters, from the first step on
	eta    float64 // η of the last step
	marked bool    // by Groups, which looks for what it has twice
	shared *shared // from the first step on that is shared
}

// shared is a step that several goroutines take.
type shared struct {
	crew
	rule          rule
	params, grads []float64
}

// piece implements task.
func (s *shared) piece(lo, hi int) { s.rule.update(lo, s.params[lo:hi], s.grads[lo:hi]) }

func (d *driver) steps() *driver { return d }

func (d *driver) elementwise() bool { return true }

func (d *driver) whole() bool { return false }

// step is the path of every step: check, begin, then update, on several
// goroutines if it pays.
func (d *driver) step(r rule, params, grads []float64) {
	d.fit(r, params, grads)
	if len(params) == 0 {
		return
	}
	d.begin(r, params, grads)
	if len(params) < parallelFrom {
		r.update(0, params, grads)
		return
	}
	if d.shared == nil {
		d.shared = new(shared)
	}
	s := d.shared
	s.rule, s.params, s.grads = r, params, grads
	s.run(s, len(params), pieceLen)
	s.rule, s.params, s.grads = nil, nil, nil
}

// begin begins and counts a step of r.
func (d *driver) begin(r rule, params, grads []float64) {
	r.begin(params, grads)
	d.count(len(params))
}

// count takes note of a step on n parameters.
func (d *driver) count(n int) {
	d.n = n
	d.t++
}

// fit panics if the slices do not fit together, or not to the steps before.
func (d *driver) fit(opt any, params, grads []float64) {
	if len(params) != len(grads) || len(params) != d.n && d.t > 0 {
		d.misfit(opt, params, grads)
	}
}

// misfit panics with the lengths that fit refuses.
//
//go:noinline
func (d *driver) misfit(opt any, params, grads []float64) {
	if len(params) != len(grads) {
		panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, len(grads) = %d, want the same", name(opt), len(params), len(grads)))
	}
	panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, want %d as in the steps before", name(opt), len(params), d.n))
}

// name is what messages call an optimizer or a transform.
func name(v any) string {
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", v), "*"), "optim.")
}

// scheduled is η of the step that begins: LearningRate · Schedule(t−1).
func (d *driver) scheduled(rule string, rate float64, s Schedule) float64 {
	if s == nil && 0 <= rate && rate <= math.MaxFloat64 {
		return rate
	}
	return d.product(rule, rate, s)
}

// product is scheduled where it takes longer; out of line for the same reason
// as outside.
//
//go:noinline
func (d *driver) product(rule string, rate float64, s Schedule) float64 {
	checkNonNegative(rule, "LearningRate", rate)
	factor := s(d.t)
	if !(0 <= factor && factor <= math.MaxFloat64) {
		outside(rule, fmt.Sprintf("Schedule(%d)", d.t), factor, "[0, +Inf)")
	}
	eta := rate * factor
	checkNonNegative(rule, "LearningRate·Schedule", eta)
	return eta
}

// checkNonNegative panics unless v is in [0, +Inf).
func checkNonNegative(rule, field string, v float64) {
	if !(0 <= v && v <= math.MaxFloat64) {
		outside(rule, field, v, "[0, +Inf)")
	}
}

// checkFraction panics unless v is in [0, 1).
func checkFraction(rule, field string, v float64) {
	if !(0 <= v && v < 1) {
		outside(rule, field, v, "[0, 1)")
	}
}

// checkUnit panics unless v is in [0, 1].
func checkUnit(rule, field string, v float64) {
	if !(0 <= v && v <= 1) {
		outside(rule, field, v, "[0, 1]")
	}
}

// checkAtLeast panics unless n is at least the given number.
func checkAtLeast(rule, field string, n, least int) {
	if n < least {
		panic(fmt.Sprintf("optim: %s.%s = %d, want at least %d", rule, field, n, least))
	}
}

// outside panics; out of line, so that the checks themselves are inlined.
//
//go:noinline
func outside(rule, field string, v float64, want string) {
	panic(fmt.Sprintf("optim: %s.%s = %v, want %s", rule, field, v, want))
}

// weight is the sum of the weights that a moving average with factor beta has
// given so far, after one step more: 1 − βᵗ for a constant β. The average
// divided by it has no bias, even if β changes on the way.
func weight(sum, beta float64) float64 { return float64(beta*sum) + (1 - beta) }

// epsilon is the distance from 1 to the next float64.
const epsilon = 0x1p-52

// Tests vary these two.
var (
	// parallelFrom is the number of parameters from which a step is shared
	// among goroutines: an idle processor takes some 50 µs to join.
	parallelFrom = 1 << 18
	// pieceLen is how many parameters a goroutine claims at a time.
	pieceLen = 1 << 14
)

// task is work on vectors, in pieces that do not depend on one another.
type task interface {
	// piece does the elements from lo to hi.
	piece(lo, hi int)
}

// crew is the goroutines that do a task together. Each claims piece after piece
// until none is left; one that comes late finds none and leaves.
type crew struct {
	task      task
	n, length int // of the vectors and of a piece
	pieces    int64
	unclaimed atomic.Int64   // pieces to go; negative when all are claimed
	open      sync.WaitGroup // pieces that are not finished
	helpers   atomic.Int64   // goroutines besides the caller's
	help      func()         // kept, so that starting a goroutine allocates nothing
	failure   atomic.Pointer[any]
}

// run does the task on vectors of length n, in pieces of the given length.
func (c *crew) run(t task, n, length int) {
	if c.help == nil {
		c.help = c.helper
	}
	c.task, c.n, c.length = t, n, length
	c.pieces = int64((n + length - 1) / length)
	c.open.Add(int(c.pieces))
	c.unclaimed.Store(c.pieces)
	// One goroutine more than can run beside this one: the last to start waits in
	// a place where idle processors look last.
	if procs := int64(runtime.GOMAXPROCS(0)); procs > 1 {
		for range min(procs, c.pieces) - c.helpers.Load() {
			c.helpers.Add(1)
			go c.help()
		}
	}
	defer c.finish()
	c.work()
}

// finish waits for the others. If a user's function has ended the goroutine, it
// first drops the pieces that nobody has claimed.
func (c *crew) finish() {
	for c.unclaimed.Add(-1) >= 0 {
		c.open.Done()
	}
	c.open.Wait()
	if failure := c.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

// helper works until there is nothing left to do.
func (c *crew) helper() {
	for {
		c.shift()
		if c.unclaimed.Load() <= 0 {
			return
		}
		c.helpers.Add(1) // the next step began before this goroutine was off the list
	}
}

// shift is the work of a helper, which is off the list after it however it ends.
func (c *crew) shift() {
	defer c.helpers.Add(-1)
	c.work()
}

// work takes pieces until all are claimed.
func (c *crew) work() {
	for {
		left := c.unclaimed.Add(-1)
		if left < 0 {
			return
		}
		c.piece(int(c.pieces-1-left) * c.length)
	}
}

// piece does the piece from lo on. A panic in a user's function is kept for the
// goroutine that called Step.
func (c *crew) piece(lo int) {
	defer c.open.Done()
	defer func() {
		if v := recover(); v != nil {
			failure := v // on the heap in this case alone
			c.failure.Store(&failure)
		}
	}()
	c.task.piece(lo, min(lo+c.length, c.n))
}

// fill sets every element of x to a.
func fill(x []float64, a float64) {
	for i := range x {
		x[i] = a
	}
}
