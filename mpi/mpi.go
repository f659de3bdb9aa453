// Package mpi connects the processes of an MPI run for optim.NewSharded. It is a module of its own,
// because it needs cgo and a C library: Open MPI, which pkg-config finds as ompi-c, or with the build
// tag mpich the library MPICH.
//
//	func main() {
//		log.SetFlags(0)
//		if err := mpi.Run(train); err != nil {
//			log.Fatal(err)
//		}
//	}
//
//	mpirun -np 4 ./train
package mpi

/*
#cgo !mpich pkg-config: ompi-c
#cgo mpich pkg-config: mpich
#include <stdlib.h>
#include <mpi.h>

// Constants of MPI may be macros that cgo does not read.
static int start(int *level) { return MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, level); }
static int rank(int *r) { return MPI_Comm_rank(MPI_COMM_WORLD, r); }
static int size(int *n) { return MPI_Comm_size(MPI_COMM_WORLD, n); }
static void stop(void) { MPI_Abort(MPI_COMM_WORLD, 1); }

static int exchange(const double *src, const int *counts, const int *from, double *dst, const int *got, const int *to) {
	return MPI_Alltoallv(src, counts, from, MPI_DOUBLE, dst, got, to, MPI_DOUBLE, MPI_COMM_WORLD);
}

static int gather(double *x, const int *counts, const int *to) {
	return MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, counts, to, MPI_DOUBLE, MPI_COMM_WORLD);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"unsafe"

	"example.com/optim"
	"example.com/optim/internal/parallel"
)

func init() { runtime.LockOSThread() } // MPI belongs to the main thread

// Run starts MPI, calls f with the Comm of all processes, and ends MPI. It must be called once, by the
// function main. f must call the Comm on its own goroutine, which is locked to the main thread. Steps
// may use other goroutines, since these do not call MPI (MPI_THREAD_FUNNELED).
//
// If f returns an error or panics in any process, Run prints the reason there and calls MPI_Abort,
// which ends all processes with a status other than 0. So no process waits for one that has ended. In
// this case Run does not return.
func Run(f func(comm optim.Comm) error) error {
	var level C.int
	if code := C.start(&level); code != 0 {
		return fmt.Errorf("mpi: MPI_Init_thread returns %d", int(code))
	}
	if level < C.MPI_THREAD_FUNNELED {
		return errors.New("mpi: the library does not support MPI_THREAD_FUNNELED")
	}
	c := newComm()
	done := false
	defer func() {
		if !done { // f has panicked or ended the goroutine
			if v := recover(); v != nil {
				fmt.Fprintf(os.Stderr, "mpi: rank %d: panic: %v\n%s", c.rank, v, debug.Stack())
			}
			c.Abort()
		}
	}()
	err := f(c)
	done = true
	if err != nil {
		fmt.Fprintf(os.Stderr, "mpi: rank %d: %v\n", c.rank, err)
		c.Abort()
	}
	if code := C.MPI_Finalize(); code != 0 {
		return fmt.Errorf("mpi: MPI_Finalize returns %d", int(code))
	}
	return nil
}

// chunk is the number of elements of a piece that ReduceScatter exchanges at a time. The buffer holds
// one chunk a process: 512 KiB.
const chunk = 1 << 16

// comm is the Comm of all processes.
type comm struct {
	rank, size int
	cuts       []int     // of AllReduce
	received   []float64 // a chunk of the piece of this process from each process
	parts      [][]float64
	tree       parallel.Tree

	counts, from, got, to []C.int
}

func newComm() *comm {
	var rank, size C.int
	C.rank(&rank)
	C.size(&size)
	n := int(size)
	return &comm{
		rank: int(rank), size: n, cuts: make([]int, n+1), parts: make([][]float64, n),
		counts: make([]C.int, n), from: make([]C.int, n), got: make([]C.int, n), to: make([]C.int, n),
	}
}

func (c *comm) Rank() int { return c.rank }

func (c *comm) Size() int { return c.size }

// Abort ends all processes.
func (c *comm) Abort() { C.stop() }

// AllReduce implements optim.Comm.
func (c *comm) AllReduce(x []float64) {
	for r := range c.cuts {
		c.cuts[r] = len(x)/c.size*r + len(x)%c.size*r/c.size
	}
	from, to := c.cuts[:c.size], c.cuts[1:]
	c.ReduceScatter(x[from[c.rank]:to[c.rank]], x, from, to)
	c.AllGather(x, from, to)
}

// ReduceScatter implements optim.Comm. Each process gets its piece from all others and adds by the
// tree. So the bits do not depend on the algorithms of the library. As in a ring, (Size−1)/Size of src
// leave each process. C reads src where it is.
func (c *comm) ReduceScatter(dst, src []float64, from, to []int) {
	c.check("ReduceScatter", src, from, to)
	if n := to[c.rank] - from[c.rank]; len(dst) != n {
		panic(fmt.Sprintf("mpi: ReduceScatter: len(dst) = %d, want to[%d]−from[%d] = %d", len(dst), c.rank, c.rank, n))
	}
	longest := 0
	for r, lo := range from {
		longest = max(longest, to[r]-lo)
	}
	for done := 0; done < longest; done += chunk {
		own := min(max(len(dst)-done, 0), chunk)
		if len(c.received) < own*c.size {
			c.received = make([]float64, own*c.size)
		}
		for r := range from {
			lo := min(from[r]+done, to[r])
			c.counts[r], c.from[r] = C.int(min(to[r]-lo, chunk)), C.int(lo)
			c.got[r], c.to[r] = C.int(own), C.int(r*own)
			c.parts[r] = c.received[r*own : (r+1)*own]
		}
		c.must("MPI_Alltoallv", C.exchange(pointer(src), &c.counts[0], &c.from[0], pointer(c.received), &c.got[0], &c.to[0]))
		if own > 0 {
			c.tree.Sum(dst[done:done+own], c.parts, 0)
		}
	}
}

// AllGather implements optim.Comm. C reads and writes x where it is.
func (c *comm) AllGather(x []float64, from, to []int) {
	c.check("AllGather", x, from, to)
	for r, lo := range from {
		c.counts[r], c.to[r] = C.int(to[r]-lo), C.int(lo)
	}
	c.must("MPI_Allgatherv", C.gather(pointer(x), &c.counts[0], &c.to[0]))
}

// check panics unless from and to fit x, and x fits the counts of MPI, which are of type int.
func (c *comm) check(method string, x []float64, from, to []int) {
	if len(from) != c.size || len(to) != c.size {
		panic(fmt.Sprintf("mpi: %s: len(from) = %d, len(to) = %d, want %d", method, len(from), len(to), c.size))
	}
	for r, lo := range from {
		if !(0 <= lo && lo <= to[r] && to[r] <= len(x)) {
			panic(fmt.Sprintf("mpi: %s: the part [%d, %d) of rank %d, want one of %d numbers", method, lo, to[r], r, len(x)))
		}
	}
	if len(x) > math.MaxInt32 {
		panic(fmt.Sprintf("mpi: %s: %d numbers, want at most %d", method, len(x), math.MaxInt32))
	}
}

// must panics if MPI has returned an error.
func (c *comm) must(function string, code C.int) {
	if code != 0 {
		panic(fmt.Sprintf("mpi: %s returns %d", function, int(code)))
	}
}

// pointer returns the address of the first element, or nil if there is none.
func pointer(x []float64) *C.double { return (*C.double)(unsafe.Pointer(unsafe.SliceData(x))) }
