package main

// vectors writes the kernels of transforms and averages.
func vectors(s set) {
	kernel(s, "Scale", "x ← ax", "x []float64, a float64", func(w *walk) func() {
		w.unrolled = 4
		a := w.scalar("a")
		return func() { w.store("x", w.mul(w.load("x"), a)) }
	})
	kernel(s, "AddScaled", "dst ← dst + ax", "dst, x []float64, a float64", func(w *walk) func() {
		w.unrolled = 4
		a := w.scalar("a")
		return func() { w.store("dst", w.add(w.load("dst"), w.mul(a, w.load("x")))) }
	})
	kernel(s, "AddScaledTo", "dst ← x + ay", "dst, x, y []float64, a float64", func(w *walk) func() {
		w.unrolled = 4
		a := w.scalar("a")
		return func() { w.store("dst", w.add(w.load("x"), w.mul(a, w.load("y")))) }
	})
	kernel(s, "Combine", "dst ← a·dst + bx", "dst, x []float64, a, b float64", func(w *walk) func() {
		w.unrolled = 4
		a, b := w.scalar("a"), w.scalar("b")
		return func() { w.store("dst", w.add(w.mul(a, w.load("dst")), w.mul(b, w.load("x")))) }
	})
	kernel(s, "AddSquares", "dst ← dst + a(x² + ε)", "dst, x []float64, a, eps float64", func(w *walk) func() {
		w.unrolled = 4
		a, eps := w.scalar("a"), w.scalar("eps")
		return func() {
			x := w.load("x")
			w.store("dst", w.add(w.load("dst"), w.mul(a, w.add(w.mul(x, x), eps))))
		}
	})
	kernel(s, "DivideByRoot", "dst ← x/(a√y)", "dst, x, y []float64, a float64", func(w *walk) func() {
		a := w.scalar("a")
		return func() { w.store("dst", w.div(w.load("x"), w.mul(a, w.sqrt(w.load("y"))))) }
	})
	kernel(s, "AddTwo", "dst ← (dst + ax) + by", "dst, x, y []float64, a, b float64", func(w *walk) func() {
		w.unrolled = 4
		a, b := w.scalar("a"), w.scalar("b")
		return func() {
			w.store("dst", w.add(w.add(w.load("dst"), w.mul(a, w.load("x"))), w.mul(b, w.load("y"))))
		}
	})
	kernel(s, "AddSign", "dst ← dst + a·sign(x)", "dst, x []float64, a float64", func(w *walk) func() {
		signed := w.signed(w.scalar("a"))
		return func() { w.store("dst", w.add(w.load("dst"), signed(w.load("x")))) }
	})
	kernel(s, "Approach", "dst ← dst + a(x − dst)", "dst, x []float64, a float64", func(w *walk) func() {
		w.unrolled = 4
		a := w.scalar("a")
		return func() {
			dst := w.load("dst")
			w.store("dst", w.add(dst, w.mul(a, w.sub(w.load("x"), dst))))
		}
	})
	kernel(s, "Clamp", "x ← min(max(x, −a), a)", "x []float64, a float64", func(w *walk) func() {
		a := w.scalar("a")
		low := w.sub(w.constant("zero", 0), a)
		return func() { w.store("x", w.smaller(a, w.larger(low, w.load("x")))) }
	})
	kernel(s, "Shrink", "x ← sign(x)·max(|x| − a, 0)", "x []float64, a float64", func(w *walk) func() {
		a := w.scalar("a")
		low := w.sub(w.constant("zero", 0), a)
		return func() {
			x := w.load("x")
			inside := w.where(less, x, low, w.add(x, a), w.sub(x, x))
			w.store("x", w.where(greater, x, a, w.sub(x, a), inside))
		}
	})
	kernel(s, "Between", "x ← min(max(x, a), b)", "x []float64, a, b float64", func(w *walk) func() {
		a, b := w.scalar("a"), w.scalar("b")
		return func() { w.store("x", w.smaller(b, w.larger(a, w.load("x")))) }
	})
	kernel(s, "AtLeast", "x ← max(x, y)", "x, y []float64", func(w *walk) func() {
		w.unrolled = 4
		return func() { w.store("x", w.larger(w.load("y"), w.load("x"))) }
	})
	kernel(s, "AtMost", "x ← min(x, y)", "x, y []float64", func(w *walk) func() {
		w.unrolled = 4
		return func() { w.store("x", w.smaller(w.load("y"), w.load("x"))) }
	})
	kernel(s, "Cut", "x ← max((x − a) + b, 0)", "x []float64, a, b float64", func(w *walk) func() {
		above := w.above()
		return func() { w.store("x", above(w.load("x"))) }
	})
	kernel(s, "CutAbs", "x ← sign(x)·max((|x| − a) + b, 0)", "x []float64, a, b float64", func(w *walk) func() {
		above, zero, abs := w.above(), w.constant("zero", 0), w.bits("abs", 1<<63-1)
		return func() {
			x := w.load("x")
			y := above(w.and(x, abs))
			w.store("x", w.where(less, x, zero, w.sub(zero, y), y))
		}
	})
}

// above returns the function max((x − a) + b, 0) of x.
func (w *walk) above() func(x vec) vec {
	a, b, zero := w.scalar("a"), w.scalar("b"), w.constant("zero", 0)
	return func(x vec) vec { return w.larger(w.add(w.sub(x, a), b), zero) }
}
