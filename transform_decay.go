package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Decay is decoupled weight decay: x ← (1 − ηλ)x before the step, with λ = Lambda
// and η = LearningRate · Schedule(t−1) of the optimizer behind it. So the decay
// follows the schedule of the optimizer. AdaGrad's RateDecay does not count. Rprop
// has step sizes in the place of a rate, so η is the factor of its schedule.
//
// A Decay serves one chain. Adam and other rules have decoupled decay as the field
// WeightDecay. I. Loshchilov and F. Hutter, Decoupled weight decay regularization,
// 2017, arXiv:1711.05101.
type Decay struct {
	Lambda float64 // λ, at least 0

	opt  Optimizer // whose η it is
	keep float64   // 1 − ηλ
}

// NewDecay returns decoupled decay with the given λ.
func NewDecay(lambda float64) *Decay { return &Decay{Lambda: lambda} }

// follow makes η that of opt. It panics if opt has no rate, or another chain has
// the Decay.
func (d *Decay) follow(opt Optimizer) {
	if !rated(opt) {
		panic(fmt.Sprintf("optim: NewChain: Decay needs the learning rate of the coming step, but a %T has none, nor a method NextRate", opt))
	}
	if d.opt != nil {
		panic("optim: NewChain: the Decay is in another chain, want one for each")
	}
	d.opt = opt
}

// rated returns whether nextRate returns η of opt. The step after a SkipNonFinite
// may be skipped, so it has no rate before it.
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

// Begin implements Transform.
func (d *Decay) Begin(_, _ []float64) {
	d.check()
	d.keep = 1 - float64(nextRate(d.opt)*d.Lambda)
}

// String describes the transform in one line.
func (d *Decay) String() string { return describe(d, new(Decay)) }

func (d *Decay) check() { checkNonNegative("Decay", "Lambda", d.Lambda) }

// Apply implements Transform.
func (d *Decay) Apply(_ int, _, params []float64) { kernel.Scale(params, d.keep) }

func (d *Decay) visit(a *walk) {
	a.Type("Decay", 1)
	a.Settings(&d.Lambda)
}
