package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// curve is a model of one variable. It returns the value for the parameters p at x and writes the
// derivatives by p to d.
type curve func(d, p []float64, x float64) float64

// fitReport is a report on a fit.
type fitReport struct {
	name  string
	model curve
	x     []float64
	y     []float64
	start []float64
	exact bool // with the exact Jacobian
}

// fitResult is the result of a fit.
type fitResult struct {
	optimizer   *LeastSquares
	x           []float64
	status      optimize.Status
	err         error
	sumSquares  float64
	errors      []float64 // the standard errors
	errorsErr   error
	evaluations int     // calls of the residuals
	cosine      float64 // the largest |cosine| between r and a column of the exact J
}

// residuals and jacobian are those of NewLevenbergMarquardt.
func (f fitReport) residuals(dst, p []float64) {
	d := make([]float64, len(p))
	for i, x := range f.x {
		dst[i] = f.model(d, p, x) - f.y[i]
	}
}

func (f fitReport) jacobian(dst *mat.Dense, p []float64) {
	for i, x := range f.x {
		f.model(dst.RawRowView(i), p, x)
	}
}

// run fits by Minimize, with default settings and at most 20,000 evaluations.
func (f fitReport) run(exact bool, start []float64, s *optimize.Settings) (r fitResult) {
	residuals := func(dst, p []float64) {
		r.evaluations++
		f.residuals(dst, p)
	}
	jacobian := f.jacobian
	if !exact {
		jacobian = nil
	}
	o := NewLevenbergMarquardt(len(f.x), residuals, jacobian)
	p := o.Problem()
	p.Status = func() (optimize.Status, error) {
		if r.evaluations >= 20000 {
			return optimize.IterationLimit, nil
		}
		return optimize.NotTerminated, nil
	}
	result, err := Minimize(p, start, o, s)
	r.optimizer, r.x, r.status, r.err = o, result.X, result.Status, err
	n, made := len(start), r.evaluations
	r.sumSquares, r.errors = o.SumSquares(), make([]float64, n)
	r.errorsErr = o.StandardErrors(r.errors)
	r.evaluations = made
	residual, jac := make([]float64, len(f.x)), mat.NewDense(len(f.x), n, nil)
	f.residuals(residual, r.x)
	f.jacobian(jac, r.x)
	for j := range n {
		column := mat.Col(nil, j, jac)
		if both := floats.Norm(column, 2) * floats.Norm(residual, 2); both > 0 {
			r.cosine = max(r.cosine, math.Abs(floats.Dot(column, residual))/both)
		}
	}
	return r
}

// noise returns sin(1.7·i² + 1), which stands for noise.
func noise(i int) float64 { return math.Sin(1.7*float64(i*i) + 1) }

func straight(d, p []float64, x float64) float64 {
	d[0], d[1] = 1, x
	return p[0] + p[1]*x
}

func decay(d, p []float64, x float64) float64 {
	e := math.Exp(-p[1] * x)
	d[0], d[1], d[2] = e, -p[0]*x*e, 1
	return p[0]*e + p[2]
}

// dip is a Gaussian line of depth p₁ below the level p₀.
func dip(d, p []float64, x float64) float64 {
	z := (x - p[2]) / p[3]
	e := math.Exp(-z * z / 2)
	d[0], d[1], d[2], d[3] = 1, -e, -p[1]*e*z/p[3], -p[1]*e*z*z/p[3]
	return p[0] - p[1]*e
}

func sigmoid(d, p []float64, x float64) float64 {
	u := 1 / (1 + math.Exp(-(x-p[1])/p[2]))
	slope := p[0] * u * (1 - u) / p[2]
	d[0], d[1], d[2] = u, -slope, -slope*(x-p[1])/p[2]
	return p[0] * u
}

func peak(d, p []float64, x float64) float64 {
	z := (x - p[1]) / p[2]
	e := math.Exp(-z * z)
	d[0], d[1], d[2] = e, 2*p[0]*e*z/p[2], 2*p[0]*e*z*z/p[2]
	return p[0] * e
}

func product(d, p []float64, x float64) float64 {
	d[0], d[1], d[2] = p[1]*x, p[0]*x, 1
	return p[0]*p[1]*x + p[2]
}

// sampled returns the report with m observations at equal distances on [from, to], which y returns.
func sampled(name string, model curve, m int, from, to float64, y func(i int, x float64) float64, start ...float64) fitReport {
	f := fitReport{name: name, model: model, x: make([]float64, m), y: make([]float64, m), start: start}
	for i := range f.x {
		f.x[i] = from + (to-from)*float64(i)/float64(m-1)
		f.y[i] = y(i, f.x[i])
	}
	return f
}

func noisyPeak(name string, scale float64) fitReport {
	random := rand.New(rand.NewPCG(8369, 0))
	return sampled(name, peak, 100, 0, scale, func(_ int, x float64) float64 {
		z := (x/scale - 0.5) / 0.223
		return math.Exp(-z*z) + 0.1*random.Float64()
	}, 1, 0, 1)
}

const epoch = 1.7e9 // seconds, of the time stamps

// reportedFits are the reports on fits. The sums of squares are from scipy 1.10.1 (leastsq), but
// for that of lmfit 720, which is (y₀ − 2y₁ + y₂)²/6 in exact arithmetic.
var reportedFits = []struct {
	fitReport
	want func(t *testing.T, f fitReport, got fitResult)
}{
	{sampled("ceres-solver 121", func(d, p []float64, x float64) float64 {
		d[0], d[1] = 1-x, x
		return p[0]*(1-x) + p[1]*x
	}, 2, 0, 1, func(int, float64) float64 { return 10 }, 0, 1e-16), func(t *testing.T, _ fitReport, got fitResult) {
		if !floats.EqualApprox(got.x, []float64{10, 10}, 1e-12) {
			t.Error("want (10, 10)")
		}
	}},
	{sampled("scipy 10767", straight, 50, 0, 10, func(i int, x float64) float64 { return 3 + 2*x + 0.1*noise(i) }, 1e-14, 1e-14), asExact(0.21021105710331559, 1e-5, 0)},
	{sampled("lmfit 720", straight, 3, 0, 2, func(i int, x float64) float64 { return x + 1e-11*noise(i) }, 1, 1), asExact(1.617918668521449e-23, 1e-3, 0)},
	{sampled("scipy 22568", dip, 200, 6562, 6563.6, func(i int, x float64) float64 {
		z := (x - 6562.8) / 0.03
		return 100 - 40*math.Exp(-z*z/2) + 0.3*noise(i)
	}, 90, 30, 6562.82, 0.05), asExact(9.519953737046434, 1e-5, 130)},
	{sampled("time stamps", sigmoid, 200, epoch-3600, epoch+3600, func(i int, x float64) float64 {
		return 5/(1+math.Exp(-(x-epoch-200)/300)) + 0.05*noise(i)
	}, 4, epoch, 200), asExact(0.2685879255, 1e-5, 0)},
	{func() fitReport {
		f := sampled("stackoverflow 61452274", decay, 30, 36, 65, func(i int, x float64) float64 {
			return 5*math.Exp(-0.3*(x-36)) + 2 + 0.01*math.Sin(9*float64(i))
		}, 1, 1, 1)
		f.exact = true
		return f
	}(), asExact(0.001478580741263448, 1e-5, 0)},
	{noisyPeak("scipy 8369, 1e-6", 1e-6), trueEnd(1500, math.Inf(1))},
	{noisyPeak("scipy 8369, 1e-3", 1e-3), trueEnd(1500, 0.3)},
	{sampled("scipy 12715", product, 50, 0, 10, func(i int, x float64) float64 { return 3*math.Exp(-x/2) + 1 + 0.01*noise(i) }, 1, 0.7, 0.3),
		func(t *testing.T, _ fitReport, got fitResult) {
			if got.errorsErr == nil {
				t.Errorf("the standard errors are %v, want an error", got.errors)
			}
			if !(math.Abs(got.sumSquares/8.037687237962333-1) <= 1e-9) {
				t.Errorf("‖r‖² = %v, want 8.037687237962333", got.sumSquares)
			}
		}},
	{sampled("LG4X-V2 14", decay, 30, 0, 5, func(i int, x float64) float64 { return 2*math.Exp(-0.7*x) + 0.5 + 0.01*noise(i) }, 1, 1, 1),
		func(t *testing.T, f fitReport, got fitResult) {
			s := &optimize.Settings{GradientThreshold: 1e-6}
			again := f.run(false, f.run(false, f.start, s).x, s)
			if again.err != nil || !(math.Abs(again.sumSquares/0.0011600446269637516-1) <= 1e-9) {
				t.Errorf("again: ‖r‖² = %v, want 0.0011600446269637516, error %v", again.sumSquares, again.err)
			}
			if again.errorsErr != nil || !agree(again.errors, got.errors, 1e-3) {
				t.Errorf("again: standard errors %v, want %v: %v", again.errors, got.errors, again.errorsErr)
			}
		}},
}

// agree returns whether a and b agree to a relative tolerance.
func agree(a, b []float64, tolerance float64) bool {
	return floats.EqualFunc(a, b, func(u, v float64) bool { return math.Abs(u-v) <= tolerance*math.Abs(v) })
}

// asExact wants a fit with the given sum of squares, to the relative tolerance, and the standard
// errors that the exact Jacobian gives there, within so many evaluations, or any number if that is
// 0.
func asExact(sumSquares, tolerance float64, evaluations int) func(t *testing.T, f fitReport, got fitResult) {
	return func(t *testing.T, f fitReport, got fitResult) {
		if got.err != nil || !converged(got.status) || !(math.Abs(got.sumSquares/sumSquares-1) <= tolerance) {
			t.Errorf("‖r‖² = %v, want %v", got.sumSquares, sumSquares)
		}
		if exact := f.run(true, got.x, nil); got.errorsErr != nil || !agree(got.errors, exact.errors, 1e-3) {
			t.Errorf("standard errors %v, want %v: %v", got.errors, exact.errors, got.errorsErr)
		}
		if evaluations > 0 && got.evaluations > evaluations {
			t.Errorf("want at most %d evaluations", evaluations)
		}
	}
}

// trueEnd wants an end within so many evaluations, with a sum of squares of at most most. A status
// that says that a minimum is found is true: r is nearly orthogonal to each column of J.
func trueEnd(evaluations int, most float64) func(t *testing.T, f fitReport, got fitResult) {
	return func(t *testing.T, _ fitReport, got fitResult) {
		if got.evaluations > evaluations || !(got.sumSquares <= most) {
			t.Errorf("want at most %d evaluations and ‖r‖² at most %v", evaluations, most)
		}
		if converged(got.status) && !(got.cosine <= 1e-3) {
			t.Errorf("converged, but the cosine of r and a column of J is %v", got.cosine)
		}
	}
}

// TestReportedFits fits what was reported as failing in other libraries, or in this one.
func TestReportedFits(t *testing.T) {
	for _, report := range reportedFits {
		t.Run(report.name, func(t *testing.T) {
			skipOpen(t)
			got := report.run(report.exact, report.start, nil)
			t.Logf("%v (%v) at %v after %d evaluations, ‖r‖² = %v", got.status, got.err, got.x, got.evaluations, got.sumSquares)
			if got.status == optimize.IterationLimit {
				t.Error("want an end")
			}
			report.want(t, report.fitReport, got)
		})
	}
}
