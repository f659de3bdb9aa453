package portable

import (
	"math"
	"testing"
)

const ulp = 0x1p-52

func TestAgainstMath(t *testing.T) {
	check := func(name string, a, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%s(%v) = %v, want %v", name, a, got, want)
		}
	}
	for i := range 4001 {
		r := float64(i) / 4000
		check("CosPi", r, CosPi(r), math.Cos(math.Pi*r), 2*ulp) // math's argument is rounded
		check("Log", 0.5+r, Log(0.5+r), math.Log(0.5+r), ulp)
		a := 1400*r - 700
		check("Exp", a, Exp(a), math.Exp(a), 2*ulp*math.Exp(a))
		check("Log", math.Exp(a), Log(math.Exp(a)), math.Log(math.Exp(a)), 2*ulp*math.Abs(a))
		for _, b := range []float64{0, 0.004, 0.5, 1, 1.7, 2, 3} {
			want := math.Pow(r, b)
			check("Pow", r, Pow(r, b), want, (2-b*math.Log(max(r, 1e-300)))*ulp*want)
		}
		want := math.Pow(0.999, float64(i))
		check("PowInt(0.999)", float64(i), PowInt(0.999, int64(i)), want, float64(1+i)*ulp*want)
	}
}

func TestExact(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{CosPi(0), 1}, {CosPi(0.5), 0}, {CosPi(1), -1},
		{Exp(0), 1}, {Exp(math.Inf(-1)), 0}, {Exp(math.Inf(1)), math.Inf(1)}, {Exp(math.NaN()), math.NaN()},
		{Log(1), 0}, {Log(2), math.Ln2},
		{Pow(0, 0), 1}, {Pow(0, 0.5), 0}, {Pow(0.5, 10), 0x1p-10}, {PowInt(0.5, 1<<40), 0},
	} {
		if c.got != c.want && !(c.got != c.got && c.want != c.want) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}
