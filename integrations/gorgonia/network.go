package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"example.com/optim"
	"example.com/optim/internal/digits"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

const units = 32 // in the hidden layer

// network is a graph with the loss −log softmax(tanh(x·W₁ + b₁)·W₂ + b₂) at the right digits.
type network struct {
	pixels  []float32 // of all images
	labels  []int
	x, y    []float32 // the images of a batch, and their digits one-hot
	logP    G.Value   // log softmax of the batch
	params  G.Nodes   // W₁, b₁, W₂, b₂
	vm      G.VM
	tensors []optim.Tensor
}

func newNetwork(rng *rand.Rand) (*network, error) {
	n := &network{x: make([]float32, batchSize*digits.Pixels), y: make([]float32, batchSize*digits.Classes)}
	n.pixels, n.labels = digits.Load[float32]()
	digits.Shuffle(rng, n.pixels, n.labels)

	g := G.NewGraph()
	matrix := func(name string, rows, columns int, values []float32) *G.Node {
		return G.NewMatrix(g, tensor.Float32, G.WithName(name), G.WithShape(rows, columns),
			G.WithValue(tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(values))))
	}
	layer := func(name string, x *G.Node, inputs, outputs int) *G.Node {
		weights := make([]float32, inputs*outputs)
		for i := range weights {
			weights[i] = float32(rng.NormFloat64() / math.Sqrt(float64(inputs)))
		}
		w, b := matrix("W"+name, inputs, outputs, weights), matrix("b"+name, 1, outputs, make([]float32, outputs))
		n.params = append(n.params, w, b)
		return G.Must(G.BroadcastAdd(G.Must(G.Mul(x, w)), b, nil, []byte{0}))
	}
	x, y := matrix("x", batchSize, digits.Pixels, n.x), matrix("y", batchSize, digits.Classes, n.y)
	h := G.Must(G.Tanh(layer("1", x, digits.Pixels, units)))
	logP := G.Must(G.LogSoftMax(layer("2", h, units, digits.Classes)))
	loss := G.Must(G.Neg(G.Must(G.Mean(G.Must(G.Sum(G.Must(G.HadamardProd(y, logP)), 1))))))
	G.Read(logP, &n.logP)
	if _, err := G.Grad(loss, n.params...); err != nil {
		return nil, err
	}
	n.vm = G.NewTapeMachine(g, G.BindDualValues(n.params...))
	return n, n.bind()
}

// bind runs the graph once, since this allocates the gradients. Their memory stays the same.
func (n *network) bind() error {
	if err := n.gradient(make([]int, batchSize)); err != nil {
		return err
	}
	for _, node := range n.params {
		grad, err := node.Grad()
		if err != nil {
			return err
		}
		n.tensors = append(n.tensors, optim.Tensor{Params32: node.Value().Data().([]float32), Grads32: grad.Data().([]float32)})
	}
	return nil
}

// gradient computes the gradient on a batch of images.
func (n *network) gradient(batch []int) error {
	clear(n.y)
	for k, i := range batch {
		copy(n.x[k*digits.Pixels:], n.pixels[i*digits.Pixels:(i+1)*digits.Pixels])
		n.y[k*digits.Classes+n.labels[i]] = 1
	}
	for _, t := range n.tensors {
		clear(t.Grads32) // gorgonia adds to the gradients
	}
	n.vm.Reset()
	return n.vm.RunAll()
}

// accuracy returns the share of the images from lo to hi − 1 that are recognised.
func (n *network) accuracy(lo, hi int) (float64, error) {
	right, batch := 0, make([]int, batchSize)
	for first := lo; first < hi; first += batchSize {
		for k := range batch {
			batch[k] = first + k
		}
		if err := n.gradient(batch); err != nil {
			return 0, err
		}
		logP := n.logP.Data().([]float32)
		for k, i := range batch {
			row := logP[k*digits.Classes : (k+1)*digits.Classes]
			if row[n.labels[i]] == slices.Max(row) {
				right++
			}
		}
	}
	return float64(right) / float64(hi-lo), nil
}
