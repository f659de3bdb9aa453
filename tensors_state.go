package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// visit walks over the parameters, Master and Frozen. A reset keeps the parameters, Master and
// Frozen, and drops the copies.
func (ts *Tensors) visit(a *walk) {
	a.Type("Tensors", 1)
	if a.Resetting() {
		clear(ts.masters)
		return
	}
	if err := ts.misfit(false); err != nil {
		a.Fail("%w", err)
		return
	}
	a.Same("tensors", len(ts.tensors))
	master := a.Flag(ts.Master)
	if a.Assigning() {
		ts.Master = master
	}
	for i := range ts.tensors {
		t := &ts.tensors[i]
		a.Same(fmt.Sprintf("parameters in tensor %d", i), t.len())
		single := t.Params32 != nil
		if has := a.Flag(single); has != single {
			a.Fail("tensor %d has %s, want %s", i, floatType(has), floatType(single))
		}
		a.Settings(&t.Frozen)
		switch {
		case !single:
			a.Elements(t.Params)
		case master:
			ts.visitMaster(a, i)
		default:
			a.Elements32(t.Params32)
		}
	}
}

// floatType returns the type of the elements of a tensor.
func floatType(single bool) string {
	if single {
		return "float32"
	}
	return "float64"
}

// visitMaster walks over the copy of a tensor, which determines the parameters.
func (ts *Tensors) visitMaster(a *walk, i int) {
	x, single := ts.masters[i], ts.tensors[i].Params32
	if x == nil {
		x = make([]float64, len(single))
	}
	if !a.Reads() {
		kernel.Reconcile(x, single)
	}
	a.Elements(x)
	if a.Assigning() {
		kernel.Round(single, x)
		ts.masters[i] = x
	}
}
