package optim

// Estimator makes the gradient of a loss from some of its terms: MiniBatch,
// GrowingBatch, SVRG, SAG and SAGA. Any estimator works with any optimizer.
//
//	estimator.Grad(grads, params)
//	opt.Step(params, grads)
//
// Grad writes an estimate of the gradient at params to dst. Both have the same
// length, must not overlap, and params does not change. A NaN or an infinity in a
// gradient reaches dst. An estimator is not safe for concurrent use; different
// estimators are.
type Estimator interface {
	Grad(dst, params []float64)
}
