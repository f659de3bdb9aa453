package kernel

import "math"

// genericAdEMAMix is m ← β₁m + (1−β₁)g; l ← β₃l + (1−β₃)g; v ← β₂v + (1−β₂)g²; x ← κx − (am +
// bl)/(√(cv) + ε). a, b and c contain the corrections of the bias.
func genericAdEMAMix(x, g, m, l, v []float64, beta1, beta2, beta3, a, b, c, eps, keep float64) {
	x, m, l, v = x[:len(g)], m[:len(g)], l[:len(g)], v[:len(g)]
	rest1, rest2, rest3 := 1-beta1, 1-beta2, 1-beta3
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		li := float64(beta3*l[i]) + float64(rest3*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], l[i], v[i] = mi, li, vi
		x[i] = float64(keep*x[i]) - (float64(a*mi)+float64(b*li))/(math.Sqrt(float64(c*vi))+eps)
	}
}

// genericAdan is d = g−p; m ← β₁m + (1−β₁)g; u ← β₂u + (1−β₂)d; v ← β₃v + (1−β₃)(g+β₂d)²; p ← g; x ←
// κx − (am + bu)/(√(cv) + ε). p is the previous gradient. a, b and c contain the corrections of the
// bias.
func genericAdan(x, g, p, m, u, v []float64, beta1, beta2, beta3, a, b, c, eps, keep float64) {
	x, p, m, u, v = x[:len(g)], p[:len(g)], m[:len(g)], u[:len(g)], v[:len(g)]
	rest1, rest2, rest3 := 1-beta1, 1-beta2, 1-beta3
	for i, gi := range g {
		d := gi - p[i]
		ahead := gi + float64(beta2*d)
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		ui := float64(beta2*u[i]) + float64(rest2*d)
		vi := float64(beta3*v[i]) + float64(rest3*float64(ahead*ahead))
		p[i], m[i], u[i], v[i] = gi, mi, ui, vi
		x[i] = float64(keep*x[i]) - (float64(a*mi)+float64(b*ui))/(math.Sqrt(float64(c*vi))+eps)
	}
}
