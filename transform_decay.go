package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Decay is decoupled weight decay before the step:
//
//	x ← (1 − ηλ)x
//
// λ is Lambda. η is LearningRate · Schedule(t−1) of the optimizer behind the Decay, so the decay
// follows the schedule of that optimizer. The field RateDecay of [AdaGrad] has no effect on η. Rprop
// has step sizes instead of a learning rate; η is the factor of its schedule. For an [Accumulate] η
// is 0 in the calls without a step. A type of the user's returns η by its method NextRate.
//
// A Decay can be in one chain only. Adam and other rules have decoupled decay as the field
// WeightDecay. Reference: I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2017,
// arXiv:1711.05101.
type Decay struct {
	Lambda float64 // λ, at least 0

	chain *wrapper // of the chain, which has η
	keep  float64  // 1 − ηλ
}

// NewDecay returns decoupled decay with the given λ.
func NewDecay(lambda float64) *Decay { return &Decay{Lambda: lambda} }

// follow makes η that of the optimizer in the chain. It panics if there is no such η, or if the
// Decay is in a chain already.
func (d *Decay) follow(chain *wrapper) {
	if !rated(chain.opt) {
		panic(fmt.Sprintf("optim: NewChain: Decay needs the learning rate of the coming step, but %T does not have it; a user's type needs a method NextRate", chain.opt))
	}
	if d.chain != nil {
		panic("optim: NewChain: the Decay is in a chain already, want one for each chain")
	}
	d.chain = chain
}

// Begin implements [Transform].
func (d *Decay) Begin(_, _ []float64) {
	d.check()
	d.keep = 1 - float64(d.chain.rate()*d.Lambda)
}

// String describes the transform in one line.
func (d *Decay) String() string { return describe(d, new(Decay)) }

func (d *Decay) check() {
	if d.chain == nil {
		panic("optim: Decay: the learning rate is not known; pass the Decay itself to NewChain")
	}
	checkNonNegative("Decay", "Lambda", d.Lambda)
}

// Apply implements [Transform].
func (d *Decay) Apply(_ int, _, params []float64) { kernel.Scale(params, d.keep) }

func (d *Decay) visit(a *walk) {
	a.Type("Decay", 1)
	a.Settings(&d.Lambda)
}
