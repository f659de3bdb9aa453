package optim

// Estimator computes an estimate of the gradient of a [FiniteSum] from some of its terms. [MiniBatch],
// [GrowingBatch], [SVRG], [SAG] and [SAGA] are estimators. Any estimator works with any [Optimizer]:
//
//	estimator.Grad(grads, params)
//	opt.Step(params, grads)
//
// Grad writes the estimate of the gradient at params to dst. It does not change params. dst and
// params must have the same length, and must not overlap. An SVRG, SAG or SAGA keeps gradients, so
// the length must be the same in every call. If the length is 0, Grad does nothing. The estimate is
// a mean over terms, not a sum. So its scale does not depend on the size of a batch.
//
// SVRG, SAG and SAGA also have the method Pass. It takes the steps of gradient descent itself, for
// as many steps as a pass over the terms has batches. It is faster, above all with sparse rows.
//
// The fields of an estimator may be assigned between calls. If a field is out of its range, or the
// slices do not fit, Grad panics before anything changes. The message names the estimator, the
// field and the numbers. A NaN or an infinity in the gradient of a term is not an error: it
// reaches dst.
//
// Every constructor takes a generator of random numbers. The constructor panics if the generator is
// nil or the sum has no terms. The generator remains the caller's, and is not part of the state of
// the estimator. To resume a run, pass the source of the generator to [Save] and [Load], too:
//
//	pcg := rand.NewPCG(1, 2)
//	saga := optim.NewSAGA(sum, rand.New(pcg))
//	err := optim.SaveFile(name, params, opt, saga, pcg)
//
// The first call of Grad allocates the state. Later calls allocate nothing. An estimator is not
// safe for concurrent use. Different estimators are, unless they share a generator or a [LinearSum].
type Estimator interface {
	Grad(dst, params []float64)
}
