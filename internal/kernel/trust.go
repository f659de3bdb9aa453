package kernel

import "math"

// genericLAMBDirection is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; r ← m/(√v + ε).
func genericLAMBDirection(r, g, m, v []float64, beta1, beta2, eps float64) {
	r, m, v = r[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		r[i] = mi / (math.Sqrt(vi) + eps)
	}
}

// genericDecayDescend is x ← κx − ηd.
func genericDecayDescend(x, d []float64, eta, keep float64) {
	x = x[:len(d)]
	for i, di := range d {
		x[i] = float64(keep*x[i]) - float64(eta*di)
	}
}

// genericCautious is x ← κx + wu; w = a where u·sign(g) < 0, else b; κ = l where u·sign(x) > 0, else
// k.
func genericCautious(x, g, u []float64, a, b, k, l float64) {
	x, u = x[:len(g)], u[:len(g)]
	for i, gi := range g {
		xi, ui := x[i], u[i]
		w, keep := b, k
		if ui*sign(gi) < 0 {
			w = a
		}
		if ui*sign(xi) > 0 {
			keep = l
		}
		x[i] = float64(keep*xi) + float64(w*ui)
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
