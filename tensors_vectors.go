package optim

import (
	"example.com/optim/internal/kernel"
	"example.com/optim/internal/parallel"
)

// vectors are the parameters and the gradient of a step: two slices, or a part of Tensors. They
// have few words, so a call passes them in registers.
type vectors struct {
	params, grads []float64 // for tensors, grads replaces their gradients unless it is nil
	*part                   // nil for two slices
}

// part is the coordinates [from, to) of Tensors.
type part struct {
	tensors  *Tensors
	from, to int
}

// pair returns two slices as vectors.
func pair(params, grads []float64) vectors { return vectors{params: params, grads: grads} }

// len returns the number of parameters.
func (v vectors) len() int {
	if v.part != nil {
		return v.to - v.from
	}
	return len(v.params)
}

// lengths returns the numbers of parameters and of gradients. For tensors the two are the same,
// because the tensors have been checked.
func (v vectors) lengths() (n, grads int) {
	if v.part != nil {
		return v.len(), v.len()
	}
	return len(v.params), len(v.grads)
}

// slice returns the coordinates [lo, hi). For tensors they are valid until the next step.
func (v vectors) slice(lo, hi int) vectors {
	if v.grads != nil {
		v.grads = v.grads[lo:hi:hi]
	}
	if v.part != nil {
		v.part = v.tensors.part(v.from+lo, v.from+hi)
	} else {
		v.params = v.params[lo:hi:hi]
	}
	return v
}

// part returns the coordinates [from, to). It is valid until the next step.
func (ts *Tensors) part(from, to int) *part {
	if ts.used == len(ts.parts) {
		ts.parts = append(ts.parts, new(part))
	}
	p := ts.parts[ts.used]
	ts.used++
	*p = part{ts, from, to}
	return p
}

// take takes a step of opt. An optimizer that needs slices steps with copies of the tensors.
func take(opt Optimizer, v vectors) {
	if v.part == nil {
		opt.Step(v.params, v.grads)
		return
	}
	if gs, ok := opt.(Groups); ok {
		gs.take(v)
		return
	}
	switch o := ours(opt).(type) {
	case interface{ take(v vectors) }: // around another optimizer
		o.take(v)
	case rule:
		o.base().pass(o, v)
	default:
		x, g := v.slices()
		opt.Step(x, g)
		v.set(x)
	}
}

// update updates the coordinates [lo, hi) with r.
func (v vectors) update(r rule, lo, hi int) {
	if v.part == nil {
		r.update(lo, v.params[lo:hi], v.grads[lo:hi])
		return
	}
	if single, ok := r.(rule32); ok && !r.whole() && v.grads == nil && !v.tensors.Master {
		v.update32(single, lo, hi)
		return
	}
	v.walk(lo, hi, func(lo int, x, g []float64) {
		if g == nil {
			r.hold(lo, x)
		} else {
			r.update(lo, x, g)
		}
	})
}

// update32 updates the coordinates [lo, hi) with r, without conversions in buffers.
func (v vectors) update32(r rule32, lo, hi int) {
	v.tensors.pieces(v.from+lo, v.from+hi, func(p piece) {
		switch at := p.at - v.from; {
		case p.Frozen:
		case p.Params32 != nil:
			r.update32(at, p.Params32[p.from:p.to], p.Grads32[p.from:p.to])
		default:
			r.update(at, p.Params[p.from:p.to], p.Grads[p.from:p.to])
		}
	})
}

// walk calls do for one piece of the coordinates [lo, hi) after another. x and g begin at
// coordinate lo of do, and do may change x. For a frozen tensor g is nil, and do must not change x.
func (v vectors) walk(lo, hi int, do func(lo int, x, g []float64)) {
	if v.part == nil {
		do(lo, v.params[lo:hi], v.grads[lo:hi])
		return
	}
	b := v.tensors.buffers.take()
	defer v.tensors.buffers.give(b)
	v.tensors.blocks(v.from+lo, v.from+hi, func(p piece) {
		at, x := p.at-v.from, p.params(&b.x)
		switch {
		case p.Frozen:
			do(at, x, nil)
			return
		case v.grads != nil:
			do(at, x, v.grads[at:at+len(x)])
		default:
			do(at, x, p.gradient(&b.g))
		}
		p.store(x)
	})
}

// change calls do for one piece of the parameters [lo, hi) after another, except for frozen
// tensors, as walk does.
func (v vectors) change(lo, hi int, do func(lo int, x []float64)) {
	v.walk(lo, hi, func(lo int, x, g []float64) {
		if g != nil {
			do(lo, x)
		}
	})
}

// read calls do for one piece of the parameters [lo, hi) after another, as walk does.
func (v vectors) read(lo, hi int, do func(lo int, x []float64)) {
	if v.part == nil {
		do(lo, v.params[lo:hi])
		return
	}
	b := v.tensors.buffers.take()
	defer v.tensors.buffers.give(b)
	v.tensors.blocks(v.from+lo, v.from+hi, func(p piece) { do(p.at-v.from, p.params(&b.x)) })
}

// readGrads calls do for one piece of the gradient after another. The gradient of a frozen tensor
// is zero.
func (v vectors) readGrads(lo, hi int, do func(lo int, g []float64)) {
	if v.part == nil || v.grads != nil {
		do(lo, v.grads[lo:hi])
		return
	}
	b := v.tensors.buffers.take()
	defer v.tensors.buffers.give(b)
	v.tensors.blocks(v.from+lo, v.from+hi, func(p piece) { do(p.at-v.from, p.gradient(&b.g)) })
}

// copyParams writes the parameters to dst.
func (v vectors) copyParams(dst []float64) {
	v.read(0, v.len(), func(lo int, x []float64) { copy(dst[lo:], x) })
}

// cloneParams returns a copy of the parameters.
func (v vectors) cloneParams() []float64 {
	dst := make([]float64, v.len())
	v.copyParams(dst)
	return dst
}

// copyGrads writes the gradient from coordinate from on to dst.
func (v vectors) copyGrads(dst []float64, from int) {
	v.readGrads(from, from+len(dst), func(lo int, g []float64) { copy(dst[lo-from:], g) })
}

// gradient returns the gradient in one slice.
func (v vectors) gradient() []float64 {
	if v.part == nil || v.grads != nil {
		return v.grads
	}
	ts := v.tensors
	ts.grads = resize(ts.grads, ts.Len())
	g := ts.grads[v.from:v.to:v.to]
	v.copyGrads(g, 0)
	return g
}

// slices returns the parameters and the gradient in one slice each. For Tensors both are copies.
func (v vectors) slices() (params, grads []float64) {
	if v.part == nil {
		return v.params, v.grads
	}
	ts := v.tensors
	ts.params = resize(ts.params, ts.Len())
	x := ts.params[v.from:v.to:v.to]
	v.copyParams(x)
	return x, v.gradient()
}

// set sets the parameters to x, which slices has returned. The parameters of frozen tensors stay.
func (v vectors) set(x []float64) {
	if v.part != nil {
		v.tensors.set(x, v.from, false)
	}
}

// gradientReducer computes norms of gradients. For Tensors the norms have the same bits as for one
// slice.
type gradientReducer struct {
	parallel.Reducer
	vectors vectors
	blocks  idle[[kernel.Block]float64]
}

func (r *gradientReducer) norm(v vectors) float64 {
	if v.part == nil || v.grads != nil {
		return r.Norm(v.grads)
	}
	r.vectors = v
	defer r.forget()
	return r.NormOf(v.len(), r)
}

func (r *gradientReducer) absMax(v vectors) float64 {
	if v.part == nil || v.grads != nil {
		return r.AbsMax(v.grads)
	}
	r.vectors = v
	defer r.forget()
	return r.AbsMaxOf(v.len(), r)
}

func (r *gradientReducer) forget() { r.vectors = vectors{} }

// Reduce implements parallel.Source.
func (r *gradientReducer) Reduce(lo, hi int, of func(x []float64) float64) float64 {
	ts, first, last := r.vectors.tensors, r.vectors.from+lo, r.vectors.from+hi
	k := find(ts.starts, first)
	if t := &ts.tensors[ts.order[k]]; last <= ts.starts[k+1] && t.Frozen {
		return of(nil)
	} else if last <= ts.starts[k+1] && t.Params32 == nil {
		return of(t.Grads[first-ts.starts[k] : last-ts.starts[k]])
	}
	b := r.blocks.take()
	defer r.blocks.give(b)
	g := b[:hi-lo]
	r.vectors.copyGrads(g, lo)
	return of(g)
}
