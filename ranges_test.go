package optim

import (
	"math"
	"testing"
)

// TestRangeEnds checks the last numbers inside and the first ones outside of every range.
func TestRangeEnds(t *testing.T) {
	const most, least = math.MaxFloat64, math.SmallestNonzeroFloat64
	before, after := math.Nextafter(1, 0), math.Nextafter(1, 2)
	for name, c := range map[string]struct {
		check           func(rule, field string, v float64)
		inside, outside []float64
	}{
		"[0, +Inf)": {checkNonNegative, []float64{0, math.Copysign(0, -1), most}, []float64{-least, inf, nan}},
		"(0, +Inf)": {checkPositive, []float64{least, most}, []float64{0, inf, nan}},
		"[0, 1)":    {checkFraction, []float64{0, before}, []float64{-least, 1, nan}},
		"(0, 1)":    {checkOpenFraction, []float64{least, before}, []float64{0, 1, nan}},
		"[0, 1]":    {checkUnit, []float64{0, 1}, []float64{-least, after, nan}},
		"[1, +Inf)": {checkDivisor, []float64{1, most}, []float64{before, inf, nan}},
		"a factor":  {checkFactor, []float64{0, most}, []float64{-least, inf, nan}},
		"a decay":   {checkDecay, []float64{0, 1}, []float64{-least, after, nan}},
		"η":         {func(rule, _ string, v float64) { checkEta(rule, v) }, []float64{0, most}, []float64{-least, inf, nan}},
	} {
		for _, v := range c.inside {
			if got := message(func() { c.check("A", "B", v) }); got != "no panic" {
				t.Errorf("%s: %v: %s", name, v, got)
			}
		}
		for _, v := range c.outside {
			if got := message(func() { c.check("A", "B", v) }); got == "no panic" {
				t.Errorf("%s: %v is inside", name, v)
			}
		}
	}
	for n, want := range map[int]bool{0: false, 1: true, math.MaxInt / 2: true, math.MaxInt/2 + 1: false} {
		if inside := message(func() { checkSteps("A", "B", n, 1) }) == "no panic"; inside != want {
			t.Errorf("%d steps: inside %v", n, inside)
		}
	}
	for _, v := range []float64{0, least, most, -most} {
		if !isFinite(v) || !finite([]float64{1, v}) {
			t.Errorf("%v is not finite", v)
		}
	}
	for _, v := range []float64{inf, -inf, nan} {
		if isFinite(v) || finite([]float64{1, v}) {
			t.Errorf("%v is finite", v)
		}
	}
}
