package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// flatBowl returns 1 + Σ λᵢ(½yᵢ² + cyᵢ⁴) with y = Q(x − 1), a random orthogonal Q and λ from 1 down to 1/cond. Its
// minimum is 1. No coordinate of x shows the small λᵢ.
func flatBowl(rng *rand.Rand, n int, cond, c float64) optimize.Problem {
	var qr mat.QR
	var q mat.Dense
	qr.Factorize(mat.NewDense(n, n, random(rng, n*n)))
	qr.QTo(&q)
	rotated := func(x []float64, i int) (lambda, y float64) {
		for j, v := range q.RawRowView(i) {
			y += v * (x[j] - 1)
		}
		return math.Pow(cond, -float64(i)/float64(n-1)), y
	}
	return optimize.Problem{
		Func: func(x []float64) float64 {
			f := 0.0
			for i := range x {
				lambda, y := rotated(x, i)
				f += lambda * (y*y/2 + c*y*y*y*y)
			}
			return 1 + f
		},
		Grad: func(g, x []float64) {
			clear(g)
			for i := range x {
				lambda, y := rotated(x, i)
				kernel.AddScaled(g, q.RawRowView(i), lambda*(y+4*c*y*y*y))
			}
		},
	}
}

// TestFlatDirections minimises functions that are flat along directions between the coordinates. The end is at
// the minimum, up to the rounding error of f times the condition.
func TestFlatDirections(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, cond := range []float64{1e2, 1e4, 1e6, 1e8} {
		most := 1e-16 * cond
		for try := range 20 {
			n := 2 + rng.IntN(20)
			p, x0 := flatBowl(rng, n, cond, 0.1*float64(try%2)), random(rng, n)
			for _, s := range append(solvers, solverSR1) {
				r, err := Minimize(p, x0, s.make(), nil)
				if err != nil || !(r.F-1 <= most) {
					t.Errorf("condition %g, n = %d, %s: f − 1 = %g, want at most %g: %v, %v", cond, n, s.name, r.F-1, most, r.Status, err)
				}
			}
		}
	}
}

// TestFirstStepMissesFlatDirection has a condition of 1e8 in two dimensions. The first search leads to the minimum
// along the steep direction, and the gradient shows nothing but the flat one.
func TestFirstStepMissesFlatDirection(t *testing.T) {
	for _, angle := range []float64{0.3, 0.8, 1.2} {
		c, s := math.Cos(angle), math.Sin(angle)
		p := optimize.Problem{
			Func: func(x []float64) float64 {
				u, v := c*x[0]+s*x[1], c*x[1]-s*x[0]
				return 1 + u*u/2 + 0.5e-8*v*v
			},
			Grad: func(g, x []float64) {
				u, v := c*x[0]+s*x[1], 1e-8*(c*x[1]-s*x[0])
				g[0], g[1] = c*u-s*v, s*u+c*v
			},
		}
		for _, solver := range solvers {
			r, err := Minimize(p, []float64{c - s, s + c}, solver.make(), nil) // u = v = 1
			if err != nil || !(r.F-1 <= 1e-12) {
				t.Errorf("angle %v, %s: f − 1 = %g: %v, %v", angle, solver.name, r.F-1, r.Status, err)
			}
		}
	}
}

// farExponential is exp(x₁) − x₁ + ½Σ(xᵢ₊₁ − xᵢ)² + ½(xₙ − 1)².
var farExponential = optimize.Problem{
	Func: func(x []float64) float64 {
		last := x[len(x)-1] - 1
		f := math.Exp(x[0]) - x[0] + last*last/2
		for i := range len(x) - 1 {
			d := x[i+1] - x[i]
			f += d * d / 2
		}
		return f
	},
	Grad: func(g, x []float64) {
		clear(g)
		g[0], g[len(x)-1] = math.Expm1(x[0]), x[len(x)-1]-1
		for i := range len(x) - 1 {
			d := x[i+1] - x[i]
			g[i+1] += d
			g[i] -= d
		}
	},
}

// TestFarStart starts where f is up to 1e32 times the minimum. The value at the start is no measure of the end.
// The minimum for n = 100 is 1.004950656; it is that of a run of gonum's BFGS from 0.
func TestFarStart(t *testing.T) {
	for _, s := range append(solvers, solverSR1) {
		for _, first := range []float64{5, 20, 75, -1e3, -1e8} {
			x0 := make([]float64, 100)
			x0[0] = first
			r, err := Minimize(farExponential, x0, s.make(), nil)
			if err != nil || !(math.Abs(r.F-1.004950656) < 1e-8) {
				t.Errorf("%s from %v: f = %.10g, %v, %v", s.name, first, r.F, r.Status, err)
			}
		}
	}
}

// TestFallsAtPole minimises functions that fall to −Inf at x = 0. The derivatives overflow before the values do.
func TestFallsAtPole(t *testing.T) {
	for name, p := range map[string]optimize.Problem{
		"x + 1/x": {
			Func: func(x []float64) float64 { return x[0] + 1/x[0] },
			Grad: func(g, x []float64) { g[0] = 1 - 1/x[0]/x[0] },
		},
		"−1/x²": {
			Func: func(x []float64) float64 { return -1 / x[0] / x[0] },
			Grad: func(g, x []float64) { g[0] = 2 / x[0] / x[0] / x[0] },
		},
	} {
		for _, s := range append(solvers, solverSR1) {
			r, err := Minimize(p, []float64{-0.5}, s.make(), nil)
			if err != nil || r.Status != optimize.FunctionNegativeInfinity || max(r.FuncEvaluations, r.GradEvaluations) > 1000 {
				t.Errorf("%s, %s: %v at %v, f = %v, after %d evaluations, %v", name, s.name, r.Status, r.X, r.F, r.FuncEvaluations, err)
			}
		}
	}
}

// TestKinked has trials whose values rise from 5 with the slope 1, while the slope at the start is −4. It also has
// trials whose slopes disagree with their values by a tenth.
func TestKinked(t *testing.T) {
	at := func(lengths ...float64) (trials []trial) {
		for _, h := range lengths {
			trials = append(trials, trial{length: h, f: 5 + h, slope: 1, sloped: true})
		}
		return trials
	}
	ends := func(first, last float64) []trial {
		return []trial{{length: 10, f: 15, slope: first, sloped: true}, {length: 20, f: 25, slope: 1, sloped: true}, {length: 30, f: 35, slope: last, sloped: true}}
	}
	bent := func(last float64) []trial { return append(at(1, 2), trial{length: 3, f: 8, slope: last, sloped: true}) }
	for i, c := range []struct {
		trials []trial
		want   bool
	}{
		{at(1, 2, 3), true}, {at(9, 3, 1, 7, 2), true}, {at(1, 2), false}, {at(2, 3, 3.9), false}, {at(2, 3, 4), true},
		{append(at(2, 3, 4), trial{length: 1, f: inf, slope: 1, sloped: true}, trial{length: 1, f: 9}), true},
		{append(at(2, 3, 4), trial{length: 0.5, f: 5, slope: 9, sloped: true}), true},                    // f has not changed
		{append(at(2, 3, 4), trial{length: 0.5, f: 5 + 5*0x1p10*epsilon, slope: 9, sloped: true}), true}, // nor here, up to rounding
		{ends(1.2, 1), true}, {ends(1, 1.2), true}, // the integral is 11 instead of 10
		{bent(1.19), true}, {bent(1.21), false}, // the integral of the slopes is 1.095 and 1.105 instead of 1
		{append(at(2, 3), trial{length: 1, f: 6, slope: 1.21, sloped: true}), false},
	} {
		var s search
		s.at.F, s.line.slope, s.line.trials = 5, -4, c.trials
		if s.kinked() != c.want {
			t.Errorf("%d: %v", i, !c.want)
		}
	}
}

// TestCoordinateStep compares the steps of one coordinate at x = 1 in [0, 3] with the minimum of the parabola
// gs + hs²/2 within the bounds.
func TestCoordinateStep(t *testing.T) {
	for _, c := range []struct{ g, h, step, gain float64 }{
		{0, 1, 0, 0}, {2, 4, 0.5, 0.5}, {-2, 4, 0.5, 0.5}, {2, 2, 1, 1}, {2, 1, 1, 1.5}, {-8, 1, 2, 14}, {-8, 0, 2, 16},
	} {
		var s search
		s.at.X, s.box = []float64{1}, box{[]float64{0}, []float64{3}}
		if step, gain := s.coordinateStep(0, c.g, c.h, 1); step != c.step || gain != c.gain {
			t.Errorf("g = %v, h = %v: step %v, gain %v, want %v, %v", c.g, c.h, step, gain, c.step, c.gain)
		}
	}
	var free search
	free.at.X = []float64{1}
	if step, gain := free.coordinateStep(0, -3, 0, 2); step != 0x1p31 || gain != 0x1.8p31 {
		t.Errorf("without curvature: step %v, gain %v", step, gain)
	}
}

// TestExactDigits checks the status at a point where f cannot be lowered by more than its error.
func TestExactDigits(t *testing.T) {
	for _, c := range []struct {
		f, largest, noise float64
		digits            int
		inexact           bool
	}{
		{1, 1, 0x1p10 * epsilon, 0, false}, {1, 1, 0x1p11 * epsilon, 12, true}, {-1, 1, 0.9e-3, 3, true}, {1e-5, 1, 1e-7, 2, true},
		{0x1p-26, 1, 1, 0, false}, // next to zero
		{1, 1, 50, 0, true},
	} {
		var s search
		s.at.F, s.maxF, s.noise = c.f, c.largest, c.noise
		status := s.minimum()
		if digits, ok := ExactDigits(status); digits != c.digits || ok != c.inexact || !ok && status != optimize.FunctionConvergence {
			t.Errorf("f = %v ± %v: %v, %d digits", c.f, c.noise, status, digits)
		}
	}
}

// TestUpdateBlur checks when the rounding of x is measured again: after 20 steps, with a gradient and without a
// threshold for it.
func TestUpdateBlur(t *testing.T) {
	grad := &optimize.Problem{Grad: func(_, _ []float64) {}}
	for i, c := range []struct {
		age     int
		problem *optimize.Problem
		limit   float64
		want    bool
	}{{19, grad, 0, false}, {20, grad, 0, true}, {20, new(optimize.Problem), 0, false}, {20, grad, 1e-3, false}} {
		var s search
		s.at.F, s.maxF, s.blur, s.blurAge = 1, 1, 7, c.age
		e := &evaluator{problem: c.problem}
		e.settings.GradientThreshold = c.limit
		s.updateBlur(e)
		if got := s.blur == 0 && s.blurAge == 0; got != c.want || !got && s.blur != 7 {
			t.Errorf("row %d: blur %v, age %d", i, s.blur, s.blurAge)
		}
	}
}

// TestBelow checks the spacing of floating-point numbers at x: 8ε|x|.
func TestBelow(t *testing.T) {
	var s search
	s.at.X, s.d = []float64{1, -4}, []float64{1, -2}
	for length, want := range map[float64]bool{8 * epsilon: true, 9 * epsilon: false, -8 * epsilon: true, 0: true} {
		if s.below(length) != want {
			t.Errorf("%v: %v", length, !want)
		}
	}
	s.d = []float64{0, 4}
	if !s.below(8*epsilon) || s.below(9*epsilon) {
		t.Error("along the second coordinate")
	}
}

// TestStatusesAreEarly checks which of the statuses mean that a run was stopped before its end.
func TestStatusesAreEarly(t *testing.T) {
	early := map[optimize.Status]bool{SlowProgress: true, DomainEdge: false, Kink: false, ContextDone: true}
	for _, status := range inexact {
		early[status] = false
	}
	for status, want := range early {
		if status.Early() != want || status.Err() != nil {
			t.Errorf("%v: early %v, %v", status, !want, status.Err())
		}
	}
}

// TestConclude checks the reasons for which no better point is found. f is 1 at the start, with the slope −1 along d.
func TestConclude(t *testing.T) {
	bad, still, lower := trial{length: 1, f: inf}, trial{length: 1, f: 1}, trial{length: 1, f: 0.5}
	for i, c := range []struct {
		trials    []trial
		stiffness float64
		d         float64
		want      optimize.Status
	}{
		{[]trial{bad}, 0, 1, DomainEdge},
		{[]trial{bad, still}, 0, 1, DomainEdge},
		{[]trial{bad, lower}, 0, 1, optimize.NotTerminated},
		{[]trial{still}, 0, 1, optimize.NotTerminated},
		{[]trial{lower}, 1 / (2e4 * epsilon), 1, optimize.FunctionConvergence}, // 1/2·stiffness is 10⁴ε
		{[]trial{lower}, 1 / (3e4 * epsilon), 1, optimize.NotTerminated},
		{[]trial{lower}, 1e3, 1e4 * epsilon, optimize.NotTerminated},
		{[]trial{lower}, 1e3, 8e3 * epsilon, optimize.StepConvergence}, // a step of 8ε
		{[]trial{{length: 1, f: 6, slope: 1, sloped: true}, {length: 2, f: 7, slope: 1, sloped: true}, {length: 3, f: 8, slope: 1, sloped: true}}, 0, 1, Kink},
	} {
		var s search
		s.at.F, s.at.X, s.d, s.maxF = 1, []float64{1}, []float64{c.d}, 1
		s.line = trace{slope: -1, trials: c.trials, stiffness: c.stiffness}
		if got := s.conclude(); got != c.want {
			t.Errorf("row %d: %v, want %v", i, got, c.want)
		}
	}
}

// TestFallsWithoutEnd checks the values, coordinates and derivatives at which f seems to have no lower bound.
func TestFallsWithoutEnd(t *testing.T) {
	for i, c := range []struct {
		f, x, g float64
		b       box
		want    bool
	}{
		{-1.1e300, 0, 0, box{}, true}, {-1e300, 0, 0, box{}, false}, {-1e299, 0, 0, box{}, false}, {-1, 0x1p300, 0, box{}, true}, {-1, -0x1p301, 0, box{}, true}, {-1, 0x1p299, 0, box{}, false},
		{1, 0x1p301, 0, box{}, false}, {0, 0x1p301, 0, box{}, false}, {-1, 1, 0x1p300, box{}, true}, {-1, 1, 0x1p299, box{}, false},
		{-1, 0x1p301, 0, box{nil, []float64{0x1p301}}, false}, {-1, 0x1p300, 0, box{nil, []float64{0x1p301}}, true},
		{-1, 0, 0x1p301, box{[]float64{0}, nil}, false},
	} {
		var s search
		s.at, s.box = optimize.Location{F: c.f, X: []float64{c.x}, Gradient: []float64{c.g}}, c.b
		if s.fallsWithoutEnd() != c.want {
			t.Errorf("row %d: %v", i, !c.want)
		}
	}
}

// TestMeasuresOfAMove checks what a search computes after a move from f = 5 to 3 along d = (0, 2) by the distance 1/2.
func TestMeasuresOfAMove(t *testing.T) {
	var s search
	s.next = optimize.Location{F: 5, Gradient: []float64{0, -8}}
	s.at = optimize.Location{F: 3, Gradient: []float64{0, -2}}
	s.d, s.distance, s.line.slope, s.noise = []float64{0, 2}, 0.5, -16, 10
	s.estimateRest()
	if s.rest != 2./16 {
		t.Errorf("rest %v, want a sixteenth of the decrease", s.rest)
	}
	for i, want := range []float64{6, 6, 2} { // (g·d − slope)/(½‖d‖²) = (−4 + 16)/2
		if s.observeCurvature(); s.softest != want {
			t.Errorf("curvature %d: %v, want %v", i, s.softest, want)
		}
		if i == 1 {
			s.softest = 1 // at most twice the last one
		}
	}
	s.line.slope = -4 // no curvature
	if s.observeCurvature(); s.softest != 2 {
		t.Errorf("curvature %v, want 2", s.softest)
	}
	if s.fadeNoise(); s.noise != 6 {
		t.Errorf("noise %v, want 6", s.noise)
	}
	s.next.F = 2
	if s.fadeNoise(); s.noise != 6 {
		t.Errorf("noise %v after a rise of |f|, want 6", s.noise)
	}
	s.next.F, s.at.F = 0, 0
	if s.fadeNoise(); s.noise != 6 {
		t.Errorf("noise %v where f stays 0, want 6", s.noise)
	}
}

// TestMayHide checks the decrease that may be hidden along the softest direction: ‖g‖²/2h against 2⁷ times 4ε|f|.
func TestMayHide(t *testing.T) {
	for g, want := range map[float64]bool{0x1p-20: true, 0x1p-21: false, 0x1.1p-21: true, 0: false} {
		var s search
		s.at, s.softest = optimize.Location{F: 1, X: []float64{0}, Gradient: []float64{g}}, 1 // 2⁸·4ε is 2⁻⁴²
		if s.mayHide() != want {
			t.Errorf("g = %v: %v", g, !want)
		}
	}
}

// TestMayBeMinimum checks when the coordinates are tried at once: if at most 4 resolutions of 4ε remain, the model measures
// the curvature, and more steps than coordinates have explored it. f is 1.
func TestMayBeMinimum(t *testing.T) {
	ready := func() (*search, *evaluator) {
		s, e := searchAt(parabolas(1, []float64{1, 1}), []float64{0, 0})
		s.measures, s.modeled, s.t, s.rest = true, true, 3, 16*epsilon
		return s, e
	}
	for name, change := range map[string]func(s *search, e *evaluator){
		"":                     func(*search, *evaluator) {},
		"more remains":         func(s *search, _ *evaluator) { s.rest = 17 * epsilon },
		"no curvature":         func(s *search, _ *evaluator) { s.measures = false },
		"no step of the model": func(s *search, _ *evaluator) { s.modeled = false },
		"few steps":            func(s *search, _ *evaluator) { s.t = 2 },
		"no gradient":          func(_ *search, e *evaluator) { e.problem.Grad = nil },
		"a threshold":          func(_ *search, e *evaluator) { e.settings.GradientThreshold = 1e-9 },
		"hidden":               func(s *search, _ *evaluator) { s.at.Gradient[0] = 1 },
	} {
		s, e := ready()
		change(s, e)
		if got := s.mayBeMinimum(e); got != (name == "") {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// TestNextToZero compares |f| with ε times its largest value.
func TestNextToZero(t *testing.T) {
	for _, c := range []struct {
		f, largest float64
		want       bool
	}{{0, 0, true}, {epsilon, 1, true}, {-epsilon, 1, true}, {1.1 * epsilon, 1, false}, {1, 1, false}} {
		var s search
		if s.at.F, s.maxF = c.f, c.largest; s.nextToZero() != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
}
