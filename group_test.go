package optim

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestGroups steps as the parts do by themselves. One of them is frozen.
func TestGroups(t *testing.T) {
	b := newBowl(10)
	gs := Groups{{4, NewAdam(0.1)}, {0, nil}, {3, nil}, {3, NewMomentum(0.1, 0.9)}}
	got := b.run(gs, 30)
	want := bowl{b.a[:4], b.c[:4]}.run(NewAdam(0.1), 30)
	want = append(want, 0, 0, 0)
	want = append(want, bowl{b.a[7:], b.c[7:]}.run(NewMomentum(0.1, 0.9), 30)...)
	if !sameBits(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestEmptyGroup checks that the optimizer of a group without parameters takes no step, also within a
// wrapper.
func TestEmptyGroup(t *testing.T) {
	empty := NewAdam(0.1)
	gs := Groups{{0, empty}, {2, NewSGD(1)}}
	for _, opt := range []Optimizer{gs, NewAverage(gs), NewChain(gs, L2(0))} {
		x := []float64{1, 2}
		opt.Step(x, []float64{1, 1})
		if empty.Steps() != 0 || x[0] != 0 {
			t.Errorf("%T: %d steps, x = %v", opt, empty.Steps(), x)
		}
	}
}

// appender is a user's type that appends to the parameters.
type appender struct{}

func (appender) Step(params, _ []float64) { _ = append(params, 99) }

func TestGroupsKeepTheirNeighbours(t *testing.T) {
	x := []float64{1, 2}
	Groups{{1, appender{}}, {1, nil}}.Step(x, []float64{0, 0})
	if x[1] != 2 {
		t.Errorf("x = %v: a group wrote to the parameters of the next", x)
	}
}

func TestGroupsResume(t *testing.T) {
	newGroups := func() Groups { return Groups{{4, NewAdam(0.1)}, {3, nil}, {3, NewChain(NewRMSProp(0.1), L2(0.1))}} }
	b := newBowl(10)
	want := b.run(newGroups(), 20)
	for k := range 20 {
		gs, again := newGroups(), newGroups()
		x := b.run(gs, k)
		transfer(t, gs, again)
		if got := b.goOn(x, again, 20-k); !sameBits(got, want) {
			t.Errorf("other bits when resumed after %d", k)
		}
	}
	gs := newGroups()
	b.run(gs, 5)
	Reset(gs)
	if got := b.run(gs, 20); !sameBits(got, want) {
		t.Error("other bits after Reset")
	}
}

// TestGroupsOfAnotherState loads the state of groups that differ, also in which of them is frozen.
func TestGroupsOfAnotherState(t *testing.T) {
	from := Groups{{2, NewSGD(0.1)}, {3, nil}}
	newBowl(5).run(from, 2)
	data := encoded(from)
	for _, c := range []struct {
		into Groups
		want string
	}{
		{Groups{{5, NewSGD(0.1)}}, "2 groups, want 1"},
		{Groups{{3, NewSGD(0.1)}, {2, nil}}, "2 parameters in Groups[0], want 3"},
		{Groups{{2, nil}, {3, NewSGD(0.1)}}, "1 optimizers in Groups[0], want 0"},
		{Groups{{2, NewSGD(0.1)}, {3, NewSGD(0.1)}}, "0 optimizers in Groups[1], want 1"},
		{Groups{{2, (*SGD)(nil)}, {3, nil}}, "Groups[0].Optimizer is a nil *optim.SGD"},
	} {
		err := Unmarshal(data, c.into)
		if err == nil || !strings.HasSuffix(err.Error(), "state of Groups: "+c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestGroupsAllocate has two groups on several goroutines, and more groups than one table of
// checkDistinct holds.
func TestGroupsAllocate(t *testing.T) {
	many := make(Groups, 200)
	for i := range many {
		many[i] = Group{5, NewAdam(0.1)}
	}
	for _, gs := range []Groups{{{400, NewAdam(0.1)}, {600, NewChain(NewSGD(0.1), NewClipNorm(1))}}, many} {
		x, g := make([]float64, 1000), make([]float64, 1000)
		gs.Step(x, g)
		if n := allocations(func() { gs.Step(x, g) }); n > 0 && !raceEnabled {
			t.Errorf("%d groups: %d allocations in 100 steps", len(gs), n)
		}
	}
}

// TestSharedOptimizer puts an optimizer into two of many groups, by itself and within wrappers.
func TestSharedOptimizer(t *testing.T) {
	around := []func(opt Optimizer) Optimizer{
		func(opt Optimizer) Optimizer { return opt },
		func(opt Optimizer) Optimizer { return NewAverage(opt) },
		func(opt Optimizer) Optimizer { return NewLookahead(NewAccumulate(NewChain(opt, L2(1)), 1), 1, 1) },
	}
	for _, c := range []struct{ n, i, j int }{{2, 0, 1}, {64, 0, 63}, {65, 0, 64}, {65, 63, 64}, {129, 0, 128}, {129, 127, 128}, {300, 128, 129}, {300, 128, 299}, {300, 1, 299}} {
		for k := range around {
			gs := make(Groups, c.n)
			for i := range gs {
				gs[i] = Group{1, NewMomentum(0.1, 0.9)}
			}
			shared := NewMomentum(0.1, 0.9)
			gs[c.i].Optimizer, gs[c.j].Optimizer = around[k](shared), around[(k+1)%len(around)](shared)
			want := fmt.Sprintf("optim: Groups[%d].Optimizer is that of Groups[%d], want one for each", c.j, c.i)
			before := encoded(gs)
			x, g := make([]float64, c.n), make([]float64, c.n)
			fill(g, 1)
			for range 2 { // the first refusal must leave no mark
				if got := message(func() { gs.Step(x, g) }); got != want {
					t.Errorf("%d groups: %s, want %s", c.n, got, want)
				}
			}
			if !bytes.Equal(before, encoded(gs)) || !sameBits(x, make([]float64, c.n)) {
				t.Errorf("%d groups: state or parameters changed", c.n)
			}
			gs[c.j].Optimizer = NewMomentum(0.1, 0.9)
			gs.Step(x, g)
			if x[c.i] != -0.1 || x[c.j] != -0.1 {
				t.Errorf("%d groups: %v, want -0.1", c.n, x)
			}
		}
	}
}

// TestSharedType has the user's types in several groups.
func TestSharedType(t *testing.T) {
	s, around := NewSGD(1), NewAverage(new(stranger))
	for _, c := range []struct {
		gs   Groups
		want string
	}{
		{Groups{{1, &loud{SGD: s}}, {1, s}}, "optim: Groups[1].Optimizer is that of Groups[0], want one for each"},
		{Groups{{1, around}, {1, nil}, {1, around}}, "optim: Groups[2].Optimizer is that of Groups[0], want one for each"},
		{Groups{{1, new(stranger)}, {1, new(stranger)}}, "no panic"},
		{Groups{{1, NewAverage(new(stranger))}, {1, NewAverage(new(stranger))}}, "no panic"},
	} {
		n := len(c.gs)
		if got := message(func() { c.gs.Step(make([]float64, n), make([]float64, n)) }); got != c.want {
			t.Errorf("%s: %s, want %s", c.gs, got, c.want)
		}
	}
}

func TestGroupsWithNil(t *testing.T) {
	for want, opt := range map[string]Optimizer{"*optim.Adam": (*Adam)(nil), "*optim.LBFGS": (*LBFGS)(nil), "*optim.Average": (*Average)(nil), "*optim.loud": (*loud)(nil), "optim.stepFunc": stepFunc(nil)} {
		a := NewSGD(1)
		gs := Groups{{1, a}, {2, opt}}
		for _, o := range []Optimizer{gs, NewChain(gs, NewClipNorm(1)), NewAverage(gs)} {
			x := []float64{1, 2, 3}
			if got := message(func() { o.Step(x, x[:3:3]) }); got != "optim: Groups[1].Optimizer is a nil "+want {
				t.Errorf("%T: %s, want %s", o, got, want)
			}
		}
		if a.Steps() != 0 {
			t.Errorf("%s: the group before it has stepped", want)
		}
		_ = gs.String()
	}
}

// stepFunc is an optimizer of the user's that is a function.
type stepFunc func(params, grads []float64)

func (f stepFunc) Step(params, grads []float64) { f(params, grads) }
