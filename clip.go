package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// ClipNorm shortens a gradient that is longer than Max to that length, and
// leaves any other as it is, to the bit: the remedy for cliffs, where a gradient
// explodes.
//
//	g ← g·min(1, Max/‖g‖)
//
// The norm is that of the whole gradient, and right even where its squares
// overflow. If it is NaN or infinite, the gradient is left as it is and Norm
// tells; see SkipNonFinite. R. Pascanu, T. Mikolov and Y. Bengio, On the
// difficulty of training recurrent neural networks, 2013, arXiv:1211.5063.
type ClipNorm struct {
	Max float64 // at least 0

	norm, scale float64
	vectors     vectors
}

// NewClipNorm returns a transform that clips the norm at max.
func NewClipNorm(max float64) *ClipNorm { return &ClipNorm{Max: max} }

// Norm is the norm that the gradient of the last step had before it was clipped.
func (c *ClipNorm) Norm() float64 { return c.norm }

// Begin implements Transform.
func (c *ClipNorm) Begin(_, grads []float64) {
	c.check()
	c.norm, c.scale = c.vectors.norm(grads), 1
	if c.norm > c.Max && c.norm <= math.MaxFloat64 {
		c.scale = c.Max / c.norm
	}
}

func (c *ClipNorm) check() { checkNonNegative("ClipNorm", "Max", c.Max) }

// Apply implements Transform.
func (c *ClipNorm) Apply(_ int, grads, _ []float64) {
	if c.scale != 1 {
		kernel.Scale(grads, c.scale)
	}
}

func (c *ClipNorm) visit(a *archive) {
	a.begin("ClipNorm")
	a.settings(&c.Max)
	a.numbers(&c.norm)
}
