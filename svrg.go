package optim

import (
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

// SVRG is stochastic variance reduced gradient. It keeps a snapshot w of the parameters and the
// gradient ḡ of the whole sum at w. It computes the gradient of a batch at x, and corrects it by
// the gradient of the same batch at w:
//
//	every m steps:  w ← x,  ḡ ← ∇f(w)
//	g = 1/|B|·Σ s(∇fᵢ(x) − ∇fᵢ(w)) over i in B, + ḡ
//
// with m = Every and |B| = Size. A step with a snapshot has g = ḡ. The batches are those of
// [MiniBatch], and s = 1. With Weights the terms of a batch are drawn one by one, with the
// probabilities pᵢ = Weightsᵢ/ΣWeights, and s = 1/(N·pᵢ).
//
// The expected value of g is the gradient. The variance of g goes to zero when x and w approach the
// minimum. So [SGD] with a constant learning rate converges to the minimum. On a strongly convex sum
// the convergence is linear. With a MiniBatch the error of SGD decreases to a level that depends on
// the learning rate, and no further.
//
// A safe learning rate for SGD is 1/(3L), where L is the largest Lipschitz constant of the gradient
// of a term. In most cases 1/L converges too, and 2/(L + Nλ), where λ is the constant of strong
// convexity. Weights are better if the Lipschitz constants of the terms differ: if half of the
// draws are in proportion to the constants, L is twice their mean. LinearSum.Lipschitz returns
// both values of L, and LinearSum.Weights returns such weights. The first table has the number of
// passes over the terms of a logistic regression (569 × 30, λ = 1e-3, L = 105.5, or 15.0 with
// weights) until the loss is within 1.3e-6 of the minimum, with batches of one term:
//
//	        1/L   2/(L+Nλ)   weights, 1/L
//	SAG     508        256             71
//	SAGA    507        255             71
//	SVRG    760        382            113
//
// Rules that scale the gradient gain more, because they scale the noise, too. The second table has
// the difference between the loss and the minimum of the same problem after 100 passes, each at the
// best learning rate of a grid:
//
//	          MiniBatch     SVRG     SAGA   SAGA, weights
//	SGD          8.6e-5   8.6e-6   1.6e-5          1.1e-9
//	RMSProp      1.4e-3   4.8e-8   1.0e-6          1.7e-7
//	Adam         2.9e-4   7.5e-7   3.6e-6          7.1e-7
//
// After ten passes all differences are between 1e-3 and 4e-3, and MiniBatch is as good as the
// others.
//
// If ḡ is not finite, Grad writes it to dst and takes no snapshot. The next call tries again.
//
// A snapshot evaluates N terms. Any other step evaluates 2·Size terms, or Size terms with a
// [LinearSum], because SVRG keeps the derivatives at w. The state is two vectors and the order of the
// terms, N ints; with a LinearSum also N·Outputs numbers; with Weights also 2N numbers. The
// workspace is two vectors and N ints, unless the sum is a LinearSum.
//
// R. Johnson and T. Zhang, Accelerating stochastic gradient descent using predictive variance
// reduction, 2013; L. Xiao and T. Zhang, A proximal stochastic gradient method with progressive
// variance reduction, 2014, arXiv:1403.4699.
type SVRG struct {
	Size    int       // terms in a batch, in [1, N]
	Every   int       // m, steps from a snapshot to the next, at least 0; default 0, which means 2N/Size, rounded up
	Weights []float64 // of the terms, in (0, +Inf); nil: the batches of MiniBatch; to change them, assign another slice
	Prox    Prox      // of h, for Pass; nil: h = 0; not part of the state

	memory
	batches batches
	w       []float64 // snapshot
	since   int       // steps since the snapshot, including its own; 0 if there is none
	whole   []int     // all terms
}

// NewSVRG returns SVRG with batches of the given size. It panics if size is not in [1, N].
func NewSVRG(sum FiniteSum, size int, rng *rand.Rand) *SVRG {
	o := &SVRG{Size: size, memory: newMemory("SVRG", sum, rng), batches: batches{rng: rng, n: sum.N}}
	checkSize("SVRG: size", size, 1, sum.N)
	return o
}

// Grad writes the corrected gradient of the next batch at params to dst.
func (o *SVRG) Grad(dst, params []float64) {
	if !o.begin("SVRG", dst, params, o.Weights, o.sum.linear != nil) {
		return
	}
	o.checkFields()
	o.w = resize(o.w, len(params))
	if o.due() {
		o.snapshot(params)
		copy(dst, o.mean)
	} else {
		o.correct(dst, params)
		o.since++
	}
	o.finish(dst, params)
}

// Pass takes N/Size steps, rounded up, with the estimates g of Grad and the learning rate η = eta:
//
//	x ← prox_ηh(x − ηg)
//
// h is that of Prox: see SAGA.Pass. Pass is as calls of Grad and of a Proximal around SGD, up to
// rounding. With Size 1 it is faster: a step without a snapshot costs as much as one of SAGA.Pass, and
// what holds there for Deriv holds here. With batches of more terms, or where a step of SAGA.Pass is a
// call of Grad, each step is a call of Grad and of Prox.Apply.
//
// Pass panics as SAGA.Pass does. Calls of Pass and Grad may be mixed. L. Xiao and T. Zhang, 2014,
// arXiv:1403.4699.
func (o *SVRG) Pass(params []float64, eta float64) {
	o.sum.made("SVRG")
	o.checkFields()
	if !o.startPass("SVRG", params, o.Weights, o.Prox, eta, o.sum.linear != nil) {
		return
	}
	o.w = resize(o.w, len(params))
	if o.Size > 1 || !o.fuse(params, o.Prox) {
		for range (o.sum.N + o.Size - 1) / o.Size {
			o.stepBy(o, params, o.Prox)
		}
		return
	}
	defer o.finishPass(params)
	for left := o.sum.N; left > 0; {
		if o.due() {
			o.stepSnapshot(params)
			left--
			continue
		}
		steps := min(left, o.every()-o.since)
		o.startSteps(o, steps)
		for range steps {
			o.step(params)
		}
		left -= steps
	}
}

// stepSnapshot takes a step of Pass with a snapshot.
func (o *SVRG) stepSnapshot(x []float64) {
	o.finishPass(x)
	o.snapshot(x)
	o.resume(x)
	o.moveAll(x)
}

// step takes a step of Pass without a snapshot.
func (o *SVRG) step(x []float64) {
	i, scale := o.next()
	row, _, change := o.evaluate(x, i)
	o.move(x, row, 0, float64(scale*change), 1)
	o.since++
}

// checkFields panics if a number among the fields is out of its range.
func (o *SVRG) checkFields() {
	checkSize("SVRG.Size", o.Size, 1, o.sum.N)
	checkAtLeast("SVRG", "Every", o.Every, 0)
}

// due returns whether the coming step has a snapshot.
func (o *SVRG) due() bool { return o.since == 0 || o.since >= o.every() }

// every returns m.
func (o *SVRG) every() int {
	if o.Every == 0 {
		return (2*o.sum.N + o.Size - 1) / o.Size
	}
	return o.Every
}

// draw returns the term of a batch of one, and its factor s.
func (o *SVRG) draw() (term int, scale float64) {
	if o.Weights != nil {
		return o.draws.draw()
	}
	return o.batches.next(1)[0], 1
}

// snapshot sets mean to the gradient of the whole sum at x, and w to x if the gradient is finite.
func (o *SVRG) snapshot(x []float64) {
	if l := o.sum.linear; l != nil {
		clear(o.mean)
		share := 1 / float64(o.sum.N)
		for i := range o.sum.N {
			c := o.entry(i)
			l.derive(c, x, i)
			l.add(o.mean, i, c, share)
		}
		o.terms += o.sum.N
	} else {
		if o.whole == nil {
			o.whole = below(o.sum.N)
		}
		o.grad(o.mean, x, o.whole)
	}
	o.since = 0
	if finite(o.mean) {
		copy(o.w, x)
		o.since = 1
	}
}

// correct sets dst to the corrected gradient of a batch.
func (o *SVRG) correct(dst, x []float64) {
	copy(dst, o.mean)
	if o.Weights != nil {
		share := 1 / float64(o.Size)
		for range o.Size {
			i, scale := o.draws.draw()
			o.add(dst, x, i, float64(scale*share))
		}
		return
	}
	batch := o.batches.next(o.Size)
	if o.sum.linear == nil {
		o.grad(o.fresh, x, batch)
		o.grad(o.change, o.w, batch)
		kernel.AddTwo(dst, o.fresh, o.change, 1, -1)
		return
	}
	for _, i := range batch {
		o.add(dst, x, i, 1/float64(len(batch)))
	}
}

// add adds a times the change of the gradient of term i since the snapshot to dst.
func (o *SVRG) add(dst, x []float64, i int, a float64) {
	if o.sum.linear != nil {
		o.compare(x, i)
	} else {
		o.one[0] = i
		o.grad(o.fresh, x, o.one[:])
		o.grad(o.change, o.w, o.one[:])
		kernel.AddScaledTo(o.change, o.fresh, o.change, -1)
	}
	o.addChange(dst, i, a)
}

// String describes the estimator in one line.
func (o *SVRG) String() string { return describe(o, new(SVRG), evaluations(o.terms)) }

func (o *SVRG) visit(a *walk) {
	a.Type("SVRG", 1)
	a.Settings(&o.Size, &o.Every)
	o.visitMemory(a)
	a.Vectors(&o.w, &o.mean)
	a.State(&o.since)
	a.Table(&o.table, o.sum.N, o.width(0))
	o.batches.visitBatches(a)
}
