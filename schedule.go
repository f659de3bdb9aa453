package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/portable"
)

// Schedule is the factor on the learning rate in a step: a pure function of the
// step, which the optimizer counts, from 0. It has no unit and 1 stands for the
// full LearningRate. What it returns must be at least 0 and finite, and the same
// for the same step, for it may be called several times in one.
//
// Any function will do. Those of this package return the same bits on every
// processor, are in the range of their arguments at every step from 0 on, and
// panic at once if an argument makes no sense. A number of steps may be 0: then
// a schedule is at its end from the start.
type Schedule func(step int) float64

// At is s(step), and 1 for a nil Schedule.
func (s Schedule) At(step int) float64 {
	if s == nil {
		return 1
	}
	return s(step)
}

// Constant is the same factor in every step.
func Constant(factor float64) Schedule {
	checkFactor("Constant", "factor", factor)
	return func(int) float64 { return factor }
}

// StepDecay multiplies by factor every so many steps: factor^⌊t/every⌋. In
// PyTorch: StepLR.
func StepDecay(every int, factor float64) Schedule {
	checkSteps("StepDecay", "every", every, 1)
	checkDecay("StepDecay", "factor", factor)
	return func(t int) float64 { return portable.PowInt(factor, int64(t/every)) }
}

// MultiStep multiplies by factor at each milestone, in any order. In PyTorch:
// MultiStepLR.
func MultiStep(factor float64, milestones ...int) Schedule {
	checkDecay("MultiStep", "factor", factor)
	milestones = append([]int(nil), milestones...)
	return func(t int) float64 {
		passed := 0
		for _, m := range milestones {
			if t >= m {
				passed++
			}
		}
		return portable.PowInt(factor, int64(passed))
	}
}

// Exponential is factorᵗ. In PyTorch: ExponentialLR.
func Exponential(factor float64) Schedule {
	checkDecay("Exponential", "factor", factor)
	return func(t int) float64 { return portable.PowInt(factor, int64(t)) }
}

// InverseTime is 1/(1 + kt): the decay under which stochastic gradient descent
// converges on a strongly convex function.
func InverseTime(k float64) Schedule {
	checkFactor("InverseTime", "k", k)
	return func(t int) float64 { return 1 / (1 + float64(k*float64(t))) }
}

// InverseSqrt is 1/√(1 + kt).
func InverseSqrt(k float64) Schedule {
	checkFactor("InverseSqrt", "k", k)
	return func(t int) float64 { return 1 / math.Sqrt(1+float64(k*float64(t))) }
}

// Polynomial is (1 − t/steps)^power, and 0 from steps on. In PyTorch:
// PolynomialLR.
func Polynomial(steps int, power float64) Schedule {
	checkSteps("Polynomial", "steps", steps, 0)
	checkFactor("Polynomial", "power", power)
	return func(t int) float64 {
		if t >= steps {
			return 0
		}
		return portable.Pow(1-float64(t)/float64(steps), power)
	}
}

// Linear goes from one factor to another within so many steps and stays there.
// In PyTorch: LinearLR.
func Linear(from, to float64, steps int) Schedule {
	checkFactor("Linear", "from", from)
	checkFactor("Linear", "to", to)
	checkSteps("Linear", "steps", steps, 0)
	return func(t int) float64 {
		if t >= steps {
			return to
		}
		return between(from, to, float64(t)/float64(steps))
	}
}

// Cosine falls from 1 to floor along half a cosine within the given number of
// steps, and stays there. In Optax: cosine_decay_schedule. In PyTorch
// CosineAnnealingLR rises again after the end: see CosinePeriodic. I. Loshchilov
// and F. Hutter, SGDR: stochastic gradient descent with warm restarts, 2016,
// arXiv:1608.03983.
func Cosine(steps int, floor float64) Schedule {
	checkSteps("Cosine", "steps", steps, 0)
	checkFloor("Cosine", floor)
	return func(t int) float64 {
		if t >= steps {
			return floor
		}
		return wave(1, floor, float64(t)/float64(steps))
	}
}

// CosinePeriodic falls from 1 to floor along half a cosine within the given number
// of steps, rises to 1 within as many, and so on. In PyTorch: CosineAnnealingLR. The
// reference is that of Cosine.
func CosinePeriodic(steps int, floor float64) Schedule {
	checkSteps("CosinePeriodic", "steps", steps, 0)
	checkFloor("CosinePeriodic", floor)
	return func(t int) float64 {
		if steps == 0 {
			return floor
		}
		r := float64(t%steps) / float64(steps)
		if t/steps%2 == 1 {
			r = 1 - r
		}
		return wave(1, floor, r)
	}
}

// CosineRestarts goes from 1 towards floor along half a cosine, again and again:
// first within the given number of steps, and each time in growth times as many
// as before. In PyTorch: CosineAnnealingWarmRestarts. The reference is that of
// Cosine.
func CosineRestarts(first, growth int, floor float64) Schedule {
	checkSteps("CosineRestarts", "first", first, 0)
	checkSteps("CosineRestarts", "growth", growth, 1)
	checkFloor("CosineRestarts", floor)
	return func(t int) float64 {
		if first == 0 {
			return floor
		}
		steps := first
		if growth == 1 {
			t %= steps
		}
		for t >= steps {
			t -= steps
			if steps > t/growth { // the next period is longer than t, and steps·growth might overflow
				return wave(1, floor, float64(t)/(float64(steps)*float64(growth)))
			}
			steps *= growth
		}
		return wave(1, floor, float64(t)/float64(steps))
	}
}

// Triangular climbs from floor to 1 in a line within up steps, falls back within
// down steps, and so on. In PyTorch: CyclicLR with the mode triangular. L. N.
// Smith, Cyclical learning rates for training neural networks, 2015,
// arXiv:1506.01186.
func Triangular(floor float64, up, down int) Schedule {
	return cyclic("Triangular", floor, up, down, func(t, cycle int) float64 { return 1 })
}

// Triangular2 is Triangular with peaks whose height above the floor halves with
// every cycle.
func Triangular2(floor float64, up, down int) Schedule {
	return cyclic("Triangular2", floor, up, down, func(t, cycle int) float64 { return portable.PowInt(0.5, int64(cycle)) })
}

// ExpRange is Triangular with a height above the floor that shrinks as gammaᵗ.
func ExpRange(floor float64, up, down int, gamma float64) Schedule {
	checkDecay("ExpRange", "gamma", gamma)
	return cyclic("ExpRange", floor, up, down, func(t, cycle int) float64 { return portable.PowInt(gamma, int64(t)) })
}

// cyclic is a triangular wave whose height is a function of step and cycle.
func cyclic(name string, floor float64, up, down int, height func(t, cycle int) float64) Schedule {
	checkFloor(name, floor)
	checkSteps(name, "up", up, 0)
	checkSteps(name, "down", down, 0)
	return func(t int) float64 {
		if up+down == 0 {
			return 1
		}
		cycle, phase := t/(up+down), t%(up+down)
		rise := 1.0
		switch {
		case phase < up:
			rise = float64(phase) / float64(up)
		case phase > up:
			rise = float64(up+down-phase) / float64(down)
		}
		return between(floor, 1, float64(rise*height(t, cycle)))
	}
}

// Warmup climbs in a line towards the first factor of another schedule, which
// then takes over and counts from 0: (t+1)/(steps+1) · then.At(0) for t < steps.
// No step is wasted at 0.
func Warmup(steps int, then Schedule) Schedule {
	checkSteps("Warmup", "steps", steps, 0)
	return func(t int) float64 {
		if t >= steps {
			return then.At(t - steps)
		}
		return float64(t+1) / float64(steps+1) * then.At(0)
	}
}

// Phase is a part of a Sequence.
type Phase struct {
	Steps    int      // how long it lasts; of no meaning in the last phase
	Schedule Schedule // counted from 0 where the phase begins; nil is 1
}

// Sequence is one schedule after another; the last goes on for ever. In
// PyTorch: SequentialLR.
func Sequence(phases ...Phase) Schedule {
	if len(phases) == 0 {
		panic("optim: Sequence: no phases, want at least 1")
	}
	phases = append([]Phase(nil), phases...)
	last := phases[len(phases)-1]
	for _, p := range phases[:len(phases)-1] {
		checkSteps("Sequence", "Phase.Steps", p.Steps, 0)
	}
	return func(t int) float64 {
		for _, p := range phases[:len(phases)-1] {
			if t < p.Steps {
				return p.Schedule.At(t)
			}
			t -= p.Steps
		}
		return last.Schedule.At(t)
	}
}

// Product multiplies schedules.
func Product(schedules ...Schedule) Schedule {
	schedules = append([]Schedule(nil), schedules...)
	return func(t int) float64 {
		product := 1.0
		for _, s := range schedules {
			product *= s.At(t)
		}
		return product
	}
}

// between is the point a share r of the way from a to b.
func between(a, b, r float64) float64 { return float64((1-r)*a) + float64(r*b) }

// wave goes from a to b along half a cosine while r goes from 0 to 1.
func wave(a, b, r float64) float64 { return between(b, a, float64((1+portable.CosPi(r))/2)) }

func checkSteps(schedule, arg string, n, least int) {
	if n < least || n > math.MaxInt/2 {
		panic(fmt.Sprintf("optim: %s: %s = %d, want [%d, %d]", schedule, arg, n, least, math.MaxInt/2))
	}
}

func checkFactor(schedule, arg string, v float64) {
	if !(0 <= v && v <= math.MaxFloat64) {
		panic(fmt.Sprintf("optim: %s: %s = %v, want [0, +Inf)", schedule, arg, v))
	}
}

func checkDecay(schedule, arg string, v float64) {
	if !(0 <= v && v <= 1) {
		panic(fmt.Sprintf("optim: %s: %s = %v, want [0, 1]", schedule, arg, v))
	}
}

func checkFloor(schedule string, v float64) { checkDecay(schedule, "floor", v) }
