package optim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"example.com/optim/internal/parallel"
)

// Local returns n Comms that connect n goroutines of this process: one for each. They are for tests,
// and for trying out what package mpi does with processes. A goroutine that ends early leaves the
// others waiting: see RunLocal. Local(1)[0] is a Comm for a program that runs alone. Local panics
// unless n is at least 1.
func Local(n int) []Comm {
	checkAtLeast("Local", "n", n, 1)
	together := &meeting{given: make([][]float64, n)}
	together.turn.L = &together.Mutex
	comms := make([]Comm, n)
	for rank := range comms {
		comms[rank] = &local{meeting: together, rank: rank, cuts: make([]int, n+1)}
	}
	return comms
}

// RunLocal calls f on n goroutines, with the Comms of Local(n), and waits until all have ended. If f
// returns an error, panics or ends its goroutine, the calls of the other Comms panic, and these
// goroutines end too. Then RunLocal returns the error, or panics with the value of the panic. If f
// fails on several goroutines, the failure is that of the lowest rank.
func RunLocal(n int, f func(comm Comm) error) error {
	comms := Local(n)
	ends := make([]localEnd, n)
	var all sync.WaitGroup
	all.Add(n)
	for rank, comm := range comms {
		go func() {
			defer all.Done()
			end := &ends[rank]
			*end = localEnd{rank: rank, err: errors.New("the goroutine has ended")}
			defer func() {
				if v := recover(); v != nil {
					end.failure, end.err = v, nil
				}
				if end.failure != nil || end.err != nil {
					comm.(*local).Abort()
				}
			}()
			end.err = f(comm)
		}()
	}
	all.Wait()
	worst := slices.MaxFunc(ends, func(a, b localEnd) int { return cmp.Compare(a.severity(), b.severity()) })
	if worst.failure != nil {
		panic(worst.failure)
	}
	if worst.err != nil {
		return fmt.Errorf("optim: RunLocal: rank %d: %w", worst.rank, worst.err)
	}
	return nil
}

// localEnd is how f has ended in RunLocal.
type localEnd struct {
	rank    int
	err     error
	failure any // what f has panicked with
}

// severity orders the ends: none, the consequence of another one, a failure.
func (e localEnd) severity() int {
	switch {
	case e.failure == any(aborted):
		return 1
	case e.failure != nil || e.err != nil:
		return 2
	}
	return 0
}

// aborted is what the calls of a Comm of Local panic with after Abort.
const aborted = "optim: Local: another goroutine has failed"

// meeting is what the Comms of one call of Local share.
type meeting struct {
	sync.Mutex
	turn    sync.Cond
	given   [][]float64 // the vector of each goroutine
	arrived int
	rounds  int
	aborted bool
}

// wait waits until all goroutines have called it.
func (m *meeting) wait() {
	m.Lock()
	defer m.Unlock()
	round := m.rounds
	m.arrived++
	if m.arrived == len(m.given) {
		m.arrived = 0
		m.rounds++
		m.turn.Broadcast()
	}
	for m.rounds == round && !m.aborted {
		m.turn.Wait()
	}
	if m.rounds == round {
		panic(aborted)
	}
}

// local is a Comm of Local.
type local struct {
	*meeting
	rank int
	cuts []int // of AllReduce
	tree parallel.Tree
}

func (l *local) Rank() int { return l.rank }

func (l *local) Size() int { return len(l.given) }

// Abort makes the calls of all goroutines panic, those that wait and later ones.
func (l *local) Abort() {
	l.Lock()
	defer l.Unlock()
	l.aborted = true
	l.turn.Broadcast()
}

func (l *local) AllReduce(x []float64) {
	for r := range l.cuts {
		l.cuts[r] = evenCut(len(x), r, l.Size())
	}
	from, to := l.cuts[:l.Size()], l.cuts[1:]
	l.ReduceScatter(x[from[l.rank]:to[l.rank]], x, from, to)
	l.AllGather(x, from, to)
}

func (l *local) ReduceScatter(dst, src []float64, from, to []int) {
	l.meet("ReduceScatter", src, from, to)
	if n := to[l.rank] - from[l.rank]; len(dst) != n {
		panic(fmt.Sprintf("optim: Comm.ReduceScatter: len(dst) = %d, want to[%d]−from[%d] = %d", len(dst), l.rank, l.rank, n))
	}
	l.tree.Sum(dst, l.given, from[l.rank])
	l.wait() // all are done with the vectors
}

func (l *local) AllGather(x []float64, from, to []int) {
	l.meet("AllGather", x, from, to)
	for r, lo := range from {
		if r != l.rank {
			copy(x[lo:to[r]], l.given[r][lo:])
		}
	}
	l.wait() // all are done with the vectors
}

// meet waits until all goroutines have given their vectors. It panics if the lengths differ, or if from
// and to do not fit them.
func (l *local) meet(method string, x []float64, from, to []int) {
	if len(from) != l.Size() || len(to) != l.Size() {
		panic(fmt.Sprintf("optim: Comm.%s: len(from) = %d, len(to) = %d, want %d", method, len(from), len(to), l.Size()))
	}
	for r, lo := range from {
		if !(0 <= lo && lo <= to[r] && to[r] <= len(x)) {
			panic(fmt.Sprintf("optim: Comm.%s: the part [%d, %d) of rank %d, want one of %d numbers", method, lo, to[r], r, len(x)))
		}
	}
	l.given[l.rank] = x
	l.wait()
	for r, other := range l.given {
		if len(other) != len(x) {
			panic(fmt.Sprintf("optim: Comm.%s: %d numbers in rank %d, %d in rank %d, want the same", method, len(x), l.rank, len(other), r))
		}
	}
}

// evenCut returns the index of the first of n elements in piece r of equal pieces.
func evenCut(n, r, pieces int) int { return n/pieces*r + n%pieces*r/pieces }
