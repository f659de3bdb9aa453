package optim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// quadratic is ½(x − c)ᵀA(x − c) with random eigenvectors.
type quadratic struct {
	vectors mat.Dense // in columns
	values  []float64
	a       *mat.SymDense
	c       []float64
}

// newQuadratic returns a quadratic with eigenvalues from 1 to the given condition.
func newQuadratic(n int, condition float64) *quadratic {
	rng := rand.New(rand.NewPCG(11, uint64(n)))
	var qr mat.QR
	qr.Factorize(mat.NewDense(n, n, random(rng, n*n)))
	q := &quadratic{values: make([]float64, n), c: random(rng, n)}
	qr.QTo(&q.vectors)
	for i := range q.values {
		q.values[i] = math.Pow(condition, float64(i)/max(1, float64(n-1)))
	}
	q.make()
	return q
}

// bend changes an eigenvalue.
func (q *quadratic) bend(i int, value float64) {
	q.values[i] = value
	q.make()
}

func (q *quadratic) make() {
	n := len(q.values)
	q.a = mat.NewSymDense(n, nil)
	for j, value := range q.values {
		q.a.SymRankOne(q.a, value, q.vectors.ColView(j))
	}
}

func (q *quadratic) gradient(g, x []float64) {
	mat.NewVecDense(len(g), g).MulVec(q.a, mat.NewVecDense(len(x), minus(x, q.c)))
}

func (q *quadratic) problem() optimize.Problem {
	return optimize.Problem{
		Func: func(x []float64) float64 {
			d := mat.NewVecDense(len(x), minus(x, q.c))
			return mat.Inner(d, q.a, d) / 2
		},
		Grad: q.gradient,
		Hess: func(dst *mat.SymDense, _ []float64) { dst.CopySym(q.a) },
	}
}

// every returns new optimizers with line searches, one of each kind.
func every() []Optimizer {
	return []Optimizer{
		NewLBFGS(5), NewLBFGS(1), NewBFGS(), NewDFP(), NewSR1(),
		newton(Shifted, nil), newton(SaddleFree, nil), newton(Plain, nil), NewHessianFree(nil),
	}
}

// withDifferences adds a Hessian by differences to a problem.
func withDifferences(p optimize.Problem) optimize.Problem {
	p.Hess = func(dst *mat.SymDense, x []float64) { differencesOf(p.Grad, dst, x) }
	return p
}

// TestMinimaOfTwo minimises a function with two minima from many starts, and from next to a
// minimum. There no step is of use, which is not a failure. The first trial of a search may be near
// the other minimum.
func TestMinimaOfTwo(t *testing.T) {
	starts := [][]float64{{0, math.Sqrt2 / 2}, {0, 0.7071067811865476}, {0, -0.707106781186547}}
	for i := range 60 {
		starts = append(starts, []float64{float64(i%10)/1.5 - 3, float64(i/10)/4 - 0.6})
	}
	for _, floor := range []float64{0, 0.25} { // with the second the minimum is 0 up to rounding
		problem := saddle
		problem.Func = func(x []float64) float64 { return saddle.Func(x) + floor }
		for _, x0 := range starts[int(12*floor):] {
			for _, opt := range every() {
				r, err := Minimize(problem, x0, opt, &optimize.Settings{Converger: optimize.NeverTerminate{}, MajorIterations: 1000})
				if err != nil || r.Status == optimize.IterationLimit || !(math.Abs(r.F+0.25-floor) <= 1e-12) {
					t.Errorf("%s from %v, floor %v: %v at %v, %v", name(opt), x0, floor, r.Status, r.X, err)
				}
			}
		}
	}
}

// counter counts the evaluations of a problem.
type counter struct{ f, g, h int }

func (c *counter) count(p optimize.Problem) optimize.Problem {
	counted := optimize.Problem{Func: func(x []float64) float64 { c.f++; return p.Func(x) }, Status: p.Status}
	if p.Grad != nil {
		counted.Grad = func(g, x []float64) { c.g++; p.Grad(g, x) }
	}
	if p.Hess != nil {
		counted.Hess = func(h *mat.SymDense, x []float64) { c.h++; p.Hess(h, x) }
	}
	return counted
}

// valley is the chained Rosenbrock function with its Hessian.
func valley() optimize.Problem { return withDifferences(ValueAndGradient(chained)) }

var crooked = []float64{-1.2, 1, -0.5, 0.8}

// firsts returns first-order optimizers that descend in the valley.
func firsts() []Optimizer {
	return []Optimizer{
		NewSGD(1e-4), NewAdam(0.02), NewChain(NewMomentum(1e-4, 0.5), NewClipNorm(10)),
		NewSkipNonFinite(NewRMSProp(1e-2), 3), NewLookahead(NewNesterov(1e-4, 0.9), 3, 0.5),
	}
}

// belongs checks that the value and the gradient of a result belong to its point, and that the
// value is no worse than at the start.
func belongs(t *testing.T, at string, p optimize.Problem, x0 []float64, r *optimize.Result) {
	t.Helper()
	g := make([]float64, len(x0))
	p.Grad(g, r.X)
	if p.Func(r.X) != r.F || !sameBits(g, r.Gradient) {
		t.Errorf("%s: f and ∇f are %v and %v at %v, not %v and %v", at, p.Func(r.X), g, r.X, r.F, r.Gradient)
	}
	if !(r.F <= p.Func(x0)) {
		t.Errorf("%s: from %v to %v", at, p.Func(x0), r.F)
	}
}

// TestLimits stops after each number of steps and of evaluations. The counts are exact, and the
// value and the gradient belong to the point.
func TestLimits(t *testing.T) {
	for i := range append(every(), firsts()...) {
		for limit := 1; limit <= 20; limit++ {
			for _, c := range []struct {
				status optimize.Status
				s      optimize.Settings
				count  func(c *counter, r *optimize.Result) [2]int
			}{
				{optimize.IterationLimit, optimize.Settings{MajorIterations: limit},
					func(c *counter, r *optimize.Result) [2]int { return [2]int{r.MajorIterations, r.MajorIterations} }},
				{optimize.FunctionEvaluationLimit, optimize.Settings{FuncEvaluations: limit},
					func(c *counter, r *optimize.Result) [2]int { return [2]int{c.f, r.FuncEvaluations} }},
				{optimize.GradientEvaluationLimit, optimize.Settings{GradEvaluations: limit},
					func(c *counter, r *optimize.Result) [2]int { return [2]int{c.g, r.GradEvaluations} }},
				{optimize.HessianEvaluationLimit, optimize.Settings{HessEvaluations: limit},
					func(c *counter, r *optimize.Result) [2]int { return [2]int{c.h, r.HessEvaluations} }},
			} {
				opt := append(every(), firsts()...)[i]
				if name(opt) != "Newton" && c.s.HessEvaluations > 0 {
					continue
				}
				at := fmt.Sprintf("%s, %v of %d", name(opt), c.status, limit)
				x0 := slices.Clone(crooked)
				var n counter
				p := valley()
				p.Hess = valley().Hess // does not count the gradients of its differences
				r, err := Minimize(n.count(p), x0, opt, &c.s)
				got, newton := c.count(&n, r), name(opt) == "Newton" // which may converge before the limit
				if err != nil || !(newton && got[0] <= limit && r.Status == optimize.FunctionConvergence) && (r.Status != c.status || got != [2]int{limit, limit}) {
					t.Errorf("%s: %v at %v, %v", at, r.Status, got, err)
				}
				if n.f != r.FuncEvaluations || n.g != r.GradEvaluations || n.h != r.HessEvaluations {
					t.Errorf("%s: %+v, but the result has %+v", at, n, r.Stats)
				}
				if !slices.Equal(x0, crooked) {
					t.Errorf("%s: x0 is now %v", at, x0)
				}
				belongs(t, at, valley(), x0, r)
			}
		}
	}
}

// TestGoesOn stops a run at each number of evaluations. The value and the gradient that the
// optimizer keeps belong to its point.
func TestGoesOn(t *testing.T) {
	for i := range every() {
		for limit := 2; limit <= 12; limit++ {
			for _, s := range []optimize.Settings{{FuncEvaluations: limit}, {GradEvaluations: limit}} {
				for _, gonums := range []bool{false, true} {
					opt, p := every()[i], valley()
					if gonums {
						optimize.Minimize(p, crooked, &s, Method(opt))
					} else {
						Minimize(p, crooked, opt, &s)
					}
					at := opt.(interface{ where() optimize.Location }).where()
					g := make([]float64, 4)
					p.Grad(g, at.X)
					if !sameBits(g, at.Gradient) || p.Func(at.X) != at.F {
						t.Fatalf("%s, %+v, gonum's %v: f = %v, ∇f = %v at %v", name(opt), s, gonums, at.F, at.Gradient, at.X)
					}
				}
			}
		}
	}
}

func (s *search) where() optimize.Location { return s.at }

// TestInitValues checks that values that are given for the first point are not evaluated.
func TestInitValues(t *testing.T) {
	p := valley()
	g := make([]float64, 4)
	p.Grad(g, crooked)
	for _, opt := range []Optimizer{NewLBFGS(3), NewBFGS(), NewAdam(0.01)} {
		for _, given := range []*optimize.Location{{F: p.Func(crooked)}, {F: p.Func(crooked), Gradient: g}} {
			var n, full counter
			want, _ := Minimize(full.count(p), crooked, opt, &optimize.Settings{MajorIterations: 5})
			Reset(opt)
			r, err := Minimize(n.count(p), crooked, opt, &optimize.Settings{MajorIterations: 5, InitValues: given})
			Reset(opt)
			saved := 0
			if given.Gradient != nil {
				saved = 1
			}
			if err != nil || n.f != full.f-1 || n.g != full.g-saved || !sameBits(r.X, want.X) {
				t.Errorf("%s: %+v with %+v, and %+v without, %v", name(opt), n, given, full, err)
			}
		}
	}
}

// recorder keeps its arguments, and returns an error at the call with the number fail.
type recorder struct {
	ops   []optimize.Operation
	at    []float64
	steps []int
	fail  int
}

var errFull = errors.New("the disk is full")

func (r *recorder) Init() error { return r.called(optimize.NoOperation) }

func (r *recorder) Record(l *optimize.Location, op optimize.Operation, s *optimize.Stats) error {
	r.at, r.steps = append(r.at, l.F), append(r.steps, s.MajorIterations)
	return r.called(op)
}

func (r *recorder) called(op optimize.Operation) error {
	r.ops = append(r.ops, op)
	if len(r.ops) == r.fail {
		return errFull
	}
	return nil
}

// locations is a recorder that calls the function with the first point and with each accepted one.
type locations func(l *optimize.Location)

func (locations) Init() error { return nil }

func (f locations) Record(l *optimize.Location, op optimize.Operation, _ *optimize.Stats) error {
	if op == optimize.InitIteration || op == optimize.MajorIteration {
		f(l)
	}
	return nil
}

// TestRecorder checks that a Recorder receives every step, and that its error stops the run.
func TestRecorder(t *testing.T) {
	for _, opt := range []func() Optimizer{func() Optimizer { return NewLBFGS(4) }, func() Optimizer { return NewSGD(1e-4) }} {
		r := &recorder{}
		result, err := Minimize(valley(), crooked, opt(), &optimize.Settings{MajorIterations: 3, Recorder: r})
		major := optimize.MajorIteration
		want := []optimize.Operation{optimize.NoOperation, optimize.InitIteration, major, major, major, optimize.PostIteration}
		if err != nil || !slices.Equal(r.ops, want) || !slices.Equal(r.steps, []int{0, 1, 2, 3, 3}) {
			t.Errorf("recorded %v at %v, %v", r.ops, r.steps, err)
		}
		if p := valley(); r.at[0] != p.Func(crooked) || r.at[4] != result.F {
			t.Errorf("recorded %v, and the result is %v", r.at, result.F)
		}
		for fail := 1; fail <= 6; fail++ {
			r := &recorder{fail: fail}
			result, err := Minimize(valley(), crooked, opt(), &optimize.Settings{MajorIterations: 3, Recorder: r})
			if err != errFull || result.Status != optimize.Failure && fail < 5 || result.MajorIterations != min(3, max(0, fail-2)) {
				t.Errorf("call %d fails: %v after %d steps, %v", fail, result.Status, result.MajorIterations, err)
			}
			if fail > 1 {
				belongs(t, fmt.Sprint("call ", fail), valley(), crooked, result)
			}
		}
	}
}

// TestContext cancels a run at each evaluation. The result is the best point so far.
func TestContext(t *testing.T) {
	for i := range append(every(), firsts()...) {
		for stop := 1; stop < 20; stop++ {
			ctx, cancel := context.WithCancel(context.Background())
			p, asked := valley(), 0
			p.Status = func() (optimize.Status, error) {
				asked++
				if asked == stop {
					cancel()
				}
				return optimize.NotTerminated, ctx.Err()
			}
			opt := append(every(), firsts()...)[i]
			r, err := Minimize(p, crooked, opt, nil)
			if !errors.Is(err, context.Canceled) || r.Status != optimize.Failure {
				t.Fatalf("%s: %v, %v", name(opt), r.Status, err)
			}
			if n := r.FuncEvaluations + r.GradEvaluations + r.HessEvaluations; n != stop-1 {
				t.Errorf("%s: %d evaluations, cancelled at %d", name(opt), n, stop)
			}
			if stop > 2 {
				belongs(t, name(opt), valley(), crooked, r)
			} else if !math.IsNaN(r.F) || !slices.Equal(r.X, crooked) {
				t.Errorf("%s: f(%v) = %v, though it could not be evaluated", name(opt), r.X, r.F)
			}
			cancel()
		}
	}
	p := valley()
	p.Status = func() (optimize.Status, error) { return optimize.Success, nil }
	if r, err := Minimize(p, crooked, NewLBFGS(2), nil); err != nil || r.Status != optimize.Success || r.FuncEvaluations > 0 {
		t.Errorf("the problem returns Success: %v, %v", r, err)
	}
}

// TestMinimizeContext cancels a run within an evaluation. No other evaluation follows, and the
// result is the best point so far.
func TestMinimizeContext(t *testing.T) {
	for i := range append(every(), firsts()...) {
		for stop := 1; stop < 10; stop++ {
			cause := errors.New("enough")
			ctx, cancel := context.WithCancelCause(context.Background())
			var n counter
			p := n.count(valley())
			inner := p.Func
			p.Func = func(x []float64) float64 {
				f := inner(x)
				if n.f == stop {
					cancel(cause)
					n = counter{}
				}
				return f
			}
			opt := append(every(), firsts()...)[i]
			r, err := MinimizeContext(ctx, p, crooked, opt, nil)
			if err != cause || r.Status != ContextDone || n != (counter{}) {
				t.Fatalf("%s: %v, %v, %v after the end", name(opt), r.Status, err, n)
			}
			if stop > 1 {
				belongs(t, name(opt), valley(), crooked, r)
			}
		}
	}
	var none context.Context
	if got := message(func() { MinimizeContext(none, valley(), crooked, NewBFGS(), nil) }); got != "optim: MinimizeContext: the context is nil" {
		t.Error(got)
	}
}

// TestSwappedArguments has a Grad that writes to x. The first step says so, and x stays.
func TestSwappedArguments(t *testing.T) {
	for i := range every() {
		p := valley()
		right := p.Grad
		p.Grad = func(g, x []float64) { right(x, g) }
		r, err := Minimize(p, crooked, every()[i], nil)
		if err == nil || !strings.Contains(err.Error(), "Grad changed x") || r.Status != optimize.Failure || !sameBits(r.X, crooked) {
			t.Errorf("%s: %v at %v, %v", name(every()[i]), r.Status, r.X, err)
		}
		o, x := onProblem(every()[i], &p, nil), slices.Clone(crooked)
		o.Step(x, make([]float64, len(x)))
		if o.Err() == nil || !strings.Contains(o.Err().Error(), "Grad changed x") || !sameBits(x, crooked) {
			t.Errorf("%s: a step leads to %v, %v", name(o), x, o.Err())
		}
	}
}

// after is a Converger that stops at the point with the given number.
type after struct{ points, seen int }

func (a *after) Init(dim int) { a.seen = 0 }

func (a *after) Converged(*optimize.Location) optimize.Status {
	a.seen++
	if a.seen == a.points {
		return optimize.MethodConverge
	}
	return optimize.NotTerminated
}

func TestOtherReasons(t *testing.T) {
	for _, opt := range []func() Optimizer{func() Optimizer { return NewLBFGS(4) }, func() Optimizer { return NewSGD(1e-4) }} {
		for _, c := range []struct {
			s      optimize.Settings
			status optimize.Status
			steps  int
		}{
			{optimize.Settings{Converger: &after{points: 1}}, optimize.MethodConverge, 0},
			{optimize.Settings{Converger: &after{points: 6}}, optimize.MethodConverge, 5},
			{optimize.Settings{Runtime: time.Nanosecond}, optimize.RuntimeLimit, 0},
			{optimize.Settings{GradientThreshold: 1e9}, optimize.GradientThreshold, 0},
		} {
			r, err := Minimize(valley(), crooked, opt(), &c.s)
			if err != nil || r.Status != c.status || r.MajorIterations != c.steps {
				t.Errorf("%s: %v after %d steps, want %v after %d, %v", name(opt()), r.Status, r.MajorIterations, c.status, c.steps, err)
			}
		}
	}
}

// TestThresholdIsBelow ends a run where max|gᵢ| is below the threshold, and not where it is equal. f is x² and x is 1.
func TestThresholdIsBelow(t *testing.T) {
	for threshold, want := range map[float64]int{2: 1, 2.1: 0} {
		r, err := Minimize(ValueAndGradient(func(g, x []float64) float64 { g[0] = 2 * x[0]; return x[0] * x[0] }), []float64{1}, NewLBFGS(3),
			&optimize.Settings{GradientThreshold: threshold})
		if err != nil || r.Status != optimize.GradientThreshold || r.MajorIterations != want {
			t.Errorf("threshold %v: %v after %d steps, want %d, %v", threshold, r.Status, r.MajorIterations, want, err)
		}
	}
}

// TestBestPoint checks which point a run returns: the first one of the points with the lowest value. A value that is NaN is
// no lower than any other one.
func TestBestPoint(t *testing.T) {
	for i, c := range []struct {
		best, here float64
		always     bool
		want       bool
	}{
		{1, 0.5, false, true}, {1, 1, false, false}, {1, 2, false, false}, {1, nan, false, false}, {nan, 2, false, true},
		{1, 1, true, true}, {1, nan, true, true},
	} {
		r := &run{here: optimize.Location{X: []float64{7}, Gradient: []float64{8}, F: c.here}}
		r.best = optimize.Location{X: []float64{0}, Gradient: []float64{0}, F: c.best}
		r.updateBest(c.always)
		if updated := r.best.X[0] == 7 && r.best.Gradient[0] == 8; updated != c.want {
			t.Errorf("row %d: updated %v", i, updated)
		}
	}
}

// TestMissing checks the errors for problems without what an optimizer needs.
func TestMissing(t *testing.T) {
	p := valley()
	if got, want := message(func() { Minimize(optimize.Problem{Grad: p.Grad}, crooked, NewSGD(1), nil) }), "optim: Minimize: the problem has no Func"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, c := range []struct {
		p    optimize.Problem
		opt  Optimizer
		want error
		text string
	}{
		{optimize.Problem{Func: p.Func}, NewAdam(1), optimize.ErrMissingGrad, "optim: Adam: "},
		{optimize.Problem{Func: p.Func}, NewLBFGS(3), optimize.ErrMissingGrad, "optim: LBFGS: "},
		{optimize.Problem{Func: p.Func, Hess: p.Hess}, NewNewton(nil), optimize.ErrMissingGrad, "optim: Newton: "},
		{optimize.Problem{Func: p.Func, Grad: p.Grad}, NewNewton(nil), optimize.ErrMissingHess, "optim: Newton: "},
		{optimize.Problem{Func: p.Func}, NewHessianFree(nil), optimize.ErrMissingGrad, "optim: HessianFree: "},
	} {
		r, err := Minimize(c.p, crooked, c.opt, nil)
		if r != nil || !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), c.text) {
			t.Errorf("%v, want %v%v", err, c.text, c.want)
		}
		if got := message(func() { optimize.Minimize(c.p, crooked, nil, Method(c.opt)) }); !strings.Contains(got, c.want.Error()) {
			t.Errorf("gonum says %s", got)
		}
	}
	if _, err := Minimize(optimize.Problem{Func: p.Func, Grad: p.Grad}, crooked, NewNewton(p.Hess), nil); err != nil {
		t.Error(err)
	}
}

// TestFirstOrder runs first-order optimizers. The steps are those of a loop, and the result is the
// best point.
func TestFirstOrder(t *testing.T) {
	p := valley()
	for i, opt := range firsts() {
		r, err := Minimize(p, crooked, opt, &optimize.Settings{MajorIterations: 50, Converger: optimize.NeverTerminate{}})
		x, g, best := slices.Clone(crooked), make([]float64, 4), slices.Clone(crooked)
		opt := firsts()[i]
		for range 50 {
			p.Grad(g, x)
			opt.Step(x, g)
			if p.Func(x) < p.Func(best) {
				copy(best, x)
			}
		}
		if err != nil || !sameBits(r.X, best) || r.FuncEvaluations != 51 || r.GradEvaluations != 51 {
			t.Errorf("%s: %v after %+v, want %v, %v", name(opt), r.X, r.Stats, best, err)
		}
	}
	// The learning rate is too large, so that the steps diverge.
	r, err := Minimize(p, crooked, NewSGD(10), nil)
	if err == nil || r.Status != optimize.Failure || !strings.HasPrefix(err.Error(), "optim: Minimize: the ") {
		t.Errorf("%v, %v", r.Status, err)
	}
	belongs(t, "divergence", p, crooked, r)
	o := &givesUp{SGD: NewSGD(1e-4), after: 3}
	if r, err := Minimize(p, crooked, o, nil); err != errFull || r.Status != optimize.Failure || r.MajorIterations != 2 {
		t.Errorf("the Err of the optimizer: %v after %d steps, %v", r.Status, r.MajorIterations, err)
	}
}

// givesUp returns an error from Err from the call with the number after on.
type givesUp struct {
	*SGD
	after int
}

func (o *givesUp) Err() error {
	o.after--
	if o.after <= 0 {
		return errFull
	}
	return nil
}

// ownStep embeds a searcher and overrides Step.
type ownStep struct {
	*LBFGS
	calls int
}

func (o *ownStep) Step(params, grads []float64) {
	o.calls++
	o.LBFGS.Step(params, grads)
}

// TestOwnStep checks that Minimize and Method call the Step of a type that embeds a searcher, once
// for each iteration.
func TestOwnStep(t *testing.T) {
	settings := &optimize.Settings{MajorIterations: 7, Converger: optimize.NeverTerminate{}}
	o := &ownStep{LBFGS: NewLBFGS(3)}
	r, err := Minimize(*bowlProblem(), make([]float64, 3), o, settings)
	if err != nil || o.calls != 7 || r.MajorIterations != 7 {
		t.Errorf("%d calls of Step in %d iterations of Minimize, %v", o.calls, r.MajorIterations, err)
	}
	o = &ownStep{LBFGS: NewLBFGS(3)}
	r, err = optimize.Minimize(*bowlProblem(), make([]float64, 3), settings, Method(o))
	if err != nil || o.calls != 6 || r.MajorIterations != 7 { // gonum counts the first point
		t.Errorf("%d calls of Step in %d iterations of gonum's Minimize, %v", o.calls, r.MajorIterations, err)
	}
}

// TestNilOptimizer checks the panics for nil and for a typed nil.
func TestNilOptimizer(t *testing.T) {
	for text, opt := range map[string]Optimizer{"nil": nil, "a nil *optim.LBFGS": (*LBFGS)(nil), "a nil *optim.SGD": (*SGD)(nil)} {
		if got, want := message(func() { Minimize(*bowlProblem(), make([]float64, 3), opt, nil) }), "optim: Minimize: the optimizer is "+text; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got, want := message(func() { Method(opt) }), "optim: Method: the optimizer is "+text; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestMinimizeAllocations checks that runs of different lengths have the same number of
// allocations.
func TestMinimizeAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool drops items under the race detector")
	}
	for _, make := range []func() Optimizer{func() Optimizer { return NewLBFGS(5) }, func() Optimizer { return NewBFGS() },
		func() Optimizer { return NewHessianFree(nil) }, func() Optimizer { return NewAdam(1e-3) }} {
		mallocs := func(steps int) uint64 {
			least := uint64(math.MaxUint64)
			for range 20 {
				p, s := ValueAndGradient(chained), &optimize.Settings{MajorIterations: steps, Converger: optimize.NeverTerminate{}}
				x0, opt := repeat(-0.5, 100), make()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if r, err := Minimize(p, x0, opt, s); err != nil || r.MajorIterations != steps {
					t.Fatal(r.MajorIterations, err)
				}
				runtime.ReadMemStats(&after)
				least = min(least, after.Mallocs-before.Mallocs)
			}
			return least
		}
		if short, long := mallocs(10), mallocs(60); short != long {
			t.Errorf("%s: %d allocations in 10 steps, %d in 60", name(make()), short, long)
		}
	}
}

// TestValueAndGradient evaluates value and gradient in every order, and counts calls.
func TestValueAndGradient(t *testing.T) {
	calls, fails := 0, false
	p := ValueAndGradient(func(grad, x []float64) float64 {
		calls++
		copy(grad, x)
		if fails {
			panic("failed")
		}
		return floats.Dot(x, x) / 2
	})
	g := make([]float64, 2)
	check := func(want int, x ...float64) {
		t.Helper()
		p.Grad(g, x)
		if p.Func(x) != floats.Dot(x, x)/2 || !slices.Equal(g, x) || calls != want {
			t.Errorf("f(%v) = %v, ∇f = %v after %d calls, want %d", x, p.Func(x), g, calls, want)
		}
	}
	check(1, 1, 2)
	g[0] = 100 // the slice is the caller's
	check(1, 1, 2)
	x := []float64{3, 4}
	check(2, x...)
	x[0] = 5 // the same slice with another point
	check(3, x...)
	check(4, 1, 2)
	fails = true
	if got := message(func() { p.Func([]float64{7, 7}) }); got != "failed" {
		t.Error(got)
	}
	fails = false
	check(6, 7, 7)
	check(7, 1, 2)
}

// TestMinimizeNothing minimises over no parameters.
func TestMinimizeNothing(t *testing.T) {
	p := optimize.Problem{Func: func([]float64) float64 { return 7 }, Grad: func(_, _ []float64) {}}
	for _, opt := range []Optimizer{NewLBFGS(2), NewBFGS(), NewHessianFree(nil), NewSGD(1)} {
		if r, err := Minimize(p, nil, opt, nil); err != nil || r.Status != optimize.Success || r.F != 7 {
			t.Errorf("%s: %+v, %v", name(opt), r, err)
		}
	}
}

// TestAnotherLength uses an optimizer on another length: Minimize panics, the state stays, and
// Reset makes it usable.
func TestAnotherLength(t *testing.T) {
	for _, opt := range []stateful{NewLBFGS(3), NewBFGS(), newton(Shifted, nil), NewHessianFree(nil)} {
		short, long := withDifferences(*bowlProblem()), make([]float64, 4)
		if _, err := Minimize(short, make([]float64, 3), opt.(Optimizer), nil); err != nil {
			t.Fatal(err)
		}
		data := encoded(opt.(Optimizer))
		if got := message(func() { Minimize(short, long, opt.(Optimizer), nil) }); !strings.HasSuffix(got, ".Step: len(params) = 4, want 3 as in the steps before") {
			t.Errorf("%s: %s", name(opt), got)
		}
		if !slices.Equal(encoded(opt.(Optimizer)), data) {
			t.Errorf("%s has changed", name(opt))
		}
		if err := Unmarshal(data, opt); err != nil {
			t.Error(err)
		}
		Reset(opt)
		if r, err := Minimize(short, long, opt.(Optimizer), nil); err != nil || !(r.F <= 1e-12) {
			t.Errorf("%s: %v, %v", name(opt), r.Status, err)
		}
	}
}

// TestProgressWithLimits checks that a run with any limit does not end because of slow progress.
func TestProgressWithLimits(t *testing.T) {
	for i, s := range []optimize.Settings{{}, {MajorIterations: 1}, {FuncEvaluations: 1}, {GradEvaluations: 1}, {HessEvaluations: 1}, {Runtime: 1}} {
		r := new(run)
		r.eval.settings, r.eval.stats.FuncEvaluations = s, 14000
		p := progress{run: r}
		p.Init(1)
		l := &optimize.Location{F: 1, X: []float64{0}, Gradient: []float64{1}}
		first := p.Converged(l)
		r.eval.stats.FuncEvaluations += 1000
		want := optimize.NotTerminated
		if i == 0 {
			want = SlowProgress
		}
		if second := p.Converged(l); first != optimize.NotTerminated || second != want {
			t.Errorf("%+v: %v and %v, want %v", s, first, second, want)
		}
	}
}

// TestProgressOfNewton checks that the first window of evaluations does not end a run with a trust region. Later ones do
// if f does not fall by a hundredth.
func TestProgressOfNewton(t *testing.T) {
	o := NewNewton(nil)
	r := &run{searcher: o, eval: evaluator{problem: &optimize.Problem{Grad: func(_, _ []float64) {}}}}
	p := progress{run: r}
	p.Init(1)
	for i, c := range []struct {
		f    float64
		want optimize.Status
	}{{100, optimize.NotTerminated}, {99, optimize.NotTerminated}, {98.5, SlowProgress}} {
		r.eval.stats.FuncEvaluations += 1000
		if got := p.Converged(&optimize.Location{F: c.f, X: []float64{0}, Gradient: []float64{1}}); got != c.want {
			t.Errorf("window %d: %v, want %v", i, got, c.want)
		}
	}
}
