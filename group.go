package optim

import "fmt"

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
// that of params; and, where a group's step would panic, before any group moves,
// as far as the rules of this package are concerned.
func (gs Groups) Step(params, grads []float64) {
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
	gs.each(params, grads, Optimizer.Step)
}

// expect panics if a step of opt would, as far as can be known.
func expect(opt Optimizer, params, grads []float64) {
	if r := asRule(opt); r != nil && len(params) > 0 {
		r.steps().fit(r, params, grads)
		r.check()
	}
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

func (gs Groups) visit(a *archive) {
	a.begin("Groups")
	for _, g := range gs {
		if g.Optimizer != nil {
			a.optimizer(g.Optimizer)
		}
	}
}
