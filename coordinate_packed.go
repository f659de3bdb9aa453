package optim

// packedColumns is the model of the squared loss with sparse columns. The elements of the columns of the
// set are consecutive in memory. So a sweep waits less for memory.
type packedColumns struct {
	linear   *linearColumns
	set      []int
	elements []entry
	ends     []int // of the columns in elements
}

// entry is a stored element of a column.
type entry struct {
	row   int
	value float64
}

// start copies the columns of the set.
func (p *packedColumns) start(m *linearColumns, set []int) {
	p.linear, p.set = m, set
	p.elements, p.ends = p.elements[:0], append(p.ends[:0], 0)
	for _, j := range set {
		c := m.columns[j]
		for e, v := range c.values {
			p.elements = append(p.elements, entry{c.index(e), v})
		}
		p.ends = append(p.ends, len(p.elements))
	}
}

func (p *packedColumns) column(k int) []entry { return p.elements[p.ends[k]:p.ends[k+1]] }

func (p *packedColumns) partial(k int) float64 {
	var sum [4]float64 // as in matrixLine.dot
	c, d := p.column(k), p.linear.d
	for ; len(c) >= 4; c = c[4:] {
		sum[0] += float64(c[0].value * d[c[0].row])
		sum[1] += float64(c[1].value * d[c[1].row])
		sum[2] += float64(c[2].value * d[c[2].row])
		sum[3] += float64(c[3].value * d[c[3].row])
	}
	for _, e := range c {
		sum[0] += float64(e.value * d[e.row])
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3])
}

func (p *packedColumns) curvature(k int) float64 { return p.linear.squares[p.set[k]] }

func (p *packedColumns) moved(k int, delta float64) {
	d := p.linear.d
	for _, e := range p.column(k) {
		d[e.row] += float64(delta * e.value)
	}
}

func (p *packedColumns) change(deltas []float64) (df float64) { return p.linear.change(p.set, deltas) }

func (p *packedColumns) moveAll() { p.linear.moveAll() }
