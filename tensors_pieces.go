package optim

import "example.com/optim/internal/kernel"

// widened holds a piece of float32 parameters and their gradient in float64.
type widened struct{ x, g [blockLen]float64 }

// piece is a part of one tensor: its elements [from, to), which begin at coordinate at of the
// vector.
type piece struct {
	*Tensor
	master       []float64 // the copy of the whole tensor, or nil
	at, from, to int
}

// pieces calls do for the pieces of the coordinates [lo, hi), in their order: one for each tensor.
func (ts *Tensors) pieces(lo, hi int, do func(p piece)) {
	for k := find(ts.starts, lo); lo < hi; k++ {
		i, start, end := ts.order[k], ts.starts[k], min(hi, ts.starts[k+1])
		do(piece{&ts.tensors[i], ts.masters[i], lo, lo - start, end - start})
		lo = end
	}
}

// blocks calls do as pieces does, but a piece that needs a buffer has at most blockLen elements.
func (ts *Tensors) blocks(lo, hi int, do func(p piece)) {
	ts.pieces(lo, hi, func(p piece) {
		if !p.Frozen && p.Params32 == nil {
			do(p)
			return
		}
		for end := p.to; p.from < end; p.at, p.from = p.at+blockLen, p.from+blockLen {
			p.to = min(end, p.from+blockLen)
			do(p)
		}
	})
}

// params returns the parameters. It converts float32 parameters without a copy in float64 to the
// buffer.
func (p *piece) params(buffer *[blockLen]float64) []float64 {
	if p.Params32 == nil {
		return p.Params[p.from:p.to]
	}
	single := p.Params32[p.from:p.to]
	if p.master != nil {
		x := p.master[p.from:p.to]
		kernel.Reconcile(x, single)
		return x
	}
	x := buffer[:p.to-p.from]
	kernel.Widen(x, single)
	return x
}

// gradient returns the gradient, which is zero if the tensor is frozen.
func (p *piece) gradient(buffer *[blockLen]float64) []float64 {
	if p.Params32 == nil && !p.Frozen {
		return p.Grads[p.from:p.to]
	}
	g := buffer[:p.to-p.from]
	if p.Frozen {
		clear(g)
	} else {
		kernel.Widen(g, p.Grads32[p.from:p.to])
	}
	return g
}

// store writes x, which params has returned, back to float32 parameters.
func (p *piece) store(x []float64) {
	if p.Params32 != nil {
		kernel.Round(p.Params32[p.from:p.to], x)
	}
}

// set sets the parameters from coordinate lo on to x. It sets those of frozen tensors only if
// frozen is true.
func (ts *Tensors) set(x []float64, lo int, frozen bool) {
	ts.pieces(lo, lo+len(x), func(p piece) {
		x := x[p.at-lo:][:p.to-p.from]
		switch {
		case p.Frozen && !frozen:
			return
		case p.Params32 == nil:
			copy(p.Params[p.from:], x)
		case p.master != nil:
			copy(p.master[p.from:], x)
		}
		p.store(x)
	})
}
