package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// TestSVRG compares SVRG with the formulas. The 45 batches between the snapshots are eleven epochs
// and one batch.
func TestSVRG(t *testing.T) {
	sum, batch := recorded()
	o := NewSVRG(sum, 2, seeded())
	o.Every = 4
	var w, mu []float64
	compareSteps(t, o, 15*7+2*(11*7+2), func(step int, x []float64) []float64 {
		if step%4 == 0 {
			w, mu = slices.Clone(x), gradientOf(terms, x)
			return mu
		}
		g := slices.Clone(mu)
		for _, i := range *batch {
			floats.AddScaled(g, 1/float64(len(*batch)), gradientOfTerm(i, x))
			floats.AddScaled(g, -1/float64(len(*batch)), gradientOfTerm(i, w))
		}
		return g
	})
}

// TestSnapshots checks that a snapshot comes every 2N/Size steps, or every Every steps.
func TestSnapshots(t *testing.T) {
	var at []int
	step := 0
	for _, c := range []struct {
		terms, size, every int
		want               []int
	}{
		{7, 3, 0, []int{0, 5, 10, 15}}, {7, 3, 6, []int{0, 6, 12, 18}}, {7, 3, 19, []int{0, 19}},
		{8, 5, 0, []int{0, 4, 8, 12, 16}}, {8, 4, 0, []int{0, 4, 8, 12, 16}},
	} {
		sum := FiniteSum{N: c.terms, Grad: func(_, _ []float64, batch []int) {
			if len(batch) == c.terms {
				at = append(at, step)
			}
		}}
		o := NewSVRG(sum, c.size, seeded())
		o.Every = c.every
		at = nil
		for step = range 20 {
			o.Grad(make([]float64, 1), make([]float64, 1))
		}
		if !slices.Equal(at, c.want) {
			t.Errorf("%d terms, batches of %d, Every %d: snapshots in steps %v, want %v", c.terms, c.size, c.every, at, c.want)
		}
	}
}

// TestSnapshotIsRepeated makes one snapshot fail. The next step takes one, whatever Every is then.
func TestSnapshotIsRepeated(t *testing.T) {
	sum, batch := recorded()
	o := NewSVRG(sum, 2, seeded())
	o.Every = 2
	g := make([]float64, 3)
	for step, x := range []float64{1, 1, nan, 1} {
		if step == 3 {
			o.Every = 100
		}
		o.Grad(g, []float64{x, x, x})
		if snapshot := len(*batch) == 7; snapshot != (step != 1) || finite(g) != (step != 2) {
			t.Errorf("step %d: gradient %v, a snapshot: %t", step, g, snapshot)
		}
	}
}

// passes takes steps until the loss, which is computed after every pass, is within goal of its
// minimum. It returns the number of passes, at most most, and the difference to the minimum.
func passes(e estimator, opt Optimizer, sum FiniteSum, p int, least, goal float64, most int) (taken, gap float64) {
	x, g, everything := make([]float64, p), make([]float64, p), all(sum.N)
	for e.Evaluations() < most*sum.N {
		for next := e.Evaluations() + sum.N; e.Evaluations() < next; {
			e.Grad(g, x)
			opt.Step(x, g)
		}
		gap = sum.Func(x, everything) - least
		if gap <= goal {
			break
		}
	}
	return float64(e.Evaluations()) / float64(sum.N), gap
}

// TestCancer minimises a logistic regression on real data to within 1.3e-6 of the minimum. It is
// the first table in the doc comment of SVRG. The rate 2/(L + Nλ) is that of the authors of SAG.
func TestCancer(t *testing.T) {
	const goal = 1.3e-6 // the best of scikit-learn after 500 passes
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

// TestCancerAdaptive is the second table in the doc comment of SVRG, with the best learning rate of
// a grid for each entry.
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
			t.Logf("%s, column %d: %.1e", row.name, i, gap)
			if !(row.gaps[i]/4 < gap && gap < 4*row.gaps[i]) {
				t.Errorf("%s, column %d: %.1e from the minimum, want %.1e", row.name, i, gap, row.gaps[i])
			}
		}
	}
}

// BenchmarkCancer times steps on the breast cancer data, with batches of one term.
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
