package optim

import (
	"slices"

	"example.com/optim/internal/kernel"
)

// gram is the matrix of second derivatives Gⱼₖ = cⱼᵀDcₖ of the columns that have been in a working
// set. With it a move costs as many operations as there are columns, instead of rows.
type gram struct {
	weights []float64   // the diagonal of D; nil: D is 1, as for the squared loss
	place   []int       // place[j] − 1 is the place of column j, or −1
	members []int       // columns in the order of their places
	rows    [][]float64 // of G
	slopes  []float64   // ∂f/∂xⱼ of the members
	changes []float64   // of the slopes, in the last call of change
	set     []int       // places of the parameters of the working set
	wide    []float64   // blocks of dense columns, or a sparse column with its zeros

	linear   []float64 // q, if the members are all columns and f(x) = ½xᵀGx − qᵀx + constant; or nil
	constant float64
}

// prefersGram returns whether a sweep over the set by the Gram matrix takes fewer operations than
// one by the columns.
func (m *linearColumns) prefersGram(set []int) bool {
	stored := 0
	for _, j := range set {
		stored += len(m.columns[j].values)
	}
	return len(set)*len(set) <= stored
}

// prefersQuadratic returns whether G is no larger than the data, so that f and its gradient cost no
// more by G than by the columns.
func (m *linearColumns) prefersQuadratic() bool {
	return m.labels != nil && m.prefersGram(below(len(m.columns)))
}

// expand computes G for all columns, q and the constant.
func (g *gram) expand(m *linearColumns) {
	g.include(m, below(len(m.columns)))
	g.linear = make([]float64, len(m.columns))
	for j, c := range m.columns {
		g.linear[j] = c.dot(m.labels)
	}
	g.constant = kernel.SumSquares(m.labels, 1) / 2
}

// gradient sets dst to Gx − q.
func (g *gram) gradient(dst, x []float64) {
	for j, q := range g.linear {
		dst[j] = -q
	}
	for j, v := range x {
		if v != 0 {
			kernel.AddScaled(dst, g.rows[j], v)
		}
	}
}

// minimizeIntercept sets the last parameter to its minimum, and updates grads.
func (g *gram) minimizeIntercept(x, grads []float64) {
	last := len(x) - 1
	delta := -grads[last] / g.rows[last][last]
	x[last] += delta
	kernel.AddScaled(grads, g.rows[last], delta)
}

// values is linearColumns.values at the x whose gradient is grads. It has the rounding error of the
// constant.
func (g *gram) values(s float64, x, grads []float64) (primal, conjugate float64) {
	qx := kernel.Dot(g.linear, x)
	primal = max(g.constant+float64((kernel.Dot(grads, x)-qx)/2), 0)
	return primal, float64(s * (float64(s*primal) + (qx - float64(2*g.constant))))
}

// include adds the columns of the set to the members.
func (g *gram) include(m *linearColumns, set []int) {
	if g.place == nil {
		g.place = make([]int, len(m.columns))
	}
	first := len(g.members)
	for _, j := range set {
		if g.place[j] == 0 {
			g.members = append(g.members, j)
			g.place[j] = len(g.members)
		}
	}
	n := len(g.members)
	g.rows = slices.Grow(g.rows, n-len(g.rows))[:n] // with the memory of the rows of before
	for k, row := range g.rows {
		have := len(row)
		g.rows[k] = slices.Grow(row, n-have)[:n]
		clear(g.rows[k][have:])
	}
	if m.columns[0].indices != nil {
		g.multiplySparse(m, first)
	} else {
		g.multiplyDense(m, first)
	}
	for k := first; k < n; k++ {
		for i := range k {
			g.rows[i][k] = g.rows[k][i]
		}
	}
}

// Blocks of gramTile columns and gramRows rows are in the first-level cache while they are
// multiplied by all columns. The same rows of all columns are in the second-level cache if there
// are few columns.
const (
	gramTile = 8
	gramRows = 256
)

// multiplyDense computes Gₖᵢ for the places k ≥ first and i ≤ k.
func (g *gram) multiplyDense(m *linearColumns, first int) {
	g.wide = resize(g.wide, gramTile*gramRows)
	for top := 0; top < len(m.d); top += gramRows {
		end := min(top+gramRows, len(m.d))
		for lo := first; lo < len(g.members); lo += gramTile {
			g.multiplyTile(m, lo, min(lo+gramTile, len(g.members)), top, end)
		}
	}
}

// multiplyTile adds the products of the rows in [top, end) to Gₖᵢ for the places k in [lo, hi) and
// i ≤ k.
func (g *gram) multiplyTile(m *linearColumns, lo, hi, top, end int) {
	height := end - top
	for k := lo; k < hi; k++ {
		block := g.wide[(k-lo)*gramRows:][:height]
		copy(block, m.columns[g.members[k]].values[top:end])
		if g.weights != nil {
			for i, w := range g.weights[top:end] {
				block[i] *= w
			}
		}
	}
	for i := range hi {
		c := m.columns[g.members[i]].values[top:end]
		for k := max(lo, i); k < hi; k++ {
			g.rows[k][i] += kernel.Dot(c, g.wide[(k-lo)*gramRows:][:height])
		}
	}
}

// multiplySparse is multiplyDense for sparse columns.
func (g *gram) multiplySparse(m *linearColumns, first int) {
	g.wide = resize(g.wide, len(m.d)) // zero between columns
	for k := first; k < len(g.members); k++ {
		c := m.columns[g.members[k]]
		for e, v := range c.values {
			i := c.index(e)
			g.wide[i] = v
			if g.weights != nil {
				g.wide[i] *= g.weights[i]
			}
		}
		for i := range k + 1 {
			g.rows[k][i] = m.columns[g.members[i]].dot(g.wide)
		}
		for e := range c.values {
			g.wide[c.index(e)] = 0
		}
	}
}

// reset forgets all columns. They get other weights.
func (g *gram) reset() {
	for _, j := range g.members {
		g.place[j] = 0
	}
	for k := range g.rows {
		g.rows[k] = g.rows[k][:0]
	}
	g.members, g.rows = g.members[:0], g.rows[:0]
}

// start sets the slopes of the set.
func (g *gram) start(grads []float64, set []int) {
	g.slopes, g.set = resize(g.slopes, len(g.members)), g.set[:0]
	for _, j := range set {
		p := g.place[j] - 1
		g.slopes[p] = grads[j]
		g.set = append(g.set, p)
	}
}

func (g *gram) partial(k int) float64 { return g.slopes[g.set[k]] }

func (g *gram) curvature(k int) float64 { return g.rows[g.set[k]][g.set[k]] }

func (g *gram) moved(k int, delta float64) { kernel.AddScaled(g.slopes, g.rows[g.set[k]], delta) }

func (g *gram) change(deltas []float64) (df float64) {
	g.changes = resize(g.changes, len(g.slopes))
	clear(g.changes)
	for k, p := range g.set {
		if deltas[k] != 0 {
			kernel.AddScaled(g.changes, g.rows[p], deltas[k])
		}
	}
	for k, p := range g.set {
		df += float64(deltas[k] * (g.slopes[p] + float64(g.changes[p]/2)))
	}
	return df
}

func (g *gram) moveAll() { kernel.AddScaled(g.slopes, g.changes, 1) }
