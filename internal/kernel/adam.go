package kernel

import "math"

// Adam is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
// x ← κx − ηm/(√(cv+r) + ε), with η and c corrected for the bias and κ = 1−ηλ.
func Adam(x, g, m, v []float64, beta1, beta2, eta, c, root, eps, keep float64) {
	switch level {
	case avx512:
		adamAVX512(x, g, m, v, beta1, beta2, eta, c, root, eps, keep)
		return
	case avx2:
		adamAVX2(x, g, m, v, beta1, beta2, eta, c, root, eps, keep)
		return
	}
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] = float64(keep*x[i]) - float64(eta*(mi/(math.Sqrt(float64(c*vi)+root)+eps)))
	}
}

// AMSGrad is Adam with w ← max(w, v) in the place of v under the root.
func AMSGrad(x, g, m, v, w []float64, beta1, beta2, eta, c, root, eps, keep float64) {
	switch level {
	case avx512:
		amsGradAVX512(x, g, m, v, w, beta1, beta2, eta, c, root, eps, keep)
		return
	case avx2:
		amsGradAVX2(x, g, m, v, w, beta1, beta2, eta, c, root, eps, keep)
		return
	}
	x, m, v, w = x[:len(g)], m[:len(g)], v[:len(g)], w[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		wi := larger(w[i], vi)
		m[i], v[i], w[i] = mi, vi, wi
		x[i] = float64(keep*x[i]) - float64(eta*(mi/(math.Sqrt(float64(c*wi)+root)+eps)))
	}
}

// AdaMax is m ← β₁m + (1−β₁)g; u ← max(β₂u, |g|+ε); x ← x − ηm/u.
func AdaMax(x, g, m, u []float64, beta1, beta2, eta, eps float64) {
	switch level {
	case avx512:
		adaMaxAVX512(x, g, m, u, beta1, beta2, eta, eps)
		return
	case avx2:
		adaMaxAVX2(x, g, m, u, beta1, beta2, eta, eps)
		return
	}
	x, m, u = x[:len(g)], m[:len(g)], u[:len(g)]
	rest1 := 1 - beta1
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		ui := larger(float64(beta2*u[i]), math.Abs(gi)+eps)
		m[i], u[i] = mi, ui
		x[i] -= float64(eta * (mi / ui))
	}
}

// NAdam is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
// x ← x − (ag + bm)/(√(cv) + ε).
func NAdam(x, g, m, v []float64, beta1, beta2, a, b, c, eps float64) {
	switch level {
	case avx512:
		nadamAVX512(x, g, m, v, beta1, beta2, a, b, c, eps)
		return
	case avx2:
		nadamAVX2(x, g, m, v, beta1, beta2, a, b, c, eps)
		return
	}
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] -= (float64(a*gi) + float64(b*mi)) / (math.Sqrt(float64(c*vi)) + eps)
	}
}

// AdaBelief is m ← β₁m + (1−β₁)g; s ← β₂s + (1−β₂)(g−m)² + r;
// x ← κx − ηm/(√(cs) + ε), with η and c corrected for the bias and κ = 1−ηλ.
func AdaBelief(x, g, m, s []float64, beta1, beta2, eta, c, root, eps, keep float64) {
	switch level {
	case avx512:
		adaBeliefAVX512(x, g, m, s, beta1, beta2, eta, c, root, eps, keep)
		return
	case avx2:
		adaBeliefAVX2(x, g, m, s, beta1, beta2, eta, c, root, eps, keep)
		return
	}
	x, m, s = x[:len(g)], m[:len(g)], s[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		d := gi - mi
		si := float64(beta2*s[i]) + float64(rest2*float64(d*d)) + root
		m[i], s[i] = mi, si
		x[i] = float64(keep*x[i]) - float64(eta*(mi/(math.Sqrt(float64(c*si))+eps)))
	}
}

// RAdamWarm is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; x ← κx − ηm: a step of
// RAdam while v is not yet to be trusted.
func RAdamWarm(x, g, m, v []float64, beta1, beta2, eta, keep float64) {
	switch level {
	case avx512:
		radamWarmAVX512(x, g, m, v, beta1, beta2, eta, keep)
		return
	case avx2:
		radamWarmAVX2(x, g, m, v, beta1, beta2, eta, keep)
		return
	}
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] = float64(keep*x[i]) - float64(eta*mi)
	}
}
