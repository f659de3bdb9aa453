package kernel

import "math"

// genericScale is x ← ax.
func genericScale(x []float64, a float64) {
	for i := range x {
		x[i] *= a
	}
}

// genericAddScaled is dst ← dst + ax.
func genericAddScaled(dst, x []float64, a float64) {
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] += float64(a * xi)
	}
}

// genericAddScaledTo is dst ← x + ay.
func genericAddScaledTo(dst, x, y []float64, a float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] + float64(a*y[i])
	}
}

// genericCombine is dst ← a·dst + bx.
func genericCombine(dst, x []float64, a, b float64) {
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] = float64(a*dst[i]) + float64(b*xi)
	}
}

// genericAddSquares is dst ← dst + a(x² + ε).
func genericAddSquares(dst, x []float64, a, eps float64) {
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] += float64(a * (float64(xi*xi) + eps))
	}
}

// genericDivideByRoot is dst ← x/(a√y).
func genericDivideByRoot(dst, x, y []float64, a float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] / float64(a*math.Sqrt(y[i]))
	}
}

// genericAddTwo is dst ← (dst + ax) + by.
func genericAddTwo(dst, x, y []float64, a, b float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = dst[i] + float64(a*x[i]) + float64(b*y[i])
	}
}

// genericAddSign is dst ← dst + a·sign(x).
func genericAddSign(dst, x []float64, a float64) {
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] += float64(a * sign(xi))
	}
}

// genericApproach is dst ← dst + a(x − dst).
func genericApproach(dst, x []float64, a float64) {
	dst = dst[:len(x)]
	for i, xi := range x {
		dst[i] += float64(a * (xi - dst[i]))
	}
}

// genericClamp is x ← min(max(x, −a), a). A NaN stays NaN.
func genericClamp(x []float64, a float64) {
	low := 0 - a // -a is −0 for a = 0
	for i := range x {
		x[i] = smaller(a, larger(low, x[i]))
	}
}

// genericShrink is x ← sign(x)·max(|x| − a, 0). A NaN stays NaN.
func genericShrink(x []float64, a float64) {
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

// genericBetween is x ← min(max(x, a), b). A NaN stays NaN.
func genericBetween(x []float64, a, b float64) {
	for i := range x {
		x[i] = smaller(b, larger(a, x[i]))
	}
}

// genericAtLeast is x ← max(x, y). A NaN in x stays NaN.
func genericAtLeast(x, y []float64) {
	y = y[:len(x)]
	for i := range x {
		x[i] = larger(y[i], x[i])
	}
}

// genericAtMost is x ← min(x, y). A NaN in x stays NaN.
func genericAtMost(x, y []float64) {
	y = y[:len(x)]
	for i := range x {
		x[i] = smaller(y[i], x[i])
	}
}

// genericCut is x ← max((x − a) + b, 0). A NaN becomes 0.
func genericCut(x []float64, a, b float64) {
	for i := range x {
		x[i] = larger((x[i]-a)+b, 0)
	}
}

// genericCutAbs is x ← sign(x)·max((|x| − a) + b, 0). A NaN becomes 0.
func genericCutAbs(x []float64, a, b float64) {
	for i, xi := range x {
		y := larger((math.Abs(xi)-a)+b, 0)
		if xi < 0 {
			y = 0 - y // -y is −0 for y = 0
		}
		x[i] = y
	}
}
