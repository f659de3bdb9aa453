package optim

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestCautious compares every rule that has the options Cautious and CautiousDecay with a textbook
// loop: the update of its oracle at x = 0, where the decay has no effect, and then the masks.
func TestCautious(t *testing.T) {
	schedule := func(step int) float64 { return 1 + 0.5*math.Sin(float64(step)) }
	seen := map[string]bool{}
	for _, row := range oracles {
		for _, options := range [][2]bool{{true, false}, {false, true}, {true, true}} {
			opt := row.make(schedule)
			v := reflect.ValueOf(opt).Elem()
			if v.Kind() != reflect.Struct || !v.FieldByName("Cautious").IsValid() {
				continue
			}
			masks, spares := options[0], options[1]
			v.FieldByName("Cautious").SetBool(masks)
			decay := 0.0
			if field := v.FieldByName("CautiousDecay"); field.IsValid() {
				field.SetBool(spares)
				decay = v.FieldByName("WeightDecay").Float()
			} else if spares {
				continue
			}
			seen[v.Type().Name()] = true
			checkCautious(t, row.name, opt, row.rule, schedule, decay, masks, spares)
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d rules with the option Cautious, want 8: %v", len(seen), seen)
	}
}

func checkCautious(t *testing.T, name string, opt Optimizer, rule func() oracle, schedule Schedule, decay float64, masks, spares bool) {
	t.Helper()
	const n = 50
	rng := rand.New(rand.NewPCG(3, 4))
	rules := make([]oracle, n)
	x, want, g, u := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		rules[i] = rule()
		x[i] = rng.NormFloat64()
		want[i] = x[i]
	}
	for step := range 40 {
		eta, agreeing := 0.1*schedule(step), 0.0
		for i := range g {
			g[i] = rng.NormFloat64() + 0.5
			if rng.IntN(5) == 0 {
				g[i] = 0
			}
			u[i] = rules[i](float64(step+1), eta, 0, g[i])
			if u[i] < 0 && g[i] > 0 || u[i] > 0 && g[i] < 0 {
				agreeing++
			}
		}
		for i := range want {
			keep, w := 1-eta*decay, 1.0
			if spares && (u[i] < 0 && want[i] < 0 || u[i] > 0 && want[i] > 0) {
				keep = 1
			}
			if masks {
				w = 0
				if u[i] < 0 && g[i] > 0 || u[i] > 0 && g[i] < 0 {
					w = n / max(agreeing, 1e-3*n)
				}
			}
			want[i] = keep*want[i] + w*u[i]
		}
		opt.Step(x, g)
		for i := range x {
			if !(math.Abs(x[i]-want[i]) <= 1e-11*max(1, math.Abs(want[i]))) {
				t.Fatalf("%s, Cautious %v, CautiousDecay %v: step %d, coordinate %d: %v, want %v", name, masks, spares, step, i, x[i], want[i])
			}
		}
	}
}

// TestCautiousNaN wants a NaN in the gradient to reach its parameter, and no other one.
func TestCautiousNaN(t *testing.T) {
	o, x := NewAdam(0.1), []float64{1, 2, 3}
	o.Cautious = true
	o.Step(x, []float64{1, math.NaN(), -1})
	if math.IsNaN(x[0]) || !math.IsNaN(x[1]) || math.IsNaN(x[2]) {
		t.Errorf("x = %v, want a NaN in coordinate 1 alone", x)
	}
}

// TestCautiousWithoutAgreement gives gradients against which no update moves. The factor n/k stays
// finite.
func TestCautiousWithoutAgreement(t *testing.T) {
	o, x := NewAdam(0.1), []float64{0, 0}
	o.Cautious = true
	o.Step(x, []float64{10, 10})
	before := x[0]
	o.Step(x, []float64{-0.01, -0.01}) // the mean of the gradients is still positive
	if x[0] != before || x[1] != before {
		t.Errorf("x = %v, want %v as before", x, before)
	}
}
