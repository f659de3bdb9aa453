package qr

import (
	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/parallel"
)

const (
	// blockRows is the number of rows of a block. A block of a few columns fits into the first-level
	// cache, and a block of a hundred columns into the second-level cache.
	blockRows = 512
	// maxLeaves is the largest number of leaves, and of goroutines that share the work.
	maxLeaves = 16
	// minLeafRows and minLeafShape are the least number of rows of one of several leaves: absolute, and
	// relative to the number of columns. So a leaf has at least as many rows as the blocks of all
	// leaves.
	minLeafRows  = maxLeaves * blockRows
	minLeafShape = 16
)

// tall reduces J to the R of its QR factorization, by blocks of rows. The leaves of the tree are
// factorized at the same time, and their triangles one after the other. J. Demmel, L. Grigori, M.
// Hoemmen and J. Langou, Communication-optimal parallel and sequential QR and LU factorizations,
// 2012, doi:10.1137/080731992.
type tall struct {
	leaves   []leaf
	leafRows int // of all leaves but the last one
	pool     parallel.Pool
	do       func(lo, hi int)

	jac   *mat.Dense
	r     []float64
	scale []float64 // the factors on the columns of J and on r
}

// leaf is a part of the rows of J: the triangle of the blocks so far, and the next block.
type leaf struct {
	triangle
	block columns
}

// newTall returns a tall for Jacobians of m rows and n columns.
func newTall(m, n int) *tall {
	count := max(1, min(maxLeaves, m/max(minLeafRows, minLeafShape*n)))
	blocks := (m + blockRows - 1) / blockRows
	t := &tall{leafRows: (blocks + count - 1) / count * blockRows}
	t.leaves = make([]leaf, (m+t.leafRows-1)/t.leafRows)
	for i := range t.leaves {
		t.leaves[i] = leaf{newTriangle(n), newColumns(blockRows, n+1)}
	}
	t.do = func(lo, hi int) { t.leaves[lo/t.leafRows].reduce(t.jac, t.r, t.scale, lo, hi) }
	return t
}

// reduce returns R and Qᵀr for jac and r with their columns times scale. They are valid until the
// next call. The tree depends on m and n only, and so do the bits.
func (t *tall) reduce(jac *mat.Dense, r, scale []float64) columns {
	t.jac, t.r, t.scale = jac, r, scale
	if len(r)*len(scale) < parallel.MinLen {
		for lo := 0; lo < len(r); lo += t.leafRows {
			t.do(lo, min(lo+t.leafRows, len(r)))
		}
	} else {
		t.pool.Share(len(r), t.leafRows, t.do)
	}
	t.jac, t.r, t.scale = nil, nil, nil
	root := &t.leaves[0].triangle
	for i := range t.leaves[1:] {
		root.absorb(t.leaves[1+i].columns, true)
	}
	return root.columns
}

// reduce sets the triangle to that of the rows from lo to hi.
func (l *leaf) reduce(jac *mat.Dense, r, scale []float64, lo, hi int) {
	clear(l.data)
	for ; lo < hi; lo += blockRows {
		l.block.rows = min(blockRows, hi-lo)
		l.block.load(jac, r, scale, lo)
		l.absorb(l.block, false)
	}
}

// load copies the rows of jac and r from lo on, with their columns times scale.
func (c columns) load(jac *mat.Dense, r, scale []float64, lo int) {
	raw := jac.RawMatrix()
	rows, j := raw.Data[lo*raw.Stride:], 0
	for ; j+3 <= raw.Cols; j += 3 {
		c.loadThree(rows[j:], raw.Stride, scale[j:j+3], j)
	}
	for ; j < raw.Cols; j++ {
		dst, src, s, at := c.at(j), rows[j:], scale[j], 0
		for i := range dst {
			dst[i] = s * src[at]
			at += raw.Stride
		}
	}
	dst, s := c.at(raw.Cols), scale[raw.Cols]
	for i, v := range r[lo : lo+c.rows] {
		dst[i] = s * v
	}
}

// loadThree copies columns j to j+2, which begin at src, times scale. Rows of J of three elements,
// the most frequent short ones, are read once.
func (c columns) loadThree(src []float64, stride int, scale []float64, j int) {
	x, y, z := c.at(j), c.at(j+1), c.at(j+2)
	y, z = y[:len(x)], z[:len(x)]
	a, b, d, at := scale[0], scale[1], scale[2], 0
	for i := range x {
		row := src[at : at+3 : at+3]
		x[i], y[i], z[i] = a*row[0], b*row[1], d*row[2]
		at += stride
	}
}
