package optim

import (
	"math"
)

// wrapper is the part that all optimizers around another one share. A wrapper whose
// own part is elementwise joins an elementwise rule in one pass.
type wrapper struct {
	driver
	opt  Optimizer
	own  interface{ expect(params, grads []float64) } // opt if it is of this package, or nil
	rule rule                                         // opt if it is a rule, or nil
}

// wrap returns the shared part of a wrapper around opt. It panics if opt is nil.
func wrap(constructor string, opt Optimizer) wrapper {
	checkGiven(constructor, "optimizer", opt)
	w := wrapper{opt: opt, rule: asRule(opt)}
	if gs, ok := opt.(Groups); ok {
		w.own = gs
	} else if o := ours(opt); o != nil {
		w.own = o
	}
	return w
}

func (w *wrapper) wrapped() Optimizer { return w.opt }

func (w *wrapper) elementwise() bool { return w.rule != nil && w.rule.elementwise() }

func (w *wrapper) whole() bool { return w.rule != nil && w.rule.whole() }

func (w *wrapper) searches() bool { return searches(w.opt) }

// Rate returns η of the last step of the wrapped optimizer, or NaN if that has no
// method Rate.
func (w *wrapper) Rate() float64 { return lastRate(w.opt) }

// Err returns what the method Err of the wrapped optimizer returns, or nil if it
// has none.
func (w *wrapper) Err() error {
	if o, ok := w.opt.(interface{ Err() error }); ok {
		return o.Err()
	}
	return nil
}

// String describes the optimizer in one line, and in it the wrapped one.
func (w *wrapper) String() string { return describe(w.self, w.defaults, title(w.opt), steps(w.t)) }

func (w *wrapper) expect(params, grads []float64) {
	w.driver.expect(params, grads)
	w.expectInner(params, grads)
}

// expectInner is expect for the wrapped optimizer, if it is of this package.
func (w *wrapper) expectInner(params, grads []float64) {
	if w.own != nil {
		w.own.expect(params, grads)
	}
}

// innerRate returns η of the coming step of the wrapped optimizer, or NaN if it
// does not tell.
func (w *wrapper) innerRate() float64 {
	if w.rule != nil {
		return w.rule.rate()
	}
	return nextRate(w.opt)
}

// beginInner begins a step of the wrapped rule.
func (w *wrapper) beginInner(params, grads []float64) {
	d := w.rule.base()
	d.eta = w.rule.rate()
	w.rule.begin(params, grads)
	d.count(len(params))
}

// visitWrapped walks over the part of the state that every wrapper has.
func (w *wrapper) visitWrapped(a *walk) {
	w.visitDriver(a)
	a.Inner(a.Want(), func(a *walk) { visitAny(a, w.opt) })
}

// nextRate returns η of the coming step of opt, or NaN if opt does not tell.
func nextRate(opt Optimizer) float64 {
	if o := ours(opt); o != nil {
		return o.rate()
	}
	if o, ok := opt.(interface{ NextRate() float64 }); ok {
		eta := o.NextRate()
		checkNonNegative(name(opt), "NextRate()", eta)
		return eta
	}
	return math.NaN()
}

// lastRate returns η of the last step of opt, or NaN if opt does not tell.
func lastRate(opt Optimizer) float64 {
	if o, ok := opt.(interface{ Rate() float64 }); ok {
		return o.Rate()
	}
	return math.NaN()
}
