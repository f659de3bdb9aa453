package optim

import (
	"math"
	"strings"
	"testing"
)

// scipyFit are figures of scipy's curve_fit.
type scipyFit struct {
	Params, Errors []float64
	AtBound        []bool `json:"at_bound"`
}

// matches checks the fit with a Jacobian and by differences, to 8 digits. A parameter at its bound is
// exact.
func matches[X any](t *testing.T, name string, want scipyFit, model func(X, []float64) float64, xs []X, ys, start []float64, o FitOptions[X]) {
	t.Helper()
	for _, jacobian := range []func([]float64, X, []float64){o.Jacobian, nil} {
		o.Jacobian = jacobian
		f, err := FitCurve(model, xs, ys, start, &o)
		if err != nil || f.CovarianceErr != nil {
			t.Errorf("%s, Jacobian %t: %v, %v", name, jacobian != nil, err, f)
			continue
		}
		free := 0
		for j, p := range want.Params {
			near := func(got, want float64) bool { return math.Abs(got-want) <= 1e-8*math.Abs(want) }
			if want.AtBound[j] {
				near = func(got, want float64) bool { return got == want }
			} else {
				free++
			}
			if !near(f.Params[j], p) || !near(f.StandardErrors[j], want.Errors[j]) {
				t.Errorf("%s, Jacobian %t: parameter %d is %v ± %v, want %v ± %v", name, jacobian != nil, j, f.Params[j], f.StandardErrors[j], p, want.Errors[j])
			}
		}
		if f.DegreesOfFreedom != len(xs)-free {
			t.Errorf("%s: %d degrees of freedom, want %d", name, f.DegreesOfFreedom, len(xs)-free)
		}
	}
}

// TestFitScipy compares FitCurve with scipy's curve_fit, to 8 digits.
func TestFitScipy(t *testing.T) {
	var scipy struct {
		Scipy string
		Fits  map[string]scipyFit
	}
	readJSON(t, "testdata/curve_fit.json", &scipy)
	xs, ys, sigma := puromycin(t)
	years, calls := phones(t)
	misra := readNIST(t, "Misra1a")
	lossOf := map[string]func(float64) Loss{"huber": Huber, "soft_l1": SoftL1, "cauchy": Cauchy, "arctan": Arctan}
	for name, want := range scipy.Fits {
		set, kind, _ := strings.Cut(name, " ")
		loss := Loss{}
		if of := lossOf[strings.Fields(kind)[0]]; of != nil {
			loss = of(map[string]float64{"puromycin": 0.8, "phones": 1}[set])
		}
		absolute := strings.HasSuffix(kind, "absolute")
		switch set {
		case "puromycin":
			o := FitOptions[assay]{Sigma: sigma, AbsoluteSigma: absolute, Loss: loss, Jacobian: kineticsJacobian}
			switch {
			case kind == "plain":
				o.Sigma = nil
			case kind == "bounded absolute":
				o.Lower, o.Upper = []float64{0, 0, 0.065}, []float64{inf, 35, 1}
			case strings.HasSuffix(kind, "bounded"):
				o.Upper = []float64{155, inf, inf}
			}
			matches(t, name, want, kinetics, xs, ys, []float64{150, 30, 0.1}, o)
		case "phones":
			o := FitOptions[float64]{Loss: loss, Jacobian: callsJacobian, Lower: []float64{0, 0, 0}}
			matches(t, name, want, callsModel, years, calls, []float64{5, 0.08, 0.5}, o)
		case "Misra1a":
			o := FitOptions[[]float64]{Upper: []float64{230, 1}, Jacobian: func(dst, x, p []float64) { saturation(dst, p, x) }}
			matches(t, name, want, misra.model, misra.x, misra.y, []float64{220, 6e-4}, o)
		default:
			t.Errorf("no test for %s", name)
		}
	}
	if len(scipy.Fits) < 19 {
		t.Errorf("%d fits", len(scipy.Fits))
	}
}
