package optim

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// traits are properties of a row.
type traits uint

const (
	dense    traits = 1 << iota // keeps a matrix, so it is not for long vectors
	borrowed                    // its last bits are those of gonum's code, and may differ between processors
	couples                     // a coordinate depends on others
	coupled  = dense | borrowed | couples
)

// optimizerRow is an optimizer on which every promise of Optimizer is tested.
type optimizerRow struct {
	name    string
	vectors int // of state
	traits  traits
	make    func() Optimizer
}

// fieldRange is a range of numbers and the fields that have it. A field with a type in front is
// that of this type alone.
type fieldRange struct {
	text    string // in messages
	outside []any  // some values that are not in the range
	fields  string
}

// ranges has all exported numbers of the optimizers.
var ranges = []fieldRange{
	{"[0, +Inf)", []any{-1.0, inf, nan}, "LearningRate Epsilon Epsilon2 EpsilonRoot AdaGrad.Initial AdEMAMix.Alpha RateDecay WeightDecay MomentumDecay Damping Lambda L1 L2 Rprop.Max"},
	{"[0, 1)", []any{-0.5, 1.0, nan}, "Mu MuX Rho Beta Beta1 Beta2 Beta3 Average.Decay"},
	{"[0, 1]", []any{-0.5, 1.5, nan}, "Dampening Lookahead.Alpha"},
	{"(0, 1)", []any{0.0, 1.0, nan}, "Shrink MuY ScheduleFreeSGD.Beta ScheduleFreeAdamW.Beta1"},
	{"(1, +Inf)", []any{1.0, inf, nan}, "Grow"},
	{"(0, Max = 50]", []any{0.0, 60.0, nan}, "Rprop.Min"},
	{"(0, +Inf)", []any{0.0, -1.0, inf, nan}, "ADOPT.Epsilon Trust Prodigy.Initial Coefficient DecayRate Epsilon1"},
	{"(0, +Inf]", []any{0.0, -1.0, nan}, "MaxNorm Adafactor.Clip"},
	{"(1, +Inf]", []any{1.0, nan}, "Growth"},
	{"at least 0", []any{-1}, "Start Active MaxProducts Warmup"},
	{"at least 1", []any{0}, "Every K Limit Block Iterations"},
	{"Shifted, Plain or SaddleFree", []any{-1, 3}, "Newton.Mode"},
}

// optimizers are the rows. A new rule has a row for each of its forms, and ranges above.
var optimizers = []optimizerRow{
	{"SGD", 0, 0, func() Optimizer { return NewSGD(0.5) }},
	{"SGD/schedule", 0, 0, func() Optimizer { return made(&SGD{LearningRate: 0.6, Schedule: InverseTime(1e-3)}) }},
	{"Momentum", 1, 0, func() Optimizer { return NewMomentum(0.1, 0.9) }},
	{"Momentum/dampening", 1, 0, func() Optimizer { return made(&Momentum{LearningRate: 0.5, Mu: 0.8, Dampening: 0.4}) }},
	{"Momentum/inside", 1, 0, func() Optimizer {
		return made(&Momentum{LearningRate: 0.1, Mu: 0.9, RateInside: true, Schedule: CosinePeriodic(150, 0.1)})
	}},
	{"Nesterov", 1, 0, func() Optimizer { return NewNesterov(0.1, 0.9) }},
	{"Nesterov/schedule", 1, 0, func() Optimizer { return made(&Nesterov{LearningRate: 0.3, Mu: 0.8, Schedule: Exponential(0.999)}) }},
	{"AdaGrad", 1, 0, func() Optimizer { return NewAdaGrad(1) }},
	{"AdaGrad/options", 1, 0, func() Optimizer {
		return made(&AdaGrad{LearningRate: 1, EpsilonRoot: 1e-8, Initial: 0.1, RateDecay: 1e-3})
	}},
	{"AdaDelta", 2, 0, func() Optimizer { return made(&AdaDelta{LearningRate: 1, Rho: 0.9, Epsilon: 1e-3}) }},
	{"RMSProp", 1, 0, func() Optimizer {
		return made(&RMSProp{LearningRate: 0.05, Beta: 0.9, Epsilon: 1e-8, Schedule: InverseSqrt(0.5)})
	}},
	{"RMSProp/momentum", 2, 0, func() Optimizer {
		return made(&RMSProp{LearningRate: 0.01, Beta: 0.99, Mu: 0.8, EpsilonRoot: 1e-8, Schedule: Polynomial(200, 1.5)})
	}},
	{"RMSProp/centered", 2, 0, func() Optimizer {
		return made(&RMSProp{LearningRate: 0.02, Beta: 0.95, Epsilon: 0.1, Centered: true})
	}},
	{"RMSProp/centered/momentum", 3, 0, func() Optimizer {
		return made(&RMSProp{LearningRate: 0.01, Beta: 0.95, Epsilon: 0.1, Mu: 0.8, Centered: true})
	}},
	{"Adam", 2, 0, func() Optimizer {
		return made(&Adam{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Schedule: Cosine(200, 0)})
	}},
	{"AdamW", 2, 0, func() Optimizer {
		o := NewAdamW(0.1, 1e-4)
		o.Schedule = Linear(1, 0, 200)
		return o
	}},
	{"Adam/cautious", 3, couples, func() Optimizer {
		o := NewAdamW(0.1, 1e-4)
		o.Cautious, o.CautiousDecay, o.Schedule = true, true, Cosine(200, 0)
		return o
	}},
	{"NAdam/cautious", 3, couples, func() Optimizer {
		o := NewNAdam(0.1)
		o.Cautious, o.Schedule = true, Exponential(0.98)
		return o
	}},
	{"AMSGrad", 3, 0, func() Optimizer {
		return made(&AMSGrad{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, EpsilonRoot: 1e-16, WeightDecay: 1e-5})
	}},
	{"AdaMax", 2, 0, func() Optimizer {
		return made(&AdaMax{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Schedule: Exponential(0.98)})
	}},
	{"NAdam", 2, 0, func() Optimizer { o := NewNAdam(0.1); o.Schedule = Exponential(0.98); return o }},
	{"RAdam", 2, 0, func() Optimizer { o := NewRAdam(0.1); o.Schedule = Cosine(200, 0); return o }},
	{"ADOPT", 2, 0, func() Optimizer {
		return made(&ADOPT{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-3, WeightDecay: 1e-5, Schedule: Cosine(200, 0)})
	}},
	{"ADOPT/unclipped", 2, 0, func() Optimizer {
		return made(&ADOPT{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.1, Unclipped: true, Schedule: Cosine(200, 0)})
	}},
	{"AdaBelief", 2, 0, func() Optimizer {
		return made(&AdaBelief{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, EpsilonRoot: 1e-8, WeightDecay: 1e-5, Schedule: Cosine(200, 0)})
	}},
	{"AdEMAMix", 3, 0, func() Optimizer {
		return made(&AdEMAMix{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Beta3: 0.95, Alpha: 2, Warmup: 50, Epsilon: 1e-8, WeightDecay: 1e-5, Schedule: Cosine(200, 0)})
	}},
	{"Adan", 4, 0, func() Optimizer { o := NewAdan(0.1); o.WeightDecay, o.Schedule = 1e-5, Cosine(200, 0); return o }},
	{"LAMB", 3, couples, func() Optimizer { o := NewLAMB(0.1); o.WeightDecay, o.Schedule = 1e-5, Cosine(200, 0); return o }},
	{"LARS", 1, couples, func() Optimizer {
		o := NewLARS(0.1, 0.9)
		o.Trust, o.WeightDecay, o.Schedule = 0.2, 1e-5, Cosine(200, 0)
		return o
	}},
	{"Prodigy", 4, couples, func() Optimizer {
		o := NewProdigy()
		o.Initial, o.WeightDecay, o.Schedule = 1e-2, 1e-5, Cosine(200, 0)
		return o
	}},
	{"Prodigy/options", 4, couples, func() Optimizer {
		return made(&Prodigy{LearningRate: 1, Beta1: 0.8, Beta2: 0.99, Epsilon: 1e-8, WeightDecay: 1e-5, Initial: 1e-2, Coefficient: 0.5, Growth: 1.5,
			BiasCorrection: true, SafeguardWarmup: true, Schedule: Warmup(5, Cosine(200, 0))})
	}},
	{"Rprop", 2, 0, func() Optimizer { return NewRprop(0.1) }},
	{"Lion", 1, 0, func() Optimizer {
		return made(&Lion{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, WeightDecay: 1e-5, Schedule: Linear(1, 0, 200)})
	}},
	{"Chain/cautious", 4, couples, func() Optimizer {
		o := NewAdam(0.1)
		o.Cautious, o.Schedule = true, Cosine(200, 0)
		return NewChain(o, ClipValue(2), L2(1e-6), L1(1e-7))
	}},
	{"Chain", 2, 0, func() Optimizer {
		return NewChain(made(&Adam{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Schedule: Cosine(200, 0)}), L2(1e-6))
	}},
	{"Chain/Convex", 2, couples, func() Optimizer { return NewChain(made(&Nesterov{LearningRate: 0.5, Convex: true}), L2(1e-6)) }},
	{"Nesterov/convex", 1, couples, func() Optimizer { return made(&Nesterov{LearningRate: 0.5, Convex: true}) }},
	{"Chain/all", 2, couples, func() Optimizer {
		o := NewAdam(0.1)
		o.Schedule = Cosine(200, 0)
		half := Elementwise(func(g, _ []float64) {
			for i := range g {
				g[i] *= 0.5
			}
		})
		return NewChain(o, NewClipNorm(3), ClipValue(1), half, L1(1e-7), L2(1e-7), NewDecay(1e-6))
	}},
	{"Chain/Chain", 3, couples, func() Optimizer { return NewChain(NewChain(NewAdam(0.1), NewClipNorm(3)), L2(1e-6)) }},
	{"Chain/own", 1, couples, func() Optimizer { return NewChain(&loud{SGD: NewSGD(0.5)}, NewClipNorm(5)) }},
	{"Average", 2, 0, func() Optimizer { return NewAverage(NewMomentum(0.1, 0.9)) }},
	{"Average/exponential", 2, couples, func() Optimizer {
		return NewExponentialAverage(NewChain(NewRMSProp(0.02), NewClipNorm(3)), 0.9)
	}},
	{"Average/tail", 1, 0, func() Optimizer {
		o := NewAverage(&loud{SGD: NewSGD(0.5)})
		o.Start, o.Every = 5, 3
		return o
	}},
	{"Accumulate", 2, 0, func() Optimizer { return NewAccumulate(NewMomentum(0.2, 0.8), 3) }},
	{"Accumulate/one", 0, 0, func() Optimizer { return NewAccumulate(NewSGD(0.5), 1) }},
	{"Lookahead", 3, 0, func() Optimizer { return NewLookahead(NewAdam(0.2), 5, 0.5) }},
	{"SkipNonFinite", 1, couples, func() Optimizer { return NewSkipNonFinite(NewMomentum(0.1, 0.9), 3) }},
	{"ProximalL1", 1, 0, func() Optimizer { return NewProximalL1(NewMomentum(0.1, 0.9), 1e-6) }},
	{"Proximal/box", 1, 0, func() Optimizer { return NewProximal(NewMomentum(0.1, 0.9), ProxBox([]float64{-1}, []float64{1})) }},
	{"Proximal/net", 0, 0, func() Optimizer { return NewProximal(NewSGD(0.5), ProxElasticNet(1e-6, 1e-6)) }},
	{"Proximal/group", 0, couples, func() Optimizer { return NewProximal(NewSGD(0.5), ProxGroup(1e-6)) }},
	{"Proximal/own", 0, couples, func() Optimizer { return NewProximal(NewSGD(0.5), ProxFunc(halve)) }},
	{"Proximal/balls", 1, couples, func() Optimizer {
		return NewProximal(NewProximal(NewMomentum(0.1, 0.9), ProxBallL1(1e5)), ProxBallL2(1e3))
	}},
	{"Proximal/Nesterov", 2, 0, func() Optimizer {
		return NewProximal(NewProximalL1(NewNesterov(0.1, 0.9), 1e-6), ProxBox([]float64{-1}, []float64{1}))
	}},
	{"Proximal/Nesterov/convex", 4, couples, func() Optimizer {
		return NewProximal(NewChain(made(&Nesterov{LearningRate: 0.5, Convex: true}), L2(1e-6)), ProxL1(1e-6))
	}},
	{"Proximal/Nesterov/group", 3, couples, func() Optimizer { return NewProximal(NewNesterov(0.1, 0.8), ProxGroup(1e-6)) }},
	{"ScheduleFreeSGD", 1, 0, func() Optimizer {
		o := NewScheduleFreeSGD(1)
		o.Schedule = Warmup(10, nil)
		return o
	}},
	{"ScheduleFreeAdamW", 2, 0, func() Optimizer { return NewScheduleFreeAdamW(0.1, 1e-5) }},
	{"GPAAdamW", 3, 0, func() Optimizer {
		o := NewGPAAdamW(0.1, 1e-5)
		o.MuX, o.Schedule = 0.8, Cosine(200, 0)
		return o
	}},
	{"LBFGS", 11, couples, func() Optimizer { return NewLBFGS(3) }},
	{"LBFGS/search", 13, couples, func() Optimizer { o := NewLBFGS(3); o.Problem = bowlProblem(); return o }},
	{"HessianFree", 6, couples, func() Optimizer { return NewHessianFree(bowlProduct) }},
	{"HessianFree/search", 8, couples, func() Optimizer {
		o := NewHessianFree(bowlProduct)
		o.Damping, o.AdaptDamping, o.Problem = 0.1, true, bowlProblem()
		return o
	}},
	{"BFGS", 0, dense, func() Optimizer { return NewBFGS() }},
	{"DFP", 0, dense, func() Optimizer { return NewDFP() }},
	{"SR1", 0, dense, func() Optimizer { return NewSR1() }},
	{"BFGS/search", 0, dense, func() Optimizer { o := NewBFGS(); o.Problem = bowlProblem(); return o }},
	{"BFGS/backtracking", 0, dense, func() Optimizer {
		o := NewBFGS()
		o.Problem = &optimize.Problem{Func: bowlProblem().Func}
		return o
	}},
	{"Newton", 0, dense | borrowed, func() Optimizer { o := NewNewton(bowlHessian); o.LearningRate, o.Every = 0.5, 3; return o }},
	{"Newton/search", 0, dense | borrowed, func() Optimizer { o := NewNewton(bowlHessian); o.Problem = bowlProblem(); return o }},
	{"CoordinateDescent", 1, 0, func() Optimizer {
		return made(&CoordinateDescent{LearningRate: 0.6, L1: 1e-7, L2: 1e-6, Block: 1 << 20, Schedule: InverseTime(1e-3)})
	}},
	{"CoordinateDescent/blocks", 1, couples, func() Optimizer { o := NewCoordinateDescent(Cyclic); o.LearningRate, o.Block = 0.6, 7; return o }},
	{"CoordinateDescent/greedy", 0, couples, func() Optimizer { o := NewCoordinateDescent(Greedy); o.LearningRate, o.Block = 0.6, 5; return o }},
	{"Sharded", 4, couples, func() Optimizer {
		o := NewAdam(0.1)
		o.Schedule = Cosine(200, 0)
		return NewSharded(NewAverage(NewChain(o, NewClipNorm(3), L2(1e-6))), Local(1)[0])
	}},
	{"Sharded/overlap", 3, couples, func() Optimizer {
		o := NewSharded(NewChain(NewAdam(0.1), NewClipNorm(3)), Local(1)[0])
		o.Overlap = true
		return o
	}},
	{"nest", 6, couples, func() Optimizer {
		o := NewAdamW(0.1, 1e-5)
		o.Schedule = Warmup(10, Cosine(200, 0.1))
		inner := NewExponentialAverage(NewChain(o, NewClipNorm(3), NewDecay(1e-6)), 0.99)
		return NewSkipNonFinite(NewLookahead(NewAccumulate(NewAverage(inner), 2), 4, 0.6), 2)
	}},
}

// halve is a prox of the user's that halves what is outside of [−1, 1].
func halve(x []float64, _ float64) {
	for i, xi := range x {
		if math.Abs(xi) > 1 {
			x[i] = xi / 2
		}
	}
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
		t.Skip("the race detector makes sync.Pool drop values")
	}
	fillRuntimeLists(t)
	for _, row := range optimizers {
		for _, goroutines := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s/%d", row.name, goroutines), func(t *testing.T) {
				if goroutines > 0 {
					inParallel(t, 512, goroutines)
				}
				opt, n := row.make(), 4096
				if strings.HasPrefix(row.name, "Newton") {
					t.Skip("gonum's linear algebra allocates")
				}
				if row.traits&dense != 0 {
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

// fillRuntimeLists takes so many steps that the runtime's lists of ended goroutines, one for each
// processor, have their full length. Later goroutines then need no allocation.
func fillRuntimeLists(t *testing.T) {
	t.Run("runtime", func(t *testing.T) {
		inParallel(t, 512, 2)
		opt, x, g := NewSGD(1), make([]float64, 4096), make([]float64, 4096)
		for range 20000 {
			opt.Step(x, g)
		}
	})
}

// TestState measures what the first steps allocate: the vectors of the rule, and at most 20 kB
// more.
func TestState(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop values")
	}
	const n = 1 << 16
	for _, row := range optimizers {
		if row.traits&dense != 0 {
			continue
		}
		opt := row.make()
		x, g := make([]float64, n), make([]float64, n)
		before := allocated()
		for range 6 { // until every row has its state
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
		if row.traits&dense != 0 {
			continue
		}
		want := b.run(row.make(), 20)
		for goroutines := 1; goroutines <= 16; goroutines++ {
			t.Run(fmt.Sprintf("%s/%d", row.name, goroutines), func(t *testing.T) {
				inParallel(t, 10+goroutines, goroutines)
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
		if row.traits&coupled != 0 {
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
		if row.traits&coupled != 0 {
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

// TestRanges assigns values outside of its range to every exported number of every row.
func TestRanges(t *testing.T) {
	used := map[string]bool{}
	leastSquares := optimizerRow{"LeastSquares", 0, 0, func() Optimizer { return bowlResiduals(NewLevenbergMarquardt) }}
	rows := append(slices.Clone(optimizers), leastSquares)
	for _, row := range matrixRows {
		rows = append(rows, optimizerRow{row.name, 0, 0, func() Optimizer { return row.make(1, 3) }})
	}
	for _, row := range rows {
		typ := reflect.TypeOf(row.make()).Elem()
		for i := range typ.NumField() {
			field := typ.Field(i)
			if kind := field.Type.Kind(); !field.IsExported() || kind != reflect.Float64 && kind != reflect.Int {
				continue
			}
			r, key := rangeOf(typ.Name(), field.Name)
			used[key] = true
			if key == "" {
				t.Errorf("%s.%s has no range", typ.Name(), field.Name)
			}
			for _, value := range r.outside {
				opt := row.make()
				checkRefused(t, opt, func() {
					reflect.ValueOf(opt).Elem().Field(i).Set(reflect.ValueOf(value).Convert(field.Type))
				}, fmt.Sprintf("optim: %s.%s = %v, want %s", typ.Name(), field.Name, value, r.text))
			}
		}
	}
	for _, r := range ranges {
		for _, key := range strings.Fields(r.fields) {
			if !used[key] {
				t.Errorf("there is a range for %s, but no row has this field", key)
			}
		}
	}
}

// rangeOf returns the range of a field, and its name in ranges.
func rangeOf(typ, field string) (r fieldRange, key string) {
	for _, key := range []string{typ + "." + field, field} {
		for _, r := range ranges {
			if slices.Contains(strings.Fields(r.fields), key) {
				return r, key
			}
		}
	}
	return fieldRange{}, ""
}

// checkRefused takes two steps and then calls spoil. The next step must panic with the message
// want, before anything changes.
func checkRefused(t *testing.T, opt Optimizer, spoil func(), want string) {
	t.Helper()
	x, g := []float64{1, 2, 3}, []float64{0.1, 0.2, 0.3}
	opt.Step(x, g)
	opt.Step(x, g)
	before := slices.Clone(x)
	spoil()
	spoiled, _ := Marshal(opt) // nothing if a number is negative
	if got := message(func() { opt.Step(x, g) }); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !sameBits(x, before) {
		t.Errorf("%s: params changed", want)
	}
	if after, _ := Marshal(opt); !bytes.Equal(after, spoiled) {
		t.Errorf("%s: the state changed", want)
	}
}

// TestRefused spoils functions, transforms, groups, and optimizers inside others.
func TestRefused(t *testing.T) {
	sgd, hess, free := NewSGD(1), NewNewton(bowlHessian), NewHessianFree(bowlProduct)
	checkRefused(t, sgd, func() { sgd.Schedule = func(t int) float64 { return -float64(t) } }, "optim: SGD.Schedule(2) = -2, want [0, +Inf)")
	checkRefused(t, hess, func() { hess.hess = nil }, "optim: Newton: no Hessian; want a function in NewNewton, or Problem.Hess")
	checkRefused(t, free, func() { free.hessVec = nil }, "optim: HessianFree: no products; want a function in NewHessianFree, or Problem.Grad")

	for _, wrap := range []func(opt Optimizer) Optimizer{
		func(opt Optimizer) Optimizer { return NewChain(opt) },
		func(opt Optimizer) Optimizer { return NewChain(opt, NewClipNorm(1)) },
		func(opt Optimizer) Optimizer { return NewAverage(opt) },
		func(opt Optimizer) Optimizer { return NewAccumulate(opt, 3) },
		func(opt Optimizer) Optimizer { return NewLookahead(opt, 3, 0.5) },
		func(opt Optimizer) Optimizer { return NewSkipNonFinite(opt, 3) },
		func(opt Optimizer) Optimizer { return NewProximalL1(opt, 1) },
		func(opt Optimizer) Optimizer { return NewProximal(opt, ProxSimplex(1)) },
		func(opt Optimizer) Optimizer { return Groups{{2, NewSGD(1)}, {1, opt}} },
		func(opt Optimizer) Optimizer { return NewLookahead(NewAverage(Groups{{2, NewSGD(1)}, {1, opt}}), 2, 1) },
	} {
		adam := NewAdam(1)
		checkRefused(t, wrap(adam), func() { adam.Beta1 = 1 }, "optim: Adam.Beta1 = 1, want [0, 1)")
	}

	clip, decay := NewClipNorm(1), NewDecay(0)
	checkRefused(t, NewChain(NewSGD(1), clip), func() { clip.Max = -1 }, "optim: ClipNorm.Max = -1, want [0, +Inf)")
	checkRefused(t, NewChain(NewSGD(1), decay), func() { decay.Lambda = -1 }, "optim: Decay.Lambda = -1, want [0, +Inf)")
	for want, value := range map[string]Transform{"L1.λ = NaN": L1(nan), "L2.λ = -1": L2(-1), "ClipValue.c = -2": ClipValue(-2)} {
		c := NewChain(NewSGD(1), L2(0))
		checkRefused(t, c, func() { c.before[0] = value }, "optim: "+want+", want [0, +Inf)")
	}

	gs := func() Groups { return Groups{{2, NewSGD(1)}, {1, NewAdam(1)}} }
	for want, spoil := range map[string]func(gs Groups){
		"optim: Groups.Step: len(params) = 3, but the groups have 4":         func(gs Groups) { gs[1].Len = 2 },
		"optim: Groups[1].Len = -1, want at least 0":                         func(gs Groups) { gs[1].Len = -1 },
		"optim: Groups[1].Optimizer is that of Groups[0], want one for each": func(gs Groups) { gs[1].Optimizer = gs[0].Optimizer },
	} {
		g := gs()
		checkRefused(t, g, func() { spoil(g) }, want)
	}

	for want, lipschitz := range map[string][]float64{
		"optim: CoordinateDescent.Lipschitz: len = 2, want 3, one for each parameter": {1, 2},
		"optim: CoordinateDescent.Lipschitz[2] = -3, want [0, +Inf)":                  {1, 2, -3},
		"optim: CoordinateDescent.Lipschitz[1] = NaN, want [0, +Inf)":                 {1, nan, 3},
	} {
		for _, order := range []Order{Cyclic, Greedy, Random(seeded())} {
			o := NewCoordinateDescent(order)
			checkRefused(t, o, func() { o.Lipschitz = lipschitz }, want)
		}
	}
}

// loud embeds SGD and declares a Step.
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

// TestPanicOnAGoroutine checks that the panic of a user's function reaches the caller of Step, and
// that later steps work.
func TestPanicOnAGoroutine(t *testing.T) {
	inParallel(t, 16, 4)
	x, g := make([]float64, 1000), make([]float64, 1000)
	tripwire := &tripwire{at: 500}
	c := NewChain(NewSGD(1), tripwire)
	if got := message(func() { c.Step(x, g) }); got != "tripped" {
		t.Errorf("got %q", got)
	}
	tripwire.at = -1
	c.Step(x, g)
}

// TestGoexitInATransform ends the goroutine in the middle of a step, as a failing test does. The
// next step must not wait for it.
func TestGoexitInATransform(t *testing.T) {
	inParallel(t, 16, 4)
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
	c.Step(x, g)
	if x[0] != -1 || x[999] != -1 {
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
