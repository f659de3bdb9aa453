package optim

import (
	"iter"
	"math/rand/v2"
)

// MiniBatch is the gradient of a few terms at a time.
//
//	g = 1/|B|·Σ ∇fᵢ(x) over i in B
//
// The batches of an epoch are the N terms in random order, Size at a time, each
// term once; the last batch is short if Size does not divide N. Size 1 is online
// learning. Size N is gradient descent: the terms stay in their order, and
// nothing is drawn.
//
// It keeps the order, N ints. The generator is the caller's, and not part of the
// encoding: it has a MarshalBinary of its own. This holds for all estimators. As
// an optimizer, an estimator is not safe for concurrent use, and its dst and
// params must not overlap. A NaN or an infinity in a gradient is handed on.
type MiniBatch struct {
	Size int // terms in a batch, in [1, N]

	sum FiniteSum
	batches
}

// NewMiniBatch returns the gradients of random batches. It panics if there are
// no terms or size is not in [1, N]. FiniteSum.Grad may be nil if only Batches is
// used.
func NewMiniBatch(sum FiniteSum, size int, rng *rand.Rand) *MiniBatch {
	sum.check("MiniBatch")
	checkSize("MiniBatch: size", size, 1, sum.N)
	return &MiniBatch{Size: size, sum: sum, batches: newBatches("MiniBatch", sum.N, rng)}
}

// Grad writes the gradient of the next batch at params to dst.
func (o *MiniBatch) Grad(dst, params []float64) {
	o.sum.callable("MiniBatch", dst, params)
	checkSize("MiniBatch.Size", o.Size, 1, o.n)
	if len(params) == 0 {
		return
	}
	batch := o.next(o.Size)
	o.terms += len(batch)
	o.sum.grad(dst, params, batch)
}

// Batches are the batches of this epoch that are left, for a loop that has a
// gradient of its own:
//
//	for batch := range batches.Batches() {
//		model.Gradient(grads, params, batch) // yours
//		opt.Step(params, grads)
//	}
//
// A batch is valid until the next one. A loop that is left early is taken up
// where it was left, by Batches as by Grad.
func (o *MiniBatch) Batches() iter.Seq[[]int] {
	return func(yield func(batch []int) bool) {
		for epoch := o.epoch; o.epoch == epoch; {
			checkSize("MiniBatch.Size", o.Size, 1, o.n)
			batch := o.next(o.Size)
			o.terms += len(batch)
			if !yield(batch) {
				return
			}
		}
	}
}

// Evaluations is the number of terms whose gradient has been asked for so far:
// N make a pass.
func (o *MiniBatch) Evaluations() int { return o.terms }

// String describes the estimator in one line.
func (o *MiniBatch) String() string { return describe(o, new(MiniBatch), evaluations(o.terms)) }

func (o *MiniBatch) visit(a *walk) {
	a.Type("MiniBatch", 1)
	a.Settings(&o.Size)
	o.visitBatches(a)
}
