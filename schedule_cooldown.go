package optim

import (
	"math"

	"example.com/optim/internal/portable"
)

// WarmupStableDecay rises to 1 within warmup steps as [Warmup] does, stays at 1 for stable steps, and
// then follows decay, whose steps count from 0. decay is Linear(1, 0, steps), Cosine(steps, floor),
// OneMinusSqrt(steps, floor) or another schedule. The length of the run need not be known before the
// decay begins: from a checkpoint of the stable phase, a run can be continued for longer. In the
// transformers library: get_wsd_schedule.
//
//	opt.Schedule = optim.WarmupStableDecay(500, 9_000, optim.OneMinusSqrt(500, 0))
//
// A cooldown behind another schedule is a Product, such as the inverse square root with a linear
// cooldown of X. Zhai and others, Scaling vision transformers, 2021, arXiv:2106.04560:
//
//	cooldown := optim.WarmupStableDecay(0, 9_000, optim.Linear(1, 0, 500))
//	opt.Schedule = optim.Warmup(500, optim.Product(optim.InverseSqrt(1.0/500), cooldown))
//
// Reference: S. Hu and others, MiniCPM: unveiling the potential of small language models with
// scalable training strategies, 2024, arXiv:2404.06395.
func WarmupStableDecay(warmup, stable int, decay Schedule) Schedule {
	checkSteps("WarmupStableDecay", "warmup", warmup, 0)
	checkSteps("WarmupStableDecay", "stable", stable, 0)
	if decay == nil {
		panic("optim: WarmupStableDecay: the decay is nil")
	}
	return Warmup(warmup, Sequence(Phase{stable, nil}, Phase{0, decay}))
}

// OneMinusSqrt returns 1 − (1−floor)√(t/steps) in step t, and floor from step t = steps on, with
// floor in [0, 1]. It is the decay that A. Hägele and others recommend, Scaling laws and
// compute-optimal training beyond fixed training durations, 2024, arXiv:2405.18392.
func OneMinusSqrt(steps int, floor float64) Schedule {
	checkSteps("OneMinusSqrt", "steps", steps, 0)
	checkDecay("OneMinusSqrt", "floor", floor)
	return func(t int) float64 {
		if t >= steps {
			return floor
		}
		return between(1, floor, math.Sqrt(float64(t)/float64(steps)))
	}
}

// PolynomialBetween returns b + (a−b)(1 − t/steps)^power in step t, and b from step t = steps on. a is
// the argument from, and b is the argument to. Both, and power, are at least 0. In Optax:
// polynomial_schedule; in the transformers library: get_polynomial_decay_schedule.
func PolynomialBetween(from, to float64, steps int, power float64) Schedule {
	checkFactor("PolynomialBetween", "from", from)
	checkFactor("PolynomialBetween", "to", to)
	checkSteps("PolynomialBetween", "steps", steps, 0)
	checkFactor("PolynomialBetween", "power", power)
	return func(t int) float64 {
		if t >= steps {
			return to
		}
		return between(to, from, portable.Pow(1-float64(t)/float64(steps), power))
	}
}
