package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// quadraticOf returns ½(x − c)ᵀA(x − c).
func quadraticOf(a *mat.SymDense, c []float64) optimize.Problem {
	product := func(dst, x []float64) {
		for i := range dst {
			dst[i] = 0
			for j := range x {
				dst[i] += a.At(i, j) * (x[j] - c[j])
			}
		}
	}
	return optimize.Problem{
		Func: func(x []float64) float64 {
			g, f := make([]float64, len(x)), 0.0
			product(g, x)
			for i := range x {
				f += (x[i] - c[i]) * g[i] / 2
			}
			return f
		},
		Grad: product,
		Hess: func(dst *mat.SymDense, _ []float64) { dst.CopySym(a) },
	}
}

// normalLikelihood is the negative logarithm of the likelihood of data with the parameters μ and σ of a normal
// distribution.
func normalLikelihood(data []float64) optimize.Problem {
	sums := func(x []float64) (first, second float64) {
		for _, y := range data {
			first += y - x[0]
			second += (y - x[0]) * (y - x[0])
		}
		return first, second
	}
	n := float64(len(data))
	return optimize.Problem{
		Func: func(x []float64) float64 {
			_, second := sums(x)
			return n*math.Log(x[1]) + second/(2*x[1]*x[1])
		},
		Grad: func(g, x []float64) {
			first, second := sums(x)
			g[0], g[1] = -first/(x[1]*x[1]), n/x[1]-second/(x[1]*x[1]*x[1])
		},
		Hess: func(dst *mat.SymDense, x []float64) {
			first, second := sums(x)
			v := x[1] * x[1]
			dst.SetSym(0, 0, n/v)
			dst.SetSym(0, 1, 2*first/(v*x[1]))
			dst.SetSym(1, 1, 3*second/(v*v)-n/v)
		},
	}
}

// TestNewtonCovariance compares with the textbook: the variances of the estimates of μ and σ are σ²/N and
// σ²/2N. Every way to run Newton gives them, whether or not the last step has evaluated the Hessian.
func TestNewtonCovariance(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	data, mean := make([]float64, 50), 0.0
	for i := range data {
		data[i] = 3 + 2*random.NormFloat64()
		mean += data[i] / 50
	}
	variance := 0.0
	for _, y := range data {
		variance += (y - mean) * (y - mean) / 50
	}
	p, start, evaluations := normalLikelihood(data), []float64{1, 1}, 0
	if err := CheckGradient(p, start); err != nil {
		t.Fatal(err)
	}
	if err := CheckHessian(p, start); err != nil {
		t.Fatal(err)
	}
	hess := p.Hess
	p.Hess = func(dst *mat.SymDense, x []float64) {
		evaluations++
		hess(dst, x)
	}
	for name, run := range map[string]func() *Newton{
		"Minimize": func() *Newton {
			o := NewNewton(nil)
			Minimize(p, start, o, nil)
			return o
		},
		"Minimize to a threshold": func() *Newton {
			o := NewNewton(nil)
			Minimize(p, start, o, &optimize.Settings{GradientThreshold: 1e-7})
			return o
		},
		"with the function": func() *Newton {
			o := NewNewton(p.Hess)
			Minimize(p, start, o, &optimize.Settings{GradientThreshold: 1e-7})
			return o
		},
		"in gonum's Minimize": func() *Newton {
			o := NewNewton(p.Hess)
			optimize.Minimize(p, start, &optimize.Settings{GradientThreshold: 1e-7}, Method(o))
			return o
		},
		"Step": func() *Newton {
			o, x := NewNewton(nil), []float64{1, 1}
			o.Problem = &p
			for o.Status() == optimize.NotTerminated {
				o.Step(x, x)
			}
			return o
		},
		"fixed steps": func() *Newton {
			o, x, g := NewNewton(p.Hess), []float64{mean + 0.1, math.Sqrt(variance)}, make([]float64, 2)
			for range 20 {
				p.Grad(g, x)
				o.Step(x, g)
			}
			return o
		},
		"restored": func() *Newton {
			o, again := NewNewton(nil), NewNewton(nil)
			Minimize(p, start, o, nil)
			transfer(t, o, again)
			again.Problem = &p
			return again
		},
	} {
		o := run()
		known := o.knownHessian(o.at.X) != nil
		var c mat.SymDense
		before := evaluations
		if err := o.Covariance(&c); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if extra := evaluations - before; known != (extra == 0) || extra > 1 || known && name == "restored" {
			t.Errorf("%s: %d evaluations, known: %v", name, extra, known)
		}
		if !(math.Abs(c.At(0, 0)/(variance/50)-1) <= 1e-6) || !(math.Abs(c.At(1, 1)/(variance/100)-1) <= 1e-6) || !(math.Abs(c.At(0, 1)) <= 1e-6*c.At(0, 0)) {
			t.Errorf("%s: %v, want variances %v and %v", name, mat.Formatted(&c), variance/50, variance/100)
		}
		errs := make([]float64, 2)
		if err := o.StandardErrors(errs); err != nil || errs[0] != math.Sqrt(c.At(0, 0)) || errs[1] != math.Sqrt(c.At(1, 1)) {
			t.Errorf("%s: standard errors %v, %v", name, errs, err)
		}
		full := mat.NewSymDense(2, []float64{7, 7, 7, 7})
		if err := o.Covariance(full); err != nil || !mat.Equal(full, &c) {
			t.Errorf("%s: %v into a matrix that is not empty, %v", name, mat.Formatted(full), err)
		}
	}
}

// TestNewtonCovarianceUnits measures parameters in units from 1e-9 to 1e9. The inverse follows, with all
// digits that the condition leaves.
func TestNewtonCovarianceUnits(t *testing.T) {
	a := mat.NewSymDense(3, []float64{4, 1, 0.5, 1, 3, -1, 0.5, -1, 2})
	var want mat.Dense
	if err := want.Inverse(a); err != nil {
		t.Fatal(err)
	}
	for _, units := range [][]float64{{1, 1, 1}, {1e-9, 1, 1e9}, {1e9, 1e9, 1e9}, {1e-150, 1, 1e150}} {
		scaled := mat.NewSymDense(3, nil)
		for i := range 3 {
			for j := i; j < 3; j++ {
				scaled.SetSym(i, j, a.At(i, j)/units[i]/units[j])
			}
		}
		o := NewNewton(nil)
		p := quadraticOf(scaled, make([]float64, 3))
		o.Problem = &p
		o.Step([]float64{units[0], units[1], units[2]}, make([]float64, 3))
		var c mat.SymDense
		if err := o.Covariance(&c); err != nil {
			t.Errorf("units %v: %v", units, err)
			continue
		}
		for i := range 3 {
			for j := range 3 {
				if got := c.At(i, j) / units[i] / units[j]; !(math.Abs(got-want.At(i, j)) <= 1e-14) {
					t.Errorf("units %v: element %d, %d is %v, want %v", units, i, j, got, want.At(i, j))
				}
			}
		}
	}
}

// TestNewtonCovarianceOfFit compares with the covariance of LeastSquares, for a straight line.
func TestNewtonCovarianceOfFit(t *testing.T) {
	a := mat.NewDense(5, 2, []float64{1, 1, 1, 2, 1, 3, 1, 4, 1, 5})
	fit, x := linear(a, []float64{1.1, 1.9, 3.2, 3.8, 5.1}), make([]float64, 2)
	fitted(fit, x)
	var want, got, ata mat.SymDense
	if err := fit.Covariance(&want); err != nil {
		t.Fatal(err)
	}
	ata.SymOuterK(1, a.T())
	p := fit.Problem()
	o := NewNewton(func(dst *mat.SymDense, _ []float64) { dst.CopySym(&ata) })
	if _, err := Minimize(p, []float64{1, 2}, o, nil); err != nil {
		t.Fatal(err)
	}
	if err := o.Covariance(&got); err != nil {
		t.Fatal(err)
	}
	got.ScaleSym(fit.SumSquares()/3, &got)
	if !mat.EqualApprox(&got, &want, 1e-14) {
		t.Errorf("%v, want %v", mat.Formatted(&got), mat.Formatted(&want))
	}
}

// TestNewtonCovarianceErrors checks every reason for which there is no covariance.
func TestNewtonCovarianceErrors(t *testing.T) {
	nan := math.NaN()
	for _, row := range []struct {
		h    []float64
		want string
	}{
		{[]float64{1, 1, 0, 1, 1, 0, 0, 0, 2}, "the Hessian has rank 2 and does not determine parameter 1"},
		{[]float64{1, 1e9, 0, 1e9, 1e18, 0, 0, 0, 2e-9}, "the Hessian has rank 2 and does not determine parameter "}, // 0 or 1
		{[]float64{1, 1 - 4e-16, 0, 1 - 4e-16, 1, 0, 0, 0, 2}, "the Hessian has rank 2 and does not determine parameter 1"},
		{[]float64{1, 0, 0, 0, 0, 0, 0, 0, 2}, "parameter 1 has no effect on the gradient"},
		{[]float64{1, 0, 0, 0, 3, 0, 0, 0, -2}, "the curvature along parameter 2 is -2, want (0, +Inf)"},
		{[]float64{1, 0, 0, 0, 0, 1, 0, 1, 2}, "the curvature along parameter 1 is 0, want (0, +Inf)"},
		{[]float64{1, 2, 0, 2, 1, 0, 0, 0, 2}, "the Hessian is not positive definite, want a minimum"},
		{[]float64{1, 0, 0, 0, 1, nan, 0, nan, 2}, "the Hessian is not finite"},
		{[]float64{1, 1 - 1e-10, 0, 1 - 1e-10, 1, 0, 0, 0, 2}, ""},
	} {
		h := mat.NewSymDense(3, row.h)
		o := NewNewton(func(dst *mat.SymDense, _ []float64) { dst.CopySym(h) })
		o.Step([]float64{1, 1, 1}, make([]float64, 3))
		dst := mat.NewSymDense(3, nil)
		dst.SetSym(0, 0, 7)
		err := o.Covariance(dst)
		if row.want == "" {
			if err != nil {
				t.Errorf("%v: %v", row.h, err)
			}
			continue
		}
		if err == nil || strings.TrimRight(err.Error(), "01") != "optim: Newton.Covariance: "+strings.TrimRight(row.want, "01") || dst.At(0, 0) != 7 {
			t.Errorf("%v: %v, want %s", row.h, err, row.want)
		}
		if err2 := o.StandardErrors(make([]float64, 3)); fmt.Sprint(err2) != fmt.Sprint(err) {
			t.Errorf("%v: %v, want %v", row.h, err2, err)
		}
	}

	o := NewNewton(nil)
	if err := o.Covariance(new(mat.SymDense)); err == nil || err.Error() != "optim: Newton.Covariance: no step was taken" {
		t.Error(err)
	}
	p := quadraticOf(mat.NewSymDense(2, []float64{2, 0, 0, 3}), []float64{1, 2})
	Minimize(p, []float64{5, 5}, o, nil)
	want := "optim: Newton.Covariance: dst is 3 × 3, want 2 × 2"
	if got := message(func() { o.Covariance(mat.NewSymDense(3, nil)) }); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	want = "optim: Newton.StandardErrors: len(dst) = 1, want 2"
	if got := message(func() { o.StandardErrors(make([]float64, 1)) }); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	Reset(o)
	if err := o.Covariance(new(mat.SymDense)); err == nil || !strings.HasSuffix(err.Error(), "no step was taken") {
		t.Errorf("after Reset: %v", err)
	}
	// After a run of gonum's the problem is gone.
	optimize.Minimize(p, []float64{5, 5}, &optimize.Settings{GradientThreshold: 1e-3}, Method(o))
	if err := o.Covariance(new(mat.SymDense)); o.knownHessian(o.at.X) == nil && (err == nil || !strings.Contains(err.Error(), "no Hessian at the last point")) {
		t.Errorf("after gonum's Minimize: %v", err)
	}
	// A restored optimizer has no problem.
	Minimize(p, []float64{5, 5}, o, nil)
	again := NewNewton(nil)
	transfer(t, o, again)
	if err := again.Covariance(new(mat.SymDense)); err == nil || !strings.Contains(err.Error(), "no Hessian at the last point") {
		t.Errorf("restored: %v", err)
	}
}

// TestNewtonCovarianceAfterRestore restores into an optimizer that has evaluated its Hessian at the same
// point. The restored matrix is not taken for that Hessian.
func TestNewtonCovarianceAfterRestore(t *testing.T) {
	step := func(h float64) *Newton {
		o := NewNewton(func(dst *mat.SymDense, _ []float64) { dst.SetSym(0, 0, h) })
		o.Step([]float64{1}, []float64{0.5})
		return o
	}
	o := step(4)
	transfer(t, step(2), o)
	var c mat.SymDense
	if err := o.Covariance(&c); err != nil || c.At(0, 0) != 0.25 {
		t.Errorf("%v, %v, want ¼", mat.Formatted(&c), err)
	}
}

// TestNewtonCovarianceChangesNothing calls Covariance after every step.
func TestNewtonCovarianceChangesNothing(t *testing.T) {
	p := withDifferences(valley())
	run := func(covariance bool) []float64 {
		o, x := NewNewton(nil), append([]float64(nil), crooked...)
		o.Problem, o.Every = &p, 3
		for range 12 {
			o.Step(x, x)
			if covariance {
				before := encoded(o)
				o.Covariance(new(mat.SymDense))
				if string(encoded(o)) != string(before) {
					t.Fatal("Covariance changed the state")
				}
			}
		}
		return x
	}
	if got, want := run(true), run(false); !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestResultHessian checks that the result has a Hessian only if it belongs to the result, and that no
// evaluation is made for it.
func TestResultHessian(t *testing.T) {
	p, known, unknown := withDifferences(valley()), 0, 0
	for _, every := range []int{1, 3} {
		for limit := range 30 {
			for _, s := range []*optimize.Settings{{MajorIterations: limit}, {FuncEvaluations: limit}, {GradEvaluations: limit}, {HessEvaluations: limit}, {GradientThreshold: math.Pow(0.3, float64(limit))}} {
				o, calls := NewNewton(nil), 0
				o.Every = every
				counted := p
				counted.Hess = func(dst *mat.SymDense, x []float64) {
					calls++
					p.Hess(dst, x)
				}
				r, _ := Minimize(counted, crooked, o, s)
				if calls != r.HessEvaluations {
					t.Fatalf("%d evaluations, and %d in the result", calls, r.HessEvaluations)
				}
				if r.Hessian == nil {
					unknown++
					continue
				}
				known++
				want := mat.NewSymDense(len(crooked), nil)
				p.Hess(want, r.X)
				if !mat.Equal(r.Hessian, want) {
					t.Errorf("every %d, settings %+v: the Hessian is that of another point", every, *s)
				}
				r.Hessian.SetSym(0, 0, 1e9)
				if o.h[0] == 1e9 {
					t.Error("the result and the optimizer share the matrix")
				}
			}
		}
	}
	if known < 10 || unknown < 10 {
		t.Errorf("%d known and %d unknown", known, unknown)
	}
	if r, _ := Minimize(p, crooked, NewBFGS(), nil); r.Hessian != nil {
		t.Error("BFGS has no Hessian")
	}
}
