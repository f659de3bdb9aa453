package main

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// network is a perceptron with one hidden layer:
//
//	h = tanh(x·W₁ + b₁),  p = softmax(h·W₂ + b₂)
//
// Each row of x is an image. All weights and biases are in one slice, the parameters of the
// optimizer.
type network struct {
	params, grads []float64
	param, grad   layers // views of params and of grads

	// Work space. After Reset gonum uses the same memory again for any smaller batch.
	hidden, output, hiddenError mat.Dense
}

type layers struct {
	w1, w2 *mat.Dense
	b1, b2 []float64
}

func newNetwork(hidden int, rng *rand.Rand) *network {
	size := (pixels+1)*hidden + (hidden+1)*classes
	n := &network{params: make([]float64, size), grads: make([]float64, size)}
	n.param = view(n.params, hidden)
	n.grad = view(n.grads, hidden)

	// The sum of the inputs of a unit has a standard deviation of about 1, where tanh is not flat.
	for _, w := range []*mat.Dense{n.param.w1, n.param.w2} {
		inputs, _ := w.Dims()
		w.Apply(func(int, int, float64) float64 { return rng.NormFloat64() / math.Sqrt(float64(inputs)) }, w)
	}
	return n
}

// part is a part of the parameters: a matrix of weights, or biases if rows is 1.
type part struct{ rows, cols int }

// parts returns the parts of the parameters, in their order.
func (n *network) parts() []part {
	_, hidden := n.param.w1.Dims()
	return []part{{pixels, hidden}, {1, hidden}, {hidden, classes}, {1, classes}}
}

// view returns matrices and vectors that share the memory of flat.
func view(flat []float64, hidden int) layers {
	take := func(n int) []float64 {
		part := flat[:n]
		flat = flat[n:]
		return part
	}
	return layers{
		w1: mat.NewDense(pixels, hidden, take(pixels*hidden)),
		b1: take(hidden),
		w2: mat.NewDense(hidden, classes, take(hidden*classes)),
		b2: take(classes),
	}
}

// loss returns the mean cross entropy over a batch, in nats.
func (n *network) loss(batch dataset) float64 {
	n.forward(batch)
	sum := 0.0
	for i, label := range batch.labels {
		z := n.output.RawRowView(i)
		sum += floats.LogSumExp(z) - z[label]
	}
	return sum / float64(batch.len())
}

// accuracy returns the share of the images whose digit is recognised.
func (n *network) accuracy(batch dataset) float64 {
	n.forward(batch)
	right := 0
	for i, label := range batch.labels {
		if floats.MaxIdx(n.output.RawRowView(i)) == label {
			right++
		}
	}
	return float64(right) / float64(batch.len())
}

// gradient sets grads to the gradient of the loss.
func (n *network) gradient(batch dataset) {
	n.forward(batch)

	// The derivative of the loss by the output is p, minus 1 at the label. It overwrites the
	// output.
	for i, label := range batch.labels {
		z := n.output.RawRowView(i)
		norm := floats.LogSumExp(z)
		for j := range z {
			z[j] = math.Exp(z[j] - norm)
		}
		z[label]--
	}
	outputError := &n.output
	outputError.Scale(1/float64(batch.len()), outputError)

	n.grad.w2.Mul(n.hidden.T(), outputError)
	sumRows(n.grad.b2, outputError)

	n.hiddenError.Reset()
	n.hiddenError.Mul(outputError, n.param.w2.T())
	n.hiddenError.Apply(func(i, j int, e float64) float64 {
		h := n.hidden.At(i, j)
		return e * (1 - h*h) // tanh′ = 1 − tanh²
	}, &n.hiddenError)

	n.grad.w1.Mul(batch.images.T(), &n.hiddenError)
	sumRows(n.grad.b1, &n.hiddenError)
}

// forward computes the hidden layer, and the output layer before the softmax.
func (n *network) forward(batch dataset) {
	n.hidden.Reset()
	n.hidden.Mul(batch.images, n.param.w1)
	n.hidden.Apply(func(_, j int, z float64) float64 { return math.Tanh(z + n.param.b1[j]) }, &n.hidden)

	n.output.Reset()
	n.output.Mul(&n.hidden, n.param.w2)
	n.output.Apply(func(_, j int, z float64) float64 { return z + n.param.b2[j] }, &n.output)
}

// sumRows sets dst to the sum of the rows of m.
func sumRows(dst []float64, m *mat.Dense) {
	clear(dst)
	rows, _ := m.Dims()
	for i := range rows {
		floats.Add(dst, m.RawRowView(i))
	}
}
