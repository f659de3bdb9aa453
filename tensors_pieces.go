package optim

import "example.com/optim/internal/kernel"

// pieceLen is the largest number of float32 elements that are converted at a time. The converted
// parameters and gradients and two vectors of state of that length fit in a first-level cache of
// 32 KiB.
const pieceLen = 1024

// widened holds a piece of float32 parameters and their gradient in float64.
type widened struct{ x, g [pieceLen]float64 }

// piece is a part of one tensor: its elements [from, to), which begin at coordinate at of the
// vector.
type piece struct {
	*Tensor
	master       []float64 // the copy of the whole tensor, or nil
	at, from, to int
}

// pieces calls do for the pieces of the coordinates [lo, hi), in their order. A piece that needs a
// buffer has at most pieceLen elements.
func (ts *Tensors) pieces(lo, hi int, do func(p piece)) {
	for k := find(ts.starts, lo); lo < hi; k++ {
		i, start := ts.order[k], ts.starts[k]
		p := piece{Tensor: &ts.tensors[i], master: ts.masters[i]}
		most := hi
		for end := min(hi, ts.starts[k+1]); lo < end; lo += p.to - p.from {
			if p.Frozen || p.Params32 != nil {
				most = pieceLen
			}
			p.at, p.from, p.to = lo, lo-start, min(end, lo+most)-start
			do(p)
		}
	}
}

// params returns the parameters, converted in the buffer if there is no other way.
func (p *piece) params(buffer *[pieceLen]float64) []float64 {
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
func (p *piece) gradient(buffer *[pieceLen]float64) []float64 {
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

// store ends a change of x, which params has returned.
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
