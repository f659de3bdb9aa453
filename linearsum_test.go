package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestLinear compares a LinearSum with a FiniteSum of the same functions, with the same random
// draws: one and three outputs, and rows in three forms.
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
					break // the tables differ by λx: see below
				}
				if !floats.EqualApprox(got, want, 1e-12) {
					t.Errorf("%s, %T: %v, want %v", name, c.linear, got, want)
				}
			}
		}
		// At constant parameters the tables give the same gradient after all terms have been drawn.
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

		// The gradient by differences of the value.
		if sum.Func == nil {
			continue
		}
		for k := range x {
			const e = 1e-5
			x[k] += e
			up := sum.Func(x, all(n))
			x[k] -= 2 * e
			down := sum.Func(x, all(n))
			x[k] += e
			if !near((up-down)/(2*e), want[k], 1e-9) {
				t.Errorf("%s: derivative %d is %v, by differences %v", name, k, want[k], (up-down)/(2*e))
			}
		}
	}
}

// TestLargeTable measures the tables for softmax regression on as many images as in MNIST: a few
// megabytes instead of the 3.8 GB of whole gradients.
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

// TestLipschitz compares the constants and the weights with their definitions: N·wᵢ/W·C·‖aᵢ‖² + L2, where
// L2 is times the largest factor, and aᵢ has a 1 for the intercept.
func TestLipschitz(t *testing.T) {
	for options := range 8 {
		l := lines()
		l.Curvature = 0.25
		one, penalty, total := 0.0, l.L2, 7.0
		w := slices.Repeat([]float64{1}, 7)
		if options&1 != 0 {
			l.Intercept, one = true, 1
		}
		if options&2 != 0 {
			l.Factor, penalty = []float64{1, 3, 0.5}, 3*l.L2
		}
		if options&4 != 0 {
			l.SampleWeights = weights
			w, total = weights, floats.Sum(weights)
		}
		var constants []float64
		for i := range 7 {
			row := mat.Row(nil, i, l.Rows)
			constants = append(constants, 7*w[i]/total*0.25*(floats.Dot(row, row)+one)+penalty)
		}
		mean := floats.Sum(constants) / 7
		plain, weighted := l.Lipschitz()
		if !near(plain, floats.Max(constants), 1e-14) || !near(weighted, 2*mean, 1e-14) {
			t.Errorf("options %d: %v and %v, want %v and %v", options, plain, weighted, floats.Max(constants), 2*mean)
		}
		floats.AddConst(mean, constants)
		if got := l.Weights(); !floats.EqualApprox(got, constants, 1e-14) {
			t.Errorf("options %d: weights %v, want %v", options, got, constants)
		}
	}
}

// TestLinearSumRefuses checks the messages for fields out of their range.
func TestLinearSumRefuses(t *testing.T) {
	x := make([]float64, 3)
	for _, c := range []struct {
		want  string
		spoil func(l *LinearSum)
	}{
		{"LinearSum has neither Rows nor Row", func(l *LinearSum) { l.Rows = nil }},
		{"LinearSum has neither Deriv nor Derivs", func(l *LinearSum) { l.Deriv = nil }},
		{"LinearSum.N = 0, want at least 1", func(l *LinearSum) { l.Rows, l.Row = nil, func(int) []float64 { return x } }},
		{"LinearSum.Outputs = 2, but there is no Derivs", func(l *LinearSum) { l.Outputs = 2 }},
		{"LinearSum.Outputs = -1, want at least 0", func(l *LinearSum) { l.Outputs = -1 }},
		{"LinearSum.L2 = -1, want [0, +Inf)", func(l *LinearSum) { l.L2 = -1 }},
		{"LinearSum.L2 = NaN, want [0, +Inf)", func(l *LinearSum) { l.L2 = nan }},
		{"LinearSum.Curvature = 0, want (0, +Inf)", func(l *LinearSum) { l.Curvature = 0 }},
		{"LinearSum.Curvature = +Inf, want (0, +Inf)", func(l *LinearSum) { l.Curvature = inf }},
	} {
		l := lines()
		c.spoil(l)
		if got := message(func() { l.Lipschitz() }); got != "optim: "+c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}

	// L2 may change between the calls of an estimator.
	for _, row := range estimators {
		e := row.make(seeded())
		var linear *LinearSum
		switch e := e.(type) {
		case *MiniBatch:
			linear = e.sum.linear
		case *SVRG:
			linear = e.sum.linear
		case *SAG:
			linear = e.sum.linear
		case *SAGA:
			linear = e.sum.linear
		}
		if linear == nil {
			continue
		}
		e.Grad(make([]float64, 3), x)
		linear.L2 = -1
		checkUnchanged(t, e, "optim: LinearSum.L2 = -1, want [0, +Inf)", func(dst []float64) { e.Grad(dst, x) })
		linear.L2 = 0.5
		checkUnchanged(t, e, "optim: LinearSum: len(params) = 2, want 3", func(dst []float64) { e.Grad(dst[:2], x[:2]) })
	}
}

// TestOneOutput checks that a sum with Outputs = 1 is one with the default.
func TestOneOutput(t *testing.T) {
	one, other := lines(), lines()
	one.Outputs = 1
	x := []float64{0.3, -0.2, 0.1}
	got, want := make([]float64, 3), make([]float64, 3)
	one.Sum().Grad(got, x, []int{0, 1})
	other.Sum().Grad(want, x, []int{0, 1})
	if !sameBits(got, want) {
		t.Errorf("∇f = %v, want %v", got, want)
	}
}
