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
	var sum [4]float64 // independent sums, so that an addition need not wait for the one before
	indices, values := l.indices, l.values
	for len(indices) >= 4 && len(values) >= 4 {
		sum[0] += float64(values[0] * x[indices[0]])
		sum[1] += float64(values[1] * x[indices[1]])
		sum[2] += float64(values[2] * x[indices[2]])
		sum[3] += float64(values[3] * x[indices[3]])
		indices, values = indices[4:], values[4:]
	}
	for e, j := range indices {
		sum[0] += float64(values[e] * x[j])
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3])
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

// index returns the index of value e.
func (l matrixLine) index(e int) int {
	if l.indices == nil {
		return e
	}
	return l.indices[e]
}
