package optim

import "math"

// The trust region of Moré 1978. The step d is the minimum of ‖Jd + r‖ with ‖Dd‖ ≤ Δ, to a tenth of
// Δ. d solves the damped problem for some μ ≥ 0. If the full step is short enough, μ is 0.

const (
	// radiusTolerance is the error of ‖Dd‖, relative to Δ.
	radiusTolerance = 0.1
	// maxSolutions is the largest number of damped problems that a trial solves.
	maxSolutions = 10
	// leastDamping is the least μ where J does not determine all parameters.
	leastDamping = 1e-12
	// badRatio and goodRatio are the values of ρ up to which Δ shrinks, and from which it grows.
	badRatio, goodRatio = 0.25, 0.75

	// firstRadius is the first Δ, times the field Damping and relative to ‖Ds‖, where s is the size
	// of the parameters. Δ is 0.8‖Ds‖ by default. MINPACK has 100‖Dx‖. With a shorter first step
	// fewer terms of a model vanish.
	firstRadius = 0.8 * defaultDamping
	// leastScale is the least first Dⱼsⱼ, relative to the largest one. A parameter with less effect
	// changes by little more than its size in the first step.
	leastScale = 0.5
	// maxScale is the largest first Dⱼ, relative to the norm of column j. The size of a parameter
	// that starts near zero means little.
	maxScale = 1e6
	// scaleFade is the factor on D at a step. D follows the columns of J over hundreds of steps, so
	// that the columns at a far start do not restrict the steps for ever.
	scaleFade = 0.98

	// maxBend is the largest ‖Dδ‖/‖Dd‖ of a correction δ for the curvature of r. M. K. Transtrum
	// and J. P. Sethna, Improvements to the Levenberg-Marquardt algorithm for nonlinear
	// least-squares minimization, 2012, arXiv:1201.5885, section 4.
	maxBend = 0.75 / 2
)

// startScale raises the first D, which are the norms of the columns of J, by leastScale.
func (o *LeastSquares) startScale(x []float64) {
	top := 0.0
	for j, c := range o.factors.Norms {
		top = max(top, c*math.Abs(x[j]))
	}
	for j, c := range o.factors.Norms {
		o.largest[j] = max(o.largest[j], min(leastScale*top/o.stencil.size[j], maxScale*c))
	}
}

// startRadius sets the first Δ.
func (o *LeastSquares) startRadius() {
	o.radius = firstRadius / o.Damping * o.scaledNorm(o.stencil.size)
}

// updateScale sets D to factor·D, or to the norms of the columns of J if they are larger.
func (o *LeastSquares) updateScale(factor float64) {
	for j, c := range o.factors.Norms {
		o.largest[j] = max(c, factor*o.largest[j])
	}
}

// solve sets d to the step within Δ, and returns the decrease of ‖r‖² that the linear model
// predicts, divided by ‖r‖². If J does not determine all parameters, μ is at least leastDamping, so
// that d is near the shortest minimum.
func (o *LeastSquares) solve(x []float64) (gain float64) {
	if !(0 < o.radius && isFinite(o.radius)) {
		o.startScale(x)
		o.startRadius()
	}
	least := 0.0
	if o.free.Rank < o.freeCount {
		least = leastDamping
	}
	gain = o.damp(least)
	if o.length <= (1+radiusTolerance)*o.radius {
		o.mu = least
		return gain
	}
	return o.findDamping(least)
}

// findDamping finds μ > low with ‖Dd‖ = Δ, where length is ‖Dd‖ at low. 1/‖Dd‖ is a nearly linear
// function of μ, and is interpolated (Moré 1978, section 5). μ is at most (‖r‖/2Δ)², since σ/(σ²+μ)
// ≤ 1/(2√μ) for each singular value σ of JD⁻¹.
func (o *LeastSquares) findDamping(low float64) (gain float64) {
	root := o.size / (2 * o.radius)
	high := float64(root * root)
	from, reciprocal := low, 1/o.length
	for solutions := 1; ; solutions++ {
		if !(low < o.mu && o.mu < high) {
			o.mu = max(1e-3*high, math.Sqrt(low)*math.Sqrt(high))
		}
		gain = o.damp(o.mu)
		if math.Abs(o.length-o.radius) <= radiusTolerance*o.radius || solutions == maxSolutions {
			return gain
		}
		slope := (1/o.length - reciprocal) / (o.mu - from)
		if o.length > o.radius {
			low, from, reciprocal = o.mu, o.mu, 1/o.length
		} else {
			high = o.mu
		}
		o.mu = from + (1/o.radius-reciprocal)/slope
	}
}

// damp sets d to the step with damping μ. It returns the predicted decrease of f, relative to f.
func (o *LeastSquares) damp(mu float64) (gain float64) {
	gain = o.model.Minimize(o.d, mu, o.largest)
	o.length = o.scaledNorm(o.d)
	share := o.size / o.norm
	return float64(gain * float64(share*share))
}

// model solves the linear problems of a step.
type model interface {
	// Minimize sets d to the minimum of ‖Jd + r‖² + μ‖Dd‖² and returns the decrease of ‖Jd + r‖²
	// relative to ‖r‖².
	Minimize(d []float64, mu float64, diagonal []float64) (gain float64)
	// SolveAgain sets d to −(JᵀJ + μD²)⁻¹g with the μ > 0 of the last Minimize.
	SolveAgain(d, g []float64)
}

// scaledNorm returns ‖Dd‖.
func (o *LeastSquares) scaledNorm(d []float64) float64 {
	for j, v := range d {
		o.scaled[j] = o.largest[j] * v
	}
	return euclideanNorm(o.scaled)
}

// ratio returns ρ of a trial with the given ‖r‖.
func (o *LeastSquares) ratio(trialNorm, gain float64) float64 {
	q := trialNorm / o.norm
	return float64((1-q)*(1+q)) / gain
}

// updateRadius updates Δ after a trial with the given ‖r‖ and returns ρ. Moré 1978, section 4.
func (o *LeastSquares) updateRadius(trialNorm, gain float64) (rho float64) {
	rho = o.ratio(trialNorm, gain)
	switch {
	case !(rho > badRatio):
		factor := o.shrink(trialNorm/o.norm, gain)
		o.radius = factor * min(o.radius, o.length)
		o.mu /= factor
	case rho >= goodRatio || o.mu <= leastDamping:
		o.radius = 2 * o.length
		o.mu /= 2
	}
	return rho
}

// shrink returns the factor on Δ after a bad trial, which has changed ‖r‖ by the factor q: where
// the parabola through ‖r‖², its slope along d and its value at the trial has its minimum, between
// 1/10 and 1/2.
func (o *LeastSquares) shrink(q, gain float64) float64 {
	const least, most = 0.1, 0.5
	if q <= 1 {
		return most
	}
	damped := o.length / o.norm
	slope := gain - float64(o.mu*float64(damped*damped)) // −½ times the slope of ‖r‖², divided by ‖r‖²
	factor := slope / (2*slope + float64((q-1)*(q+1)))
	if !(q < 10 && factor > least) {
		return least
	}
	return min(factor, most)
}

// isCurved returns whether a trial is bad and a correction for the curvature of r along d is
// possible.
func (o *LeastSquares) isCurved(trialNorm, gain float64) bool {
	return o.mu > 0 && o.intact && isFinite(trialNorm) && !(o.ratio(trialNorm, gain) > badRatio)
}

// bendTrial corrects a trial for the curvature of r, if that lowers ‖r‖ there. c = r(x+d) − r − Jd
// is the error of the linear model at the trial. The correction δ is the minimum of ‖Jδ + c‖² +
// μ‖Dδ‖², half the geodesic acceleration of Transtrum and Sethna 2012, with the second derivative
// along d from r(x+d). It costs one evaluation of r, and ok is false if e does not allow it.
func (o *LeastSquares) bendTrial(x []float64, trialNorm float64, e *evaluator) (bentNorm float64, ok bool) {
	jacobianProduct(o.bentR, o.jac, o.d)
	for i, r := range o.trialR {
		o.bentR[i] = float64(o.row(i)*(r-o.r[i])) - o.bentR[i]
	}
	transposedProduct(o.scaled, o.jac, o.bentR)
	o.model.SolveAgain(o.bent, o.scaled)
	if !(o.scaledNorm(o.bent) <= maxBend*o.length) {
		return trialNorm, true
	}
	for j, d := range o.d {
		o.bent[j] = o.move(j, x[j], d+o.bent[j])
	}
	if !o.evaluate(e, o.bentR, o.bent) {
		return trialNorm, false
	}
	bentNorm = o.sizeOf(o.bentR)
	if !(bentNorm < trialNorm) {
		return trialNorm, true
	}
	o.trial, o.bent = o.bent, o.trial
	o.trialR, o.bentR = o.bentR, o.trialR
	return bentNorm, true
}
