package optim

import (
	"math"
	"slices"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/portable"
)

const (
	// derivativeTolerance is the relative error up to which an element is right. Bugs are larger, and
	// the errors of derivatives in float32 mostly smaller.
	derivativeTolerance = 1e-5
	// certainty is the factor on the error of a slope: an element that differs by more is wrong.
	certainty = 8
	// firstStep is the first step, relative to the magnitude of x. The error of a central difference is
	// then about 1e-6.
	firstStep = 0x1p-10
	// shortestStep is the last step, relative to the magnitude of x: some units of rounding.
	shortestStep = 0x1p-50
	// tiniest is the magnitude below which x counts as zero, and the last step from there. The
	// magnitude of zero is 1.
	tiniest = 0x1p-100
	// stepRatio is the ratio of a step to the next one.
	stepRatio = 4
)

// remainder is the Taylor remainder of φ(h) with the slope claim: R(h) = |φ(h) − φ(0) − h·claim|.
type remainder struct {
	claim, blur float64
	here        float64 // φ(0)
	epsilon     float64 // the rounding of φ, relative to φ
	levels      []level // by descending step
	agreed      bool    // the slopes of two steps, one after the other, are the claim
}

// level is a step with the values on both sides. At least one of these is finite.
type level struct {
	h, up, down float64 // φ(h), φ(−h)
}

// remainders evaluates the remainders along v of the m functions, whose slopes e claims. The steps descend
// until they show that the claims are right or the values no longer change. If that decides nothing,
// longer steps follow.
func (c *derivativeCheck) remainders(v []float64, e elements) []remainder {
	rs := make([]remainder, c.m)
	for i := range rs {
		rs[i] = remainder{claim: e.value[i], blur: e.blur[i], here: c.here[i], epsilon: c.epsilon[i]}
	}
	unit := 1 / kernel.AbsMax(v)
	size, least := c.magnitude(v, unit), shortestStep
	if size < tiniest*unit {
		size, least = unit, tiniest
	}
	size = math.Ldexp(0.5, binaryExponent(size)) // x + h is then exact, unless h is next to the rounding of x
	first := firstStep * size
	for h := first; h >= least*size && slices.ContainsFunc(rs, remainder.descends); h /= stepRatio {
		c.sample(rs, v, h)
	}
	for h := first * stepRatio; h <= max(size, unit) && slices.ContainsFunc(rs, remainder.undecided); h *= stepRatio {
		c.sample(rs, v, h)
	}
	return rs
}

// magnitude returns the largest |xᵢ| along v, relative to v. unit is 1/max|vᵢ|.
func (c *derivativeCheck) magnitude(v []float64, unit float64) float64 {
	size := 0.0
	for i, x := range c.x {
		size = max(size, math.Abs(x*(v[i]*unit)))
	}
	return size * unit
}

// sample evaluates the functions at x ± hv.
func (c *derivativeCheck) sample(rs []remainder, v []float64, h float64) {
	for side, dst := range [][]float64{c.up, c.down} {
		kernel.AddScaledTo(c.point, c.x, v, h*float64(1-2*side))
		c.value(dst, c.point)
	}
	for i := range rs {
		rs[i].add(level{h, c.up[i], c.down[i]})
	}
}

// add inserts a step, which is shorter or longer than all others.
func (r *remainder) add(l level) {
	if r.agreed || !isFinite(l.up) && !isFinite(l.down) {
		return
	}
	at := 0
	if len(r.levels) > 0 && l.h < r.levels[0].h {
		at = len(r.levels)
	}
	r.levels = slices.Insert(r.levels, at, l)
	last := max(1, at)
	r.agreed = len(r.levels) > 1 && r.agrees(last-1) && r.agrees(last)
}

// agrees returns whether the slope of the step k is the claim up to the tolerance, and φ changes by so much
// that rounding does not matter.
func (r remainder) agrees(k int) bool {
	l, d := r.levels[k], r.slope(k)
	change := max(finiteAbs(l.up-r.here), finiteAbs(l.down-r.here))
	return derivativeTolerance*change > r.rounding(k) && math.Abs(d-r.claim) <= derivativeTolerance*math.Abs(r.claim)
}

// rounding returns the rounding of φ at the step k.
func (r remainder) rounding(k int) float64 {
	l := r.levels[k]
	return float64(r.epsilon * max(math.Abs(r.here), finiteAbs(l.up), finiteAbs(l.down)))
}

// changes returns whether φ changes by the step k.
func (r remainder) changes(k int) bool {
	l := r.levels[k]
	return isFinite(l.up) && l.up != r.here || isFinite(l.down) && l.down != r.here
}

// descends returns whether shorter steps may decide the test.
func (r remainder) descends() bool {
	n := len(r.levels)
	return !r.agreed && (n < 3 || r.changes(n-1) || r.changes(n-2))
}

// undecided returns whether longer steps may decide the test.
func (r remainder) undecided() bool { return !r.agreed && (!r.wrong() || r.quantum() == 0) }

// slope returns the central difference of the step k, or a difference on one side of x.
func (r remainder) slope(k int) float64 {
	l := r.levels[k]
	switch {
	case !isFinite(l.up):
		return (r.here - l.down) / l.h
	case !isFinite(l.down):
		return (l.up - r.here) / l.h
	}
	return (l.up - l.down) / (2 * l.h)
}

// best returns the step with the least error of its slope, and that error. It returns 0 if there are
// fewer than three steps. The error has three parts. The first one is the largest difference of slopes at
// this and all smaller steps, as an error of φ: errors of φ are about the same at all steps. The second one
// is the rounding of φ and its smallest change. The third one is the term in h², a sixteenth of that at
// the step before.
func (r remainder) best() (k int, err float64) {
	err = inf
	noise, quantum := 0.0, r.quantum()
	for j := len(r.levels) - 2; j > 0; j-- {
		before, l, next := r.levels[j-1], r.levels[j], r.levels[j+1]
		noise = max(noise, math.Abs(r.slope(j)-r.slope(j+1))*next.h)
		ratio := l.h / before.h
		curvature := math.Abs(r.slope(j-1)-r.slope(j)) * (ratio * ratio)
		if e := max((noise+float64(4*r.rounding(j))+quantum)/l.h, curvature); e < err {
			k, err = j, e
		}
	}
	return k, err
}

// quantum returns the smallest change of φ by a step, or 0 if φ is constant.
func (r remainder) quantum() (least float64) {
	for _, l := range r.levels {
		for _, change := range []float64{l.up - r.here, l.down - r.here, l.up - l.down} {
			if size := finiteAbs(change); size > 0 && (least == 0 || size < least) {
				least = size
			}
		}
	}
	return least
}

// difference returns |D − claim| for the best slope D.
func (r remainder) difference() float64 {
	k, _ := r.best()
	if k == 0 {
		return 0
	}
	return math.Abs(r.slope(k) - r.claim)
}

// wrong returns whether the claim is wrong.
func (r remainder) wrong() bool {
	k, err := r.best()
	if r.agreed || k == 0 {
		return false
	}
	d := r.slope(k)
	slack := float64(certainty*err) + float64(derivativeTolerance*math.Abs(r.claim)) + r.blur
	return math.Abs(d-r.claim) > slack && !r.between(k, slack)
}

// isolated returns whether φ is not finite next to 0.
func (r remainder) isolated() bool { return !r.agreed && len(r.levels) < 3 }

// between returns whether φ has a kink at 0, and the claim is between the slopes on both sides. At a kink
// the slopes differ as much at shorter steps.
func (r remainder) between(k int, slack float64) bool {
	const shorter = 2
	if k+shorter >= len(r.levels) {
		return false
	}
	right, left := r.sides(k)
	nearRight, nearLeft := r.sides(k + shorter)
	kink := math.Abs(nearRight-nearLeft) > math.Abs(right-left)/2
	return kink && min(left, right)-slack <= r.claim && r.claim <= max(left, right)+slack
}

// sides returns the slopes of the step k on both sides of x.
func (r remainder) sides(k int) (right, left float64) {
	l := r.levels[k]
	return (l.up - r.here) / l.h, (r.here - l.down) / l.h
}

// order returns the order of the remainder: log(R(h)/R(h′))/log(h/h′) for two steps, one after the other. The
// steps are the shortest ones at which R is much larger than the error of φ, because terms in h² are smallest
// there.
func (r remainder) order() float64 {
	const much = 0x1p7
	k, err := r.best()
	visible := much * (err * r.levels[k].h)
	for k+2 < len(r.levels) && r.at(k+2) > visible {
		k++
	}
	return portable.Log(r.at(k)/r.at(k+1)) / portable.Log(r.levels[k].h/r.levels[k+1].h)
}

// at returns R(h) of the step k, the larger one of both sides.
func (r remainder) at(k int) float64 {
	l := r.levels[k]
	change := float64(l.h * r.claim)
	return max(finiteAbs(l.up-r.here-change), finiteAbs(l.down-r.here+change))
}

// finiteAbs returns |v|, or 0 if v is NaN or infinite.
func finiteAbs(v float64) float64 {
	if !isFinite(v) {
		return 0
	}
	return math.Abs(v)
}
