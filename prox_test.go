package optim

import (
	"math"
	"strings"
	"testing"
)

func TestProximalL1(t *testing.T) {
	wantSteps(t, NewProximalL1(NewSGD(0.5), 2), 1,
		[]float64{3, -3, 0.5, nan}, []float64{2, 0, 0, 0}, []float64{1, -2, 0, nan})
}

// TestLasso compares with the minimum of ½‖x−c‖² + λ‖x‖₁: sign(c)·max(|c|−λ, 0).
func TestLasso(t *testing.T) {
	c := []float64{2, -1, 0.3, -0.2}
	x, g := make([]float64, 4), make([]float64, 4)
	opt := NewProximalL1(NewSGD(0.3), 0.5)
	for range 200 {
		for i := range g {
			g[i] = x[i] - c[i]
		}
		opt.Step(x, g)
	}
	for i, want := range []float64{1.5, -0.5, 0, 0} {
		if !(math.Abs(x[i]-want) <= 1e-15) {
			t.Errorf("x = %v", x)
		}
	}
}

// TestProximalL1Paths thresholds after an elementwise rule, and after one that needs the whole
// gradient.
func TestProximalL1Paths(t *testing.T) {
	schedule := InverseTime(0.1)
	b := newBowl(6)
	for _, opt := range []Optimizer{
		NewChain(NewChain(made(&SGD{LearningRate: 0.1, Schedule: schedule}), NewClipNorm(1e9)), L2(0.5)),
		NewChain(made(&SGD{LearningRate: 0.1, Schedule: schedule}), L2(0.5)),
	} {
		got := b.run(NewProximalL1(opt, 0.3), 20)
		x := make([]float64, 6)
		for step := range 20 {
			eta := 0.1 * schedule(step)
			for i := range x {
				x[i] -= eta * (b.a[i]*(x[i]-b.c[i]) + 0.5*x[i])
				x[i] = math.Copysign(max(math.Abs(x[i])-eta*0.3, 0), x[i])
			}
		}
		for i := range x {
			if !(math.Abs(got[i]-x[i]) <= 1e-14) {
				t.Errorf("%v, want %v", got, x)
			}
		}
	}
	opt := NewProximalL1(NewChain(NewChain(NewSGD(1), NewClipNorm(1)), L2(0)), 1)
	opt.Step(nil, nil)
	opt.Step(make([]float64, 2), make([]float64, 2))
	if got := message(func() { opt.Step(make([]float64, 3), make([]float64, 3)) }); got != "optim: ProximalL1.Step: len(params) = 3, want 2 as in the steps before" {
		t.Error(got)
	}
}

// TestProximalL1AroundAccumulate thresholds in the calls that step, and in no other.
func TestProximalL1AroundAccumulate(t *testing.T) {
	acc := NewAccumulate(NewSGD(0.5), 2)
	opt := NewProximalL1(acc, 4)
	x := []float64{16}
	for i, want := range []float64{16, 14, 14, 12, 12} {
		opt.Step(x, []float64{0})
		if x[0] != want {
			t.Errorf("after call %d x = %v, want %v", i+1, x[0], want)
		}
	}
	acc.Flush(x)
	if x[0] != 12 {
		t.Errorf("Flush thresholded to %v", x[0])
	}
}

func TestProximalL1Refuses(t *testing.T) {
	for _, c := range []struct {
		opt  Optimizer
		name string
	}{
		{Groups{}, "optim.Groups"},
		{new(stranger), "*optim.stranger"},
		{NewSkipNonFinite(NewSGD(1), 1), "*optim.SkipNonFinite"},
		{NewAccumulate(&lastTeller{}, 2), "*optim.Accumulate"}, // Rate of its last step is not 0 in the calls without a step
	} {
		want := "optim: NewProximalL1: " + c.name + " does not have the learning rate of the coming step; a user's type needs a method NextRate or Rate"
		if got := message(func() { NewProximalL1(c.opt, 1) }); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		want = strings.Replace(want, "NewProximalL1", "NewProximal", 1)
		for _, p := range []Prox{ProxL2(1), ProxGroup(1), ProxFunc(halve), struct{ Prox }{ProxSimplex(1)}} {
			if got := message(func() { NewProximal(c.opt, p) }); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
	for want, p := range map[string]Prox{"nil": nil, "a nil *optim.Box": (*Box)(nil), "a nil optim.ProxFunc": ProxFunc(nil)} {
		if got, want := message(func() { NewProximal(NewSGD(1), p) }), "optim: NewProximal: the prox is "+want; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestProjectedGradient minimises ½Σdᵢ(xᵢ−cᵢ)² over sets. By the conditions of Lagrange the minimum
// is xᵢ = max(cᵢ − τ/dᵢ, 0) on the simplex, sign(cᵢ)·max(|cᵢ| − τ/dᵢ, 0) on the ball of the
// 1-norm, and dᵢcᵢ/(dᵢ + τ) on that of the 2-norm. τ = 0.4 determines the sum or radius.
func TestProjectedGradient(t *testing.T) {
	const n, tau = 30, 0.4
	rng := seeded()
	b := bowl{make([]float64, n), make([]float64, n)}
	for i := range n {
		b.a[i], b.c[i] = 0.2+rng.Float64(), 2*rng.NormFloat64()
	}
	minimum := func(at func(d, c float64) float64) []float64 {
		return each(b.c, func(i int, c float64) float64 { return at(b.a[i], c) })
	}
	onSimplex := minimum(func(d, c float64) float64 { return math.Max(c-tau/d, 0) })
	onL1 := minimum(func(d, c float64) float64 { return threshold(c, tau/d) })
	onL2 := minimum(func(d, c float64) float64 { return d * c / (d + tau) })
	sum, _ := exactSum(onSimplex).Float64()
	norm, _ := exactSum(each(onL1, func(_ int, x float64) float64 { return math.Abs(x) })).Float64()
	for _, c := range []struct {
		prox Prox
		want []float64
	}{
		{ProxSimplex(sum), onSimplex},
		{ProxBallL1(norm), onL1},
		{ProxBallL2(exactNorm(onL2)), onL2},
		{ProxNonNegative(), minimum(func(_, c float64) float64 { return math.Max(c, 0) })},
		{ProxElasticNet(0.3, 0.2), minimum(func(d, c float64) float64 { return threshold(d*c, 0.3) / (d + 0.2) })},
	} {
		for _, opt := range []Optimizer{NewSGD(0.8), NewMomentum(0.2, 0.5), NewLookahead(NewSGD(0.8), 4, 0.5), NewNesterov(0.8, 0.5), &loud{SGD: NewSGD(0.8)}} {
			prox := c.prox
			if _, momentum := opt.(*Momentum); momentum && !projects(prox) {
				prox = ProxElasticNet(2*0.3, 2*0.2) // Momentum minimises f + (1−μ)h
			}
			got := b.run(NewProximal(opt, prox), 500)
			if nesterov, ok := opt.(*Nesterov); ok {
				nesterov.Iterate(got, got)
			}
			if !closeTo(got, c.want, 1e-13) {
				t.Errorf("%s with %s: %v, want %v", title(c.prox), title(opt), got, c.want)
			}
		}
	}
}

// TestProxFieldsBetweenSteps assigns the numbers of a prox between two steps.
func TestProxFieldsBetweenSteps(t *testing.T) {
	net, simplex, box := ProxL1(1), ProxSimplex(1), ProxNonNegative()
	l1 := NewProximalL1(NewSGD(0.5), 1)
	for _, c := range []struct {
		opt    Optimizer
		assign func()
		want   [2][]float64
	}{
		{NewProximal(NewSGD(0.5), net), func() { net.L1, net.L2 = 2, 2 }, [2][]float64{{3.5, 1.5}, {1.25, 0.25}}},
		{NewProximal(NewNesterov(0.5, 0), net), func() { net.L1, net.L2 = 0, 0 }, [2][]float64{{3.5, 1.5}, {3.5, 1.5}}},
		{l1, func() { l1.Lambda = 2 }, [2][]float64{{3.5, 1.5}, {2.5, 0.5}}},
		{NewProximal(NewSGD(0.5), simplex), func() { simplex.Sum = 3 }, [2][]float64{{1, 0}, {2, 1}}},
		{NewProximal(NewSGD(0.5), box), func() { box.Lower, box.Upper = nil, []float64{3, 1} }, [2][]float64{{4, 2}, {3, 1}}},
	} {
		net.L1, net.L2 = 1, 0
		x := []float64{4, 2}
		c.opt.Step(x, make([]float64, 2))
		if !sameBits(x, c.want[0]) {
			t.Errorf("%s: %v, want %v", title(c.opt), x, c.want[0])
		}
		c.assign()
		c.opt.Step(x, make([]float64, 2))
		if !sameBits(x, c.want[1]) {
			t.Errorf("%s: %v, want %v", title(c.opt), x, c.want[1])
		}
	}
}

// TestProximalStores restores the numbers of a prox, and the state of a user's.
func TestProximalStores(t *testing.T) {
	for _, pair := range [][2]Prox{
		{ProxElasticNet(1, 2), ProxElasticNet(0, 0)},
		{ProxSimplex(2), ProxSimplex(1)},
		{ProxBallL1(2), ProxBallL1(1)},
		{ProxBallL2(2), ProxBallL2(1)},
		{ProxGroup(2), ProxGroup(1)},
		{&ownProx{steps: 3}, new(ownProx)},
	} {
		transfer(t, NewProximal(NewSGD(1), pair[0]), NewProximal(NewSGD(0), pair[1]))
		if got, want := title(pair[1]), title(pair[0]); got != want {
			t.Errorf("restored %s, want %s", got, want)
		}
		transfer(t, pair[0], pair[1])
	}
	from := encoded(NewProximal(NewSGD(1), ProxSimplex(1)))
	for want, p := range map[string]Prox{
		"a Simplex, want an ElasticNet":     ProxL1(1),
		"a Simplex, want a Box":             ProxNonNegative(),
		"a Simplex, want an optim.ProxFunc": ProxFunc(halve),
	} {
		err := Unmarshal(from, NewProximal(NewSGD(1), p))
		if want := "optim: Unmarshal: state of Proximal: the data has " + want; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	own := &ownProx{steps: 3}
	if Reset(NewProximal(NewSGD(1), own)); own.steps != 0 {
		t.Errorf("Reset leaves %d steps of a user's prox", own.steps)
	}
}

// ownProx is a prox of the user's with state. It embeds one of this package.
type ownProx struct {
	Box
	steps int
}

func (p *ownProx) Apply(x []float64, eta float64) {
	p.steps++
	for i := range x {
		x[i] -= eta
	}
}

func (p *ownProx) MarshalBinary() ([]byte, error) { return []byte{byte(p.steps)}, nil }

func (p *ownProx) UnmarshalBinary(data []byte) error {
	p.steps = int(data[0])
	return nil
}

func (p *ownProx) Reset() { p.steps = 0 }

func (p *ownProx) String() string { return string(rune('0' + p.steps)) }

// TestOwnProx has a user's type that embeds a Box. Its own Apply is called once a step, with η of
// the step.
func TestOwnProx(t *testing.T) {
	for _, opt := range []Optimizer{NewSGD(0.5), NewNesterov(0.5, 0), NewLookahead(NewSGD(0.5), 2, 1), &lastTeller{eta: 0.5}} {
		own := new(ownProx)
		x := []float64{4, 2}
		NewProximal(opt, own).Step(x, []float64{2, 0})
		if own.steps != 1 || !sameBits(x, []float64{2.5, 1.5}) {
			t.Errorf("%s: %d calls, %v", title(opt), own.steps, x)
		}
	}
}

// TestProjectionWithoutRate projects behind optimizers whose learning rate is not known.
func TestProjectionWithoutRate(t *testing.T) {
	for name, make := range map[string]func() Optimizer{
		"Groups":        func() Optimizer { return Groups{{1, NewSGD(1)}, {1, NewSGD(2)}} },
		"SkipNonFinite": func() Optimizer { return NewSkipNonFinite(NewSGD(1), 1) },
		"plain":         func() Optimizer { return new(plain) },
		"Accumulate":    func() Optimizer { return NewAccumulate(Groups{{2, NewSGD(1)}}, 1) },
	} {
		for _, p := range []Prox{ProxNonNegative(), ProxSimplex(2), ProxBallL1(2), ProxBallL2(2)} {
			x, want, g := []float64{5, 1}, []float64{5, 1}, []float64{1, 8}
			make().Step(want, g)
			p.Apply(want, 1)
			if NewProximal(make(), p).Step(x, g); !sameBits(x, want) {
				t.Errorf("%s behind %s: %v, want %v", title(p), name, x, want)
			}
		}
	}
	for _, p := range []Prox{ProxBallL2(1), ProxNonNegative()} { // a rate of 0: nothing moves
		x := []float64{3, -4}
		NewProximal(NewSGD(0), p).Step(x, []float64{1, 1})
		if !sameBits(x, []float64{3, -4}) {
			t.Errorf("%s: η = 0 moves the parameters to %v", title(p), x)
		}
	}
}

// TestProximalAroundAccumulate projects in the calls that step, and in no other.
func TestProximalAroundAccumulate(t *testing.T) {
	for _, inner := range []Optimizer{NewSGD(0.5), NewNesterov(0.5, 0)} {
		opt := NewProximal(NewAccumulate(inner, 2), ProxSimplex(1))
		x := []float64{-1, 4}
		for i, want := range [][]float64{{-1, 4}, {0, 1}, {0, 1}} {
			if opt.Step(x, make([]float64, 2)); !sameBits(x, want) {
				t.Errorf("%s: after call %d x = %v, want %v", title(inner), i+1, x, want)
			}
		}
	}
}
