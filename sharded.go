package optim

import (
	"fmt"
	"hash/crc32"
	"math"

	"example.com/optim/internal/kernel"
)

// Sharded takes the steps of one optimizer in several processes. Each process has all parameters, and
// the gradient of its own part of the data. Sharded steps with the mean of the gradients:
//
//	ḡ ← the mean over the processes, of which each gets its piece
//	each process steps its piece of x with its piece of the state
//	x ← the pieces of all processes
//
// All processes then have the same parameters, to the bit. They are the parameters that the optimizer
// computes in one process with ḡ. In each process the state has the length of the piece. Another vector
// of that length is the workspace. This is stage 1 of ZeRO.
//
// The pieces are cut between blocks of 8192 parameters. Without Groups their lengths differ by at most
// one block. So with few parameters some processes have none. In Groups, the blocks of each group begin
// at its first parameter.
//
//	err := mpi.Run(func(comm optim.Comm) error {
//		opt := optim.NewSharded(optim.NewAdam(1e-3), comm)
//		for range steps {
//			model.Gradient(grads, params, partOfTheData(comm.Rank(), comm.Size()))
//			opt.Step(params, grads)
//		}
//		return nil
//	})
//
// All processes must make the optimizer in the same way, begin with the same parameters, and change
// fields at the same steps. The first step panics if the lengths, the parameters or the texts of the
// optimizers differ. Generators, such as that of Noise, need the same seed in all processes.
//
// Inside, these work: the elementwise rules, LAMB, LARS, Prodigy, Nesterov with Convex, and the option
// Cautious; Chain with the transforms of this package; Average, Accumulate, Lookahead and
// SkipNonFinite; ProximalL1, and Proximal with a Box or an ElasticNet. Sums over all parameters, such
// as the norm in ClipNorm, are those of the whole vectors. SkipNonFinite skips in all processes or in
// none. Any of these may be around Groups, and in Groups. Every other optimizer without a line search
// works as a Group: the pieces are cut so that such a group lies in one process. The other processes
// do not step it, so its methods, such as Steps, are of use in that process only. This holds for the
// rules for matrices, such as Muon.
//
// Tensors.Step works with a Sharded. It steps copies of the parameters and of the gradient in float64,
// which have 16 bytes for each parameter.
//
// With Overlap, a step of an elementwise rule, also within other optimizers, goes in buckets of 2¹⁸
// parameters of each process. While one bucket is communicated, a goroutine steps the next one. The
// bits are the same. A step takes less time if a processor is idle during the communication, and more
// time if none is.
//
// Methods with vectors, such as Average.Params, take the piece of the process: see Piece and Gather.
// NewSharded connects the optimizer with the other processes. The optimizer must not step by itself
// afterwards, except if Size is 1.
//
// The state is in pieces: see SaveFile and LoadFile of Sharded. Marshal and Save return an error unless
// Size is 1. A panic in Step calls Abort of the Comm: see Comm. Reference: S. Rajbhandari, J. Rasley,
// O. Ruwase and Y. He, ZeRO: memory optimizations toward training trillion parameter models, 2019,
// arXiv:1910.02054.
type Sharded struct {
	Overlap bool // step one bucket while another is communicated; default false

	wrapper
	comm    Comm
	layout  layout
	mean    []float64 // the piece of ḡ
	agreed  bool      // the processes have compared what they begin with
	overlap overlap
}

// NewSharded returns an Optimizer that steps with opt in the processes of comm. It panics if opt or
// comm is nil, or if opt cannot be cut into pieces. The message then names the part of opt that
// cannot.
func NewSharded(opt Optimizer, comm Comm) *Sharded {
	checkGiven("NewSharded", "Comm", comm)
	o := made(&Sharded{wrapper: wrap("NewSharded", opt)})
	o.comm = comm
	o.layout.take(&o.wrapper)
	o.layout.refuse("NewSharded")
	return o
}

// Step implements Optimizer. It must be called in all processes. grads is the gradient in this process.
func (o *Sharded) Step(params, grads []float64) {
	done := false
	defer o.abortUnless(&done)
	o.expect(len(params), len(grads))
	if len(params) > 0 {
		o.stepTogether(params, grads)
	}
	done = true
}

// abortUnless ends the waiting of the other processes unless done.
func (o *Sharded) abortUnless(done *bool) {
	if c, ok := o.comm.(interface{ Abort() }); ok && !*done && o.comm.Size() > 1 {
		c.Abort()
	}
}

// stepTogether takes a step with the other processes.
func (o *Sharded) stepTogether(params, grads []float64) {
	if !o.agreed {
		o.agree(params)
	}
	lo, hi := o.Piece()
	o.mean = resize(o.mean, hi-lo)
	from, to := o.layout.pieceBounds()
	o.comm.ReduceScatter(o.mean, grads, from, to)
	kernel.Scale(o.mean, 1/float64(o.comm.Size()))
	if o.Overlap && o.elementwise() {
		o.stepInBuckets(params)
	} else {
		o.opt.Step(params[lo:hi:hi], o.mean)
		o.gather(params)
	}
	o.count(len(params))
}

// gather gives each process the pieces of all.
func (o *Sharded) gather(x []float64) {
	from, to := o.layout.pieceBounds()
	o.comm.AllGather(x, from, to)
}

// Piece returns the bounds of the parameters that this process steps, params[lo:hi]. They are known
// after the first step.
func (o *Sharded) Piece() (lo, hi int) {
	if o.layout.cuts == nil {
		return 0, 0
	}
	rank := o.comm.Rank()
	return o.layout.cuts[rank], o.layout.cuts[rank+1]
}

// Gather gives each process the pieces of all. x has the length of the parameters, and in each process
// its piece. Gather must be called in all processes.
//
//	lo, hi := opt.Piece()
//	average.Params(x[lo:hi])
//	opt.Gather(x)
func (o *Sharded) Gather(x []float64) {
	if len(x) != o.n {
		panic(fmt.Sprintf("optim: Sharded.Gather: len(x) = %d, want %d as in the steps", len(x), max(o.n, 0)))
	}
	o.gather(x)
}

// String describes the optimizer and the number of processes in one line.
func (o *Sharded) String() string {
	if o.self == nil {
		return o.wrapper.String()
	}
	return describe(o, o.defaults, o.layout.title(), plural(o.comm.Size(), "rank"), steps(o.t))
}

func (o *Sharded) expect(n, grads int) {
	o.fit(o, n, grads)
	if n == 0 {
		return
	}
	o.layout.refuse("Sharded.Step")
	o.arrange(n)
	lo, hi := o.Piece()
	o.wrapper.expect(hi-lo, hi-lo)
}

// arrange cuts n parameters into the pieces of the processes.
func (o *Sharded) arrange(n int) {
	if o.layout.cuts != nil && o.layout.n() == n {
		return
	}
	o.layout.arrange(o.layout.cut(n, o.comm.Size()), o.comm.Rank(), o.comm.AllGather)
}

// agree panics unless all processes have the same parameters and optimizers of the same text.
func (o *Sharded) agree(params []float64) {
	words := []struct {
		what string
		word float64
	}{
		{"another len(params)", float64(len(params))},
		{"other parameters", float64(checksum(params))},
		{"another optimizer", float64(crc32.ChecksumIEEE([]byte(o.layout.title())))},
	}
	for _, w := range words {
		all := o.exchange(w.word)
		for r, word := range all {
			if word != all[0] {
				panic(fmt.Sprintf("optim: Sharded.Step: rank %d has %s than rank 0", r, w.what))
			}
		}
	}
	o.agreed = true
}

// checksum returns the CRC-32C of the bits of x.
func checksum(x []float64) uint32 {
	sum := uint32(0)
	var b [8]byte
	for _, v := range x {
		for i, bits := 0, math.Float64bits(v); i < len(b); i, bits = i+1, bits>>8 {
			b[i] = byte(bits)
		}
		sum = crc32.Update(sum, castagnoli, b[:])
	}
	return sum
}

func (o *Sharded) visit(a *walk) {
	if o.comm != nil && o.comm.Size() > 1 && !a.Resetting() {
		a.Fail("the state is in pieces in %d processes: use SaveFile and LoadFile of Sharded", o.comm.Size())
	}
	o.visitWrapper(a, "Sharded", &o.Overlap)
	if a.Resetting() {
		o.agreed = false
	}
}
