package main

import (
	"math"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// set is an instruction set.
type set struct {
	suffix string
	width  int // elements of a register
	vector func() reg.VecVirtual
}

var (
	avx2   = set{"AVX2", 4, YMM}
	avx512 = set{"AVX512", 8, ZMM}
)

// vec is a register full of elements, a scalar a register full of one value.
type vec = reg.VecVirtual

// walk is a loop over vectors in step.
type walk struct {
	set
	base  map[string]reg.Register // the vectors
	i, n  reg.GPVirtual           // the index and the length
	ahead int                     // elements between the index and the register at hand
	mask  reg.Register            // in the last turn: which elements there are

	unrolled int      // registers that the main loop takes in one turn; 0 is 1
	stores   []func() // of this turn
}

// newWalk loads the vectors, which come first in the parameter list, and the
// length of the first, which is that of all.
func newWalk(s set, params string) *walk {
	w := &walk{set: s, base: map[string]reg.Register{}, i: GP64(), n: GP64()}
	list, _, _ := strings.Cut(params, " []float64")
	names := strings.Split(list, ", ")
	for _, name := range names {
		w.base[name] = Load(Param(name).Base(), GP64())
	}
	Load(Param(names[0]).Len(), w.n)
	return w
}

// kernel writes a function that walks its vectors. prepare loads the scalars and
// returns the body of the loop, which is written twice: for whole registers, and for what is left.
func kernel(s set, name, doc, params string, prepare func(w *walk) func()) {
	begin(name, "("+params+")", s)
	Doc(name + s.suffix + " is " + doc + ".")
	w := newWalk(s, params)
	body := prepare(w)
	w.loop(func() { w.turn(body) })
	VZEROUPPER()
	RET()
}

// loop writes turn for whole registers and, under a mask, for the rest. If the
// walk is unrolled it first goes several registers at a time.
func (w *walk) loop(turn func()) {
	rest := GP64()
	MOVQ(w.n, rest)
	ANDQ(Imm(uint64(w.width-1)), rest)
	SUBQ(rest, w.n)
	XORQ(w.i, w.i)
	if w.unrolled > 1 {
		far := GP64()
		MOVQ(w.n, far)
		ANDQ(I32(-w.unrolled*w.width), far)
		JE(LabelRef("near"))
		align()
		Label("far")
		for range w.unrolled {
			turn()
			w.ahead += w.width
		}
		w.ahead = 0
		ADDQ(Imm(uint64(w.unrolled*w.width)), w.i)
		CMPQ(w.i, far)
		JB(LabelRef("far"))
		Label("near")
	}
	CMPQ(w.i, w.n)
	JE(LabelRef("last"))

	if w.unrolled <= 1 {
		align()
	}
	Label("whole")
	turn()
	ADDQ(Imm(uint64(w.width)), w.i)
	CMPQ(w.i, w.n)
	JB(LabelRef("whole"))

	Label("last")
	TESTQ(rest, rest)
	JE(LabelRef("done"))
	w.mask = w.maskOf(rest)
	turn()
	Label("done")
}

// align moves the loop that follows to the start of a cache line: a short loop
// that straddles two takes up to twice as long.
func align() {
	Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{Imm(64)}})
}

// maskOf makes the mask for the first n elements of a register.
func (s set) maskOf(n reg.Register) reg.Register {
	if s.width == avx512.width {
		ones := GP64()
		MOVQ(I32(-1), ones)
		BZHIQ(n, ones, ones)
		k := K()
		KMOVW(ones.As32(), k)
		return k
	}
	table := GP64()
	LEAQ(masks(), table)
	NEGQ(n)
	mask := YMM()
	VMOVUPD(Mem{Base: table, Index: n, Scale: 8, Disp: 8 * s.width}, mask)
	return mask
}

// masks is four words of ones before four of zeros: read from 4−n on, it is the
// AVX2 mask for n elements.
var masks = once(func() Mem {
	m := GLOBL("masks", RODATA|NOPTR)
	for i := range 8 {
		word := U64(0)
		if i < 4 {
			word = ^word
		}
		DATA(8*i, word)
	}
	return m
})

// at is where the elements of a vector are.
func (w *walk) at(name string) Mem {
	return Mem{Base: w.base[name], Index: w.i, Scale: 8, Disp: 8 * w.ahead}
}

// load reads the elements of a vector.
func (w *walk) load(name string) vec {
	v, m := w.vector(), w.at(name)
	switch {
	case w.mask == nil:
		VMOVUPD(m, v)
	case w.width == avx512.width:
		VMOVUPD_Z(m, w.mask, v)
	default:
		VMASKMOVPD(m, w.mask, v)
	}
	return v
}

// store writes the elements of a vector, at the end of the turn: a load behind
// a store to the same offset in another page would wait for it.
func (w *walk) store(name string, v vec) {
	w.stores = append(w.stores, func() {
		switch m := w.at(name); {
		case w.mask == nil:
			VMOVUPD(v, m)
		case w.width == avx512.width:
			VMOVUPD(v, w.mask, m)
		default:
			VMASKMOVPD(v, w.mask, m)
		}
	})
}

// turn writes one turn of the loop: the body, then what it stores.
func (w *walk) turn(body func()) {
	body()
	for _, store := range w.stores {
		store()
	}
	w.stores = nil
}

// scalar fills a register with a parameter.
func (s set) scalar(name string) vec {
	v := s.vector()
	a, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSD(a.Addr, v)
	return v
}

// constant fills a register with a number.
func (s set) constant(name string, value float64) vec {
	return s.bits(name, math.Float64bits(value))
}

// bits fills a register with a bit pattern.
func (s set) bits(name string, pattern uint64) vec {
	m, ok := constants[name]
	if !ok {
		m = ConstData(name, U64(pattern))
		constants[name] = m
	}
	v := s.vector()
	VBROADCASTSD(m, v)
	return v
}

// constants are the words in memory that were written so far.
var constants = map[string]Mem{}

// fraction is a scalar β and 1 − β.
func (s set) fraction(name string) (beta, rest vec) {
	beta, rest = s.scalar(name), s.constant("one", 1)
	VSUBPD(beta, rest, rest)
	return beta, rest
}

func (s set) add(a, b vec) vec { v := s.vector(); VADDPD(b, a, v); return v }
func (s set) sub(a, b vec) vec { v := s.vector(); VSUBPD(b, a, v); return v }
func (s set) mul(a, b vec) vec { v := s.vector(); VMULPD(b, a, v); return v }
func (s set) div(a, b vec) vec { v := s.vector(); VDIVPD(b, a, v); return v }
func (s set) sqrt(a vec) vec   { v := s.vector(); VSQRTPD(a, v); return v }

// larger is a where a > b and b elsewhere; smaller is a where a < b.
func (s set) larger(a, b vec) vec  { v := s.vector(); VMAXPD(b, a, v); return v }
func (s set) smaller(a, b vec) vec { v := s.vector(); VMINPD(b, a, v); return v }

// and, xor are bitwise.
func (s set) and(a, b vec) vec { v := s.vector(); VANDPD(b, a, v); return v }
func (s set) xor(a, b vec) vec { v := s.vector(); VXORPD(b, a, v); return v }

// The comparisons that where knows; a NaN fails both.
const (
	less    = 0x11
	greater = 0x1e
)

// where is yes in the elements with a (less or greater) b, and no elsewhere.
func (s set) where(compare uint64, a, b, yes, no vec) vec {
	v := s.vector()
	if s.width == avx512.width {
		k := K()
		VCMPPD(Imm(compare), b, a, k)
		VBLENDMPD(yes, no, k, v)
		return v
	}
	mask := YMM()
	VCMPPD(Imm(compare), b, a, mask)
	VBLENDVPD(mask, yes, no, v)
	return v
}

// once remembers what f gave the first time.
func once[T any](f func() T) func() T {
	var value T
	made := false
	return func() T {
		if !made {
			value, made = f(), true
		}
		return value
	}
}
