package optim

import "example.com/optim/internal/kernel"

// gradientMap replaces the gradient g of a Nesterov by the gradient mapping G of the proxes around
// it: see Proximal.
//
//	y = x − ηg
//	w ← prox(y)
//	G = g + (y − w)/η
//
// In this form G has the bits of g if the prox does not move y.
type gradientMap struct {
	proxes []Prox                  // of the Proximals around the Nesterov; that of the innermost is first
	w      []float64               // the last iterate
	mapped []float64               // G, if the rule or a prox needs the whole vector
	blocks idle[[blockLen]float64] // of G, if not
	start  int                     // index in the whole vector of the first coordinate: see Sharded
}

// takeInside adds a prox to the steps.
func (o *Nesterov) takeInside(p Prox) {
	if o.inner == nil {
		o.inner = new(gradientMap)
	}
	o.inner.proxes = append(o.inner.proxes, p)
}

// elementwise returns whether every prox moves each coordinate by itself.
func (m *gradientMap) elementwise() bool {
	for _, p := range m.proxes {
		if elementwise(p) == nil {
			return false
		}
	}
	return true
}

// begin allocates w. If the step needs the whole G, begin computes and returns it.
func (m *gradientMap) begin(v vectors, eta float64, whole bool) []float64 {
	m.w = resize(m.w, v.len())
	if !whole {
		return nil
	}
	x, g := v.slices()
	m.mapped = resize(m.mapped, len(x))
	m.rewrite(m.mapped, 0, x, g, eta)
	return m.mapped
}

// rewrite writes G to dst, and sets w. x begins at coordinate lo. If 1/η is not finite, G = g.
func (m *gradientMap) rewrite(dst []float64, lo int, x, g []float64, eta float64) {
	w := m.w[lo : lo+len(x)]
	kernel.AddScaledTo(w, x, g, -eta)
	inverse := 1 / eta
	if !isFinite(inverse) {
		copy(dst, g)
		return
	}
	copy(dst, w)
	m.apply(lo, w, eta)
	kernel.AddScaled(dst, w, -1)
	kernel.AddScaledTo(dst, g, dst, inverse)
}

// apply applies the proxes to w, which begins at coordinate lo.
func (m *gradientMap) apply(lo int, w []float64, eta float64) {
	for _, p := range m.proxes {
		if e := elementwise(p); e != nil {
			e.piece(m.start+lo, w, eta)
		} else {
			p.Apply(w, eta)
		}
	}
}

// update calls move for each block of x with the G of the block. x begins at coordinate lo.
func (m *gradientMap) update(lo int, x, g []float64, eta float64, move func(lo int, x, g []float64)) {
	block := m.blocks.take()
	defer m.blocks.give(block)
	for len(x) > 0 {
		n := min(blockLen, len(x))
		m.rewrite(block[:n], lo, x[:n], g[:n], eta)
		move(lo, x[:n], block[:n])
		lo, x, g = lo+n, x[n:], g[n:]
	}
}
