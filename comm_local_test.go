package optim

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
)

// TestLocal adds vectors of numbers whose sums depend on the order. The sums must be those of the
// tree.
func TestLocal(t *testing.T) {
	v := []float64{0x1p53, 1, 1, -0x1p53, 3, 0x1p-60, -3, 0.1} // 2⁵³ + 1 = 2⁵³
	trees := []float64{0, v[0], v[0] + v[1], (v[0] + v[1]) + v[2], (v[0] + v[1]) + (v[2] + v[3]),
		((v[0] + v[1]) + (v[2] + v[3])) + v[4], ((v[0] + v[1]) + (v[2] + v[3])) + (v[4] + v[5]),
		((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + v[6]), ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))}
	for ranks := 1; ranks < len(trees); ranks++ {
		for _, n := range []int{0, 1, ranks - 1, 5, 1100} {
			counts := make([]int, ranks)
			for i := range n {
				counts[i*i%ranks]++
			}
			err := RunLocal(ranks, func(comm Comm) error {
				checkCollectives(t, comm, v, trees[ranks], counts, 0)
				checkCollectives(t, comm, v, trees[ranks], counts, 3)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// checkCollectives has terms[r]·2^(i mod 9) as element i of rank r. sum is the sum of the terms. In front
// of each part are gap elements that belong to no part.
func checkCollectives(t *testing.T, comm Comm, terms []float64, sum float64, counts []int, gap int) {
	var from, to []int
	n, r := 0, comm.Rank()
	for _, c := range counts {
		from, to = append(from, n+gap), append(to, n+gap+c)
		n += gap + c
	}
	x, want := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], want[i] = math.Ldexp(terms[r], i%9), math.Ldexp(sum, i%9)
	}
	lo, hi := from[r], to[r]
	piece, all, before := make([]float64, hi-lo), make([]float64, n), slices.Clone(x)
	comm.ReduceScatter(piece, x, from, to)
	copy(all[lo:], piece)
	comm.AllGather(all, from, to)
	gathered := make([]float64, n) // zero in the gaps
	for q, lo := range from {
		copy(gathered[lo:to[q]], want[lo:])
	}
	if comm.Size() != len(counts) || !sameBits(all, gathered) || !sameBits(x, before) {
		t.Errorf("rank %d of %v, gaps of %d: other sums, or another source", r, counts, gap)
	}
	comm.ReduceScatter(x[lo:hi], x, from, to) // in place
	if !sameBits(x[lo:hi], piece) || !sameBits(x[:lo], before[:lo]) || !sameBits(x[hi:], before[hi:]) {
		t.Errorf("rank %d of %v, gaps of %d: other sums in place", r, counts, gap)
	}
	comm.AllReduce(before)
	if !sameBits(before, want) {
		t.Errorf("rank %d of %v: other sums of AllReduce", r, counts)
	}
}

// TestRunLocalEnds ends one goroutine early, while the others wait.
func TestRunLocalEnds(t *testing.T) {
	for want, end := range map[string]func() error{
		"optim: RunLocal: rank 1: out of data":             func() error { return errors.New("out of data") },
		"optim: RunLocal: rank 1: the goroutine has ended": func() error { runtime.Goexit(); return nil },
		"panic: out of range":                              func() error { panic("out of range") },
	} {
		var err error
		if text := message(func() {
			err = RunLocal(3, func(comm Comm) error {
				if comm.Rank() == 1 {
					return end()
				}
				for {
					comm.AllReduce(make([]float64, 3))
				}
			})
		}); text != "no panic" {
			err = errors.New("panic: " + text)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := RunLocal(2, func(Comm) error { return nil }); err != nil {
		t.Error(err)
	}
	// Of two failures, that of the lower rank is returned, even if it is the later one.
	err := RunLocal(3, func(comm Comm) error {
		if comm.Rank() < 2 {
			text := message(func() { comm.AllReduce(make([]float64, 3)) })
			if comm.Rank() == 0 {
				panic(text)
			}
		}
		return errors.New("out of data")
	})
	if want := "optim: RunLocal: rank 1: out of data"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestLocalRefuses(t *testing.T) {
	one := Local(1)[0]
	for want, f := range map[string]func(){
		"optim: Comm.AllGather: the part [0, 3) of rank 0, want one of 2 numbers":  func() { one.AllGather(make([]float64, 2), []int{0}, []int{3}) },
		"optim: Comm.AllGather: the part [2, 1) of rank 0, want one of 2 numbers":  func() { one.AllGather(make([]float64, 2), []int{2}, []int{1}) },
		"optim: Comm.AllGather: the part [-1, 1) of rank 0, want one of 2 numbers": func() { one.AllGather(make([]float64, 2), []int{-1}, []int{1}) },
		"optim: Comm.ReduceScatter: len(from) = 2, len(to) = 1, want 1":            func() { one.ReduceScatter(nil, make([]float64, 3), []int{0, 2}, []int{2}) },
		"optim: Comm.ReduceScatter: len(dst) = 2, want to[0]−from[0] = 3":          func() { one.ReduceScatter(make([]float64, 2), make([]float64, 3), []int{0}, []int{3}) },
	} {
		if got := message(f); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	got := message(func() {
		RunLocal(2, func(comm Comm) error {
			comm.AllReduce(make([]float64, 2+comm.Rank()))
			return nil
		})
	})
	if got != "optim: Comm.ReduceScatter: 2 numbers in rank 0, 3 in rank 1, want the same" &&
		got != "optim: Comm.ReduceScatter: 3 numbers in rank 1, 2 in rank 0, want the same" {
		t.Error(got)
	}
}
