package parallel

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// vary sets the variables of the package and GOMAXPROCS until the test ends.
func vary(t testing.TB, minLen, chunkLen, procs int) {
	from, length, before := MinLen, ChunkLen, runtime.GOMAXPROCS(procs)
	MinLen, ChunkLen = minLen, chunkLen
	t.Cleanup(func() {
		MinLen, ChunkLen = from, length
		runtime.GOMAXPROCS(before)
	})
}

// TestEveryElementOnce counts the visits of each element, for loops one after another on one pool.
func TestEveryElementOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 3, 8} {
		for _, chunk := range []int{1, 2, 7, 64, 1000} {
			t.Run(fmt.Sprintf("%d/%d", procs, chunk), func(t *testing.T) {
				const minLen = 5
				vary(t, minLen, chunk, procs)
				var p Pool
				for n := range 140 {
					visits, calls := make([]atomic.Int64, n), atomic.Int64{}
					p.For(n, func(lo, hi int) {
						calls.Add(1)
						if n >= minLen && (lo%chunk != 0 || hi != min(lo+chunk, n)) {
							t.Errorf("n %d: a chunk [%d, %d)", n, lo, hi)
						}
						for i := lo; i < hi; i++ {
							visits[i].Add(1)
						}
					})
					for i := range visits {
						if v := visits[i].Load(); v != 1 {
							t.Fatalf("n %d: %d visits of element %d", n, v, i)
						}
					}
					want := int64(1)
					if n >= minLen {
						want = int64((n + chunk - 1) / chunk)
					}
					if calls.Load() != want {
						t.Errorf("n %d: %d calls, want %d", n, calls.Load(), want)
					}
				}
			})
		}
	}
}

// TestLongLoops gives every goroutine many chunks to claim.
func TestLongLoops(t *testing.T) {
	for _, procs := range []int{1, 2, 5} {
		vary(t, 1, 16, procs)
		var p Pool
		x := make([]float64, 10000)
		do := func(lo, hi int) {
			for i := lo; i < hi; i++ {
				x[i]++
			}
		}
		const loops = 200
		for range loops {
			p.For(len(x), do)
		}
		for i, v := range x {
			if v != loops {
				t.Fatalf("%d goroutines: %v visits of element %d in %d loops", procs, v, i, loops)
			}
		}
	}
}

// TestGoroutines makes every chunk wait for the others, so that each needs a goroutine.
func TestGoroutines(t *testing.T) {
	for _, procs := range []int{2, 4} {
		vary(t, 1, 1, procs)
		var p Pool
		var waiting atomic.Int64
		p.For(procs, func(_, _ int) {
			waiting.Add(1)
			for waiting.Load() < int64(procs) {
				runtime.Gosched()
			}
		})
	}
}

// TestGoroutinesEnd checks that the goroutines of a loop end with it.
func TestGoroutinesEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	vary(t, 1, 1, 8)
	var p Pool
	for range 20000 { // a loop often begins while workers of the last one end
		p.For(20, func(_, _ int) {})
	}
	checkEnd(t, &p, before)
}

// checkEnd waits until as many goroutines are left as before, and the pool counts no workers. Goroutines of
// other tests may end at the same time, so that the one does not imply the other.
func checkEnd(t *testing.T, p *Pool, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before || p.workers.Load() != 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before, and a count of %d workers", runtime.NumGoroutine(), before, p.workers.Load())
		}
	}
}

// TestPanic panics in single chunks. The caller of For gets the value of one of them, and the next
// loop is a whole one.
func TestPanic(t *testing.T) {
	for _, procs := range []int{1, 4} {
		vary(t, 1, 10, procs)
		var p Pool
		for at := 0; at < 1000; at += 10 {
			got := func() (v any) {
				defer func() { v = recover() }()
				p.For(1000, func(lo, _ int) {
					if lo == at || lo == 990-at {
						panic(lo)
					}
				})
				return nil
			}()
			if got != at && got != 990-at {
				t.Fatalf("a panic at %d or %d: For panics with %v", at, 990-at, got)
			}
			var visits atomic.Int64
			p.For(1000, func(lo, hi int) { visits.Add(int64(hi - lo)) })
			if visits.Load() != 1000 {
				t.Fatalf("%d visits of 1000 elements after a panic", visits.Load())
			}
		}
	}
}

// TestGoexit ends goroutines in the middle of a loop: the first one to claim a chunk after another
// one has ended, so that goroutines of the pool end, and in most loops the caller. The next loop
// must not wait for them.
func TestGoexit(t *testing.T) {
	before := runtime.NumGoroutine()
	vary(t, 1, 10, 4)
	var p Pool
	for range 100 {
		done := make(chan bool)
		var chunks atomic.Int64
		go func() {
			defer close(done)
			p.For(1000, func(_, _ int) {
				if chunks.Add(1) == 1 {
					for chunks.Load() == 1 {
						runtime.Gosched()
					}
				}
				runtime.Goexit()
			})
		}()
		<-done
		var visits atomic.Int64
		p.For(1000, func(lo, hi int) { visits.Add(int64(hi - lo)) })
		if visits.Load() != 1000 {
			t.Fatalf("%d visits of 1000 elements after Goexit", visits.Load())
		}
	}
	checkEnd(t, &p, before)
}
