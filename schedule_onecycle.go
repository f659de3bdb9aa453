package optim

// OneCycle is a schedule that rises to 1 and then falls to its last value, along half a cosine
// each.
//
//	t from 0 to Rise·Steps − 1:  1/Div → 1
//	t from there to Steps − 1:   1 → 1/(Div·FinalDiv)
//
// After step Steps − 1 the factor stays at its last value, which is 1 if Rise is 1. With
// ThreePhases the factor falls to 1/Div in as many steps as it rises, and then to its last value.
// PyTorch's OneCycleLR changes the momentum, too. To change the momentum here, assign Mu or Beta1
// between steps. The method value At is a [Schedule]:
//
//	opt.Schedule = optim.NewOneCycle(steps).At
//
// Reference: L. N. Smith and N. Topin, Super-convergence: very fast training of neural networks
// using large learning rates, 2017, arXiv:1708.07120.
type OneCycle struct {
	Steps         int     // number of steps, ≥ 0
	Rise          float64 // share of the steps in which the factor rises, in [0, 1]; default 0.3
	Div, FinalDiv float64 // divisors, ≥ 1; defaults 25 and 1e4
	Linear        bool    // straight lines instead of cosines; default false
	ThreePhases   bool    // falls in two phases; default false
}

// NewOneCycle returns a cycle with PyTorch's defaults.
func NewOneCycle(steps int) *OneCycle {
	return &OneCycle{Steps: steps, Rise: 0.3, Div: 25, FinalDiv: 1e4}
}

// At returns the factor in a step. It panics if a field is out of its range.
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
	if !(1 <= v && isFinite(v)) {
		outside(rule, field, v, "[1, +Inf)")
	}
}

// anneal goes from a to b while r goes from 0 to 1, in a line or along half a cosine.
func (c *OneCycle) anneal(a, b, r float64) float64 {
	if c.Linear {
		return between(a, b, r)
	}
	return wave(a, b, r)
}
