package optim

import (
	"fmt"
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

// memory is the part that SVRG, SAG and SAGA share: what they keep about each term. For a term of a
// LinearSum these are the derivatives φᵢ′, for any other term its gradient.
type memory struct {
	sum           FiniteSum
	draws         draws
	t, n          int       // number of gradients computed, and of parameters
	terms         int       // evaluated
	table         []float64 // one entry for each term
	fresh, change []float64 // of the term at hand: its values at x, and their difference to its entry
	mean          []float64 // gradient that belongs to the table, without the L2 of a LinearSum
	one           [1]int    // a batch of one term
	passing       passing
}

func newMemory(estimator string, sum FiniteSum, rng *rand.Rand) memory {
	sum.check(estimator, rng)
	return memory{sum: sum, draws: draws{rng: rng, n: sum.N}}
}

// Evaluations returns the number of terms evaluated so far. A pass over the sum has N evaluations.
func (m *memory) Evaluations() int { return m.terms }

// width returns the length of an entry for n parameters.
func (m *memory) width(n int) int {
	if m.sum.linear != nil {
		return m.sum.linear.outputs()
	}
	return n
}

// begin panics if the estimator cannot compute a gradient at x, and otherwise allocates the vectors
// that it needs, and the table if there is one. It returns false if there are no parameters.
func (m *memory) begin(estimator string, dst, x, weights []float64, table bool) bool {
	m.sum.fit(estimator, dst, x)
	if m.t > 0 && len(x) != m.n {
		panic(fmt.Sprintf("optim: %s.Grad: len(params) = %d, want %d as in the calls before", estimator, len(x), m.n))
	}
	m.draws.weigh(estimator, weights)
	width := m.width(len(x))
	m.fresh, m.change, m.mean = resize(m.fresh, width), resize(m.change, width), resize(m.mean, len(x))
	if table {
		m.table = resize(m.table, m.sum.N*width)
	}
	return len(x) > 0
}

// entry returns the entry of term i.
func (m *memory) entry(i int) []float64 {
	width := len(m.fresh)
	return m.table[i*width : (i+1)*width]
}

// grad sets dst to the mean of the gradients of the terms of the batch.
func (m *memory) grad(dst, x []float64, batch []int) {
	m.sum.grad(dst, x, batch)
	m.terms += len(batch)
}

// compare evaluates term i at x, and sets fresh and change.
func (m *memory) compare(x []float64, i int) {
	if l := m.sum.linear; l != nil {
		l.derive(m.fresh, x, i)
		m.terms++
	} else {
		m.one[0] = i
		m.grad(m.fresh, x, m.one[:])
	}
	kernel.AddScaledTo(m.change, m.fresh, m.entry(i), -1)
}

// addChange adds a times the change of the gradient of term i to dst.
func (m *memory) addChange(dst []float64, i int, a float64) {
	if m.sum.linear != nil {
		m.sum.linear.add(dst, i, m.change, a)
	} else {
		kernel.AddScaled(dst, m.change, a)
	}
}

// replace puts the fresh values of term i into the table.
func (m *memory) replace(i int) {
	m.addChange(m.mean, i, 1/float64(m.sum.N))
	copy(m.entry(i), m.fresh)
}

// finish adds the gradient of the L2 of a LinearSum at x to dst, and counts the gradient.
func (m *memory) finish(dst, x []float64) {
	if m.sum.linear != nil {
		m.sum.linear.decay(dst, x)
	}
	m.t++
	m.n = len(x)
}

func (m *memory) visitMemory(a *walk) {
	a.Same("terms", m.sum.N)
	a.Same("numbers a term", m.width(0))
	a.Used(&m.t, &m.n)
	a.State(&m.terms)
}
