package optim

import (
	"fmt"
	"math"
	"reflect"
	"sync/atomic"

	"example.com/optim/internal/parallel"
)

// optimizer is an optimizer of this package other than Groups.
type optimizer interface {
	Optimizer
	// base returns the embedded driver.
	base() *driver
	// rate returns η of the coming step. It panics if a field is out of its range, and changes
	// nothing.
	rate() float64
	// expect panics if a step on n parameters and grads gradients would panic, as far as that is
	// known before the step. It changes nothing.
	expect(n, grads int)
	// visit walks over the fields, always in the same order.
	visit(a *walk)
}

// rule is an optimizer whose step the driver can divide among goroutines. A Chain or an Average
// steps with a rule in one pass.
type rule interface {
	optimizer
	// elementwise returns whether every coordinate moves by itself after begin. If not, only Step
	// may be called.
	elementwise() bool
	// whole returns whether begin reads all of grads. If so, all transforms in front must have
	// rewritten grads before.
	whole() bool
	// begin allocates the state in the first step, and computes the constants of this step from
	// driver.eta, which is η of this step.
	begin(v vectors)
	// update moves the coordinates from lo on. It is called for disjoint pieces at the same time,
	// and writes to nothing but their parameters and their state.
	update(lo int, params, grads []float64)
	// hold is called instead of update for the coordinates of a frozen tensor.
	hold(lo int, params []float64)
}

// rule32 is a rule with a kernel for parameters and gradients of float32. The kernel has the same
// bits as update after a conversion to float64. hold does nothing.
type rule32 interface {
	rule
	update32(lo int, params, grads []float32)
}

// driver takes the steps of the optimizer that embeds it.
type driver struct {
	self     optimizer       // the optimizer that embeds the driver; nil in a literal
	id       uint64          // unique in this process; a wrapper has that of the optimizer inside
	defaults any             // a copy of self with its defaults
	t        int             // steps taken: t−1 in step t of the formulas, until count adds 1
	n        int             // number of parameters; before the first step −1, or 0 in a literal
	eta      float64         // η of the last step
	shared   *shared         // nil until a step has several goroutines
	reducer  gradientReducer // has a Shard if the parameters are a piece of a vector: see Sharded
}

// made completes a constructor. o has its defaults. A constructor assigns its arguments other than
// the learning rate afterwards, so that String shows them.
func made[O optimizer](o O) O {
	d := o.base()
	d.self, d.n = o, -1
	if d.id == 0 {
		d.id = ids.Add(1)
	}
	defaults := reflect.New(reflect.TypeOf(o).Elem())
	defaults.Elem().Set(reflect.ValueOf(o).Elem())
	d.defaults = defaults.Interface()
	return o
}

// ids is the id of the optimizer made last.
var ids atomic.Uint64

// ours returns opt if its type is of this package, and otherwise nil. It returns nil for a type of
// the user's that embeds one of this package, since that type may have another Step.
func ours(opt Optimizer) optimizer {
	if o, ok := opt.(optimizer); ok && any(o.base().self) == any(opt) {
		return o
	}
	return nil
}

// asRule returns opt as a rule, or nil if it is none.
func asRule(opt Optimizer) rule {
	if gs, ok := opt.(Groups); ok {
		return &groupRule{Groups: gs}
	}
	r, _ := ours(opt).(rule)
	return r
}

func (d *driver) base() *driver { return d }

func (d *driver) elementwise() bool { return true }

func (d *driver) whole() bool { return false }

func (d *driver) hold(int, []float64) {}

// Steps returns the number of steps taken.
func (d *driver) Steps() int { return d.t }

// Rate returns the learning rate η of the last step, schedule included, and 0 before the first.
func (d *driver) Rate() float64 { return d.eta }

// String describes the optimizer in one line: its name, the learning rate, the fields that differ
// from their defaults, and the number of steps.
func (d *driver) String() string { return describe(d.self, d.defaults, steps(d.t)) }

func (d *driver) expect(n, grads int) {
	d.fit(d.self, n, grads)
	d.self.rate()
}

// step takes a step of r: it checks lengths and ranges, computes η, begins, and updates all
// parameters, on several goroutines if there are many.
func (d *driver) step(r rule, params, grads []float64) {
	d.fit(r, len(params), len(grads))
	if d.idle(len(params)) {
		return
	}
	d.eta = r.rate()
	r.begin(pair(params, grads))
	d.count(len(params))
	if len(params) < parallel.MinLen {
		r.update(0, params, grads)
		return
	}
	d.spread(r, pair(params, grads))
}

// pass is step for two slices or for tensors.
func (d *driver) pass(r rule, v vectors) {
	if v.part == nil {
		d.step(r, v.params, v.grads)
		return
	}
	n := v.len()
	d.fit(r, n, n)
	if d.idle(n) {
		return
	}
	d.eta = r.rate()
	r.begin(v)
	d.count(n)
	if n < parallel.MinLen {
		v.update(r, 0, n)
		return
	}
	d.spread(r, v)
}

// spread updates all parameters on several goroutines.
func (d *driver) spread(r rule, v vectors) {
	if d.shared == nil {
		d.shared = newShared()
	}
	d.shared.update(r, v)
}

// idle returns whether a step does nothing: there are no parameters, also not in other processes.
func (d *driver) idle(n int) bool { return n == 0 && d.reducer.Shard == nil }

// count counts a step on n parameters.
func (d *driver) count(n int) {
	d.n = n
	d.t++
}

// fit panics if opt is a literal, if the numbers of parameters and of gradients differ, or if they
// are not those of the steps before.
func (d *driver) fit(opt any, n, grads int) {
	if n != grads || n != d.n && d.n >= 0 {
		d.misfit(opt, n, grads)
	}
}

// misfit panics with the message of fit. It is not inlined, so that fit is.
//
//go:noinline
func (d *driver) misfit(opt any, n, grads int) {
	switch {
	case d.self == nil:
		panic(fmt.Sprintf("optim: %s: use %s", name(opt), constructor(opt)))
	case n != grads:
		panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, len(grads) = %d, want the same", name(opt), n, grads))
	}
	panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, want %d as in the steps before", name(opt), n, d.n))
}

// checkIterate panics unless dst and params have the length of the steps so far, and before the
// first step the same length.
func (d *driver) checkIterate(rule string, dst, params []float64) {
	want := len(params)
	if d.t > 0 {
		want = d.n
	}
	if len(dst) != want || len(params) != want {
		panic(fmt.Sprintf("optim: %s.Iterate: len(dst) = %d, len(params) = %d, want %d", rule, len(dst), len(params), want))
	}
}

// scheduled returns η of the coming step, LearningRate · Schedule(t−1).
func (d *driver) scheduled(rule string, rate float64, s Schedule) float64 {
	if s == nil && 0 <= rate && rate <= math.MaxFloat64 {
		return rate
	}
	return d.product(rule, rate, s)
}

// product is the slow path of scheduled. It is not inlined, so that scheduled is.
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

// visitRule walks over what the state of most optimizers begins with: name, version, settings and
// driver. It returns the version, as Walk.Type does.
func (d *driver) visitRule(a *walk, name string, version int, settings ...any) int {
	version = a.Type(name, version)
	a.Settings(settings...)
	d.visitDriver(a)
	return version
}

// visitDriver walks over the state that every optimizer has.
func (d *driver) visitDriver(a *walk) {
	n := max(d.n, 0)
	a.Used(&d.t, &n)
	if a.Assigning() && d.self != nil {
		d.n = n
		if d.t == 0 {
			d.n = -1
		}
	}
	a.State(&d.eta)
}

// shared is a step that several goroutines take.
type shared struct {
	pool    parallel.Pool
	rule    rule
	vectors vectors
	chunk   func(lo, hi int) // made once, since a new closure would allocate
}

func newShared() *shared {
	s := new(shared)
	s.chunk = func(lo, hi int) { s.vectors.update(s.rule, lo, hi) }
	return s
}

// update updates all parameters.
func (s *shared) update(r rule, v vectors) {
	s.rule, s.vectors = r, v
	s.pool.For(v.len(), s.chunk)
	s.rule, s.vectors = nil, vectors{}
}

// weight returns the sum of the weights in a moving average with factor beta after one more step:
// 1 − βᵗ if β is constant. The average divided by this sum is unbiased, also if β changes.
func weight(sum, beta float64) float64 { return float64(beta*sum) + (1 - beta) }
