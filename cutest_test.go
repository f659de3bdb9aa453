package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// cutestRow is a problem of the CUTEst collection.
type cutestRow struct {
	name  string
	p     optimize.Problem // not safe for concurrent use
	x0    []float64
	least float64 // the minimum; NaN where it is not known
}

// cutestForm is a problem for any number of variables that is a multiple of the given one. f
// returns the value at x and adds the gradient to g. least is the minimum for every number of
// variables, least100 the one for the largest number up to 100. NaN is not known.
type cutestForm struct {
	name            string
	multiple        int
	start           func(i, n int) float64
	f               func(g, x []float64) float64
	least, least100 float64
}

// cutestForms are problems of CUTEst: N. I. M. Gould, D. Orban and P. L. Toint, CUTEst: a
// constrained and unconstrained testing environment with safe threads, 2015,
// doi:10.1007/s10589-014-9687-3. Three are as in N. Andrei, An unconstrained optimization test
// functions collection, 2008, and differ from the files of CUTEst: NONDQUAR has the sum of the last
// two variables, not their difference; SROSENBR starts at −1.2, not 1.2; POWER is a quadratic form,
// and the problem of that name in CUTEst is OREN below.
var cutestForms = []cutestForm{
	{"ARWHEAD", 1, always(1), arwhead, 0, 0},
	{"ENGVAL1", 1, always(2), engval1, nan, 109.08813614309229},
	{"LIARWHD", 1, always(4), liarwhd, 0, 0},
	{"NONDQUAR", 1, cycle(1, -1), nondquar, 0, 0},
	{"SROSENBR", 2, cycle(-1.2, 1), srosenbr, 0, 0},
	{"GENROSE", 1, func(i, n int) float64 { return float64(i+1) / float64(n+1) }, genrose, 1, 1},
	{"EDENSCH", 1, always(8), edensch, nan, 603.2845920207647},
	{"TQUARTIC", 1, always(0.1), tquartic, 0, 0},
	{"WOODS", 4, cycle(-3, -1, -3, -1), woods, 0, 0},
	{"CRAGGLVY", 2, func(i, _ int) float64 { return min(float64(i+1), 2) }, cragglvy, nan, 32.26991145858177},
	{"BDQRTIC", 1, always(1), bdqrtic, nan, 378.7691918086844},
	{"TRIDIA", 1, always(1), tridia, 0, 0},
	{"DQDRTIC", 1, always(3), dqdrtic, 0, 0},
	{"POWER", 1, always(1), power, 0, 0},
	{"DIXMAANI", 3, always(2), dixmaani, 1, 1},
	{"SCHMVETT", 1, always(0.5), schmvett, nan, -294},
}

// moreCUTEstForms are further problems, which no total contains. SINQUAD is the SINQUAD2 of CUTEst.
var moreCUTEstForms = []cutestForm{
	{"DIXON3DQ", 1, always(-1), dixon3dq, 0, 0},
	{"SINQUAD", 1, always(0.1), sinquad, 0, 0},
	{"OREN", 1, always(1), oren, 0, 0},
}

func always(v float64) func(i, n int) float64 { return cycle(v) }

func cycle(v ...float64) func(i, n int) float64 {
	return func(i, _ int) float64 { return v[i%len(v)] }
}

// cutest returns the problems of cutestForms with n variables, or with the largest number below n
// that the problem allows.
func cutest(n int) []cutestRow { return cutestRows(cutestForms, n) }

// moreCUTEst returns those of moreCUTEstForms.
func moreCUTEst(n int) []cutestRow { return cutestRows(moreCUTEstForms, n) }

func cutestRows(forms []cutestForm, n int) []cutestRow {
	rows := make([]cutestRow, len(forms))
	for k, form := range forms {
		size := n / form.multiple * form.multiple
		row := cutestRow{name: form.name, x0: make([]float64, size), least: form.least}
		if n == 100 {
			row.least = form.least100
		}
		for i := range row.x0 {
			row.x0[i] = form.start(i, size)
		}
		scratch := make([]float64, size)
		row.p = optimize.Problem{
			Func: func(x []float64) float64 { return form.f(scratch, x) },
			Grad: func(g, x []float64) {
				clear(g)
				form.f(g, x)
			},
		}
		row.p.Hess = func(dst *mat.SymDense, x []float64) { differencesOf(row.p.Grad, dst, x) }
		rows[k] = row
	}
	return rows
}

// checkGradients compares a gradient with central differences at the start and at a random point
// near it.
func checkGradients(t *testing.T, name string, p optimize.Problem, x0 []float64) {
	t.Helper()
	random, g, want := rand.New(rand.NewPCG(1, 2)), make([]float64, len(x0)), make([]float64, len(x0))
	x := append([]float64(nil), x0...)
	for range 2 {
		p.Grad(g, x)
		fd.Gradient(want, p.Func, x, &fd.Settings{Formula: fd.Central})
		if !(floats.Distance(g, want, math.Inf(1)) <= 1e-6*(floats.Norm(want, math.Inf(1))+math.Abs(p.Func(x))*1e-3)) {
			t.Errorf("%s at %v: the gradient is %v, and by differences %v", name, x, g, want)
		}
		for i := range x {
			x[i] += 0.3 * random.NormFloat64() * max(1, math.Abs(x[i])/4)
		}
	}
}

func TestCUTEstGradients(t *testing.T) {
	for _, n := range []int{12, 13, 100} {
		for _, row := range append(cutest(n), moreCUTEst(n)...) {
			checkGradients(t, row.name, row.p, row.x0)
		}
	}
}

// TestCUTEstMinima compares minima with those that the files of CUTEst give, which have five digits
// or six.
func TestCUTEstMinima(t *testing.T) {
	published := map[string]map[int]float64{
		"BDQRTIC":  {100: 378.769, 500: 1981.01, 1000: 3983.82},
		"CRAGGLVY": {50: 15.372, 100: 32.270, 500: 167.45, 1000: 336.42, 5000: 1688.2},
		"EDENSCH":  {36: 219.28, 2000: 12003.2},
		"SCHMVETT": {100: -294, 500: -1494, 1000: -2994},
	}
	for _, form := range cutestForms {
		for n, want := range published[form.name] {
			row := cutestRows([]cutestForm{form}, n)[0]
			r, _ := optimize.Minimize(row.p, row.x0, &optimize.Settings{GradientThreshold: 1e-6}, &optimize.LBFGS{})
			if !(math.Abs(r.F/want-1) <= 4e-5) {
				t.Errorf("%s, n = %d: %v, want %v", form.name, n, r.F, want)
			}
		}
	}
}
