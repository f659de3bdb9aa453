package optim

import (
	"fmt"
	"math"
	"reflect"
	"sync/atomic"

	"example.com/optim/internal/parallel"
)

// optimizer is what all optimizers of this package have, except Groups.
type optimizer interface {
	Optimizer
	// base returns the driver that the optimizer embeds.
	base() *driver
	// rate returns η of the coming step. It panics if a field is out of its range,
	// and changes nothing.
	rate() float64
	// expect panics if a step would, as far as that can be known before it. It
	// changes nothing.
	expect(params, grads []float64)
	// visit walks over the fields, in an order that never changes.
	visit(a *walk)
}

// rule is an optimizer whose step the driver can divide among goroutines, and
// which a Chain or an Average can join in one pass.
type rule interface {
	optimizer
	// elementwise returns whether every coordinate moves by itself after begin. If
	// not, only Step may be called.
	elementwise() bool
	// whole returns whether begin reads all of grads. Then a transform in front must
	// have rewritten all of them before.
	whole() bool
	// begin makes the state in the first step and folds the constants of this step.
	// The driver has η then.
	begin(params, grads []float64)
	// update moves the coordinates from lo on. It is called for disjoint pieces at
	// the same time, and changes nothing else.
	update(lo int, params, grads []float64)
}

// driver takes the steps of the optimizer that embeds it.
type driver struct {
	self     optimizer // the optimizer that embeds the driver; nil if no constructor made it
	defaults any       // a copy of self with its defaults
	id       uint64    // unique in this process, but a wrapper has that of the wrapped optimizer
	t        int       // steps taken: t−1 of the formulas while a step begins
	n        int       // number of parameters; before the first step −1, or 0 if no constructor made self
	eta      float64   // η of the last step
	shared   *shared   // from the first step on that is shared
}

// made completes a constructor: o has its defaults. The constructor assigns other
// arguments than the learning rate after that.
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

// identity returns the id of opt, or 0 if opt has no driver.
func identity(opt Optimizer) uint64 {
	if o, ok := opt.(optimizer); ok {
		return o.base().id
	}
	return 0
}

// ours returns opt if its type is of this package, and otherwise nil. A type of the
// user's that embeds one of ours has its methods, but its own Step.
func ours(opt Optimizer) optimizer {
	if o, ok := opt.(optimizer); ok && any(o.base().self) == any(opt) {
		return o
	}
	return nil
}

// asRule returns opt as a rule, or nil if it is none.
func asRule(opt Optimizer) rule {
	r, _ := ours(opt).(rule)
	return r
}

func (d *driver) base() *driver { return d }

func (d *driver) elementwise() bool { return true }

func (d *driver) whole() bool { return false }

// Steps returns the number of steps taken.
func (d *driver) Steps() int { return d.t }

// Rate returns the learning rate η of the last step, and 0 before the first.
func (d *driver) Rate() float64 { return d.eta }

// String describes the optimizer in one line: its name, the fields that differ
// from the defaults, and the number of steps.
func (d *driver) String() string { return describe(d.self, d.defaults, steps(d.t)) }

func (d *driver) expect(params, grads []float64) {
	d.fit(d.self, params, grads)
	d.self.rate()
}

// step is the path of every step: lengths, ranges and η, begin, then update, on
// several goroutines if the vectors are long.
func (d *driver) step(r rule, params, grads []float64) {
	d.fit(r, params, grads)
	if len(params) == 0 {
		return
	}
	d.eta = r.rate()
	r.begin(params, grads)
	d.count(len(params))
	if len(params) < parallel.MinLen {
		r.update(0, params, grads)
		return
	}
	if d.shared == nil {
		d.shared = newShared()
	}
	d.shared.update(r, params, grads)
}

// count counts a step on n parameters.
func (d *driver) count(n int) {
	d.n = n
	d.t++
}

// fit panics if no constructor made the optimizer, if the slices have different
// lengths, or another length than in the steps before.
func (d *driver) fit(opt Optimizer, params, grads []float64) {
	if len(params) != len(grads) || len(params) != d.n && d.n >= 0 {
		d.misfit(opt, params, grads)
	}
}

// misfit panics with what fit refuses.
//
//go:noinline
func (d *driver) misfit(opt Optimizer, params, grads []float64) {
	switch {
	case d.self == nil:
		panic(fmt.Sprintf("optim: %s: use %s", name(opt), constructor(opt)))
	case len(params) != len(grads):
		panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, len(grads) = %d, want the same", name(opt), len(params), len(grads)))
	}
	panic(fmt.Sprintf("optim: %s.Step: len(params) = %d, want %d as in the steps before", name(opt), len(params), d.n))
}

// scheduled returns η of the coming step: LearningRate · Schedule(t−1).
func (d *driver) scheduled(rule string, rate float64, s Schedule) float64 {
	if s == nil && 0 <= rate && rate <= math.MaxFloat64 {
		return rate
	}
	return d.product(rule, rate, s)
}

// product is the slow part of scheduled, out of line so that scheduled is inlined.
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

// visitDriver walks over the part of the state that every optimizer has.
func (d *driver) visitDriver(a *walk) {
	n := max(d.n, 0)
	a.Used(&d.t, &n)
	if a.Assigning() && d.self != nil {
		d.n = n
		if n == 0 {
			d.n = -1
		}
	}
	a.State(&d.eta)
}

// shared is a step that several goroutines take.
type shared struct {
	pool          parallel.Pool
	rule          rule
	params, grads []float64
	chunk         func(lo, hi int) // made once: a new closure would allocate
}

func newShared() *shared {
	s := new(shared)
	s.chunk = func(lo, hi int) { s.rule.update(lo, s.params[lo:hi], s.grads[lo:hi]) }
	return s
}

// update updates all parameters.
func (s *shared) update(r rule, params, grads []float64) {
	s.rule, s.params, s.grads = r, params, grads
	s.pool.For(len(params), s.chunk)
	s.rule, s.params, s.grads = nil, nil, nil
}

// weight returns the sum of the weights that a moving average with factor beta has
// given after one step more: 1 − βᵗ for a constant β. The average divided by the
// sum has no bias, also if β changes between steps.
func weight(sum, beta float64) float64 { return float64(beta*sum) + (1 - beta) }
