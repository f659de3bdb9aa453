package optim

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// linearCase is a model with data and the parameters that minimise it.
type linearCase struct {
	name string
	sum  func(rows mat.Matrix) *LinearSum
}

// linearCases returns one sum of each loss, with data of 40 × 6.
func linearData() (*mat.Dense, []linearCase) {
	rng := rand.New(rand.NewPCG(7, 8))
	a := mat.NewDense(40, 6, nil)
	y := make([]float64, 40)
	classes, counts := make([]float64, 40), make([]float64, 40)
	for i := range y {
		for j := range 6 {
			if rng.IntN(3) > 0 {
				a.Set(i, j, rng.NormFloat64()+float64(j))
			}
		}
		y[i] = a.At(i, 1) - 0.5*a.At(i, 2) + rng.NormFloat64()
		if y[i] > 0 {
			classes[i] = 1
		}
		counts[i] = math.Floor(math.Abs(y[i]))
	}
	return a, []linearCase{
		{"squared", func(rows mat.Matrix) *LinearSum { return NewSquaredSum(rows, y) }},
		{"logistic", func(rows mat.Matrix) *LinearSum { return NewLogisticSum(rows, classes) }},
		{"Poisson", func(rows mat.Matrix) *LinearSum { return NewPoissonSum(rows, counts) }},
		{"Huber", func(rows mat.Matrix) *LinearSum { return NewHuberSum(rows, y, 0.8) }},
	}
}

// sparseOf returns a stored by rows.
func sparseOf(a mat.Matrix) *Sparse {
	n, p := a.Dims()
	indptr, indices, values := []int{0}, []int(nil), []float64(nil)
	for i := range n {
		for j := range p {
			if v := a.At(i, j); v != 0 {
				indices, values = append(indices, j), append(values, v)
			}
		}
		indptr = append(indptr, len(values))
	}
	return NewCSR(n, p, indptr, indices, values)
}

// TestLinearCoordinateDescent minimises every loss with every order, with and without an intercept,
// weights, factors and sparse data. It checks the optimality conditions with the gradient of the
// sum, which has another code.
func TestLinearCoordinateDescent(t *testing.T) {
	a, cases := linearData()
	weights := make([]float64, 40)
	for i := range weights {
		weights[i] = float64(i % 4)
	}
	forms := map[string]mat.Matrix{"dense": a, "CSR": sparseOf(a), "CSC": sparseOf(a.T()).T(), "transposed": mat.DenseCopyOf(a.T()).T()}
	for form, rows := range forms {
		for _, c := range cases {
			for _, order := range []Order{Cyclic, Random(seeded()), Greedy} {
				for _, options := range []int{0, 1, 2, 3, 4, 7} {
					l := c.sum(rows)
					l.Intercept, l.L2 = options&1 != 0, 0.01
					if options&2 != 0 {
						l.SampleWeights, l.Factor = weights, []float64{1, 0, 2, 0.5, 1, 1}
					}
					o := l.CoordinateDescent(order)
					o.L1, o.newton = 0.1, options&4 != 0 && l.model.convex
					x := make([]float64, l.width())
					for steps := 0; steps == 0 || o.KKT() > 1e-9; steps++ {
						o.Step(x, nil)
						if steps > 200000 {
							t.Fatalf("%s, %s, %v, %d: no end, KKT() = %v", form, c.name, order, options, o.KKT())
						}
					}
					if v := linearViolation(l, x, o.L1); !(v <= 1e-8) {
						t.Errorf("%s, %s, %v, %d: the conditions are violated by %v", form, c.name, order, options, v)
					}
				}
			}
		}
	}
}

// linearViolation returns the largest violation of the optimality conditions at x.
func linearViolation(l *LinearSum, x []float64, l1 float64) float64 {
	worst := 0.0
	factors := l.factors()
	for j, g := range gradientOf(l.Sum(), x) {
		f := l1
		if factors != nil {
			f *= factors[j]
		}
		switch {
		case x[j] != 0:
			g += math.Copysign(f, x[j])
		default:
			g = max(math.Abs(g)-f, 0)
		}
		worst = max(worst, math.Abs(g))
	}
	return worst
}

// fromColumns returns the matrix of the columns.
func fromColumns(columns [][]float64) *mat.Dense {
	a := mat.NewDense(len(columns[0]), len(columns), nil)
	for j, column := range columns {
		a.SetCol(j, column)
	}
	return a
}

// objective returns the loss with all penalties.
func objective(l *LinearSum, o *CoordinateDescent, x []float64) float64 {
	f := l.Sum().Func(x, all(l.N))
	for j, v := range x {
		l1, _ := o.penalties(j)
		f += l1 * math.Abs(v)
	}
	return f
}

// TestGap checks that the gap of every Step is an upper bound of the distance to the minimum, and
// goes to zero. The minimum is that of a longer run. Wide data has working sets that grow, and
// parameters that the gap-safe rule sets to zero.
func TestGap(t *testing.T) {
	a, cases := linearData()
	rng := rand.New(rand.NewPCG(3, 4))
	wide := mat.NewDense(40, 300, nil)
	for i := range 40 {
		for j := range 300 {
			wide.Set(i, j, rng.NormFloat64()+a.At(i, j%6))
		}
	}
	for _, rows := range []mat.Matrix{a, wide, sparseOf(wide)} {
		for _, c := range cases {
			for _, options := range []int{0, 1, 2, 3} {
				l := c.sum(rows)
				l.Intercept = options&1 != 0
				if options&2 != 0 {
					l.L2 = 0.02
				}
				o := l.CoordinateDescent(Cyclic)
				o.L1, o.newton = 0.1, l.Intercept && l.model.convex
				if o.Gap() != inf {
					t.Errorf("%s: gap %v before the first step", c.name, o.Gap())
				}
				x := make([]float64, l.width())
				values, gaps := []float64(nil), []float64(nil)
				for steps := 0; steps == 0 || o.KKT() > 1e-11; steps++ {
					if l.Intercept { // a Step begins with the minimum over the intercept
						m := newLinearColumns(l)
						m.begin(x)
						m.end(x)
					}
					values = append(values, objective(l, o, x))
					o.Step(x, nil)
					gaps = append(gaps, o.Gap())
					if steps > 20000 {
						t.Fatalf("%s, %d: no end, KKT() = %v", c.name, options, o.KKT())
					}
				}
				least := objective(l, o, x)
				for k, gap := range gaps {
					if excess := values[k] - least; gap < excess-1e-13*values[0] {
						t.Errorf("%s, %d, step %d: gap %v, distance to the minimum %v", c.name, options, k, gap, excess)
					}
				}
				if last := gaps[len(gaps)-1]; !(last <= 1e-10) || !(gaps[0] < inf) {
					t.Errorf("%s, %d: gaps from %v to %v", c.name, options, gaps[0], last)
				}
			}
		}
	}
	l := cases[0].sum(a)
	l.Factor = []float64{1, 1, 0, 1, 1, 1}
	o := l.CoordinateDescent(Cyclic)
	o.Step(make([]float64, 6), nil)
	if o.Gap() != inf {
		t.Errorf("gap %v with a free parameter", o.Gap())
	}
}

// TestLinearResume saves and restores a run after any number of steps, and compares the bits. Steps
// do not depend on what the optimizer has kept from other parameters.
func TestLinearResume(t *testing.T) {
	a, cases := linearData()
	for k, c := range append(cases, cases...) {
		l := c.sum(a)
		l.Intercept = true
		newton := k >= len(cases)
		run := func(o *CoordinateDescent, x []float64, steps int) []float64 {
			for range steps {
				o.Step(x, nil)
			}
			return x
		}
		start := func() *CoordinateDescent {
			o := l.CoordinateDescent(Cyclic)
			o.L1, o.Active, o.newton = 0.02, 2, newton && l.model.convex
			return o
		}
		want := run(start(), make([]float64, 7), 6)
		for k := range 6 {
			o, again := start(), start()
			x := run(o, make([]float64, 7), k)
			run(again, make([]float64, 7), 1)
			Reset(again)
			transfer(t, o, again)
			if again.Gap() != o.Gap() || !sameBits(run(again, x, 6-k), want) {
				t.Errorf("%s: other bits after %d steps", c.name, k)
			}
		}
	}
}

// TestConstantColumns checks that constant and empty columns keep a coefficient of 0, and that a
// coefficient that has no effect becomes 0 if it has a penalty.
func TestConstantColumns(t *testing.T) {
	a := mat.NewDense(4, 3, []float64{0.1, 1, 0, 0.1, 2, 0, 0.1, 3, 0, 0.1, 5, 0})
	for _, rows := range []mat.Matrix{a, sparseOf(a)} {
		l := NewSquaredSum(rows, []float64{1, 2, 3, 5})
		l.Intercept = true
		o := l.CoordinateDescent(Cyclic)
		x := []float64{0, 0, 7, 0}
		for range 300 {
			o.Step(x, nil)
		}
		if !near(0.1*x[0]+x[3], 0, 1e-12) || !near(x[1], 1, 1e-12) || x[2] != 7 || rows == a && x[0] != 0 {
			t.Errorf("%T: %v", rows, x)
		}
		o.L1 = 1e-3
		o.Step(x, nil)
		if x[2] != 0 {
			t.Errorf("%T: the coefficient of an empty column is %v", rows, x[2])
		}
	}
}

// TestAnderson counts the derivatives that CoordinateDescent and the textbook's cyclic descent need
// for a ridge regression with correlated columns. The extrapolation is the only difference.
func TestAnderson(t *testing.T) {
	const n, p, l2, goal = 30, 60, 1e-2, 1e-9
	rng := rand.New(rand.NewPCG(9, 10))
	a, y := mat.NewDense(n, p, nil), make([]float64, n)
	for i := range n {
		common := rng.NormFloat64()
		for j := range p {
			a.Set(i, j, common+0.5*rng.NormFloat64())
		}
		y[i] = rng.NormFloat64()
	}
	l := NewSquaredSum(a, y)
	l.L2 = l2
	o := l.CoordinateDescent(Cyclic)
	partial, calls := o.Partial, 0
	o.Partial = func(x []float64, j int) float64 { calls++; return partial(x, j) }
	x := make([]float64, p)
	for steps := 0; steps == 0 || o.KKT() > goal; steps++ {
		o.Step(x, nil)
	}
	textbook, z, residual := make([]float64, p), make([]float64, n), 1.0
	derivatives := 0
	for i, v := range y {
		z[i] = -v
	}
	for residual > goal {
		residual = 0
		for j := range p {
			column := mat.Col(nil, j, a)
			g := floats.Dot(column, z)/n + l2*textbook[j]
			derivatives++
			residual = max(residual, math.Abs(g))
			delta := -g / (floats.Dot(column, column)/n + l2)
			textbook[j] += delta
			floats.AddScaled(z, delta, column)
		}
	}
	t.Logf("%d derivatives, %d without extrapolation", calls, derivatives)
	if !floats.EqualApprox(x, textbook, 1e-6) {
		t.Errorf("%v, want %v", x, textbook)
	}
	if calls > derivatives/3 {
		t.Errorf("%d derivatives, want a third of %d, which descent without extrapolation needs", calls, derivatives)
	}
}

// TestPoissonByHand compares the moves of one coefficient with those of the doc comment: the bound is the
// second derivative at x, and no aᵢᵀx changes by more than ln 2.
func TestPoissonByHand(t *testing.T) {
	rows, labels := []float64{1, -2, 0.5}, []float64{2, 1, 0.5}
	clipped, free := 0, 0
	for _, data := range []mat.Matrix{mat.NewDense(3, 1, rows), NewCSC(3, 1, []int{0, 3}, []int{0, 1, 2}, rows)} {
		for _, order := range []Order{Cyclic, Greedy} {
			for _, start := range []float64{-4, -1, -0.2, 0.05, 0.3, 1, 3} {
				l := NewPoissonSum(data, labels)
				l.L2 = 0.1
				o := l.CoordinateDescent(order)
				o.L1, o.Active = 0.2, 0
				g, h := 0.0, 0.0
				for i, v := range rows {
					g += v * (math.Exp(v*start) - labels[i]) / 3
					h += v * v * math.Exp(v*start) / 3
				}
				u := h*start - g
				want := math.Copysign(math.Max(math.Abs(u)-0.2, 0), u) / (h + 0.1)
				if math.Abs(want-start) > math.Ln2/2 {
					want = start + math.Copysign(math.Ln2/2, want-start)
					clipped++
				} else {
					free++
				}
				x := []float64{start}
				if o.Step(x, nil); !near(x[0], want, 1e-14*math.Max(1, math.Abs(want))) {
					t.Errorf("%T, %+v: from %v to %v, want %v", data, order, start, x[0], want)
				}
			}
		}
	}
	if clipped == 0 || free == 0 {
		t.Errorf("%d moves are shortened, %d are not", clipped, free)
	}
}

// TestLinearFields checks the fields that LinearSum.CoordinateDescent fills: the mean of the terms
// without penalties, the derivatives, the bounds of the second derivatives, and what Moved keeps up to
// date.
func TestLinearFields(t *testing.T) {
	for _, c := range gapCases() {
		o := c.l.CoordinateDescent(Cyclic)
		o.L1 = c.l1
		x := make([]float64, c.l.width())
		for range 2 {
			o.Step(x, nil)
		}
		penalty, b := 0.0, 0.0
		if c.l.Intercept {
			b = x[6]
		}
		g, z := c.textbook.gradient(x[:6], b)
		mean, _ := c.textbook.values(1, z)
		for j, v := range x[:6] {
			penalty += c.textbook.l2[j] / 2 * v * v
		}
		if f := o.Func(x); !near(f, mean, 1e-13) {
			t.Errorf("%s: Func returns %v, want %v", c.label, f, mean)
		}
		if f := c.l.Sum().Func(x, all(40)); !near(f, mean+penalty, 1e-13) {
			t.Errorf("%s: Sum.Func returns %v, want %v", c.label, f, mean+penalty)
		}
		if o.L2 != c.l.L2 {
			t.Errorf("%s: L2 = %v, want %v", c.label, o.L2, c.l.L2)
		}
		for j, l2 := range c.textbook.l2 {
			if got := float64(o.L2 * o.factor(j)); !near(got, l2, 1e-15) {
				t.Errorf("%s: L2·Factor[%d] = %v, want %v", c.label, j, got, l2)
			}
			if got, want := o.Partial(nil, j), g[j]-c.textbook.mean(j)*g[6]; !near(got, want, 1e-13) {
				t.Errorf("%s: Partial(%d) = %v, want %v", c.label, j, got, want)
			}
			if want := c.l.Curvature * c.textbook.square(j); o.Lipschitz != nil && !near(o.Lipschitz[j], want, 1e-13) {
				t.Errorf("%s: Lipschitz[%d] = %v, want %v", c.label, j, o.Lipschitz[j], want)
			}
		}
		if (o.Lipschitz == nil) != (c.l.model == poissonLoss) {
			t.Errorf("%s: Lipschitz = %v", c.label, o.Lipschitz)
		}
		// A move of x₀ by δ, and of the intercept by −δā.
		const delta = 0.25
		o.Moved(0, delta)
		x[0] += delta
		g, _ = c.textbook.gradient(x[:6], b-delta*c.textbook.mean(0))
		for j, slope := range g[:6] {
			if got, want := o.Partial(nil, j), slope-c.textbook.mean(j)*g[6]; !near(got, want, 1e-13) {
				t.Errorf("%s: Partial(%d) = %v after a move, want %v", c.label, j, got, want)
			}
		}
	}
	l, _ := countedSquares()
	l.Func = nil
	if o := l.CoordinateDescent(Cyclic); o.Func != nil || len(o.Lipschitz) != 1 {
		t.Errorf("a sum without Func: Func is set, or Lipschitz = %v", o.Lipschitz)
	}
}

// TestWorkingSet compares the parameters that a Step moves with the rule in the doc comment of
// LinearSum.CoordinateDescent: those that are nonzero, and as many of the others, or 10, with the
// smallest scores (λ₁ − s|gⱼ|)/‖cⱼ‖.
func TestWorkingSet(t *testing.T) {
	const n, p = 40, 150
	rng := rand.New(rand.NewPCG(41, 42))
	a, y := mat.NewDense(n, p, nil), make([]float64, n)
	a.Apply(func(_, j int, _ float64) float64 { return rng.NormFloat64() * float64(1+j%3) }, a)
	for i := range y {
		y[i] = 10 * rng.NormFloat64()
	}
	for _, nonzero := range []int{0, 4, 10, 25} {
		o := NewSquaredSum(a, y).CoordinateDescent(Cyclic)
		o.L1, o.Active = 0.2, 0
		x := make([]float64, p)
		for k := range nonzero {
			x[k*p/nonzero] = 0.1
		}
		r := elasticNet{y: y}
		for j := range p {
			r.columns = append(r.columns, mat.Col(nil, j, a))
		}
		residual := r.residual(x)
		type scored struct {
			j     int
			score float64
		}
		var want []int
		var others []scored
		steepest := 0.0
		for _, column := range r.columns {
			steepest = max(steepest, math.Abs(floats.Dot(column, residual))/n)
		}
		for j, column := range r.columns {
			slope := math.Abs(floats.Dot(column, residual)) / n
			switch {
			case x[j] != 0:
				want = append(want, j)
			case slope > 0.9*o.L1:
				others = append(others, scored{j, (o.L1 - o.L1/steepest*slope) / floats.Norm(column, 2)})
			}
		}
		slices.SortFunc(others, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
		if len(others) < 60 {
			t.Fatalf("%d parameters may enter", len(others))
		}
		for _, c := range others[:max(10, nonzero)] {
			want = append(want, c.j)
		}
		slices.Sort(want)
		if o.Step(x, nil); !slices.Equal(o.working.set, want) {
			t.Errorf("%d nonzero: the set is %v, want %v", nonzero, o.working.set, want)
		}
	}
}

// TestSweepsOfAStep records the derivatives that a Step computes: first all of them, and then those of the
// sweeps over the working set. Cyclic sweeps ascend, and Random shuffles the set before each. The sweeps end
// when the violation in the last one is at most a tenth of that before, if they have moved as many
// parameters as there are; before that at a thousandth; and after Active sweeps.
func TestSweepsOfAStep(t *testing.T) {
	const n, p = 40, 90
	rng := rand.New(rand.NewPCG(43, 44))
	a, y := mat.NewDense(n, p, nil), make([]float64, n)
	for i := range n {
		common := rng.NormFloat64()
		for j := range p {
			a.Set(i, j, common+rng.NormFloat64())
		}
		y[i] = 3 * rng.NormFloat64()
	}
	ends := map[string]int{}
	for name, order := range map[string]Order{"Cyclic": Cyclic, "Random": Random(seeded())} {
		for _, active := range []int{0, 3, 100} {
			l := NewHuberSum(a, y, 2)
			l.L2 = 0.01
			o := l.CoordinateDescent(order)
			o.L1, o.Active = 0.2, active
			type call struct {
				j         int
				violation float64
			}
			var calls []call
			partial := o.Partial
			o.Partial = func(x []float64, j int) float64 {
				g := partial(x, j)
				calls = append(calls, call{j, violation(x[j], g, o.L1, o.L2)})
				return g
			}
			x := make([]float64, p)
			orders := map[string]bool{}
			for range 8 {
				calls = calls[:0]
				o.Step(x, nil)
				set, whole := o.working.set, 0.0
				for j, c := range calls[:p] {
					whole = max(whole, c.violation)
					if c.j != j {
						t.Fatalf("%s: derivative %d is that of %d", name, j, c.j)
					}
				}
				if o.KKT() != whole {
					t.Errorf("%s: KKT() = %v, want %v", name, o.KKT(), whole)
				}
				sweeps := slices.Collect(slices.Chunk(calls[p:], len(set)))
				for k, sweep := range sweeps {
					var indices []int
					worst := 0.0
					for _, c := range sweep {
						indices = append(indices, c.j)
						worst = max(worst, c.violation)
					}
					orders[fmt.Sprint(indices)] = true
					if ascends := slices.IsSorted(indices); ascends != (name == "Cyclic") {
						t.Errorf("%s: a sweep over %v", name, indices)
					}
					if slices.Sort(indices); !slices.Equal(indices, set) {
						t.Errorf("%s: a sweep over %v, want %v", name, indices, set)
					}
					moved := (k + 1) * len(set)
					end := ""
					switch {
					case worst <= 0.001*whole:
						end = "a thousandth"
					case moved >= p && worst <= 0.1*whole:
						end = "a tenth"
					case k+1 >= active:
						end = "Active"
					}
					if (end != "") != (k == len(sweeps)-1) {
						t.Errorf("%s, Active %d: sweep %d of %d has a violation of %v, before %v; end: %q", name, active, k+1, len(sweeps), worst, whole, end)
					}
					if end != "" {
						ends[end]++
					}
				}
			}
			if active == 100 && name == "Random" && len(orders) < 20 {
				t.Errorf("%d orders", len(orders))
			}
		}
	}
	if ends["a tenth"] == 0 || ends["Active"] == 0 {
		t.Errorf("ends: %v", ends)
	}
}

// TestRenewedDerivatives compares the derivatives that are computed with the rule in the doc comment of
// slopes: those of the nonzero parameters, and those whose magnitude may have reached 0.9·λ₁. The others
// must indeed be smaller.
func TestRenewedDerivatives(t *testing.T) {
	const n, p = 40, 60
	rng := rand.New(rand.NewPCG(45, 46))
	a, y := mat.NewDense(n, p, nil), make([]float64, n)
	a.Apply(func(_, j int, _ float64) float64 { return rng.NormFloat64() * float64(1+j%4) }, a)
	for i := range y {
		y[i] = float64(i % 2)
	}
	l := NewLogisticSum(a, y)
	o := l.CoordinateDescent(Cyclic)
	o.L1 = 0.4
	calls := map[int]bool{}
	partial := o.Partial
	o.Partial = func(x []float64, j int) float64 { calls[j] = true; return partial(x, j) }
	derivatives := func(x []float64) (d []float64) {
		for i := range n {
			d = append(d, l.Deriv(i, mat.Dot(a.RowView(i), mat.NewVecDense(p, x)))/n)
		}
		return d
	}
	x := make([]float64, p)
	o.working.forget(o.linear)
	stored, since := make([]float64, p), slices.Repeat([]float64{inf}, p) // |gⱼ| when computed, and Σ‖Δd‖ since
	last := derivatives(x)
	computed, skipped := 0, 0
	for round := range 12 {
		if round > 0 {
			x[5*round] = 0.02 * float64(round)
		}
		d := derivatives(x)
		change := floats.Distance(d, last, 2)
		last = d
		o.linear.compute(x)
		clear(calls)
		o.renew(x)
		for j := range p {
			column := mat.Col(nil, j, a)
			g := math.Abs(floats.Dot(column, d))
			since[j] += change
			most := stored[j] + floats.Norm(column, 2)*since[j]
			want := x[j] != 0 || most >= 0.9*o.L1
			if change == 0 && round > 0 {
				t.Fatal("nothing has changed")
			}
			if want != calls[j] && !(math.Abs(most-0.9*o.L1) <= 1e-9) {
				t.Errorf("round %d: derivative %d is computed: %t, want %t", round, j, calls[j], want)
			}
			if calls[j] {
				stored[j], since[j] = g, 0
				computed++
			} else {
				skipped++
				if g >= 0.9*o.L1 {
					t.Errorf("round %d: derivative %d is %v", round, j, g)
				}
			}
		}
	}
	if computed < 100 || skipped < 100 {
		t.Errorf("%d derivatives are computed, %d are not", computed, skipped)
	}
}
