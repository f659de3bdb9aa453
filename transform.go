package optim

import (
	"fmt"
	"sync"

	"example.com/optim/internal/kernel"
)

// Transform rewrites the gradient in front of an optimizer: see Chain.
type Transform interface {
	// Begin is called once a step, before any Apply. It may look at the whole of
	// params and grads, the latter as the caller of Step gave them, but must
	// change neither.
	Begin(params, grads []float64)
	// Apply rewrites grads in place. It is given one block of the vectors, which
	// begins at coordinate lo, and is called for disjoint blocks at the same
	// time.
	Apply(lo int, grads, params []float64)
}

// blockLen is the length of the blocks in which a chain goes through its
// vectors: short enough to stay in the innermost cache on the way.
const blockLen = 512

// stretchLen is the length of the stretches after which something is done to the
// parameters that a step has moved: short enough for the next cache.
const stretchLen = 8 * blockLen

// Chain is an optimizer with transforms in front, applied in their order to a
// copy of the gradient.
//
//	opt := optim.NewChain(optim.NewAdam(1e-3), optim.NewClipNorm(1), optim.L2(1e-4))
//
// In front of a rule that treats every coordinate by itself it goes block by
// block through all of them in one pass, on several goroutines if it pays; in
// front of any other over one vector of its own.
//
// Its encoding holds the optimizer's state and that of the transforms that have
// any.
type Chain struct {
	opt    Optimizer
	before []Transform

	driver
	rule    rule      // opt, if it is one
	scratch []float64 // the copy of the gradient, if it takes a whole one
	blocks  blocks    // the copies of its blocks otherwise
}

// blocks are as many blocks as goroutines have been at work at a time.
type blocks struct {
	sync.Mutex
	idle []*[blockLen]float64
}

func (b *blocks) take() *[blockLen]float64 {
	b.Lock()
	defer b.Unlock()
	last := len(b.idle) - 1
	if last < 0 {
		return new([blockLen]float64)
	}
	block := b.idle[last]
	b.idle = b.idle[:last]
	return block
}

func (b *blocks) give(block *[blockLen]float64) {
	b.Lock()
	defer b.Unlock()
	b.idle = append(b.idle, block)
}

// NewChain puts transforms in front of opt. It panics if they cannot work
// there: a ClipNorm behind another transform, whose result it would not see; a
// Decay in front of an optimizer without a learning rate; or any in front of one
// that searches along a line, for the gradient would no longer be that of the
// function it evaluates.
func NewChain(opt Optimizer, before ...Transform) *Chain {
	c := &Chain{opt: opt, before: append([]Transform(nil), before...), rule: asRule(opt)}
	for i, t := range c.before {
		if _, clip := t.(*ClipNorm); clip && i > 0 {
			panic(fmt.Sprintf("optim: NewChain: ClipNorm is transform %d, want it first: it measures the gradient as it comes", i+1))
		}
		if d, ok := t.(*Decay); ok {
			if c.rule == nil {
				panic(fmt.Sprintf("optim: NewChain: Decay follows the learning rate of what it is in front of, but a %T has none", opt))
			}
			if d.rule != nil {
				panic("optim: NewChain: the Decay is in another chain, want one for each")
			}
			d.rule = c.rule
		}
	}
	c.refuse("NewChain")
	return c
}

// refuse panics if a transform breaks a line search.
func (c *Chain) refuse(where string) {
	if !searches(c.opt) {
		return
	}
	for i, t := range c.before {
		if ours(t) {
			panic(fmt.Sprintf("optim: %s: transform %d, a %s, breaks the line search of what is behind it", where, i+1, name(t)))
		}
	}
}

func (c *Chain) searches() bool { return searches(c.opt) }

// Step implements Optimizer.
func (c *Chain) Step(params, grads []float64) {
	c.expect(params, grads)
	if c.rule != nil && c.elementwise() {
		c.step(c, params, grads)
		return
	}
	if len(params) == 0 {
		return
	}
	if len(c.scratch) != len(params) {
		c.scratch = make([]float64, len(params))
	}
	copy(c.scratch, grads)
	c.transform(params, grads)
	for _, t := range c.before {
		t.Apply(0, c.scratch, params)
	}
	c.opt.Step(params, c.scratch)
	c.count(len(params))
}

func (c *Chain) expect(params, grads []float64) {
	c.fit(c, params, grads)
	if len(params) == 0 {
		return
	}
	for _, t := range c.before {
		if t, ok := t.(interface{ check() }); ok {
			t.check()
		}
	}
	c.refuse("Chain.Step")
	expect(c.opt, params, grads)
}

func (c *Chain) transform(params, grads []float64) {
	for _, t := range c.before {
		t.Begin(params, grads)
	}
}

func (c *Chain) self() rule {
	if c.rule == nil {
		return nil
	}
	return c
}

func (c *Chain) elementwise() bool {
	return c.rule.elementwise() && (len(c.before) == 0 || !c.rule.whole())
}

// whole is true with any transform, for only those that look at single
// coordinates could do without, and nobody knows which of a user's do.
func (c *Chain) whole() bool { return len(c.before) > 0 || c.rule.whole() }

func (c *Chain) check() float64 { return c.rule.check() }

func (c *Chain) begin(params, grads []float64) {
	c.eta = c.rule.check()
	c.transform(params, grads)
	c.rule.steps().begin(c.rule, params, grads)
}

func (c *Chain) update(lo int, params, grads []float64) {
	block := c.blocks.take()
	defer c.blocks.give(block)
	for len(params) > 0 {
		n := min(blockLen, len(params))
		x, g := params[:n], block[:n]
		copy(g, grads)
		for _, t := range c.before {
			t.Apply(lo, g, x)
		}
		c.rule.update(lo, x, g)
		lo, params, grads = lo+n, params[n:], grads[n:]
	}
}

func (c *Chain) visit(a *archive) {
	a.begin("Chain")
	a.driver(&c.driver)
	a.optimizer(c.opt)
	a.same("transforms", len(c.before))
	for _, t := range c.before {
		a.transform(t)
	}
}

// L2 is coupled weight decay, the gradient of λ/2·‖x‖²: g ← g + λx. The value
// is λ, at least 0.
//
// In front of a rule that divides by past gradients, such as Adam, it is not the
// same as decoupled decay: see Decay.
type L2 float64

// Begin implements Transform.
func (l L2) Begin(_, _ []float64) { l.check() }

func (l L2) check() { checkNonNegative("L2", "λ", float64(l)) }

// Apply implements Transform.
func (l L2) Apply(_ int, grads, params []float64) {
	if l != 0 { // 0·∞ is NaN
		kernel.AddScaled(grads, params, float64(l))
	}
}

// L1 adds the subgradient of λ‖x‖₁: g ← g + λ·sign(x). The value is λ, at least
// 0. It makes parameters small, but seldom exactly zero: for that see
// ProximalL1.
type L1 float64

// Begin implements Transform.
func (l L1) Begin(_, _ []float64) { l.check() }

func (l L1) check() { checkNonNegative("L1", "λ", float64(l)) }

// Apply implements Transform.
func (l L1) Apply(_ int, grads, params []float64) {
	if l != 0 {
		kernel.AddSign(grads, params, float64(l))
	}
}

// ClipValue keeps every coordinate of the gradient in [−c, c]. The value is c,
// at least 0. A NaN stays.
type ClipValue float64

// Begin implements Transform.
func (c ClipValue) Begin(_, _ []float64) { c.check() }

func (c ClipValue) check() { checkNonNegative("ClipValue", "c", float64(c)) }

// Apply implements Transform.
func (c ClipValue) Apply(_ int, grads, _ []float64) { kernel.Clamp(grads, float64(c)) }

// Elementwise is a transform of the user's own that looks at one coordinate at a
// time: it rewrites grads, and is called for disjoint blocks at the same time.
//
//	optim.Elementwise(func(grads, params []float64) { … })
type Elementwise func(grads, params []float64)

// Begin implements Transform.
func (f Elementwise) Begin(_, _ []float64) {}

// Apply implements Transform.
func (f Elementwise) Apply(_ int, grads, params []float64) { f(grads, params) }

// Decay is decoupled weight decay: x ← (1 − ηλ)x before the step, with η =
// LearningRate · Schedule(t−1) of the optimizer behind it, so that the decay
// follows its schedule. (AdaGrad's RateDecay does not count; in Rprop, which has
// step sizes and no rate, η is the schedule's factor.) It serves one chain. Adam and others have it built in, as the field
// WeightDecay.
//
// I. Loshchilov and F. Hutter, Decoupled weight decay regularization, 2017,
// arXiv:1711.05101.
type Decay struct {
	Lambda float64 // λ, at least 0

	rule rule    // whose η it is
	keep float64 // 1 − ηλ
}

// NewDecay returns decoupled decay with the given λ.
func NewDecay(lambda float64) *Decay { return &Decay{Lambda: lambda} }

// Begin implements Transform.
func (d *Decay) Begin(_, _ []float64) {
	d.check()
	d.keep = 1 - float64(d.rule.check()*d.Lambda)
}

func (d *Decay) check() { checkNonNegative("Decay", "Lambda", d.Lambda) }

// Apply implements Transform.
func (d *Decay) Apply(_ int, _, params []float64) { kernel.Scale(params, d.keep) }

func (d *Decay) visit(a *archive) {
	a.begin("Decay")
	a.settings(&d.Lambda)
}
