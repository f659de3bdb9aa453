package kernel

import "math"

// AdaGrad is s ← s + g²; x ← x − ηg/(√(s+r) + ε).
func AdaGrad(x, g, s []float64, eta, root, eps float64) {
	switch level {
	case avx512:
		adaGradAVX512(x, g, s, eta, root, eps)
		return
	case avx2:
		adaGradAVX2(x, g, s, eta, root, eps)
		return
	}
	x, s = x[:len(g)], s[:len(g)]
	for i, gi := range g {
		si := s[i] + float64(gi*gi)
		s[i] = si
		x[i] -= float64(eta * (gi / (math.Sqrt(si+root) + eps)))
	}
}

// AdaDelta is s ← ρs + (1−ρ)g²; Δ = √((u+ε)/(s+ε))·g; u ← ρu + (1−ρ)Δ²;
// x ← x − ηΔ.
func AdaDelta(x, g, s, u []float64, rho, eps, eta float64) {
	switch level {
	case avx512:
		adaDeltaAVX512(x, g, s, u, rho, eps, eta)
		return
	case avx2:
		adaDeltaAVX2(x, g, s, u, rho, eps, eta)
		return
	}
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

// RMSProp is s ← βs + (1−β)g²; x ← x − ηg/(√(s+r) + ε).
func RMSProp(x, g, s []float64, beta, eta, root, eps float64) {
	switch level {
	case avx512:
		rmsPropAVX512(x, g, s, beta, eta, root, eps)
		return
	case avx2:
		rmsPropAVX2(x, g, s, beta, eta, root, eps)
		return
	}
	x, s = x[:len(g)], s[:len(g)]
	rest := 1 - beta
	for i, gi := range g {
		si := float64(beta*s[i]) + float64(rest*float64(gi*gi))
		s[i] = si
		x[i] -= float64(eta * (gi / (math.Sqrt(si+root) + eps)))
	}
}

// RMSPropMomentum is RMSProp with b ← μb + g/(√(s+r) + ε); x ← x − ηb.
func RMSPropMomentum(x, g, s, b []float64, beta, mu, eta, root, eps float64) {
	switch level {
	case avx512:
		rmsPropMomentumAVX512(x, g, s, b, beta, mu, eta, root, eps)
		return
	case avx2:
		rmsPropMomentumAVX2(x, g, s, b, beta, mu, eta, root, eps)
		return
	}
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

// RMSPropCentered is s ← βs + (1−β)g²; m ← βm + (1−β)g;
// x ← x − ηg/(√(max(s−m², 0)+r) + ε).
func RMSPropCentered(x, g, s, m []float64, beta, eta, root, eps float64) {
	switch level {
	case avx512:
		rmsPropCenteredAVX512(x, g, s, m, beta, eta, root, eps)
		return
	case avx2:
		rmsPropCenteredAVX2(x, g, s, m, beta, eta, root, eps)
		return
	}
	x, s, m = x[:len(g)], s[:len(g)], m[:len(g)]
	rest := 1 - beta
	for i, gi := range g {
		si := float64(beta*s[i]) + float64(rest*float64(gi*gi))
		mi := float64(beta*m[i]) + float64(rest*gi)
		s[i], m[i] = si, mi
		x[i] -= float64(eta * (gi / (math.Sqrt(larger(0, si-float64(mi*mi))+root) + eps)))
	}
}

// RMSPropCenteredMomentum is RMSPropCentered with the buffer b of
// RMSPropMomentum.
func RMSPropCenteredMomentum(x, g, s, m, b []float64, beta, mu, eta, root, eps float64) {
	switch level {
	case avx512:
		rmsPropCenteredMomentumAVX512(x, g, s, m, b, beta, mu, eta, root, eps)
		return
	case avx2:
		rmsPropCenteredMomentumAVX2(x, g, s, m, b, beta, mu, eta, root, eps)
		return
	}
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

// larger is max(a, b) as the processor's MAXPD takes it: b, unless a > b. So a
// NaN in b stays.
func larger(a, b float64) float64 {
	if a > b {
		return a
	}
	return b
}

// smaller is min(a, b) in the same way: b, unless a < b.
func smaller(a, b float64) float64 {
	if a < b {
		return a
	}
	return b
}
