package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
)

// layout is how the parameters and the state of an optimizer are cut into pieces.
type layout struct {
	outer  *wrapper // the Sharded, or the innermost wrapper around the Groups
	top    *wrapper // the Sharded
	groups Groups   // of the whole vector; nil if there are none
	pieces Groups   // those of this process, in the place of groups
	cuts   []int    // process r has the parameters from cuts[r] to cuts[r+1]; nil before arrange
}

// take takes apart the optimizer in w. Where it has Groups, it gets those of this process.
func (l *layout) take(w *wrapper) {
	l.top, l.outer = w, w
	for {
		if gs, ok := l.outer.opt.(Groups); ok {
			l.groups, l.pieces = gs, append(Groups{}, gs...)
			l.outer.opt = l.pieces
			return
		}
		inner, ok := ours(l.outer.opt).(interface{ around() *wrapper })
		if !ok {
			return
		}
		l.outer = inner.around()
	}
}

// title returns the text of the optimizer, with the Groups of the whole vector.
func (l *layout) title() string {
	if l.groups == nil {
		return title(l.top.opt)
	}
	pieces := l.outer.opt
	l.outer.opt = l.groups
	defer func() { l.outer.opt = pieces }()
	return title(l.top.opt)
}

// pieceBounds returns the bounds of the pieces: process r has the parameters [from[r], to[r]).
func (l *layout) pieceBounds() (from, to []int) {
	last := len(l.cuts) - 1
	return l.cuts[:last], l.cuts[1:]
}

// n returns the number of parameters of all pieces.
func (l *layout) n() int { return l.cuts[len(l.cuts)-1] }

// refuse panics if the optimizer cannot be cut.
func (l *layout) refuse(where string) {
	part := uncuttable(l.top.opt, l.groups != nil)
	for i, g := range l.groups {
		if isNil(g.Optimizer) {
			panic(fmt.Sprintf("optim: Groups[%d].Optimizer is a nil %T", i, g.Optimizer))
		}
		if searches(g.Optimizer) {
			panic(fmt.Sprintf("optim: %s: %s in Groups[%d] has line searches, which cannot be sharded", where, name(g.Optimizer), i))
		}
	}
	if part != nil {
		panic(fmt.Sprintf("optim: %s: %s cannot be sharded", where, name(part)))
	}
}

// uncuttable returns the first part of opt that needs the whole vector, or nil if there is none.
// Groups do not count as such a part if they are the pieces of this process.
func uncuttable(opt Optimizer, grouped bool) any {
	if _, ok := opt.(Groups); ok && grouped {
		return nil
	}
	switch o := ours(opt).(type) {
	case *Chain:
		for _, t := range o.before {
			switch t.(type) {
			case L1, L2, ClipValue, Elementwise, *ClipNorm, *Noise, *Decay:
			default:
				return t
			}
		}
	case *Proximal:
		if elementwise(o.prox) == nil {
			return o.prox
		}
	case *Sharded, interface{ isVector() bool }: // the rules for a matrix
		return o
	case *Nesterov:
		if o.inner != nil && !o.inner.elementwise() {
			return o
		}
	case *Average, *Accumulate, *Lookahead, *SkipNonFinite, *ProximalL1:
	case rule:
	default:
		return opt
	}
	if w, ok := opt.(interface{ wrapped() Optimizer }); ok {
		return uncuttable(w.wrapped(), grouped)
	}
	return nil
}

// cut returns the bounds of the pieces of n parameters. They are those of equal pieces, moved to the
// nearest bound between two blocks of the reductions. Within a group, the blocks are those of the
// group. A bound within a group that cannot be cut moves to the nearer end of the group.
func (l *layout) cut(n, size int) []int {
	cuts := make([]int, size+1)
	for r := range cuts {
		cuts[r] = l.bound(evenCut(n, r, size), n)
	}
	return cuts
}

// bound returns the bound nearest to c, which is in [0, n].
func (l *layout) bound(c, n int) int {
	if c == n {
		return n
	}
	lo, hi, step := 0, n, kernel.Block
	for _, g := range l.groups {
		if lo+g.Len > c {
			hi = lo + g.Len
			if uncuttable(g.Optimizer, false) != nil {
				step = g.Len
			}
			break
		}
		lo += g.Len
	}
	return min(lo+(c-lo+step/2)/step*step, hi)
}

// arrange makes the optimizer that of the piece of one process. A group that lies in one process steps
// there alone. Without gather, it is the optimizer of a checkpoint, whose groups without parameters
// have no state.
func (l *layout) arrange(cuts []int, rank int, gather func(x []float64, from, to []int)) {
	n := cuts[len(cuts)-1]
	if total := l.total(); l.groups != nil && total != n {
		panic(fmt.Sprintf("optim: Sharded.Step: len(params) = %d, but the groups have %d", n, total))
	}
	l.cuts = cuts
	if l.groups != nil {
		l.outer.rule = nil
		if r := asRule(l.groups); r.elementwise() && !r.whole() { // in all processes or in none
			l.outer.rule = asRule(l.pieces)
		}
	}
	var shard *parallel.Shard
	if gather != nil && len(cuts) > 2 {
		shard = parallel.NewShard(cuts, rank, gather)
	}
	place(l.top.opt, shard)
	lo := 0
	for i, g := range l.groups {
		inside := cutsWithin(cuts, lo, lo+g.Len)
		shard := (*parallel.Shard)(nil)
		if gather != nil && isCut(inside) {
			shard = parallel.NewShard(inside, rank, gather)
		}
		l.pieces[i] = Group{Len: inside[rank+1] - inside[rank], Optimizer: g.Optimizer}
		if l.pieces[i].Len == 0 && shard == nil && g.Len > 0 {
			l.pieces[i].Optimizer = nil
		}
		place(g.Optimizer, shard)
		lo += g.Len
	}
}

// total returns the number of parameters of all groups.
func (l *layout) total() int {
	total := 0
	for _, g := range l.groups {
		total += g.Len
	}
	return total
}

// isCut returns whether more than one process has parameters.
func isCut(cuts []int) bool {
	n := cuts[len(cuts)-1]
	for _, c := range cuts {
		if 0 < c && c < n {
			return true
		}
	}
	return false
}

// cutsWithin returns the cuts of the part of the vector from lo to hi.
func cutsWithin(cuts []int, lo, hi int) []int {
	inside := make([]int, len(cuts))
	for i, c := range cuts {
		inside[i] = min(max(c, lo), hi) - lo
	}
	return inside
}

// place makes the parameters of opt the piece of a shard, or all parameters if shard is nil.
func place(opt Optimizer, shard *parallel.Shard) {
	o := ours(opt)
	if o == nil {
		return
	}
	reducer := &o.base().reducer
	reducer.Shard = shard
	switch o := o.(type) {
	case *Chain:
		for _, t := range o.before {
			switch t := t.(type) {
			case *ClipNorm:
				t.reducer.Shard = shard
			case *Noise:
				t.start = reducer.Start()
			}
		}
	case *Nesterov:
		if o.inner != nil {
			o.inner.start = reducer.Start()
		}
	}
	if w, ok := opt.(interface{ wrapped() Optimizer }); ok {
		place(w.wrapped(), shard)
	}
}
