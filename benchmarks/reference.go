//go:build cgo

package benchmarks

// #cgo CFLAGS: -std=c11 -O3 -march=native -fopenmp
// #cgo LDFLAGS: -fopenmp -lm
// #include "reference.h"
import "C"

import (
	"slices"
	"unsafe"

	"example.com/optim"
)

// inC holds the rules of reference.c with their hyper-parameters.
var inC = map[string]C.struct_optimizer{
	"SGD":               {rule: C.SGD, rate: rate},
	"Momentum":          {rule: C.MOMENTUM, rate: rate, mu: mu},
	"Nesterov":          {rule: C.NESTEROV, rate: rate, mu: mu},
	"AdaGrad":           {rule: C.ADAGRAD, rate: rate, eps: adaGradEps},
	"AdaDelta":          {rule: C.ADADELTA, rate: 1, beta2: adaDeltaRho, eps: adaDeltaEps},
	"RMSProp":           {rule: C.RMSPROP, rate: rate, beta2: rmsPropBeta, eps: eps},
	"Adam":              {rule: C.ADAM, rate: rate, beta1: beta1, beta2: beta2, eps: eps},
	"AdamW":             {rule: C.ADAM, rate: rate, beta1: beta1, beta2: beta2, eps: eps, decay: decay},
	"AMSGrad":           {rule: C.AMSGRAD, rate: rate, beta1: beta1, beta2: beta2, eps: eps},
	"AdaMax":            {rule: C.ADAMAX, rate: rate, beta1: beta1, beta2: beta2, eps: eps},
	"NAdam":             {rule: C.NADAM, rate: rate, beta1: beta1, beta2: beta2, eps: eps, psi: nadamPsi},
	"RAdam":             {rule: C.RADAM, rate: rate, beta1: beta1, beta2: beta2, eps: eps},
	"AdaBelief":         {rule: C.ADABELIEF, rate: rate, beta1: beta1, beta2: beta2, eps: adaBeliefEps, root: adaBeliefEps},
	"Lion":              {rule: C.LION, rate: rate, beta1: beta1, beta2: lionBeta2},
	"ScheduleFreeSGD":   {rule: C.SCHEDULE_FREE_SGD, rate: rate, beta1: averageBeta, decay: decay},
	"ScheduleFreeAdamW": {rule: C.SCHEDULE_FREE_ADAM, rate: rate, beta1: averageBeta, beta2: beta2, eps: eps, decay: decay},
	"AdEMAMix":          {rule: C.ADEMAMIX, rate: rate, beta1: beta1, beta2: beta2, beta3: slowBeta, alpha: slowAlpha, eps: eps},
	"Adan":              {rule: C.ADAN, rate: rate, beta1: adanBeta1, beta2: adanBeta2, beta3: adanBeta3, eps: eps},
	"GPAAdamW":          {rule: C.GPA_ADAM, rate: rate, mu: muX, alpha: muY, beta1: beta1, beta2: beta2, eps: eps, decay: decay},
	"LAMB":              {rule: C.LAMB, rate: rate, beta1: beta1, beta2: beta2, eps: lambEps, max: lambNorm},
	"LARS":              {rule: C.LARS, rate: rate, mu: mu, alpha: trust},
	"Prodigy":           {rule: C.PRODIGY, rate: prodigyRate, beta1: beta1, beta2: beta2, eps: eps, d: distance, top: distance, min: distance},
	"CautiousAdam":      {rule: C.CAUTIOUS_ADAM, rate: rate, beta1: beta1, beta2: beta2, eps: eps},
	"Rprop":             {rule: C.RPROP, rate: 1, shrink: rpropShrink, grow: rpropGrow, min: rpropMin, max: rpropMax},
}

// twoPasses are the rules that need sums over all parameters before they move one. In C they run on
// one thread.
var twoPasses = []string{"LAMB", "LARS", "Prodigy", "CautiousAdam"}

// reference returns the rule in C, on the given number of threads, or nil if it does not run on so
// many. One call takes all steps of a run, so that the call from Go to C adds nothing to the time of a
// step.
func reference(rule string, threads int) starter {
	if threads > 1 && slices.Contains(twoPasses, rule) {
		return nil
	}
	return func(c *course) func(int) {
		o := inC[rule]
		return func(steps int) {
			C.run(&o, C.long(steps), C.int(threads), C.long(len(c.x)), pointer(c.x), pointer(c.g),
				pointer(c.s[0]), pointer(c.s[1]), pointer(c.s[2]), pointer(c.s[3]))
		}
	}
}

func pointer(v []float64) *C.double { return (*C.double)(unsafe.Pointer(unsafe.SliceData(v))) }

// adamFloat is a plain loop in C: Adam on tensors of float32, with state of float32.
var adamFloat = func(tensors []optim.Tensor) (step func()) {
	var m, v [][]float32
	for _, t := range tensors {
		m, v = append(m, make([]float32, len(t.Params32))), append(v, make([]float32, len(t.Params32)))
	}
	weight1, weight2 := 0.0, 0.0
	return func() {
		weight1, weight2 = beta1*weight1+1-beta1, beta2*weight2+1-beta2
		for i, t := range tensors {
			C.adam_float(C.long(len(t.Params32)), single(t.Params32), single(t.Grads32), single(m[i]), single(v[i]),
				beta1, beta2, C.float(rate/weight1), C.float(1/weight2), eps)
		}
	}
}

func single(v []float32) *C.float { return (*C.float)(unsafe.Pointer(unsafe.SliceData(v))) }

// compiler returns the name and version of the compiler of reference.c.
func compiler() string { return C.GoString(C.compiler()) }
