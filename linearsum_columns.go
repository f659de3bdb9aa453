package optim

import (
	"math"
	"slices"

	"example.com/optim/internal/kernel"
)

// linearColumns is a LinearSum stored by columns, for coordinate descent:
//
//	f(x) = 1/W·Σ wᵢφᵢ(zᵢ),  z = Σ xⱼcⱼ + b·1
//
// Dense columns are centred if there is an intercept: cⱼ = aⱼ − āⱼ·1, with the weighted mean āⱼ.
// Then a coefficient and the intercept are almost independent. Between begin and end the last
// parameter is the intercept of the centred columns, b + Σāⱼxⱼ. Sparse columns stay as they are.
//
// For the squared loss the rows and the labels are multiplied by √(wᵢ/W). So d is the residual, and
// the move of a coordinate needs no other vector.
type linearColumns struct {
	sum     *LinearSum
	columns []matrixLine // cⱼ; with an intercept the last one is 1, or √(wᵢ/W)
	means   []float64    // āⱼ, or nil
	share   []float64    // wᵢ/W
	labels  []float64    // of the squared loss, times √(wᵢ/W); nil for other losses
	z       []float64    // products of the rows; not kept up to date for the squared loss
	d       []float64    // ∂f/∂zᵢ
	squares []float64    // Σ wᵢ/W·cᵢⱼ²
	terms   []float64    // workspace for one number of every row
	dz      []float64    // of the last call of change
}

func newLinearColumns(l *LinearSum) *linearColumns {
	m := &linearColumns{sum: l, share: make([]float64, l.N), z: make([]float64, l.N), d: make([]float64, l.N)}
	for i := range m.share {
		m.share[i] = l.weight(i) / float64(l.N)
	}
	if s, ok := l.Rows.(*Sparse); ok {
		s = s.stored(true)
		for j := range l.p {
			m.columns = append(m.columns, s.line(j))
		}
	} else {
		m.copyDense()
	}
	if l.Intercept {
		one := make([]float64, l.N)
		fill(one, 1)
		m.columns = append(m.columns, matrixLine{values: one})
	}
	if l.model == squaredLoss {
		m.multiplyRows()
	}
	m.square()
	return m
}

// copyRows is the number of rows that copyDense copies at a time, so that they stay in the cache.
const copyRows = 32

// copyDense sets columns to those of a dense matrix, and centres them if there is an intercept.
func (m *linearColumns) copyDense() {
	n, p := m.sum.N, m.sum.p
	all := make([]float64, n*p)
	for top := 0; top < n; top += copyRows {
		var rows [copyRows][]float64
		height := min(copyRows, n-top)
		for i := range height {
			rows[i] = m.sum.at(top + i).values
			if m.sum.row != nil { // the next call overwrites it
				rows[i] = slices.Clone(rows[i])
			}
		}
		for j := range p {
			column := all[j*n+top:][:height]
			for i := range column {
				column[i] = rows[i][j]
			}
		}
	}
	if m.sum.Intercept {
		m.means = make([]float64, p)
	}
	for j := range p {
		column := all[j*n:][:n:n]
		m.columns = append(m.columns, matrixLine{values: column})
		if m.means != nil {
			m.means[j] = centre(column, m.share)
		}
	}
}

// centre subtracts the weighted mean from the column, and returns it. A constant column becomes
// exactly zero.
func centre(column, share []float64) (mean float64) {
	mean = kernel.Dot(share, column)
	if constant(column) {
		mean = column[0]
	}
	for i := range column {
		column[i] -= mean
	}
	return mean
}

// constant returns whether all elements are equal.
func constant(column []float64) bool {
	for _, v := range column {
		if v != column[0] {
			return false
		}
	}
	return true
}

// multiplyRows multiplies the rows and the labels by √(wᵢ/W).
func (m *linearColumns) multiplyRows() {
	root := make([]float64, len(m.share))
	for i, s := range m.share {
		root[i] = math.Sqrt(s)
	}
	for j, c := range m.columns {
		if c.indices != nil { // the values are the caller's
			m.columns[j].values = slices.Clone(c.values)
		}
		for e := range m.columns[j].values {
			m.columns[j].values[e] *= root[c.index(e)]
		}
	}
	m.labels = make([]float64, len(root))
	for i, y := range m.sum.labels {
		m.labels[i] = root[i] * y
	}
}

// begin computes z and d at x, sets the intercept to its minimum, and exchanges it for that of the
// centred columns.
func (m *linearColumns) begin(x []float64) {
	for j, mean := range m.means {
		x[m.sum.p] += float64(mean * x[j])
	}
	m.compute(x)
	if m.sum.Intercept {
		m.minimizeIntercept(x)
	}
}

// compute sets z and d to their values at x.
func (m *linearColumns) compute(x []float64) {
	clear(m.z)
	for j, c := range m.columns {
		if x[j] != 0 {
			c.addTo(m.z, x[j])
		}
	}
	if m.labels != nil {
		for i, y := range m.labels {
			m.d[i] = m.z[i] - y
		}
		return
	}
	m.deriveAll()
}

// end exchanges the intercept of the centred columns for that of the rows.
func (m *linearColumns) end(x []float64) {
	for j, mean := range m.means {
		x[m.sum.p] -= float64(mean * x[j])
	}
}

// derive sets dᵢ to its value at zᵢ.
func (m *linearColumns) derive(i int) {
	if m.share[i] > 0 {
		m.d[i] = m.share[i] * m.sum.Deriv(i, m.z[i])
	}
}

// deriveAll sets d to its value at z.
func (m *linearColumns) deriveAll() {
	if m.sum.model == nil {
		for i := range m.d {
			m.derive(i)
		}
		return
	}
	m.sum.model.derivs(m.d, m.z, m.sum.labels)
	for i, share := range m.share {
		if share == 0 {
			m.d[i] = 0
		} else {
			m.d[i] *= share
		}
	}
}

// loss returns f at z.
func (m *linearColumns) loss(z []float64) (f float64) {
	m.terms = resize(m.terms, len(z))
	m.sum.model.values(m.terms, z, m.sum.labels)
	for i, share := range m.share {
		if share > 0 {
			f += float64(share * m.terms[i])
		}
	}
	return f
}

// partial returns ∂f/∂xⱼ.
func (m *linearColumns) partial(j int) float64 { return m.columns[j].dot(m.d) }

// moved updates z and d after a move of coordinate j.
func (m *linearColumns) moved(j int, delta float64) {
	c := m.columns[j]
	if m.labels != nil {
		c.addTo(m.d, delta)
		return
	}
	c.addTo(m.z, delta)
	if c.indices == nil {
		m.deriveAll()
		return
	}
	for _, i := range c.indices {
		m.derive(i)
	}
}

// change returns the change of the squared loss if the parameters of the set move by deltas. It has
// no cancellation.
func (m *linearColumns) change(set []int, deltas []float64) (df float64) {
	m.dz = resize(m.dz, len(m.d))
	clear(m.dz)
	for k, j := range set {
		if deltas[k] != 0 {
			m.columns[j].addTo(m.dz, deltas[k])
		}
	}
	return kernel.Dot(m.d, m.dz) + float64(kernel.SumSquares(m.dz, 1)/2)
}

// moveAll updates d after the parameters have moved by the last deltas.
func (m *linearColumns) moveAll() { kernel.AddScaled(m.d, m.dz, 1) }

// square sets squares.
func (m *linearColumns) square() {
	m.squares = make([]float64, len(m.columns))
	var weighted []float64
	for j, c := range m.columns {
		weighted = append(weighted[:0], c.values...)
		if m.labels == nil {
			for e := range weighted {
				weighted[e] *= m.share[c.index(e)]
			}
		}
		m.squares[j] = kernel.Dot(c.values, weighted)
	}
}

// lipschitz returns the bounds of ∂²f/∂xⱼ², or nil if φᵢ″ has no bound.
func (m *linearColumns) lipschitz() []float64 {
	if m.sum.Curvature == 0 {
		return nil
	}
	checkPositive("LinearSum", "Curvature", m.sum.Curvature)
	bounds := make([]float64, len(m.columns))
	for j, square := range m.squares {
		bounds[j] = m.sum.Curvature * square
	}
	return bounds
}

// curvature returns ∂²f/∂xⱼ².
func (m *linearColumns) curvature(j int) float64 {
	c, sum := m.columns[j], 0.0
	for e, v := range c.values {
		i := c.index(e)
		sum += float64(m.second(i) * float64(v*v))
	}
	return sum
}

// second returns wᵢ/W·φᵢ″ at zᵢ.
func (m *linearColumns) second(i int) float64 {
	share := m.share[i]
	if share == 0 {
		return 0
	}
	return float64(share * m.sum.model.second(m.z[i], m.d[i]/share, m.sum.labels[i]))
}

// near returns the point between x and v that is next to v, and at which no zᵢ has changed by more
// than ln 2 since x. On the way there ∂²f/∂xⱼ² of the Poisson loss is at most 2l, where l is its value
// at x. A move with the bound l therefore does not increase f + penalty: f changes by at most gδ + lδ²,
// and the minimum of gδ + ½lδ² + penalty is below 0 by at least ½lδ².
func (m *linearColumns) near(x, v float64, j int) float64 {
	most := 0.0
	for _, c := range m.columns[j].values {
		most = max(most, math.Abs(c))
	}
	reach := math.Ln2 / most
	return max(min(v, x+reach), x-reach)
}

// maxIntercept is the largest number of steps of Newton's method for the intercept. A bisection of
// the range of a float64 takes fewer.
const maxIntercept = 200

// minimizeIntercept minimises f over the intercept by Newton's method within a bracket.
func (m *linearColumns) minimizeIntercept(x []float64) {
	last := m.sum.p
	low, high := -inf, inf
	for range maxIntercept {
		g, scale := m.partial(last), 0.0
		for i, v := range m.d {
			scale += math.Abs(m.columns[last].values[i] * v)
		}
		if math.Abs(g) <= epsilon*scale || g != g {
			return
		}
		if g > 0 {
			high = x[last]
		} else {
			low = x[last]
		}
		next := x[last] - g/m.interceptCurvature()
		if !(low < next && next < high) {
			next = low + float64((high-low)/2)
		}
		if next == x[last] || !isFinite(next) {
			return
		}
		m.moved(last, next-x[last])
		x[last] = next
	}
}

// interceptCurvature returns ∂²f/∂b², or its bound if the loss has no second derivative.
func (m *linearColumns) interceptCurvature() float64 {
	switch {
	case m.labels != nil:
		return 1
	case m.sum.model == nil:
		return m.sum.Curvature
	}
	return m.curvature(m.sum.p)
}
