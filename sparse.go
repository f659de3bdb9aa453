package optim

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Sparse is a matrix that stores the elements that are not zero, by rows (CSR) or by columns (CSC).
// NewCSR and NewCSC make one from plain slices. A line is a row of a CSR matrix, or a column of a
// CSC matrix. Line k has the elements Values[lo:hi] with the indices Indices[lo:hi], where lo =
// Indptr[k] and hi = Indptr[k+1]. All other elements are zero.
//
// A LinearSum with Sparse rows has terms whose cost is in proportion to the stored elements of a
// row. Sparse implements mat.Matrix. The method At searches a line by bisection.
//
// The slices are not copied. They must not be changed after the call of NewCSR or NewCSC.
type Sparse struct {
	Indptr  []int     // ends of the lines, ascending from 0; one more than lines
	Indices []int     // of the elements, ascending within a line
	Values  []float64 // of the elements; zeros are allowed

	rows, columns int
	byColumn      bool // the lines are columns
}

// NewCSR returns a matrix that is stored by rows. It panics if the slices do not fit, or if the
// indices of a row do not ascend strictly within [0, columns).
func NewCSR(rows, columns int, indptr, indices []int, values []float64) *Sparse {
	checkLines("NewCSR", "row", rows, columns, indptr, indices, values)
	return &Sparse{indptr, notNil(indices), values, rows, columns, false}
}

// NewCSC returns a matrix that is stored by columns. It panics if the slices do not fit, or if the
// indices of a column do not ascend strictly within [0, rows).
func NewCSC(rows, columns int, indptr, indices []int, values []float64) *Sparse {
	checkLines("NewCSC", "column", columns, rows, indptr, indices, values)
	return &Sparse{indptr, notNil(indices), values, rows, columns, true}
}

// notNil returns indices, and an empty slice for nil: a matrixLine with nil is dense.
func notNil(indices []int) []int {
	if indices == nil {
		return []int{}
	}
	return indices
}

// checkLines panics unless the slices store lines of the given length.
func checkLines(function, line string, lines, length int, indptr, indices []int, values []float64) {
	switch {
	case lines < 1 || length < 1:
		panic(fmt.Sprintf("optim: %s: %d lines of length %d, want at least 1", function, lines, length))
	case len(indptr) != lines+1:
		panic(fmt.Sprintf("optim: %s: len(indptr) = %d, want %d, one more than %ss", function, len(indptr), lines+1, line))
	case len(indices) != len(values):
		panic(fmt.Sprintf("optim: %s: len(indices) = %d, len(values) = %d, want the same", function, len(indices), len(values)))
	case indptr[0] != 0 || indptr[lines] != len(values):
		panic(fmt.Sprintf("optim: %s: indptr goes from %d to %d, want 0 to len(values) = %d", function, indptr[0], indptr[lines], len(values)))
	}
	for k := range lines {
		if lo, hi := indptr[k], indptr[k+1]; lo > hi || hi > len(values) {
			panic(fmt.Sprintf("optim: %s: indptr[%d] = %d, want [%d, %d]", function, k+1, hi, lo, len(values)))
		}
		least := 0
		for e := indptr[k]; e < indptr[k+1]; e++ {
			if indices[e] < least || indices[e] >= length {
				panic(fmt.Sprintf("optim: %s: indices[%d] = %d in %s %d, want [%d, %d)", function, e, indices[e], line, k, least, length))
			}
			least = indices[e] + 1
		}
	}
}

// Dims returns the numbers of rows and columns.
func (s *Sparse) Dims() (rows, columns int) { return s.rows, s.columns }

// At returns the element in row i and column j. It panics if there is no such row or column.
func (s *Sparse) At(i, j int) float64 {
	switch {
	case i < 0 || i >= s.rows:
		panic(mat.ErrRowAccess)
	case j < 0 || j >= s.columns:
		panic(mat.ErrColAccess)
	case s.byColumn:
		i, j = j, i
	}
	line := s.line(i)
	if e, ok := slices.BinarySearch(line.indices, j); ok {
		return line.values[e]
	}
	return 0
}

// T returns the transpose. It shares the slices: the transpose of a CSR matrix is a CSC matrix.
func (s *Sparse) T() mat.Matrix {
	return &Sparse{s.Indptr, s.Indices, s.Values, s.columns, s.rows, !s.byColumn}
}

// line returns line k.
func (s *Sparse) line(k int) matrixLine {
	lo, hi := s.Indptr[k], s.Indptr[k+1]
	return matrixLine{s.Indices[lo:hi:hi], s.Values[lo:hi:hi]}
}

// stored returns the matrix stored by columns or by rows. It returns s if s is stored so.
func (s *Sparse) stored(byColumn bool) *Sparse {
	if s.byColumn == byColumn {
		return s
	}
	lines := s.rows
	if byColumn {
		lines = s.columns
	}
	t := &Sparse{make([]int, lines+1), make([]int, len(s.Indices)), make([]float64, len(s.Values)), s.rows, s.columns, byColumn}
	for _, j := range s.Indices {
		t.Indptr[j+1]++
	}
	for k := range lines {
		t.Indptr[k+1] += t.Indptr[k]
	}
	next := slices.Clone(t.Indptr)
	for i := range len(s.Indptr) - 1 {
		for e := s.Indptr[i]; e < s.Indptr[i+1]; e++ {
			j := s.Indices[e]
			t.Indices[next[j]], t.Values[next[j]] = i, s.Values[e]
			next[j]++
		}
	}
	return t
}
