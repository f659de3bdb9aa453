package optim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEpoch checks that an epoch has every term once.
func TestEpoch(t *testing.T) {
	for _, size := range []int{1, 3, 7} {
		var sizes []int
		var order []int
		sum := FiniteSum{N: 7, Grad: func(_, _ []float64, batch []int) {
			sizes = append(sizes, len(batch))
			order = append(order, batch...)
		}}
		o := NewMiniBatch(sum, size, seeded())
		for epoch := range 20 {
			for o.Epoch() == epoch {
				o.Grad(make([]float64, 1), make([]float64, 1))
			}
			if o.Evaluations() != 7*(epoch+1) {
				t.Errorf("%d evaluations after %d epochs", o.Evaluations(), epoch+1)
			}
			slices.Sort(order)
			if !slices.Equal(order, all(7)) {
				t.Errorf("size %d: terms %v in an epoch", size, order)
			}
			order = nil
		}
		want := map[int][]int{1: {1, 1, 1, 1, 1, 1, 1}, 3: {3, 3, 1}, 7: {7}}[size]
		if !slices.Equal(sizes[:len(want)], want) || len(sizes) != 20*len(want) {
			t.Errorf("sizes %v, want %v in each of 20 epochs", sizes, want)
		}
	}
}

// TestOrders counts the orders of three terms. All must be equally probable.
func TestOrders(t *testing.T) {
	o := NewMiniBatch(FiniteSum{N: 3}, 2, seeded())
	count := map[string]int{}
	const epochs = 6000
	for range epochs {
		var order []int
		for batch := range o.Batches() {
			order = append(order, batch...)
		}
		count[fmt.Sprint(order)]++
	}
	if len(count) != 6 || o.Epoch() != epochs {
		t.Errorf("%d orders in %d epochs", len(count), o.Epoch())
	}
	for order, n := range count {
		if n < 850 || n > 1150 { // 1000 ± 5σ
			t.Errorf("order %s came %d times in %d", order, n, epochs)
		}
	}
}

// TestWholeBatch compares a batch of all terms with the whole sum, to the bit. No random number is
// drawn.
func TestWholeBatch(t *testing.T) {
	pcg := rand.NewPCG(1, 2)
	o := NewMiniBatch(terms, 7, rand.New(pcg))
	x, g, want := []float64{1, 2, 3}, make([]float64, 3), make([]float64, 3)
	for range 3 {
		clear(want)
		terms.Grad(want, x, all(7))
		o.Grad(g, x)
		if !sameBits(g, want) {
			t.Errorf("%v, want %v", g, want)
		}
	}
	if rand.New(pcg).Uint64() != seeded().Uint64() {
		t.Error("a whole batch drew from the generator")
	}
}

// TestBreak leaves a loop over the batches after each number of batches. The batch that was yielded
// last counts as used, and Batches or Grad continues with the following one.
func TestBreak(t *testing.T) {
	for _, size := range []int{1, 2, 7} {
		for left := 1; left <= 7; left++ {
			for _, grad := range []bool{false, true} {
				var seen []int
				sum := FiniteSum{N: 7, Grad: func(_, _ []float64, batch []int) { seen = append(seen, batch...) }}
				o := NewMiniBatch(sum, size, seeded())
				yielded := 0
				for batch := range o.Batches() {
					seen = append(seen, batch...)
					yielded++
					if yielded == left {
						break
					}
				}
				if o.Evaluations() != len(seen) {
					t.Errorf("size %d: %d evaluations after a break in batch %d of %d terms", size, o.Evaluations(), yielded, len(seen))
				}
				if grad {
					for o.Epoch() == 0 {
						o.Grad(make([]float64, 1), make([]float64, 1))
					}
				} else if o.Epoch() == 0 {
					for batch := range o.Batches() {
						seen = append(seen, batch...)
					}
				}
				if o.Evaluations() != 7 || o.Epoch() != 1 {
					t.Errorf("size %d, break in batch %d: %d evaluations in %d epochs", size, left, o.Evaluations(), o.Epoch())
				}
				var next []int
				for batch := range o.Batches() {
					next = append(next, batch...)
				}
				slices.Sort(seen[:7])
				slices.Sort(next)
				if !slices.Equal(seen, all(7)) || !slices.Equal(next, all(7)) {
					t.Errorf("size %d, break in batch %d: terms %v, then %v", size, left, seen, next)
				}
			}
		}
	}
}
