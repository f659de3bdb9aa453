package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// penalised is ½‖Ax − b‖² + h(x), with a minimum that is known by construction.
type penalised struct {
	a         *mat.Dense
	b         []float64
	h         func(x []float64) float64
	prox      Prox
	minimum   []float64
	lipschitz float64 // the largest eigenvalue of AᵀA
}

// newPenalised returns a problem with the minimum x. s is −∇f(x), which must be a subgradient of h
// at x: b = Ax + A(AᵀA)⁻¹s. The columns of A have scales from 1 down to 0.1.
func newPenalised(x, s []float64, prox Prox, h func(x []float64) float64) penalised {
	m, n := 2*len(x), len(x)
	rng := seeded()
	a := mat.NewDense(m, n, nil)
	for i := range m {
		for j := range n {
			a.Set(i, j, rng.NormFloat64()*math.Pow(0.1, float64(j)/float64(n)))
		}
	}
	var gram, solution, r, b mat.Dense
	gram.Mul(a.T(), a)
	if err := solution.Solve(&gram, mat.NewVecDense(n, s)); err != nil {
		panic(err)
	}
	r.Mul(a, &solution)
	b.Mul(a, mat.NewVecDense(n, x))
	b.Add(&b, &r)
	var eigen mat.EigenSym
	eigen.Factorize(mat.NewSymDense(n, gram.RawMatrix().Data), false)
	return penalised{a, b.RawMatrix().Data, h, prox, x, slices.Max(eigen.Values(nil))}
}

// residual returns Ax − b.
func (p penalised) residual(x []float64) *mat.VecDense {
	var r mat.VecDense
	r.MulVec(p.a, mat.NewVecDense(len(x), x))
	r.SubVec(&r, mat.NewVecDense(len(p.b), p.b))
	return &r
}

func (p penalised) value(x []float64) float64 {
	r := p.residual(x)
	return mat.Dot(r, r)/2 + p.h(x)
}

func (p penalised) gradient(g, x []float64) {
	mat.NewVecDense(len(g), g).MulVec(p.a.T(), p.residual(x))
}

// penalisedProblems are a lasso, non-negative least squares, and least squares over probabilities.
// Every second coordinate is 0 at the minimum.
func penalisedProblems() map[string]penalised {
	const n, lambda = 40, 0.5
	rng := seeded()
	x, onLasso, onCone, onSimplex, p := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		if i%2 == 0 {
			x[i] = 1 + rng.Float64()
			p[i] = 2. / n
			onLasso[i], onSimplex[i] = lambda, 0.3
		} else {
			onLasso[i] = lambda * (2*rng.Float64() - 1)
			onCone[i] = -rng.Float64()
			onSimplex[i] = 0.3 - rng.Float64()
		}
	}
	zero := func([]float64) float64 { return 0 } // every point that is evaluated is in the set
	return map[string]penalised{
		"lasso": newPenalised(x, onLasso, ProxL1(lambda), func(x []float64) float64 {
			sum := 0.0
			for _, x := range x {
				sum += math.Abs(x)
			}
			return lambda * sum
		}),
		"non-negative": newPenalised(x, onCone, ProxNonNegative(), zero),
		"simplex":      newPenalised(p, onSimplex, ProxSimplex(1), zero),
	}
}

// TestFISTA checks the bound 2L‖x₀−x*‖²/(k+1)² for the iterates w of every step, that w is in the
// set and exactly 0 where the minimum is, and that the restarts lead to the minimum.
func TestFISTA(t *testing.T) {
	for name, p := range penalisedProblems() {
		n := len(p.minimum)
		inner := made(&Nesterov{LearningRate: 1 / p.lipschitz, Convex: true})
		opt := NewProximal(inner, p.prox)
		x, g, w := make([]float64, n), make([]float64, n), make([]float64, n)
		fill(x, 1)
		distance := 0.0
		for i := range x {
			distance += (x[i] - p.minimum[i]) * (x[i] - p.minimum[i])
		}
		least := p.value(p.minimum)
		for k := 1; k <= 3000; k++ {
			p.gradient(g, x)
			opt.Step(x, g)
			inner.Iterate(w, x)
			bound := 2 * p.lipschitz * distance / float64((k+1)*(k+1))
			if gap := p.value(w) - least; !(gap <= bound+1e-13*least) || gap < -1e-13*least {
				t.Fatalf("%s, step %d: f + h is %v above the minimum, want at most %v", name, k, gap, bound)
			}
			if again := slices.Clone(w); name != "lasso" {
				if p.prox.Apply(again, 1); !closeTo(again, w, 1e-15) {
					t.Fatalf("%s, step %d: %v is not in the set", name, k, w)
				}
			}
		}
		for i, want := range p.minimum {
			if !(math.Abs(w[i]-want) <= 1e-9) || want == 0 && w[i] != 0 {
				t.Errorf("%s: w[%d] = %v, want %v", name, i, w[i], want)
			}
		}
	}
}

func closeTo(x, y []float64, tolerance float64) bool {
	for i := range x {
		if !(math.Abs(x[i]-y[i]) <= tolerance) {
			return false
		}
	}
	return len(x) == len(y)
}

// twoSequences is the textbook form of a step: w ← prox(y − ηg), y ← w + μ(w − w′), where w′ is the
// last w. In convex mode μ is (k−1)/(k+2), and k is 1 again if (y − w)·(w − w′) > 0.
type twoSequences struct {
	y, w     []float64
	eta, mu  float64
	convex   bool
	k        int
	restarts int
}

func (s *twoSequences) step(g []float64, prox Prox) {
	before, y := s.w, s.y
	s.w = each(y, func(i int, y float64) float64 { return y - s.eta*g[i] })
	prox.Apply(s.w, s.eta)
	uphill := 0.0
	for i := range y {
		uphill += (y[i] - s.w[i]) * (s.w[i] - before[i])
	}
	s.k++
	if s.convex && uphill > 0 {
		s.k = 1
		s.restarts++
	}
	mu := s.mu
	if s.convex {
		mu = float64(s.k-1) / float64(s.k+2)
	}
	s.y = each(s.w, func(i int, w float64) float64 { return w + mu*(w-before[i]) })
}

// TestProximalNesterov compares with the form of the method with two sequences, within wrappers and
// chains too.
func TestProximalNesterov(t *testing.T) {
	const decay = 0.01
	for name, p := range penalisedProblems() {
		for _, convex := range []bool{false, true} {
			around := map[string]func(inner *Nesterov) Optimizer{
				"alone":   func(inner *Nesterov) Optimizer { return NewChain(NewProximal(inner, p.prox), L2(decay)) },
				"chain":   func(inner *Nesterov) Optimizer { return NewProximal(NewChain(inner, L2(decay)), p.prox) },
				"average": func(inner *Nesterov) Optimizer { return NewProximal(NewAverage(NewChain(inner, L2(decay))), p.prox) },
				"skip": func(inner *Nesterov) Optimizer {
					return NewProximal(NewChain(NewAccumulate(inner, 1), L2(decay)), p.prox)
				},
				"own": func(inner *Nesterov) Optimizer {
					return NewProximal(NewChain(inner, L2(decay)), ProxFunc(p.prox.Apply))
				},
				"twice": func(inner *Nesterov) Optimizer {
					return NewProximal(NewChain(NewProximalL1(inner, 0), L2(decay)), p.prox)
				},
				"groups": func(inner *Nesterov) Optimizer {
					return Groups{{len(p.minimum), NewProximal(NewChain(inner, L2(decay)), p.prox)}}
				},
			}
			for where, wrap := range around {
				n := len(p.minimum)
				inner := made(&Nesterov{LearningRate: 1 / (p.lipschitz + decay), Mu: 0.9, Convex: convex})
				opt := wrap(inner)
				x, g, h, w := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
				want := &twoSequences{y: make([]float64, n), w: make([]float64, n), eta: inner.LearningRate, mu: 0.9, convex: convex}
				for step := range 400 {
					p.gradient(g, x)
					p.gradient(h, want.y)
					for i := range h {
						h[i] += decay * want.y[i]
					}
					opt.Step(x, g)
					want.step(h, p.prox)
					inner.Iterate(w, x)
					if !closeTo(x, want.y, 1e-11) || !closeTo(w, want.w, 1e-11) {
						t.Fatalf("%s, %s, convex %v, step %d: look-ahead %v and iterate %v, want %v and %v", name, where, convex, step, x, w, want.y, want.w)
					}
				}
				if convex && want.restarts < 2 {
					t.Errorf("%s: %d restarts", name, want.restarts)
				}
			}
		}
	}
}

// TestIterateIsTheProx wants the bits of prox(x − ηg) in Iterate.
func TestIterateIsTheProx(t *testing.T) {
	for _, row := range proxes {
		for _, convex := range []bool{false, true} {
			const n, eta = 700, 0.5
			inner := made(&Nesterov{LearningRate: eta, Mu: 0.8, Convex: convex})
			opt := NewProximal(inner, row.make(n))
			b, x, g, w := newBowl(n), make([]float64, n), make([]float64, n), make([]float64, n)
			for step := range 20 {
				b.gradient(g, x)
				want := each(x, func(i int, x float64) float64 { return x - float64(eta*g[i]) })
				row.make(n).Apply(want, eta)
				opt.Step(x, g)
				if inner.Iterate(w, x); !sameBits(w, want) {
					t.Fatalf("%s, step %d: other bits than the prox", row.name, step)
				}
			}
		}
	}
}

// TestProximalOfUsedNesterov wraps a Nesterov that has taken steps. Without a prox that moves
// anything it continues to the same bits. It can be saved before the next step.
func TestProximalOfUsedNesterov(t *testing.T) {
	b := newBowl(9)
	want := b.run(NewNesterov(0.1, 0.9), 20)
	inner := NewNesterov(0.1, 0.9)
	x := b.run(inner, 7)
	w, again := make([]float64, 9), make([]float64, 9)
	inner.Iterate(w, x)
	opt := NewProximal(inner, ProxBox([]float64{-100}, nil))
	inner.Iterate(again, x)
	if !sameBits(again, w) {
		t.Errorf("NewProximal changed the iterate from %v to %v", w, again)
	}
	other := NewNesterov(0.1, 0.9)
	restored := NewProximal(other, ProxBox([]float64{-100}, nil))
	transfer(t, opt, restored)
	if got := b.goOn(slices.Clone(x), opt, 13); !sameBits(got, want) {
		t.Error("other bits within a Proximal")
	}
	if got := b.goOn(slices.Clone(x), restored, 13); !sameBits(got, want) {
		t.Error("other bits when restored")
	}
}

// TestProximalNesterovWithoutRate has steps with η = 0, and with an η whose inverse overflows.
func TestProximalNesterovWithoutRate(t *testing.T) {
	for _, eta := range []float64{0, 5e-324, 1e-310} {
		for _, p := range []Prox{ProxL1(1), ProxSimplex(1), ProxNonNegative()} {
			inner := NewNesterov(eta, 0.9)
			opt := NewProximal(inner, p)
			x := []float64{3, -4, 0.5}
			for range 3 {
				opt.Step(x, []float64{1, -2, 1e3})
			}
			for _, v := range x {
				if math.IsNaN(v) {
					t.Errorf("η = %v, %s: %v", eta, title(p), x)
					break
				}
			}
			if eta == 0 && !sameBits(x, []float64{3, -4, 0.5}) {
				t.Errorf("η = 0, %s: %v", title(p), x)
			}
		}
	}
}

// TestNesterovWithoutRate begins with η = 0. There the gradient mapping is the gradient.
func TestNesterovWithoutRate(t *testing.T) {
	b := newBowl(5)
	rate := func(step int) float64 { return float64(min(step, 1)) }
	newRule := func() *Nesterov { return made(&Nesterov{LearningRate: 0.1, Mu: 0.9, Schedule: rate}) }
	if got, want := b.run(NewProximalL1(newRule(), 0), 5), b.run(newRule(), 5); !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
