package optim

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestModels compares the losses with numbers that were worked out by hand, the derivatives with
// differences, and the conjugates with their definition.
func TestModels(t *testing.T) {
	one := mat.NewDense(2, 1, []float64{1, 1})
	for _, c := range []struct {
		name   string
		sum    *LinearSum
		z, phi float64 // of row 0
	}{
		{"squared", NewSquaredSum(one, []float64{3, 0}), 5, 2},
		{"logistic", NewLogisticSum(one, []float64{1, 0}), 0, math.Ln2},
		{"logistic ±1", NewLogisticSum(one, []float64{-1, 1}), 40, 40 + 4.248354255291589e-18},
		{"logistic, small", NewLogisticSum(one, []float64{1, -1}), 40, 4.248354255291589e-18},
		{"logistic, log(1 + e⁻²⁵)", NewLogisticSum(one, []float64{1, -1}), 25, 1.3887943864867583e-11},
		{"logistic, log(1 + e⁻²)", NewLogisticSum(one, []float64{1, -1}), 2, 0.12692801104297249},
		{"Poisson", NewPoissonSum(one, []float64{2, 0}), 0, 1},
		{"Huber, inside", NewHuberSum(one, []float64{3, 0}, 2), 4.5, 1.125},
		{"Huber, outside", NewHuberSum(one, []float64{3, 0}, 2), -4, 12},
	} {
		l := c.sum
		if got := l.Func(0, c.z); !near(got, c.phi, 4e-16*c.phi) {
			t.Errorf("%s: φ(%v) = %v, want %v", c.name, c.z, got, c.phi)
		}
		for _, z := range []float64{-3.1, -0.7, 0.1, 2.3, 4.9} {
			const e = 1e-5
			for i := range 2 {
				if got, want := l.Deriv(i, z), (l.Func(i, z+e)-l.Func(i, z-e))/(2*e); !near(got, want, 1e-8) {
					t.Errorf("%s: φ′(%v) = %v, by differences %v", c.name, z, got, want)
				}
				if got, want := l.model.second(z, l.Deriv(i, z), l.labels[i]), (l.Deriv(i, z+e)-l.Deriv(i, z-e))/(2*e); !near(got, want, 1e-8) {
					t.Errorf("%s: φ″(%v) = %v, by differences %v", c.name, z, got, want)
				}
				// φ(z) + φ*(u) = zu for u = φ′(z), and for no u is it less than zu.
				u := l.Deriv(i, z)
				if got, want := l.Func(i, z)+l.model.conjugate(u, l.labels[i]), z*u; !near(got, want, 1e-13) {
					t.Errorf("%s: φ + φ* = %v at %v, want %v", c.name, got, z, want)
				}
				if v := u / 2; l.Func(i, z)+l.model.conjugate(v, l.labels[i]) < z*v-1e-13 {
					t.Errorf("%s: φ + φ* < z·%v at %v", c.name, v, z)
				}
			}
		}
	}
}

// TestModelsOfVectors checks that the functions of vectors have the bits of those of one number, also for
// products whose exponential underflows or is +Inf.
func TestModelsOfVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	for name, l := range map[string]*loss{"squared": squaredLoss, "logistic": logisticLoss, "Poisson": poissonLoss, "Huber": huberLoss(0.5)} {
		for _, n := range []int{1, 3, 255, 256, 257, 700} {
			for _, scale := range []float64{1e-20, 1, 1000} {
				z, y, u := make([]float64, n), make([]float64, n), make([]float64, n)
				for i := range z {
					z[i], y[i] = scale*rng.NormFloat64(), float64(1-2*rng.IntN(2))
					u[i] = l.deriv(z[i], y[i]) * rng.Float64()
				}
				z[0], u[n-1] = 0, 0
				got := make([]float64, n)
				check := func(function string, vector func(dst, a, y []float64), number func(a, y float64) float64, a []float64) {
					t.Helper()
					vector(got, a, y)
					for i, v := range got {
						if want := number(a[i], y[i]); v != want && (v == v || want == want) {
							t.Errorf("%s: %s(%v, %v) = %v in a vector of %d, want %v", name, function, a[i], y[i], v, n, want)
						}
					}
				}
				check("value", l.values, l.value, z)
				check("deriv", l.derivs, l.deriv, z)
				check("conjugate", l.conjugates, l.conjugate, u)
			}
		}
	}
}

// TestConjugateEnds compares the conjugates at the ends of their domains, where v·log v is 0.
func TestConjugateEnds(t *testing.T) {
	for _, c := range []struct {
		name       string
		loss       *loss
		u, y, want float64
	}{
		{"logistic, φ′ at +∞", logisticLoss, 0, 1, 0},
		{"logistic, φ′ at −∞", logisticLoss, -1, 1, 0},
		{"logistic of the other class", logisticLoss, 1, -1, 0},
		{"logistic at z = 0", logisticLoss, -0.5, 1, -math.Ln2},
		{"Poisson, φ′ at −∞", poissonLoss, -3, 3, 0},
		{"Poisson of no count", poissonLoss, 0, 0, 0},
		{"Poisson at z = 0", poissonLoss, -2, 3, -1},
	} {
		if got := c.loss.conjugate(c.u, c.y); !near(got, c.want, 1e-15) {
			t.Errorf("%s: φ*(%v) = %v, want %v", c.name, c.u, got, c.want)
		}
	}
}

// TestEntropy checks −v·log v around the smallest normal number, below which it is 0.
func TestEntropy(t *testing.T) {
	want := 0x1p-1022 * (1022 * math.Ln2)
	if got := entropy(0x1p-1022); !near(got/want, 1, 1e-15) || entropy(0x1p-1023) != 0 || entropy(0) != 0 {
		t.Errorf("%v at 2⁻¹⁰²², want %v; %v at 2⁻¹⁰²³ and %v at 0, want 0", got, want, entropy(0x1p-1023), entropy(0))
	}
	got := []float64{1}
	if logisticConjugates(got, []float64{0x1p-1022}, []float64{-1}); !near(got[0]/-want, 1, 1e-15) {
		t.Errorf("the logistic φ* is %v at 2⁻¹⁰²², want %v", got[0], -want)
	}
}

// TestInterceptSteps counts the derivatives of one term φ whose intercept is minimised: one at the start,
// and one after each step. A Newton step to the minimum ends the search there. Steps of the length 1 along
// |b| would alternate between ½ and −½: the second one leaves the bracket, which is halved.
func TestInterceptSteps(t *testing.T) {
	sign := func(z float64) float64 { return float64(cmp.Compare(z, 0)) }
	for _, c := range []struct {
		deriv       func(z float64) float64
		start, want float64
		calls       int
	}{
		{func(z float64) float64 { return z - 1 }, 1, 1, 1},
		{func(z float64) float64 { return z - 1 }, 2, 1, 2},
		{func(z float64) float64 { return z - 1 }, -2, 1, 2},
		{sign, 0.5, 0, 3},
		{sign, -0.5, 0, 3},
	} {
		calls, x := 0, []float64{0, c.start}
		l := &LinearSum{
			Rows: mat.NewDense(1, 1, []float64{1}), Curvature: 1, Intercept: true,
			Deriv: func(_ int, z float64) float64 { calls++; return c.deriv(z) },
		}
		o := l.CoordinateDescent(Cyclic)
		if o.linear.begin(x); x[1] != c.want || calls != c.calls {
			t.Errorf("from %v: %v after %d derivatives, want %v after %d", c.start, x[1], calls, c.want, c.calls)
		}
	}
}

// TestCentreConstant checks that a constant column becomes exactly zero, although its weighted mean is
// rounded.
func TestCentreConstant(t *testing.T) {
	for n := 1; n < 50; n++ {
		column := slices.Repeat([]float64{0.1}, n)
		share := slices.Repeat([]float64{1 / float64(n)}, n)
		if mean := centre(column, share); mean != 0.1 || !slices.Equal(column, make([]float64, n)) {
			t.Errorf("%d rows: the mean is %v, and %v is left", n, mean, column[0])
		}
	}
}

// TestWeightsRemoved checks that Sum uses the current weights: all are equal after SampleWeights is nil.
func TestWeightsRemoved(t *testing.T) {
	l := NewSquaredSum(mat.NewDense(2, 1, []float64{1, 1}), []float64{1, 5})
	l.SampleWeights = []float64{0, 1}
	for _, want := range []float64{-5, -3} {
		if got := gradientOf(l.Sum(), []float64{0}); got[0] != want {
			t.Errorf("weights %v: gradient %v, want %v", l.SampleWeights, got[0], want)
		}
		l.SampleWeights = nil
	}
}

// TestMatrixLineDot compares the products of sparse lines with their definition, bit for bit: four sums
// of every fourth product, and those left over in the first sum.
func TestMatrixLineDot(t *testing.T) {
	rng := seeded()
	for n := range 14 {
		x, line := make([]float64, n), matrixLine{indices: make([]int, n), values: make([]float64, n)}
		var sums [4]float64
		for e := range n {
			line.indices[e], line.values[e], x[e] = e, rng.NormFloat64(), rng.NormFloat64()
			lane := e % 4
			if e >= n/4*4 {
				lane = 0
			}
			sums[lane] += float64(line.values[e] * x[e])
		}
		want := sums[0] + sums[1] + (sums[2] + sums[3])
		packed := packedColumns{}
		packed.start(&linearColumns{columns: []matrixLine{line}, d: x}, []int{0})
		if got := []float64{line.dot(x), packed.partial(0)}; !sameBits(got, []float64{want, want}) {
			t.Errorf("%d elements: %v, want %v", n, got, want)
		}
	}
}

// TestModelsRefuse checks that bad data is named by row and column.
func TestModelsRefuse(t *testing.T) {
	a := func(v float64) mat.Matrix { return mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, v}) }
	good := a(6)
	for want, call := range map[string]func(){
		"NewSquaredSum: row 2, column 1 is NaN, want a finite number":  func() { NewSquaredSum(a(nan), []float64{1, 2, 3}) },
		"NewHuberSum: row 2, column 1 is +Inf, want a finite number":   func() { NewHuberSum(a(inf), []float64{1, 2, 3}, 1) },
		"NewPoissonSum: row 2, column 1 is -Inf, want a finite number": func() { NewPoissonSum(sparseOf(a(-inf)), []float64{1, 2, 3}) },
		"NewLogisticSum: row 2, column 1 is NaN, want a finite number": func() { NewLogisticSum(sparseOf(a(nan).T()).T(), []float64{1, 0, 0}) },
		"NewSquaredSum: labels[1] = NaN, want a finite number":         func() { NewSquaredSum(good, []float64{1, nan, 3}) },
		"NewSquaredSum: len(labels) = 2, want 3, one for each row":     func() { NewSquaredSum(good, []float64{1, 2}) },
		"NewSquaredSum: the matrix of rows is nil":                     func() { NewSquaredSum(nil, nil) },
		"NewSquaredSum: rows are 0 × 0, want at least 1 × 1":           func() { NewSquaredSum(new(mat.Dense), nil) },
		"NewLogisticSum: labels[1] = 2, want 0 and 1, or -1 and 1":     func() { NewLogisticSum(good, []float64{1, 2, 3}) },
		"NewLogisticSum: labels[2] = -1, want 0 and 1, or -1 and 1":    func() { NewLogisticSum(good, []float64{1, 0, -1}) },
		"NewLogisticSum: every label is 0, want two classes":           func() { NewLogisticSum(good, []float64{0, 0, 0}) },
		"NewPoissonSum.labels[2] = -3, want [0, +Inf)":                 func() { NewPoissonSum(good, []float64{1, 2, -3}) },
		"NewPoissonSum: every label is 0":                              func() { NewPoissonSum(good, []float64{0, 0, 0}) },
		"NewPoissonSum: len(labels) = 0, want 3, one for each row":     func() { NewPoissonSum(good, nil) },
		"NewLogisticSum: len(labels) = 0, want 3, one for each row":    func() { NewLogisticSum(good, nil) },
		"NewHuberSum.delta = 0, want (0, +Inf)":                        func() { NewHuberSum(good, []float64{1, 2, 3}, 0) },
		"NewCSR: 0 lines of length 2, want at least 1":                 func() { NewCSR(0, 2, []int{0}, nil, nil) },
		"NewCSR: len(indptr) = 2, want 3, one more than rows":          func() { NewCSR(2, 2, []int{0, 0}, nil, nil) },
		"NewCSC: len(indptr) = 2, want 3, one more than columns":       func() { NewCSC(2, 2, []int{0, 0}, nil, nil) },
		"NewCSR: len(indices) = 1, len(values) = 0, want the same":     func() { NewCSR(1, 2, []int{0, 0}, []int{1}, nil) },
		"NewCSR: indptr goes from 0 to 2, want 0 to len(values) = 1":   func() { NewCSR(1, 2, []int{0, 2}, []int{1}, []float64{1}) },
		"NewCSR: indptr[2] = 0, want [1, 1]":                           func() { NewCSR(3, 2, []int{0, 1, 0, 1}, []int{1}, []float64{1}) },
		"NewCSR: indices[1] = 2 in row 1, want [0, 2)":                 func() { NewCSR(2, 2, []int{0, 1, 2}, []int{1, 2}, []float64{1, 1}) },
		"NewCSR: indices[1] = 0 in row 0, want [2, 3)":                 func() { NewCSR(1, 3, []int{0, 2}, []int{1, 0}, []float64{1, 1}) },
		"NewCSC: indices[1] = 1 in column 0, want [2, 3)":              func() { NewCSC(3, 1, []int{0, 2}, []int{1, 1}, []float64{1, 1}) },
		"NewCSC: indices[0] = -1 in column 0, want [0, 3)":             func() { NewCSC(3, 1, []int{0, 1}, []int{-1}, []float64{1}) },
		"LinearSum.SampleWeights: len = 2, want 3, one for each row":   func() { l := squaredOf(good); l.SampleWeights = []float64{1, 2}; l.Sum() },
		"LinearSum.SampleWeights[1] = -2, want [0, +Inf)":              func() { l := squaredOf(good); l.SampleWeights = []float64{1, -2, 3}; l.Sum() },
		"LinearSum.SampleWeights: sum = 0, want (0, +Inf)":             func() { l := squaredOf(good); l.SampleWeights = make([]float64, 3); l.Sum() },
		"LinearSum.Factor: len = 3, want 2, one for each column":       func() { l := squaredOf(good); l.Factor = make([]float64, 3); l.Sum() },
		"LinearSum.Factor[0] = NaN, want [0, +Inf)":                    func() { l := squaredOf(good); l.Factor = []float64{nan, 1}; l.Sum() },
		"LinearSum.CoordinateDescent: Rows is nil": func() {
			l := lines()
			l.Rows, l.Row, l.N = nil, l.Rows.(*mat.Dense).RawRowView, 7
			l.CoordinateDescent(Cyclic)
		},
		"LinearSum.Curvature = -1, want (0, +Inf)":                                      func() { l := lines(); l.Curvature = -1; l.CoordinateDescent(Cyclic) },
		"LinearSum.CoordinateDescent: Outputs = 1 with Derivs, want 1 with Deriv":       func() { l := lines(); l.Derivs = func(_ []float64, _ int, _ []float64) {}; l.CoordinateDescent(Cyclic) },
		"LinearSum.ProximalNewton: the sum is not from NewLogisticSum or NewPoissonSum": func() { squaredOf(good).ProximalNewton(Cyclic) },
		"LinearSum: len(params) = 3, want 2":                                            func() { squaredOf(good).CoordinateDescent(Cyclic).Step(make([]float64, 3), nil) },
		"CoordinateDescent.Factor: len = 1, want 2, one for each parameter": func() {
			o := squaredOf(good).CoordinateDescent(Cyclic)
			o.Factor = []float64{1}
			o.Step(make([]float64, 2), nil)
		},
	} {
		if got := message(call); got != "optim: "+want {
			t.Errorf("%s, want optim: %s", got, want)
		}
	}
}

func squaredOf(rows mat.Matrix) *LinearSum { return NewSquaredSum(rows, []float64{1, 2, 3}) }

// TestOneRow has one row and one column.
func TestOneRow(t *testing.T) {
	for _, rows := range []mat.Matrix{mat.NewDense(1, 1, []float64{2}), NewCSR(1, 1, []int{0, 1}, []int{0}, []float64{2})} {
		o, x := NewSquaredSum(rows, []float64{6}).CoordinateDescent(Cyclic), []float64{0}
		o.L1 = 1
		o.Step(x, nil)
		if want := (2*6.0 - 1) / 4; x[0] != want {
			t.Errorf("%T: x = %v, want %v", rows, x, want)
		}
	}
}

// TestSparse compares a Sparse in all its forms with the dense matrix.
func TestSparse(t *testing.T) {
	a, _ := linearData()
	s := sparseOf(a)
	for name, m := range map[string]mat.Matrix{
		"CSR": s, "CSC": s.stored(true), "CSC from CSR and back": s.stored(true).stored(false),
		"transposed twice": s.T().T(), "transposed": mat.DenseCopyOf(s.T()).T(),
	} {
		if !mat.Equal(m, a) {
			t.Errorf("%s: not the same matrix", name)
		}
	}
	for at, want := range map[[2]int]mat.Error{
		{-1, 0}: mat.ErrRowAccess, {40, 0}: mat.ErrRowAccess, {0, -1}: mat.ErrColAccess, {0, 6}: mat.ErrColAccess,
	} {
		for _, m := range []mat.Matrix{s, s.stored(true)} {
			if got := message(func() { m.At(at[0], at[1]) }); got != want.Error() {
				t.Errorf("element %v: %s, want %v", at, got, want)
			}
		}
	}
	if empty := NewCSC(3, 2, []int{0, 0, 1}, []int{2}, []float64{7}); empty.At(2, 1) != 7 || empty.At(2, 0) != 0 {
		t.Error("a column without elements is not empty")
	}
}

// TestWeightedSum compares the weights and the intercept with repeated rows and a column of ones,
// for every loss and for sparse rows. All estimators must give the gradient of the whole sum, on
// average over their draws or exactly.
func TestWeightedSum(t *testing.T) {
	a, cases := linearData()
	counts := make([]float64, 40)
	var rows, repeated []int
	for i := range counts {
		counts[i] = float64(i % 3)
		rows = append(rows, i)
		for range i % 3 {
			repeated = append(repeated, i)
		}
	}
	x := []float64{0.1, -0.2, 0.3, 0.05, -0.1, 0.2, 0.4}
	wide := mat.NewDense(40, 7, nil)
	wide.Augment(a, mat.NewDense(40, 1, slices.Repeat([]float64{1}, 40)))
	for _, c := range cases {
		for _, data := range []mat.Matrix{a, sparseOf(a), sparseOf(a.T()).T()} {
			l := c.sum(data)
			l.SampleWeights, l.Intercept, l.L2, l.Factor = counts, true, 0.3, []float64{1, 2, 0, 1, 1, 0.5}
			plain := c.sum(wide).Sum()
			want := make([]float64, 7)
			plain.Grad(want, x, repeated)
			value := plain.Func(x, repeated)
			for j, f := range l.Factor {
				want[j] += 0.3 * f * x[j]
				value += 0.15 * f * x[j] * x[j]
			}
			got := gradientOf(l.Sum(), x)
			if !floats.EqualApprox(got, want, 1e-13) {
				t.Errorf("%s, %T: ∇f = %v, want %v", c.name, data, got, want)
			}
			if f := l.Sum().Func(x, rows); !near(f, value, 1e-13) {
				t.Errorf("%s, %T: f = %v, want %v", c.name, data, f, value)
			}
			// An SVRG step of all terms, and the tables after all terms have been drawn.
			saga, sag := NewSAGA(l.Sum(), seeded()), NewSAG(l.Sum(), seeded())
			svrg := NewSVRG(l.Sum(), 40, seeded())
			for range 600 {
				saga.Grad(got, x)
				if sag.Grad(got, x); sag.entries == 40 && !floats.EqualApprox(got, want, 1e-12) {
					t.Fatalf("%s, %T, SAG: %v, want %v", c.name, data, got, want)
				}
			}
			for name, e := range map[string]Estimator{"SAGA": saga, "SVRG": svrg} {
				for range 2 {
					if e.Grad(got, x); !floats.EqualApprox(got, want, 1e-12) {
						t.Errorf("%s, %T, %s: %v, want %v", c.name, data, name, got, want)
					}
				}
			}
		}
	}
}

// TestIgnoredRow checks that a row with the weight 0 is ignored, also where its loss and its derivative are
// +Inf. The minimum is that without the row.
func TestIgnoredRow(t *testing.T) {
	rows, labels := []float64{1, 2, 0.5, 2000}, []float64{1, 4, 0, 1}
	few := NewPoissonSum(mat.NewDense(3, 1, rows[:3]), labels[:3])
	all := NewPoissonSum(mat.NewDense(4, 1, rows), labels)
	all.SampleWeights = []float64{1, 1, 1, 0}
	x := []float64{0.5}
	want, got := []float64{0}, []float64{0}
	few.Sum().Grad(want, x, below(3))
	all.Sum().Grad(got, x, below(4))
	if !near(got[0], want[0], 1e-15) {
		t.Errorf("gradient %v, want %v", got[0], want[0])
	}
	if got, want := all.Sum().Func(x, below(4)), few.Sum().Func(x, below(3)); !near(got, want, 1e-15) {
		t.Errorf("loss %v, want %v", got, want)
	}
	saga := NewSAGA(all.Sum(), seeded())
	for range 20 {
		if saga.Grad(got, x); !isFinite(got[0]) {
			t.Fatalf("an estimate of SAGA is %v", got[0])
		}
	}
	for range 3 {
		if saga.Pass(x, 1e-3); !isFinite(x[0]) {
			t.Fatalf("%v after a pass of SAGA", x[0])
		}
	}
	minimum := Path(few, []float64{0.01}, 1)[0].Params
	sparse := NewPoissonSum(sparseOf(mat.NewDense(4, 1, rows)), labels)
	sparse.SampleWeights = all.SampleWeights
	for name, o := range map[string]*CoordinateDescent{
		"coordinate descent": all.CoordinateDescent(Cyclic), "Newton": all.ProximalNewton(Cyclic), "sparse rows": sparse.CoordinateDescent(Cyclic),
	} {
		x := []float64{0.5}
		o.L1 = 0.01
		for range 30 {
			o.Step(x, nil)
		}
		if !near(x[0], minimum[0], 1e-7) || !(o.Gap() < 1e-12) {
			t.Errorf("%s: %v with the gap %v, want %v", name, x[0], o.Gap(), minimum[0])
		}
	}
}
