package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes is the number of partial sums, as in package kernel.
const lanes = 32

// reductions writes the kernels that sum a block.
func reductions(s set) {
	add := func(sum, a vec) { VADDPD(a, sum, sum) }
	reduce(s, "dotBlock", "Σxᵢyᵢ of one block", "x, y []float64", "float64", add, func(w *walk) func() []vec {
		return func() []vec { return []vec{w.mul(w.load("x"), w.load("y"))} }
	})
	reduce(s, "dotDifferenceBlock", "Σxᵢ(yᵢ−zᵢ) of one block", "x, y, z []float64", "float64", add, func(w *walk) func() []vec {
		return func() []vec { return []vec{w.mul(w.load("x"), w.sub(w.load("y"), w.load("z")))} }
	})
	reduce(s, "sumSquaresBlock", "Σ(a·xᵢ)² of one block", "x []float64, a float64", "float64", add, func(w *walk) func() []vec {
		a := w.scalar("a")
		return func() []vec {
			x := w.mul(a, w.load("x"))
			return []vec{w.mul(x, x)}
		}
	})
	reduce(s, "sumAbsBlock", "Σ|xᵢ| of one block", "x []float64", "float64", add, func(w *walk) func() []vec {
		abs := w.bits("abs", 1<<63-1)
		return func() []vec { return []vec{w.and(w.load("x"), abs)} }
	})
	reduce(s, "countOppositeBlock", "the number of i in one block with xᵢyᵢ < 0, without underflow", "x, y []float64", "float64", add, func(w *walk) func() []vec {
		zero, one, enlarged := w.constant("zero", 0), w.constant("one", 1), w.enlarged()
		return func() []vec {
			return []vec{w.maskedWhere(less, w.mul(enlarged(w.load("x")), enlarged(w.load("y"))), zero, one)}
		}
	})
	reduce(s, "maskBlock", "the number of i in one block with xᵢyᵢ < 0, without underflow, and sets the other xᵢ to 0",
		"x, y []float64", "float64", add, func(w *walk) func() []vec {
			zero, one, enlarged := w.constant("zero", 0), w.constant("one", 1), w.enlarged()
			return func() []vec {
				x := w.load("x")
				agrees := w.maskedWhere(less, w.mul(enlarged(x), enlarged(w.load("y"))), zero, one)
				w.store("x", w.mul(x, agrees))
				return []vec{agrees}
			}
		})
	reduce(s, "AbsMax", "max|xᵢ|", "x []float64", "float64", s.maxBits, func(w *walk) func() []vec {
		abs := w.bits("abs", 1<<63-1)
		return func() []vec { return []vec{w.and(w.load("x"), abs)} }
	})
	excess(s, "", "xᵢ", func(w *walk) func() vec { return func() vec { return w.load("x") } })
	excess(s, "Abs", "|xᵢ|", func(w *walk) func() vec {
		abs := w.bits("abs", 1<<63-1)
		return func() vec { return w.and(w.load("x"), abs) }
	})
	if s.width < avx512.width {
		return // AVX2 has too few registers for the four sums
	}
	reduce(s, "Dots", "Σuᵢxᵢ, Σvᵢxᵢ, Σuᵢyᵢ and Σvᵢyᵢ of one block", "u, v, x, y []float64", "(ux, vx, uy, vy float64)", add, func(w *walk) func() []vec {
		return func() []vec {
			u, v, x, y := w.load("u"), w.load("v"), w.load("x"), w.load("y")
			return []vec{w.mul(u, x), w.mul(v, x), w.mul(u, y), w.mul(v, y)}
		}
	})
}

// excess writes the sum and the number of the positive (y − a) + b, where prepare returns the
// function that loads y, which is x or |x|.
func excess(s set, suffix, y string, prepare func(w *walk) func() vec) {
	add := func(sum, a vec) { VADDPD(a, sum, sum) }
	const params = "x []float64, a, b float64"
	reduce(s, "excess"+suffix+"Block", "Σmax(("+y+" − a) + b, 0) of one block", params, "float64", add, func(w *walk) func() []vec {
		load, above := prepare(w), w.above()
		return func() []vec { return []vec{w.within(above(load()))} }
	})
	reduce(s, "above"+suffix+"Block", "the number of ("+y+" − a) + b > 0 in one block", params, "float64", add, func(w *walk) func() []vec {
		load, a, b := prepare(w), w.scalar("a"), w.scalar("b")
		zero, one := w.constant("zero", 0), w.constant("one", 1)
		return func() []vec { return []vec{w.within(w.where(greater, w.add(w.sub(load(), a), b), zero, one, zero))} }
	})
}

// reduce writes a function that computes one or more sums, one for each result. prepare loads the
// scalars and returns the function that computes the terms of the sums from the next elements. join
// adds a term to a sum, or takes the maximum. The terms are joined lane by lane, then the upper
// half of the lanes is joined to the lower half until one lane is left.
func reduce(s set, name, doc, params, results string, join func(sum, a vec), prepare func(w *walk) func() []vec) {
	begin(s, name, "returns "+doc, params, results)
	w := newWalk(s, params)
	terms := prepare(w)

	sums := make([][]vec, lanes/s.width) // by register, then by result
	for i := range sums {
		for range strings.Count(results, ",") + 1 {
			sum := s.vector()
			VXORPD(sum, sum, sum)
			sums[i] = append(sums[i], sum)
		}
	}
	joinAll := func(sums, terms []vec) {
		for result, term := range terms {
			join(sums[result], term)
		}
		w.flush()
	}
	XORQ(w.i, w.i)
	CMPQ(w.n, Imm(lanes))
	JB(LabelRef("last"))

	align()
	Label("whole")
	for i := range sums {
		w.ahead = i * s.width
		joinAll(sums[i], terms())
	}
	w.ahead = 0
	ADDQ(Imm(lanes), w.i)
	SUBQ(Imm(lanes), w.n)
	CMPQ(w.n, Imm(lanes))
	JAE(LabelRef("whole"))

	Label("last")
	for i := range sums {
		CMPQ(w.n, Imm(uint64(s.width)))
		JB(LabelRef(fmt.Sprint("part", i)))
		joinAll(sums[i], terms())
		ADDQ(Imm(uint64(s.width)), w.i)
		SUBQ(Imm(uint64(s.width)), w.n)
	}
	JMP(LabelRef("fold"))
	for i := range sums {
		Label(fmt.Sprint("part", i))
		w.mask = s.maskOf(w.n)
		joinAll(sums[i], terms())
		JMP(LabelRef("fold"))
	}

	Label("fold")
	for half := len(sums) / 2; half > 0; half /= 2 {
		for i := range half {
			joinAll(sums[i], sums[i+half])
		}
	}
	for result, sum := range sums[0] {
		Store(foldRegister(s, sum, join), ReturnIndex(result))
	}
	VZEROUPPER()
	RET()
}

// foldRegister joins the upper half of a register to the lower half until one element is left. It
// returns the register with this element.
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

// maxBits is top ← max(top, a), where both are integers.
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
