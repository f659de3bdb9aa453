package optim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// check panics if a tensor is not as it must be. Only a step needs all gradients.
func (ts *Tensors) check(function string, step bool) {
	if err := ts.misfit(step); err != nil {
		panic(failed(function, err).Error())
	}
}

// misfit returns an error that names the tensor if a tensor is not as it must be.
func (ts *Tensors) misfit(step bool) error {
	for k, i := range ts.order {
		if err := ts.tensors[i].misfit(ts.starts[k+1]-ts.starts[k], step); err != nil {
			return fmt.Errorf("tensor %d: %w", i, err)
		}
	}
	return ts.memory.check(ts.tensors)
}

// misfit returns an error if the tensor has not n parameters and a gradient of the same type and
// length.
func (t *Tensor) misfit(n int, step bool) error {
	double, single := t.Params != nil || t.Grads != nil, t.Params32 != nil || t.Grads32 != nil
	switch length := len(t.Grads) + len(t.Grads32); {
	case double && single:
		return errors.New("slices of float64 and of float32, want one type")
	case t.Params == nil && t.Params32 == nil:
		return errors.New("Params and Params32 are nil, want one of them")
	case t.len() != n:
		return fmt.Errorf("%d parameters, want %d as at the start", t.len(), n)
	case t.Grads == nil && t.Grads32 == nil:
		if step && !t.Frozen {
			return errors.New("the gradient is nil, want one unless the tensor is frozen")
		}
	case length != n:
		return fmt.Errorf("%d parameters, but a gradient of %d", n, length)
	}
	return nil
}

// checkFrozen panics if opt moves along lines and a tensor is frozen. On a line all parameters move.
func (ts *Tensors) checkFrozen(opt Optimizer) {
	if !searches(opt) {
		return
	}
	for i, t := range ts.tensors {
		if t.Frozen {
			panic(fmt.Sprintf("optim: Tensors.Step: tensor %d is frozen, but the line searches of %T move all parameters; leave the tensor out", i, opt))
		}
	}
}

// extents are the addresses of the slices of tensors.
type extents struct {
	seen, sorted []extent
}

// extent is the memory [from, to) of the parameters or of the gradient of a tensor.
type extent struct {
	from, to uintptr
	tensor   int
	gradient bool
}

// check returns an error if parameters overlap other parameters or a gradient. Nothing is compared
// if all slices are where they were in the last call.
func (m *extents) check(tensors []Tensor) error {
	moved := m.seen == nil
	m.seen = slices.Grow(m.seen, 2*len(tensors))[:2*len(tensors)]
	for i := range tensors {
		for j, e := range tensors[i].extents(i) {
			moved = moved || m.seen[2*i+j] != e
			m.seen[2*i+j] = e
		}
	}
	if !moved {
		return nil
	}
	m.sorted = append(m.sorted[:0], m.seen...)
	slices.SortFunc(m.sorted, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
	var last, params extent // those that reach farthest: of all, and of the parameters
	for _, e := range m.sorted {
		before := params
		if !e.gradient {
			before = last
		}
		if e.from < before.to && e.from < e.to {
			m.seen = nil
			return fmt.Errorf("%v and %v overlap", before, e)
		}
		if e.to > last.to {
			last = e
		}
		if e.to > params.to && !e.gradient {
			params = e
		}
	}
	return nil
}

// extents returns the memory of the parameters and of the gradient of tensor i.
func (t *Tensor) extents(i int) [2]extent {
	params, grads := extentOf(t.Params), extentOf(t.Grads)
	if t.Params32 != nil {
		params, grads = extentOf(t.Params32), extentOf(t.Grads32)
	}
	params.tensor, grads.tensor, grads.gradient = i, i, true
	return [2]extent{params, grads}
}

func extentOf[T float32 | float64](x []T) extent {
	from := uintptr(unsafe.Pointer(unsafe.SliceData(x)))
	return extent{from: from, to: from + uintptr(len(x))*unsafe.Sizeof(*new(T))}
}

func (e extent) String() string {
	if e.gradient {
		return fmt.Sprintf("the gradient of tensor %d", e.tensor)
	}
	return fmt.Sprintf("the parameters of tensor %d", e.tensor)
}
