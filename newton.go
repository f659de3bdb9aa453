package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// Newton steps to the stationary point of the quadratic model of f, with the Hessian ∇²f and the
// gradient g at x. Mode selects the equation for the direction d:
//
//	Shifted:     (∇²f + τI)d = −g, with a τ ≥ 0 for which ∇²f + τI is positive definite
//	Plain:       ∇²f d = −g
//	SaddleFree:  |∇²f| d = −g, with the absolute values of the eigenvalues
//
// The three are the same where ∇²f is positive definite. Elsewhere Plain steps to saddles and
// maxima as well as to minima, and applies the pseudoinverse if ∇²f is singular. The other modes
// descend.
//
// Where ∇²f is positive definite, τ is 0. Elsewhere Shifted tries τ₀, 4τ₀, 16τ₀, … until the
// Cholesky factorization succeeds, with τ₀ = max(0, −min ∂²f/∂xᵢ²) + ‖∇²f‖/1000 and the Frobenius
// norm.
//
// With Problem nil, a Step is a fixed step x ← x + ηd with η = LearningRate · Schedule(t−1). With
// Problem set, a Step searches and moves to a better point. LearningRate and Schedule are then
// ignored, and so are the values in grads if the problem has a Grad. A Step that begins where the
// last one ended does not evaluate that point again. The search moves back from points where f is
// not finite.
//
// If the problem has a Grad, Mode is Shifted and Linesearcher is nil, the search has a trust region:
// the step is the minimum of the quadratic model with ‖Dd‖ ≤ Δ, to a tenth of Δ:
//
//	(∇²f + τD²)d = −g, with the least τ ≥ 0 for which ‖Dd‖ ≤ Δ and ∇²f + τD² has no negative eigenvalue
//	Dᵢ ← max(√|∂²f/∂xᵢ²|, 0.98Dᵢ)
//	ρ = (f(x) − f(x+d)) / (−g·d − ½d·∇²f·d)
//	Δ ← ‖Dd‖ times 1/10 to 1/2 if f(x+d) ≥ f(x), and d is computed again
//	Δ ← ½‖Dd‖ if ρ ≤ ¼,  Δ ← 3‖Dd‖ if ρ ≥ ¾ and ‖Dd‖ > 0.8Δ
//
// The first Dᵢ is the largest √|∂²f/∂xⱼ²|·|xⱼ| divided by |xᵢ|, at most 10⁶√|∂²f/∂xᵢ²|, and
// √|∂²f/∂xᵢ²| if xᵢ = 0. The first Δ is ‖Dx‖/10, or ‖D⁻¹g‖ if x = 0. The units of f and of the
// parameters therefore do not matter. A trial costs one value. An accepted one also costs a gradient
// and a Hessian. If the slope after a full step is more than half that before it, the Hessian is too
// large, and the search tries a longer step too.
//
// Otherwise the search is a line search along d. The end point satisfies the strong Wolfe
// conditions, or the Armijo condition if the problem has no Grad.
//
// If d is not a direction of descent, or no point along d is better, and the Hessian is that of an
// earlier step, Newton evaluates it again. If there still is no better point, the search follows
// −g, with each gᵢ divided by the curvature along xᵢ if the problem has a Grad. If no point there
// is better either, params stay. At a minimum Status then returns the reason, as in [Minimize].
// Otherwise Err returns an error. Err also returns the error of the problem's Status. Minimize does
// not evaluate the Hessian at the start if Settings.InitValues has one.
//
// The state is one n×n matrix, five vectors and Δ. The workspace is two n×n matrices, one vector, two
// vectors for line searches, and for trust regions another matrix and four vectors. The linear algebra is
// gonum's: results may differ in the last bits between kinds of processors, and a step allocates. A
// step takes O(n³) operations. If the full step is not within Δ, it computes eigenvalues.
//
// References:
//
//   - J. Nocedal and S. J. Wright, Numerical Optimization, 2006, algorithm 3.3,
//     doi:10.1007/978-0-387-40065-5
//   - J. J. Moré and D. C. Sorensen, Computing a trust region step, 1983, doi:10.1137/0904038
//   - Y. N. Dauphin and others, Identifying and attacking the saddle point problem in
//     high-dimensional non-convex optimization, 2014, arXiv:1406.2572
type Newton struct {
	LearningRate float64               // η ≥ 0 of a fixed step; default 1
	Schedule     Schedule              // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1
	Mode         NewtonMode            // what to do where ∇²f is not positive definite; default Shifted
	Every        int                   // number of steps for which a Hessian is used, at least 1; default 1
	Problem      *optimize.Problem     // problem for searches; nil: fixed steps
	Linesearcher optimize.Linesearcher // nil means a trust region if Mode is Shifted and Problem has a Grad, else the search of Moré and Thuente, or backtracking without Grad

	search
	hess       func(dst *mat.SymDense, x []float64)
	hasHessian bool
	age        int               // steps since h was evaluated
	h          []float64         // the Hessian
	place      []float64         // the point where h was evaluated; another length if that is not known
	last       *optimize.Problem // of the last step

	radius    float64   // Δ; 0 before the first step within it
	scales    []float64 // the diagonal of D
	predicted float64   // the decrease of f that the model predicts for the last step; 0 if a line search has found it
	length    float64   // ‖Dd‖ of that step
	tau       float64   // τ of that step
	doubts    int       // the number of steps for which the Hessian remains doubtful: see doubtful

	scaled, units, scratch []float64
	values, slopes         []float64 // in the eigenvectors of D⁻¹HD⁻¹; empty if they are not computed
	vectors                mat.Dense
	chol                   mat.Cholesky
	eigen                  mat.EigenSym
}

// NewtonMode selects what Newton does where the Hessian is not positive definite.
type NewtonMode int

// The modes of Newton, which are defined there.
const (
	Shifted NewtonMode = iota
	Plain
	SaddleFree
)

// NewNewton returns Newton's method. hess writes the Hessian at x to dst, which is n×n. If hess is
// nil, the problem's Hess is used.
func NewNewton(hess func(dst *mat.SymDense, x []float64)) *Newton {
	return made(&Newton{LearningRate: 1, Every: 1, hess: hess, search: search{measures: true}})
}

// Step implements Optimizer.
func (o *Newton) Step(params, grads []float64) { o.step(o, params, grads) }

func (o *Newton) problem() (*optimize.Problem, optimize.Linesearcher) {
	return o.Problem, o.Linesearcher
}

func (o *Newton) needs() (grad, hess bool) { return true, o.hess == nil }

func (o *Newton) expect(n, grads int) {
	o.driver.expect(n, grads)
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

// start takes the Hessian at the start if it is given.
func (o *Newton) start(at optimize.Location) {
	o.search.start(at)
	if at.Hessian != nil {
		o.allocateHessian(len(at.X)).CopySym(at.Hessian)
		o.hasHessian, o.age = true, -1
		o.place = append(o.place[:0], at.X...)
	}
}

func (o *Newton) forget() { o.hasHessian = false }

func (o *Newton) direct(e *evaluator, d, x, g []float64) (length float64) {
	length = o.model(e, d, x, g)
	if o.age > 0 && e.problem != nil && e.status == optimize.NotTerminated && !(length > 0 && o.reducer.Dot(d, g) < 0) {
		o.forget() // an old Hessian proves nothing
		length = o.model(e, d, x, g)
	}
	return length
}

// allocateHessian returns the matrix h.
func (o *Newton) allocateHessian(n int) *mat.SymDense {
	if len(o.h) != n*n {
		o.h, o.hasHessian, o.place = make([]float64, n*n), false, nil
	}
	return mat.NewSymDense(n, o.h)
}

// model writes the direction to d, and evaluates the Hessian if it is due.
func (o *Newton) model(e *evaluator, d, x, g []float64) (length float64) {
	n := len(x)
	h := o.allocateHessian(n)
	o.last = e.problem
	o.age++
	if !o.hasHessian || o.age >= o.Every {
		o.place = o.place[:0]
		if !e.hessian(o.hess, h, x) {
			return 0
		}
		o.hasHessian, o.age = true, 0
		o.place = append(o.place, x...)
	}
	o.scaled, o.units, o.scratch = resize(o.scaled, n*n), resize(o.units, n), resize(o.scratch, n)
	o.predicted = 0
	if !finite(o.h) {
		return 0
	}
	if o.bounds(e) {
		if o.bound(h, d, x, g) {
			return 1
		}
		return 0
	}
	switch {
	case o.definite(h, d, g):
	case o.Mode == Shifted && o.shift(h, d, g):
	case o.Mode != Shifted && o.spectral(h, d, g):
	default:
		return 0
	}
	kernel.Scale(d, -1)
	return 1
}

// definite sets d to H⁻¹g and returns true if H is positive definite. It factorizes CHC with Cᵢᵢ =
// 1/√Hᵢᵢ, so that the units of the parameters do not make H look singular.
func (o *Newton) definite(h *mat.SymDense, d, g []float64) bool {
	for i := range d {
		o.units[i] = 1 / math.Sqrt(h.At(i, i)) // NaN or +Inf if Hᵢᵢ ≤ 0: the factorization fails
	}
	return o.cholesky(o.congruent(h), d, g)
}

// congruent returns CHC with C = units.
func (o *Newton) congruent(h *mat.SymDense) *mat.SymDense {
	s := mat.NewSymDense(len(o.units), o.scaled)
	congruent(s, h, o.units)
	return s
}

// congruent sets dst to CHC with C = units.
func congruent(dst, h *mat.SymDense, units []float64) {
	for i, ci := range units {
		for j := i; j < len(units); j++ {
			dst.SetSym(i, j, float64(ci*h.At(i, j))*units[j])
		}
	}
}

// cholesky sets d to CA⁻¹Cg, with C = units, and returns true if A is positive definite.
func (o *Newton) cholesky(a *mat.SymDense, d, g []float64) bool {
	if !o.chol.Factorize(a) {
		return false
	}
	for i, c := range o.units {
		d[i] = c * g[i]
	}
	v := mat.NewVecDense(len(d), d)
	if o.chol.SolveVecTo(v, v) != nil {
		return false // A is nearly singular
	}
	for i, c := range o.units {
		d[i] *= c
	}
	return finite(d)
}

// maxShifts is the largest number of values of τ that a step tries.
const maxShifts = 60

// shift sets d to (H + τI)⁻¹g with the first τ of τ₀, 4τ₀, 16τ₀, … that makes the sum positive
// definite. It returns false if there is none.
func (o *Newton) shift(h *mat.SymDense, d, g []float64) bool {
	fill(o.units, 1)
	shifted := mat.NewSymDense(len(d), o.scaled)
	shifted.CopySym(h)
	least := inf
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

// spectral sets d to Vf(Λ)Vᵀg with the eigenvectors V and the eigenvalues Λ of H. SaddleFree has
// f(λ) = 1/max(|λ|, 1e-8·max|λ|). Plain has f(λ) = 1/λ, and 0 if λ is 0 up to rounding.
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
			value = inf
		}
		mat.Col(v, j, &vectors)
		kernel.AddScaled(d, v, kernel.Dot(v, g)/value)
	}
	return largest > 0
}

func (o *Newton) visit(a *walk) {
	mode := int(o.Mode)
	o.visitSearch(a, "Newton", &o.LearningRate, &mode, &o.Every)
	o.Mode = NewtonMode(mode)
	a.State(&o.hasHessian, &o.age)
	a.Matrix(&o.h)
	a.State(&o.radius, &o.doubts)
	a.Optional(&o.scales)
	if a.Assigning() {
		o.place, o.last = nil, nil
	}
}
