package optim

import (
	"fmt"
	"slices"
	"strings"
)

// Group is a part of a vector of parameters, with an optimizer of its own.
type Group struct {
	Len       int       // number of parameters, at least 0
	Optimizer Optimizer // nil: the parameters stay as they are
}

// Groups are the parts of a vector of parameters, in the order of the vector. Each part steps with
// its own optimizer. A transform in front of all groups, such as a [ClipNorm], reads the whole
// gradient.
//
//	opt := optim.NewChain(optim.Groups{
//		{Len: 1000, Optimizer: optim.NewAdamW(1e-3, 0.01)}, // weights
//		{Len: 10, Optimizer: optim.NewAdam(1e-3)},          // biases
//	}, optim.NewClipNorm(1))
type Groups []Group

// Step implements Optimizer. It panics if the lengths of the groups do not add up to that of
// params. It panics if an optimizer is a nil pointer or function. It panics if two groups have the
// same optimizer, because the state of an optimizer belongs to one vector.
func (gs Groups) Step(params, grads []float64) { gs.take(pair(params, grads)) }

func (gs Groups) take(v vectors) {
	gs.expect(v.lengths())
	lo := 0
	for _, g := range gs {
		if g.Optimizer != nil {
			take(g.Optimizer, v.slice(lo, lo+g.Len))
		}
		lo += g.Len
	}
}

// String describes the groups in one line.
func (gs Groups) String() string {
	parts := make([]string, len(gs))
	for i, g := range gs {
		parts[i] = fmt.Sprintf("%d frozen", g.Len)
		if g.Optimizer != nil {
			parts[i] = fmt.Sprintf("%d: %s", g.Len, title(g.Optimizer))
		}
	}
	return "Groups(" + strings.Join(parts, ", ") + ")"
}

func (gs Groups) expect(n, grads int) {
	if n != grads {
		panic(fmt.Sprintf("optim: Groups.Step: len(params) = %d, len(grads) = %d, want the same", n, grads))
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
	if total != n {
		panic(fmt.Sprintf("optim: Groups.Step: len(params) = %d, but the groups have %d", n, total))
	}
	gs.checkDistinct()
	for _, g := range gs {
		expect(g.Optimizer, g.Len, g.Len)
	}
}

// limits returns the bounds of all groups.
func (gs Groups) limits(n int) box {
	all, bounded := box{make([]float64, n), make([]float64, n)}, false
	fill(all.lower, -inf)
	fill(all.upper, inf)
	at := 0
	for _, g := range gs {
		if g.Len < 0 || g.Len > n-at { // Step panics
			return box{}
		}
		if b := limitsOf(g.Optimizer, g.Len); b.exists() {
			bounded = true
			for i := range g.Len {
				all.lower[at+i], all.upper[at+i] = b.low(i), b.high(i)
			}
		}
		at += g.Len
	}
	if !bounded {
		return box{}
	}
	return all
}

// checkDistinct panics if two groups have the same optimizer, also inside wrappers. It compares ids
// only where two of them are equal modulo 2048.
func (gs Groups) checkDistinct() {
	var seen [2048 / 64]uint64
	for i, g := range gs {
		id := identity(g.Optimizer)
		word, bit := &seen[id/64%uint64(len(seen))], uint64(1)<<(id%64)
		if *word&bit != 0 && id != 0 {
			for j, other := range gs[:i] {
				if identity(other.Optimizer) == id {
					panic(fmt.Sprintf("optim: Groups[%d].Optimizer is that of Groups[%d], want one for each", i, j))
				}
			}
		}
		*word |= bit
	}
}

// identity returns the id of an optimizer of this package, or of a type that embeds one, and
// otherwise 0.
func identity(opt Optimizer) uint64 {
	if o, ok := opt.(optimizer); ok {
		return o.base().id
	}
	return 0
}

func (gs Groups) searches() bool {
	return slices.ContainsFunc(gs, func(g Group) bool { return !isNil(g.Optimizer) && searches(g.Optimizer) })
}

// Err returns the first error that a method Err of the optimizers returns, or nil if there is none.
func (gs Groups) Err() error {
	for _, g := range gs {
		if err := failure(g.Optimizer); err != nil {
			return err
		}
	}
	return nil
}

func (gs Groups) visit(a *walk) {
	a.Type("Groups", 1)
	a.Same("groups", len(gs))
	for i, g := range gs {
		optimizers := 1
		if g.Optimizer == nil {
			optimizers = 0
		}
		a.Same(fmt.Sprintf("parameters in Groups[%d]", i), g.Len)
		a.Same(fmt.Sprintf("optimizers in Groups[%d]", i), optimizers)
		switch {
		case isNil(g.Optimizer):
			a.Fail("Groups[%d].Optimizer is a nil %T", i, g.Optimizer)
		case g.Optimizer != nil:
			a.Inner(g.Len, func(a *walk) { visitAny(a, g.Optimizer) })
		}
	}
}
