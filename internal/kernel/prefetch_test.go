package kernel

import (
	"slices"
	"testing"
)

// TestPrefetch prefetches slices of every length and offset up to three cache lines. They stay as they
// are.
func TestPrefetch(t *testing.T) {
	Prefetch[float64](nil)
	x, n := make([]float64, 24), make([]int, 24)
	for i := range x {
		x[i], n[i] = float64(i), -i
	}
	y, m := slices.Clone(x), slices.Clone(n)
	for from := range x {
		for to := from; to <= len(x); to++ {
			Prefetch(x[from:to])
			Prefetch(n[from:to])
		}
	}
	if !slices.Equal(x, y) || !slices.Equal(n, m) {
		t.Errorf("%v, %v", x, n)
	}
}
