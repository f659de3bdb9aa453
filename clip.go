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
	sums        reduction
}

// NewClipNorm returns a transform that clips the norm at max.
func NewClipNorm(max float64) *ClipNorm { return &ClipNorm{Max: max} }

// Norm is the norm that the gradient of the last step had before it was clipped.
func (c *ClipNorm) Norm() float64 { return c.norm }

// Begin implements Transform.
func (c *ClipNorm) Begin(_, grads []float64) {
	c.check()
	sum := 0.0
	for _, part := range c.sums.blocks(grads, sumSquares) {
		sum += part
	}
	c.norm, c.scale = kernel.Norm(grads, sum), 1
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

func sumSquares(x []float64) float64 { return kernel.SumSquares(x, 1) }

// reduction takes something of each block of a vector, on several goroutines if
// it pays.
type reduction struct {
	crew
	x     []float64
	of    func(x []float64) float64
	parts []float64
}

// blocks returns the parts of the blocks of x, in their order. They are valid
// until the next call.
func (r *reduction) blocks(x []float64, of func(x []float64) float64) []float64 {
	if n := (len(x) + kernel.Block - 1) / kernel.Block; len(r.parts) != n {
		r.parts = make([]float64, n)
	}
	r.x, r.of = x, of
	if len(x) < parallelFrom {
		r.piece(0, len(x))
	} else {
		r.run(r, len(x), 2*kernel.Block)
	}
	r.x = nil
	return r.parts
}

// piece implements task.
func (r *reduction) piece(lo, hi int) {
	for ; lo < hi; lo += kernel.Block {
		r.parts[lo/kernel.Block] = r.of(r.x[lo:min(lo+kernel.Block, hi)])
	}
}
