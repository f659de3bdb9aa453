package kernel

import "math"

// genericScheduleFree is d = g + λy; y ← y + s(z−y) + ad; z ← z − ηd, with s = share and λ = decay.
func genericScheduleFree(y, g, z []float64, share, a, eta, decay float64) {
	y, z = y[:len(g)], z[:len(g)]
	for i, gi := range g {
		yi := y[i]
		d := gi + float64(decay*yi)
		y[i] = yi + float64(share*(z[i]-yi)) + float64(a*d)
		z[i] -= float64(eta * d)
	}
}

// genericScheduleFreeAdam is v ← β₂v + (1−β₂)g²; d = g/(√(bv) + ε) + λy; y ← y + s(z−y) + ad; z ← z
// − ηd, with s = share and λ = decay.
func genericScheduleFreeAdam(y, g, z, v []float64, beta2, b, eps, share, a, eta, decay float64) {
	y, z, v = y[:len(g)], z[:len(g)], v[:len(g)]
	rest2 := 1 - beta2
	for i, gi := range g {
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		v[i] = vi
		yi := y[i]
		d := gi/(math.Sqrt(float64(b*vi))+eps) + float64(decay*yi)
		y[i] = yi + float64(share*(z[i]-yi)) + float64(a*d)
		z[i] -= float64(eta * d)
	}
}

// genericGPAAdam is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; d = m/(√(cv) + ε); z ← κz; y ← y +
// s(z−y) + ad; z ← z − ηd, with s = share. η, a and c contain the corrections of the bias.
func genericGPAAdam(y, g, z, m, v []float64, beta1, beta2, c, eps, share, a, eta, keep float64) {
	y, z, m, v = y[:len(g)], z[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		d := mi / (math.Sqrt(float64(c*vi)) + eps)
		yi, zi := y[i], float64(keep*z[i])
		y[i] = yi + float64(share*(zi-yi)) + float64(a*d)
		z[i] = zi - float64(eta*d)
	}
}
