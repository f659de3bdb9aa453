package optim

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

type estimator interface {
	Estimator
	Evaluations() int
}

// estimators are the rows that the promises common to all are tested on. Seven
// terms and three parameters.
var estimators = []struct {
	name string
	make func(rng *rand.Rand) estimator
}{
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

// terms are seven bowls, each with its own curvatures and centre.
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

// lines is least squares on seven rows.
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

// descend takes steps with what an estimator says.
func descend(e estimator, opt Optimizer, x []float64, steps int) []float64 {
	g := make([]float64, len(x))
	for range steps {
		e.Grad(g, x)
		opt.Step(x, g)
	}
	return x
}

// TestEstimatorsResume stops after each number of steps, and goes on with
// another estimator, optimizer and generator.
func TestEstimatorsResume(t *testing.T) {
	const steps = 20
	for _, row := range estimators {
		want := descend(row.make(seeded()), NewMomentum(0.1, 0.5), make([]float64, 3), steps)
		for k := 0; k <= steps; k++ {
			pcg := rand.NewPCG(1, 2)
			e, opt := row.make(rand.New(pcg)), NewMomentum(0.1, 0.5)
			x := descend(e, opt, make([]float64, 3), k)

			newPCG := rand.NewPCG(8, 9)
			again, newOpt := row.make(rand.New(newPCG)), NewMomentum(0.1, 0.5)
			descend(again, newOpt, make([]float64, 3), k%4) // it may have been used
			transfer(t, e, again)
			transfer(t, opt, newOpt)
			transfer(t, pcg, newPCG)
			if got := descend(again, newOpt, x, steps-k); !sameBits(got, want) {
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
			t.Errorf("%s: Reset left something", row.name)
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

// TestEstimatorsWrongState gives every estimator the state of every other.
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
				t.Errorf("%s takes the state of %s: %v", to.name, from.name, err)
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

// TestEstimatorsStateErrors spoils single bytes.
func TestEstimatorsStateErrors(t *testing.T) {
	batch, sag := NewMiniBatch(terms, 3, seeded()), NewSAG(terms, seeded())
	descend(batch, NewSGD(0.1), make([]float64, 3), 1)
	descend(sag, NewSGD(0.1), make([]float64, 3), 9)
	growing := NewGrowingBatch(terms, 2, 1, seeded())
	const head = 8 + len("MiniBatch") + 8 // and the settings, the terms and a flag; seven of an order, and where it is
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

// TestEpoch sees every term once an epoch, in another order each time.
func TestEpoch(t *testing.T) {
	for _, size := range []int{1, 3, 7} {
		var sizes []int
		var order []int
		sum := FiniteSum{N: 7, Grad: func(_, _ []float64, batch []int) {
			sizes = append(sizes, len(batch))
			order = append(order, batch...)
		}}
		o := NewMiniBatch(sum, size, seeded())
		for epoch := range 20 {
			for o.Epoch() == epoch {
				o.Grad(make([]float64, 1), make([]float64, 1))
			}
			if o.Evaluations() != 7*(epoch+1) {
				t.Errorf("%d evaluations after %d epochs", o.Evaluations(), epoch+1)
			}
			if slices.Sort(order); !slices.Equal(order, all(7)) {
				t.Errorf("size %d: terms %v in an epoch", size, order)
			}
			order = nil
		}
		want := map[int][]int{1: {1, 1, 1, 1, 1, 1, 1}, 3: {3, 3, 1}, 7: {7}}[size]
		if !slices.Equal(sizes[:len(want)], want) || len(sizes) != 20*len(want) {
			t.Errorf("sizes %v, want %v, again and again", sizes, want)
		}
	}
}

// TestOrders counts the orders of three terms: each must come about as often.
func TestOrders(t *testing.T) {
	o := NewMiniBatch(FiniteSum{N: 3}, 2, seeded())
	count := map[string]int{}
	const epochs = 6000
	for range epochs {
		var order []int
		for batch := range o.Batches() {
			order = append(order, batch...)
		}
		count[fmt.Sprint(order)]++
	}
	if len(count) != 6 || o.Epoch() != epochs {
		t.Errorf("%d orders in %d epochs", len(count), o.Epoch())
	}
	for order, n := range count {
		if n < 850 || n > 1150 { // 1000 ± 5σ
			t.Errorf("order %s came %d times in %d", order, n, epochs)
		}
	}
}

// TestWholeBatch is gradient descent, to the bit, and draws nothing.
func TestWholeBatch(t *testing.T) {
	pcg := rand.NewPCG(1, 2)
	o := NewMiniBatch(terms, 7, rand.New(pcg))
	x, g, want := []float64{1, 2, 3}, make([]float64, 3), make([]float64, 3)
	for range 3 {
		clear(want)
		terms.Grad(want, x, all(7))
		if o.Grad(g, x); !sameBits(g, want) {
			t.Errorf("%v, want %v", g, want)
		}
	}
	if rand.New(pcg).Uint64() != seeded().Uint64() {
		t.Error("a whole batch drew from the generator")
	}
}

// TestBatchesAreTakenUp leaves the loop, and finds the rest of the epoch.
func TestBatchesAreTakenUp(t *testing.T) {
	o := NewMiniBatch(FiniteSum{N: 7}, 2, seeded())
	var seen []int
	for batch := range o.Batches() {
		seen = append(seen, batch...)
		break
	}
	for batch := range o.Batches() {
		seen = append(seen, batch...)
	}
	if slices.Sort(seen); !slices.Equal(seen, all(7)) || o.Epoch() != 1 {
		t.Errorf("saw %v in %d epochs", seen, o.Epoch())
	}
}

// TestNormTest follows the batch by hand. Term i of eight has the gradient
// x + i%2, in one dimension, so that the variance of a batch with k odd terms
// among s is k(s−k)/s/(s−1).
func TestNormTest(t *testing.T) {
	var batch []int
	sum := FiniteSum{N: 8, Grad: func(dst, x []float64, b []int) {
		batch = append(batch, b...)
		for _, i := range b {
			dst[0] += (x[0] + float64(i%2)) / float64(len(b))
		}
	}}
	for _, parts := range []int{0, 2} {
		for seed := range uint64(20) {
			o := NewGrowingBatch(sum, 4, 0.5, rand.New(rand.NewPCG(seed, 0)))
			o.Growth, o.Parts = inf, parts
			batch = nil
			g := []float64{0}
			o.Grad(g, []float64{-0.75})
			odd, odds := 0.0, [2]float64{}
			for k, i := range batch {
				odd += float64(i % 2)
				odds[k/2] += float64(i % 2)
			}
			variance := odd * (4 - odd) / 4 / 3
			if parts == 2 { // two means of two: their difference is all there is
				d := (odds[0] - odds[1]) / 2
				variance = d * d
			}
			mean := odd/4 - 0.75
			want := 4
			if need := variance / (0.25 * mean * mean); need > 4 {
				want = int(min(need+0.999999, 8))
			}
			if !near(o.Variance(), variance, 1e-14) || !near(g[0], mean, 1e-14) || o.Size() != want {
				t.Errorf("batch %v: variance %v, gradient %v, size %d; want %v, %v, %d", batch, o.Variance(), g[0], o.Size(), variance, mean, want)
			}
		}
	}

	// By no more than Growth at a time, never less, never more than all.
	o := NewGrowingBatch(sum, 2, 0.1, seeded())
	o.Growth = 1.5
	last := 2
	for range 100 {
		o.Grad([]float64{0}, []float64{-0.5})
		if o.Size() < last || o.Size() > last+(last+1)/2 || o.Size() > 8 {
			t.Errorf("from %d to %d", last, o.Size())
		}
		last = o.Size()
	}
	if last != 8 {
		t.Errorf("at the minimum a batch of %d, want all", last)
	}
}

func near(a, b, e float64) bool { return a-b <= e && b-a <= e }

// TestEstimatorsRefuse gives what is out of range.
func TestEstimatorsRefuse(t *testing.T) {
	rng := func() *rand.Rand { return seeded() }
	x := make([]float64, 3)
	svrg := func(change func(o *SVRG)) func() {
		return func() { o := NewSVRG(terms, 2, rng()); change(o); o.Grad(x, x) }
	}
	growing := func(change func(o *GrowingBatch)) func() {
		return func() { o := NewGrowingBatch(terms, 2, 1, rng()); change(o); o.Grad(x, x) }
	}
	linear := func(change func(l *LinearSum)) func() {
		return func() { l := lines(); change(l); NewSAGA(l.Sum(), rng()).Grad(x, x) }
	}
	for want, f := range map[string]func(){
		"MiniBatch: FiniteSum.N = 0, want at least 1":                     func() { NewMiniBatch(FiniteSum{}, 1, rng()) },
		"GrowingBatch: FiniteSum.N = -1, want at least 1":                 func() { NewGrowingBatch(FiniteSum{N: -1}, 2, 1, rng()) },
		"SVRG: FiniteSum.N = 0, want at least 1":                          func() { NewSVRG(FiniteSum{}, 1, rng()) },
		"SAG: FiniteSum.N = 0, want at least 1":                           func() { NewSAG(FiniteSum{}, rng()) },
		"SAGA: FiniteSum.N = 0, want at least 1":                          func() { NewSAGA(FiniteSum{}, rng()) },
		"MiniBatch: size = 0, want [1, 7]":                                func() { NewMiniBatch(terms, 0, rng()) },
		"MiniBatch: size = 8, want [1, 7]":                                func() { NewMiniBatch(terms, 8, rng()) },
		"MiniBatch.Size = -1, want [1, 7]":                                func() { o := NewMiniBatch(terms, 1, rng()); o.Size = -1; o.Grad(x, x) },
		"MiniBatch.Size = 9, want [1, 7]":                                 func() { o := NewMiniBatch(terms, 1, rng()); o.Size = 9; o.Batches()(nil) },
		"GrowingBatch: size = 1, want [2, 7]":                             func() { NewGrowingBatch(terms, 1, 1, rng()) },
		"GrowingBatch: size = 8, want [2, 7]":                             func() { NewGrowingBatch(terms, 8, 1, rng()) },
		"GrowingBatch.Theta = 0, want (0, +Inf)":                          func() { NewGrowingBatch(terms, 2, 0, rng()) },
		"GrowingBatch.Theta = NaN, want (0, +Inf)":                        growing(func(o *GrowingBatch) { o.Theta = nan }),
		"GrowingBatch.Growth = 1, want (1, +Inf]":                         growing(func(o *GrowingBatch) { o.Growth = 1 }),
		"GrowingBatch.Parts = 1, want 0 or at least 2":                    growing(func(o *GrowingBatch) { o.Parts = 1 }),
		"SVRG: size = 0, want [1, 7]":                                     func() { NewSVRG(terms, 0, rng()) },
		"SVRG.Size = 8, want [1, 7]":                                      svrg(func(o *SVRG) { o.Size = 8 }),
		"SVRG.Every = -1, want at least 0":                                svrg(func(o *SVRG) { o.Every = -1 }),
		"SVRG.Weights: len = 2, want 7, one a term":                       svrg(func(o *SVRG) { o.Weights = weights[:2] }),
		"SVRG.Weights[3] = 0, want (0, +Inf)":                             svrg(func(o *SVRG) { o.Weights = []float64{1, 1, 1, 0, 1, 1, 1} }),
		"SVRG.Weights[0] = NaN, want (0, +Inf)":                           svrg(func(o *SVRG) { o.Weights = []float64{nan, 1, 1, 0, 1, 1, 1} }),
		"SVRG.Weights: sum = +Inf, want (0, +Inf)":                        svrg(func(o *SVRG) { o.Weights = []float64{1e308, 1e308, 1, 1, 1, 1, 1} }),
		"MiniBatch: the generator is nil":                                 func() { NewMiniBatch(terms, 1, nil) },
		"SAG: the generator is nil":                                       func() { NewSAG(terms, nil) },
		"SAGA.Grad: FiniteSum.Grad is nil":                                func() { NewSAGA(FiniteSum{N: 1}, rng()).Grad(x, x) },
		"MiniBatch.Grad: len(dst) = 2, len(params) = 3, want the same":    func() { NewMiniBatch(terms, 1, rng()).Grad(x[:2], x) },
		"SAG.Grad: len(params) = 2, want 3 as in the calls before":        func() { o := NewSAG(terms, rng()); o.Grad(x, x); o.Grad(x[:2], x[:2]) },
		"LinearSum has neither Rows nor Row":                              linear(func(l *LinearSum) { l.Rows = nil }),
		"LinearSum has neither Deriv nor Derivs":                          linear(func(l *LinearSum) { l.Deriv = nil }),
		"LinearSum.N = 0, want at least 1":                                linear(func(l *LinearSum) { l.Rows, l.Row = nil, func(int) []float64 { return x } }),
		"LinearSum.Outputs = 2, but there is no Derivs":                   linear(func(l *LinearSum) { l.Outputs = 2 }),
		"LinearSum.Outputs = -1, want at least 0":                         linear(func(l *LinearSum) { l.Outputs = -1 }),
		"LinearSum.L2 = -1, want [0, +Inf)":                               linear(func(l *LinearSum) { l.L2 = -1 }),
		"LinearSum.Curvature = 0, want (0, +Inf)":                         func() { l := lines(); l.Curvature = 0; l.Lipschitz() },
		"LinearSum: len(params) = 2, want 3":                              func() { NewSAG(lines().Sum(), rng()).Grad(x[:2], x[:2]) },
		"SVRG.Grad: len(params) = 2, want 3 as in the calls before":       svrg(func(o *SVRG) { o.Grad(make([]float64, 3), x); o.Grad(x[:2], x[:2]) }),
		"GrowingBatch.Grad: len(dst) = 1, len(params) = 3, want the same": growing(func(o *GrowingBatch) { o.Grad(x[:1], x) }),
	} {
		if got := message(f); got != "optim: "+want {
			t.Errorf("%s, want %s", got, want)
		}
	}

	// What is refused has changed nothing.
	for _, row := range estimators {
		e := row.make(rng())
		descend(e, NewSGD(0.1), make([]float64, 3), 4)
		before := encoded(e)
		if message(func() { e.Grad(make([]float64, 3), make([]float64, 4)) }) == "no panic" || !bytes.Equal(before, encoded(e)) {
			t.Errorf("%s: a refused gradient changed the state", row.name)
		}
		pcg := rand.NewPCG(1, 2)
		e = row.make(rand.New(pcg))
		before = encoded(e)
		if e.Grad(nil, nil); !bytes.Equal(before, encoded(e)) || *pcg != *rand.NewPCG(1, 2) {
			t.Errorf("%s: a gradient of nothing changed the state", row.name)
		}
	}
}

// TestGradThatDoesNothing counts as zero, whatever dst held.
func TestGradThatDoesNothing(t *testing.T) {
	sum := FiniteSum{N: 7, Grad: func(_, _ []float64, _ []int) {}}
	rng := seeded()
	for _, e := range []estimator{NewMiniBatch(sum, 2, rng), NewGrowingBatch(sum, 2, 1, rng), NewSVRG(sum, 2, rng), NewSAG(sum, rng), NewSAGA(sum, rng)} {
		for range 3 {
			g := []float64{nan, 5}
			if e.Grad(g, []float64{1, 2}); !sameBits(g, []float64{0, 0}) {
				t.Errorf("%T: %v, want zeros", e, g)
			}
		}
	}
}

// TestNaNPasses: a gradient that is not finite is seen in dst, and nothing of it
// stays.
func TestNaNPasses(t *testing.T) {
	for _, bad := range []float64{nan, inf} {
		spoilt := false
		sum := FiniteSum{N: terms.N, Grad: func(dst, x []float64, batch []int) {
			if terms.Grad(dst, x, batch); spoilt {
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

// noisyPaths are points on the way of every estimator, and of coordinate descent
// in all its modes, for TestDigests.
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
