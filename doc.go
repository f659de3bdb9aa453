// Package optim has the optimizers of a training loop: gradient descent, its adaptive variants, and
// second-order methods. The parameters are a []float64.
//
// You have parameters, and a function that computes the gradient of a loss. An Optimizer changes the
// parameters so that the loss falls:
//
//	opt := optim.NewAdam(1e-3)
//	for range steps {
//		model.Gradient(grads, params) // yours
//		opt.Step(params, grads)
//	}
//
// A step returns the same bits on every processor and for any number of goroutines, and allocates
// nothing after the first. Invalid arguments panic before anything changes: see Optimizer.
//
// # Optimizers
//
// Begin with Adam and a learning rate of about 1e-3, or with NewAdamW to regularise the model too.
// Momentum with μ = 0.9 and a rate ten to a hundred times larger often ends with a lower loss, if
// you can tune the rate.
//
//   - SGD, Momentum and Nesterov have one learning rate for all parameters. They suit convex losses
//     and well-scaled models.
//   - AdaGrad, RMSProp, Adam and their variants divide the step of each parameter by the size of its
//     gradients. They suit sparse gradients and parameters of different scales.
//   - Lion and Rprop use signs of gradients: Lion for large batches, Rprop for gradients of all data.
//   - ScheduleFreeSGD and ScheduleFreeAdamW need no schedule and no number of steps.
//   - CoordinateDescent moves one parameter at a time. With L1 it solves the lasso.
//   - LBFGS and the other second-order methods need a deterministic loss: see below.
//
// The documentation of each has its update, state and references, and where it departs from the
// paper or from PyTorch, whose form is the default. In the equations t = 1, 2, … is the step; the
// fields have the other symbols. Fields may be assigned between steps.
//
// # Schedules
//
// A Schedule is a factor on the learning rate, as a function of the step. The optimizer counts the
// steps. Warmup, Sequence and Product compose schedules. Cosine stays at its floor after the end, and
// CosinePeriodic rises again. A Plateau lowers the rate when a loss no longer falls.
//
//	opt.Schedule = optim.Warmup(500, optim.Cosine(10_000, 0.01))
//
// # Composing
//
// A Transform rewrites the gradient before the step. A Chain puts transforms in front of an
// optimizer: ClipNorm, ClipValue, L1, L2, Decay, Noise, and Elementwise for a function of yours.
//
//	opt := optim.NewChain(optim.NewSGD(0.1), optim.NewClipNorm(1), optim.L2(1e-4))
//
// Groups has an optimizer for each part of the parameters. Average, Accumulate, Lookahead,
// SkipNonFinite and ProximalL1 contain an optimizer. All of these can be nested.
//
// # Estimators
//
// If the loss is a mean of many terms, an Estimator computes its gradient from some of them.
// MiniBatch takes a fixed number of terms, and GrowingBatch takes more as the gradient gets smaller.
// The noise of SVRG, SAG and SAGA vanishes as they converge, so a fixed learning rate suffices. A
// LinearSum saves their memory.
//
//	saga := optim.NewSAGA(optim.FiniteSum{N: n, Grad: grad}, rng)
//	for range steps {
//		saga.Grad(grads, params)
//		opt.Step(params, grads)
//	}
//
// # Second order
//
// Second-order methods often need tens of steps where first-order methods need thousands. Begin with
// LBFGS, which needs gradients only, for any number of parameters. BFGS keeps a matrix and needs
// somewhat fewer steps with up to some hundred parameters. Newton needs the Hessian, and HessianFree
// its products with vectors. NewLevenbergMarquardt minimises a sum of squares.
//
//	result, err := optim.Minimize(problem, x0, optim.NewLBFGS(10), nil)
//
// Minimize takes gonum's optimize.Problem and any optimizer. ValueAndGradient makes a problem of a
// function that returns the value and the gradient together. Classify distinguishes minima from
// saddles.
//
// # Checkpoints
//
// SaveFile stores the parameters, the optimizer and more, such as an estimator, its generator and a
// step counter. After LoadFile the run continues with the same bits. Save and Load use a stream.
// Marshal, Unmarshal and Reset act on the state of one optimizer or estimator.
//
// # When it does not work
//
//   - The loss grows: divide the learning rate by 10. If it grows now and then, add NewClipNorm(1),
//     whose Norm returns the norm of the last gradient.
//   - The loss becomes NaN: use NewSkipNonFinite.
//   - The loss oscillates: the problem is ill-conditioned. Use Momentum, Adam or LBFGS.
//   - The loss stays too high: a noisy gradient needs a schedule that lowers the rate, an Average,
//     or SVRG, SAG or SAGA. A saddle needs Noise, Momentum, or Newton with SaddleFree.
//   - Different starts end in different minima: take the best of several runs.
package optim
