package kernel

import "math"

// genericAdam is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; x ← κx − ηm/(√(cv+r) + ε). η and c contain
// the corrections of the bias.
func genericAdam(x, g, m, v []float64, beta1, beta2, eta, c, root, eps, keep float64) {
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] = float64(keep*x[i]) - float64(eta*(mi/(math.Sqrt(float64(c*vi)+root)+eps)))
	}
}

// genericAdam32 is genericAdam for x and g of float32. x is rounded once.
func genericAdam32(x, g []float32, m, v []float64, beta1, beta2, eta, c, root, eps, keep float64) {
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i := range g {
		gi, xi := float64(g[i]), float64(x[i])
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] = float32(float64(keep*xi) - float64(eta*(mi/(math.Sqrt(float64(c*vi)+root)+eps))))
	}
}

// genericAMSGrad is genericAdam with w ← max(w, v) instead of v under the square root.
func genericAMSGrad(x, g, m, v, w []float64, beta1, beta2, eta, c, root, eps, keep float64) {
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

// genericAdaMax is m ← β₁m + (1−β₁)g; u ← max(β₂u, |g|+ε); x ← x − ηm/u.
func genericAdaMax(x, g, m, u []float64, beta1, beta2, eta, eps float64) {
	x, m, u = x[:len(g)], m[:len(g)], u[:len(g)]
	rest1 := 1 - beta1
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		ui := larger(float64(beta2*u[i]), math.Abs(gi)+eps)
		m[i], u[i] = mi, ui
		x[i] -= float64(eta * (mi / ui))
	}
}

// genericNAdam is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; x ← x − (ag + bm)/(√(cv) + ε).
func genericNAdam(x, g, m, v []float64, beta1, beta2, a, b, c, eps float64) {
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] -= (float64(a*gi) + float64(b*mi)) / (math.Sqrt(float64(c*vi)) + eps)
	}
}

// genericADOPT is m ← β₁m + (1−β₁)·min(max(g/max(√v, ε), −c), c); v ← β₂v + (1−β₂)g²; x ← κx − ηm.
// The root is that of v before the update.
func genericADOPT(x, g, m, v []float64, beta1, beta2, eta, eps, clip, keep float64) {
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	low := 0 - clip
	for i, gi := range g {
		d := smaller(clip, larger(low, gi/larger(eps, math.Sqrt(v[i]))))
		mi := float64(beta1*m[i]) + float64(rest1*d)
		m[i], v[i] = mi, float64(beta2*v[i])+float64(rest2*float64(gi*gi))
		x[i] = float64(keep*x[i]) - float64(eta*mi)
	}
}

// genericAdaBelief is m ← β₁m + (1−β₁)g; s ← β₂s + (1−β₂)(g−m)² + r; x ← κx − ηm/(√(cs) + ε). η and
// c contain the corrections of the bias.
func genericAdaBelief(x, g, m, s []float64, beta1, beta2, eta, c, root, eps, keep float64) {
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

// genericRAdamWarm is m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; x ← κx − ηm. RAdam takes this step
// while the variance of v is too large to divide by √v.
func genericRAdamWarm(x, g, m, v []float64, beta1, beta2, eta, keep float64) {
	x, m, v = x[:len(g)], m[:len(g)], v[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		mi := float64(beta1*m[i]) + float64(rest1*gi)
		vi := float64(beta2*v[i]) + float64(rest2*float64(gi*gi))
		m[i], v[i] = mi, vi
		x[i] = float64(keep*x[i]) - float64(eta*mi)
	}
}
