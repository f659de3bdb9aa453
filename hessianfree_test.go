package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

func (q *quadratic) product(dst, _, v []float64) {
	mat.NewVecDense(len(dst), dst).MulVec(q.a, mat.NewVecDense(len(v), v))
}

// TestHessianFreeDirection compares the direction with a dense solution, where the gradient is
// small compared with the largest one so far, so that the iterations end late. Elsewhere it checks
// the predicted change.
func TestHessianFreeDirection(t *testing.T) {
	for _, n := range []int{1, 2, 20} {
		for _, damping := range []float64{0, 0.3} {
			for _, preconditioned := range []bool{false, true} {
				for _, small := range []float64{1, 1e-60} {
					q := newQuadratic(n, 50)
					o := NewHessianFree(q.product)
					o.Damping = damping
					if preconditioned {
						o.Preconditioner = func(dst, x []float64) {
							for i := range dst {
								dst[i] = q.a.At(i, i)
							}
						}
					}
					g, d := random(rand.New(rand.NewPCG(4, 5)), n), make([]float64, n)
					o.largest = floats.Norm(g, 2) / small
					o.direct(&o.eval, d, make([]float64, n), g)
					damped := mat.NewSymDense(n, nil)
					damped.CopySym(q.a)
					for i := range n {
						damped.SetSym(i, i, q.a.At(i, i)+damping)
					}
					var r mat.VecDense
					r.MulVec(damped, mat.NewVecDense(n, d))
					r.AddVec(&r, mat.NewVecDense(n, g))
					at := fmt.Sprintf("n = %d, damping %v, preconditioned %v, small %v", n, damping, preconditioned, small)
					if small == 1 {
						if left := mat.Norm(&r, 2); !(left < floats.Norm(g, 2)) {
							t.Errorf("%s: the residual is %v", at, left)
						}
						// The change of the model, with the damping.
						var ad mat.VecDense
						dv := mat.NewVecDense(n, d)
						ad.MulVec(damped, dv)
						if want := conjugateGradients(damped, q.a, preconditioned, g); !(floats.Distance(d, want, inf) <= 1e-12*floats.Norm(want, inf)) {
							t.Errorf("%s: %v, want %v", at, d, want)
						}
						if want := floats.Dot(g, d) + mat.Dot(dv, &ad)/2; !(math.Abs(o.predicted-want) <= 1e-12*math.Abs(want)) {
							t.Errorf("%s: the model changes by %v, want %v", at, o.predicted, want)
						}
						continue
					}
					var want mat.VecDense
					if err := want.SolveVec(damped, mat.NewVecDense(n, g)); err != nil {
						t.Fatal(err)
					}
					want.ScaleVec(-1, &want)
					if off := floats.Distance(d, want.RawVector().Data, inf); !(off <= 1e-8) {
						t.Errorf("%s: off by %v", at, off)
					}
				}
			}
		}
	}
}

// conjugateGradients solves ad = −g as the textbook does. It ends when the residual is at most half of ‖g‖, or
// when an iteration has changed the model by at most half of the mean change. The preconditioner is the
// diagonal of m.
func conjugateGradients(a, m *mat.SymDense, preconditioned bool, g []float64) []float64 {
	n := len(g)
	d, r, p, z := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	r.ScaleVec(-1, mat.NewVecDense(n, g))
	model, last := 0.0, 0.0
	for k := 1; ; k++ {
		z.CopyVec(r)
		for i := 0; i < n && preconditioned; i++ {
			z.SetVec(i, r.AtVec(i)/m.At(i, i))
		}
		product := mat.Dot(r, z)
		if k == 1 {
			p.CopyVec(z)
		} else {
			p.AddScaledVec(z, product/last, p)
		}
		last = product
		var ap mat.VecDense
		ap.MulVec(a, p)
		alpha := product / mat.Dot(p, &ap)
		d.AddScaledVec(d, alpha, p)
		r.AddScaledVec(r, -alpha, &ap)
		change := alpha * product / 2
		model += change
		if mat.Norm(r, 2) <= 0.5*floats.Norm(g, 2) || change <= 0.5*model/float64(k) {
			return d.RawVector().Data
		}
	}
}

// TestNegativeCurvature checks the directions if the first product or a later one has negative
// curvature.
func TestNegativeCurvature(t *testing.T) {
	diagonal := func(a ...float64) func(dst, x, v []float64) {
		return func(dst, _, v []float64) { floats.MulTo(dst, a, v) }
	}
	for _, c := range []struct {
		a, g, want []float64
	}{
		{[]float64{-2}, []float64{3}, []float64{-1.5}},
		{[]float64{0}, []float64{3}, []float64{-inf}}, // a line has its minimum at infinity
		{[]float64{-2, -2}, []float64{3, 4}, []float64{-1.5, -2}},
		// The first iteration leads to −(5/6, 5/12), where the residual is (−4/3, 8/3). The next
		// direction is p = −(20/9, 40/9), with p·Ap = −1600/27 and the step 3/20.
		{[]float64{4, -4}, []float64{2, 1}, []float64{-7. / 6, -13. / 12}},
	} {
		o, d := NewHessianFree(diagonal(c.a...)), make([]float64, len(c.g))
		o.direct(&o.eval, d, d, c.g)
		if !(floats.Distance(d, c.want, inf) <= 1e-14) {
			t.Errorf("∇²f = %v, g = %v: d = %v, want %v", c.a, c.g, d, c.want)
		}
	}
}

// TestProducts counts the products of a step, which are at most MaxProducts.
func TestProducts(t *testing.T) {
	q, taken := newQuadratic(30, 1e6), 0
	for _, most := range []int{1, 7, 200} {
		taken = 0
		o := NewHessianFree(func(dst, x, v []float64) { q.product(dst, x, v); taken++ })
		o.MaxProducts, o.largest = most, 1e30
		d := make([]float64, 30)
		o.direct(&o.eval, d, d, repeat(1, 30))
		if taken > most || most < 30 && taken != most {
			t.Errorf("%d products, want at most %d", taken, most)
		}
	}
}

// TestHessVecDiff compares products by differences with exact ones.
func TestHessVecDiff(t *testing.T) {
	f := func(grad, x []float64) { // of Σ sin(xᵢ)xᵢ₋₁
		clear(grad)
		for i := 1; i < len(x); i++ {
			grad[i] += math.Cos(x[i]) * x[i-1]
			grad[i-1] += math.Sin(x[i])
		}
	}
	for _, n := range []int{1, 2, 30} {
		for _, long := range []float64{1e-200, 1e-8, 1, 1e8, 1e200} {
			rng := rand.New(rand.NewPCG(6, 7))
			x, v, got, want := random(rng, n), random(rng, n), random(rng, n), make([]float64, n)
			floats.Scale(long, v)
			kept := append(append([]float64(nil), x...), v...)
			HessVecDiff(f)(got, x, v)
			for i := 1; i < n; i++ {
				want[i] += -math.Sin(x[i])*x[i-1]*v[i] + math.Cos(x[i])*v[i-1]
				want[i-1] += math.Cos(x[i]) * v[i]
			}
			if off := floats.Distance(got, want, inf); !(off <= 1e-9*floats.Norm(v, inf)) {
				t.Errorf("n = %d, ‖v‖ %v: off by %v", n, long, off)
			}
			if !sameBits(append(append([]float64(nil), x...), v...), kept) {
				t.Error("HessVecDiff has changed x or v")
			}
		}
	}
	for _, unit := range []float64{1e-9, 1e9} { // of the coordinates, in turn with 1
		x, v, got := []float64{unit, 2, 3 * unit, 0}, []float64{unit, 1, unit, 1}, make([]float64, 4)
		HessVecDiff(func(grad, x []float64) { // of Σ uᵢ⁻⁴xᵢ⁴/4
			for i, u := range []float64{unit, 1, unit, 1} {
				grad[i] = x[i] / u * x[i] / u * x[i] / u / u
			}
		})(got, x, v)
		for i, want := range []float64{3 / unit, 12, 27 / unit, 0} {
			if !(math.Abs(got[i]-want) <= 1e-6*math.Abs(want)+1e-9) {
				t.Errorf("units of %v: element %d is %v, want %v", unit, i, got[i], want)
			}
		}
	}
	zero := []float64{nan}
	HessVecDiff(f)(zero, []float64{1}, []float64{0})
	if zero[0] != 0 {
		t.Errorf("the product with 0 is %v", zero)
	}
}

// TestAdaptDamping compares the damping with Martens's rule. The damping stays if the model
// predicts no change, as at a point with gradient 0, and if the step was not along the direction of
// the model.
func TestAdaptDamping(t *testing.T) {
	for _, c := range []struct{ predicted, change, want float64 }{
		{-1, -0.9, 2. / 3}, {-1, -0.75, 1}, {-1, -0.5, 1}, {-1, -0.25, 1}, {-1, -0.1, 1.5}, {-1, 0.1, 1.5}, {0, -0.5, 1}, {0, 0.5, 1},
	} {
		o := NewHessianFree(nil)
		o.Damping, o.AdaptDamping, o.predicted = 1, true, c.predicted
		o.learn(optimize.Location{F: 5}, optimize.Location{F: 5 + c.change})
		if o.Damping != 1 {
			t.Errorf("the damping is adapted to a step that is not the model's: λ = %v", o.Damping)
		}
		o.modeled = true
		o.learn(optimize.Location{F: 5}, optimize.Location{F: 5 + c.change})
		if !(math.Abs(o.Damping-c.want) <= 1e-15) {
			t.Errorf("the value changes by %v, predicted %v: λ = %v, want %v", c.change, c.predicted, o.Damping, c.want)
		}
	}
}

// TestBadProducts uses products that are wrong.
func TestBadProducts(t *testing.T) {
	b := newBowl(3)
	for _, bad := range []float64{nan, inf, -inf, 0} {
		product := func(dst, _, v []float64) { fill(dst, bad) }
		p := bowlProblem()
		r, err := Minimize(*p, []float64{1, 2, 3}, NewHessianFree(product), nil)
		if err != nil || !(r.F <= 1e-12) {
			t.Errorf("products of %v: %v at %v, %v", bad, r.Status, r.X, err)
		}
		o, x, g := NewHessianFree(product), []float64{1, 2, 3}, make([]float64, 3)
		b.gradient(g, x)
		o.Step(x, g)
		if o.Err() == nil == sameBits(x, []float64{1, 2, 3}) || !(floats.Norm(x, inf) < inf) {
			t.Errorf("products of %v: x = %v, %v", bad, x, o.Err())
		}
	}
}

// TestMagnitude checks the magnitude of x along v, in units of v. That of zero is 1.
func TestMagnitude(t *testing.T) {
	for _, c := range []struct {
		x, v []float64
		want float64
	}{
		{[]float64{3, 4}, []float64{0, 2}, 2}, {[]float64{3, -4}, []float64{-2, 0}, 1.5}, {[]float64{0, 0}, []float64{0, 2}, 0.5},
		{[]float64{0, 0}, []float64{4, 4}, 0.25}, {[]float64{1, 3}, []float64{4, 2}, (1 + 3*0.5) / (1 + 0.25) / 4},
		{[]float64{1, 0}, []float64{0, 4}, 0x1p-26 / 4}, {[]float64{1, 2}, []float64{0, 0}, 0},
	} {
		if got := magnitude(c.x, c.v); !(math.Abs(got-c.want) <= 1e-15*c.want) {
			t.Errorf("%v along %v: %v, want %v", c.x, c.v, got, c.want)
		}
	}
}
