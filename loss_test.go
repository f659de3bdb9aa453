package optim

import (
	"math"
	"testing"
)

// TestLossDefinitions compares the losses with their definitions, and the weight and the curvature
// with differences of the value.
func TestLossDefinitions(t *testing.T) {
	const c = 1.7
	rho := map[string]func(z float64) float64{
		"Huber": func(z float64) float64 {
			if z <= 1 {
				return z
			}
			return 2*math.Sqrt(z) - 1
		},
		"SoftL1": func(z float64) float64 { return 2 * (math.Sqrt(1+z) - 1) },
		"Cauchy": math.Log1p,
		"Arctan": math.Atan,
		"Tukey":  func(z float64) float64 { return (1 - math.Pow(max(1-z, 0), 3)) / 3 },
	}
	for name, loss := range losses {
		l := loss(c)
		for _, r := range []float64{0, 1e-3, -0.4, 1, -1.6, 1.8, 3, -25} {
			value, weight, curvature := l.At(r)
			if want := c * c / 2 * rho[name](r/c*r/c); !(math.Abs(value-want) <= 1e-13*(1+want)*0.1+1e-15) {
				t.Errorf("%v at %v: %v, want %v", l, r, value, want)
			}
			const h = 1e-5
			above, w, _ := l.At(r + h)
			below, w2, _ := l.At(r - h)
			if got, want := weight*r, (above-below)/(2*h); !(math.Abs(got-want) <= 1e-8) {
				t.Errorf("%v at %v: derivative %v, want %v", l, r, got, want)
			}
			if want := (w*(r+h) - w2*(r-h)) / (2 * h); !(math.Abs(curvature-want) <= 1e-8) {
				t.Errorf("%v at %v: curvature %v, want %v", l, r, curvature, want)
			}
		}
		if value, weight, curvature := l.At(1e-160); weight != 1 || curvature != 1 || value > 1e-300 {
			t.Errorf("%v next to 0: %v, %v, %v", l, value, weight, curvature)
		}
		for _, r := range []float64{1e9, 1e155, 1e300} {
			value, weight, curvature := l.At(r)
			if value != value || !(0 <= weight && weight <= 1) || !(math.Abs(curvature) <= 1) {
				t.Errorf("%v at %v: %v, %v, %v", l, r, value, weight, curvature)
			}
			if want := c * c / 2 * rho[name](r/c*(r/c)); name != "SoftL1" && r < 1e150 && !(math.Abs(value/want-1) <= 1e-14) {
				t.Errorf("%v at %v: %v, want %v", l, r, value, want)
			}
		}
		if value, _, _ := l.At(1e300); name == "Cauchy" && !(math.Abs(value/(c*c*(300*math.Ln10-math.Log(c)))-1) <= 1e-14) { // ½c²·2 log(r/c)
			t.Errorf("%v at 1e300: %v", l, value)
		}
		if got := message(func() { loss(-1) }); got != "optim: "+name+": scale = -1, want (0, +Inf)" {
			t.Error(got)
		}
		if got := message(func() { loss(0) }); got != "optim: "+name+": scale = 0, want (0, +Inf)" {
			t.Error(got)
		}
		if got := message(func() { loss(nan) }); got != "optim: "+name+": scale = NaN, want (0, +Inf)" {
			t.Error(got)
		}
		if got := l.String(); got != name+"(1.7)" {
			t.Error(got)
		}
	}
	if value, weight, curvature := (Loss{}).At(-3); value != 4.5 || weight != 1 || curvature != 1 || (Loss{}).String() != "Square" {
		t.Errorf("the square: %v, %v, %v", value, weight, curvature)
	}
	if value, weight, curvature := Huber(2).At(-2); value != 2 || weight != 1 || curvature != 1 {
		t.Errorf("Huber where z = 1: %v, %v, %v, want those of the square", value, weight, curvature)
	}
	o := rosenbrock()
	o.Loss = Huber(2)
	if got, want := o.String(), "LeastSquares(LearningRate 1, Damping 0.001, Loss Huber(2), 0 steps)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
