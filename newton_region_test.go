package optim

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// TestNewtonRadius checks Δ after a step of length ‖Dd‖ within Δ = 2, for each ratio ρ of the actual
// to the predicted decrease. Each step takes back one doubt.
func TestNewtonRadius(t *testing.T) {
	for _, row := range []struct{ rho, length, want float64 }{
		{-1, 2, 1}, {0.125, 2, 1}, {0.25, 2, 1}, // a bad step: half its length
		{0.125, 1.5, 0.75},
		{badRatio + 0x1p-10, 2, 2}, {0.3, 2, 2}, {0.5, 2, 2}, {0.7, 2, 2}, {goodRatio - 0x1p-10, 2, 2}, // neither
		{0.75, 2, 6}, {1, 2, 6}, {3, 2, 6}, // a good step to the edge: three times its length
		{1, 1.75, 5.25}, {1, 1.7, 5.1},
		{1, 1.6, 2}, {1, 1.5, 2}, {1, 0.5, 2}, // a good step that the edge does not shorten
	} {
		o := NewNewton(nil)
		o.modeled, o.predicted, o.length, o.radius, o.doubts = true, 4, row.length, 2, 2
		o.learn(optimize.Location{F: 7}, optimize.Location{F: 7 - 4*row.rho})
		if o.radius != row.want || o.doubts != 1 {
			t.Errorf("ρ = %v, ‖Dd‖ = %v: Δ = %v, %d doubts, want Δ = %v, 1 doubt", row.rho, row.length, o.radius, o.doubts, row.want)
		}
		if o.learn(optimize.Location{F: 7}, optimize.Location{F: 6}); o.radius != row.want { // predicted is 0 now
			t.Errorf("Δ = %v without a prediction, want %v", o.radius, row.want)
		}
	}
}

// TestNewtonShrink checks the factor on Δ after a trial that does not lower f. With the slope −8 at 0
// the parabola through the value change c at 1 has its minimum at 4/(8 + c).
func TestNewtonShrink(t *testing.T) {
	for _, row := range []struct{ change, slope, want float64 }{
		{0, 1, 0.5}, {8, 1, 0.25}, {24, 1, 0.125},
		{1e3, 1, 0.1}, {inf, 1, 0.1}, {8, inf, 0.1}, // at least a tenth
		{-4, 1, 0.5}, // at most a half
	} {
		o := NewNewton(nil)
		o.at.F = 3
		if got := o.shrink(trial{f: 3 + row.change, slope: row.slope}, -8); got != row.want {
			t.Errorf("f changes by %v: factor %v, want %v", row.change, got, row.want)
		}
	}
}

// TestNewtonFirstScales checks the first D. c is the root of the diagonal of H.
func TestNewtonFirstScales(t *testing.T) {
	for _, row := range []struct{ diagonal, x, want []float64 }{
		{[]float64{0, 0}, []float64{0, 0}, []float64{1, 1}},
		{[]float64{0, 0}, []float64{10, 0.1}, []float64{1, 1}},
		{[]float64{4, 0}, []float64{0, 0}, []float64{2, 2}},
		{[]float64{4, -9}, []float64{0, 0}, []float64{2, 3}},
		{[]float64{4, 9}, []float64{10, 0.1}, []float64{2, 200}},  // the largest c|x| is 20
		{[]float64{4, 9}, []float64{10, 1e-9}, []float64{2, 3e6}}, // at most 10⁶c
		{[]float64{4, 0}, []float64{10, 0.1}, []float64{2, 200}},  // no curvature
		{[]float64{4, 9}, []float64{10, 0}, []float64{2, 3}},      // no size
	} {
		o, h := NewNewton(nil), mat.NewSymDense(2, nil)
		h.SetSym(0, 0, row.diagonal[0])
		h.SetSym(1, 1, row.diagonal[1])
		if o.updateScales(h, row.x); !floats.EqualApprox(o.scales, row.want, 1e-12) {
			t.Errorf("%v at %v: D = %v, want %v", row.diagonal, row.x, o.scales, row.want)
		}
	}
}

// TestNewtonFlat checks where a step is lost in the errors of H: λ₁ is at most nε times the largest |λ|, or a step
// has shown that H is too large, and g²/2h is at most 4ε|f|, the resolution of f.
func TestNewtonFlat(t *testing.T) {
	for i, row := range []struct {
		least, g float64
		doubts   int
		want     bool
	}{
		{0, 0, 0, true}, {2 * epsilon, 0, 0, true}, {-2 * epsilon, 0, 0, true}, {3 * epsilon, 0, 0, false}, {3 * epsilon, 0, 1, true},
		{0, 0x1p-24, 0, true}, {0, -0x1p-24, 0, true}, {0, 0x1.1p-24, 0, false}, {1, 0x1p-24, 1, true}, {1, -0x1.1p-24, 1, false},
	} {
		o := NewNewton(nil)
		o.at = optimize.Location{F: -1, Gradient: []float64{0, row.g}}
		o.d, o.values, o.h, o.doubts = make([]float64, 2), []float64{row.least, 1}, []float64{1, 0, 0, 2}, row.doubts
		if o.isFlat() != row.want {
			t.Errorf("row %d: %v", i, !row.want)
		}
	}
}

// regionOf returns a Newton for n parameters with the given Δ, where D is 1.
func regionOf(n int, radius float64) *Newton {
	o := NewNewton(nil)
	o.scaled, o.units, o.scratch = make([]float64, n*n), make([]float64, n), make([]float64, n)
	o.scales, o.radius = repeat(1, n), radius
	return o
}

// TestNewtonShift checks that the step within Δ solves (H + τD²)d = −g with ‖Dd‖ = Δ, for matrices H that are
// positive definite, indefinite and singular.
func TestNewtonShift(t *testing.T) {
	for _, diagonal := range [][]float64{{4, 1, 9}, {4, -1, 9}, {4, 0, 9}} {
		h := mat.NewSymDense(3, []float64{diagonal[0], 0.5, 0.1, 0.5, diagonal[1], 0.2, 0.1, 0.2, diagonal[2]})
		g, x, d := []float64{3, -2, 5}, []float64{1, 1, 1}, make([]float64, 3)
		o := regionOf(3, 0.25)
		o.scales = nil // the first step sets D
		if !o.bound(h, d, x, g) {
			t.Fatalf("%v: no step", diagonal)
		}
		residual := mat.NewVecDense(3, nil)
		residual.MulVec(h, mat.NewVecDense(3, d))
		length := 0.0
		for i, v := range d {
			c := o.scales[i]
			residual.SetVec(i, residual.AtVec(i)+g[i]+o.tau*c*c*v)
			length += c * c * v * v
		}
		if !(mat.Norm(residual, 2) <= 1e-12) {
			t.Errorf("%v: (H + τD²)d + g = %v with τ = %v", diagonal, residual.RawVector().Data, o.tau)
		}
		if !near(length, 0.25*0.25, 0.21) { // Δ to a tenth
			t.Errorf("%v: ‖Dd‖² = %v, want %v", diagonal, length, 0.25*0.25)
		}
	}
}

// TestNewtonWithoutSlope checks that the step does not move along a direction in which the model is flat to
// rounding.
func TestNewtonWithoutSlope(t *testing.T) {
	h := mat.NewSymDense(2, []float64{4, 0, 0, 0})
	o, d := regionOf(2, 10), make([]float64, 2)
	o.scales = nil // the first step sets D
	if !o.bound(h, d, []float64{1, 1}, []float64{3, 1e-18}) || !floats.Equal(d, []float64{-0.75, 0}) {
		t.Errorf("step %v, want −0.75 and 0", d)
	}
}

// TestNewtonTenthOfRadius checks that steps may be longer than Δ = 10 by a tenth, and no more. For H = I the full step is
// −g, whose length is exactly 11 for (2, 6, 9).
func TestNewtonTenthOfRadius(t *testing.T) {
	h := mat.NewSymDense(3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	for last, full := range map[float64]bool{9: true, 9.01: false} {
		o, d, g := regionOf(3, 10), make([]float64, 3), []float64{2, 6, last}
		if !o.bound(h, d, g, g) || (o.tau == 0) != full || floats.Equal(d, []float64{-2, -6, -last}) != full {
			t.Errorf("g = %v: step %v with τ = %v", g, d, o.tau)
		}
		if (len(o.values) == 0) != full {
			t.Errorf("g = %v: %d eigenvalues, want none for a full step", g, len(o.values))
		}
		o.values, o.slopes = []float64{1, 1, 1}, g
		if excess := o.excessShift(0); (excess == 0) != full {
			t.Errorf("g = %v: shift by %v", g, excess)
		}
	}
}

// TestNewtonZeros checks which slopes along the eigenvectors count as 0. For n = 2 an eigenvalue is 0 up to rounding if it
// is at most 2ε times the largest one, and a slope if it is at most 2ε‖q‖. In the hard case, with a negative eigenvalue,
// the slope is then 2ε‖q‖. The first column has the least eigenvalue.
func TestNewtonZeros(t *testing.T) {
	const tiny = 2 * epsilon
	for _, c := range []struct{ value, slope, want float64 }{
		{tiny, tiny, 0}, {tiny, 1.5 * tiny, 1.5 * tiny}, {1.5 * tiny, tiny, tiny}, {-tiny, tiny, 0}, {-tiny, 0, 0},
		{-1.5 * tiny, 0, tiny}, {-1.5 * tiny, -tiny / 2, -tiny}, {-1, 1.5 * tiny, 1.5 * tiny},
	} {
		o := regionOf(2, 1)
		if !o.decompose(mat.NewSymDense(2, []float64{c.value, 0, 0, 1}), []float64{c.slope, 1}) {
			t.Fatal("no eigenvalues")
		}
		if got := o.slopes[0] * o.vectors.At(0, 0); got != c.want {
			t.Errorf("eigenvalue %v: slope %v, want %v", c.value, got, c.want)
		}
	}
}

// TestNewtonShiftOfValues checks that τ is the sum of what lifts the eigenvalues to 0 and of the excess: for H = −I and
// D = 1 the step of length Δ = 2 from the slope 6 has the shift 1 + 3.
func TestNewtonShiftOfValues(t *testing.T) {
	o, d := regionOf(1, 2), make([]float64, 1)
	if !o.bound(mat.NewSymDense(1, []float64{-1}), d, []float64{1}, []float64{6}) || o.tau != 4 || d[0] != -2 {
		t.Errorf("step %v with τ = %v, want −2 with 4", d, o.tau)
	}
}

// TestNewtonTrials lists the first points of a search from x = 1 on ½x², whose value at other points is constant. Δ is 0.1 at
// first. After three trials with a rise of less than the predicted decrease, a line search along the first step follows. After
// a larger rise Δ shrinks to a tenth, up to 60 times. Only the start and the line search cost a gradient.
func TestNewtonTrials(t *testing.T) {
	few, many := []float64{0.9, 0.95, 0.975, 0.9}, []float64{}
	for k := range maxTrials {
		many = append(many, 1-math.Pow(10, -float64(k+1)))
	}
	for rise, want := range map[float64][]float64{0: few, 10: append(many, 0.9)} {
		points, gradients := []float64(nil), 0
		p := *parabolas(0, []float64{1})
		p.Func = func(x []float64) float64 {
			points = append(points, x[0])
			if x[0] == 1 && len(points) == 1 {
				return 0
			}
			return rise
		}
		p.Grad = func(g, x []float64) { gradients++; g[0] = x[0] }
		p.Hess = func(h *mat.SymDense, _ []float64) { h.SetSym(0, 0, 1) }
		Minimize(p, []float64{1}, NewNewton(nil), &optimize.Settings{FuncEvaluations: len(want) + 1})
		if !floats.EqualApprox(points[1:], want, 1e-12) || gradients != 2 {
			t.Errorf("a rise by %v: %v after %d gradients, want %v", rise, points[1:], gradients, want)
		}
	}
}

// TestNewtonLargeHessian takes a step from x = 1 on x² with a Hessian that is too large, within Δ = 10. If the slope after
// the step is more than half that before it, one more trial follows.
func TestNewtonLargeHessian(t *testing.T) {
	for hessian, want := range map[float64]int{4: 2, 4.25: 3} {
		p := *parabolas(0, []float64{2})
		p.Hess = func(h *mat.SymDense, _ []float64) { h.SetSym(0, 0, hessian) }
		o := NewNewton(nil)
		o.radius = 10
		if r, err := Minimize(p, []float64{1}, o, &optimize.Settings{MajorIterations: 1}); err != nil || r.FuncEvaluations != want {
			t.Errorf("∇²f = %v: %d values, want %d, %v", hessian, r.FuncEvaluations, want, err)
		}
	}
}
