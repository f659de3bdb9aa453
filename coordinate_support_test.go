package optim

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// correlatedSum returns a squared sum of n rows and p columns with an intercept and different factors.
func correlatedSum(n, p int) *LinearSum {
	rng := rand.New(rand.NewPCG(61, 62))
	a, y := mat.NewDense(n, p, nil), make([]float64, n)
	for i := range n {
		common := rng.NormFloat64()
		for j := range p {
			a.Set(i, j, common+0.3*rng.NormFloat64())
		}
		y[i] = a.At(i, 0) - 2*a.At(i, p/2) + rng.NormFloat64()
	}
	l := NewSquaredSum(a, y)
	l.Intercept = true
	l.Factor = make([]float64, p)
	for j := range l.Factor {
		l.Factor[j] = 0.5 + rng.Float64()
	}
	return l
}

// TestSupportIsExact checks that one Step reaches the solution of the normal equations if there is no L1.
func TestSupportIsExact(t *testing.T) {
	const n, p = 80, 20
	l := correlatedSum(n, p)
	l.L2 = 0.01
	x := make([]float64, p+1)
	o := l.CoordinateDescent(Cyclic)
	o.Factor = slices.Clone(o.Factor)
	for range 3 { // with other penalties in every Step
		checkNormal(t, l, o, x)
		o.L2 *= 2
		o.Factor[1] = 0
	}
}

// checkNormal checks that a Step reaches the solution of the normal equations.
func checkNormal(t *testing.T, l *LinearSum, o *CoordinateDescent, x []float64) {
	t.Helper()
	o.Step(x, nil)
	n, p := l.N, l.p
	normal, right := mat.NewSymDense(p+1, nil), mat.NewVecDense(p+1, nil)
	for i := range n {
		row := mat.NewVecDense(p+1, append(mat.Row(nil, i, l.Rows), 1))
		normal.SymRankOne(normal, 1/float64(n), row)
		right.AddScaledVec(right, l.labels[i]/float64(n), row)
	}
	for j, factor := range o.Factor {
		normal.SetSym(j, j, normal.At(j, j)+o.L2*factor)
	}
	var want mat.VecDense
	if err := want.SolveVec(normal, right); err != nil {
		t.Fatal(err)
	}
	if !floats.EqualApprox(x, want.RawVector().Data, 1e-12) {
		t.Errorf("%v after a step, want %v", x, want.RawVector().Data)
	}
}

// TestNoLearningRate checks that a Step with the learning rate 0 moves nothing but the intercept.
func TestNoLearningRate(t *testing.T) {
	l := correlatedSum(80, 20)
	o := l.CoordinateDescent(Cyclic)
	o.LearningRate = 0
	x := make([]float64, 21)
	o.Step(x, nil)
	if !slices.Equal(x[:20], make([]float64, 20)) {
		t.Errorf("%v, want 20 zeros", x[:20])
	}
}

// TestSupportStopsAtZero checks that with L1 no Step increases the loss with penalties, and that few
// Steps reach a point without a violation. The signs of some parameters are wrong at the start.
func TestSupportStopsAtZero(t *testing.T) {
	const n, p = 80, 20
	l := correlatedSum(n, p)
	o := l.CoordinateDescent(Cyclic)
	o.L1 = 0.02
	x := make([]float64, p+1)
	for j := range p {
		x[j] = float64(3 - 2*(j%4))
	}
	loss := func() float64 {
		sum := l.Sum().Func(x, below(n))
		for j, factor := range l.Factor {
			sum += o.L1 * factor * max(x[j], -x[j])
		}
		return sum
	}
	before := loss()
	for range 6 {
		o.Step(x, nil)
		now := loss()
		if !(now <= before+1e-14*before) {
			t.Errorf("the loss has grown from %v to %v", before, now)
		}
		before = now
	}
	o.Step(x, nil)
	if !(o.KKT() <= 1e-14) {
		t.Errorf("violation %v after 6 steps, want 0", o.KKT())
	}
}

// TestSupportFollowsThePath checks every point of the path of a lasso against the conditions of
// optimality, computed from the data. Along the path parameters enter and leave.
func TestSupportFollowsThePath(t *testing.T) {
	const n, p = 60, 50
	l := correlatedSum(n, p)
	entered, left := 0, 0
	last := make([]float64, p+1)
	for _, point := range Path(l, nil, 1) {
		g := make([]float64, p+1)
		l.Sum().Grad(g, point.Params, below(n))
		for j, v := range g {
			l1 := 0.0
			if j < p {
				l1 = point.Alpha * l.Factor[j]
			}
			x := point.Params[j]
			if violation := violation(x, v, l1, 0); !(violation <= 1e-12) {
				t.Errorf("α %v: violation %v of %d", point.Alpha, violation, j)
			}
			if last[j] == 0 && x != 0 {
				entered++
			}
			if last[j] != 0 && x == 0 {
				left++
			}
			last[j] = x
		}
	}
	if entered < 50 || left < 5 {
		t.Errorf("%d parameters have entered and %d left, want at least 50 and 5", entered, left)
	}
}

// TestSupportByHand has two columns whose matrix of products is ½·1. The point is where the derivatives
// with penalties are zero, or on the way there the first at which a parameter with an L1 penalty is zero.
func TestSupportByHand(t *testing.T) {
	for _, c := range []struct{ factor, x, grads, want []float64 }{
		{[]float64{1, 1}, []float64{1, 1}, []float64{-1, -0.75}, []float64{1, 0.5}}, // the first is at its minimum
		{[]float64{1, 1}, []float64{-1, 1}, []float64{1, -0.75}, []float64{-1, 0.5}},
		{[]float64{1, 1}, []float64{1, 1}, []float64{-0.75, 0}, []float64{0.75, 0}}, // half of the way
		{[]float64{0, 1}, []float64{1, 1}, []float64{1, -0.75}, []float64{-1, 0.5}}, // without a penalty the sign may change
		{[]float64{0, 1}, []float64{1, 1}, []float64{1, 0}, []float64{0, 0}},
		{[]float64{0, 1}, []float64{0, 0}, []float64{1, 0.5}, []float64{-2, 0}},
	} {
		l := NewSquaredSum(mat.NewDense(2, 2, []float64{1, 0, 0, 1}), []float64{0, 0})
		l.Factor = c.factor
		o := supportOf(l, 2, c.grads)
		o.L1 = 1
		if ok := o.minimizeSupport(c.x); !ok || !floats.EqualApprox(o.working.next, c.want, 1e-15) {
			t.Errorf("%+v: %v", c, o.working.next)
		}
	}
}

// supportOf returns coordinate descent on l. Its working set is the first parameters, and has the matrix
// of products and the derivatives of f.
func supportOf(l *LinearSum, n int, grads []float64) *CoordinateDescent {
	o := l.CoordinateDescent(Cyclic)
	w := &o.working
	w.set = below(n)
	w.gram.include(o.linear, w.set)
	w.gram.start(grads, w.set)
	return o
}

// TestSupportCost checks when the factorization is too expensive. With all of k parameters it costs
// Σ⌊i²/2⌋ over i = 1, …, k, and may cost 5 sweeps of k² products: 3850 ≤ 5·28², but 4270 > 5·29². A
// parameter that is zero costs nothing.
func TestSupportCost(t *testing.T) {
	for _, c := range []struct {
		set, nonzero int
		want         bool
	}{{28, 28, true}, {29, 28, true}, {29, 29, false}} {
		a, x := mat.NewDense(c.set, c.set, nil), make([]float64, c.set)
		for i := range c.set {
			a.Set(i, i, 1)
		}
		fill(x[:c.nonzero], 1)
		o := supportOf(NewSquaredSum(a, make([]float64, c.set)), c.set, make([]float64, c.set))
		o.L1 = 1
		if got := o.minimizeSupport(x); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}
