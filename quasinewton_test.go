package optim

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/kernel"
)

// denseQuasiNewton computes H with dense algebra, as the formulas of QuasiNewton stand.
type denseQuasiNewton struct {
	formula formula
	h       mat.Dense
	before  float64 // q of the pair before
	grown   int     // the number of updates with γ > 1
}

// learn updates H. After a line search BFGS and DFP scale H first.
func (o *denseQuasiNewton) learn(s, y *mat.VecDense, searched bool) {
	n, sy := s.Len(), mat.Dot(s, y)
	if o.h.IsEmpty() {
		o.h.ReuseAs(n, n)
		for i := range n {
			o.h.Set(i, i, sy/mat.Dot(y, y))
		}
		o.before = 1
	} else if searched && o.formula != sr1 {
		o.scale(s, y)
	}
	var u, z mat.VecDense
	u.MulVec(&o.h, y)
	switch o.formula {
	case bfgs: // (6.17): (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ
		var v, hv mat.Dense
		v.Outer(-1/sy, y, s)
		for i := range n {
			v.Set(i, i, v.At(i, i)+1)
		}
		hv.Mul(&o.h, &v)
		o.h.Mul(v.T(), &hv)
		o.h.RankOne(&o.h, 1/sy, s, s)
	case dfp: // (6.15)
		o.h.RankOne(&o.h, -1/mat.Dot(y, &u), &u, &u)
		o.h.RankOne(&o.h, 1/sy, s, s)
	case sr1: // (6.25)
		z.SubVec(s, &u)
		if zy := mat.Dot(&z, y); zy*zy >= 1e-16*mat.Dot(&z, &z)*mat.Dot(y, y) && zy != 0 {
			o.h.RankOne(&o.h, 1/zy, &z, &z)
		}
	}
}

// scale sets H to γH.
func (o *denseQuasiNewton) scale(s, y *mat.VecDense) {
	var hy, bs mat.VecDense
	hy.MulVec(&o.h, y)
	if err := bs.SolveVec(&o.h, s); err != nil {
		panic(err)
	}
	r, q := mat.Dot(s, y)/mat.Dot(y, &hy), mat.Dot(s, &bs)/mat.Dot(s, y)
	gamma := max(1, math.Pow(r, 0.75)*math.Pow(q, 0.25)*min(1, o.before))
	if r > 0.99*q {
		gamma = 1
	}
	if gamma > 1 {
		o.grown++
	}
	o.h.Scale(gamma, &o.h)
	o.before = q
}

// TestInverse compares the matrix after every pair with the formulas, and the direction with the matrix. The
// moves are those of line searches, along the direction, or of fixed steps.
func TestInverse(t *testing.T) {
	for _, n := range []int{1, 2, 9} {
		for _, o := range []*QuasiNewton{NewBFGS(), NewDFP(), NewSR1()} {
			for _, searched := range []bool{true, false, true} {
				name := fmt.Sprintf("%s, n = %d, searched %v", formulaNames[o.formula], n, searched)
				o.forget()
				if o.Inverse(new(mat.SymDense)) {
					t.Errorf("%s: there is a matrix before the first move", name)
				}
				want := &denseQuasiNewton{formula: o.formula}
				for step, move := range moves(o, n, searched) {
					s, y := mat.NewVecDense(n, minus(move[1].X, move[0].X)), mat.NewVecDense(n, minus(move[1].Gradient, move[0].Gradient))
					o.learn(move[0], move[1])
					want.learn(s, y, searched)
					checkInverse(t, fmt.Sprintf("%s, step %d", name, step), o, &want.h, move[1])
				}
				if scales := searched && n > 1 && o.formula != sr1; scales != (want.grown > 1) {
					t.Errorf("%s: H was scaled %d times", name, want.grown)
				}
			}
		}
	}
}

// moves yields twelve moves. The curvature along each coordinate is random in [½, 1½] for a move, and falls
// from move to move.
func moves(o *QuasiNewton, n int, searched bool) iter.Seq2[int, [2]optimize.Location] {
	return func(yield func(int, [2]optimize.Location) bool) {
		rng := rand.New(rand.NewPCG(3, uint64(n)))
		from := optimize.Location{X: random(rng, n), Gradient: random(rng, n), F: math.NaN()}
		for step := range 12 {
			to := optimize.Location{X: random(rng, n), Gradient: make([]float64, n), F: from.F}
			if searched {
				from.F, to.F = 0, 0
				if step > 0 {
					o.direct(&o.eval, to.X, from.X, from.Gradient)
					kernel.Scale(to.X, 0.5+rng.Float64())
					kernel.AddScaled(to.X, from.X, 1)
				}
			}
			for i := range to.Gradient {
				to.Gradient[i] = from.Gradient[i] + math.Pow(0.7, float64(step))*(0.5+rng.Float64())*(to.X[i]-from.X[i])
			}
			if !yield(step, [2]optimize.Location{from, to}) {
				return
			}
			from = to
		}
	}
}

// checkInverse compares the matrix of o, and its direction at a point, with those of h.
func checkInverse(t *testing.T, name string, o *QuasiNewton, h *mat.Dense, at optimize.Location) {
	t.Helper()
	var got mat.SymDense
	if !o.Inverse(&got) || !mat.EqualApprox(&got, h, 1e-10*(1+mat.Norm(h, 2))) {
		t.Fatalf("%s:\n%v\nwant\n%v", name, mat.Formatted(&got), mat.Formatted(h))
	}
	n := len(at.X)
	d, want := make([]float64, n), mat.NewVecDense(n, nil)
	o.direct(&o.eval, d, at.X, at.Gradient)
	g := mat.NewVecDense(n, at.Gradient)
	want.MulVec(h, g)
	if o.formula != sr1 || mat.Dot(want, g) > 0 {
		want.ScaleVec(-1, want)
	}
	if !mat.EqualApprox(mat.NewVecDense(n, d), want, 1e-9*(1+mat.Norm(want, 2))) {
		t.Fatalf("%s: d = %v, want %v", name, d, want.RawVector().Data)
	}
}

// TestRefusedPairs checks that a pair of negative curvature does not change the matrix, and that the
// direction is that of the new gradient.
func TestRefusedPairs(t *testing.T) {
	for _, o := range []*QuasiNewton{NewBFGS(), NewDFP()} {
		o.learn(optimize.Location{X: []float64{0, 0}, Gradient: []float64{0, 0}}, optimize.Location{X: []float64{1, 0}, Gradient: []float64{2, 0}})
		var before, after mat.SymDense
		o.Inverse(&before)
		o.learn(optimize.Location{X: []float64{1, 0}, Gradient: []float64{2, 0}}, optimize.Location{X: []float64{2, 0}, Gradient: []float64{1, 3}})
		o.Inverse(&after)
		if !mat.Equal(&before, &after) {
			t.Errorf("%s: a pair of negative curvature has changed the matrix", formulaNames[o.formula])
		}
		d := make([]float64, 2)
		if o.direct(&o.eval, d, nil, []float64{1, 3}); !sameBits(d, []float64{-0.5, -1.5}) {
			t.Errorf("%s: d = %v after a refused pair, want (-0.5, -1.5)", formulaNames[o.formula], d)
		}
	}
}

// TestFirstPairs has pairs with s = (1, 0) that no formula uses first: those with s·y = 0, those with y = 0, and those whose s·y
// is not more than ε‖s‖‖y‖ for BFGS and DFP.
func TestFirstPairs(t *testing.T) {
	for _, o := range []*QuasiNewton{NewBFGS(), NewDFP(), NewSR1()} {
		for _, y := range [][]float64{{0, 1}, {0, 0}, {-1, 0}, {epsilon, 1}} {
			o.learn(optimize.Location{X: []float64{0, 0}, Gradient: []float64{0, 0}}, optimize.Location{X: []float64{1, 0}, Gradient: y})
			if used := o.Inverse(new(mat.SymDense)); used != (o.formula == sr1 && y[0] > 0) {
				t.Errorf("%s, y = %v: used %v", formulaNames[o.formula], y, used)
			}
		}
	}
}

// TestGrowth compares γ with r(q/r)^¼ where r is at most 0.99q, and with 1 elsewhere.
func TestGrowth(t *testing.T) {
	for _, c := range []struct{ r, q, want float64 }{{16 * aligned, 16, 16 * math.Pow(aligned, 0.75)}, {15.9, 16, 1}, {0.5, 1, 1}, {1, 16, 2}} {
		o := NewBFGS()
		o.excess = 1
		if got := o.growth(c.r, c.q); !(math.Abs(got/c.want-1) <= 1e-15) || o.excess != c.q {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestOverflow checks that a pair whose y·y overflows is refused, and that γ is finite for every r and q.
func TestOverflow(t *testing.T) {
	extremes := []float64{nan, -inf, inf, 0, -1, 2, 1e-300, 1e300}
	for _, o := range []*QuasiNewton{NewBFGS(), NewDFP(), NewSR1()} {
		o.learn(optimize.Location{X: []float64{0}, Gradient: []float64{0}}, optimize.Location{X: []float64{1}, Gradient: []float64{1e200}})
		if o.Inverse(new(mat.SymDense)) {
			t.Errorf("%s: the pair is used", formulaNames[o.formula])
		}
		for _, r := range extremes {
			for _, q := range extremes {
				for _, before := range extremes {
					o.excess = before
					if gamma := o.growth(r, q); !(1 <= gamma && gamma <= math.MaxFloat64) {
						t.Errorf("γ = %v for r = %v, q = %v, q′ = %v", gamma, r, q, before)
					}
				}
			}
		}
	}
}

// TestQuasiNewtonResumes saves and loads a run at each step. The points keep their bits.
func TestQuasiNewtonResumes(t *testing.T) {
	const steps = 40
	c := cutest(12)[4] // a valley, in which q is often below 1
	for _, make := range []func() *QuasiNewton{NewBFGS, NewDFP, NewSR1} {
		run := func(saved int) []float64 {
			x, g, o := slices.Clone(c.x0), slices.Clone(c.x0), make()
			for step := range steps {
				if step == saved {
					data := encoded(o)
					o = make()
					if err := Unmarshal(data, o); err != nil {
						t.Fatal(err)
					}
				}
				o.Problem = &c.p
				o.Step(x, g)
			}
			return x
		}
		want := run(steps)
		for saved := range steps {
			if x := run(saved); !sameBits(x, want) {
				t.Errorf("%s, saved after %d steps: %v, want %v", formulaNames[make().formula], saved, x, want)
			}
		}
	}
}

// TestSR1FindsTheHessian moves along n vectors that span the space, in a quadratic with negative curvature.
// The H of SR1 is then the inverse of the Hessian.
func TestSR1FindsTheHessian(t *testing.T) {
	const n = 6
	q := newQuadratic(n, 20)
	q.bend(2, -5)
	o := NewSR1()
	rng := rand.New(rand.NewPCG(8, 9))
	from := optimize.Location{X: make([]float64, n), Gradient: make([]float64, n)}
	q.gradient(from.Gradient, from.X)
	for range n + 1 {
		to := optimize.Location{X: random(rng, n), Gradient: make([]float64, n)}
		q.gradient(to.Gradient, to.X)
		o.learn(from, to)
		from = to
	}
	var h mat.SymDense
	var product mat.Dense
	o.Inverse(&h)
	want := fmt.Sprintf("optim: QuasiNewton.Inverse: dst is 1 × 1, want %d × %d", n, n)
	if got := message(func() { o.Inverse(mat.NewSymDense(1, nil)) }); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	product.Mul(&h, q.a)
	for i := range n {
		product.Set(i, i, product.At(i, i)-1)
	}
	if off := mat.Norm(&product, 1); !(off < 1e-8) {
		t.Errorf("‖HA − I‖ = %v", off)
	}
}

// TestQuasiNewtonEnds minimises quadratics with exact line searches in at most n + 1 steps.
func TestQuasiNewtonEnds(t *testing.T) {
	for _, n := range []int{1, 2, 5, 10} {
		for _, make := range []func() *QuasiNewton{NewBFGS, NewDFP} {
			q, o := newQuadratic(n, 100), make()
			o.Linesearcher = &optimize.MoreThuente{CurvatureFactor: 1e-10, StepTolerance: 1e-15}
			r, err := Minimize(q.problem(), repeat(0, n), o, &optimize.Settings{GradientThreshold: 1e-6})
			if err != nil || r.Status != optimize.GradientThreshold || r.MajorIterations > n+1 {
				t.Errorf("%s, n = %d: %v after %d steps, %v", formulaNames[o.formula], n, r.Status, r.MajorIterations, err)
			}
		}
	}
}

// TestQuasiNewtonUnits multiplies f by powers of two. The points keep their bits.
func TestQuasiNewtonUnits(t *testing.T) {
	for _, make := range []func() *QuasiNewton{NewBFGS, NewDFP, NewSR1} {
		for _, c := range cutest(24) {
			s := &optimize.Settings{MajorIterations: 15, Converger: optimize.NeverTerminate{}}
			want, err := Minimize(c.p, c.x0, make(), s)
			if err != nil {
				t.Fatal(err)
			}
			for _, unit := range []float64{0x1p-40, 0x1p40} {
				p := optimize.Problem{
					Func: func(x []float64) float64 { return unit * c.p.Func(x) },
					Grad: func(g, x []float64) {
						c.p.Grad(g, x)
						kernel.Scale(g, unit)
					},
				}
				o := make()
				if r, err := Minimize(p, c.x0, o, s); err != nil || !sameBits(r.X, want.X) {
					t.Errorf("%s, %s in units of %v: %v, want %v, %v", formulaNames[o.formula], c.name, unit, r.X, want.X, err)
				}
			}
		}
	}
}
