package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Transform rewrites the gradient in front of an optimizer: see [Chain]. In front of an optimizer
// with line searches a Chain accepts only types of the user's that embed no transform of this
// package. If a type of the user's has the methods MarshalBinary and UnmarshalBinary, a checkpoint
// holds its state. If it has the method [Reset], the function Reset calls that method.
type Transform interface {
	// Begin is called once a step, before any Apply. grads is the gradient that was passed to Step;
	// no transform has rewritten it. Begin may read all of params and grads, but must not change
	// them.
	Begin(params, grads []float64)
	// Apply rewrites grads in place. grads and params are one block of the vectors, which begins at
	// coordinate lo. Goroutines call Apply for disjoint blocks at the same time.
	Apply(lo int, grads, params []float64)
}

// beginTransform calls t.Begin. The transforms of this package need no copies of tensors.
func beginTransform(t Transform, v vectors) {
	switch c := t.(type) {
	case *ClipNorm:
		c.begin(v)
	case L1, L2, ClipValue, Elementwise, *Decay, *Noise: // they read no vector
		t.Begin(nil, nil)
	default:
		t.Begin(v.slices())
	}
}

// checked is a transform of this package, or a user's type that embeds one.
type checked interface {
	Transform
	// check panics if a number of the transform is out of its range.
	check()
}

// L2 is coupled weight decay, the gradient of λ/2·‖x‖²: g ← g + λx. The value is λ, at least 0.
//
// In front of a rule that divides by past gradients, such as [Adam], L2 differs from decoupled decay:
// see [Decay].
type L2 float64

// Begin implements [Transform].
func (l L2) Begin(_, _ []float64) { l.check() }

// String describes the transform in one line.
func (l L2) String() string { return fmt.Sprintf("L2(%v)", float64(l)) }

func (l L2) check() { checkNonNegative("L2", "λ", float64(l)) }

// Apply implements [Transform].
func (l L2) Apply(_ int, grads, params []float64) {
	if l != 0 { // 0·∞ is NaN
		kernel.AddScaled(grads, params, float64(l))
	}
}

// L1 adds the subgradient of λ‖x‖₁: g ← g + λ·sign(x). The value is λ, at least 0. L1 makes
// parameters small, but seldom exactly zero. [ProxL1] makes them exactly zero.
type L1 float64

// Begin implements [Transform].
func (l L1) Begin(_, _ []float64) { l.check() }

// String describes the transform in one line.
func (l L1) String() string { return fmt.Sprintf("L1(%v)", float64(l)) }

func (l L1) check() { checkNonNegative("L1", "λ", float64(l)) }

// Apply implements [Transform].
func (l L1) Apply(_ int, grads, params []float64) {
	if l != 0 { // −0 + 0 is 0
		kernel.AddSign(grads, params, float64(l))
	}
}

// Elementwise is a user's function that rewrites each coordinate of the gradient independently of
// the others. It changes grads in place. Goroutines call it for disjoint blocks at the same time.
//
//	optim.Elementwise(func(grads, params []float64) { … })
type Elementwise func(grads, params []float64)

// Begin implements [Transform].
func (f Elementwise) Begin(_, _ []float64) {}

// String describes the transform in one line.
func (f Elementwise) String() string { return "Elementwise" }

func (f Elementwise) check() {}

// Apply implements [Transform].
func (f Elementwise) Apply(_ int, grads, params []float64) { f(grads, params) }
