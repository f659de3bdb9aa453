package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// stepper is what every optimizer with line searches has.
type stepper interface {
	Optimizer
	Err() error
	Status() optimize.Status
}

// onProblem sets the Problem and the Linesearcher of opt.
func onProblem(opt Optimizer, p *optimize.Problem, ls optimize.Linesearcher) stepper {
	switch o := opt.(type) {
	case *LBFGS:
		o.Problem, o.Linesearcher = p, ls
	case *QuasiNewton:
		o.Problem, o.Linesearcher = p, ls
	case *Newton:
		o.Problem, o.Linesearcher = p, ls
	case *HessianFree:
		o.Problem, o.Linesearcher = p, ls
	}
	return opt.(stepper)
}

// TestScale minimises the same functions in units from 1e-12 to 1e12 under default settings.
func TestScale(t *testing.T) {
	for _, p := range problems {
		switch p.name {
		case "Beale", "BrownAndDennis", "ExtendedRosenbrock/4", "HelicalValley", "PenaltyI/10", "Sphere", "Trigonometric", "Watson/6", "Wood":
		default: // near the minimum the values of the other ones are equal up to rounding
			continue
		}
		hess := hessOf(p.f)
		for i := range every() {
			opt := every()[i]
			if name(opt) == "HessianFree" {
				continue // its products by differences are not exact enough
			}
			plain, err := Minimize(optimize.Problem{Func: p.f.Func, Grad: p.f.Grad, Hess: hess}, p.start, opt, nil)
			if err != nil || plain.Status.Early() {
				t.Errorf("%s, %s: %v, %v", p.name, name(opt), plain.Status, err)
				continue
			}
			for _, k := range []float64{1e-12, 1e-6, 1e6, 1e12} {
				scaled := optimize.Problem{
					Func: func(x []float64) float64 { return k * p.f.Func(x) },
					Grad: func(g, x []float64) { p.f.Grad(g, x); floats.Scale(k, g) },
					Hess: func(h *mat.SymDense, x []float64) { hess(h, x); h.ScaleSym(k, h) },
				}
				r, err := Minimize(scaled, p.start, every()[i], nil)
				if f := p.f.Func(r.X); err != nil || r.Status.Early() || !(f <= plain.F+1e-9*(1+math.Abs(plain.F))) {
					t.Errorf("%s × %v, %s: %v with f/k = %v, and %v without, %v", p.name, k, name(opt), r.Status, f, plain.F, err)
				}
			}
		}
	}
}

// ends are problems of one variable in which a run ends in an unusual way.
var ends = []struct {
	name   string
	f      func(x float64) float64
	g      func(x float64) float64
	x0     float64
	want   func(x float64) bool
	err    string // a part of the error; "" for no error, "any" for either
	status []optimize.Status
}{
	{"barrier", func(x float64) float64 { return x - math.Log(x) }, func(x float64) float64 { return 1 - 1/x }, 5, at(1), "", nil},
	{"barrier from close by", func(x float64) float64 { return x - math.Log(x) }, func(x float64) float64 { return 1 - 1/x }, 1e-9, at(1), "", nil},
	{"steep barrier", func(x float64) float64 { return 1e3*x - math.Log(x) }, func(x float64) float64 { return 1e3 - 1/x }, 1, at(1e-3), "", nil},
	{"root", func(x float64) float64 { return math.Sqrt(x)*x - x }, func(x float64) float64 { return 1.5*math.Sqrt(x) - 1 }, 3, at(4. / 9), "", nil},
	{"root at its end", math.Sqrt, func(x float64) float64 { return 0.5 / math.Sqrt(x) }, 3, func(x float64) bool { return x >= 0 && x < 1e-3 }, "any", nil},
	{"a wall to −Inf", func(x float64) float64 {
		if x > 3 {
			return -inf
		}
		return (x - 2) * (x - 2)
	}, func(x float64) float64 { return 2 * (x - 2) }, -40, at(2), "", nil},
	{"a wall of +Inf", func(x float64) float64 {
		if x > 2.5 {
			return inf
		}
		return (x - 2) * (x - 2)
	}, func(x float64) float64 { return 2 * (x - 2) }, -40, at(2), "", nil},
	{"a gradient of NaN beyond", func(x float64) float64 { return (x - 2) * (x - 2) }, func(x float64) float64 {
		if x > 2.5 {
			return nan
		}
		return 2 * (x - 2)
	}, -40, at(2), "", nil},
	{"steep", math.Cosh, math.Sinh, 100, at(0), "", nil},
	{"the optimum", func(x float64) float64 { return x * x }, func(x float64) float64 { return 2 * x }, 0, at(0), "", []optimize.Status{optimize.GradientThreshold}},
	{"constant", func(float64) float64 { return 5 }, func(float64) float64 { return 0 }, 3, at(3), "", []optimize.Status{optimize.GradientThreshold}},
	{"unbounded", func(x float64) float64 { return -x }, func(float64) float64 { return -1 }, 0, func(x float64) bool { return x > 1e6 }, "any", nil},
	{"unbounded, to −Inf", func(x float64) float64 { return -math.Exp(x) }, func(x float64) float64 { return -math.Exp(x) }, 0, func(x float64) bool { return x > 100 }, "any", nil},
	{"kink", math.Abs, func(x float64) float64 { return math.Copysign(1, x) }, 3.3, func(x float64) bool { return math.Abs(x) < 3.3 }, "any", nil},
	{"plateau", func(x float64) float64 { return math.Tanh(x) * math.Tanh(x) }, func(x float64) float64 {
		return 2 * math.Tanh(x) / (math.Cosh(x) * math.Cosh(x))
	}, 15, func(x float64) bool { return math.Abs(x) <= 15 }, "any", nil},
	{"value NaN", func(float64) float64 { return nan }, func(float64) float64 { return 1 }, 1, at(1), "value", []optimize.Status{optimize.Failure}},
	{"value +Inf", func(float64) float64 { return inf }, func(float64) float64 { return 1 }, 1, at(1), "value", []optimize.Status{optimize.Failure}},
	{"value −Inf", func(float64) float64 { return -inf }, func(float64) float64 { return 1 }, 1, at(1), "", []optimize.Status{optimize.FunctionNegativeInfinity}},
	{"gradient NaN", func(x float64) float64 { return x }, func(float64) float64 { return nan }, 1, at(1), "gradient", []optimize.Status{optimize.Failure}},
	{"gradient Inf", func(x float64) float64 { return x }, func(float64) float64 { return inf }, 1, at(1), "gradient", []optimize.Status{optimize.Failure}},
	{"wrong sign", func(x float64) float64 { return x * x }, func(x float64) float64 { return -2 * x }, 1, at(1), "contradict", []optimize.Status{optimize.Failure}},
	{"wrong sign, shifted", func(x float64) float64 { return 100 + x*x*x*x }, func(x float64) float64 { return -4 * x * x * x }, 3, at(3), "contradict", []optimize.Status{optimize.Failure}},
	{"another gradient", func(x float64) float64 { return 10 + x*x }, func(x float64) float64 { return 2 * (x - 3) }, 1, at(1), "contradict", []optimize.Status{optimize.Failure}},
	{"gradient × 2", func(x float64) float64 { return (x - 1) * (x - 1) }, func(x float64) float64 { return 4 * (x - 1) }, 3, at(1), "", nil},
}

func at(want float64) func(x float64) bool {
	return func(x float64) bool { return math.Abs(x-want) <= 1e-5*math.Abs(want)+1e-8 }
}

// TestEnds runs every optimizer on every problem, in Minimize and by steps. A run ends, never at a
// worse point, with the right status and error.
func TestEnds(t *testing.T) {
	for _, c := range ends {
		var n counter
		p := n.count(withDifferences(optimize.Problem{
			Func: func(x []float64) float64 { return c.f(x[0]) },
			Grad: func(g, x []float64) { g[0] = c.g(x[0]) },
		}))
		for i, opt := range every() {
			at := fmt.Sprintf("%s, %d: %s", c.name, i, name(opt))
			n = counter{}
			r, err := Minimize(p, []float64{c.x0}, opt, &optimize.Settings{MajorIterations: 2000})
			if !c.want(r.X[0]) || c.f(r.X[0]) > c.f(c.x0) {
				t.Errorf("%s: %v from %v, f = %v, %v, %v", at, r.X, c.x0, r.F, r.Status, err)
			}
			if c.err != "any" && (err == nil) != (c.err == "") || err != nil && c.err != "any" && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v at %v, %v", at, r.Status, r.X, err)
			}
			if c.status != nil && !slices.Contains(c.status, r.Status) || (err != nil) != (r.Status == optimize.Failure) {
				t.Errorf("%s: %v, %v", at, r.Status, err)
			}
			if n.f > 2000*2*maxTrials {
				t.Errorf("%s: %d evaluations", at, n.f)
			}
			if c.x0 == 0 && c.f(0) == 0 && c.g(0) == 0 && n.f != 1 {
				t.Errorf("%s: %d evaluations at the optimum", at, n.f)
			}

			o, x, g := onProblem(every()[i], &p, nil), []float64{c.x0}, make([]float64, 1)
			f := c.f(c.x0)
			for range 300 {
				before := x[0]
				o.Step(x, g)
				if !(c.f(x[0]) <= f || x[0] == before) {
					t.Fatalf("%s: a step from %v to %v", at, before, x[0])
				}
				f = c.f(x[0])
				if o.Status() != optimize.NotTerminated && x[0] != before {
					t.Errorf("%s: %v, but from %v to %v", at, o.Status(), before, x[0])
				}
			}
			if c.err != "any" && (o.Err() == nil) != (c.err == "") || !c.want(x[0]) {
				t.Errorf("%s: steps lead to %v, %v", at, x, o.Err())
			}
		}
	}
}

// TestStepsOfASearch checks that every step leads to a better point, and that a step evaluates
// nothing at the point where the last one ended.
func TestStepsOfASearch(t *testing.T) {
	for _, onlyFunc := range []bool{false, true} {
		for i := range every() {
			var n, m counter
			p, other := valley(), valley()
			p = n.count(p)
			if onlyFunc {
				p.Grad = nil
			}
			if _, free := every()[i].(*HessianFree); free && onlyFunc {
				continue
			}
			o := onProblem(every()[i], &p, nil)
			at := fmt.Sprintf("%d: %s, only Func %v", i, name(o), onlyFunc)
			x, g := slices.Clone(crooked), repeat(nan, 4)
			f := other.Func(x)
			for step := range 25 {
				m = n
				if onlyFunc {
					other.Grad(g, x)
				}
				before := slices.Clone(x)
				o.Step(x, g)
				if o.Err() != nil || o.Status() == optimize.NotTerminated && !(other.Func(x) <= f) || o.Status() != optimize.NotTerminated && !sameBits(x, before) {
					t.Fatalf("%s: step %d leads from f(%v) = %v to f(%v) = %v, %v", at, step, before, f, x, other.Func(x), o.Err())
				}
				f = other.Func(x)
				if step == 0 && n.f < 2 || step > 0 && o.Status() == optimize.NotTerminated && n.f == m.f {
					t.Errorf("%s: %d evaluations in step %d", at, n.f-m.f, step)
				}
			}
			// The same, with a count of the evaluations at each point.
			seen := map[string]int{}
			q := valley()
			p.Func = func(x []float64) float64 { seen[fmt.Sprint("f", x)]++; return q.Func(x) }
			if p.Grad != nil {
				p.Grad = func(g, x []float64) { seen[fmt.Sprint("g", x)]++; q.Grad(g, x) }
			}
			o = onProblem(every()[i], &p, nil)
			copy(x, crooked)
			for range 6 {
				other.Grad(g, x)
				o.Step(x, g)
				if seen[fmt.Sprint("f", x)] != 1 || p.Grad != nil && seen[fmt.Sprint("g", x)] != 1 {
					t.Errorf("%s: evaluates again where the last step ended", at)
				}
			}
			// The caller moves the parameters.
			copy(x, []float64{0.5, 0.5, 0.5, 0.5})
			other.Grad(g, x)
			o.Step(x, g)
			if seen[fmt.Sprint("f", []float64{0.5, 0.5, 0.5, 0.5})] != 1 || !(other.Func(x) < other.Func([]float64{0.5, 0.5, 0.5, 0.5})) {
				t.Errorf("%s: does not start at the new parameters, f(%v) = %v", at, x, other.Func(x))
			}
		}
	}
}

// TestPanicInASearch panics in each evaluation in turn. Params stay, and the optimizer continues
// after that.
func TestPanicInASearch(t *testing.T) {
	for i := range every() {
		for when := 1; when < 12; when++ {
			p, count := valley(), 0
			tick := func() {
				count++
				if count == when {
					panic("failed")
				}
			}
			q := valley()
			p.Func = func(x []float64) float64 { tick(); return q.Func(x) }
			p.Grad = func(g, x []float64) { tick(); q.Grad(g, x) }
			o, x, g := onProblem(every()[i], &p, nil), slices.Clone(crooked), make([]float64, 4)
			for failed := false; !failed; {
				before := slices.Clone(x)
				switch got := message(func() { o.Step(x, g) }); {
				case got == "failed":
					failed = true
					if !sameBits(x, before) {
						t.Errorf("%s: a panic in evaluation %d leaves %v, was %v", name(o), when, x, before)
					}
				case got != "no panic" || o.Status() != optimize.NotTerminated:
					t.Fatal(got, o.Status())
				}
			}
			for range 60 {
				o.Step(x, g)
			}
			if f := q.Func(x); o.Err() != nil || !(f < 4) {
				t.Errorf("%s: f = %v in the end, %v", name(o), f, o.Err())
			}
		}
	}
}

// TestLinesearchers searches with each of gonum's line searches.
func TestLinesearchers(t *testing.T) {
	for _, ls := range []optimize.Linesearcher{&optimize.Bisection{}, &optimize.Backtracking{}, &optimize.MoreThuente{}, &optimize.MoreThuente{CurvatureFactor: 0.1}} {
		for i := range every() {
			p := valley()
			o, x, g := onProblem(every()[i], &p, ls), slices.Clone(crooked), make([]float64, 4)
			for range 300 {
				f := p.Func(x)
				o.Step(x, g)
				if at := o.(interface{ where() optimize.Location }).where(); o.Err() == nil {
					p.Grad(g, x)
					if !sameBits(g, at.Gradient) || !sameBits(x, at.X) || p.Func(x) != at.F || !(at.F <= f) {
						t.Fatalf("%T, %s: the stored value or gradient at %v is wrong: %+v", ls, name(o), x, at)
					}
				}
			}
			p.Grad(g, x)
			_, newton := o.(*Newton)
			_, quasi := o.(*QuasiNewton)
			if slow := newton && i > 5 || quasi && i == 3; o.Err() != nil || !slow && !(floats.Norm(g, inf) <= 1e-4) {
				t.Errorf("%T, %s: ∇f = %v at %v, %v", ls, name(o), g, x, o.Err())
			}
		}
	}
}

// TestSawtooth has a value that falls along every tooth of a saw, and jumps by more. All slopes are the same.
// Points that are better than 0 lie within the first tooth alone.
func TestSawtooth(t *testing.T) {
	const tooth = 0x1p-60
	p := optimize.Problem{
		Func: func(x []float64) float64 { return 2*tooth*math.Floor(x[0]/tooth) - x[0] },
		Grad: func(g, _ []float64) { g[0] = -1 },
	}
	o, x := NewLBFGS(5), []float64{0}
	o.Problem = &p
	o.Step(x, []float64{0})
	if !(0 < x[0] && x[0] < tooth) {
		t.Errorf("the step leads to %v, want less than %v: %v", x, tooth, o.Status())
	}
}

// TestBound checks that a line search tries no length that is longer than one at which the value was infinite.
func TestBound(t *testing.T) {
	bound := inf
	p := optimize.Problem{
		Func: func(x []float64) float64 {
			if !(x[0] <= bound) {
				t.Errorf("an evaluation at %v, though the value at %v is infinite", x[0], bound)
			}
			if x[0] > 0.8 {
				bound = min(bound, x[0])
				return inf
			}
			return -x[0]
		},
		Grad: func(g, _ []float64) { g[0] = -1 },
	}
	o, x := NewLBFGS(5), []float64{0}
	o.Problem = &p
	o.Step(x, []float64{0})
	if !(0.79 < x[0] && x[0] <= 0.8) {
		t.Errorf("the step leads to %v: %v", x, o.Status())
	}
}

// TestErrIsSticky checks that Err stays until Reset.
func TestErrIsSticky(t *testing.T) {
	for i := range every() {
		sign := -1.0
		p := withDifferences(optimize.Problem{
			Func: func(x []float64) float64 { return x[0] * x[0] },
			Grad: func(g, x []float64) { g[0] = sign * 2 * x[0] },
		})
		o, x, g := onProblem(every()[i], &p, nil), []float64{1}, []float64{0}
		o.Step(x, g)
		first := o.Err()
		sign, x[0] = 1, 2
		o.Step(x, g)
		if first == nil || o.Err() != first || o.Status() != optimize.Failure || x[0] != 2 {
			t.Errorf("%s: %v, then %v at %v", name(o), first, o.Err(), x)
		}
		Reset(o)
		if o.Err() != nil || o.Status() != optimize.NotTerminated {
			t.Errorf("%s: after Reset: %v", name(o), o.Err())
		}
		for range 20 {
			o.Step(x, g)
		}
		if o.Err() != nil || !(math.Abs(x[0]) <= 1e-6) || o.Status() == optimize.NotTerminated {
			t.Errorf("%s: after Reset at %v, %v, %v", name(o), x, o.Status(), o.Err())
		}
	}
}

// TestInexactValue searches by a gradient k(x − 1) for a value of 1 or 1 + ε, which shows next to
// nothing of it. If k is small, the value is inexact, and slopes lead to the minimum. If k is
// large, the value and the gradient contradict each other.
func TestInexactValue(t *testing.T) {
	for _, c := range []struct{ k, want float64 }{{5e3 * epsilon, 1}, {1e-6, 1}, {0.1, 0}} {
		for _, opt := range every() {
			p := withDifferences(optimize.Problem{
				Func: func(x []float64) float64 {
					if x[0] > 0 {
						return 1 + epsilon
					}
					return 1
				},
				Grad: func(g, x []float64) { g[0] = c.k * (x[0] - 1) },
			})
			o, x := onProblem(opt, &p, nil), []float64{0}
			for range 10 {
				o.Step(x, []float64{0})
			}
			if !(math.Abs(x[0]-c.want) <= 1e-5) || (o.Err() != nil) != (c.want == 0) || o.Status() == optimize.NotTerminated {
				t.Errorf("%s, k = %v: %v, %v at %v, want %v", name(opt), c.k, o.Status(), o.Err(), x, c.want)
			}
		}
	}
}

// TestRestoredSearch restores the state after each number of steps into an optimizer that has
// failed. It continues with the same bits, and Status and Err are cleared. They are also cleared if
// the saved optimizer has failed.
func TestRestoredSearch(t *testing.T) {
	p := valley()
	for i := range every() {
		for saved := range 8 {
			o, x, g := onProblem(every()[i], &p, nil), slices.Clone(crooked), make([]float64, 4)
			for range saved {
				o.Step(x, g)
			}
			restore := func() stepper {
				restored := every()[i].(stepper)
				fail(t, restored)
				transfer(t, o, restored)
				if restored.Status() != optimize.NotTerminated || restored.Err() != nil {
					t.Fatalf("%s: after a restore: %v, %v", name(o), restored.Status(), restored.Err())
				}
				return onProblem(restored, &p, nil)
			}
			restored, y := restore(), slices.Clone(x)
			for step := range 8 {
				o.Step(x, g)
				restored.Step(y, g)
				if !sameBits(x, y) || o.Status() != restored.Status() {
					t.Fatalf("%s: saved after %d steps, other bits in step %d: %v and %v", name(o), saved, step, x, y)
				}
			}
			fail(t, o)
			f := p.Func(y)
			restored = restore()
			for range 20 {
				restored.Step(y, g)
			}
			if restored.Err() != nil || !(p.Func(y) <= f) {
				t.Errorf("%s: after a restore from a failure: %v at %v", name(o), restored.Err(), y)
			}
		}
	}
}

// fail takes a step of o on a problem in which no step is possible.
func fail(t *testing.T, o stepper) {
	t.Helper()
	p := withDifferences(optimize.Problem{
		Func: func(x []float64) float64 { return floats.Dot(x, x) },
		Grad: func(g, x []float64) { floats.ScaleTo(g, -2, x) },
	})
	onProblem(o, &p, nil)
	x := repeat(3, 4)
	o.Step(x, x)
	if o.Err() == nil || o.Status() != optimize.Failure || !sameBits(x, repeat(3, 4)) {
		t.Fatalf("%s: %v, %v at %v, want a failure", name(o), o.Status(), o.Err(), x)
	}
}

// TestObserve checks the curvature that trials of a line search show. f is 1 at the start, with the slope −1.
func TestObserve(t *testing.T) {
	l := trace{value: 1, slope: -1, least: 1, visible: inf}
	for i, c := range []struct {
		trial              trial
		visible, stiffness float64
		best               float64
	}{
		{trial{length: 2, f: 0.5}, 2, 0.5, 2},                                // the minimum of 1 − t + t²/4, if it is there
		{trial{length: 4, f: 3}, 2, 0.5, 2},                                  // f rises, but behind that length
		{trial{length: 1, f: 1.5}, 1, 3, 2},                                  // 1 − t + 1.5t²
		{trial{length: 0.75, f: 1 + 0x1p6*epsilon}, 1, 3, 2},                 // rounding
		{trial{length: 0.5, f: 0.25, slope: -0.91, sloped: true}, 1, 3, 0.5}, // almost the slope at the start
		{trial{length: 0.25, f: 0.25, slope: -0.5, sloped: true}, 0.25, 2, 0.5},
		{trial{length: 0.25, f: 0.25, slope: 9, sloped: true}, 0.25, 2, 0.5},
		{trial{length: 3, f: 0.2, slope: 2, sloped: true}, 0.25, 2, 3},
	} {
		l.trials = append(l.trials, c.trial)
		if l.observe(c.trial); l.visible != c.visible || l.stiffness != c.stiffness || l.best != c.best {
			t.Errorf("trial %d: curvature %v at %v, best %v, want %v at %v, best %v", i, l.stiffness, l.visible, l.best, c.stiffness, c.visible, c.best)
		}
	}
}

// TestCurved has slopes that differ by a tenth from that at the start, and by less.
func TestCurved(t *testing.T) {
	l := trace{slope: -10}
	for slope, want := range map[float64]bool{-10: false, -9.01: false, -9: true, 0: true, 9: true, -11: false} {
		if l.curved(slope) != want {
			t.Errorf("slope %v: %v", slope, !want)
		}
	}
}

// TestHopeless checks where shorter steps are of no use. f is 1, so that its resolution is 4ε.
func TestHopeless(t *testing.T) {
	steep := trial{length: 1, f: 1, slope: -1, sloped: true} // contradicts the slope −2 at the start
	for i, c := range []struct {
		length float64
		trials []trial
		want   bool
	}{
		{epsilon / 8, nil, true}, {epsilon / 7, nil, false},
		{1, []trial{steep, steep}, false}, {1, []trial{steep, steep, steep}, true},
		{1, []trial{steep, steep, {length: 1, f: 1, slope: -0.9, sloped: true}}, false},
		{1, []trial{steep, steep, {length: 1, f: 1 - epsilon, slope: -1, sloped: true}}, false},
		{1, []trial{steep, steep, {length: 1, f: 1, slope: -1}}, false},
		{1, []trial{steep, steep, {length: 2 * epsilon, f: 1, slope: -1, sloped: true}}, false}, // rounding
	} {
		var s search
		s.at.F = 1
		if s.hopeless(&trace{slope: -2, trials: c.trials}, c.length) != c.want {
			t.Errorf("row %d: %v", i, !c.want)
		}
	}
}

// TestStalledSlopes counts the points in a row at which max|gᵢ| is not lower, while a search pursues slopes.
func TestStalledSlopes(t *testing.T) {
	var s search
	s.pursues = true
	s.at.Gradient, s.next.Gradient = []float64{1}, []float64{0.5}
	if !s.gradientFalls() {
		t.Error("max|gᵢ| does not fall from 1 to 0.5")
	}
	s.next.Gradient[0] = 0.75 // lower than at the start only
	for stalled := 1; stalled <= 6; stalled++ {
		if got := s.gradientFalls(); got != (stalled <= 5) {
			t.Errorf("point %d: %v", stalled, got)
		}
	}
	if s.next.Gradient[0] = 0.25; !s.gradientFalls() {
		t.Error("max|gᵢ| does not fall to 0.25")
	}
	s.pursues, s.next.Gradient[0] = false, 0.25
	if s.gradientFalls() {
		t.Error("max|gᵢ| falls from 0.25 to 0.25")
	}
}
