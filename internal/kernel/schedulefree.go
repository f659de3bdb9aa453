package kernel

import "math"

// ScheduleFree is d = g + λy; y ← y + c(z−y) + ad; z ← z − ηd.
func ScheduleFree(y, g, z []float64, share, a, eta, decay float64) {
	switch level {
	case avx512:
		scheduleFreeAVX512(y, g, z, share, a, eta, decay)
		return
	case avx2:
		scheduleFreeAVX2(y, g, z, share, a, eta, decay)
		return
	}
	y, z = y[:len(g)], z[:len(g)]
	for i, gi := range g {
		yi := y[i]
		d := gi + float64(decay*yi)
		y[i] = yi + float64(share*(z[i]-yi)) + float64(a*d)
		z[i] -= float64(eta * d)
	}
}

// ScheduleFreeAdam is v ← β₂v + (1−β₂)g²; d = g/(√(bv) + ε) + λy;
// y ← y + c(z−y) + ad; z ← z − ηd.
func ScheduleFreeAdam(y, g, z, v []float64, beta2, b, eps, share, a, eta, decay float64) {
	switch level {
	case avx512:
		scheduleFreeAdamAVX512(y, g, z, v, beta2, b, eps, share, a, eta, decay)
		return
	case avx2:
		scheduleFreeAdamAVX2(y, g, z, v, beta2, b, eps, share, a, eta, decay)
		return
	}
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
