package optim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/qr"
)

// LeastSquares minimises f(x) = ½‖r(x)‖², half the sum of the squares of m residuals, with their m
// × n Jacobian J. It fits models to data. Parameters may have bounds or be fixed, and a robust Loss
// may replace the square. With Damping > 0 LeastSquares is the method of Levenberg and Marquardt,
// in the form of Moré:
//
//	d: the minimum of ‖Jd + r‖² + μ‖Dd‖², with a μ ≥ 0 for which ‖Dd‖ ≤ Δ
//	x ← x + d if that lowers ‖r‖
//
// Δ is the radius of the trust region. If the step with μ = 0 (1e-12 if the rank of J is less than
// n) is within Δ, d is this step. Otherwise ‖Dd‖ = Δ, to 10 %. D is diagonal, so that the scale of
// a parameter does not matter. Dⱼⱼ is the norm of column j of J, or 0.98 times the last Dⱼⱼ if that
// is larger. At the first point Dⱼⱼ is larger for a parameter with little effect on r. Then the
// first step changes this parameter by little more than its size. The size sⱼ of a parameter is
// |xⱼ|, or 1 if xⱼ = 0. The first Δ is 8e-4/Damping·‖Ds‖.
//
// ρ is the ratio of the actual decrease of ‖r‖² to the decrease that the linear model predicts. If
// ρ ≤ ¼, Δ becomes 0.1 to 0.5 times the smaller of Δ and ‖Dd‖. If ρ ≥ ¾, or if ρ > ¼ and μ ≤ 1e-12,
// Δ becomes 2‖Dd‖. If ρ ≤ ¼ and μ > 0, d is first corrected for the curvature of r. The correction
// costs one evaluation of r, and is used if it lowers ‖r‖ at the trial. A trial at which r or J is
// not finite is rejected, and is not an error. d comes from a QR factorization of J with pivoting,
// and of R with √μD below it, never from JᵀJ. J may have any rank, and more columns than rows.
// LearningRate and Schedule are ignored.
//
// With Damping = 0 LeastSquares is the plain method of Gauss and Newton:
//
//	d: a minimum of ‖Jd + r‖²
//	x ← x + ηd
//
// with η = LearningRate · Schedule(t−1). Parameters that J does not determine stay as they are. The
// plain method also accepts a step that raises ‖r‖, except near a minimum.
//
// With Lower and Upper the parameters stay within lₖ ≤ xₖ ≤ uₖ. d is the minimum over all d with l ≤ x
// + d ≤ u, to rounding. One step can reach several bounds, and leave several. The residuals are
// evaluated within the bounds only. Where a bound is too near to x, the differences for J use the
// other side only. A start outside of the bounds is projected on them, in params. With Damping = 0 and
// η > 1, x + ηd is projected too. A parameter with Fixed[k], or with lₖ = uₖ, keeps its value. Its
// derivatives are 0, and are not evaluated by differences. Step panics if lₖ > uₖ, if a bound is NaN,
// lₖ = +Inf or uₖ = −Inf, and if Lower, Upper or Fixed has another length than params.
//
// With a Loss, f(x) is the sum of the losses ½C²ρ((rᵢ/C)²) of the residuals. In the formulas above rᵢ is
// replaced by ρ′/s·rᵢ, row i of J is multiplied by s = √max(ρ′ + 2zρ″, ρ′/4), and the actual decrease is
// that of 2f. Thus Jᵀr is the gradient of f, and JᵀJ is the second derivative of f without the second
// derivatives of r, except where the loss is concave or nearly so (Triggs). Residuals of weight 0 have
// no effect on d.
//
// Step evaluates r and J. It ignores the values in grads, which must have the length of params;
// params may be passed as grads. Step does not repeat evaluations of the last step at params. When
// f cannot be lowered any more, Step leaves params as they are, and Status returns the reason.
// There are no tolerances to choose, and the reasons do not depend on the scale of r or x:
//
//	GradientThreshold    r is orthogonal to every column of J, up to rounding, except for those of
//	                     parameters that are fixed, or at a bound beyond which f would fall
//	FunctionConvergence  r = 0, or f cannot be lowered by more than its rounding error
//	StepConvergence      the step does not change x, or near a minimum no step lowers ‖r‖
//	Failure              Err returns the reason
//
// Lower, Upper, Fixed and Loss belong to the problem, as the residuals do. Marshal does not save them.
// After they have been changed, the next Step evaluates r and J again.
//
// The state is five vectors of n numbers. The workspace is J, three vectors of m numbers, or five if
// jac is nil, three more with a Loss, and O(n²) numbers for the factors. If m > n + 512, J is
// factorized by blocks of 512 rows, at most 16 blocks at a time. From about 2¹⁸ elements of J on,
// several goroutines share the work. The bits do not depend on the processor or on the number of
// goroutines.
//
// References:
//
//   - K. Levenberg, A method for the solution of certain non-linear problems in least squares,
//     1944
//   - D. W. Marquardt, An algorithm for least-squares estimation of nonlinear parameters, 1963,
//     doi:10.1137/0111030
//   - J. J. Moré, The Levenberg-Marquardt algorithm: implementation and theory, 1978,
//     doi:10.1007/BFb0067700 (D, Δ and QR)
//   - M. K. Transtrum and J. P. Sethna, Improvements to the Levenberg-Marquardt algorithm for
//     nonlinear least-squares minimization, 2012, arXiv:1201.5885 (the correction)
//   - P. B. Stark and R. L. Parker, Bounded-variable least-squares: an algorithm and applications,
//     1995 (d with bounds)
//   - B. Triggs, P. F. McLauchlan, R. I. Hartley and A. W. Fitzgibbon, Bundle adjustment: a modern
//     synthesis, 2000, doi:10.1007/3-540-44480-7_21 (s)
type LeastSquares struct {
	LearningRate float64  // η ≥ 0; default 1; ignored unless Damping is 0
	Damping      float64  // ≥ 0; 1e-3 by NewLevenbergMarquardt; a smaller value makes the first Δ larger; 0 by NewGaussNewton: no damping
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1; ignored unless Damping is 0

	Lower, Upper []float64 // l ≤ u, one bound for each parameter, −Inf or +Inf where there is none; nil: no bounds
	Fixed        []bool    // whether each parameter keeps its value; nil: none does
	Loss         Loss      // of a residual; default the square

	driver
	residuals
	lossWeights
	x       []float64 // the parameters after the last Step
	largest []float64 // D
	mu      float64   // μ
	radius  float64   // Δ; 0 before the first step
	stencil stencil   // of J(x), if that is by differences
	end     ending
	subject int // the index of the residual or of the parameter that end refers to

	// What follows is not saved. After a restore it is evaluated again.
	current      bool        // r, norm and factors belong to x
	intact       bool        // jac and weighted belong to x
	r            []float64   // r(x)
	norm         float64     // √(2f(x)), which is ‖r(x)‖ without a loss
	jac          *mat.Dense  // J(x), weighted
	size         float64     // ‖r(x)‖, weighted
	factors      *qr.Factors // of jac
	weighted     []float64   // r(x), weighted
	model        model       // solves the linear problems: factors, or bounded
	bounded      *qr.Bounded // factors with bounds
	free         *qr.Factors // of the columns of jac that belong to free parameters
	freeCount    int         // the number of free parameters
	below, above []float64   // the distances of the bounds from x
	d, trial     []float64   // the step, and the point that it leads to
	trialR       []float64   // r(trial)
	next         stencil     // of J(trial)
	scaled       []float64   // Dd
	length       float64     // ‖Dd‖
	bent         []float64   // the trial, corrected for the curvature of r
	bentR        []float64   // r(bent)

	eval evaluator         // outside of Minimize
	here optimize.Location // within Minimize
}

// NewLevenbergMarquardt returns the damped method with Damping = 1e-3. Begin with this method.
//
// m is the number of residuals. residual writes r(x) to dst, which has length m. jac writes J(x) to
// dst, which has m rows and a column for each parameter, and is zero before the call. If jac is
// nil, J is computed by differences. A Jacobian by forward differences costs one evaluation of the
// residuals for each parameter. At the first point and at the end the differences are central, and
// cost two evaluations or more for each parameter, since their steps are adapted to r. The
// functions must not change x. NewLevenbergMarquardt panics if m < 1 or residual is nil.
func NewLevenbergMarquardt(m int, residual func(dst, x []float64), jac func(dst *mat.Dense, x []float64)) *LeastSquares {
	return newLeastSquares("NewLevenbergMarquardt", defaultDamping, m, residual, jac)
}

// NewGaussNewton returns the plain method: Damping = 0 and LearningRate = 1. The arguments are
// those of [NewLevenbergMarquardt].
func NewGaussNewton(m int, residual func(dst, x []float64), jac func(dst *mat.Dense, x []float64)) *LeastSquares {
	return newLeastSquares("NewGaussNewton", 0, m, residual, jac)
}

func newLeastSquares(constructor string, damping float64, m int, residual func(dst, x []float64), jac func(dst *mat.Dense, x []float64)) *LeastSquares {
	if m < 1 {
		panic(fmt.Sprintf("optim: %s: m = %d, want at least 1", constructor, m))
	}
	if residual == nil {
		panic(fmt.Sprintf("optim: %s: the residual is nil", constructor))
	}
	o := made(&LeastSquares{LearningRate: 1, residuals: residuals{m: m, residual: residual, derivatives: jac}})
	o.Damping = damping
	return o
}

// defaultDamping is Damping by NewLevenbergMarquardt.
const defaultDamping = 1e-3

// Step implements Optimizer. It ignores the values in grads.
func (o *LeastSquares) Step(params, grads []float64) {
	o.expect(len(params), len(grads))
	if len(params) > 0 {
		o.iterate(params, &o.eval)
	}
}

// SumSquares returns 2f at the parameters after the last Step, which is ‖r‖² without a Loss. Before
// the first Step it returns NaN.
func (o *LeastSquares) SumSquares() float64 {
	if o.evaluateRestored() != nil {
		return math.NaN()
	}
	return float64(o.norm * o.norm)
}

func (o *LeastSquares) expect(n, grads int) {
	o.fit(o, n, grads)
	o.limits(n)
	o.rate()
}

func (o *LeastSquares) rate() float64 {
	checkNonNegative("LeastSquares", "Damping", o.Damping)
	return o.scheduled("LeastSquares", o.LearningRate, o.Schedule)
}

// evaluateRestored evaluates the residuals and the Jacobian after a restore. It returns an error if
// there was no step from a point where both are finite.
func (o *LeastSquares) evaluateRestored() error {
	if !o.current && o.t > 0 && o.end != endBadResidual && o.end != endBadJacobian {
		end, subject := o.end, o.subject
		o.evaluateStart(slices.Clone(o.x), &o.eval)
		if o.current {
			o.end, o.subject = end, subject
		}
	}
	if !o.current {
		return errors.New("optim: LeastSquares: no step was taken from a point with finite residuals and Jacobian")
	}
	return nil
}

func (o *LeastSquares) visit(a *walk) {
	a.Type("LeastSquares", 1)
	a.Settings(&o.LearningRate, &o.Damping)
	a.Same("residuals", o.m)
	o.visitDriver(a)
	a.Vectors(&o.x, &o.largest)
	a.Vectors(&o.stencil.size, &o.stencil.bend, &o.stencil.step)
	a.State(&o.mu, &o.radius)
	kind, end, subject := a.Count(int(o.stencil.kind)), a.Count(int(o.end)), a.Count(o.subject)
	if kind >= int(kindsOfDifferences) {
		a.Fail("differences %d", kind)
	}
	if end >= int(endings) || subject >= max(o.m, a.Params()) {
		a.Fail("end %d with index %d", end, subject)
	}
	if a.Assigning() {
		o.stencil.kind, o.end, o.subject, o.current = differences(kind), ending(end), subject, false
	}
}
