package optim

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// QuasiNewton is Newton's method with an approximation H of the inverse Hessian. It updates H after
// each move by s = Δx and y = Δg, the changes of x and of the gradient:
//
//	BFGS:  H ← H + (1 + y·u/s·y)/(s·y) ssᵀ − (usᵀ + suᵀ)/(s·y)
//	DFP:   H ← H + ssᵀ/(s·y) − uuᵀ/(y·u)
//	SR1:   H ← H + (s − u)(s − u)ᵀ/((s − u)·y)
//	d ← −Hg
//
// with u = Hy. Before the first update H is set to (s·y/y·y)I. BFGS is the method to begin with.
// DFP recovers slowly from a bad H. The H of SR1 may be indefinite, as the Hessian may be; if −Hg
// is not a direction of descent, SR1 takes d = Hg.
//
// With Problem set, a Step is a line search along d for the strong Wolfe conditions; see Newton.
// BFGS and DFP skip the update unless s·y > ε‖s‖‖y‖, SR1 unless |(s − u)·y| ≥ 1e-8‖s − u‖‖y‖. With
// Problem nil a Step is x ← x + ηd with η = LearningRate · Schedule(t−1). BFGS and DFP then damp y;
// see LBFGS.
//
// A step reads H once and writes it once. The state is an n×n matrix and seven vectors, and two
// more for line searches.
//
// J. Nocedal and S. J. Wright, Numerical Optimization, 2006, chapter 6 (6.17, 6.15, 6.25, 6.20),
// doi:10.1007/978-0-387-40065-5.
type QuasiNewton struct {
	LearningRate float64               // η ≥ 0 of a fixed step; default 1
	Schedule     Schedule              // factor on η by step; nil is 1
	Problem      *optimize.Problem     // what a Step searches; nil: fixed steps
	Linesearcher optimize.Linesearcher // nil is MoreThuente, or Backtracking without a gradient

	search
	formula    formula
	hasInverse bool
	scale      float64   // s·y/y·y of the last pair
	inverse    []float64 // H, its upper triangle, in rows
	hg         []float64 // H times the gradient at the last point
	u, s, y    []float64
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

// NewDFP returns the method of Davidon, Fletcher and Powell. Its line searches are nearly exact:
// with the default ones it can take a thousand times as many steps.
func NewDFP() *QuasiNewton {
	return made(&QuasiNewton{LearningRate: 1, formula: dfp, search: search{curvatureFactor: 0.1}})
}

// NewSR1 returns the method with the symmetric update of rank one.
func NewSR1() *QuasiNewton { return made(&QuasiNewton{LearningRate: 1, formula: sr1}) }

// Inverse copies H to dst, which is empty or n×n, and returns true. Before the first update it
// leaves dst as it is and returns false.
func (o *QuasiNewton) Inverse(dst *mat.SymDense) bool {
	if o.hasInverse {
		if dst.IsEmpty() {
			dst.ReuseAsSym(len(o.hg))
		}
		dst.CopySym(mat.NewSymDense(len(o.hg), o.inverse))
	}
	return o.hasInverse
}

// Step implements Optimizer.
func (o *QuasiNewton) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *QuasiNewton) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *QuasiNewton) rate() float64 { return o.scheduled("QuasiNewton", o.LearningRate, o.Schedule) }

func (o *QuasiNewton) direct(e *evaluator, d, _, g []float64) float64 {
	if !o.hasInverse {
		return firstDirection(e, d, g)
	}
	copy(d, o.hg)
	if o.formula != sr1 || kernel.Dot(d, g) > 0 {
		kernel.Scale(d, -1)
	}
	return 1
}

func (o *QuasiNewton) forget() { o.hasInverse = false }

func (o *QuasiNewton) learn(from, to optimize.Location) {
	n := len(to.X)
	o.inverse, o.hg = resize(o.inverse, n*n), resize(o.hg, n)
	o.s, o.y, o.u = resize(o.s, n), resize(o.y, n), resize(o.u, n)
	s, y, u := o.s, o.y, o.u
	kernel.AddScaledTo(s, to.X, from.X, -1)
	kernel.AddScaledTo(y, to.Gradient, from.Gradient, -1)
	ss, sy, yy := kernel.SumSquares(s, 1), kernel.Dot(s, y), kernel.SumSquares(y, 1)
	if o.hasInverse {
		// u = Hy = Hg − hg, with g of the new point and hg = Hg of the last one.
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
	if !o.hasInverse {
		if !(sy > 0) {
			return
		}
		// H = (s·y/y·y)I.
		clear(o.inverse)
		for i := range n {
			o.inverse[i*n+i] = sy / yy
			u[i], o.hg[i] = float64(sy/yy*y[i]), float64(sy/yy*to.Gradient[i])
		}
		o.hasInverse = true
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

// multiply sets dst to Hx.
func (o *QuasiNewton) multiply(dst, x []float64) {
	n := len(x)
	clear(dst)
	for i, xi := range x {
		row := o.inverse[i*n+i : (i+1)*n]
		dst[i] += float64(row[0]*xi) + kernel.Dot(row[1:], x[i+1:])
		kernel.AddScaled(dst[i+1:], row[1:], xi)
	}
}

// add sets H to H + a·ssᵀ + b(suᵀ + usᵀ) + c·uuᵀ, and hg to the product of that with g.
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
	o.visitSearch(a, formulaNames[o.formula], &o.LearningRate)
	a.State(&o.hasInverse, &o.scale)
	a.Matrix(&o.inverse)
	a.Optional(&o.hg)
}
