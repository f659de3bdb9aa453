package parallel

import "example.com/optim/internal/kernel"

// Shard is the part of one process of a vector that several processes hold in pieces. The pieces may
// be cut anywhere, and may be empty. A Reducer with a Shard reduces the whole vector. Its results
// have the bits that one process with the whole vector computes, since the blocks are those of the
// whole vector. All processes must reduce the same vectors in the same order.
type Shard struct {
	cuts   []int // process r has the elements from cuts[r] to cuts[r+1]
	rank   int   // of this process
	gather func(x []float64, counts []int)

	starts []int // of each process, the number of blocks that begin in its piece
	heads  []int // of each process, the number of elements in front of these: the end of an earlier block
	first  int   // blocks that begin in the pieces of earlier processes
	before int   // elements in the heads of earlier processes
	total  int   // elements in all heads
}

// NewShard returns the part of one process. gather gives each process the elements of all: counts[r]
// elements of x are those of process r. They lie in x in the order of the processes.
func NewShard(cuts []int, rank int, gather func(x []float64, counts []int)) *Shard {
	s := &Shard{cuts: cuts, rank: rank, gather: gather}
	for r, lo := range cuts[:len(cuts)-1] {
		hi := cuts[r+1]
		head := min(hi, blocks(lo)*kernel.Block) - lo
		starts := blocks(hi) - blocks(lo)
		s.heads, s.starts = append(s.heads, head), append(s.starts, starts)
		s.total += head
		if r < rank {
			s.first += starts
			s.before += head
		}
	}
	return s
}

// blocks returns the number of blocks that begin in the first n elements.
func blocks(n int) int { return (n + kernel.Block - 1) / kernel.Block }

// len returns the length of the whole vector.
func (s *Shard) len() int { return s.cuts[len(s.cuts)-1] }

// whole is the workspace of the reductions over whole vectors.
type whole struct {
	heads, last [2][]float64 // for x and y: the heads of all processes, and the last block of the piece
}

// wholeBlocks is blocks for the whole vectors, of which x and y are the pieces. A block belongs to the
// process in whose piece it begins. Heads go to the process that has the rest of their block.
func (r *Reducer) wholeBlocks(x, y []float64, both bool, of func(x, y []float64) float64) []float64 {
	s, w := r.Shard, &r.whole
	s.gatherHeads(&w.heads[0], x)
	if both {
		s.gatherHeads(&w.heads[1], y)
	}
	r.parts = resize(r.parts, blocks(s.len()))
	if starts := s.starts[s.rank]; starts > 0 {
		head, values := s.heads[s.rank], r.parts[s.first:]
		last := head + (starts-1)*kernel.Block
		r.reduceInto(values, x[head:last], y[head:last], of)
		lastX := s.lastBlock(&w.last[0], x[last:], w.heads[0])
		lastY := lastX
		if both {
			lastY = s.lastBlock(&w.last[1], y[last:], w.heads[1])
		}
		values[starts-1] = of(lastX, lastY)
	}
	s.gather(r.parts, s.starts)
	return r.parts
}

// gatherHeads sets dst to the heads of all processes. x is the piece of this one.
func (s *Shard) gatherHeads(dst *[]float64, x []float64) {
	if s.total == 0 {
		return
	}
	*dst = resize(*dst, s.total)
	copy((*dst)[s.before:], x[:s.heads[s.rank]])
	s.gather(*dst, s.heads)
}

// lastBlock returns the last block that begins in the piece, which has its first elements, from x.
// The other ones are the next heads.
func (s *Shard) lastBlock(dst *[]float64, x, heads []float64) []float64 {
	missing := min(kernel.Block, s.len()-s.cuts[s.rank+1]+len(x)) - len(x)
	if missing == 0 {
		return x
	}
	next := s.before + s.heads[s.rank]
	*dst = append(append((*dst)[:0], x...), heads[next:next+missing]...)
	return *dst
}

func resize(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}
