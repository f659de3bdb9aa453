package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// wholeOracle is the textbook loop of a rule that reads the whole gradient: it changes x in step t
// = 1, 2, … with learning rate η. The closure has the state.
type wholeOracle func(t, eta float64, x, g []float64)

var wholeOracles = []struct {
	name string
	make func(s Schedule) Optimizer
	rule func() wholeOracle
}{
	{"LAMB", func(s Schedule) Optimizer {
		return made(&LAMB{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, MaxNorm: inf, WeightDecay: 0.3, Schedule: s})
	}, func() wholeOracle { return lamb(inf, false) }},
	{"LAMB/limit", func(s Schedule) Optimizer {
		return made(&LAMB{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, MaxNorm: 0.5, WeightDecay: 0.3, Schedule: s})
	}, func() wholeOracle { return lamb(0.5, false) }},
	{"LAMB/normalized", func(s Schedule) Optimizer {
		return made(&LAMB{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, MaxNorm: inf, Normalized: true, WeightDecay: 0.3, Schedule: s})
	}, func() wholeOracle { return lamb(inf, true) }},
	{"LARS", func(s Schedule) Optimizer {
		return made(&LARS{LearningRate: 0.1, Mu: 0.8, Trust: 0.02, WeightDecay: 0.3, Schedule: s})
	}, func() wholeOracle {
		v := make([]float64, wholeLength)
		return func(t, eta float64, x, g []float64) {
			q := 0.02 * floats.Norm(x, 2) / (floats.Norm(g, 2) + 0.3*floats.Norm(x, 2))
			for i := range x {
				v[i] = 0.8*v[i] + q*(g[i]+0.3*x[i])
				x[i] -= eta * v[i]
			}
		}
	}},
	{"Prodigy", func(s Schedule) Optimizer {
		return made(&Prodigy{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, WeightDecay: 0.3, Initial: 1e-2, Coefficient: 2, Growth: 1.1, Schedule: s})
	}, func() wholeOracle { return prodigy(false, false) }},
	{"Prodigy/options", func(s Schedule) Optimizer {
		return made(&Prodigy{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, WeightDecay: 0.3, Initial: 1e-2, Coefficient: 2, Growth: 1.1,
			BiasCorrection: true, SafeguardWarmup: true, Schedule: s})
	}, func() wholeOracle { return prodigy(true, true) }},
}

// wholeLength is the number of parameters.
const wholeLength = 12

func lamb(limit float64, normalized bool) wholeOracle {
	m, v, r := make([]float64, wholeLength), make([]float64, wholeLength), make([]float64, wholeLength)
	return func(t, eta float64, x, g []float64) {
		for i := range x {
			x[i] *= 1 - eta*0.3
			m[i], v[i] = 0.8*m[i]+0.2*g[i], 0.95*v[i]+0.05*g[i]*g[i]
			r[i] = m[i] / (math.Sqrt(v[i]) + 1e-3)
		}
		trust := math.Min(floats.Norm(x, 2), limit) / (floats.Norm(r, 2) + 1e-3)
		if !normalized {
			trust /= 1 - math.Pow(0.8, t)
		}
		for i := range x {
			x[i] -= eta * trust * r[i]
		}
	}
}

func prodigy(bias, safeguard bool) wholeOracle {
	s, m, v := make([]float64, wholeLength), make([]float64, wholeLength), make([]float64, wholeLength)
	var start []float64
	const first = 1e-2
	d, top, a := first, first, 0.0
	return func(t, eta float64, x, g []float64) {
		if start == nil {
			start = append(start, x...)
		}
		gamma, part := d*eta, 0.0
		if bias {
			gamma *= math.Sqrt(1-math.Pow(0.95, t)) / (1 - math.Pow(0.8, t))
		}
		sum, before := 0.0, d
		for i := range x {
			part += g[i] * (start[i] - x[i])
			if safeguard {
				s[i] = math.Sqrt(0.95)*s[i] + d*d/first*g[i]
			} else {
				s[i] = math.Sqrt(0.95)*s[i] + d*gamma/first*g[i]
			}
			sum += math.Abs(s[i])
		}
		a = math.Sqrt(0.95)*a + d*gamma/first*part
		top = math.Max(top, 2*a/sum)
		d = math.Max(d, math.Min(top, 1.1*d))
		for i := range x {
			m[i], v[i] = 0.8*m[i]+0.2*before*g[i], 0.95*v[i]+0.05*before*before*g[i]*g[i]
			x[i] -= gamma*0.3*x[i] + gamma*m[i]/(math.Sqrt(v[i])+d*1e-3)
		}
	}
}

func TestWholeOracles(t *testing.T) {
	schedule := func(step int) float64 { return 1 + 0.5*math.Sin(float64(step)) }
	for _, row := range wholeOracles {
		opt, rule := row.make(schedule), row.rule()
		rng := rand.New(rand.NewPCG(11, 12))
		x, want, size, g := make([]float64, wholeLength), make([]float64, wholeLength), make([]float64, wholeLength), make([]float64, wholeLength)
		for i := range x {
			x[i] = rng.NormFloat64()
			want[i] = x[i]
		}
		for step := range 60 {
			for i := range g {
				g[i] = want[i] + rng.NormFloat64()*math.Pow(10, float64(i%5-2))
			}
			rule(float64(step+1), 0.1*schedule(step), want, g)
			opt.Step(x, g)
			for i := range x {
				size[i] = max(size[i], math.Abs(want[i]))
				if !(math.Abs(x[i]-want[i]) <= 1e-12*size[i]) {
					t.Fatalf("%s: step %d, coordinate %d: %v, want %v", row.name, step, i, x[i], want[i])
				}
			}
		}
	}
}

// TestTrustRatioOfZero wants a trust ratio of 1 where a norm is 0.
func TestTrustRatioOfZero(t *testing.T) {
	lamb, x := NewLAMB(0.1), []float64{0, 0}
	lamb.Step(x, []float64{3, -4})
	// m/√v is √10 times the sign of g in the first step, and 1/(1−β₁) is 10.
	if want := 0.1 * 10 * 0.1 / math.Sqrt(0.001); !(math.Abs(x[0]+want) <= 1e-3) || !(math.Abs(x[1]-want) <= 1e-3) {
		t.Errorf("LAMB moves from 0 to %v, want ±%v", x, want)
	}
	x = []float64{1, 2}
	NewLAMB(0.1).Step(x, []float64{0, 0})
	if x[0] != 1 || x[1] != 2 {
		t.Errorf("LAMB moves to %v with a zero gradient", x)
	}
	x = []float64{0, 0}
	NewLARS(0.1, 0.9).Step(x, []float64{3, -4})
	if !(math.Abs(x[0]+0.3) <= 1e-15) || !(math.Abs(x[1]-0.4) <= 1e-15) {
		t.Errorf("LARS moves from 0 to %v, want (-0.3, 0.4)", x)
	}
	x = []float64{1, 2}
	NewLARS(0.1, 0.9).Step(x, []float64{0, 0})
	if x[0] != 1 || x[1] != 2 {
		t.Errorf("LARS moves to %v with a zero gradient", x)
	}
}

// TestProdigyWithoutRate has a step with the learning rate 0. It leaves the estimates as they are, as the program of the
// authors does.
func TestProdigyWithoutRate(t *testing.T) {
	const pause = 10
	o := NewProdigy()
	o.Growth = 1.02
	o.Schedule = func(t int) float64 {
		if t == pause {
			return 0
		}
		return 1
	}
	x := []float64{9}
	for step := range pause + 2 {
		d, s, total := o.d, slices.Clone(o.s), o.total
		o.Step(x, []float64{1})
		if same := o.d == d && slices.Equal(o.s, s) && o.total == total; same != (step == pause) {
			t.Errorf("step %d: d = %v after %v", step, o.d, d)
		}
	}
}

// TestProdigyFindsTheDistance minimises Σ|xᵢ − 3| from 0. The estimate d must reach the size of the
// distance from any d₀, and not exceed the distance ‖x₀ − x*‖∞ by much.
func TestProdigyFindsTheDistance(t *testing.T) {
	for _, first := range []float64{1e-8, 1e-4, 1e-1} {
		o := NewProdigy()
		o.Initial = first
		x, g := make([]float64, 5), make([]float64, 5)
		for range 500 {
			for i := range x {
				g[i] = math.Copysign(1, x[i]-3)
			}
			o.Step(x, g)
		}
		if d := o.Distance(); !(0.3 < d && d < 6) {
			t.Errorf("from d₀ = %v: d = %v, want about 3", first, d)
		}
	}
}
