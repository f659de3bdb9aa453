package optim

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

var (
	_ Estimator = (*MiniBatch)(nil)
	_ Estimator = (*GrowingBatch)(nil)
	_ Estimator = (*SVRG)(nil)
	_ Estimator = (*SAG)(nil)
	_ Estimator = (*SAGA)(nil)
)

type estimator interface {
	Estimator
	Evaluations() int
}

type estimatorRow struct {
	name string
	make func(rng *rand.Rand) estimator
}

// estimators are the rows on which every promise of Estimator is tested: seven terms and three
// parameters.
var estimators = []estimatorRow{
	{"MiniBatch", func(rng *rand.Rand) estimator { return NewMiniBatch(terms, 3, rng) }},
	{"MiniBatch/online", func(rng *rand.Rand) estimator { return NewMiniBatch(lines().Sum(), 1, rng) }},
	{"MiniBatch/whole", func(rng *rand.Rand) estimator { return NewMiniBatch(terms, 7, rng) }},
	{"GrowingBatch", func(rng *rand.Rand) estimator { return NewGrowingBatch(terms, 2, 0.8, rng) }},
	{"GrowingBatch/parts", func(rng *rand.Rand) estimator {
		o := NewGrowingBatch(terms, 3, 0.6, rng)
		o.Parts, o.Growth = 2, inf
		return o
	}},
	{"SVRG", func(rng *rand.Rand) estimator { return NewSVRG(terms, 2, rng) }},
	{"SVRG/weights", func(rng *rand.Rand) estimator {
		o := NewSVRG(terms, 2, rng)
		o.Every, o.Weights = 5, weights
		return o
	}},
	{"SVRG/linear", func(rng *rand.Rand) estimator { return NewSVRG(lines().Sum(), 3, rng) }},
	{"SVRG/linear/weights", func(rng *rand.Rand) estimator {
		o := NewSVRG(lines().Sum(), 1, rng)
		o.Every, o.Weights = 4, weights
		return o
	}},
	{"SAG", func(rng *rand.Rand) estimator { return NewSAG(terms, rng) }},
	{"SAG/linear", func(rng *rand.Rand) estimator { o := NewSAG(lines().Sum(), rng); o.Weights = weights; return o }},
	{"SAGA", func(rng *rand.Rand) estimator { return NewSAGA(terms, rng) }},
	{"SAGA/weights", func(rng *rand.Rand) estimator { o := NewSAGA(terms, rng); o.Weights = weights; return o }},
	{"SAGA/linear", func(rng *rand.Rand) estimator { return NewSAGA(lines().Sum(), rng) }},
}

var weights = []float64{1, 2, 0.5, 4, 1, 0.25, 3}

// terms is a sum of seven bowls with different curvatures and centres.
var terms = func() FiniteSum {
	bowls := make([]bowl, 7)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range bowls {
		bowls[i] = bowl{make([]float64, 3), make([]float64, 3)}
		for j := range 3 {
			bowls[i].a[j], bowls[i].c[j] = 0.5+rng.Float64(), rng.Float64()
		}
	}
	return FiniteSum{
		N: 7,
		Func: func(x []float64, batch []int) float64 {
			sum := 0.0
			for _, i := range batch {
				sum += bowls[i].value(x) / float64(len(batch))
			}
			return sum
		},
		Grad: func(dst, x []float64, batch []int) {
			for _, i := range batch {
				for j := range dst {
					dst[j] += float64(float64(bowls[i].a[j]*(x[j]-bowls[i].c[j])) / float64(len(batch)))
				}
			}
		},
	}
}()

// lines returns least squares on seven rows.
func lines() *LinearSum {
	rng := rand.New(rand.NewPCG(5, 6))
	a, y := mat.NewDense(7, 3, nil), make([]float64, 7)
	for i := range 7 {
		for j := range 3 {
			a.Set(i, j, float64(2*rng.Float64())-1)
		}
		y[i] = rng.Float64()
	}
	return &LinearSum{
		Rows:      a,
		Func:      func(i int, z float64) float64 { return (z - y[i]) * (z - y[i]) / 2 },
		Deriv:     func(i int, z float64) float64 { return z - y[i] },
		Curvature: 1,
		L2:        0.125,
	}
}

// descend takes steps from x with the gradients of an estimator, and returns x.
func descend(e estimator, opt Optimizer, x []float64, steps int) []float64 {
	g := make([]float64, len(x))
	for range steps {
		e.Grad(g, x)
		opt.Step(x, g)
	}
	return x
}

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func near(a, b, e float64) bool { return a-b <= e && b-a <= e }

// recorded returns terms with a gradient that records its last batch.
func recorded() (sum FiniteSum, batch *[]int) {
	sum, batch = terms, new([]int)
	sum.Grad = func(dst, x []float64, b []int) {
		*batch = append((*batch)[:0], b...)
		terms.Grad(dst, x, b)
	}
	return sum, batch
}

// gradientOfTerm returns the gradient of term i at x.
func gradientOfTerm(i int, x []float64) []float64 {
	g := make([]float64, 3)
	terms.Grad(g, x, []int{i})
	return g
}

// compareSteps takes 60 steps with an estimator of three parameters. It compares every gradient
// with that of a function of the step and the parameters, which is called after it.
func compareSteps(t *testing.T, e estimator, evaluations int, gradient func(step int, x []float64) []float64) {
	t.Helper()
	x, g := []float64{1, 2, 3}, make([]float64, 3)
	for step := range 60 {
		e.Grad(g, x)
		if want := gradient(step, x); !floats.EqualApprox(g, want, 1e-13) {
			t.Fatalf("%T: step %d gives %v, want %v", e, step, g, want)
		}
		floats.AddScaled(x, -0.1, g)
	}
	if e.Evaluations() != evaluations {
		t.Errorf("%T: %d evaluations, want %d", e, e.Evaluations(), evaluations)
	}
}

// TestEstimatorsResume saves a run after each number of steps in one checkpoint: parameters,
// optimizer, estimator, source of its generator and step counter. New values of all of them, which
// may have been used, load the checkpoint and continue.
func TestEstimatorsResume(t *testing.T) {
	const steps = 20
	for _, row := range estimators {
		last := rand.NewPCG(1, 2)
		want := descend(row.make(rand.New(last)), NewMomentum(0.1, 0.5), make([]float64, 3), steps)
		for k := 0; k <= steps; k++ {
			pcg, step := rand.NewPCG(1, 2), k
			e, opt := row.make(rand.New(pcg)), NewMomentum(0.1, 0.5)
			var file bytes.Buffer
			if err := Save(&file, descend(e, opt, make([]float64, 3), k), opt, e, pcg, &step); err != nil {
				t.Fatal(err)
			}

			x := []float64{nan, nan, nan}
			pcg, step = rand.NewPCG(8, 9), -1
			e, opt = row.make(rand.New(pcg)), NewMomentum(0.1, 0.5)
			descend(e, opt, make([]float64, 3), k%4)
			if err := Load(&file, x, opt, e, pcg, &step); err != nil {
				t.Fatal(err)
			}
			if got := descend(e, opt, x, steps-step); !sameBits(got, want) || *pcg != *last {
				t.Errorf("%s: other bits when resumed after step %d", row.name, k)
			}
		}
	}
}

func TestEstimatorsReset(t *testing.T) {
	for _, row := range estimators {
		pcg := rand.NewPCG(1, 2)
		e := row.make(rand.New(pcg))
		first := descend(e, NewSGD(0.1), make([]float64, 3), 11)
		Reset(e)
		pcg.Seed(1, 2)
		if again := descend(e, NewSGD(0.1), make([]float64, 3), 11); !sameBits(again, first) || e.Evaluations() == 0 {
			t.Errorf("%s: other bits after Reset", row.name)
		}
		Reset(e)
		if e.Evaluations() != 0 {
			t.Errorf("%s: %d evaluations after Reset", row.name, e.Evaluations())
		}
		if data, fresh := encoded(e), encoded(row.make(rand.New(pcg))); !bytes.Equal(data, fresh) {
			t.Errorf("%s: Reset does not give the state of a new estimator", row.name)
		}
	}
}

// TestEstimatorsFields is TestFields for estimators.
func TestEstimatorsFields(t *testing.T) {
	for _, name := range []string{"part", "fresh", "change", "one", "whole", "draws", "linear", "rng"} {
		remade[name] = true
		defer delete(remade, name)
	}
	for _, row := range estimators {
		e, again := row.make(seeded()), row.make(rand.New(rand.NewPCG(1, 2)))
		descend(e, NewSGD(0.1), make([]float64, 3), 9)
		transfer(t, e, again)
		compareFields(t, row.name, reflect.ValueOf(e).Elem(), reflect.ValueOf(again).Elem())
	}
}

// TestEstimatorsWrongState restores every row from the state of every other row.
func TestEstimatorsWrongState(t *testing.T) {
	for _, from := range estimators {
		source := from.make(seeded())
		descend(source, NewSGD(0.1), make([]float64, 3), 5)
		data := encoded(source)
		for _, to := range estimators {
			e := to.make(seeded())
			descend(e, NewSGD(0.1), make([]float64, 3), 2)
			before := encoded(e)
			err := Unmarshal(data, e)
			type_, _, _ := strings.Cut(from.name, "/")
			other, _, _ := strings.Cut(to.name, "/")
			alike := type_ == other && (type_ == "MiniBatch" || strings.Contains(from.name, "linear") == strings.Contains(to.name, "linear"))
			if (err == nil) != alike {
				t.Errorf("%s from the state of %s: %v", to.name, from.name, err)
			}
			if err != nil && !bytes.Equal(before, encoded(e)) {
				t.Errorf("%s was changed by the state of %s", to.name, from.name)
			}
		}
	}
	six := terms
	six.N = 6
	data := encoded(NewSAGA(terms, seeded()))
	if err := Unmarshal(data, NewSAGA(six, seeded())); err == nil || err.Error() != "optim: Unmarshal: state of SAGA: 7 terms, want 6" {
		t.Errorf("%v, want an error", err)
	}
}

// TestEstimatorsStateErrors changes single bytes of a state.
func TestEstimatorsStateErrors(t *testing.T) {
	batch, sag := NewMiniBatch(terms, 3, seeded()), NewSAG(terms, seeded())
	descend(batch, NewSGD(0.1), make([]float64, 3), 1)
	descend(sag, NewSGD(0.1), make([]float64, 3), 9)
	growing := NewGrowingBatch(terms, 2, 1, seeded())
	const head = 8 + len("MiniBatch") + 8 // then Size, the terms, a flag, an order of seven and the index in it
	for _, c := range []struct {
		e     estimator
		at    int // from the end, if negative
		value byte
		want  string
	}{
		{batch, head + 8, 6, "state of MiniBatch: 6 terms, want 7"},
		{batch, head + 16, 2, "state of MiniBatch: a flag of 2, want 0 or 1"},
		{batch, head + 24, 7, "state of MiniBatch: 7 out of range or twice in an order of 7 numbers"},
		{batch, head + 24, byte(batch.order[3]), fmt.Sprintf("state of MiniBatch: %d out of range or twice in an order of 7 numbers", batch.order[3])},
		{batch, head + 80, 7, "state of MiniBatch: 7 terms done in the epoch, want [0, 6]"},
		{sag, -1, 0x80, "state of SAG: a member that is not below 7"},
		{growing, -16, 8, "state of GrowingBatch: 8 terms in a batch, want [2, 7]"},
		{growing, -16, 1, "state of GrowingBatch: 1 terms in a batch, want [2, 7]"},
	} {
		before := encoded(c.e)
		data := bytes.Clone(before)
		data[(c.at+len(data))%len(data)] = c.value
		if err := Unmarshal(data, c.e); err == nil || err.Error() != "optim: Unmarshal: "+c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
		if !bytes.Equal(before, encoded(c.e)) {
			t.Errorf("%s: changed", c.want)
		}
	}
}

// TestEstimatorsAllocations counts the allocations after the first gradient.
func TestEstimatorsAllocations(t *testing.T) {
	for _, row := range estimators {
		e := row.make(seeded())
		x, g := make([]float64, 3), make([]float64, 3)
		e.Grad(g, x)
		if n := allocations(func() { e.Grad(g, x) }); n > 0 {
			t.Errorf("%s: %d allocations in 100 gradients", row.name, n)
		}
	}
}

// checkUnchanged checks that f panics with the message, and changes neither the state of the
// estimator nor dst.
func checkUnchanged(t *testing.T, e estimator, want string, f func(dst []float64)) {
	t.Helper()
	before, _ := Marshal(e) // nothing if a field is negative
	dst := []float64{7, 8, 9}
	if got := message(func() { f(dst) }); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if after, _ := Marshal(e); !bytes.Equal(before, after) || !sameBits(dst, []float64{7, 8, 9}) {
		t.Errorf("%s: the state or dst changed", want)
	}
}

// TestEstimatorsSlices checks the messages for slices that do not fit.
func TestEstimatorsSlices(t *testing.T) {
	x := make([]float64, 3)
	for _, row := range estimators {
		e := row.make(seeded())
		descend(e, NewSGD(0.1), make([]float64, 3), 4)
		estimator := name(e)
		checkUnchanged(t, e, "optim: "+estimator+".Grad: len(dst) = 3, len(params) = 2, want the same", func(dst []float64) { e.Grad(dst, x[:2]) })
		if estimator[0] == 'S' && !strings.Contains(row.name, "linear") {
			want := "optim: " + estimator + ".Grad: len(params) = 2, want 3 as in the calls before"
			checkUnchanged(t, e, want, func(dst []float64) { e.Grad(dst[:2], x[:2]) })
		}

		pcg := rand.NewPCG(1, 2)
		e = row.make(rand.New(pcg))
		before := encoded(e)
		e.Grad(nil, nil)
		if !bytes.Equal(before, encoded(e)) || *pcg != *rand.NewPCG(1, 2) {
			t.Errorf("%s: Grad without parameters changed the state", row.name)
		}
		if got, want := descend(e, NewSGD(0.1), make([]float64, 3), 9), descend(row.make(seeded()), NewSGD(0.1), make([]float64, 3), 9); !sameBits(got, want) {
			t.Errorf("%s: Grad without parameters changed the gradients after it", row.name)
		}
	}
}

// estimatorRanges are the ranges of the fields of a type, by their text in messages.
var estimatorRanges = []struct {
	make   func() estimator
	fields map[string]string
}{
	{func() estimator { return NewMiniBatch(terms, 2, seeded()) }, map[string]string{"[1, 7]": "Size"}},
	{func() estimator { return NewGrowingBatch(terms, 2, 1, seeded()) }, map[string]string{"(0, +Inf)": "Theta", "(1, +Inf]": "Growth", "0 or at least 2": "Parts"}},
	{func() estimator { return NewSVRG(terms, 2, seeded()) }, map[string]string{"[1, 7]": "Size", "at least 0": "Every", weightsRange: "Weights"}},
	{func() estimator { return NewSAG(terms, seeded()) }, map[string]string{weightsRange: "Weights"}},
	{func() estimator { return NewSAGA(terms, seeded()) }, map[string]string{weightsRange: "Weights"}},
}

const weightsRange = "7 numbers in (0, +Inf)"

// estimatorOutsiders are values outside of a range.
var estimatorOutsiders = map[string][]any{
	"[1, 7]":          {-1, 0, 8},
	"(0, +Inf)":       {0.0, -1.0, inf, nan},
	"(1, +Inf]":       {1.0, 0.5, nan},
	"0 or at least 2": {-1, 1},
	"at least 0":      {-1},
}

// weightsOutsiders are weights out of their range, by the message.
var weightsOutsiders = map[string][]float64{
	"Weights: len = 2, want 7, one for each term": weights[:2],
	"Weights: len = 0, want 7, one for each term": {},
	"Weights[3] = 0, want (0, +Inf)":              {1, 1, 1, 0, 1, 1, 1},
	"Weights[6] = -2, want (0, +Inf)":             {1, 1, 1, 1, 1, 1, -2},
	"Weights[1] = +Inf, want (0, +Inf)":           {1, inf, 1, 1, 1, 1, 1},
	"Weights[0] = NaN, want (0, +Inf)":            {nan, 1, 1, 0, 1, 1, 1},
	"Weights: sum = +Inf, want (0, +Inf)":         {1e308, 1e308, 1, 1, 1, 1, 1},
}

// TestEstimatorRanges assigns values outside of its range to every field. The next gradient must
// panic before anything changes.
func TestEstimatorRanges(t *testing.T) {
	for _, row := range estimatorRanges {
		untested := map[string]bool{}
		v := reflect.TypeOf(row.make()).Elem()
		for i := range v.NumField() {
			if v.Field(i).IsExported() && v.Field(i).Name != "Prox" { // TestPassRefuses tests it
				untested[v.Field(i).Name] = true
			}
		}
		refuses := func(field, want string, value any) {
			t.Helper()
			e, x := row.make(), []float64{1, 2, 3}
			descend(e, NewSGD(0.1), x, 4)
			f := reflect.ValueOf(e).Elem().FieldByName(field)
			before, old := encoded(e), reflect.ValueOf(f.Interface())
			f.Set(reflect.ValueOf(value))
			checkUnchanged(t, e, "optim: "+name(e)+"."+want, func(dst []float64) { e.Grad(dst, x) })
			f.Set(old)
			if !bytes.Equal(encoded(e), before) {
				t.Errorf("%s: the state changed", want)
			}
		}
		for want, field := range row.fields {
			for _, value := range estimatorOutsiders[want] {
				refuses(field, fmt.Sprintf("%s = %v, want %s", field, value, want), value)
			}
			if want == weightsRange {
				for want, value := range weightsOutsiders {
					refuses(field, want, value)
				}
			}
			delete(untested, field)
		}
		for field := range untested {
			t.Errorf("%T.%s has no range", row.make(), field)
		}
	}
	o := NewMiniBatch(terms, 1, seeded())
	o.Size = 9
	if got, want := message(func() { o.Batches()(nil) }), "optim: MiniBatch.Size = 9, want [1, 7]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestEstimatorsRefuse checks the messages of the constructors, and those for values that no
// constructor made.
func TestEstimatorsRefuse(t *testing.T) {
	rng, x := seeded(), make([]float64, 3)
	empty := FiniteSum{N: -1}
	for want, f := range map[string]func(){
		"MiniBatch: FiniteSum.N = -1, want at least 1":    func() { NewMiniBatch(empty, 1, rng) },
		"GrowingBatch: FiniteSum.N = -1, want at least 1": func() { NewGrowingBatch(empty, 2, 1, rng) },
		"SVRG: FiniteSum.N = -1, want at least 1":         func() { NewSVRG(empty, 1, rng) },
		"SAG: FiniteSum.N = -1, want at least 1":          func() { NewSAG(empty, rng) },
		"SAGA: FiniteSum.N = 0, want at least 1":          func() { NewSAGA(FiniteSum{}, rng) },
		"MiniBatch: the generator is nil":                 func() { NewMiniBatch(terms, 1, nil) },
		"GrowingBatch: the generator is nil":              func() { NewGrowingBatch(terms, 2, 1, nil) },
		"SVRG: the generator is nil":                      func() { NewSVRG(terms, 1, nil) },
		"SAG: the generator is nil":                       func() { NewSAG(terms, nil) },
		"SAGA: the generator is nil":                      func() { NewSAGA(terms, nil) },
		"NewNoise: the generator is nil":                  func() { NewNoise(1, nil) },
		"Random: the generator is nil":                    func() { Random(nil) },
		"MiniBatch: use NewMiniBatch":                     func() { (&MiniBatch{Size: 1}).Grad(x, x) },
		"GrowingBatch: use NewGrowingBatch":               func() { new(GrowingBatch).Grad(x, x) },
		"SVRG: use NewSVRG":                               func() { (&SVRG{Size: 1}).Grad(x, x) },
		"SAG: use NewSAG":                                 func() { new(SAG).Grad(x, x) },
		"SAGA: use NewSAGA":                               func() { new(SAGA).Grad(nil, nil) },
		"MiniBatch: size = 0, want [1, 7]":                func() { NewMiniBatch(terms, 0, rng) },
		"MiniBatch: size = 8, want [1, 7]":                func() { NewMiniBatch(terms, 8, rng) },
		"GrowingBatch: size = 1, want [2, 7]":             func() { NewGrowingBatch(terms, 1, 1, rng) },
		"GrowingBatch: size = 8, want [2, 7]":             func() { NewGrowingBatch(terms, 8, 1, rng) },
		"GrowingBatch.Theta = 0, want (0, +Inf)":          func() { NewGrowingBatch(terms, 2, 0, rng) },
		"SVRG: size = 0, want [1, 7]":                     func() { NewSVRG(terms, 0, rng) },
		"SVRG: size = 8, want [1, 7]":                     func() { NewSVRG(terms, 8, rng) },
		"SAGA.Grad: FiniteSum.Grad is nil":                func() { NewSAGA(FiniteSum{N: 1}, rng).Grad(x, x) },
	} {
		if got := message(f); got != "optim: "+want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := message(func() { new(MiniBatch).Batches()(nil) }); got != "optim: MiniBatch: use NewMiniBatch" {
		t.Errorf("Batches: %s", got)
	}
}

// TestEstimatorsString compares the descriptions of the rows after one gradient.
func TestEstimatorsString(t *testing.T) {
	for name, want := range map[string]string{
		"MiniBatch":           "MiniBatch(Size 3, 3 evaluations)",
		"MiniBatch/online":    "MiniBatch(Size 1, 1 evaluation)",
		"MiniBatch/whole":     "MiniBatch(Size 7, 7 evaluations)",
		"GrowingBatch":        "GrowingBatch(Theta 0.8, 2 evaluations)",
		"GrowingBatch/parts":  "GrowingBatch(Theta 0.6, Growth +Inf, Parts 2, 3 evaluations)",
		"SVRG":                "SVRG(Size 2, 7 evaluations)",
		"SVRG/weights":        "SVRG(Size 2, Every 5, 7 Weights, 7 evaluations)",
		"SVRG/linear":         "SVRG(Size 3, 7 evaluations)",
		"SVRG/linear/weights": "SVRG(Size 1, Every 4, 7 Weights, 7 evaluations)",
		"SAG":                 "SAG(1 evaluation)",
		"SAG/linear":          "SAG(7 Weights, 1 evaluation)",
		"SAGA":                "SAGA(1 evaluation)",
		"SAGA/weights":        "SAGA(7 Weights, 1 evaluation)",
		"SAGA/linear":         "SAGA(1 evaluation)",
	} {
		i := slices.IndexFunc(estimators, func(row estimatorRow) bool { return row.name == name })
		if i < 0 {
			t.Errorf("no row %s", name)
			continue
		}
		e := estimators[i].make(seeded())
		e.Grad(make([]float64, 3), make([]float64, 3))
		if got := fmt.Sprint(e); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestWeightsChange assigns other weights, then none, during a run. The terms must be drawn as by
// an estimator that has had the last weights from the start.
func TestWeightsChange(t *testing.T) {
	other := []float64{7, 1, 1, 1, 1, 1, 1e-3}
	for _, w := range [][]float64{other, nil} {
		x, g := []float64{1, 2, 3}, make([]float64, 3)
		sum, batch := recorded()
		pcg := rand.NewPCG(1, 2)
		changed, fresh := NewSAG(sum, rand.New(pcg)), NewSAG(sum, rand.New(pcg))
		changed.Weights, fresh.Weights = weights, w
		changed.Grad(g, x)
		changed.Weights = w
		var terms [2][]int
		for i, e := range []estimator{changed, fresh} {
			pcg.Seed(3, 4)
			for range 50 {
				e.Grad(g, x)
				terms[i] = append(terms[i], (*batch)[0])
			}
		}
		if !slices.Equal(terms[0], terms[1]) {
			t.Errorf("weights %v: drawn %v, want %v", w, terms[0], terms[1])
		}
	}
}

// TestGradThatDoesNothing checks that such a FiniteSum.Grad gives zeros in dst.
func TestGradThatDoesNothing(t *testing.T) {
	sum := FiniteSum{N: 7, Grad: func(_, _ []float64, _ []int) {}}
	rng := seeded()
	for _, e := range []estimator{NewMiniBatch(sum, 2, rng), NewGrowingBatch(sum, 2, 1, rng), NewSVRG(sum, 2, rng), NewSAG(sum, rng), NewSAGA(sum, rng)} {
		for range 3 {
			g := []float64{nan, 5}
			e.Grad(g, []float64{1, 2})
			if !sameBits(g, []float64{0, 0}) {
				t.Errorf("%T: %v, want zeros", e, g)
			}
		}
	}
}

// TestNaNPasses checks that a gradient that is not finite reaches dst, but does not enter the
// state: later gradients are finite.
func TestNaNPasses(t *testing.T) {
	for _, bad := range []float64{nan, inf} {
		spoilt := false
		sum := FiniteSum{N: terms.N, Grad: func(dst, x []float64, batch []int) {
			terms.Grad(dst, x, batch)
			if spoilt {
				dst[1] = bad
			}
		}}
		line := lines()
		deriv := line.Deriv
		line.Deriv = func(i int, z float64) float64 {
			if spoilt {
				return bad
			}
			return deriv(i, z)
		}
		for _, sum := range []FiniteSum{sum, line.Sum()} {
			rng := seeded()
			svrg := NewSVRG(sum, 2, rng)
			svrg.Every = 2 // the fourth is between snapshots, the fifth is one
			for _, e := range []estimator{NewMiniBatch(sum, 2, rng), NewGrowingBatch(sum, 2, 1, rng), svrg, NewSAG(sum, rng), NewSAGA(sum, rng)} {
				x, g := make([]float64, 3), make([]float64, 3)
				for step := range 60 {
					spoilt = step == 3 || step == 4 || step == 0
					e.Grad(g, x)
					if finite(g) == spoilt {
						t.Fatalf("%T: step %d gives %v", e, step, g)
					}
					if !spoilt {
						NewSGD(0.05).Step(x, g)
					}
				}
			}
		}
		spoilt = false
	}
}

// noisyPaths returns points on the paths of every estimator, and of coordinate descent in all its
// modes, for TestDigests.
func noisyPaths() map[string][][]float64 {
	paths := map[string][][]float64{}
	for _, row := range estimators {
		e, opt, x := row.make(seeded()), NewMomentum(0.1, 0.5), make([]float64, 3)
		for range 10 {
			paths[row.name] = append(paths[row.name], slices.Clone(descend(e, opt, x, 6)))
		}
	}
	partial, value, _ := penalized()
	for _, name := range []string{"bounds", "derivatives", "values", "gradient and values"} {
		for _, order := range []Order{Cyclic, Random(seeded()), Greedy} {
			o, x, g := NewCoordinateDescent(order), []float64{-1, 5, 0.1}, []float64(nil)
			o.L1, o.L2 = 0.5, 0.25
			switch name {
			case "bounds":
				o.Partial, o.Lipschitz = partial, []float64{2, 1, 3}
			case "derivatives":
				o.Partial = partial
			case "gradient and values":
				g = make([]float64, 3)
				fallthrough
			default:
				o.Func = value
			}
			name := fmt.Sprintf("CoordinateDescent/%s/random=%t,greedy=%t", name, o.order.rng != nil, o.order.greedy)
			for range 10 {
				for i := range g {
					g[i] = partial(x, i)
				}
				o.Step(x, g)
				paths[name] = append(paths[name], slices.Clone(x))
			}
		}
	}
	return paths
}

// constantSource is a generator whose draws are all alike.
type constantSource uint64

func (s constantSource) Uint64() uint64 { return uint64(s) }

// TestDrawAtThreshold has the weights 1 and 3, so that a draw of term 0 stays with probability ½. The draw
// from [0, 1) must be below ½. The source gives term 0, and then ½ or the number before ½.
func TestDrawAtThreshold(t *testing.T) {
	for source, want := range map[constantSource]int{1 << 52: 1, 1<<52 - 2: 0} {
		d := draws{rng: rand.New(source), n: 2}
		d.weigh("SAGA", []float64{1, 3})
		if i, scale := d.draw(); i != want || scale != []float64{2, 2.0 / 3}[want] {
			t.Errorf("%v: term %d with the factor %v, want %d", float64(source)*0x1p-53, i, scale, want)
		}
	}
}

// TestFusedPasses checks when the steps of Pass are fused: on a LinearSum with one output, if prox is nil or an
// ElasticNet, and if all coefficients decay by the same factor a. With sparse rows a is at least 2⁻²⁵⁶.
func TestFusedPasses(t *testing.T) {
	dense := mat.NewDense(2, 1, []float64{1, 2})
	factor := []float64{2}
	for _, c := range []struct {
		name   string
		rows   mat.Matrix
		l2     float64
		factor []float64
		prox   Prox
		want   bool
	}{
		{"no penalty", dense, 0, nil, nil, true},
		{"L2", dense, 0.5, nil, &ElasticNet{L2: 0.5}, true},
		{"factors on L1", dense, 0, factor, &ElasticNet{L1: 0.5}, true},
		{"factors on L2 of the sum", dense, 0.5, factor, nil, false},
		{"factors on L2 of the prox", dense, 0, factor, &ElasticNet{L2: 0.5}, false},
		{"another prox", dense, 0, nil, &Box{}, false},
		{"a = 2⁻²⁵⁶", sparseOf(dense), 0, nil, &ElasticNet{L2: 0x1p256}, true},
		{"a = 2⁻²⁵⁷", sparseOf(dense), 0, nil, &ElasticNet{L2: 0x1p257}, false},
		{"dense, a = 2⁻²⁵⁷", dense, 0, nil, &ElasticNet{L2: 0x1p257}, true},
	} {
		l := NewSquaredSum(c.rows, []float64{1, 2})
		l.L2, l.Factor = c.l2, c.factor
		saga, x := NewSAGA(l.Sum(), seeded()), []float64{0}
		saga.startPass("SAGA", x, nil, c.prox, 1, true)
		if got := saga.fuse(x, c.prox); got != c.want {
			t.Errorf("%s: fused %t", c.name, got)
		}
		saga.Prox = c.prox
		saga.Pass(x, 1)
		if _, ok := c.rows.(*Sparse); ok && saga.passing.sums != nil {
			t.Errorf("%s: memory for the numbers that L1 needs", c.name)
		}
	}
}
