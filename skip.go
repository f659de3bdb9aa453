package optim

import (
	"fmt"
)

// SkipNonFinite skips a step whose gradient has a NaN or an infinity: the parameters and the state
// of the wrapped optimizer stay as they are. After Limit skipped steps in a row Err returns an
// error. The method Steps counts the skipped steps too.
type SkipNonFinite struct {
	Limit int // skipped steps in a row after which Err returns an error, at least 1

	wrapper
	skipped, row int
}

// NewSkipNonFinite returns an optimizer that checks the gradient and steps with opt. It panics if
// opt is nil.
func NewSkipNonFinite(opt Optimizer, limit int) *SkipNonFinite {
	o := made(&SkipNonFinite{wrapper: wrap("NewSkipNonFinite", opt)})
	o.Limit = limit
	return o
}

// Step implements Optimizer.
func (o *SkipNonFinite) Step(params, grads []float64) { o.take(pair(params, grads)) }

func (o *SkipNonFinite) take(v vectors) {
	o.expect(v.lengths())
	n := v.len()
	if o.idle(n) {
		return
	}
	if isFinite(o.reducer.absMax(v)) {
		take(o.opt, v)
		o.row = 0
	} else {
		o.skipped++
		o.row++
	}
	o.count(n)
}

// Skipped returns the number of steps skipped so far.
func (o *SkipNonFinite) Skipped() int { return o.skipped }

// Err returns an error if at least the last Limit gradients were not finite. Otherwise it returns
// what the method Err of the wrapped optimizer returns, or nil if there is no such method.
func (o *SkipNonFinite) Err() error {
	if o.row < o.Limit {
		return o.wrapper.Err()
	}
	return fmt.Errorf("optim: SkipNonFinite: the last %d gradients were not finite", o.row)
}

func (o *SkipNonFinite) expect(n, grads int) {
	o.fit(o, n, grads)
	checkAtLeast("SkipNonFinite", "Limit", o.Limit, 1)
	o.wrapper.expect(n, grads)
}

func (o *SkipNonFinite) visit(a *walk) {
	o.visitWrapper(a, "SkipNonFinite", &o.Limit)
	a.State(&o.skipped, &o.row)
}
