package optim

// Optimizer improves parameters, given the gradient of what is to be minimised.
//
// Step moves params, in place, against grads, which it leaves alone. Both have
// the same length, and that length is the same in every step of one optimizer,
// for its state belongs to one vector of parameters: use several optimizers, or
// Groups, for several vectors. The slices may be others from step to step, but
// must not overlap. A step on no parameters does nothing.
//
// The fields of an optimizer may be assigned between steps. A step with a field
// out of its range, or with slices that do not fit, panics with a message that
// names the rule, the field and the numbers; parameters and state are as
// before. A NaN or an infinity in the gradient is no such error: it reaches the
// parameters, and with the rules that treat every coordinate by itself it stays
// in its coordinate.
//
// The first step of an optimizer allocates its state, later ones nothing. Long
// vectors are shared among up to GOMAXPROCS goroutines, which end with the
// step. The result is the same, bit for bit, whatever their number, with or
// without assembly, and on every processor.
//
// An optimizer is not safe for concurrent use; different ones are.
type Optimizer interface {
	Step(params, grads []float64)
}
