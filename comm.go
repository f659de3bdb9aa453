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
	// ReduceScatter adds src over all processes and cuts the sum into pieces, of which process r gets
	// counts[r] elements in dst. dst may be the piece of this process in src. Nothing else of src
	// changes.
	ReduceScatter(dst, src []float64, counts []int)
	// AllGather gives each process the pieces of all. Piece r has counts[r] elements of x, in the
	// order of the ranks. In x each process has its own piece before the call.
	AllGather(x []float64, counts []int)
}
