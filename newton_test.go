package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
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
				if off := floats.Distance(x, q.c, inf); off > 1e-10 {
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
				if o.Err() != nil || math.Abs(x[0]) > 1e-7 || math.Abs(math.Abs(x[1])-c.want) > 1e-7 {
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
				if err != nil || r.F > 1e-12 {
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
		if err != nil || math.Abs(r.F+1) > 1e-10 {
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
