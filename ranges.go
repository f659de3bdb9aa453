package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
)

// epsilon is the distance from 1 to the next float64.
const epsilon = 0x1p-52

var inf = math.Inf(1)

// name returns the name of the type of v, without the package if that is this one.
func name(v any) string {
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T", v), "*"), "optim.")
}

// constructor returns the names of the functions that make an optimizer of the type of opt.
func constructor(opt any) string {
	switch opt.(type) {
	case *Adam:
		return "NewAdam or NewAdamW"
	case *Average:
		return "NewAverage or NewExponentialAverage"
	case *QuasiNewton:
		return "NewBFGS, NewDFP or NewSR1"
	case *LeastSquares:
		return "NewLevenbergMarquardt or NewGaussNewton"
	}
	return "New" + name(opt)
}

// checkNotNil returns an error if v is nil or a nil pointer or function.
func checkNotNil(what string, v any) error {
	if v == nil {
		return fmt.Errorf("the %s is nil", what)
	}
	if isNil(v) {
		return fmt.Errorf("the %s is a nil %T", what, v)
	}
	return nil
}

// checkGiven panics if v is nil or a nil pointer or function.
func checkGiven(function, what string, v any) {
	if err := checkNotNil(what, v); err != nil {
		panic(failed(function, err).Error())
	}
}

// checkGenerator panics if rng is nil.
func checkGenerator(function string, rng *rand.Rand) {
	if rng == nil {
		panic(fmt.Sprintf("optim: %s: the generator is nil", function))
	}
}

// isNil returns whether v is a nil pointer or function.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return (r.Kind() == reflect.Pointer || r.Kind() == reflect.Func) && r.IsNil()
}

// checkNonNegative panics unless v is in [0, +Inf).
func checkNonNegative(rule, field string, v float64) {
	if !(0 <= v && v <= math.MaxFloat64) {
		outside(rule, field, v, "[0, +Inf)")
	}
}

// checkPositive panics unless v is in (0, +Inf).
func checkPositive(rule, field string, v float64) {
	if !(0 < v && v <= math.MaxFloat64) {
		outside(rule, field, v, "(0, +Inf)")
	}
}

// checkFraction panics unless v is in [0, 1).
func checkFraction(rule, field string, v float64) {
	if !(0 <= v && v < 1) {
		outside(rule, field, v, "[0, 1)")
	}
}

// checkOpenFraction panics unless v is in (0, 1).
func checkOpenFraction(rule, field string, v float64) {
	if !(0 < v && v < 1) {
		outside(rule, field, v, "(0, 1)")
	}
}

// checkUnit panics unless v is in [0, 1].
func checkUnit(rule, field string, v float64) {
	if !(0 <= v && v <= 1) {
		outside(rule, field, v, "[0, 1]")
	}
}

// checkAtLeast panics unless n ≥ least.
func checkAtLeast(rule, field string, n, least int) {
	if n < least {
		panic(fmt.Sprintf("optim: %s.%s = %d, want at least %d", rule, field, n, least))
	}
}

// outside panics. It is not inlined, so that the checks are.
//
//go:noinline
func outside(rule, field string, v float64, want string) {
	panic(fmt.Sprintf("optim: %s.%s = %v, want %s", rule, field, v, want))
}
