package optim

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

// modern are the rules with more options than one, and a function that changes the options of a rule
// before each step.
var modern = []struct {
	name   string
	make   func() Optimizer
	change func(opt Optimizer, step int)
}{
	{"AdEMAMix", func() Optimizer { return NewAdEMAMix(0.1) }, func(opt Optimizer, step int) {
		o := opt.(*AdEMAMix)
		o.Beta1, o.Beta2, o.Beta3 = pick(step, 0.9, 0, 0.5), pick(step, 0.9, 0.99, 0), pick(step/2, 0.999, 0, 0.5)
		o.Alpha, o.Warmup = pick(step, 0, 1, 5), 10*(step%3)
	}},
	{"Adan", func() Optimizer { return NewAdan(0.1) }, func(opt Optimizer, step int) {
		o := opt.(*Adan)
		o.Beta1, o.Beta2, o.Beta3 = pick(step, 0.9, 0, 0.5), pick(step, 0.9, 0.99, 0), pick(step/2, 0.999, 0, 0.5)
	}},
	{"LAMB", func() Optimizer { return NewLAMB(0.1) }, func(opt Optimizer, step int) {
		o := opt.(*LAMB)
		o.Beta1, o.Beta2, o.MaxNorm, o.Normalized = pick(step, 0.9, 0, 0.5), pick(step, 0.9, 0.99, 0), pick(step, 1, inf), step%2 == 0
	}},
	{"LARS", func() Optimizer { return NewLARS(0.1, 0.9) }, func(opt Optimizer, step int) {
		o := opt.(*LARS)
		o.Mu, o.WeightDecay = pick(step, 0, 0.9), pick(step, 0, 1, 2)
	}},
	{"Prodigy", func() Optimizer { return NewProdigy() }, func(opt Optimizer, step int) {
		o := opt.(*Prodigy)
		o.LearningRate, o.Beta1, o.Beta2, o.Growth = pick(step, 0, 1), pick(step, 0.9, 0, 0.5), pick(step, 0.9, 0.99, 0), pick(step, 1.5, inf)
		o.BiasCorrection, o.SafeguardWarmup = step%2 == 0, step%3 == 0
	}},
	{"GPAAdamW", func() Optimizer { return NewGPAAdamW(0.1, 0) }, func(opt Optimizer, step int) {
		o := opt.(*GPAAdamW)
		o.Beta1, o.Beta2, o.MuX, o.MuY = pick(step, 0.9, 0, 0.5), pick(step, 0.9, 0.99, 0), pick(step, 0, 0.9, 0.5), pick(step, 0.1, 0.9)
	}},
	{"AdamW", func() Optimizer { return NewAdamW(0.1, 0.1) }, func(opt Optimizer, step int) {
		o := opt.(*Adam)
		o.Cautious, o.CautiousDecay = step%2 == 1, step%3 == 1
	}},
	{"Muon", func() Optimizer { return NewMuon(0.1, 2, 3) }, func(opt Optimizer, step int) {
		o := opt.(*Muon)
		o.Mu, o.Nesterov, o.Iterations, o.MatchRMS = pick(step, 0, 0.4, 0.9), step%2 == 0, 1+step%6, step%3 == 0
	}},
	{"SOAP", func() Optimizer { return NewSOAP(0.1, 2, 3) }, func(opt Optimizer, step int) {
		o := opt.(*SOAP)
		o.Beta1, o.Beta2, o.Every = pick(step, 0.9, 0, 0.5), pick(step, 0.9, 0.99, 0), 1+step%4
	}},
	{"Shampoo", func() Optimizer { return NewShampoo(0.1, 2, 3) }, func(opt Optimizer, step int) {
		o := opt.(*Shampoo)
		o.Beta1, o.Beta2, o.Every = pick(step, 0.9, 0, 0.5), pick(step, 0.9, 0.99, 0), 1+step%4
	}},
	{"Adafactor", func() Optimizer { return NewAdafactor(0.1, 2, 3) }, func(opt Optimizer, step int) {
		o := opt.(*Adafactor)
		o.Beta1, o.ScaleParameter, o.RelativeStep = pick(step/2, 0, 0.9, 0.5), step%2 == 0, step%3 == 0
	}},
	{"Adafactor/vector", func() Optimizer { return NewAdafactor(0.1, 1, 6) }, func(opt Optimizer, step int) {
		opt.(*Adafactor).Beta1 = pick(step/2, 0, 0.9, 0.5)
	}},
}

func pick(step int, values ...float64) float64 { return values[step%len(values)] }

// TestChangedOptions changes options before each step, and saves and loads after each number of steps:
// alone, and within two wrappers.
func TestChangedOptions(t *testing.T) {
	const n, steps = 6, 24
	for _, row := range modern {
		for _, wrap := range []func(opt Optimizer) Optimizer{
			func(opt Optimizer) Optimizer { return opt },
			func(opt Optimizer) Optimizer { return NewAverage(NewLookahead(NewSkipNonFinite(opt, 1), 3, 0.5)) },
		} {
			run := func(k int) []float64 {
				inner, x, g := row.make(), []float64{1, -2, 3, 0.5, 1, 7}, make([]float64, n)
				opt := wrap(inner)
				for step := range steps {
					if step == k {
						var file bytes.Buffer
						must(t, Save(&file, x, opt))
						inner = row.make()
						opt = wrap(inner)
						clear(x)
						must(t, Load(&file, x, opt))
					}
					row.change(inner, step)
					for i := range g {
						g[i] = x[i] + math.Sin(float64(step*(i+3)))
					}
					opt.Step(x, g)
				}
				return x
			}
			want := run(-1)
			if !finite(want) {
				t.Errorf("%s: x = %v", row.name, want)
			}
			for k := range steps {
				if got := run(k); !sameBits(got, want) {
					t.Errorf("%s: %v after a save in step %d, want %v", row.name, got, k, want)
				}
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestExtremeGradients gives gradients that are zero at first, and gradients of extreme size. A rule
// without decay stays where it is while they are zero, and moves in the second step after them. Where
// the squares do not overflow, all parameters stay finite.
func TestExtremeGradients(t *testing.T) {
	for _, row := range modern {
		for _, scale := range []float64{1, 1e100, 1e-100, 1e-200, 5e-324} {
			opt, x, g := row.make(), []float64{1, -2, 3, 0.5, 1, 7}, make([]float64, 6)
			start := slices.Clone(x)
			for range 3 {
				opt.Step(x, g)
			}
			if row.name != "AdamW" && !slices.Equal(x, start) {
				t.Errorf("%s: zero gradients move x to %v", row.name, x)
			}
			for step := range 20 {
				before := slices.Clone(x)
				for i := range g {
					g[i] = scale * math.Sin(float64(1+7*i+step*i+step))
				}
				opt.Step(x, g)
				if scale == 1 && step == 1 && slices.Equal(x, before) {
					t.Errorf("%s: the second gradient that is not zero does not move x", row.name)
				}
			}
			if !finite(x) {
				t.Errorf("%s: x = %v after gradients of size %v", row.name, x, scale)
			}
		}
	}
}

// TestAdafactorUnevenRows gives one row of zeros beside one whose squares are almost too large: the
// quotient of the means underflows.
func TestAdafactorUnevenRows(t *testing.T) {
	o, x := NewAdafactor(0.1, 2, 2), []float64{1, 2, 3, 4}
	for range 3 {
		o.Step(x, []float64{1e153, -1e153, 0, 0})
		if !finite(x) || x[0] == 1 || x[2] != 3 || x[3] != 4 {
			t.Fatalf("x = %v", x)
		}
	}
}

// TestMatrixOverflow gives gradients whose products overflow after a first one whose products do not:
// the rules end with NaN instead of staying where they are.
func TestMatrixOverflow(t *testing.T) {
	for _, opt := range []Optimizer{NewSOAP(0.1, 2, 2), NewShampoo(0.1, 2, 2), NewAdafactor(0.1, 2, 2)} {
		x := make([]float64, 4)
		opt.Step(x, []float64{1, 2, 3, 5})
		for range 20 {
			opt.Step(x, []float64{1e200, -1e200, 1e200, 3e200})
		}
		if !math.IsNaN(x[0]) || !math.IsNaN(x[3]) {
			t.Errorf("%T: x = %v, want NaN", opt, x)
		}
	}
}
