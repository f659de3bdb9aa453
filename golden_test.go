package optim

import (
	"math"
	"testing"
)

// golden are the trajectories of testdata/steps.json, with our makings.
var golden = map[string]func(s Schedule) Optimizer{
	"SGD":    func(s Schedule) Optimizer { return made(&SGD{LearningRate: 1, Schedule: s}) },
	"SGD/l2": func(s Schedule) Optimizer { return NewChain(made(&SGD{LearningRate: 1, Schedule: s}), L2(0.03)) },
	"Momentum": func(s Schedule) Optimizer {
		return made(&Momentum{LearningRate: 1, Mu: 0.9, Schedule: s})
	},
	"Momentum/damp": func(s Schedule) Optimizer {
		return made(&Momentum{LearningRate: 1, Mu: 0.9, Dampening: 0.5, Schedule: s})
	},
	"Momentum/l2": func(s Schedule) Optimizer {
		return NewChain(made(&Momentum{LearningRate: 1, Mu: 0.7, Schedule: s}), L2(0.01))
	},
	"Nesterov": func(s Schedule) Optimizer { return made(&Nesterov{LearningRate: 1, Mu: 0.9, Schedule: s}) },
	"Nesterov/l2": func(s Schedule) Optimizer {
		return NewChain(made(&Nesterov{LearningRate: 1, Mu: 0.95, Schedule: s}), L2(0.02))
	},
	"AdaGrad": func(s Schedule) Optimizer { o := NewAdaGrad(1); o.Schedule = s; return o },
	"AdaGrad/init": func(s Schedule) Optimizer {
		return made(&AdaGrad{LearningRate: 1, Epsilon: 1e-8, Initial: 0.1, Schedule: s})
	},
	"AdaGrad/lrdecay": func(s Schedule) Optimizer {
		return made(&AdaGrad{LearningRate: 1, Epsilon: 1e-10, RateDecay: 0.01, Schedule: s})
	},
	"AdaDelta": func(s Schedule) Optimizer { o := NewAdaDelta(1); o.Schedule = s; return o },
	"RMSProp":  func(s Schedule) Optimizer { o := NewRMSProp(1); o.Schedule = s; return o },
	"RMSProp/momentum": func(s Schedule) Optimizer {
		return made(&RMSProp{LearningRate: 1, Beta: 0.9, Epsilon: 1e-8, Mu: 0.9, Schedule: s})
	},
	"RMSProp/centered": func(s Schedule) Optimizer {
		return made(&RMSProp{LearningRate: 1, Beta: 0.95, Epsilon: 1e-4, Centered: true, Schedule: s})
	},
	"Adam": func(s Schedule) Optimizer { o := NewAdam(1); o.Schedule = s; return o },
	"Adam/betas": func(s Schedule) Optimizer {
		return made(&Adam{LearningRate: 1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, Schedule: s})
	},
	"Adam/l2": func(s Schedule) Optimizer { o := NewAdam(1); o.Schedule = s; return NewChain(o, L2(0.1)) },
	"AMSGrad": func(s Schedule) Optimizer { o := NewAMSGrad(1); o.Beta2, o.Schedule = 0.99, s; return o },
	"AdamW":   func(s Schedule) Optimizer { o := NewAdamW(1, 0.05); o.Schedule = s; return o },
	"AdaMax":  func(s Schedule) Optimizer { o := NewAdaMax(1); o.Schedule = s; return o },
	"RAdam":   func(s Schedule) Optimizer { o := NewRAdam(1); o.Schedule = s; return o },
	"NAdam":   func(s Schedule) Optimizer { o := NewNAdam(1); o.Schedule = s; return o },
}

// TestGoldenSteps demands 1e-12, relative to the largest value that the
// coordinate has had: what was rounded there stays, when it later comes by zero.
func TestGoldenSteps(t *testing.T) {
	var file struct {
		Cases []struct {
			Name   string
			Start  []float64 `json:"params0"`
			Rates  []float64 `json:"lr"`
			Grads  [][]float64
			Params [][]float64
		}
	}
	readJSON(t, "testdata/steps.json", &file)
	if len(file.Cases) != len(golden) {
		t.Errorf("%d trajectories, want %d", len(file.Cases), len(golden))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			opt := golden[c.Name](func(step int) float64 { return c.Rates[step] })
			x := c.Start
			largest := make([]float64, len(x))
			for step, g := range c.Grads {
				opt.Step(x, g)
				for i, want := range c.Params[step] {
					largest[i] = max(largest[i], math.Abs(want))
					if !(math.Abs(x[i]-want) <= 1e-12*largest[i]) {
						t.Fatalf("step %d, coordinate %d: %v, want %v (error %.1e of %v)",
							step, i, x[i], want, math.Abs(x[i]-want)/largest[i], largest[i])
					}
				}
			}
		})
	}
}
