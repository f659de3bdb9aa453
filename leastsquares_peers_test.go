package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// robustPeers are the fits of testdata/robust.json.
type robustPeers struct {
	Outliers map[string][]float64 // the observations with outliers
	Losses   []struct {
		Name, Loss            string
		Scale, Cost           float64 // Cost is 2f
		Start, Params, Errors []float64
	}
	Bounds []struct {
		Name                       string
		Lower, Upper               []*float64 // nil where there is no bound
		Start, Params, Errors, Trf []float64
		Held                       []bool
		Evaluations                int
		SumSquares                 float64
	}
}

// losses are the constructors of Loss.
var losses = map[string]func(scale float64) Loss{"Huber": Huber, "SoftL1": SoftL1, "Cauchy": Cauchy, "Arctan": Arctan, "Tukey": Tukey}

// largestError returns the largest relative error of got, and of numbers that are 0 the absolute one.
func largestError(got, want []float64) (e float64) {
	for i, w := range want {
		scale := math.Abs(w)
		if w == 0 {
			scale = 1
		}
		e = max(e, math.Abs(got[i]-w)/scale)
	}
	return e
}

// fewerDigits are the sets whose parameters are nearly dependent, so that f at its rounding error
// determines seven digits.
var fewerDigits = map[string]bool{"MGH17": true, "Kirby2": true, "Thurber": true}

// TestRobustFits compares parameters, standard errors and 2f with those of scipy, on data with
// outliers.
func TestRobustFits(t *testing.T) {
	var peers robustPeers
	readJSON(t, "testdata/robust.json", &peers)
	if len(peers.Losses) != 40 {
		t.Errorf("%d fits", len(peers.Losses))
	}
	for _, c := range peers.Losses {
		for _, differences := range []bool{false, true} {
			p := readNIST(t, c.Name)
			p.y = peers.Outliers[c.Name]
			o, x, errors := p.fit(differences, 1, nil), slices.Clone(c.Start), make([]float64, len(c.Start))
			o.Loss = losses[c.Loss](c.Scale)
			fitted(o, x)
			if err := o.StandardErrors(errors); err != nil || !converged(o.Status()) {
				t.Errorf("%s, %v: %v, %v", c.Name, o.Loss, o.Status(), err)
			}
			tolerance := 1e-8
			if differences || fewerDigits[c.Name] {
				tolerance = 1e-7
			}
			if e, f := largestError(x, c.Params), largestError(errors, c.Errors); !(e <= tolerance) || !(f <= 2*tolerance) {
				t.Errorf("%s, %v: parameters with a relative error of %.1e, standard errors of %.1e", c.Name, o.Loss, e, f)
			}
			if e := math.Abs(o.SumSquares()/c.Cost - 1); !(e <= 1e-12) {
				t.Errorf("%s, %v: 2f has a relative error of %.1e", c.Name, o.Loss, e)
			}
		}
	}
}

// TestBoundedFits compares parameters, standard errors and ‖r‖² with those of scipy, where bounds are
// active. With Jacobian it takes no more evaluations than scipy's trf.
func TestBoundedFits(t *testing.T) {
	var peers robustPeers
	readJSON(t, "testdata/robust.json", &peers)
	if len(peers.Bounds) != 8 {
		t.Errorf("%d fits", len(peers.Bounds))
	}
	for _, c := range peers.Bounds {
		for _, differences := range []bool{false, true} {
			p := readNIST(t, c.Name)
			o, x, errors := p.fit(differences, 1, nil), slices.Clone(c.Start), make([]float64, len(c.Start))
			o.Lower, o.Upper = repeat(math.Inf(-1), len(x)), repeat(inf, len(x))
			for j := range x {
				if v := c.Lower[j]; v != nil {
					o.Lower[j] = *v
				}
				if v := c.Upper[j]; v != nil {
					o.Upper[j] = *v
				}
			}
			fitted(o, x)
			if err := o.StandardErrors(errors); err != nil || !converged(o.Status()) {
				t.Errorf("%s: %v, %v", c.Name, o.Status(), err)
			}
			tolerance := 1e-8
			if differences || fewerDigits[c.Name] {
				tolerance = 1e-7
			}
			if e, f := largestError(x, c.Params), largestError(errors, c.Errors); !(e <= tolerance) || !(f <= tolerance) {
				t.Errorf("%s: parameters with a relative error of %.1e, standard errors of %.1e", c.Name, e, f)
			}
			for j, held := range c.Held {
				if held != (x[j] == o.Lower[j] || x[j] == o.Upper[j]) || held != (errors[j] == 0) {
					t.Errorf("%s: x[%d] = %v ± %v in [%v, %v], at a bound: %v", c.Name, j, x[j], errors[j], o.Lower[j], o.Upper[j], held)
				}
			}
			if e := math.Abs(o.SumSquares()/c.SumSquares - 1); !(e <= 1e-12) {
				t.Errorf("%s: ‖r‖² has a relative error of %.1e", c.Name, e)
			}
			if n := o.eval.stats.FuncEvaluations; !differences && n > c.Evaluations {
				t.Errorf("%s: %d evaluations, scipy takes %d", c.Name, n, c.Evaluations)
			}
		}
	}
}

// within returns a LeastSquares on the residuals of p within its bounds, which panics outside of
// them.
func (p boundedRow) within(t *testing.T, differences bool) *LeastSquares {
	residuals := func(dst, x []float64) {
		for j, v := range x {
			if !(p.lower[j] <= v && v <= p.upper[j]) {
				t.Fatalf("%s: x[%d] = %v, want [%v, %v]", p.name, j, v, p.lower[j], p.upper[j])
			}
		}
		p.squares.residuals(dst, x)
	}
	jacobian := p.squares.jacobian
	if differences {
		jacobian = nil
	}
	o := NewLevenbergMarquardt(p.squares.m, residuals, jacobian)
	o.Lower, o.Upper = p.lower, p.upper
	return o
}

// largestCosine returns the largest |cos| of the angle between r and a column of J, except for the
// columns of parameters at a bound that f falls towards.
func (p boundedRow) largestCosine(x []float64) (largest float64) {
	r, jac := make([]float64, p.squares.m), mat.NewDense(p.squares.m, len(x), nil)
	p.squares.residuals(r, x)
	p.squares.jacobian(jac, x)
	for j, v := range x {
		column := mat.Col(nil, j, jac)
		slope := floats.Dot(column, r)
		if norms := floats.Norm(column, 2) * floats.Norm(r, 2); !(v == p.lower[j] && slope >= 0 || v == p.upper[j] && slope <= 0) && norms > 0 {
			largest = max(largest, math.Abs(slope)/norms)
		}
	}
	return largest
}

// TestBoundedLeastSquares solves the bounded problems of least squares, among them the bounded rows
// of Moré, Garbow and Hillstrom. Every point that is evaluated is within the bounds, the ends are
// minima, and the statuses are true. In total there are no more evaluations than with scipy's trf.
func TestBoundedLeastSquares(t *testing.T) {
	var scipy peers
	readJSON(t, "testdata/peers.json", &scipy)
	ours, theirs, solved := 0, 0, 0
	for _, p := range boundedProblems(1000) {
		if p.squares == nil {
			continue
		}
		for _, differences := range []bool{false, true} {
			o, x := p.within(t, differences), slices.Clone(p.start)
			fitted(o, x)
			peer := scipy.BoundedLeastSquares[p.name]
			t.Logf("%s: ‖r‖² = %.10g after %d evaluations: %v; scipy %d", p.name, o.SumSquares(), o.eval.stats.FuncEvaluations, o.Status(), peer.Evaluations)
			if e := p.excess(o.SumSquares()); !(math.Abs(e) <= 1e-8) {
				t.Errorf("%s: ‖r‖² = %v, want one of %v", p.name, o.SumSquares(), p.minima)
			}
			if cosine := p.largestCosine(x); !converged(o.Status()) || !(cosine <= 1e-4) && !(o.SumSquares() <= 1e-25) {
				t.Errorf("%s: %v where r and a column of J have the cosine %v", p.name, o.Status(), cosine)
			}
			if !differences {
				solved++
				ours += o.eval.stats.FuncEvaluations
				theirs += peer.Evaluations
			}
		}
	}
	if t.Logf("%d evaluations, scipy %d", ours, theirs); ours > theirs || solved < 10 {
		t.Errorf("%d evaluations of %d problems, scipy takes %d", ours, solved, theirs)
	}
}

// TestGaussNewtonBounds fits without damping within bounds.
func TestGaussNewtonBounds(t *testing.T) {
	p := readNIST(t, "Misra1a")
	o, x := p.fit(false, 1, nil), []float64{500, 1e-4}
	o.Damping, o.LearningRate = 0, 1.25
	o.Lower = []float64{250, 0}
	residual := o.residual
	o.residual = func(dst, x []float64) {
		if x[0] < 250 || x[1] < 0 {
			t.Errorf("evaluated at %v", x)
		}
		residual(dst, x)
	}
	fitted(o, x)
	if want := 0.0005220256780443868; x[0] != 250 || !(math.Abs(x[1]/want-1) <= 1e-8) {
		t.Errorf("%v after %v, want 250 and %v", x, o.Status(), want)
	}
}

// TestBoundedLinear tests a theorem: without damping the first step leads to the minimum of a linear
// problem within bounds. The minimum is that of the conditions of Karush, Kuhn and Tucker.
func TestBoundedLinear(t *testing.T) {
	a := mat.NewDense(4, 3, []float64{1, 0.99, 0.1, 1, 1.01, -0.2, 1, 1, 0.3, 0.5, 0.4, 1})
	b := []float64{1, -2, 3, 1}
	for _, damping := range []float64{0, 1e-3} {
		o, x := linear(a, b), []float64{0.5, 0.5, 0.5}
		o.Damping = damping
		o.Lower, o.Upper = []float64{0, 0, 0}, []float64{1, 1, 1}
		o.Step(x, x)
		steps := 1 + fitted(o, x)
		r, g := make([]float64, 4), make([]float64, 3)
		o.residual(r, x)
		transposedProduct(g, a, r)
		for j, v := range x {
			if !(v == 0 && g[j] >= 0 || v == 1 && g[j] <= 0 || math.Abs(g[j]) <= 1e-14) {
				t.Errorf("x[%d] = %v with the derivative %v", j, v, g[j])
			}
		}
		if damping == 0 && steps > 2 || !converged(o.Status()) {
			t.Errorf("%d steps: %v", steps, o.Status())
		}
	}
}
