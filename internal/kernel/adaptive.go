package kernel

import "math"

// genericAdaGrad is s ← s + g²; x ← x − ηg/(√(s+r) + ε).
func genericAdaGrad(x, g, s []float64, eta, root, eps float64) {
	x, s = x[:len(g)], s[:len(g)]
	for i, gi := range g {
		si := s[i] + float64(gi*gi)
		s[i] = si
		x[i] -= float64(eta * (gi / (math.Sqrt(si+root) + eps)))
	}
}

// genericAdaDelta is s ← ρs + (1−ρ)g²; Δ = √((u+ε)/(s+ε))·g; u ← ρu + (1−ρ)Δ²; x ← x − ηΔ.
func genericAdaDelta(x, g, s, u []float64, rho, eps, eta float64) {
	x, s, u = x[:len(g)], s[:len(g)], u[:len(g)]
	rest := 1 - rho
	for i, gi := range g {
		si := float64(rho*s[i]) + float64(rest*float64(gi*gi))
		s[i] = si
		di := math.Sqrt((u[i]+eps)/(si+eps)) * gi
		u[i] = float64(rho*u[i]) + float64(rest*float64(di*di))
		x[i] -= float64(eta * di)
	}
}

// genericRMSProp is s ← βs + (1−β)g²; x ← x − ηg/(√(s+r) + ε).
func genericRMSProp(x, g, s []float64, beta, eta, root, eps float64) {
	x, s = x[:len(g)], s[:len(g)]
	rest := 1 - beta
	for i, gi := range g {
		si := float64(beta*s[i]) + float64(rest*float64(gi*gi))
		s[i] = si
		x[i] -= float64(eta * (gi / (math.Sqrt(si+root) + eps)))
	}
}

// genericRMSPropMomentum is s ← βs + (1−β)g²; b ← μb + g/(√(s+r) + ε); x ← x − ηb.
func genericRMSPropMomentum(x, g, s, b []float64, beta, mu, eta, root, eps float64) {
	x, s, b = x[:len(g)], s[:len(g)], b[:len(g)]
	rest := 1 - beta
	for i, gi := range g {
		si := float64(beta*s[i]) + float64(rest*float64(gi*gi))
		s[i] = si
		bi := float64(mu*b[i]) + gi/(math.Sqrt(si+root)+eps)
		b[i] = bi
		x[i] -= float64(eta * bi)
	}
}

// genericRMSPropCentered is s ← βs + (1−β)g²; m ← βm + (1−β)g; x ← x − ηg/(√(max(s−m², 0)+r) + ε).
func genericRMSPropCentered(x, g, s, m []float64, beta, eta, root, eps float64) {
	x, s, m = x[:len(g)], s[:len(g)], m[:len(g)]
	rest := 1 - beta
	for i, gi := range g {
		si := float64(beta*s[i]) + float64(rest*float64(gi*gi))
		mi := float64(beta*m[i]) + float64(rest*gi)
		s[i], m[i] = si, mi
		x[i] -= float64(eta * (gi / (math.Sqrt(larger(0, si-float64(mi*mi))+root) + eps)))
	}
}

// genericRMSPropCenteredMomentum is s ← βs + (1−β)g²; m ← βm + (1−β)g;
// b ← μb + g/(√(max(s−m², 0)+r) + ε); x ← x − ηb.
func genericRMSPropCenteredMomentum(x, g, s, m, b []float64, beta, mu, eta, root, eps float64) {
	x, s, m, b = x[:len(g)], s[:len(g)], m[:len(g)], b[:len(g)]
	rest := 1 - beta
	for i, gi := range g {
		si := float64(beta*s[i]) + float64(rest*float64(gi*gi))
		mi := float64(beta*m[i]) + float64(rest*gi)
		s[i], m[i] = si, mi
		bi := float64(mu*b[i]) + gi/(math.Sqrt(larger(0, si-float64(mi*mi))+root)+eps)
		b[i] = bi
		x[i] -= float64(eta * bi)
	}
}
