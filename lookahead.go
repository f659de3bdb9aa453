package optim

import "example.com/optim/internal/kernel"

// Lookahead takes K steps of another optimizer, and then moves slow parameters s a
// part of the way to where these steps have led.
//
//	every K steps:  s ← s + α(x − s);  x ← s
//
// with α = Alpha; s begins as the parameters before the first step. With α = 1 the
// steps have the bits of those of the optimizer alone.
//
// It keeps one vector. M. R. Zhang and others, Lookahead optimizer: k steps
// forward, 1 step back, 2019, arXiv:1907.08610.
type Lookahead struct {
	K     int     // steps between two updates of s, at least 1; 5 is common
	Alpha float64 // α, in [0, 1]; 0.5 is common

	wrapper
	slow  []float64
	ahead int // steps since the last update of s
}

// NewLookahead returns opt with look-ahead. It panics if opt is nil.
func NewLookahead(opt Optimizer, k int, alpha float64) *Lookahead {
	o := made(&Lookahead{wrapper: wrap("NewLookahead", opt)})
	o.K, o.Alpha = k, alpha
	return o
}

// Step implements Optimizer.
func (o *Lookahead) Step(params, grads []float64) {
	o.expect(params, grads)
	if len(params) == 0 {
		return
	}
	slow := o.slow
	if slow == nil {
		slow = append([]float64(nil), params...)
	}
	o.opt.Step(params, grads)
	o.slow = slow
	o.ahead++
	if o.ahead >= o.K {
		o.ahead = 0
		o.synchronize(params)
	}
	o.count(len(params))
}

// synchronize updates s and assigns it to x.
func (o *Lookahead) synchronize(x []float64) {
	if o.Alpha == 1 {
		copy(o.slow, x)
		return
	}
	kernel.Approach(o.slow, x, o.Alpha)
	copy(x, o.slow)
}

func (o *Lookahead) elementwise() bool { return false }

func (o *Lookahead) rate() float64 {
	checkAtLeast("Lookahead", "K", o.K, 1)
	checkUnit("Lookahead", "Alpha", o.Alpha)
	return o.innerRate()
}

func (o *Lookahead) visit(a *walk) {
	a.Type("Lookahead", 1)
	a.Settings(&o.K, &o.Alpha)
	o.visitWrapped(a)
	a.Vectors(&o.slow)
	a.State(&o.ahead)
}
