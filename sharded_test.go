package optim

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
)

// part is the gradient of rank r: that of the bowl and a part that differs between ranks.
func (b bowl) part(g, x []float64, rank int) {
	b.gradient(g, x)
	for i := range g {
		g[i] += float64(rank+1) * b.c[(i+rank)%len(b.c)] / 8
	}
}

// mean is the mean of the gradients of all ranks, added by a tree as the documentation of Comm says.
func (b bowl) mean(g, x []float64, ranks int) {
	parts := make([][]float64, ranks)
	for r := range parts {
		parts[r] = make([]float64, len(x))
		b.part(parts[r], x, r)
	}
	for step := 1; step < ranks; step *= 2 {
		for r := 0; r+step < ranks; r += 2 * step {
			for i := range x {
				parts[r][i] += parts[r+step][i]
			}
		}
	}
	for i := range g {
		g[i] = parts[0][i] * (1 / float64(ranks))
	}
}

// alone takes steps with the mean gradient in one process.
func (b bowl) alone(opt Optimizer, ranks, steps int) (x []float64) {
	x, g := make([]float64, len(b.a)), make([]float64, len(b.a))
	for range steps {
		b.mean(g, x, ranks)
		opt.Step(x, g)
	}
	return x
}

// together takes steps of a Sharded in several goroutines, and returns the parameters of each.
func (b bowl) together(t *testing.T, make_ func() Optimizer, ranks, steps int) [][]float64 {
	t.Helper()
	all := make([][]float64, ranks)
	if err := RunLocal(ranks, func(comm Comm) error {
		opt := NewSharded(make_(), comm)
		x, g := make([]float64, len(b.a)), make([]float64, len(b.a))
		for range steps {
			b.part(g, x, comm.Rank())
			opt.Step(x, g)
		}
		all[comm.Rank()] = x
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// shardedRows are further optimizers that can be cut.
var shardedRows = []optimizerRow{
	{"Noise", 0, 0, func() Optimizer { return NewChain(NewSGD(0.1), NewNoise(0.1, rand.New(rand.NewPCG(1, 2)))) }},
	{"Groups/own", 0, 0, func() Optimizer { return Groups{{20_000, &plain{}}, {shardedLen - 20_000, NewSGD(0.1)}} }},
	{"Box", 0, 0, func() Optimizer {
		return NewProximal(NewSkipNonFinite(NewMomentum(0.1, 0.9), 2), ProxBox(slices.Repeat([]float64{-0.5, -0.25, -0.125}, shardedLen/3), nil))
	}},
	{"Box/elementwise", 0, 0, func() Optimizer {
		return NewProximal(NewMomentum(0.1, 0.9), ProxBox(slices.Repeat([]float64{-0.5, -0.25, -0.125}, shardedLen/3), nil))
	}},
	{"Nesterov/Box", 0, 0, func() Optimizer {
		return NewProximal(NewNesterov(0.1, 0.9), ProxBox(slices.Repeat([]float64{-0.5, -0.25, -0.125}, shardedLen/3), []float64{1}))
	}},
	{"Groups", 0, 0, func() Optimizer {
		lamb, adam, prodigy, cautious := NewLAMB(0.1), NewAdam(0.1), NewProdigy(), NewLion(0.01)
		prodigy.Initial, cautious.Cautious = 1e-2, true
		return NewAverage(NewChain(Groups{
			{3, NewLARS(0.1, 0.9)}, {10_000, lamb}, {1, nil}, {1500, prodigy}, {500, cautious}, {shardedLen - 12_004 - 2000, NewChain(adam, NewClipNorm(1), NewDecay(1e-6))}, {2000, nil}, {0, NewSGD(1)},
		}, NewClipNorm(3), L2(1e-6)))
	}},
	{"Groups/nested", 0, 0, func() Optimizer {
		return Groups{{15_000, NewSGD(0.1)}, {2000, Groups{{500, NewMomentum(0.1, 0.9)}, {1500, NewAdam(0.1)}}}, {shardedLen - 17_000, NewAdam(0.1)}}
	}},
	{"Groups/matrix", 0, 0, func() Optimizer {
		return NewChain(Groups{
			{15_000, NewSGD(0.1)}, {2400, NewMuon(0.02, 60, 40)}, {2400, NewAverage(NewSOAP(0.02, 40, 60))}, {7, NewRprop(0.1)}, {100, NewAdafactor(0.01, 10, 10)}, {shardedLen - 19_907, NewAdam(0.1)},
		}, NewClipNorm(3))
	}},
}

// shardedLen is a number of parameters of more than four blocks, of which the last is short. Cuts are
// between blocks for up to four ranks.
const shardedLen = 4*kernel.Block + 1000

// refusal returns the message of NewSharded with an optimizer, or "".
func refusal(opt Optimizer) string {
	text := message(func() { NewSharded(opt, Local(1)[0]) })
	return strings.TrimPrefix(text, "no panic")
}

// refused has the rows of the contract that cannot be cut, with the part that cannot.
var refused = map[string]string{
	"Chain/own": "loud", "Average/tail": "loud",
	"Proximal/group": "GroupLasso", "Proximal/own": "ProxFunc", "Proximal/balls": "BallL2", "Proximal/Nesterov/group": "GroupLasso",
	"LBFGS": "LBFGS", "LBFGS/search": "LBFGS", "HessianFree": "HessianFree", "HessianFree/search": "HessianFree",
	"BFGS": "QuasiNewton", "DFP": "QuasiNewton", "SR1": "QuasiNewton", "BFGS/search": "QuasiNewton", "BFGS/backtracking": "QuasiNewton",
	"Newton": "Newton", "Newton/search": "Newton", "Sharded": "Sharded", "Sharded/overlap": "Sharded",
	"CoordinateDescent": "CoordinateDescent", "CoordinateDescent/blocks": "CoordinateDescent", "CoordinateDescent/greedy": "CoordinateDescent",
}

// TestSharded compares the bits of 2, 3 and 4 ranks with those of one process on the mean gradient,
// for every row of the contract that is not refused. With two parameters, most ranks have none.
func TestSharded(t *testing.T) {
	steps, long := 200, 10
	if testing.Short() || raceEnabled {
		steps, long = 10, 2
	}
	for _, row := range optimizers {
		if got, want := refusal(row.make()), refused[row.name]; got != "" || want != "" {
			if want = "optim: NewSharded: " + want + " cannot be sharded"; got != want {
				t.Errorf("%s: %s, want %s", row.name, got, want)
			}
			continue
		}
		compareRanks(t, row, 2, kernel.Block+900, steps)
		for ranks := 2; ranks <= 4; ranks++ {
			compareRanks(t, row, ranks, 2, long)
			compareRanks(t, row, ranks, shardedLen, long)
		}
	}
	for _, row := range shardedRows {
		for ranks := 2; ranks <= 4; ranks++ {
			compareRanks(t, row, ranks, shardedLen, 4*long)
		}
	}
}

// TestShardedMatrix has a matrix where equal pieces would be cut. The cut must move to its end. The
// rule alone must be refused.
func TestShardedMatrix(t *testing.T) {
	const rows, cols, rest = 90, 40, 5000
	for _, row := range matrixRows {
		if want := "optim: NewSharded: " + name(row.make(rows, cols)) + " cannot be sharded"; refusal(row.make(rows, cols)) != want {
			t.Errorf("%s: %s, want %s", row.name, refusal(row.make(rows, cols)), want)
		}
		groups := func() Optimizer {
			return NewChain(Groups{{rest, NewMomentum(0.1, 0.9)}, {rows * cols, row.make(rows, cols)}, {rest, NewAdam(0.1)}}, NewClipNorm(3))
		}
		for ranks := 2; ranks <= 3; ranks++ {
			compareRanks(t, optimizerRow{row.name, 0, 0, groups}, ranks, rows*cols+2*rest, 6)
		}
	}
}

func compareRanks(t *testing.T, row optimizerRow, ranks, n, steps int) {
	t.Helper()
	b := bowlOf(n)
	want := b.alone(row.make(), ranks, steps)
	for rank, got := range b.together(t, row.make, ranks, steps) {
		if !sameBits(got, want) {
			t.Errorf("%s, %d parameters: rank %d of %d has other bits", row.name, n, rank, ranks)
		}
	}
}

// TestOverlap steps in buckets of 3000 parameters, with several goroutines. The last bucket is short, and
// some ranks have fewer buckets than others. Groups of rules for matrices are not elementwise.
func TestOverlap(t *testing.T) {
	inParallel(t, 700, 4)
	parallel.MinLen = 3000
	b := bowlOf(shardedLen)
	for _, row := range append(shardedRows, optimizers...) {
		if refusal(row.make()) != "" {
			continue
		}
		want := b.alone(row.make(), 3, 3)
		err := RunLocal(3, func(comm Comm) error {
			opt := NewSharded(row.make(), comm)
			opt.Overlap = true
			x, g := make([]float64, shardedLen), make([]float64, shardedLen)
			for range 3 {
				b.part(g, x, comm.Rank())
				opt.Step(x, g)
			}
			if !sameBits(x, want) || opt.Steps() != 3 {
				t.Errorf("%s: rank %d has other bits", row.name, comm.Rank())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestOverlapPanics has a transform that panics beside the communication.
func TestOverlapPanics(t *testing.T) {
	inParallel(t, 700, 4)
	parallel.MinLen = 3000
	for want, end := range map[string]func(){
		"out of range":                      func() { panic("out of range") },
		"the goroutine of a step has ended": runtime.Goexit,
	} {
		got := message(func() {
			RunLocal(2, func(comm Comm) error {
				opt := NewSharded(NewChain(NewSGD(1), Elementwise(func(g, _ []float64) {
					if comm.Rank() == 1 && slices.Contains(g, 3) {
						end()
					}
				})), comm)
				opt.Overlap = true
				x, g := make([]float64, 3*kernel.Block), make([]float64, 3*kernel.Block)
				fill(g[len(g)-5:], 3)
				opt.Step(x, g)
				return nil
			})
		})
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestEightRanks is for the race detector: a nest on eight ranks, whose steps have goroutines.
func TestEightRanks(t *testing.T) {
	inParallel(t, 1000, 4)
	nest := optimizers[len(optimizers)-1]
	compareRanks(t, nest, 8, 7*kernel.Block+1000, 12)
	compareRanks(t, nest, 8, 5, 12)
}

// TestShardedBatch cuts a batch into four fixed parts. 1, 2 and 4 ranks that add their parts by the
// same tree get the same bits.
func TestShardedBatch(t *testing.T) {
	const n = 3*kernel.Block + 77
	b := bowlOf(n)
	run := func(ranks int) (x []float64) {
		err := RunLocal(ranks, func(comm Comm) error {
			opt := NewSharded(NewAdam(0.1), comm)
			y, g, h := make([]float64, n), make([]float64, n), make([]float64, n)
			for range 10 {
				own := 4 / ranks
				parts := make([][]float64, own)
				for i := range parts {
					parts[i] = slices.Clone(h)
					b.part(parts[i], y, comm.Rank()*own+i)
				}
				for len(parts) > 1 { // the tree
					for i := range len(parts) / 2 {
						for j := range g {
							parts[2*i][j] += parts[2*i+1][j]
						}
						parts[i] = parts[2*i]
					}
					parts = parts[:len(parts)/2]
				}
				for j := range g {
					g[j] = parts[0][j] / float64(own)
				}
				opt.Step(y, g)
			}
			if comm.Rank() == 0 {
				x = y
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return x
	}
	want := run(4)
	for _, ranks := range []int{1, 2} {
		if !sameBits(run(ranks), want) {
			t.Errorf("%d ranks have other bits than 4", ranks)
		}
	}
}

// TestCuts compares the pieces with those of the doc comment: equal pieces, cut between blocks of 8192
// parameters. The blocks of a group begin at its first parameter. A group for a matrix is not cut, nor are
// Groups in a group. A bound
// in the middle moves up.
func TestCuts(t *testing.T) {
	const block, some = kernel.Block, 3*kernel.Block + 100
	sgd, muon := NewSGD(1), NewMuon(1, block, 4)
	for _, c := range []struct {
		opt  Optimizer
		n    int
		want []int
	}{
		{sgd, 10 * block, []int{0, 3 * block, 7 * block, 10 * block}},
		{sgd, 2, []int{0, 0, 0, 2}},
		{sgd, block, []int{0, 0, block, block}},
		{sgd, 3*block/2 + 2, []int{0, block, block, 3*block/2 + 2}},
		{Groups{{10 * block, sgd}}, 10 * block, []int{0, 3 * block, 7 * block, 10 * block}},
		{Groups{{some, sgd}, {some, sgd}, {some, sgd}}, 3 * some, []int{0, some, 2 * some, 3 * some}},
		{Groups{{100, sgd}, {10 * block, sgd}}, 10*block + 100, []int{0, 100 + 3*block, 100 + 7*block, 100 + 10*block}},
		{Groups{{4 * block, muon}, {5 * block, sgd}}, 9 * block, []int{0, 4 * block, 6 * block, 9 * block}},
		{Groups{{5 * block, sgd}, {4 * block, muon}}, 9 * block, []int{0, 3 * block, 5 * block, 9 * block}},
		{Groups{{4 * block, Groups{{2 * block, sgd}, {2 * block, sgd}}}, {5 * block, sgd}}, 9 * block, []int{0, 4 * block, 6 * block, 9 * block}},
		{Groups{{block, sgd}, {4 * block, muon}, {block, sgd}}, 6 * block, []int{0, block, 5 * block, 6 * block}},
	} {
		o := NewSharded(c.opt, Local(1)[0])
		if got := o.layout.cut(c.n, 3); !slices.Equal(got, c.want) {
			t.Errorf("%v, %d parameters: %v, want %v", c.opt, c.n, got, c.want)
		}
	}
}

// TestShardedState counts the elements of the state in each rank: a third, to blocks.
func TestShardedState(t *testing.T) {
	const n = 10 * kernel.Block
	RunLocal(3, func(comm Comm) error {
		adam := NewAdam(0.1)
		average := NewAverage(adam)
		opt := NewSharded(average, comm)
		x := make([]float64, n)
		opt.Step(x, slices.Repeat([]float64{1}, n))
		lo, hi := opt.Piece()
		want := []int{3, 4, 3}[comm.Rank()] * kernel.Block
		if len(adam.m) != want || len(adam.v) != want || len(opt.mean) != want || hi-lo != want {
			t.Errorf("a piece of %d, a mean of %d and a state of %d and %d, want %d", hi-lo, len(opt.mean), len(adam.m), len(adam.v), want)
		}
		mean := make([]float64, n)
		average.Params(mean[lo:hi])
		opt.Gather(mean)
		if !sameBits(mean, x) { // the average of one step
			t.Errorf("rank %d: other averages than the parameters", comm.Rank())
		}
		return nil
	})
}

// TestShardedSkips has a NaN in the gradient of one rank, in the piece of another one.
func TestShardedSkips(t *testing.T) {
	RunLocal(3, func(comm Comm) error {
		skip := NewSkipNonFinite(NewSGD(1), 2)
		opt := NewSharded(skip, comm)
		x, g := make([]float64, 30), slices.Repeat([]float64{1}, 30)
		opt.Step(x, g)
		if comm.Rank() == 1 {
			g[29] = nan
		}
		before := slices.Clone(x)
		for range 2 {
			opt.Step(x, g)
		}
		if skip.Skipped() != 2 || opt.Err() == nil || !sameBits(x, before) {
			t.Errorf("rank %d: %d skipped, error %v, x = %v", comm.Rank(), skip.Skipped(), opt.Err(), x[:3])
		}
		return nil
	})
}

func TestShardedRefuses(t *testing.T) {
	one := Local(1)[0]
	inside := func() Optimizer { return NewSharded(NewNesterov(1, 0.9), one) }
	search := NewLBFGS(3)
	search.Problem = bowlProblem()
	var nothing *Adam
	for want, f := range map[string]func(){
		"optim: NewSharded: the Comm is nil":                                               func() { NewSharded(NewSGD(1), nil) },
		"optim: NewSharded: the optimizer is nil":                                          func() { NewSharded(nil, one) },
		"optim: NewSharded: LBFGS cannot be sharded":                                       func() { NewSharded(NewLBFGS(3), one) },
		"optim: NewSharded: Muon cannot be sharded":                                        func() { NewSharded(NewAverage(NewMuon(1, 2, 3)), one) },
		"optim: NewSharded: tripwire cannot be sharded":                                    func() { NewSharded(NewChain(NewSGD(1), L2(1), &tripwire{}), one) },
		"optim: NewSharded: BallL2 cannot be sharded":                                      func() { NewSharded(NewProximal(NewSGD(1), ProxBallL2(1)), one) },
		"optim: NewSharded: loud cannot be sharded":                                        func() { NewSharded(&loud{SGD: NewSGD(1)}, one) },
		"optim: NewSharded: Sharded cannot be sharded":                                     func() { NewSharded(inside(), one) },
		"optim: NewSharded: LBFGS in Groups[1] has line searches, which cannot be sharded": func() { NewSharded(Groups{{1, nil}, {1, search}}, one) },
		"optim: Sharded.Step: LBFGS in Groups[0] has line searches, which cannot be sharded": func() {
			later := NewLBFGS(3)
			opt := NewSharded(Groups{{1, later}, {1, nil}}, one)
			later.Problem = bowlProblem()
			opt.Step(make([]float64, 2), make([]float64, 2))
		},
		"optim: Groups[0].Optimizer is a nil *optim.Adam":                                       func() { NewSharded(Groups{{1, nothing}}, one) },
		"optim: Sharded.Step: len(params) = 3, but the groups have 2":                           func() { NewSharded(Groups{{2, NewSGD(1)}}, one).Step(make([]float64, 3), make([]float64, 3)) },
		"optim: NewProximal: a Sharded with a Nesterov; put the Proximal inside of the Sharded": func() { NewProximal(inside(), ProxL1(1)) },
		"optim: Sharded.Gather: len(x) = 1, want 0 as in the steps":                             func() { NewSharded(NewSGD(1), one).Gather(make([]float64, 1)) },
		"optim: Local.n = 0, want at least 1":                                                   func() { Local(0) },
	} {
		if got := message(f); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, err := Marshal(NewSharded(NewSGD(1), Local(2)[0])); err == nil ||
		err.Error() != "optim: Marshal: the state is in pieces in 2 processes: use SaveFile and LoadFile of Sharded" {
		t.Error(err)
	}
}

// TestShardedDisagrees begins with what differs between ranks. All ranks must panic.
func TestShardedDisagrees(t *testing.T) {
	for want, begin := range map[string]func(rank int) (Optimizer, []float64){
		"optim: Sharded.Step: rank 2 has another len(params) than rank 0": func(rank int) (Optimizer, []float64) { return NewSGD(1), make([]float64, 5+rank/2) },
		"optim: Sharded.Step: rank 1 has other parameters than rank 0":    func(rank int) (Optimizer, []float64) { return NewSGD(1), []float64{0, float64(rank)} },
		"optim: Sharded.Step: rank 1 has another optimizer than rank 0": func(rank int) (Optimizer, []float64) {
			return Groups{{1, NewSGD(float64(rank))}, {1, NewSGD(1)}}, []float64{0, 1}
		},
	} {
		texts := make([]string, 3)
		got := message(func() {
			RunLocal(3, func(comm Comm) error {
				opt, x := begin(comm.Rank())
				sharded := NewSharded(opt, comm)
				texts[comm.Rank()] = message(func() { sharded.Step(x, make([]float64, len(x))) })
				panic(texts[comm.Rank()])
			})
		})
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestChecksum compares the checksum of the parameters with that of package crc32 on their bytes. It
// must change with every single bit.
func TestChecksum(t *testing.T) {
	x := []float64{1.5, -0.1, nan}
	data, err := binary.Append(nil, binary.LittleEndian, x)
	if err != nil {
		t.Fatal(err)
	}
	want := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	if got := checksum(x); got != want {
		t.Errorf("%08x, want %08x", got, want)
	}
	for i, v := range x {
		for bit := range 64 {
			x[i] = math.Float64frombits(math.Float64bits(v) ^ 1<<bit)
			if checksum(x) == want {
				t.Errorf("bit %d of element %d does not count", bit, i)
			}
		}
		x[i] = v
	}
}

// TestShardedReset checks that the ranks compare their parameters again after a Reset, and only then.
func TestShardedReset(t *testing.T) {
	got := message(func() {
		RunLocal(2, func(comm Comm) error {
			opt, x, g := NewSharded(NewMomentum(1, 0.9), comm), make([]float64, 2), make([]float64, 2)
			opt.Step(x, g)
			x[1] = float64(comm.Rank()) // in the piece of rank 1
			opt.Step(x, g)
			if x[1] != 1 {
				t.Errorf("rank %d: x = %v after the second step, want [0 1]", comm.Rank(), x)
			}
			Reset(opt)
			if opt.Steps() != 0 {
				t.Errorf("%d steps after Reset", opt.Steps())
			}
			x[1] = float64(comm.Rank())
			opt.Step(x, g)
			return nil
		})
	})
	if want := "optim: Sharded.Step: rank 1 has other parameters than rank 0"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// aborting is a Comm that counts the calls of Abort.
type aborting struct {
	Comm
	aborts *int
}

func (a aborting) Abort() { *a.aborts++ }

// TestShardedPanic sets a field out of its range in one rank. The others must not wait.
func TestShardedPanic(t *testing.T) {
	got := message(func() {
		RunLocal(4, func(comm Comm) error {
			adam := NewAdam(1)
			opt := NewSharded(adam, comm)
			x := make([]float64, 9)
			opt.Step(x, x)
			if comm.Rank() == 2 {
				adam.Beta1 = 1
			}
			opt.Step(x, x)
			t.Errorf("rank %d has taken the step", comm.Rank())
			return nil
		})
	})
	if want := "optim: Adam.Beta1 = 1, want [0, 1)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// A process that runs alone has no others to end.
	aborts := 0
	opt := NewSharded(NewSGD(-1), aborting{Local(1)[0], &aborts})
	if got := message(func() { opt.Step(make([]float64, 3), make([]float64, 3)) }); aborts != 0 {
		t.Errorf("%s, and %d calls of Abort", got, aborts)
	}
	// The same without RunLocal.
	var texts [2]string
	var all sync.WaitGroup
	for rank, comm := range Local(2) {
		all.Add(1)
		go func() {
			defer all.Done()
			opt := NewSharded(NewSGD(float64(-rank)), comm)
			texts[rank] = message(func() { opt.Step(make([]float64, 3), make([]float64, 3)) })
		}()
	}
	all.Wait()
	if want := [2]string{aborted, "optim: SGD.LearningRate = -1, want [0, +Inf)"}; texts != want {
		t.Errorf("%q, want %q", texts, want)
	}
}

// TestShardedTensors steps tensors of both types, one of them frozen, in two ranks. The bits must be
// those of the mean gradient in one process.
func TestShardedTensors(t *testing.T) {
	const n, steps, frozen = kernel.Block + 900, 10, 3000
	b := bowlOf(n)
	tensors := func(master bool) *Tensors {
		ts := NewTensors(append(mixed(frozen, 4000), doubles(n-frozen-4000)...)...)
		ts.Master, ts.At(0).Frozen = master, true
		return ts
	}
	opt := func() Optimizer { return NewAverage(NewChain(NewLAMB(0.1), NewClipNorm(3))) }
	for _, master := range []bool{false, true} {
		want, mean, part, reference := make([]float64, n), make([]float64, n), make([]float64, n), opt()
		ts := tensors(master) // for the types
		for range steps {
			x := slices.Clone(want)
			ts.inMemory(x)
			b.part(mean, x, 0)
			b.part(part, x, 1)
			ts.inMemory(mean)
			ts.inMemory(part)
			for i := range mean {
				mean[i] = (mean[i] + part[i]) / 2
			}
			clear(mean[:frozen])
			reference.Step(want, mean)
			clear(want[:frozen])
			if !master {
				ts.inMemory(want)
			}
		}
		err := RunLocal(2, func(comm Comm) error {
			ts, o, g := tensors(master), NewSharded(opt(), comm), make([]float64, n)
			for range steps {
				b.part(g, rounded(ts), comm.Rank())
				ts.setGradient(g)
				ts.Step(o)
			}
			if !sameBits(gathered(ts), want) {
				t.Errorf("Master %v: rank %d has other bits", master, comm.Rank())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
