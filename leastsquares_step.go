package optim

import (
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/qr"
)

// iterate takes a step from x. If e allows no further evaluation, x stays, and the next call
// continues. Before a Jacobian by differences ends the steps, a more exact one replaces it.
func (o *LeastSquares) iterate(x []float64, e *evaluator) {
	if o.end.status() == optimize.Failure {
		return
	}
	o.eta = o.rate()
	if !o.begin(x, e) {
		return
	}
	o.count(len(x))
	switch {
	case o.end != endNone || o.rough() && o.lastStep():
	case o.Damping > 0:
		o.dampedStep(x, e)
	default:
		o.plainStep(x, e)
	}
	if o.rough() && (o.lastStep() || o.end.atPoint()) {
		o.refine(x, e)
	}
}

// rough returns whether J(x) consists of differences that could be more exact.
func (o *LeastSquares) rough() bool {
	return o.derivatives == nil && o.current && o.norm > 0 && o.stencil.kind != centralDifference
}

// lastStep returns whether the full step lowers f by less than its rounding error.
func (o *LeastSquares) lastStep() bool {
	return o.offset()*o.offset() <= epsilon+o.errorOfLoss()
}

// offset returns the root of the decrease of f by the full step that the linear model predicts,
// relative to f.
func (o *LeastSquares) offset() float64 { return o.free.Offset * (o.size / o.norm) }

// begin evaluates r and J at x, unless the last step did. After the end at x there is nothing to
// evaluate, even if J is not current.
func (o *LeastSquares) begin(x []float64, e *evaluator) (ok bool) {
	if slices.Equal(x, o.x) && (o.current && o.unchanged(x) || !o.current && o.end != endNone) {
		return true
	}
	return o.evaluateStart(x, e)
}

// evaluateStart evaluates the residuals and the Jacobian at x: the first point, a restored one, or
// one that the caller has changed.
func (o *LeastSquares) evaluateStart(x []float64, e *evaluator) (ok bool) {
	o.enter(x)
	o.allocate(len(x))
	restored := o.t > 0 && slices.Equal(x, o.x)
	o.current = false
	copy(o.trial, x)
	trialNorm, ok := o.evaluateTrial(e)
	if !ok {
		return false
	}
	o.end = endNone
	if i := firstNonFinite(o.trialR); i >= 0 {
		o.end, o.subject = endBadResidual, i
		return true
	}
	if restored {
		o.next.copy(&o.stencil)
		o.next.fixed = true
	} else {
		o.next.start(x)
	}
	bad, ok := o.moveToTrial(x, trialNorm, e)
	if ok && bad >= 0 {
		o.end, o.subject = endBadJacobian, bad
	}
	return ok
}

// allocate makes the state and the workspace for n parameters, where they are missing.
func (o *LeastSquares) allocate(n int) {
	if len(o.x) != n {
		o.x, o.largest = make([]float64, n), make([]float64, n)
	}
	if len(o.d) != n {
		o.r, o.trialR, o.bentR = make([]float64, o.m), make([]float64, o.m), make([]float64, o.m)
		o.trial, o.d, o.scaled, o.bent = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		o.jac = mat.NewDense(o.m, n, nil)
		o.factors = qr.New(o.m, n)
		o.bounded = nil
	}
	if o.lower != nil && o.bounded == nil {
		o.bounded = qr.NewBounded(o.m, n)
		o.below, o.above = make([]float64, n), make([]float64, n)
	}
	o.stencil.allocate(n)
	o.next.allocate(n)
}

// dampedStep takes a step of the damped method: it shrinks Δ until a trial lowers ‖r‖.
func (o *LeastSquares) dampedStep(x []float64, e *evaluator) {
	last, before, count := o.lastStep(), o.offset(), o.freeCount
	for {
		gain := o.solve(x)
		if !o.setTrial(x, 1) {
			o.endWithoutStep()
			return
		}
		trialNorm, ok := o.evaluateTrial(e)
		if !ok {
			return
		}
		if o.isCurved(trialNorm, gain) {
			trialNorm, ok = o.bendTrial(x, trialNorm, e)
			if !ok {
				return
			}
		}
		rho := o.updateRadius(trialNorm, gain)
		if (rho > 0 || last && trialNorm <= o.norm*(1+float64(o.errorOfLoss()/2))) && isFinite(trialNorm) {
			bad, ok := o.acceptTrial(x, trialNorm, e)
			if !ok {
				return
			}
			if bad < 0 {
				improves := minOffset < o.offset() && o.offset() < before*7/8
				released := o.freeCount > count
				if o.end == endNone && (last && !improves && !released || o.size <= epsilon*o.terms()) {
					o.end = endExact
				}
				return
			}
			o.radius = min(o.radius, o.length/4)
		}
		if last {
			o.end = endExact
			return
		}
		if gain <= epsilon || o.rough() && gain <= sqrtEpsilon || o.radius == 0 {
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
	o.model.Minimize(o.d, 0, o.largest)
	if !o.setTrial(x, 1) {
		o.end = endStill
		return
	}
	last := o.lastStep()
	o.setTrial(x, o.eta)
	trialNorm, ok := o.evaluateTrial(e)
	if !ok {
		return
	}
	if trialNorm >= o.norm && (last || o.nearMinimum()) {
		o.end = endExact
		return
	}
	bad := max(firstNonFinite(o.trialR), 0) // 0 if only ‖r‖ overflows
	if isFinite(trialNorm) {
		bad, ok = o.acceptTrial(x, trialNorm, e)
	}
	switch {
	case !ok:
	case bad >= 0:
		o.end, o.subject = endAstray, bad
	case last && o.end == endNone:
		o.end = endExact
	}
}

// setTrial sets the trial to x + ηd, and returns whether it differs from x.
func (o *LeastSquares) setTrial(x []float64, eta float64) (differs bool) {
	for i, d := range o.d {
		o.trial[i] = o.move(i, x[i], float64(eta*d))
		differs = differs || o.trial[i] != x[i]
	}
	return differs
}

// evaluateTrial evaluates the residuals at the trial and returns their norm.
func (o *LeastSquares) evaluateTrial(e *evaluator) (trialNorm float64, ok bool) {
	ok = o.evaluate(e, o.trialR, o.trial)
	return o.sizeOf(o.trialR), ok
}

// acceptTrial chooses the steps of the differences at the trial, calls moveToTrial, and updates D.
func (o *LeastSquares) acceptTrial(x []float64, trialNorm float64, e *evaluator) (badRow int, ok bool) {
	o.follow(o.trial, o.stencil.kind.after())
	badRow, ok = o.moveToTrial(x, trialNorm, e)
	if ok && badRow < 0 {
		o.updateScale(scaleFade)
	}
	return badRow, ok
}

// follow chooses the steps of the differences at the trial.
func (o *LeastSquares) follow(trial []float64, kind differences) {
	rounded := o.size // the norm of what is rounded: r, and for the last digits the terms of r
	if kind == centralDifference {
		rounded = max(rounded, o.terms())
	}
	o.next.follow(&o.stencil, trial, o.factors.Norms, rounded, kind)
}

// refine replaces J(x) by the most exact differences, and sets end to endNone. If these differences
// are not finite, the steps end.
func (o *LeastSquares) refine(x []float64, e *evaluator) {
	o.end = endNone
	copy(o.trial, x)
	copy(o.trialR, o.r)
	o.follow(x, centralDifference)
	if bad, ok := o.moveToTrial(x, o.norm, e); ok && bad >= 0 {
		o.end, o.subject = endBadJacobian, bad
		return
	}
	o.startRadius() // rough differences may have made Δ too small
}

// moveToTrial evaluates the Jacobian at the trial, moves x there and returns −1. It also ends the
// steps if ‖r‖ cannot be lowered there. If the Jacobian is not finite, moveToTrial returns the row,
// and x stays.
func (o *LeastSquares) moveToTrial(x []float64, trialNorm float64, e *evaluator) (badRow int, ok bool) {
	o.intact = false
	if !o.jacobian(e, o.jac, o.trial, o.trialR, &o.next) {
		return 0, false
	}
	weighted, size := o.weigh(o.jac, o.trialR, trialNorm)
	if bad := o.factors.Measure(o.jac, weighted, size); bad >= 0 {
		return bad, true
	}
	o.factors.Factorize()
	o.weighted, o.size = weighted, size
	o.norm, o.current, o.intact = trialNorm, true, true
	o.r, o.trialR = o.trialR, o.r
	o.stencil, o.next = o.next, o.stencil
	copy(o.x, o.trial)
	copy(x, o.trial)
	o.updateScale(1)
	o.divide(x)
	switch {
	case o.norm == 0:
		o.end = endExact
	case o.free.Cosine <= orthogonalCosine:
		o.end = endFlat
	}
	return -1, true
}
