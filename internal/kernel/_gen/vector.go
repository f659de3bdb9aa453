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
}
