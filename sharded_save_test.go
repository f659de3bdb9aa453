package optim

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/optim/internal/kernel"
)

// shardedRun continues a run: it loads the checkpoint unless load is "", takes steps, and saves.
func (b bowl) shardedRun(t *testing.T, make_ func() Optimizer, ranks, steps int, load, save string) (x []float64) {
	t.Helper()
	err := RunLocal(ranks, func(comm Comm) error {
		opt := NewSharded(make_(), comm)
		y, g := make([]float64, len(b.a)), make([]float64, len(b.a))
		count, before := 0, 0
		if load != "" {
			if err := opt.LoadFile(load, y, &count); err != nil {
				return err
			}
			before = count
		}
		for range steps {
			b.part(g, y, comm.Rank())
			opt.Step(y, g)
			count++
		}
		if comm.Rank() == ranks-1 {
			x = y
		}
		if opt.Steps() != before+steps {
			t.Errorf("%d steps, want %d", opt.Steps(), before+steps)
		}
		if save != "" {
			if comm.Rank() > 0 {
				count = -7 // rank 0 saves its own
			}
			return opt.SaveFile(save, y, &count)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestShardedCheckpoint runs 2, 3 and 1 ranks one after another, and wants the bits of one process. The
// rows of a generator and of a user's type have no state in a checkpoint.
func TestShardedCheckpoint(t *testing.T) {
	rows := append(slices.Clone(optimizers), shardedRows[2:]...)
	for i, row := range rows {
		if refusal(row.make()) != "" {
			continue
		}
		for _, n := range []int{2, shardedLen} {
			if i >= len(optimizers) && n != shardedLen || testing.Short() && n == shardedLen && i%5 > 0 && i < len(optimizers) {
				continue
			}
			b, file := bowlOf(n), filepath.Join(t.TempDir(), "run")
			b.shardedRun(t, row.make, 2, 3, "", file)
			b.shardedRun(t, row.make, 3, 4, file, file)
			x := b.shardedRun(t, row.make, 1, 0, file, "")
			opt := row.make()
			count := 0
			if err := NewSharded(opt, Local(1)[0]).LoadFile(file, x, &count); err != nil || count != 7 {
				t.Fatal(count, err)
			}
			want, reference := make([]float64, n), row.make()
			g := make([]float64, n)
			for step := range 10 {
				switch {
				case step < 3:
					b.mean(g, want, 2)
				case step < 7:
					b.mean(g, want, 3)
				default:
					b.gradient(g, x)
					opt.Step(x, g)
					b.gradient(g, want)
				}
				reference.Step(want, g)
			}
			if !sameBits(x, want) {
				t.Errorf("%s, %d parameters: other bits", row.name, n)
			}
			if _, ok := opt.(Groups); !ok && string(encoded(opt)) != string(encoded(reference)) {
				t.Errorf("%s, %d parameters: another state", row.name, n)
			}
			if files, _ := filepath.Glob(file + "*"); len(files) != 4 { // the manifest and three shards
				t.Errorf("%s: files %q", row.name, files)
			}
		}
	}
}

// TestShardedFromOne loads a checkpoint of the function SaveFile.
func TestShardedFromOne(t *testing.T) {
	b, file := newBowl(50), filepath.Join(t.TempDir(), "run")
	opt, count := NewAdam(0.1), 3
	x := b.alone(opt, 1, 3)
	if err := SaveFile(file, x, opt, &count); err != nil {
		t.Fatal(err)
	}
	got := b.shardedRun(t, func() Optimizer { return NewAdam(0.1) }, 3, 2, file, file)
	for range 2 {
		g := make([]float64, 50)
		b.mean(g, x, 3)
		opt.Step(x, g)
	}
	if !sameBits(got, x) {
		t.Error("other bits")
	}
}

// TestShardedDamage spoils a checkpoint. LoadFile must return an error in all ranks, and change
// nothing. A save that fails, or that a crash interrupts, must leave the checkpoint from before.
func TestShardedDamage(t *testing.T) {
	b, make_ := newBowl(60), func() Optimizer { return NewAdam(0.1) }
	folder := t.TempDir()
	file, other := filepath.Join(folder, "run"), filepath.Join(folder, "other")
	b.shardedRun(t, make_, 2, 3, "", file)
	b.shardedRun(t, make_, 2, 4, "", other)
	want := b.shardedRun(t, make_, 2, 2, file, "")
	shard := func(k, r int) string { return fmt.Sprintf("%s.%d.%d", file, k, r) }
	write := func(name string, data []byte) {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	good, stranger, whole := read(shard(1, 1)), read(other+".1.1"), read(file)
	damaged := func(spoil func(m *manifest)) func() { // writes a manifest in which one thing is wrong
		return func() {
			m, err := readManifest(file)
			if err != nil {
				t.Fatal(err)
			}
			spoil(m)
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			write(file, text)
		}
	}
	bad := slices.Clone(good)
	bad[len(bad)/2] ^= 1
	for _, c := range []struct {
		spoil func()
		want  string
	}{
		{func() { os.Remove(shard(1, 1)) }, "shard 1 of 2 is missing"},
		{func() { write(shard(1, 1), stranger) }, "run.1.1 is not shard 1 of this checkpoint: its checksum is"},
		{func() { write(shard(1, 1), bad) }, "run.1.1: the checkpoint is damaged: its checksum is wrong"},
		{func() { write(shard(1, 1), nil) }, "shard 1 of 2: "},
		{func() { write(file, whole[:len(whole)/2]) }, "not a checkpoint: "},
		{func() { write(file, []byte("{}")) }, `the format is "", want "optim sharded checkpoint 1"`},
		{func() { write(file, []byte(strings.Replace(string(whole), "\t0,", "\t70,", 1))) }, "the manifest is damaged"},
		{damaged(func(m *manifest) { m.Cuts, m.Sums = m.Cuts[:1], nil }), "the manifest is damaged"},
		{damaged(func(m *manifest) { m.Sums = m.Sums[:1] }), "the manifest is damaged"},
		{damaged(func(m *manifest) { m.Cuts[0] = 1 }), "the manifest is damaged"},
		{damaged(func(m *manifest) { m.Cuts[1] = 61 }), "the manifest is damaged"},
		{damaged(func(m *manifest) { m.Steps = -1 }), "the manifest is damaged"},
		{damaged(func(m *manifest) { m.Generation = 0 }), "the manifest is damaged"},
		{func() { write(file, []byte(strings.Replace(string(whole), "\t60", "\t61", 1))) }, "60 parameters, the checkpoint has 61"},
		{func() { os.Remove(file) }, "no such file"},
	} {
		c.spoil()
		texts := make([]string, 3)
		err := RunLocal(3, func(comm Comm) error {
			opt := NewSharded(make_(), comm)
			x, g := make([]float64, 60), make([]float64, 60)
			step := func() {
				b.part(g, x, comm.Rank())
				opt.Step(x, g)
			}
			step()
			before, count := slices.Clone(x), 0
			err := opt.LoadFile(file, x, &count)
			if err == nil || count != 0 || !sameBits(x, before) {
				t.Errorf("%s: the error is %v, count %d", c.want, err, count)
				return nil
			}
			texts[comm.Rank()] = err.Error()
			step()
			if !sameBits(x, b.alone(make_(), 3, 2)) {
				t.Errorf("%s: the state has changed", c.want)
			}
			return nil
		})
		found := slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, c.want) })
		if err != nil || !found {
			t.Errorf("%v, %q, want %s", err, texts, c.want)
		}
		write(shard(1, 1), good)
		write(file, whole)
	}

	if err := LoadFile(file, make([]float64, 60), nil); err == nil || !strings.HasSuffix(err.Error(), "not a checkpoint, but a manifest of shards: use LoadFile of Sharded") {
		t.Error(err)
	}

	// Rank 1 cannot write.
	if err := os.Mkdir(shard(2, 1), 0o777); err != nil {
		t.Fatal(err)
	}
	RunLocal(2, func(comm Comm) error {
		x, count := make([]float64, 60), 0
		opt := NewSharded(make_(), comm)
		err := opt.SaveFile(file, x, &count)
		if want := []string{"optim: Sharded.SaveFile: rank 1 has failed, and has an error that says why",
			"optim: Sharded.SaveFile: " + shard(2, 1) + " is a folder"}[comm.Rank()]; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		return nil
	})
	os.Remove(shard(2, 1))
	write(shard(2, 0), stranger) // what a crash leaves
	write(shard(2, 5), stranger)
	write(shard(2, 1)+".tmp", stranger)
	if got := b.shardedRun(t, make_, 2, 2, file, ""); !sameBits(got, want) {
		t.Error("other bits after a save that failed")
	}
	b.shardedRun(t, make_, 2, 2, file, file)
	if files, _ := filepath.Glob(file + "*"); !slices.Equal(files, []string{file, shard(2, 0), shard(2, 1)}) {
		t.Errorf("files %q", files)
	}
}

// TestShardedTensorsCheckpoint saves Tensors in two ranks and loads them in four, in one, and without a
// Sharded. It also loads what the function SaveFile has saved. All ranks have the same gradient, so the
// bits must be those of one process.
func TestShardedTensorsCheckpoint(t *testing.T) {
	const n = 5*kernel.Block + 7
	b, file := bowlOf(n), filepath.Join(t.TempDir(), "run")
	tensors := func() *Tensors { return NewTensors(append(mixed(3000, 7000), doubles(n-10_000)...)...) }
	make_ := func() Optimizer { return NewAverage(NewAdam(0.1)) }
	wants := [][]float64{}
	for steps := range 8 {
		wants = append(wants, gathered(b.train(tensors(), make_(), steps)))
	}
	run := func(ranks, steps, want int, load, save bool) {
		t.Helper()
		err := RunLocal(ranks, func(comm Comm) error {
			ts, opt, count := tensors(), NewSharded(make_(), comm), 5
			if load {
				if err := opt.LoadFile(file, nil, &count, ts); err != nil {
					return err
				}
			}
			b.train(ts, opt, steps)
			if !sameBits(gathered(ts), wants[want]) || count != 5 {
				t.Errorf("%d ranks, %d steps: other bits", ranks, want)
			}
			if save {
				return opt.SaveFile(file, nil, &count, ts)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	run(2, 3, 3, false, true)
	run(4, 2, 5, true, true)
	run(1, 1, 6, true, false)
	ts, opt, count := tensors(), make_(), 0
	if err := NewSharded(opt, Local(1)[0]).LoadFile(file, nil, &count, ts); err != nil {
		t.Fatal(err)
	}
	if got := gathered(b.train(ts, opt, 1)); !sameBits(got, wants[6]) {
		t.Error("without a Sharded: other bits")
	}
	if err := SaveFile(file, nil, opt, &count, ts); err != nil {
		t.Fatal(err)
	}
	run(2, 1, 7, true, true)
	one, two := NewSharded(make_(), Local(1)[0]), tensors()
	if err := one.LoadFile(file, nil, &count, ts, two); err == nil || !strings.HasSuffix(err.Error(), "the checkpoint has no value 3 of more, want a *optim.Tensors") {
		t.Error(err)
	}
	if err := one.LoadFile(file, nil, &count, NewTensors(doubles(8)...)); err == nil || !strings.HasSuffix(err.Error(), "8 parameters, the checkpoint has 40967") {
		t.Error(err)
	}
	b.train(ts, one, 1)
	if got, want := message(func() { one.SaveFile(file, nil) }), "optim: Sharded.SaveFile: 0 parameters, want 40967 as in the steps"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestShardedMoreTensors saves a second Tensors beside the one that steps. The number of parameters is
// then that of the steps and of the checkpoint.
func TestShardedMoreTensors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run")
	run := func(ranks, steps int, load bool, want float64) {
		t.Helper()
		if err := RunLocal(ranks, func(comm Comm) error {
			opt := NewSharded(NewMomentum(1, 0.5), comm)
			x, g, y := make([]float64, 20), slices.Repeat([]float64{1}, 20), []float64{0, 7}
			ts, second := NewTensors(Tensor{Params: x, Grads: g}), NewTensors(Tensor{Params: y})
			if load {
				y[1] = 0
				if err := opt.LoadFile(file, nil, ts, second); err != nil {
					return err
				}
			}
			for range steps {
				ts.Step(opt)
			}
			if x[0] != want || x[19] != want || y[1] != 7 {
				t.Errorf("rank %d: %v and %v, want %v and 7", comm.Rank(), x, y, want)
			}
			return opt.SaveFile(file, nil, ts, second)
		}); err != nil {
			t.Error(err)
		}
	}
	run(2, 2, false, -1-1.5) // the velocity is 1, 1.5, 1.75, 1.875
	run(3, 1, true, -1-1.5-1.75)
	run(1, 1, true, -1-1.5-1.75-1.875)
	one := NewSharded(NewMomentum(1, 0.5), Local(1)[0])
	first, second := NewTensors(doubles(20)...), NewTensors(doubles(2)...)
	if err := one.LoadFile(file, nil, second, first); err == nil {
		t.Error("Tensors are loaded in another order")
	}
}

// TestShardedBeforeSteps saves and loads before the first step.
func TestShardedBeforeSteps(t *testing.T) {
	b, file := newBowl(30), filepath.Join(t.TempDir(), "run")
	make_ := func() Optimizer { return NewAdam(0.1) }
	want := b.alone(NewAdam(0.1), 3, 4)
	for ranks := range 3 {
		b.shardedRun(t, make_, ranks+1, 0, "", file)
		if x := b.shardedRun(t, make_, 3, 4, file, ""); !sameBits(x, want) {
			t.Errorf("saved by %d ranks: %v, want %v", ranks+1, x[:3], want[:3])
		}
	}
	// The number of parameters is fixed if the checkpoint has steps.
	for steps, want := range []string{"no panic", "optim: Sharded.Step: len(params) = 20, want 30 as in the steps before"} {
		b.shardedRun(t, make_, 1, steps, "", file)
		opt, count := NewSharded(make_(), Local(1)[0]), 0
		if err := opt.LoadFile(file, make([]float64, 30), &count); err != nil {
			t.Fatal(err)
		}
		if got := message(func() { opt.Step(make([]float64, 20), make([]float64, 20)) }); got != want {
			t.Errorf("loaded after %d steps: %s, want %s", steps, got, want)
		}
	}
}

// TestShardedLoadFails checks that the pieces are those of before after a LoadFile that has failed.
func TestShardedLoadFails(t *testing.T) {
	b, file := newBowl(30), filepath.Join(t.TempDir(), "run")
	b.shardedRun(t, func() Optimizer { return NewAdam(0.1) }, 1, 1, "", file)
	err := RunLocal(2, func(comm Comm) error {
		opt, x := NewSharded(NewAdam(0.1), comm), make([]float64, 20)
		if lo, hi := opt.Piece(); lo != 0 || hi != 0 {
			t.Errorf("rank %d: the piece is [%d, %d) before the first step", comm.Rank(), lo, hi)
		}
		opt.Step(x, x)
		lo, hi := opt.Piece()
		if err := opt.LoadFile(file, x); err == nil {
			t.Error("20 parameters are loaded from a checkpoint of 30")
		}
		if from, to := opt.Piece(); from != lo || to != hi || hi-lo != 20*comm.Rank() {
			t.Errorf("rank %d: the piece is [%d, %d), then [%d, %d)", comm.Rank(), lo, hi, from, to)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// crashing is a Comm whose process crashes in the given call of AllGather.
type crashing struct {
	Comm
	calls *int // left before the crash
}

func (c crashing) AllGather(x []float64, from, to []int) {
	if *c.calls == 0 {
		panic("crash")
	}
	*c.calls--
	c.Comm.AllGather(x, from, to)
}

// TestShardedCrash crashes one of two ranks between the phases of SaveFile. The checkpoint must be that
// of before or the new one, whole, and the next one must remove what the crash has left.
func TestShardedCrash(t *testing.T) {
	b, make_ := bowlOf(2*kernel.Block), func() Optimizer { return NewAdam(0.1) }
	for rank := range 2 {
		for calls, steps := range []int{3, 3, 3, 4, 4} { // the manifest is replaced between the third call and the fourth
			file := filepath.Join(t.TempDir(), "run")
			b.shardedRun(t, make_, 2, 3, "", file)
			got := message(func() {
				RunLocal(2, func(comm Comm) error {
					left, x, count := -1, make([]float64, 2*kernel.Block), 0
					opt := NewSharded(make_(), crashing{comm, &left})
					if err := opt.LoadFile(file, x, &count); err != nil {
						return err
					}
					g := make([]float64, len(x))
					b.part(g, x, comm.Rank())
					opt.Step(x, g)
					count++
					if comm.Rank() == rank {
						left = calls
					}
					return opt.SaveFile(file, x, &count)
				})
			})
			if want := []string{"crash", "crash", "crash", "crash", "no panic"}[calls]; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if rank == 1 && calls == 3 {
				continue // rank 0 may have been slower
			}
			checkCheckpoint(t, b, file, steps)
		}
	}
}

// checkCheckpoint loads a checkpoint and wants the bits of the given number of steps. It saves the next one,
// which must leave no other files.
func checkCheckpoint(t *testing.T, b bowl, file string, steps int) {
	t.Helper()
	make_ := func() Optimizer { return NewAdam(0.1) }
	want := b.alone(make_(), 2, steps+1)
	if got := b.shardedRun(t, make_, 2, 1, file, file); !sameBits(got, want) {
		t.Errorf("not the checkpoint of %d steps", steps)
	}
	if files, _ := filepath.Glob(file + "*"); len(files) != 3 {
		t.Errorf("files %q", files)
	}
}

// TestShardedHalves has the files that a crash can leave at any moment of SaveFile: before the manifest
// is replaced some of the new shards, also in parts, and afterwards some of the old ones.
func TestShardedHalves(t *testing.T) {
	b, make_ := bowlOf(2*kernel.Block), func() Optimizer { return NewAdam(0.1) }
	name := filepath.Join(t.TempDir(), "run")
	files := func() map[string][]byte {
		all := map[string][]byte{}
		names, _ := filepath.Glob(name + "*")
		for _, n := range names {
			data, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			all[strings.TrimPrefix(n, name)] = data
		}
		return all
	}
	b.shardedRun(t, make_, 2, 3, "", name)
	before := files()
	b.shardedRun(t, make_, 2, 1, name, name)
	after := files()
	for some := range 1 << 3 { // a bit for each shard, and one for a part of a file
		for _, c := range []struct {
			whole, other map[string][]byte
			generation   int // of the others
			steps        int
		}{{before, after, 2, 3}, {after, before, 1, 4}} {
			file := filepath.Join(t.TempDir(), "run")
			write := func(suffix string, data []byte) {
				if err := os.WriteFile(file+suffix, data, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for suffix, data := range c.whole {
				write(suffix, data)
			}
			for r := range 2 {
				suffix := fmt.Sprintf(".%d.%d", c.generation, r)
				switch {
				case some>>r&1 == 1:
					write(suffix, c.other[suffix])
				case some>>2 == 1:
					write(suffix+".tmp", c.other[suffix][:1000])
				}
			}
			checkCheckpoint(t, b, file, c.steps)
		}
	}
}

// TestShardsNeeded checks which of the shards [0, 15), [15, 25), [25, 25) and [25, 40) a process reads: those with
// its parameters, and shard 0. A process without parameters reads shard 0 alone. A group from 25 on that a
// process steps without parameters needs the last shard too.
func TestShardsNeeded(t *testing.T) {
	groups := Groups{{25, NewAdam(1)}, {15, NewAdam(1)}}
	for _, c := range []struct {
		cuts           []int // of the processes
		groups, pieces Groups
		want           [][]int
	}{
		{[]int{0, 10, 20, 30, 40, 40}, nil, nil, [][]int{{0}, {0, 1}, {0, 1, 3}, {0, 3}, {0}}},
		{[]int{0, 15, 20, 25, 40, 40}, nil, nil, [][]int{{0}, {0, 1}, {0, 1}, {0, 3}, {0}}},
		{[]int{0, 15, 40}, groups, Groups{{15, groups[0].Optimizer}, {0, groups[1].Optimizer}}, [][]int{{0, 3}}},
		{[]int{0, 30, 40}, Groups{{20, nil}, {20, nil}}, Groups{{0, nil}, {10, NewAdam(1)}}, [][]int{{0, 1, 3}, {0, 3}}},
	} {
		for rank, want := range c.want {
			o := &Sharded{comm: Local(5)[rank], layout: layout{cuts: c.cuts, groups: c.groups, pieces: c.pieces}}
			l := &loading{Sharded: o, manifest: &manifest{Cuts: []int{0, 15, 25, 25, 40}}}
			if got := l.needed(); !slices.Equal(got, want) {
				t.Errorf("process %d of the cuts %v reads the shards %v, want %v", rank, c.cuts, got, want)
			}
		}
	}
}

// TestErrorInAll has an error in one of three processes. Every process returns an error.
func TestErrorInAll(t *testing.T) {
	for failing := range 3 {
		err := RunLocal(3, func(comm Comm) error {
			o, err, want := NewSharded(NewSGD(1), comm), error(nil), "optim: F: out of space"
			if comm.Rank() == failing {
				err = errors.New("out of space")
			} else {
				want = fmt.Sprintf("optim: F: rank %d has failed, and has an error that says why", failing)
			}
			if err = o.inAll("F", err); err == nil || err.Error() != want {
				t.Errorf("rank %d: %v, want %s", comm.Rank(), err, want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
