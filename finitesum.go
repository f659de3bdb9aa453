package optim

import (
	"fmt"
	"math/rand/v2"
)

// FiniteSum is a loss that is the mean of N terms, for example one term for each example of a data
// set. An [Estimator] computes a gradient from some of the terms:
//
//	batches := optim.NewMiniBatch(sum, 32, rng)
//	for batches.Epoch() < epochs {
//		batches.Grad(grads, params)
//		opt.Step(params, grads)
//	}
//
// Func and Grad compute the mean over the batch, which is a list of terms in [0, N). They must not
// change the batch, and must not keep it.
type FiniteSum struct {
	N    int                                    // number of terms, at least 1
	Func func(x []float64, batch []int) float64 // mean of the terms of the batch at x; no estimator needs it
	// Grad adds the mean of the gradients of the terms of the batch at x to dst. dst holds zeros
	// before the call, so Grad may assign its elements instead.
	Grad func(dst, x []float64, batch []int)

	linear *LinearSum // the source of the functions, or nil
}

// check panics if the arguments of a constructor cannot make an estimator.
func (s *FiniteSum) check(estimator string, rng *rand.Rand) {
	if s.N < 1 {
		panic(fmt.Sprintf("optim: %s: FiniteSum.N = %d, want at least 1", estimator, s.N))
	}
	checkGenerator(estimator, rng)
}

// made panics if no constructor made the estimator that holds the sum.
func (s *FiniteSum) made(estimator string) {
	if s.N < 1 {
		panic(fmt.Sprintf("optim: %s: use New%s", estimator, estimator))
	}
}

// fit panics if the estimator cannot compute a gradient at x.
func (s *FiniteSum) fit(estimator string, dst, x []float64) {
	s.made(estimator)
	switch {
	case s.Grad == nil:
		panic(fmt.Sprintf("optim: %s.Grad: FiniteSum.Grad is nil", estimator))
	case len(dst) != len(x):
		panic(fmt.Sprintf("optim: %s.Grad: len(dst) = %d, len(params) = %d, want the same", estimator, len(dst), len(x)))
	case s.linear != nil:
		s.linear.fit(len(x))
	}
}

// grad sets dst to the mean of the gradients of the terms of the batch.
func (s *FiniteSum) grad(dst, x []float64, batch []int) {
	clear(dst)
	s.Grad(dst, x, batch)
}
