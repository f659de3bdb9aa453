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
	wide    []float64   // a column, with its zeros

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
	stored := 0
	for _, c := range m.columns {
		stored += len(c.values)
	}
	return m.labels != nil && len(m.columns)*len(m.columns) <= stored
}

// expand computes G for all columns, q and the constant.
func (g *gram) expand(m *linearColumns) {
	g.include(m, below(len(m.columns)))
	g.linear, g.slopes = make([]float64, len(m.columns)), make([]float64, len(m.columns))
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
	primal = max(g.constant+float64(kernel.Dot(grads, x)-qx)/2, 0)
	return primal, float64(s * (float64(s*primal) + (qx - 2*g.constant)))
}

// include computes the rows of G for the columns of the set.
func (g *gram) include(m *linearColumns, set []int) {
	if g.place == nil {
		g.place, g.wide = make([]int, len(m.columns)), make([]float64, len(m.d))
	}
	for _, j := range set {
		if g.place[j] > 0 {
			continue
		}
		c := m.columns[j]
		for e, v := range c.values {
			i := c.index(e)
			g.wide[i] = v
			if g.weights != nil {
				g.wide[i] *= g.weights[i]
			}
		}
		g.members = append(g.members, j)
		g.place[j] = len(g.members)
		g.rows = slices.Grow(g.rows, 1)[:len(g.members)] // with the memory of the rows of before
		row := g.rows[len(g.rows)-1][:0]
		for k, i := range g.members {
			v := m.columns[i].dot(g.wide)
			row = append(row, v)
			if i != j {
				g.rows[k] = append(g.rows[k], v)
			}
		}
		g.rows[len(g.rows)-1] = row
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
	g.members, g.rows = g.members[:0], g.rows[:0]
}

// start sets the slopes of the set to those at the x of m.
func (g *gram) start(m *linearColumns, set []int) {
	g.slopes = resize(g.slopes, len(g.members))
	for _, j := range set {
		g.slopes[g.place[j]-1] = m.partial(j)
	}
}

func (g *gram) partial(j int) float64 { return g.slopes[g.place[j]-1] }

// diagonal returns Gⱼⱼ.
func (g *gram) diagonal(j int) float64 { p := g.place[j] - 1; return g.rows[p][p] }

func (g *gram) moved(j int, delta float64) { kernel.AddScaled(g.slopes, g.rows[g.place[j]-1], delta) }
