package optim

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// roots is function 4, 5 or 6 of Moré and Thuente.
func roots(b1, b2 float64) func(t float64) (f, g float64) {
	weight := func(b float64) float64 { return math.Sqrt(1+float64(b*b)) - b }
	return func(t float64) (f, g float64) {
		u, v := math.Sqrt(float64((1-t)*(1-t))+float64(b2*b2)), math.Sqrt(float64(t*t)+float64(b1*b1))
		return float64(weight(b1)*u) + float64(weight(b2)*v), weight(b1)*(t-1)/u + weight(b2)*t/v
	}
}

// lineFunctions are functions of a length, with their slopes. The first six are those of J. J. Moré and D. J. Thuente, Line
// search algorithms with guaranteed sufficient decrease, 1994, section 5. One is concave, one has a kink, and one is flat.
// Eight have waves. The values and slopes of the last three at dyadic lengths are those of a condition or of another length.
// Products are converted, so that no processor fuses them.
var lineFunctions = []func(t float64) (f, g float64){
	func(t float64) (f, g float64) {
		square := float64(t * t)
		return -t / (square + 2), (square - 2) / (square + 2) / (square + 2)
	},
	func(t float64) (f, g float64) {
		u := t + 0.004
		return float64(u*u*u*u*u) - float64(2*u*u*u*u), float64(5*u*u*u*u) - float64(8*u*u*u)
	},
	func(t float64) (f, g float64) {
		switch {
		case t <= 0.99:
			f, g = 1-t, -1
		case t >= 1.01:
			f, g = t-1, 1
		default:
			f, g = (t-1)*(t-1)/0.02+0.005, (t-1)/0.01
		}
		const k = 39 * math.Pi / 2
		return f + float64(0.99/k*math.Sin(k*t)), g + float64(0.99*math.Cos(k*t))
	},
	roots(1e-3, 1e-3), roots(1e-2, 1e-3), roots(1e-3, 1e-2),
	func(t float64) (f, g float64) { return -t - float64(t*t), -1 - float64(2*t) },
	func(t float64) (f, g float64) { return math.Abs(t - 1./3), math.Copysign(1, t-1./3) },
	func(t float64) (f, g float64) {
		u := t - 1
		return float64(u*u*u*u) - float64(0.1*t), float64(4*u*u*u) - 0.1
	},
	ripples(1.2), ripples(1.7), ripples(2.2), ripples(2.7), ripples(3.2), ripples(3.7), ripples(4.2), ripples(4.7),
	func(t float64) (f, g float64) { return float64(t*t*t) - float64(4*t), float64(3*t*t) - 4 },
	func(t float64) (f, g float64) { return (t - 1) * (t - 1), 2 * (t - 1) },
	func(t float64) (f, g float64) {
		if t < 1 {
			return -t, -1
		}
		return -1 - float64((t-1)/4), -0.25
	},
}

// ripples is a parabola with a wave.
func ripples(phase float64) func(t float64) (f, g float64) {
	return func(t float64) (f, g float64) {
		sin, cos := math.Sincos(float64(7*t) + phase)
		return (t-1)*(t-1)/2 + float64(0.3*sin), t - 1 + float64(2.1*cos)
	}
}

// lengthsOf returns the lengths that ls tries, and whether it accepts the last one.
func lengthsOf(ls optimize.Linesearcher, function func(t float64) (f, g float64), start float64) (lengths []float64, found bool) {
	f, g := function(0)
	length := start
	ls.Init(f, g, start)
	for range maxTrials {
		lengths = append(lengths, length)
		f, g = function(length)
		op, next, err := ls.Iterate(f, g)
		if err != nil || op == optimize.MajorIteration {
			return lengths, err == nil
		}
		length = next
	}
	return lengths, false
}

// TestMoreThuente compares the lengths of line searches with those of dcsrch of MINPACK-2. If a search ends without a
// point, both try the best length again.
func TestMoreThuente(t *testing.T) {
	var rows []struct {
		Function                     int
		Decrease, Curvature, Longest float64
		Lengths                      []float64
		Converged                    bool
	}
	readJSON(t, "testdata/dcsrch.json", &rows)
	w := new(strongWolfe) // Init must forget the search before
	for _, row := range rows {
		w.decrease, w.curvature, w.longest = row.Decrease, row.Curvature, row.Longest
		t.Run(fmt.Sprintf("%d/%v/%v", row.Function, row.Decrease, row.Lengths[0]), func(t *testing.T) {
			got, found := lengthsOf(w, lineFunctions[row.Function-1], row.Lengths[0])
			if found != row.Converged || len(got) != len(row.Lengths) {
				t.Fatalf("found %v at %v, want %v at %v", found, got, row.Converged, row.Lengths)
			}
			for k, want := range row.Lengths {
				if !(math.Abs(got[k]-want) <= 1e-9*want) {
					t.Fatalf("lengths %v, want %v", got, row.Lengths)
				}
			}
		})
	}
}

// TestSigns has slopes of 0, which are positive, and lengths that are equally far from 0. As in dcsrch the second one of these
// is taken.
func TestSigns(t *testing.T) {
	for _, c := range []struct {
		a, b float64
		want bool
	}{{-1, 0, true}, {0, -1, true}, {0, 0, false}, {0, 1, false}, {1, 0, false}, {-1, 1, true}, {-1, -2, false}} {
		if turns(lineEnd{g: c.a}, lineEnd{g: c.b}) != c.want {
			t.Errorf("slopes %v and %v: %v", c.a, c.b, !c.want)
		}
	}
	if nearer(0, 1, -1) != -1 || farther(0, 1, -1) != -1 {
		t.Error("of equal distances the first one is taken")
	}
}

// TestHalvedLengths halves a length until the first Wolfe condition holds. f falls by 2⁻¹⁰ from 0 to 2⁻¹⁰, and nowhere else.
func TestHalvedLengths(t *testing.T) {
	narrow := func(t float64) (f, g float64) {
		if t == 0x1p-10 {
			return -0x1p-10, 0
		}
		return 0, -1
	}
	got, found := lengthsOf(new(backtracking), narrow, 1)
	if len(got) != 11 || got[1] != 0.5 || got[10] != 0x1p-10 || !found {
		t.Errorf("found %v at %v", found, got)
	}
	rising := func(t float64) (f, g float64) { return t, -1 }
	for _, start := range []float64{1e-20, 2e-20, 3e-20, 4e-20} {
		want := 1 + int(math.Log2(start/1e-20)) // the last length is at least 1e-20
		if got, found := lengthsOf(new(backtracking), rising, start); len(got) != want || found {
			t.Errorf("from %v: found %v at %v, want %d lengths", start, found, got, want)
		}
	}
	for _, decrease := range []float64{0.99e-4, 1e-4, 1.01e-4} {
		got, _ := lengthsOf(new(backtracking), func(t float64) (f, g float64) { return -decrease * t, -1 }, 0.25)
		if accepted := len(got) == 1; accepted != (decrease >= 1e-4) {
			t.Errorf("a decrease of %v of what the slope predicts: accepted %v", decrease, accepted)
		}
	}
}
