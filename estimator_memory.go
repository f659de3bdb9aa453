package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// memory is what a term said before, and what it says now: a gradient, or the
// derivatives of a LinearSum.
type memory struct {
	sum           FiniteSum
	draws         draws
	t, n          int       // gradients made, and number of parameters
	terms         int       // gradients of terms asked for
	table         []float64 // what all terms said
	fresh, change []float64 // what a term says now, and how much it has changed
	one           [1]int
}

// Evaluations is the number of terms whose gradient has been asked for so far:
// N make a pass.
func (m *memory) Evaluations() int { return m.terms }

func (m *memory) linear() *LinearSum { return m.sum.linear }

// expect panics if a gradient cannot be made.
func (m *memory) expect(estimator string, dst, x []float64) {
	m.sum.callable(estimator, dst, x)
	if m.t > 0 && len(x) != m.n {
		panic(fmt.Sprintf("optim: %s.Grad: len(params) = %d, want %d as in the calls before", estimator, len(x), m.n))
	}
	if l := m.linear(); l != nil {
		checkNonNegative("LinearSum", "L2", l.L2)
	}
}

// count takes note of a gradient of length n.
func (m *memory) count(n int) {
	m.t++
	m.n = n
}

// width is how many numbers a term says about n parameters.
func (m *memory) width(n int) int {
	if l := m.linear(); l != nil {
		return l.outputs()
	}
	return n
}

// room makes room for n parameters, and for a table if there is to be one.
func (m *memory) room(n int, table bool) {
	width := m.width(n)
	if len(m.fresh) != width {
		m.fresh, m.change = make([]float64, width), make([]float64, width)
	}
	if table && len(m.table) != m.sum.N*width {
		m.table = make([]float64, m.sum.N*width)
	}
}

// entry is what term i said last.
func (m *memory) entry(i int) []float64 {
	width := len(m.fresh)
	return m.table[i*width : (i+1)*width]
}

// ask asks term i at x.
func (m *memory) ask(x []float64, i int) {
	before := m.entry(i)
	if l := m.linear(); l != nil {
		l.derive(m.fresh, x, i)
		for k, c := range m.fresh {
			m.change[k] = c - before[k]
		}
	} else {
		m.one[0] = i
		m.sum.grad(m.fresh, x, m.one[:])
		copy(m.change, m.fresh)
		kernel.AddScaled(m.change, before, -1)
	}
	m.terms++
}

// addChange adds a times the change of term i, in the gradient, to dst.
func (m *memory) addChange(dst []float64, i int, a float64) {
	if l := m.linear(); l != nil {
		l.add(dst, i, m.change, a)
	} else {
		kernel.AddScaled(dst, m.change, a)
	}
}

func (m *memory) visitMemory(a *walk) {
	a.Same("terms", m.sum.N)
	outputs := 0
	if m.linear() != nil {
		outputs = m.linear().outputs()
	}
	a.Same("numbers a term", outputs)
	a.Used(&m.t, &m.n)
	a.State(&m.terms)
}
