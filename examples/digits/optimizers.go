package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"example.com/optim"
)

// entry is an optimizer with a learning rate for this task. The rates were found by trial for a
// good test accuracy. They are not tuned well enough to rank the optimizers.
type entry struct {
	name string
	rate float64
	full bool // whether a batch is the whole training set
	make func(rate float64, s optim.Schedule, parts []part) optim.Optimizer
}

const (
	miniBatch = false
	fullBatch = true
)

var optimizers = []entry{
	{"SGD", 0.5, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewSGD(rate)
		o.Schedule = s
		return o
	}},
	{"Momentum", 0.1, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewMomentum(rate, 0.9)
		o.Schedule = s
		return o
	}},
	{"Nesterov", 0.1, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewNesterov(rate, 0.9)
		o.Schedule = s
		return o
	}},
	{"AdaGrad", 0.1, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdaGrad(rate)
		o.Schedule = s
		return o
	}},
	{"AdaDelta", 1, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdaDelta(rate)
		o.Schedule = s
		return o
	}},
	{"RMSProp", 0.005, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewRMSProp(rate)
		o.Schedule = s
		return o
	}},
	{"Adam", 0.01, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdam(rate)
		o.Schedule = s
		return o
	}},
	{"AdamW", 0.01, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdamW(rate, 0.01)
		o.Schedule = s
		return o
	}},
	{"AMSGrad", 0.01, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAMSGrad(rate)
		o.Schedule = s
		return o
	}},
	{"AdaMax", 0.02, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdaMax(rate)
		o.Schedule = s
		return o
	}},
	{"NAdam", 0.01, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewNAdam(rate)
		o.Schedule = s
		return o
	}},
	{"RAdam", 0.02, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewRAdam(rate)
		o.Schedule = s
		return o
	}},
	{"AdaBelief", 0.01, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdaBelief(rate)
		o.Schedule = s
		return o
	}},
	{"Rprop", 0.01, fullBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewRprop(rate)
		o.Schedule = s
		return o
	}},
	{"Lion", 0.0005, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewLion(rate)
		o.Schedule = s
		return o
	}},
	{"ScheduleFreeSGD", 2, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewScheduleFreeSGD(rate)
		o.Schedule = s
		return o
	}},
	{"ScheduleFreeAdamW", 0.01, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewScheduleFreeAdamW(rate, 0.01)
		o.Schedule = s
		return o
	}},
	{"CautiousAdamW", 0.01, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdamW(rate, 0.01)
		o.Cautious = true
		o.Schedule = s
		return o
	}},
	{"AdEMAMix", 0.005, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdEMAMix(rate)
		o.Schedule = s
		return o
	}},
	{"Adan", 0.02, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewAdan(rate)
		o.Schedule = s
		return o
	}},
	{"Prodigy", 0.5, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewProdigy()
		o.LearningRate = rate
		o.Schedule = s
		return o
	}},
	{"GPAAdamW", 0.02, miniBatch, func(rate float64, s optim.Schedule, _ []part) optim.Optimizer {
		o := optim.NewGPAAdamW(rate, 0.01)
		o.Schedule = s
		return o
	}},
	{"LAMB", 0.005, miniBatch, func(rate float64, s optim.Schedule, parts []part) optim.Optimizer {
		return weightsAndBiases(parts, s, func(w part) optim.Optimizer {
			o := optim.NewLAMB(rate)
			o.Schedule = s
			return o
		})
	}},
	{"LARS", 1, miniBatch, func(rate float64, s optim.Schedule, parts []part) optim.Optimizer {
		return weightsAndBiases(parts, s, func(w part) optim.Optimizer {
			o := optim.NewLARS(rate, 0.9)
			o.Schedule = s
			return o
		})
	}},
	{"Muon", 0.01, miniBatch, func(rate float64, s optim.Schedule, parts []part) optim.Optimizer {
		return weightsAndBiases(parts, s, func(w part) optim.Optimizer {
			o := optim.NewMuon(rate, w.rows, w.cols)
			o.Schedule = s
			return o
		})
	}},
	{"SOAP", 0.01, miniBatch, func(rate float64, s optim.Schedule, parts []part) optim.Optimizer {
		return weightsAndBiases(parts, s, func(w part) optim.Optimizer {
			o := optim.NewSOAP(rate, w.rows, w.cols)
			o.Schedule = s
			return o
		})
	}},
	{"Shampoo", 0.02, miniBatch, func(rate float64, s optim.Schedule, parts []part) optim.Optimizer {
		return weightsAndBiases(parts, s, func(w part) optim.Optimizer {
			o := optim.NewShampoo(rate, w.rows, w.cols)
			o.Schedule = s
			return o
		})
	}},
	{"Adafactor", 0.1, miniBatch, func(rate float64, s optim.Schedule, parts []part) optim.Optimizer {
		return weightsAndBiases(parts, s, func(w part) optim.Optimizer {
			o := optim.NewAdafactor(rate, w.rows, w.cols)
			o.Schedule = s
			return o
		})
	}},
}

// weightsAndBiases returns the optimizers that make returns for the weights, and AdamW for the biases.
func weightsAndBiases(parts []part, s optim.Schedule, make func(w part) optim.Optimizer) optim.Optimizer {
	var groups optim.Groups
	for _, p := range parts {
		g := optim.Group{Len: p.rows * p.cols}
		if p.rows > 1 {
			g.Optimizer = make(p)
		} else {
			adamW := optim.NewAdamW(0.01, 0)
			adamW.Schedule = s
			g.Optimizer = adamW
		}
		groups = append(groups, g)
	}
	return groups
}

// schedules holds functions that return a schedule for a run of the given number of steps.
var schedules = map[string]func(steps int) optim.Schedule{
	"constant":    func(int) optim.Schedule { return optim.Constant(1) },
	"cosine":      func(steps int) optim.Schedule { return optim.Cosine(steps, 0) },
	"exponential": func(steps int) optim.Schedule { return optim.Exponential(math.Pow(0.01, 1/float64(steps))) },
	"linear":      func(steps int) optim.Schedule { return optim.Linear(1, 0, steps) },
	"onecycle":    func(steps int) optim.Schedule { return optim.NewOneCycle(steps).At },
	"step":        func(steps int) optim.Schedule { return optim.StepDecay((steps+2)/3, 0.1) },
	"warmup":      func(steps int) optim.Schedule { return optim.Warmup(steps/10, optim.Cosine(steps-steps/10, 0)) },
}

// findOptimizers returns the optimizers with the given names, which commas separate. "all" means
// all.
func findOptimizers(names string) ([]entry, error) {
	if names == "all" {
		return optimizers, nil
	}
	var found []entry
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(optimizers, func(e entry) bool { return strings.EqualFold(e.name, name) })
		if i < 0 {
			return nil, fmt.Errorf("unknown optimizer %q, want all or some of %s", name, optimizerNames())
		}
		found = append(found, optimizers[i])
	}
	return found, nil
}

func optimizerNames() string {
	var names []string
	for _, e := range optimizers {
		names = append(names, e.name)
	}
	return strings.Join(names, ",")
}

func scheduleNames() string { return strings.Join(slices.Sorted(maps.Keys(schedules)), ", ") }
