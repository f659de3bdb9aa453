package optim

import (
	"fmt"

	"gonum.org/v1/gonum/optimize"
)

// ending is the reason why the steps of a LeastSquares have ended. The numbers are part of the
// encoding.
type ending int

const (
	endNone        ending = iota // they have not ended
	endExact                     // r = 0, or f cannot be lowered by more than its rounding error
	endFlat                      // r is orthogonal to every column of J
	endStill                     // the step does not change x
	endBadResidual               // a residual is not finite at the start
	endBadJacobian               // the derivatives of a residual are not finite at the start
	endAstray                    // r or J is not finite after a plain step
	endFaded                     // a parameter has almost no effect on r any more
	endStuck                     // no step lowers ‖r‖, though J predicts it
	endings                      // the number of endings
)

func (e ending) status() optimize.Status {
	switch e {
	case endNone:
		return optimize.NotTerminated
	case endExact:
		return optimize.FunctionConvergence
	case endFlat:
		return optimize.GradientThreshold
	case endStill:
		return optimize.StepConvergence
	}
	return optimize.Failure
}

// atPoint returns whether the steps end at a point where r and J are finite.
func (e ending) atPoint() bool {
	return e != endNone && e != endBadResidual && e != endBadJacobian && e != endAstray
}

// Status returns the reason for which the steps have ended, or NotTerminated.
func (o *LeastSquares) Status() optimize.Status { return o.end.status() }

// Err returns an error if Status is Failure, and otherwise nil. The error is one of these: the
// residuals or the Jacobian are not finite at the given parameters, or after a step without
// damping; a parameter has almost no effect on the residuals any more; no step lowers ‖r‖ although
// J predicts it. After a failure Step leaves all params as they are, until [Reset].
func (o *LeastSquares) Err() error {
	if o.end.status() != optimize.Failure {
		return nil
	}
	step := fmt.Sprintf("optim: LeastSquares: step %d: ", o.t)
	switch o.end {
	case endBadResidual:
		return fmt.Errorf("%sresidual %d is not finite at the parameters before the step", step, o.subject)
	case endBadJacobian:
		return fmt.Errorf("%sthe derivatives of residual %d are not finite at the parameters before the step", step, o.subject)
	case endAstray:
		return fmt.Errorf("%sresidual %d or its derivatives are not finite after the step, which was undone; try Damping or a smaller LearningRate", step, o.subject)
	case endFaded:
		return fmt.Errorf("%sparameter %d has almost no effect on the residuals any more; try another start or more Damping", step, o.subject)
	default:
		return fmt.Errorf("%sno step lowers the residuals, although their Jacobian predicts it; check the Jacobian", step)
	}
}

const (
	// orthogonalCosine is the |cos| of an angle that is a right angle, up to the rounding errors of
	// a sum of products.
	orthogonalCosine = 8 * epsilon
	// minOffset is the relative offset at which steps end, if no other test has ended them before.
	minOffset = 1e-10
	// minEffect is the share of its norm that a column of J must keep. A column with less belongs
	// to a parameter that has almost no effect on r any more.
	minEffect = 1e-6
)

// endWithoutStep ends the steps when no damping lowers ‖r‖. The reason is rounding, or a parameter
// whose effect on r has decreased to almost nothing, or a Jacobian that is not that of the
// residuals.
func (o *LeastSquares) endWithoutStep() {
	if o.nearMinimum() {
		o.end = endStill
		return
	}
	o.end = endStuck
	for j, c := range o.factors.Norms {
		if c < minEffect*o.largest[j] {
			o.end, o.subject = endFaded, j
		}
	}
}

// nearMinimum returns whether r is nearly orthogonal to every column of J, or as small as the
// rounding errors of the terms of the linear model. In the first case the full step may predict a
// larger decrease, but J is nearly singular and the step too long to be of use.
func (o *LeastSquares) nearMinimum() bool {
	// The bound of D. M. Bates and D. G. Watts, A relative offset orthogonality convergence
	// criterion for nonlinear least squares, Technometrics 23, 1981, here for one column at a time.
	const nearCosine = 1e-3
	return o.free.Cosine <= nearCosine || o.size <= 1000*epsilon*o.terms()
}

// terms returns the norm of the terms Jⱼxⱼ of the linear model. r has rounding errors of ε times
// that.
func (o *LeastSquares) terms() float64 {
	for j, c := range o.factors.Norms {
		o.scaled[j] = float64(c * o.x[j])
	}
	return euclideanNorm(o.scaled)
}
