package optim

import (
	"fmt"
	"math"
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

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
// The variance needs the gradients of the terms one at a time. Where FiniteSum.Grad
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

	sum FiniteSum
	batches
	first, size int // of the first batch and of the next
	variance    float64
	part        []float64 // gradient of the part at hand
}

// NewGrowingBatch returns the gradients of batches that grow from the given
// size on. It panics if there are no terms or size is not in [2, N], which a
// variance takes.
func NewGrowingBatch(sum FiniteSum, size int, theta float64, rng *rand.Rand) *GrowingBatch {
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
