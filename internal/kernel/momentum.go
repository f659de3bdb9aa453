package kernel

// SGD is x ← x − ηg.
func SGD(x, g []float64, eta float64) {
	switch level {
	case avx512:
		sgdAVX512(x, g, eta)
		return
	case avx2:
		sgdAVX2(x, g, eta)
		return
	}
	x = x[:len(g)]
	for i, gi := range g {
		x[i] -= float64(eta * gi)
	}
}

// Momentum is v ← μv + ag; x ← x − bv.
func Momentum(x, g, v []float64, mu, a, b float64) {
	switch level {
	case avx512:
		momentumAVX512(x, g, v, mu, a, b)
		return
	case avx2:
		momentumAVX2(x, g, v, mu, a, b)
		return
	}
	x, v = x[:len(g)], v[:len(g)]
	for i, gi := range g {
		vi := float64(mu*v[i]) + float64(a*gi)
		v[i] = vi
		x[i] -= float64(b * vi)
	}
}

// Nesterov is v ← μv + g; x ← x − η(g + νv).
func Nesterov(x, g, v []float64, mu, nu, eta float64) {
	switch level {
	case avx512:
		nesterovAVX512(x, g, v, mu, nu, eta)
		return
	case avx2:
		nesterovAVX2(x, g, v, mu, nu, eta)
		return
	}
	x, v = x[:len(g)], v[:len(g)]
	for i, gi := range g {
		vi := float64(mu*v[i]) + gi
		v[i] = vi
		x[i] -= float64(eta * (gi + float64(nu*vi)))
	}
}
