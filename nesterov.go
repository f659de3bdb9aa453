package optim

import "example.com/optim/internal/kernel"

// Nesterov is Nesterov's accelerated gradient.
//
//	v ← μv + g
//	x ← x − η(g + μv)
//
// This is PyTorch's form. The parameters x are the look-ahead points, where the gradient is taken.
// The iterates of the method are w = x + ημv: see Iterate.
//
// With Convex, μ is the sequence that is optimal for smooth convex functions, μ_t = (t−1)/(t+2):
//
//	v ← μ_{t−1}v + g
//	x ← x − η(g + μ_t·v)
//
// Let x₀ be the start, x* a minimum, and f* its value. If the gradient has the Lipschitz constant L
// and η = 1/L, then f(w) − f* ≤ 2L‖x₀−x*‖²/(t+1)² after t steps without a restart. If the next move
// Δw of w is uphill, g·Δw > 0, the method restarts with v = 0 and t = 1. This test takes a pass
// over g and v. While a coordinate of g or v is NaN, there is no restart.
//
// For a loss with a penalty, or within a set, see [Proximal]. It replaces g by the gradient mapping.
//
// State: one vector, and one more with a Proximal. References: Y. Nesterov, A method for solving
// the convex programming problem with convergence rate O(1/k²), 1983; A. Beck and M. Teboulle, A
// fast iterative shrinkage-thresholding algorithm, 2009, doi:10.1137/080716542 (the bound);
// B. O'Donoghue and E. Candès, Adaptive restart for accelerated gradient schemes, 2012,
// arXiv:1204.3982.
type Nesterov struct {
	LearningRate float64  // η ≥ 0
	Mu           float64  // μ in [0, 1); 0.9 is common; ignored with Convex
	Convex       bool     // replaces μ by μ_t = (t−1)/(t+2), with restarts; default false
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	v      []float64
	k      int          // steps since the start of the sequence μ_t
	mu, nu float64      // factors of v in the two lines of the update
	inner  *gradientMap // nil without a Proximal
}

// NewNesterov returns Nesterov's method with the given learning rate and μ.
func NewNesterov(rate, mu float64) *Nesterov {
	o := made(new(Nesterov))
	o.LearningRate, o.Mu = rate, mu
	return o
}

// Step implements Optimizer.
func (o *Nesterov) Step(params, grads []float64) { o.step(o, params, grads) }

// Iterate writes to dst the iterate w = x + ημv for the look-ahead point x = params. w is the point
// to evaluate and to keep. With a [Proximal], w is the result of the prox in the last step. dst may be
// params. Iterate panics unless both have the length of the steps so far.
func (o *Nesterov) Iterate(dst, params []float64) {
	o.checkIterate("Nesterov", dst, params)
	copy(dst, params)
	switch {
	case o.inner != nil && o.inner.w != nil:
		copy(dst, o.inner.w)
	case o.t > 0:
		kernel.AddScaled(dst, o.v, o.eta*o.nu)
	}
}

func (o *Nesterov) whole() bool { return o.Convex || o.inner != nil && !o.inner.elementwise() }

func (o *Nesterov) rate() float64 {
	checkFraction("Nesterov", "Mu", o.Mu)
	return o.scheduled("Nesterov", o.LearningRate, o.Schedule)
}

func (o *Nesterov) begin(v vectors) {
	if o.v == nil {
		o.v = make([]float64, v.len())
	}
	var g []float64 // for the restarts of Convex
	switch {
	case o.inner != nil:
		g = o.inner.begin(v, o.eta, o.whole())
	case o.Convex:
		g = v.gradient()
	}
	if !o.Convex {
		o.mu, o.nu = o.Mu, o.Mu
		return
	}
	o.mu = convexMu(o.k)
	if float64(o.mu*o.reducer.Dot(g, o.v))+o.reducer.SumSquares(g) < 0 { // g·Δw > 0, Δw = −η(μv + g)
		clear(o.v)
		o.k = 0
	}
	o.k++
	o.nu = convexMu(o.k)
}

// convexMu returns μ_k = (k−1)/(k+2), and 0 for k = 0.
func convexMu(k int) float64 { return max(0, float64(k-1)/float64(k+2)) }

func (o *Nesterov) update(lo int, x, g []float64) {
	switch {
	case o.inner == nil:
		o.move(lo, x, g)
	case o.whole():
		o.move(lo, x, o.inner.mapped[lo:lo+len(x)])
	default:
		o.inner.update(lo, x, g, o.eta, o.move)
	}
}

func (o *Nesterov) hold(lo int, x []float64) {
	if o.inner != nil {
		copy(o.inner.w[lo:], x)
	}
}

// move moves x, which begins at coordinate lo, against the gradient g.
func (o *Nesterov) move(lo int, x, g []float64) {
	kernel.Nesterov(x, g, o.v[lo:lo+len(x)], o.mu, o.nu, o.eta)
}

func (o *Nesterov) visit(a *walk) {
	o.visitRule(a, "Nesterov", 1, &o.LearningRate, &o.Mu, &o.Convex)
	a.Vectors(&o.v)
	a.State(&o.k, &o.nu)
	if o.inner != nil {
		a.Optional(&o.inner.w)
	}
}
