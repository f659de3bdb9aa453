package kernel

// Lion is x ← κx − η·sign(β₁m + (1−β₁)g); m ← β₂m + (1−β₂)g. The sign of zero
// is zero and that of NaN is NaN.
func Lion(x, g, m []float64, beta1, beta2, eta, keep float64) {
	switch level {
	case avx512:
		lionAVX512(x, g, m, beta1, beta2, eta, keep)
		return
	case avx2:
		lionAVX2(x, g, m, beta1, beta2, eta, keep)
		return
	}
	x, m = x[:len(g)], m[:len(g)]
	rest1, rest2 := 1-beta1, 1-beta2
	for i, gi := range g {
		c := float64(beta1*m[i]) + float64(rest1*gi)
		m[i] = float64(beta2*m[i]) + float64(rest2*gi)
		x[i] = float64(keep*x[i]) - float64(eta*sign(c))
	}
}

// Rprop compares the sign of g with that of p, the gradient before: the step
// size d grows where they agree and shrinks where they do not, between lo and
// hi; where they do not, g counts as zero. Then x ← x − ηd·sign(g); p ← g.
func Rprop(x, g, p, d []float64, eta, shrink, grow, lo, hi float64) {
	switch level {
	case avx512:
		rpropAVX512(x, g, p, d, eta, shrink, grow, lo, hi)
		return
	case avx2:
		rpropAVX2(x, g, p, d, eta, shrink, grow, lo, hi)
		return
	}
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

// sign is −1, 0 or 1, and NaN for NaN.
func sign(a float64) float64 {
	if a > 0 {
		return 1
	}
	if a < 0 {
		return -1
	}
	return a
}
