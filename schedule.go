package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/portable"
)

// Schedule is a factor on the learning rate, as a function of the step. The optimizer counts the
// steps from 0. The factor must be finite and at least 0. With the factor 1 the learning rate is
// LearningRate. A Schedule must return the same factor in all calls during one step, since an
// optimizer may call it several times. Any such function is a Schedule.
//
// The schedules of this package return the same bits on every processor. In their documentation t =
// 0, 1, … is the argument step. The functions that make them panic if an argument is out of its
// range. A number of steps is at least 0, unless the documentation says at least 1. If it is 0, the
// schedule is at its end from step 0 on.
type Schedule func(step int) float64

// At returns s(step), or 1 if s is nil.
func (s Schedule) At(step int) float64 {
	if s == nil {
		return 1
	}
	return s(step)
}

// Constant returns factor in every step, with factor ≥ 0.
func Constant(factor float64) Schedule {
	checkFactor("Constant", "factor", factor)
	return func(int) float64 { return factor }
}

// StepDecay returns factor^⌊t/every⌋ in step t, with factor in [0, 1] and every at least 1. In
// PyTorch: StepLR.
func StepDecay(every int, factor float64) Schedule {
	checkSteps("StepDecay", "every", every, 1)
	checkDecay("StepDecay", "factor", factor)
	return func(t int) float64 { return portable.PowInt(factor, int64(t/every)) }
}

// MultiStep returns factorᵏ in step t, where k is the number of milestones m ≤ t, with factor in
// [0, 1]. The milestones may be in any order. In PyTorch: MultiStepLR.
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

// Exponential returns factorᵗ in step t, with factor in [0, 1]. In PyTorch: ExponentialLR.
func Exponential(factor float64) Schedule {
	checkDecay("Exponential", "factor", factor)
	return func(t int) float64 { return portable.PowInt(factor, int64(t)) }
}

// InverseTime returns 1/(1 + kt) in step t, with k ≥ 0. With this decay, stochastic gradient
// descent converges on strongly convex functions.
func InverseTime(k float64) Schedule {
	checkFactor("InverseTime", "k", k)
	return func(t int) float64 { return 1 / (1 + float64(k*float64(t))) }
}

// InverseSqrt returns 1/√(1 + kt) in step t, with k ≥ 0.
func InverseSqrt(k float64) Schedule {
	checkFactor("InverseSqrt", "k", k)
	return func(t int) float64 { return 1 / math.Sqrt(1+float64(k*float64(t))) }
}

// Polynomial returns (1 − t/steps)^power in step t, and 0 from step t = steps on, with power ≥ 0.
// In PyTorch: PolynomialLR.
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

// Linear returns a + (b−a)·t/steps in step t, and b from step t = steps on. a is the argument from,
// and b is the argument to, both at least 0. In PyTorch: LinearLR.
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

// Cosine returns floor + (1−floor)·(1 + cos(πt/steps))/2 in step t, and floor from step t = steps
// on, with floor in [0, 1]. In Optax: cosine_decay_schedule. PyTorch's CosineAnnealingLR rises
// again after the end: see [CosinePeriodic]. Reference: I. Loshchilov and F. Hutter, SGDR: stochastic
// gradient descent with warm restarts, 2016, arXiv:1608.03983.
func Cosine(steps int, floor float64) Schedule {
	checkSteps("Cosine", "steps", steps, 0)
	checkDecay("Cosine", "floor", floor)
	return func(t int) float64 {
		if t >= steps {
			return floor
		}
		return wave(1, floor, float64(t)/float64(steps))
	}
}

// CosinePeriodic falls from 1 to floor as [Cosine] does, rises to 1 within as many steps, and
// repeats. In PyTorch: CosineAnnealingLR.
func CosinePeriodic(steps int, floor float64) Schedule {
	checkSteps("CosinePeriodic", "steps", steps, 0)
	checkDecay("CosinePeriodic", "floor", floor)
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

// CosineRestarts falls from 1 towards floor as [Cosine] does, and begins again at 1 after each fall.
// The first fall has first steps. Each later fall has growth times as many steps as the fall
// before. growth is at least 1. In PyTorch: CosineAnnealingWarmRestarts.
func CosineRestarts(first, growth int, floor float64) Schedule {
	checkSteps("CosineRestarts", "first", first, 0)
	checkSteps("CosineRestarts", "growth", growth, 1)
	checkDecay("CosineRestarts", "floor", floor)
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
			if steps > t/growth { // this period is longer than t; steps·growth may overflow
				return wave(1, floor, float64(t)/(float64(steps)*float64(growth)))
			}
			steps *= growth
		}
		return wave(1, floor, float64(t)/float64(steps))
	}
}

// Triangular rises from floor, in [0, 1], to 1 in a straight line within up steps, falls back to
// floor within down steps, and repeats. If up and down are 0, it returns 1. In PyTorch: CyclicLR
// with mode triangular. Reference: L. N. Smith, Cyclical learning rates for training neural
// networks, 2015, arXiv:1506.01186.
func Triangular(floor float64, up, down int) Schedule {
	return cyclic("Triangular", floor, up, down, func(_, _ int) float64 { return 1 })
}

// Triangular2 is [Triangular] with a height above floor that halves after every cycle.
func Triangular2(floor float64, up, down int) Schedule {
	return cyclic("Triangular2", floor, up, down, func(_, cycle int) float64 { return portable.PowInt(0.5, int64(cycle)) })
}

// ExpRange is [Triangular] with a height above floor that is multiplied by gammaᵗ in step t, with
// gamma in [0, 1].
func ExpRange(floor float64, up, down int, gamma float64) Schedule {
	checkDecay("ExpRange", "gamma", gamma)
	return cyclic("ExpRange", floor, up, down, func(t, _ int) float64 { return portable.PowInt(gamma, int64(t)) })
}

// cyclic returns a triangular wave. Its height above floor is a function of the step and the cycle.
func cyclic(name string, floor float64, up, down int, height func(t, cycle int) float64) Schedule {
	checkDecay(name, "floor", floor)
	checkSteps(name, "up", up, 0)
	checkSteps(name, "down", down, 0)
	return func(t int) float64 {
		if up+down == 0 {
			return 1
		}
		cycle, phase := t/(up+down), t%(up+down)
		rise := float64(up+down-phase) / float64(down)
		if phase < up {
			rise = float64(phase) / float64(up)
		}
		return between(floor, 1, float64(rise*height(t, cycle)))
	}
}

// Warmup rises in a straight line towards the first factor of another schedule. It returns
// (t+1)/(steps+1) · then.At(0) in step t < steps, which is 0 only if then.At(0) is 0. From step t =
// steps on it returns then.At(t−steps). If then is nil, the factor of then is 1.
func Warmup(steps int, then Schedule) Schedule {
	checkSteps("Warmup", "steps", steps, 0)
	return func(t int) float64 {
		if t >= steps {
			return then.At(t - steps)
		}
		return float64(t+1) / float64(steps+1) * then.At(0)
	}
}

// Phase is a part of a [Sequence].
type Phase struct {
	Steps    int      // number of steps, ≥ 0; ignored in the last phase
	Schedule Schedule // its steps count from 0 at the start of the phase; nil means 1
}

// Sequence returns the schedules of the phases, one after another. The last phase has no end.
// Sequence panics if there are no phases. In PyTorch: SequentialLR.
func Sequence(phases ...Phase) Schedule {
	if len(phases) == 0 {
		panic("optim: Sequence: no phases, want at least 1")
	}
	phases = append([]Phase(nil), phases...)
	last := len(phases) - 1
	for _, p := range phases[:last] {
		checkSteps("Sequence", "Phase.Steps", p.Steps, 0)
	}
	return func(t int) float64 {
		i := 0
		for i < last && t >= phases[i].Steps {
			t -= phases[i].Steps
			i++
		}
		return phases[i].Schedule.At(t)
	}
}

// Product returns the product of schedules. A nil schedule counts as 1.
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

// between returns the point at share r of the way from a to b.
func between(a, b, r float64) float64 { return float64((1-r)*a) + float64(r*b) }

// wave goes from a to b along half a cosine while r goes from 0 to 1.
func wave(a, b, r float64) float64 { return between(b, a, float64((1+portable.CosPi(r))/2)) }

func checkSteps(schedule, arg string, n, least int) {
	if n < least || n > math.MaxInt/2 {
		panic(fmt.Sprintf("optim: %s: %s = %d, want [%d, %d]", schedule, arg, n, least, math.MaxInt/2))
	}
}

func checkFactor(schedule, arg string, v float64) {
	if !(0 <= v && isFinite(v)) {
		panic(fmt.Sprintf("optim: %s: %s = %v, want [0, +Inf)", schedule, arg, v))
	}
}

func checkDecay(schedule, arg string, v float64) {
	if !(0 <= v && v <= 1) {
		panic(fmt.Sprintf("optim: %s: %s = %v, want [0, 1]", schedule, arg, v))
	}
}
