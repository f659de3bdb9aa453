package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
)

// newton returns Newton's method in the given mode.
func newton(mode NewtonMode, hess func(dst *mat.SymDense, x []float64)) *Newton {
	o := NewNewton(hess)
	o.Mode = mode
	return o
}

// TestNewtonDirection compares directions with sums over the eigenvectors of the Hessian, which is
// definite, indefinite or singular. The shift of Shifted is τ₀ times the first power of 4 for which the
// Hessian is positive definite.
func TestNewtonDirection(t *testing.T) {
	for _, values := range [][]float64{{2}, {-2}, {1, 2, 3}, {1, -2, 3}, {-1, -2, -3}, {5, 0, 2}, {0, -1, 4}, {1e-3, 1e3, -1}} {
		n := len(values)
		q := newQuadratic(n, 1)
		for i, v := range values {
			q.bend(i, v)
		}
		g := random(rand.New(rand.NewPCG(2, 3)), n)
		for _, mode := range []NewtonMode{Plain, SaddleFree, Shifted} {
			o, d := newton(mode, q.problem().Hess), make([]float64, n)
			o.direct(&o.eval, d, make([]float64, n), g)
			want, shift := make([]float64, n), 0.0
			if mode == Shifted {
				if floats.Min(values) <= 0 {
					shift = shiftOf(q, d, g)
					diagonal := make([]float64, n)
					for i := range diagonal {
						diagonal[i] = q.a.At(i, i)
					}
					first := max(0, -floats.Min(diagonal)) + mat.Norm(q.a, 2)/1000
					for first <= -floats.Min(values) {
						first *= 4
					}
					if !(math.Abs(shift-first) <= 1e-9*first) {
						t.Errorf("%v: shifted by %v, want %v", values, shift, first)
					}
				}
			}
			for j, value := range values {
				v := mat.Col(nil, j, &q.vectors)
				value += shift
				if mode == SaddleFree {
					value = max(math.Abs(value), 1e-8*floats.Norm(values, inf))
				}
				if value != 0 {
					floats.AddScaled(want, -floats.Dot(v, g)/value, v)
				}
			}
			if off := floats.Distance(d, want, inf); !(off <= 1e-7*floats.Norm(want, inf)) {
				t.Errorf("mode %d, eigenvalues %v: d = %v, want %v", mode, values, d, want)
			}
		}
	}
}

// shiftOf returns the τ for which (A + τI)d = −g.
func shiftOf(q *quadratic, d, g []float64) float64 {
	var r mat.VecDense
	r.MulVec(q.a, mat.NewVecDense(len(d), d))
	r.AddVec(&r, mat.NewVecDense(len(g), g))
	return -floats.Dot(r.RawVector().Data, d) / floats.Dot(d, d)
}

// TestNewtonLeavesTheHessian checks that a shift does not change the Hessian that is kept for later steps.
func TestNewtonLeavesTheHessian(t *testing.T) {
	q := newQuadratic(3, 5)
	q.bend(1, -2)
	o := NewNewton(q.problem().Hess)
	o.Every = 10
	d := make([]float64, 3)
	o.direct(&o.eval, d, d, []float64{1, 2, 3})
	if !mat.Equal(mat.NewSymDense(3, o.h), q.a) {
		t.Errorf("%v, want %v", mat.Formatted(mat.NewSymDense(3, o.h)), mat.Formatted(q.a))
	}
}

// TestNewtonEvery counts the evaluations of the Hessian.
func TestNewtonEvery(t *testing.T) {
	for every, want := range map[int]int{1: 12, 2: 6, 3: 4, 5: 3, 12: 1, 100: 1} {
		taken := 0
		o := NewNewton(func(dst *mat.SymDense, x []float64) {
			bowlHessian(dst, x)
			taken++
		})
		o.Every, o.LearningRate = every, 0.1
		newBowl(4).run(o, 12)
		if taken != want {
			t.Errorf("every %d: %d Hessians in 12 steps, want %d", every, taken, want)
		}
	}
}

// TestNewtonRegion checks steps within a trust region by the conditions of the minimum: J. J. Moré and
// D. C. Sorensen, Computing a trust region step, 1983, lemmas 2.1 and 2.3. There is a τ ≥ 0 with
// (H + τD²)d = −g for which H + τD² has no negative eigenvalue, and ‖Dd‖ = Δ to a tenth if τ > 0.
func TestNewtonRegion(t *testing.T) {
	for _, values := range [][]float64{{2}, {-2}, {1, 2, 3}, {1, -2, 3}, {-1, -2, -3}, {5, 0, 2}, {0, -1, 4}, {1e-3, 1e3, -1}, {-1, -1, 7}} {
		n := len(values)
		q := newQuadratic(n, 1)
		for i, v := range values {
			q.bend(i, v)
		}
		p := q.problem()
		for _, radius := range []float64{1e-6, 0.1, 1, 1e6} {
			for _, hard := range []bool{false, true} {
				g := random(rand.New(rand.NewPCG(2, 3)), n)
				if hard { // H is diagonal, and g has no part along its negative eigenvectors
					for i, value := range values {
						for j := range values {
							q.a.SetSym(i, j, 0)
						}
						q.a.SetSym(i, i, value)
						if value < 0 && floats.Max(values) > 0 {
							g[i] = 0
						}
					}
				} else {
					q.make()
				}
				o, d := newton(Shifted, nil), make([]float64, n)
				o.eval.problem, o.radius = &p, radius
				if o.direct(&o.eval, d, repeat(1, n), g) != 1 {
					t.Errorf("%v, Δ = %v, hard %v: no step", values, radius, hard)
				}
				checkRegion(t, fmt.Sprintf("%v, Δ = %v, hard %v", values, radius, hard), q.a, o.scales, d, g, radius)
			}
		}
	}
}

func checkRegion(t *testing.T, at string, h *mat.SymDense, scales, d, g []float64, radius float64) {
	t.Helper()
	n := len(d)
	scaled := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			scaled.SetSym(i, j, h.At(i, j)/scales[i]/scales[j])
		}
	}
	s, want, left := make([]float64, n), make([]float64, n), mat.NewVecDense(n, nil)
	floats.MulTo(s, scales, d)
	floats.DivTo(want, g, scales)
	left.MulVec(scaled, mat.NewVecDense(n, s))
	floats.Add(want, left.RawVector().Data) // −τ·s
	tau, length := -floats.Dot(want, s)/floats.Dot(s, s), floats.Norm(s, 2)
	floats.AddScaled(want, tau, s)
	var eigen mat.EigenSym
	eigen.Factorize(scaled, false)
	least, top := floats.Min(eigen.Values(nil)), floats.Norm(eigen.Values(nil), inf)
	if off, size := floats.Norm(want, 2), floats.Norm(s, 2)*top; !(off <= 1e-7*size) {
		t.Errorf("%s: (H + τD²)d + g = %v with τ = %v", at, want, tau)
	}
	if tau < -1e-9*top || least+tau < -1e-9*top {
		t.Errorf("%s: τ = %v, least eigenvalue %v", at, tau, least)
	}
	if length > 1.11*radius || tau > 1e-9*top && length < 0.89*radius {
		t.Errorf("%s: ‖Dd‖ = %v, τ = %v", at, length, tau)
	}
}

// TestNewtonUnits changes the units of f and of each coordinate by powers of two. The search takes the same
// path, to the bit.
func TestNewtonUnits(t *testing.T) {
	for _, f := range problems {
		switch f.name {
		case "Beale", "ExtendedRosenbrock/4", "HelicalValley", "Wood":
		default:
			continue
		}
		n, hess := len(f.start), hessOf(f.f)
		run := func(unit float64, units []float64) *optimize.Result {
			inner := func(x []float64) []float64 { return floats.MulTo(make([]float64, n), x, units) }
			r, err := Minimize(optimize.Problem{
				Func: func(x []float64) float64 { return unit * f.f.Func(inner(x)) },
				Grad: func(g, x []float64) {
					f.f.Grad(g, inner(x))
					floats.Mul(g, units)
					floats.Scale(unit, g)
				},
				Hess: func(h *mat.SymDense, x []float64) {
					hess(h, inner(x))
					for i := range n {
						for j := i; j < n; j++ {
							h.SetSym(i, j, unit*units[i]*units[j]*h.At(i, j))
						}
					}
				},
			}, floats.DivTo(make([]float64, n), f.start, units), NewNewton(nil), &optimize.Settings{MajorIterations: 6})
			if err != nil {
				t.Error(err)
			}
			floats.Mul(r.X, units)
			return r
		}
		want := run(1, repeat(1, n))
		units := make([]float64, n)
		for i := range units {
			units[i] = []float64{0x1p-20, 0x1p7, 1, 0x1p30}[i%4]
		}
		for _, unit := range []float64{0x1p-60, 1, 0x1p40} {
			if r := run(unit, units); !sameBits(r.X, want.X) || r.FuncEvaluations != want.FuncEvaluations {
				t.Errorf("%s, unit %v: %v after %d evaluations, want %v after %d", f.name, unit, r.X, r.FuncEvaluations, want.X, want.FuncEvaluations)
			}
		}
	}
}

// TestNewtonSmallStarts starts with a coordinate that is next to zero, or zero, so that its size means little.
func TestNewtonSmallStarts(t *testing.T) {
	for _, small := range []float64{0, 1e-300, 1e-100, -1e-14, 1e-9, 1e-3} {
		for i := range 2 {
			x := []float64{-1.2, 1}
			x[i] = small
			r, err := Minimize(problemOf(functions.ExtendedRosenbrock{}), x, NewNewton(nil), nil)
			if err != nil || !(r.F <= 1e-20) || r.FuncEvaluations > 50 {
				t.Errorf("coordinate %d = %v: %v at %v after %d evaluations, %v", i, small, r.Status, r.X, r.FuncEvaluations, err)
			}
		}
	}
}

// TestNewtonPlateau runs to where f falls to its infimum at infinity, by ever less. The run ends soon.
func TestNewtonPlateau(t *testing.T) {
	for _, p := range mgh {
		if p.name == "3 Powell badly scaled" {
			r, err := Minimize(p.problem(), p.from(10), NewNewton(nil), nil)
			if err != nil || r.Status != SlowProgress || r.FuncEvaluations > 3000 {
				t.Errorf("%v after %d evaluations, %v", r.Status, r.FuncEvaluations, err)
			}
		}
	}
}

// TestNewtonGivenHessian gives the Hessian at the start in InitValues. It is not evaluated again, and the run
// is the same.
func TestNewtonGivenHessian(t *testing.T) {
	p, x0 := withDifferences(valley()), crooked
	g, h := make([]float64, len(x0)), mat.NewSymDense(len(x0), nil)
	p.Grad(g, x0)
	p.Hess(h, x0)
	given := &optimize.Location{F: p.Func(x0), Gradient: g, Hessian: h}
	for _, run := range []minimizer{
		func(p optimize.Problem, x0 []float64, s *optimize.Settings) (*optimize.Result, error) {
			return Minimize(p, x0, NewNewton(nil), s)
		},
		func(p optimize.Problem, x0 []float64, s *optimize.Settings) (*optimize.Result, error) {
			return optimize.Minimize(p, x0, s, Method(NewNewton(nil)))
		},
	} {
		want, err := run(p, x0, &optimize.Settings{MajorIterations: 8})
		r, err2 := run(p, x0, &optimize.Settings{MajorIterations: 8, InitValues: given})
		if err != nil || err2 != nil || !sameBits(r.X, want.X) || r.HessEvaluations != want.HessEvaluations-1 {
			t.Errorf("with the Hessian %v and %+v, without %v and %+v, %v, %v", r.X, r.Stats, want.X, want.Stats, err, err2)
		}
	}
}

// TestNewtonAscent steps to a place where the direction of an old Hessian ascends. The Hessian is evaluated
// there, in the same step.
func TestNewtonAscent(t *testing.T) {
	taken, p := 0, saddle
	o := newton(Plain, func(dst *mat.SymDense, x []float64) {
		saddle.Hess(dst, x)
		taken++
	})
	o.Problem, o.Every = &p, 1000
	x, g := []float64{1, 0.1}, make([]float64, 2)
	for step := 1; step <= 2; step++ {
		o.Step(x, g)
		if taken != step {
			t.Errorf("%d Hessians after step %d", taken, step)
		}
	}
}

// TestNewtonOldHessian gives a first Hessian that is so large that its steps change nothing. As soon as it is
// an old one, it is evaluated again.
func TestNewtonOldHessian(t *testing.T) {
	for _, mode := range []NewtonMode{Shifted, Plain, SaddleFree} {
		taken, p := 0, valley()
		o := newton(mode, func(dst *mat.SymDense, x []float64) {
			p.Hess(dst, x)
			if taken == 0 {
				dst.Zero()
				for i := range x {
					dst.SetSym(i, i, 1e30)
				}
			}
			taken++
		})
		o.Problem, o.Every = &p, 1000
		x, g := slices.Clone(crooked), make([]float64, len(crooked))
		for step := 1; step <= 2; step++ {
			o.Step(x, g)
			if taken != step {
				t.Errorf("mode %d: %d Hessians after step %d", mode, taken, step)
			}
		}
	}
}

// TestNewtonEnds minimises quadratics in one step, fixed or by a line search.
func TestNewtonEnds(t *testing.T) {
	for _, n := range []int{1, 2, 10, 40} {
		q := newQuadratic(n, 1e4)
		problem := q.problem()
		for _, mode := range []NewtonMode{Shifted, Plain, SaddleFree} {
			for _, p := range []*optimize.Problem{nil, &problem} {
				o := newton(mode, problem.Hess)
				o.Problem = p
				x, g := make([]float64, n), make([]float64, n)
				q.gradient(g, x)
				o.Step(x, g)
				if off := floats.Distance(x, q.c, inf); !(off <= 1e-10) {
					t.Errorf("n = %d, mode %d, problem %v: off by %v after a step", n, mode, p != nil, off)
				}
			}
		}
	}
}

// saddle is x² − y² + y⁴. It has a saddle at the origin and minima at y = ±1/√2.
var saddle = optimize.Problem{
	Func: func(x []float64) float64 {
		a, b := x[0]*x[0], x[1]*x[1]
		return a - b + b*b
	},
	Grad: func(g, x []float64) { g[0], g[1] = 2*x[0], 4*x[1]*x[1]*x[1]-2*x[1] },
	Hess: func(dst *mat.SymDense, x []float64) {
		dst.SetSym(0, 0, 2)
		dst.SetSym(0, 1, 0)
		dst.SetSym(1, 1, 12*x[1]*x[1]-2)
	},
}

// TestSaddle starts near the saddle: Plain converges to the saddle, the other modes to a minimum.
func TestSaddle(t *testing.T) {
	for _, x0 := range []float64{-2, 0, 0.5, 3} {
		for _, y0 := range []float64{-0.25, -0.1, -1e-3, 1e-8, 0.05, 0.2, 0.3} {
			for _, c := range []struct {
				mode   NewtonMode
				rate   float64
				search bool
				want   float64
			}{
				{Plain, 1, false, 0},
				{Plain, 0.5, false, 0},
				{Shifted, 0.3, false, math.Sqrt2 / 2},
				{SaddleFree, 0.3, false, math.Sqrt2 / 2},
				{Shifted, 1, true, math.Sqrt2 / 2},
				{SaddleFree, 1, true, math.Sqrt2 / 2},
			} {
				o := newton(c.mode, saddle.Hess)
				o.LearningRate = c.rate
				if c.search {
					o.Problem = &saddle
				}
				x, g := []float64{x0, y0}, make([]float64, 2)
				for range 300 {
					saddle.Grad(g, x)
					o.Step(x, g)
				}
				if o.Err() != nil || !(math.Abs(x[0]) <= 1e-7) || !(math.Abs(math.Abs(x[1])-c.want) <= 1e-7) {
					t.Errorf("%+v from (%v, %v): %v, %v", c, x0, y0, x, o.Err())
				}
			}
		}
	}
}

// TestBadHessians uses Hessians that are wrong. A line search converges all the same. A fixed step fails
// with an error if there is no finite direction.
func TestBadHessians(t *testing.T) {
	constant := func(a, b, c float64) func(dst *mat.SymDense, x []float64) {
		return func(dst *mat.SymDense, _ []float64) {
			dst.SetSym(0, 0, a)
			dst.SetSym(0, 1, b)
			dst.SetSym(1, 1, c)
		}
	}
	b := newBowl(2)
	problem := optimize.Problem{Func: b.value, Grad: b.gradient}
	for _, c := range []struct {
		name  string
		hess  func(dst *mat.SymDense, x []float64)
		fixed [3]bool // whether a fixed step succeeds: Shifted, Plain, SaddleFree
	}{
		{"zero", constant(0, 0, 0), [3]bool{}},
		{"singular", constant(1, 1, 1), [3]bool{true, true, true}},
		{"negative", constant(-1, 0, -2), [3]bool{true, true, true}}, // Plain ascends
		{"NaN", constant(1, nan, 1), [3]bool{}},
		{"infinite", constant(inf, 0, 1), [3]bool{}},
		{"large", constant(1e10, 0, 1e10), [3]bool{true, true, true}},
		{"tiny", constant(1e-320, 0, 1), [3]bool{true, true, true}},
	} {
		for mode := Shifted; mode <= SaddleFree; mode++ {
			t.Run(fmt.Sprintf("%s/%d", c.name, mode), func(t *testing.T) {
				o := newton(mode, c.hess)
				r, err := Minimize(problem, []float64{3, -4}, o, nil)
				if err != nil || !(r.F <= 1e-12) {
					t.Errorf("searching: %v at %v, %v", r.Status, r.X, err)
				}
				o = newton(mode, c.hess)
				x, g := []float64{3, -4}, make([]float64, 2)
				b.gradient(g, x)
				o.Step(x, g)
				if works := o.Err() == nil; works != c.fixed[mode] || works == sameBits(x, []float64{3, -4}) {
					t.Errorf("fixed: x = %v, %v", x, o.Err())
				}
				if err := o.Err(); err != nil && !strings.HasPrefix(err.Error(), "optim: Newton: there is no finite direction") {
					t.Error(err)
				}
			})
		}
	}
}

// TestDescends starts where Plain, SR1 and HessianFree have no direction of descent. A line search descends
// all the same.
func TestDescends(t *testing.T) {
	hill := optimize.Problem{
		Func: func(x []float64) float64 { return math.Cos(x[0]) + x[1]*x[1] },
		Grad: func(g, x []float64) { g[0], g[1] = -math.Sin(x[0]), 2*x[1] },
		Hess: func(dst *mat.SymDense, x []float64) {
			dst.SetSym(0, 0, -math.Cos(x[0]))
			dst.SetSym(0, 1, 0)
			dst.SetSym(1, 1, 2)
		},
	}
	for _, opt := range []Optimizer{newton(Plain, nil), NewSR1(), NewHessianFree(nil)} {
		r, err := Minimize(hill, []float64{0.4, 1e-3}, opt, nil)
		if err != nil || !(math.Abs(r.F+1) <= 1e-10) {
			t.Errorf("%T: %v at %v, %v", opt, r.Status, r.X, err)
		}
	}
}

// TestIllConditioned minimises Rosenbrock's function in coordinates whose scales differ by up to 1e10, so
// that the condition number is up to 1e20.
func TestIllConditioned(t *testing.T) {
	for _, scale := range []float64{1, 1e2, 1e5, 1e8, 1e10, 1e-10} {
		k := []float64{1, 1 / scale} // the coordinates of the function are kᵢxᵢ
		of := func(x []float64) []float64 { return []float64{k[0] * x[0], k[1] * x[1]} }
		problem := optimize.Problem{
			Func: func(x []float64) float64 { z := of(x); return chained(make([]float64, 2), z) },
			Grad: func(g, x []float64) { chained(g, of(x)); floats.Mul(g, k) },
			Hess: func(dst *mat.SymDense, x []float64) {
				z := of(x)
				dst.SetSym(0, 0, 2+1200*z[0]*z[0]-400*z[1])
				dst.SetSym(0, 1, -400*z[0]*k[1])
				dst.SetSym(1, 1, 200*k[1]*k[1])
			},
		}
		for _, opt := range []Optimizer{NewNewton(nil), newton(SaddleFree, nil), NewBFGS(), NewLBFGS(5)} {
			if _, matrix := opt.(*Newton); scale == 1e10 && !matrix {
				continue // a change of the second coordinate along the gradient is lost in the rounding of f
			}
			r, err := Minimize(problem, []float64{-1.2, scale}, opt, nil)
			z := of(r.X)
			if off := floats.Distance(z, []float64{1, 1}, inf); err != nil || !(off < 1e-5) {
				t.Errorf("%T, scale %v: %v at %v, %v", opt, scale, r.Status, z, err)
			}
		}
	}
}

// TestPlainEigenvalueOfZero checks that Plain does not step along an eigenvector whose eigenvalue is at most nε times the
// largest one.
func TestPlainEigenvalueOfZero(t *testing.T) {
	for value, want := range map[float64]float64{2 * epsilon: 0, -2 * epsilon: 0, 4 * epsilon: -0x1p50} {
		o, d := newton(Plain, func(h *mat.SymDense, _ []float64) { h.SetSym(0, 0, -1); h.SetSym(1, 1, value) }), make([]float64, 2)
		if length := o.direct(&o.eval, d, make([]float64, 2), []float64{3, 1}); length != 1 || !floats.Equal(d, []float64{3, want}) {
			t.Errorf("eigenvalue %v: step %v, want 3 and %v", value, d, want)
		}
	}
}
