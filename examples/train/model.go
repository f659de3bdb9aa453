package main

import (
	"math/rand/v2"

	"example.com/optim"
	"example.com/optim/examples/internal/network"
	"example.com/optim/internal/digits"
)

// model is a network with one hidden layer, on 1,797 handwritten digits.
type model struct {
	*network.Network
	training, validation, test []int   // numbers of images
	loss                       float64 // of the last batch
}

// newModel returns a model and its first parameters: all weights, then all biases.
func newModel(rng *rand.Rand) (*model, []float64) {
	pixels, labels := digits.Load[float64]()
	net := network.New(pixels, labels, 32)
	order := rng.Perm(len(labels))
	return &model{net, order[:1200], order[1200:1500], order[1500:], 0}, net.Init(rng)
}

// trainingLoss returns the loss on the training images, for mini-batches.
func (m *model) trainingLoss() optim.FiniteSum {
	var images []int
	return optim.FiniteSum{N: len(m.training), Grad: func(dst, params []float64, batch []int) {
		images = images[:0]
		for _, i := range batch {
			images = append(images, m.training[i])
		}
		m.loss = m.Gradient(dst, params, images)
	}}
}

func (m *model) validationLoss(params []float64) float64 { return m.Loss(params, m.validation) }

func (m *model) testAccuracy(params []float64) float64 { return m.Accuracy(params, m.test) }
