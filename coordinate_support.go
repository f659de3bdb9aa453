package optim

import (
	"slices"

	"example.com/optim/internal/cholesky"
)

// support minimises a quadratic f with penalties over the parameters that are not zero, while their
// signs stay. With the matrix H = G + λ₂·diag(s) of these parameters, the derivatives g, and the signs σ:
//
//	Hδ = −(g + λ₂sx + λ₁sσ),  x ← x + δ
//
// A Cholesky factor of H follows the set of these parameters.
type support struct {
	factor   cholesky.Factor
	rows     []int     // of the factor: places in G
	l2       []float64 // λ₂sⱼ of the rows
	position []int     // position[p] − 1 is the place in the working set of a parameter that is not zero, or −1; p is its place in G
	has      []bool    // whether place p is among the rows
	right    []float64 // the right side, then δ
	row      []float64 // of H
}

// supportSweeps is the largest cost of an update of the factor, in sweeps.
const supportSweeps = 5

// reset forgets the factor.
func (s *support) reset() {
	s.factor.Reset()
	s.rows, s.l2 = s.rows[:0], s.l2[:0]
}

// minimizeSupport sets working.next to the minimum with the signs of x, or to the first point on the way there
// at which a parameter with an L1 penalty is zero. It returns false if H is singular to rounding, or if
// the update of the factor costs too much.
func (o *CoordinateDescent) minimizeSupport(x []float64) bool {
	w := &o.working
	s, g := &w.support, &w.gram
	s.position = append(s.position[:0], make([]int, len(g.members))...)
	w.next = w.next[:0]
	for k, j := range w.set {
		w.next = append(w.next, x[j])
		if l1, _ := o.penalties(j); x[j] != 0 || l1 == 0 {
			s.position[g.set[k]] = k + 1
		}
	}
	if !o.updateSupport() {
		return false
	}
	s.right = s.right[:0]
	for _, p := range s.rows {
		k := s.position[p] - 1
		j := w.set[k]
		l1, l2 := o.penalties(j)
		s.right = append(s.right, -slopeAt(x[j], g.slopes[p], l1, l2))
	}
	s.factor.Solve(s.right)
	length := 1.0
	for i, p := range s.rows {
		j := w.set[s.position[p]-1]
		if l1, _ := o.penalties(j); l1 > 0 && x[j]*s.right[i] < 0 {
			length = min(length, -x[j]/s.right[i])
		}
	}
	for i, p := range s.rows {
		w.next[s.position[p]-1] += float64(length * s.right[i])
	}
	return true
}

// updateSupport makes the factor that of the parameters that are not zero.
func (o *CoordinateDescent) updateSupport() bool {
	w := &o.working
	s, g := &w.support, &w.gram
	for i, p := range s.rows {
		if k := s.position[p]; k > 0 && s.l2[i] != o.ridge(w.set[k-1]) {
			s.reset()
			break
		}
	}
	s.has = append(s.has[:0], make([]bool, len(g.members))...)
	cost, n := 0, 0
	for i, p := range s.rows {
		s.has[p] = true
		if s.position[p] == 0 {
			cost += 2 * (len(s.rows) - i) * (len(s.rows) - i)
		} else {
			n++
		}
	}
	for _, p := range g.set {
		if s.position[p] > 0 && !s.has[p] {
			n++
			cost += n * n / 2
		}
	}
	if cost > supportSweeps*len(w.set)*len(g.members) {
		return false
	}
	for i := len(s.rows) - 1; i >= 0; i-- {
		if s.position[s.rows[i]] == 0 {
			s.factor.Remove(i)
			s.rows, s.l2 = slices.Delete(s.rows, i, i+1), slices.Delete(s.l2, i, i+1)
		}
	}
	for k, p := range g.set {
		if s.position[p] == 0 || s.has[p] {
			continue
		}
		s.row = s.row[:0]
		for _, q := range append(s.rows, p) {
			s.row = append(s.row, g.rows[p][q])
		}
		l2 := o.ridge(w.set[k])
		s.row[len(s.row)-1] += l2
		if !s.factor.Append(s.row) {
			return false
		}
		s.rows, s.l2 = append(s.rows, p), append(s.l2, l2)
	}
	return true
}
