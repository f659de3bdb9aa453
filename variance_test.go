package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestTextbook follows SVRG, SAG and SAGA with loops that keep every gradient,
// on a sum whose terms tell their number.
func TestTextbook(t *testing.T) {
	var drawn []int
	sum := terms
	sum.Grad = func(dst, x []float64, batch []int) {
		drawn = append(drawn[:0], batch...)
		terms.Grad(dst, x, batch)
	}
	term := func(i int, x []float64) []float64 {
		g := make([]float64, 3)
		terms.Grad(g, x, []int{i})
		return g
	}
	rng := rand.New(rand.NewPCG(1, 2))
	sag, saga, svrg := NewSAG(sum, rng), NewSAGA(sum, rng), NewSVRG(sum, 2, rng)
	saga.Weights = weights
	svrg.Every = 4
	for _, e := range []estimator{sag, saga, svrg} {
		x, g := []float64{1, 2, 3}, make([]float64, 3)
		table := make([][]float64, 7)
		var w, mu []float64
		for step := range 60 {
			e.Grad(g, x)
			want := make([]float64, 3)
			mean := func() {
				for _, y := range table {
					if y != nil {
						floats.AddScaled(want, 1.0/7, y)
					}
				}
			}
			switch e {
			case sag:
				table[drawn[0]] = term(drawn[0], x)
				mean()
				seen := 0.0
				for _, y := range table {
					if y != nil {
						seen++
					}
				}
				floats.Scale(7/seen, want)
			case saga:
				j := drawn[0]
				mean()
				scale := floats.Sum(weights) / 7 / weights[j] // 1/(N·p)
				fresh := term(j, x)
				floats.AddScaled(want, scale, fresh)
				if table[j] != nil {
					floats.AddScaled(want, -scale, table[j])
				}
				table[j] = fresh
			case svrg:
				if step%4 == 0 {
					w, mu = append([]float64(nil), x...), gradientOf(terms, x)
				}
				copy(want, mu)
				if step%4 != 0 {
					for _, i := range drawn {
						floats.AddScaled(want, 1/float64(len(drawn)), term(i, x))
						floats.AddScaled(want, -1/float64(len(drawn)), term(i, w))
					}
				}
			}
			if !floats.EqualApprox(g, want, 1e-13) {
				t.Fatalf("%T: step %d gives %v, want %v", e, step, g, want)
			}
			floats.AddScaled(x, -0.1, g)
		}
	}
	if sag.Evaluations() != 60 || saga.Evaluations() != 60 || svrg.Evaluations() != 15*7+2*(11*7+2) {
		// The 45 batches of SVRG are eleven epochs and one batch more.
		t.Errorf("%d, %d and %d evaluations", sag.Evaluations(), saga.Evaluations(), svrg.Evaluations())
	}
}

// TestSnapshots come every 2N/Size steps, or as often as Every says.
func TestSnapshots(t *testing.T) {
	var at []int
	step := 0
	sum := FiniteSum{N: 7, Grad: func(_, _ []float64, batch []int) {
		if len(batch) == 7 {
			at = append(at, step)
		}
	}}
	for every, want := range map[int][]int{0: {0, 5, 10, 15}, 6: {0, 6, 12, 18}, 19: {0, 19}} {
		o := NewSVRG(sum, 3, seeded())
		o.Every = every
		at = nil
		for step = range 20 {
			o.Grad(make([]float64, 1), make([]float64, 1))
		}
		if !slices.Equal(at, want) {
			t.Errorf("Every %d: snapshots in steps %v, want %v", every, at, want)
		}
	}
}

// TestLinear compares sums of one and of three outputs, with rows given in three
// ways, with the same sums term by term, in the same random draws.
func TestLinear(t *testing.T) {
	const n, p = 9, 4
	rng := rand.New(rand.NewPCG(1, 2))
	a, labels := mat.NewDense(n, p, nil), make([]int, n)
	for i := range n {
		for j := range p {
			a.Set(i, j, rng.NormFloat64())
		}
		labels[i] = rng.IntN(3)
	}
	softmax := func(dst []float64, i int, z []float64) {
		norm := floats.LogSumExp(z)
		for k, v := range z {
			dst[k] = math.Exp(v - norm)
		}
		dst[labels[i]]--
	}
	logistic := func(_ int, z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	for name, l := range map[string]*LinearSum{
		"one output": {Rows: a, Deriv: logistic, L2: 0.1},
		"softmax":    {Rows: a, Outputs: 3, Derivs: softmax, Funcs: func(i int, z []float64) float64 { return floats.LogSumExp(z) - z[labels[i]] }, L2: 0.1},
		"transposed": {Rows: mat.DenseCopyOf(a.T()).T(), Deriv: logistic, L2: 0.1},
		"function":   {N: n, Row: func(i int) []float64 { return a.RawRowView(i) }, Deriv: logistic},
	} {
		sum := l.Sum()
		plain := FiniteSum{N: sum.N, Grad: sum.Grad}
		for _, c := range []struct{ linear, plain estimator }{
			{NewMiniBatch(sum, 2, seeded()), NewMiniBatch(plain, 2, seeded())},
			{NewSVRG(sum, 2, seeded()), NewSVRG(plain, 2, seeded())},
			{NewSAGA(sum, seeded()), NewSAGA(plain, seeded())},
		} {
			x := make([]float64, p*l.outputs())
			got, want := make([]float64, len(x)), make([]float64, len(x))
			for range 40 {
				for k := range x {
					x[k] = rng.NormFloat64()
				}
				c.linear.Grad(got, x)
				c.plain.Grad(want, x)
				if _, ok := c.linear.(*SAGA); ok {
					break // their tables differ by λx: see below
				}
				if !floats.EqualApprox(got, want, 1e-12) {
					t.Errorf("%s, %T: %v, want %v", name, c.linear, got, want)
				}
			}
		}
		// With the parameters at rest, λx in the table or not is the same once all
		// terms have been drawn.
		saga, table := NewSAGA(sum, seeded()), NewSAGA(plain, seeded())
		sag, sagTable := NewSAG(sum, seeded()), NewSAG(plain, seeded())
		x := make([]float64, p*l.outputs())
		floats.AddConst(0.5, x)
		g, h := make([]float64, len(x)), make([]float64, len(x))
		want := gradientOf(plain, x)
		for range 200 {
			saga.Grad(g, x)
			table.Grad(h, x)
		}
		if !floats.EqualApprox(g, want, 1e-13) || !floats.EqualApprox(h, want, 1e-13) {
			t.Errorf("%s, SAGA: %v and %v, want %v", name, g, h, want)
		}
		for range 200 {
			sag.Grad(g, x)
			sagTable.Grad(h, x)
		}
		if !floats.EqualApprox(g, want, 1e-13) || !floats.EqualApprox(h, want, 1e-13) {
			t.Errorf("%s, SAG: %v and %v, want %v", name, g, h, want)
		}
		if len(saga.table) != n*l.outputs() {
			t.Errorf("%s: a table of %d numbers, want %d", name, len(saga.table), n*l.outputs())
		}

		// The gradient by differences, where there is a value.
		if sum.Func == nil {
			continue
		}
		for k := range x {
			const e = 1e-5
			x[k] += e
			up := sum.Func(x, all(n))
			x[k] -= 2 * e
			down := sum.Func(x, all(n))
			if x[k] += e; !near((up-down)/(2*e), want[k], 1e-9) {
				t.Errorf("%s: derivative %d is %v, by differences %v", name, k, want[k], (up-down)/(2*e))
			}
		}
	}
}

// TestLargeTable: softmax regression on as many images as in MNIST takes a few
// megabytes, where whole gradients would take 3.8 GB.
func TestLargeTable(t *testing.T) {
	row := make([]float64, 785)
	l := &LinearSum{
		N:       60000,
		Row:     func(int) []float64 { return row },
		Outputs: 10,
		Derivs:  func(dst []float64, _ int, z []float64) { copy(dst, z) },
	}
	x, g := make([]float64, 7850), make([]float64, 7850)
	before := allocated()
	NewSAGA(l.Sum(), seeded()).Grad(g, x)
	NewSAG(l.Sum(), seeded()).Grad(g, x)
	if bytes := allocated() - before; bytes > 2*5.1e6 {
		t.Errorf("%d bytes for two tables", bytes)
	}
}

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// passes are those that an estimator and an optimizer take until the loss is
// within goal of its minimum, looked at in every pass, or most if they do not.
func passes(e estimator, opt Optimizer, sum FiniteSum, p int, least, goal float64, most int) (taken, gap float64) {
	x, g, everything := make([]float64, p), make([]float64, p), all(sum.N)
	for e.Evaluations() < most*sum.N {
		for next := e.Evaluations() + sum.N; e.Evaluations() < next; {
			e.Grad(g, x)
			opt.Step(x, g)
		}
		if gap = sum.Func(x, everything) - least; gap <= goal {
			break
		}
	}
	return float64(e.Evaluations()) / float64(sum.N), gap
}

// TestCancer takes logistic regression on real data within 1.3e-6 of its
// minimum: at the rate 2/(L + Nλ) of the authors of SAG, with the largest ‖aᵢ‖²
// in L, and with weights. It is the first table in the doc comment of SVRG.
func TestCancer(t *testing.T) {
	const goal = 1.3e-6 // where scikit-learn's best is after 500 passes
	l, p := cancer(t)
	sum := l.Sum()
	largest, weighted := l.Lipschitz()
	if f := sum.Func(make([]float64, p), all(sum.N)); !near(f, math.Ln2, 1e-14) || sum.N != 569 || p != 30 {
		t.Fatalf("%d terms, %d parameters, loss %v", sum.N, p, f)
	}
	for _, row := range []struct {
		name string
		make func(weights []float64) estimator
		most [3]float64 // passes
	}{
		{"SAG", func(w []float64) estimator { o := NewSAG(sum, seeded()); o.Weights = w; return o }, [3]float64{520, 260, 85}},
		{"SAGA", func(w []float64) estimator { o := NewSAGA(sum, seeded()); o.Weights = w; return o }, [3]float64{520, 260, 85}},
		{"SVRG", func(w []float64) estimator { o := NewSVRG(sum, 1, seeded()); o.Weights = w; return o }, [3]float64{770, 390, 125}},
	} {
		for i, c := range []struct {
			name    string
			weights []float64
			rate    float64
		}{
			{"1/L", nil, 1 / largest},
			{"2/(L+Nλ)", nil, 2 / (largest + float64(sum.N)*l.L2)},
			{"weights, 1/L", l.Weights(), 1 / weighted},
		} {
			taken, gap := passes(row.make(c.weights), NewSGD(c.rate), sum, p, cancerMinimum, goal, 1000)
			t.Logf("%-4s  %-20s %4.0f passes", row.name, c.name, taken)
			if !(gap <= goal) || gap < 0 || taken > row.most[i] {
				t.Errorf("%s at %s: %.1e from the minimum after %.0f passes, want %.0f", row.name, c.name, gap, taken, row.most[i])
			}
		}
	}
}

// TestCancerAdaptive is the second table in the doc comment of SVRG, with the
// rates that are best for each.
func TestCancerAdaptive(t *testing.T) {
	l, p := cancer(t)
	sum := l.Sum()
	columns := []func() estimator{
		func() estimator { return NewMiniBatch(sum, 1, seeded()) },
		func() estimator { return NewSVRG(sum, 1, seeded()) },
		func() estimator { return NewSAGA(sum, seeded()) },
		func() estimator { o := NewSAGA(sum, seeded()); o.Weights = l.Weights(); return o },
	}
	for _, row := range []struct {
		name  string
		make  func(rate float64) Optimizer
		rates [4]float64
		gaps  [4]float64
	}{
		{"SGD", func(r float64) Optimizer { return NewSGD(r) }, [4]float64{0.03, 0.05, 0.03, 0.1}, [4]float64{8.6e-5, 8.6e-6, 1.6e-5, 1.1e-9}},
		{"RMSProp", func(r float64) Optimizer { return NewRMSProp(r) }, [4]float64{1e-3, 1e-4, 1e-4, 1e-4}, [4]float64{1.4e-3, 4.8e-8, 1.0e-6, 1.7e-7}},
		{"Adam", func(r float64) Optimizer { return NewAdam(r) }, [4]float64{3e-3, 3e-4, 1e-4, 1e-4}, [4]float64{2.9e-4, 7.5e-7, 3.6e-6, 7.1e-7}},
	} {
		for i, make := range columns {
			_, gap := passes(make(), row.make(row.rates[i]), sum, p, cancerMinimum, 0, 100)
			if t.Logf("%s, column %d: %.1e", row.name, i, gap); !(row.gaps[i]/4 < gap && gap < 4*row.gaps[i]) {
				t.Errorf("%s, column %d: %.1e from the minimum, want %.1e", row.name, i, gap, row.gaps[i])
			}
		}
	}
}

// BenchmarkCancer times a pass of steps over the breast cancer data, at a batch
// of one.
func BenchmarkCancer(b *testing.B) {
	l, p := cancer(b)
	sum := l.Sum()
	_, weighted := l.Lipschitz()
	for _, c := range []struct {
		name string
		make func() estimator
	}{
		{"SAG", func() estimator { o := NewSAG(sum, seeded()); o.Weights = l.Weights(); return o }},
		{"SAGA", func() estimator { o := NewSAGA(sum, seeded()); o.Weights = l.Weights(); return o }},
		{"SVRG", func() estimator { o := NewSVRG(sum, 1, seeded()); o.Weights = l.Weights(); return o }},
	} {
		b.Run(c.name, func(b *testing.B) {
			e, opt := c.make(), NewSGD(1/weighted)
			x, g := make([]float64, p), make([]float64, p)
			e.Grad(g, x)
			b.ReportAllocs()
			steps := 0
			for b.Loop() {
				for next := e.Evaluations() + sum.N; e.Evaluations() < next; steps++ {
					e.Grad(g, x)
					opt.Step(x, g)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(steps), "ns/step")
		})
	}
}
