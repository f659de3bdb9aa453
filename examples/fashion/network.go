package main

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// network is a perceptron with any number of layers: max(0, x·W + b) in the hidden layers and
// softmax(x·W + b) in the last one.
type network struct {
	params, grads []float64 // of all layers, for the optimizer
	layers        []layer
	input         *mat.Dense // a batch with an image in each row
}

type layer struct {
	w, dw  *mat.Dense // views of params and grads
	b, db  []float64
	output *mat.Dense
	error  *mat.Dense // derivative of the loss by x·W + b
}

// newNetwork returns a network with random weights. sizes holds the number of inputs and the size
// of each layer.
func newNetwork(rng *rand.Rand, batch int, sizes ...int) *network {
	total := 0
	for i, out := range sizes[1:] {
		total += (sizes[i] + 1) * out
	}
	n := &network{params: make([]float64, total), grads: make([]float64, total), input: mat.NewDense(batch, sizes[0], nil)}
	params, grads := n.params, n.grads
	for i, out := range sizes[1:] {
		in := sizes[i]
		weights := in * out
		n.layers = append(n.layers, layer{
			w: mat.NewDense(in, out, params[:weights]), b: params[weights : weights+out],
			dw: mat.NewDense(in, out, grads[:weights]), db: grads[weights : weights+out],
			output: mat.NewDense(batch, out, nil), error: mat.NewDense(batch, out, nil),
		})
		for j := range weights { // K. He and others, 2015, arXiv:1502.01852
			params[j] = rng.NormFloat64() * math.Sqrt(2/float64(in))
		}
		params, grads = params[weights+out:], grads[weights+out:]
	}
	return n
}

// forward returns the last layer before the softmax, with a row for each of the images.
func (n *network) forward(d dataset, indices []int) *mat.Dense {
	for row, i := range indices {
		x := n.input.RawRowView(row)
		for j, pixel := range d.image(i) {
			x[j] = float64(pixel) / 255
		}
	}
	x := n.input
	for k, l := range n.layers {
		l.output.Mul(x, l.w)
		for row := range indices {
			z := l.output.RawRowView(row)
			floats.Add(z, l.b)
			if k == len(n.layers)-1 {
				continue
			}
			for j, v := range z {
				z[j] = max(0, v)
			}
		}
		x = l.output
	}
	return x
}

// gradient returns the mean cross entropy over the images, in nats, and sets grads to its gradient.
// The number of images must be that of a batch.
func (n *network) gradient(d dataset, indices []int) (loss float64) {
	output := n.forward(d, indices)
	last := len(n.layers) - 1
	for row, i := range indices {
		z, e, label := output.RawRowView(row), n.layers[last].error.RawRowView(row), d.labels[i]
		norm := floats.LogSumExp(z)
		loss += (norm - z[label]) / float64(len(indices))
		for j := range e {
			e[j] = math.Exp(z[j]-norm) / float64(len(indices))
		}
		e[label] -= 1 / float64(len(indices))
	}
	for k := last; k >= 0; k-- {
		l, x := n.layers[k], n.input
		if k > 0 {
			x = n.layers[k-1].output
		}
		l.dw.Mul(x.T(), l.error)
		clear(l.db)
		for row := range indices {
			floats.Add(l.db, l.error.RawRowView(row))
		}
		if k == 0 {
			break
		}
		below := n.layers[k-1]
		below.error.Mul(l.error, l.w.T())
		for row := range indices {
			e := below.error.RawRowView(row)
			for j, v := range x.RawRowView(row) {
				if v == 0 {
					e[j] = 0
				}
			}
		}
	}
	return loss
}

// classify returns the most probable class of each of the images.
func (n *network) classify(d dataset, indices []int) []int {
	output := n.forward(d, indices)
	classes := make([]int, len(indices))
	for row := range indices {
		classes[row] = floats.MaxIdx(output.RawRowView(row))
	}
	return classes
}
