package optim

import (
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

// SAG is stochastic average gradient. It computes the mean of the last gradients yᵢ of all terms,
// and each step renews one of them:
//
//	draw j;  yⱼ ← ∇fⱼ(x);  g = 1/N·Σyᵢ
//
// Until every term has been drawn, g is the mean over the drawn terms. With Weights the probability
// that a term is drawn is in proportion to its weight.
//
// The expected value of g differs from the gradient, but g has less noise than in [SAGA]. On a
// strongly convex sum [SGD] converges linearly with the learning rate 1/L and those of the table at
// [SVRG]. SAG is made for SGD. Rules with a state of their own converge better with SAGA.
//
// If ∇fⱼ(x) is not finite, the yᵢ stay as they are, and g is that of SAGA. So the NaN or ±Inf
// reaches dst.
//
// The state is one vector and the yᵢ: N vectors, or N·Outputs numbers with a [LinearSum]; with
// Weights also 2N numbers. The workspace is two vectors, unless the sum is a LinearSum.
//
// M. Schmidt, N. Le Roux and F. Bach, Minimizing finite sums with the stochastic average gradient,
// 2013, arXiv:1309.2388; with weights: M. Schmidt and others, Non-uniform stochastic average
// gradient method for training conditional random fields, 2015, arXiv:1504.04406.
type SAG struct {
	Weights []float64 // of the terms, in (0, +Inf); nil: all are equal; to change them, assign another slice

	memory
	drawn   []byte // the set of terms that have been drawn, one bit each
	entries int    // size of the set
}

// NewSAG returns SAG for the given sum.
func NewSAG(sum FiniteSum, rng *rand.Rand) *SAG { return &SAG{memory: newMemory("SAG", sum, rng)} }

// Grad draws a term, renews its gradient at params, and writes the mean of the gradients to dst.
func (o *SAG) Grad(dst, params []float64) {
	if !o.begin("SAG", dst, params, o.Weights, true) {
		return
	}
	i, _ := o.draws.draw()
	o.compare(params, i)
	if finite(o.fresh) {
		o.replace(i)
		o.include(i)
		copy(dst, o.mean)
		if o.entries < o.sum.N {
			kernel.Scale(dst, float64(o.sum.N)/float64(o.entries))
		}
	} else {
		copy(dst, o.mean)
		o.addChange(dst, i, 1)
	}
	o.finish(dst, params)
}

// Pass takes N steps with the estimates g of Grad and the learning rate η = eta:
//
//	x ← x − ηg
//
// Pass is as N calls of Grad and SGD, up to rounding, and faster. SAGA.Pass says what a step costs, and
// what holds for calls of Deriv during a pass.
//
// Pass panics as Grad does, and if eta is not in [0, +Inf). Calls of Pass and Grad may be mixed.
// M. Schmidt and others, 2013, arXiv:1309.2388, section 4.1.
func (o *SAG) Pass(params []float64, eta float64) {
	if !o.startPass("SAG", params, o.Weights, nil, eta, true) {
		return
	}
	o.pass(o, params, nil)
}

// step takes a step of Pass.
func (o *SAG) step(x []float64) {
	i, _ := o.next()
	row, fresh, change := o.evaluate(x, i)
	if isFinite(fresh) {
		o.table[i] = fresh
		o.include(i)
		o.move(x, row, change/float64(o.sum.N), 0, float64(o.sum.N)/float64(o.entries))
	} else {
		o.move(x, row, 0, change, 1)
	}
}

// include adds term i to the set of terms that have been drawn.
func (o *SAG) include(i int) {
	if o.drawn == nil {
		o.drawn = make([]byte, (o.sum.N+7)/8)
	}
	if byte, bit := &o.drawn[i/8], byte(1)<<(i%8); *byte&bit == 0 {
		*byte |= bit
		o.entries++
	}
}

// String describes the estimator in one line.
func (o *SAG) String() string { return describe(o, new(SAG), evaluations(o.terms)) }

func (o *SAG) visit(a *walk) {
	a.Type("SAG", 1)
	o.visitMemory(a)
	a.Vectors(&o.mean)
	a.Table(&o.table, o.sum.N, o.width(a.Params()))
	a.Members(&o.drawn, &o.entries, o.sum.N)
}

// SAGA is [SVRG] with a table of gradients yᵢ instead of the snapshot, so that no step evaluates the
// whole sum:
//
//	draw j;  g = s(∇fⱼ(x) − yⱼ) + 1/N·Σyᵢ;  yⱼ ← ∇fⱼ(x)
//
// All yᵢ are zero at first. s is 1, or 1/(N·pⱼ) with Weights, as in SVRG. The expected value of g
// is the gradient. A safe learning rate for [SGD] is 1/(3L): see the tables at SVRG. On a strongly
// convex sum SGD converges linearly.
//
// If ∇fⱼ(x) is not finite, it reaches dst and yⱼ stays as it is.
//
// The state is one vector and the yᵢ: N vectors, or N·Outputs numbers with a [LinearSum]; with
// Weights also 2N numbers. The workspace is two vectors, unless the sum is a LinearSum.
//
// A. Defazio, F. Bach and S. Lacoste-Julien, SAGA: a fast incremental gradient method with support
// for non-strongly convex composite objectives, 2014, arXiv:1407.0202.
type SAGA struct {
	Weights []float64 // of the terms, in (0, +Inf); nil: all are equal; to change them, assign another slice
	Prox    Prox      // of h, for Pass; nil: h = 0; not part of the state

	memory
}

// NewSAGA returns SAGA for the given sum.
func NewSAGA(sum FiniteSum, rng *rand.Rand) *SAGA { return &SAGA{memory: newMemory("SAGA", sum, rng)} }

// Grad writes the corrected gradient of one term at params to dst.
func (o *SAGA) Grad(dst, params []float64) {
	if !o.begin("SAGA", dst, params, o.Weights, true) {
		return
	}
	i, scale := o.draws.draw()
	o.compare(params, i)
	copy(dst, o.mean)
	o.addChange(dst, i, scale)
	if finite(o.fresh) {
		o.replace(i)
	}
	o.finish(dst, params)
}

// Pass takes N steps with the estimates g of Grad and the learning rate η = eta:
//
//	x ← prox_ηh(x − ηg)
//
// h is that of Prox. With an intercept h is a function of the coefficients, and the intercept has no
// prox. Factor multiplies an ElasticNet: h = Σ sⱼ(λ₁|xⱼ| + λ₂/2·xⱼ²).
//
// Pass is as N calls of Grad and of a Proximal around SGD, up to rounding, and faster. On a LinearSum
// with Deriv, with Prox nil or an ElasticNet, the cost of a step is in proportion to
//
//	the stored elements of its row   if Rows are *Sparse: a coefficient takes the steps of other rows together
//	the number of parameters         otherwise
//
// With *Sparse rows a pass also has two walks over all parameters. The workspace is then three
// numbers for each column, and N + 1 numbers more with L1. In these cases each step is a call of Grad
// and of Prox.Apply: another sum or Prox; Derivs; Factor together with an L2; *Sparse rows and
// η·L2 ≥ 1.
//
// Pass draws the same terms as N calls of Grad, but 8 steps ahead, so that the processor loads their
// rows in time. Deriv and Row must not use the generator, and must not read params: with *Sparse rows,
// params change at the end of the pass. If Deriv panics, params and the state are those after the step
// before, and the terms drawn ahead are lost.
//
// Pass panics as Grad does, if eta is not in [0, +Inf), or if a field of Prox is out of its range.
// Calls of Pass and Grad may be mixed. A. Defazio, F. Bach and S. Lacoste-Julien, 2014,
// arXiv:1407.0202, equation 2.
func (o *SAGA) Pass(params []float64, eta float64) {
	if !o.startPass("SAGA", params, o.Weights, o.Prox, eta, true) {
		return
	}
	o.pass(o, params, o.Prox)
}

// step takes a step of Pass.
func (o *SAGA) step(x []float64) {
	i, scale := o.next()
	row, fresh, change := o.evaluate(x, i)
	w := float64(scale * change)
	if isFinite(fresh) { // m has the change of the table when x moves
		u := change / float64(o.sum.N)
		o.table[i] = fresh
		o.move(x, row, u, w-u, 1)
	} else {
		o.move(x, row, 0, w, 1)
	}
}

// String describes the estimator in one line.
func (o *SAGA) String() string { return describe(o, new(SAGA), evaluations(o.terms)) }

func (o *SAGA) visit(a *walk) {
	a.Type("SAGA", 1)
	o.visitMemory(a)
	a.Vectors(&o.mean)
	a.Table(&o.table, o.sum.N, o.width(a.Params()))
}
