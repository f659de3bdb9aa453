package optim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/qr"
)

const (
	// orthogonalCosine is the |cos| of an angle that is a right angle, up to the rounding errors of
	// a sum of products.
	orthogonalCosine = 8 * epsilon
	// minMu is the smallest μ. A smaller √μD is lost in the rounding of J, and takes many
	// rejections to grow again.
	minMu = epsilon * epsilon
	// minOffset is the relative offset at which steps end, if no other test has ended them before.
	minOffset = 1e-10
	// minEffect is the share of its norm that a column of J must keep. A column with less belongs
	// to a parameter that has evaporated.
	minEffect = 1e-6
)

// iterate takes a step from x. If e allows no further trial, x stays, and the next call continues.
// A nil e allows all.
func (o *LeastSquares) iterate(x []float64, e *evaluator) {
	if o.end.status() == optimize.Failure {
		return
	}
	o.eta = o.rate()
	// After an end there is nothing to do at x, even if J is not current.
	if !slices.Equal(x, o.x) || !o.current && o.end == endNone {
		o.evaluateStart(x)
	}
	o.count(len(x))
	switch {
	case o.end != endNone:
	case o.Damping > 0:
		o.dampedStep(x, e)
	default:
		o.plainStep(x, e)
	}
}

// evaluateStart evaluates the residuals and the Jacobian at x: the first point, a restored one, or
// one that the caller has changed.
func (o *LeastSquares) evaluateStart(x []float64) {
	o.allocate(len(x))
	o.current = false
	if !slices.Equal(x, o.x) { // they are equal after a restore, which restores size
		for i, v := range x {
			o.size[i] = math.Abs(v)
		}
	}
	copy(o.trial, x)
	norm := o.evaluateTrial()
	o.end = endNone
	if i := firstNonFinite(o.trialR); i >= 0 {
		o.end, o.subject = endBadResidual, i
		return
	}
	if i := o.moveToTrial(x, norm); i >= 0 {
		o.end, o.subject = endBadJacobian, i
	}
}

// allocate makes the state and the workspace for n parameters, where they are missing.
func (o *LeastSquares) allocate(n int) {
	if len(o.x) != n {
		o.x, o.largest, o.size = make([]float64, n), make([]float64, n), make([]float64, n)
	}
	if len(o.d) != n {
		o.r, o.trialR = make([]float64, o.m), make([]float64, o.m)
		o.trial, o.d = make([]float64, n), make([]float64, n)
		o.jac = mat.NewDense(o.m, n, nil)
		o.factors = qr.New(o.m, n)
	}
}

// dampedStep takes a step of the damped method: it raises μ until a trial lowers ‖r‖.
func (o *LeastSquares) dampedStep(x []float64, e *evaluator) {
	if !(minMu <= o.mu && o.mu <= math.MaxFloat64) || !(2 <= o.nu && o.nu <= math.MaxFloat64) {
		o.mu, o.nu = max(o.Damping, minMu), 2 // the first damped step
	}
	before := o.factors.Offset
	last := before*before <= epsilon // the full step lowers f by less than its rounding error
	for {
		gain := o.factors.SolveDamped(o.d, o.mu, o.largest)
		if !o.setTrial(x, 1) {
			o.endWithoutStep()
			return
		}
		if !o.allowed(e) {
			return
		}
		norm := o.evaluateTrial()
		ratio := norm / o.norm
		rho := float64((1-ratio)*(1+ratio)) / gain
		if (rho > 0 || last && ratio <= 1) && norm <= math.MaxFloat64 && o.acceptTrial(x, norm) < 0 {
			b := float64(2*rho) - 1
			o.mu, o.nu = max(o.mu*max(1.0/3, 1-float64(b*b*b)), minMu), 2 // Nielsen's rule
			improves := minOffset < o.factors.Offset && o.factors.Offset < before*7/8
			if last && o.end == endNone && !improves {
				o.end = endExact
			}
			return
		}
		o.mu, o.nu = o.mu*o.nu, o.nu*2
		if last {
			o.end = endExact
			return
		}
		if gain <= epsilon || o.mu > math.MaxFloat64 {
			o.endWithoutStep()
			return
		}
	}
}

// plainStep takes a step of the method without damping.
func (o *LeastSquares) plainStep(x []float64, e *evaluator) {
	if o.eta == 0 {
		return
	}
	o.factors.Solve(o.d)
	if !o.setTrial(x, 1) {
		o.end = endStill
		return
	}
	last := o.factors.Offset*o.factors.Offset <= epsilon // as in dampedStep
	o.setTrial(x, o.eta)
	if !o.allowed(e) {
		return
	}
	norm := o.evaluateTrial()
	if norm >= o.norm && (last || o.nearMinimum()) {
		o.end = endExact
		return
	}
	bad := max(firstNonFinite(o.trialR), 0) // 0 if only the norm overflows
	if norm <= math.MaxFloat64 {
		bad = o.acceptTrial(x, norm)
	}
	if bad >= 0 {
		o.end, o.subject = endAstray, bad
	} else if last && o.end == endNone {
		o.end = endExact
	}
}

// setTrial sets the trial to x + ηd, and returns whether it differs from x.
func (o *LeastSquares) setTrial(x []float64, eta float64) (differs bool) {
	for i, d := range o.d {
		o.trial[i] = x[i] + float64(eta*d)
		differs = differs || o.trial[i] != x[i]
	}
	return differs
}

// evaluateTrial evaluates the residuals at the trial and returns their norm.
func (o *LeastSquares) evaluateTrial() float64 {
	o.evaluate(o.trialR, o.trial)
	return kernel.Norm(o.trialR, kernel.SumSquares(o.trialR, 1))
}

// acceptTrial updates the magnitudes of the parameters and is moveToTrial after that.
func (o *LeastSquares) acceptTrial(x []float64, norm float64) (badRow int) {
	for i, v := range o.trial {
		// The factor lets the magnitude follow a parameter that shrinks, and lasts while it passes
		// through zero.
		o.size[i] = max(math.Abs(v), o.size[i]/8)
	}
	return o.moveToTrial(x, norm)
}

// moveToTrial evaluates the Jacobian at the trial, moves x there and returns −1. It also ends the
// steps if ‖r‖ cannot be lowered there. If the Jacobian is not finite, moveToTrial returns the row.
// If a parameter evaporates, it returns 0. Then x stays.
func (o *LeastSquares) moveToTrial(x []float64, norm float64) (badRow int) {
	o.jacobian(o.jac, o.trial, o.trialR, o.size)
	if bad := o.factors.Measure(o.jac, o.trialR, norm); bad >= 0 {
		return bad
	}
	if o.current && o.Damping > 0 && o.evaporates() {
		return 0
	}
	o.factors.Factorize()
	o.norm, o.current = norm, true
	o.r, o.trialR = o.trialR, o.r
	copy(o.x, o.trial)
	copy(x, o.trial)
	for j, c := range o.factors.Norms {
		if !(o.largest[j] >= c) { // Moré 1978, section 6
			o.largest[j] = c
		}
	}
	switch {
	case o.norm == 0:
		o.end = endExact
	case o.factors.Cosine <= orthogonalCosine:
		o.end = endFlat
	}
	return -1
}

// evaporates returns whether the trial takes a parameter away from zero to where it has next to no
// effect, as if it were infinite. No gradient leads back from there. M. K. Transtrum, B. B. Machta
// and J. P. Sethna, Geometry of nonlinear least squares with applications to sloppy models and
// optimization, 2011, arXiv:1010.1449.
func (o *LeastSquares) evaporates() bool {
	for j, c := range o.factors.Measured {
		if c < minEffect*o.factors.Norms[j] && math.Abs(o.trial[j]) > math.Abs(o.x[j]) {
			return true
		}
	}
	return false
}
