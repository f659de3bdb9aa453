package optim

import "example.com/optim/internal/kernel"

// matrixLine is a row or a column of a matrix.
type matrixLine struct {
	indices []int // of the values, ascending; nil: the line is dense
	values  []float64
}

// dot returns the product with x.
func (l matrixLine) dot(x []float64) float64 {
	if l.indices == nil {
		return kernel.Dot(l.values, x)
	}
	sum := 0.0
	for e, j := range l.indices {
		sum += float64(l.values[e] * x[j])
	}
	return sum
}

// addTo adds a times the line to dst.
func (l matrixLine) addTo(dst []float64, a float64) {
	if l.indices == nil {
		kernel.AddScaled(dst, l.values, a)
		return
	}
	for e, j := range l.indices {
		dst[j] += float64(a * l.values[e])
	}
}

// dotWeighted returns Σ wᵢaᵢxᵢ, where a is the line.
func (l matrixLine) dotWeighted(w, x []float64) float64 {
	sum := 0.0
	for e, a := range l.values {
		i := l.index(e)
		sum += float64(float64(w[i]*a) * x[i])
	}
	return sum
}

// index returns the index of value e.
func (l matrixLine) index(e int) int {
	if l.indices == nil {
		return e
	}
	return l.indices[e]
}
