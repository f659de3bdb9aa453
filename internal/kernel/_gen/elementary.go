package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// The numbers of package portable.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// elementary writes the functions of package portable for vectors.
func elementary(s set) {
	kernel(s, "Exp", "x ← eˣ for |x| ≤ 708", "x []float64", func(w *walk) func() {
		ln2, high, low := w.constant("ln2", math.Ln2), w.constant("ln2High", ln2High), w.constant("ln2Low", ln2Low)
		return func() {
			x := w.load("x")
			k := w.roundToEven(w.div(x, ln2))
			r := w.sub(w.sub(x, w.mul(k, high)), w.mul(k, low))
			w.store("x", w.mul(w.series("exp", exponentials(), r), w.powerOfTwo(k)))
		}
	})
	kernel(s, "Log", "x ← log x for positive normal x", "x []float64", func(w *walk) func() {
		one, root := w.constant("one", 1), w.constant("rootHalf", math.Sqrt2/2)
		return func() {
			m, k := w.halfToOne(w.load("x"))
			k = w.where(less, m, root, w.sub(k, one), k)
			m = w.where(less, m, root, w.add(m, m), m)
			s := w.div(w.sub(m, one), w.add(m, one))
			square := w.mul(s, s)
			rest := w.mul(w.mul(s, square), w.series("artanh", artanhs(), square))
			sum := w.add(w.add(w.mul(k, w.constant("ln2Low", ln2Low)), w.add(s, s)), w.add(rest, rest))
			w.store("x", w.add(w.mul(k, w.constant("ln2High", ln2High)), sum))
		}
	})
}

// exponentials returns the coefficients 1/i! of eᵃ.
func exponentials() []float64 {
	c, factorial := []float64{1}, 1.0
	for i := 1; i <= 14; i++ {
		factorial *= float64(i)
		c = append(c, 1/factorial)
	}
	return c
}

// artanhs returns the coefficients of (artanh(a)/a − 1)/a² in powers of a².
func artanhs() (c []float64) {
	for i := 3; i <= 23; i += 2 {
		c = append(c, 1/float64(i))
	}
	return c
}

// series returns Σcᵢaⁱ by Horner's rule. The coefficients are in memory, since they are more than
// the registers.
func (s set) series(name string, c []float64, a vec) vec {
	sum := s.constant(name+string(rune('a'+len(c)-1)), c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		sum = s.add(s.mul(a, sum), s.constant(name+string(rune('a'+i)), c[i]))
	}
	return sum
}

func (s set) roundToEven(a vec) vec {
	v := s.vector()
	if s.width == avx512.width {
		VRNDSCALEPD(Imm(8), a, v)
	} else {
		VROUNDPD(Imm(8), a, v)
	}
	return v
}

// powerOfTwo returns 2ᵏ for whole k with |k| ≤ 1022. The last bits of the sum are the exponent.
func (s set) powerOfTwo(k vec) vec {
	v := s.add(k, s.constant("exponent", 3<<51+1023))
	VPSLLQ(Imm(52), v, v)
	return v
}

// halfToOne returns m in [½, 1) and k with x = m·2ᵏ.
func (s set) halfToOne(x vec) (m, k vec) {
	k = s.vector()
	VPSRLQ(Imm(52), x, k)
	k = s.sub(s.or(k, s.constant("two52", 1<<52)), s.constant("two52And1022", 1<<52+1022))
	m = s.or(s.and(x, s.bits("fraction", 1<<52-1)), s.constant("half", 0.5))
	return m, k
}
