package optim

import (
	"fmt"
	"sync"
)

// blockLen is the length of the blocks of a vector that a Chain rewrites one after another: a block
// stays in the first-level cache until all transforms have rewritten it.
const blockLen = 512

// Chain is an optimizer with transforms in front. The transforms rewrite a copy of the gradient one
// after another, and the optimizer steps with the result.
//
//	opt := optim.NewChain(optim.NewAdam(1e-3), optim.NewClipNorm(1), optim.L2(1e-4))
//
// In front of an elementwise rule a Chain needs one pass over the vectors: each block goes through
// all transforms and the rule. Several goroutines share the blocks of long vectors. In front of any
// other optimizer a Chain keeps one vector, the rewritten gradient. It also keeps that vector in
// front of a rule that needs the whole rewritten gradient, such as Nesterov with Convex or another
// Chain.
//
// The state consists of the states of the optimizer and of the transforms.
type Chain struct {
	wrapper
	before  []Transform
	scratch []float64               // the rewritten gradient, if the rule is not elementwise
	blocks  idle[[blockLen]float64] // the rewritten blocks, if it is
}

// NewChain returns opt with transforms in front. The first transform rewrites the gradient first.
// NewChain panics if opt or a transform is nil. It also panics if a transform cannot work there:
//
//   - a [ClipNorm] behind another transform;
//   - a [Decay] that is in a chain already, or in front of an optimizer whose learning rate in the
//     coming step is not known, such as [Groups] or [SkipNonFinite];
//   - a transform of this package in front of an optimizer with line searches, or of a
//     [LeastSquares], because the rewritten gradient is not that of the function.
func NewChain(opt Optimizer, before ...Transform) *Chain {
	c := made(&Chain{wrapper: wrap("NewChain", opt)})
	c.before = append(c.before, before...)
	c.refuse("NewChain")
	for i, t := range c.before {
		checkGiven("NewChain", fmt.Sprintf("transform %d", i+1), t)
		if _, clip := t.(*ClipNorm); clip && i > 0 {
			panic(fmt.Sprintf("optim: NewChain: ClipNorm is transform %d, want it first, because it measures the gradient that Step is given; "+
				"to clip what other transforms return, nest: NewChain(NewChain(opt, clip), others...)", i+1))
		}
		if d, ok := t.(*Decay); ok {
			d.follow(&c.wrapper)
		}
	}
	return c
}

// refuse panics if a transform breaks a line search. It accepts a transform of the user's, unless
// the type embeds one of this package.
func (c *Chain) refuse(where string) {
	if !c.searches() {
		return
	}
	for i, t := range c.before {
		if _, ok := t.(checked); ok {
			panic(fmt.Sprintf("optim: %s: transform %d, %s, breaks the line search of the optimizer behind it", where, i+1, name(t)))
		}
	}
}

// String describes the transforms and the optimizer in one line.
func (c *Chain) String() string {
	var parts []string
	for _, t := range c.before {
		parts = append(parts, title(t))
	}
	return describe(c, c.defaults, append(parts, title(c.opt), steps(c.t))...)
}

// Step implements Optimizer.
func (c *Chain) Step(params, grads []float64) { c.take(pair(params, grads)) }

func (c *Chain) take(v vectors) {
	c.expect(v.lengths())
	switch n := v.len(); {
	case c.elementwise():
		c.pass(c, v)
	case !c.idle(n):
		c.scratch = resize(c.scratch, n)
		v.copyGrads(c.scratch, 0)
		c.beginTransforms(v)
		v.change(0, n, c.apply)
		v.grads = c.scratch
		take(c.opt, v)
		c.count(n)
	}
}

// apply rewrites the gradient of the coordinates from lo on, where the parameters are x.
func (c *Chain) apply(lo int, x []float64) {
	for _, t := range c.before {
		t.Apply(lo, c.scratch[lo:lo+len(x)], x)
	}
}

func (c *Chain) expect(n, grads int) {
	c.fit(c, n, grads)
	c.wrapper.expect(n, grads)
	for _, t := range c.before {
		if t, ok := t.(checked); ok {
			t.check()
		}
	}
	c.refuse("Chain.Step")
}

func (c *Chain) beginTransforms(v vectors) {
	for _, t := range c.before {
		beginTransform(t, v)
	}
}

// elementwise returns false for a rule that reads the whole gradient in begin: the transforms must
// rewrite all of it before.
func (c *Chain) elementwise() bool {
	return c.wrapper.elementwise() && (len(c.before) == 0 || !c.rule.whole())
}

// whole returns true if there is a transform, because a transform may read the whole gradient.
func (c *Chain) whole() bool { return len(c.before) > 0 || c.wrapper.whole() }

func (c *Chain) begin(v vectors) {
	c.beginTransforms(v)
	c.wrapper.begin(v)
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

func (c *Chain) visit(a *walk) {
	c.visitWrapper(a, "Chain")
	a.Same("transforms", len(c.before))
	for _, t := range c.before {
		a.Inner(a.Want(), func(a *walk) { visitPart(a, t) })
	}
}

// idle holds the buffers that no goroutine uses at the moment.
type idle[T any] struct {
	sync.Mutex
	buffers []*T
}

func (b *idle[T]) take() *T {
	b.Lock()
	defer b.Unlock()
	if len(b.buffers) == 0 {
		return new(T)
	}
	last := len(b.buffers) - 1
	buffer := b.buffers[last]
	b.buffers = b.buffers[:last]
	return buffer
}

func (b *idle[T]) give(buffer *T) {
	b.Lock()
	defer b.Unlock()
	b.buffers = append(b.buffers, buffer)
}
