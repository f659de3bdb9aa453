package optim

import (
	"fmt"
	"slices"
)

// Group is a run of parameters with an optimizer of its own.
type Group struct {
	Len       int       // number of parameters
	Optimizer Optimizer // nil freezes them
}

// Groups are the parts of a vector of parameters, in their order: each steps
// with its own optimizer. A transform in front of all of them, such as a
// ClipNorm, sees the whole gradient.
//
//	opt := optim.NewChain(optim.Groups{
//		{Len: 1000, Optimizer: optim.NewAdamW(1e-3, 0.01)}, // weights
//		{Len: 10, Optimizer: optim.NewAdam(1e-3)},          // biases
//	}, optim.NewClipNorm(1))
type Groups []Group

// Step implements Optimizer. It panics if the groups' lengths do not add up to
// that of params, or if two groups have the same optimizer, whose state would be
// mixed.
func (gs Groups) Step(params, grads []float64) {
	gs.expect(params, grads)
	gs.each(params, grads, Optimizer.Step)
}

func (gs Groups) expect(params, grads []float64) {
	if len(params) != len(grads) {
		panic(fmt.Sprintf("optim: Groups.Step: len(params) = %d, len(grads) = %d, want the same", len(params), len(grads)))
	}
	total := 0
	for i, g := range gs {
		if g.Len < 0 {
			panic(fmt.Sprintf("optim: Groups[%d].Len = %d, want at least 0", i, g.Len))
		}
		total += g.Len
	}
	if total != len(params) {
		panic(fmt.Sprintf("optim: Groups.Step: len(params) = %d, but the groups have %d", len(params), total))
	}
	gs.each(params, grads, expect)
	shared := -1
	for i, g := range gs {
		if d := driverOf(g.Optimizer); d != nil {
			if d.marked {
				shared = i
			}
			d.marked = true
		}
	}
	for _, g := range gs {
		if d := driverOf(g.Optimizer); d != nil {
			d.marked = false
		}
	}
	if shared >= 0 {
		panic(fmt.Sprintf("optim: Groups[%d].Optimizer is that of a group before, want one for each", shared))
	}
}

// driverOf is the driver of what has one.
func driverOf(opt Optimizer) *driver {
	if o, ok := opt.(interface{ steps() *driver }); ok {
		return o.steps()
	}
	return nil
}

// each calls f with each optimizer and its parameters.
func (gs Groups) each(params, grads []float64, f func(opt Optimizer, params, grads []float64)) {
	for _, g := range gs {
		if g.Optimizer != nil {
			f(g.Optimizer, params[:g.Len:g.Len], grads[:g.Len:g.Len])
		}
		params, grads = params[g.Len:], grads[g.Len:]
	}
}

func (gs Groups) searches() bool {
	return slices.ContainsFunc(gs, func(g Group) bool { return searches(g.Optimizer) })
}

func (gs Groups) visit(a *archive) {
	a.begin("Groups")
	a.same("groups", len(gs))
	for _, g := range gs {
		a.same("parameters in a group", g.Len)
		if a.there("an optimizer", g.Optimizer != nil); g.Optimizer == nil {
			continue
		}
		want := a.want
		a.want = g.Len
		a.optimizer(g.Optimizer)
		a.want = want
	}
}
