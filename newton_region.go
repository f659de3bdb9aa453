package optim

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// The trust region of Moré and Sorensen 1983. Its constants are those of LeastSquares.

const (
	// firstReach is the first Δ, relative to ‖Dx‖.
	firstReach = 0.1
	// radiusGrowth is the factor on Δ after a good step.
	radiusGrowth = 3
	// doubtful is the number of steps, with the current one, for which a Hessian that is too large
	// along one of them makes the Hessian doubtful.
	doubtful = 3
)

// bounds returns whether the steps of a search stay within Δ.
func (o *Newton) bounds(e *evaluator) bool {
	return e.problem != nil && e.problem.Grad != nil && o.Mode == Shifted && o.Linesearcher == nil
}

// bound sets d to the step within Δ, and returns false if there is none.
func (o *Newton) bound(h *mat.SymDense, d, x, g []float64) bool {
	o.updateScales(h, x)
	o.values = o.values[:0]
	if o.definite(h, d, g) {
		kernel.Scale(d, -1)
		o.tau, o.length = 0, o.scaledNorm(d)
		if o.length <= (1+radiusTolerance)*o.radius {
			return true
		}
	}
	return o.shorten(h, d, x, g)
}

// updateScales sets Dᵢ to cᵢ = √|hᵢᵢ|, or to scaleFade·Dᵢ if that is larger. Where cᵢ is 0 up to rounding,
// Dᵢ stays. The first Dᵢ is the largest cⱼ|xⱼ| divided by |xᵢ|, but at most maxScale·cᵢ, so that all
// coordinates may change by the same part of their sizes.
func (o *Newton) updateScales(h *mat.SymDense, x []float64) {
	first := len(o.scales) != len(x)
	o.scales = resize(o.scales, len(x))
	top, effect := 0.0, 0.0
	for i, xi := range x {
		c := math.Sqrt(math.Abs(h.At(i, i)))
		top, effect = max(top, c), max(effect, c*math.Abs(xi))
	}
	for i, xi := range x {
		c := math.Sqrt(math.Abs(h.At(i, i)))
		visible := c > epsilon*top
		switch {
		case first && xi != 0 && visible:
			o.scales[i] = max(c, min(effect/math.Abs(xi), maxScale*c))
		case first && xi != 0 && effect > 0:
			o.scales[i] = effect / math.Abs(xi)
		case first && visible:
			o.scales[i] = c
		case first:
			o.scales[i] = cmp.Or(top, 1)
		case visible:
			o.scales[i] = max(c, scaleFade*o.scales[i])
		}
	}
}

// scaledNorm returns ‖Dd‖.
func (o *Newton) scaledNorm(d []float64) float64 {
	for i, v := range d {
		o.scratch[i] = o.scales[i] * v
	}
	return o.reducer.Norm(o.scratch)
}

// decompose sets values to the eigenvalues Λ of D⁻¹HD⁻¹, and slopes to q = VᵀD⁻¹g with the
// eigenvectors V. Where an eigenvalue and its slope are 0 up to rounding, the slope is 0. If the least
// eigenvalue is negative and its slope is 0 up to rounding, the slope is that rounding: the step then
// descends along the eigenvector (the hard case of Moré and Sorensen 1983, section 3).
func (o *Newton) decompose(h *mat.SymDense, g []float64) bool {
	n := len(g)
	o.slopes = resize(o.slopes, n)
	for i, gi := range g {
		o.units[i] = 1 / o.scales[i]
		o.scratch[i] = o.units[i] * gi
	}
	if !o.eigen.Factorize(o.congruent(h), true) {
		return false
	}
	o.values = o.eigen.Values(resize(o.values, n))
	o.vectors.Reset()
	o.eigen.VectorsTo(&o.vectors)
	q := mat.NewVecDense(n, o.slopes)
	q.MulVec(o.vectors.T(), mat.NewVecDense(n, o.scratch))
	tiny := float64(n) * epsilon
	zero, noise := tiny*kernel.AbsMax(o.values), tiny*o.reducer.Norm(o.slopes)
	for i, value := range o.values {
		if math.Abs(value) <= zero && math.Abs(o.slopes[i]) <= noise {
			o.slopes[i] = 0
		}
	}
	if o.values[0] < -zero && math.Abs(o.slopes[0]) < noise {
		o.slopes[0] = math.Copysign(noise, o.slopes[0])
	}
	return true
}

// shorten sets d to −D⁻¹V(Λ + τI)⁻¹q with the least τ ≥ 0 for which ‖Dd‖ ≤ Δ and no eigenvalue is
// negative. The first Δ is firstReach·‖Dx‖, or ‖D⁻¹g‖ if x = 0.
func (o *Newton) shorten(h *mat.SymDense, d, x, g []float64) bool {
	if len(o.values) == 0 && !o.decompose(h, g) {
		return false
	}
	if o.radius == 0 {
		o.radius = firstReach * o.scaledNorm(x)
	}
	if o.radius == 0 {
		o.radius = o.reducer.Norm(o.slopes)
	}
	lift := max(0, -o.values[0]) // then none is negative
	excess := o.excessShift(lift)
	o.tau = lift + excess
	for i, q := range o.slopes {
		o.scratch[i] = 0
		if q != 0 {
			o.scratch[i] = -q / (o.values[i] + lift + excess)
		}
	}
	v := mat.NewVecDense(len(d), d)
	v.MulVec(&o.vectors, mat.NewVecDense(len(d), o.scratch))
	for i := range d {
		d[i] /= o.scales[i]
	}
	return finite(d)
}

// excessShift returns τ − lift, where the eigenvalues plus lift are at least 0. It is at least
// |qᵢ|/Δ − (λᵢ + lift) for each i, where ‖Dd‖ ≥ Δ, or 0. Newton's method for 1/‖Dd‖ = 1/Δ increases it
// from there (Moré and Sorensen 1983, section 3).
func (o *Newton) excessShift(lift float64) (excess float64) {
	for i, q := range o.slopes {
		if q != 0 {
			excess = max(excess, math.Abs(q)/o.radius-(o.values[i]+lift))
		}
	}
	for range maxSolutions {
		squares, cubes := 0.0, 0.0
		for i, q := range o.slopes {
			if q != 0 {
				value := o.values[i] + lift + excess
				square := float64(q / value * (q / value))
				squares += square
				cubes += square / value
			}
		}
		o.length = math.Sqrt(squares)
		if !(o.length > (1+radiusTolerance)*o.radius) {
			return excess
		}
		excess += float64(squares / cubes * (o.length/o.radius - 1))
	}
	return excess
}

// trySteps makes next a better point: it tries d, and shorter steps until one lowers f. If none does
// and the Hessian is that of an earlier step, trySteps evaluates it again, once. Without a trust
// region, trySteps does a line search along d.
func (o *Newton) trySteps(e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool) {
	try := func() bool {
		if o.bounds(e) {
			return o.tryRegion(e, ls, slope)
		}
		return o.along(e, ls, length, slope)
	}
	found = try()
	if !found && o.age > 0 && e.status == optimize.NotTerminated {
		o.forget()
		length, slope = o.modelDirection(o, e)
		found = slope < 0 && try()
	}
	return found
}

// tryRegion tries steps within Δ, and shrinks Δ until one lowers f. After several steps where f
// rises by less than the model predicts it to fall, the error of f may be the reason. Then
// tryRegion does a line search along the first step.
func (o *Newton) tryRegion(e *evaluator, ls optimize.Linesearcher, slope float64) (found bool) {
	h, radius := mat.NewSymDense(len(o.d), o.h), o.radius
	for trials, level := 0, 0; trials < maxTrials && level < severalTrials; trials++ {
		d := mat.NewVecDense(len(o.d), o.d)
		predicted := -slope - float64(mat.Inner(d, h, d)/2)
		switch {
		case e.settings.GradientThreshold == 0 && o.isFlat():
			return false
		case !(predicted > o.resolution()):
			return o.along(e, ls, 1, slope)
		}
		o.begin(slope)
		t, ok := o.evaluateTrial(e, &o.line, optimize.FuncEvaluation, 1)
		if ok && t.f < o.at.F {
			t, ok = o.evaluateTrial(e, &o.line, optimize.GradEvaluation, 1)
		}
		switch {
		case !ok:
			return false
		case t.f < o.at.F && t.finite():
			o.predicted = predicted
			return o.takeTrial(e, t)
		case t.f-o.at.F < predicted:
			level++
		}
		o.radius = o.shrink(t, slope) * o.length
		if !o.shorten(h, o.d, o.at.X, o.at.Gradient) {
			return false
		}
		slope = o.reducer.Dot(o.d, o.at.Gradient)
	}
	o.radius = radius
	return o.shorten(h, o.d, o.at.X, o.at.Gradient) && o.along(e, ls, 1, o.reducer.Dot(o.d, o.at.Gradient))
}

// takeTrial accepts a trial. The model has its minimum there if τ = 0. If the slope is more than half
// that at the start, the Hessian is too large along d, and takeTrial tries the length where the slope is
// zero if it is linear.
func (o *Newton) takeTrial(e *evaluator, t trial) (found bool) {
	l := &o.line
	if o.tau == 0 && t.slope < l.slope/2 {
		o.doubts = doubtful
		length := l.slope / (l.slope - t.slope)
		if 0 < length && isFinite(length) {
			o.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, length)
		}
	}
	return e.status == optimize.NotTerminated && o.completeTrial(e, l.best, l.least)
}

// isFlat returns whether H is singular to rounding, or too large along a recent step, and predicts for
// no coordinate that f falls by more than its rounding. The errors of H are then larger than the step.
func (o *Newton) isFlat() bool {
	singular := len(o.values) > 0 && math.Abs(o.values[0]) <= float64(len(o.d))*epsilon*kernel.AbsMax(o.values)
	if !singular && o.doubts == 0 {
		return false
	}
	for i, g := range o.at.Gradient {
		if float64(g*g)/2 > float64(o.resolution()*math.Abs(o.h[i*len(o.d)+i])) {
			return false
		}
	}
	return true
}

// shrink returns the factor on Δ after a step that does not lower f: where the parabola through f, its
// slope and the trial has its minimum, between 1/10 and 1/2.
func (o *Newton) shrink(t trial, slope float64) float64 {
	const least, most = 0.1, 0.5
	factor := slope / (2 * (slope - (t.f - o.at.F)))
	if !(factor > least) || !t.finite() {
		return least
	}
	return min(factor, most)
}

// learn updates Δ after a step within it.
func (o *Newton) learn(from, to optimize.Location) {
	if !o.modeled || !(o.predicted > 0) {
		return
	}
	o.doubts = max(0, o.doubts-1)
	rho := (from.F - to.F) / o.predicted
	switch {
	case rho <= badRatio:
		o.radius = o.length / 2
	case rho >= goodRatio && o.length > 0.8*o.radius:
		o.radius = radiusGrowth * o.length
	}
	o.predicted = 0
}
