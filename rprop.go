package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/kernel"
)

// Rprop looks at the signs of the gradient alone: the step size of a coordinate
// grows while its sign holds and shrinks when it flips. It is for full
// gradients; the noise of mini-batches defeats it.
//
//	g·p > 0:  Δ ← min(Δ·Grow, Max)
//	g·p < 0:  Δ ← max(Δ·Shrink, Min), g ← 0
//	x ← x − s·Δ·sign(g)
//	p ← g
//
// with p the gradient of the step before, s = Schedule(t−1), and Δ =
// LearningRate, within [Min, Max], before the first step; later assignments of
// LearningRate change nothing. On a flip the coordinate rests for one step, and
// the next step compares with 0. This is PyTorch's form (Rprop⁻ with that rest).
// The signs are compared, not multiplied, so that no product underflows.
//
// It keeps two vectors. M. Riedmiller and H. Braun, A direct adaptive method for
// faster backpropagation learning: the RPROP algorithm, 1993,
// doi:10.1109/ICNN.1993.298623.
type Rprop struct {
	LearningRate float64  // the first Δ, at least 0; default 0.01
	Shrink, Grow float64  // factors of Δ, in (0, 1) and (1, +Inf); defaults 0.5 and 1.2
	Min, Max     float64  // bounds of Δ, 0 < Min ≤ Max; defaults 1e-6 and 50
	Schedule     Schedule // factor on the move by step; nil is 1

	driver
	p, d []float64
}

// NewRprop returns Rprop with the given first step size; 0.01 is common.
func NewRprop(rate float64) *Rprop {
	return made(&Rprop{LearningRate: rate, Shrink: 0.5, Grow: 1.2, Min: 1e-6, Max: 50})
}

// Step implements Optimizer.
func (o *Rprop) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Rprop) rate() float64 {
	if !(0 < o.Shrink && o.Shrink < 1) {
		outside("Rprop", "Shrink", o.Shrink, "(0, 1)")
	}
	if !(1 < o.Grow && o.Grow <= math.MaxFloat64) {
		outside("Rprop", "Grow", o.Grow, "(1, +Inf)")
	}
	checkNonNegative("Rprop", "Max", o.Max)
	if !(0 < o.Min && o.Min <= o.Max) {
		outside("Rprop", "Min", o.Min, fmt.Sprintf("(0, Max = %v]", o.Max))
	}
	checkNonNegative("Rprop", "LearningRate", o.LearningRate)
	return o.scheduled("Rprop", 1, o.Schedule)
}

func (o *Rprop) begin(x, _ []float64) {
	if o.p == nil {
		o.p, o.d = make([]float64, len(x)), make([]float64, len(x))
		fill(o.d, o.LearningRate)
	}
}

func (o *Rprop) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.Rprop(x, g, o.p[lo:hi], o.d[lo:hi], o.eta, o.Shrink, o.Grow, o.Min, o.Max)
}

func (o *Rprop) visit(a *walk) {
	a.Type("Rprop", 1)
	a.Settings(&o.LearningRate, &o.Shrink, &o.Grow, &o.Min, &o.Max)
	o.visitDriver(a)
	a.Vectors(&o.p, &o.d)
}
