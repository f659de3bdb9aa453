package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// oracle is the textbook loop of a rule for one coordinate: x ← f(t, η, x, g) in step t = 1, 2, …
// with learning rate η. The closure has the state.
type oracle func(t, eta, x, g float64) float64

// oracles have each rule with each of its options. The goldens do not have all options.
var oracles = []struct {
	name string
	make func(s Schedule) Optimizer
	rule func() oracle
}{
	{"SGD", func(s Schedule) Optimizer { return made(&SGD{LearningRate: 0.1, Schedule: s}) }, func() oracle {
		return func(t, eta, x, g float64) float64 { return x - eta*g }
	}},
	{"Momentum", func(s Schedule) Optimizer {
		return made(&Momentum{LearningRate: 0.1, Mu: 0.8, Dampening: 0.3, Schedule: s})
	}, func() oracle {
		v := 0.0
		return func(t, eta, x, g float64) float64 {
			v = 0.8*v + 0.7*g
			if t == 1 {
				v = g
			}
			return x - eta*v
		}
	}},
	{"Momentum/inside", func(s Schedule) Optimizer {
		return made(&Momentum{LearningRate: 0.1, Mu: 0.8, Dampening: 0.3, RateInside: true, Schedule: s})
	}, func() oracle {
		v := 0.0
		return func(t, eta, x, g float64) float64 {
			v = 0.8*v + eta*0.7*g
			if t == 1 {
				v = eta * g
			}
			return x - v
		}
	}},
	{"Nesterov", func(s Schedule) Optimizer { return made(&Nesterov{LearningRate: 0.1, Mu: 0.8, Schedule: s}) }, func() oracle {
		v := 0.0
		return func(t, eta, x, g float64) float64 {
			v = 0.8*v + g
			return x - eta*(g+0.8*v)
		}
	}},
	{"AdaGrad", func(s Schedule) Optimizer {
		return made(&AdaGrad{LearningRate: 0.1, Epsilon: 1e-3, EpsilonRoot: 1e-2, Initial: 0.5, RateDecay: 0.1, Schedule: s})
	}, func() oracle {
		sum := 0.5
		return func(t, eta, x, g float64) float64 {
			sum += g * g
			return x - eta/(1+(t-1)*0.1)*g/(math.Sqrt(sum+1e-2)+1e-3)
		}
	}},
	{"AdaDelta", func(s Schedule) Optimizer {
		return made(&AdaDelta{LearningRate: 0.5, Rho: 0.8, Epsilon: 1e-3, Schedule: s})
	}, func() oracle {
		sum, u := 0.0, 0.0
		return func(t, eta, x, g float64) float64 {
			sum = 0.8*sum + 0.2*g*g
			d := math.Sqrt(u+1e-3) / math.Sqrt(sum+1e-3) * g
			u = 0.8*u + 0.2*d*d
			return x - eta/0.1*0.5*d
		}
	}},
	{"RMSProp", func(s Schedule) Optimizer {
		return made(&RMSProp{LearningRate: 0.1, Beta: 0.9, Epsilon: 1e-3, EpsilonRoot: 1e-2, Schedule: s})
	}, func() oracle { return rmsProp(false, 0) }},
	{"RMSProp/momentum", func(s Schedule) Optimizer {
		return made(&RMSProp{LearningRate: 0.1, Beta: 0.9, Epsilon: 1e-3, EpsilonRoot: 1e-2, Mu: 0.7, Schedule: s})
	}, func() oracle { return rmsProp(false, 0.7) }},
	{"RMSProp/centered", func(s Schedule) Optimizer {
		return made(&RMSProp{LearningRate: 0.1, Beta: 0.9, Epsilon: 1e-3, EpsilonRoot: 1e-2, Centered: true, Schedule: s})
	}, func() oracle { return rmsProp(true, 0) }},
	{"RMSProp/centered/momentum", func(s Schedule) Optimizer {
		return made(&RMSProp{LearningRate: 0.1, Beta: 0.9, Epsilon: 1e-3, EpsilonRoot: 1e-2, Mu: 0.7, Centered: true, Schedule: s})
	}, func() oracle { return rmsProp(true, 0.7) }},
	{"Adam", func(s Schedule) Optimizer {
		return made(&Adam{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, EpsilonRoot: 1e-2, WeightDecay: 0.3, Schedule: s})
	}, func() oracle { return adam(false) }},
	{"AMSGrad", func(s Schedule) Optimizer {
		return made(&AMSGrad{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, EpsilonRoot: 1e-2, WeightDecay: 0.3, Schedule: s})
	}, func() oracle { return adam(true) }},
	{"AdaMax", func(s Schedule) Optimizer {
		return made(&AdaMax{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, Schedule: s})
	}, func() oracle {
		m, u := 0.0, 0.0
		return func(t, eta, x, g float64) float64 {
			m = 0.8*m + 0.2*g
			u = math.Max(0.95*u, math.Abs(g)+1e-3)
			return x - eta/(1-math.Pow(0.8, t))*m/u
		}
	}},
	{"NAdam", func(s Schedule) Optimizer {
		return made(&NAdam{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, MomentumDecay: 0.02, Schedule: s})
	}, func() oracle {
		m, v, product := 0.0, 0.0, 1.0
		mu := func(t float64) float64 { return 0.8 * (1 - 0.5*math.Pow(0.96, t*0.02)) }
		return func(t, eta, x, g float64) float64 {
			m, v = 0.8*m+0.2*g, 0.95*v+0.05*g*g
			product *= mu(t)
			ahead := (1-mu(t))/(1-product)*g + mu(t+1)/(1-product*mu(t+1))*m
			return x - eta*ahead/(math.Sqrt(v/(1-math.Pow(0.95, t)))+1e-3)
		}
	}},
	{"RAdam", func(s Schedule) Optimizer {
		return made(&RAdam{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, EpsilonRoot: 1e-2, WeightDecay: 0.3, Schedule: s})
	}, func() oracle {
		m, v := 0.0, 0.0
		return func(t, eta, x, g float64) float64 {
			m, v = 0.8*m+0.2*g, 0.95*v+0.05*g*g
			x -= eta * 0.3 * x
			mhat, power := m/(1-math.Pow(0.8, t)), math.Pow(0.95, t)
			limit := 2/(1-0.95) - 1
			rho := limit - 2*t*power/(1-power)
			if rho <= 5 {
				return x - eta*mhat
			}
			r := math.Sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
			return x - eta*mhat*r*math.Sqrt(1-power)/(math.Sqrt(v+1e-2)+1e-3)
		}
	}},
	{"ADOPT", func(s Schedule) Optimizer {
		return made(&ADOPT{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, WeightDecay: 0.3, Schedule: s})
	}, func() oracle { return adopt(func(t float64) float64 { return math.Pow(t, 0.25) }) }},
	{"ADOPT/unclipped", func(s Schedule) Optimizer {
		return made(&ADOPT{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, WeightDecay: 0.3, Unclipped: true, Schedule: s})
	}, func() oracle { return adopt(func(float64) float64 { return inf }) }},
	{"AdaBelief", func(s Schedule) Optimizer {
		return made(&AdaBelief{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, EpsilonRoot: 1e-2, WeightDecay: 0.3, Schedule: s})
	}, func() oracle { return adaBelief(0.8, 0.95, 1e-3, 1e-2, 0.3) }},
	{"AdaBelief/defaults", func(s Schedule) Optimizer { o := NewAdaBelief(0.1); o.Schedule = s; return o }, func() oracle {
		return adaBelief(0.9, 0.999, 1e-16, 1e-16, 0)
	}},
	{"Rprop", func(s Schedule) Optimizer {
		return made(&Rprop{LearningRate: 0.1, Shrink: 0.4, Grow: 1.3, Min: 0.02, Max: 0.3, Schedule: s})
	}, func() oracle {
		d, before := 0.1, 0.0
		return func(t, eta, x, g float64) float64 {
			switch {
			case g*before > 0:
				d = math.Min(1.3*d, 0.3)
			case g*before < 0:
				d = math.Max(0.4*d, 0.02)
				g = 0
			}
			before = g
			switch {
			case g > 0:
				return x - eta/0.1*d
			case g < 0:
				return x + eta/0.1*d
			}
			return x
		}
	}},
	{"ScheduleFreeSGD", func(s Schedule) Optimizer {
		return made(&ScheduleFreeSGD{LearningRate: 0.1, Beta: 0.8, WeightDecay: 0.3, Schedule: s})
	}, func() oracle { return scheduleFreeRule(func(t, g float64) float64 { return g }) }},
	{"ScheduleFreeAdamW", func(s Schedule) Optimizer {
		return made(&ScheduleFreeAdamW{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 1e-3, WeightDecay: 0.3, Schedule: s})
	}, func() oracle {
		v := 0.0
		return scheduleFreeRule(func(t, g float64) float64 {
			v = 0.95*v + 0.05*g*g
			return g / (math.Sqrt(v/(1-math.Pow(0.95, t))) + 1e-3)
		})
	}},
	{"GPAAdamW", func(s Schedule) Optimizer {
		return made(&GPAAdamW{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, MuX: 0.9, MuY: 0.6, Epsilon: 1e-3, Schedule: s})
	}, func() oracle {
		x, z, divided := 0.0, 0.0, divided()
		return func(t, eta, y, g float64) float64 {
			if t == 1 {
				x, z = y, y
			}
			z -= eta * divided(t, g)
			x = 0.9*x + (1-0.9)*z
			return 0.6*x + (1-0.6)*z
		}
	}},
	{"GPAAdamW/decay", func(s Schedule) Optimizer {
		return made(&GPAAdamW{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, MuX: 0.9, MuY: 0.6, Epsilon: 1e-3, WeightDecay: 0.3, Schedule: s})
	}, func() oracle {
		z, divided := 0.0, divided()
		return func(t, eta, y, g float64) float64 {
			if t == 1 {
				z = y
			}
			u := divided(t, g)
			z -= eta * 0.3 * z
			y += (1-0.9)*(z-y) - eta*(1-0.9*0.6)*u
			z -= eta * u
			return y
		}
	}},
	{"AdEMAMix", func(s Schedule) Optimizer {
		return made(&AdEMAMix{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Beta3: 0.99, Alpha: 3, Epsilon: 1e-3, WeightDecay: 0.3, Schedule: s})
	}, func() oracle { return adEMAMix(0.8, func(float64) (a, b float64) { return 3, 0.99 }) }},
	{"AdEMAMix/warmup", func(s Schedule) Optimizer {
		return made(&AdEMAMix{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Beta3: 0.99, Alpha: 3, Warmup: 30, Epsilon: 1e-3, WeightDecay: 0.3, Schedule: s})
	}, func() oracle {
		return adEMAMix(0.8, func(t float64) (a, b float64) {
			if t >= 30 {
				return 3, 0.99
			}
			// The half-life 1/ln β grows linearly from that of β₁ to that of β₃.
			return 3 * t / 30, math.Exp(1 / ((1-t/30)/math.Log(0.8) + t/30/math.Log(0.99)))
		})
	}},
	{"AdEMAMix/no momentum", func(s Schedule) Optimizer {
		return made(&AdEMAMix{LearningRate: 0.1, Beta1: 0, Beta2: 0.95, Beta3: 0.99, Alpha: 3, Warmup: 30, Epsilon: 1e-3, WeightDecay: 0.3, Schedule: s})
	}, func() oracle {
		return adEMAMix(0, func(t float64) (a, b float64) { return 3 * math.Min(1, t/30), math.Pow(0.99, math.Max(1, 30/t)) })
	}},
	{"Adan", func(s Schedule) Optimizer {
		return made(&Adan{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.7, Beta3: 0.95, Epsilon: 1e-3, WeightDecay: 0.3, Schedule: s})
	}, func() oracle {
		m, u, v, before := 0.0, 0.0, 0.0, 0.0
		return func(t, eta, x, g float64) float64 {
			d := g - before
			if t == 1 {
				d = 0
			}
			before = g
			m, u, v = 0.8*m+0.2*g, 0.7*u+(1-0.7)*d, 0.95*v+0.05*(g+0.7*d)*(g+0.7*d)
			step := m/(1-math.Pow(0.8, t)) + 0.7*u/(1-math.Pow(0.7, t))
			return x - eta*0.3*x - eta*step/(math.Sqrt(v/(1-math.Pow(0.95, t)))+1e-3)
		}
	}},
	{"Lion", func(s Schedule) Optimizer {
		return made(&Lion{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, WeightDecay: 0.3, Schedule: s})
	}, func() oracle {
		m := 0.0
		return func(t, eta, x, g float64) float64 {
			c := 0.8*m + 0.2*g
			m = 0.95*m + 0.05*g
			sign := 0.0
			if c != 0 {
				sign = math.Copysign(1, c)
			}
			return x - eta*(sign+0.3*x)
		}
	}},
}

func rmsProp(centered bool, mu float64) oracle {
	s, m, b := 0.0, 0.0, 0.0
	return func(t, eta, x, g float64) float64 {
		s, m = 0.9*s+0.1*g*g, 0.9*m+0.1*g
		variance := s
		if centered {
			variance -= m * m
		}
		b = mu*b + g/(math.Sqrt(variance+1e-2)+1e-3)
		return x - eta*b
	}
}

// scheduleFreeRule is the rule of the paper, with three sequences.
func scheduleFreeRule(divided func(t, g float64) float64) oracle {
	x, z, top, sum := 0.0, 0.0, 0.0, 0.0
	return func(t, eta, y, g float64) float64 {
		if t == 1 {
			x, z = y, y
		}
		top = math.Max(top, eta)
		sum += top * top
		z -= eta * (divided(t, g) + 0.3*y)
		c := top * top / sum
		x = (1-c)*x + c*z
		return (1-0.8)*z + 0.8*x
	}
}

func adam(largest bool) oracle {
	m, v, w := 0.0, 0.0, 0.0
	return func(t, eta, x, g float64) float64 {
		m, v = 0.8*m+0.2*g, 0.95*v+0.05*g*g
		w = math.Max(w, v)
		if !largest {
			w = v
		}
		x -= eta * 0.3 * x
		return x - eta*m/(1-math.Pow(0.8, t))/(math.Sqrt(w/(1-math.Pow(0.95, t))+1e-2)+1e-3)
	}
}

// divided is the update of Adam, without the learning rate.
func divided() func(t, g float64) float64 {
	m, v := 0.0, 0.0
	return func(t, g float64) float64 {
		m, v = 0.8*m+0.2*g, 0.95*v+0.05*g*g
		return m / (1 - math.Pow(0.8, t)) / (math.Sqrt(v/(1-math.Pow(0.95, t))) + 1e-3)
	}
}

// adEMAMix has α and β₃ of step t.
func adEMAMix(beta1 float64, slow func(t float64) (a, b float64)) oracle {
	m, l, v := 0.0, 0.0, 0.0
	return func(t, eta, x, g float64) float64 {
		a, b := slow(t)
		m, l, v = beta1*m+(1-beta1)*g, b*l+(1-b)*g, 0.95*v+0.05*g*g
		step := (m + a*l) / (1 - math.Pow(beta1, t)) / (math.Sqrt(v/(1-math.Pow(0.95, t))) + 1e-3)
		return x - eta*0.3*x - eta*step
	}
}

func adopt(clip func(t float64) float64) oracle {
	m, v := 0.0, 0.0
	return func(t, eta, x, g float64) float64 {
		x -= eta * 0.3 * x
		if t == 1 {
			v = g * g
			return x
		}
		c := clip(t)
		d := math.Max(-c, math.Min(g/math.Max(math.Sqrt(v), 1e-3), c))
		m, v = 0.8*m+0.2*d, 0.95*v+0.05*g*g
		return x - eta*m
	}
}

func adaBelief(beta1, beta2, eps, root, decay float64) oracle {
	m, v := 0.0, 0.0
	return func(t, eta, x, g float64) float64 {
		m = beta1*m + (1-beta1)*g
		v = beta2*v + (1-beta2)*(g-m)*(g-m) + root
		x -= eta * decay * x
		return x - eta*m/(1-math.Pow(beta1, t))/(math.Sqrt(v/(1-math.Pow(beta2, t)))+eps)
	}
}

func TestOracles(t *testing.T) {
	schedule := func(step int) float64 { return 1 + 0.5*math.Sin(float64(step)) }
	const n = 40
	for _, row := range oracles {
		opt := row.make(schedule)
		rng := rand.New(rand.NewPCG(11, 12))
		rules := make([]oracle, n)
		x, want, size := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range x {
			rules[i] = row.rule()
			x[i] = rng.NormFloat64()
			want[i], size[i] = x[i], math.Abs(x[i])
		}
		g := make([]float64, n)
		for step := range 60 {
			for i := range g {
				g[i] = rng.NormFloat64() * math.Pow(10, float64(i%9-4))
				if rng.IntN(5) == 0 {
					g[i] = 0
				}
				want[i] = rules[i](float64(step+1), 0.1*schedule(step), want[i], g[i])
				size[i] = max(size[i], math.Abs(want[i]))
			}
			opt.Step(x, g)
			for i := range x {
				if !(math.Abs(x[i]-want[i]) <= 1e-12*size[i]) {
					t.Fatalf("%s: step %d, coordinate %d: %v, want %v", row.name, step, i, x[i], want[i])
				}
			}
		}
	}
}

// TestRpropByHand takes steps of 0.1, 0.12 and 0.144, then none when the sign changes, and then
// half of the last one.
func TestRpropByHand(t *testing.T) {
	opt, x := NewRprop(0.1), []float64{0}
	for i, c := range []struct{ g, move float64 }{{1, -0.1}, {1, -0.12}, {1, -0.144}, {-1, 0}, {1, -0.072}} {
		before := x[0]
		opt.Step(x, []float64{c.g})
		if !(math.Abs(x[0]-before-c.move) <= 1e-15) {
			t.Errorf("step %d moves by %v, want %v", i, x[0]-before, c.move)
		}
	}
	tiny := NewRprop(0.1) // the product of these gradients underflows
	x[0] = 0
	tiny.Step(x, []float64{1e-200})
	tiny.Step(x, []float64{1e-200})
	if !(math.Abs(x[0]+0.22) <= 1e-15) {
		t.Errorf("x = %v after two gradients of 1e-200, want -0.22", x[0])
	}
}

// TestRpropOneSize has one size for all steps: Min = Max.
func TestRpropOneSize(t *testing.T) {
	opt, x := NewRprop(1), []float64{0}
	opt.Min, opt.Max = 0.5, 0.5
	for step := 1; step <= 3; step++ {
		if opt.Step(x, []float64{-1}); x[0] != 0.5*float64(step) {
			t.Errorf("x = %v after %d steps of 0.5", x[0], step)
		}
	}
}

// TestAdamFirstStep checks that the first step is η·sign(g) for gradients of any size, which is the
// effect of the bias corrections.
func TestAdamFirstStep(t *testing.T) {
	for _, g := range []float64{1e-4, 1, 1e6, -1e100} {
		for _, opt := range []Optimizer{NewAdam(0.01), NewAMSGrad(0.01), NewAdaMax(0.01)} {
			x := []float64{0}
			opt.Step(x, []float64{g})
			if want := -math.Copysign(0.01, g); !(math.Abs(x[0]-want) <= 1e-3*0.01) {
				t.Errorf("%T: first step %v for g = %v, want %v", opt, x[0], g, want)
			}
		}
	}
}

// TestNAdamMomentumDecay assigns ψ between steps. Each step multiplies the power 0.96^(tψ) by
// 0.96^ψ of the present ψ.
func TestNAdamMomentumDecay(t *testing.T) {
	opt := NewNAdam(0.1)
	x, m, v, product, warmth := []float64{0}, 0.0, 0.0, 1.0, 1.0
	want := 0.0
	for step := range 20 {
		opt.MomentumDecay = 0.01 * float64(step/5)
		ratio := math.Pow(0.96, opt.MomentumDecay)
		warmth *= ratio
		mu, next := 0.9*(1-0.5*warmth), 0.9*(1-0.5*warmth*ratio)
		product *= mu
		g := math.Sin(float64(step))
		m, v = 0.9*m+0.1*g, 0.999*v+0.001*g*g
		ahead := (1-mu)/(1-product)*g + next/(1-product*next)*m
		want -= 0.1 * ahead / (math.Sqrt(v/(1-math.Pow(0.999, float64(step+1)))) + 1e-8)
		opt.Step(x, []float64{g})
		if !(math.Abs(x[0]-want) <= 1e-12) {
			t.Fatalf("step %d: %v, want %v", step, x[0], want)
		}
	}
}

// TestCenteredVariance repeats a gradient until s − m² is a rounding error of either sign.
func TestCenteredVariance(t *testing.T) {
	for _, g := range []float64{0.1, 1.0 / 3, -0.7} {
		opt := made(&RMSProp{LearningRate: 1e-3, Beta: 0.5, Epsilon: 1e-8, Centered: true})
		x := []float64{0}
		for range 300 {
			opt.Step(x, []float64{g})
		}
		if math.IsNaN(x[0]) {
			t.Errorf("NaN after 300 gradients of %v", g)
		}
	}
}

// TestNesterovConvex checks the bound 2L‖x₀−x*‖²/(k+1)² on a quadratic with eigenvalues from 1e-6
// to 1, and compares with gradient descent with the same rate.
func TestNesterovConvex(t *testing.T) {
	const n = 200
	lambda, distance := make([]float64, n), 0.0
	for i := range lambda {
		lambda[i] = math.Pow(1e-6, float64(i)/(n-1))
	}
	value := func(x []float64) float64 {
		sum := 0.0
		for i, l := range lambda {
			sum += l * x[i] * x[i] / 2
		}
		return sum
	}
	final := map[string]float64{}
	for name, opt := range map[string]Optimizer{"Nesterov": made(&Nesterov{LearningRate: 1, Convex: true}), "SGD": NewSGD(1)} {
		x, g, w := make([]float64, n), make([]float64, n), make([]float64, n)
		fill(x, 1)
		distance = n
		for k := 1; k <= 2000; k++ {
			for i, l := range lambda {
				g[i] = l * x[i]
			}
			opt.Step(x, g)
			if accelerated, ok := opt.(*Nesterov); ok {
				accelerated.Iterate(w, x)
				if bound := 2 * distance / float64((k+1)*(k+1)); !(value(w) <= bound) {
					t.Fatalf("step %d: f = %v above the bound %v", k, value(w), bound)
				}
			}
		}
		final[name] = value(x)
	}
	if !(final["Nesterov"] < 1e-2*final["SGD"]) {
		t.Errorf("after 2000 steps: accelerated %v, gradient descent %v", final["Nesterov"], final["SGD"])
	}
}

// TestNesterovCoasts has a zero gradient after some steps. The method does not restart: x moves on.
func TestNesterovCoasts(t *testing.T) {
	o, x := NewNesterov(0.1, 0), []float64{0}
	o.Convex = true
	for range 5 {
		o.Step(x, []float64{-1})
	}
	before, velocity := x[0], o.v[0]
	if o.Step(x, []float64{0}); o.v[0] != velocity*4/7 || !(x[0] > before) { // μ₅ = 4/7
		t.Errorf("v = %v after %v, x = %v after %v", o.v[0], velocity, x[0], before)
	}
}

// TestNesterovRestarts compares with the form of the method with two sequences, w ← x − η∇f(x) and
// x ← w + μ(w − w′) with w′ the last w, which restarts if the move from w′ to w is uphill.
func TestNesterovRestarts(t *testing.T) {
	opt := made(&Nesterov{LearningRate: 1, Convex: true})
	lambda := []float64{1, 0.1, 0.01}
	x, g, iterate := []float64{1, 1, 1}, make([]float64, 3), make([]float64, 3)
	y, w, k, restarts := []float64{1, 1, 1}, []float64{1, 1, 1}, 0, 0
	for step := range 600 {
		for i, l := range lambda {
			g[i] = l * x[i]
		}
		opt.Step(x, g)

		uphill := 0.0
		for i, l := range lambda {
			uphill += l * y[i] * (y[i] - l*y[i] - w[i])
		}
		k++
		if uphill > 0 {
			k = 1
			restarts++
		}
		for i, l := range lambda {
			next := y[i] - l*y[i]
			y[i], w[i] = next+float64(k-1)/float64(k+2)*(next-w[i]), next
		}
		opt.Iterate(iterate, x)
		for i := range x {
			if !(math.Abs(x[i]-y[i]) <= 1e-12) || !(math.Abs(iterate[i]-w[i]) <= 1e-12) {
				t.Fatalf("step %d: look-ahead %v and iterate %v, want %v and %v", step, x, iterate, y, w)
			}
		}
	}
	if restarts < 3 || !(math.Abs(x[2]) <= 1e-8) {
		t.Errorf("%d restarts, x = %v", restarts, x)
	}
}

// TestNesterovIterate compares Iterate with the sequence w of that form.
func TestNesterovIterate(t *testing.T) {
	opt := NewNesterov(0.1, 0.9)
	x, y, w, dst := []float64{1}, 1.0, 1.0, []float64{0}
	opt.Iterate(dst, x)
	if dst[0] != 1 {
		t.Errorf("iterate %v before the first step, want 1", dst[0])
	}
	for step := range 50 {
		opt.Step(x, []float64{2 * x[0]})
		before := w
		w = y - 0.1*2*y
		y = w + 0.9*(w-before)
		opt.Iterate(dst, x)
		if !(math.Abs(dst[0]-w) <= 1e-14) || !(math.Abs(x[0]-y) <= 1e-14) {
			t.Fatalf("step %d: iterate %v and look-ahead %v, want %v and %v", step, dst[0], x[0], w, y)
		}
	}
}

// TestIterateLengths gives Iterate other lengths, before the first step and after it.
func TestIterateLengths(t *testing.T) {
	for _, opt := range []interface {
		Optimizer
		Iterate(dst, params []float64)
	}{NewNesterov(0.1, 0.9), NewScheduleFreeSGD(0.1), NewScheduleFreeAdamW(0.1, 0), NewGPAAdamW(0.1, 0)} {
		refused := func(dst, params, want int) {
			got := message(func() { opt.Iterate(make([]float64, dst), make([]float64, params)) })
			if want := fmt.Sprintf("optim: %s.Iterate: len(dst) = %d, len(params) = %d, want %d", name(opt), dst, params, want); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		refused(2, 1, 1)
		opt.Iterate(make([]float64, 5), make([]float64, 5))
		opt.Step(make([]float64, 3), make([]float64, 3))
		refused(2, 3, 3)
		refused(3, 2, 3)
		refused(2, 2, 3)
	}
}

// TestScheduleFreeIterate compares Iterate with the average x of the points z.
func TestScheduleFreeIterate(t *testing.T) {
	sgd, adamW := NewScheduleFreeSGD(0.5), NewScheduleFreeAdamW(0.1, 0)
	for name, opt := range map[string]interface {
		Optimizer
		Iterate(dst, params []float64)
	}{"SGD": sgd, "AdamW": adamW} {
		y, iterate, x, before := []float64{3}, []float64{0}, 3.0, 0.0
		opt.Iterate(iterate, y)
		if iterate[0] != 3 {
			t.Errorf("%s: %v before the first step", name, iterate)
		}
		for step := 1; step <= 100; step++ {
			opt.Step(y, []float64{y[0] - 1})
			z := sgd.z
			if name == "AdamW" {
				z = adamW.z
			}
			x += (z[0] - x) / float64(step)
			opt.Iterate(iterate, y)
			if !(math.Abs(iterate[0]-x) <= 1e-13) || !(math.Abs(y[0]-(0.1*z[0]+0.9*x)) <= 1e-13) {
				t.Fatalf("%s: step %d: iterate %v, want %v", name, step, iterate[0], x)
			}
			before = iterate[0]
		}
		if !(math.Abs(before-1) <= 0.2) {
			t.Errorf("%s: at %v after 100 steps, want 1", name, before)
		}
	}
}
