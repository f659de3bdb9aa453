package optim

import (
	"fmt"
	"math"
)

// Plateau is a schedule that depends on an observed loss. Its factor is 1 at first. When more than
// Patience observations in a row have not improved the loss, the factor is multiplied by Factor,
// but stays at least Min.
//
//	opt.Schedule = plateau.At
//	for … {
//		plateau.Observe(validate())
//	}
//
// A loss l improves the best loss b so far if l < b − Threshold·|b|, or l < b − Threshold with
// Absolute. A NaN does not improve b. With Maximize an observation improves if −l does. Product
// combines a Plateau with other schedules. In PyTorch: ReduceLROnPlateau, whose threshold has the
// wrong sign for a negative loss.
type Plateau struct {
	Factor    float64 // in [0, 1); an argument of NewPlateau
	Patience  int     // observations in a row without improvement that cause no reduction, ≥ 0; an argument of NewPlateau
	Threshold float64 // ≥ 0; default 1e-4
	Absolute  bool    // Threshold is absolute, not relative to the best loss; default false
	Maximize  bool    // a larger observation is better; default false
	Cooldown  int     // observations after a reduction that do not count, ≥ 0; default 0
	Min       float64 // smallest factor, in [0, 1); default 0
	Epsilon   float64 // reductions of the factor by at most Epsilon are omitted, ≥ 0; default 1e-8

	started bool // factor and best are set
	factor  float64
	best    float64
	bad     int // observations since the best one
	cooling int // observations left of the cooldown
}

// NewPlateau returns a Plateau with the given Factor and Patience. PyTorch's defaults are 0.1 and
// 10.
func NewPlateau(factor float64, patience int) *Plateau {
	return &Plateau{Factor: factor, Patience: patience, Threshold: 1e-4, Epsilon: 1e-8}
}

// At returns the current factor. It ignores its argument. The method value At is a [Schedule].
func (p *Plateau) At(int) float64 {
	if !p.started {
		return 1
	}
	return p.factor
}

// Observe records a loss and updates the factor. It panics if a field is out of its range.
func (p *Plateau) Observe(loss float64) {
	checkFraction("Plateau", "Factor", p.Factor)
	checkAtLeast("Plateau", "Patience", p.Patience, 0)
	checkNonNegative("Plateau", "Threshold", p.Threshold)
	checkAtLeast("Plateau", "Cooldown", p.Cooldown, 0)
	checkFraction("Plateau", "Min", p.Min)
	checkNonNegative("Plateau", "Epsilon", p.Epsilon)
	if !p.started {
		p.started, p.factor, p.best = true, 1, inf
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

// improves returns whether loss improves the best one, which is +Inf at first.
func (p *Plateau) improves(loss float64) bool {
	margin := p.Threshold
	if !p.Absolute && p.best < inf { // ∞ − ∞ is NaN
		margin = float64(margin * math.Abs(p.best))
	}
	return loss < p.best-margin
}

// String describes the schedule in one line, with its current factor.
func (p *Plateau) String() string {
	return describe(p, NewPlateau(0, 0), fmt.Sprintf("now %v", p.At(0)))
}

func (p *Plateau) visit(a *walk) {
	a.Type("Plateau", 1)
	a.Settings(&p.Factor, &p.Threshold, &p.Min, &p.Epsilon, &p.Patience, &p.Cooldown, &p.Absolute, &p.Maximize)
	a.State(&p.started, &p.factor, &p.best, &p.bad, &p.cooling)
}
