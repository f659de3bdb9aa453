package optim

import (
	"math"

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
	count   int
	points  [depth + 1][]float64 // iterates of the set
	next    []float64            // the extrapolated one
	product [depth][depth]float64
	c       [depth]float64
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
	for k := range depth {
		for l := range k + 1 {
			a.product[k][l] = kernel.Dot(a.points[k+1], a.points[l+1])
		}
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

// weigh sets c by a Cholesky factorization of UᵀU. It returns false if UᵀU is singular to rounding.
func (a *anderson) weigh() bool {
	l := &a.product
	for k := range depth {
		diagonal := l[k][k]
		for i := range k + 1 {
			v := l[k][i]
			for r := range i {
				v -= float64(l[k][r] * l[i][r])
			}
			if i < k {
				l[k][i] = v / l[i][i]
				continue
			}
			if !(v > float64(depth*epsilon*diagonal)) {
				return false
			}
			l[k][k] = math.Sqrt(v)
		}
	}
	sum := 0.0
	for k := range depth {
		v := 1.0
		for i := range k {
			v -= float64(l[k][i] * a.c[i])
		}
		a.c[k] = v / l[k][k]
	}
	for k := depth - 1; k >= 0; k-- {
		v := a.c[k]
		for i := k + 1; i < depth; i++ {
			v -= float64(l[i][k] * a.c[i])
		}
		a.c[k] = v / l[k][k]
		sum += a.c[k]
	}
	for k := range a.c {
		a.c[k] /= sum
	}
	return true
}

// extrapolate moves the working set to the extrapolated point, if the loss with penalties is lower
// there. The change of the loss is computed from the moves, without cancellation.
func (o *CoordinateDescent) extrapolate(x []float64, model setModel) {
	w, m := &o.working, o.linear
	a := &w.anderson
	deltas := a.points[0] // free now
	penalties := 0.0
	for k, j := range w.set {
		deltas[k] = a.next[k] - x[j]
		penalties += o.penaltyChange(j, x[j], a.next[k])
	}
	change := 0.0
	if model == nil {
		change = m.change(w.set, deltas)
	} else {
		change = model.change(deltas)
	}
	if !(change+penalties < 0) {
		return
	}
	for k, j := range w.set {
		x[j] = a.next[k]
	}
	if model == nil {
		m.moveAll()
	} else {
		model.moveAll()
	}
}
