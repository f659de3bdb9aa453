package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// conversions writes the kernels that convert between float64 and float32.
func conversions(s set) {
	kernel(s, "Widen", "x ← y, where y has float32", "x []float64, y []float32", func(w *walk) func() {
		w.unrolled = 4
		return func() { w.store("x", w.load("y")) }
	})
	kernel(s, "Round", "y ← x, rounded to float32", "y []float32, x []float64", func(w *walk) func() {
		w.unrolled = 4
		return func() { w.store("y", w.load("x")) }
	})
	kernel(s, "Reconcile", "x ← y where x does not round to y, which has float32", "x []float64, y []float32", func(w *walk) func() {
		return func() {
			x, y := w.load("x"), w.load("y")
			w.store("x", w.where(equal, w.widen(w.round(x)), y, x, y))
		}
	})
}

// half returns a register of half the width.
func (s set) half() vec {
	if s.width == avx512.width {
		return YMM()
	}
	return XMM()
}

// round returns the elements of v in float32.
func (s set) round(v vec) vec {
	half := s.half()
	if s.width == avx512.width {
		VCVTPD2PS(v, half)
	} else {
		VCVTPD2PSY(v, half)
	}
	return half
}

// widen returns elements of float32 in float64.
func (s set) widen(half vec) vec {
	v := s.vector()
	VCVTPS2PD(half, v)
	return v
}

// loadSingle is load for a vector of float32.
func (w *walk) loadSingle(name string) vec {
	v, m := w.vector(), w.at(name)
	switch {
	case w.mask == nil:
		VCVTPS2PD(m, v)
	case w.width == avx512.width:
		VCVTPS2PD_Z(m, w.mask, v)
	default:
		half := w.half()
		VMASKMOVPS(m, w.halfMask(), half)
		v = w.widen(half)
	}
	return v
}

// storeSingle writes elements to a vector of float32.
func (w *walk) storeSingle(name string, v vec) {
	switch m, half := w.at(name), w.round(v); {
	case w.mask == nil:
		VMOVUPS(half, m)
	case w.width == avx512.width:
		VMOVUPS(half, w.mask, m)
	default:
		VMASKMOVPS(half, w.halfMask(), m)
	}
}

// halfMask returns the AVX2 mask with words of 4 bytes instead of 8.
func (w *walk) halfMask() reg.Register {
	high, mask := XMM(), XMM()
	VEXTRACTF128(Imm(1), w.mask, high)
	VSHUFPS(Imm(0x88), high, w.mask.(vec).AsX(), mask) // the even words of both
	return mask
}
