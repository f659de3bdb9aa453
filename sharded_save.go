package optim

import (
	"fmt"
	"os"
	"slices"

	"example.com/optim/internal/archive"
)

// SaveFile saves the parameters, the optimizer and more. It must be called in all processes, which
// must share the folder. Each process writes its piece to a file of its own, its shard. Then rank 0
// replaces the named file, a manifest that names the shards, as a whole. After a crash at any moment
// there is the checkpoint from before or the new one. The names of the shards are name.k.r, where r is
// the rank and k grows with each checkpoint. SaveFile removes the shards of the checkpoint before.
//
// The values of more are those of Save. Rank 0 saves them, and LoadFile gives them to all. If the
// parameters lie in Tensors, params is nil and the Tensors are a value of more. If saving fails in one
// process, SaveFile returns an error in all. It panics unless there are as many parameters as in the
// steps.
func (o *Sharded) SaveFile(name string, params []float64, more ...any) error {
	n := (&contents{params: params, more: more}).parameters()
	switch {
	case n == archive.Any: // several Tensors
		n = max(o.n, 0)
	case o.n >= 0 && n != o.n:
		panic(fmt.Sprintf("optim: Sharded.SaveFile: %d parameters, want %d as in the steps", n, o.n))
	}
	o.arrange(n)
	generation := 0.0
	if before, err := readManifest(name); err == nil {
		generation = float64(before.Generation)
	}
	m := &manifest{Format: manifestFormat, Steps: o.t, Cuts: o.layout.cuts, name: name}
	m.Generation = int(o.exchange(generation)[0]) + 1
	sum, err := o.saveShard(m, params, more)
	if err := o.inAll("Sharded.SaveFile", err); err != nil {
		os.Remove(m.shard(o.comm.Rank()))
		return err
	}
	for _, w := range o.exchange(float64(sum)) {
		m.Sums = append(m.Sums, uint32(w))
	}
	if o.comm.Rank() == 0 {
		err = m.save()
	}
	return o.inAll("Sharded.SaveFile", err)
}

// inAll returns an error if err is not nil in a process: err, or an error that names such a process.
func (o *Sharded) inAll(function string, err error) error {
	word := 0.0
	if err != nil {
		word = 1
	}
	r := slices.Index(o.exchange(word), 1)
	if r >= 0 && err == nil {
		err = fmt.Errorf("rank %d has failed, and has an error that says why", r)
	}
	return failed(function, err)
}

// exchange returns the words of all processes.
func (o *Sharded) exchange(word float64) []float64 {
	size := o.comm.Size()
	all, cuts := make([]float64, size), make([]int, size+1)
	for r := range cuts {
		cuts[r] = r
	}
	all[o.comm.Rank()] = word
	o.comm.AllGather(all, cuts[:size], cuts[1:])
	return all
}

// saveShard saves the shard of this process, and returns its checksum.
func (o *Sharded) saveShard(m *manifest, params []float64, more []any) (sum uint32, err error) {
	rank := o.comm.Rank()
	cuts := o.layout.cuts
	o.layout.arrange(cuts, rank, nil)
	defer o.layout.arrange(cuts, rank, o.comm.AllGather)
	if err := replace(m.shard(rank), o.contentsOf(cuts, rank, params, more).save); err != nil {
		return 0, err
	}
	return lastSum(m.shard(rank))
}

// contentsOf returns what the shard of a process holds. The layout must be that of the process. Shard 0
// has more. A shard without parameters has no optimizer.
func (o *Sharded) contentsOf(cuts []int, rank int, params []float64, more []any) *contents {
	lo, hi := cuts[rank], cuts[rank+1]
	c := &contents{piece: hi - lo}
	if params != nil {
		c.params = params[lo:hi]
	}
	if rank == 0 {
		c.more = more
	}
	if c.piece > 0 {
		c.opt = o.opt
	}
	return c
}
