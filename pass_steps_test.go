package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// plainPass takes the steps of a pass of SAG or SAGA over the squared errors of sparse rows, from 0,
// with loops over all coefficients. It draws as the estimators do.
func plainPass(rows *Sparse, labels []float64, saga bool, l1, l2, eta float64) []float64 {
	n, p := rows.Dims()
	x, mean, g := make([]float64, p), make([]float64, p), make([]float64, p)
	table, drawn, entries := make([]float64, n), make([]bool, n), 0
	rng := seeded()
	for range n {
		i := rng.IntN(n)
		row := rows.line(i)
		z := 0.0
		for e, j := range row.indices {
			z += row.values[e] * x[j]
		}
		change := z - labels[i] - table[i]
		table[i] += change
		if !drawn[i] {
			drawn[i] = true
			entries++
		}
		copy(g, mean)
		for e, j := range row.indices {
			mean[j] += change * row.values[e] / float64(n)
			g[j] += change * row.values[e]
		}
		for j := range x {
			if !saga {
				g[j] = mean[j] * float64(n) / float64(entries)
			}
			v := x[j] - eta*(g[j]+l2*x[j])
			x[j] = math.Copysign(max(math.Abs(v)-eta*l1, 0), v)
		}
	}
	return x
}

// TestPassOfManySteps compares a pass of 100,000 steps with loops. decay is η·L2: a step multiplies x by
// 1 − decay. The product of these factors underflows in the last two cases.
func TestPassOfManySteps(t *testing.T) {
	const n, p, eta = 100000, 30, 0.1
	rng := rand.New(rand.NewPCG(5, 6))
	indptr, indices, values, labels := []int{0}, []int{}, []float64{}, []float64{}
	for range n {
		j := rng.IntN(p - 1)
		indices = append(indices, j, j+1+rng.IntN(p-1-j))
		a := rng.NormFloat64()
		values, labels = append(values, a, rng.NormFloat64()), append(labels, a+rng.NormFloat64())
		indptr = append(indptr, len(indices))
	}
	rows := NewCSR(n, p, indptr, indices, values)
	for _, decay := range []float64{0, 1e-6, 1e-3, 0.05, 0.8} {
		l := NewSquaredSum(rows, labels)
		l.L2 = decay / eta
		for _, l1 := range []float64{0, 0.05} {
			saga := NewSAGA(l.Sum(), seeded())
			saga.Prox = ProxL1(l1)
			compare := func(o passer, want []float64) {
				x := make([]float64, p)
				o.Pass(x, eta)
				scale := kernel.AbsMax(want)
				for j := range x {
					if !(math.Abs(x[j]-want[j]) <= 2e-13*scale) {
						t.Errorf("%T, decay %v, L1 %v: x[%d] is %v, want %v, relative error %.1e", o, decay, l1, j, x[j], want[j], (x[j]-want[j])/scale)
						break
					}
				}
			}
			compare(saga, plainPass(rows, labels, true, l1, l.L2, eta))
			if l1 == 0 {
				compare(NewSAG(l.Sum(), seeded()), plainPass(rows, labels, false, 0, l.L2, eta))
			}
		}
	}
}

// TestPassOvershoots compares passes with η·L2 = 1 and more, where x changes its sign in a step, with
// Grad and gradient descent.
func TestPassOvershoots(t *testing.T) {
	a, cases := linearData()
	for form, rows := range map[string]mat.Matrix{"dense": a, "sparse": sparseOf(a)} {
		for _, decay := range []float64{1 - 0x1p-53, 1, 1.5} {
			for _, prox := range []Prox{nil, ProxL1(0.1)} {
				l := cases[0].sum(rows)
				l.L2 = 512
				for name, newPasser := range passers(l.Sum(), nil, prox) {
					x, y, g := []float64{1, 2, 3, 4, 5, 6}, []float64{1, 2, 3, 4, 5, 6}, make([]float64, 6)
					o, want := newPasser(), newPasser()
					o.Pass(x, decay/512)
					for want.Evaluations() < o.Evaluations() {
						want.Grad(g, y)
						for j := range y {
							y[j] -= decay / 512 * g[j]
							if prox != nil {
								y[j] = soft(y[j], decay/512*0.1)
							}
						}
					}
					for j := range y {
						if !near(x[j], y[j], 1e-12*(1+kernel.AbsMax(y))) {
							t.Fatalf("%s, %s, η·L2 = %v: %v, want %v", form, name, decay, x, y)
						}
					}
				}
			}
		}
	}
}

// chosen is a draw of a term.
type chosen struct {
	term  int
	scale float64
}

func (d chosen) draw() (term int, scale float64) { return d.term, d.scale }

// TestPassUnbiased takes one step of Pass for each term, all from the same point and state. The mean
// of the steps, divided by −η, is the gradient of the loss, computed from its definition. Each step
// counts with the probability of its term.
func TestPassUnbiased(t *testing.T) {
	a, _ := linearData()
	const n, p, l2, eta = 40, 6, 0.3, 0.25
	labels, weights := make([]float64, n), make([]float64, n)
	total := 0.0
	for i := range labels {
		labels[i] = float64(1 - 2*(i%2))
		weights[i] = 1 + float64(i%3)
		total += weights[i]
	}
	x := []float64{0.1, -0.2, 0.3, 0.1, -0.1, 0.2, 0.5}
	want := make([]float64, p+1)
	for i, y := range labels {
		z := x[p]
		for j := range p {
			z += a.At(i, j) * x[j]
		}
		slope := -y / (1 + math.Exp(y*z))
		for j := range p {
			want[j] += slope * a.At(i, j) / n
		}
		want[p] += slope / n
	}
	for j := range p {
		want[j] += l2 * x[j]
	}
	for form, rows := range map[string]mat.Matrix{"dense": a, "sparse": sparseOf(a)} {
		l := NewLogisticSum(rows, labels)
		l.L2, l.Intercept = l2, true
		sum := l.Sum()
		for _, weights := range [][]float64{nil, weights} {
			saga, svrg := NewSAGA(sum, seeded()), NewSVRG(sum, 1, seeded())
			saga.Weights, svrg.Weights, svrg.Every = weights, weights, 1000
			for name, c := range map[string]struct {
				passer
				*memory
				step func(x []float64)
			}{
				"SAGA": {saga, &saga.memory, saga.step},
				"SVRG": {svrg, &svrg.memory, svrg.step},
			} {
				c.Pass(make([]float64, p+1), 0.01) // a table or a snapshot of other points
				state := encoded(c.passer)
				mean, spread := make([]float64, p+1), 0.0
				for i := range n {
					if err := Unmarshal(state, c.passer); err != nil {
						t.Fatal(err)
					}
					y, probability := append([]float64(nil), x...), 1.0/n
					if weights != nil {
						probability = weights[i] / total
					}
					c.startPass(name, y, weights, nil, eta, true)
					c.fuse(y, nil)
					c.startSteps(chosen{i, 1 / (n * probability)}, 1)
					c.step(y)
					c.finishPass(y)
					for j := range y {
						g := (x[j] - y[j]) / eta
						mean[j] += probability * g
						spread = max(spread, math.Abs(g-want[j]))
					}
				}
				for j := range mean {
					if !near(mean[j], want[j], 1e-14) || spread < 0.05 {
						t.Errorf("%s, %s: the mean is %v, want %v; a step is %v away", form, name, mean, want, spread)
						break
					}
				}
			}
		}
	}
}

// TestPassPanics lets Deriv panic in a pass. Parameters, mean and table are then those of the steps
// before.
func TestPassPanics(t *testing.T) {
	a, _ := linearData()
	for _, rows := range []mat.Matrix{a, sparseOf(a)} {
		calls, last := 0, 50
		l := &LinearSum{Rows: rows, L2: 0.1, Intercept: true, Deriv: func(i int, z float64) float64 {
			if calls++; calls == last {
				panic("stop")
			}
			return z - float64(i%5)
		}}
		sum := l.Sum()
		type pair struct {
			passer
			*memory
		}
		makers := map[string]func() pair{
			"SAG":  func() pair { o := NewSAG(sum, seeded()); return pair{o, &o.memory} },
			"SAGA": func() pair { o := NewSAGA(sum, seeded()); return pair{o, &o.memory} },
			"SVRG": func() pair { o := NewSVRG(sum, 1, seeded()); return pair{o, &o.memory} },
		}
		for name, newPair := range makers {
			o, want := newPair(), newPair()
			x, y, g := make([]float64, 7), make([]float64, 7), make([]float64, 7)
			calls = 0
			if got := message(func() { o.Pass(x, 0.01); o.Pass(x, 0.01) }); got != "stop" {
				t.Fatalf("panic %q", got)
			}
			for calls = 0; calls < last-1; {
				want.Grad(g, y)
				floats.AddScaled(y, -0.01, g)
			}
			for _, v := range [][2][]float64{{x, y}, {o.mean, want.mean}, {o.table, want.table}} {
				if !floats.EqualApprox(v[0], v[1], 1e-13) {
					t.Errorf("%T, %s: %v, want %v", rows, name, v[0], v[1])
				}
			}
		}
	}
}
