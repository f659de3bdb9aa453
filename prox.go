package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/kernel"
)

// stretchLen is the length of the stretches in which a rule and what acts on its
// parameters take turns: a stretch stays in the second cache.
const stretchLen = 8 * blockLen

// ProximalL1 steps with another optimizer and then moves every parameter towards
// zero by ηλ, and no further. Around SGD it is ISTA, which minimises the loss plus
// λ‖x‖₁ and makes parameters exactly zero.
//
//	x ← sign(x)·max(|x| − ηλ, 0)
//
// with λ = Lambda and η the learning rate of the step, as in Decay. A rule that
// divides the gradient does not divide λ. Put an Average around a ProximalL1, not
// inside. A. Beck and M. Teboulle, A fast iterative shrinkage-thresholding
// algorithm, 2009, doi:10.1137/080716542.
type ProximalL1 struct {
	Lambda float64 // λ, at least 0

	wrapper
}

// NewProximalL1 returns opt with soft thresholding behind it. It panics if opt is
// nil or has no learning rate. An optimizer of the user's has one if it has the
// method NextRate or Rate.
func NewProximalL1(opt Optimizer, lambda float64) *ProximalL1 {
	o := made(&ProximalL1{wrapper: wrap("NewProximalL1", opt)})
	_, last := opt.(interface{ Rate() float64 })
	if foreign := ours(opt) == nil; !rated(opt) && !(foreign && last) {
		panic(fmt.Sprintf("optim: NewProximalL1: a %T has no learning rate, nor a method NextRate or Rate", opt))
	}
	o.Lambda = lambda
	return o
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
	o.eta = o.innerRate()
	o.opt.Step(params, grads)
	if math.IsNaN(o.eta) { // only Rate knows
		o.eta = lastRate(o.opt)
		checkNonNegative(name(o.opt), "Rate()", o.eta)
	}
	o.shrink(params)
	o.count(len(params))
}

// shrink is the soft threshold.
func (o *ProximalL1) shrink(x []float64) {
	if shift := float64(o.eta * o.Lambda); shift > 0 {
		kernel.Shrink(x, shift)
	}
}

func (o *ProximalL1) rate() float64 {
	checkNonNegative("ProximalL1", "Lambda", o.Lambda)
	return o.innerRate()
}

func (o *ProximalL1) begin(params, grads []float64) { o.beginInner(params, grads) }

func (o *ProximalL1) update(lo int, params, grads []float64) {
	for len(params) > 0 {
		n := min(stretchLen, len(params))
		x := params[:n]
		o.rule.update(lo, x, grads[:n])
		o.shrink(x)
		lo, params, grads = lo+n, params[n:], grads[n:]
	}
}

func (o *ProximalL1) visit(a *walk) {
	a.Type("ProximalL1", 1)
	a.Settings(&o.Lambda)
	o.visitWrapped(a)
}
