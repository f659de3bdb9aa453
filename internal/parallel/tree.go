package parallel

import "example.com/optim/internal/kernel"

// treeBlock is the number of elements that a Tree adds at a time: some blocks stay in the first-level
// cache.
const treeBlock = 512

// Tree adds vectors by a binary tree: neighbours first, ((0+1)+(2+3))+(4+5). Package mpi calls it
// too. The zero value is ready.
type Tree struct {
	partial [][]float64 // one block a level
}

// Sum sets dst to the sum of the elements from lo on of all vectors. dst may be a part of one of them,
// from lo on.
func (t *Tree) Sum(dst []float64, vectors [][]float64, lo int) {
	for len(dst) > 0 {
		n := min(treeBlock, len(dst))
		t.block(dst[:n], vectors, lo, 0)
		dst, lo = dst[n:], lo+n
	}
}

// block sets dst to the sum of one block. It adds the largest number of vectors that is a power of two,
// and less than all, and then the others.
func (t *Tree) block(dst []float64, vectors [][]float64, lo, level int) {
	if len(vectors) == 1 {
		copy(dst, vectors[0][lo:])
		return
	}
	half := 1
	for 2*half < len(vectors) {
		half *= 2
	}
	if level == len(t.partial) {
		t.partial = append(t.partial, make([]float64, treeBlock))
	}
	right := t.partial[level][:len(dst)]
	t.block(right, vectors[half:], lo, level+1)
	t.block(dst, vectors[:half], lo, level+1)
	kernel.AddScaled(dst, right, 1)
}
