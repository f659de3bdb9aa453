package optim

import "testing"

// TestGroups steps as the parts would by themselves, with one of them frozen.
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
	other := Groups{{10, NewAdam(0.1)}}
	if err := Unmarshal(encoded(newGroups()), other); err == nil {
		t.Error("took the state of other groups")
	}
	gs := newGroups()
	b.run(gs, 5)
	Reset(gs)
	if got := b.run(gs, 20); !sameBits(got, want) {
		t.Error("other bits after Reset")
	}
}

func TestGroupsAllocate(t *testing.T) {
	gs := Groups{{400, NewAdam(0.1)}, {600, NewChain(NewSGD(0.1), NewClipNorm(1))}}
	x, g := make([]float64, 1000), make([]float64, 1000)
	gs.Step(x, g)
	if n := allocations(func() { gs.Step(x, g) }); n > 0 && !raceEnabled {
		t.Errorf("%d allocations in 100 steps", n)
	}
}
