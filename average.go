package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Average steps with another optimizer and keeps an average of the parameters,
// which is often better than the last of them: the noise of the steps averages
// out.
//
//	Decay 0:  the mean of every Every-th iterate after step Start
//	Decay β:  a ← βa + (1−β)x, corrected for its start from nothing
//
// From Start 0 on the mean is Polyak's and Ruppert's; with a late Start it is
// tail averaging, and with Every the number of steps of an epoch it is
// stochastic weight averaging. The steps are those of the optimizer without an
// average, to the bit. Around a rule that treats every coordinate by itself the
// average is taken in the same pass.
//
// It keeps one vector. B. T. Polyak and A. B. Juditsky, Acceleration of
// stochastic approximation by averaging, 1992, doi:10.1137/0330046; P. Izmailov
// and others, Averaging weights leads to wider optima and better generalization,
// 2018, arXiv:1803.05407.
type Average struct {
	Decay float64 // β, in [0, 1); 0 is the mean
	Start int     // steps that are left out, at least 0; default 0
	Every int     // take every so many steps, at least 1; default 1

	opt Optimizer
	driver
	rule    rule // opt, if it is one
	mean    []float64
	weight  float64 // what the iterates in the mean weigh
	share   float64 // of this step's iterate in the mean; 0 if it is left out
	swapped bool
}

// NewAverage returns opt with the mean of all iterates.
func NewAverage(opt Optimizer) *Average {
	return &Average{Every: 1, opt: opt, rule: asRule(opt)}
}

// NewExponentialAverage returns opt with an exponential average; 0.999 is a
// common decay.
func NewExponentialAverage(opt Optimizer, decay float64) *Average {
	o := NewAverage(opt)
	o.Decay = decay
	return o
}

// Params writes the average to dst, which has the length of the parameters. It
// reports whether there is one yet; if not, it leaves dst alone.
func (o *Average) Params(dst []float64) bool {
	o.fitAverage("Params", dst)
	if o.weight > 0 {
		copy(dst, o.mean)
	}
	return o.weight > 0
}

// Swap exchanges params and the average, for an evaluation, and called again
// gives both back, to the bit. Until then neither Step nor Params may be called.
// As long as there is no average it changes nothing.
func (o *Average) Swap(params []float64) {
	o.fitLength("Swap", params)
	o.swapped = !o.swapped
	if o.weight > 0 {
		for i, x := range params {
			params[i], o.mean[i] = o.mean[i], x
		}
	}
}

// fitAverage panics if x is not what the average is of, or it is swapped out.
func (o *Average) fitAverage(method string, x []float64) {
	if o.swapped {
		panic(fmt.Sprintf("optim: Average.%s: the average is swapped out; call Swap first", method))
	}
	o.fitLength(method, x)
}

func (o *Average) fitLength(method string, x []float64) {
	if o.t > 0 && len(x) != o.n {
		panic(fmt.Sprintf("optim: Average.%s: a length of %d, want %d as in the steps", method, len(x), o.n))
	}
}

// Step implements Optimizer.
func (o *Average) Step(params, grads []float64) {
	o.expect(params, grads)
	if o.rule != nil && o.elementwise() {
		o.step(o, params, grads)
		return
	}
	if len(params) == 0 {
		return
	}
	o.opt.Step(params, grads)
	if o.weigh(params); o.share > 0 {
		kernel.Approach(o.mean, params, o.share)
	}
	o.count(len(params))
}

func (o *Average) expect(params, grads []float64) {
	o.fit(o, params, grads)
	o.check()
	expect(o.opt, params, grads)
}

func (o *Average) self() rule {
	if o.rule == nil {
		return nil
	}
	return o
}

func (o *Average) elementwise() bool { return o.rule.elementwise() }

func (o *Average) whole() bool { return o.rule.whole() }

func (o *Average) check() float64 {
	o.fitAverage("Step", o.mean)
	checkFraction("Average", "Decay", o.Decay)
	checkAtLeast("Average", "Start", o.Start, 0)
	checkAtLeast("Average", "Every", o.Every, 1)
	if o.rule == nil {
		return 0
	}
	return o.rule.check()
}

func (o *Average) begin(params, grads []float64) {
	o.eta = o.check()
	o.rule.steps().begin(o.rule, params, grads)
	o.weigh(params)
}

// weigh finds the share of this step's iterate.
func (o *Average) weigh(params []float64) {
	if o.mean == nil {
		o.mean = make([]float64, len(params))
	}
	after := o.t + 1 - o.Start
	switch {
	case after <= 0 || after%o.Every != 0:
		o.share = 0
	case o.Decay > 0:
		o.weight = weight(o.weight, o.Decay)
		o.share = (1 - o.Decay) / o.weight
	default:
		o.weight++
		o.share = 1 / o.weight
	}
}

func (o *Average) update(lo int, params, grads []float64) {
	for len(params) > 0 {
		n := min(stretchLen, len(params))
		x := params[:n]
		o.rule.update(lo, x, grads[:n])
		if o.share > 0 {
			kernel.Approach(o.mean[lo:lo+n], x, o.share)
		}
		lo, params, grads = lo+n, params[n:], grads[n:]
	}
}

func (o *Average) searches() bool { return searches(o.opt) }

func (o *Average) visit(a *archive) {
	a.begin("Average")
	a.settings(&o.Decay)
	a.limits(&o.Start, &o.Every)
	a.driver(&o.driver)
	a.vectors(&o.mean)
	a.numbers(&o.weight)
	a.flags(&o.swapped)
	a.optimizer(o.opt)
}
