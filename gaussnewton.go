package optim

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// GaussNewton fits: it minimises f(x) = ½‖r(x)‖², half the sum of the squares of
// m residuals, with their Jacobian J, by the method of Levenberg and Marquardt.
//
//	d: min ‖Jd + r‖² + μ‖Dd‖²
//	x ← x + d if that makes ‖r‖ smaller
//
// D holds the largest norms that the columns of J have had so far, so that the
// scale of a parameter does not matter, and μ, at first Damping, follows the
// ratio ρ of what ‖r‖² has lost to what it would have if r were linear: it
// becomes μ·max(⅓, 1−(2ρ−1)³) after a step that was taken, and is raised by
// factors of 2, 4, 8, … until one is. A trial at which r or J is not finite has
// gone too far, and is no error. d comes from a QR factorization of J with
// pivoting, and of that with √μD below it, never from JᵀJ; J may have any rank,
// and more columns than rows.
//
// With Damping = 0 it is the plain method of Gauss and Newton,
//
//	d: min ‖Jd + r‖²
//	x ← x + ηd
//
// with η = LearningRate · Schedule(t−1), which takes every step, uphill too.
// LearningRate and Schedule have no part in the damped method.
//
// A Step evaluates r and J by itself: it does not look at grads, which only must
// have the length of params (params itself will do). What is known from the step
// before is not evaluated again. Status says whether there is more to gain; when
// there is not, Step leaves params alone. The tests have no tolerances to choose,
// and do not depend on the scale of r or x:
//
//	GradientThreshold    r is at right angles to every column of J, but for rounding
//	FunctionConvergence  r = 0, or the full step cannot make f smaller, but for rounding
//	StepConvergence      the step no longer changes x
//	Failure              see Err
//
// It keeps three vectors, besides workspace for J and its factors, some 3mn + 2n²
// numbers. The algebra is gonum's, whose last bits differ between kinds of
// processors.
//
// K. Levenberg, A method for the solution of certain non-linear problems in least
// squares, 1944; D. W. Marquardt, An algorithm for least-squares estimation of
// nonlinear parameters, 1963, doi:10.1137/0111030; J. J. Moré, The
// Levenberg-Marquardt algorithm: implementation and theory, 1978,
// doi:10.1007/BFb0067700 (D, and QR); H. B. Nielsen, Damping parameter in
// Marquardt's method, IMM-REP-1999-05, 1999 (μ).
type GaussNewton struct {
	LearningRate float64  // η, at least 0, 1; not used with damping
	Damping      float64  // first μ, at least 0, 1e-3; less trusts the start more; 0 is no damping
	Schedule     Schedule // factor on η by step; nil is 1

	driver
	residuals
	x, largest, size []float64 // where the last Step left params; D; of a parameter, for differences
	mu, nu           float64   // μ, and the factor that the next rejection raises it by
	end              ending
	where            int // what the end is about
	known            bool
	r, trialR        []float64 // residuals at x, and at
	trial, d         []float64 // x + d
	norm             float64   // ‖r‖
	jac              *mat.Dense
	factors          factors                              // of the Jacobian at x
	here             place                                // within Minimize
	told             struct{ evaluations, jacobians int } // what Minimize knows of
}

// NewGaussNewton returns the method for m residuals, which residual writes to
// dst. jac writes their derivatives to dst, m rows and a column for each
// parameter, all zero before; if it is nil, they are taken by central
// differences, which costs 2 evaluations of the residuals a parameter. Neither
// may change x.
func NewGaussNewton(m int, residual func(dst, x []float64), jac func(dst *mat.Dense, x []float64)) *GaussNewton {
	if m < 1 || residual == nil {
		panic(fmt.Sprintf("optim: NewGaussNewton: m = %d, residual is nil: %t, want at least 1 and a function", m, residual == nil))
	}
	return &GaussNewton{LearningRate: 1, Damping: 1e-3, residuals: residuals{m: m, residual: residual, derivatives: jac}}
}

// Step implements Optimizer. It does not look at grads.
func (o *GaussNewton) Step(params, grads []float64) {
	o.expect(params, grads)
	if len(params) > 0 {
		o.iterate(params, nil)
	}
}

// advance is a Step within Minimize: evaluations of the residuals count as those
// of the value, and Jacobians as gradients.
func (o *GaussNewton) advance(e *evaluator) optimize.Status {
	o.iterate(o.here.x, e)
	o.report(e)
	if e.status != optimize.NotTerminated && o.Status() == optimize.NotTerminated {
		return e.status
	}
	return o.Status()
}

func (o *GaussNewton) found() place {
	clear(o.here.g)
	for i, r := range o.r {
		kernel.AddScaled(o.here.g, o.jac.RawRowView(i), r)
	}
	o.here.f = kernel.SumSquares(o.r, 1) / 2
	return o.here
}

func (o *GaussNewton) settle(at place) {
	o.expect(at.x, at.g)
	o.here = place{slices.Clone(at.x), slices.Clone(at.g), at.f}
	o.told.evaluations, o.told.jacobians = o.evaluations, o.jacobians // of Problem, counted already
}

func (o *GaussNewton) needs() (grad, hess bool) { return false, false }

func (o *GaussNewton) searches() bool { return true }

// Status says why steps have ended, or NotTerminated.
func (o *GaussNewton) Status() optimize.Status { return o.end.status() }

// Err says what went wrong when Status is Failure: the residuals or the Jacobian
// were not finite where the steps began, or no step is of use. It stays, and
// Step leaves params alone, until Reset.
func (o *GaussNewton) Err() error {
	if o.end.status() != optimize.Failure {
		return nil
	}
	at := fmt.Sprintf("optim: GaussNewton: step %d: ", o.t)
	switch o.end {
	case badResidual:
		return fmt.Errorf("%sresidual %d is not finite at the parameters that the step began with", at, o.where)
	case badJacobian:
		return fmt.Errorf("%sthe derivatives of residual %d are not finite at the parameters that the step began with", at, o.where)
	case astray:
		return fmt.Errorf("%sresidual %d or its derivatives were not finite after it, and it was taken back; Damping or a smaller LearningRate may help", at, o.where)
	case faded:
		return fmt.Errorf("%sparameter %d has next to no effect on the residuals any more; another start or more Damping may help", at, o.where)
	default:
		return fmt.Errorf("%snothing makes the residuals smaller, although their Jacobian says so; is it theirs?", at)
	}
}

// SumSquares is ‖r‖² where the last Step left the parameters, and NaN before the
// first.
func (o *GaussNewton) SumSquares() float64 {
	if o.know() != nil {
		return math.NaN()
	}
	return float64(o.norm * o.norm)
}

func (o *GaussNewton) expect(params, grads []float64) {
	o.fit(o, params, grads)
	o.check()
}

func (o *GaussNewton) check() float64 {
	checkNonNegative("GaussNewton", "Damping", o.Damping)
	return o.scheduled("GaussNewton", o.LearningRate, o.Schedule)
}

const (
	// orthogonal is the cosine below which r is at right angles to a column: some
	// roundings of a sum of products.
	orthogonal = 8 * epsilon
	// leastMu is where √μD is lost beside J; less of it would have to be undone.
	leastMu = epsilon * epsilon
	// converged is the bound of D. M. Bates and D. G. Watts, A relative offset
	// orthogonality convergence criterion for nonlinear least squares,
	// Technometrics 23, 1981, here for one column at a time.
	converged = 1e-3
	// leastOffset is where steps end, if they have not before.
	leastOffset = 1e-10
	// leastEffect is what must be left of a column after a step.
	leastEffect = 1e-6
)

// report tells e what has been evaluated since the last time.
func (o *GaussNewton) report(e *evaluator) {
	e.stats.FuncEvaluations += o.evaluations - o.told.evaluations
	e.stats.GradEvaluations += o.jacobians - o.told.jacobians
	o.told.evaluations, o.told.jacobians = o.evaluations, o.jacobians
}

// allowed is whether the residuals may be evaluated at another trial.
func (o *GaussNewton) allowed(e *evaluator) bool {
	if e == nil {
		return true
	}
	o.report(e)
	return e.may(e.stats.FuncEvaluations, e.limits.FuncEvaluations, optimize.FunctionEvaluationLimit) &&
		e.may(e.stats.GradEvaluations, e.limits.GradEvaluations, optimize.GradientEvaluationLimit)
}

// iterate is Step. If e does not allow another trial, x stays where it is, and
// the next call goes on.
func (o *GaussNewton) iterate(x []float64, e *evaluator) {
	if o.end.status() == optimize.Failure {
		return
	}
	o.eta = o.check()
	if !o.at(x) {
		o.arrive(x)
	}
	o.count(len(x))
	switch {
	case o.end != moving:
	case o.Damping > 0:
		o.damped(x, e)
	default:
		o.plain(x, e)
	}
}

// at is whether everything that steps ask for is known about x.
func (o *GaussNewton) at(x []float64) bool {
	return slices.Equal(x, o.x) && (o.known || o.end != moving)
}

// arrive evaluates the residuals and the Jacobian at x, which is not where a
// step went.
func (o *GaussNewton) arrive(x []float64) {
	o.make(len(x))
	o.known = false
	if !slices.Equal(x, o.x) { // as it is in one that was restored
		for i, v := range x {
			o.size[i] = math.Abs(v)
		}
	}
	o.evaluate(o.trialR, x)
	o.end = moving
	if o.where = notFinite(o.trialR); o.where >= 0 {
		o.end = badResidual
		return
	}
	copy(o.trial, x)
	if o.where = o.accept(x); o.where >= 0 {
		o.end = badJacobian
	}
}

// make makes what is not there for n parameters.
func (o *GaussNewton) make(n int) {
	if len(o.x) != n {
		o.x, o.largest, o.size = make([]float64, n), make([]float64, n), make([]float64, n)
	}
	if len(o.d) != n {
		o.r, o.trialR = make([]float64, o.m), make([]float64, o.m)
		o.trial, o.d = make([]float64, n), make([]float64, n)
		o.jac = mat.NewDense(o.m, n, nil)
		o.factors = newFactors(o.m, n)
	}
}

// accept moves to the trial and returns −1, unless the Jacobian is not finite
// there, then it returns the row, or a parameter evaporates.
func (o *GaussNewton) accept(x []float64) int {
	o.jacobian(o.jac, o.trial, o.trialR, o.size)
	norm := kernel.Norm(o.trialR, kernel.SumSquares(o.trialR, 1))
	if bad := o.factors.measure(o.jac); bad >= 0 {
		return bad
	}
	if o.known && o.Damping > 0 && o.evaporates() {
		return 0
	}
	o.factors.factorize(o.jac, o.trialR, norm)
	o.norm, o.known = norm, true
	o.r, o.trialR = o.trialR, o.r
	copy(o.x, o.trial)
	copy(x, o.trial)
	for j, c := range o.factors.norms {
		if !(o.largest[j] >= c) { // Moré 1978, section 6
			o.largest[j] = c
		}
	}
	switch {
	case o.norm == 0:
		o.end = exact
	case o.factors.cosine <= orthogonal:
		o.end = flat
	}
	return -1
}

// evaporates is whether a parameter has left for where it is without effect, as
// if it were infinite: from there no gradient leads back. M. K. Transtrum, B. B.
// Machta and J. P. Sethna, Geometry of nonlinear least squares with applications
// to sloppy models and optimization, 2011, arXiv:1010.1449.
func (o *GaussNewton) evaporates() bool {
	for j, c := range o.factors.next {
		if c < leastEffect*o.factors.norms[j] && math.Abs(o.trial[j]) > math.Abs(o.x[j]) {
			return true
		}
	}
	return false
}

// take is accept for a trial that a step has led to.
func (o *GaussNewton) take(x []float64) int {
	for i, v := range o.trial {
		// What a parameter has been counts for less with every step: it may go
		// through zero on its way, or begin far off.
		o.size[i] = max(math.Abs(v), o.size[i]/8)
	}
	return o.accept(x)
}

// damped takes a step of the damped method.
func (o *GaussNewton) damped(x []float64, e *evaluator) {
	if !(leastMu <= o.mu && o.mu <= math.MaxFloat64) || !(2 <= o.nu && o.nu <= math.MaxFloat64) {
		o.mu, o.nu = max(o.Damping, leastMu), 2 // the first
	}
	before := o.factors.offset
	last := before*before <= epsilon // beyond it, f is rounding
	for {
		gain := o.factors.damped(o.d, o.mu, o.largest, o.norm)
		if !o.move(x, 1) {
			o.rest()
			return
		}
		if !o.allowed(e) {
			return
		}
		norm := o.look()
		ratio := norm / o.norm
		rho := float64((1-ratio)*(1+ratio)) / gain
		if (rho > 0 || last && ratio <= 1) && norm <= math.MaxFloat64 && o.take(x) < 0 {
			// Nielsen's rule
			b := float64(2*rho) - 1
			o.mu, o.nu = max(o.mu*max(1.0/3, 1-float64(b*b*b)), leastMu), 2
			if last && o.end == moving && !(leastOffset < o.factors.offset && o.factors.offset < before*7/8) {
				o.end = exact
			}
			return
		}
		switch o.mu, o.nu = o.mu*o.nu, o.nu*2; {
		case last:
			o.end = exact
			return
		case gain <= epsilon || o.mu > math.MaxFloat64:
			o.rest()
			return
		}
	}
}

// plain takes a step of the method without damping.
func (o *GaussNewton) plain(x []float64, e *evaluator) {
	if o.eta == 0 {
		return
	}
	o.factors.solve(o.d)
	if !o.move(x, 1) {
		o.end = still
		return
	}
	last := o.factors.offset*o.factors.offset <= epsilon
	if o.move(x, o.eta); !o.allowed(e) {
		return
	}
	norm := o.look()
	switch {
	case norm >= o.norm && (last || o.settled()):
		o.end = exact
		return
	case norm <= math.MaxFloat64:
		o.where = o.take(x)
	default:
		o.where = max(notFinite(o.trialR), 0)
	}
	if o.where >= 0 {
		o.end = astray
	} else if last && o.end == moving {
		o.end = exact
	}
}

// move sets the trial to x + ηd, and returns whether that is another point.
func (o *GaussNewton) move(x []float64, eta float64) (moves bool) {
	for i, d := range o.d {
		o.trial[i] = x[i] + float64(eta*d)
		moves = moves || o.trial[i] != x[i]
	}
	return moves
}

// look evaluates the residuals at the trial and returns their norm.
func (o *GaussNewton) look() float64 {
	o.evaluate(o.trialR, o.trial)
	return kernel.Norm(o.trialR, kernel.SumSquares(o.trialR, 1))
}

// rest ends the steps, when none makes ‖r‖ smaller. Either that is rounding, or a
// parameter has evaporated bit by bit, or r and J do not belong together.
func (o *GaussNewton) rest() {
	if o.settled() {
		o.end = still
		return
	}
	o.end = stuck
	for j, c := range o.factors.norms {
		if c < leastEffect*o.largest[j] {
			o.end, o.where = faded, j
		}
	}
}

// settled is whether r is all but at right angles to the columns of J (the full
// step would gain more, but where J is all but singular it is out of reach), or
// so small beside the terms that it is made of that it is rounding itself.
func (o *GaussNewton) settled() bool {
	terms := 0.0
	for j, c := range o.factors.norms {
		terms += float64(c * math.Abs(o.x[j]))
	}
	return o.factors.cosine <= converged || o.norm <= 1000*epsilon*terms
}

// know evaluates what a restored optimizer does not have.
func (o *GaussNewton) know() error {
	if !o.known && len(o.x) > 0 && o.end != badResidual && o.end != badJacobian {
		end, where := o.end, o.where
		o.arrive(append([]float64(nil), o.x...))
		if o.known {
			o.end, o.where = end, where
		}
	}
	if !o.known {
		return fmt.Errorf("optim: GaussNewton: no step has been taken from a point with finite residuals and Jacobian")
	}
	return nil
}

// ending is why steps have ended.
type ending int

const (
	moving ending = iota
	exact
	flat
	still
	badResidual
	badJacobian
	astray
	faded
	stuck
	endings
)

func (e ending) status() optimize.Status {
	switch e {
	case moving:
		return optimize.NotTerminated
	case exact:
		return optimize.FunctionConvergence
	case flat:
		return optimize.GradientThreshold
	case still:
		return optimize.StepConvergence
	}
	return optimize.Failure
}

func (o *GaussNewton) visit(a *archive) {
	a.begin("GaussNewton")
	a.settings(&o.LearningRate, &o.Damping)
	a.same("residuals", o.m)
	a.driver(&o.driver)
	a.vectors(&o.x, &o.largest, &o.size)
	a.numbers(&o.mu, &o.nu)
	end, where := a.count(int(o.end)), a.count(max(o.where, 0))
	if end >= int(endings) || where > max(o.m, a.n) {
		a.fail("an end of %d by %d", end, where)
	}
	if a.set() {
		o.end, o.where, o.known = ending(end), where, false
	}
}
