package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Average steps with another optimizer and keeps an average of the parameters. The
// average has less noise than the last parameters, and so often a lower loss.
//
//	Decay 0:  the mean of every Every-th iterate after step Start
//	Decay β:  a ← βa + (1−β)x, corrected for its start at zero
//
// With Start 0 the mean is that of Polyak and Ruppert. With a late Start it is tail
// averaging, and with Every as the number of steps of an epoch it is stochastic
// weight averaging. The parameters have the bits of a run without an average.
// Around an elementwise rule the average needs no pass of its own.
//
// It keeps one vector. B. T. Polyak and A. B. Juditsky, Acceleration of stochastic
// approximation by averaging, 1992, doi:10.1137/0330046; P. Izmailov and others,
// Averaging weights leads to wider optima and better generalization, 2018,
// arXiv:1803.05407.
type Average struct {
	Decay float64 // β, in [0, 1); 0 is the mean
	Start int     // steps that do not count, at least 0; default 0
	Every int     // an iterate counts every so many steps, at least 1; default 1

	wrapper
	mean    []float64
	weight  float64 // sum of the weights of the iterates in the mean
	share   float64 // of this step's iterate in the mean; 0 if it does not count
	swapped bool
}

// NewAverage returns opt with the mean of all iterates. It panics if opt is nil.
func NewAverage(opt Optimizer) *Average {
	return made(&Average{Every: 1, wrapper: wrap("NewAverage", opt)})
}

// NewExponentialAverage returns opt with an exponential average; 0.999 is a common
// decay. It panics if opt is nil.
func NewExponentialAverage(opt Optimizer, decay float64) *Average {
	o := made(&Average{Every: 1, wrapper: wrap("NewExponentialAverage", opt)})
	o.Decay = decay
	return o
}

// Params writes the average to dst, which has the length of the parameters. It
// returns whether there is an average yet. If not, dst stays as it is.
func (o *Average) Params(dst []float64) bool {
	o.checkNotSwapped("Params")
	o.checkLength("Params", dst)
	if o.weight > 0 {
		copy(dst, o.mean)
	}
	return o.weight > 0
}

// Swap exchanges params and the average, for an evaluation. A second call restores
// both, to the bit. Between the two calls neither Step nor Params may be called.
// While there is no average Swap changes nothing.
func (o *Average) Swap(params []float64) {
	o.checkLength("Swap", params)
	o.swapped = !o.swapped
	if o.weight > 0 {
		for i, x := range params {
			params[i], o.mean[i] = o.mean[i], x
		}
	}
}

// checkNotSwapped panics between two calls of Swap.
func (o *Average) checkNotSwapped(method string) {
	if o.swapped {
		panic(fmt.Sprintf("optim: Average.%s: the average is swapped out; call Swap first", method))
	}
}

func (o *Average) checkLength(method string, x []float64) {
	if o.t > 0 && len(x) != o.n {
		panic(fmt.Sprintf("optim: Average.%s: a length of %d, want %d as in the steps", method, len(x), o.n))
	}
}

// Step implements Optimizer.
func (o *Average) Step(params, grads []float64) {
	o.expect(params, grads)
	if o.elementwise() {
		o.step(o, params, grads)
		return
	}
	if len(params) == 0 {
		return
	}
	o.opt.Step(params, grads)
	o.weigh(params)
	if o.share > 0 {
		kernel.Approach(o.mean, params, o.share)
	}
	o.count(len(params))
}

func (o *Average) rate() float64 {
	o.checkNotSwapped("Step")
	checkFraction("Average", "Decay", o.Decay)
	checkAtLeast("Average", "Start", o.Start, 0)
	checkAtLeast("Average", "Every", o.Every, 1)
	return o.innerRate()
}

func (o *Average) begin(params, grads []float64) {
	o.beginInner(params, grads)
	o.weigh(params)
}

// weigh computes the share of this step's iterate.
func (o *Average) weigh(params []float64) {
	o.mean = resize(o.mean, len(params))
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

func (o *Average) visit(a *walk) {
	a.Type("Average", 1)
	a.Settings(&o.Decay, &o.Start, &o.Every)
	o.visitWrapped(a)
	a.Vectors(&o.mean)
	a.State(&o.weight, &o.swapped)
}
