package optim

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// cut returns the lengths of some tensors with n elements in all. Some have no element.
func cut(n int, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0))
	var lengths []int
	for n > 0 {
		length := min(n, rng.IntN(1+max(1, n/(1+rng.IntN(9)))))
		lengths, n = append(lengths, length), n-length
	}
	return append(lengths, 0)
}

// doubles returns tensors of float64 with the given lengths.
func doubles(lengths ...int) (list []Tensor) {
	for _, n := range lengths {
		list = append(list, Tensor{Params: make([]float64, n), Grads: make([]float64, n)})
	}
	return list
}

// singles returns tensors of float32 with the given lengths.
func singles(lengths ...int) (list []Tensor) {
	for _, n := range lengths {
		list = append(list, Tensor{Params32: make([]float32, n), Grads32: make([]float32, n)})
	}
	return list
}

// mixed returns tensors of both types by turns.
func mixed(lengths ...int) (list []Tensor) {
	for i, n := range lengths {
		list = append(list, [](func(...int) []Tensor){doubles, singles}[i%2](n)...)
	}
	return list
}

// gathered returns the parameters.
func gathered(ts *Tensors) []float64 {
	x := make([]float64, ts.Len())
	ts.Gather(x)
	return x
}

// rounded returns the parameters as the program has them, in float64.
func rounded(ts *Tensors) (x []float64) {
	for _, i := range ts.order {
		x = append(x, ts.At(i).Params...)
		for _, v := range ts.At(i).Params32 {
			x = append(x, float64(v))
		}
	}
	return x
}

// setGradient sets the gradients to that of the bowl at the parameters.
func (b bowl) setGradient(ts *Tensors) {
	g := make([]float64, ts.Len())
	b.gradient(g, rounded(ts))
	ts.setGradient(g)
}

// setGradient sets the gradients to g.
func (ts *Tensors) setGradient(g []float64) {
	for _, i := range ts.order {
		t := ts.At(i)
		n := t.len()
		copy(t.Grads, g[:n])
		for j := range t.Grads32 {
			t.Grads32[j] = float32(g[j])
		}
		g = g[n:]
	}
}

// train takes steps with the gradient of the bowl.
func (b bowl) train(ts *Tensors, opt Optimizer, steps int) *Tensors {
	for range steps {
		b.setGradient(ts)
		ts.Step(opt)
	}
	return ts
}

// inMemory rounds numbers as the tensors do in which they lie.
func (ts *Tensors) inMemory(x []float64) {
	for k, i := range ts.order {
		if ts.tensors[i].Params32 != nil {
			for j := ts.starts[k]; j < ts.starts[k+1]; j++ {
				x[j] = float64(float32(x[j]))
			}
		}
	}
}

// TestTensorsAreOneVector compares tensors of float64 with two slices: the parameters and the
// encoded state of every row, with vectors of more than one block of a sum, in one goroutine and in
// several.
func TestTensorsAreOneVector(t *testing.T) {
	for _, row := range optimizers {
		for seed := range uint64(3) {
			n, steps := 20000, 4
			if row.traits&dense != 0 {
				n = 37
			}
			want, wantOpt := bowlOf(n).run, row.make()
			x := want(wantOpt, steps)
			state := encoded(wantOpt)
			for _, goroutines := range []int{0, 3} {
				t.Run(fmt.Sprintf("%s/%d/%d", row.name, seed, goroutines), func(t *testing.T) {
					if goroutines > 0 {
						inParallel(t, 500, goroutines)
					}
					opt := row.make()
					ts := bowlOf(n).train(NewTensors(doubles(cut(n, seed)...)...), opt, steps)
					if !sameBits(gathered(ts), x) {
						t.Error("other parameters")
					}
					if !bytes.Equal(encoded(opt), state) {
						t.Error("another state")
					}
				})
			}
		}
	}
}

// TestViews steps with tensors that are views of one slice in another order.
func TestViews(t *testing.T) {
	const n = 30
	b := newBowl(n)
	x, g := make([]float64, n), make([]float64, n)
	ts := NewTensors(
		Tensor{Params: x[20:], Grads: g[20:]},
		Tensor{Params: x[:7], Grads: g[:7]},
		Tensor{Params: x[7:20], Grads: g[7:20]},
	)
	opt := Groups{{10, NewAdam(0.1)}, {20, NewMomentum(0.1, 0.9)}}
	for range 10 {
		b.gradient(g, x)
		ts.Step(opt)
	}
	want := append(bowl{b.a[:20], b.c[:20]}.run(NewMomentum(0.1, 0.9), 10), bowl{b.a[20:], b.c[20:]}.run(NewAdam(0.1), 10)...)
	if !sameBits(x, want) {
		t.Errorf("%v, want %v", x, want)
	}
}

// TestSingles compares tensors of float32 and float64 with a loop that widens, steps and rounds.
func TestSingles(t *testing.T) {
	for _, row := range optimizers {
		if strings.HasPrefix(row.name, "Lookahead") || row.name == "nest" {
			continue // the move of x towards s rounds again
		}
		n, steps := 5000, 10
		if row.traits&dense != 0 {
			n = 37
		}
		b := bowlOf(n)
		for _, goroutines := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s/%d", row.name, goroutines), func(t *testing.T) {
				if goroutines > 0 {
					inParallel(t, 700, goroutines)
				}
				ts, opt, flat := NewTensors(mixed(cut(n, 5)...)...), row.make(), row.make()
				x, g := make([]float64, n), make([]float64, n)
				for range steps {
					b.gradient(g, x)
					ts.inMemory(g)
					flat.Step(x, g)
					ts.inMemory(x)
					b.train(ts, opt, 1)
					if !sameBits(rounded(ts), x) {
						t.Fatal("other parameters")
					}
				}
				if row.name == "Average/tail" {
					return // around a user's type, the average takes the rounded parameters
				}
				if !bytes.Equal(encoded(opt), encoded(flat)) {
					t.Error("another state")
				}
			})
		}
	}
}

// TestMaster compares the copies with a loop in float64 whose gradient is taken at the rounded
// parameters.
func TestMaster(t *testing.T) {
	for _, row := range optimizers {
		n, steps := 3000, 10
		if row.traits&dense != 0 {
			n = 37
		}
		b := bowlOf(n)
		ts, opt, flat := NewTensors(mixed(cut(n, 6)...)...), row.make(), row.make()
		ts.Master = true
		x, g, at := make([]float64, n), make([]float64, n), make([]float64, n)
		for range steps {
			copy(at, x)
			ts.inMemory(at)
			b.gradient(g, at)
			ts.inMemory(g)
			flat.Step(x, g)
			b.train(ts, opt, 1)
			copy(at, x)
			ts.inMemory(at)
			if !sameBits(gathered(ts), x) || !sameBits(rounded(ts), at) {
				t.Fatalf("%s: other parameters", row.name)
			}
		}
	}
}

// TestStandstill takes steps of a third of the distance of two neighbours of float32.
func TestStandstill(t *testing.T) {
	const steps = 300
	for _, master := range []bool{false, true} {
		list := singles(1)
		list[0].Params32[0], list[0].Grads32[0] = 1, -1
		ts := NewTensors(list...)
		ts.Master = master
		for range steps {
			ts.Step(NewSGD(0x1p-23 / 3))
		}
		want := float32(1)
		if master {
			want = 1 + steps/3*0x1p-23
		}
		if got := ts.At(0).Params32[0]; got != want {
			t.Errorf("Master %v: %v after %d steps, want %v", master, got, steps, want)
		}
	}
}

// TestMasterNegativeZero steps with a gradient of 0: a parameter of −0 stays −0.
func TestMasterNegativeZero(t *testing.T) {
	x := []float32{float32(math.Copysign(0, -1))}
	ts := NewTensors(Tensor{Params32: x, Grads32: []float32{0}})
	ts.Master = true
	ts.Step(NewSGD(1))
	if !math.Signbit(float64(x[0])) {
		t.Errorf("%v, want -0", x[0])
	}
}

// TestMasterFollows changes a parameter between steps, and Master.
func TestMasterFollows(t *testing.T) {
	list := singles(2)
	ts := NewTensors(list...)
	ts.Master = true
	list[0].Grads32[0], list[0].Grads32[1] = 0x1p-40, 0x1p-40
	ts.Scatter([]float64{1, 1})
	ts.Step(NewSGD(1))
	list[0].Params32[1] = 7
	ts.Step(NewSGD(1))
	if got, want := gathered(ts), []float64{1 - 0x1p-39, 7 - 0x1p-40}; !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	ts.Master = false
	if got, want := gathered(ts), []float64{1, 7}; !sameBits(got, want) {
		t.Errorf("%v without Master, want %v", got, want)
	}
	ts.Master = true
	ts.Step(NewSGD(1))
	Reset(ts)
	if got, want := gathered(ts), []float64{1, 7}; !sameBits(got, want) {
		t.Errorf("%v after Reset, want %v", got, want)
	}
}

// TestFrozen freezes the tensor in the middle. The others move as if its gradient were zero.
func TestFrozen(t *testing.T) {
	const n, steps = 30, 12
	b := newBowl(n)
	for _, row := range optimizers {
		if searches(row.make()) || strings.HasPrefix(row.name, "CoordinateDescent") {
			continue
		}
		for _, make64 := range []func(...int) []Tensor{doubles, singles} {
			ts, opt := NewTensors(make64(9, 11, 10)...), row.make()
			start := make([]float64, n)
			fill(start, 3)
			ts.Scatter(start)
			ts.At(1).Frozen, ts.At(1).Grads, ts.At(1).Grads32 = true, nil, nil
			flat, x, g := row.make(), slices.Clone(start), make([]float64, n)
			for range steps {
				b.gradient(g, x)
				ts.inMemory(g)
				clear(g[9:20])
				flat.Step(x, g)
				ts.inMemory(x)
				b.train(ts, opt, 1)
			}
			got := rounded(ts)
			if !sameBits(got[9:20], start[9:20]) {
				t.Errorf("%s: frozen parameters moved: %v", row.name, got[9:20])
			}
			if lookahead := strings.HasPrefix(row.name, "Lookahead") || row.name == "nest"; lookahead && ts.At(0).Params32 != nil {
				continue // as in TestSingles
			}
			if row.name == "Chain/Chain" || row.name == "Chain/cautious" || row.name == "LARS" || strings.HasSuffix(row.name, "/group") {
				continue // the flat gradient behind L2 is not zero, and the norms of a group and of parameters that decay move
			}
			if row.traits&dense == 0 && !(sameBits(got[:9], x[:9]) && sameBits(got[20:], x[20:])) {
				t.Errorf("%s: a frozen tensor changed the others", row.name)
			}
		}
	}
}

// TestFrozenState freezes a tensor for some steps. After them it goes on as if they had not been,
// with rules that do not depend on the number of steps.
func TestFrozenState(t *testing.T) {
	const n = 12
	b := newBowl(n)
	for _, newOpt := range []func() Optimizer{
		func() Optimizer { return NewMomentum(0.1, 0.9) },
		func() Optimizer { return NewNesterov(0.1, 0.9) },
		func() Optimizer { return NewAdaGrad(0.1) },
		func() Optimizer { return NewAdaDelta(1) },
		func() Optimizer { return NewRMSProp(0.1) },
		func() Optimizer { return NewRprop(0.1) },
		func() Optimizer { return made(&Lion{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.5}) },
		func() Optimizer { return NewChain(NewMomentum(0.1, 0.9), L2(0.1), NewDecay(0.1)) },
		func() Optimizer { return NewProximalL1(NewMomentum(0.1, 0.9), 0.01) },
		func() Optimizer { return NewLookahead(NewMomentum(0.1, 0.9), 4, 0.5) },
		func() Optimizer { return NewSkipNonFinite(NewMomentum(0.1, 0.9), 4) },
		func() Optimizer { return NewChain(NewSkipNonFinite(NewMomentum(0.1, 0.9), 4), L2(0.1)) },
		func() Optimizer { return NewAccumulate(NewMomentum(0.1, 0.9), 2) },
		func() Optimizer { return Groups{{n, NewMomentum(0.1, 0.9)}} },
		func() Optimizer {
			return NewChain(Groups{{5, NewMomentum(0.1, 0.9)}, {n - 5, NewRMSProp(0.1)}}, L2(0.1))
		},
	} {
		ts, opt := NewTensors(mixed(4, 4, 4)...), newOpt()
		b.train(ts, opt, 4)
		ts.At(1).Frozen = true
		b.train(ts, opt, 4)
		ts.At(1).Frozen = false
		b.train(ts, opt, 4)
		want := rounded(b.train(NewTensors(mixed(4, 4, 4)...), newOpt(), 8))
		if got := rounded(ts); !sameBits(got[4:8], want[4:8]) {
			t.Errorf("%v: frozen steps changed the state: %v, want %v", opt, got[4:8], want[4:8])
		}
	}
}

// TestFrozenAverage checks that the average of frozen parameters are these parameters.
func TestFrozenAverage(t *testing.T) {
	for _, inner := range []Optimizer{NewAdam(0.1), NewSkipNonFinite(NewAdam(0.1), 1), Groups{{2, nil}, {7, NewAdam(0.1)}}} {
		ts, opt := NewTensors(mixed(3, 3, 3)...), NewAverage(inner)
		ts.Scatter([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
		ts.At(1).Frozen, ts.At(2).Frozen = true, true
		newBowl(9).train(ts, opt, 5)
		mean := make([]float64, 9)
		if !opt.Params(mean) || !sameBits(mean[3:], []float64{4, 5, 6, 7, 8, 9}) {
			t.Errorf("%v: the average of frozen parameters is %v", opt, mean[3:])
		}
	}
}

// TestFrozenAverageOfAGroup has frozen tensors within a group with an average, and within one without
// an optimizer.
func TestFrozenAverageOfAGroup(t *testing.T) {
	average := NewAverage(NewAdam(0.1))
	ts, opt := NewTensors(mixed(3, 3, 3)...), NewChain(Groups{{0, NewSGD(1)}, {2, nil}, {7, average}}, ClipValue(1))
	ts.Scatter([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
	ts.At(0).Frozen, ts.At(2).Frozen = true, true
	newBowl(9).train(ts, opt, 5)
	mean := make([]float64, 7)
	if !average.Params(mean) || mean[0] != 3 || !sameBits(mean[4:], []float64{7, 8, 9}) {
		t.Errorf("the average of frozen parameters is %v", mean)
	}
}

// TestFrozenIterate checks that the iterate of a Nesterov in a Proximal has the frozen parameters.
func TestFrozenIterate(t *testing.T) {
	for _, convex := range []bool{false, true} {
		ts, opt := NewTensors(mixed(2, 3)...), NewNesterov(0.1, 0.9)
		opt.Convex = convex
		ts.Scatter([]float64{1, 2, 3, 4, 5})
		ts.At(1).Frozen = true
		newBowl(5).train(ts, NewProximalL1(opt, 0.5), 3)
		w := make([]float64, 5)
		opt.Iterate(w, gathered(ts))
		if !sameBits(w[2:], []float64{3, 4, 5}) {
			t.Errorf("Convex %v: the iterate of frozen parameters is %v", convex, w[2:])
		}
	}
}

// TestTensorsAllocations counts the allocations after the first step.
func TestTensorsAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop values")
	}
	fillRuntimeLists(t)
	rows := append(slices.Clone(optimizers),
		optimizerRow{"Groups", 0, 0, func() Optimizer { return Groups{{60, NewAdam(0.1)}, {4, NewLBFGS(2)}} }},
		optimizerRow{"Groups in a Chain", 0, 0, func() Optimizer {
			return NewChain(Groups{{60, NewAdam(0.1)}, {4, NewMomentum(0.1, 0.9)}}, NewClipNorm(1))
		}})
	for _, row := range rows {
		for _, goroutines := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s/%d", row.name, goroutines), func(t *testing.T) {
				if goroutines > 0 {
					inParallel(t, 16, goroutines)
				}
				if strings.HasPrefix(row.name, "Newton") {
					t.Skip("gonum's linear algebra allocates")
				}
				opt, ts := row.make(), NewTensors(mixed(10, 20, 30, 4)...)
				ts.Master = goroutines > 0
				gradient := 1.0
				step := func() {
					for i := range 4 { // new gradients, as frameworks make them
						fill(ts.At(i).Grads, gradient)
					}
					ts.Step(opt)
				}
				for range 3 {
					step()
				}
				if n := allocations(step); n > 0 {
					t.Errorf("%d allocations in 100 steps", n)
				}
			})
		}
	}
}

// TestNothingIsCopied measures what the first step allocates for tensors of float32: the vectors of
// the rule, and at most 100 kB more.
func TestNothingIsCopied(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop values")
	}
	const n = 1 << 16
	for _, c := range []struct {
		opt     Optimizer
		vectors int
	}{
		{NewAdam(0.1), 2},
		{NewMomentum(0.1, 0.9), 1},
		{NewChain(NewMomentum(0.1, 0.9), NewClipNorm(1), L2(0.1)), 1},
		{NewAverage(NewChain(NewAdam(0.1), NewClipNorm(1))), 3},
		{NewSkipNonFinite(NewAdam(0.1), 1), 2},
		{NewLookahead(NewAdam(0.1), 2, 0.5), 3},
		{NewAccumulate(NewAdam(0.1), 2), 3},
		{Groups{{n / 2, NewAdam(0.1)}, {n / 2, NewAdam(0.1)}}, 2},
		{NewChain(Groups{{n / 2, NewAdam(0.1)}, {n / 2, NewAdam(0.1)}}, NewClipNorm(1)), 2},
	} {
		ts := NewTensors(singles(cut(n, 3)...)...)
		before := allocated()
		for range 4 {
			ts.Step(c.opt)
		}
		bytes := float64(allocated() - before)
		if want := float64(8 * n * c.vectors); bytes < want || bytes > want+1e5 {
			t.Errorf("%v: the first steps allocate %v vectors, want %d", c.opt, bytes/(8*n), c.vectors)
		}
	}
}

// TestGroupsInAChain compares the one pass over all groups with transforms and groups one after the
// other.
func TestGroupsInAChain(t *testing.T) {
	const n = 1000
	b := newBowl(n)
	groups := func() Groups {
		return Groups{{300, NewAdamW(0.1, 0.01)}, {0, NewAdam(0.1)}, {100, nil}, {1, NewScheduleFreeSGD(0.1)},
			{299, NewNesterov(0.1, 0.9)}, {300, NewChain(NewRMSProp(0.1), NewClipNorm(1))}}
	}
	separate, clip := groups(), NewClipNorm(2)
	x, g := make([]float64, n), make([]float64, n)
	for range 20 {
		b.gradient(g, x)
		clip.Begin(x, g)
		clip.Apply(0, g, x)
		L1(0.1).Apply(0, g, x)
		separate.Step(x, g)
	}
	for _, goroutines := range []int{0, 3} {
		t.Run(fmt.Sprint(goroutines), func(t *testing.T) {
			if goroutines > 0 {
				inParallel(t, 70, goroutines)
			}
			inside := groups()
			if got := b.run(NewChain(inside, NewClipNorm(2), L1(0.1)), 20); !sameBits(got, x) {
				t.Error("other parameters")
			}
			if !bytes.Equal(encoded(inside), encoded(separate)) {
				t.Error("another state")
			}
		})
	}
}

func TestSplitTensors(t *testing.T) {
	list := mixed(3, 2, 4, 1)
	ts, groups := SplitTensors(list, func(i int) bool { return i%2 == 1 }, NewSGD(1), nil)
	if len(groups) != 2 || groups[0].Len != 3 || groups[1].Len != 7 || ts.Len() != 10 {
		t.Fatalf("%v", groups)
	}
	for _, p := range list {
		fill(p.Grads, 1)
		for i := range p.Grads32 {
			p.Grads32[i] = 1
		}
	}
	ts.Step(groups)
	for i, p := range list {
		want := -float64(i % 2)
		for j := range p.len() {
			if i%2 == 0 && p.Params[j] != want || i%2 == 1 && float64(p.Params32[j]) != want {
				t.Errorf("tensor %d: %v %v, want %v", i, p.Params, p.Params32, want)
			}
		}
	}
	for i := range list {
		if got := ts.At(i); got.len() != list[i].len() {
			t.Errorf("At(%d) has %d parameters", i, got.len())
		}
	}
	if got, want := message(func() { SplitTensors(append(list, Tensor{}), func(int) bool { return false }, nil, nil) }),
		"optim: SplitTensors: tensor 4: Params and Params32 are nil, want one of them"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestScatterFrozen sets the parameters of a frozen tensor.
func TestScatterFrozen(t *testing.T) {
	ts := NewTensors(append(mixed(2, 3), doubles(1)...)...)
	for i := range 3 {
		ts.At(i).Frozen = true
	}
	want, got := []float64{1, 2, 3, 4, 5, 6}, make([]float64, 6)
	ts.Scatter(want)
	if ts.Gather(got); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestUsersTypes gives a user's optimizer and a user's transform copies of the tensors.
func TestUsersTypes(t *testing.T) {
	ts := NewTensors(mixed(2, 1)...)
	ts.Scatter([]float64{1, 2, 3})
	ts.At(0).Grads[1], ts.At(1).Grads32[0] = 5, 6
	seen := &observer{}
	ts.Step(NewChain(stepFunc(func(params, grads []float64) {
		if !sameBits(params, []float64{1, 2, 3}) || !sameBits(grads, []float64{0, 10, 12}) {
			t.Errorf("%v, %v", params, grads)
		}
		params[2] = 7
	}), seen))
	ts.Step(NewChain(NewSGD(1), seen))
	if got, want := gathered(ts), []float64{1, -8, -5}; !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := fmt.Sprint(seen.params, seen.grads), "[[1 2 3] [1 2 7]] [[0 5 6] [0 5 6]]"; got != want {
		t.Errorf("Begin got %s, want %s", got, want)
	}
}

// TestFrozenUsersOptimizer freezes a tensor in front of a user's optimizer that moves all parameters.
func TestFrozenUsersOptimizer(t *testing.T) {
	ts := NewTensors(mixed(2, 2, 1)...)
	ts.At(1).Frozen = true
	ts.Step(stepFunc(func(params, _ []float64) { fill(params, 9) }))
	if got, want := gathered(ts), []float64{9, 9, 0, 0, 9}; !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// observer is a user's transform that doubles the gradient.
type observer struct{ params, grads [][]float64 }

func (o *observer) Begin(params, grads []float64) {
	o.params = append(o.params, slices.Clone(params))
	o.grads = append(o.grads, slices.Clone(grads))
}

func (o *observer) Apply(_ int, grads, _ []float64) {
	for i := range grads {
		grads[i] *= 2
	}
}

// TestNewGradients assigns other slices between steps.
func TestNewGradients(t *testing.T) {
	ts, opt := NewTensors(Tensor{Params: make([]float64, 2)}, Tensor{Params32: make([]float32, 1)}), NewSGD(1)
	for step := 1.0; step <= 2; step++ {
		ts.At(0).Grads, ts.At(1).Grads32 = []float64{step, 1}, []float32{1}
		ts.Step(opt)
	}
	ts.At(0).Params = slices.Clone(ts.At(0).Params)
	ts.Step(opt)
	if got, want := gathered(ts), []float64{-5, -3, -3}; !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestFlushTensors(t *testing.T) {
	ts, opt := NewTensors(mixed(1, 1)...), NewAccumulate(NewSGD(1), 5)
	ts.At(0).Grads[0], ts.At(1).Grads32[0] = 4, 2
	ts.Step(opt)
	ts.Step(opt)
	ts.At(0).Grads = nil
	opt.FlushTensors(ts)
	opt.FlushTensors(ts)
	if got := gathered(ts); !sameBits(got, []float64{-4, -2}) {
		t.Errorf("%v", got)
	}
	ts.At(0).Grads = []float64{1}
	ts.Step(opt)
	ts.At(0).Params = make([]float64, 2)
	want := "optim: Accumulate.FlushTensors: tensor 0: 2 parameters, want 1 as at the start"
	if got := message(func() { opt.FlushTensors(ts) }); got != want || opt.have != 1 {
		t.Errorf("%s, want %s; %d gradients", got, want, opt.have)
	}
}

// TestTensorsRefused spoils tensors. The message has the index, and nothing changes.
func TestTensorsRefused(t *testing.T) {
	memory, memory32 := make([]float64, 10), make([]float32, 10)
	for _, c := range []struct {
		spoil func(ts *Tensors)
		want  string
	}{
		{func(ts *Tensors) { ts.At(1).Params = memory[:3] }, "tensor 1: slices of float64 and of float32, want one type"},
		{func(ts *Tensors) { ts.At(1).Grads = memory[:3] }, "tensor 1: slices of float64 and of float32, want one type"},
		{func(ts *Tensors) { ts.At(0).Params32 = memory32[:2] }, "tensor 0: slices of float64 and of float32, want one type"},
		{func(ts *Tensors) { *ts.At(1) = Tensor{} }, "tensor 1: Params and Params32 are nil, want one of them"},
		{func(ts *Tensors) { ts.At(0).Params = nil }, "tensor 0: Params and Params32 are nil, want one of them"},
		{func(ts *Tensors) { ts.At(0).Params = memory[:3] }, "tensor 0: 3 parameters, want 2 as at the start"},
		{func(ts *Tensors) { ts.At(1).Grads32 = memory32[:4] }, "tensor 1: 3 parameters, but a gradient of 4"},
		{func(ts *Tensors) { ts.At(2).Grads, ts.At(2).Frozen = memory[:3], true }, "tensor 2: 4 parameters, but a gradient of 3"},
		{func(ts *Tensors) { ts.At(2).Grads = nil }, "tensor 2: the gradient is nil, want one unless the tensor is frozen"},
		{func(ts *Tensors) { ts.At(0).Params, ts.At(2).Params = memory[3:5], memory[:4] },
			"the parameters of tensor 2 and the parameters of tensor 0 overlap"},
		{func(ts *Tensors) { ts.At(0).Grads, ts.At(2).Params = memory[3:5], memory[:4] },
			"the parameters of tensor 2 and the gradient of tensor 0 overlap"},
		{func(ts *Tensors) { ts.At(0).Grads, ts.At(2).Params = memory[:2], memory[1:5] },
			"the gradient of tensor 0 and the parameters of tensor 2 overlap"},
		{func(ts *Tensors) { ts.At(1).Params32, ts.At(1).Grads32 = memory32[:3], memory32[2:5] },
			"the parameters of tensor 1 and the gradient of tensor 1 overlap"},
		{func(ts *Tensors) { // a short gradient within parameters
			ts.At(0).Grads, ts.At(2).Params, ts.At(2).Grads = memory[1:3], memory[:4], memory[4:8]
		}, "the parameters of tensor 2 and the gradient of tensor 0 overlap"},
	} {
		ts, opt := NewTensors(append(mixed(2, 3), doubles(4)...)...), NewAdam(0.1)
		newBowl(9).train(ts, opt, 2)
		before, state := rounded(ts), encoded(opt)
		good := slices.Clone(ts.tensors)
		c.spoil(ts)
		for range 2 {
			if got, want := message(func() { ts.Step(opt) }), "optim: Tensors.Step: "+c.want; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if i := strings.Index(c.want, "want 2 as"); i > 0 {
			if got, want := message(func() { ts.Gather(make([]float64, ts.Len())) }), "optim: Tensors.Gather: "+c.want; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		copy(ts.tensors, good)
		if !sameBits(rounded(ts), before) || !bytes.Equal(encoded(opt), state) {
			t.Errorf("%s: something changed", c.want)
		}
		newBowl(9).train(ts, opt, 1)
	}
	clear(memory)
	shared := Tensor{Params: make([]float64, 2), Grads: memory[:2]}
	NewTensors(shared, Tensor{Params: make([]float64, 4), Grads: memory[1:5]}).Step(NewSGD(1))                 // gradients may overlap
	NewTensors(Tensor{Params: memory[:5], Grads: memory[5:]}, Tensor{Params: memory[2:2], Grads: memory[7:7]}) // no memory at all
	for want, f := range map[string]func(){
		"optim: NewTensors: tensor 1: Params and Params32 are nil, want one of them":           func() { NewTensors(shared, Tensor{}) },
		"optim: NewTensors: tensor 0: 1 parameters, but a gradient of 2":                       func() { NewTensors(Tensor{Params: memory[:1], Grads: memory[5:7]}) },
		"optim: NewTensors: the parameters of tensor 0 and the parameters of tensor 1 overlap": func() { NewTensors(shared, Tensor{Params: shared.Params[1:]}) },
		"optim: Tensors.Step: the optimizer is nil":                                            func() { NewTensors(shared).Step(nil) },
		"optim: Tensors.Step: the optimizer is a nil *optim.Adam":                              func() { NewTensors(shared).Step((*Adam)(nil)) },
		"optim: Adam: use NewAdam or NewAdamW":                                                 func() { NewTensors(shared).Step(&Adam{}) },
		"optim: SGD.LearningRate = -1, want [0, +Inf)":                                         func() { NewTensors(shared).Step(NewSGD(-1)) },
		"optim: Groups.Step: len(params) = 2, but the groups have 3":                           func() { NewTensors(shared).Step(Groups{{3, NewSGD(1)}}) },
		"optim: Tensors.Gather: len = 3, want 2":                                               func() { NewTensors(shared).Gather(make([]float64, 3)) },
		"optim: Tensors.Scatter: len = 1, want 2":                                              func() { NewTensors(shared).Scatter(make([]float64, 1)) },
		"optim: Adam.Step: len(params) = 2, want 1 as in the steps before": func() {
			o := NewAdam(1)
			o.Step([]float64{1}, []float64{1})
			NewTensors(shared).Step(o)
		},
		"optim: Tensors.Step: tensor 0 is frozen, but the line searches of *optim.LBFGS move all parameters; leave the tensor out": func() {
			o := NewLBFGS(3)
			o.Problem = bowlProblem()
			NewTensors(Tensor{Params: make([]float64, 1), Frozen: true}).Step(o)
		},
	} {
		if got := message(f); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestTransformedSingles checks that a rule for float32 gets the gradient from the transforms in front of an
// optimizer that needs the whole gradient first: x, as that of the loss is 0.
func TestTransformedSingles(t *testing.T) {
	x := []float32{1}
	NewTensors(Tensor{Params32: x, Grads32: []float32{0}}).Step(NewChain(NewSkipNonFinite(NewAdam(0.1), 2), L2(1)))
	if !near(float64(x[0]), 0.9, 1e-6) {
		t.Errorf("x = %v, want 0.9", x[0])
	}
}

// TestNoTensors steps with no tensor, and with tensors without parameters.
func TestNoTensors(t *testing.T) {
	for _, row := range optimizers {
		opt := row.make()
		NewTensors().Step(opt)
		NewTensors(mixed(0, 0)...).Step(opt)
		if got, want := newBowl(5).run(opt, 3), newBowl(5).run(row.make(), 3); !sameBits(got, want) {
			t.Errorf("%s: steps without parameters changed the steps after them", row.name)
		}
	}
}

// TestTensorsNaN checks that NaN and infinities in a float32 gradient reach their coordinates.
func TestTensorsNaN(t *testing.T) {
	ts, opt := NewTensors(singles(3)...), NewSkipNonFinite(NewSGD(1), 1)
	ts.At(0).Grads32[1] = float32(math.Inf(1))
	ts.Step(opt)
	if opt.Skipped() != 1 || !sameBits(gathered(ts), make([]float64, 3)) {
		t.Error("an infinite gradient was not skipped")
	}
	ts.Step(NewSGD(1))
	if got := gathered(ts); !sameBits(got, []float64{0, math.Inf(-1), 0}) {
		t.Errorf("%v", got)
	}
	ts.At(0).Frozen = true
	ts.Step(opt)
	if opt.Skipped() != 1 {
		t.Error("an infinite gradient of a frozen tensor was not ignored")
	}
}

// TestLargeNorm clips gradients whose squares overflow.
func TestLargeNorm(t *testing.T) {
	const n = 20000
	ts, clip := NewTensors(doubles(cut(n, 1)...)...), NewClipNorm(1)
	for _, p := range ts.tensors {
		fill(p.Grads, 1e200)
	}
	ts.Step(NewChain(NewSGD(1), clip))
	if want := 1e200 * math.Sqrt(n); !(math.Abs(clip.Norm()/want-1) <= 1e-14) {
		t.Errorf("a norm of %v, want %v", clip.Norm(), want)
	}
}

// TestMatrixTensors steps the rules for a matrix with two tensors, and with a wrong number of
// parameters.
func TestMatrixTensors(t *testing.T) {
	b := newBowl(12)
	for _, row := range matrixRows {
		want := b.run(row.make(3, 4), 9)
		ts := NewTensors(doubles(5, 7)...)
		opt := row.make(3, 4)
		b.train(ts, opt, 9)
		if got := gathered(ts); !sameBits(got, want) {
			t.Errorf("%s: other bits with tensors", row.name)
		}
		other, opt := NewTensors(doubles(5, 6)...), row.make(3, 4)
		if got, want := message(func() { other.Step(opt) }), "optim: "+name(opt)+".Step: len(params) = 11, want rows·cols = 3·4"; got != want {
			t.Errorf("%s: %s, want %s", row.name, got, want)
		}
	}
}
