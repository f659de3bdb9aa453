package kernel

// genericWiden is x ← y, where y has float32.
func genericWiden(x []float64, y []float32) {
	x = x[:len(y)]
	for i, yi := range y {
		x[i] = float64(yi)
	}
}

// genericRound is y ← x, rounded to the nearest float32, and to the even one of two that are
// equally near.
func genericRound(y []float32, x []float64) {
	y = y[:len(x)]
	for i, xi := range x {
		y[i] = float32(xi)
	}
}

// genericReconcile is x ← y where x does not round to y, which has float32.
func genericReconcile(x []float64, y []float32) {
	x = x[:len(y)]
	for i, yi := range y {
		if float32(x[i]) != yi {
			x[i] = float64(yi)
		}
	}
}
