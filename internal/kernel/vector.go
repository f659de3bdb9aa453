package kernel

// Scale is x ← ax.
func Scale(x []float64, a float64) {
	switch level {
	case avx512:
		scaleAVX512(x, a)
		return
	case avx2:
		scaleAVX2(x, a)
		return
	}
	for i := range x {
		x[i] *= a
	}
}

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

// AddScaledTo is dst ← x + ay.
func AddScaledTo(dst, x, y []float64, a float64) {
	switch level {
	case avx512:
		addScaledToAVX512(dst, x, y, a)
		return
	case avx2:
		addScaledToAVX2(dst, x, y, a)
		return
	}
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] + float64(a*y[i])
	}
}

// AddTwo is dst ← (dst + ax) + by.
func AddTwo(dst, x, y []float64, a, b float64) {
	switch level {
	case avx512:
		addTwoAVX512(dst, x, y, a, b)
		return
	case avx2:
		addTwoAVX2(dst, x, y, a, b)
		return
	}
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = dst[i] + float64(a*x[i]) + float64(b*y[i])
	}
}

// AddSign is dst ← dst + a·sign(x). The sign of zero is zero and that of NaN is
// NaN.
func AddSign(dst, x []float64, a float64) {
	switch level {
	case avx512:
		addSignAVX512(dst, x, a)
		return
	case avx2:
		addSignAVX2(dst, x, a)
		return
	}
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] += float64(a * sign(xi))
	}
}

// Approach is dst ← dst + a(x − dst).
func Approach(dst, x []float64, a float64) {
	switch level {
	case avx512:
		approachAVX512(dst, x, a)
		return
	case avx2:
		approachAVX2(dst, x, a)
		return
	}
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] += float64(a * (xi - dst[i]))
	}
}

// Clamp moves x into [−a, a]. A NaN stays.
func Clamp(x []float64, a float64) {
	switch level {
	case avx512:
		clampAVX512(x, a)
		return
	case avx2:
		clampAVX2(x, a)
		return
	}
	low := 0 - a // −a would be −0 for a = 0
	for i := range x {
		x[i] = smaller(a, larger(low, x[i]))
	}
}

// Shrink moves x towards zero by a, and no further. A NaN stays.
func Shrink(x []float64, a float64) {
	switch level {
	case avx512:
		shrinkAVX512(x, a)
		return
	case avx2:
		shrinkAVX2(x, a)
		return
	}
	for i, xi := range x {
		switch {
		case xi > a:
			x[i] = xi - a
		case xi < -a:
			x[i] = xi + a
		default:
			x[i] = xi - xi // 0, or NaN
		}
	}
}
