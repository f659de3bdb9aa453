// Package benchmarks compares the steps of package optim with the same arithmetic in C, with
// textbook loops in Go, and with other Go libraries. README.md explains how to run it.
package benchmarks

import (
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"unsafe"

	"example.com/optim"
	"example.com/optim/internal/kernel"
)

// The hyper-parameters of all contenders. They are the defaults of package optim, and common values
// where it has no default.
const (
	rate  = 1e-3
	mu    = 0.9
	beta1 = 0.9
	beta2 = 0.999
	eps   = 1e-8
	decay = 0.01 // λ of AdamW and of the schedule-free rules

	adaGradEps = 1e-10

	adaDeltaRho = 0.9
	adaDeltaEps = 1e-6

	rmsPropBeta = 0.99

	nadamPsi = 4e-3

	adaBeliefEps = 1e-16

	lionBeta2 = 0.99

	averageBeta = 0.9 // β of the schedule-free rules

	slowBeta, slowAlpha             = 0.9999, 5 // β₃ and α of AdEMAMix
	adanBeta1, adanBeta2, adanBeta3 = 0.98, 0.92, 0.99
	muX, muY                        = 0.9967, 0.7 // of GPAAdamW
	lambEps, lambNorm               = 1e-6, 10
	trust                           = 1e-3 // of LARS

	distance    = 1e-6 // d₀ of Prodigy
	prodigyRate = 1e-4 // with rate 1 and a constant gradient, d would grow exponentially

	rpropShrink, rpropGrow = 0.5, 1.2
	rpropMin, rpropMax     = 1e-6, 50
)

// rule is a row of the table.
type rule struct {
	name     string
	ours     func() optim.Optimizer
	kernel   func(x, g []float64, s *state) // the kernel that a step of ours calls
	textbook func(x, g []float64) (step func())
}

// state holds the vectors that a rule keeps between steps, and its workspace. A rule that needs fewer
// than four uses the first ones.
type state [4][]float64

// newState returns the state of a rule before its first step at x.
func newState(rule string, x []float64) state {
	n := len(x)
	s := state{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	switch rule {
	case "Rprop":
		for i := range s[1] {
			s[1][i] = rate // the first step sizes
		}
	case "ScheduleFreeSGD", "ScheduleFreeAdamW", "GPAAdamW", "Prodigy":
		copy(s[0], x) // z begins at x, and x₀ of Prodigy is x
	}
	return s
}

var rules = []rule{
	{
		"SGD",
		func() optim.Optimizer { return optim.NewSGD(rate) },
		func(x, g []float64, _ *state) { kernel.SGD(x, g, rate) },
		sgd,
	},
	{
		"Momentum",
		func() optim.Optimizer { return optim.NewMomentum(rate, mu) },
		func(x, g []float64, s *state) { kernel.Momentum(x, g, s[0], mu, 1, rate) },
		momentum,
	},
	{
		"Nesterov",
		func() optim.Optimizer { return optim.NewNesterov(rate, mu) },
		func(x, g []float64, s *state) { kernel.Nesterov(x, g, s[0], mu, mu, rate) },
		nesterov,
	},
	{
		"AdaGrad",
		func() optim.Optimizer { return optim.NewAdaGrad(rate) },
		func(x, g []float64, s *state) { kernel.AdaGrad(x, g, s[0], rate, 0, adaGradEps) },
		adaGrad,
	},
	{
		"AdaDelta",
		func() optim.Optimizer { return optim.NewAdaDelta(1) },
		func(x, g []float64, s *state) { kernel.AdaDelta(x, g, s[0], s[1], adaDeltaRho, adaDeltaEps, 1) },
		adaDelta,
	},
	{
		"RMSProp",
		func() optim.Optimizer { return optim.NewRMSProp(rate) },
		func(x, g []float64, s *state) { kernel.RMSProp(x, g, s[0], rmsPropBeta, rate, 0, eps) },
		rmsProp,
	},
	{
		"Adam",
		func() optim.Optimizer { return optim.NewAdam(rate) },
		func(x, g []float64, s *state) { kernel.Adam(x, g, s[0], s[1], beta1, beta2, rate, 1, 0, eps, 1) },
		adam,
	},
	{
		"AdamW",
		func() optim.Optimizer { return optim.NewAdamW(rate, decay) },
		func(x, g []float64, s *state) {
			kernel.Adam(x, g, s[0], s[1], beta1, beta2, rate, 1, 0, eps, 1-rate*decay)
		},
		adamW,
	},
	{
		"AMSGrad",
		func() optim.Optimizer { return optim.NewAMSGrad(rate) },
		func(x, g []float64, s *state) {
			kernel.AMSGrad(x, g, s[0], s[1], s[2], beta1, beta2, rate, 1, 0, eps, 1)
		},
		amsGrad,
	},
	{
		"AdaMax",
		func() optim.Optimizer { return optim.NewAdaMax(rate) },
		func(x, g []float64, s *state) { kernel.AdaMax(x, g, s[0], s[1], beta1, beta2, rate, eps) },
		adaMax,
	},
	{
		"NAdam",
		func() optim.Optimizer { return optim.NewNAdam(rate) },
		func(x, g []float64, s *state) { kernel.NAdam(x, g, s[0], s[1], beta1, beta2, rate, rate, 1, eps) },
		nadam,
	},
	{
		"RAdam",
		func() optim.Optimizer { return optim.NewRAdam(rate) },
		func(x, g []float64, s *state) { kernel.Adam(x, g, s[0], s[1], beta1, beta2, rate, 1, 0, eps, 1) },
		rAdam,
	},
	{
		"AdaBelief",
		func() optim.Optimizer { return optim.NewAdaBelief(rate) },
		func(x, g []float64, s *state) {
			kernel.AdaBelief(x, g, s[0], s[1], beta1, beta2, rate, 1, adaBeliefEps, adaBeliefEps, 1)
		},
		adaBelief,
	},
	{
		"Lion",
		func() optim.Optimizer { return optim.NewLion(rate) },
		func(x, g []float64, s *state) { kernel.Lion(x, g, s[0], beta1, lionBeta2, rate, 1) },
		lion,
	},
	{
		"Rprop",
		func() optim.Optimizer { return optim.NewRprop(rate) },
		func(x, g []float64, s *state) {
			kernel.Rprop(x, g, s[0], s[1], 1, rpropShrink, rpropGrow, rpropMin, rpropMax)
		},
		rprop,
	},
	{
		"ScheduleFreeSGD",
		func() optim.Optimizer {
			o := optim.NewScheduleFreeSGD(rate)
			o.WeightDecay = decay
			return o
		},
		func(y, g []float64, s *state) { kernel.ScheduleFree(y, g, s[0], 1e-3, -0.1*rate, rate, decay) },
		scheduleFreeSGD,
	},
	{
		"ScheduleFreeAdamW",
		func() optim.Optimizer { return optim.NewScheduleFreeAdamW(rate, decay) },
		func(y, g []float64, s *state) {
			kernel.ScheduleFreeAdam(y, g, s[0], s[1], beta2, 1, eps, 1e-3, -0.1*rate, rate, decay)
		},
		scheduleFreeAdamW,
	},
	{
		"GPAAdamW",
		func() optim.Optimizer { return optim.NewGPAAdamW(rate, decay) },
		func(y, g []float64, s *state) {
			kernel.GPAAdam(y, g, s[0], s[1], s[2], beta1, beta2, 1, eps, 1-muX, -0.3*rate, rate, 1-rate*decay)
		},
		gpaAdamW,
	},
	{
		"AdEMAMix",
		func() optim.Optimizer { return optim.NewAdEMAMix(rate) },
		func(x, g []float64, s *state) {
			kernel.AdEMAMix(x, g, s[0], s[1], s[2], beta1, beta2, slowBeta, rate, slowAlpha*rate, 1, eps, 1)
		},
		adEMAMix,
	},
	{
		"Adan",
		func() optim.Optimizer { return optim.NewAdan(rate) },
		func(x, g []float64, s *state) {
			kernel.Adan(x, g, s[0], s[1], s[2], s[3], adanBeta1, adanBeta2, adanBeta3, rate, rate, 1, eps, 1)
		},
		adan,
	},
	{
		"LAMB",
		func() optim.Optimizer { return optim.NewLAMB(rate) },
		func(x, g []float64, s *state) {
			kernel.AdamDirection(s[2], g, s[0], s[1], beta1, beta2, lambEps)
			a := math.Sqrt(kernel.SumSquares(x, 1) / kernel.SumSquares(s[2], 1))
			kernel.Combine(x, s[2], 1, -rate*a)
		},
		lamb,
	},
	{
		"LARS",
		func() optim.Optimizer { return optim.NewLARS(rate, mu) },
		func(x, g []float64, s *state) {
			a := math.Sqrt(kernel.SumSquares(x, 1) / kernel.SumSquares(g, 1))
			kernel.LARS(x, g, s[0], mu, trust*a, 0, rate)
		},
		lars,
	},
	{
		"Prodigy",
		func() optim.Optimizer {
			o := optim.NewProdigy()
			o.LearningRate = prodigyRate
			return o
		},
		func(x, g []float64, s *state) {
			kernel.Combine(s[1], g, 0.9995, distance)
			d := max(distance, kernel.DotDifference(g, s[0], x)/kernel.SumAbs(s[1]))
			kernel.Prodigy(x, g, s[2], s[3], beta1, beta2, distance, distance, d*eps, 1)
		},
		prodigy,
	},
	{
		"CautiousAdam",
		func() optim.Optimizer {
			o := optim.NewAdam(rate)
			o.Cautious = true
			return o
		},
		func(x, g []float64, s *state) {
			clear(s[0])
			kernel.Adam(s[0], g, s[1], s[2], beta1, beta2, rate, 1, 0, eps, 1)
			kernel.Combine(x, s[0], 1, float64(len(x))/kernel.MaskOpposite(s[0], g))
		},
		cautiousAdam,
	},
}

// course holds the data that contenders run on: parameters, their gradient, and an optimizer of
// ours with its state. Ours and C share these arrays, because the same loop can take 1.5 times as
// long in other pages of memory.
type course struct {
	x, g []float64
	ours optim.Optimizer
	s    state
}

// newCourse returns a course of n parameters. The optimizer has taken its first step, which
// allocates its state: the fields of type []float64, in the order of reference.c.
func newCourse(r rule, n int) *course {
	c := &course{ours: r.ours()}
	c.x, c.g = vectors(n)
	c.ours.Step(c.x, c.g)
	kept := 0
	var keep func(v reflect.Value)
	keep = func(v reflect.Value) {
		for i := range v.NumField() {
			switch f := v.Field(i); {
			case f.Kind() == reflect.Struct:
				keep(f)
			case f.Type() == reflect.TypeFor[[]float64]() && f.Len() == n:
				c.s[kept] = unsafe.Slice((*float64)(f.UnsafePointer()), n)
				kept++
			}
		}
	}
	keep(reflect.ValueOf(c.ours).Elem())
	return c
}

// vectors returns n parameters and a gradient, the same in every call. The gradient has both signs
// and magnitudes from 1/2 to 3/2, so that no value overflows or becomes subnormal in millions of
// steps.
func vectors(n int) (x, g []float64) {
	x, g = make([]float64, n), make([]float64, n)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range g {
		x[i] = rng.Float64()
		g[i] = math.Copysign(0.5+rng.Float64(), rng.Float64()-0.5)
	}
	return x, g
}

// contender is an implementation of a rule.
type contender struct {
	name  string
	procs int // GOMAXPROCS while it runs
	start starter
}

// A starter prepares a run on c. The function that it returns takes the given number of steps.
// After it c.x holds the parameters.
type starter func(c *course) (run func(steps int))

// threadedFrom is the smallest number of parameters for which contenders with several threads take
// part. Below it several threads are not faster than one.
const threadedFrom = 1e5

// contenders returns the contenders of r for n parameters. Those that the report compares are
// neighbours.
func (r rule) contenders(n int) []contender {
	ours := func(c *course) func(int) {
		return repeat(func() { c.ours.Step(c.x, c.g) })
	}
	textbook := func(c *course) func(int) { return repeat(r.textbook(c.x, c.g)) }
	all := runtime.NumCPU()

	list := []contender{{"ours", 1, ours}, {"c", 1, reference(r.name, 1)}}
	if n >= threadedFrom {
		list = append(list, contender{"ours-parallel", all, ours}, contender{"c-openmp", 1, reference(r.name, all)})
	}
	list = append(list, contender{"textbook", 1, textbook})
	list = append(list, peers(r.name)...)
	return slices.DeleteFunc(list, func(c contender) bool { return c.start == nil })
}

// repeat returns a function that calls step the given number of times.
func repeat(step func()) (run func(steps int)) {
	return func(steps int) {
		for range steps {
			step()
		}
	}
}
