package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// parabolas returns the problem f = c + ½Σhᵢxᵢ².
func parabolas(c float64, h []float64) *optimize.Problem {
	return &optimize.Problem{
		Func: func(x []float64) float64 {
			sum := 0.0
			for i, v := range x {
				sum += h[i] / 2 * v * v
			}
			return c + sum
		},
		Grad: func(g, x []float64) { floats.MulTo(g, h, x) },
	}
}

// searchAt returns a search on p at x.
func searchAt(p *optimize.Problem, x []float64) (*search, *evaluator) {
	s := new(search)
	s.allocate(len(x), true)
	copy(s.at.X, x)
	s.at.F, s.started = p.Func(x), true
	p.Grad(s.at.Gradient, x)
	s.maxF = math.Abs(s.at.F)
	return s, &evaluator{problem: p}
}

// TestCoordinateDirection compares the direction, the gain and the blur with those of two parabolas, whose minima are at
// 0. There are two moves, or one if it shows no gain.
func TestCoordinateDirection(t *testing.T) {
	h := []float64{1, 16}
	s, e := searchAt(parabolas(0, h), []float64{1, -2})
	gain, ok := s.coordinateDirection(e)
	if blur := math.Hypot(1*epsilon, 32*2*epsilon); gain != 32 || !ok || !(math.Abs(s.blur/blur-1) <= 1e-12) {
		t.Errorf("gain %v, %v, blur %v, want 32, true, %v", gain, ok, s.blur, blur)
	}
	if !slices.Equal(s.d, []float64{-1, 2}) || e.stats.GradEvaluations != probes {
		t.Errorf("direction %v after %d gradients, want (−1, 2) after %d", s.d, e.stats.GradEvaluations, probes)
	}
	s, e = searchAt(parabolas(1, h), []float64{0x1p-26, 0x1p-30})
	if gain, ok := s.coordinateDirection(e); gain != epsilon/2 || !ok || e.stats.GradEvaluations != 1 {
		t.Errorf("gain %v, %v after %d gradients, want ε/2, true, 1", gain, ok, e.stats.GradEvaluations)
	}
}

// TestLargestCoordinate measures the blur where f is 0. The magnitude of a coordinate is then at least ε times that of
// the largest coordinate so far. The first derivative, 2⁴⁰, is larger than the other one, so it decides the blur.
func TestLargestCoordinate(t *testing.T) {
	for _, c := range []struct{ before, x, largest float64 }{{0x1p60, 1, 0x1p60}, {0, 0x1p60, 0x1p60}, {1, 4, 4}} {
		p := parabolas(0, []float64{1, 0})
		s, e := searchAt(p, []float64{0, c.x})
		p.Grad = func(g, x []float64) { g[0], g[1] = 0x1p40+x[0], 0 }
		s.at.Gradient[0], s.at.F, s.maxF, s.largestX = 0x1p40, 0, 1, c.before
		s.coordinateDirection(e)
		if u := epsilon * (epsilon * c.largest); s.largestX != c.largest || !(math.Abs(s.blur/(0x1p40*u)-1) <= 1e-9) {
			t.Errorf("%v: largest %v, blur %v, want %v", c, s.largestX, s.blur, 0x1p40*u)
		}
	}
}

// TestSearchCoordinates minimises parabolas. One trial at length 1 finds the minimum.
func TestSearchCoordinates(t *testing.T) {
	s, e := searchAt(parabolas(0, []float64{1, 16}), []float64{1, -2})
	found, _ := s.searchCoordinates(e, &s.wolfe)
	if !found || !slices.Equal(s.next.X, []float64{0, 0}) || e.stats.FuncEvaluations != 1 {
		t.Errorf("found %v, at %v after %d values, want true, (0, 0), 1", found, s.next.X, e.stats.FuncEvaluations)
	}
}

// TestManyCoordinates has n coordinates, each of which can lower f = 1 by ε/2. The step along −g lowers f by nε/2. It is
// tried if that is more than 16 resolutions of 4ε, unless the curvature of most directions is known.
func TestManyCoordinates(t *testing.T) {
	for i, c := range []struct {
		n, steps int
		measures bool
		found    bool
		grads    int
	}{{129, 0, false, true, 3}, {127, 0, false, false, 2}, {129, 5, false, true, 3}, {129, 6, false, false, 1}, {129, 0, true, false, 1}} {
		s, e := searchAt(parabolas(1, repeat(1, c.n)), repeat(0x1p-26, c.n))
		s.t, s.measures = c.steps, c.measures
		found, end := s.searchCoordinates(e, &s.wolfe)
		if found != c.found || e.stats.GradEvaluations != c.grads || !found && end != optimize.FunctionConvergence {
			t.Errorf("row %d: found %v, %v after %d gradients", i, found, end, e.stats.GradEvaluations)
		}
		if found && s.next.F != 1 {
			t.Errorf("row %d: f = %v, want 1", i, s.next.F)
		}
	}
}

// TestGradientDirection checks the length along −g, which is the distance of the minimum of a parabola, and the move that
// measures the curvature: 2⁻¹⁷ of each coordinate.
func TestGradientDirection(t *testing.T) {
	for h, want := range map[float64]float64{2: 4 * math.Sqrt2, -2: 0} {
		s, e := searchAt(parabolas(0, repeat(h, 2)), []float64{4, -4})
		length, slope := s.gradientDirection(e)
		if !(math.Abs(length-want) <= 1e-9) || !(math.Abs(slope+8*math.Sqrt2) <= 1e-12) {
			t.Errorf("h = %v: length %v, slope %v, want %v, %v", h, length, slope, want, -8*math.Sqrt2)
		}
		for i, v := range s.next.X {
			if move := math.Abs(v-s.at.X[i]) / 4; !(math.Abs(move/0x1p-17-1) <= 1e-6) {
				t.Errorf("h = %v: coordinate %d moved by %v of its magnitude", h, i, move)
			}
		}
	}
	line := &optimize.Problem{Func: func(x []float64) float64 { return x[0] }, Grad: func(g, _ []float64) { g[0] = 1 }}
	s, e := searchAt(line, []float64{1})
	if length, slope := s.gradientDirection(e); length != 0 || slope != -1 {
		t.Errorf("along a line: length %v, slope %v, want 0, −1", length, slope)
	}
}

// TestVisibleCurvature has a curvature that changes the derivative 1 by 4ε at the move of 2⁻¹⁷, and one that changes it by more.
// A curvature that is not visible leads to a step of 2³⁰.
func TestVisibleCurvature(t *testing.T) {
	for curvature, want := range map[float64]float64{0x1p-33: -0x1p30, 0x1.8p-33: -0x1p33 / 1.5} {
		s, e := searchAt(&optimize.Problem{
			Func: func([]float64) float64 { return 0 },
			Grad: func(g, x []float64) { g[0] = 1 + curvature*(x[0]-1) },
		}, []float64{1})
		if _, ok := s.coordinateDirection(e); !ok || !(math.Abs(s.d[0]/want-1) <= 1e-14) {
			t.Errorf("curvature %v: direction %v, want %v", curvature, s.d, want)
		}
	}
}

// TestGainAtTheResolution has coordinates that can lower f = 1 by exactly its resolution, 4ε. There is then one move and no
// search, since values do not show the gain.
func TestGainAtTheResolution(t *testing.T) {
	s, e := searchAt(parabolas(1, []float64{2}), []float64{0x1p-25})
	s.at.F, s.measures = 1, true
	if found, end := s.searchCoordinates(e, &s.wolfe); found || end != optimize.FunctionConvergence || e.stats.GradEvaluations != 1 || e.stats.FuncEvaluations != 0 {
		t.Errorf("found %v, %v after %d gradients and %d values, want a minimum after 1 and 0", found, end, e.stats.GradEvaluations, e.stats.FuncEvaluations)
	}
}

// TestErrorIsMeasured has values with an error of 5·10⁻⁴ at all points but the first, and a gradient that does not change
// along a line. The line search measures the error, which is larger than the predicted gain of 5·10⁻⁵. The point is then
// a minimum up to the error, known to three digits.
func TestErrorIsMeasured(t *testing.T) {
	p := parabolas(1, []float64{1})
	s, e := searchAt(p, []float64{0.01})
	linear, calls := p.Grad, 0
	p.Func = func([]float64) float64 { return s.at.F + 5e-4 }
	p.Grad = func(g, x []float64) {
		calls++
		if linear(g, x); calls > probes {
			g[0] = 0.01
		}
	}
	found, end := s.searchCoordinates(e, &s.wolfe)
	if digits, ok := ExactDigits(end); found || !ok || digits != 3 {
		t.Errorf("found %v, %v, want three exact digits", found, end)
	}
}
