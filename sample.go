package optim

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

// Sum is a loss that is the mean of N terms, one an example, say. An estimator
// makes a gradient of it from some of the terms, and any Optimizer takes that:
//
//	batch := optim.NewMiniBatch(sum, 32, rng)
//	for batch.Epoch() < epochs {
//		batch.Grad(grads, params)
//		opt.Step(params, grads)
//	}
//
// Both functions give the mean over the batch, so that a learning rate means
// the same for every batch size. They must neither change the batch nor keep it.
type Sum struct {
	// N is the number of terms, at least 1.
	N int
	// Func is the mean of the given terms at x. No estimator needs it.
	Func func(x []float64, batch []int) float64
	// Grad adds the mean of the gradients of the given terms at x to dst, which
	// holds zeros: it may as well assign. What it leaves alone counts as zero.
	Grad func(dst, x []float64, batch []int)

	linear *LinearSum // what the functions above are of, if it is known
}

// check panics if a sum is none.
func (s *Sum) check(estimator string) {
	if s.N < 1 {
		panic(fmt.Sprintf("optim: %s: Sum.N = %d, want at least 1", estimator, s.N))
	}
}

// grad is the mean of the gradients of the given terms.
func (s *Sum) grad(dst, x []float64, batch []int) {
	clear(dst)
	s.Grad(dst, x, batch)
}

// callable panics if there is no gradient, or the slices do not fit.
func (s *Sum) callable(estimator string, dst, x []float64) {
	switch {
	case s.Grad == nil:
		panic(fmt.Sprintf("optim: %s.Grad: Sum.Grad is nil", estimator))
	case len(dst) != len(x):
		panic(fmt.Sprintf("optim: %s.Grad: len(dst) = %d, len(params) = %d, want the same", estimator, len(dst), len(x)))
	case s.linear != nil:
		s.linear.fit(x)
	}
}

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

	sum Sum
	batches
}

// NewMiniBatch returns the gradients of random batches. It panics if there are
// no terms or size is not in [1, N]. Sum.Grad may be nil if only Batches is
// used.
func NewMiniBatch(sum Sum, size int, rng *rand.Rand) *MiniBatch {
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

func (o *MiniBatch) visit(a *archive) {
	a.begin("MiniBatch")
	a.limits(&o.Size)
	a.batches(&o.batches)
}

// GrowingBatch is a MiniBatch that grows as the gradient fades: while the
// gradient is large a few terms show its direction, near the minimum noise
// would drown it. A step asks whether its batch S, of gradient g, passes the
// norm test
//
//	‖Var‖₁/|S| ≤ θ²‖g‖²
//
// with Var the variance of the terms' gradients, coordinate by coordinate, as
// the batch shows it. If not, the next batch is as large as would have passed,
// but no larger than Growth times this one, for a single gradient may be small
// by chance. It never shrinks, and ends as the whole sum. With a fixed learning
// rate it keeps the linear rate of gradient descent.
//
// The variance needs the gradients of the terms one at a time. Where Sum.Grad
// is faster on batches, set Parts: the batch is evaluated in so many parts, and
// the variance estimated from theirs. The short batch at the end of an epoch is
// not tested.
//
// It keeps the order, N ints. R. H. Byrd, G. M. Chin, J. Nocedal and Y. Wu,
// Sample size selection in optimization methods for machine learning, 2012,
// doi:10.1007/s10107-012-0572-5; there Growth is infinite.
type GrowingBatch struct {
	Theta  float64 // θ, above 0; less is more exact; 0.5 to 1 is common
	Growth float64 // most by which a batch grows at a time, above 1; default 2
	Parts  int     // of a batch that the variance is estimated from, 0 or at least 2; default 0, every term

	sum Sum
	batches
	first, size int // of the first batch and of the next
	variance    float64
	part        []float64 // gradient of the part at hand
}

// NewGrowingBatch returns the gradients of batches that grow from the given
// size on. It panics if there are no terms or size is not in [2, N], which a
// variance takes.
func NewGrowingBatch(sum Sum, size int, theta float64, rng *rand.Rand) *GrowingBatch {
	sum.check("GrowingBatch")
	checkSize("GrowingBatch: size", size, min(2, sum.N), sum.N)
	o := &GrowingBatch{
		Theta: theta, Growth: 2,
		sum: sum, batches: newBatches("GrowingBatch", sum.N, rng), first: size, size: size,
	}
	o.check()
	return o
}

// Grad writes the gradient of the next batch at params to dst.
func (o *GrowingBatch) Grad(dst, params []float64) {
	o.sum.callable("GrowingBatch", dst, params)
	o.check()
	if len(params) == 0 {
		return
	}
	if len(o.part) != len(params) {
		o.part = make([]float64, len(params))
	}
	batch := o.next(o.size)
	o.terms += len(batch)
	parts := len(batch)
	if o.Parts > 0 {
		parts = min(parts, o.Parts)
	}
	// The mean and the squared distances from it, as they grow part by part. D. H.
	// D. West, Updating mean and variance estimates, 1979,
	// doi:10.1145/359146.359153.
	clear(dst)
	scatter, done := 0.0, 0
	for k := range parts {
		hi := (k + 1) * len(batch) / parts
		o.sum.grad(o.part, params, batch[done:hi])
		kernel.AddScaled(o.part, dst, -1)
		w := float64(hi-done) / float64(hi)
		scatter += float64(float64(float64(done)*w) * kernel.SumSquares(o.part, 1))
		kernel.AddScaled(dst, o.part, w)
		done = hi
	}
	if parts > 1 && done == o.size {
		o.variance = scatter / float64(parts-1)
		o.grow(kernel.SumSquares(dst, 1))
	}
}

// grow does the norm test for a gradient of the given square. What is not a
// number passes.
func (o *GrowingBatch) grow(square float64) {
	enough := o.variance / float64(float64(o.Theta*o.Theta)*square)
	if size := float64(o.size); enough > size && o.size < o.n {
		enough = min(enough, size*o.Growth, float64(o.n))
		o.size = max(int(math.Ceil(enough)), o.size+1)
		o.size = min(o.size, o.n)
	}
}

func (o *GrowingBatch) check() {
	if !(0 < o.Theta && o.Theta <= math.MaxFloat64) {
		outside("GrowingBatch", "Theta", o.Theta, "(0, +Inf)")
	}
	if !(1 < o.Growth) {
		outside("GrowingBatch", "Growth", o.Growth, "(1, +Inf]")
	}
	if o.Parts == 1 || o.Parts < 0 {
		panic(fmt.Sprintf("optim: GrowingBatch.Parts = %d, want 0 or at least 2", o.Parts))
	}
}

// Size is the number of terms in the next batch.
func (o *GrowingBatch) Size() int { return o.size }

// Variance is ‖Var‖₁ as the last tested batch showed it: the mean square of the
// distance between the gradient of a term and that of the sum.
func (o *GrowingBatch) Variance() float64 { return o.variance }

// Evaluations is the number of terms whose gradient has been asked for so far:
// N make a pass.
func (o *GrowingBatch) Evaluations() int { return o.terms }

func (o *GrowingBatch) visit(a *archive) {
	a.begin("GrowingBatch")
	a.settings(&o.Theta, &o.Growth)
	a.limits(&o.Parts)
	a.batches(&o.batches)
	a.within("terms in a batch", &o.size, o.first, min(2, o.n), o.n)
	a.numbers(&o.variance)
}

// checkSize panics unless size is in [least, most].
func checkSize(what string, size, least, most int) {
	if size < least || size > most {
		panic(fmt.Sprintf("optim: %s = %d, want [%d, %d]", what, size, least, most))
	}
}

// batches goes through the numbers below n in random order, each once an epoch.
type batches struct {
	rng    *rand.Rand // nil leaves them in their order
	always bool       // shuffle even if a batch is the whole
	n      int
	order  []int // of this epoch, from the first batch on
	at     int   // where in order the next batch begins
	epoch  int
	terms  int // given to a gradient
}

func newBatches(estimator string, n int, rng *rand.Rand) batches {
	if rng == nil {
		panic(fmt.Sprintf("optim: %s: the generator is nil", estimator))
	}
	return batches{rng: rng, n: n}
}

// Epoch is the number of passes over all terms that are finished.
func (b *batches) Epoch() int { return b.epoch }

// next is the next batch of the given size, or what is left of the epoch.
func (b *batches) next(size int) []int {
	if b.order == nil {
		b.order = make([]int, b.n)
		for i := range b.order {
			b.order[i] = i
		}
	}
	if b.at == 0 && b.rng != nil && (size < b.n || b.always) {
		for i := b.n - 1; i > 0; i-- {
			j := b.rng.IntN(i + 1)
			b.order[i], b.order[j] = b.order[j], b.order[i]
		}
	}
	batch := b.order[b.at:min(b.at+size, b.n)]
	if b.at += len(batch); b.at == b.n {
		b.at = 0
		b.epoch++
	}
	return batch
}
