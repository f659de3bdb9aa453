package optim

// Optimizer minimises a function step by step, given its gradient.
//
// Step moves params against grads. It changes params in place and leaves grads as they are. Both
// have the same length n, and n is the same in every step, since the state of an optimizer belongs
// to one vector of parameters. For several slices, or for slices of float32, use [Tensors]. The next
// step may be given other slices. The two slices of a step must not overlap. A step with n = 0 does
// nothing, unless the optimizer requires another n, as [Muon] does.
//
// The fields of an optimizer may be assigned between steps. Step panics before anything changes if
// the lengths do not fit, if a field is out of its range, or if no constructor made the optimizer.
// ([Groups] has no constructor.) The message names the type and what is wrong:
//
//	optim: Adam.Step: len(params) = 3, len(grads) = 4, want the same
//	optim: Adam.Beta1 = 1.5, want [0, 1)
//	optim: Adam: use NewAdam or NewAdamW
//
// A NaN or an infinity in grads is not an error. It reaches the parameters. With an elementwise
// rule it stays in its coordinate. Second-order optimizers do not move along such a gradient.
// [SkipNonFinite] skips such a gradient.
//
// The first step allocates the state, and later steps allocate nothing. With 2¹⁸ parameters or more
// (fewer for [LBFGS]), a step runs on up to GOMAXPROCS processors. Its goroutines end with the step.
// A step computes the same bits with any number of goroutines, with and without assembly, and on
// every processor. The exceptions are due to gonum's code. Newton allocates in every step. Muon,
// [SOAP] and [Shampoo] allocate where gonum multiplies large matrices on several goroutines. The last
// bits of these rules, and of searches with one of gonum's Linesearchers, may differ between processors.
//
// Several goroutines must not use one optimizer at the same time. They may use different ones. An
// optimizer must not be copied.
//
// # Other methods
//
// An optimizer of the user's needs Step alone. This package calls these methods too if it has them:
//
//	NextRate() float64  η of the coming step, in [0, +Inf): for Decay and Proximal. It may be called
//	                    several times in a step, and must not change anything.
//	Rate() float64      η of the last step: for Proximal, if there is no NextRate
//	Err() error         an error ends a run of Minimize
//	Reset()             for the function Reset, which does nothing if there is no such method
//	MarshalBinary() ([]byte, error), UnmarshalBinary([]byte) error
//	                    for Marshal, Unmarshal, Save and Load, which return an error without them
//	String() string     for the String of an optimizer around it
//
// A type that embeds an optimizer of this package has the methods and the state of that optimizer,
// except for those that the type itself declares.
//
// Every optimizer of this package has the method String, and all but Groups have Steps and Rate.
// The methods Rate and Err of an optimizer around another one return what those of the inner
// optimizer return. If the inner optimizer does not have the method, Rate returns NaN and Err
// returns nil.
type Optimizer interface {
	Step(params, grads []float64)
}
