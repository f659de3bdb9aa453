package kernel

// AddScaled is dst ← dst + ax.
func AddScaled(dst, x []float64, a float64) {
	switch level {
	case avx512:
		addScaledAVX512(dst, x, a)
		return
	case avx2:
		addScaledAVX2(dst, x, a)
		return
	}
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] += float64(a * xi)
	}
}
