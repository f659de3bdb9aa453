package optim

import "example.com/optim/internal/kernel"

// Accumulate adds up the gradients of K calls of Step. Every K-th call takes one step of another
// optimizer with the mean of these gradients. So K small batches have the effect of one large
// batch.
//
// The method Steps counts the calls of Step. State: one vector, or none if K is 1.
type Accumulate struct {
	K int // gradients per step, at least 1

	wrapper
	sum  []float64
	have int // gradients in sum
}

// NewAccumulate returns an optimizer that steps with opt and the mean of k gradients. It panics if
// opt is nil.
func NewAccumulate(opt Optimizer, k int) *Accumulate {
	o := made(&Accumulate{wrapper: wrap("NewAccumulate", opt)})
	o.K = k
	return o
}

// Step implements Optimizer. It changes params in every K-th call only.
func (o *Accumulate) Step(params, grads []float64) { o.take(pair(params, grads)) }

func (o *Accumulate) take(v vectors) {
	o.expect(v.lengths())
	n := v.len()
	switch {
	case o.idle(n):
		return
	case o.K == 1 && o.have == 0:
		take(o.opt, v)
	default:
		o.add(v)
		if o.have >= o.K {
			o.stepWithMean(v)
		}
	}
	o.count(n)
}

// add adds a gradient to the sum.
func (o *Accumulate) add(v vectors) {
	o.sum = resize(o.sum, v.len())
	if o.have == 0 {
		v.copyGrads(o.sum, 0)
	} else {
		v.readGrads(0, v.len(), func(lo int, g []float64) { kernel.AddScaled(o.sum[lo:lo+len(g)], g, 1) })
	}
	o.have++
}

// Flush takes a step of the wrapped optimizer with the mean of the gradients since the last step,
// if there are any. Call it at the end of an epoch, for example. A [Decay] in front of the Accumulate
// has no effect in this step. A [Proximal] around the Accumulate has an effect in this step only if
// the wrapped optimizer is a Nesterov.
func (o *Accumulate) Flush(params []float64) { o.flush(pair(params, o.sum)) }

// FlushTensors is Flush for [Tensors]. It does not read the gradients of ts.
func (o *Accumulate) FlushTensors(ts *Tensors) {
	ts.check("Accumulate.FlushTensors", false)
	ts.copyMasters()
	o.flush(ts.all())
}

func (o *Accumulate) flush(v vectors) {
	if o.have > 0 {
		o.expect(v.lengths())
		o.stepWithMean(v)
	}
}

func (o *Accumulate) stepWithMean(v vectors) {
	kernel.Scale(o.sum, 1/float64(o.have))
	o.have = 0
	v.grads = o.sum
	take(o.opt, v)
}

func (o *Accumulate) expect(n, grads int) {
	o.fit(o, n, grads)
	checkAtLeast("Accumulate", "K", o.K, 1)
	o.wrapper.expect(n, grads)
}

// rate returns 0 if the coming call takes no step.
func (o *Accumulate) rate() float64 {
	if o.have+1 < o.K {
		return 0
	}
	return o.wrapper.rate()
}

func (o *Accumulate) visit(a *walk) {
	o.visitWrapper(a, "Accumulate", &o.K)
	a.Optional(&o.sum)
	a.State(&o.have)
}
