package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"example.com/optim"
	"example.com/optim/internal/digits"
	"github.com/gomlx/gomlx/backends"
	_ "github.com/gomlx/gomlx/backends/simplego"
	G "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

const units = 32 // in the hidden layer

// network is a graph with the loss −log softmax(tanh(x·W₁ + b₁)·W₂ + b₂) at the right digits.
type network struct {
	pixels []float32 // of all images
	labels []int
	params []*tensors.Tensor // W₁, b₁, W₂, b₂
	grads  []*tensors.Tensor // of the last batch
	logP   *tensors.Tensor   // log softmax of the last batch
	graph  *G.Exec
}

func newNetwork(rng *rand.Rand) (*network, error) {
	n := &network{}
	n.pixels, n.labels = digits.Load[float32]()
	digits.Shuffle(rng, n.pixels, n.labels)
	for _, size := range [][2]int{{digits.Pixels, units}, {units, digits.Classes}} {
		weights := make([]float32, size[0]*size[1])
		for i := range weights {
			weights[i] = float32(rng.NormFloat64() / math.Sqrt(float64(size[0])))
		}
		n.params = append(n.params, tensors.FromFlatDataAndDimensions(weights, size[0], size[1]),
			tensors.FromFlatDataAndDimensions(make([]float32, size[1]), 1, size[1]))
	}
	backend, err := backends.NewWithConfig("go")
	if err != nil {
		return nil, err
	}
	n.graph, err = G.NewExec(backend, func(nodes []*G.Node) []*G.Node {
		w1, b1, w2, b2, x, y := nodes[0], nodes[1], nodes[2], nodes[3], nodes[4], nodes[5]
		h := G.Tanh(G.Add(G.Dot(x, w1), b1))
		logP := G.LogSoftmax(G.Add(G.Dot(h, w2), b2))
		loss := G.MulScalar(G.ReduceAllSum(G.Mul(y, logP)), -1.0/batchSize)
		return append(G.Gradient(loss, w1, b1, w2, b2), logP)
	})
	if err != nil {
		return nil, err
	}
	return n, n.gradient(make([]int, batchSize)) // lend needs gradients
}

// gradient computes the gradient on a batch of images.
func (n *network) gradient(batch []int) error {
	var x []float32
	y := make([]float32, batchSize*digits.Classes)
	for k, i := range batch {
		x = append(x, n.pixels[i*digits.Pixels:(i+1)*digits.Pixels]...)
		y[k*digits.Classes+n.labels[i]] = 1
	}
	var inputs []any
	for _, p := range n.params {
		inputs = append(inputs, p)
	}
	results, err := n.graph.Exec(append(inputs,
		tensors.FromFlatDataAndDimensions(x, batchSize, digits.Pixels),
		tensors.FromFlatDataAndDimensions(y, batchSize, digits.Classes))...)
	if err != nil {
		return err
	}
	n.grads, n.logP = results[:len(n.params)], results[len(n.params)]
	return nil
}

// sizes returns tensors with the sizes of the parameters. Only lend has their memory.
func (n *network) sizes() (ts []optim.Tensor) {
	for _, p := range n.params {
		ts = append(ts, optim.Tensor{Params32: make([]float32, p.Size())})
	}
	return ts
}

// lend calls use while ts is the memory of gomlx.
func (n *network) lend(ts *optim.Tensors, use func()) {
	for i := range n.params {
		inner := use
		use = func() {
			tensors.MustMutableFlatData(n.params[i], func(params []float32) {
				tensors.MustMutableFlatData(n.grads[i], func(grads []float32) {
					*ts.At(i) = optim.Tensor{Params32: params, Grads32: grads}
					inner()
				})
			})
		}
	}
	use()
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
		tensors.MustConstFlatData(n.logP, func(logP []float32) {
			for k, i := range batch {
				row := logP[k*digits.Classes : (k+1)*digits.Classes]
				if row[n.labels[i]] == slices.Max(row) {
					right++
				}
			}
		})
	}
	return float64(right) / float64(hi-lo), nil
}
