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

	"example.com/optim/internal/kernel"
)

// within returns an LBFGS with bounds.
func within(memory int, lower, upper []float64) *LBFGS {
	o := NewLBFGS(memory)
	o.Lower, o.Upper = lower, upper
	return o
}

// inside fails unless x is within the bounds.
func inside(t *testing.T, what string, x, lower, upper []float64) {
	t.Helper()
	for i, v := range x {
		if lower != nil && !(lower[i] <= v) || upper != nil && !(v <= upper[i]) {
			t.Fatalf("%s: x[%d] = %v is out of its bounds", what, i, v)
		}
	}
}

// denseHessian is B by the updates of BFGS from θI, with the pairs from the oldest on.
func denseHessian(s, y [][]float64, theta float64) *mat.SymDense {
	n := len(s[0])
	b := mat.NewSymDense(n, nil)
	for i := range n {
		b.SetSym(i, i, theta)
	}
	for k := range s {
		sk, yk, bs := mat.NewVecDense(n, s[k]), mat.NewVecDense(n, y[k]), mat.NewVecDense(n, nil)
		bs.MulVec(b, sk)
		b.SymRankOne(b, -1/mat.Dot(sk, bs), bs)
		b.SymRankOne(b, 1/mat.Dot(sk, yk), yk)
	}
	return b
}

// textbookPath returns the generalized Cauchy point by the piecewise quadratic with a dense B, and the
// number of breakpoints before it.
func textbookPath(b *mat.SymDense, x, g, lower, upper []float64) (z []float64, held []bool, hits int) {
	n := len(x)
	times, end := make([]float64, n), make([]float64, n)
	for i := range x {
		times[i], end[i] = inf, x[i]
		if g[i] > 0 {
			times[i], end[i] = (x[i]-lower[i])/g[i], lower[i]
		} else if g[i] < 0 {
			times[i], end[i] = (x[i]-upper[i])/g[i], upper[i]
		}
	}
	z, held = slices.Clone(x), make([]bool, n)
	for t := 0.0; ; {
		d, next := mat.NewVecDense(n, nil), inf
		for i := range x {
			held[i] = times[i] <= t || g[i] == 0 && (x[i] == lower[i] || x[i] == upper[i])
			if !held[i] {
				d.SetVec(i, -g[i])
				next = min(next, times[i])
			}
		}
		step := mat.NewVecDense(n, minus(z, x))
		slope := mat.Dot(mat.NewVecDense(n, g), d) + mat.Inner(step, b, d)
		rest := -slope / mat.Inner(d, b, d)
		if !(rest > 0) {
			rest = 0
		}
		to := min(next, t+rest)
		for i := range x {
			if held[i] = held[i] || times[i] <= to; times[i] <= to && times[i] > 0 {
				z[i] = end[i]
			} else if !held[i] {
				z[i] = x[i] - to*g[i]
			}
		}
		if t+rest <= next {
			return z, held, hits
		}
		hits++
		t = next
	}
}

// textbookStep returns the direction of L-BFGS-B by a dense B.
func textbookStep(b *mat.SymDense, x, g, lower, upper []float64) (d []float64, hits int, truncated bool) {
	z, held, hits := textbookPath(b, x, g, lower, upper)
	var free []int
	for i := range x {
		if !held[i] {
			free = append(free, i)
		}
	}
	d = minus(z, x)
	if len(free) == 0 {
		return d, hits, false
	}
	var product, solution mat.VecDense
	fixed := mat.NewVecDense(len(x), nil)
	for i, h := range held {
		if h {
			fixed.SetVec(i, d[i])
		}
	}
	product.MulVec(b, fixed)
	a, right := mat.NewSymDense(len(free), nil), mat.NewVecDense(len(free), nil)
	for k, i := range free {
		right.SetVec(k, -g[i]-product.AtVec(i))
		for l, j := range free {
			a.SetSym(k, l, b.At(i, j))
		}
	}
	if err := solution.SolveVec(a, right); err != nil {
		panic(err)
	}
	projected, part := slices.Clone(d), 1.0
	for k, i := range free {
		w := x[i] + solution.AtVec(k)
		projected[i] = min(max(w, lower[i]), upper[i]) - x[i]
		switch rest := w - z[i]; {
		case rest > 0:
			part = min(part, (upper[i]-z[i])/rest)
		case rest < 0:
			part = min(part, (lower[i]-z[i])/rest)
		}
	}
	if floats.Dot(projected, g) < 0 {
		return projected, hits, false
	}
	for k, i := range free {
		d[i] += part * (x[i] + solution.AtVec(k) - z[i])
	}
	return d, hits, true
}

// boundedCase is a point within bounds and pairs of a convex function. Some coordinates are at a bound.
// Half of the functions fall along a narrow valley and have bounds just behind the minimum along −g. There
// the projection of a step may be no direction of descent.
func boundedCase(rng *rand.Rand, n, count int) (x, g, lower, upper []float64, s, y [][]float64) {
	root := mat.NewDense(n, n, random(rng, n*n))
	narrow := rng.IntN(2) == 0
	for i := range n {
		for j := range n {
			if narrow {
				root.Set(i, j, root.At(0, j)+0.05*root.At(i, j))
			}
		}
	}
	var h mat.Dense
	h.Mul(root, root.T())
	x, g, lower, upper = random(rng, n), random(rng, n), make([]float64, n), make([]float64, n)
	for i := range x {
		width := math.Exp(2 * rng.NormFloat64())
		lower[i], upper[i] = x[i]-width*rng.ExpFloat64(), x[i]+width*rng.ExpFloat64()
		switch rng.IntN(6) {
		case 0:
			lower[i] = x[i]
		case 1:
			upper[i] = x[i]
		case 2:
			lower[i], upper[i] = math.Inf(-1), inf
		}
		g[i] *= math.Exp(rng.NormFloat64())
	}
	if v := mat.NewVecDense(n, g); narrow {
		time := mat.Dot(v, v) / mat.Inner(v, &h, v)
		for i := range x {
			end := x[i] - time*g[i]*(1+0.1*rng.ExpFloat64())
			lower[i], upper[i] = min(end, x[i]-9), max(end, x[i]+9)
			if g[i] > 0 {
				lower[i] = end
			} else {
				upper[i] = end
			}
		}
	}
	for range count {
		sk, yk := mat.NewVecDense(n, random(rng, n)), mat.NewVecDense(n, nil)
		yk.MulVec(&h, sk)
		yk.AddScaledVec(yk, 0.1, sk)
		s, y = append(s, sk.RawVector().Data), append(y, yk.RawVector().Data)
	}
	return x, g, lower, upper, s, y
}

// TestBoundedDirection compares the directions from random pairs with those of the textbook, whose B is
// dense.
func TestBoundedDirection(t *testing.T) {
	hits, truncations, held := 0, 0, 0
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n, memory := 1+rng.IntN(9), 1+rng.IntN(5)
		x, g, lower, upper, s, y := boundedCase(rng, n, 1+rng.IntN(7))
		b := box{lower, upper}
		var p pairs
		p.init(memory)
		at := optimize.Location{X: make([]float64, n), Gradient: make([]float64, n)}
		for k := range s {
			p.learn(at, optimize.Location{X: s[k], Gradient: y[k]}, false)
		}
		first := max(0, len(s)-memory)
		s, y = s[first:], y[first:]
		free, yy := slices.Clone(g), 0.0
		for i := range g {
			if b.holds(i, x[i], g[i]) {
				free[i] = 0
				held++
			} else {
				yy += y[len(y)-1][i] * y[len(y)-1][i]
			}
		}
		if floats.Norm(free, 2) == 0 {
			continue
		}
		want, h, truncated := textbookStep(denseHessian(s, y, yy/floats.Dot(s[len(s)-1], y[len(y)-1])), x, g, lower, upper)
		hits += h
		got := make([]float64, n)
		ok := p.directWithin(&b, got, x, free)
		if off := floats.Distance(got, want, inf); !ok || !(off <= 1e-7*floats.Norm(want, inf)) {
			t.Errorf("seed %d: %v, want %v, truncated %v: %v", seed, got, want, truncated, ok)
		}
		if truncated {
			truncations++
		}
		const unit = 0x1p-200 // of f
		floats.Scale(unit, free)
		p.forget()
		for k := range s {
			floats.Scale(unit, y[k])
			p.learn(at, optimize.Location{X: s[k], Gradient: y[k]}, false)
		}
		again := make([]float64, n)
		if p.directWithin(&b, again, x, free); !(floats.Distance(got, again, inf) <= 1e-12*floats.Norm(want, inf)) {
			t.Errorf("seed %d: %v in another unit, want %v", seed, again, got)
		}
	}
	if hits < 1000 || truncations < 5 || held < 1000 {
		t.Errorf("%d breakpoints, %d truncated steps, %d coordinates held", hits, truncations, held)
	}
}

// TestHeldProducts compares the products over the coordinates at bounds, which lie in several blocks, with
// those of plain loops.
func TestHeldProducts(t *testing.T) {
	const n = 3*kernel.Block + 5
	rng := rand.New(rand.NewPCG(3, 4))
	var p pairs
	p.init(3)
	at := optimize.Location{X: make([]float64, n), Gradient: make([]float64, n)}
	for range 3 {
		s, y := random(rng, n), random(rng, n)
		floats.AddScaled(y, 2, s)
		p.learn(at, optimize.Location{X: s, Gradient: y}, false)
	}
	x, g, upper := make([]float64, n), random(rng, n), slices.Repeat([]float64{1}, n)
	for i := range x {
		if rng.IntN(3) == 0 {
			x[i], g[i] = 1, only(rng.IntN(2) == 0, 1)
		}
	}
	p.innerProducts(g, true)
	p.heldProducts(&box{nil, upper}, x, g)
	for a, i := range p.order {
		for b, j := range p.order {
			var want [3]float64
			for k := range x {
				if x[k] == 1 && g[k] == 0 {
					want[0] += p.s[i][k] * p.s[j][k]
					want[1] += p.s[i][k] * p.y[j][k]
					want[2] += p.y[i][k] * p.y[j][k]
				}
			}
			got := []float64{p.model.ss[a*3+b], p.model.sy[a*3+b], p.model.yy[a*3+b]}
			if !floats.EqualApprox(got, want[:], 1e-10*n) {
				t.Errorf("pairs %d and %d: %v, want %v", a, b, got, want)
			}
		}
	}
}

// TestBoundedForgets has a pair from which no direction follows.
func TestBoundedForgets(t *testing.T) {
	o := within(2, []float64{-1, -1}, []float64{1, 1})
	x, g := []float64{0, 0}, []float64{1, -2}
	o.learn(optimize.Location{X: x, Gradient: g}, optimize.Location{X: []float64{1, 1}, Gradient: []float64{2, 3}})
	o.s[o.newest][0] = nan
	o.box = o.limits(2)
	d := make([]float64, 2)
	if o.direct(new(evaluator), d, x, g); o.stored != 0 || !(d[0] < 0 && d[1] > 0) {
		t.Errorf("d = %v, with %d pairs", d, o.stored)
	}
}

// TestSaddleMatrix compares the solution with that of a dense solver.
func TestSaddleMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var m saddleMatrix
	for _, k := range []int{3, 1, 5, 2} {
		a := mat.NewDense(2*k, 2*k, nil)
		e := mat.NewDense(k, k, random(rng, k*k))
		for _, sign := range []float64{-1, 1} {
			root := mat.NewDense(k, k, random(rng, k*k))
			var product mat.Dense
			product.Mul(root, root.T())
			for i := range k {
				for j := range k {
					at := (k + k*int(sign)) / 2
					a.Set(at+i, at+j, sign*product.At(i, j))
					a.Set(k+i, j, e.At(i, j))
					a.Set(j, k+i, e.At(i, j))
				}
			}
		}
		x := random(rng, 2*k)
		var want mat.VecDense
		if err := want.SolveVec(a, mat.NewVecDense(2*k, slices.Clone(x))); err != nil {
			t.Fatal(err)
		}
		ok := m.factor(k, func(i, j int) float64 { return -a.At(i, j) }, func(i, j int) float64 { return a.At(k+i, j) },
			func(i, j int) float64 { return a.At(k+i, k+j) })
		if !ok {
			t.Fatal("not definite")
		}
		m.solve(x)
		if off := floats.Distance(x, want.RawVector().Data, inf); !(off <= 1e-9*floats.Norm(x, inf)) {
			t.Errorf("k = %d: off by %v", k, off)
		}
	}
	zero := func(_, _ int) float64 { return 0 }
	one := func(i, j int) float64 { return only(i == j, 1) }
	if m.factor(2, zero, one, one) || m.factor(2, one, zero, zero) || m.factor(1, one, zero, zero) {
		t.Error("a singular matrix has a factorization")
	}
}

// TestInfiniteBounds compares runs without bounds with runs with infinite ones, to the last bit.
func TestInfiniteBounds(t *testing.T) {
	for _, p := range problems {
		n := len(p.start)
		run := func(lower, upper []float64) (points []float64) {
			watched := optimize.Problem{
				Func: func(x []float64) float64 { points = append(points, x...); return p.f.Func(x) },
				Grad: func(g, x []float64) { points = append(points, x...); p.f.Grad(g, x) },
			}
			Minimize(watched, p.start, within(4, lower, upper), &optimize.Settings{MajorIterations: 100})
			search, fixed := within(4, lower, upper), within(4, lower, upper)
			search.Problem = &watched
			fixed.LearningRate = 0.01
			x, y, g := slices.Clone(p.start), slices.Clone(p.start), make([]float64, n)
			for range 10 {
				search.Step(x, x)
				p.f.Grad(g, y)
				fixed.Step(y, g)
			}
			return append(append(points, x...), y...)
		}
		want := run(nil, nil)
		for _, bounds := range [][2][]float64{{repeat(-inf, n), nil}, {nil, repeat(inf, n)}, {repeat(-inf, n), repeat(inf, n)}} {
			if !sameBits(run(bounds[0], bounds[1]), want) {
				t.Errorf("%s: other bits with bounds %v", p.name, bounds)
			}
		}
	}
}

// TestBoundsPanic passes bounds that are not valid to every entrance. Nothing changes.
func TestBoundsPanic(t *testing.T) {
	for _, c := range []struct {
		lower, upper []float64
		want         string
	}{
		{[]float64{0, 2, 0}, []float64{1, 1, 1}, "optim: LBFGS.Lower[1] = 2, want [-Inf, Upper[1] = 1]"},
		{[]float64{0, 0, nan}, nil, "optim: LBFGS.Lower[2] = NaN, want [-Inf, +Inf)"},
		{[]float64{inf, 0, 0}, nil, "optim: LBFGS.Lower[0] = +Inf, want [-Inf, +Inf)"},
		{nil, []float64{0, nan, 0}, "optim: LBFGS.Upper[1] = NaN, want (-Inf, +Inf]"},
		{nil, []float64{0, -inf, 0}, "optim: LBFGS.Upper[1] = -Inf, want (-Inf, +Inf]"},
		{[]float64{0, 0}, nil, "optim: LBFGS.Lower: len = 2, want 3, one for each parameter"},
		{nil, []float64{}, "optim: LBFGS.Upper: len = 0, want 3, one for each parameter"},
	} {
		fixed, searching := within(3, c.lower, c.upper), within(3, c.lower, c.upper)
		searching.Problem = bowlProblem()
		before := encoded(fixed)
		x, g := []float64{5, 6, 7}, []float64{1, 2, 3}
		for name, f := range map[string]func(){
			"fixed step": func() { fixed.Step(x, g) },
			"search":     func() { searching.Step(x, g) },
			"chain":      func() { NewChain(fixed, NewDecay(0.1)).Step(x, g) },
			"Minimize":   func() { Minimize(*bowlProblem(), x, fixed, nil) },
			"average":    func() { Minimize(*bowlProblem(), x, NewAverage(fixed), nil) },
		} {
			if got := message(f); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
		if !sameBits(x, []float64{5, 6, 7}) || string(encoded(fixed)) != string(before) {
			t.Errorf("%s: params or the state have changed", c.want)
		}
	}
}

// logarithms is Σ cᵢxᵢ − aᵢ·log xᵢ, which is +Inf at 0 and NaN below.
func logarithms(a, c []float64) optimize.Problem {
	return optimize.Problem{
		Func: func(x []float64) float64 {
			f := 0.0
			for i, v := range x {
				f += c[i]*v - a[i]*math.Log(v)
			}
			return f
		},
		Grad: func(g, x []float64) {
			for i, v := range x {
				g[i] = c[i] - a[i]/v
			}
		},
	}
}

// powers is Σ scale·|xᵢ − cᵢ|ᵖ.
func powers(p, scale float64, c ...float64) optimize.Problem {
	return optimize.Problem{
		Func: func(x []float64) float64 {
			f := 0.0
			for i, v := range x {
				f += scale * math.Pow(math.Abs(v-c[i]), p)
			}
			return f
		},
		Grad: func(g, x []float64) {
			for i, v := range x {
				g[i] = math.Copysign(scale*p*math.Pow(math.Abs(v-c[i]), p-1), v-c[i])
				if v == c[i] {
					g[i] = 0
				}
			}
		},
	}
}

// plane is g·x.
func plane(slopes ...float64) optimize.Problem {
	return optimize.Problem{
		Func: func(x []float64) float64 { return floats.Dot(slopes, x) },
		Grad: func(g, _ []float64) { copy(g, slopes) },
	}
}

// edgeOf is f where x₁ ≥ edge, and elsewhere +Inf.
func edgeOf(f optimize.Problem, edge float64) optimize.Problem {
	return optimize.Problem{
		Func: func(x []float64) float64 {
			if x[0] < edge {
				return inf
			}
			return f.Func(x)
		},
		Grad: f.Grad,
	}
}

const minimumFound = "minimum"

// boundedEnds are problems with a known end.
var boundedEnds = []struct {
	name                string
	f                   optimize.Problem
	start, lower, upper []float64
	x                   []float64 // nil: not known
	off                 float64   // tolerance of x
	status              string    // or minimumFound: GradientThreshold, FunctionConvergence or StepConvergence
}{
	{"vertex", plane(1, -2), []float64{0.3, 0.3}, []float64{0, 0}, []float64{1, 1}, []float64{0, 1}, 0, "GradientThreshold"},
	{"vertex far away", plane(1, -2), []float64{0.3, 0.3}, []float64{-1e10, 0}, []float64{1, 1e200}, []float64{-1e10, 1e200}, 0, "GradientThreshold"},
	{"vertex, open", plane(1, 2), []float64{30, 30}, []float64{0, -7}, nil, []float64{0, -7}, 0, "GradientThreshold"},
	{"unbounded below", plane(1, -2), []float64{0.3, 0.3}, []float64{0, 0}, []float64{1, inf}, nil, 0, "FunctionNegativeInfinity"},
	{"fixed", powers(2, 1, 0, 0), []float64{3, 3}, []float64{1, 2}, []float64{1, 2}, []float64{1, 2}, 0, "GradientThreshold"},
	{"one fixed", powers(2, 1, 0, 0), []float64{3, 3}, []float64{1, -2}, []float64{1, 2}, []float64{1, 0}, 1e-8, minimumFound},
	{"degenerate", powers(2, 1, 1, 1), []float64{-3, 0.5}, []float64{-5, -5}, []float64{1, 2}, []float64{1, 1}, 1e-8, minimumFound},
	{"degenerate, order 4", powers(4, 1, 1, 1), []float64{-3, 0.5}, []float64{-5, -5}, []float64{1, 2}, []float64{1, 1}, 1e-3, minimumFound},
	{"degenerate start", powers(2, 1, 1, 5), []float64{1, 0}, []float64{-5, -5}, []float64{1, 2}, []float64{1, 2}, 0, "GradientThreshold"},
	{"one number", powers(2, 1, 0), []float64{3}, []float64{1}, []float64{4}, []float64{1}, 0, "GradientThreshold"},
	{"one number, inside", powers(2, 1, 2), []float64{3}, []float64{1}, []float64{4}, []float64{2}, 1e-8, minimumFound},
	{"one number, cosine", optimize.Problem{
		Func: func(x []float64) float64 { return math.Cos(x[0]) },
		Grad: func(g, x []float64) { g[0] = -math.Sin(x[0]) },
	}, []float64{0.5}, []float64{-1}, []float64{2.5}, []float64{2.5}, 0, "GradientThreshold"},
	{"next numbers", powers(2, 1, 0), []float64{1}, []float64{1}, []float64{math.Nextafter(1, 2)}, []float64{1}, 0, "GradientThreshold"},
	{"next numbers, upper", powers(2, 1, 9), []float64{1}, []float64{1}, []float64{math.Nextafter(1, 2)}, []float64{1}, epsilon, minimumFound},
	{"huge", powers(2, 1, 3e100, -3e100), []float64{0, 0}, []float64{-1e100, -1e100}, []float64{9e100, 9e100}, []float64{3e100, -1e100}, 1e92, minimumFound},
	{"tiny", powers(2, 1, 3e-100, -3e-100), []float64{0, 0}, []float64{-1e-100, -1e-100}, []float64{9e-100, 9e-100}, []float64{3e-100, -1e-100}, 1e-108, minimumFound},
	{"barrier", logarithms([]float64{1, 1e-3}, []float64{1, 1}), []float64{3, 3}, []float64{0, 0}, nil, []float64{1, 1e-3}, 1e-6, minimumFound},
	{"barrier, closed", logarithms([]float64{1, 1e-3}, []float64{1, 1}), []float64{3, 3}, []float64{0, 0}, []float64{9, 9}, []float64{1, 1e-3}, 1e-6, minimumFound},
	{"barrier of infinity", edgeOf(plane(1, 1), 0.5), []float64{3, 3}, []float64{0, 0}, []float64{9, 9}, nil, 0, "DomainEdge"},
	{"infinite slope at the end", optimize.Problem{
		Func: func(x []float64) float64 { return math.Sqrt(x[0]) },
		Grad: func(g, x []float64) { g[0] = 0.5 / math.Sqrt(x[0]) },
	}, []float64{3}, []float64{0}, nil, []float64{0}, 0, "GradientThreshold"},
	{"constant", powers(2, 0, 0, 0), []float64{1, 2}, []float64{0, 0}, []float64{1, 3}, []float64{1, 2}, 0, "GradientThreshold"},
	{"start outside", powers(2, 1, 0, 0), []float64{-100, inf}, []float64{1, 2}, []float64{4, 4}, []float64{1, 2}, 0, "GradientThreshold"},
	{"start is NaN", powers(2, 1, 0, 0), []float64{nan, 3}, []float64{1, 2}, []float64{4, 4}, nil, 0, "Failure"},
}

// TestBoundedEnds runs to the end by Minimize, by Step, and in gonum's optimize.Minimize.
func TestBoundedEnds(t *testing.T) {
	for _, c := range boundedEnds {
		evaluations := 0
		watched := optimize.Problem{
			Func: func(x []float64) float64 {
				evaluations++
				if !floats.HasNaN(x) {
					inside(t, c.name, x, c.lower, c.upper)
				}
				return c.f.Func(x)
			},
			Grad: func(g, x []float64) {
				if !floats.HasNaN(x) {
					inside(t, c.name, x, c.lower, c.upper)
				}
				c.f.Grad(g, x)
			},
		}
		check := func(how string, status optimize.Status, x []float64) {
			name := status.String()
			found := name == "GradientThreshold" || name == "FunctionConvergence" || name == "StepConvergence"
			if !(strings.HasPrefix(name, c.status) || found && c.status == minimumFound) {
				t.Errorf("%s, %s: %v at %v", c.name, how, status, x)
			}
			if c.x != nil && !(floats.Distance(x, c.x, inf) <= c.off) {
				t.Errorf("%s, %s: x = %v, want %v: %v", c.name, how, x, c.x, status)
			}
			if evaluations > 300 {
				t.Errorf("%s, %s: %d evaluations", c.name, how, evaluations)
			}
			evaluations = 0
		}
		r, err := Minimize(watched, c.start, within(5, c.lower, c.upper), nil)
		if (err != nil) != (c.status == "Failure") {
			t.Errorf("%s: %v", c.name, err)
		}
		check("Minimize", r.Status, r.X)

		o, x := within(5, c.lower, c.upper), slices.Clone(c.start)
		o.Problem = &watched
		for range 300 {
			if o.Step(x, x); o.Status() != optimize.NotTerminated {
				break
			}
		}
		check("Step", o.Status(), x)

		o = within(5, c.lower, c.upper)
		r, err = optimize.Minimize(watched, c.start, &optimize.Settings{Converger: optimize.NeverTerminate{}, GradientThreshold: -1}, Method(o))
		if err != nil && c.status != "Failure" {
			t.Errorf("%s by gonum: %v", c.name, err)
		}
		if c.status != "Failure" && c.status != "FunctionNegativeInfinity" {
			check("gonum", r.Status, r.X)
		}
		evaluations = 0
	}
}

// TestBoundedThreshold sets GradientThreshold. It is compared with the projected gradient.
func TestBoundedThreshold(t *testing.T) {
	f := ValueAndGradient(chained)
	o := within(5, repeat(-2, 6), repeat(0.7, 6))
	r, err := Minimize(f, repeat(-1, 6), o, &optimize.Settings{GradientThreshold: 1e-3})
	row := boundedRow{lower: o.Lower, upper: o.Upper}
	pg := row.projectedGradient(r.X, r.Gradient)
	if err != nil || r.Status != optimize.GradientThreshold || !(pg < 1e-3 && pg > 0) || !(floats.Norm(r.Gradient, inf) > 0.1) {
		t.Errorf("%v, %v, max|P(x − g) − x| = %v, g = %v", r.Status, err, pg, r.Gradient)
	}
	want := make([]float64, 6)
	chained(want, r.X)
	if !sameBits(r.Gradient, want) {
		t.Errorf("the gradient of the result is %v, want %v", r.Gradient, want)
	}
	b := box{[]float64{0, 0, 0, 0}, []float64{1, 1, 1, 1}}
	for _, c := range []struct {
		x, g []float64
		want float64
	}{
		{[]float64{0, 1, 0.5, 0.5}, []float64{7, -8, 0, 0}, 0},
		{[]float64{0.25, 1, 0.5, 0.5}, []float64{7, -8, 0.125, 0}, 0.25},
		{[]float64{0, 1, 0.5, 1}, []float64{7, -8, 0.125, 0.0625}, 0.125},
		{[]float64{0, 1, 0.25, 1}, []float64{-7, -8, -9, 0.0625}, 1},
	} {
		if got := b.optimality(c.x, c.g); got != c.want {
			t.Errorf("x = %v, g = %v: %v, want %v", c.x, c.g, got, c.want)
		}
	}
}

// TestBoundedFixedSteps takes fixed steps on a bowl. The minimum is the projection of its center, since
// the bowl has one curvature a coordinate.
func TestBoundedFixedSteps(t *testing.T) {
	const n = 40
	b := newBowl(n)
	lower, upper, want := repeat(-0.3, n), repeat(0.2, n), slices.Clone(b.c)
	lower[3], upper[3] = -inf, inf
	project(want, lower, upper)
	for _, start := range []float64{0, 7} {
		o, x, g := within(5, lower, upper), repeat(start, n), make([]float64, n)
		for range 60 {
			b.gradient(g, x)
			o.Step(x, g)
			inside(t, "a fixed step", x, lower, upper)
		}
		if off := floats.Distance(x, want, inf); o.Err() != nil || !(off <= 1e-9) {
			t.Errorf("off by %v, %v", off, o.Err())
		}
		g[0] = nan
		before := slices.Clone(x)
		o.Step(x, g)
		if !sameBits(x, before) || o.stored != 0 {
			t.Errorf("a step with a NaN in the gradient leads from %v to %v, with %d pairs", before, x, o.stored)
		}
	}
}

// TestBoundedStochastic takes fixed steps with noisy gradients. The mean of the last points is near the
// minimum within the bounds.
func TestBoundedStochastic(t *testing.T) {
	const n = 10
	rng := rand.New(rand.NewPCG(5, 6))
	o := within(5, repeat(0.5, n), repeat(3, n))
	o.LearningRate = 0.05
	x, g, mean := repeat(2, n), make([]float64, n), make([]float64, n)
	for step := range 2000 {
		for i, v := range x {
			g[i] = v - float64(i%3) + 0.03*rng.NormFloat64()
		}
		o.Step(x, g)
		inside(t, "a noisy step", x, o.Lower, o.Upper)
		if step >= 1000 {
			floats.AddScaled(mean, 1e-3, x)
		}
	}
	for i, v := range mean {
		if want := max(0.5, float64(i%3)); !(math.Abs(v-want) <= 0.1) {
			t.Errorf("the mean of x[%d] is %v, want %v", i, v, want)
		}
	}
}

// TestBoundedWithoutGradient has a problem without Grad, and starts out of the bounds. The first step
// projects params and evaluates nothing.
func TestBoundedWithoutGradient(t *testing.T) {
	b, evaluations := newBowl(6), 0
	o := within(5, repeat(-0.3, 6), repeat(0.2, 6))
	o.Problem = &optimize.Problem{Func: func(x []float64) float64 {
		evaluations++
		inside(t, "without a gradient", x, o.Lower, o.Upper)
		return b.value(x)
	}}
	x, g, want := repeat(9, 6), make([]float64, 6), slices.Clone(b.c)
	b.gradient(g, x)
	if o.Step(x, g); !sameBits(x, o.Upper) || evaluations != 0 || o.Err() != nil {
		t.Errorf("x = %v after %d evaluations, %v; want %v", x, evaluations, o.Err(), o.Upper)
	}
	project(want, o.Lower, o.Upper)
	for range 40 {
		b.gradient(g, x)
		o.Step(x, g)
	}
	if off := floats.Distance(x, want, inf); o.Err() != nil || !(off <= 1e-6) {
		t.Errorf("off by %v, %v", off, o.Err())
	}
}

// boundedOptimizers returns an LBFGS with bounds for a bowl of n coordinates: fixed steps and searches.
func boundedOptimizers(n int) []*LBFGS {
	fixed, searching := within(3, repeat(-0.3, n), repeat(0.2, n)), within(3, nil, repeat(0.2, n))
	fixed.LearningRate = 0.7
	searching.Problem = &optimize.Problem{
		Func: func(x []float64) float64 { return bowlOf(n).value(x) + math.Cos(x[0])*x[n-1] },
		Grad: func(g, x []float64) {
			bowlOf(n).gradient(g, x)
			g[0] -= math.Sin(x[0]) * x[n-1]
			g[n-1] += math.Cos(x[0])
		},
	}
	return []*LBFGS{fixed, searching}
}

// TestBoundedResume saves and restores after every step. The steps after that have the same bits.
func TestBoundedResume(t *testing.T) {
	const n, steps = 9, 12
	b := bowlOf(n)
	for kind := range boundedOptimizers(n) {
		want := b.run(boundedOptimizers(n)[kind], steps)
		for k := range steps {
			o, again := boundedOptimizers(n)[kind], boundedOptimizers(n)[kind]
			x := b.run(o, k)
			transfer(t, o, again)
			if got := b.goOn(x, again, steps-k); !sameBits(got, want) {
				t.Errorf("kind %d: other bits when resumed after %d steps", kind, k)
			}
		}
	}
}

// TestBoundedGoroutines compares bits on several goroutines.
func TestBoundedGoroutines(t *testing.T) {
	const n = 3*8192 + 100
	run := func(kind int) []float64 { return bowlOf(n).run(boundedOptimizers(n)[kind], 10) }
	for kind := range boundedOptimizers(n) {
		want := run(kind)
		for _, goroutines := range []int{1, 2, 5} {
			t.Run(fmt.Sprintf("%d/%d", kind, goroutines), func(t *testing.T) {
				inParallel(t, 100*goroutines, goroutines)
				if !sameBits(run(kind), want) {
					t.Errorf("other bits on %d goroutines", goroutines)
				}
			})
		}
	}
}

// TestBoundedMemory counts the vectors of the state and the allocations of later steps.
func TestBoundedMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop values")
	}
	const n = 1 << 16
	for kind, vectors := range []int{14, 16} {
		o, x, g := boundedOptimizers(n)[kind], make([]float64, n), make([]float64, n)
		before := allocated()
		step := func() {
			bowlOf(n).gradient(g, x)
			o.Step(x, g)
		}
		for range 6 {
			step()
		}
		if bytes := float64(allocated() - before); bytes < float64(8*n*vectors) || bytes > float64(8*n*vectors)+4e4 {
			t.Errorf("kind %d: the first steps allocate %v vectors, want %d", kind, bytes/(8*n), vectors)
		}
		if count := allocations(step); count > 0 {
			t.Errorf("kind %d: %d allocations in 100 steps", kind, count)
		}
	}
}

// TestBoundsChange tightens the bounds, drops them and gives them again between steps.
func TestBoundsChange(t *testing.T) {
	b := newBowl(5)
	for _, problem := range []*optimize.Problem{nil, {Func: b.value, Grad: b.gradient}} {
		o, x, g := NewLBFGS(3), repeat(2, 5), make([]float64, 5)
		o.Problem = problem
		for step := range 80 {
			lower, upper := repeat(0.1*float64(step/20), 5), repeat(0.5, 5)
			o.Lower, o.Upper = lower, upper
			if step/20 == 2 {
				o.Lower, o.Upper = nil, nil
			}
			b.gradient(g, x)
			o.Step(x, g)
			inside(t, "after a change of the bounds", x, o.Lower, o.Upper)
			if want := slices.Clone(b.c); step%20 == 19 {
				if o.Lower != nil {
					project(want, lower, upper)
				}
				if off := floats.Distance(x, want, inf); !(off <= 1e-6) || o.Err() != nil {
					t.Errorf("problem %v, step %d: off by %v, %v", problem != nil, step, off, o.Err())
				}
			}
		}
	}
}

// lbfgsOfMine is a type of the user's with bounds.
type lbfgsOfMine struct{ *LBFGS }

// TestBoundsInside puts optimizers around one with bounds. Minimize evaluates within the bounds alone.
func TestBoundsInside(t *testing.T) {
	b := newBowl(4)
	lower, upper := []float64{0.5, -inf, -0.1, 2}, []float64{0.6, -0.7, inf, 2}
	for name, make := range map[string]func(o *LBFGS) Optimizer{
		"itself":    func(o *LBFGS) Optimizer { return o },
		"Average":   func(o *LBFGS) Optimizer { return NewAverage(o) },
		"Chain":     func(o *LBFGS) Optimizer { return NewChain(o, NewDecay(0.1)) },
		"Lookahead": func(o *LBFGS) Optimizer { return NewLookahead(o, 2, 0.7) },
		"skip":      func(o *LBFGS) Optimizer { return NewSkipNonFinite(NewAccumulate(o, 2), 3) },
		"Groups":    func(o *LBFGS) Optimizer { return NewAverage(Groups{{4, o}}) },
		"embedded":  func(o *LBFGS) Optimizer { return lbfgsOfMine{o} },
	} {
		r, err := Minimize(optimize.Problem{
			Func: func(x []float64) float64 { inside(t, name, x, lower, upper); return b.value(x) },
			Grad: func(g, x []float64) { inside(t, name, x, lower, upper); b.gradient(g, x) },
		}, []float64{3, 3, -3, -3}, make(within(3, lower, upper)), &optimize.Settings{MajorIterations: 30})
		want := slices.Clone(b.c)
		project(want, lower, upper)
		if err != nil || !(floats.Distance(r.X, want, inf) <= 1e-4) {
			t.Errorf("%s: x = %v, want %v: %v", name, r.X, want, err)
		}
	}
	two := Groups{{1, nil}, {2, within(2, []float64{1, -inf}, nil)}, {0, nil}, {1, within(2, nil, []float64{3})}}
	if b := two.limits(4); !slices.Equal(b.lower, []float64{-inf, 1, -inf, -inf}) || !slices.Equal(b.upper, []float64{inf, inf, inf, 3}) {
		t.Errorf("the bounds of groups are %v", b)
	}
	for _, gs := range []Groups{{{4, NewLBFGS(2)}}, {{5, NewLBFGS(2)}}, {{-1, nil}, {5, nil}}} {
		if b := gs.limits(4); b.exists() {
			t.Errorf("the bounds of groups are %v, want none", b)
		}
	}
}

// TestGivenOutside passes the value and the gradient at a start out of the bounds. They are not used.
func TestGivenOutside(t *testing.T) {
	f := powers(2, 1, 0, 0)
	settings := func(x []float64) *optimize.Settings {
		g := make([]float64, 2)
		f.Grad(g, x)
		return &optimize.Settings{InitValues: &optimize.Location{F: f.Func(x), Gradient: g}}
	}
	for _, c := range []struct {
		start       []float64
		evaluations int
	}{{[]float64{9, 9}, 1}, {[]float64{1, 2}, 0}} {
		r, err := Minimize(f, c.start, within(2, []float64{1, 2}, []float64{1, 2}), settings(c.start))
		if err != nil || r.F != 5 || !sameBits(r.Gradient, []float64{2, 4}) || r.FuncEvaluations != c.evaluations || r.GradEvaluations != c.evaluations {
			t.Errorf("from %v: f = %v, g = %v after %d evaluations, %v", c.start, r.F, r.Gradient, r.FuncEvaluations, err)
		}
	}
}

// TestMovesEnd has moves that end next to a bound, and probes next to bounds.
func TestMovesEnd(t *testing.T) {
	b := box{[]float64{1}, []float64{2}}
	for _, c := range []struct{ from, to, want float64 }{
		{1.5, 1.25, 1.25}, {1.5, 1 + epsilon, 1}, {1.5, 0.5, 1}, {1.5, -inf, 1},
		{1.5, 1 + 10*epsilon, 1}, {1.5, 1 + 12*epsilon, 1 + 12*epsilon}, {1.5, 2 - 14*epsilon, 2}, {1.5, 2 - 16*epsilon, 2 - 16*epsilon},
		{1.5, 2 - epsilon, 2}, {1.5, 3, 2}, {1.5, inf, 2}, {1, 1 + epsilon, 1 + epsilon}, {2, 2 - epsilon, 2 - epsilon}, {1, 1, 1},
		{1 + epsilon, 1 + epsilon, 1 + epsilon}, {2 - epsilon, 2 - epsilon, 2 - epsilon}, // no move
	} {
		if got := b.end(0, c.from, c.to); got != c.want {
			t.Errorf("from %v to %v: %v, want %v", c.from, c.to, got, c.want)
		}
	}
	for _, c := range []struct{ v, move, g, want float64 }{
		{1.5, 0.25, 1, 1.75}, {1.75, 0.5, 1, 1.25}, {1.25, -0.5, 1, 1.75}, {1, 0.25, 0, 1}, {2, 0.25, 0, 2}, {2, 0.25, 1, 1.75},
		{1.25, -0.25, 1, 1}, {1.75, 0.25, 1, 2}, {1.25, 4, 1, 2}, {1.75, 4, 1, 1}, {1.5, 0.25, 0, 1.75},
	} {
		if got := b.probe(0, c.v, c.move, c.g); got != c.want {
			t.Errorf("probe at %v by %v: %v, want %v", c.v, c.move, got, c.want)
		}
	}
	if b.holds(0, 1, 0) || b.holds(0, 2, 0) {
		t.Error("a derivative of 0 holds a coordinate")
	}
	if zero := (box{[]float64{0}, []float64{0}}); !math.Signbit(zero.clamp(0, math.Copysign(0, -1))) {
		t.Error("−0 is not within [0, 0]")
	}
	if zero := (box{nil, []float64{math.Copysign(0, -1)}}); math.Signbit(zero.clamp(0, 0)) {
		t.Error("0 is not within the bound −0")
	}
	for _, c := range []struct {
		box    box
		closed bool
	}{
		{b, true}, {box{b.lower, nil}, false}, {box{nil, b.upper}, false},
		{box{[]float64{0, -inf}, []float64{1, 1}}, false}, {box{[]float64{0, 0}, []float64{inf, 1}}, false},
	} {
		if c.box.closed() != c.closed {
			t.Errorf("%v is closed: %v", c.box, !c.closed)
		}
	}
	far := box{[]float64{-math.MaxFloat64}, []float64{math.MaxFloat64}}
	if got := far.end(0, 1.5e308, 1.2e308); got != 1.2e308 {
		t.Errorf("far from bounds: %v", got)
	}
	open := box{}
	if got := open.end(0, 1, math.MaxFloat64); got != math.MaxFloat64 {
		t.Errorf("without bounds: %v", got)
	}
}

// TestTinyRooms has bounds that leave room for moves of subnormal lengths only, or starts with a tiny
// magnitude. All points must be within the bounds, and the value must be the minimum.
func TestTinyRooms(t *testing.T) {
	for _, row := range []struct {
		name                string
		f                   func(grad, x []float64) float64
		start, lower, upper []float64
		want                float64
	}{
		{"subnormal boxes", sumOfSquares(1, 3, 1, 3), []float64{0, 0}, []float64{0, 0}, []float64{5e-324, 1e-310}, 18},
		{"a subnormal box", sumOfSquares(1e-6, -0.26, 1, -1.82), []float64{0, 0}, []float64{-5e-324, 0}, []float64{0, 1e20}, 3.3124000676},
		{"a tiny start", sumOfSquares(1e-6, 3.2, 1e6, 1.4), []float64{1e-310, 0}, []float64{0, 0}, []float64{1e150, 0}, 1.96e6},
		{"a held magnitude", sumOfSquares(1e-6, 3.2, 1e6, 1.4), []float64{0, -1e-20}, []float64{0, -1}, []float64{1e150, -1e-20}, 1.96e6},
	} {
		o := NewLBFGS(10)
		o.Lower, o.Upper = row.lower, row.upper
		problem := ValueAndGradient(func(grad, x []float64) float64 {
			for i, v := range x {
				if !(row.lower[i] <= v && v <= row.upper[i]) {
					t.Errorf("%s: evaluated at %v", row.name, x)
				}
			}
			return row.f(grad, x)
		})
		result, err := Minimize(problem, row.start, o, nil)
		if err != nil || !(math.Abs(result.F-row.want) <= 4*epsilon*row.want) {
			t.Errorf("%s: f = %v, want %v: %v, %v", row.name, result.F, row.want, result.Status, err)
		}
	}
}

// sumOfSquares returns a(x₀ − c)² + b(x₁ − d)².
func sumOfSquares(a, c, b, d float64) func(grad, x []float64) float64 {
	return func(grad, x []float64) float64 {
		grad[0], grad[1] = 2*a*(x[0]-c), 2*b*(x[1]-d)
		return a*(x[0]-c)*(x[0]-c) + b*(x[1]-d)*(x[1]-d)
	}
}

// TestBoxMeasures checks the optimality and the magnitudes of points in [0, 1]².
func TestBoxMeasures(t *testing.T) {
	b := box{[]float64{0, 0}, []float64{1, 1}}
	for _, c := range []struct {
		x, g                 []float64
		optimality, farthest float64
	}{
		{[]float64{0, 0.5}, []float64{3, 0.25}, 0.25, 0.5}, // the first coordinate is at its bound
		{[]float64{0, 0.5}, []float64{-3, 0}, 1, 0.5},      // and leaves it, up to the other one
		{[]float64{1, 0.75}, []float64{-3, -2}, 0.25, 0.75},
		{[]float64{1, 0}, []float64{-3, 2}, 0, 0},
		{[]float64{0.25, 0.75}, []float64{2, 2}, 0.75, 0.75},
	} {
		if got := b.optimality(c.x, c.g); got != c.optimality {
			t.Errorf("optimality %v at %v with g = %v, want %v", got, c.x, c.g, c.optimality)
		}
		if got := b.farthest(c.x); got != c.farthest {
			t.Errorf("farthest %v of %v, want %v", got, c.x, c.farthest)
		}
	}
}

// TestHitsOnce gathers the hits up to two times. A hit at exactly the first time is gathered once, also if x is on the bound
// already.
func TestHitsOnce(t *testing.T) {
	b := &box{[]float64{0, 0, 0, 0}, nil}
	x, g := []float64{0, 1, 2, 5}, []float64{1, 1, 1, 1}
	c := cauchyPath{gathered: -1}
	c.gather(b, x, g, 1)
	c.gather(b, x, g, 2)
	if want := []hit{{0, 0}, {1, 1}, {2, 2}}; !slices.Equal(c.hits, want) {
		t.Errorf("hits %v, want %v", c.hits, want)
	}
}
