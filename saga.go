package optim

import (
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

// SAG is the mean of the last gradients of all terms, of which a step renews
// one: stochastic average gradient.
//
//	draw j;  yⱼ ← ∇fⱼ(x);  g = 1/N·Σyᵢ
//
// As long as terms have not been drawn yet, the mean is that of those which
// have. It is not the gradient in the mean, but near enough, and with less noise
// than in SAGA. On a strongly convex sum it converges linearly: at a rate of 1/L,
// and at the others in the table at SVRG. It is made for SGD; rules with a
// memory of their own do better behind SAGA. With Weights the terms are
// drawn with probabilities in proportion to them.
//
// A gradient that is not finite is handed on, and leaves the table as it is.
//
// It keeps one vector and the table of the y: N vectors, with a LinearSum N
// numbers. M. Schmidt, N. Le Roux and F. Bach, Minimizing finite sums with the
// stochastic average gradient, 2013, arXiv:1309.2388; with weights: M. Schmidt
// and others, Non-uniform stochastic average gradient method for training
// conditional random fields, 2015, arXiv:1504.04406.
type SAG struct {
	Weights []float64 // of the terms, above 0; nil draws all alike; to change it assign another slice

	memory
	mean    []float64 // Σyᵢ/N
	drawn   []byte    // terms that have been, bit by bit
	entries int       // how many they are
}

// NewSAG returns the gradients of a sum by SAG. It panics if there are no terms.
func NewSAG(sum FiniteSum, rng *rand.Rand) *SAG {
	sum.check("SAG")
	return &SAG{memory: memory{sum: sum, draws: newDraws("SAG", sum.N, rng)}}
}

// Grad writes the average of the gradients, with a fresh one at params, to dst.
func (o *SAG) Grad(dst, params []float64) {
	o.expect("SAG", dst, params)
	o.draws.weigh("SAG", o.Weights)
	if len(params) == 0 {
		return
	}
	o.room(len(params), true)
	if len(o.mean) != len(params) {
		o.mean, o.drawn = make([]float64, len(params)), make([]byte, (o.sum.N+7)/8)
	}
	i, _ := o.draws.draw()
	if o.ask(params, i); finite(o.fresh) {
		o.addChange(o.mean, i, 1/float64(o.sum.N))
		copy(o.entry(i), o.fresh)
		if byte, bit := &o.drawn[i/8], byte(1)<<(i%8); *byte&bit == 0 {
			*byte |= bit
			o.entries++
		}
		copy(dst, o.mean)
		if o.entries < o.sum.N {
			kernel.Scale(dst, float64(o.sum.N)/float64(o.entries))
		}
	} else {
		copy(dst, o.mean)
		o.addChange(dst, i, 1)
	}
	if l := o.linear(); l != nil {
		l.decay(dst, params)
	}
	o.count(len(params))
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

// SAGA is SVRG with a table of gradients in the place of the snapshot, so that
// no step needs a whole pass.
//
//	draw j;  g = s(∇fⱼ(x) − yⱼ) + 1/N·Σyᵢ;  yⱼ ← ∇fⱼ(x)
//
// All y are zero at first. As in SVRG its mean is the gradient, s is 1 or, with
// Weights, 1/(N·pⱼ), and 1/(3L) is a safe rate for SGD behind it: see the tables
// there. On a strongly convex sum it converges linearly.
//
// A gradient that is not finite is handed on, and leaves the table as it is.
//
// It keeps one vector and the table: N vectors, with a LinearSum N numbers. A.
// Defazio, F. Bach and S. Lacoste-Julien, SAGA: a fast incremental gradient
// method with support for non-strongly convex composite objectives, 2014,
// arXiv:1407.0202.
type SAGA struct {
	Weights []float64 // of the terms, above 0; nil draws all alike; to change it assign another slice

	memory
	mean []float64 // Σyᵢ/N
}

// NewSAGA returns the gradients of a sum by SAGA. It panics if there are no
// terms.
func NewSAGA(sum FiniteSum, rng *rand.Rand) *SAGA {
	sum.check("SAGA")
	return &SAGA{memory: memory{sum: sum, draws: newDraws("SAGA", sum.N, rng)}}
}

// Grad writes the corrected gradient of a term at params to dst.
func (o *SAGA) Grad(dst, params []float64) {
	o.expect("SAGA", dst, params)
	o.draws.weigh("SAGA", o.Weights)
	if len(params) == 0 {
		return
	}
	o.room(len(params), true)
	if len(o.mean) != len(params) {
		o.mean = make([]float64, len(params))
	}
	i, scale := o.draws.draw()
	o.ask(params, i)
	copy(dst, o.mean)
	o.addChange(dst, i, scale)
	if finite(o.fresh) {
		o.addChange(o.mean, i, 1/float64(o.sum.N))
		copy(o.entry(i), o.fresh)
	}
	if l := o.linear(); l != nil {
		l.decay(dst, params)
	}
	o.count(len(params))
}

// String describes the estimator in one line.
func (o *SAGA) String() string { return describe(o, new(SAGA), evaluations(o.terms)) }

func (o *SAGA) visit(a *walk) {
	a.Type("SAGA", 1)
	o.visitMemory(a)
	a.Vectors(&o.mean)
	a.Table(&o.table, o.sum.N, o.width(a.Params()))
}
