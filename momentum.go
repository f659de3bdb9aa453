package optim

import "example.com/optim/internal/kernel"

// Momentum is gradient descent with a velocity v, also called the heavy-ball method.
//
//	v ← μv + (1−τ)g    (first step: v ← g)
//	x ← x − ηv
//
// This is PyTorch's form. With RateInside, η is inside the velocity, as in Polyak's paper:
//
//	v ← μv + η(1−τ)g   (first step: v ← ηg)
//	x ← x − v
//
// Up to rounding, the two forms differ only if η changes. Then the first form applies the new η to
// the whole velocity, and the second form applies it to new gradients alone.
//
// State: one vector. Reference: B. T. Polyak, Some methods of speeding up the convergence of
// iteration methods, 1964, doi:10.1016/0041-5553(64)90137-5.
type Momentum struct {
	LearningRate float64  // η ≥ 0
	Mu           float64  // μ in [0, 1); 0.9 is common
	Dampening    float64  // τ in [0, 1]; default 0
	RateInside   bool     // puts η inside the velocity; default false
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	v       []float64
	in, out float64 // the factors of g in v and of v in x
}

// NewMomentum returns gradient descent with momentum, with the given learning rate and μ.
func NewMomentum(rate, mu float64) *Momentum {
	o := made(new(Momentum))
	o.LearningRate, o.Mu = rate, mu
	return o
}

// Step implements Optimizer.
func (o *Momentum) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Momentum) rate() float64 {
	checkFraction("Momentum", "Mu", o.Mu)
	checkUnit("Momentum", "Dampening", o.Dampening)
	return o.scheduled("Momentum", o.LearningRate, o.Schedule)
}

func (o *Momentum) begin(v vectors) {
	if o.v == nil {
		o.v = make([]float64, v.len())
	}
	o.in, o.out = 1-o.Dampening, o.eta
	if o.t == 0 {
		o.in = 1
	}
	if o.RateInside {
		o.in, o.out = o.in*o.eta, 1
	}
}

func (o *Momentum) update(lo int, x, g []float64) {
	kernel.Momentum(x, g, o.v[lo:lo+len(x)], o.Mu, o.in, o.out)
}

func (o *Momentum) visit(a *walk) {
	o.visitRule(a, "Momentum", 1, &o.LearningRate, &o.Mu, &o.Dampening, &o.RateInside)
	a.Vectors(&o.v)
}
