package optim

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// linear returns the fit with residuals Ax − b.
func linear(a *mat.Dense, b []float64) *LeastSquares {
	m, _ := a.Dims()
	return NewLevenbergMarquardt(m, func(dst, x []float64) {
		r := mat.NewVecDense(m, dst)
		r.MulVec(a, mat.NewVecDense(len(x), x))
		r.SubVec(r, mat.NewVecDense(m, b))
	}, func(dst *mat.Dense, _ []float64) { dst.Copy(a) })
}

func rosenbrock() *LeastSquares {
	return NewLevenbergMarquardt(2, func(dst, x []float64) {
		dst[0], dst[1] = 10*(x[1]-float64(x[0]*x[0])), 1-x[0]
	}, func(dst *mat.Dense, x []float64) {
		dst.SetRow(0, []float64{-20 * x[0], 10})
		dst.Set(1, 0, -1)
	})
}

// fits returns the rows for the tests of the contract of Optimizer, each with a
// start from which it takes several steps.
func fits(t testing.TB) map[string]func() (*LeastSquares, []float64) {
	p, q := readNIST(t, "MGH17"), readNIST(t, "Misra1a")
	return map[string]func() (*LeastSquares, []float64){
		"derivatives": func() (*LeastSquares, []float64) { return p.fit(false, 1, nil), slices.Clone(p.starts[0]) },
		"differences": func() (*LeastSquares, []float64) { return p.fit(true, 1, nil), slices.Clone(p.starts[0]) },
		"ends":        func() (*LeastSquares, []float64) { return q.fit(true, 1, nil), slices.Clone(q.starts[1]) },
		"from afar": func() (*LeastSquares, []float64) { // its parameters shrink
			return NewLevenbergMarquardt(2, func(dst, x []float64) {
				dst[0], dst[1] = math.Expm1(x[0])-1e-7, math.Expm1(x[1])+x[0]*x[0]-1e-5
			}, nil), []float64{1, 0.5}
		},
		"plain": func() (*LeastSquares, []float64) {
			o := q.fit(false, 1, nil)
			o.Damping, o.LearningRate, o.Schedule = 0, 0.6, Linear(0.5, 1, 10)
			return o, slices.Clone(q.starts[1])
		},
		"bounds": func() (*LeastSquares, []float64) {
			o := p.fit(true, 1, nil)
			o.Lower, o.Upper = []float64{0.2, 0, -5, 0.0135, 0}, []float64{1, 2.5, 0, 1, 0.02}
			o.Fixed = []bool{false, false, true, false, false}
			return o, []float64{50, 1.5, -2.2, 1, 2}
		},
		"loss": func() (*LeastSquares, []float64) {
			o := q.fit(true, 1, nil)
			o.Loss = Cauchy(0.1)
			return o, slices.Clone(q.starts[1])
		},
		"fails": func() (*LeastSquares, []float64) {
			return NewLevenbergMarquardt(1, func(dst, x []float64) { dst[0] = x[0] }, func(dst *mat.Dense, x []float64) {
				dst.Set(0, 0, 1)
				if x[0] == 1 {
					dst.Set(0, 0, -1)
				}
			}), []float64{1}
		},
	}
}

func stepOn(o *LeastSquares, x []float64, k int) []float64 {
	for range k {
		o.Step(x, x)
	}
	return x
}

func TestLeastSquaresResume(t *testing.T) {
	for name, start := range fits(t) {
		whole, want := start()
		stepOn(whole, want, 20)
		for k := range 21 {
			opt, x := start()
			var file bytes.Buffer
			if err := Save(&file, stepOn(opt, x, k), opt); err != nil {
				t.Fatal(err)
			}
			opt, x = start()
			stepOn(opt, x, k%3) // it may have been used
			opt.LearningRate, opt.Damping = 0.1, 5
			if err := Load(&file, x, opt); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			stepOn(opt, x, 20-k)
			if !sameBits(x, want) || opt.Status() != whole.Status() || fmt.Sprint(opt.Err()) != fmt.Sprint(whole.Err()) {
				t.Errorf("%s: %v, %v when resumed after %d, want %v, %v (%v, %v)", name, x, opt.Status(), k, want, whole.Status(), opt.Err(), whole.Err())
			}
			if !bytes.Equal(encoded(opt), encoded(whole)) {
				t.Errorf("%s: another state when resumed after %d", name, k)
			}
			if a, b := opt.SumSquares(), whole.SumSquares(); math.Float64bits(a) != math.Float64bits(b) {
				t.Errorf("%s: ‖r‖² = %v when resumed after %d, want %v", name, a, k, b)
			}
			Reset(opt)
			_, x = start()
			stepOn(opt, x, 20)
			if !sameBits(x, want) {
				t.Errorf("%s: other bits after Reset", name)
			}
		}
	}
}

func TestLeastSquaresStateErrors(t *testing.T) {
	o := rosenbrock()
	stepOn(o, []float64{-1.2, 1}, 3)
	good := encoded(o)
	other := linear(mat.NewDense(3, 2, nil), make([]float64, 3))
	if err := Unmarshal(good, other); err == nil || err.Error() != "optim: Unmarshal: state of LeastSquares: 2 residuals, want 3" {
		t.Errorf("%v, want an error", err)
	}
	for want, at := range map[string]int{"differences 9": 24, "end 9 with index 0": 16, "end 0 with index 9": 8, "end 0 with index 2": 8} { // 9 endings, 2 residuals
		data := bytes.Clone(good)
		data[len(data)-at] = 9
		if strings.HasSuffix(want, "2") {
			data[len(data)-at] = 2
		}
		err := Unmarshal(data, rosenbrock())
		if err == nil || err.Error() != "optim: Unmarshal: state of LeastSquares: "+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for i := range 8 * len(good) {
		data := bytes.Clone(good)
		data[i/8] ^= 1 << (i % 8)
		o := rosenbrock()
		if err := Unmarshal(data, o); err != nil {
			if !bytes.Equal(encoded(o), encoded(rosenbrock())) {
				t.Errorf("bit %d: refused data changed the state", i)
			}
			continue
		}
		x := []float64{-1.2, 1}
		if got := message(func() { stepOn(o, x, 5) }); got != "no panic" && !strings.HasPrefix(got, "optim: ") {
			t.Errorf("bit %d: %s", i, got)
		}
		if firstNonFinite(x) >= 0 {
			t.Errorf("bit %d: to %v", i, x)
		}
	}
}

// TestRestoredEnd checks that the reason for the end stays when a restored fit evaluates the residuals again.
func TestRestoredEnd(t *testing.T) {
	for name, fit := range fits(t) {
		o, x := fit()
		stepOn(o, x, 100)
		again, _ := fit()
		if err := Unmarshal(encoded(o), again); err != nil {
			t.Fatal(err)
		}
		again.SumSquares()
		if again.Status() != o.Status() || fmt.Sprint(again.Err()) != fmt.Sprint(o.Err()) {
			t.Errorf("%s: %v, %v after a restore, want %v, %v", name, again.Status(), again.Err(), o.Status(), o.Err())
		}
	}
}

// TestProblemAfterPanic has a residual that panics at x < 0, after it has written an element. The value at the point of
// before is then not the one that is kept.
func TestProblemAfterPanic(t *testing.T) {
	p := NewLevenbergMarquardt(2, func(dst, x []float64) {
		dst[0] = x[0]
		if x[0] < 0 {
			panic("negative")
		}
		dst[1] = 1
	}, nil).Problem()
	want := p.Func([]float64{3})
	if got := message(func() { p.Func([]float64{-9}) }); got != "negative" {
		t.Fatal(got)
	}
	if got := p.Func([]float64{3}); got != want || want != 5 {
		t.Errorf("f = %v after a panic, want %v", got, want)
	}
}

func TestLeastSquaresPanics(t *testing.T) {
	r := func(_, _ []float64) {}
	for want, f := range map[string]func(o *LeastSquares){
		"optim: LeastSquares.Step: len(params) = 2, len(grads) = 1, want the same": func(o *LeastSquares) { o.Step(make([]float64, 2), make([]float64, 1)) },
		"optim: LeastSquares.Step: len(params) = 3, want 2 as in the steps before": func(o *LeastSquares) { o.Step(make([]float64, 3), make([]float64, 3)) },
		"optim: LeastSquares.Damping = -1, want [0, +Inf)":                         func(o *LeastSquares) { o.Damping = -1; stepOn(o, make([]float64, 2), 1) },
		"optim: LeastSquares.LearningRate = NaN, want [0, +Inf)":                   func(o *LeastSquares) { o.LearningRate = nan; stepOn(o, make([]float64, 2), 1) },
		"optim: LeastSquares.Covariance: dst is 3 × 3, want 2 × 2":                 func(o *LeastSquares) { o.Covariance(mat.NewSymDense(3, nil)) },
		"optim: LeastSquares.StandardErrors: len(dst) = 1, want 2":                 func(o *LeastSquares) { o.StandardErrors(make([]float64, 1)) },
		"optim: LeastSquares.Lower: len = 1, want 2, one for each parameter":       func(o *LeastSquares) { o.Lower = make([]float64, 1); stepOn(o, make([]float64, 2), 1) },
		"optim: LeastSquares.Upper: len = 3, want 2, one for each parameter":       func(o *LeastSquares) { o.Upper = make([]float64, 3); stepOn(o, make([]float64, 2), 1) },
		"optim: LeastSquares.Fixed: len = 0, want 2, one for each parameter":       func(o *LeastSquares) { o.Fixed = []bool{}; stepOn(o, make([]float64, 2), 1) },
		"optim: LeastSquares.Lower[1] = NaN, want [-Inf, +Inf)":                    func(o *LeastSquares) { o.Lower = []float64{0, nan}; stepOn(o, make([]float64, 2), 1) },
		"optim: LeastSquares.Upper[0] = -Inf, want (-Inf, +Inf]":                   func(o *LeastSquares) { o.Upper = []float64{-inf, 0}; stepOn(o, make([]float64, 2), 1) },
		"optim: LeastSquares.Lower[1] = 3, want [-Inf, Upper[1] = 2]": func(o *LeastSquares) {
			o.Lower, o.Upper = []float64{0, 3}, []float64{0, 2}
			stepOn(o, make([]float64, 2), 1)
		},
		"optim: NewLevenbergMarquardt: m = 0, want at least 1": func(*LeastSquares) { NewLevenbergMarquardt(0, r, nil) },
		"optim: NewLevenbergMarquardt: the residual is nil":    func(*LeastSquares) { NewLevenbergMarquardt(1, nil, nil) },
		"optim: NewGaussNewton: m = -1, want at least 1":       func(*LeastSquares) { NewGaussNewton(-1, r, nil) },
		"optim: NewGaussNewton: the residual is nil":           func(*LeastSquares) { NewGaussNewton(1, nil, nil) },
	} {
		o := linear(mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 7}), []float64{1, 2, 4})
		x := []float64{1, 1}
		stepOn(o, x, 2)
		before, at := encoded(o), slices.Clone(x)
		if got := message(func() { f(o) }); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		o.Damping, o.LearningRate = 1e-3, 1
		if !bytes.Equal(encoded(o), before) || !sameBits(x, at) {
			t.Errorf("%s: state changed", want)
		}
	}
	o := rosenbrock()
	o.Step(nil, nil)
	x := []float64{-1.2, 1}
	fitted(o, x)
	if !floats.EqualApprox(x, []float64{1, 1}, 1e-12) {
		t.Errorf("a step without parameters changed the steps after it: %v", x)
	}
}

// TestLeastSquaresEvaluations records every evaluation. No point is evaluated
// twice, and the counts are right.
func TestLeastSquaresEvaluations(t *testing.T) {
	for _, name := range []string{"Thurber", "MGH17", "Nelson", "BoxBOD"} {
		p := readNIST(t, name)
		o := p.fit(false, 1, nil)
		residual, jac := o.residual, o.derivatives
		var r, j []string
		o.residual = func(dst, x []float64) { r = append(r, fmt.Sprint(x)); residual(dst, x) }
		o.derivatives = func(dst *mat.Dense, x []float64) {
			j = append(j, fmt.Sprint(x))
			if mat.Norm(dst, 1) != 0 {
				t.Errorf("%s: the Jacobian is to be written to a matrix that is not zero", name)
			}
			jac(dst, x)
		}
		x := slices.Clone(p.starts[0])
		fitted(o, x)
		o.Covariance(new(mat.SymDense))
		stepOn(o, x, 3) // at the end there is nothing to do
		if len(r) != o.eval.stats.FuncEvaluations || len(j) != o.eval.stats.GradEvaluations {
			t.Errorf("%s: counted %d and %d evaluations of %d and %d", name, o.eval.stats.FuncEvaluations, o.eval.stats.GradEvaluations, len(r), len(j))
		}
		for _, list := range [][]string{r, j} {
			slices.Sort(list)
			if n := len(slices.Compact(slices.Clone(list))); n != len(list) {
				t.Errorf("%s: %d of %d evaluations are at a point where there was one", name, len(list)-n, len(list))
			}
		}
	}

	// Step evaluates again where the caller has moved x, after the end too.
	o, x := rosenbrock(), []float64{-1.2, 1}
	fitted(o, x)
	copy(x, []float64{-1.2, 1})
	before := o.eval.stats.FuncEvaluations
	o.Step(x, x)
	if o.Status() != optimize.NotTerminated || o.eval.stats.FuncEvaluations == before {
		t.Errorf("%v with %d evaluations where it was moved to", o.Status(), o.eval.stats.FuncEvaluations-before)
	}
	fitted(o, x)
	if !floats.EqualApprox(x, []float64{1, 1}, 1e-12) {
		t.Errorf("ends at %v", x)
	}
}

func TestLeastSquaresAllocations(t *testing.T) {
	for name, start := range fits(t) {
		o, x := start()
		_, begin := start()
		fitted(o, x)
		if n := allocations(func() {
			copy(x, begin) // so that a step evaluates, factorizes and solves
			o.Step(x, x)
			o.Step(x, x)
		}); n > 0 {
			t.Errorf("%s: %v allocations in 100 steps", name, n)
		}
	}
}

// TestLinearEndsInOneStep tests a theorem: without damping the first step leads to
// the minimum of a linear problem, for J of any rank and shape.
func TestLinearEndsInOneStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for try := range 300 {
		m, n := 1+rng.IntN(12), 1+rng.IntN(8)
		rank := 1 + rng.IntN(min(m, n))
		random := func(r, c int) *mat.Dense {
			a := mat.NewDense(r, c, nil)
			for i := range r {
				for j := range c {
					a.Set(i, j, rng.NormFloat64())
				}
			}
			return a
		}
		var a mat.Dense
		a.Mul(random(m, rank), random(rank, n))
		b := mat.Col(nil, 0, random(m, 1))
		o, x := linear(&a, b), mat.Col(nil, 0, random(n, 1))
		o.Damping = 0
		o.Step(x, x)
		once := slices.Clone(x)
		steps := 1 + fitted(o, x)
		var normal mat.VecDense // Aᵀr
		normal.MulVec(a.T(), mat.NewVecDense(m, o.r))
		size := mat.Norm(&a, 2) * floats.Norm(b, 2)
		if !(mat.Norm(&normal, 2) <= 1e-12*size) || o.Err() != nil || !floats.EqualApprox(x, once, 1e-7*floats.Norm(x, 2)) || steps > 10 {
			t.Errorf("try %d, %d × %d of rank %d: Aᵀr = %v after %d steps, first to %v, then to %v: %v", try, m, n, rank, normal, steps, once, x, o.Err())
		}

		damped, y := linear(&a, b), make([]float64, n)
		fitted(damped, y)
		if best := o.SumSquares(); damped.Err() != nil || !(damped.SumSquares() <= best*(1+1e-10)+1e-24*size*size) {
			t.Errorf("try %d, %d × %d of rank %d: ‖r‖² = %v with damping, %v without: %v", try, m, n, rank, damped.SumSquares(), best, damped.Err())
		}
		if rank < n && o.Covariance(new(mat.SymDense)) == nil {
			t.Errorf("try %d, %d × %d of rank %d: a covariance", try, m, n, rank)
		}
	}
}

// TestGaussNewtonOracle compares plain steps with a literal form of the textbook's method.
func TestGaussNewtonOracle(t *testing.T) {
	for name := range models {
		p := readNIST(t, name)
		o, x := p.fit(false, 1, nil), slices.Clone(p.starts[1])
		o.Damping, o.LearningRate, o.Schedule = 0, 0.25, Linear(1, 0.5, 4)
		m, n := len(p.y), len(x)
		y, r, jac := slices.Clone(x), mat.NewVecDense(m, nil), mat.NewDense(m, n, nil)
		for step := range 6 {
			o.Step(x, x)
			o.residual(r.RawVector().Data, y)
			o.derivatives(jac, y)
			r.ScaleVec(-1, r)
			var d mat.VecDense
			if err := d.SolveVec(jac, r); err != nil {
				t.Fatal(err)
			}
			floats.AddScaled(y, o.LearningRate*o.Schedule.At(step), d.RawVector().Data)
			if !floats.EqualFunc(x, y, func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }) {
				t.Fatalf("%s, step %d: %v, want %v", name, step, x, y)
			}
			if s := o.eval.stats; s.FuncEvaluations != step+2 || s.GradEvaluations != step+2 {
				t.Errorf("%s: %d and %d evaluations after step %d", name, s.FuncEvaluations, s.GradEvaluations, step)
			}
		}
	}
}

// TestTrustRegion compares steps with their definition: d is the minimum of ‖Jd + r‖² + μ‖Dd‖², and
// either μ = 0 and ‖Dd‖ ≤ Δ, or ‖Dd‖ = Δ, to one part in ten. It compares the predicted decrease
// with that of the linear model.
func TestTrustRegion(t *testing.T) {
	for name := range models {
		p := readNIST(t, name)
		o, x := p.fit(false, 1, nil), slices.Clone(p.starts[1])
		o.Step(x, x)
		m, n := len(p.y), len(x)
		o.factors.Solve(o.d)
		full := o.scaledNorm(o.d)
		inside := 0
		for _, radius := range []float64{1e-9, 1e-3, 0.1, 0.5, 0.95, 1.2, 100} {
			o.radius = radius * full
			gain := o.solve(x)
			stack, b := mat.NewDense(m+n, n, nil), mat.NewVecDense(m+n, nil)
			stack.Slice(0, m, 0, n).(*mat.Dense).Copy(o.jac)
			for j := range n {
				stack.Set(m+j, j, math.Sqrt(o.mu)*o.largest[j])
			}
			for i, v := range o.r {
				b.SetVec(i, -v)
			}
			var want, model mat.VecDense
			if err := want.SolveVec(stack, b); err != nil {
				t.Fatal(err)
			}
			if !floats.EqualFunc(o.d, want.RawVector().Data, func(a, b float64) bool { return math.Abs(a-b) <= 1e-5*math.Abs(b) }) {
				t.Errorf("%s, Δ = %v‖Dd‖: %v, want %v", name, radius, o.d, want.RawVector().Data)
			}
			model.MulVec(o.jac, mat.NewVecDense(n, o.d))
			floats.Add(model.RawVector().Data, o.r)
			q := mat.Norm(&model, 2) / o.norm
			if predicted := (1 - q) * (1 + q); !(math.Abs(gain-predicted) <= 1e-6*predicted+1e-12) {
				t.Errorf("%s, Δ = %v‖Dd‖: gain %v, want %v", name, radius, gain, predicted)
			}
			length := 0.0
			for j, d := range o.d {
				length = math.Hypot(length, o.largest[j]*d)
			}
			switch ratio := length / o.radius; {
			case o.mu == 0 && ratio <= 1.1:
				inside++
			case !(math.Abs(ratio-1) <= 0.1000001):
				t.Errorf("%s, Δ = %v‖Dd‖: ‖Dd‖ = %vΔ for μ = %v", name, radius, ratio, o.mu)
			}
		}
		if inside != 3 {
			t.Errorf("%s: %d of 3 full steps", name, inside)
		}
	}
}

// TestRadius compares Δ after a trial with the rules of Moré 1978, section 4. ‖r‖² is 1 and the
// linear model predicts the decrease 0.5, of which μ‖Dd‖² is 0.1.
func TestRadius(t *testing.T) {
	for _, c := range []struct{ norm, mu, want float64 }{
		{math.Sqrt(0.5), 0.025, 4},  // ρ = 1
		{math.Sqrt(0.62), 0.025, 4}, // ρ = 0.76
		{math.Sqrt(0.63), 0.025, 2}, // ρ = 0.74
		{math.Sqrt(0.63), 0, 4},     // a full step
		{math.Sqrt(0.87), 0.025, 2}, // ρ = 0.26
		{math.Sqrt(0.88), 0.025, 1}, // ρ = 0.24
		{1, 0.025, 1},
		{math.Sqrt2, 0.025, 2 * 0.4 / (0.8 + 1)}, // the minimum of 1 − 0.8s + 1.8s²
		{3, 0.025, 0.2},
		{inf, 0.025, 0.2},
		{nan, 0.025, 0.2},
	} {
		o := rosenbrock()
		o.norm, o.radius, o.length, o.mu = 1, 2, 2, c.mu
		rho := o.updateRadius(c.norm, 0.5)
		if !(math.Abs(o.radius-c.want) <= 1e-12) {
			t.Errorf("‖r‖ = %v, μ = %v: Δ = %v, want %v", c.norm, c.mu, o.radius, c.want)
		}
		if want := (1 - c.norm*c.norm) / 0.5; !(math.Abs(rho-want) <= 1e-12) && !sameNumbers([]float64{rho}, []float64{want}) {
			t.Errorf("‖r‖ = %v: ρ = %v, want %v", c.norm, rho, want)
		}
	}
}

// TestRadiusEnds has ρ exactly at the ends of the ranges of Moré's rules, where q = ‖r‖ after the trial and ‖r‖
// is 1 before it, and checks μ, with which the next step begins.
func TestRadiusEnds(t *testing.T) {
	for _, c := range []struct{ q, gain, mu, radius, wantMu float64 }{
		{0.5, 1, 0.01, 4, 0.005},                  // ρ = 3/4
		{0.5, 1.5, 0.01, 3, 0.01},                 // ρ = 1/2
		{0.5, 1.5, leastDamping, 4, 0.5e-12},      // of a full step
		{0.5, 3, 0.01, 1, 0.02},                   // ρ = 1/4
		{10, 100, 0, 0.2, 0},                      // a tenth
		{9, 100, 0, 2 * 100. / 280, 0},            // the minimum of 1 − 200s + 280s²
		{1, 100, 0.01, 1, 0.02},                   // a half
		{1.0000001, 100, 0.01, 2 / 2.0, 0.02 / 1}, // nearly a half
	} {
		o := rosenbrock()
		o.norm, o.radius, o.length, o.mu = 1, 3, 2, c.mu
		if o.updateRadius(c.q, c.gain); !(math.Abs(o.radius-c.radius) <= 1e-6) || !(math.Abs(o.mu-c.wantMu) <= 1e-6*c.wantMu) {
			t.Errorf("%v: Δ = %v, μ = %v", c, o.radius, o.mu)
		}
	}
}

// givenLengths is a linear model with given ‖d‖, one after another.
type givenLengths struct {
	lengths, mus []float64
}

func (s *givenLengths) Minimize(d []float64, mu float64, _ []float64) (gain float64) {
	clear(d)
	d[0] = s.lengths[min(len(s.mus), len(s.lengths)-1)]
	s.mus = append(s.mus, mu)
	return 0.5
}

func (s *givenLengths) SolveAgain(_, _ []float64) {}

// TestDampingSearch compares the search for μ with Moré 1978, section 5: 1/‖d‖ is interpolated between the
// last μ with ‖d‖ > Δ and the last μ. Δ is 1, and ‖r‖ = 2, so that μ ≤ 1. A step ends the search if ‖d‖ is Δ
// to a tenth of Δ.
func TestDampingSearch(t *testing.T) {
	first, second := 0.9/3.8, 0.8/(0.1/(0.9/3.8))
	for _, c := range []struct {
		lengths []float64
		mu      float64 // of the last step
		want    []float64
	}{
		{[]float64{1.05}, 7, []float64{0}},
		{[]float64{1.1}, 7, []float64{0}},
		{[]float64{1.11, 1}, 0.25, []float64{0, 0.25}},
		{[]float64{2, 1}, 0.25, []float64{0, 0.25}},
		{[]float64{2, 0.92}, 0.25, []float64{0, 0.25}},
		{[]float64{2, 1}, 0, []float64{0, 1e-3}},                                          // the last μ is not within (0, 1)
		{[]float64{2, 1}, 1, []float64{0, 1e-3}},                                          // nor here
		{[]float64{2, 0.5, 1}, 0.3, []float64{0, 0.3, 0.1}},                               // 1/‖d‖ is 0.5 and 2
		{[]float64{2, 4 / 3., 1}, 0.3, []float64{0, 0.3, 0.6}},                            // 0.5 and 0.75
		{[]float64{10, 0.5, 5, 1}, 0.5, []float64{0, 0.5, first, math.Sqrt(first * 0.5)}}, // first + second > 0.5
		{[]float64{2, 1.5}, 0.25, nil},                                                    // never
	} {
		o, x := rosenbrock(), []float64{-1.2, 1}
		o.Step(x, x)
		s := &givenLengths{lengths: c.lengths}
		o.model, o.radius, o.size, o.mu = s, 1, 2, c.mu
		fill(o.largest, 1)
		o.solve(x)
		if c.want == nil && len(s.mus) != 1+maxSolutions || c.want != nil && !floats.EqualApprox(s.mus, c.want, 1e-14) {
			t.Errorf("‖d‖ = %v from μ = %v: μ = %v, want %v", c.lengths, c.mu, s.mus, c.want)
		}
	}
	if first+second < 0.5 {
		t.Error("the interpolation stays within the bounds")
	}
	for _, length := range []float64{9, 11} { // Δ = 10, where a tenth is exact
		o, x := rosenbrock(), []float64{-1.2, 1}
		o.Step(x, x)
		s := &givenLengths{lengths: []float64{20, length}}
		o.model, o.radius, o.size, o.mu = s, 10, 20, 0.25
		fill(o.largest, 1)
		if o.solve(x); len(s.mus) != 2 {
			t.Errorf("‖d‖ = %v: %d problems for Δ = 10, want 2", length, len(s.mus))
		}
	}
}

// givenModel is a linear model whose step is 1, with a given predicted decrease and a given correction.
type givenModel struct{ decrease, correction float64 }

func (m givenModel) Minimize(d []float64, _ float64, _ []float64) (gain float64) {
	fill(d, 1)
	return m.decrease
}

func (m givenModel) SolveAgain(d, _ []float64) { fill(d, m.correction) }

// TestTinyGains counts the trials of a step where r = 1 is constant, though J is 1. The first trial is the last one
// if the predicted decrease of f is at most ε, or √ε with rough differences.
func TestTinyGains(t *testing.T) {
	for _, c := range []struct {
		gain  float64
		rough bool
		one   bool
	}{
		{epsilon, false, true}, {2 * epsilon, false, false}, {sqrtEpsilon, false, false},
		{sqrtEpsilon, true, true}, {2 * sqrtEpsilon, true, false},
	} {
		o, x := bending(1)
		if c.rough {
			o.derivatives = nil
		}
		e := new(evaluator)
		e.settings.FuncEvaluations = 20
		o.model, o.mu, o.radius = givenModel{decrease: c.gain}, 0, 4
		o.dampedStep(x, e)
		if one := e.stats.FuncEvaluations == 1; one != c.one || one && o.end != endStuck {
			t.Errorf("%+v: %d trials, end %d", c, e.stats.FuncEvaluations, o.end)
		}
	}
}

// TestLastSteps checks the ends of ranges: the full step lowers f by at most ε, the residuals are nearly orthogonal to J or
// as small as the rounding errors of the terms of the model. These are 1.
func TestLastSteps(t *testing.T) {
	o, _ := bending(0)
	for offset, want := range map[float64]bool{0x1p-26: true, 0x1.01p-26: false} {
		if o.free.Offset = offset; o.lastStep() != want {
			t.Errorf("offset %v: last %v", offset, !want)
		}
	}
	for _, c := range []struct {
		cosine, size float64
		want         bool
	}{{1e-3, 1, true}, {1.01e-3, 1, false}, {1, 1000 * epsilon, true}, {1, 1001 * epsilon, false}} {
		if o.free.Cosine, o.size = c.cosine, c.size; o.nearMinimum() != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
	for effect, want := range map[float64]ending{minEffect: endStuck, 0.99 * minEffect: endFaded} {
		o, _ := bending(0)
		o.factors.Norms[0], o.largest[0] = effect, 1
		if o.endWithoutStep(); o.end != want {
			t.Errorf("effect %v: end %d, want %d", effect, o.end, want)
		}
	}
}

// TestNoDifferencesOfZeros fits a line through one point. Where the residual is 0 no more exact differences follow.
func TestNoDifferencesOfZeros(t *testing.T) {
	calls := 0
	o := NewLevenbergMarquardt(1, func(dst, x []float64) { calls++; dst[0] = x[0] - 1 }, nil)
	x := []float64{1}
	if o.Step(x, x); calls != 3 || o.Status() != optimize.FunctionConvergence { // at 1, and a central difference
		t.Errorf("%v after %d evaluations, want 3", o.Status(), calls)
	}
}

// TestRoundedResidual fits max(x − 1, ε). At x = 1 the residual is the rounding error ε of the terms of the model, so the
// steps end.
func TestRoundedResidual(t *testing.T) {
	for least, want := range map[float64]optimize.Status{epsilon: optimize.FunctionConvergence, 1.5 * epsilon: optimize.NotTerminated} {
		o := NewLevenbergMarquardt(1, func(dst, x []float64) { dst[0] = max(x[0]-1, least) }, func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, 1) })
		o.radius = 4
		x := []float64{2}
		if o.Step(x, x); x[0] != 1 || o.Status() != want {
			t.Errorf("least residual %v: %v at %v, want %v at 1", least, o.Status(), x, want)
		}
	}
}

// TestIncompleteJacobian stops runs at each number of evaluations, also between the differences of a Jacobian, and
// continues them. The value and the gradient of each point belong to it. The differences are on both sides, on one side of
// a bound, and repeated with other steps where r is curved.
func TestIncompleteJacobian(t *testing.T) {
	for name, c := range map[string]struct {
		curvature    float64
		lower, upper []float64
	}{
		"free":     {1, nil, nil},
		"at bound": {1, []float64{0.5, -inf}, []float64{inf, 2}},
		"narrow":   {1, []float64{0.5 - 1e-9, -inf}, []float64{0.5 + 1e-9, inf}},
		"curved":   {40, nil, nil},
	} {
		residual := func(dst, x []float64) {
			dst[0], dst[1], dst[2] = math.Exp(c.curvature*(x[0]-0.5))-2, x[0]*x[1]-3, 10*(x[1]-x[0])
		}
		fit := func() *LeastSquares {
			o := NewLevenbergMarquardt(3, residual, nil)
			o.Lower, o.Upper = c.lower, c.upper
			return o
		}
		for limit := 1; limit < 30; limit++ {
			o, points := fit(), 0
			at := locations(func(l *optimize.Location) {
				if limit <= 4 && math.IsNaN(l.F) { // the Jacobian at the start takes four evaluations
					return
				}
				points++
				x, r := l.X, make([]float64, 3)
				residual(r, x)
				want := []float64{c.curvature*(r[0]+2)*r[0] + x[1]*r[1] - 10*r[2], x[0]*r[1] + 10*r[2]} // Jᵀr
				if !(math.Abs(l.F-floats.Dot(r, r)/2) <= 1e-14*(1+l.F)) || !floats.EqualApprox(l.Gradient, want, 1e-5*(1+floats.Norm(want, inf))) {
					t.Errorf("%s, limit %d: f = %v with the gradient %v at %v, want the gradient %v", name, limit, l.F, l.Gradient, x, want)
				}
			})
			start, err := Minimize(o.Problem(), []float64{0.5, 2}, o, &optimize.Settings{FuncEvaluations: limit, Recorder: at})
			if err != nil || start.FuncEvaluations > limit {
				t.Fatalf("%s, limit %d: %d evaluations, %v", name, limit, start.FuncEvaluations, err)
			}
			if _, err := Minimize(o.Problem(), start.X, o, &optimize.Settings{Recorder: at}); err != nil || points == 0 {
				t.Errorf("%s, limit %d: %d points, %v", name, limit, points, err)
			}
		}
	}
}

// TestFaded ends the steps where a column of J has lost all but 10⁻⁶ of its norm, or a little less than that.
func TestFaded(t *testing.T) {
	for lost, want := range map[float64]string{
		2e6: "parameter 1 has almost no effect on the residuals any more; try another start or more Damping",
		5e5: "no step lowers the residuals, although their Jacobian predicts it; check the Jacobian",
	} {
		o, x := rosenbrock(), []float64{-1.2, 1}
		o.Step(x, x)
		o.free.Cosine, o.largest[1] = 1, lost*o.factors.Norms[1]
		o.endWithoutStep()
		if got := fmt.Sprint(o.Err()); got != "optim: LeastSquares: step 1: "+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestGradientOfSquares has a derivative that overflows.
func TestGradientOfSquares(t *testing.T) {
	g := make([]float64, 3)
	gradientOfSquares(g, mat.NewDense(2, 3, []float64{1e200, 1e-200, -1e200, 0, 2e-200, 0}), []float64{1e200, 1e200})
	if want := []float64{math.MaxFloat64, 3, -math.MaxFloat64}; !floats.EqualApprox(g, want, 1e-14) {
		t.Errorf("%v, want %v", g, want)
	}
}

// TestRateOfZero takes a step of length 0, which does not end the steps.
func TestRateOfZero(t *testing.T) {
	o, x := rosenbrock(), []float64{-1.2, 1}
	o.Damping, o.Schedule = 0, func(step int) float64 { return float64(min(step, 1)) }
	o.Step(x, x)
	if x[0] != -1.2 || o.Status() != optimize.NotTerminated || o.eval.stats.FuncEvaluations != 1 {
		t.Errorf("%v, %v, %d evaluations", x, o.Status(), o.eval.stats.FuncEvaluations)
	}
	fitted(o, x)
	if !floats.EqualApprox(x, []float64{1, 1}, 1e-12) {
		t.Errorf("then to %v", x)
	}
}

// TestDampingBetweenSteps switches damping on and off between steps, and begins
// with very little.
func TestDampingBetweenSteps(t *testing.T) {
	for _, damping := range [][]float64{{0, 1e-3}, {1e-3, 0}, {1e-300, 1e-300}, {1e3, 0, 1e3}} {
		o, x := linear(mat.NewDense(3, 2, []float64{1, 1, 2, 2, 3, 3}), []float64{2, 4, 6}), []float64{5, 4}
		for _, o.Damping = range damping {
			o.Step(x, x)
		}
		o.Damping = 1e-3
		fitted(o, x)
		if !(math.Abs(x[0]+x[1]-2) <= 1e-9) || o.Err() != nil {
			t.Errorf("%v: to %v, %v", damping, x, o.Err())
		}
	}
}

// TestEvaporation takes steps to where a column of J vanishes. The first problem
// rejects none, for no parameter moves away from zero. The second one has no
// damping, and rejects none in any case.
func TestEvaporation(t *testing.T) {
	o, x := NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0], x[0]*x[1] }, func(dst *mat.Dense, x []float64) {
		dst.SetRow(0, []float64{1, 0})
		dst.SetRow(1, []float64{x[1], x[0]})
	}), []float64{1, 1}
	o.Damping = 1e-9
	for range 3 {
		o.Step(x, x)
	}
	if o.eval.stats.FuncEvaluations != 4 || !(math.Abs(x[0]) < 1e-20) {
		t.Errorf("%v after %d evaluations", x, o.eval.stats.FuncEvaluations)
	}
	o, x = NewLevenbergMarquardt(1, func(dst, x []float64) { dst[0] = math.Exp(-x[0]) }, nil), []float64{1}
	o.Damping, o.LearningRate = 0, 20 // from x to x + 20
	o.Step(x, x)
	if !(math.Abs(x[0]-21) < 1e-6) || o.Err() != nil {
		t.Errorf("%v without damping: %v", x, o.Err())
	}
}

// TestZeroResidualRate tests two theorems for problems with r = 0 at the minimum:
// Gauss-Newton steps converge quadratically, and damped steps superlinearly, with μ
// divided by 3 in each.
func TestZeroResidualRate(t *testing.T) {
	for _, damping := range []float64{0, 1e-3} {
		o, x := NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0]*x[0]-x[1], x[1]*x[1]*x[1]+x[0]-2 }, nil), []float64{1.4, 1.3}
		o.Damping = damping
		var errors []float64
		for o.Status() == optimize.NotTerminated {
			o.Step(x, x)
			errors = append(errors, floats.Distance(x, []float64{1, 1}, 2))
		}
		if last := errors[len(errors)-1]; o.Err() != nil || !(last <= 1e-15) {
			t.Errorf("damping %v: error %v, %v", damping, last, o.Err())
		}
		for k := 1; k < len(errors) && errors[k] > 1e-14; k++ {
			bound := 3 * errors[k-1] * errors[k-1]
			bound += damping * math.Pow(3, -float64(k)) * errors[k-1] * 30
			if !(errors[k] <= bound) {
				t.Errorf("damping %v: error %v after %v", damping, errors[k], errors[k-1])
			}
		}
	}
}

// TestScales fits NIST's problems in other units of the residuals and of each
// parameter.
func TestScales(t *testing.T) {
	for name := range models {
		p := readNIST(t, name)
		for i, start := range p.starts {
			for _, unit := range []float64{1e-6, 1e-3, 1e3, 1e6} {
				for _, spread := range []float64{0, 10} {
					x, units := slices.Clone(start), make([]float64, len(start))
					for j := range units {
						units[j] = math.Pow(10, spread*float64(1-2*(j%2)))
						x[j] /= units[j]
					}
					o := p.fit(false, unit, units)
					fitted(o, x)
					floats.Mul(x, units)
					if d := fewest(x, p.want); !(d >= 6) || o.Err() != nil {
						t.Errorf("%s from start %d, residuals × %v, parameters × 1e±%v: %.1f digits: %v %v", name, i+1, unit, spread, d, o.Status(), o.Err())
					}
				}
			}
		}
	}
}

// TestNeverWorse checks that no step of any NIST problem raises ‖r‖.
func TestNeverWorse(t *testing.T) {
	for name := range models {
		p := readNIST(t, name)
		for _, start := range p.starts {
			o, x := p.fit(false, 1, nil), slices.Clone(start)
			f := o.Problem().Func
			for least := f(x); o.Status() == optimize.NotTerminated; {
				o.Step(x, x)
				if v := f(x); !(v <= least*(1+1e-15)) {
					t.Errorf("%s: from %v to %v", name, least, v)
				} else {
					least = v
				}
			}
		}
	}
}

// TestBadResiduals fits problems that have no fit, or one that is not unique, and
// problems at the limits of the range of float64.
func TestBadResiduals(t *testing.T) {
	constant := func(rows ...[]float64) func(dst *mat.Dense, x []float64) {
		return func(dst *mat.Dense, _ []float64) {
			for i, row := range rows {
				dst.SetRow(i, row)
			}
		}
	}
	for _, c := range []struct {
		name        string
		o           *LeastSquares
		start, want []float64 // nil is the start
		status      optimize.Status
		err         string
	}{
		{"NaN at the start", NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0], nan }, nil), []float64{3}, nil,
			optimize.Failure, "step 1: residual 1 is not finite at the parameters before the step"},
		{"Inf at the start", NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = -inf, x[0] }, nil), []float64{3}, nil,
			optimize.Failure, "step 1: residual 0 is not finite at the parameters before the step"},
		{"NaN in the parameters", rosenbrock(), []float64{nan, 1}, nil,
			optimize.Failure, "step 1: residual 0 is not finite at the parameters before the step"},
		{"J is NaN at the start", NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0], x[0] }, constant([]float64{1}, []float64{nan})), []float64{3}, nil,
			optimize.Failure, "step 1: the derivatives of residual 1 are not finite at the parameters before the step"},
		{"J of another sign", NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = x[0], x[1]-2 }, constant([]float64{-1, 0}, []float64{0, -1})), []float64{3, 3}, nil,
			optimize.Failure, "step 1: no step lowers the residuals, although their Jacobian predicts it; check the Jacobian"},
		{"J is too large", NewLevenbergMarquardt(4, func(dst, x []float64) { fill(dst, x[0]) }, constant([]float64{1e308}, []float64{1e308}, []float64{1e308}, []float64{1e308})), []float64{3}, nil,
			optimize.Failure, "step 1: the derivatives of residual 0 are not finite at the parameters before the step"},
		{"at the optimum, r = 0", rosenbrock(), []float64{1, 1}, nil, optimize.FunctionConvergence, ""},
		{"at the optimum, r ≠ 0", linear(mat.NewDense(2, 1, []float64{1, 1}), []float64{1, 3}), []float64{2}, nil, optimize.GradientThreshold, ""},
		{"J is zero", NewLevenbergMarquardt(2, func(dst, _ []float64) { dst[0], dst[1] = 1, 2 }, constant()), []float64{3}, nil, optimize.GradientThreshold, ""},
		{"a parameter without effect", linear(mat.NewDense(2, 2, []float64{1, 0, 2, 0}), []float64{1, 2}), []float64{7, 5}, []float64{1, 5}, 0, ""},
		{"two parameters alike", linear(mat.NewDense(3, 2, []float64{1, 1, 2, 2, 3, 3}), []float64{2, 4, 6}), []float64{0, 0}, []float64{1, 1}, 0, ""},
		{"fewer residuals than parameters", linear(mat.NewDense(1, 2, []float64{1, 1}), []float64{2}), []float64{0, 0}, []float64{1, 1}, 0, ""},
		{"one residual, one parameter", NewLevenbergMarquardt(1, func(dst, x []float64) { dst[0] = math.Exp(x[0]) - 2 }, nil), []float64{0}, []float64{math.Ln2}, 0, ""},
		{"a logarithm of what may be negative", NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = math.Log(x[0]), x[0]-1 }, nil), []float64{50}, []float64{1}, 0, ""},
		{"J is NaN on the way", NewLevenbergMarquardt(1, func(dst, x []float64) { dst[0] = math.Atan(x[0]) }, func(dst *mat.Dense, x []float64) {
			dst.Set(0, 0, 1/(1+x[0]*x[0]))
			if math.Abs(x[0]) > 4 {
				dst.Set(0, 0, nan)
			}
		}), []float64{3}, []float64{0}, 0, ""},
		{"huge residuals", linear(mat.NewDense(2, 1, []float64{1e200, 1e200}), []float64{1e200, 3e200}), []float64{0}, []float64{2}, 0, ""},
		{"tiny residuals", linear(mat.NewDense(2, 1, []float64{1e-200, 1e-200}), []float64{1e-200, 3e-200}), []float64{0}, []float64{2}, 0, ""},
	} {
		x := slices.Clone(c.start)
		steps := fitted(c.o, x)
		if c.want == nil {
			if steps > 1 || !sameBits(x, c.start) {
				t.Errorf("%s: %d steps to %v", c.name, steps, x)
			}
		} else if !floats.EqualApprox(x, c.want, 1e-7) {
			t.Errorf("%s: %d steps to %v, want %v", c.name, steps, x, c.want)
		}
		if s := c.o.Status(); c.status != 0 && s != c.status || s == optimize.NotTerminated {
			t.Errorf("%s: %v, want %v", c.name, s, c.status)
		}
		switch err := c.o.Err(); {
		case c.err == "" && err != nil, c.err != "" && (err == nil || err.Error() != "optim: LeastSquares: "+c.err):
			t.Errorf("%s: %v, want %s", c.name, err, c.err)
		}
		if c.err != "" {
			text := c.o.Err().Error()
			y := make([]float64, len(x)) // sticky, wherever it is taken
			c.o.Step(y, y)
			if floats.Norm(y, 1) != 0 || c.o.Err() == nil || c.o.Err().Error() != text {
				t.Errorf("%s: goes on to %v after %s", c.name, y, text)
			}
		}
	}
}

// TestAstray takes a plain step to where r is not finite.
func TestAstray(t *testing.T) {
	o, x := NewLevenbergMarquardt(1, func(dst, x []float64) { dst[0] = math.Sqrt(x[0]) - 1 }, nil), []float64{16}
	o.Damping = 0
	o.Step(x, x)
	want := "optim: LeastSquares: step 1: residual 0 or its derivatives are not finite after the step, which was undone; try Damping or a smaller LearningRate"
	if o.Err() == nil || o.Err().Error() != want || x[0] != 16 {
		t.Errorf("%v at %v, want %s", o.Err(), x, want)
	}
	Reset(o)
	o.Damping = 1e-3
	fitted(o, x)
	if !(math.Abs(x[0]-1) <= 1e-9) || o.Err() != nil {
		t.Errorf("%v with damping: %v", x, o.Err())
	}
}

// TestAstrayByOverflow takes a plain step to finite residuals whose norm overflows.
func TestAstrayByOverflow(t *testing.T) {
	o, x := NewGaussNewton(2, func(dst, x []float64) {
		fill(dst, math.MaxFloat64)
		if x[0] == 16 {
			fill(dst, 1)
		}
	}, func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, 1); dst.Set(1, 0, 1) }), []float64{16}
	o.Step(x, x)
	want := "optim: LeastSquares: step 1: residual 0 or its derivatives are not finite after the step, which was undone; try Damping or a smaller LearningRate"
	if fmt.Sprint(o.Err()) != want || x[0] != 16 {
		t.Errorf("%v at %v, want %s", o.Err(), x, want)
	}
}

// TestLeastSquaresLimits interrupts a fit after every few evaluations and continues
// it to the same bits.
func TestLeastSquaresLimits(t *testing.T) {
	p := readNIST(t, "Thurber")
	whole, want := p.fit(false, 1, nil), slices.Clone(p.starts[0])
	fitted(whole, want)
	for limit := 3; limit < 9; limit++ {
		o, x, evaluations := p.fit(false, 1, nil), slices.Clone(p.starts[0]), 0
		for {
			r, err := Minimize(o.Problem(), x, o, &optimize.Settings{FuncEvaluations: limit, Converger: optimize.NeverTerminate{}})
			if err != nil {
				t.Fatal(err)
			}
			if r.FuncEvaluations > limit {
				t.Errorf("%d evaluations, want at most %d", r.FuncEvaluations, limit)
			}
			if r.F != o.Problem().Func(r.X) {
				t.Errorf("f = %v does not belong to x", r.F)
			}
			g := slices.Clone(x)
			o.Problem().Grad(g, r.X)
			if !floats.EqualApprox(g, r.Gradient, 1e-9*floats.Norm(g, 2)) {
				t.Errorf("gradient %v, want %v", r.Gradient, g)
			}
			evaluations += r.FuncEvaluations
			x = r.X
			if r.Status != optimize.FunctionEvaluationLimit {
				break
			}
		}
		if !sameBits(x, want) {
			t.Errorf("limit %d: %v, want %v", limit, x, want)
		}
	}
}

// TestLeastSquaresCounts compares the counts of Minimize with the calls of the
// residuals and of the Jacobian, with and without limits.
func TestLeastSquaresCounts(t *testing.T) {
	for _, c := range []struct {
		settings optimize.Settings
		status   optimize.Status // 0 is not checked: it depends on the last bits of gonum's algebra
	}{
		{optimize.Settings{}, 0},
		{optimize.Settings{FuncEvaluations: 5}, optimize.FunctionEvaluationLimit},
		{optimize.Settings{GradEvaluations: 5}, optimize.GradientEvaluationLimit},
	} {
		p := readNIST(t, "Thurber")
		o, r, j := p.fit(false, 1, nil), 0, 0
		residual, jac := o.residual, o.derivatives
		o.residual = func(dst, x []float64) { r++; residual(dst, x) }
		o.derivatives = func(dst *mat.Dense, x []float64) { j++; jac(dst, x) }
		c.settings.Converger = optimize.NeverTerminate{}
		result, err := Minimize(o.Problem(), p.starts[0], o, &c.settings)
		if err != nil || c.status != 0 && result.Status != c.status {
			t.Errorf("%v, %v, want %v", result.Status, err, c.status)
		}
		if result.FuncEvaluations != r || result.GradEvaluations != j {
			t.Errorf("%v: counted %d and %d evaluations of %d and %d", result.Status, result.FuncEvaluations, result.GradEvaluations, r, j)
		}
	}
}

func TestLeastSquaresProblem(t *testing.T) {
	for name := range models {
		p := readNIST(t, name)
		o := p.fit(false, 1, nil)
		problem := o.Problem()
		x, g := p.want, make([]float64, len(p.want))
		if f := 2 * problem.Func(x); digits(f, p.sumSquares) < 6 {
			t.Errorf("%s: f = %v, want %v", name, f/2, p.sumSquares/2)
		}
		x = p.starts[1]
		problem.Func(x)
		problem.Grad(g, x)
		problem.Func(x)
		if o.eval.stats.FuncEvaluations != 2 || o.eval.stats.GradEvaluations != 1 {
			t.Errorf("%s: %d and %d evaluations, want 2 and 1", name, o.eval.stats.FuncEvaluations, o.eval.stats.GradEvaluations)
		}
		units := slices.Clone(x) // differences in units of the parameters
		want := fd.Gradient(nil, func(u []float64) float64 {
			b := slices.Clone(u)
			floats.Mul(b, units)
			return problem.Func(b)
		}, slices.Repeat([]float64{1}, len(x)), &fd.Settings{Formula: fd.Central})
		floats.Mul(g, units)
		if !(floats.Distance(g, want, 2) <= 1e-6*floats.Norm(want, 2)) {
			t.Errorf("%s: gradient %v, want %v", name, g, want)
		}
	}
}

// TestDifferences compares the Jacobian from differences with the derivatives, and
// at the edge of the domain of r, where the differences are one-sided.
func TestDifferences(t *testing.T) {
	for name := range models {
		p := readNIST(t, name)
		got, want := mat.NewDense(len(p.y), len(p.want), nil), mat.NewDense(len(p.y), len(p.want), nil)
		r, e := make([]float64, len(p.y)), new(evaluator)
		var first, at stencil
		first.allocate(len(p.want))
		at.allocate(len(p.want))
		first.start(p.want)
		at.follow(&first, p.want, slices.Repeat([]float64{1}, len(p.want)), 0, centralDifference)
		o := p.fit(true, 1, nil)
		o.evaluate(e, r, p.want)
		o.jacobian(e, got, p.want, r, &at)
		p.fit(false, 1, nil).jacobian(e, want, p.want, r, nil)
		for j := range p.want {
			a, b := mat.Col(nil, j, got), mat.Col(nil, j, want)
			if e := floats.Distance(a, b, 2) / floats.Norm(b, 2); !(e < 1e-7) {
				t.Errorf("%s: derivatives by parameter %d: relative error %.1e", name, j, e)
			}
		}
	}
	for _, x := range []float64{0, -2} { // the roots are real from 0 to −2 on
		s := residuals{m: 1, residual: func(dst, x []float64) { dst[0] = math.Pow(1-math.Abs(x[0]+1), 1.5) + 3*x[0] }}
		r, d, e := make([]float64, 1), mat.NewDense(1, 1, nil), new(evaluator)
		var at stencil
		at.allocate(1)
		at.start([]float64{x})
		s.evaluate(e, r, []float64{x})
		s.jacobian(e, d, []float64{x}, r, &at)
		if !(math.Abs(d.At(0, 0)-3) <= 1e-2) {
			t.Errorf("derivative %v at the edge %v, want 3", d.At(0, 0), x)
		}
	}
}

// TestParameterOfZero fits a parabola to a line. The third parameter is zero at the
// minimum, where the step of its difference must not be zero.
func TestParameterOfZero(t *testing.T) {
	y := []float64{1.5, 1, 3, 5, 4.5} // 1 + t, and errors without slope and curvature
	o, x := NewLevenbergMarquardt(5, func(dst, x []float64) {
		for i := range dst {
			u := float64(i)
			dst[i] = x[0] + u*(x[1]+u*x[2]) - y[i]
		}
	}, nil), []float64{3, 2, 0.5}
	fitted(o, x)
	got, a := make([]float64, 3), mat.NewDense(5, 3, nil)
	for i := range 5 {
		a.SetRow(i, []float64{1, float64(i), float64(i * i)})
	}
	exact, z := linear(a, y), make([]float64, 3)
	fitted(exact, z)
	want := make([]float64, 3)
	if err := exact.StandardErrors(want); err != nil {
		t.Fatal(err)
	}
	if err := o.StandardErrors(got); err != nil || !floats.EqualApprox(got, want, 1e-6) || !(math.Abs(x[2]) < 1e-8) {
		t.Errorf("%v ± %v, want %v ± %v: %v", x, got, z, want, err)
	}
}

// TestCovariance compares with the textbook's formula for a straight line.
func TestCovariance(t *testing.T) {
	a := mat.NewDense(5, 2, []float64{1, 1, 1, 2, 1, 3, 1, 4, 1, 5})
	o, x := linear(a, []float64{1.1, 1.9, 3.2, 3.8, 5.1}), make([]float64, 2)
	var c mat.SymDense
	if err := o.Covariance(&c); err == nil || !strings.Contains(err.Error(), "no step was taken") {
		t.Errorf("%v before the first step", err)
	}
	if !math.IsNaN(o.SumSquares()) {
		t.Errorf("‖r‖² = %v before the first step", o.SumSquares())
	}
	fitted(o, x)
	if err := o.Covariance(&c); err != nil {
		t.Fatal(err)
	}
	s2, mean, spread := o.SumSquares()/3, 3.0, 10.0
	want := []float64{s2 * (1.0/5 + mean*mean/spread), -s2 * mean / spread, s2 / spread}
	got := []float64{c.At(0, 0), c.At(0, 1), c.At(1, 1)}
	if !floats.EqualApprox(got, want, 1e-14) || !floats.EqualApprox(x, []float64{0.05, 0.99}, 1e-12) {
		t.Errorf("%v, covariance %v, want %v", x, got, want)
	}
	errors := make([]float64, 2)
	if err := o.StandardErrors(errors); err != nil || !(math.Abs(errors[1]-math.Sqrt(want[2])) <= 1e-14) {
		t.Errorf("standard errors %v, %v", errors, err)
	}
	again := mat.NewSymDense(2, nil)
	o.Covariance(again)
	if !mat.Equal(again, &c) {
		t.Errorf("%v in a matrix of the right size", again)
	}

	few := linear(mat.NewDense(2, 2, []float64{1, 1, 1, 2}), []float64{1, 2})
	fitted(few, make([]float64, 2))
	untouched := mat.NewSymDense(2, []float64{7, 7, 7, 7})
	if err := few.Covariance(untouched); err == nil || err.Error() != "optim: LeastSquares.Covariance: 2 residuals for 2 parameters, want more residuals than parameters" || untouched.At(0, 0) != 7 {
		t.Errorf("%v", err)
	}
	alike := linear(mat.NewDense(3, 2, []float64{1, 0, 1, 0, 2, 0}), []float64{1, 2, 3})
	fitted(alike, make([]float64, 2))
	if err := alike.StandardErrors(make([]float64, 2)); err == nil || err.Error() != "optim: LeastSquares.Covariance: the Jacobian has rank 1 and does not determine parameter 1" {
		t.Errorf("%v", err)
	}
}

// TestStillStep takes plain steps near the rounding of x. They end without a trial
// where the full step does not change x, though twice the step does.
func TestStillStep(t *testing.T) {
	for _, c := range []struct {
		d           float64
		status      optimize.Status
		evaluations int
	}{{0.9 * 0x1p-53, optimize.StepConvergence, 1}, {1.1 * 0x1p-53, optimize.FunctionConvergence, 2}} {
		o, x := NewGaussNewton(1, func(dst, _ []float64) { dst[0] = -c.d }, func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, 1) }), []float64{1}
		o.LearningRate = 2
		o.Step(x, x)
		if o.Status() != c.status || o.eval.stats.FuncEvaluations != c.evaluations {
			t.Errorf("a step of %v: %v after %d evaluations, want %v after %d", c.d, o.Status(), o.eval.stats.FuncEvaluations, c.status, c.evaluations)
		}
	}
}
