package optim

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// assay is a predictor of testdata/puromycin.csv.
type assay struct {
	concentration float64
	treated       bool
}

// puromycin returns the rates of an enzyme, and the standard errors that benchmarks/scipy_curve_fit.py assumes.
func puromycin(t testing.TB) (xs []assay, ys, sigma []float64) {
	t.Helper()
	for _, row := range readCSV(t, "testdata/puromycin.csv") {
		rate := number(t, row[1])
		xs, ys = append(xs, assay{number(t, row[0]), row[2] == "treated"}), append(ys, rate)
		sigma = append(sigma, 4+float64(0.03*rate)) // not fused, as in the reference
	}
	return xs, ys, sigma
}

// readCSV returns the rows of a file after the first one.
func readCSV(t testing.TB, name string) [][]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows[1:]
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// kinetics is the model of Michaelis and Menten. The treatment raises the largest rate by p[1].
func kinetics(x assay, p []float64) float64 {
	rate := p[0]
	if x.treated {
		rate += p[1]
	}
	return rate * x.concentration / (p[2] + x.concentration)
}

func kineticsJacobian(dst []float64, x assay, p []float64) {
	share := x.concentration / (p[2] + x.concentration)
	dst[0] = share
	if x.treated {
		dst[1] = share
	}
	dst[2] = -kinetics(x, p) / (p[2] + x.concentration)
}

func callsModel(year float64, p []float64) float64 { return p[0]*math.Exp(p[1]*(year-1950)) + p[2] }

func callsJacobian(dst []float64, year float64, p []float64) {
	e := math.Exp(p[1] * (year - 1950))
	dst[0], dst[1], dst[2] = e, p[0]*(year-1950)*e, 1
}

// phones returns the calls in each year.
func phones(t testing.TB) (years, calls []float64) {
	for _, row := range readCSV(t, "testdata/phones.csv") {
		years, calls = append(years, number(t, row[0])), append(calls, number(t, row[1]))
	}
	return years, calls
}

// model returns the value of the model at x.
func (p nist) model(x, b []float64) float64 { return models[p.name](make([]float64, len(b)), b, x) }

// TestFitNIST compares FitCurve with NIST's certified values, to 6 digits.
func TestFitNIST(t *testing.T) {
	for name, model := range models {
		p := readNIST(t, name)
		ys := make([]float64, len(p.y))
		for i := range ys {
			ys[i] = p.response(i)
		}
		jacobian := func(dst, x, b []float64) { model(dst, b, x) }
		for _, o := range []*FitOptions[[]float64]{nil, {Jacobian: jacobian}} {
			for i, start := range p.starts {
				f, err := FitCurve(p.model, p.x, ys, start, o)
				if err != nil || f.CovarianceErr != nil {
					t.Errorf("%s from start %d: %v, %v", name, i+1, err, f)
					continue
				}
				a, b, c := fewest(f.Params, p.want), digits(f.ChiSquare, p.sumSquares), fewest(f.StandardErrors, p.deviations)
				t.Logf("%-8s %d  differences %-5t  %4.1f digits of the parameters, %4.1f of χ², %4.1f of the standard errors; %d evaluations", name, i+1, o == nil, a, b, c, f.Evaluations)
				if !(a >= 6 && b >= 6 && c >= 6) {
					t.Errorf("%s from start %d, differences %t: %.1f digits of the parameters, %.1f of χ², %.1f of the standard errors", name, i+1, o == nil, a, b, c)
				}
			}
		}
	}
}

// TestFitLinear compares with R's lm: a linear model with weights.
func TestFitLinear(t *testing.T) {
	var want struct {
		Params, Errors, Confidence, Values, Lower, Upper, Covariance, Correlation []float64
		Sigma                                                                     float64
		RSquared                                                                  float64   `json:"r_squared"`
		ValueErrors                                                               []float64 `json:"value_errors"`
	}
	readJSON(t, "testdata/lm.json", &want)
	xs, ys, sigma := puromycin(t)
	terms := func(dst []float64, x assay, _ []float64) {
		dst[0], dst[1] = 1, x.concentration
		if x.treated {
			dst[2] = 1
		}
	}
	plane := func(x assay, p []float64) float64 {
		d := make([]float64, 3)
		terms(d, x, nil)
		return floats.Dot(d, p)
	}
	for _, jacobian := range []func(dst []float64, x assay, p []float64){nil, terms} {
		f, err := FitCurve(plane, xs, ys, make([]float64, 3), &FitOptions[assay]{Sigma: sigma, Jacobian: jacobian})
		if err != nil {
			t.Fatal(err)
		}
		tolerance := 1e-11
		if jacobian == nil {
			tolerance = 1e-9
		}
		near := func(what string, got, want []float64) {
			t.Helper()
			for j, v := range want {
				if !(math.Abs(got[j]-v) <= tolerance*math.Abs(v)) {
					t.Errorf("Jacobian %t: %s %d is %v, want %v", jacobian != nil, what, j, got[j], v)
				}
			}
		}
		near("parameter", f.Params, want.Params)
		near("standard error", f.StandardErrors, want.Errors)
		near("R² and s", []float64{f.RSquared, math.Sqrt(f.ReducedChiSquare)}, []float64{want.RSquared, want.Sigma})
		lower, upper := f.Confidence(0.9)
		near("confidence limit", slices.Concat(lower, upper), want.Confidence)
		near("covariance", mat.DenseCopyOf(f.Covariance).RawMatrix().Data, want.Covariance)
		near("correlation", mat.DenseCopyOf(f.Correlation).RawMatrix().Data, want.Correlation)
		for i, x := range []assay{{0, true}, {0.3, false}, {2, true}} {
			v, e := f.Predict(x)
			l, u := f.Band(x, 0.9)
			near("prediction", []float64{v, e, l, u}, []float64{want.Values[i], want.ValueErrors[i], want.Lower[i], want.Upper[i]})
		}
		if f.DegreesOfFreedom != 20 || f.CovarianceErr != nil {
			t.Errorf("%d degrees of freedom, %v", f.DegreesOfFreedom, f.CovarianceErr)
		}
		for i, r := range f.Residuals {
			if want := (ys[i] - plane(xs[i], f.Params)) / sigma[i]; !(math.Abs(r-want) <= 1e-13) {
				t.Errorf("residual %d is %v, want %v", i, r, want)
			}
		}
	}
}

// TestFitQuantile compares with quantiles of Student's distribution and of the normal one, computed
// with 40 digits by mpmath 1.2.1 from the incomplete beta function.
func TestFitQuantile(t *testing.T) {
	for _, c := range []struct {
		freedom     int
		level, want float64
	}{
		{1, 0.5, 1}, {1, 0.95, 12.7062047361747}, {2, 0.9, 2.91998558035373}, {3, 0.99, 5.84090930973336}, {9, 0.95, 2.2621571627982},
		{21, 0.999999, 6.8020831012752}, {100, 1 - 1e-10, 7.22718703961076}, {1000, 1 - 1e-14, 7.85872336790829},
		{100000, 0.95, 1.95998770753461}, {100000, 1 - 1e-10, 6.46764344883109}, {0, 0.95, 1.95996398454005},
	} {
		f := Fit[float64]{DegreesOfFreedom: c.freedom, curve: new(curveFit[float64])}
		if got := f.quantile("", c.level); !(math.Abs(got-c.want) <= 1e-10*c.want) {
			t.Errorf("%d degrees of freedom, level %v: %v, want %v", c.freedom, c.level, got, c.want)
		}
		f.curve.AbsoluteSigma = true
		if got := f.quantile("", 0.95); !(math.Abs(got-1.95996398454005) <= 1e-13) {
			t.Errorf("%v with AbsoluteSigma", got)
		}
	}
	for _, level := range []float64{0, 1, -1, 95, nan} {
		want := fmt.Sprintf("level = %v, want (0, 1)", level)
		f := Fit[float64]{curve: new(curveFit[float64])}
		if got := message(func() { f.Confidence(level) }); got != "optim: Fit.Confidence: "+want {
			t.Error(got)
		}
		if got := message(func() { f.Band(1, level) }); got != "optim: Fit.Band: "+want {
			t.Error(got)
		}
	}
}

func slopeModel(x float64, p []float64) float64 { return p[0] + p[1]*x }

// TestFitInput checks the errors for arguments that are not valid.
func TestFitInput(t *testing.T) {
	type options = FitOptions[float64]
	xs, ys, start := []float64{1, 2, 3}, []float64{2, 3, 5}, []float64{0, 0}
	with := func(v []float64, i int, x float64) []float64 {
		v = slices.Clone(v)
		v[i] = x
		return v
	}
	sigma := []float64{1, 1, 1}
	for _, c := range []struct {
		xs, ys, start []float64
		o             *options
		want          string
	}{
		{nil, nil, start, nil, "FitCurve: len(ys) = 0, want at least 1"},
		{xs, ys, nil, nil, "FitCurve: len(start) = 0, want at least 1"},
		{xs[:2], ys, start, nil, "FitCurve: len(xs) = 2, len(ys) = 3, want the same"},
		{xs[:1], ys[:1], start, nil, "FitCurve: 1 point for 2 free parameters, want at least as many points"},
		{xs, with(ys, 2, nan), start, nil, "FitCurve: ys[2] = NaN, want a finite number"},
		{xs, with(ys, 1, -inf), start, nil, "FitCurve: ys[1] = -Inf, want a finite number"},
		{xs, ys, with(start, 1, inf), nil, "FitCurve: start[1] = +Inf, want a finite number"},
		{with(xs, 1, nan), ys, start, nil, "FitCurve: residual 1 is not finite at the start, where the model at xs[1] is NaN"},
		{with(xs, 2, 1e300), ys, with(start, 1, 1e300), nil, "FitCurve: residual 2 is not finite at the start, where the model at xs[2] is +Inf"},
		{xs, ys, start, &options{Sigma: sigma[:2]}, "FitOptions.Sigma: len = 2, want 3, one for each point"},
		{xs, ys, start, &options{Sigma: []float64{}}, "FitOptions.Sigma: len = 0, want 3, one for each point"},
		{xs, ys, start, &options{Sigma: with(sigma, 1, 0)}, "FitOptions.Sigma[1] = 0, want (0, +Inf)"},
		{xs, ys, start, &options{Sigma: with(sigma, 2, -1)}, "FitOptions.Sigma[2] = -1, want (0, +Inf)"},
		{xs, ys, start, &options{Sigma: with(sigma, 0, nan)}, "FitOptions.Sigma[0] = NaN, want (0, +Inf)"},
		{xs, ys, start, &options{Sigma: with(sigma, 0, inf)}, "FitOptions.Sigma[0] = +Inf, want (0, +Inf)"},
		{xs, ys, start, &options{Sigma: with(sigma, 0, 1e-320)}, "FitCurve: residual 0 is not finite at the start, where the model at xs[0] is 0"},
		{xs, ys, start, &options{Lower: sigma}, "FitOptions.Lower: len = 3, want 2, one for each parameter"},
		{xs, ys, start, &options{Upper: sigma}, "FitOptions.Upper: len = 3, want 2, one for each parameter"},
		{xs, ys, start, &options{Fixed: make([]bool, 1)}, "FitOptions.Fixed: len = 1, want 2, one for each parameter"},
		{xs, ys, start, &options{Names: []string{"a"}}, "FitOptions.Names: len = 1, want 2, one for each parameter"},
		{xs, ys, start, &options{Lower: []float64{0, nan}}, "FitOptions.Lower[1] = NaN, want [-Inf, +Inf)"},
		{xs, ys, start, &options{Lower: []float64{0, inf}}, "FitOptions.Lower[1] = +Inf, want [-Inf, +Inf)"},
		{xs, ys, start, &options{Upper: []float64{-inf, 0}}, "FitOptions.Upper[0] = -Inf, want (-Inf, +Inf]"},
		{xs, ys, start, &options{Upper: []float64{nan, 0}}, "FitOptions.Upper[0] = NaN, want (-Inf, +Inf]"},
		{xs, ys, start, &options{Lower: []float64{0, 2}, Upper: []float64{0, 1}}, "FitOptions.Lower[1] = 2, want at most Upper[1] = 1"},
		{xs, ys, start, &options{MaxEvaluations: -1}, "FitOptions.MaxEvaluations = -1, want at least 0"},
		{xs, ys, start, &options{MaxEvaluations: 3}, "FitOptions.MaxEvaluations = 3, want more for the derivatives at the start"},
		{xs, ys, start, &options{Jacobian: func(dst []float64, x float64, _ []float64) { dst[1] = math.Log(2 - x) }},
			"FitCurve: the derivatives of the model at xs[1] are not finite at the start"},
		{xs, ys, start, &options{Jacobian: func(dst []float64, _ float64, p []float64) { dst[0], p[0] = 1, 7 }},
			"FitCurve: the Jacobian changed p[0] from 0 to 7"},
	} {
		f, err := FitCurve(slopeModel, c.xs, c.ys, c.start, c.o)
		if f != nil || err == nil || err.Error() != "optim: "+c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	calls := 0
	shifted := func(x float64, p []float64) float64 {
		calls++
		p[1]++
		return slopeModel(x, p)
	}
	if f, err := FitCurve(shifted, xs, ys, start, nil); f != nil || err == nil || err.Error() != "optim: FitCurve: the model changed p[1] from 0 to 3" || calls != len(xs) {
		t.Errorf("%v after %d calls, want %d", err, calls, len(xs))
	}
	if got := message(func() { FitCurve(nil, xs, ys, start, nil) }); got != "optim: FitCurve: the model is a nil func(float64, []float64) float64" {
		t.Error(got)
	}
}

// TestFitEdges fits points that leave something undetermined, or nothing to fit.
func TestFitEdges(t *testing.T) {
	type options = FitOptions[float64]
	inf2 := []float64{inf, inf}
	for _, c := range []struct {
		name          string
		xs, ys, start []float64
		o             *options
		params, wantE []float64
		freedom       int
		chi, r2       float64
		err           string
	}{
		{"perfect data", []float64{1, 2, 3}, []float64{3, 5, 7}, []float64{0, 0}, nil, []float64{1, 2}, []float64{0, 0}, 1, 0, 1, ""},
		{"perfect data with known errors", []float64{-1, 0, 1}, []float64{-1, 1, 3}, []float64{0, 0}, &options{AbsoluteSigma: true},
			[]float64{1, 2}, []float64{math.Sqrt(1.0 / 3), math.Sqrt(1.0 / 2)}, 1, 0, 1, ""},
		{"the solution as start", []float64{1, 2, 3}, []float64{3, 5, 7}, []float64{1, 2}, nil, []float64{1, 2}, []float64{0, 0}, 1, 0, 1, ""},
		{"as many points as parameters", []float64{0, 1}, []float64{3, 5}, []float64{0, 0}, nil, []float64{3, 2}, inf2, 0, 0, 1,
			"2 points for as many free parameters, want more points or AbsoluteSigma"},
		{"as many points as parameters, with known errors", []float64{0, 1}, []float64{3, 5}, []float64{0, 0},
			&options{Sigma: []float64{3, 4}, AbsoluteSigma: true}, []float64{3, 2}, []float64{3, 5}, 0, 0, 1, ""},
		{"equal ys", []float64{1, 2, 3}, []float64{0.1, 0.1, 0.1}, []float64{1, 1}, &options{Sigma: []float64{1, 2, 3}}, []float64{0.1, 0}, nil, 1, 0, nan, ""},
	} {
		for _, jacobian := range []func([]float64, float64, []float64){nil, func(dst []float64, x float64, _ []float64) { dst[0], dst[1] = 1, x }} {
			o := options{}
			if c.o != nil {
				o = *c.o
			}
			o.Jacobian = jacobian
			f, err := FitCurve(slopeModel, c.xs, c.ys, c.start, &o)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if !floats.EqualApprox(f.Params, c.params, 1e-12) || f.DegreesOfFreedom != c.freedom || !(math.Abs(f.ChiSquare-c.chi) <= 1e-24) {
				t.Errorf("%s: %v with χ² = %v", c.name, f.Params, f.ChiSquare)
			}
			for j, want := range c.wantE {
				if e := f.StandardErrors[j]; e != want && !(math.Abs(e-want) <= 1e-7) {
					t.Errorf("%s: standard error %v, want %v", c.name, e, want)
				}
			}
			if v := f.RSquared; !math.IsNaN(c.r2) && !(math.Abs(v-c.r2) <= 1e-15) || math.IsNaN(c.r2) && !math.IsNaN(v) && !math.IsInf(v, -1) {
				t.Errorf("%s: R² = %v, want %v", c.name, v, c.r2)
			}
			if (c.err == "") != (f.CovarianceErr == nil) || c.err != "" && f.CovarianceErr.Error() != c.err {
				t.Errorf("%s: %v, want %s", c.name, f.CovarianceErr, c.err)
			}
			if c.err != "" {
				lower, upper := f.Confidence(0.9)
				_, e := f.Predict(1)
				if lower[0] != -inf || upper[1] != inf || e != inf || f.Covariance.At(0, 1) != inf || !math.IsNaN(f.Correlation.At(0, 1)) || f.Correlation.At(1, 1) != 1 {
					t.Errorf("%s: %v to %v, %v, %v", c.name, lower, upper, e, f)
				}
			}
			if math.IsNaN(f.ReducedChiSquare) != (c.freedom == 0) {
				t.Errorf("%s: reduced χ² = %v", c.name, f.ReducedChiSquare)
			}
		}
	}
}

// TestFitOneFree fits two parameters to one point. The bounds of the second one are equal, so one parameter is free.
func TestFitOneFree(t *testing.T) {
	line := func(x float64, p []float64) float64 { return p[0]*x + p[1] }
	f, err := FitCurve(line, []float64{2}, []float64{7}, []float64{1, 1}, &FitOptions[float64]{Lower: []float64{-inf, 1}, Upper: []float64{inf, 1}})
	if err != nil || !(math.Abs(f.Params[0]-3) <= 1e-9) || f.Params[1] != 1 {
		t.Errorf("%v, %v, want 3 and 1", f, err)
	}
}

// TestFitRank fits parameters of which the points determine the sum alone. If one is fixed, the other
// one is determined.
func TestFitRank(t *testing.T) {
	sum := func(x float64, p []float64) float64 { return (p[0] + p[1]) * x }
	terms := func(dst []float64, x float64, _ []float64) { dst[0], dst[1] = x, x }
	xs, ys := []float64{1, 2, 3}, []float64{2, 4, 7}
	const slope = 31.0 / 14
	for text, jacobian := range map[string]func([]float64, float64, []float64){"the Jacobian has rank 1 and does": terms, "the differences have rank 1, within their error, and do": nil} {
		f, err := FitCurve(sum, xs, ys, []float64{1, 0}, &FitOptions[float64]{Jacobian: jacobian})
		if err != nil || !(math.Abs(f.Params[0]+f.Params[1]-slope) <= 1e-9) || f.StandardErrors[0] != inf || f.StandardErrors[1] != inf {
			t.Errorf("%v, %v", err, f)
		}
		if e := f.CovarianceErr; e == nil || !strings.HasPrefix(e.Error(), text+" not determine parameter ") || !strings.Contains(f.String(), "unknown: "+e.Error()) {
			t.Errorf("%v, want %s not determine", e, text)
		}
		f, err = FitCurve(sum, xs, ys, []float64{1, 0}, &FitOptions[float64]{Jacobian: jacobian, Fixed: []bool{false, true}})
		if err != nil || f.CovarianceErr != nil || !(math.Abs(f.Params[0]-slope) <= 1e-9) || f.Params[1] != 0 || f.DegreesOfFreedom != 2 {
			t.Errorf("%v, %v", err, f)
		}
		if want := math.Sqrt(f.ChiSquare / 2 / 14); !(math.Abs(f.StandardErrors[0]-want) <= 1e-9) || f.StandardErrors[1] != 0 || f.Correlation.At(0, 1) != 0 {
			t.Errorf("standard errors %v, want %v and 0", f.StandardErrors, want)
		}
	}
}

// TestFitHeld fits parameters that are fixed, that start outside their bounds, or that have one value
// only.
func TestFitHeld(t *testing.T) {
	type options = FitOptions[float64]
	xs, ys := []float64{0, 1, 2}, []float64{1, 3, 6}
	for _, c := range []struct {
		o           options
		params      []float64
		freedom     int
		chi         float64
		marks, text string
	}{
		{options{Fixed: []bool{true, true}}, []float64{1, 1}, 3, 10, "fixed,fixed", "p1   1             (fixed)\n"},
		{options{Fixed: []bool{true, false}}, []float64{1, 2.4}, 2, 0.2, "fixed,", "p0   1             (fixed)\n"},
		{options{Fixed: []bool{true, true}, Lower: []float64{2, 2}}, []float64{2, 2}, 3, 2, "fixed,fixed", "p0   2             (fixed)\n"},
		{options{Lower: []float64{1.5, -inf}}, []float64{1.5, 2.1}, 2, 0.7, "at the lower bound,", "p0   1.5           (at the lower bound) (init = 1)\n"},
		{options{Upper: []float64{inf, -1}}, []float64{13.0 / 3, -1}, 2, 74.0 / 3, ",at the upper bound", "p1   -1            (at the upper bound) (init = 1)\n"},
		{options{Lower: []float64{0, -inf}, Upper: []float64{0, inf}}, []float64{0, 3}, 2, 1, "at the lower bound,", "p0   0             (at the lower bound)"},
	} {
		f, err := FitCurve(slopeModel, xs, ys, []float64{1, 1}, &c.o)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if !floats.EqualApprox(f.Params, c.params, 1e-9) || f.DegreesOfFreedom != c.freedom || !(math.Abs(f.ChiSquare-c.chi) <= 1e-12) || strings.Join(f.marks, ",") != c.marks {
			t.Errorf("%v, want %v with χ² = %v, %d degrees of freedom, %s", f, c.params, c.chi, c.freedom, c.marks)
		}
		if !strings.Contains(f.String(), c.text) {
			t.Errorf("%v, want %s", f, c.text)
		}
		for j, mark := range f.marks {
			if (f.StandardErrors[j] == 0) != (mark != "") {
				t.Errorf("%v", f)
			}
		}
	}
}

// TestFitFails fits with a wrong Jacobian. The Fit has the last parameters.
func TestFitFails(t *testing.T) {
	f, err := FitCurve(slopeModel, []float64{0, 1, 2}, []float64{1, 3, 6}, []float64{0, 0}, &FitOptions[float64]{
		Jacobian: func(dst []float64, x float64, _ []float64) { dst[0], dst[1] = -1, -x },
		Loss:     Huber(1),
	})
	want := "optim: FitCurve: no minimum after "
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "check the Jacobian") || f == nil || f.Status != optimize.Failure || !slices.Equal(f.Params, []float64{0, 0}) {
		t.Errorf("%v, %v", err, f)
	}
}

// TestFitEvaluations counts the calls of the functions, with and without a limit, and checks that
// the arguments stay as they are.
func TestFitEvaluations(t *testing.T) {
	xs, ys, sigma := puromycin(t)
	start := []float64{100, 10, 1}
	for _, jacobian := range []func([]float64, assay, []float64){nil, kineticsJacobian} {
		for limit := range 30 {
			calls := 0
			model := func(x assay, p []float64) float64 {
				calls++
				return kinetics(x, p)
			}
			o := FitOptions[assay]{Sigma: slices.Clone(sigma), Jacobian: jacobian, MaxEvaluations: limit}
			f, err := FitCurve(model, xs, ys, start, &o)
			if calls > limit*len(xs) && limit > 0 {
				t.Errorf("limit %d: %d calls", limit, calls)
			}
			if f == nil {
				if limit == 0 || limit > 13 || err == nil {
					t.Errorf("limit %d: %v", limit, err)
				}
				continue
			}
			if calls != f.Evaluations*len(xs) {
				t.Errorf("limit %d: %d calls, want %d evaluations of %d points", limit, calls, f.Evaluations, len(xs))
			}
			if (f.Status == optimize.FunctionEvaluationLimit) != (err != nil) || err != nil && err.Error() != fmt.Sprintf("optim: FitCurve: no minimum after %s: FunctionEvaluationLimit", evaluations(f.Evaluations)) {
				t.Errorf("limit %d: %v, %v", limit, f.Status, err)
			}
			chi := 0.0
			for i, x := range xs {
				chi += math.Pow((kinetics(x, f.Params)-ys[i])/sigma[i], 2)
			}
			if !(math.Abs(chi-f.ChiSquare) <= 1e-13*chi) {
				t.Errorf("limit %d: χ² = %v, want %v", limit, f.ChiSquare, chi)
			}
		}
	}
	_, again, s := puromycin(t)
	if !slices.Equal(ys, again) || !slices.Equal(sigma, s) || !slices.Equal(start, []float64{100, 10, 1}) {
		t.Error("an argument has changed")
	}
}

// TestFitUnits multiplies all σ by a power of two. Without AbsoluteSigma no standard error changes by a
// bit, and with it all are multiplied.
func TestFitUnits(t *testing.T) {
	xs, ys, sigma := puromycin(t)
	scaled := slices.Clone(sigma)
	floats.Scale(0x1p-40, scaled)
	for _, absolute := range []bool{false, true} {
		f, err := FitCurve(kinetics, xs, ys, []float64{150, 30, 0.1}, &FitOptions[assay]{Sigma: sigma, AbsoluteSigma: absolute})
		g, err2 := FitCurve(kinetics, xs, ys, []float64{150, 30, 0.1}, &FitOptions[assay]{Sigma: scaled, AbsoluteSigma: absolute})
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		want := slices.Clone(f.StandardErrors)
		if absolute {
			floats.Scale(0x1p-40, want)
		}
		if !sameBits(f.Params, g.Params) || !sameBits(g.StandardErrors, want) || f.RSquared != g.RSquared {
			t.Errorf("absolute %t: %v ± %v, want %v ± %v", absolute, g.Params, g.StandardErrors, f.Params, want)
		}
	}
}

// TestFitPredict compares the standard error of the model with √(gᵀCg), where a parameter is at its
// bound and another one is fixed. No evaluation is outside the bounds, and Predict may be called in
// several goroutines.
func TestFitPredict(t *testing.T) {
	xs, ys, sigma := puromycin(t)
	for _, c := range []struct {
		lower, upper []float64
		fixed        []bool
	}{{nil, nil, nil}, {nil, []float64{155, inf, inf}, nil}, {[]float64{0, 0, 0.07}, nil, nil}, {nil, nil, []bool{false, true, false}}, {nil, nil, []bool{true, true, true}}} {
		model := func(x assay, p []float64) float64 {
			for j, v := range p {
				if c.lower != nil && v < c.lower[j] || c.upper != nil && v > c.upper[j] || c.fixed != nil && c.fixed[j] && v != []float64{150, 30, 0.1}[j] {
					t.Errorf("p[%d] = %v is evaluated", j, v)
				}
			}
			return kinetics(x, p)
		}
		for _, jacobian := range []func([]float64, assay, []float64){nil, kineticsJacobian} {
			f, err := FitCurve(model, xs, ys, []float64{150, 30, 0.1}, &FitOptions[assay]{
				Sigma: sigma, Lower: c.lower, Upper: c.upper, Fixed: c.fixed, Jacobian: jacobian})
			if err != nil || f.CovarianceErr != nil {
				t.Fatal(err, f)
			}
			var group sync.WaitGroup
			for _, x := range []assay{{0, true}, {0.01, true}, {0.3, false}, {5, true}} {
				group.Add(1)
				go func() {
					defer group.Done()
					g := make([]float64, 3)
					kineticsJacobian(g, x, f.Params)
					v := mat.NewVecDense(3, g)
					want := math.Sqrt(mat.Inner(v, f.Covariance, v))
					value, e := f.Predict(x)
					if value != kinetics(x, f.Params) || !(math.Abs(e-want) <= 1e-8*want) {
						t.Errorf("bounds %v to %v, fixed %v, at %v: %v ± %v, want ± %v", c.lower, c.upper, c.fixed, x, value, e, want)
					}
				}()
			}
			group.Wait()
		}
	}
}

// TestFitPredictEdge differentiates a model that is not finite on one side of the parameter.
func TestFitPredictEdge(t *testing.T) {
	for _, side := range []float64{-1, 1} {
		model := func(x float64, p []float64) float64 { return x*p[0] + 0*math.Log(side*(p[0]-3)+1e-9) }
		f, err := FitCurve(model, []float64{1, 2}, []float64{3, 6.5}, []float64{3}, &FitOptions[float64]{Fixed: []bool{true}})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.difference(2, []float64{3}, 0); !(math.Abs(got-2) <= 1e-7) {
			t.Errorf("side %v: derivative %v, want 2", side, got)
		}
	}
}

// TestFitBoundOfZero fits with a parameter that stays at its bound of zero for many steps. The result
// by differences is that with the Jacobian.
func TestFitBoundOfZero(t *testing.T) {
	years, calls := phones(t)
	for _, loss := range []Loss{{}, Huber(1), SoftL1(1)} {
		for _, start := range [][]float64{{5, 0.1, 0}, {5, 0.1, 1}, {4, 0.07, 0}, {6, 0.05, 3}} {
			o := FitOptions[float64]{Lower: []float64{0, 0, 0}, Loss: loss, Jacobian: callsJacobian}
			want, err := FitCurve(callsModel, years, calls, start, &o)
			if err != nil {
				t.Fatal(err)
			}
			o.Jacobian = nil
			f, err := FitCurve(callsModel, years, calls, start, &o)
			if err != nil || f.Params[2] != 0 || !floats.EqualApprox(f.Params, want.Params, 1e-5) || !floats.EqualApprox(f.StandardErrors, want.StandardErrors, 1e-5) {
				t.Errorf("%v from %v: %v, %v, want %v", loss, start, err, f, want.Params)
			}
		}
	}
}

// TestFitStopped stops fits at every number of evaluations. With a loss there are no standard errors if
// the Jacobian is not complete.
func TestFitStopped(t *testing.T) {
	xs, ys, sigma := puromycin(t)
	incomplete := 0
	for limit := 14; limit < 30; limit++ {
		for _, loss := range []Loss{{}, Huber(1e3)} {
			f, err := FitCurve(kinetics, xs, ys, []float64{100, 10, 1}, &FitOptions[assay]{Sigma: sigma, Loss: loss, MaxEvaluations: limit})
			switch {
			case err == nil || f.CovarianceErr == nil:
			case loss != Loss{} && f.CovarianceErr.Error() == "the fit stopped before the derivatives were complete":
				incomplete++
			default:
				t.Errorf("limit %d, %v: %v", limit, loss, f.CovarianceErr)
			}
		}
	}
	if incomplete == 0 {
		t.Error("all Jacobians were complete")
	}
}

// TestFitReportsCorrelations prints correlations of at least 0.1.
func TestFitReportsCorrelations(t *testing.T) {
	f, err := FitCurve(slopeModel, []float64{-1, 0, 1}, []float64{-1, 1, 4}, []float64{0, 0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range map[float64]bool{0: false, 0.0999: false, 0.1: true, -0.1: true} {
		f.Correlation.SetSym(0, 1, c)
		if got := strings.Contains(f.String(), "Correlations"); got != want {
			t.Errorf("correlation %v: printed: %v", c, got)
		}
	}
}

// TestFitKeepsItsOptions changes the slices of the options after the fit.
func TestFitKeepsItsOptions(t *testing.T) {
	o := FitOptions[float64]{Lower: []float64{-9, -9}, Upper: []float64{9, 9}, Fixed: []bool{false, false}, Names: []string{"a", "b"}}
	f, err := FitCurve(slopeModel, []float64{-1, 0, 1}, []float64{-1, 1, 4}, []float64{0, 0}, &o)
	if err != nil {
		t.Fatal(err)
	}
	text := f.String()
	value, e := f.Predict(3)
	o.Lower[0], o.Upper[0], o.Fixed[1], o.Names[1] = nan, nan, true, "c"
	if v, again := f.Predict(3); f.String() != text || v != value || again != e {
		t.Errorf("%v ± %v, want %v ± %v:\n%v\nwant %s", v, again, value, e, f, text)
	}
}

// TestPredictByDifferences compares the standard error of the curve with and without a Jacobian, after a fit that stopped early with
// forward differences. Central differences with the best step have an error of about ε^⅔, 4e-11.
func TestPredictByDifferences(t *testing.T) {
	xs, ys := stepped(20, 0, 0.1), make([]float64, 20)
	model := func(x float64, p []float64) float64 { return p[0] * math.Exp(p[1]*x) }
	for i, x := range xs {
		ys[i] = 2*math.Exp(0.7*x) + 0.1*noiseAt(xs[i:])
	}
	exact := &FitOptions[float64]{Jacobian: func(dst []float64, x float64, p []float64) {
		dst[0] = math.Exp(p[1] * x)
		dst[1] = p[0] * x * dst[0]
	}}
	f, _ := FitCurve(model, xs, ys, []float64{1, 1}, &FitOptions[float64]{MaxEvaluations: 12})
	want, err := FitCurve(model, xs, ys, []float64{1, 1}, exact)
	if err != nil || f == nil || f.CovarianceErr != nil {
		t.Fatal(err, f)
	}
	copy(f.Params, want.Params)
	f.factors, f.scale = want.factors, want.scale
	for _, x := range []float64{-3, 0.5, 3, 6} {
		_, got := f.Predict(x)
		if _, want := want.Predict(x); !(math.Abs(got/want-1) <= 1e-9) {
			t.Errorf("at %v: standard error %v, want %v", x, got, want)
		}
	}
}
