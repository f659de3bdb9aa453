package brent

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// counted returns f and a pointer to the number of its calls.
func counted(f func(float64) float64) (func(float64) float64, *int) {
	calls := new(int)
	return func(x float64) float64 { *calls++; return f(x) }, calls
}

// TestMinimize compares with known minima. The numbers of values are those of this implementation,
// so that a change of the algorithm changes them. A number of 0 is not checked: there f has other
// bits on other processors.
func TestMinimize(t *testing.T) {
	for _, c := range []struct {
		name       string
		f          func(float64) float64
		lo, x, hi  float64
		want, near float64
		calls      int
	}{
		{"parabola", func(x float64) float64 { return (x - 1) * (x - 1) }, -3, 0, 7, 1, 1e-8, 5},
		{"parabola from its minimum", func(x float64) float64 { return (x - 1) * (x - 1) }, -3, 1, 7, 1, 0, 4},
		{"mirrored parabola", func(x float64) float64 { return (x + 1) * (x + 1) }, -7, 0, 3, -1, 1e-8, 5},
		{"quartic", func(x float64) float64 { x -= 2; return x * x * x * x }, -5, 0, 10, 2, 1e-3, 17},
		{"absolute value", func(x float64) float64 { return math.Abs(x - 0.3) }, -1, 0, 1, 0.3, 2e-8, 26},
		{"cosine", math.Cos, 2, 3, 5, math.Pi, 2e-7, 0},
		{"lower end", func(x float64) float64 { return x }, 1, 1.5, 2, 1, 1e-7, 35},
		{"upper end", func(x float64) float64 { return -x }, 1, 1.5, 2, 2, 1e-7, 35},
		{"flat", func(float64) float64 { return 7 }, -1, 0.25, 1, 0.25, 2, 37},
		{"huge", func(x float64) float64 { return 1e250 * (x - 1e40) * (x / 1e80) }, -1e41, 0, 1e41, 5e39, 1e33, 35},
		{"tiny", func(x float64) float64 { return 1e-200 * (x - 1e-40) * x }, -1e-39, 0, 1e-39, 5e-41, 1e-47, 41},
		{"an edge of NaN", func(x float64) float64 {
			if x < 0.5 {
				return math.NaN()
			}
			return x + 0.25/(x-0.5)
		}, 0, 2, 4, 1, 1e-7, 13},
	} {
		f, calls := counted(c.f)
		x, fx := Minimize(f, c.lo, c.x, c.hi, c.f(c.x))
		if !(math.Abs(x-c.want) <= c.near) || fx != c.f(x) || !(fx <= c.f(c.x)) {
			t.Errorf("%s: f(%v) = %v, want a minimum at %v", c.name, x, fx, c.want)
		}
		if c.calls > 0 && *calls != c.calls {
			t.Errorf("%s: %d values, want %d", c.name, *calls, c.calls)
		}
	}
}

// localmin is the procedure of Brent's book, chapter 5, section 8, in its own order, from x on.
func localmin(f func(float64) float64, a, x, b, fx float64) {
	t := 1e-9 * (b - a)
	v, fv, w, fw := x, fx, x, fx
	var d, e float64
	for range maxIterations {
		m, tol := a+float64(0.5*(b-a)), float64(1.5e-8*math.Abs(x))+t
		if !(math.Abs(x-m) > 2*tol-float64(0.5*(b-a))) {
			return
		}
		p, q, r := 0.0, 0.0, 0.0
		if math.Abs(e) > tol {
			r = float64((x - w) * (fx - fv))
			q = float64((x - v) * (fx - fw))
			p = float64((x-v)*q) - float64((x-w)*r)
			q = 2 * (q - r)
			if q > 0 {
				p = -p
			} else {
				q = -q
			}
			r, e = e, d
		}
		if math.Abs(p) < math.Abs(float64(0.5*q*r)) && p > float64(q*(a-x)) && p < float64(q*(b-x)) {
			d = p / q
			u := x + d
			if u-a < 2*tol || b-u < 2*tol {
				d = math.Copysign(tol, m-x)
			}
		} else {
			if x < m {
				e = b - x
			} else {
				e = a - x
			}
			d = float64(0.3819660112501051 * e)
		}
		u := x + d
		if math.Abs(d) < tol {
			u = x + math.Copysign(tol, d)
		}
		fu := f(u)
		if fu <= fx {
			if u < x {
				b = x
			} else {
				a = x
			}
			v, fv, w, fw, x, fx = w, fw, x, fx, u, fu
			continue
		}
		if u < x {
			a = u
		} else {
			b = u
		}
		if fu <= fw || w == x {
			v, fv, w, fw = w, fw, u, fu
		} else if fu <= fv || v == x || v == w {
			v, fv = u, fu
		}
	}
}

// TestMinimizeIsLocalmin compares the points with those of the book, for values that are random. In
// the last script the step before the last one is exactly one tolerance long, which is too short
// for a parabola. Rounded values are often equal to each other. The start 0 is the middle of the interval.
func TestMinimizeIsLocalmin(t *testing.T) {
	for k := range uint64(201) {
		seed := k
		if k == 200 {
			seed = 116944
		}
		for _, rounded := range []bool{false, true} {
			for _, start := range []float64{0.1, 0} {
				points := func(minimize func(f func(float64) float64, a, x, b, fx float64)) (points []float64) {
					rng, level := rand.New(rand.NewPCG(1, seed)), 0.0
					minimize(func(x float64) float64 {
						points = append(points, x)
						if rng.IntN(2) == 0 {
							level--
							return level
						}
						if rounded {
							return level + float64(rng.IntN(3))
						}
						return level + rng.Float64()
					}, -1, start, 1, 0.5)
					return points
				}
				got := points(func(f func(float64) float64, a, x, b, fx float64) { Minimize(f, a, x, b, fx) })
				if want := points(localmin); !slices.Equal(got, want) {
					t.Fatalf("seed %d from %v: values at %v, want %v", seed, start, got, want)
				}
			}
		}
	}
}

// TestMinimizeStaysInside checks that no value is outside the interval, none is taken twice, and
// none is closer to the best point than the tolerance.
func TestMinimizeStaysInside(t *testing.T) {
	for name, f := range map[string]func(float64) float64{
		"smooth": func(x float64) float64 { return math.Exp(x) - 2*x },
		"kink":   func(x float64) float64 { return math.Abs(x-0.7) + x*x/10 },
		"waves":  func(x float64) float64 { return math.Cos(9*x) + x*x },
		"end":    func(x float64) float64 { return -x },
	} {
		const lo, hi = -1.0, 2.0
		best, least := 0.25, f(0.25)
		seen := map[float64]bool{best: true}
		x, fx := Minimize(func(u float64) float64 {
			if u < lo || u > hi || seen[u] {
				t.Errorf("%s: a value at %v, %t", name, u, seen[u])
			}
			if tol := 1.5e-8*math.Abs(best) + 3e-9; math.Abs(u-best) < tol*(1-1e-6) {
				t.Errorf("%s: a value at %v, %v from %v", name, u, u-best, best)
			}
			seen[u] = true
			if v := f(u); v <= least {
				best, least = u, v
			}
			return f(u)
		}, lo, best, hi, least)
		if x != best || fx != least {
			t.Errorf("%s: returns f(%v) = %v, the best was f(%v) = %v", name, x, fx, best, least)
		}
	}
}

// TestMinimizeEnds counts the values of a function without structure.
func TestMinimizeEnds(t *testing.T) {
	f, calls := counted(math.Sin)
	bits := func(x float64) float64 { return f(1e9 * x) }
	Minimize(bits, -1e300, 0, 1e300, 0)
	if *calls > maxIterations {
		t.Errorf("%d values", *calls)
	}
	f, calls = counted(func(float64) float64 { return math.NaN() })
	if x, fx := Minimize(f, -1, 0, 1, 3); x != 0 || fx != 3 || *calls > maxIterations {
		t.Errorf("f(%v) = %v after %d values that are NaN", x, fx, *calls)
	}
}

func TestBracket(t *testing.T) {
	for _, c := range []struct {
		name  string
		f     func(float64) float64
		a, b  float64
		calls int
	}{
		{"to the right", func(x float64) float64 { return (x - 100) * (x - 100) }, 0, 1, 9},
		{"to the left", func(x float64) float64 { return (x + 100) * (x + 100) }, 0, -1, 9},
		{"at once", func(x float64) float64 { return math.Abs(x - 1) }, 0, 1, 1},
		{"level", func(x float64) float64 { return max(-x, -2) }, 0, 1, 2},
		{"NaN", func(x float64) float64 { return math.Log(2.5 - x) }, 0, 1, 1},
	} {
		f, calls := counted(c.f)
		p, q, r, fq := Bracket(f, c.a, c.b, c.f(c.b))
		sign := math.Copysign(1, c.b-c.a)
		if !(sign*p < sign*q && sign*q < sign*r) || fq != c.f(q) || !(fq < c.f(p)) || c.f(r) < fq {
			t.Errorf("%s: %v, %v, %v, f = %v", c.name, p, q, r, fq)
		}
		if !(math.Abs((r-q)-1.618033988749895*(q-p)) <= 1e-12*math.Abs(r)) {
			t.Errorf("%s: from %v by %v to %v", c.name, q-p, r-q, r)
		}
		if *calls != c.calls {
			t.Errorf("%s: %d values, want %d", c.name, *calls, c.calls)
		}
	}
	for _, c := range []struct {
		name  string
		b     float64
		calls int
	}{
		{"falls for ever", 1, 100},
		{"falls to the end of the range", 1e300, 37},
		{"falls to the other end", -1e300, 37},
	} {
		f, calls := counted(func(x float64) float64 { return -math.Abs(x) })
		_, q, r, fq := Bracket(f, 0, c.b, -math.Abs(c.b))
		if q != r || fq != -math.Abs(q) || *calls != c.calls || math.IsInf(q, 0) {
			t.Errorf("%s: %v, %v, f = %v after %d values", c.name, q, r, fq, *calls)
		}
	}
}
