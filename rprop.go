package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Rprop uses only the sign of the gradient. The step size Δ of a coordinate grows while the sign
// stays the same, and shrinks when the sign changes. Rprop needs the gradient of all data: the
// noise of mini-batches changes the signs.
//
//	g·p > 0:  Δ ← min(Δ·Grow, Max)
//	g·p < 0:  Δ ← max(Δ·Shrink, Min), g ← 0
//	x ← x − s·Δ·sign(g)
//	p ← g
//
// p is g of the step before, and s is Schedule(t−1). Δ starts as LearningRate, clamped to [Min,
// Max]; later assignments of LearningRate have no effect. After a change of sign the coordinate
// does not move for one step, and its Δ stays the same in the next. This is PyTorch's form, Rprop⁻
// with the step without a move. The code compares the signs of g and p, since the product can
// underflow. There is no learning rate, so Rate returns s.
//
// State: two vectors. Reference: M. Riedmiller and H. Braun, A direct adaptive method for faster
// backpropagation learning: the RPROP algorithm, 1993, doi:10.1109/ICNN.1993.298623.
type Rprop struct {
	LearningRate float64  // first Δ, ≥ 0; 0.01 is common
	Shrink, Grow float64  // factors of Δ in (0, 1) and (1, +Inf); defaults 0.5 and 1.2
	Min, Max     float64  // bounds of Δ, 0 < Min ≤ Max; defaults 1e-6 and 50
	Schedule     Schedule // s, factor on Δ: Schedule(t−1) in step t; nil means 1

	driver
	p, d []float64
}

// NewRprop returns Rprop with the given first step size.
func NewRprop(rate float64) *Rprop {
	return made(&Rprop{LearningRate: rate, Shrink: 0.5, Grow: 1.2, Min: 1e-6, Max: 50})
}

// Step implements Optimizer.
func (o *Rprop) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Rprop) rate() float64 {
	checkOpenFraction("Rprop", "Shrink", o.Shrink)
	if !(1 < o.Grow && isFinite(o.Grow)) {
		outside("Rprop", "Grow", o.Grow, "(1, +Inf)")
	}
	checkNonNegative("Rprop", "Max", o.Max)
	if !(0 < o.Min && o.Min <= o.Max) {
		outside("Rprop", "Min", o.Min, fmt.Sprintf("(0, Max = %v]", o.Max))
	}
	checkNonNegative("Rprop", "LearningRate", o.LearningRate)
	return o.scheduled("Rprop", 1, o.Schedule)
}

func (o *Rprop) begin(v vectors) {
	if o.p == nil {
		o.p, o.d = make([]float64, v.len()), make([]float64, v.len())
		fill(o.d, o.LearningRate)
	}
}

func (o *Rprop) update(lo int, x, g []float64) {
	hi := lo + len(x)
	kernel.Rprop(x, g, o.p[lo:hi], o.d[lo:hi], o.eta, o.Shrink, o.Grow, o.Min, o.Max)
}

func (o *Rprop) visit(a *walk) {
	o.visitRule(a, "Rprop", 1, &o.LearningRate, &o.Shrink, &o.Grow, &o.Min, &o.Max)
	a.Vectors(&o.p, &o.d)
}
