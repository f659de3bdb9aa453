package kernel

import "math"

// genericAdamDirection is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; r ← m/(√v + ε).
func genericAdamDirection(r, g, m, v []float64, beta1, beta2, eps float64) {
	r, m, v = r[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		r[i] = mi / (math.Sqrt(vi) + eps)
	}
}

// genericSOAPDirection is v ← β₂v + (1−β₂)p²; r ← r/(√v + ε).
func genericSOAPDirection(r, p, v []float64, beta2, eps float64) {
	r, v = r[:len(p)], v[:len(p)]
	rest2 := 1 - beta2
	for i, pi := range p {
		vi := float64(beta2*v[i]) + float64(rest2*float64(pi*pi))
		v[i] = vi
		r[i] /= math.Sqrt(vi) + eps
	}
}

// genericCautiousDecay is x ← κx + wu; w = a where u·sign(g) < 0, else b; κ = 1 where u·sign(x) > 0,
// else keep.
func genericCautiousDecay(x, g, u []float64, a, b, keep float64) {
	x, u = x[:len(g)], u[:len(g)]
	for i, gi := range g {
		xi, ui := x[i], u[i]
		w, kept := b, keep
		if ui*sign(gi) < 0 {
			w = a
		}
		if ui*sign(xi) > 0 {
			kept = 1
		}
		x[i] = float64(kept*xi) + float64(w*ui)
	}
}

// genericLARS is v ← μv + a(g + λx); x ← x − ηv, with λ = decay.
func genericLARS(x, g, v []float64, mu, a, decay, eta float64) {
	x, v = x[:len(g)], v[:len(g)]
	for i, gi := range g {
		xi := x[i]
		vi := float64(mu*v[i]) + float64(a*(gi+float64(decay*xi)))
		v[i] = vi
		x[i] = xi - float64(eta*vi)
	}
}

// genericProdigy is m ← β₁m + (1−β₁)dg; v ← β₂v + (1−β₂)(dg)²; x ← κx − ηm/(√v + ε). η and ε contain
// d.
func genericProdigy(x, g, m, v []float64, beta1, beta2, d, eta, eps, keep float64) {
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		gi = float64(d * gi)
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] = float64(keep*x[i]) - float64(eta*(mi/(math.Sqrt(vi)+eps)))
	}
}
