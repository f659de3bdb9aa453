package optim

import "example.com/optim/internal/kernel"

// AdaGrad divides the step of each coordinate by the root of the sum of its squared gradients.
//
//	s ← s + g²          (first step: from s = Initial)
//	x ← x − η_t g/(√(s+ε_root) + ε),  η_t = η/(1 + (t−1)·RateDecay)
//
// This is PyTorch's form: ε is outside the root. For the textbook form, set Epsilon to 0 and
// EpsilonRoot to 1e-8, for example. Some texts print the update with a plus sign, which ascends.
// Rate returns η, not η_t.
//
// State: one vector. Reference: J. Duchi, E. Hazan and Y. Singer, Adaptive subgradient methods for
// online learning and stochastic optimization, 2011, https://jmlr.org/papers/v12/duchi11a.html.
type AdaGrad struct {
	LearningRate         float64  // η ≥ 0; 0.01 is common
	Epsilon, EpsilonRoot float64  // ε ≥ 0 and ε_root ≥ 0; defaults 1e-10 and 0
	Initial              float64  // s before the first step, ≥ 0; read in the first step only; default 0
	RateDecay            float64  // inverse-time decay of η, ≥ 0; default 0
	Schedule             Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
	s      []float64
	scaled float64 // η_t
}

// NewAdaGrad returns AdaGrad with the given learning rate.
func NewAdaGrad(rate float64) *AdaGrad { return made(&AdaGrad{LearningRate: rate, Epsilon: 1e-10}) }

// Step implements Optimizer.
func (o *AdaGrad) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *AdaGrad) rate() float64 {
	checkNonNegative("AdaGrad", "Epsilon", o.Epsilon)
	checkNonNegative("AdaGrad", "EpsilonRoot", o.EpsilonRoot)
	checkNonNegative("AdaGrad", "Initial", o.Initial)
	checkNonNegative("AdaGrad", "RateDecay", o.RateDecay)
	return o.scheduled("AdaGrad", o.LearningRate, o.Schedule)
}

func (o *AdaGrad) begin(v vectors) {
	if o.s == nil {
		o.s = make([]float64, v.len())
		fill(o.s, o.Initial)
	}
	o.scaled = o.eta / (1 + float64(float64(o.t)*o.RateDecay))
}

func (o *AdaGrad) update(lo int, x, g []float64) {
	kernel.AdaGrad(x, g, o.s[lo:lo+len(x)], o.scaled, o.EpsilonRoot, o.Epsilon)
}

func (o *AdaGrad) visit(a *walk) {
	o.visitRule(a, "AdaGrad", 1, &o.LearningRate, &o.Epsilon, &o.EpsilonRoot, &o.Initial, &o.RateDecay)
	a.Vectors(&o.s)
}
