package main

// The steps that several kernels share.

// descend is x ← x − ηd.
func (w *walk) descend(eta, d vec) {
	w.store("x", w.sub(w.load("x"), w.mul(eta, d)))
}

// decayDescend is x ← κx − ηd.
func (w *walk) decayDescend(keep, eta, d vec) {
	w.store("x", w.sub(w.mul(keep, w.load("x")), w.mul(eta, d)))
}

// decayAdd is b ← μb + a.
func (w *walk) decayAdd(name string, mu, a vec) vec {
	b := w.add(w.mul(mu, w.load(name)), a)
	w.store(name, b)
	return b
}

// average is m ← βm + (1−β)g.
func (w *walk) average(name string, beta, rest, g vec) vec {
	return w.decayAdd(name, beta, w.mul(rest, g))
}

// averageSquare is v ← βv + (1−β)g².
func (w *walk) averageSquare(name string, beta, rest, g vec) vec {
	return w.average(name, beta, rest, w.mul(g, g))
}

// denominator is √(v+r) + ε.
func (w *walk) denominator(v, root, eps vec) vec {
	return w.add(w.sqrt(w.add(v, root)), eps)
}

// signed returns the function a·sign(x). Its value is ax if x is 0 or NaN.
func (w *walk) signed(a vec) func(x vec) vec {
	zero, minus := w.constant("zero", 0), w.xor(a, w.bits("signBit", 1<<63))
	return func(x vec) vec {
		return w.where(greater, x, zero, a, w.where(less, x, zero, minus, w.mul(a, x)))
	}
}

// enlarged returns the function 2⁶⁰⁰x. The product of two of its values has the sign of the product of
// their arguments, also where the latter underflows. If an argument is 0 or NaN, so is the product.
func (w *walk) enlarged() func(x vec) vec {
	large := w.constant("large", 0x1p600)
	return func(x vec) vec { return w.mul(x, large) }
}
