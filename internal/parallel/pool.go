// Package parallel shares loops over long vectors among goroutines: the chunks of a step, and
// reductions over fixed blocks. The results have the same bits for every number of goroutines,
// since no chunk depends on another one and the parts of a reduction are added in the order of the
// blocks.
//
// Packages optim and internal/qr call it, and package mpi calls its Tree. It starts all goroutines of
// a step on one machine.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Tests assign these variables.
var (
	// MinLen is the length from which a loop over a vector is shared. An idle processor takes about
	// 50 µs to start work.
	MinLen = 1 << 18
	// ChunkLen is the number of elements that a goroutine claims at a time.
	ChunkLen = 1 << 14
)

// Pool holds the goroutines that share a loop. Each goroutine claims one chunk after another until
// none is left. The zero value is ready. A loop after the first allocates nothing. A pool runs one
// loop at a time.
type Pool struct {
	do        func(lo, hi int)
	n, length int // of the vector and of a chunk
	chunks    int64
	unclaimed atomic.Int64   // chunks that no goroutine has claimed; negative at the end
	open      sync.WaitGroup // chunks that are not finished
	workers   atomic.Int64   // goroutines besides the caller's
	worker    func()         // made once: a new method value would allocate
	failure   atomic.Pointer[any]
}

// For calls do for consecutive chunks of [0, n). If n is less than MinLen, it calls do once.
// Otherwise several goroutines call do at the same time. To allocate nothing, make do once and keep
// it. A panic in do reaches the caller.
func (p *Pool) For(n int, do func(lo, hi int)) {
	if n < MinLen {
		do(0, n)
		return
	}
	p.Share(n, ChunkLen, do)
}

// Share calls do for chunks of the given length from up to GOMAXPROCS goroutines.
func (p *Pool) Share(n, length int, do func(lo, hi int)) {
	if p.worker == nil {
		p.worker = p.work
	}
	p.do, p.n, p.length = do, n, length
	p.chunks = int64((n + length - 1) / length)
	p.open.Add(int(p.chunks))
	p.unclaimed.Store(p.chunks)
	// One goroutine more than can run beside this one: the scheduler starts the last one late.
	if procs := int64(runtime.GOMAXPROCS(0)); procs > 1 {
		for range min(procs, p.chunks) - p.workers.Load() {
			p.workers.Add(1)
			go p.worker()
		}
	}
	defer p.finish()
	p.claim()
}

// finish waits for the other goroutines. If do has ended the caller's goroutine, finish first drops
// the chunks that are not claimed.
func (p *Pool) finish() {
	for p.unclaimed.Add(-1) >= 0 {
		p.open.Done()
	}
	p.open.Wait()
	if failure := p.failure.Swap(nil); failure != nil {
		panic(*failure)
	}
}

// work is the loop of a worker.
func (p *Pool) work() {
	for {
		p.shift()
		if p.unclaimed.Load() <= 0 {
			return
		}
		p.workers.Add(1) // the next loop has begun before shift removed this worker from the count
	}
}

// shift claims chunks and then removes this worker from the count, also if do ends the goroutine.
func (p *Pool) shift() {
	defer p.workers.Add(-1)
	p.claim()
}

// claim claims and does chunks until none is left.
func (p *Pool) claim() {
	for {
		left := p.unclaimed.Add(-1)
		if left < 0 {
			return
		}
		p.chunk(int(p.chunks-1-left) * p.length)
	}
}

// chunk does the chunk that begins at lo. It keeps a panic for the caller of Share.
func (p *Pool) chunk(lo int) {
	defer p.open.Done()
	defer func() {
		if v := recover(); v != nil {
			failure := v // allocates in this case only
			p.failure.Store(&failure)
		}
	}()
	p.do(lo, min(lo+p.length, p.n))
}
