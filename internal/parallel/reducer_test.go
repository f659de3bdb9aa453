package parallel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"example.com/optim/internal/kernel"
)

// TestReducer compares the bits of a Reducer with those of package kernel: on vectors shorter and
// longer than MinLen, of whole blocks and not, with numbers of all magnitudes, with zeros only, and
// with NaN and infinities.
func TestReducer(t *testing.T) {
	const block = kernel.Block
	rng := rand.New(rand.NewPCG(1, 2))
	for _, procs := range []int{1, 2, 7} {
		vary(t, 3*block, 16, procs)
		var r Reducer
		for _, n := range []int{0, 1, 100, 3*block - 1, 3 * block, 3*block + 1, 4*block - 1, 4 * block, 9*block + 77, 3 * block} {
			for _, bad := range []float64{1, 0, 1e200, 1e-200, math.Inf(-1), math.NaN()} {
				x, y := make([]float64, n), make([]float64, n)
				for i := range x {
					x[i], y[i] = rng.NormFloat64()*math.Exp(4*rng.NormFloat64()), rng.NormFloat64()
				}
				if n > 0 {
					x[rng.IntN(n)] = bad
				}
				if bad == 0 {
					clear(x)
				}
				first, second := r.Sums(n, func(lo, hi int) (a, b float64) {
					if lo >= hi {
						t.Errorf("n %d: an empty block at %d", n, lo)
					}
					return kernel.Dot(x[lo:hi], y[lo:hi]), kernel.SumAbs(x[lo:hi])
				})
				for _, c := range []struct {
					name      string
					got, want float64
				}{
					{"Dot", r.Dot(x, y), kernel.Dot(x, y)},
					{"SumSquares", r.SumSquares(x), kernel.SumSquares(x, 1)},
					{"AbsMax", r.AbsMax(x), kernel.AbsMax(x)},
					{"Norm", r.Norm(x), kernel.Norm(x, kernel.SumSquares(x, 1))},
					{"Sums, first", first, kernel.Dot(x, y)},
					{"Sums, second", second, kernel.SumAbs(x)},
				} {
					if math.Float64bits(c.got) != math.Float64bits(c.want) && (c.got == c.got || c.want == c.want) {
						t.Errorf("%s of %d elements with %v on %d goroutines: %v, want %v", c.name, n, bad, procs, c.got, c.want)
					}
					if math.IsNaN(bad) && n > 0 && !math.IsNaN(c.got) {
						t.Errorf("%s of %d elements with NaN: %v", c.name, n, c.got)
					}
				}
			}
		}
	}
}

// TestAllocations counts the allocations of loops and reductions after the first one.
func TestAllocations(t *testing.T) {
	const n = 3*kernel.Block + 1
	x := make([]float64, n)
	do := func(lo, _ int) { x[lo]++ }
	sum := func(lo, _ int) (a, b float64) { return x[lo], 1 }
	for _, procs := range []int{1, 2} {
		t.Run(fmt.Sprint(procs), func(t *testing.T) {
			vary(t, 1, 512, procs)
			var p Pool
			for range 20000 { // the runtime keeps up to so many goroutines that have ended
				p.For(4096, do)
			}
			var r Reducer
			for name, f := range map[string]func(){
				"For":        func() { p.For(n, do) },
				"Dot":        func() { r.Dot(x, x) },
				"SumSquares": func() { r.SumSquares(x) },
				"AbsMax":     func() { r.AbsMax(x) },
				"Norm":       func() { r.Norm(x) },
				"Sums":       func() { r.Sums(n, sum) },
			} {
				f()
				if n := allocations(f); n > 0 {
					t.Errorf("%s: %d allocations in 100 calls", name, n)
				}
			}
		})
	}
}

// allocations returns the number of allocations in 100 calls of f: the least of many tries, because
// the runtime itself allocates now and then. testing.AllocsPerRun would allow one processor only.
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
