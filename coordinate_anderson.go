package optim

import (
	"example.com/optim/internal/cholesky"
	"example.com/optim/internal/kernel"
)

// depth is the number of differences of an extrapolation. Bertrand and Massias use 5.
const depth = 5

// anderson extrapolates the parameters of a working set after every depth + 1 sweeps. With the last
// iterates x₀, …, x_K and the differences U = (x₁ − x₀, …, x_K − x_{K−1}):
//
//	c = (UᵀU)⁻¹1 / 1ᵀ(UᵀU)⁻¹1,  x ← Σ c_k·x_k over k = 1, …, K
//
// Q. Bertrand and M. Massias, Anderson acceleration of coordinate descent, 2021, arXiv:2011.10065.
type anderson struct {
	count  int
	points [depth + 1][]float64 // iterates of the set
	next   []float64            // the extrapolated one
	factor cholesky.Factor      // of UᵀU
	c      [depth]float64
}

// start forgets the iterates.
func (a *anderson) start() { a.count = 0 }

// add keeps the iterate of the set. It returns true and sets next if an extrapolation is due.
func (a *anderson) add(x []float64, set []int) bool {
	p := &a.points[a.count]
	*p = (*p)[:0]
	for _, j := range set {
		*p = append(*p, x[j])
	}
	a.count++
	if a.count <= depth {
		return false
	}
	a.count = 0
	for k := range depth { // points becomes x₀, x₁ − x₀, …, and next holds x_K
		if k == 0 {
			a.next = append(a.next[:0], a.points[depth]...)
		}
		kernel.AddScaled(a.points[depth-k], a.points[depth-k-1], -1)
	}
	if !a.weigh() {
		return false
	}
	// Σ c_k·x_k = x_K − Σ_{k>1} (c₁ + … + c_{k−1})(x_k − x_{k−1})
	before := 0.0
	for k := 1; k < depth; k++ {
		before += a.c[k-1]
		kernel.AddScaled(a.next, a.points[k+1], -before)
	}
	return finite(a.next)
}

// weigh sets c. It returns false if UᵀU is singular to rounding.
func (a *anderson) weigh() bool {
	a.factor.Reset()
	for k := range depth {
		row := a.c[:k+1]
		for l := range row {
			row[l] = kernel.Dot(a.points[k+1], a.points[l+1])
		}
		if !a.factor.Append(row) {
			return false
		}
	}
	fill(a.c[:], 1)
	a.factor.Solve(a.c[:])
	sum := 0.0
	for _, c := range a.c {
		sum += c
	}
	for k := range a.c {
		a.c[k] /= sum
	}
	return true
}
