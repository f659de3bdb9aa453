package main

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// network is a perceptron with any number of layers: max(0, x·W + b) in the
// hidden ones, softmax(x·W + b) in the last.
type network struct {
	params, grads []float64 // of all layers: what an optimizer steps on
	layers        []layer
	input         *mat.Dense // a batch, an image in each row
}

type layer struct {
	w, dw  *mat.Dense // views of params and grads
	b, db  []float64
	output *mat.Dense
	error  *mat.Dense // derivative of the loss by x·W + b
}

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

// forward returns the last layer before its softmax, for as many images as a
// batch has.
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

// gradient sets grads to the gradient of the mean cross entropy over a batch,
// and returns that, in nats.
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

// read returns the class that each of the images is taken for.
func (n *network) read(d dataset, indices []int) []int {
	output := n.forward(d, indices)
	classes := make([]int, len(indices))
	for row := range indices {
		classes[row] = floats.MaxIdx(output.RawRowView(row))
	}
	return classes
}
