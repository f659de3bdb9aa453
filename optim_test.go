package optim

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// optimizers are the rows that every promise of Optimizer is tested on.
var optimizers = []struct {
	name    string
	vectors int // of state
	make    func() Optimizer
}{
	{"SGD", 0, func() Optimizer { return NewSGD(0.5) }},
	{"SGD/schedule", 0, func() Optimizer { return &SGD{LearningRate: 0.6, Schedule: InverseTime(1e-3)} }},
	{"Momentum", 1, func() Optimizer { return NewMomentum(0.1, 0.9) }},
	{"Momentum/dampening", 1, func() Optimizer { return &Momentum{LearningRate: 0.5, Mu: 0.8, Dampening: 0.4} }},
	{"Momentum/inside", 1, func() Optimizer {
		return &Momentum{LearningRate: 0.1, Mu: 0.9, RateInside: true, Schedule: Cosine(150, 0.1)}
	}},
	{"Nesterov", 1, func() Optimizer { return NewNesterov(0.1, 0.9) }},
	{"Nesterov/schedule", 1, func() Optimizer { return &Nesterov{LearningRate: 0.3, Mu: 0.8, Schedule: Exponential(0.999)} }},
	{"AdaGrad", 1, func() Optimizer { return NewAdaGrad(1) }},
	{"AdaGrad/options", 1, func() Optimizer {
		return &AdaGrad{LearningRate: 1, EpsilonRoot: 1e-8, Initial: 0.1, RateDecay: 1e-3}
	}},
	{"AdaDelta", 2, func() Optimizer { return &AdaDelta{LearningRate: 1, Rho: 0.9, Epsilon: 1e-3} }},
	{"RMSProp", 1, func() Optimizer {
		return &RMSProp{LearningRate: 0.05, Beta: 0.9, Epsilon: 1e-8, Schedule: InverseSqrt(0.5)}
	}},
	{"RMSProp/momentum", 2, func() Optimizer {
		return &RMSProp{LearningRate: 0.01, Beta: 0.99, Mu: 0.8, EpsilonRoot: 1e-8, Schedule: Polynomial(200, 1.5)}
	}},
	{"RMSProp/centered", 2, func() Optimizer {
		return &RMSProp{LearningRate: 0.02, Beta: 0.95, Epsilon: 0.1, Centered: true}
	}},
	{"RMSProp/centered/momentum", 3, func() Optimizer {
		return &RMSProp{LearningRate: 0.01, Beta: 0.95, Epsilon: 0.1, Mu: 0.8, Centered: true}
	}},
	{"Adam", 2, func() Optimizer {
		return &Adam{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Schedule: Cosine(200, 0)}
	}},
	{"AdamW", 2, func() Optimizer {
		o := NewAdamW(0.1, 1e-4)
		o.Schedule = Linear(1, 0, 200)
		return o
	}},
	{"AMSGrad", 3, func() Optimizer {
		return &AMSGrad{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, EpsilonRoot: 1e-16, WeightDecay: 1e-5}
	}},
	{"AdaMax", 2, func() Optimizer {
		return &AdaMax{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Schedule: Exponential(0.98)}
	}},
	{"NAdam", 2, func() Optimizer { o := NewNAdam(0.1); o.Schedule = Exponential(0.98); return o }},
	{"RAdam", 2, func() Optimizer { o := NewRAdam(0.1); o.Schedule = Cosine(200, 0); return o }},
	{"AdaBelief", 2, func() Optimizer {
		return &AdaBelief{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, EpsilonRoot: 1e-8, WeightDecay: 1e-5, Schedule: Cosine(200, 0)}
	}},
	{"Rprop", 2, func() Optimizer { return NewRprop(0.1) }},
	{"Lion", 1, func() Optimizer {
		return &Lion{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, WeightDecay: 1e-5, Schedule: Linear(1, 0, 200)}
	}},
	{"Chain", 2, func() Optimizer {
		return NewChain(&Adam{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Schedule: Cosine(200, 0)}, L2(1e-6))
	}},
	{"Chain/Convex", 2, func() Optimizer { return NewChain(&Nesterov{LearningRate: 0.5, Convex: true}, L2(1e-6)) }},
	{"Nesterov/convex", 1, func() Optimizer { return &Nesterov{LearningRate: 0.5, Convex: true} }},
	{"Chain/all", 2, func() Optimizer {
		o := NewAdam(0.1)
		o.Schedule = Cosine(200, 0)
		half := Elementwise(func(g, _ []float64) {
			for i := range g {
				g[i] *= 0.5
			}
		})
		return NewChain(o, NewClipNorm(3), ClipValue(1), half, L1(1e-7), L2(1e-7), NewDecay(1e-6))
	}},
	{"Chain/Chain", 3, func() Optimizer { return NewChain(NewChain(NewAdam(0.1), NewClipNorm(3)), L2(1e-6)) }},
	{"Chain/own", 1, func() Optimizer { return NewChain(&loud{SGD: NewSGD(0.5)}, NewClipNorm(5)) }},
	{"Average", 2, func() Optimizer { return NewAverage(NewMomentum(0.1, 0.9)) }},
	{"Average/exponential", 2, func() Optimizer {
		return NewExponentialAverage(NewChain(NewRMSProp(0.02), NewClipNorm(3)), 0.9)
	}},
	{"Average/tail", 1, func() Optimizer {
		o := NewAverage(&loud{SGD: NewSGD(0.5)})
		o.Start, o.Every = 5, 3
		return o
	}},
	{"Accumulate", 2, func() Optimizer { return NewAccumulate(NewMomentum(0.2, 0.8), 3) }},
	{"Accumulate/one", 0, func() Optimizer { return NewAccumulate(NewSGD(0.5), 1) }},
	{"Lookahead", 3, func() Optimizer { return NewLookahead(NewAdam(0.2), 5, 0.5) }},
	{"SkipNonFinite", 1, func() Optimizer { return NewSkipNonFinite(NewMomentum(0.1, 0.9), 3) }},
	{"ProximalL1", 1, func() Optimizer { return NewProximalL1(NewMomentum(0.1, 0.9), 1e-6) }},
	{"ScheduleFreeSGD", 1, func() Optimizer {
		o := NewScheduleFreeSGD(1)
		o.Schedule = Warmup(10, nil)
		return o
	}},
	{"ScheduleFreeAdamW", 2, func() Optimizer { return NewScheduleFreeAdamW(0.1, 1e-5) }},
	{"LBFGS", 11, func() Optimizer { return NewLBFGS(3) }},
	{"LBFGS/search", 13, func() Optimizer { o := NewLBFGS(3); o.Problem = bowlProblem(); return o }},
	{"HessianFree", 6, func() Optimizer { return NewHessianFree(bowlProduct) }},
	{"HessianFree/search", 8, func() Optimizer {
		o := NewHessianFree(bowlProduct)
		o.Damping, o.AdaptDamping, o.Problem = 0.1, true, bowlProblem()
		return o
	}},
	{"BFGS", 0, func() Optimizer { return NewBFGS() }},
	{"DFP", 0, func() Optimizer { return NewDFP() }},
	{"SR1", 0, func() Optimizer { return NewSR1() }},
	{"BFGS/search", 0, func() Optimizer { o := NewBFGS(); o.Problem = bowlProblem(); return o }},
	{"BFGS/backtracking", 0, func() Optimizer {
		o := NewBFGS()
		o.Problem = &optimize.Problem{Func: bowlProblem().Func}
		return o
	}},
	{"Newton", 0, func() Optimizer { o := NewNewton(bowlHessian); o.LearningRate, o.Every = 0.5, 3; return o }},
	{"Newton/search", 0, func() Optimizer { o := NewNewton(bowlHessian); o.Problem = bowlProblem(); return o }},
	{"Coordinate", 1, func() Optimizer {
		return &Coordinate{LearningRate: 0.6, L1: 1e-7, L2: 1e-6, Block: 1 << 20, Schedule: InverseTime(1e-3)}
	}},
	{"Coordinate/blocks", 1, func() Optimizer { o := NewCoordinate(Cyclic); o.LearningRate, o.Block = 0.6, 7; return o }},
	{"Coordinate/greedy", 0, func() Optimizer { o := NewCoordinate(Greedy); o.LearningRate, o.Block = 0.6, 5; return o }},
	{"nest", 6, func() Optimizer {
		o := NewAdamW(0.1, 1e-5)
		o.Schedule = Warmup(10, Cosine(200, 0.1))
		inner := NewExponentialAverage(NewChain(o, NewClipNorm(3), NewDecay(1e-6)), 0.99)
		return NewSkipNonFinite(NewLookahead(NewAccumulate(NewAverage(inner), 2), 4, 0.6), 2)
	}},
}

// dense tells the rows that keep a matrix, which are not for long vectors.
func dense(name string) bool {
	switch name, _, _ = strings.Cut(name, "/"); name {
	case "BFGS", "DFP", "SR1", "Newton":
		return true
	}
	return false
}

// borrows tells the rows whose last bits are those of gonum's code, which may
// differ from processor to processor.
func borrows(name string) bool {
	return strings.HasPrefix(name, "Newton") || strings.HasSuffix(name, "/search") || strings.HasSuffix(name, "/backtracking")
}

// couples tells the rows in which a coordinate depends on the others.
func couples(name string) bool {
	if dense(name) || borrows(name) {
		return true
	}
	switch name {
	case "Nesterov/convex", "Chain/Convex", "Chain/all", "Chain/Chain", "Chain/own", "Average/exponential", "SkipNonFinite", "nest",
		"Coordinate/blocks", "Coordinate/greedy", "LBFGS", "HessianFree":
		return true
	}
	return false
}

// bowl is ½Σaᵢ(xᵢ−cᵢ)² with aᵢ in [½, 1½] and cᵢ in [−1, 1]. Its gradient has
// the same bits everywhere.
type bowl struct{ a, c []float64 }

func newBowl(n int) bowl {
	rng := rand.New(rand.NewPCG(7, 8))
	b := bowl{make([]float64, n), make([]float64, n)}
	for i := range n {
		b.a[i], b.c[i] = 0.5+rng.Float64(), float64(2*rng.Float64())-1
	}
	return b
}

var wide = newBowl(1 << 16)

func bowlOf(n int) bowl { return bowl{wide.a[:n], wide.c[:n]} }

// bowlProblem is the bowl of any length.
func bowlProblem() *optimize.Problem {
	return &optimize.Problem{
		Func: func(x []float64) float64 { return bowlOf(len(x)).value(x) },
		Grad: func(g, x []float64) { bowlOf(len(x)).gradient(g, x) },
	}
}

func bowlProduct(dst, x, v []float64) {
	for i, a := range bowlOf(len(x)).a {
		dst[i] = a * v[i]
	}
}

func bowlHessian(dst *mat.SymDense, x []float64) {
	dst.Zero()
	for i, a := range bowlOf(len(x)).a {
		dst.SetSym(i, i, a)
	}
}

func (b bowl) value(x []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += b.a[i] * (x[i] - b.c[i]) * (x[i] - b.c[i]) / 2
	}
	return sum
}

func (b bowl) gradient(g, x []float64) {
	for i := range x {
		g[i] = b.a[i] * (x[i] - b.c[i])
	}
}

// run takes steps from the origin.
func (b bowl) run(opt Optimizer, steps int) (x []float64) {
	x, g := make([]float64, len(b.a)), make([]float64, len(b.a))
	for range steps {
		b.gradient(g, x)
		opt.Step(x, g)
	}
	return x
}

// parallel makes every step parallel, in pieces of the given length, on so many
// goroutines, until the test ends.
func parallel(t testing.TB, piece, goroutines int) {
	from, length, procs := parallelFrom, pieceLen, runtime.GOMAXPROCS(goroutines)
	parallelFrom, pieceLen = 1, piece
	t.Cleanup(func() {
		parallelFrom, pieceLen = from, length
		runtime.GOMAXPROCS(procs)
	})
}

func sameBits(a, b []float64) bool {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestConverges(t *testing.T) {
	for _, row := range optimizers {
		b := newBowl(50)
		start := b.value(make([]float64, 50))
		if end := b.value(b.run(row.make(), 200)); !(end < 1e-3*start) {
			t.Errorf("%s: from %v to %v", row.name, start, end)
		}
	}
}

func TestGradsAreLeftAlone(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		x, g := []float64{1, 2, 3}, []float64{4, -5, 6}
		for range 3 {
			opt.Step(x, g)
		}
		if !sameBits(g, []float64{4, -5, 6}) {
			t.Errorf("%s: grads are now %v", row.name, g)
		}
	}
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool drops what it is given when it looks for races")
	}
	fillRuntimeLists(t)
	for _, row := range optimizers {
		for _, goroutines := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s/%d", row.name, goroutines), func(t *testing.T) {
				if goroutines > 0 {
					parallel(t, 512, goroutines)
				}
				opt, n := row.make(), 4096
				if strings.HasPrefix(row.name, "Newton") {
					t.Skip("gonum's linear algebra allocates")
				}
				if dense(row.name) {
					n = 64
				}
				x, g := make([]float64, n), make([]float64, n)
				opt.Step(x, g)
				if n := allocations(func() { opt.Step(x, g) }); n > 0 {
					t.Errorf("%v allocations in 100 steps", n)
				}
			})
		}
	}
}

// fillRuntimeLists makes so many steps that the runtime's lists of goroutines
// that ended, one a processor, are as long as they get: then it makes no new
// ones.
func fillRuntimeLists(t *testing.T) {
	t.Run("runtime", func(t *testing.T) {
		parallel(t, 512, 2)
		opt, x, g := NewSGD(1), make([]float64, 4096), make([]float64, 4096)
		for range 20000 {
			opt.Step(x, g)
		}
	})
}

// allocations counts those of 100 calls, the least of many tries, since the
// runtime itself allocates now and then. (testing.AllocsPerRun would allow one
// processor only.)
func allocations(f func()) uint64 {
	least := uint64(math.MaxUint64)
	for try := 0; try < 50 && least > 0; try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			f()
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least
}

// TestState weighs what the first steps allocate: the vectors of the rule and
// next to nothing else.
func TestState(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool drops what it is given when it looks for races")
	}
	const n = 1 << 16
	for _, row := range optimizers {
		if dense(row.name) {
			continue
		}
		opt := row.make()
		x, g := make([]float64, n), make([]float64, n)
		before := allocated()
		for range 6 { // as many as it takes until the slowest has its state
			bowlOf(n).gradient(g, x)
			opt.Step(x, g)
		}
		bytes := float64(allocated() - before)
		if want := float64(8 * n * row.vectors); bytes < want || bytes > want+2e4 {
			t.Errorf("%s: the first steps allocate %v vectors, want %d", row.name, bytes/(8*n), row.vectors)
		}
	}
}

func TestGoroutines(t *testing.T) {
	const n = 1000
	b := newBowl(n)
	for _, row := range optimizers {
		if dense(row.name) {
			continue
		}
		want := b.run(row.make(), 20)
		for goroutines := 1; goroutines <= 16; goroutines++ {
			t.Run(fmt.Sprintf("%s/%d", row.name, goroutines), func(t *testing.T) {
				parallel(t, 10+goroutines, goroutines)
				if got := b.run(row.make(), 20); !sameBits(got, want) {
					t.Errorf("other bits on %d goroutines", goroutines)
				}
			})
		}
	}
}

func TestSplit(t *testing.T) {
	const n = 100
	b := newBowl(n)
	for _, row := range optimizers {
		if couples(row.name) {
			continue
		}
		want := b.run(row.make(), 20)
		for cut := range n {
			left, right := bowl{b.a[:cut], b.c[:cut]}, bowl{b.a[cut:], b.c[cut:]}
			if got := append(left.run(row.make(), 20), right.run(row.make(), 20)...); !sameBits(got, want) {
				t.Fatalf("%s: other bits when cut at %d", row.name, cut)
			}
		}
	}
}

func TestNoParameters(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		opt.Step(nil, nil)
		opt.Step([]float64{}, nil)
		b := newBowl(5)
		if got, want := b.run(opt, 3), b.run(row.make(), 3); !sameBits(got, want) {
			t.Errorf("%s: steps without parameters changed the steps after them", row.name)
		}
	}
}

func TestNaNStaysInItsCoordinate(t *testing.T) {
	for _, row := range optimizers {
		if couples(row.name) {
			continue
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			b := newBowl(30)
			want := b.run(row.make(), 10)
			opt := row.make()
			x, g := make([]float64, 30), make([]float64, 30)
			for step := range 10 {
				b.gradient(g, x)
				if step == 4 {
					g[7] = bad
				}
				opt.Step(x, g)
			}
			if math.IsNaN(bad) && !math.IsNaN(x[7]) {
				t.Errorf("%s: NaN did not reach its coordinate", row.name)
			}
			x[7] = want[7]
			if !sameBits(x, want) {
				t.Errorf("%s: %v reached other coordinates", row.name, bad)
			}
		}
	}
}

// message is what f panics with.
func message(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	f()
	return "no panic"
}

func TestLengths(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		rule := strings.TrimPrefix(fmt.Sprintf("%T", opt), "*optim.")
		if got, want := message(func() { opt.Step(make([]float64, 3), make([]float64, 4)) }),
			"optim: "+rule+".Step: len(params) = 3, len(grads) = 4, want the same"; got != want {
			t.Errorf("%s: %s, want %s", row.name, got, want)
		}
		b := newBowl(6)
		before := b.run(opt, 2)
		for _, n := range []int{0, 5, 7} {
			if got, want := message(func() { opt.Step(make([]float64, n), make([]float64, n)) }),
				fmt.Sprintf("optim: %s.Step: len(params) = %d, want 6 as in the steps before", rule, n); got != want {
				t.Errorf("%s: %s, want %s", row.name, got, want)
			}
		}
		g := make([]float64, 6)
		b.gradient(g, before)
		opt.Step(before, g)
		if want := b.run(row.make(), 3); !sameBits(before, want) {
			t.Errorf("%s: refused steps changed the state", row.name)
		}
	}
}

var nan, inf = math.NaN(), math.Inf(1)

// outOfRange spoils one field of an optimizer that has taken two steps.
var outOfRange = []struct {
	opt   Optimizer
	spoil func(o Optimizer)
	want  string
}{
	{NewSGD(1), func(o Optimizer) { o.(*SGD).LearningRate = -1 }, "optim: SGD.LearningRate = -1, want [0, +Inf)"},
	{NewSGD(1), func(o Optimizer) { o.(*SGD).LearningRate = inf }, "optim: SGD.LearningRate = +Inf, want [0, +Inf)"},
	{NewSGD(1), func(o Optimizer) { o.(*SGD).LearningRate = nan }, "optim: SGD.LearningRate = NaN, want [0, +Inf)"},
	{NewSGD(1), func(o Optimizer) { o.(*SGD).Schedule = func(t int) float64 { return -float64(t) } }, "optim: SGD.Schedule(2) = -2, want [0, +Inf)"},
	{NewMomentum(1, 0.9), func(o Optimizer) { o.(*Momentum).Mu = 1 }, "optim: Momentum.Mu = 1, want [0, 1)"},
	{NewMomentum(1, 0.9), func(o Optimizer) { o.(*Momentum).Dampening = 1.5 }, "optim: Momentum.Dampening = 1.5, want [0, 1]"},
	{NewMomentum(1, 0.9), func(o Optimizer) { o.(*Momentum).LearningRate = nan }, "optim: Momentum.LearningRate = NaN, want [0, +Inf)"},
	{NewNesterov(1, 0.9), func(o Optimizer) { o.(*Nesterov).Mu = nan }, "optim: Nesterov.Mu = NaN, want [0, 1)"},
	{NewAdaGrad(1), func(o Optimizer) { o.(*AdaGrad).Epsilon = -1 }, "optim: AdaGrad.Epsilon = -1, want [0, +Inf)"},
	{NewAdaGrad(1), func(o Optimizer) { o.(*AdaGrad).EpsilonRoot = inf }, "optim: AdaGrad.EpsilonRoot = +Inf, want [0, +Inf)"},
	{NewAdaGrad(1), func(o Optimizer) { o.(*AdaGrad).Initial = -1 }, "optim: AdaGrad.Initial = -1, want [0, +Inf)"},
	{NewAdaGrad(1), func(o Optimizer) { o.(*AdaGrad).RateDecay = -1 }, "optim: AdaGrad.RateDecay = -1, want [0, +Inf)"},
	{NewAdaDelta(1), func(o Optimizer) { o.(*AdaDelta).Rho = 1 }, "optim: AdaDelta.Rho = 1, want [0, 1)"},
	{NewAdaDelta(1), func(o Optimizer) { o.(*AdaDelta).Epsilon = -1 }, "optim: AdaDelta.Epsilon = -1, want [0, +Inf)"},
	{NewRMSProp(1), func(o Optimizer) { o.(*RMSProp).Beta = -0.1 }, "optim: RMSProp.Beta = -0.1, want [0, 1)"},
	{NewRMSProp(1), func(o Optimizer) { o.(*RMSProp).Mu = 1 }, "optim: RMSProp.Mu = 1, want [0, 1)"},
	{NewRMSProp(1), func(o Optimizer) { o.(*RMSProp).Epsilon = nan }, "optim: RMSProp.Epsilon = NaN, want [0, +Inf)"},
	{NewRMSProp(1), func(o Optimizer) { o.(*RMSProp).EpsilonRoot = -1 }, "optim: RMSProp.EpsilonRoot = -1, want [0, +Inf)"},
	{NewAdam(1), func(o Optimizer) { o.(*Adam).Beta1 = 1.5 }, "optim: Adam.Beta1 = 1.5, want [0, 1)"},
	{NewAdam(1), func(o Optimizer) { o.(*Adam).Beta2 = 1 }, "optim: Adam.Beta2 = 1, want [0, 1)"},
	{NewAdam(1), func(o Optimizer) { o.(*Adam).Epsilon = -1e-8 }, "optim: Adam.Epsilon = -1e-08, want [0, +Inf)"},
	{NewAdam(1), func(o Optimizer) { o.(*Adam).EpsilonRoot = -1 }, "optim: Adam.EpsilonRoot = -1, want [0, +Inf)"},
	{NewAdam(1), func(o Optimizer) { o.(*Adam).WeightDecay = -1 }, "optim: Adam.WeightDecay = -1, want [0, +Inf)"},
	{NewAMSGrad(1), func(o Optimizer) { o.(*AMSGrad).Beta1 = 1 }, "optim: AMSGrad.Beta1 = 1, want [0, 1)"},
	{NewAMSGrad(1), func(o Optimizer) { o.(*AMSGrad).Beta2 = 1 }, "optim: AMSGrad.Beta2 = 1, want [0, 1)"},
	{NewAMSGrad(1), func(o Optimizer) { o.(*AMSGrad).Epsilon = -1 }, "optim: AMSGrad.Epsilon = -1, want [0, +Inf)"},
	{NewAMSGrad(1), func(o Optimizer) { o.(*AMSGrad).EpsilonRoot = -1 }, "optim: AMSGrad.EpsilonRoot = -1, want [0, +Inf)"},
	{NewAMSGrad(1), func(o Optimizer) { o.(*AMSGrad).WeightDecay = -1 }, "optim: AMSGrad.WeightDecay = -1, want [0, +Inf)"},
	{NewAdaMax(1), func(o Optimizer) { o.(*AdaMax).Beta1 = 1 }, "optim: AdaMax.Beta1 = 1, want [0, 1)"},
	{NewAdaMax(1), func(o Optimizer) { o.(*AdaMax).Beta2 = 1 }, "optim: AdaMax.Beta2 = 1, want [0, 1)"},
	{NewAdaMax(1), func(o Optimizer) { o.(*AdaMax).Epsilon = -1 }, "optim: AdaMax.Epsilon = -1, want [0, +Inf)"},
	{NewNAdam(1), func(o Optimizer) { o.(*NAdam).Beta1 = 1 }, "optim: NAdam.Beta1 = 1, want [0, 1)"},
	{NewNAdam(1), func(o Optimizer) { o.(*NAdam).Beta2 = 1 }, "optim: NAdam.Beta2 = 1, want [0, 1)"},
	{NewNAdam(1), func(o Optimizer) { o.(*NAdam).Epsilon = -1 }, "optim: NAdam.Epsilon = -1, want [0, +Inf)"},
	{NewNAdam(1), func(o Optimizer) { o.(*NAdam).MomentumDecay = -1 }, "optim: NAdam.MomentumDecay = -1, want [0, +Inf)"},
	{NewRAdam(1), func(o Optimizer) { o.(*RAdam).Beta1 = 1 }, "optim: RAdam.Beta1 = 1, want [0, 1)"},
	{NewRAdam(1), func(o Optimizer) { o.(*RAdam).Beta2 = 1 }, "optim: RAdam.Beta2 = 1, want [0, 1)"},
	{NewRAdam(1), func(o Optimizer) { o.(*RAdam).Epsilon = -1 }, "optim: RAdam.Epsilon = -1, want [0, +Inf)"},
	{NewRAdam(1), func(o Optimizer) { o.(*RAdam).EpsilonRoot = -1 }, "optim: RAdam.EpsilonRoot = -1, want [0, +Inf)"},
	{NewRAdam(1), func(o Optimizer) { o.(*RAdam).WeightDecay = -1 }, "optim: RAdam.WeightDecay = -1, want [0, +Inf)"},
	{NewAdaBelief(1), func(o Optimizer) { o.(*AdaBelief).Beta1 = 1 }, "optim: AdaBelief.Beta1 = 1, want [0, 1)"},
	{NewAdaBelief(1), func(o Optimizer) { o.(*AdaBelief).Beta2 = 1 }, "optim: AdaBelief.Beta2 = 1, want [0, 1)"},
	{NewAdaBelief(1), func(o Optimizer) { o.(*AdaBelief).Epsilon = -1 }, "optim: AdaBelief.Epsilon = -1, want [0, +Inf)"},
	{NewAdaBelief(1), func(o Optimizer) { o.(*AdaBelief).EpsilonRoot = -1 }, "optim: AdaBelief.EpsilonRoot = -1, want [0, +Inf)"},
	{NewAdaBelief(1), func(o Optimizer) { o.(*AdaBelief).WeightDecay = -1 }, "optim: AdaBelief.WeightDecay = -1, want [0, +Inf)"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).LearningRate = -1 }, "optim: Rprop.LearningRate = -1, want [0, +Inf)"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).Shrink = 1 }, "optim: Rprop.Shrink = 1, want (0, 1)"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).Shrink = 0 }, "optim: Rprop.Shrink = 0, want (0, 1)"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).Min = 0 }, "optim: Rprop.Min = 0, want (0, Max = 50]"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).Grow = inf }, "optim: Rprop.Grow = +Inf, want (1, +Inf)"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).Grow = 1 }, "optim: Rprop.Grow = 1, want (1, +Inf)"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).Min = 60 }, "optim: Rprop.Min = 60, want (0, Max = 50]"},
	{NewRprop(1), func(o Optimizer) { o.(*Rprop).Max = inf }, "optim: Rprop.Max = +Inf, want [0, +Inf)"},
	{NewLion(1), func(o Optimizer) { o.(*Lion).Beta1 = 1 }, "optim: Lion.Beta1 = 1, want [0, 1)"},
	{NewLion(1), func(o Optimizer) { o.(*Lion).Beta2 = 1 }, "optim: Lion.Beta2 = 1, want [0, 1)"},
	{NewLion(1), func(o Optimizer) { o.(*Lion).WeightDecay = -1 }, "optim: Lion.WeightDecay = -1, want [0, +Inf)"},
	{NewChain(NewAdam(1)), func(o Optimizer) { o.(*Chain).opt.(*Adam).Beta1 = 2 }, "optim: Adam.Beta1 = 2, want [0, 1)"},
	{NewChain(NewSGD(1), NewClipNorm(1)), func(o Optimizer) { o.(*Chain).before[0].(*ClipNorm).Max = -1 }, "optim: ClipNorm.Max = -1, want [0, +Inf)"},
	{NewChain(NewSGD(1), L1(0)), func(o Optimizer) { o.(*Chain).before[0] = L1(nan) }, "optim: L1.λ = NaN, want [0, +Inf)"},
	{NewChain(NewSGD(1), ClipValue(0)), func(o Optimizer) { o.(*Chain).before[0] = ClipValue(-2) }, "optim: ClipValue.c = -2, want [0, +Inf)"},
	{NewChain(NewSGD(1), NewDecay(0)), func(o Optimizer) { o.(*Chain).before[0].(*Decay).Lambda = -1 }, "optim: Decay.Lambda = -1, want [0, +Inf)"},
	{NewAverage(NewAdam(1)), func(o Optimizer) { o.(*Average).Decay = 1 }, "optim: Average.Decay = 1, want [0, 1)"},
	{NewAverage(NewAdam(1)), func(o Optimizer) { o.(*Average).Every = 0 }, "optim: Average.Every = 0, want at least 1"},
	{NewAverage(NewAdam(1)), func(o Optimizer) { o.(*Average).Start = -1 }, "optim: Average.Start = -1, want at least 0"},
	{NewAverage(NewAdam(1)), func(o Optimizer) { o.(*Average).opt.(*Adam).Beta2 = 1 }, "optim: Adam.Beta2 = 1, want [0, 1)"},
	{NewAccumulate(NewAdam(1), 3), func(o Optimizer) { o.(*Accumulate).K = 0 }, "optim: Accumulate.K = 0, want at least 1"},
	{NewAccumulate(NewAdam(1), 3), func(o Optimizer) { o.(*Accumulate).opt.(*Adam).Beta1 = 1 }, "optim: Adam.Beta1 = 1, want [0, 1)"},
	{NewLookahead(NewAdam(1), 3, 0.5), func(o Optimizer) { o.(*Lookahead).K = 0 }, "optim: Lookahead.K = 0, want at least 1"},
	{NewLookahead(NewAdam(1), 3, 0.5), func(o Optimizer) { o.(*Lookahead).Alpha = 2 }, "optim: Lookahead.Alpha = 2, want [0, 1]"},
	{NewLookahead(NewAdam(1), 3, 0.5), func(o Optimizer) { o.(*Lookahead).opt.(*Adam).Beta1 = 1 }, "optim: Adam.Beta1 = 1, want [0, 1)"},
	{NewSkipNonFinite(NewAdam(1), 3), func(o Optimizer) { o.(*SkipNonFinite).Limit = 0 }, "optim: SkipNonFinite.Limit = 0, want at least 1"},
	{NewSkipNonFinite(NewAdam(1), 3), func(o Optimizer) { o.(*SkipNonFinite).opt.(*Adam).Beta1 = 1 }, "optim: Adam.Beta1 = 1, want [0, 1)"},
	{NewProximalL1(NewAdam(1), 1), func(o Optimizer) { o.(*ProximalL1).Lambda = -1 }, "optim: ProximalL1.Lambda = -1, want [0, +Inf)"},
	{Groups{{2, NewSGD(1)}, {1, NewAdam(1)}}, func(o Optimizer) { o.(Groups)[1].Optimizer.(*Adam).Beta1 = 1 }, "optim: Adam.Beta1 = 1, want [0, 1)"},
	{Groups{{2, NewSGD(1)}, {1, NewAdam(1)}}, func(o Optimizer) { o.(Groups)[1].Len = 2 }, "optim: Groups.Step: len(params) = 3, but the groups have 4"},
	{Groups{{2, NewSGD(1)}, {1, NewAdam(1)}}, func(o Optimizer) { o.(Groups)[1].Len = -1 }, "optim: Groups[1].Len = -1, want at least 0"},
	{NewScheduleFreeSGD(1), func(o Optimizer) { o.(*ScheduleFreeSGD).Beta = 0 }, "optim: ScheduleFreeSGD.Beta = 0, want (0, 1)"},
	{NewScheduleFreeSGD(1), func(o Optimizer) { o.(*ScheduleFreeSGD).WeightDecay = -1 }, "optim: ScheduleFreeSGD.WeightDecay = -1, want [0, +Inf)"},
	{NewScheduleFreeAdamW(1, 0), func(o Optimizer) { o.(*ScheduleFreeAdamW).Beta1 = 1 }, "optim: ScheduleFreeAdamW.Beta1 = 1, want (0, 1)"},
	{NewScheduleFreeAdamW(1, 0), func(o Optimizer) { o.(*ScheduleFreeAdamW).Beta2 = 1 }, "optim: ScheduleFreeAdamW.Beta2 = 1, want [0, 1)"},
	{NewScheduleFreeAdamW(1, 0), func(o Optimizer) { o.(*ScheduleFreeAdamW).Epsilon = -1 }, "optim: ScheduleFreeAdamW.Epsilon = -1, want [0, +Inf)"},
	{NewScheduleFreeAdamW(1, 0), func(o Optimizer) { o.(*ScheduleFreeAdamW).WeightDecay = nan }, "optim: ScheduleFreeAdamW.WeightDecay = NaN, want [0, +Inf)"},
	{NewLBFGS(2), func(o Optimizer) { o.(*LBFGS).LearningRate = -1 }, "optim: LBFGS.LearningRate = -1, want [0, +Inf)"},
	{NewBFGS(), func(o Optimizer) { o.(*QuasiNewton).LearningRate = nan }, "optim: QuasiNewton.LearningRate = NaN, want [0, +Inf)"},
	{NewNewton(bowlHessian), func(o Optimizer) { o.(*Newton).LearningRate = inf }, "optim: Newton.LearningRate = +Inf, want [0, +Inf)"},
	{NewNewton(bowlHessian), func(o Optimizer) { o.(*Newton).Every = 0 }, "optim: Newton.Every = 0, want at least 1"},
	{NewNewton(bowlHessian), func(o Optimizer) { o.(*Newton).Mode = 3 }, "optim: Newton.Mode = 3, want Shifted, Plain or SaddleFree"},
	{NewNewton(bowlHessian), func(o Optimizer) { o.(*Newton).hess = nil }, "optim: Newton: no Hessian; want a function in NewNewton, or Problem.Hess"},
	{NewHessianFree(bowlProduct), func(o Optimizer) { o.(*HessianFree).LearningRate = -1 }, "optim: HessianFree.LearningRate = -1, want [0, +Inf)"},
	{NewHessianFree(bowlProduct), func(o Optimizer) { o.(*HessianFree).Damping = -1 }, "optim: HessianFree.Damping = -1, want [0, +Inf)"},
	{NewHessianFree(bowlProduct), func(o Optimizer) { o.(*HessianFree).Products = 0 }, "optim: HessianFree.Products = 0, want at least 1"},
	{NewHessianFree(bowlProduct), func(o Optimizer) { o.(*HessianFree).hessVec = nil }, "optim: HessianFree: no products; want a function in NewHessianFree, or Problem.Grad"},
	{NewChain(NewSGD(1), L2(0)), func(o Optimizer) { o.(*Chain).before[0] = L2(-1) }, "optim: L2.λ = -1, want [0, +Inf)"},
	{NewCoordinate(Cyclic), func(o Optimizer) { o.(*Coordinate).LearningRate = -1 }, "optim: Coordinate.LearningRate = -1, want [0, +Inf)"},
	{NewCoordinate(Cyclic), func(o Optimizer) { o.(*Coordinate).L1 = nan }, "optim: Coordinate.L1 = NaN, want [0, +Inf)"},
	{NewCoordinate(Greedy), func(o Optimizer) { o.(*Coordinate).L2 = -1 }, "optim: Coordinate.L2 = -1, want [0, +Inf)"},
	{NewCoordinate(Cyclic), func(o Optimizer) { o.(*Coordinate).Block = 0 }, "optim: Coordinate.Block = 0, want at least 1"},
	{NewCoordinate(Cyclic), func(o Optimizer) { o.(*Coordinate).Active = -1 }, "optim: Coordinate.Active = -1, want at least 0"},
	{NewCoordinate(Cyclic), func(o Optimizer) { o.(*Coordinate).Lipschitz = []float64{1, 2} }, "optim: Coordinate.Lipschitz: len = 2, want 3, one a parameter"},
	{NewCoordinate(Greedy), func(o Optimizer) { o.(*Coordinate).Lipschitz = []float64{1, 2, -3} }, "optim: Coordinate.Lipschitz[2] = -3, want [0, +Inf)"},
	{NewCoordinate(Random(rand.New(rand.NewPCG(1, 2)))), func(o Optimizer) { o.(*Coordinate).Lipschitz = []float64{1, nan, 3} }, "optim: Coordinate.Lipschitz[1] = NaN, want [0, +Inf)"},
}

// encoded is the encoding of an optimizer, which holds all of its state.
func encoded(opt Optimizer) []byte {
	data, err := opt.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic(err)
	}
	return data
}

func TestOutOfRange(t *testing.T) {
	for _, c := range outOfRange {
		x, g := []float64{1, 2, 3}, []float64{0.1, 0.2, 0.3}
		c.opt.Step(x, g)
		c.opt.Step(x, g)
		before := append([]float64(nil), x...)
		c.spoil(c.opt)
		spoiled, _ := appendBinary(nil, c.opt.(stateful)) // all of it, though it may not be valid
		if got := message(func() { c.opt.Step(x, g) }); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
		if !sameBits(x, before) {
			t.Errorf("%s: params changed", c.want)
		}
		if after, _ := appendBinary(nil, c.opt.(stateful)); !bytes.Equal(after, spoiled) {
			t.Errorf("%s: state changed", c.want)
		}
	}
}

// loud has a Step of its own.
type loud struct {
	*SGD
	heard int
}

func (l *loud) Step(params, grads []float64) {
	l.heard++
	l.SGD.Step(params, grads)
}

func TestEmbeddingTypeGetsItsOwnStep(t *testing.T) {
	l := &loud{SGD: NewSGD(1)}
	x := []float64{1}
	NewChain(l, L2(0)).Step(x, []float64{0.25})
	if l.heard != 1 || x[0] != 0.75 {
		t.Errorf("heard %d steps, x = %v", l.heard, x)
	}
}

// TestPanicOnAGoroutine checks that the panic of a user's function comes to the
// caller of Step, and that the optimizer works on after it.
func TestPanicOnAGoroutine(t *testing.T) {
	parallel(t, 16, 4)
	x, g := make([]float64, 1000), make([]float64, 1000)
	tripwire := &tripwire{at: 500}
	c := NewChain(NewSGD(1), tripwire)
	if got := message(func() { c.Step(x, g) }); got != "tripped" {
		t.Errorf("got %q", got)
	}
	tripwire.at = -1
	c.Step(x, g)
}

// TestGoexitInATransform ends the goroutine in the middle of a step, as a
// failing test does; the next step must not wait for it.
func TestGoexitInATransform(t *testing.T) {
	parallel(t, 16, 4)
	x, g := make([]float64, 1000), make([]float64, 1000)
	var exits atomic.Int64
	exits.Store(100)
	c := NewChain(NewSGD(1), Elementwise(func(_, _ []float64) {
		if exits.Add(-1) >= 0 {
			runtime.Goexit()
		}
	}))
	for range 100 {
		done := make(chan bool)
		go func() {
			defer close(done)
			c.Step(x, g)
		}()
		<-done
	}
	fill(g, 1)
	if c.Step(x, g); x[0] != -1 || x[999] != -1 {
		t.Errorf("x from %v to %v after all, want -1", x[0], x[999])
	}
}

type tripwire struct{ at int }

func (w *tripwire) Begin(_, _ []float64) {}

func (w *tripwire) Apply(lo int, grads, _ []float64) {
	if lo <= w.at && w.at < lo+len(grads) {
		panic("tripped")
	}
}

var update = flag.Bool("update", false, "rewrite the digests and states in testdata")

// updated writes v to the file if it is asked to.
func updated(t *testing.T, file string, v any) {
	t.Helper()
	if *update {
		text, _ := json.MarshalIndent(v, "", "\t")
		if err := os.WriteFile(file, append(text, '\n'), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDigests holds the bits of 200 steps of every row, and of every schedule,
// against those that are written down. It runs on every processor and with
// every build: with assembly and without, and fused multiply-adds at hand.
func TestDigests(t *testing.T) {
	digests := map[string]string{}
	const n = 1007
	rows := slices.Clone(optimizers)
	rows = append(rows, rows[0])
	rows[len(rows)-1].name, rows[len(rows)-1].make = "Chain/noise", func() Optimizer {
		return NewChain(NewSGD(0.1), NewNoise(0.1, rand.New(rand.NewPCG(17, 18))))
	}
	for _, row := range rows {
		if borrows(row.name) {
			continue
		}
		opt, n := row.make(), n
		if dense(row.name) {
			n = 57
		}
		b := newBowl(n)
		rng := rand.New(rand.NewPCG(9, 10))
		x, g := make([]float64, n), make([]float64, n)
		hash := sha256.New()
		for step := range 200 {
			b.gradient(g, x)
			for i := range g {
				g[i] += float64((rng.Float64() - 0.5) / 4)
			}
			opt.Step(x, g)
			if step%20 == 19 {
				binary.Write(hash, binary.LittleEndian, x)
			}
		}
		digests[row.name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}
	for name, s := range schedules() {
		hash := sha256.New()
		for step := range 1000 {
			binary.Write(hash, binary.LittleEndian, s.At(step))
		}
		digests["schedule "+name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}

	for name, path := range noisyPaths() {
		hash := sha256.New()
		for _, x := range path {
			binary.Write(hash, binary.LittleEndian, x)
		}
		digests[name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}

	const file = "testdata/digests.json"
	updated(t, file, digests)
	want := map[string]string{}
	readJSON(t, file, &want)
	for name, digest := range digests {
		if digest != want[name] {
			t.Errorf("%s: digest %s, want %s", name, digest, want[name])
		}
	}
	if len(digests) != len(want) {
		t.Errorf("%d digests, want %d", len(digests), len(want))
	}
}

// allocated is the number of bytes allocated so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func readJSON(t testing.TB, file string, v any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}
