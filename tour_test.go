package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// This file compares the estimators with the theory of noisy gradients:
//
//	no bias                  the mean over all batches is the gradient
//	SGD at a constant rate   the error decreases to a known level
//	SGD at a rate like 1/t   the error decreases like 1/t
//	averaged SGD             the error decreases like 1/t with the optimal constant
//	growing batches          linear convergence, as that of gradient descent
//	SVRG, SAG, SAGA          linear convergence, with the evaluations of few terms in a step

// scripted is a source that returns given numbers.
type scripted []uint64

func (s *scripted) Uint64() uint64 {
	v := (*s)[0]
	*s = (*s)[1:]
	return v
}

// throws returns the numbers with which draws draws i of n, and then keeps it or not.
func throws(i, n int, keep bool) scripted {
	first := uint64((float64(i) + 0.5) / float64(n) * 0x1p64)
	if keep {
		return scripted{first, 0}
	}
	return scripted{first, math.MaxUint64}
}

// gradientOf returns the gradient of the whole sum.
func gradientOf(s FiniteSum, x []float64) []float64 {
	g := make([]float64, len(x))
	s.Grad(g, x, all(s.N))
	return g
}

// TestUnbiasedBatches computes the mean over all batches of two of seven terms, for MiniBatch and
// for SVRG with a snapshot at other parameters.
func TestUnbiasedBatches(t *testing.T) {
	x := []float64{0.3, -1.2, 2}
	for name, sum := range map[string]FiniteSum{"terms": terms, "linear": lines().Sum()} {
		want := gradientOf(sum, x)
		rng := rand.New(rand.NewPCG(1, 2))
		plain, svrg := NewMiniBatch(sum, 2, rng), NewSVRG(sum, 2, rng)
		svrg.Every = 1000
		svrg.Grad(make([]float64, 3), []float64{1, 0, -0.5})
		plain.Grad(make([]float64, 3), x)
		svrg.Grad(make([]float64, 3), x)
		for _, c := range []struct {
			estimator
			*batches
		}{{plain, &plain.batches}, {svrg, &svrg.batches}} {
			mean, g, spread := make([]float64, 3), make([]float64, 3), 0.0
			for i := range 7 {
				for j := range i {
					c.order[2], c.order[3], c.at = i, j, 2
					c.Grad(g, x)
					for k := range mean {
						mean[k] += g[k] / 21
						spread = max(spread, math.Abs(g[k]-want[k]))
					}
				}
			}
			for k := range mean {
				if !near(mean[k], want[k], 1e-15) || spread < 0.05 {
					t.Errorf("%s, %T: the mean over all batches is %v, want %v; a batch is %v away", name, c.estimator, mean, want, spread)
					break
				}
			}
		}
	}
}

// TestUnbiasedDraws computes the mean over all draws of a term, with and without weights. Each draw
// counts with its probability.
func TestUnbiasedDraws(t *testing.T) {
	x := []float64{0.3, -1.2, 2}
	for name, sum := range map[string]FiniteSum{"terms": terms, "linear": lines().Sum()} {
		want := gradientOf(sum, x)
		for _, w := range [][]float64{nil, weights} {
			saga, svrg := NewSAGA(sum, rand.New(rand.NewPCG(1, 2))), NewSVRG(sum, 1, rand.New(rand.NewPCG(1, 2)))
			saga.Weights, svrg.Weights = w, weights
			svrg.Every = 1000
			g := make([]float64, 3)
			for _, e := range []estimator{saga, svrg} {
				for k := range 5 { // five entries in the table, and a snapshot
					e.Grad(g, []float64{float64(k), 0, -0.5})
				}
			}
			for _, c := range []struct {
				estimator
				*draws
			}{{saga, &saga.draws}, {svrg, &svrg.draws}} {
				state := encoded(c.estimator)
				mean, total, spread := make([]float64, 3), 0.0, 0.0
				for i := range 7 {
					for _, keep := range []bool{true, false} {
						p := 1.0 / 7
						switch {
						case c.weights == nil && !keep:
							continue
						case c.weights != nil && keep:
							p *= c.keep[i]
						case c.weights != nil:
							p *= 1 - c.keep[i]
						}
						if p == 0 {
							continue
						}
						script := throws(i, 7, keep)
						c.rng = rand.New(&script)
						if err := Unmarshal(state, c.estimator); err != nil {
							t.Fatal(err)
						}
						c.Grad(g, x)
						total += p
						for k := range mean {
							mean[k] += p * g[k]
							spread = max(spread, math.Abs(g[k]-want[k]))
						}
					}
				}
				for k := range mean {
					if !near(mean[k], want[k], 2e-15) || !near(total, 1, 1e-15) || spread < 0.05 {
						t.Errorf("%s, %T, weights %v: the mean over all draws is %v, want %v; a draw is %v away", name, c.estimator, w, mean, want, spread)
						break
					}
				}
			}
		}
	}
}

// TestAlias compares the probabilities with the weights.
func TestAlias(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 40; n++ {
		d := draws{rng: rng, n: n}
		w, sum := make([]float64, n), 0.0
		for i := range w {
			w[i] = math.Exp(3 * rng.NormFloat64())
			sum += w[i]
		}
		d.weigh("", w)
		p := make([]float64, n)
		for i := range p {
			p[i] += d.keep[i] / float64(n)
			p[d.other[i]] += (1 - d.keep[i]) / float64(n)
		}
		for i := range p {
			if !near(p[i], w[i]/sum, 1e-14) || d.mean/d.weights[i] <= 0 || !near(d.mean/d.weights[i]*p[i]*float64(n), 1, 1e-12) {
				t.Errorf("%d terms: term %d has the probability %v, want %v", n, i, p[i], w[i]/sum)
			}
		}
	}
}

// noisy is ½aΣxᵢ² with normal noise of standard deviation σ in the gradient. Each coordinate is an
// independent experiment.
type noisy struct {
	a, sigma float64
	rng      *rand.Rand
}

func (q noisy) run(opt Optimizer, x []float64, steps int) {
	g := make([]float64, len(x))
	for range steps {
		for i := range g {
			g[i] = q.a*x[i] + q.sigma*q.rng.NormFloat64()
		}
		opt.Step(x, g)
	}
}

func meanSquare(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v / float64(len(x))
	}
	return sum
}

// TestFloor checks that at a constant rate the mean squared error decreases to ησ²/(a(2 − ηa)).
func TestFloor(t *testing.T) {
	for _, eta := range []float64{0.5, 0.1, 0.02} {
		q := noisy{2, 0.5, rand.New(rand.NewPCG(1, 2))}
		x := make([]float64, 20000)
		q.run(NewSGD(eta), x, int(8/eta))
		want := eta * q.sigma * q.sigma / (q.a * (2 - eta*q.a))
		if got := meanSquare(x); !(math.Abs(got/want-1) <= 0.05) { // 5σ
			t.Errorf("η = %v: a floor of %v, want %v", eta, got, want)
		}
	}
}

// TestFloorDisappears checks that at the rate 1/(a(t+1)) the mean squared error is σ²/(a²t).
func TestFloorDisappears(t *testing.T) {
	q := noisy{2, 0.5, rand.New(rand.NewPCG(1, 2))}
	opt := NewSGD(1 / q.a)
	opt.Schedule = InverseTime(1)
	x := make([]float64, 5000)
	fill(x, 3)
	for _, steps := range []int{10, 90, 900} { // 10, 100, 1000 in all
		q.run(opt, x, steps)
		want := q.sigma * q.sigma / (q.a * q.a * float64(opt.t))
		if got := meanSquare(x); !(math.Abs(got/want-1) <= 0.1) {
			t.Errorf("after %d steps %v, want %v", opt.t, got, want)
		}
	}
}

// TestAveragingIsOptimal checks that at a constant rate the mean of the iterates has the mean
// squared error σ²/(a²t). This is the least that t noisy gradients allow (Cramér and Rao). It holds
// for every curvature a, whereas a rate like 1/t depends on a. B. T. Polyak and A. B. Juditsky,
// Acceleration of stochastic approximation by averaging, 1992, doi:10.1137/0330046.
func TestAveragingIsOptimal(t *testing.T) {
	const steps, n = 3000, 4000
	for _, a := range []float64{0.5, 1, 4} {
		q := noisy{a, 0.5, rand.New(rand.NewPCG(1, 2))}
		opt := NewAverage(NewSGD(0.2))
		x, mean := make([]float64, n), make([]float64, n)
		q.run(opt, x, steps)
		opt.Params(mean)
		want := q.sigma * q.sigma / (a * a * steps)
		if got := meanSquare(mean); !(math.Abs(got/want-1) <= 0.12) {
			t.Errorf("a = %v: t times the error is %v, want %v", a, got*steps, want*steps)
		} else if floor := meanSquare(x); floor < 20*got {
			t.Errorf("a = %v: the last iterate has the error %v, the mean %v", a, floor, got)
		}
	}
}

// convex returns a strongly convex least-squares problem, its minimum, the largest Lipschitz
// constant of a term and the constant of strong convexity of the sum.
func convex(n, p int, noise float64, rng *rand.Rand) (sum FiniteSum, minimum []float64, largest, mu float64) {
	a, y := mat.NewDense(n, p, nil), mat.NewVecDense(n, nil)
	for i := range n {
		for j := range p {
			a.Set(i, j, rng.NormFloat64()/math.Sqrt(float64(p)))
		}
		y.SetVec(i, noise*rng.NormFloat64()+a.At(i, 0)-2*a.At(i, 1))
	}
	l := &LinearSum{
		Rows:      a,
		Func:      func(i int, z float64) float64 { return (z - y.AtVec(i)) * (z - y.AtVec(i)) / 2 },
		Deriv:     func(i int, z float64) float64 { return z - y.AtVec(i) },
		Curvature: 1,
		L2:        0.1,
	}
	// (AᵀA/N + λI)x = Aᵀy/N
	var h mat.SymDense
	h.SymOuterK(1/float64(n), a.T())
	for j := range p {
		h.SetSym(j, j, h.At(j, j)+l.L2)
	}
	var b, x mat.VecDense
	b.MulVec(a.T(), y)
	b.ScaleVec(1/float64(n), &b)
	var chol mat.Cholesky
	var eigen mat.EigenSym
	if !chol.Factorize(&h) || chol.SolveVecTo(&x, &b) != nil || !eigen.Factorize(&h, false) {
		panic("singular")
	}
	largest, _ = l.Lipschitz()
	return l.Sum(), x.RawVector().Data, largest, eigen.Values(nil)[0]
}

// line fits log₁₀(error) = a + b·passes. It returns b and the share of the variance that the line
// explains.
func line(passes, errors []float64) (slope, r2 float64) {
	logs := make([]float64, len(errors))
	for i, e := range errors {
		logs[i] = math.Log10(e)
	}
	a, b := stat.LinearRegression(passes, logs, nil, false)
	return b, stat.RSquared(passes, logs, nil, a, b)
}

// course returns the squared distance from the minimum after each pass.
func course(e estimator, opt Optimizer, sum FiniteSum, minimum []float64, passes int) (at, errors []float64) {
	x, g := make([]float64, len(minimum)), make([]float64, len(minimum))
	for pass := range passes {
		for e.Evaluations() < (pass+1)*sum.N {
			e.Grad(g, x)
			opt.Step(x, g)
		}
		square := 0.0
		for i := range x {
			square += (x[i] - minimum[i]) * (x[i] - minimum[i])
		}
		at, errors = append(at, float64(e.Evaluations())/float64(sum.N)), append(errors, square)
	}
	return at, errors
}

// TestLinearRates runs each method at the learning rate of its theorem. The logarithm of the error
// against passes is a line. It is at least as steep as in the theorem, and at most 40 times as
// steep, because a random problem is easier than the worst case. The error of SGD decreases to a
// level and no further.
func TestLinearRates(t *testing.T) {
	sum, minimum, largest, mu := convex(200, 10, 1, rand.New(rand.NewPCG(1, 2)))
	n := float64(sum.N)
	newRNG := func() *rand.Rand { return rand.New(rand.NewPCG(3, 4)) }

	// Johnson and Zhang's Theorem 1: a snapshot contracts f − f* by
	// α = 1/(μη(1−2Lη)m) + 2Lη/(1−2Lη); here η = 1/(10L) and m such that α = 0.75.
	eta := 1 / (10 * largest)
	m := math.Ceil(1 / (mu * eta * 0.8 * 0.5))
	svrg := NewSVRG(sum, 1, newRNG())
	svrg.Every = int(m)
	for _, c := range []struct {
		name    string
		e       estimator
		rate    float64
		perPass float64 // factor on the squared error in a pass, by the theorem
		passes  int
	}{
		// 1 − min(μ/16L, 1/8N) a step: Schmidt, Le Roux and Bach's Theorem 1.
		{"SAG", NewSAG(sum, newRNG()), 1 / (16 * largest), math.Pow(1-min(mu/(16*largest), 1/(8*n)), n), 150},
		// 1 − min(1/4N, μ/3L) a step: Defazio, Bach and Lacoste-Julien's Corollary 1.
		{"SAGA", NewSAGA(sum, newRNG()), 1 / (3 * largest), math.Pow(1-min(1/(4*n), mu/(3*largest)), n), 60},
		{"SVRG", svrg, eta, math.Pow(1/(mu*eta*0.8*m)+0.25, n/(n+m)), 150},
	} {
		passes, errors := course(c.e, NewSGD(c.rate), sum, minimum, c.passes)
		last := len(errors)
		for i, e := range errors { // beyond that are rounding errors
			if e < 1e-26 {
				last = i
				break
			}
		}
		slope, r2 := line(passes[5:last], errors[5:last])
		theorem := math.Log10(c.perPass)
		t.Logf("%s: %.3f decimal places a pass, at least %.4f by the theorem; R² = %.3f; error %.1e", c.name, -slope, -theorem, r2, errors[last-1])
		if !(slope < theorem && slope > 40*theorem) {
			t.Errorf("%s: slope %v, want between %v and 40 times that", c.name, slope, theorem)
		}
		if r2 < 0.98 || !(errors[last-1] <= 1e-8) {
			t.Errorf("%s: R² = %v, want a line; error %v", c.name, r2, errors[last-1])
		}
	}

	_, cloud := course(NewMiniBatch(sum, 1, newRNG()), NewSGD(1/(3*largest)), sum, minimum, 60)
	if late := stat.Mean(cloud[30:], nil); late < 1e-4 || !(math.Abs(math.Log10(stat.Mean(cloud[30:45], nil)/stat.Mean(cloud[45:], nil))) <= 0.3) {
		t.Errorf("SGD at a fixed rate: error %v, want a floor", late)
	}
	opt := NewSGD(1 / (3 * largest))
	opt.Schedule = InverseTime(mu / (3 * largest) / 2)
	_, decayed := course(NewMiniBatch(sum, 1, newRNG()), opt, sum, minimum, 60)
	if late := decayed[59]; !(late < 0.05*cloud[59]) {
		t.Errorf("SGD at a decaying rate: error %v, at a fixed one %v", late, cloud[59])
	}
}

// TestGrowingBatchConverges checks that at a constant rate the convergence is linear, as with the
// whole sum, with fewer evaluations. With a batch of the first size the error decreases to a level
// and no further.
func TestGrowingBatchConverges(t *testing.T) {
	sum, minimum, largest, _ := convex(5000, 5, 0.3, rand.New(rand.NewPCG(1, 2)))
	rng := func() *rand.Rand { return rand.New(rand.NewPCG(3, 4)) }
	reach := func(e estimator, goal float64, steps int) (evaluations int, errors []float64) {
		x, g := make([]float64, 5), make([]float64, 5)
		for range steps {
			e.Grad(g, x)
			NewSGD(4/largest).Step(x, g)
			square := 0.0
			for i := range x {
				square += (x[i] - minimum[i]) * (x[i] - minimum[i])
			}
			errors = append(errors, square)
			if square <= goal {
				break
			}
		}
		return e.Evaluations(), errors
	}
	const goal = 1e-3
	growing := NewGrowingBatch(sum, 8, 1, rng())
	early, _ := reach(growing, goal, 1000)
	whole, _ := reach(NewMiniBatch(sum, sum.N, rng()), goal, 1000)
	_, errors := reach(growing, 0, 150)
	_, cloud := reach(NewMiniBatch(sum, 8, rng()), 0, 600)
	t.Logf("%d evaluations, with the whole sum %d; batch of %d", early, whole, growing.Size())
	if early > whole/4 {
		t.Errorf("%d evaluations to an error of %v, with the whole sum %d", early, goal, whole)
	}
	if last := errors[len(errors)-1]; !(last <= 1e-18) || growing.Size() != sum.N {
		t.Errorf("error %v with a batch of %d in the end", last, growing.Size())
	}
	if floor := stat.Mean(cloud[300:], nil); floor < 1e-3 {
		t.Errorf("a fixed batch ends at %v, want a floor", floor)
	}
}
