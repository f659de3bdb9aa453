// Package optim is the step of a training loop: gradient descent and its
// descendants over flat []float64.
//
// You have parameters and a way to compute the gradient of a loss; an Optimizer
// moves the one against the other.
//
//	opt := optim.NewAdam(1e-3)
//	for range steps {
//		model.Gradient(grads, params) // yours
//		opt.Step(params, grads)
//	}
//
// # Optimizers
//
// Adam with a learning rate around 1e-3 is a good first choice; AdamW if the
// model should be regularised too. Momentum with μ = 0.9 and a rate ten to a
// hundred times larger often ends lower, if you can afford to tune it.
//
//	SGD       x ← x − ηg                       a baseline, and all that a convex problem needs
//	Momentum  v ← μv + g, x ← x − ηv           valleys: it averages the zigzag away
//	Nesterov  looks ahead                      the same, with less overshoot; Convex is optimal for convex losses
//	AdaGrad   η over √(sum of g²)              sparse gradients
//	AdaDelta  AdaGrad with a memory, no η      rarely needs tuning
//	RMSProp   η over √(mean of g²)             losses that change, as in reinforcement learning
//	Adam      Momentum and RMSProp, unbiased   the default; NewAdamW decays the weights too
//	AMSGrad   Adam whose steps never grow      where Adam does not converge
//	AdaMax    Adam in the infinity norm        rare, large gradients
//	NAdam     Adam that looks ahead            often a little faster
//	RAdam     Adam that starts carefully       in the place of a warm-up
//	AdaBelief Adam that measures g−m           longer steps where gradients agree
//	Rprop     the signs alone                  full gradients
//	Lion      the sign of a mean               large batches; one vector of state
//	ScheduleFreeSGD, ScheduleFreeAdamW         no schedule, and the end not known
//	CoordinateDescent                          one parameter at a time; the lasso
//	LBFGS, BFGS, DFP, SR1, Newton, HessianFree, LeastSquares: see below
//
// The doc comment of each has the update, its defaults, the state it keeps and
// where it departs from the paper or from PyTorch; by default it is PyTorch's
// form, bias correction, ε and all, if PyTorch has the rule. Hyper-parameters are
// fields; assign them between steps at will.
//
// # Schedules
//
// A Schedule is a factor on the learning rate, a pure function of the step, which
// the optimizer itself counts: there is nothing else to call, and nothing to
// restore but a number.
//
//	opt.Schedule = optim.Warmup(500, optim.Cosine(10_000, 0.01))
//
// Sequence and Product compose schedules. A Plateau watches a loss.
//
// # Composing
//
// A Transform rewrites the gradient in front of any optimizer: ClipNorm and
// ClipValue, L2 and L1, Decay, Noise, and Elementwise for a function of yours.
//
//	opt := optim.NewChain(optim.NewSGD(0.1), optim.NewClipNorm(1), optim.L2(1e-4))
//
// Groups give parts of the parameters their own optimizers. Average, Accumulate,
// Lookahead, SkipNonFinite and ProximalL1 go around an optimizer, and all of
// these nest.
//
// # Second order
//
// Where the loss is deterministic, second derivatives or what can be learnt of
// them make tens of steps of thousands. LBFGS needs gradients alone and is the
// one to begin with, whatever the number of parameters; BFGS keeps a matrix, and
// needs somewhat fewer steps for some hundred parameters; Newton takes the
// Hessian, and HessianFree its products with vectors. LeastSquares, made by
// NewLevenbergMarquardt or NewGaussNewton, minimises a sum of squares. Minimize
// runs them to the end:
//
//	result, err := optim.Minimize(problem, x0, optim.NewLBFGS(10), nil)
//
// It takes gonum's optimize.Problem, which ValueAndGradient makes of a function that finds
// value and gradient in one go, and any optimizer; Method lets gonum's own
// Minimize run one. In a loop of your own a Step is one iteration of these.
// Classify tells a minimum from a saddle.
//
// # When it does not work
//
// The loss explodes: the rate is too large; try a tenth. If it explodes now and
// then, the loss has cliffs: put NewClipNorm(1) in front, and look at its Norm.
// The loss is NaN: NewSkipNonFinite leaves out the steps that would make it so.
// The loss zigzags: the problem is ill-conditioned; Momentum, Adam or LBFGS. It
// settles too high: the gradient is noisy; let a schedule take the rate down,
// average, or take the noise away as below. It stands still far from any minimum:
// at a saddle; noise, momentum or SaddleFree lead away. It ends in different places
// from different starts: these are local minima; take the best of several runs.
//
// # Noise
//
// Where the loss is a mean of many terms, an estimator makes the gradient from
// some of them, for any optimizer: MiniBatch; GrowingBatch, which takes more as
// the gradient fades; SVRG, SAG and SAGA, which take the noise away and so
// converge at a fixed rate, with next to no memory if the sum is a LinearSum.
//
//	saga := optim.NewSAGA(optim.FiniteSum{N: n, Grad: grad}, rng)
//	for range steps {
//		saga.Grad(grads, params)
//		opt.Step(params, grads)
//	}
//
// CoordinateDescent moves one parameter at a time, exactly where L1 makes most of them
// zero.
//
// # Checkpoints
//
// SaveFile and LoadFile, Save and Load store parameters and optimizer, so that a
// run goes on to the same bits.
//
// # What you can rely on
//
// Every processor, every number of goroutines, assembly or not: a run gives the
// same bits. Steps after the first allocate nothing. What a step is given wrong,
// it refuses with a panic that says what, and nothing has changed; a NaN in the
// gradient it takes as it is. See Optimizer for the whole contract.
package optim
