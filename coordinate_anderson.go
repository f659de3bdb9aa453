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
	before  []float64            // slopes or residual before the extrapolation
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
// there. The change of the loss is computed from differences, without cancellation.
func (o *CoordinateDescent) extrapolate(x []float64, byGram bool) {
	w := &o.working
	a := &w.anderson
	state := o.linear.d
	if byGram {
		state = w.gram.slopes
	}
	a.before = append(a.before[:0], state...)
	change := 0.0
	last := a.points[0] // free now
	for k, j := range w.set {
		last[k] = x[j]
		change += float64((a.next[k]-x[j])*o.slope(j, byGram)) + o.penaltyChange(j, x[j], a.next[k])
	}
	for k, j := range w.set {
		o.shift(x, j, a.next[k], byGram)
	}
	if byGram {
		for k, j := range w.set {
			p := w.gram.place[j] - 1
			change += float64((a.next[k] - last[k]) / 2 * (state[p] - a.before[p]))
		}
	} else {
		for i, d := range state {
			change += float64((d - a.before[i]) * (d - a.before[i]) / 2)
		}
	}
	if change < 0 {
		return
	}
	copy(state, a.before)
	for k, j := range w.set {
		x[j] = last[k]
	}
}

// slope returns ∂f/∂xⱼ of the squared loss.
func (o *CoordinateDescent) slope(j int, byGram bool) float64 {
	if byGram {
		return o.working.gram.partial(j)
	}
	return o.linear.partial(j)
}

// shift sets xⱼ to v, and updates the slopes or the residual of the squared loss.
func (o *CoordinateDescent) shift(x []float64, j int, v float64, byGram bool) {
	delta := v - x[j]
	x[j] = v
	switch {
	case delta == 0:
	case byGram:
		o.working.gram.moved(j, delta)
	default:
		o.linear.moved(j, delta)
	}
}
