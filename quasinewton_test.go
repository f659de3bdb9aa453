package optim

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// TestInverse compares the matrix after every pair with the formulas, and the direction with the matrix.
func TestInverse(t *testing.T) {
	for _, n := range []int{1, 2, 9} {
		for _, o := range []*QuasiNewton{NewBFGS(), NewDFP(), NewSR1()} {
			name := formulaNames[o.formula]
			rng := rand.New(rand.NewPCG(3, uint64(n)))
			if o.Inverse(new(mat.SymDense)) {
				t.Errorf("%s has a matrix before its first step", name)
			}
			var h mat.Dense
			from := optimize.Location{X: random(rng, n), Gradient: random(rng, n)}
			for step := range 12 {
				to := optimize.Location{X: random(rng, n), Gradient: make([]float64, n)}
				for i := range to.Gradient {
					to.Gradient[i] = from.Gradient[i] + (0.5+rng.Float64())*(to.X[i]-from.X[i])
				}
				o.learn(from, to)
				s, y := mat.NewVecDense(n, minus(to.X, from.X)), mat.NewVecDense(n, minus(to.Gradient, from.Gradient))
				sy := mat.Dot(s, y)
				if step == 0 {
					h.ReuseAs(n, n)
					for i := range n {
						h.Set(i, i, sy/mat.Dot(y, y))
					}
				}
				var u, z mat.VecDense
				u.MulVec(&h, y)
				switch o.formula {
				case bfgs: // (6.17): (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ
					var v, hv mat.Dense
					v.Outer(-1/sy, y, s)
					for i := range n {
						v.Set(i, i, v.At(i, i)+1)
					}
					hv.Mul(&h, &v)
					h.Mul(v.T(), &hv)
					h.RankOne(&h, 1/sy, s, s)
				case dfp: // (6.15)
					h.RankOne(&h, -1/mat.Dot(y, &u), &u, &u)
					h.RankOne(&h, 1/sy, s, s)
				case sr1: // (6.25)
					z.SubVec(s, &u)
					if zy := mat.Dot(&z, y); zy*zy >= 1e-16*mat.Dot(&z, &z)*mat.Dot(y, y) && zy != 0 {
						h.RankOne(&h, 1/zy, &z, &z)
					}
				}
				var got mat.SymDense
				if !o.Inverse(&got) || !mat.EqualApprox(&got, &h, 1e-10*(1+mat.Norm(&h, 2))) {
					t.Fatalf("%s, n = %d, step %d:\n%v\nwant\n%v", name, n, step, mat.Formatted(&got), mat.Formatted(&h))
				}
				d, want := make([]float64, n), mat.NewVecDense(n, nil)
				o.direct(&o.eval, d, to.X, to.Gradient)
				g := mat.NewVecDense(n, to.Gradient)
				want.MulVec(&h, g)
				if o.formula != sr1 || mat.Dot(want, g) > 0 {
					want.ScaleVec(-1, want)
				}
				if !mat.EqualApprox(mat.NewVecDense(n, d), want, 1e-9*(1+mat.Norm(want, 2))) {
					t.Fatalf("%s, n = %d, step %d: d = %v, want %v", name, n, step, d, want.RawVector().Data)
				}
				from = to
			}
		}
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
