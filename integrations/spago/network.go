package main

import (
	"math"
	"math/rand/v2"

	"example.com/optim"
	"example.com/optim/internal/digits"
	"github.com/nlpodyssey/spago/ag"
	"github.com/nlpodyssey/spago/mat"
	"github.com/nlpodyssey/spago/nn"
	"github.com/nlpodyssey/spago/nn/linear"
)

const units = 32 // in the hidden layer

// network has the scores W₂·tanh(W₁·x + b₁) + b₂ for the digits of an image x.
type network struct {
	images  []mat.Tensor
	labels  []int
	layers  []*linear.Model
	params  []*nn.Param
	tensors []optim.Tensor // params and their gradients
}

func newNetwork(rng *rand.Rand) *network {
	pixels, labels := digits.Load[float32]()
	digits.Shuffle(rng, pixels, labels)
	n := &network{labels: labels, layers: []*linear.Model{linear.New[float32](digits.Pixels, units), linear.New[float32](units, digits.Classes)}}
	for i := range labels {
		n.images = append(n.images, mat.NewDense[float32](mat.WithBacking(pixels[i*digits.Pixels:(i+1)*digits.Pixels])))
	}
	for _, layer := range n.layers {
		weights := layer.W.Data().F32()
		for i := range weights {
			weights[i] = float32(rng.NormFloat64() / math.Sqrt(float64(layer.W.Shape()[1])))
		}
		n.params = append(n.params, layer.W, layer.B)
	}
	for _, p := range n.params {
		p.AccGrad(p.ZerosLike()) // allocates the gradient; ZeroGrad would drop it
		n.tensors = append(n.tensors, optim.Tensor{Params32: p.Data().F32(), Grads32: p.Grad().Data().F32()})
	}
	return n
}

// scores returns the scores of an image.
func (n *network) scores(image int) mat.Tensor {
	hidden := ag.Tanh(n.layers[0].Forward(n.images[image])[0])
	return n.layers[1].Forward(hidden)[0]
}

// gradient computes the gradient of the mean cross entropy on a batch of images. Backward takes one
// image at a time, and no tensor is used twice in its loss: spago adds gradients that meet in a
// tensor in random order, which changes their last bits.
func (n *network) gradient(batch []int) error {
	for _, t := range n.tensors {
		clear(t.Grads32) // spago adds to the gradients
	}
	for _, i := range batch {
		loss := ag.Neg(ag.Log(ag.At(ag.Softmax(n.scores(i)), n.labels[i])))
		loss.AccGrad(mat.Scalar(1 / float32(len(batch))))
		if err := ag.Backward(loss); err != nil {
			return err
		}
	}
	return nil
}

// accuracy returns the share of the images from number first on that are recognised.
func (n *network) accuracy(first int) float64 {
	right := 0
	for i := first; i < len(n.labels); i++ {
		if n.scores(i).Value().(mat.Matrix).ArgMax() == n.labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(n.labels)-first)
}
