package optim

import (
	"math"
	"slices"
	"testing"
)

// golden makes the optimizers of the trajectories in testdata/steps.json and testdata/modern.json.
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

	"ADOPT": func(s Schedule) Optimizer { o := NewADOPT(1); o.WeightDecay, o.Schedule = 0.01, s; return o },
	"AdEMAMix": func(s Schedule) Optimizer {
		o := NewAdEMAMix(1)
		o.WeightDecay, o.Schedule = 0.01, s
		return o
	},
	"AdEMAMix/scheduled": func(s Schedule) Optimizer { o := NewAdEMAMix(1); o.Warmup, o.Schedule = 12, s; return o },
	"Adan":               func(s Schedule) Optimizer { o := NewAdan(1); o.WeightDecay, o.Schedule = 0.02, s; return o },
	"LAMB":               func(s Schedule) Optimizer { o := NewLAMB(1); o.WeightDecay, o.Schedule = 0.01, s; return o },
	"Prodigy": func(s Schedule) Optimizer {
		o := NewProdigy()
		o.WeightDecay, o.Initial, o.Schedule = 0.01, 1e-4, s
		return o
	},
	"Prodigy/bias": func(s Schedule) Optimizer {
		o := NewProdigy()
		o.Beta2, o.Initial, o.BiasCorrection, o.Schedule = 0.99, 1e-4, true, s
		return o
	},
	"GPAAdamW": func(s Schedule) Optimizer {
		o := NewGPAAdamW(1, 0.01)
		o.MuX, o.Schedule = 0.95, s
		return o
	},
	"Muon/wide": func(s Schedule) Optimizer {
		o := NewMuon(1, 4, 7)
		o.WeightDecay, o.Schedule = 0.1, s
		return o
	},
	"Muon/tall": func(s Schedule) Optimizer { o := NewMuon(1, 7, 4); o.Mu, o.Schedule = 0.9, s; return o },
	"Lion":      func(s Schedule) Optimizer { o := NewLion(1); o.WeightDecay, o.Schedule = 0.1, s; return o },
	"ScheduleFreeSGD": func(s Schedule) Optimizer {
		o := NewScheduleFreeSGD(1)
		o.WeightDecay, o.Schedule = 0.01, s
		return o
	},
	"ScheduleFreeAdamW": func(s Schedule) Optimizer { o := NewScheduleFreeAdamW(1, 0.01); o.Schedule = s; return o },
}

// absent are the trajectories that TestGoldenSteps does not follow. That of LARS is of a
// one-dimensional tensor, where the reference program has no trust ratio: it is momentum, with the
// first gradient twice in the velocity. That of Adafactor has its momentum in bfloat16. It divides
// the update by its root mean square where that is less than 1. The paper divides where it is more.
// TestGoldenSOAP follows those of SOAP.
var absent = []string{"LARS", "SOAP", "SOAP/3", "Adafactor"}

// trajectory is the path of a reference implementation.
type trajectory struct {
	Name   string
	Start  []float64 `json:"params0"`
	Rates  []float64 `json:"lr"`
	Grads  [][]float64
	Params [][]float64
	Eval   [][]float64 // the points for evaluation, which Iterate returns; nil if there are no others
}

// TestGoldenSteps wants errors of at most 1e-12, relative to the largest value that the coordinate
// has had: a rounding error of that value stays when the coordinate later passes 0.
func TestGoldenSteps(t *testing.T) {
	found := 0
	for _, name := range []string{"testdata/steps.json", "testdata/modern.json"} {
		var file struct{ Cases []trajectory }
		readJSON(t, name, &file)
		for _, c := range file.Cases {
			if slices.Contains(absent, c.Name) {
				continue
			}
			found++
			t.Run(c.Name, func(t *testing.T) {
				if golden[c.Name] == nil {
					t.Fatal("no optimizer for this trajectory")
				}
				c.follow(t, golden[c.Name](func(step int) float64 { return c.Rates[step] }))
			})
		}
	}
	if found != len(golden) {
		t.Errorf("%d trajectories, want %d", found, len(golden))
	}
}

// follow takes the steps of the trajectory with opt.
func (c *trajectory) follow(t *testing.T, opt Optimizer) {
	x, largest := slices.Clone(c.Start), make([]float64, len(c.Start))
	eval, largestEval := make([]float64, len(x)), make([]float64, len(x))
	for step, g := range c.Grads {
		opt.Step(x, g)
		compare(t, step, x, c.Params[step], largest)
		if c.Eval != nil {
			opt.(interface{ Iterate(dst, params []float64) }).Iterate(eval, x)
			compare(t, step, eval, c.Eval[step], largestEval)
		}
	}
}

// compare updates the largest values of each coordinate, and compares with the tolerance that they
// give.
func compare(t *testing.T, step int, got, want, largest []float64) {
	t.Helper()
	for i, w := range want {
		largest[i] = max(largest[i], math.Abs(w))
		if err := math.Abs(got[i] - w); !(err <= 1e-12*largest[i]) {
			t.Fatalf("step %d, coordinate %d: %v, want %v (error %.1e of %v)", step, i, got[i], w, err/largest[i], largest[i])
		}
	}
}
