package optim

import (
	"fmt"
	"slices"
)

// Tensor is one slice of parameters with its gradient. Either Params and Grads are set, or Params32
// and Grads32.
type Tensor struct {
	Params, Grads     []float64
	Params32, Grads32 []float32

	// Frozen keeps the tensor as it is: a step changes neither its parameters nor their part of the
	// state of the optimizer, and weight decay does not apply. The gradient may be nil and counts as
	// zero, also in the norm of ClipNorm. This is what PyTorch does with requires_grad = False.
	Frozen bool
}

// Tensors are parameters that lie in several slices, of float64 or float32. A step treats them as
// one vector: the tensors end to end.
type Tensors struct {
	tensors       []Tensor
	order         []int // the tensors in the order in which they lie in the vector
	starts        []int // where each of these begins, and the length of the vector
	params, grads []float64
}

// NewTensors returns the tensors as one vector, in their order.
func NewTensors(ts ...Tensor) *Tensors {
	order := make([]int, len(ts))
	for i := range order {
		order[i] = i
	}
	return newTensors(slices.Clone(ts), order)
}

func newTensors(ts []Tensor, order []int) *Tensors {
	o := &Tensors{tensors: ts, order: order, starts: make([]int, len(ts)+1)}
	for k, i := range order {
		o.starts[k+1] = o.starts[k] + max(len(ts[i].Params), len(ts[i].Params32))
	}
	return o
}

// Len returns the number of parameters in all tensors.
func (ts *Tensors) Len() int { return ts.starts[len(ts.order)] }

// At returns tensor i, in the order of NewTensors or SplitTensors. Its fields may be assigned between steps.
func (ts *Tensors) At(i int) *Tensor { return &ts.tensors[i] }

// Step takes a step of opt.
func (ts *Tensors) Step(opt Optimizer) {
	checkGiven("Tensors.Step", "optimizer", opt)
	ts.params, ts.grads = resize(ts.params, ts.Len()), resize(ts.grads, ts.Len())
	for k, i := range ts.order {
		t := ts.tensors[i]
		lo, hi := ts.starts[k], ts.starts[k+1]
		if !t.Frozen && len(t.Grads)+len(t.Grads32) != hi-lo {
			panic(fmt.Sprintf("optim: Tensors.Step: tensor %d has %d parameters, but a gradient of %d", i, hi-lo, len(t.Grads)+len(t.Grads32)))
		}
		copy(ts.params[lo:hi], t.Params)
		for j, x := range t.Params32 {
			ts.params[lo+j] = float64(x)
		}
		clear(ts.grads[lo:hi])
		if t.Frozen {
			continue
		}
		copy(ts.grads[lo:hi], t.Grads)
		for j, x := range t.Grads32 {
			ts.grads[lo+j] = float64(x)
		}
	}
	opt.Step(ts.params, ts.grads)
	for k, i := range ts.order {
		t := ts.tensors[i]
		if t.Frozen {
			continue
		}
		lo := ts.starts[k]
		copy(t.Params, ts.params[lo:])
		for j := range t.Params32 {
			t.Params32[j] = float32(ts.params[lo+j])
		}
	}
}

// Gather writes the parameters to dst.
func (ts *Tensors) Gather(dst []float64) {
	for k, i := range ts.order {
		t := ts.tensors[i]
		copy(dst[ts.starts[k]:], t.Params)
		for j, x := range t.Params32 {
			dst[ts.starts[k]+j] = float64(x)
		}
	}
}

// Scatter sets the parameters to src.
func (ts *Tensors) Scatter(src []float64) {
	for k, i := range ts.order {
		t := ts.tensors[i]
		copy(t.Params, src[ts.starts[k]:])
		for j := range t.Params32 {
			t.Params32[j] = float32(src[ts.starts[k]+j])
		}
	}
}

func (ts *Tensors) visit(a *walk) {
	a.Type("Tensors", 1)
	a.Same("tensors", len(ts.tensors))
	for i := range ts.tensors {
		t := &ts.tensors[i]
		a.Same(fmt.Sprintf("parameters in tensor %d", i), len(t.Params)+len(t.Params32))
		if a.Resetting() {
			continue
		}
		x := slices.Clone(t.Params)
		for _, v := range t.Params32 {
			x = append(x, float64(v))
		}
		a.Elements(x)
		if a.Assigning() {
			copy(t.Params, x)
			for j := range t.Params32 {
				t.Params32[j] = float32(x[j])
			}
		}
	}
}

// SplitTensors returns the tensors for which first is true, followed by the others, and the Groups
// that step the former with a and the latter with b.
func SplitTensors(ts []Tensor, first func(i int) bool, a, b Optimizer) (*Tensors, Groups) {
	var order, rest []int
	for i := range ts {
		if first(i) {
			order = append(order, i)
		} else {
			rest = append(rest, i)
		}
	}
	o := newTensors(slices.Clone(ts), append(order, rest...))
	n := o.starts[len(order)]
	return o, Groups{{Len: n, Optimizer: a}, {Len: o.Len() - n, Optimizer: b}}
}
