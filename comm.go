package optim

// Comm connects the processes of a run. The processes have the ranks 0 to Size−1. All processes call
// the same methods in the same order. A call returns when the process has its result. Each process
// has a Comm of its own, which one goroutine at a time may use.
//
// A sum must have the same bits in every process. The Comms of Local and of package mpi add by a fixed
// binary tree over the ranks, ((0+1)+(2+3))+…, so the bits are the same in every run.
//
// If a process cannot go on, the others would wait for it. If a Comm has the method Abort(), a panic
// in Sharded.Step calls that method. It ends the waiting in all processes.
type Comm interface {
	Rank() int
	Size() int
	// AllReduce replaces x by the sum of the x of all processes.
	AllReduce(x []float64)
	// ReduceScatter adds src over all processes. Process r gets the elements [from[r], to[r]) of the
	// sum in dst. dst may be that part of src. Nothing else of src changes. from and to are the same
	// in all processes.
	ReduceScatter(dst, src []float64, from, to []int)
	// AllGather gives each process the elements [from[r], to[r]) of the x of process r, for all r. The
	// other elements of x do not change. These parts must not overlap. from and to are the same in all
	// processes.
	AllGather(x []float64, from, to []int)
}
