package qr

import "example.com/optim/internal/kernel"

// SolveAgain sets d to −(JᵀJ + μD²)⁻¹g with μ and D of the last SolveDamped. The last factorization
// must be that of J. Zero columns get zero.
func (f *Factors) SolveAgain(d, g []float64) {
	n := len(d)
	y := f.y
	for i, p := range f.Pivots {
		y[i] = 0
		if f.Norms[p] > 0 {
			y[i] = -g[p] / f.Norms[p]
		}
	}
	for i := range n { // Rᵀz = y
		row := f.stack.Data[i*(n+1) : (i+1)*(n+1)]
		y[i] /= row[i]
		kernel.AddScaled(y[i+1:], row[i+1:n], -y[i])
	}
	for i := n - 1; i >= 0; i-- {
		row := f.stack.Data[i*(n+1) : (i+1)*(n+1)]
		y[i] = (y[i] - kernel.Dot(row[i+1:n], y[i+1:])) / row[i]
	}
	f.unscale(d)
}
