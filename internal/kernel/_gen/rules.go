package main

// rules writes the kernels of the optimizers.
func rules(s set) {
	kernel(s, "SGD", "x ← x − ηg", "x, g []float64, eta float64", func(w *walk) func() {
		w.unrolled = 4
		eta := w.scalar("eta")
		return func() { w.descend(eta, w.load("g")) }
	})
	kernel(s, "Momentum", "v ← μv + ag; x ← x − bv", "x, g, v []float64, mu, a, b float64", func(w *walk) func() {
		w.unrolled = 4
		mu, a, b := w.scalar("mu"), w.scalar("a"), w.scalar("b")
		return func() { w.descend(b, w.decayAdd("v", mu, w.mul(a, w.load("g")))) }
	})
	kernel(s, "Nesterov", "v ← μv + g; x ← x − η(g + νv)", "x, g, v []float64, mu, nu, eta float64", func(w *walk) func() {
		w.unrolled = 4
		mu, nu, eta := w.scalar("mu"), w.scalar("nu"), w.scalar("eta")
		return func() {
			g := w.load("g")
			v := w.decayAdd("v", mu, g)
			w.descend(eta, w.add(g, w.mul(nu, v)))
		}
	})

	kernel(s, "AdaGrad", "s ← s + g²; x ← x − ηg/(√(s+r) + ε)", "x, g, s []float64, eta, root, eps float64", func(w *walk) func() {
		eta, root, eps := w.scalar("eta"), w.scalar("root"), w.scalar("eps")
		return func() {
			g := w.load("g")
			sum := w.add(w.load("s"), w.mul(g, g))
			w.store("s", sum)
			w.descend(eta, w.div(g, w.denominator(sum, root, eps)))
		}
	})
	kernel(s, "AdaDelta", "s ← ρs + (1−ρ)g²; Δ = √((u+ε)/(s+ε))·g; u ← ρu + (1−ρ)Δ²; x ← x − ηΔ",
		"x, g, s, u []float64, rho, eps, eta float64", func(w *walk) func() {
			rho, rest := w.fraction("rho")
			eps, eta := w.scalar("eps"), w.scalar("eta")
			return func() {
				g := w.load("g")
				sum := w.averageSquare("s", rho, rest, g)
				u := w.load("u")
				delta := w.mul(w.sqrt(w.div(w.add(u, eps), w.add(sum, eps))), g)
				w.store("u", w.add(w.mul(rho, u), w.mul(rest, w.mul(delta, delta))))
				w.descend(eta, delta)
			}
		})
	rmsProp(s)

	adam := func(w *walk) func() {
		beta1, rest1 := w.fraction("beta1")
		beta2, rest2 := w.fraction("beta2")
		eta, c, root, eps, keep := w.scalar("eta"), w.scalar("c"), w.scalar("root"), w.scalar("eps"), w.scalar("keep")
		return func() {
			g := w.load("g")
			m := w.average("m", beta1, rest1, g)
			v := w.averageSquare("v", beta2, rest2, g)
			w.decayDescend(keep, eta, w.div(m, w.denominator(w.mul(c, v), root, eps)))
		}
	}
	kernel(s, "Adam", "m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; x ← κx − ηm/(√(cv+r) + ε)",
		"x, g, m, v []float64, beta1, beta2, eta, c, root, eps, keep float64", adam)
	kernel(s, "Adam32", "Adam for x and g of float32", "x, g []float32, m, v []float64, beta1, beta2, eta, c, root, eps, keep float64", adam)
	kernel(s, "AMSGrad", "Adam with w ← max(w, v) instead of v under the square root",
		"x, g, m, v, w []float64, beta1, beta2, eta, c, root, eps, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			eta, c, root, eps, keep := w.scalar("eta"), w.scalar("c"), w.scalar("root"), w.scalar("eps"), w.scalar("keep")
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				top := w.larger(w.load("w"), w.averageSquare("v", beta2, rest2, g))
				w.store("w", top)
				w.decayDescend(keep, eta, w.div(m, w.denominator(w.mul(c, top), root, eps)))
			}
		})
	kernel(s, "AdaMax", "m ← β₁m + (1−β₁)g; u ← max(β₂u, |g|+ε); x ← x − ηm/u",
		"x, g, m, u []float64, beta1, beta2, eta, eps float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, eta, eps := w.scalar("beta2"), w.scalar("eta"), w.scalar("eps")
			abs := w.bits("abs", 1<<63-1)
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				u := w.larger(w.mul(beta2, w.load("u")), w.add(w.and(g, abs), eps))
				w.store("u", u)
				w.descend(eta, w.div(m, u))
			}
		})
	kernel(s, "NAdam", "m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; x ← x − (ag + bm)/(√(cv) + ε)",
		"x, g, m, v []float64, beta1, beta2, a, b, c, eps float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			a, b, c, eps := w.scalar("a"), w.scalar("b"), w.scalar("c"), w.scalar("eps")
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				v := w.averageSquare("v", beta2, rest2, g)
				ahead := w.add(w.mul(a, g), w.mul(b, m))
				w.store("x", w.sub(w.load("x"), w.div(ahead, w.add(w.sqrt(w.mul(c, v)), eps))))
			}
		})
	kernel(s, "ADOPT", "m ← β₁m + (1−β₁)·min(max(g/max(√v, ε), −c), c); v ← β₂v + (1−β₂)g²; x ← κx − ηm",
		"x, g, m, v []float64, beta1, beta2, eta, eps, clip, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			eta, eps, clip, keep := w.scalar("eta"), w.scalar("eps"), w.scalar("clip"), w.scalar("keep")
			low := w.sub(w.constant("zero", 0), clip)
			return func() {
				g, v := w.load("g"), w.load("v")
				d := w.smaller(clip, w.larger(low, w.div(g, w.larger(eps, w.sqrt(v)))))
				m := w.average("m", beta1, rest1, d)
				w.store("v", w.add(w.mul(beta2, v), w.mul(rest2, w.mul(g, g))))
				w.decayDescend(keep, eta, m)
			}
		})
	kernel(s, "AdaBelief", "m ← β₁m + (1−β₁)g; s ← β₂s + (1−β₂)(g−m)² + r; x ← κx − ηm/(√(cs) + ε)",
		"x, g, m, s []float64, beta1, beta2, eta, c, root, eps, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			eta, c, root, eps, keep := w.scalar("eta"), w.scalar("c"), w.scalar("root"), w.scalar("eps"), w.scalar("keep")
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				d := w.sub(g, m)
				s := w.add(w.add(w.mul(beta2, w.load("s")), w.mul(rest2, w.mul(d, d))), root)
				w.store("s", s)
				w.decayDescend(keep, eta, w.div(m, w.add(w.sqrt(w.mul(c, s)), eps)))
			}
		})
	kernel(s, "RAdamWarm", "m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; x ← κx − ηm",
		"x, g, m, v []float64, beta1, beta2, eta, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			eta, keep := w.scalar("eta"), w.scalar("keep")
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				w.averageSquare("v", beta2, rest2, g)
				w.decayDescend(keep, eta, m)
			}
		})

	kernel(s, "AdEMAMix", "m ← β₁m + (1−β₁)g; l ← β₃l + (1−β₃)g; v ← β₂v + (1−β₂)g²; x ← κx − (am + bl)/(√(cv) + ε)",
		"x, g, m, l, v []float64, beta1, beta2, beta3, a, b, c, eps, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			beta3, rest3 := w.fraction("beta3")
			a, b, c, eps, keep := w.scalar("a"), w.scalar("b"), w.scalar("c"), w.scalar("eps"), w.scalar("keep")
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				l := w.average("l", beta3, rest3, g)
				v := w.averageSquare("v", beta2, rest2, g)
				d := w.div(w.add(w.mul(a, m), w.mul(b, l)), w.add(w.sqrt(w.mul(c, v)), eps))
				w.store("x", w.sub(w.mul(keep, w.load("x")), d))
			}
		})
	kernel(s, "Adan", "d = g−p; m ← β₁m + (1−β₁)g; u ← β₂u + (1−β₂)d; v ← β₃v + (1−β₃)(g+β₂d)²; p ← g; x ← κx − (am + bu)/(√(cv) + ε)",
		"x, g, p, m, u, v []float64, beta1, beta2, beta3, a, b, c, eps, keep float64", func(w *walk) func() {
			beta1, beta2, beta3, one := w.scalar("beta1"), w.scalar("beta2"), w.scalar("beta3"), w.constant("one", 1)
			a, b, c, eps, keep := w.scalar("a"), w.scalar("b"), w.scalar("c"), w.scalar("eps"), w.scalar("keep")
			// AVX2 has 16 registers: too few to keep 1−β₁, 1−β₂ and 1−β₃.
			return func() {
				g := w.load("g")
				d := w.sub(g, w.load("p"))
				w.store("p", g)
				u := w.average("u", beta2, w.sub(one, beta2), d)
				v := w.averageSquare("v", beta3, w.sub(one, beta3), w.add(g, w.mul(beta2, d)))
				m := w.average("m", beta1, w.sub(one, beta1), g)
				step := w.div(w.add(w.mul(a, m), w.mul(b, u)), w.add(w.sqrt(w.mul(c, v)), eps))
				w.store("x", w.sub(w.mul(keep, w.load("x")), step))
			}
		})
	kernel(s, "AdamDirection", "m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; r ← m/(√v + ε)",
		"r, g, m, v []float64, beta1, beta2, eps float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			eps := w.scalar("eps")
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				v := w.averageSquare("v", beta2, rest2, g)
				w.store("r", w.div(m, w.add(w.sqrt(v), eps)))
			}
		})
	kernel(s, "SOAPDirection", "v ← β₂v + (1−β₂)p²; r ← r/(√v + ε)", "r, p, v []float64, beta2, eps float64", func(w *walk) func() {
		beta2, rest2 := w.fraction("beta2")
		eps := w.scalar("eps")
		return func() {
			v := w.averageSquare("v", beta2, rest2, w.load("p"))
			w.store("r", w.div(w.load("r"), w.add(w.sqrt(v), eps)))
		}
	})
	kernel(s, "CautiousDecay", "x ← κx + wu; w = a where u·sign(g) < 0, else b; κ = 1 where u·sign(x) > 0, else keep",
		"x, g, u []float64, a, b, keep float64", func(w *walk) func() {
			a, b, keep, one := w.scalar("a"), w.scalar("b"), w.scalar("keep"), w.constant("one", 1)
			zero, enlarged := w.constant("zero", 0), w.enlarged()
			return func() {
				x, u := w.load("x"), w.load("u")
				large := enlarged(u)
				factor := w.where(less, w.mul(large, enlarged(w.load("g"))), zero, a, b)
				kept := w.where(greater, w.mul(large, enlarged(x)), zero, one, keep)
				w.store("x", w.add(w.mul(kept, x), w.mul(factor, u)))
			}
		})
	kernel(s, "LARS", "v ← μv + a(g + λx); x ← x − ηv", "x, g, v []float64, mu, a, decay, eta float64", func(w *walk) func() {
		mu, a, decay, eta := w.scalar("mu"), w.scalar("a"), w.scalar("decay"), w.scalar("eta")
		return func() {
			x := w.load("x")
			v := w.decayAdd("v", mu, w.mul(a, w.add(w.load("g"), w.mul(decay, x))))
			w.store("x", w.sub(x, w.mul(eta, v)))
		}
	})
	kernel(s, "Prodigy", "m ← β₁m + (1−β₁)dg; v ← β₂v + (1−β₂)(dg)²; x ← κx − ηm/(√v + ε)",
		"x, g, m, v []float64, beta1, beta2, d, eta, eps, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			d, eta, eps, keep := w.scalar("d"), w.scalar("eta"), w.scalar("eps"), w.scalar("keep")
			return func() {
				g := w.mul(d, w.load("g"))
				m := w.average("m", beta1, rest1, g)
				v := w.averageSquare("v", beta2, rest2, g)
				w.decayDescend(keep, eta, w.div(m, w.add(w.sqrt(v), eps)))
			}
		})

	kernel(s, "Lion", "x ← κx − η·sign(β₁m + (1−β₁)g); m ← β₂m + (1−β₂)g",
		"x, g, m []float64, beta1, beta2, eta, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			keep, step := w.scalar("keep"), w.signed(w.scalar("eta"))
			return func() {
				g, m := w.load("g"), w.load("m")
				w.store("m", w.add(w.mul(beta2, m), w.mul(rest2, g)))
				d := step(w.add(w.mul(beta1, m), w.mul(rest1, g)))
				w.store("x", w.sub(w.mul(keep, w.load("x")), d))
			}
		})
	kernel(s, "Rprop", "a step of resilient propagation; p is the previous gradient, d are the step sizes",
		"x, g, p, d []float64, eta, shrink, grow, lo, hi float64", func(w *walk) func() {
			eta, shrink, grow := w.scalar("eta"), w.scalar("shrink"), w.scalar("grow")
			lo, hi, zero := w.scalar("lo"), w.scalar("hi"), w.constant("zero", 0)
			sign := w.signed(w.constant("one", 1))
			return func() {
				g, d := w.load("g"), w.load("d")
				s := sign(g)
				agree := w.mul(s, w.load("p"))
				d = w.where(greater, agree, zero, w.mul(d, grow), w.where(less, agree, zero, w.mul(d, shrink), d))
				s = w.where(less, agree, zero, zero, s)
				d = w.smaller(w.larger(d, lo), hi)
				w.store("d", d)
				w.store("p", w.where(less, agree, zero, zero, g))
				w.descend(eta, w.mul(d, s))
			}
		})
}

// scheduleFree writes the kernels of the two schedule-free optimizers.
func scheduleFree(s set) {
	kernel(s, "ScheduleFree", "d = g + λy; y ← y + s(z−y) + ad; z ← z − ηd",
		"y, g, z []float64, share, a, eta, decay float64", func(w *walk) func() {
			move, decay := w.twoSequences(), w.scalar("decay")
			return func() {
				y, g := w.load("y"), w.load("g")
				move(y, w.add(g, w.mul(decay, y)))
			}
		})
	kernel(s, "ScheduleFreeAdam", "v ← β₂v + (1−β₂)g²; d = g/(√(bv) + ε) + λy; y ← y + s(z−y) + ad; z ← z − ηd",
		"y, g, z, v []float64, beta2, b, eps, share, a, eta, decay float64", func(w *walk) func() {
			beta2, rest2 := w.fraction("beta2")
			b, eps := w.scalar("b"), w.scalar("eps")
			move, decay := w.twoSequences(), w.scalar("decay")
			return func() {
				y, g := w.load("y"), w.load("g")
				v := w.averageSquare("v", beta2, rest2, g)
				move(y, w.add(w.div(g, w.add(w.sqrt(w.mul(b, v)), eps)), w.mul(decay, y)))
			}
		})
}

// primalAveraging writes the kernel of GPAAdamW.
func primalAveraging(s set) {
	kernel(s, "GPAAdam", "m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; d = m/(√(cv) + ε); z ← κz; y ← y + s(z−y) + ad; z ← z − ηd",
		"y, g, z, m, v []float64, beta1, beta2, c, eps, share, a, eta, keep float64", func(w *walk) func() {
			beta1, rest1 := w.fraction("beta1")
			beta2, rest2 := w.fraction("beta2")
			c, eps, keep := w.scalar("c"), w.scalar("eps"), w.scalar("keep")
			share, a, eta := w.scalar("share"), w.scalar("a"), w.scalar("eta")
			return func() {
				g := w.load("g")
				m := w.average("m", beta1, rest1, g)
				v := w.averageSquare("v", beta2, rest2, g)
				d := w.div(m, w.add(w.sqrt(w.mul(c, v)), eps))
				y, z := w.load("y"), w.mul(keep, w.load("z"))
				w.store("y", w.add(w.add(y, w.mul(share, w.sub(z, y))), w.mul(a, d)))
				w.store("z", w.sub(z, w.mul(eta, d)))
			}
		})
}

// twoSequences returns the function y ← y + s(z−y) + ad; z ← z − ηd.
func (w *walk) twoSequences() func(y, d vec) {
	share, a, eta := w.scalar("share"), w.scalar("a"), w.scalar("eta")
	return func(y, d vec) {
		z := w.load("z")
		w.store("y", w.add(w.add(y, w.mul(share, w.sub(z, y))), w.mul(a, d)))
		w.store("z", w.sub(z, w.mul(eta, d)))
	}
}

// rmsProp writes the four kernels of RMSProp: with and without the mean gradient m, with and
// without the momentum buffer b.
func rmsProp(s set) {
	for _, centered := range []bool{false, true} {
		for _, buffered := range []bool{false, true} {
			name, vectors, scalars := "RMSProp", "x, g, s", "beta, eta, root, eps"
			doc := "s ← βs + (1−β)g²; "
			under := "s"
			if centered {
				name, vectors = name+"Centered", vectors+", m"
				doc, under = doc+"m ← βm + (1−β)g; ", "max(s−m², 0)"
			}
			if buffered {
				name, vectors, scalars = name+"Momentum", vectors+", b", "beta, mu, eta, root, eps"
				doc += "b ← μb + g/(√(" + under + "+r) + ε); x ← x − ηb"
			} else {
				doc += "x ← x − ηg/(√(" + under + "+r) + ε)"
			}
			kernel(s, name, doc, vectors+" []float64, "+scalars+" float64", func(w *walk) func() {
				beta, rest := w.fraction("beta")
				eta, root, eps := w.scalar("eta"), w.scalar("root"), w.scalar("eps")
				var zero, mu vec
				if centered {
					zero = w.constant("zero", 0)
				}
				if buffered {
					mu = w.scalar("mu")
				}
				return func() {
					g := w.load("g")
					variance := w.averageSquare("s", beta, rest, g)
					if centered {
						m := w.average("m", beta, rest, g)
						variance = w.larger(zero, w.sub(variance, w.mul(m, m)))
					}
					step := w.div(g, w.denominator(variance, root, eps))
					if buffered {
						step = w.decayAdd("b", mu, step)
					}
					w.descend(eta, step)
				}
			})
		}
	}
}
