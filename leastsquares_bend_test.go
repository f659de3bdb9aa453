package optim

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// bending returns a fit of one residual at x = 1, where r = 1 and J = 1. Its trial x = 3 is by the step d = 2 with
// μ = 1 and D = 1. The residual at any other point is away.
func bending(away float64) (o *LeastSquares, x []float64) {
	o = NewLevenbergMarquardt(1, func(dst, x []float64) {
		dst[0] = away
		if x[0] == 1 {
			dst[0] = 1
		}
	}, func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, 1) })
	x = []float64{1}
	o.evaluateStart(x, new(evaluator))
	o.mu, o.largest[0] = 1, 1
	o.damp(o.mu)
	o.d[0], o.length, o.trial[0] = 2, 2, 3
	return o, x
}

// TestBentTrial compares the correction of a trial with −c/2: the minimum of (δ + c)² + δ², where c = r(3) − 1 − 2 is the
// error of the linear model. A correction of more than 3/8 of the step is not tried, nor accepted if r is not lower there.
func TestBentTrial(t *testing.T) {
	for _, c := range []struct {
		r, away, want, norm float64
		tried               bool
	}{
		{4.4, 0.5, 2.3, 0.5, true},  // δ = −0.7
		{1.6, 0.5, 3.7, 0.5, true},  // δ = 0.7
		{4.52, 0.5, 3, 4.52, false}, // δ = −0.76
		{1.48, 0.5, 3, 1.48, false}, // δ = 0.76
		{4.4, 4.4, 3, 4.4, true},
		{4.4, nan, 3, 4.4, true},
		{nan, 0.5, 3, nan, false},
		{4.48, -0.5, 2.26, 0.5, true}, // δ = −0.74
	} {
		o, x := bending(c.away)
		o.trialR[0] = c.r
		e := new(evaluator)
		norm, ok := o.bendTrial(x, math.Abs(c.r), e)
		if tried := e.stats.FuncEvaluations == 1; !ok || tried != c.tried || !(math.Abs(o.trial[0]-c.want) <= 1e-12) || norm != c.norm && norm == norm {
			t.Errorf("r = %v: trial %v with ‖r‖ = %v, tried %v, want %v with %v, tried %v", c.r, o.trial[0], norm, tried, c.want, c.norm, c.tried)
		}
		if o.trial[0] != 3 && o.trialR[0] != c.away {
			t.Errorf("r = %v: residual %v at the trial, want %v", c.r, o.trialR[0], c.away)
		}
	}
}

// TestLongestCorrection tries a correction of exactly 3/8 of the step d = 2, and no longer one.
func TestLongestCorrection(t *testing.T) {
	for correction, want := range map[float64]bool{0.75: true, -0.75: true, 0.75 + epsilon: false} {
		o, x := bending(0.5)
		o.model = givenModel{correction: correction}
		e := new(evaluator)
		if o.bendTrial(x, 1, e); (e.stats.FuncEvaluations == 1) != want {
			t.Errorf("a correction of %v: tried %v", correction, !want)
		}
	}
}

// TestLimitAtABentTrial allows no evaluation for the correction of a trial.
func TestLimitAtABentTrial(t *testing.T) {
	o, x := bending(0.5)
	o.trialR[0] = 4.4
	e := &evaluator{status: optimize.FunctionEvaluationLimit}
	if _, ok := o.bendTrial(x, 4.4, e); ok || o.trial[0] != 3 || o.trialR[0] != 4.4 {
		t.Errorf("ok %v, trial %v with residual %v, want false, 3 and 4.4", ok, o.trial[0], o.trialR[0])
	}
}

// TestIsCurved checks when the correction is tried: for a bad trial with μ > 0. ‖r‖ is 1 before the trial.
func TestIsCurved(t *testing.T) {
	for _, c := range []struct {
		mu, norm float64
		intact   bool
		want     bool
	}{
		{1, 2, true, true}, {0, 2, true, false}, {1, inf, true, false}, {1, nan, true, false}, {1, 2, false, false},
		{1, 0.93, true, false}, {1, 0.94, true, true}, // ρ = 0.27 and 0.23 for the gain 1/2
	} {
		o, _ := bending(0)
		o.norm, o.mu, o.intact = 1, c.mu, c.intact
		if o.isCurved(c.norm, 0.5) != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
	o, _ := bending(0)
	if o.norm, o.mu = 1, 1; !o.isCurved(0.5, 3) {
		t.Error("ρ = 1/4: the trial is not bad")
	}
}

// TestJacobianIsNotIntact evaluates a Jacobian that is not finite. It overwrites the one at x.
func TestJacobianIsNotIntact(t *testing.T) {
	o, x := bending(0.5)
	if !o.intact {
		t.Error("the Jacobian at the start is not intact")
	}
	o.derivatives = func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, nan) }
	if bad, ok := o.moveToTrial(x, 4, new(evaluator)); bad != 0 || !ok || o.intact || x[0] != 1 {
		t.Errorf("row %d, %v, intact %v, x = %v, want row 0, true, false and 1", bad, ok, o.intact, x)
	}
	o.largest[0] = 4
	if bad, ok := o.acceptTrial(x, 4, new(evaluator)); bad != 0 || !ok || o.largest[0] != 4 {
		t.Errorf("row %d, %v, D = %v, want row 0, true and the D of before, 4", bad, ok, o.largest)
	}
}
