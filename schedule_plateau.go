package optim

import (
	"fmt"
	"math"
)

// Plateau is a schedule that watches a loss, and multiplies the rate by Factor
// whenever the loss has not improved for more than Patience observations.
//
//	opt.Schedule = plateau.At
//	for … {
//		plateau.Observe(validate())
//	}
//
// A loss is an improvement if it is below the best one by more than Threshold,
// relative to that; a NaN is none. It composes with other schedules through
// Product. In PyTorch: ReduceLROnPlateau; there the threshold has the wrong sign
// for a negative loss.
type Plateau struct {
	Factor    float64 // in [0, 1); default as given
	Patience  int     // bad observations that are let pass, at least 0; default as given
	Threshold float64 // at least 0; default 1e-4
	Absolute  bool    // Threshold is a difference, not relative to the best loss
	Maximize  bool    // what is observed should grow
	Cooldown  int     // observations after a reduction that do not count as bad, at least 0; default 0
	Min       float64 // factors do not fall below it, in [0, 1); default 0
	Epsilon   float64 // reductions by no more than it are left out, at least 0; default 1e-8

	started bool // what follows has been set
	factor  float64
	best    float64
	bad     int // observations since the best one
	cooling int // observations for which to cool down
}

// NewPlateau returns a Plateau; 0.1 and 10 are PyTorch's defaults.
func NewPlateau(factor float64, patience int) *Plateau {
	return &Plateau{Factor: factor, Patience: patience, Threshold: 1e-4, Epsilon: 1e-8}
}

// At is the factor now. It is a Schedule that does not look at the step.
func (p *Plateau) At(int) float64 {
	if !p.started {
		return 1
	}
	return p.factor
}

// Observe takes note of a loss. It panics if a field is out of its range.
func (p *Plateau) Observe(loss float64) {
	checkFraction("Plateau", "Factor", p.Factor)
	checkAtLeast("Plateau", "Patience", p.Patience, 0)
	checkNonNegative("Plateau", "Threshold", p.Threshold)
	checkAtLeast("Plateau", "Cooldown", p.Cooldown, 0)
	checkFraction("Plateau", "Min", p.Min)
	checkNonNegative("Plateau", "Epsilon", p.Epsilon)
	if !p.started {
		p.started, p.factor, p.best = true, 1, math.Inf(1)
	}

	if p.Maximize {
		loss = -loss
	}
	if p.improves(loss) {
		p.best, p.bad = loss, 0
	} else {
		p.bad++
	}
	if p.cooling > 0 {
		p.cooling--
		p.bad = 0
	}
	if p.bad > p.Patience {
		if lower := max(p.factor*p.Factor, p.Min); p.factor-lower > p.Epsilon {
			p.factor = lower
		}
		p.cooling, p.bad = p.Cooldown, 0
	}
}

func (p *Plateau) improves(loss float64) bool {
	if math.IsInf(p.best, 1) {
		return loss < p.best
	}
	scale := 1.0
	if !p.Absolute {
		scale = math.Abs(p.best)
	}
	return loss < p.best-float64(p.Threshold*scale)
}

// String describes the schedule in one line, with its factor now.
func (p *Plateau) String() string {
	return describe(p, NewPlateau(0, 0), fmt.Sprintf("now %v", p.At(0)))
}

func (p *Plateau) visit(a *walk) {
	a.Type("Plateau", 1)
	a.Settings(&p.Factor, &p.Threshold, &p.Min, &p.Epsilon, &p.Patience, &p.Cooldown, &p.Absolute, &p.Maximize)
	a.State(&p.started, &p.factor, &p.best, &p.bad, &p.cooling)
}
