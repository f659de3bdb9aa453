package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// passer is an estimator with Pass.
type passer interface {
	Estimator
	Pass(params []float64, eta float64)
	Evaluations() int
}

// passers returns a maker of each estimator with Pass. SAG has no prox.
func passers(sum FiniteSum, weights []float64, prox Prox) map[string]func() passer {
	makers := map[string]func() passer{
		"SAGA": func() passer { o := NewSAGA(sum, seeded()); o.Weights, o.Prox = weights, prox; return o },
		"SVRG": func() passer {
			o := NewSVRG(sum, 1, seeded())
			o.Weights, o.Prox, o.Every = weights, prox, 25
			return o
		},
		"SVRG, batches of 3": func() passer { o := NewSVRG(sum, 3, seeded()); o.Weights, o.Prox = weights, prox; return o },
	}
	if prox == nil {
		makers["SAG"] = func() passer { o := NewSAG(sum, seeded()); o.Weights = weights; return o }
	}
	return makers
}

// TestPass compares Pass with calls of Grad, steps of gradient descent and the prox from its definition.
func TestPass(t *testing.T) {
	a, cases := linearData()
	weights := make([]float64, 40)
	for i := range weights {
		weights[i] = 1 + float64(i%3)
	}
	factors := []float64{1, 0, 2, 0.5, 1, 1}
	forms := map[string]mat.Matrix{"dense": a, "CSR": sparseOf(a), "CSC": sparseOf(a.T()).T()}
	for form, rows := range forms {
		for _, c := range cases[:2] {
			for options := range 128 {
				l := c.sum(rows)
				l.Intercept = options&1 != 0
				var prox Prox
				l1, l2, lower := 0.0, 0.0, math.Inf(-1)
				switch options >> 1 & 3 {
				case 1:
					l1 = 0.3
					prox = ProxL1(l1)
				case 2:
					l1, l2 = 0.1, 0.2
					prox = ProxElasticNet(l1, l2)
				case 3:
					lower = -0.05
					prox = ProxBox([]float64{lower}, nil)
				}
				if options&8 != 0 {
					l.L2 = 0.05
				}
				var of []float64
				if options&16 != 0 {
					of, l.SampleWeights = weights, weights
				}
				if options&32 != 0 {
					l.Factor = factors
				}
				eta := 0.004
				if options&64 != 0 {
					eta = 0.05 // far steps, which overshoot
				}
				for name, newPasser := range passers(l.Sum(), of, prox) {
					x, y, g := make([]float64, l.width()), make([]float64, l.width()), make([]float64, l.width())
					x[0], y[0] = 1, 1
					o, want := newPasser(), newPasser()
					for pass := range 4 {
						eta := eta / float64(1+pass)
						if pass == 2 { // Grad between passes
							o.Grad(g, x)
							want.Grad(g, y)
						}
						o.Pass(x, eta)
						steps := l.N
						if name == "SVRG, batches of 3" {
							steps = (l.N + 2) / 3
						}
						for range steps {
							want.Grad(g, y)
							for j := range y {
								y[j] -= eta * g[j]
								if l.Intercept && j == l.p {
									continue
								}
								s := l.factor(j)
								y[j] = math.Copysign(max(math.Abs(y[j])-eta*s*l1, 0), y[j]) / (1 + eta*s*l2)
								y[j] = max(y[j], lower)
							}
						}
					}
					label := fmt.Sprintf("%s, %s, %s, options %d", form, c.name, name, options)
					scale := 1.0
					for _, v := range y {
						scale = max(scale, math.Abs(v))
					}
					for j := range y {
						if !(math.Abs(x[j]-y[j]) <= 1e-11*scale) || (x[j] == 0) != (y[j] == 0) {
							t.Fatalf("%s: %v, want %v", label, x, y)
						}
					}
					if o.Evaluations() != want.Evaluations() {
						t.Errorf("%s: %d evaluations, want %d", label, o.Evaluations(), want.Evaluations())
					}
				}
			}
		}
	}
}

// TestPassResumes checks that runs that are saved between passes have the same bits, and that a pass
// after the first allocates nothing.
func TestPassResumes(t *testing.T) {
	a, cases := linearData()
	for _, rows := range []mat.Matrix{a, sparseOf(a)} {
		l := cases[1].sum(rows)
		l.L2, l.Intercept = 0.01, true
		for _, prox := range []Prox{nil, ProxL1(0.01), ProxBox(nil, []float64{1})} {
			for name := range passers(l.Sum(), nil, prox) {
				start := func(pcg *rand.PCG) passer {
					o := passers(l.Sum(), nil, prox)[name]()
					switch o := o.(type) {
					case *SAG:
						o.draws.rng = rand.New(pcg)
					case *SAGA:
						o.draws.rng = rand.New(pcg)
					case *SVRG:
						o.draws.rng, o.batches.rng = rand.New(pcg), rand.New(pcg)
					}
					return o
				}
				pcg, again := rand.NewPCG(1, 2), rand.NewPCG(3, 4)
				o, resumed := start(pcg), start(again)
				x := make([]float64, l.width())
				for range 4 {
					y := append([]float64(nil), x...)
					transfer(t, o, resumed)
					transfer(t, pcg, again)
					o.Pass(x, 0.01)
					resumed.Pass(y, 0.01)
					if !sameBits(x, y) {
						t.Errorf("%T, %s, %v: other bits", rows, name, prox)
					}
				}
				if n := allocations(func() { o.Pass(x, 0.01) }); n > 0 {
					t.Errorf("%T, %s, %v: %d allocations in 100 passes", rows, name, prox, n)
				}
			}
		}
	}
}

// TestPassConverges checks that passes with sparse rows converge linearly to the minimum of
// CoordinateDescent, with L1.
func TestPassConverges(t *testing.T) {
	a, cases := linearData()
	l := cases[0].sum(sparseOf(a))
	l.L2, l.Intercept = 0.01, true
	o := l.CoordinateDescent(Cyclic)
	o.L1 = 0.1
	least := make([]float64, 7)
	for steps := 0; steps == 0 || o.KKT() > 1e-13; steps++ {
		o.Step(least, nil)
	}
	plain, _ := l.Lipschitz()
	sum := l.Sum()
	for name, newPasser := range passers(sum, nil, ProxL1(0.1)) {
		x := make([]float64, 7)
		p := newPasser()
		var at, errors []float64
		for pass := range 2000 {
			if pass%200 == 0 && pass > 0 {
				worst := 0.0
				for j, v := range least {
					worst = max(worst, math.Abs(v-x[j]))
				}
				if worst < 1e-12 {
					break
				}
				at, errors = append(at, float64(pass)), append(errors, worst)
			}
			p.Pass(x, 1/(3*plain))
		}
		if slope, r2 := line(at, errors); len(at) < 5 || !(slope < 0 && r2 > 0.99) {
			t.Errorf("%s: no linear rate, errors %v, r² = %v", name, errors, r2)
		}
	}
}

// TestPassRefuses checks the messages of Pass, and that a refused pass changes nothing.
func TestPassRefuses(t *testing.T) {
	a, cases := linearData()
	sum := cases[0].sum(a).Sum()
	for _, o := range []passer{NewSAG(sum, seeded()), NewSAGA(sum, seeded()), NewSVRG(sum, 1, seeded())} {
		title := name(o)
		before := string(encoded(o))
		for want, call := range map[string]func(){
			title + ".Pass: eta = -1, want [0, +Inf)":  func() { o.Pass(make([]float64, 6), -1) },
			title + ".Pass: eta = NaN, want [0, +Inf)": func() { o.Pass(make([]float64, 6), nan) },
			"LinearSum: len(params) = 5, want 6":       func() { o.Pass(make([]float64, 5), 1) },
			title + ": use New" + title: func() {
				map[string]passer{"SAG": &SAG{}, "SAGA": &SAGA{}, "SVRG": &SVRG{}}[title].Pass(make([]float64, 6), 1)
			},
		} {
			if got := message(call); got != "optim: "+want {
				t.Errorf("panic %q, want %q", got, "optim: "+want)
			}
		}
		if string(encoded(o)) != before {
			t.Errorf("%s: a refused pass changed the state", title)
		}
	}
	svrg := NewSVRG(sum, 1, seeded())
	for want, spoil := range map[string]func(){
		"optim: SVRG.Size = 0, want [1, 40]":      func() { svrg.Size, svrg.Every = 0, 0 },
		"optim: SVRG.Size = 41, want [1, 40]":     func() { svrg.Size, svrg.Every = 41, 0 },
		"optim: SVRG.Every = -1, want at least 0": func() { svrg.Size, svrg.Every = 1, -1 },
	} {
		spoil()
		if got := message(func() { svrg.Pass(make([]float64, 6), 1) }); got != want || svrg.Evaluations() != 0 {
			t.Errorf("panic %q, want %q; %d evaluations", got, want, svrg.Evaluations())
		}
	}
	o := NewSAGA(sum, seeded())
	o.Prox = ProxL1(-1)
	if got, want := message(func() { o.Pass(make([]float64, 6), 1) }), "optim: ElasticNet.L1 = -1, want [0, +Inf)"; got != want {
		t.Errorf("panic %q, want %q", got, want)
	}
	o.Prox = ProxBox([]float64{1, 2}, nil)
	if got, want := message(func() { o.Pass(make([]float64, 6), 1) }), "optim: Box.Lower: len = 2, want 6, one for each parameter, or 1 or 0"; got != want {
		t.Errorf("panic %q, want %q", got, want)
	}
}

// TestPassNonFinite checks that a NaN reaches x, and not the table. The first NaN is in the first term
// or snapshot, the second in a later step.
func TestPassNonFinite(t *testing.T) {
	a, _ := linearData()
	for _, rows := range []mat.Matrix{a, sparseOf(a)} {
		calls, last := 0, 0
		l := &LinearSum{Rows: rows, Curvature: 1, Deriv: func(i int, z float64) float64 {
			if calls++; calls == last {
				return nan
			}
			return z - 1
		}}
		for _, prox := range []Prox{nil, ProxL1(0.01)} {
			for name, newPasser := range passers(l.Sum(), nil, prox) {
				for _, last = range []int{1, 100} {
					o := newPasser()
					calls = 0
					x := make([]float64, 6)
					for range 3 {
						o.Pass(x, 1e-3)
					}
					poisoned := false
					for j, v := range x {
						poisoned = poisoned || v != v
						x[j] = 0
					}
					if !poisoned {
						t.Errorf("%T, %s, NaN in call %d: no NaN in the parameters", rows, name, last)
					}
					calls = 1000
					for range 20 { // the NaN parameters have spoilt terms after the NaN
						o.Pass(x, 1e-3)
					}
					if !finite(x) {
						t.Errorf("%T, %s, NaN in call %d: %v after the parameters were set back", rows, name, last, x)
					}
				}
			}
		}
	}
}

// TestPassGroups checks the optimality conditions of a group lasso after passes of SAGA and SVRG: a
// group that is not zero has the gradient −λx/‖x‖, and any other one a gradient of norm λ at most.
func TestPassGroups(t *testing.T) {
	a, cases := linearData()
	const lambda = 0.6
	for _, rows := range []mat.Matrix{a, sparseOf(a)} {
		l := cases[0].sum(rows)
		l.Intercept = true
		sum := l.Sum()
		plain, _ := l.Lipschitz()
		for name, newPasser := range passers(sum, nil, ProxGroup(lambda, 2)) {
			o, x := newPasser(), make([]float64, 7)
			for range 6000 {
				o.Pass(x, 1/(3*plain))
			}
			g := gradientOf(sum, x)
			zeros := 0
			for k := 0; k < 6; k += 2 {
				norm := math.Hypot(x[k], x[k+1])
				if norm == 0 {
					zeros++
					if size := math.Hypot(g[k], g[k+1]); size > lambda {
						t.Errorf("%T, %s: group %d is zero with a gradient of norm %v", rows, name, k/2, size)
					}
					continue
				}
				for i := k; i < k+2; i++ {
					if v := g[i] + lambda*x[i]/norm; !(math.Abs(v) <= 1e-9) {
						t.Errorf("%T, %s: the condition of x[%d] is violated by %v", rows, name, i, v)
					}
				}
			}
			if !(math.Abs(g[6]) <= 1e-9) || zeros == 0 || zeros == 3 {
				t.Errorf("%T, %s: gradient of the intercept %v, %d zero groups, x = %v", rows, name, g[6], zeros, x)
			}
		}
	}
}

// TestPassEmptyRows checks rows and a matrix without elements: the intercept alone moves.
func TestPassEmptyRows(t *testing.T) {
	l := NewSquaredSum(NewCSR(3, 2, []int{0, 0, 0, 0}, nil, nil), []float64{1, 2, 6})
	l.Intercept = true
	for name, newPasser := range passers(l.Sum(), nil, nil) {
		o, x := newPasser(), []float64{7, 8, 0}
		for range 500 {
			o.Pass(x, 0.2)
		}
		if x[0] != 7 || x[1] != 8 || !near(x[2], 3, 1e-12) {
			t.Errorf("%s: %v", name, x)
		}
	}
}

// TestPassOfAnySum checks that a pass on a sum that is not linear takes the steps of Grad.
func TestPassOfAnySum(t *testing.T) {
	sum, _ := recorded()
	for _, prox := range []Prox{nil, ProxL1(0.2)} {
		for name, newPasser := range passers(sum, nil, prox) {
			x, y, g := make([]float64, 3), make([]float64, 3), make([]float64, 3)
			o, want := newPasser(), newPasser()
			for range 3 {
				o.Pass(x, 0.01)
				steps := 7
				if name == "SVRG, batches of 3" {
					steps = 3
				}
				for range steps {
					want.Grad(g, y)
					for j := range y {
						y[j] -= float64(0.01 * g[j])
					}
					if prox != nil {
						prox.Apply(y, 0.01)
					}
				}
			}
			if !sameBits(x, y) {
				t.Errorf("%s: %v, want %v", name, x, y)
			}
		}
	}
}

// TestPassIsFused checks which passes need no vector for an estimate, and so cost as much as the stored
// elements of the rows.
func TestPassIsFused(t *testing.T) {
	a, cases := linearData()
	for _, c := range []struct {
		prox       Prox
		l2         float64
		factor     []float64
		want, saga string
	}{
		{nil, 0, nil, "fused", "SAGA(40 evaluations)"},
		{nil, 0.1, nil, "fused", "SAGA(40 evaluations)"},
		{nil, 0, []float64{1, 2, 0, 1, 1, 1}, "fused", "SAGA(40 evaluations)"},
		{nil, 0.1, []float64{1, 2, 0, 1, 1, 1}, "by Grad", "SAGA(40 evaluations)"},
		{ProxL1(1), 0, []float64{1, 2, 0, 1, 1, 1}, "fused", "SAGA(Prox, 40 evaluations)"},
		{ProxElasticNet(1, 0.1), 0.1, nil, "fused", "SAGA(Prox, 40 evaluations)"},
		{ProxElasticNet(1, 0.1), 0, []float64{1, 2, 0, 1, 1, 1}, "by Grad", "SAGA(Prox, 40 evaluations)"},
		{ProxBox(nil, []float64{1}), 0, nil, "by Grad", "SAGA(Prox, 40 evaluations)"},
	} {
		l := cases[0].sum(sparseOf(a))
		l.L2, l.Factor = c.l2, c.factor
		o := NewSAGA(l.Sum(), seeded())
		o.Prox = c.prox
		o.Pass(make([]float64, 6), 1e-3)
		got := "by Grad"
		if o.passing.estimate == nil {
			got = "fused"
		}
		if got != c.want {
			t.Errorf("%v, L2 %v, Factor %v: %s, want %s", c.prox, c.l2, c.factor, got, c.want)
		}
		if text := o.String(); text != c.saga {
			t.Errorf("%s, want %s", text, c.saga)
		}
	}
}

// TestPassOfBatches compares passes of SVRG with calls of Grad and SGD, for batches of one term, which are
// fused, and of more.
func TestPassOfBatches(t *testing.T) {
	a, cases := linearData()
	for size, steps := range map[int]int{1: 40, 2: 20, 3: 14, 40: 1} {
		sum := cases[1].sum(a).Sum()
		o, want := NewSVRG(sum, size, seeded()), NewSVRG(sum, size, seeded())
		x, y, g := make([]float64, 6), make([]float64, 6), make([]float64, 6)
		sgd := NewSGD(0.01)
		for range 3 {
			o.Pass(x, 0.01)
			for range steps {
				want.Grad(g, y)
				sgd.Step(y, g)
			}
		}
		for j, v := range y {
			if !near(x[j], v, 1e-13) {
				t.Errorf("size %d: %v, want %v", size, x, y)
				break
			}
		}
		if o.Evaluations() != want.Evaluations() || (o.passing.estimate == nil) != (size == 1) {
			t.Errorf("size %d: %d evaluations, want %d; fused: %t", size, o.Evaluations(), want.Evaluations(), o.passing.estimate == nil)
		}
	}
}

// BenchmarkPass times passes over a logistic regression with 20,000 rows: dense with 50 columns, and
// sparse with 5,000 columns and 10 elements a row.
func BenchmarkPass(b *testing.B) {
	const n, columns, each = 20000, 5000, 10
	rng := rand.New(rand.NewPCG(1, 2))
	labels, values := make([]float64, n), make([]float64, n*50)
	for i := range labels {
		labels[i] = float64(i % 2)
	}
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	var indptr, indices []int
	for i := range n {
		indptr = append(indptr, i*each)
		for k := range each {
			indices = append(indices, k*columns/each+rng.IntN(columns/each))
		}
	}
	indptr = append(indptr, n*each)
	for form, rows := range map[string]mat.Matrix{
		"dense":  mat.NewDense(n, 50, values),
		"sparse": NewCSR(n, columns, indptr, indices, values[:n*each]),
	} {
		l := NewLogisticSum(rows, labels)
		l.Intercept, l.L2 = true, 1.0/n
		sum := l.Sum()
		largest, _ := l.Lipschitz()
		for _, o := range []passer{NewSAG(sum, seeded()), NewSAGA(sum, seeded()), NewSVRG(sum, 1, seeded())} {
			b.Run(form+"/"+name(o), func(b *testing.B) {
				x := make([]float64, l.width())
				o.Pass(x, 1/(3*largest))
				b.ReportAllocs()
				for b.Loop() {
					o.Pass(x, 1/(3*largest))
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/step")
			})
		}
	}
}
