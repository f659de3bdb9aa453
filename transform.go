package optim

import (
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

var blocks = sync.Pool{New: func() any { return new([blockLen]float64) }}

// Chain is an optimizer with transforms in front, applied in their order to a
// copy of the gradient. In front of a rule that treats every coordinate by
// itself it goes block by block through all of them in one pass, on several
// goroutines if it pays; in front of any other over one vector of its own.
type Chain struct {
	opt    Optimizer
	before []Transform

	driver
	rule    rule      // opt, if it is one
	scratch []float64 // the copy of the gradient otherwise
}

// NewChain puts transforms in front of opt.
func NewChain(opt Optimizer, before ...Transform) *Chain {
	return &Chain{opt: opt, before: append([]Transform(nil), before...)}
}

// Step implements Optimizer.
func (c *Chain) Step(params, grads []float64) {
	if c.rule = elementwise(c.opt); c.rule != nil {
		c.step(c, params, grads)
		return
	}
	c.fit(c, params, grads)
	if len(params) == 0 {
		return
	}
	if c.t == 0 {
		c.scratch = make([]float64, len(params))
	}
	copy(c.scratch, grads)
	c.transform(params, grads)
	for _, t := range c.before {
		t.Apply(0, c.scratch, params)
	}
	c.opt.Step(params, c.scratch)
	c.n = len(params)
	c.t++
}

func (c *Chain) transform(params, grads []float64) {
	for _, t := range c.before {
		t.Begin(params, grads)
	}
}

func (c *Chain) asRule() rule { return nil }

func (c *Chain) check() float64 { return c.rule.check() }

func (c *Chain) begin(params, grads []float64) {
	inner := c.rule.steps()
	inner.fit(c.rule, params, grads)
	c.transform(params, grads)
	inner.begin(c.rule, params, grads)
}

func (c *Chain) update(lo int, params, grads []float64) {
	block := blocks.Get().(*[blockLen]float64)
	defer blocks.Put(block)
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

// L2 is coupled weight decay, the gradient of λ/2·‖x‖²: g ← g + λx. The value
// is λ, at least 0.
//
// In front of a rule that divides by past gradients, such as Adam, it is not the
// same as the decoupled decay of the field WeightDecay.
type L2 float64

// Begin implements Transform.
func (l L2) Begin(_, _ []float64) {
	checkNonNegative("L2", "λ", float64(l))
}

// Apply implements Transform.
func (l L2) Apply(_ int, grads, params []float64) {
	kernel.AddScaled(grads, params, float64(l))
}
