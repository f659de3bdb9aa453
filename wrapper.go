package optim

import "math"

// wrapper is the part that all optimizers around another one share. A wrapper with a method update
// is a rule, and steps in one pass with an elementwise rule. A wrapper with fields of its own
// checks them in its method expect.
type wrapper struct {
	driver
	opt  Optimizer
	own  optimizer // opt if its type is of this package, or nil
	rule rule      // opt if it is a rule, or nil
}

// wrap returns the shared part of a wrapper around opt. It panics if opt is nil.
func wrap(constructor string, opt Optimizer) wrapper {
	checkGiven(constructor, "optimizer", opt)
	return wrapper{driver: driver{id: identity(opt)}, opt: opt, own: ours(opt), rule: asRule(opt)}
}

func (w *wrapper) wrapped() Optimizer { return w.opt }

func (w *wrapper) around() *wrapper { return w }

func (w *wrapper) elementwise() bool { return w.rule != nil && w.rule.elementwise() }

func (w *wrapper) whole() bool { return w.rule != nil && w.rule.whole() }

func (w *wrapper) searches() bool { return searches(w.opt) }

func (w *wrapper) limits(n int) box { return limitsOf(w.opt, n) }

// Rate returns η of the last step of the wrapped optimizer, or NaN if there is no method Rate.
func (w *wrapper) Rate() float64 {
	if o, ok := w.opt.(interface{ Rate() float64 }); ok {
		return o.Rate()
	}
	return math.NaN()
}

// Err returns what the method Err of the wrapped optimizer returns, or nil if there is no such
// method.
func (w *wrapper) Err() error { return failure(w.opt) }

// String describes the optimizer and the wrapped one in one line.
func (w *wrapper) String() string { return describe(w.self, w.defaults, title(w.opt), steps(w.t)) }

func (w *wrapper) expect(n, grads int) {
	if w.own != nil {
		w.own.expect(n, grads)
	} else {
		expect(w.opt, n, grads)
	}
}

// rate returns η of the coming step of the wrapped optimizer, or NaN if η is not known.
func (w *wrapper) rate() float64 {
	if w.own != nil {
		return w.own.rate()
	}
	return nextRate(w.opt)
}

// begin begins a step of the wrapped rule with η of the wrapper.
func (w *wrapper) begin(v vectors) { begin(w.rule, w.eta, v) }

func (w *wrapper) hold(lo int, params []float64) { w.rule.hold(lo, params) }

// begin begins a step of r with the given η, and counts it.
func begin(r rule, eta float64, v vectors) {
	d := r.base()
	d.eta = eta
	r.begin(v)
	d.count(v.len())
}

// updateInPieces updates the parameters with the wrapped rule, piece by piece. It calls after for
// each piece, while the piece is in the second-level cache. The piece begins at coordinate lo.
func (w *wrapper) updateInPieces(lo int, params, grads []float64, after func(lo int, x []float64)) {
	for len(params) > 0 {
		n := min(8*blockLen, len(params))
		w.rule.update(lo, params[:n], grads[:n])
		after(lo, params[:n])
		lo, params, grads = lo+n, params[n:], grads[n:]
	}
}

// visitWrapper walks over the type, the settings, and the part of the state that every wrapper has.
func (w *wrapper) visitWrapper(a *walk, name string, settings ...any) {
	w.visitRule(a, name, 1, settings...)
	a.Inner(a.Want(), func(a *walk) { visitAny(a, w.opt) })
}

// expect panics if a step of opt would panic, as far as that is known before the step. It changes
// nothing.
func expect(opt Optimizer, n, grads int) {
	o, ok := opt.(optimizer)
	switch gs, groups := opt.(Groups); {
	case groups:
		gs.expect(n, grads)
	case ok && o.base().self == nil: // a literal
		o.base().fit(opt, n, grads)
	case ours(opt) != nil:
		o.expect(n, grads)
	default:
		nextRate(opt)
	}
}

// nextRate returns what the method NextRate of a user's type returns: η of the coming step. It
// returns NaN if there is no such method, and panics if η is out of its range.
func nextRate(opt Optimizer) float64 {
	if o, ok := opt.(interface{ NextRate() float64 }); ok {
		return checkedRate(opt, "NextRate()", o.NextRate())
	}
	return math.NaN()
}

// checkedRate returns eta, the result of a method of a user's type. It panics unless eta is in [0,
// +Inf).
func checkedRate(opt Optimizer, method string, eta float64) float64 {
	if !(0 <= eta && isFinite(eta)) {
		outside(name(opt), method, eta, "[0, +Inf)")
	}
	return eta
}

// rated returns whether η of the coming step of opt is known. For a SkipNonFinite η is not known,
// because the step may be skipped.
func rated(opt Optimizer) bool {
	switch o := ours(opt).(type) {
	case nil:
		_, ok := opt.(interface{ NextRate() float64 })
		return ok
	case *SkipNonFinite:
		return false
	case interface{ wrapped() Optimizer }:
		return rated(o.wrapped())
	}
	return true
}

// failure returns what the method Err of opt returns, or nil if there is no such method.
func failure(opt Optimizer) error {
	if o, ok := opt.(interface{ Err() error }); ok {
		return o.Err()
	}
	return nil
}
