package kernel

// genericSGD is x ← x − ηg.
func genericSGD(x, g []float64, eta float64) {
	x = x[:len(g)]
	for i, gi := range g {
		x[i] -= float64(eta * gi)
	}
}

// genericMomentum is v ← μv + ag; x ← x − bv.
func genericMomentum(x, g, v []float64, mu, a, b float64) {
	x, v = x[:len(g)], v[:len(g)]
	for i, gi := range g {
		vi := float64(mu*v[i]) + float64(a*gi)
		v[i] = vi
		x[i] -= float64(b * vi)
	}
}

// genericNesterov is v ← μv + g; x ← x − η(g + νv).
func genericNesterov(x, g, v []float64, mu, nu, eta float64) {
	x, v = x[:len(g)], v[:len(g)]
	for i, gi := range g {
		vi := float64(mu*v[i]) + gi
		v[i] = vi
		x[i] -= float64(eta * (gi + float64(nu*vi)))
	}
}
