package optim

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// QuasiNewton is Newton's method with an inverse H of the Hessian that it
// learns from the steps s = Δx and the changes y = Δg of the gradient, with
// u = Hy:
//
//	BFGS:  H ← H + (1 + y·u/s·y)/(s·y) ssᵀ − (usᵀ + suᵀ)/(s·y)
//	DFP:   H ← H + ssᵀ/(s·y) − uuᵀ/(y·u)
//	SR1:   H ← H + (s − u)(s − u)ᵀ/((s − u)·y)
//	d ← −Hg
//
// Before the first of them H becomes (s·y/y·y)I. BFGS is the one to take. DFP
// recovers slowly from a bad H. SR1 finds the true Hessian, negative
// curvature and all: where d leads up it takes −d.
//
// With Problem set a Step searches along d for a point that satisfies the strong
// conditions of Wolfe; see Newton. BFGS and DFP enter a pair if s·y > ε‖s‖‖y‖,
// SR1 if |(s − u)·y| ≥ 1e-8‖s − u‖‖y‖. With Problem nil a Step is x ← x + ηd, with
// η = LearningRate · Schedule(t−1), and BFGS and DFP damp y as LBFGS does.
//
// A step reads the matrix and then changes it, in one pass each. It keeps the
// n×n matrix and seven vectors, and two more for line searches. J. Nocedal and S.
// J. Wright, Numerical optimization, 2006, chapter 6 (6.17, 6.15, 6.25, 6.20),
// doi:10.1007/978-0-387-40065-5.
type QuasiNewton struct {
	LearningRate float64               // η of a fixed step, at least 0; default 1
	Schedule     Schedule              // factor on η by step; nil is 1
	Problem      *optimize.Problem     // what to search; nil takes fixed steps
	Linesearcher optimize.Linesearcher // nil is MoreThuente, or Backtracking without a gradient

	search
	formula formula
	learnt  bool
	scale   float64   // s·y/y·y of the last pair
	inverse []float64 // H, its upper triangle, in rows
	hg      []float64 // H times the gradient at the last point
	u, s, y []float64
}

type formula int

const (
	bfgs formula = iota
	dfp
	sr1
)

var formulaNames = [...]string{"BFGS", "DFP", "SR1"}

// NewBFGS returns the method of Broyden, Fletcher, Goldfarb and Shanno.
func NewBFGS() *QuasiNewton { return made(&QuasiNewton{LearningRate: 1, formula: bfgs}) }

// NewDFP returns the method of Davidon, Fletcher and Powell. Its line searches are
// nearly exact: with the usual ones it can take a thousand times as long.
func NewDFP() *QuasiNewton {
	return made(&QuasiNewton{LearningRate: 1, formula: dfp, search: search{curvature: 0.1}})
}

// NewSR1 returns the method with the symmetric update of rank one.
func NewSR1() *QuasiNewton { return made(&QuasiNewton{LearningRate: 1, formula: sr1}) }

// Inverse copies H, the inverse of the Hessian as it is known so far, to dst,
// which is empty or has its size. It reports whether anything is known.
func (o *QuasiNewton) Inverse(dst *mat.SymDense) bool {
	if o.learnt {
		if dst.IsEmpty() {
			dst.ReuseAsSym(len(o.hg))
		}
		dst.CopySym(mat.NewSymDense(len(o.hg), o.inverse))
	}
	return o.learnt
}

// Step implements Optimizer.
func (o *QuasiNewton) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *QuasiNewton) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *QuasiNewton) rate() float64 {
	return o.scheduled("QuasiNewton", o.LearningRate, o.Schedule)
}

func (o *QuasiNewton) direct(e *evaluator, d, _, g []float64) float64 {
	if o.learnt {
		copy(d, o.hg)
		if o.formula != sr1 || kernel.Dot(d, g) > 0 {
			kernel.Scale(d, -1)
		}
		return 1
	}
	return firstDirection(e, d, g)
}

func (o *QuasiNewton) forget() { o.learnt = false }

func (o *QuasiNewton) learn(from, to optimize.Location) {
	n := len(to.X)
	o.inverse, o.hg = resize(o.inverse, n*n), resize(o.hg, n)
	o.s, o.y, o.u = resize(o.s, n), resize(o.y, n), resize(o.u, n)
	s, y, u := o.s, o.y, o.u
	kernel.AddScaledTo(s, to.X, from.X, -1)
	kernel.AddScaledTo(y, to.Gradient, from.Gradient, -1)
	ss, sy, yy := kernel.SumSquares(s, 1), kernel.Dot(s, y), kernel.SumSquares(y, 1)

	// u = H(g − g₋) = Hg − Hg₋, of which the second is known.
	if o.learnt {
		o.multiply(u, to.Gradient)
		for i, hg := range u {
			u[i], o.hg[i] = hg-o.hg[i], hg
		}
		if math.IsNaN(to.F) && o.formula != sr1 && damp(y, s, ss, sy, o.scale) {
			o.multiply(u, y)
			sy, yy = kernel.Dot(s, y), kernel.SumSquares(y, 1)
		}
	}
	if o.formula != sr1 && !(sy > epsilon*math.Sqrt(ss)*math.Sqrt(yy)) || !(yy > 0 && yy <= math.MaxFloat64) {
		return
	}
	if !o.learnt {
		if !(sy > 0) {
			return
		}
		o.begin(sy / yy)
		copy(u, y)
		kernel.Scale(u, sy/yy)
		copy(o.hg, to.Gradient)
		kernel.Scale(o.hg, sy/yy)
	}
	o.scale = sy / yy
	yu := kernel.Dot(y, u)
	switch o.formula {
	case bfgs:
		o.add(to.Gradient, (1+yu/sy)/sy, -1/sy, 0)
	case dfp:
		o.add(to.Gradient, 1/sy, 0, -1/yu)
	case sr1:
		zy := sy - yu
		zz := 0.0 // ‖s − u‖²
		for i, si := range s {
			z := si - u[i]
			zz += float64(z * z)
		}
		if math.Abs(zy) >= 1e-8*math.Sqrt(zz)*math.Sqrt(yy) && zy != 0 {
			o.add(to.Gradient, 1/zy, -1/zy, 1/zy)
		}
	}
}

// begin makes H a multiple of the identity.
func (o *QuasiNewton) begin(scale float64) {
	clear(o.inverse)
	n := len(o.s)
	for i := range n {
		o.inverse[i*n+i] = scale
	}
	o.learnt = true
}

// multiply is dst ← Hx, in one pass over the upper triangle.
func (o *QuasiNewton) multiply(dst, x []float64) {
	n := len(x)
	clear(dst)
	for i, xi := range x {
		row := o.inverse[i*n+i : (i+1)*n]
		dst[i] += float64(row[0]*xi) + kernel.Dot(row[1:], x[i+1:])
		kernel.AddScaled(dst[i+1:], row[1:], xi)
	}
}

// add is H ← H + a·ssᵀ + b(suᵀ + usᵀ) + c·uuᵀ, in one pass, and the same for Hg.
func (o *QuasiNewton) add(g []float64, a, b, c float64) {
	s, u, n := o.s, o.u, len(g)
	for i, si := range s {
		row := o.inverse[i*n+i : (i+1)*n]
		kernel.AddTwo(row, s[i:], u[i:], float64(a*si)+float64(b*u[i]), float64(b*si)+float64(c*u[i]))
	}
	sg, ug := kernel.Dot(s, g), kernel.Dot(u, g)
	kernel.AddTwo(o.hg, s, u, float64(a*sg)+float64(b*ug), float64(b*sg)+float64(c*ug))
}

func (o *QuasiNewton) visit(a *walk) {
	a.Type(formulaNames[o.formula], 1)
	a.Settings(&o.LearningRate)
	o.visitSearch(a)
	a.State(&o.learnt, &o.scale)
	a.Matrix(&o.inverse)
	a.Optional(&o.hg)
}
