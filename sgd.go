package optim

import "example.com/optim/internal/kernel"

// SGD is gradient descent: stochastic, mini-batch or full, as the gradient is.
//
//	x ← x − ηg
//
// with η = LearningRate · Schedule(t−1) in step t = 1, 2, …
//
// It keeps no vector. H. Robbins and S. Monro, A stochastic approximation
// method, 1951, doi:10.1214/aoms/1177729586.
type SGD struct {
	LearningRate float64  // η, at least 0
	Schedule     Schedule // factor on η by step; nil is 1

	driver
}

// NewSGD returns gradient descent with the given learning rate.
func NewSGD(rate float64) *SGD {
	return made(&SGD{LearningRate: rate})
}

// Step implements Optimizer.
func (o *SGD) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *SGD) rate() float64 { return o.scheduled("SGD", o.LearningRate, o.Schedule) }

func (o *SGD) begin(_, _ []float64) {}

func (o *SGD) update(_ int, x, g []float64) { kernel.SGD(x, g, o.eta) }

func (o *SGD) visit(a *walk) {
	a.Type("SGD", 1)
	a.Settings(&o.LearningRate)
	o.visitDriver(a)
}
