package optim

import "example.com/optim/internal/kernel"

// Lookahead keeps slow parameters s. It takes K steps of another optimizer. Then it moves s towards
// the parameters x that these steps have reached, and continues from s.
//
//	every K steps:  s ← s + α(x − s);  x ← s
//
// α is Alpha. Before the first step s = x. With α = 1 the steps have the same bits as those of
// the optimizer alone.
//
// State: one vector. Reference: M. R. Zhang and others, Lookahead optimizer: k steps forward, 1
// step back, 2019, arXiv:1907.08610.
type Lookahead struct {
	K     int     // steps between two updates of s, at least 1; 5 is common
	Alpha float64 // α in [0, 1]; 0.5 is common

	wrapper
	slow  []float64
	ahead int // steps since the last update of s
}

// NewLookahead returns opt with look-ahead, with K = k and α = alpha. It panics if opt is nil.
func NewLookahead(opt Optimizer, k int, alpha float64) *Lookahead {
	o := made(&Lookahead{wrapper: wrap("NewLookahead", opt)})
	o.K, o.Alpha = k, alpha
	return o
}

// Step implements Optimizer.
func (o *Lookahead) Step(params, grads []float64) { o.take(pair(params, grads)) }

func (o *Lookahead) take(v vectors) {
	o.expect(v.lengths())
	n := v.len()
	if o.idle(n) {
		return
	}
	slow := o.slow
	if slow == nil {
		slow = v.cloneParams()
	}
	take(o.opt, v)
	o.slow = slow
	o.ahead++
	if o.ahead >= o.K {
		o.ahead = 0
		v.change(0, n, o.pull)
	}
	o.count(n)
}

// pull updates s and x, which begins at coordinate lo.
func (o *Lookahead) pull(lo int, x []float64) {
	slow := o.slow[lo : lo+len(x)]
	if o.Alpha < 1 {
		kernel.Approach(slow, x, o.Alpha)
		copy(x, slow)
	} else {
		copy(slow, x)
	}
}

func (o *Lookahead) expect(n, grads int) {
	o.fit(o, n, grads)
	checkAtLeast("Lookahead", "K", o.K, 1)
	checkUnit("Lookahead", "Alpha", o.Alpha)
	o.wrapper.expect(n, grads)
}

func (o *Lookahead) visit(a *walk) {
	o.visitWrapper(a, "Lookahead", &o.K, &o.Alpha)
	a.Vectors(&o.slow)
	a.State(&o.ahead)
}
