package kernel

import "example.com/optim/internal/portable"

// genericExp is x ← eˣ. The assembly is for |x| ≤ 708.
func genericExp(x []float64) {
	for i, xi := range x {
		x[i] = portable.Exp(xi)
	}
}

// genericLog is x ← log x. The assembly is for positive normal x.
func genericLog(x []float64) {
	for i, xi := range x {
		x[i] = portable.Log(xi)
	}
}
