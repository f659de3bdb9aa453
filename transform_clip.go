package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// ClipNorm scales a gradient whose norm is greater than Max, so that its norm is Max. Any other
// gradient keeps its bits. ClipNorm limits the steps where the loss is very steep.
//
//	g ← g·min(1, Max/‖g‖)
//
// ‖g‖ is the Euclidean norm of the whole gradient. It is exact to rounding, also where squares of
// coordinates overflow. If the norm is NaN or infinite, the gradient stays as it is: see
// [SkipNonFinite]. Reference: R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training
// recurrent neural networks, 2013, arXiv:1211.5063.
type ClipNorm struct {
	Max float64 // largest norm, at least 0

	norm, scale float64
	reducer     gradientReducer
}

// NewClipNorm returns a transform that limits the norm to max.
func NewClipNorm(max float64) *ClipNorm { return &ClipNorm{Max: max} }

// Norm returns the norm that the last gradient had before clipping. Before the first step it
// returns 0.
func (c *ClipNorm) Norm() float64 { return c.norm }

// Begin implements [Transform].
func (c *ClipNorm) Begin(params, grads []float64) { c.begin(pair(params, grads)) }

func (c *ClipNorm) begin(v vectors) {
	c.check()
	c.norm, c.scale = c.reducer.norm(v), 1
	if c.norm > c.Max && isFinite(c.norm) {
		c.scale = c.Max / c.norm
	}
}

// String describes the transform in one line.
func (c *ClipNorm) String() string { return describe(c, new(ClipNorm)) }

func (c *ClipNorm) check() { checkNonNegative("ClipNorm", "Max", c.Max) }

// Apply implements [Transform].
func (c *ClipNorm) Apply(_ int, grads, _ []float64) {
	if c.scale != 1 {
		kernel.Scale(grads, c.scale)
	}
}

func (c *ClipNorm) visit(a *walk) {
	a.Type("ClipNorm", 1)
	a.Settings(&c.Max)
	a.State(&c.norm)
}

// ClipValue clips every coordinate of the gradient to [−c, c]. The value is c, at least 0. A NaN
// stays NaN.
type ClipValue float64

// Begin implements [Transform].
func (c ClipValue) Begin(_, _ []float64) { c.check() }

// String describes the transform in one line.
func (c ClipValue) String() string { return fmt.Sprintf("ClipValue(%v)", float64(c)) }

func (c ClipValue) check() { checkNonNegative("ClipValue", "c", float64(c)) }

// Apply implements [Transform].
func (c ClipValue) Apply(_ int, grads, _ []float64) { kernel.Clamp(grads, float64(c)) }
