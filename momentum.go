package optim

import "example.com/optim/internal/kernel"

// Momentum is gradient descent with a velocity, the heavy ball.
//
//	v ← μv + (1−τ)g    (in the first step v = g)
//	x ← x − ηv
//
// with μ = Mu, τ = Dampening and η = LearningRate · Schedule(t−1). With
// RateInside the rate stands in the velocity, as in Polyak's paper:
//
//	v ← μv + η(1−τ)g   (in the first step v = ηg)
//	x ← x − v
//
// The two differ once η changes: outside, a new rate acts on the whole
// velocity at once. Outside is PyTorch's form.
//
// It keeps one vector. B. T. Polyak, Some methods of speeding up the
// convergence of iteration methods, 1964, doi:10.1016/0041-5553(64)90137-5.
type Momentum struct {
	LearningRate float64  // η, at least 0
	Mu           float64  // μ, the share of the velocity that stays, in [0, 1); 0.9 is common
	Dampening    float64  // τ, in [0, 1]; default 0
	RateInside   bool     // η in the velocity, not in front of it
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	v       []float64
	in, out float64 // factors of g and of v
}

// NewMomentum returns the heavy ball with the given learning rate and μ.
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

func (o *Momentum) begin(x, _ []float64) {
	if o.v == nil {
		o.v = make([]float64, len(x))
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
	a.Type("Momentum", 1)
	a.Settings(&o.LearningRate, &o.Mu, &o.Dampening, &o.RateInside)
	o.visitDriver(a)
	a.Vectors(&o.v)
}
