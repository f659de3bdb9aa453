package optim

import "fmt"

// FiniteSum is a loss that is the mean of N terms, one an example, say. An estimator
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
type FiniteSum struct {
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
func (s *FiniteSum) check(estimator string) {
	if s.N < 1 {
		panic(fmt.Sprintf("optim: %s: FiniteSum.N = %d, want at least 1", estimator, s.N))
	}
}

// grad is the mean of the gradients of the given terms.
func (s *FiniteSum) grad(dst, x []float64, batch []int) {
	clear(dst)
	s.Grad(dst, x, batch)
}

// callable panics if there is no gradient, or the slices do not fit.
func (s *FiniteSum) callable(estimator string, dst, x []float64) {
	switch {
	case s.N < 1:
		panic(fmt.Sprintf("optim: %s: use New%s", estimator, estimator))
	case s.Grad == nil:
		panic(fmt.Sprintf("optim: %s.Grad: FiniteSum.Grad is nil", estimator))
	case len(dst) != len(x):
		panic(fmt.Sprintf("optim: %s.Grad: len(dst) = %d, len(params) = %d, want the same", estimator, len(dst), len(x)))
	case s.linear != nil:
		s.linear.fit(x)
	}
}
