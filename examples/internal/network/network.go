// Package network computes the loss of a perceptron on handwritten digits, and the gradient of the
// loss, for the examples. The perceptron has one hidden layer:
//
//	h = tanh(W₁·x + b₁),  z = W₂·h + b₂,  p = softmax(z)
//
// x are the pixels of an image, p are the probabilities of the ten digits. The loss is the mean of
// −log p at the right digits, the cross entropy.
package network

import (
	"math"
	"math/rand/v2"

	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/floats"
)

// Network holds the data and the work space of a perceptron. The parameters are a slice of the
// caller's: all weights W₁, W₂, then all biases b₁, b₂. Several goroutines must not use one Network
// at the same time. They may use different ones, with the same data and parameters.
type Network struct {
	pixels []float64
	labels []int

	h, z   []float64
	dh, dz []float64 // derivatives of the loss
}

// New returns a perceptron with the given number of hidden units.
func New(pixels []float64, labels []int, units int) *Network {
	vector := func(n int) []float64 { return make([]float64, n) }
	return &Network{pixels, labels, vector(units), vector(digits.Classes), vector(units), vector(digits.Classes)}
}

// Weights returns the number of weights.
func (n *Network) Weights() int { return len(n.h)*digits.Pixels + len(n.z)*len(n.h) }

// Biases returns the number of biases.
func (n *Network) Biases() int { return len(n.h) + len(n.z) }

// Init returns random weights, and biases that are 0. Each unit has a variance of about 1 before
// its function.
func (n *Network) Init(rng *rand.Rand) []float64 {
	params := make([]float64, n.Weights()+n.Biases())
	first, second, _, _ := n.layers(params)
	for i := range first {
		first[i] = rng.NormFloat64() / math.Sqrt(digits.Pixels)
	}
	for i := range second {
		second[i] = rng.NormFloat64() / math.Sqrt(float64(len(n.h)))
	}
	return params
}

// layers returns W₁, W₂, b₁ and b₂ as parts of x. A row of W has the weights of one unit.
func (n *Network) layers(x []float64) (w1, w2, b1, b2 []float64) {
	first, weights, biases := len(n.h)*digits.Pixels, n.Weights(), n.Weights()+len(n.h)
	return x[:first], x[first:weights], x[weights:biases], x[biases:]
}

// Gradient writes the gradient of the loss on a batch of images to dst. It returns the loss.
func (n *Network) Gradient(dst, params []float64, batch []int) float64 {
	clear(dst)
	_, w2, _, _ := n.layers(params)
	dw1, dw2, db1, db2 := n.layers(dst)
	share := 1 / float64(len(batch))
	loss := 0.0
	for _, i := range batch {
		loss += share * n.forward(params, i)
		norm := floats.LogSumExp(n.z)
		for k, z := range n.z {
			n.dz[k] = share * math.Exp(z-norm)
		}
		n.dz[n.labels[i]] -= share

		clear(n.dh)
		for k, dz := range n.dz {
			floats.AddScaled(row(dw2, k, len(n.h)), dz, n.h)
			floats.AddScaled(n.dh, dz, row(w2, k, len(n.h)))
		}
		floats.Add(db2, n.dz)
		for j, h := range n.h {
			n.dh[j] *= 1 - h*h // tanh′ = 1 − tanh²
			floats.AddScaled(row(dw1, j, digits.Pixels), n.dh[j], row(n.pixels, i, digits.Pixels))
		}
		floats.Add(db1, n.dh)
	}
	return loss
}

// Loss returns the loss on a batch of images.
func (n *Network) Loss(params []float64, batch []int) float64 {
	sum := 0.0
	for _, i := range batch {
		sum += n.forward(params, i)
	}
	return sum / float64(len(batch))
}

// Accuracy returns the share of the images whose digit has the largest probability.
func (n *Network) Accuracy(params []float64, batch []int) float64 {
	right := 0
	for _, i := range batch {
		n.forward(params, i)
		if floats.MaxIdx(n.z) == n.labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(batch))
}

// forward computes h and z of image i. It returns the loss on this image.
func (n *Network) forward(params []float64, i int) float64 {
	w1, w2, b1, b2 := n.layers(params)
	x := row(n.pixels, i, digits.Pixels)
	for j := range n.h {
		n.h[j] = math.Tanh(floats.Dot(row(w1, j, len(x)), x) + b1[j])
	}
	for k := range n.z {
		n.z[k] = floats.Dot(row(w2, k, len(n.h)), n.h) + b2[k]
	}
	return floats.LogSumExp(n.z) - n.z[n.labels[i]]
}

// row returns row i of a matrix with the given number of columns.
func row(matrix []float64, i, columns int) []float64 { return matrix[i*columns : (i+1)*columns] }
