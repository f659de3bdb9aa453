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
	name   string // of its constant in package kernel
	width  int    // elements of a register
	vector func() reg.VecVirtual
}

var (
	avx2   = set{"avx2", 4, YMM}
	avx512 = set{"avx512", 8, ZMM}
)

// vec is a register with elements of a vector, or with copies of one scalar.
type vec = reg.VecVirtual

// walk is a loop over the elements of vectors.
type walk struct {
	set
	base  map[string]reg.Register // the addresses of the vectors
	bytes map[string]int          // of an element of a vector: 8, or 4 for float32
	i, n  reg.GPVirtual           // the index and the length
	ahead int                     // the next load and store are at element i + ahead
	mask  reg.Register            // selects the elements that are left; nil selects all

	unrolled int      // iterations of the main loop that are one; 0 means 1
	stores   []func() // of this iteration, not yet written
}

// newWalk loads the addresses of the vectors, which are the first parameters, and the length of the
// first vector.
func newWalk(s set, params string) *walk {
	w := &walk{set: s, base: map[string]reg.Register{}, bytes: map[string]int{}, i: GP64(), n: GP64()}
	names := vectorsOf(params)
	for _, v := range names {
		w.base[v.name] = Load(Param(v.name).Base(), GP64())
		w.bytes[v.name] = v.bytes
	}
	Load(Param(names[0].name).Len(), w.n)
	return w
}

// vector is a parameter that is a vector.
type vector struct {
	name  string
	bytes int // of an element
}

// vectorsOf returns the vectors in a list of parameters.
func vectorsOf(params string) []vector {
	var found []vector
	typed := 0 // the vectors before have their type
	for _, param := range strings.Split(params, ", ") {
		name, of, last := strings.Cut(param, " ")
		found = append(found, vector{name: name})
		if !last {
			continue
		}
		bytes, ok := map[string]int{"[]float64": 8, "[]float32": 4}[of]
		if !ok { // scalars
			return found[:typed]
		}
		for ; typed < len(found); typed++ {
			found[typed].bytes = bytes
		}
	}
	return found
}

// kernel writes a function that maps vectors to vectors. doc is an equation. prepare loads the
// scalars and returns the function that writes the body of the loop. It is called twice or more:
// for whole registers and for the elements that are left.
func kernel(s set, name, doc, params string, prepare func(w *walk) func()) {
	begin(s, name, "is "+doc, params, "")
	w := newWalk(s, params)
	body := prepare(w)
	w.loop(func() { w.iteration(body) })
	VZEROUPPER()
	RET()
}

// loop writes a loop over whole registers and, with a mask, one iteration for the rest. If the walk
// is unrolled, a loop over several registers comes first.
func (w *walk) loop(iteration func()) {
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
			iteration()
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
	iteration()
	ADDQ(Imm(uint64(w.width)), w.i)
	CMPQ(w.i, w.n)
	JB(LabelRef("whole"))

	Label("last")
	TESTQ(rest, rest)
	JE(LabelRef("done"))
	w.mask = w.maskOf(rest)
	iteration()
	Label("done")
}

// align puts the next instruction at the start of a cache line. A short loop in two cache lines
// takes up to twice as long.
func align() {
	Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{Imm(64)}})
}

// maskOf returns the mask for the first n elements of a register. It changes n.
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

// masks returns the address of four words of ones, then four words of zeros. The four words from
// word 4−n on are the AVX2 mask for n elements.
func masks() Mem {
	m, ok := constants["masks"]
	if !ok {
		m = GLOBL("masks", RODATA|NOPTR)
		for i := range 4 {
			DATA(8*i, ^U64(0))
		}
		for i := range 4 {
			DATA(8*(4+i), U64(0))
		}
		constants["masks"] = m
	}
	return m
}

// at returns the address of the elements of a vector.
func (w *walk) at(name string) Mem {
	return Mem{Base: w.base[name], Index: w.i, Scale: uint8(w.bytes[name]), Disp: w.bytes[name] * w.ahead}
}

// load reads the elements of a vector. It widens those of float32.
func (w *walk) load(name string) vec {
	if w.bytes[name] == 4 {
		return w.loadSingle(name)
	}
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

// within returns v with 0 in the place of the elements that the mask does not select.
func (w *walk) within(v vec) vec {
	if w.mask == nil {
		return v
	}
	selected := w.vector()
	if w.width == avx512.width {
		VMOVAPD_Z(v, w.mask, selected)
	} else {
		VANDPD(v, w.mask, selected)
	}
	return selected
}

// store writes the elements of a vector at the end of the iteration. It rounds those of float32. A
// load after a store to the same offset in another page would wait for the store.
func (w *walk) store(name string, v vec) {
	w.stores = append(w.stores, func() {
		if w.bytes[name] == 4 {
			w.storeSingle(name, v)
			return
		}
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

// iteration writes one iteration of the loop: the body, then its stores.
func (w *walk) iteration(body func()) {
	body()
	w.flush()
}

// flush writes the stores.
func (w *walk) flush() {
	for _, store := range w.stores {
		store()
	}
	w.stores = nil
}

// scalar returns a register filled with a parameter.
func (s set) scalar(name string) vec {
	v := s.vector()
	a, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSD(a.Addr, v)
	return v
}

// constant returns a register filled with a number.
func (s set) constant(name string, value float64) vec {
	return s.bits(name, math.Float64bits(value))
}

// bits returns a register filled with a bit pattern.
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

// constants are the words in memory that were already written.
var constants = map[string]Mem{}

// fraction returns the parameter β and 1 − β.
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

// larger returns a where a > b, else b. smaller returns a where a < b, else b.
func (s set) larger(a, b vec) vec  { v := s.vector(); VMAXPD(b, a, v); return v }
func (s set) smaller(a, b vec) vec { v := s.vector(); VMINPD(b, a, v); return v }

// and, or and xor are bitwise.
func (s set) and(a, b vec) vec { v := s.vector(); VANDPD(b, a, v); return v }
func (s set) or(a, b vec) vec  { v := s.vector(); VORPD(b, a, v); return v }
func (s set) xor(a, b vec) vec { v := s.vector(); VXORPD(b, a, v); return v }

// The comparisons for where. All are false for NaN.
const (
	equal   = 0x00
	less    = 0x11
	greater = 0x1e
)

// where returns yes where a is less than b (or greater, or equal), else no.
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

// maskedWhere returns yes where a is less (or greater) than b, else 0.
func (s set) maskedWhere(compare uint64, a, b, yes vec) vec {
	v := s.vector()
	if s.width == avx512.width {
		k := K()
		VCMPPD(Imm(compare), b, a, k)
		VMOVAPD_Z(yes, k, v)
		return v
	}
	VCMPPD(Imm(compare), b, a, v)
	return s.and(v, yes)
}
