package kernel

// genericLion is x ← κx − η·sign(β₁m + (1−β₁)g); m ← β₂m + (1−β₂)g.
func genericLion(x, g, m []float64, beta1, beta2, eta, keep float64) {
	x, m = x[:len(g)], m[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		c := float64(beta1*m[i]) + float64(rest1*gi)
		m[i] = float64(beta2*m[i]) + float64(rest2*gi)
		x[i] = float64(keep*x[i]) - float64(eta*sign(c))
	}
}

// genericRprop is d ← grow·d where gp > 0; d ← shrink·d and g ← 0 where gp < 0; d ← min(max(d, lo),
// hi); x ← x − ηd·sign(g); p ← g. p is the previous gradient, d are the step sizes. The slice g
// itself does not change.
func genericRprop(x, g, p, d []float64, eta, shrink, grow, lo, hi float64) {
	x, p, d = x[:len(g)], p[:len(g)], d[:len(g)]
	for i, gi := range g {
		s, di := sign(gi), d[i]
		switch agree := s * p[i]; {
		case agree > 0:
			di *= grow
		case agree < 0:
			di *= shrink
			s, gi = 0, 0
		}
		di = smaller(larger(di, lo), hi)
		d[i], p[i] = di, gi
		x[i] -= float64(eta * float64(di*s))
	}
}
