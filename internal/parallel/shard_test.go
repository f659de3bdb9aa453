package parallel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"example.com/optim/internal/kernel"
)

// gatherers returns the functions gather of processes that are goroutines.
func gatherers(ranks int) []func(x []float64, from, to []int) {
	var mu sync.Mutex
	turn := sync.NewCond(&mu)
	given, arrived, round := make([][]float64, ranks), 0, 0
	wait := func() {
		mu.Lock()
		defer mu.Unlock()
		before := round
		if arrived++; arrived == ranks {
			arrived = 0
			round++
			turn.Broadcast()
		}
		for round == before {
			turn.Wait()
		}
	}
	var all []func(x []float64, from, to []int)
	for rank := range ranks {
		all = append(all, func(x []float64, from, to []int) {
			given[rank] = x
			wait()
			for r, lo := range from {
				if r != rank {
					copy(x[lo:to[r]], given[r][lo:to[r]])
				}
			}
			wait()
		})
	}
	return all
}

// TestShard cuts vectors within blocks, between them, and into empty pieces. Every process must get
// the bits of the kernels on the whole vectors.
func TestShard(t *testing.T) {
	const block = kernel.Block
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		cuts []int
		bad  float64
	}{
		{[]int{0, 0}, 0},
		{[]int{0, 1}, 1},
		{[]int{0, 3 * block}, 1e200},
		{[]int{0, 0, 0, 0}, 0},
		{[]int{0, 1, 2, 3}, 1},
		{[]int{0, 0, 5, 5}, 1e200},
		{[]int{0, 2, 700, 700, 1000}, 1e-200},
		{[]int{0, block, 2 * block, 3*block + 7}, math.NaN()},
		{[]int{0, block - 1, block + 1, 2 * block}, 1},
		{[]int{0, block + 1, block + 2, block + 3, 5*block - 1}, 1e200},
		{[]int{0, 0, 4*block + 5, 4*block + 6, 6 * block}, math.Inf(1)},
		{[]int{0, 3, 9 * block, 9 * block}, 1e-200},
		{[]int{0, 0, block, block, 5 * block, 5*block + 1}, 1},
		{[]int{0, 20*block + 3, 20*block + 4, 37*block + 5}, 1},
	} {
		t.Run(fmt.Sprint(c.cuts, c.bad), func(t *testing.T) {
			vary(t, 3*block, 16, 2)
			ranks := len(c.cuts) - 1
			n := c.cuts[ranks]
			x, y := make([]float64, n), make([]float64, n)
			for i := range x {
				x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
				if math.Abs(c.bad) < 1 { // all squares underflow
					x[i] *= c.bad
				}
			}
			if n > 0 {
				x[n/2] = c.bad
			}
			gather := gatherers(ranks)
			var all sync.WaitGroup
			for rank := range ranks {
				all.Add(1)
				go func() {
					defer all.Done()
					lo, hi := c.cuts[rank], c.cuts[rank+1]
					r := Reducer{Shard: NewShard(c.cuts, rank, gather[rank])}
					if r.Len(hi-lo) != n || r.Start() != lo {
						t.Errorf("rank %d: from %d of %d, want %d of %d", rank, r.Start(), r.Len(hi-lo), lo, n)
					}
					for range 2 { // the second time in used buffers
						for _, v := range []struct {
							name      string
							got, want float64
						}{
							{"SumSquares", r.SumSquares(y[lo:hi]), kernel.SumSquares(y, 1)},
							{"AbsMax", r.AbsMax(x[lo:hi]), kernel.AbsMax(x)},
							{"Norm", r.Norm(x[lo:hi]), kernel.Norm(x, kernel.SumSquares(x, 1))},
						} {
							if math.Float64bits(v.got) != math.Float64bits(v.want) && (v.got == v.got || v.want == v.want) {
								t.Errorf("rank %d: %s is %v, want %v", rank, v.name, v.got, v.want)
							}
						}
						if !r.Shard.aligned() {
							continue
						}
						first, second := r.Sums(hi-lo, func(from, to int) (a, b float64) {
							return kernel.SumSquares(y[lo+from:lo+to], 1), kernel.SumAbs(y[lo+from : lo+to])
						})
						dot := r.Dot(y[lo:hi], y[lo:hi])
						if want := kernel.SumSquares(y, 1); first != want || second != kernel.SumAbs(y) || dot != kernel.Dot(y, y) {
							t.Errorf("rank %d: sums of %v and %v, and %v, want %v and %v, and %v", rank, first, second, dot, want, kernel.SumAbs(y), kernel.Dot(y, y))
						}
					}
				}()
			}
			all.Wait()
		})
	}
}
