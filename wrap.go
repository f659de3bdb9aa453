package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/kernel"
)

// Accumulate collects the gradients of K steps, and then takes one step of
// another optimizer with their mean: a batch as large as K batches that fit.
//
// It keeps one vector, unless K is 1.
type Accumulate struct {
	K int // gradients to a step, at least 1

	opt Optimizer
	driver
	sum  []float64
	have int // gradients in sum
}

// NewAccumulate returns opt behind the mean of k gradients.
func NewAccumulate(opt Optimizer, k int) *Accumulate { return &Accumulate{K: k, opt: opt} }

// Step implements Optimizer. It moves params in every K-th call.
func (o *Accumulate) Step(params, grads []float64) {
	o.expect(params, grads)
	if len(params) == 0 {
		return
	}
	if o.K == 1 && o.have == 0 {
		o.opt.Step(params, grads)
	} else {
		if o.sum == nil {
			o.sum = make([]float64, len(params))
		}
		if o.have == 0 {
			copy(o.sum, grads)
		} else {
			kernel.AddScaled(o.sum, grads, 1)
		}
		if o.have++; o.have >= o.K {
			o.Flush(params)
		}
	}
	o.count(len(params))
}

// Flush takes a step with the mean of the gradients that have been collected
// since the last one, if there are any: at the end of an epoch, say.
func (o *Accumulate) Flush(params []float64) {
	if o.have == 0 {
		return
	}
	o.expect(params, o.sum)
	kernel.Scale(o.sum, 1/float64(o.have))
	o.have = 0
	o.opt.Step(params, o.sum)
}

func (o *Accumulate) expect(params, grads []float64) {
	o.fit(o, params, grads)
	checkAtLeast("Accumulate", "K", o.K, 1)
	expect(o.opt, params, grads)
}

func (o *Accumulate) searches() bool { return searches(o.opt) }

func (o *Accumulate) visit(a *archive) {
	a.begin("Accumulate")
	a.limits(&o.K)
	a.driver(&o.driver)
	a.optional(&o.sum)
	a.counts(&o.have)
	a.optimizer(o.opt)
}

// Lookahead lets another optimizer run ahead for K steps, and then goes a part
// of the way itself.
//
//	every K steps:  s ← s + α(x − s);  x ← s
//
// with s the slow parameters, at first the given ones. With α = 1 the steps are
// those of the optimizer alone, to the bit.
//
// It keeps one vector. M. R. Zhang and others, Lookahead optimizer: k steps
// forward, 1 step back, 2019, arXiv:1907.08610.
type Lookahead struct {
	K     int     // steps ahead, at least 1; 5 is common
	Alpha float64 // α, in [0, 1]; 0.5 is common

	opt Optimizer
	driver
	slow  []float64
	ahead int // steps since the last step of s
}

// NewLookahead returns opt with look-ahead.
func NewLookahead(opt Optimizer, k int, alpha float64) *Lookahead {
	return &Lookahead{K: k, Alpha: alpha, opt: opt}
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
	if o.ahead++; o.ahead >= o.K {
		if o.ahead = 0; o.Alpha < 1 {
			kernel.Approach(o.slow, params, o.Alpha)
			copy(params, o.slow)
		} else {
			copy(o.slow, params)
		}
	}
	o.count(len(params))
}

func (o *Lookahead) expect(params, grads []float64) {
	o.fit(o, params, grads)
	checkAtLeast("Lookahead", "K", o.K, 1)
	checkUnit("Lookahead", "Alpha", o.Alpha)
	expect(o.opt, params, grads)
}

func (o *Lookahead) searches() bool { return searches(o.opt) }

func (o *Lookahead) visit(a *archive) {
	a.begin("Lookahead")
	a.limits(&o.K)
	a.settings(&o.Alpha)
	a.driver(&o.driver)
	a.vectors(&o.slow)
	a.counts(&o.ahead)
	a.optimizer(o.opt)
}

// SkipNonFinite leaves out the steps whose gradient has a NaN or an infinity:
// neither parameters nor the optimizer's state see it. After Limit of them in a
// row Err says so, for then they are no accident.
type SkipNonFinite struct {
	Limit int // at least 1

	opt Optimizer
	driver
	skipped, row int
	vectors      vectors
}

// NewSkipNonFinite returns opt behind a check of the gradient.
func NewSkipNonFinite(opt Optimizer, limit int) *SkipNonFinite {
	return &SkipNonFinite{Limit: limit, opt: opt}
}

// Step implements Optimizer.
func (o *SkipNonFinite) Step(params, grads []float64) {
	o.expect(params, grads)
	if len(params) == 0 {
		return
	}
	if !(o.vectors.absMax(grads) <= math.MaxFloat64) {
		o.skipped++
		o.row++
	} else {
		o.opt.Step(params, grads)
		o.row = 0
	}
	o.count(len(params))
}

func (o *SkipNonFinite) expect(params, grads []float64) {
	o.fit(o, params, grads)
	checkAtLeast("SkipNonFinite", "Limit", o.Limit, 1)
	expect(o.opt, params, grads)
}

// Skipped is the number of steps left out so far.
func (o *SkipNonFinite) Skipped() int { return o.skipped }

// Err is not nil while the last Limit gradients, or more, were not finite.
func (o *SkipNonFinite) Err() error {
	if o.row < o.Limit {
		return nil
	}
	return fmt.Errorf("optim: SkipNonFinite: the last %d gradients were not finite", o.row)
}

func (o *SkipNonFinite) searches() bool { return searches(o.opt) }

func (o *SkipNonFinite) visit(a *archive) {
	a.begin("SkipNonFinite")
	a.limits(&o.Limit)
	a.driver(&o.driver)
	a.counts(&o.skipped, &o.row)
	a.optimizer(o.opt)
}

// ProximalL1 steps with another rule and then moves every parameter towards zero
// by ηλ, and no further: with gradient descent it is ISTA, which minimises the
// loss plus λ‖x‖₁, and in which parameters become exactly zero.
//
//	x ← sign(x)·max(|x| − ηλ, 0)
//
// η is the rule's learning rate, as in Decay; a rule that divides the gradient
// does not divide λ. Put an Average around it, not within. A. Beck and M.
// Teboulle, A fast iterative shrinkage-thresholding algorithm, 2009,
// doi:10.1137/080716542.
type ProximalL1 struct {
	Lambda float64 // λ, at least 0

	driver
	rule rule
}

// NewProximalL1 returns opt with soft thresholding behind it. It panics if opt
// has no learning rate.
func NewProximalL1(opt Optimizer, lambda float64) *ProximalL1 {
	r := asRule(opt)
	if r == nil {
		panic(fmt.Sprintf("optim: NewProximalL1: a %T has no learning rate", opt))
	}
	return &ProximalL1{Lambda: lambda, rule: r}
}

// Step implements Optimizer.
func (o *ProximalL1) Step(params, grads []float64) {
	o.expect(params, grads)
	if o.elementwise() {
		o.step(o, params, grads)
		return
	}
	if len(params) == 0 {
		return
	}
	o.eta = o.check()
	o.rule.Step(params, grads)
	o.shrink(params)
	o.count(len(params))
}

func (o *ProximalL1) expect(params, grads []float64) {
	o.fit(o, params, grads)
	o.check()
	expect(o.rule, params, grads)
}

// shrink is the soft threshold.
func (o *ProximalL1) shrink(x []float64) {
	if shift := float64(o.eta * o.Lambda); shift > 0 {
		kernel.Shrink(x, shift)
	}
}

func (o *ProximalL1) self() rule { return o }

func (o *ProximalL1) elementwise() bool { return o.rule.elementwise() }

func (o *ProximalL1) whole() bool { return o.rule.whole() }

func (o *ProximalL1) check() float64 {
	checkNonNegative("ProximalL1", "Lambda", o.Lambda)
	return o.rule.check()
}

func (o *ProximalL1) begin(params, grads []float64) {
	o.eta = o.check()
	o.rule.steps().begin(o.rule, params, grads)
}

func (o *ProximalL1) update(lo int, params, grads []float64) {
	for len(params) > 0 {
		n := min(stretchLen, len(params))
		x := params[:n]
		o.rule.update(lo, x, grads[:n])
		o.shrink(x)
		lo, params, grads = lo+n, params[n:], grads[n:]
	}
}

func (o *ProximalL1) visit(a *archive) {
	a.begin("ProximalL1")
	a.settings(&o.Lambda)
	a.driver(&o.driver)
	a.optimizer(o.rule)
}
