package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes is the number of running sums: see reduce.go in package kernel.
const lanes = 32

// reductions writes the kernels that sum a block up.
func reductions(s set) {
	add := func(sum, a vec) { VADDPD(a, sum, sum) }
	reduce(s, "dot", "Σxᵢyᵢ of one block", "x, y []float64", add, func(w *walk) func() vec {
		return func() vec { return w.mul(w.load("x"), w.load("y")) }
	})
	reduce(s, "sumSquares", "Σ(a·xᵢ)² of one block", "x []float64, a float64", add, func(w *walk) func() vec {
		a := w.scalar("a")
		return func() vec {
			x := w.mul(a, w.load("x"))
			return w.mul(x, x)
		}
	})
	reduce(s, "absMax", "max|xᵢ|", "x []float64", s.maxBits, func(w *walk) func() vec {
		abs := w.bits("abs", 1<<63-1)
		return func() vec { return w.and(w.load("x"), abs) }
	})
}

// reduce writes a function that takes a term from each element and joins the
// terms: lane by lane, then the lanes in halves.
func reduce(s set, name, doc, params string, join func(sum, a vec), prepare func(w *walk) func() vec) {
	begin(name, "("+params+") float64", s)
	Doc(name + s.suffix + " is " + doc + ".")
	w := newWalk(s, params)
	term := prepare(w)

	sums := make([]vec, lanes/s.width)
	for i := range sums {
		sums[i] = s.vector()
		VXORPD(sums[i], sums[i], sums[i])
	}
	XORQ(w.i, w.i)
	CMPQ(w.n, Imm(lanes))
	JB(LabelRef("last"))

	align()
	Label("whole")
	for i, sum := range sums {
		w.ahead = i * s.width
		join(sum, term())
	}
	w.ahead = 0
	ADDQ(Imm(lanes), w.i)
	SUBQ(Imm(lanes), w.n)
	CMPQ(w.n, Imm(lanes))
	JAE(LabelRef("whole"))

	Label("last")
	for i, sum := range sums {
		CMPQ(w.n, Imm(uint64(s.width)))
		JB(LabelRef(fmt.Sprint("part", i)))
		join(sum, term())
		ADDQ(Imm(uint64(s.width)), w.i)
		SUBQ(Imm(uint64(s.width)), w.n)
	}
	JMP(LabelRef("fold"))
	for i, sum := range sums {
		Label(fmt.Sprint("part", i))
		w.mask = s.maskOf(w.n)
		join(sum, term())
		JMP(LabelRef("fold"))
	}

	Label("fold")
	for half := len(sums) / 2; half > 0; half /= 2 {
		for i := range half {
			join(sums[i], sums[i+half])
		}
	}
	total := foldRegister(s, sums[0], join)
	VZEROUPPER()
	Store(total, ReturnIndex(0))
	RET()
}

// foldRegister joins the halves of a register until one element is left.
func foldRegister(s set, sum vec, join func(sum, a vec)) reg.Register {
	if s.width == avx512.width {
		high := YMM()
		VEXTRACTF64X4(Imm(1), sum, high)
		sum = sum.AsY().(vec)
		join(sum, high)
	}
	high := XMM()
	VEXTRACTF128(Imm(1), sum, high)
	sum = sum.AsX().(vec)
	join(sum, high)
	second := XMM()
	VUNPCKHPD(sum, sum, second)
	join(sum, second)
	return sum
}

// maxBits is top ← max(top, a), both taken as integers.
func (s set) maxBits(top, a vec) {
	if s.width == avx512.width {
		VPMAXUQ(a, top, top)
		return
	}
	mask := YMM()
	if top.Size() == XMM().Size() {
		mask = XMM()
	}
	VPCMPGTQ(top, a, mask)
	VBLENDVPD(mask, a, top, top)
}
