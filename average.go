package optim

import (
	"fmt"

	"example.com/optim/internal/kernel"
)

// Average steps with another optimizer and keeps an average a of the parameters x. The average has
// less noise than the last parameters, and often a lower loss.
//
//	Decay 0:  a ← a + (x − a)/k
//	Decay β:  a ← a + (x − a)·(1−β)/(1−βᵏ)
//
// The average uses the x of every Every-th step after step Start, and k is the number of these x so
// far. With Decay 0 and Start 0 this is the average of Polyak and Ruppert. With a larger Start it
// is tail averaging. If Every is the number of steps in an epoch, it is stochastic weight
// averaging. The parameters have the same bits as without an average. Around an elementwise rule
// the average needs no pass of its own.
//
// State: one vector. References: B. T. Polyak and A. B. Juditsky, Acceleration of stochastic
// approximation by averaging, 1992, doi:10.1137/0330046; P. Izmailov and others, Averaging weights
// leads to wider optima and better generalization, 2018, arXiv:1803.05407.
type Average struct {
	Decay float64 // β in [0, 1); 0 is the plain mean; an argument of NewExponentialAverage
	Start int     // number of first steps that the average omits, at least 0; default 0
	Every int     // steps from one x in the average to the next, at least 1; default 1

	wrapper
	mean    []float64
	weight  float64 // sum of the weights of the x in the mean
	share   float64 // weight of the x of this step in the mean; 0 if the average omits the step
	swapped bool
}

// NewAverage returns opt with the plain mean of the parameters. It panics if opt is nil.
func NewAverage(opt Optimizer) *Average {
	return made(&Average{Every: 1, wrapper: wrap("NewAverage", opt)})
}

// NewExponentialAverage returns opt with an exponential average, with β = decay; 0.999 is common.
// It panics if opt is nil.
func NewExponentialAverage(opt Optimizer, decay float64) *Average {
	o := made(&Average{Every: 1, wrapper: wrap("NewExponentialAverage", opt)})
	o.Decay = decay
	return o
}

// Params writes the average to dst, which must have the length of the parameters. It returns true
// if there is an average. Otherwise it leaves dst as it is and returns false.
func (o *Average) Params(dst []float64) bool {
	o.checkNotSwapped("Params")
	o.checkLength("Params", dst)
	if o.weight > 0 {
		copy(dst, o.mean)
	}
	return o.weight > 0
}

// Swap exchanges params and the average, for an evaluation. A second call restores both, to the
// bit. Step and Params panic between the two calls. Before there is an average, Swap does not
// change params.
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
		panic(fmt.Sprintf("optim: Average.%s: the parameters hold the average; call Swap first", method))
	}
}

func (o *Average) checkLength(method string, x []float64) {
	if o.t > 0 && len(x) != o.n {
		panic(fmt.Sprintf("optim: Average.%s: len = %d, want %d as in the steps before", method, len(x), o.n))
	}
}

// Step implements Optimizer.
func (o *Average) Step(params, grads []float64) { o.take(pair(params, grads)) }

func (o *Average) take(v vectors) {
	o.expect(v.lengths())
	switch n := v.len(); {
	case o.elementwise():
		o.pass(o, v)
	case !o.idle(n):
		take(o.opt, v)
		o.weigh(n)
		v.read(0, n, o.add)
		o.count(n)
	}
}

func (o *Average) expect(n, grads int) {
	o.fit(o, n, grads)
	o.checkNotSwapped("Step")
	checkFraction("Average", "Decay", o.Decay)
	checkAtLeast("Average", "Start", o.Start, 0)
	checkAtLeast("Average", "Every", o.Every, 1)
	o.wrapper.expect(n, grads)
}

func (o *Average) begin(v vectors) {
	o.wrapper.begin(v)
	o.weigh(v.len())
}

// weigh computes the share of this step's x, a vector of length n.
func (o *Average) weigh(n int) {
	o.mean = resize(o.mean, n)
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
	o.updateInPieces(lo, params, grads, o.add)
}

func (o *Average) hold(lo int, params []float64) {
	o.wrapper.hold(lo, params)
	o.add(lo, params)
}

// add adds x, which begins at coordinate lo, to the mean.
func (o *Average) add(lo int, x []float64) {
	if o.share > 0 {
		kernel.Approach(o.mean[lo:lo+len(x)], x, o.share)
	}
}

func (o *Average) visit(a *walk) {
	o.visitWrapper(a, "Average", &o.Decay, &o.Start, &o.Every)
	a.Vectors(&o.mean)
	a.State(&o.weight, &o.swapped)
}
