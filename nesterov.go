package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Nesterov is Nesterov's accelerated gradient.
//
//	v ← μv + g
//	x ← x − η(g + μv)
//
// with μ = Mu and η = LearningRate · Schedule(t−1). The parameters x are the
// look-ahead points, at which the gradient is taken; Iterate gives the points w
// of the method proper, w = x + ημv. This is PyTorch's form.
//
// With Convex, μ is not constant but the sequence that is optimal for smooth
// convex functions, μ_t = (t−1)/(t+2):
//
//	v ← μ_{t−1}v + g
//	x ← x − η(g + μ_t·v)
//
// and then f(w) − f* ≤ 2L‖x₀−x*‖²/(t+1)² at η = 1/L. The sequence starts anew,
// and v with it, whenever the step to the next w would go uphill, g·Δw > 0.
// This test takes a pass over g and v and looks at all coordinates, so that a
// NaN does not stay in its coordinate.
//
// It keeps one vector. Y. Nesterov, A method for solving the convex programming
// problem with convergence rate O(1/k²), 1983; A. Beck and M. Teboulle, A fast
// iterative shrinkage-thresholding algorithm, 2009, doi:10.1137/080716542 (the
// bound); B. O'Donoghue and E. Candès, Adaptive restart for accelerated gradient
// schemes, 2012, arXiv:1204.3982.
type Nesterov struct {
	LearningRate float64  // η, at least 0
	Mu           float64  // μ, in [0, 1), 0.9 is common; not used if Convex
	Convex       bool     // μ_t = (t−1)/(t+2) with restarts
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	v      []float64
	k      int     // steps since the sequence μ started
	mu, nu float64 // μ for v and for the look-ahead
}

// NewNesterov returns Nesterov's method with the given learning rate and μ.
func NewNesterov(rate, mu float64) *Nesterov {
	o := made(new(Nesterov))
	o.LearningRate, o.Mu = rate, mu
	return o
}

// Step implements Optimizer.
func (o *Nesterov) Step(params, grads []float64) { o.step(o, params, grads) }

// Iterate writes to dst the point w = x + ημv that belongs to the look-ahead
// point params, and is the better one to evaluate or to stop at. dst may be
// params; the lengths must be those of the steps.
func (o *Nesterov) Iterate(dst, params []float64) {
	if len(dst) != len(params) || o.t > 0 && len(params) != o.n {
		panic(fmt.Sprintf("optim: Nesterov.Iterate: len(dst) = %d, len(params) = %d, want %d", len(dst), len(params), o.n))
	}
	copy(dst, params)
	if o.t > 0 {
		kernel.AddScaled(dst, o.v, o.eta*o.nu)
	}
}

func (o *Nesterov) whole() bool { return o.Convex }

func (o *Nesterov) rate() float64 {
	checkFraction("Nesterov", "Mu", o.Mu)
	return o.scheduled("Nesterov", o.LearningRate, o.Schedule)
}

func (o *Nesterov) begin(x, g []float64) {
	if o.v == nil {
		o.v = make([]float64, len(x))
	}
	if !o.Convex {
		o.mu, o.nu = o.Mu, o.Mu
		return
	}
	o.mu = convexMu(o.k)
	// Δw = −η(μv + g)
	if float64(o.mu*kernel.Dot(g, o.v))+kernel.SumSquares(g, 1) < 0 {
		clear(o.v)
		o.k = 0
	}
	o.k++
	o.nu = convexMu(o.k)
}

// convexMu is μ_k = (k−1)/(k+2), and 0 before the first step.
func convexMu(k int) float64 { return max(0, float64(k-1)/float64(k+2)) }

func (o *Nesterov) update(lo int, x, g []float64) {
	kernel.Nesterov(x, g, o.v[lo:lo+len(x)], o.mu, o.nu, o.eta)
}

func (o *Nesterov) visit(a *walk) {
	a.Type("Nesterov", 1)
	a.Settings(&o.LearningRate, &o.Mu, &o.Convex)
	o.visitDriver(a)
	a.Vectors(&o.v)
	a.State(&o.k)
	a.State(&o.nu)
}
