package portable

import (
	"encoding/binary"
	"hash/fnv"
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
		check("Atan", 2*r, Atan(2*r), math.Atan(2*r), 1.5*ulp*math.Atan(2*r))
		check("Atan", math.Exp(a), Atan(math.Exp(a)), math.Atan(math.Exp(a)), 1.5*ulp*math.Atan(math.Exp(a)))
		// 2 ulp, and 1 ulp for math: it errs to the other side on s390x, where it is assembly.
		check("Log1p", r*r, Log1p(r*r), math.Log1p(r*r), 3*ulp*math.Log1p(r*r))
		check("Log1p", math.Exp(a), Log1p(math.Exp(a)), math.Log1p(math.Exp(a)), 3*ulp*math.Log1p(math.Exp(a)))
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
		{Log1p(0), 0}, {Log1p(1e-300), 1e-300}, {Log1p(math.Inf(1)), math.Inf(1)}, {Log1p(math.NaN()), math.NaN()},
		{Atan(0), 0}, {Atan(1), math.Pi / 4}, {Atan(math.Inf(1)), math.Pi / 2}, {Atan(1e-300), 1e-300}, {Atan(math.NaN()), math.NaN()},
		{Pow(0, 0), 1}, {Pow(0, 0.5), 0}, {Pow(0.5, 10), 0x1p-10}, {PowInt(0.5, 1<<40), 0},
	} {
		if c.got != c.want && !(c.got != c.got && c.want != c.want) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}

// TestDigests compares the bits of the results on fixed inputs. They must be the
// same on every processor. So are the inputs: no product in them is fused.
func TestDigests(t *testing.T) {
	for _, c := range []struct {
		name string
		want uint64
		f    func(r float64) float64 // for r in [0, 1]
	}{
		{"CosPi", 0x81477b2f83cdd4ea, CosPi},
		{"Exp", 0x0918d761cf517ed8, func(r float64) float64 { return Exp(800 * (float64(2*r) - 1)) }},
		{"Log near 1", 0x55c0507611406193, func(r float64) float64 { return Log(0.5 + r) }},
		{"Log", 0x4bbcb2c4da3f0488, func(r float64) float64 { return Log(math.Ldexp(0.5+r, int(2000*r)-1000)) }},
		{"Log1p", 0x64aa809298afeb38, func(r float64) float64 { return Log1p(float64(r * r)) }},
		{"Atan", 0x019d1d88dc426d66, func(r float64) float64 { return Atan(float64(4 * r)) }},
		{"Pow", 0x02db32b9726b8e3d, func(r float64) float64 { return Pow(r, 3*r) }},
		{"Pow 0.55", 0xc5fe14c4b65b3c4e, func(r float64) float64 { return Pow(1+float64(4000*r), 0.55) }},
		{"PowInt", 0x09655b958b91cbf5, func(r float64) float64 { return PowInt(r, int64(100*r)) }},
		{"PowInt 0.999", 0x36ac47585d4d6494, func(r float64) float64 { return PowInt(0.999, int64(4000*r)) }},
	} {
		hash := fnv.New64a()
		for i := range 4001 {
			binary.Write(hash, binary.LittleEndian, c.f(float64(i)/4000))
		}
		if got := hash.Sum64(); got != c.want {
			t.Errorf("%s: digest %#016x, want %#016x", c.name, got, c.want)
		}
	}
}
