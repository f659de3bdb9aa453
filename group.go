package optim

import (
	"fmt"
	"slices"
	"strings"
)

// Group is a run of parameters with an optimizer of its own.
type Group struct {
	Len       int       // number of parameters, at least 0
	Optimizer Optimizer // nil leaves the parameters as they are
}

// Groups are the parts of a vector of parameters, in their order. Each steps with
// its own optimizer. A transform in front of all groups, such as a ClipNorm, sees
// the whole gradient.
//
//	opt := optim.NewChain(optim.Groups{
//		{Len: 1000, Optimizer: optim.NewAdamW(1e-3, 0.01)}, // weights
//		{Len: 10, Optimizer: optim.NewAdam(1e-3)},          // biases
//	}, optim.NewClipNorm(1))
type Groups []Group

// Step implements Optimizer. It panics if the lengths of the groups do not add up
// to that of params, if an optimizer is a nil pointer, or if two groups have the
// same optimizer, whose state belongs to one vector.
func (gs Groups) Step(params, grads []float64) {
	gs.expect(params, grads)
	gs.each(params, grads, Optimizer.Step)
}

// String describes the groups in one line.
func (gs Groups) String() string {
	parts := make([]string, len(gs))
	for i, g := range gs {
		parts[i] = fmt.Sprintf("%d: %s", g.Len, title(g.Optimizer))
	}
	return "Groups(" + strings.Join(parts, ", ") + ")"
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
		if g.Optimizer != nil && isNil(g.Optimizer) {
			panic(fmt.Sprintf("optim: Groups[%d].Optimizer is a nil %T", i, g.Optimizer))
		}
		total += g.Len
	}
	if total != len(params) {
		panic(fmt.Sprintf("optim: Groups.Step: len(params) = %d, but the groups have %d", len(params), total))
	}
	gs.checkDistinct()
	gs.each(params, grads, expect)
}

// checkDistinct panics if two groups step with the same optimizer, within whatever
// wrappers. It compares each group with some of those before it at a time, in an
// array on the stack.
func (gs Groups) checkDistinct() {
	var some [64]*driver
	for start := 0; start < len(gs); start += len(some) {
		known := 0
		for i := start; i < len(gs); i++ {
			d := innermost(gs[i].Optimizer)
			if d == nil {
				continue
			}
			if slices.Contains(some[:known], d) {
				panic(fmt.Sprintf("optim: Groups[%d].Optimizer is that of a group before, want one for each", i))
			}
			if i < start+len(some) {
				some[known] = d
				known++
			}
		}
	}
}

// innermost returns the driver of the optimizer that opt wraps, or of opt itself;
// nil if that is not of this package.
func innermost(opt Optimizer) *driver {
	for {
		o := ours(opt)
		if o == nil {
			return nil
		}
		w, ok := o.(interface{ wrapped() Optimizer })
		if !ok {
			return o.base()
		}
		opt = w.wrapped()
	}
}

// expect panics if a step of opt would, as far as that can be known before it.
func expect(opt Optimizer, params, grads []float64) {
	if gs, ok := opt.(Groups); ok {
		gs.expect(params, grads)
	} else if o := ours(opt); o != nil {
		o.expect(params, grads)
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

func (gs Groups) searches() bool {
	return slices.ContainsFunc(gs, func(g Group) bool { return searches(g.Optimizer) })
}

// Err returns the first error of an optimizer of the groups that has a method Err.
func (gs Groups) Err() error {
	for _, g := range gs {
		if o, ok := g.Optimizer.(interface{ Err() error }); ok && o.Err() != nil {
			return o.Err()
		}
	}
	return nil
}

func (gs Groups) visit(a *walk) {
	a.Type("Groups", 1)
	a.Same("groups", len(gs))
	for _, g := range gs {
		a.Same("parameters in a group", g.Len)
		a.Same("optimizers of a group", count(g.Optimizer))
		if g.Optimizer != nil {
			a.Inner(g.Len, func(a *walk) { visitAny(a, g.Optimizer) })
		}
	}
}

// count returns 0 for a nil optimizer and 1 for any other.
func count(opt Optimizer) int {
	if opt == nil {
		return 0
	}
	return 1
}
