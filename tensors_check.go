package optim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// check panics if the slices of a tensor are not valid. Only a step needs all gradients.
func (ts *Tensors) check(function string, step bool) {
	if err := ts.misfit(step); err != nil {
		panic(failed(function, err).Error())
	}
}

// misfit returns an error that names the tensor if the slices of a tensor are not valid.
func (ts *Tensors) misfit(step bool) error {
	for k, i := range ts.order {
		if err := ts.tensors[i].misfit(ts.starts[k+1]-ts.starts[k], step); err != nil {
			return fmt.Errorf("tensor %d: %w", i, err)
		}
	}
	return ts.memory.check(ts.tensors)
}

// misfit returns an error unless the tensor has n parameters, and a gradient of the same type and
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

// checkFrozen panics if opt has line searches and a tensor is frozen, because a line search moves
// all parameters.
func (ts *Tensors) checkFrozen(opt Optimizer) {
	if !searches(opt) {
		return
	}
	for i := range ts.tensors {
		if ts.tensors[i].Frozen {
			panic(fmt.Sprintf("optim: Tensors.Step: tensor %d is frozen, but the line searches of %T move all parameters; leave the tensor out", i, opt))
		}
	}
}

// extents are the memory of the slices of tensors.
type extents struct {
	seen   []extent // of the parameters of tensor i at 2i, of its gradient at 2i + 1
	sorted []int    // the indices of seen, by address
}

// extent is the memory [from, to).
type extent struct{ from, to uintptr }

// check returns an error if parameters overlap other parameters or a gradient. Nothing is compared
// if all slices are where they were in the last call.
func (m *extents) check(tensors []Tensor) error {
	moved := false
	m.seen = slices.Grow(m.seen, 2*len(tensors))[:2*len(tensors)]
	for i := range tensors {
		params, gradient := tensors[i].extents()
		seen := m.seen[2*i : 2*i+2]
		moved = moved || seen[0] != params || seen[1] != gradient
		seen[0], seen[1] = params, gradient
	}
	if !moved {
		return nil
	}
	m.sorted = m.sorted[:0]
	for k := range m.seen {
		m.sorted = append(m.sorted, k)
	}
	slices.SortFunc(m.sorted, func(a, b int) int { return cmp.Compare(m.seen[a].from, m.seen[b].from) })
	last, params := -1, -1 // the extents with the farthest end: of all, and of the parameters
	for _, k := range m.sorted {
		before := params
		if isParams(k) {
			before = last
		}
		if e := m.seen[k]; e.from < m.reach(before) && e.from < e.to {
			m.seen = nil
			return fmt.Errorf("%s and %s overlap", extentName(before), extentName(k))
		}
		if m.seen[k].to > m.reach(last) {
			last = k
		}
		if m.seen[k].to > m.reach(params) && isParams(k) {
			params = k
		}
	}
	return nil
}

// reach returns the end of an extent, and 0 if k < 0.
func (m *extents) reach(k int) uintptr {
	if k < 0 {
		return 0
	}
	return m.seen[k].to
}

// isParams returns whether extent k is that of parameters.
func isParams(k int) bool { return k%2 == 0 }

func extentName(k int) string {
	if isParams(k) {
		return fmt.Sprintf("the parameters of tensor %d", k/2)
	}
	return fmt.Sprintf("the gradient of tensor %d", k/2)
}

// extents returns the memory of the parameters and of the gradient.
func (t *Tensor) extents() (params, gradient extent) {
	if t.Params32 != nil {
		return extentOf(t.Params32), extentOf(t.Grads32)
	}
	return extentOf(t.Params), extentOf(t.Grads)
}

func extentOf[T float32 | float64](x []T) extent {
	from := uintptr(unsafe.Pointer(unsafe.SliceData(x)))
	return extent{from, from + uintptr(len(x))*unsafe.Sizeof(*new(T))}
}
