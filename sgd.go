package optim

import "example.com/optim/internal/kernel"

// SGD is gradient descent. The gradient may be that of all data, of a mini-batch or of one term.
//
//	x ← x − ηg
//
// State: no vector. Reference: H. Robbins and S. Monro, A stochastic approximation method, 1951,
// doi:10.1214/aoms/1177729586.
type SGD struct {
	LearningRate float64  // η ≥ 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	driver
}

// NewSGD returns gradient descent with the given learning rate.
func NewSGD(rate float64) *SGD { return made(&SGD{LearningRate: rate}) }

// Step implements Optimizer.
func (o *SGD) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *SGD) rate() float64 { return o.scheduled("SGD", o.LearningRate, o.Schedule) }

func (o *SGD) begin(vectors) {}

func (o *SGD) update(_ int, x, g []float64) { kernel.SGD(x, g, o.eta) }

func (o *SGD) visit(a *walk) {
	o.visitRule(a, "SGD", 1, &o.LearningRate)
}
