package parallel

import "example.com/optim/internal/kernel"

// Shard is the part of one process of a vector that several processes hold in pieces. The pieces may
// be empty. A Reducer with a Shard reduces the whole vector. Its results have the bits that one
// process with the whole vector computes, since the blocks are those of the whole vector. A block
// belongs to the process in whose piece it begins. All processes must reduce the same vectors in the
// same order.
type Shard struct {
	cuts   []int // process r has the elements from cuts[r] to cuts[r+1]
	rank   int   // of this process
	gather func(x []float64, from, to []int)

	blocks []int // process r has the blocks from blocks[r] to blocks[r+1]
	heads  []int // process r has as many elements in front of these, the end of an earlier block, as lie from heads[r] to heads[r+1]
}

// NewShard returns the part of one process. gather gives each process the elements [from[r], to[r]) of
// the x of process r, for all r.
func NewShard(cuts []int, rank int, gather func(x []float64, from, to []int)) *Shard {
	s := &Shard{cuts: cuts, rank: rank, gather: gather, blocks: []int{0}, heads: []int{0}}
	for r, lo := range cuts[:len(cuts)-1] {
		hi := cuts[r+1]
		head := min(hi, blocks(lo)*kernel.Block) - lo
		s.blocks, s.heads = append(s.blocks, blocks(hi)), append(s.heads, s.heads[r]+head)
	}
	return s
}

// exchange gives each process the elements from cuts[r] to cuts[r+1] of all processes r.
func (s *Shard) exchange(x []float64, cuts []int) {
	last := len(cuts) - 1
	s.gather(x, cuts[:last], cuts[1:])
}

// aligned returns whether all cuts lie between blocks.
func (s *Shard) aligned() bool { return s.heads[len(s.heads)-1] == 0 }

// blocks returns the number of blocks that begin in the first n elements.
func blocks(n int) int { return (n + kernel.Block - 1) / kernel.Block }

// len returns the length of the whole vector.
func (s *Shard) len() int { return s.cuts[len(s.cuts)-1] }

// own returns the values of the blocks of this process within parts, which it makes long enough for
// those of the whole vector. Without a Shard, this process has all blocks of n elements.
func (r *Reducer) own(parts *[]float64, n int) []float64 {
	s := r.Shard
	if s == nil {
		*parts = resize(*parts, blocks(n))
		return *parts
	}
	*parts = resize(*parts, blocks(s.len()))
	return (*parts)[s.blocks[s.rank]:s.blocks[s.rank+1]]
}

// all returns parts with the values of all processes.
func (r *Reducer) all(parts []float64) []float64 {
	if r.Shard != nil {
		r.Shard.exchange(parts, r.Shard.blocks)
	}
	return parts
}

// ends is the workspace where cuts lie within blocks.
type ends struct {
	heads []float64 // of all processes
	last  []float64 // the last block that begins in the piece
}

// alignEnds returns the part of the piece x that consists of whole blocks, without the last block that
// begins in the piece. It reduces that block to the last element of own. The heads of the next
// processes complete the block.
func (r *Reducer) alignEnds(own, x []float64, of func(x, y []float64) float64) []float64 {
	s, e := r.Shard, &r.ends
	before, next := s.heads[s.rank], s.heads[s.rank+1]
	e.heads = resize(e.heads, s.heads[len(s.heads)-1])
	copy(e.heads[before:next], x)
	s.exchange(e.heads, s.heads)
	if len(own) == 0 {
		return nil
	}
	head := next - before
	start := head + (len(own)-1)*kernel.Block // of the last block
	missing := min(start+kernel.Block, s.len()-s.cuts[s.rank]) - len(x)
	e.last = append(append(e.last[:0], x[start:]...), e.heads[next:next+missing]...)
	own[len(own)-1] = of(e.last, e.last)
	return x[head:start]
}

func resize(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}
