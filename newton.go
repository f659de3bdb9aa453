package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// Newton takes the step to the stationary point of the quadratic model of the
// loss, with the Hessian ∇²f at x:
//
//	Shifted:     (∇²f + τI)d = −g, with τ = 0 or so large that the matrix is positive definite
//	Plain:       ∇²f d = −g
//	SaddleFree:  |∇²f| d = −g, with the absolute values of the eigenvalues
//
// Where ∇²f is positive definite the three are the same. Where it is not, Plain
// goes to saddles and maxima as well as to minima, as the theory says; the others
// go down. Of a singular Hessian Plain takes the pseudoinverse.
//
// With Problem nil a Step is x ← x + ηd, the damped Newton step, with η =
// LearningRate · Schedule(t−1). With Problem set a Step searches along d for a
// better point, and moves there: one that satisfies the strong conditions of
// Wolfe, or, if the problem has no Grad, one that satisfies that of Armijo.
// LearningRate and Schedule have no part in it. A problem's Grad is asked in the
// place of grads, whose content then does not matter. Value and gradient are
// remembered for the next Step, in case it begins where this one ended. A point
// where the value is not finite is too far. Where d is no descent, or leads to no
// better point, −g is tried; if that does not lead to one either, params stay: at
// a minimum for good, as Status tells, and otherwise Err says why. An error of the
// problem's Status is such an Err.
//
// It keeps three n×n matrices, with the factor, and four vectors, and two more for
// line searches. The linear algebra is gonum's, so that results may differ in the
// last bits from one kind of processor to another, and a step allocates. J.
// Nocedal and S. J. Wright, Numerical optimization, 2006, algorithm 3.3,
// doi:10.1007/978-0-387-40065-5; Y. Dauphin and others, Identifying and attacking
// the saddle point problem in high-dimensional non-convex optimization, 2014,
// arXiv:1406.2572.
type Newton struct {
	LearningRate float64               // η of a fixed step, at least 0; default 1
	Schedule     Schedule              // factor on η by step; nil is 1
	Mode         NewtonMode            // what to do where the Hessian is not positive definite; default Shifted
	Every        int                   // take the Hessian every so many steps, at least 1; default 1
	Problem      *optimize.Problem     // what to search; nil takes fixed steps
	Linesearcher optimize.Linesearcher // nil is MoreThuente, or Backtracking without a gradient

	search
	hess func(dst *mat.SymDense, x []float64)
	have bool      // whether there is a Hessian
	age  int       // steps since it was taken
	h    []float64 // the Hessian

	scaled, units []float64
	chol          mat.Cholesky
	eigen         mat.EigenSym
}

// NewtonMode is what Newton does where the Hessian is not positive definite.
type NewtonMode int

// The modes: see Newton.
const (
	Shifted NewtonMode = iota
	Plain
	SaddleFree
)

// NewNewton returns Newton's method. hess writes the Hessian at x to dst, which
// is n×n; nil is that of the problem.
func NewNewton(hess func(dst *mat.SymDense, x []float64)) *Newton {
	return made(&Newton{LearningRate: 1, Every: 1, hess: hess})
}

// Step implements Optimizer.
func (o *Newton) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Newton) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *Newton) needs() (grad, hess bool) { return true, o.hess == nil }

func (o *Newton) expect(params, grads []float64) {
	o.driver.expect(params, grads)
	if o.hess == nil && (o.Problem == nil || o.Problem.Hess == nil) {
		panic("optim: Newton: no Hessian; want a function in NewNewton, or Problem.Hess")
	}
}

func (o *Newton) rate() float64 {
	checkAtLeast("Newton", "Every", o.Every, 1)
	if o.Mode < Shifted || o.Mode > SaddleFree {
		panic(fmt.Sprintf("optim: Newton.Mode = %d, want Shifted, Plain or SaddleFree", o.Mode))
	}
	return o.scheduled("Newton", o.LearningRate, o.Schedule)
}

func (o *Newton) learn(_, _ optimize.Location) {}

func (o *Newton) forget() { o.have = false }

func (o *Newton) direct(e *evaluator, d, x, g []float64) float64 {
	n := len(x)
	if len(o.h) != n*n {
		o.h, o.have = make([]float64, n*n), false
	}
	h := mat.NewSymDense(n, o.h)
	o.age++
	if !o.have || o.age >= o.Every {
		if !e.hessian(o.hess, h, x) {
			return 0
		}
		o.have, o.age = true, 0
	}
	if !finite(o.h) {
		return 0
	}
	switch {
	case o.cholesky(o.scale(h), d, g):
	case o.Mode == Shifted && o.shift(h, d, g):
	case o.Mode != Shifted && o.spectral(h, d, g):
	default:
		return 0
	}
	kernel.Scale(d, -1)
	return 1
}

// scale is CHC with Cᵢᵢ = |Hᵢᵢ|^−½: in these units the scale of a parameter does
// not matter, and does not make a Hessian look singular.
func (o *Newton) scale(h *mat.SymDense) *mat.SymDense {
	n := h.SymmetricDim()
	o.scaled, o.units = resize(o.scaled, n*n), resize(o.units, n)
	for i := range o.units {
		o.units[i] = 1
		if v := math.Sqrt(math.Abs(h.At(i, i))); v > 0 {
			o.units[i] = 1 / v
		}
	}
	s := mat.NewSymDense(n, o.scaled)
	for i, ci := range o.units {
		for j := i; j < n; j++ {
			s.SetSym(i, j, float64(ci*h.At(i, j))*o.units[j])
		}
	}
	return s
}

// cholesky is d ← CA⁻¹Cg, if A is positive definite.
func (o *Newton) cholesky(a *mat.SymDense, d, g []float64) bool {
	if !o.chol.Factorize(a) {
		return false
	}
	for i, c := range o.units {
		d[i] = c * g[i]
	}
	v := mat.NewVecDense(len(d), d)
	if o.chol.SolveVecTo(v, v) != nil {
		return false // it is all but singular
	}
	for i, c := range o.units {
		d[i] *= c
	}
	return finite(d)
}

// maxShifts is the greatest number of values of τ that a step tries.
const maxShifts = 60

// shift is d ← (H + τI)⁻¹g, for a τ that is large enough.
func (o *Newton) shift(h *mat.SymDense, d, g []float64) bool {
	fill(o.units, 1)
	shifted := mat.NewSymDense(len(d), o.scaled)
	shifted.CopySym(h)
	least := math.Inf(1)
	for i := range d {
		least = min(least, h.At(i, i))
	}
	tau := max(0, -least) + float64(1e-3*mat.Norm(h, 2))
	for range maxShifts {
		for i := range d {
			shifted.SetSym(i, i, h.At(i, i)+tau)
		}
		if o.cholesky(shifted, d, g) {
			return true
		}
		tau *= 4
	}
	return false
}

// spectral is d ← Vf(Λ)Vᵀg with the eigenvectors V of h and 1/f(λ) = λ or |λ|. Plain
// leaves out eigenvalues that are zero but for rounding, SaddleFree raises small
// ones.
func (o *Newton) spectral(h *mat.SymDense, d, g []float64) bool {
	if !o.eigen.Factorize(h, true) {
		return false
	}
	values := o.eigen.Values(nil)
	var vectors mat.Dense
	o.eigen.VectorsTo(&vectors)
	largest := kernel.AbsMax(values)
	clear(d)
	v := make([]float64, len(d))
	for j, value := range values {
		switch {
		case o.Mode == SaddleFree:
			value = max(math.Abs(value), 1e-8*largest)
		case math.Abs(value) <= float64(len(d))*epsilon*largest:
			value = math.Inf(1)
		}
		mat.Col(v, j, &vectors)
		kernel.AddScaled(d, v, kernel.Dot(v, g)/value)
	}
	return largest > 0
}

func (o *Newton) visit(a *walk) {
	a.Type("Newton", 1)
	mode := int(o.Mode)
	a.Settings(&o.LearningRate, &mode, &o.Every)
	o.Mode = NewtonMode(mode)
	o.visitSearch(a)
	a.State(&o.have, &o.age)
	a.Matrix(&o.h)
}
