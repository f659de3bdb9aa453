package optim

import (
	"fmt"
	"math"
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

// GrowingBatch is a [MiniBatch] whose batches grow during the training. Far from the minimum the
// gradient is large, and a few terms are enough to find its direction. Near the minimum the noise
// of a small batch is larger than the gradient. After every batch S with the gradient g,
// GrowingBatch does the norm test
//
//	‖Var‖₁/|S| ≤ θ²‖g‖²
//
// with θ = Theta. Var holds the variance of the gradients of the terms in each coordinate, and is
// estimated from S. If the test fails, the next batch has the smallest size that would have passed
// it, but at most Growth times the size of S, because g may be small by chance. Size never
// decreases, and is at most N. The paper has no limit Growth. With a constant learning rate the
// convergence is linear, like that of gradient descent.
//
// The variance needs the gradient of each term. If FiniteSum.Grad is faster on batches, set Parts:
// then Grad divides the batch into that many parts and estimates the variance from the gradients
// of the parts. The last batch of an epoch is not tested if it is shorter.
//
// The state is the order of the terms, N ints. The workspace is one vector.
//
// R. H. Byrd, G. M. Chin, J. Nocedal and Y. Wu, Sample size selection in optimization methods for
// machine learning, 2012, doi:10.1007/s10107-012-0572-5.
type GrowingBatch struct {
	Theta  float64 // θ > 0; a smaller value makes the batches larger; 0.5 to 1 is common
	Growth float64 // largest factor between the sizes of two batches, in (1, +Inf]; default 2
	Parts  int     // number of parts of a batch for the variance, 0 or at least 2; default 0, one part for each term

	sum FiniteSum
	batches
	first, size int // of the first batch and of the next
	variance    float64
	part        []float64 // gradient of a part
}

// NewGrowingBatch returns a GrowingBatch whose first batch has the given size. It panics if size is
// not in [2, N], because a variance needs two terms. If N is 1, size must be 1. It also panics if
// theta is out of its range.
func NewGrowingBatch(sum FiniteSum, size int, theta float64, rng *rand.Rand) *GrowingBatch {
	sum.check("GrowingBatch", rng)
	checkSize("GrowingBatch: size", size, min(2, sum.N), sum.N)
	o := &GrowingBatch{
		Theta: theta, Growth: 2,
		sum: sum, batches: batches{rng: rng, n: sum.N}, first: size, size: size,
	}
	o.check()
	return o
}

// Grad writes the gradient of the next batch at params to dst.
func (o *GrowingBatch) Grad(dst, params []float64) {
	o.sum.fit("GrowingBatch", dst, params)
	o.check()
	if len(params) == 0 {
		return
	}
	o.part = resize(o.part, len(params))
	batch := o.next(o.size)
	o.terms += len(batch)
	parts := len(batch)
	if o.Parts > 0 {
		parts = min(parts, o.Parts)
	}
	// The mean in dst and the sum of squared distances from it (scatter) are updated part by part.
	// D. H. D. West, Updating mean and variance estimates, 1979, doi:10.1145/359146.359153.
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

// grow does the norm test for a gradient g with ‖g‖² = square. If square or the variance is NaN,
// the test passes.
func (o *GrowingBatch) grow(square float64) {
	enough, size := o.variance/float64(float64(o.Theta*o.Theta)*square), float64(o.size)
	if enough > size {
		o.size = int(math.Ceil(min(enough, size*o.Growth, float64(o.n))))
	}
}

func (o *GrowingBatch) check() {
	checkPositive("GrowingBatch", "Theta", o.Theta)
	if !(1 < o.Growth) {
		outside("GrowingBatch", "Growth", o.Growth, "(1, +Inf]")
	}
	if o.Parts == 1 || o.Parts < 0 {
		panic(fmt.Sprintf("optim: GrowingBatch.Parts = %d, want 0 or at least 2", o.Parts))
	}
}

// Size returns the number of terms in the next batch. The last batch of an epoch may have fewer.
func (o *GrowingBatch) Size() int { return o.size }

// Variance returns ‖Var‖₁ as estimated from the last batch that was tested: the mean of the squared
// distance between the gradient of a term and the gradient of the sum.
func (o *GrowingBatch) Variance() float64 { return o.variance }

// String describes the estimator in one line.
func (o *GrowingBatch) String() string {
	return describe(o, &GrowingBatch{Growth: 2}, evaluations(o.terms))
}

func (o *GrowingBatch) visit(a *walk) {
	a.Type("GrowingBatch", 1)
	a.Settings(&o.Theta, &o.Growth, &o.Parts)
	o.visitBatches(a)
	a.Within("terms in a batch", &o.size, o.first, min(2, o.n), o.n)
	a.State(&o.variance)
}
