package optim

import (
	"iter"
	"math/rand/v2"
)

// MiniBatch computes the gradient of a few terms at a time:
//
//	g = 1/|B|·Σ ∇fᵢ(x) over i in B
//
// B is the batch. An epoch is one pass over the N terms in random order. Each batch has the next
// Size terms of this order. The last batch of an epoch has fewer terms if Size does not divide N.
// With Size 1 the training is online learning. With Size N the training is gradient descent; then
// the terms keep their order, and MiniBatch draws no random number.
//
// The state is the order, N ints.
type MiniBatch struct {
	Size int // terms in a batch, in [1, N]

	sum FiniteSum
	batches
}

// NewMiniBatch returns a MiniBatch with batches of the given size. It panics if size is not in
// [1, N]. FiniteSum.Grad may be nil if the user calls Batches and not Grad.
func NewMiniBatch(sum FiniteSum, size int, rng *rand.Rand) *MiniBatch {
	sum.check("MiniBatch", rng)
	checkSize("MiniBatch: size", size, 1, sum.N)
	return &MiniBatch{Size: size, sum: sum, batches: batches{rng: rng, n: sum.N}}
}

// Grad writes the gradient of the next batch at params to dst.
func (o *MiniBatch) Grad(dst, params []float64) {
	o.sum.fit("MiniBatch", dst, params)
	checkSize("MiniBatch.Size", o.Size, 1, o.n)
	if len(params) == 0 {
		return
	}
	batch := o.next(o.Size)
	o.terms += len(batch)
	o.sum.grad(dst, params, batch)
}

// Batches returns an iterator over the remaining batches of the epoch, for a loop that computes its
// own gradient:
//
//	for batch := range batches.Batches() {
//		model.Gradient(grads, params, batch) // yours
//		opt.Step(params, grads)
//	}
//
// A batch is valid until the next one. The iterator counts a batch as used when it yields it, also
// if the loop then ends with a break: Evaluations includes the terms of this batch, and the next
// call of Batches or Grad continues with the following batch. That batch is the first of the next
// epoch if the loop ended with the last batch of an epoch.
func (o *MiniBatch) Batches() iter.Seq[[]int] {
	return func(yield func(batch []int) bool) {
		o.sum.made("MiniBatch")
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

// String describes the estimator in one line.
func (o *MiniBatch) String() string { return describe(o, new(MiniBatch), evaluations(o.terms)) }

func (o *MiniBatch) visit(a *walk) {
	a.Type("MiniBatch", 1)
	a.Settings(&o.Size)
	o.visitBatches(a)
}
