package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/kernel"
)

// ProximalL1 steps with another optimizer and then moves every parameter towards zero by ηλ, but
// not beyond zero. Around SGD it is ISTA, which minimises the loss plus λ‖x‖₁. It makes parameters
// exactly zero.
//
//	x ← sign(x)·max(|x| − ηλ, 0)
//
// λ is Lambda. η is the learning rate of the step, as in Decay; an Accumulate has η = 0 in the
// calls without a step. A rule that divides the gradient, such as Adam, does not divide λ. To
// average the parameters, put an Average around the ProximalL1. To skip steps, put a SkipNonFinite
// around it. A. Beck and M. Teboulle, A fast iterative shrinkage-thresholding algorithm, 2009,
// doi:10.1137/080716542.
type ProximalL1 struct {
	Lambda float64 // λ, at least 0

	wrapper
}

// NewProximalL1 returns opt with soft thresholding behind it. It panics if opt is nil, or if the
// learning rate of its steps is not known. A user's type needs the method NextRate or Rate.
func NewProximalL1(opt Optimizer, lambda float64) *ProximalL1 {
	o := made(&ProximalL1{wrapper: wrap("NewProximalL1", opt)})
	o.Lambda = lambda
	_, last := opt.(interface{ Rate() float64 })
	if !rated(opt) && (o.own != nil || !last) {
		panic(fmt.Sprintf("optim: NewProximalL1: %T does not have the learning rate of the coming step; a user's type needs a method NextRate or Rate", opt))
	}
	return o
}

// Step implements Optimizer.
func (o *ProximalL1) Step(params, grads []float64) { o.take(pair(params, grads)) }

func (o *ProximalL1) take(v vectors) {
	o.expect(v)
	switch n := v.len(); {
	case o.elementwise():
		o.pass(o, v)
	case n > 0:
		eta := o.rate()
		take(o.opt, v)
		if math.IsNaN(eta) { // a user's type without NextRate
			eta = checkedRate(o.opt, "Rate()", o.Rate())
		}
		o.eta = eta
		v.change(0, n, o.shrink)
		o.count(n)
	}
}

// shrink is the soft threshold.
func (o *ProximalL1) shrink(_ int, x []float64) {
	if shift := float64(o.eta * o.Lambda); shift > 0 {
		kernel.Shrink(x, shift)
	}
}

func (o *ProximalL1) expect(v vectors) {
	o.fit(o, v)
	checkNonNegative("ProximalL1", "Lambda", o.Lambda)
	o.wrapper.expect(v)
}

func (o *ProximalL1) update(lo int, params, grads []float64) {
	o.updateInPieces(lo, params, grads, o.shrink)
}

func (o *ProximalL1) visit(a *walk) {
	o.visitWrapper(a, "ProximalL1", &o.Lambda)
}
