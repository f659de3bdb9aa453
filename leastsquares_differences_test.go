package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// stencilOf returns the stencil of one parameter.
func stencilOf(kind differences, size, bend, step float64) *stencil {
	return &stencil{kind: kind, size: []float64{size}, bend: []float64{bend}, step: []float64{step}}
}

// TestBestSteps compares the steps of differences with √(εsL) and ∛(εsL²), up to a factor of 2: a step is a power of
// two. s is in [2⁹, 2¹⁰).
func TestBestSteps(t *testing.T) {
	const s = 768
	for _, c := range []struct{ length, forward, central float64 }{
		{12, 0x1p-19, 0x1p-11}, {24, 0x1p-19, 0x1p-11}, {48, 0x1p-18, 0x1p-10}, {s, 0x1p-16, 0x1p-7}, {0x1p20, 0x1p-16, 0x1p-7},
		{inf, 0x1p-16, 0x1p-7},
	} {
		l := min(c.length, s)
		for kind, step := range map[differences][2]float64{
			forwardDifference: {c.forward, math.Sqrt(epsilon * s * l)},
			shortDifference:   {c.forward, math.Sqrt(epsilon * s * l)},
			centralDifference: {c.central, math.Cbrt(epsilon * s * l * l)},
		} {
			got := stencilOf(kind, s, 1/c.length, 0).best(0)
			if got != step[0] || !(step[1]/2 <= got && got <= 2*step[1]) {
				t.Errorf("L = %v, kind %v: step %v, want %v, a power of two near %v", c.length, kind, got, step[0], step[1])
			}
		}
	}
}

// TestStepsOfTheNextPoint checks magnitudes and steps after a point where the magnitude was 8.
func TestStepsOfTheNextPoint(t *testing.T) {
	for _, c := range []struct{ x, norm, column, size, step float64 }{
		{6, 0, 0, 6, 0x1p-23},
		{-100, 0, 1, 100, 0x1p-19},
		{0.5, 0, 1, 1, 0x1p-25}, // an eighth
		{0, 0, 1, 8, 0x1p-22},   // zero says nothing about the magnitude
		{6, 0x1p9, 1, 6, 0x1p-23},
		{6, 0x1p20, 1, 6, 0x1p-13},         // 64 times the step that changes r by 2⁻³⁹‖r‖
		{6, 0x1p20, 0x1p4, 6, 0x1p-17},     // with less ‖r‖ for the column
		{6, 0x1p40, 1, 6, 6 * longestStep}, // too long
		{6, 1, 0, 6, 6 * longestStep},      // the parameter has no effect
		{6, inf, 1, 6, 6 * longestStep},
		{-6, 0x1p40, 1, 6, 6 * longestStep},
	} {
		var s stencil
		s.allocate(1)
		s.follow(stencilOf(forwardDifference, 8, 0, 1), []float64{c.x}, []float64{c.column}, c.norm, forwardDifference)
		if s.size[0] != c.size || s.step[0] != c.step {
			t.Errorf("%+v: magnitude %v, step %v", c, s.size[0], s.step[0])
		}
	}
}

// TestPointsOfDifferences lists the points at which the residuals are evaluated for the first differences, and
// checks the curvature 1/L that they show. The residuals are 0 or 1 at x.
func TestPointsOfDifferences(t *testing.T) {
	constant := func(float64) float64 { return 1 }
	bent := func(k float64) func(x float64) float64 {
		return func(x float64) float64 { return x + k*x*x/2 }
	}
	for name, c := range map[string]struct {
		x     float64
		r     func(x float64) float64
		room  float64 // to the bounds
		steps []float64
		bend  float64
		size  float64 // s afterwards
	}{
		// The steps increase by 2¹³ until r changes by more than 2⁻³⁹ of its norm.
		"constant at 0":     {0, constant, 0, []float64{0x1p-25, 0x1p-12, 1}, 0, 1},
		"constant at 8":     {8, constant, 0, []float64{0x1p-22, 0x1p-9, 8}, 0, 8},
		"constant at 2⁻¹⁰":  {0x1p-10, constant, 0, []float64{0x1p-35, 0x1p-22, 0x1p-9, 1}, 0, 1},
		"constant, bounded": {0, constant, 0x1p-10, []float64{0x1p-25, 0x1p-12, 0x1p-11}, 0, 1},
		"faint":             {0, func(x float64) float64 { return 1 + 0x1p-15*x }, 0, []float64{0x1p-25, 0x1p-12}, 0, 1},
		"barely visible":    {0, func(x float64) float64 { return 1 + 0x1p-13*x }, 0, []float64{0x1p-25}, 0, 1},
		"faint at 2⁻⁴⁰":     {0x1p-40, func(x float64) float64 { return 1 + (x - 0x1p-40) }, 0, []float64{0x1p-65, 0x1p-52, 0x1p-39, 0x1p-26}, 0, 1},
		// Curvature shows from 2⁻²⁰ of the change on. The step is too long from 2⁻⁶ on.
		"straight":           {0, bent(0), 0, []float64{0x1p-25}, 0, 1},
		"bent by 2⁻²¹":       {0, bent(0x1p4), 0, []float64{0x1p-25}, 0, 1},
		"bent by 2⁻¹⁹":       {0, bent(0x1p6), 0, []float64{0x1p-25}, 0x1p6, 1},
		"bent by 2⁻⁷":        {0, bent(0x1p18), 0, []float64{0x1p-25}, 0x1p18, 1},
		"bent by 1/4":        {0, bent(0x1p23), 0, []float64{0x1p-25, 0x1p-36}, 0x1p23, 1},
		"as bent everywhere": {0, func(x float64) float64 { return x + math.Abs(x) }, 0, []float64{0x1p-25, 0x1p-38, 0x1p-25}, 0, 1},
	} {
		var points []float64
		s := residuals{m: 1, residual: func(dst, x []float64) {
			points = append(points, math.Abs(x[0]-c.x))
			dst[0] = c.r(x[0])
		}}
		if c.room > 0 {
			s.lower, s.upper = []float64{c.x - c.room}, []float64{c.x + c.room}
		}
		var at stencil
		at.allocate(1)
		at.start([]float64{c.x})
		s.jacobian(new(evaluator), mat.NewDense(1, 1, nil), []float64{c.x}, []float64{c.r(c.x)}, &at)
		points = slices.DeleteFunc(points, func(p float64) bool { return p == 0 })
		var want []float64
		for _, h := range c.steps {
			want = append(want, h, h) // on both sides
		}
		last := c.steps[len(c.steps)-1]
		if !slices.Equal(points, want) || at.bend[0] != c.bend || at.size[0] != c.size || at.step[0] != last {
			t.Errorf("%s: evaluated at x ± %v, want %v; curvature %v, want %v; magnitude %v, want %v; step %v, want %v",
				name, points, want, at.bend[0], c.bend, at.size[0], c.size, at.step[0], last)
		}
	}
}

// TestNoShorterStep has a step that a bound has made so short that the best step for the curvature is longer.
func TestNoShorterStep(t *testing.T) {
	s := residuals{first: 1, second: 0x1p-5}
	at := stencilOf(shortDifference, 1, 0, 0x1p-51)
	if ok := s.shorten(new(evaluator), nil, 0, 0, nil, at); !ok || at.step[0] != 0x1p-51 || at.bend[0] != 0x1p46 {
		t.Errorf("step %v, want 2⁻⁵¹; curvature %v, want 2⁴⁶", at.step[0], at.bend[0])
	}
}

// TestErrorOfDifferences compares with 8ε(‖r‖/‖column‖ + |x|)/h and the curvature h/L, squared for central differences.
func TestErrorOfDifferences(t *testing.T) {
	for kind, curvature := range map[differences]float64{forwardDifference: 0x1p-10, shortDifference: 0x1p-20, centralDifference: 0x1p-20} {
		s := &stencil{kind: kind, bend: []float64{1, 1, 1}, step: []float64{0x1p-10, 0x1p-10, 0x1p-10}}
		want := 8*epsilon*(3./4+2)/0x1p-10 + curvature
		if got := s.error([]float64{1, -2, 9}, []float64{4, 4, 0}, 3); !(math.Abs(got-want) <= 4*epsilon*want) {
			t.Errorf("kind %v: %v, want %v", kind, got, want)
		}
	}
}

// TestStepsOfALastDifference has a parameter that changes r little, compared with the terms of r: the column of the
// other one is 2²⁰ times as large. The last differences allow for the rounding of these terms. The other differences
// allow for the rounding of r only.
func TestStepsOfALastDifference(t *testing.T) {
	o, x := NewLevenbergMarquardt(1, func(dst, x []float64) { dst[0] = 0x1p20*(x[0]-1) + (x[1] - 1) }, nil), []float64{2, 2}
	o.Step(x, x)
	terms := math.Hypot(0x1p20, 1)
	for _, c := range []struct {
		kind       differences
		size, step float64
	}{
		{forwardDifference, 0x1p-10, 0x1p-25}, // √ε
		{centralDifference, 0x1p-10, 64 * faintChange * terms},
		{forwardDifference, 0x1p23, 0x1p-10}, // 64 times the step that changes r by 2⁻³⁹‖r‖
		{centralDifference, 0x1p23, 0x1p-10},
	} {
		o.x[0], o.x[1], o.stencil.bend[1], o.size = 1, 1, 0, c.size
		o.factors.Norms[0], o.factors.Norms[1] = 0x1p20, 1
		if o.follow([]float64{1, 1}, c.kind); !(math.Abs(o.next.step[1]/c.step-1) <= 4*epsilon) {
			t.Errorf("kind %v, ‖r‖ = %v: step %v, want %v", c.kind, c.size, o.next.step[1], c.step)
		}
	}
}
