package optim

import (
	"fmt"
	"os"
	"slices"

	"example.com/optim/internal/archive"
)

// LoadFile loads what SaveFile saved, with any number of processes. It must be called in all of them.
// It also loads a checkpoint of the function SaveFile with the optimizer inside. To load into an
// optimizer without a Sharded, use NewSharded(opt, Local(1)[0]).LoadFile, and then opt by itself.
//
// A shard that is missing or belongs to another checkpoint, and whatever does not fit, is an error that
// names it. If a process finds an error, LoadFile returns an error in all, and nothing has changed in
// any. A process reads the shards with its piece, and shard 0.
func (o *Sharded) LoadFile(name string, params []float64, more ...any) error {
	l, err := o.check(name, params, more)
	if err := o.inAll("Sharded.LoadFile", err); err != nil {
		o.layout.cuts = nil // the checkpoint may have had another length
		if o.n >= 0 {
			o.arrange(o.n)
		}
		return err
	}
	if err := o.inAll("Sharded.LoadFile", l.assign()); err != nil {
		return err
	}
	if params != nil {
		o.gather(params)
	}
	return nil
}

// loading is a checkpoint that is loaded into a Sharded.
type loading struct {
	*Sharded
	*manifest
	length int       // number of parameters
	params []float64 // nil if they lie in Tensors
	more   []any
	shards []int // that this process needs
	fresh  map[*[]float64][]float64
}

// check reads the shards that this process needs, and changes nothing but the layout.
func (o *Sharded) check(name string, params []float64, more []any) (*loading, error) {
	m, err := readManifest(name)
	if err != nil {
		return nil, err
	}
	if err := m.checkShards(); err != nil {
		return nil, err
	}
	n := (&contents{params: params, more: more}).parameters()
	if m.plain {
		m.Cuts = []int{0, n}
	}
	switch saved := m.Cuts[len(m.Cuts)-1]; {
	case saved == archive.Any:
		return nil, fmt.Errorf("%s: there are several Tensors, want one", name)
	case n != archive.Any && n != saved:
		return nil, fmt.Errorf("%s: %d parameters, the checkpoint has %d", name, n, saved)
	default:
		n = saved
	}
	if total := o.layout.total(); o.layout.groups != nil && total != n {
		return nil, fmt.Errorf("%d parameters, but the groups have %d", n, total)
	}
	o.layout.cuts = nil
	o.arrange(n)
	l := &loading{Sharded: o, manifest: m, length: n, params: params, more: more}
	l.shards = l.needed()
	for _, r := range l.shards {
		if err := l.each(r, func(c *contents, f *os.File) error { _, err := c.check(f, true); return err }); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// each calls do for the file of a shard, with the layout of that shard.
func (l *loading) each(r int, do func(c *contents, f *os.File) error) error {
	f, err := os.Open(l.shard(r))
	if err != nil {
		return err
	}
	defer f.Close()
	l.layout.arrange(l.Cuts, r, nil)
	if err := do(l.contentsOf(l.Cuts, r, l.params, l.more), f); err != nil {
		return fmt.Errorf("%s: %w", l.shard(r), err)
	}
	return nil
}

// needed returns the shards with parameters of this process, and shard 0. A group that this process
// steps without parameters needs the first shard of the group, and so does a process without
// parameters.
func (l *loading) needed() []int {
	lo, hi := l.Piece()
	starts := []int{}
	begin := 0
	for i, g := range l.layout.groups {
		if l.layout.pieces[i].Optimizer != nil && l.layout.pieces[i].Len == 0 {
			starts = append(starts, begin)
		}
		begin += g.Len
	}
	if lo == hi {
		starts = append(starts, 0)
	}
	var shards []int
	for r, from := range l.Cuts[:len(l.Cuts)-1] {
		to := l.Cuts[r+1]
		holds := slices.ContainsFunc(starts, func(s int) bool { return from <= s && s < to })
		if r == 0 || from < hi && lo < to && from < to || holds {
			shards = append(shards, r)
		}
	}
	return shards
}

// assign reads the shards again, one after another, and puts the vectors of this process together.
func (l *loading) assign() error {
	l.fresh = map[*[]float64][]float64{}
	cuts := l.layout.cut(l.length, l.comm.Size())
	rank := l.comm.Rank()
	for _, r := range l.shards {
		if err := l.each(r, func(c *contents, f *os.File) error { return c.load(f, true) }); err != nil {
			return err
		}
		l.vectors(func(visit func(*walk), lo, hi int) {
			from, to := cutsWithin(l.Cuts, lo, hi), cutsWithin(cuts, lo, hi)
			archive.Resize(visit, from[r+1]-from[r], func(field *[]float64) {
				whole := l.fresh[field]
				if whole == nil {
					whole = make([]float64, to[rank+1]-to[rank])
					l.fresh[field] = whole
				}
				if first, last := max(from[r], to[rank]), min(from[r+1], to[rank+1]); first < last {
					copy(whole[first-to[rank]:], (*field)[first-from[r]:last-from[r]])
				}
			})
		})
	}
	l.layout.arrange(cuts, rank, l.comm.AllGather)
	l.vectors(func(visit func(*walk), lo, hi int) {
		to := cutsWithin(cuts, lo, hi)
		archive.Resize(visit, to[rank+1]-to[rank], func(field *[]float64) { *field = l.fresh[field] })
	})
	for i, g := range l.layout.groups {
		if g.Optimizer != nil && l.layout.pieces[i].Optimizer == nil {
			Reset(g.Optimizer) // another process has it
		}
	}
	l.t, l.n, l.agreed = l.manifest.Steps, l.length, true
	if counted, ok := l.opt.(interface{ Steps() int }); ok && l.plain {
		l.t = counted.Steps()
	}
	if l.t == 0 {
		l.n = -1
	}
	return nil
}

// vectors calls do for the optimizer around the groups, and for each group in the layout that can be
// cut, with the bounds of its parameters.
func (l *loading) vectors(do func(visit func(*walk), lo, hi int)) {
	blank := slices.Clone(l.layout.pieces)
	for i := range blank {
		blank[i].Optimizer = nil
	}
	if l.layout.groups != nil {
		l.layout.outer.opt = blank
	}
	do(func(a *walk) { visitAny(a, l.opt) }, 0, l.length)
	if l.layout.groups != nil {
		l.layout.outer.opt = l.layout.pieces
	}
	lo := 0
	for i, g := range l.layout.groups {
		if l.layout.pieces[i].Optimizer != nil && uncuttable(g.Optimizer, false) == nil {
			do(func(a *walk) { visitAny(a, g.Optimizer) }, lo, lo+g.Len)
		}
		lo += g.Len
	}
}
