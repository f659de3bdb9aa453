package optim

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"example.com/optim/internal/kernel"
)

// proxRow is a Prox of this package for n parameters, with a textbook computation.
type proxRow struct {
	name     string
	make     func(n int) Prox
	textbook func(v []float64, eta float64) []float64
	tied     bool // a NaN in one coordinate makes all of them NaN
}

var proxes = []proxRow{
	{"box", func(n int) Prox { return ProxBox(ramp(n, -1), ramp(n, 0.5)) }, func(v []float64, _ float64) []float64 {
		lower, upper := ramp(len(v), -1), ramp(len(v), 0.5)
		return each(v, func(i int, v float64) float64 { return math.Min(math.Max(v, lower[i]), upper[i]) })
	}, false},
	{"lower", func(n int) Prox { return ProxBox(ramp(n, -1), []float64{2}) }, func(v []float64, _ float64) []float64 {
		lower := ramp(len(v), -1)
		return each(v, func(i int, v float64) float64 { return math.Min(math.Max(v, lower[i]), 2) })
	}, false},
	{"upper", func(n int) Prox { return ProxBox(nil, []float64{-0.5}) }, func(v []float64, _ float64) []float64 {
		return each(v, func(_ int, v float64) float64 { return math.Min(v, -0.5) })
	}, false},
	{"non-negative", func(int) Prox { return ProxNonNegative() }, func(v []float64, _ float64) []float64 {
		return each(v, func(_ int, v float64) float64 { return math.Max(v, 0) })
	}, false},
	{"L1", func(int) Prox { return ProxL1(0.5) }, func(v []float64, eta float64) []float64 {
		return each(v, func(_ int, v float64) float64 { return threshold(v, eta*0.5) })
	}, false},
	{"L2", func(int) Prox { return ProxL2(0.5) }, func(v []float64, eta float64) []float64 {
		return each(v, func(_ int, v float64) float64 { return v / (1 + eta*0.5) })
	}, false},
	{"elastic net", func(int) Prox { return ProxElasticNet(0.25, 3) }, func(v []float64, eta float64) []float64 {
		return each(v, func(_ int, v float64) float64 { return threshold(v, eta*0.25) / (1 + eta*3) })
	}, false},
	{"norm", func(int) Prox { return ProxGroup(0.5) }, func(v []float64, eta float64) []float64 {
		return slices.Concat(softNorm(v, eta*0.5))
	}, true},
	{"groups of one", func(int) Prox { return ProxGroup(0.5, 1) }, func(v []float64, eta float64) []float64 {
		return each(v, func(_ int, v float64) float64 { return threshold(v, eta*0.5) })
	}, false},
	{"simplex", func(int) Prox { return ProxSimplex(1.5) }, func(v []float64, _ float64) []float64 { return ontoSimplex(v, 1.5) }, true},
	{"L1 ball", func(int) Prox { return ProxBallL1(1.5) }, func(v []float64, _ float64) []float64 {
		abs := each(v, func(_ int, v float64) float64 { return math.Abs(v) })
		if total, _ := exactSum(abs).Float64(); total <= 1.5 {
			return v
		}
		p := ontoSimplex(abs, 1.5)
		return each(v, func(i int, v float64) float64 { return math.Copysign(p[i], v) })
	}, true},
	{"L2 ball", func(int) Prox { return ProxBallL2(1.5) }, func(v []float64, _ float64) []float64 {
		norm := exactNorm(v)
		if norm <= 1.5 {
			return v
		}
		return each(v, func(_ int, v float64) float64 { return v * (1.5 / norm) })
	}, true},
}

// ramp returns from + k/4, where k is i modulo 7: no divisor of the length of a block.
func ramp(n int, from float64) []float64 {
	return each(make([]float64, n), func(i int, _ float64) float64 { return from + float64(i%7)/4 })
}

func each(v []float64, f func(i int, v float64) float64) []float64 {
	p := make([]float64, len(v))
	for i, v := range v {
		p[i] = f(i, v)
	}
	return p
}

func threshold(v, shift float64) float64 { return math.Copysign(math.Max(math.Abs(v)-shift, 0), v) }

// softNorm is the prox of shift·‖v‖.
func softNorm(v []float64, shift float64) []float64 {
	norm := exactNorm(v)
	return each(v, func(_ int, v float64) float64 {
		if norm <= shift {
			return 0
		}
		return v - v*(shift/norm)
	})
}

const precision = 2200 // bits of the exact sums: more than the range of float64

func exactSum(v []float64) *big.Float {
	total := new(big.Float).SetPrec(precision)
	for _, v := range v {
		total.Add(total, big.NewFloat(v))
	}
	return total
}

// exactNorm returns the correctly rounded ‖v‖, or NaN or +Inf.
func exactNorm(v []float64) float64 {
	squares := new(big.Float).SetPrec(2 * precision)
	for _, v := range v {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return math.Abs(v)
		}
		x := new(big.Float).SetPrec(precision).SetFloat64(v)
		squares.Add(squares, x.Mul(x, x))
	}
	norm, _ := squares.Sqrt(squares).Float64()
	return norm
}

// ontoSimplex is the algorithm of Duchi and others, figure 1, with a sort and exact sums.
func ontoSimplex(v []float64, total float64) []float64 {
	sorted := slices.Clone(v)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	var tau *big.Float
	partial := new(big.Float).SetPrec(precision).SetFloat64(-total)
	for i, u := range sorted {
		if math.IsInf(u, -1) {
			break
		}
		partial.Add(partial, big.NewFloat(u))
		t := new(big.Float).SetPrec(precision).Quo(partial, big.NewFloat(float64(i+1)))
		if t.Cmp(big.NewFloat(u)) < 0 {
			tau = t
		}
	}
	return each(v, func(_ int, v float64) float64 {
		if math.IsInf(v, -1) || tau == nil {
			return 0
		}
		p, _ := new(big.Float).SetPrec(precision).Sub(big.NewFloat(v), tau).Float64()
		return math.Max(p, 0)
	})
}

// proxVectors returns random vectors, and vectors with ties, zeros, and large and small numbers.
func proxVectors(rng *rand.Rand) [][]float64 {
	vectors := [][]float64{{}, {0}, {7}, {-7}, {1.5}, {-0.25}, {0, 0, 0}, {math.Copysign(0, -1), 0}, {1, 1, 1, 1, 1}, {-2, -2, 2, 2}, {0.5, 0.5, 0.5},
		{1e300, -1e300, 1}, {1e-300, -1e-300, 0}, {1e16, 1e16, 1e16 - 2}, {5e-324, 1}, {-1e308, 1e307}, {3, -1, 1e-9, 2.9999999}}
	for _, n := range []int{1, 2, 3, 8, 33, 700, 9000} {
		for _, scale := range []float64{1e-3, 1, 1e3} {
			v := make([]float64, n)
			for i := range v {
				v[i] = scale * (float64(4*rng.Float64()) - 2) // the same bits on every processor
				if rng.IntN(4) == 0 {
					v[i] = math.Round(v[i])
				}
			}
			vectors = append(vectors, v)
		}
	}
	return vectors
}

// TestProxes compares with the textbook computations. The error of an operation of the textbook is
// relative to v, or to the sum or radius where that is larger.
func TestProxes(t *testing.T) {
	for _, row := range proxes {
		for _, v := range proxVectors(seeded()) {
			for _, eta := range []float64{0.5, 2} {
				p := row.make(len(v))
				got := slices.Clone(v)
				p.Apply(got, eta)
				want := row.textbook(v, eta)
				for i := range v {
					if diff := math.Abs(got[i] - want[i]); !(diff <= 4*epsilon*math.Max(math.Abs(want[i]), 1.5)) && got[i] != want[i] {
						t.Errorf("%s, η = %v, n = %d: prox(%v) = %v, want %v", row.name, eta, len(v), v[i], got[i], want[i])
						break
					}
				}
			}
		}
	}
}

// TestProxesMoveNothing has what a prox must not move: η = 0, and a point that a projection has
// returned, but for the rounding of the sum or radius.
func TestProxesMoveNothing(t *testing.T) {
	for _, row := range proxes {
		for _, v := range proxVectors(seeded()) {
			p := row.make(len(v))
			got := slices.Clone(v)
			if !projects(p) {
				if p.Apply(got, 0); !sameBits(got, v) {
					t.Errorf("%s: η = 0 moves %v to %v", row.name, v, got)
				}
				continue
			}
			p.Apply(got, 1)
			again := slices.Clone(got)
			p.Apply(again, 1)
			for i := range again {
				if !(math.Abs(again[i]-got[i]) <= 4*epsilon*math.Max(math.Abs(got[i]), 1.5)) {
					t.Errorf("%s: the projection of %v is %v", row.name, got[i], again[i])
					break
				}
			}
		}
	}
}

// TestProxBadNumbers has NaN and infinities in one coordinate.
func TestProxBadNumbers(t *testing.T) {
	for _, row := range proxes {
		for _, bad := range []float64{nan, inf, -inf} {
			v := []float64{0.25, -3, 1, bad, 2, 0}
			clean := slices.Clone(v)
			clean[3] = 0
			p := row.make(len(v))
			p.Apply(v, 1)
			p.Apply(clean, 1)
			for i, x := range v {
				switch {
				case row.tied && bad != bad:
					if x == x {
						t.Errorf("%s: a NaN leaves %v", row.name, v)
					}
				case !row.tied && i != 3 && x != clean[i]:
					t.Errorf("%s: %v reaches another coordinate: %v", row.name, bad, v)
				case !row.tied && i == 3 && bad != bad && x == x:
					t.Errorf("%s: a NaN becomes %v", row.name, x)
				}
			}
		}
	}
	for _, c := range []struct {
		p       Prox
		v, want []float64
	}{
		{ProxSimplex(1), []float64{-inf, 3, 2.5}, []float64{0, 0.75, 0.25}},
		{ProxSimplex(1), []float64{-inf, -inf}, []float64{nan, nan}},
		{ProxSimplex(1), []float64{inf, 1}, []float64{nan, nan}},
		{ProxSimplex(0), []float64{3, -1}, []float64{0, 0}},
		{ProxBallL1(1), []float64{-inf, 1}, []float64{nan, nan}},
		{ProxBallL1(0), []float64{-3, 1}, []float64{0, 0}},
		{ProxBallL2(1), []float64{inf, 1}, []float64{nan, nan}},
		{ProxBallL2(0), []float64{3, 1}, []float64{0, 0}},
		{ProxBallL2(5e200), []float64{6e200, -8e200}, []float64{3e200, -4e200}},
		{ProxBallL2(5e-200), []float64{6e-200, -8e-200}, []float64{3e-200, -4e-200}},
		{ProxGroup(1), []float64{inf, 1}, []float64{inf, 1}},
		{ProxGroup(5e200), []float64{6e200, -8e200}, []float64{3e200, -4e200}},
		{ProxL1(1), []float64{inf, -inf}, []float64{inf, -inf}},
		{ProxNonNegative(), []float64{inf, -inf}, []float64{inf, 0}},
		{ProxL2(math.MaxFloat64), []float64{1, -1}, []float64{1 / math.MaxFloat64, -1 / math.MaxFloat64}},
	} {
		got := slices.Clone(c.v)
		c.p.Apply(got, 1)
		for i := range got {
			if !(math.Abs(got[i]-c.want[i]) <= 2*epsilon*math.Abs(c.want[i])) && got[i] != c.want[i] && (got[i] == got[i] || c.want[i] == c.want[i]) {
				t.Errorf("%s: %v becomes %v, want %v", title(c.p), c.v, got, c.want)
			}
		}
	}
}

// TestOnTheSphere projects vectors onto balls on whose surface they are. They keep their bits. The prox of a norm
// makes them zero.
func TestOnTheSphere(t *testing.T) {
	for _, v := range proxVectors(seeded()) {
		norm1, _ := kernel.ExcessAbs(v, 0, 0)
		norm2 := kernel.Norm(v, kernel.SumSquares(v, 1))
		if !isFinite(norm1) || norm2 == 0 {
			continue
		}
		for _, c := range []struct {
			p    Prox
			want []float64
		}{{ProxBallL1(norm1), v}, {ProxBallL2(norm2), v}, {ProxGroup(norm2), make([]float64, len(v))}} {
			got := slices.Clone(v)
			if c.p.Apply(got, 1); !sameBits(got, c.want) {
				t.Errorf("%s: %v becomes %v", title(c.p), v, got)
			}
		}
	}
}

// TestMoreau checks v = prox_h(v) + prox_h*(v), where h* is the conjugate of h: of the norm the
// indicator of the dual ball, of a cone that of the polar cone.
func TestMoreau(t *testing.T) {
	for _, v := range proxVectors(seeded()) {
		for name, pair := range map[string][2]Prox{
			"L1":   {ProxL1(0.5), ProxBox([]float64{-0.5}, []float64{0.5})},
			"norm": {ProxGroup(0.5), ProxBallL2(0.5)},
			"cone": {ProxNonNegative(), ProxBox(nil, []float64{0})},
			"L2":   {ProxL2(1), ProxL2(1)},
		} {
			a, b := slices.Clone(v), slices.Clone(v)
			pair[0].Apply(a, 1)
			pair[1].Apply(b, 1)
			for i := range v {
				if !(math.Abs(a[i]+b[i]-v[i]) <= 3*epsilon*math.Abs(v[i])+math.SmallestNonzeroFloat64) {
					t.Errorf("%s: %v + %v, want %v", name, a[i], b[i], v[i])
					break
				}
			}
		}
	}
}

// TestProxOptimality checks the conditions of a minimum of h(x) + ‖x−v‖²/(2η) without a second
// algorithm. (v − x)/η must be a subgradient of h at x. Of a set, it must be normal to the set.
func TestProxOptimality(t *testing.T) {
	const eta = 0.75
	for _, v := range proxVectors(seeded()) {
		n := float64(len(v))
		apply := func(p Prox) (x, s []float64) {
			x = slices.Clone(v)
			p.Apply(x, eta)
			return x, each(v, func(i int, v float64) float64 { return (v - x[i]) / eta })
		}
		x, s := apply(ProxElasticNet(0.25, 2))
		for i := range x {
			rest, size := s[i]-2*x[i], 10*epsilon*(0.25+math.Abs(v[i]))
			if x[i] == 0 && !(math.Abs(rest) <= 0.25+size) || x[i] != 0 && !(math.Abs(rest-math.Copysign(0.25, x[i])) <= size) {
				t.Errorf("elastic net: the subgradient at %v is %v", x[i], rest)
			}
		}
		if len(v) == 0 {
			continue
		}
		x, s = apply(ProxSimplex(1.5))
		total, _ := exactSum(x).Float64()
		tau := s[slices.Index(x, slices.Max(x))] // equal where x > 0, and not larger elsewhere
		if !(math.Abs(total-1.5) <= 4*epsilon*math.Sqrt(n)) {
			t.Errorf("simplex, n = %v: the sum is %v", n, total)
		}
		for i := range x {
			size := 10 * epsilon * (1.5 + math.Abs(v[i]) + math.Abs(tau))
			if x[i] < 0 || s[i] > tau+size || x[i] > 0 && s[i] < tau-size {
				t.Errorf("simplex, n = %v: multiplier %v at %v, want %v", n, s[i], x[i], tau)
				break
			}
		}
		x, s = apply(ProxBallL1(1.5))
		norm, _ := exactSum(each(x, func(_ int, x float64) float64 { return math.Abs(x) })).Float64()
		tau = kernel.AbsMax(s)
		if !(norm <= 1.5+4*epsilon*math.Sqrt(n)) || tau > 0 && norm < 1.5-4*epsilon*math.Sqrt(n) {
			t.Errorf("L1 ball, n = %v: the norm is %v", n, norm)
		}
		for i := range x {
			if size := 10 * epsilon * (1.5 + math.Abs(v[i]) + tau); x[i] != 0 && !(math.Abs(s[i]-math.Copysign(tau, x[i])) <= size) {
				t.Errorf("L1 ball, n = %v: multiplier %v at %v, want ±%v", n, s[i], x[i], tau)
				break
			}
		}
	}
}

// TestGroupLasso has groups of several sizes, with weights.
func TestGroupLasso(t *testing.T) {
	rng := seeded()
	v := make([]float64, 12)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	v[6] = nan
	weighted := ProxGroup(0.5, 1, 5, 2, 4)
	weighted.Weights = []float64{3, 0.5, 1, 0}
	halves := ProxGroup(0.5, 6)
	halves.Weights = []float64{0.25, 2}
	for _, c := range []struct {
		p       *GroupLasso
		sizes   []int
		weights []float64
	}{
		{ProxGroup(0.5, 3), []int{3, 3, 3, 3}, []float64{1, 1, 1, 1}},
		{ProxGroup(0.5, 12), []int{12}, []float64{1}},
		{ProxGroup(0.5, 2, 4, 1, 5), []int{2, 4, 1, 5}, []float64{1, 1, 1, 1}},
		{weighted, []int{1, 5, 2, 4}, weighted.Weights},
		{halves, []int{6, 6}, halves.Weights},
	} {
		x, lo := slices.Clone(v), 0
		c.p.Apply(x, 2)
		for j, size := range c.sizes {
			want := softNorm(v[lo:lo+size], 2*0.5*c.weights[j])
			for i := range want {
				if got := x[lo+i]; !(math.Abs(got-want[i]) <= 1e-15) && (got == got || want[i] == want[i]) {
					t.Errorf("%v: group %d is %v, want %v", c.sizes, j, x[lo:lo+size], want)
					break
				}
			}
			if c.weights[j] == 3 && x[0] != 0 {
				t.Errorf("%v: group %d is %v, want 0", c.sizes, j, x[0])
			}
			lo += size
		}
	}
}

// TestBoxEnds has the last bounds that are allowed.
func TestBoxEnds(t *testing.T) {
	const most = math.MaxFloat64
	x := []float64{1, -inf, inf}
	ProxBox([]float64{most}, nil).Apply(x[:1], 1)
	ProxBox([]float64{-inf, -inf}, []float64{-most, inf}).Apply(x[1:], 1)
	if x[0] != most || x[1] != -inf || x[2] != inf {
		t.Errorf("x = %v", x)
	}
	ProxBox(nil, []float64{-most}).Apply(x, 1)
	if x[0] != -most || x[1] != -inf || x[2] != -most {
		t.Errorf("x = %v", x)
	}
}

// TestProxRefuses has numbers out of their ranges and lengths that do not fit, in Apply, and in a
// step that must change nothing.
func TestProxRefuses(t *testing.T) {
	weights := func(p *GroupLasso, w ...float64) *GroupLasso { p.Weights = w; return p }
	one := func(v float64) []float64 { return []float64{v} }
	for want, p := range map[string]Prox{
		"ElasticNet.L1 = -1, want [0, +Inf)":                                    ProxL1(-1),
		"ElasticNet.L2 = NaN, want [0, +Inf)":                                   ProxElasticNet(1, nan),
		"ElasticNet.L2 = +Inf, want [0, +Inf)":                                  ProxL2(inf),
		"Simplex.Sum = -1, want [0, +Inf)":                                      ProxSimplex(-1),
		"Simplex.Sum = +Inf, want [0, +Inf)":                                    ProxSimplex(inf),
		"BallL1.Radius = NaN, want [0, +Inf)":                                   ProxBallL1(nan),
		"BallL2.Radius = -2, want [0, +Inf)":                                    ProxBallL2(-2),
		"GroupLasso.Lambda = -1, want [0, +Inf)":                                ProxGroup(-1),
		"GroupLasso.Sizes[1] = 0, want at least 1":                              ProxGroup(1, 5, 0),
		"GroupLasso.Sizes[0] = 2, want a divisor of the number of parameters 5": ProxGroup(1, 2),
		"GroupLasso.Sizes: the sum is 4, want the number of parameters 5":       ProxGroup(1, 2, 2),
		"GroupLasso.Weights: len = 1, want 2, one for each group":               weights(ProxGroup(1, 2, 3), 1),
		"GroupLasso.Weights[1] = -3, want [0, +Inf)":                            weights(ProxGroup(1, 2, 3), 1, -3),
		"GroupLasso.Weights[0] = +Inf, want [0, +Inf)":                          weights(ProxGroup(1), inf),
		"Box.Lower: len = 2, want 5, one for each parameter, or 1 or 0":         ProxBox(make([]float64, 2), nil),
		"Box.Upper: len = 6, want 5, one for each parameter, or 1 or 0":         ProxBox(one(0), make([]float64, 6)),
		"Box.Lower[0] = 1, want [-Inf, Upper = 0]":                              ProxBox(one(1), one(0)),
		"Box.Lower[0] = 0.5, want [-Inf, Upper = 0.25]":                         ProxBox(one(0.5), []float64{1, 1, 0.25, 1, 1}),
		"Box.Lower[3] = 2, want [-Inf, Upper = 1]":                              ProxBox([]float64{1, 1, 1, 2, 1}, one(1)),
		"Box.Lower[1] = NaN, want [-Inf, +Inf)":                                 ProxBox([]float64{0, nan, 0, 0, 0}, nil),
		"Box.Lower[0] = +Inf, want [-Inf, +Inf)":                                ProxBox(one(inf), nil),
		"Box.Upper[4] = NaN, want (-Inf, +Inf]":                                 ProxBox(one(-1), []float64{1, 1, 1, 1, nan}),
		"Box.Upper[0] = -Inf, want (-Inf, +Inf]":                                ProxBox(nil, one(-inf)),
		"Box.Lower[1] = 9, want [-Inf, Upper = 1]":                              struct{ *Box }{ProxBox([]float64{0, 9, 0, 0, 0}, one(1))},
	} {
		x := []float64{1, 2, 3, 4, 5}
		if got := message(func() { p.Apply(x, 1) }); got != "optim: "+want || !sameBits(x, []float64{1, 2, 3, 4, 5}) {
			t.Errorf("Apply: %s, want %s", got, want)
		}
		checkRefusal(t, NewProximal(NewSGD(1), p), "optim: "+want)
		checkRefusal(t, NewProximal(NewChain(NewNesterov(1, 0), newNoise()), p), "optim: "+want)
		checkRefusal(t, Groups{{0, NewSGD(1)}, {5, NewProximal(NewLookahead(NewSGD(1), 1, 1), p)}}, "optim: "+want)
	}
	for _, eta := range []float64{-1, nan, inf} {
		for name, p := range map[string]Prox{"ElasticNet": ProxL1(1), "GroupLasso": ProxGroup(1)} {
			want := fmt.Sprintf("optim: %s.Apply: eta = %v, want [0, +Inf)", name, eta)
			if got := message(func() { p.Apply([]float64{1}, eta) }); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

// TestLevelPasses counts the passes over x for random numbers and for powers of two, of which a
// pass of the method that averages all remaining terms removes few.
func TestLevelPasses(t *testing.T) {
	most := func(v []float64) int {
		passes := 0
		simplexOffset(v, slices.Max(v), 1, func(x []float64, a, b float64) (float64, float64) {
			passes++
			return kernel.Excess(x, a, b)
		})
		return passes
	}
	for _, scale := range []float64{1e-9, 1e-3, 1, 1e3} {
		rng := seeded()
		v := make([]float64, 100_000)
		for i := range v {
			v[i] = scale * rng.NormFloat64()
		}
		if passes := most(v); passes > 12 {
			t.Errorf("normal numbers, scale %v: %d passes", scale, passes)
		}
		for i := range v {
			v[i] = -scale * math.Pow(2, -0.01*float64(i))
		}
		if bound := 28 + math.Log2(float64(len(v))); !(float64(most(v)) <= bound) {
			t.Errorf("powers, scale %v: %d passes, want at most %v", scale, most(v), bound)
		}
	}
}

// TestProxAllocations calls Apply without a Proximal.
func TestProxAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, row := range proxes {
		p, x := row.make(1000), make([]float64, 1000)
		rng := seeded()
		if n := allocations(func() {
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			p.Apply(x, 1)
		}); n > 0 {
			t.Errorf("%s: %d allocations in 100 calls", row.name, n)
		}
	}
}
