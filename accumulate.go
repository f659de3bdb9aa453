package optim

import "example.com/optim/internal/kernel"

// Accumulate adds up the gradients of K calls of Step. The K-th call takes one step of another
// optimizer with their mean. So K small batches have the effect of one large batch.
//
// It keeps one vector, unless K is 1. Its method Steps counts the calls of Step.
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
func (o *Accumulate) Step(params, grads []float64) {
	o.expect(params, grads)
	switch {
	case len(params) == 0:
		return
	case o.K == 1 && o.have == 0:
		o.opt.Step(params, grads)
	default:
		o.add(grads)
		if o.have >= o.K {
			o.stepWithMean(params)
		}
	}
	o.count(len(params))
}

// add adds a gradient to the sum.
func (o *Accumulate) add(grads []float64) {
	o.sum = resize(o.sum, len(grads))
	if o.have == 0 {
		copy(o.sum, grads)
	} else {
		kernel.AddScaled(o.sum, grads, 1)
	}
	o.have++
}

// Flush takes a step of the wrapped optimizer with the mean of the gradients since its last step,
// if there are any. Call it at the end of an epoch, for example. A Decay in front of the
// Accumulate has no effect in this step. A Proximal around it has an effect only on a Nesterov.
func (o *Accumulate) Flush(params []float64) {
	if o.have > 0 {
		o.expect(params, o.sum)
		o.stepWithMean(params)
	}
}

func (o *Accumulate) stepWithMean(params []float64) {
	kernel.Scale(o.sum, 1/float64(o.have))
	o.have = 0
	o.opt.Step(params, o.sum)
}

func (o *Accumulate) expect(params, grads []float64) {
	o.fit(o, params, grads)
	checkAtLeast("Accumulate", "K", o.K, 1)
	o.wrapper.expect(params, grads)
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
