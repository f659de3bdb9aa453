package optim

import "math"

// OneCycle climbs to 1, and from there falls to almost nothing at the end.
//
//	t from 0 to Rise·Steps − 1:  1/Div → 1
//	t from there to Steps − 1:   1 → 1/(Div·FinalDiv)
//
// each along half a cosine, or in a line if Linear. With ThreePhases the way
// down to 1/Div is as long as the way up, and the last phase starts from there.
// It stays at its end after that. With Rise 1 the end is 1. In PyTorch: OneCycleLR, which in addition
// moves the momentum the other way; assign Mu or Beta1 between steps for that.
//
// Its method value is a Schedule:
//
//	opt.Schedule = optim.NewOneCycle(steps).At
//
// L. N. Smith and N. Topin, Super-convergence: very fast training of neural
// networks using large learning rates, 2017, arXiv:1708.07120.
type OneCycle struct {
	Steps         int     // in all, at least 0
	Rise          float64 // share of the steps on the way up, in [0, 1]; default 0.3
	Div, FinalDiv float64 // at least 1; defaults 25 and 1e4
	Linear        bool    // lines, not cosines
	ThreePhases   bool    // down in two phases
}

// NewOneCycle returns the cycle that PyTorch has by default.
func NewOneCycle(steps int) *OneCycle {
	return &OneCycle{Steps: steps, Rise: 0.3, Div: 25, FinalDiv: 1e4}
}

// At is the factor at a step. It panics if a field is out of its range.
func (c *OneCycle) At(step int) float64 {
	checkAtLeast("OneCycle", "Steps", c.Steps, 0)
	checkUnit("OneCycle", "Rise", c.Rise)
	checkDivisor("OneCycle", "Div", c.Div)
	checkDivisor("OneCycle", "FinalDiv", c.FinalDiv)

	first := 1 / c.Div
	last := first / c.FinalDiv
	t, end := float64(step), float64(c.Steps-1)
	top := float64(c.Rise*float64(c.Steps)) - 1
	valley := float64(2*c.Rise*float64(c.Steps)) - 2
	switch {
	case t < top:
		return c.anneal(first, 1, t/top)
	case t == top, t > end && c.Rise == 1:
		return 1
	case t >= end:
		return last
	case !c.ThreePhases:
		return c.anneal(1, last, (t-top)/(end-top))
	case t <= valley:
		return c.anneal(1, first, (t-top)/(valley-top))
	default:
		return c.anneal(first, last, (t-valley)/(end-valley))
	}
}

// checkDivisor panics unless v is in [1, +Inf).
func checkDivisor(rule, field string, v float64) {
	if !(1 <= v && v <= math.MaxFloat64) {
		outside(rule, field, v, "[1, +Inf)")
	}
}

// anneal goes from a to b while r goes from 0 to 1.
func (c *OneCycle) anneal(a, b, r float64) float64 {
	if c.Linear {
		return between(a, b, r)
	}
	return wave(a, b, r)
}
