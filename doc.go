// Package optim provides optimizers for a training loop: gradient descent, its adaptive variants,
// and second-order methods. The parameters are a []float64, or [Tensors] of float64 and float32.
//
// You have parameters, and a function that computes the gradient of a loss. An [Optimizer] changes
// the parameters so that the loss falls:
//
//	opt := optim.NewAdam(1e-3)
//	for range steps {
//		model.Gradient(grads, params) // yours
//		opt.Step(params, grads)
//	}
//
// A step computes the same bits on every processor and with any number of goroutines. Steps after
// the first allocate nothing. Invalid arguments panic before anything changes. The documentation of
// Optimizer has the details and the exceptions.
//
// # Optimizers
//
// Begin with [Adam] and a learning rate of about 1e-3. To regularise the model too, begin with
// [NewAdamW]. Momentum with μ = 0.9 and a rate 10 to 100 times larger often ends with a lower loss,
// but its rate needs tuning.
//
//   - [SGD], [Momentum] and [Nesterov] have one learning rate for all parameters. They suit convex
//     losses and well-scaled models.
//   - [AdaGrad], [RMSProp], Adam and their variants divide the step of each parameter by the size of
//     its gradients. They suit sparse gradients and parameters of different scales.
//   - [Lion] and [Rprop] use signs of gradients: Lion for large batches, Rprop for gradients of all
//     data.
//   - [AdEMAMix], [Adan] and [ADOPT] are variants of Adam for long runs, and [Prodigy] estimates its
//     learning rate. [LAMB] and [LARS] are for large batches. Cautious is an option of Adam and its
//     variants.
//   - [Muon], [SOAP], [Shampoo] and [Adafactor] are for a matrix of parameters, such as the weight of a
//     layer. Groups combines them with other rules for the biases.
//   - [ScheduleFreeSGD] and [ScheduleFreeAdamW] need neither a schedule nor the number of steps.
//     [GPAAdamW] averages with a fixed weight.
//   - [CoordinateDescent] moves one parameter at a time. With L1 it solves the lasso.
//   - [LBFGS] and the other second-order methods need a deterministic loss: see below.
//
// The documentation of each optimizer has the update, the state, the references, and the
// differences from the paper and from PyTorch. If PyTorch has the rule, its form is the default. In
// the equations x are the parameters, g is the gradient, and t = 1, 2, … is the step. Operations on
// vectors, such as g², √v and max, are elementwise. The comments of the fields define the other
// symbols. Fields may be assigned between steps.
//
// # Schedules
//
// A [Schedule] is a factor on the learning rate, as a function of the step. The optimizer counts the
// steps. [Warmup], [Sequence] and [Product] compose schedules. [Cosine] stays at its floor after the
// end, and [CosinePeriodic] rises again. A [Plateau] lowers the rate when a loss no longer falls.
//
//	opt.Schedule = optim.Warmup(500, optim.Cosine(10_000, 0.01))
//
// # Composing
//
// A [Transform] rewrites the gradient before the step. A [Chain] puts transforms in front of an
// optimizer: [ClipNorm], [ClipValue], [L1], [L2], [Decay], [Noise], and [Elementwise] for a function of
// yours.
//
//	opt := optim.NewChain(optim.NewSGD(0.1), optim.NewClipNorm(1), optim.L2(1e-4))
//
// [Groups] has an optimizer for each part of the parameters. [Average], [Accumulate], [Lookahead] and
// [SkipNonFinite] contain an optimizer. So does [Proximal], which keeps the parameters within
// bounds or in another set, or minimises the loss plus a penalty, such as λ‖x‖₁: see [Prox]. All of
// these can be nested.
//
//	opt := optim.NewProximal(optim.NewSGD(0.1), optim.ProxNonNegative())
//
// Tensors are parameters that lie in many slices, of float64 or float32. They step as one vector,
// in place. [SplitTensors] orders them in two Groups, such as weights and biases.
//
//	ts := optim.NewTensors(optim.Tensor{Params32: w, Grads32: dw}, optim.Tensor{Params32: b, Grads32: db})
//	ts.Step(opt)
//
// # Many processes
//
// [NewSharded] takes the steps of an optimizer in several processes, each of which has a part of the
// data and a part of the state. A [Comm] connects the processes. Package mpi, a module of its own,
// has a Comm for processes, and [RunLocal] has Comms for goroutines.
//
// # Estimators
//
// If the loss is a mean of many terms, an [Estimator] computes its gradient from some of them.
// [MiniBatch] takes a fixed number of terms, and [GrowingBatch] takes more terms when the gradient
// gets smaller. The noise of [SVRG], [SAG] and [SAGA] goes to zero at the minimum, so a fixed
// learning rate is enough. With a [LinearSum], SAG and SAGA need less memory, and SVRG needs fewer
// evaluations.
//
//	saga := optim.NewSAGA(optim.FiniteSum{N: n, Grad: grad}, rng)
//	for range steps {
//		saga.Grad(grads, params)
//		opt.Step(params, grads)
//	}
//
// # Linear models
//
// A LinearSum has rows of data, dense or [Sparse], and a loss: [NewSquaredSum], [NewLogisticSum],
// [NewPoissonSum] and [NewHuberSum]. Its methods CoordinateDescent and ProximalNewton return an
// optimizer, also with an L1 penalty. [Path] solves for many penalties, as for the lasso.
//
//	for _, point := range optim.Path(optim.NewSquaredSum(rows, labels), nil, 1) {
//		draw(point.Alpha, point.Params) // yours
//	}
//
// # Second order
//
// Second-order methods often need tens of steps where first-order methods need thousands. Begin
// with LBFGS: it needs gradients only, and it suits any number of parameters. [NewBFGS] keeps a
// matrix. With up to some hundred parameters it needs somewhat fewer steps than LBFGS. Newton needs
// the Hessian. [HessianFree] needs products of the Hessian with vectors, or computes them by
// differences of the gradient. [NewLevenbergMarquardt] minimises a sum of squares.
//
//	result, err := optim.Minimize(problem, x0, optim.NewLBFGS(10), nil)
//
// [Minimize] takes gonum's optimize.Problem and any optimizer. [ValueAndGradient] makes a problem of a
// function that returns the value and the gradient together. [Classify] distinguishes minima from
// saddles. [CheckGradient], [CheckHessian], [CheckJacobian] and [CheckHessVec] compare derivatives with
// differences, and name the element that is wrong.
//
// [FitCurve] fits the parameters of a model to points, with standard errors.
//
//	fit, err := optim.FitCurve(model, xs, ys, start, nil)
//
// # Checkpoints
//
// [SaveFile] stores the parameters, the optimizer and more, such as an estimator, its generator and a
// step counter. After [LoadFile] the run continues to the same bits as a run without interruption.
// [Save] and [Load] use a stream. [Marshal], [Unmarshal] and [Reset] act on the state of one optimizer
// or estimator.
//
// # When it does not work
//
//   - The gradient may be wrong: call CheckGradient in a test.
//   - The loss grows: divide the learning rate by 10. If it grows now and then, put NewClipNorm(1)
//     in front of the optimizer. The method Norm of the ClipNorm returns the norm of the last
//     gradient.
//   - The loss becomes NaN: use [NewSkipNonFinite].
//   - The loss oscillates: the problem is ill-conditioned. Use Momentum, Adam or LBFGS.
//   - The loss stays too high: if the gradient is noisy, use a schedule that lowers the rate, an
//     [Average], or SVRG, SAG or SAGA. If the run stops at a saddle, use Noise, Momentum, or Newton
//     with a trust region.
//   - Different starts end in different minima: take the best of several runs.
package optim
