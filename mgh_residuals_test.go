package optim

import "math"

// mgh holds the problems of J. J. Moré, B. S. Garbow and K. E. Hillstrom, Testing unconstrained
// optimization software, 1981, doi:10.1145/355934.355936, with their number in the paper and, where
// the problem has any number of variables, that number.
var mgh = []mghRow{
	{"1 Rosenbrock", 2, []float64{-1.2, 1}, []float64{0}, valleys},
	{"2 Freudenstein and Roth", 2, []float64{0.5, -2}, []float64{0, 48.98425367924}, func(r, x []dual) {
		u := x[1]
		r[0] = x[0].plus(-13).add(u.times(-1).plus(5).mul(u).plus(-2).mul(u))
		r[1] = x[0].plus(-29).add(u.plus(1).mul(u).plus(-14).mul(u))
	}},
	{"3 Powell badly scaled", 2, []float64{0, 1}, []float64{0}, func(r, x []dual) {
		r[0] = x[0].mul(x[1]).times(1e4).plus(-1)
		r[1] = x[0].times(-1).exp().add(x[1].times(-1).exp()).plus(-1.0001)
	}},
	{"4 Brown badly scaled", 3, []float64{1, 1}, []float64{0}, func(r, x []dual) {
		r[0], r[1], r[2] = x[0].plus(-1e6), x[1].plus(-2e-6), x[0].mul(x[1]).plus(-2)
	}},
	{"5 Beale", 3, []float64{1, 1}, []float64{0}, func(r, x []dual) {
		p := x[1]
		for i, y := range []float64{1.5, 2.25, 2.625} {
			r[i] = x[0].mul(p.plus(-1)).plus(y)
			p = p.mul(x[1])
		}
	}},
	{"6 Jennrich and Sampson", 10, []float64{0.3, 0.4}, []float64{124.362182355615}, func(r, x []dual) {
		for i := range r {
			u := float64(i + 1)
			r[i] = x[0].times(u).exp().add(x[1].times(u).exp()).times(-1).plus(2 + 2*u)
		}
	}},
	{"7 Helical valley", 3, []float64{-1, 0, 0}, []float64{0}, func(r, x []dual) {
		r[0] = x[2].sub(turn(x[0], x[1]).times(10)).times(10)
		r[1] = x[0].square().add(x[1].square()).sqrt().plus(-1).times(10)
		r[2] = x[2]
	}},
	{"8 Bard", 15, []float64{1, 1, 1}, []float64{8.214877306578963e-3, 17.4286933333333}, func(r, x []dual) {
		for i, y := range []float64{.14, .18, .22, .25, .29, .32, .35, .39, .37, .58, .73, .96, 1.34, 2.10, 4.39} {
			u, v := float64(i+1), float64(15-i)
			r[i] = x[0].add(dual{v: u}.div(x[1].times(v).add(x[2].times(min(u, v))))).times(-1).plus(y)
		}
	}},
	{"9 Gaussian", 15, []float64{0.4, 1, 0}, []float64{1.12793276961873e-8}, func(r, x []dual) {
		y := []float64{.0009, .0044, .0175, .0540, .1295, .2420, .3521, .3989}
		for i := range r {
			t := x[2].times(-1).plus((7 - float64(i)) / 2)
			r[i] = x[0].mul(x[1].mul(t.square()).times(-0.5).exp()).plus(-y[min(i, 14-i)])
		}
	}},
	{"10 Meyer", 16, []float64{0.02, 4000, 250}, []float64{87.9458551702986}, func(r, x []dual) {
		for i, y := range []float64{34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872} {
			r[i] = x[0].mul(x[1].div(x[2].plus(45 + 5*float64(i+1))).exp()).plus(-y)
		}
	}},
	{"11 Gulf", 99, []float64{5, 2.5, 0.15}, []float64{0}, func(r, x []dual) {
		for i := range r {
			t := float64(i+1) / 100
			y := 25 + math.Pow(-50*math.Log(t), 2./3)
			power := x[1].times(-1).plus(y).abs().log().mul(x[2]).exp()
			r[i] = power.div(x[0]).times(-1).exp().plus(-t)
		}
	}},
	{"12 Box", 10, []float64{0, 10, 20}, []float64{0}, func(r, x []dual) {
		for i := range r {
			t := float64(i+1) / 10
			r[i] = x[0].times(-t).exp().sub(x[1].times(-t).exp()).sub(x[2].times(math.Exp(-t) - math.Exp(-10*t)))
		}
	}},
	{"13 Powell singular", 4, []float64{3, -1, 0, 1}, []float64{0}, powells},
	{"14 Wood", 6, []float64{-3, -1, -3, -1}, []float64{0}, func(r, x []dual) {
		valleys(r[:2], x[:2])
		r[2], r[3] = x[3].sub(x[2].square()).times(math.Sqrt(90)), x[2].times(-1).plus(1)
		r[4], r[5] = x[1].add(x[3]).plus(-2).times(math.Sqrt(10)), x[1].sub(x[3]).times(math.Sqrt(0.1))
	}},
	{"15 Kowalik and Osborne", 11, []float64{.25, .39, .415, .39}, []float64{3.07505603849237e-4, 1.02734e-3}, func(r, x []dual) {
		y := []float64{.1957, .1947, .1735, .1600, .0844, .0627, .0456, .0342, .0323, .0235, .0246}
		for i, u := range []float64{4, 2, 1, .5, .25, .167, .125, .1, .0833, .0714, .0625} {
			above, below := x[1].times(u).plus(u*u), x[2].times(u).plus(u*u).add(x[3])
			r[i] = x[0].mul(above).div(below).times(-1).plus(y[i])
		}
	}},
	{"16 Brown and Dennis", 20, []float64{25, 5, -5, -1}, []float64{85822.2016263563}, func(r, x []dual) {
		for i := range r {
			t := float64(i+1) / 5
			a, b := x[0].add(x[1].times(t)).plus(-math.Exp(t)), x[2].add(x[3].times(math.Sin(t))).plus(-math.Cos(t))
			r[i] = a.square().add(b.square())
		}
	}},
	{"17 Osborne 1", 33, []float64{0.5, 1.5, -1, 0.01, 0.02}, []float64{5.46489469748265e-5}, func(r, x []dual) {
		for i, y := range []float64{.844, .908, .932, .936, .925, .908, .881, .850, .818, .784, .751, .718, .685, .658, .628, .603, .580,
			.558, .538, .522, .506, .490, .478, .467, .457, .448, .438, .431, .424, .420, .414, .411, .406} {
			t := 10 * float64(i)
			r[i] = x[0].add(x[1].mul(x[3].times(-t).exp())).add(x[2].mul(x[4].times(-t).exp())).times(-1).plus(y)
		}
	}},
	{"18 Biggs EXP6", 13, []float64{1, 2, 1, 1, 1, 1}, []float64{0, 5.65564991906e-3, 0.30636677262479}, func(r, x []dual) {
		for i := range r {
			t := float64(i+1) / 10
			y := math.Exp(-t) - 5*math.Exp(-10*t) + 3*math.Exp(-4*t)
			decay := func(a, b dual) dual { return a.mul(b.times(-t).exp()) }
			r[i] = decay(x[2], x[0]).sub(decay(x[3], x[1])).add(decay(x[5], x[4])).plus(-y)
		}
	}},
	{"19 Osborne 2", 65, []float64{1.3, .65, .65, .7, .6, 3, 5, 7, 2, 4.5, 5.5}, []float64{4.01377362935477e-2}, func(r, x []dual) {
		for i, y := range []float64{1.366, 1.191, 1.112, 1.013, .991, .885, .831, .847, .786, .725, .746, .679, .608, .655, .616, .606, .602,
			.626, .651, .724, .649, .649, .694, .644, .624, .661, .612, .558, .533, .495, .500, .423, .395, .375, .372, .391, .396, .405,
			.428, .429, .523, .562, .607, .653, .672, .708, .633, .668, .645, .632, .591, .559, .597, .625, .739, .710, .729, .720, .636,
			.581, .428, .292, .162, .098, .054} {
			t := float64(i) / 10
			sum := x[0].mul(x[4].times(-t).exp())
			for k := 1; k <= 3; k++ {
				sum = sum.add(x[k].mul(x[7+k].plus(-t).square().mul(x[4+k]).times(-1).exp()))
			}
			r[i] = sum.times(-1).plus(y)
		}
	}},
	{"20 Watson/6", 31, repeat(0, 6), []float64{2.28767005355242e-3}, watson},
	{"20 Watson/9", 31, repeat(0, 9), []float64{1.39976013809346e-6}, watson},
	{"20 Watson/12", 31, repeat(0, 12), []float64{4.7223811034628e-10}, watson},
	{"21 Extended Rosenbrock/10", 10, cycled(10, -1.2, 1), []float64{0}, valleys},
	{"21 Extended Rosenbrock/100", 100, cycled(100, -1.2, 1), []float64{0}, valleys},
	{"22 Extended Powell/12", 12, cycled(12, 3, -1, 0, 1), []float64{0}, powells},
	{"22 Extended Powell/100", 100, cycled(100, 3, -1, 0, 1), []float64{0}, powells},
	{"23 Penalty I/4", 5, stepped(4, 0, 1), []float64{2.24997750089994e-5}, penaltyI},
	{"23 Penalty I/10", 11, stepped(10, 0, 1), []float64{7.08765146709039e-5}, penaltyI},
	{"24 Penalty II/4", 8, repeat(0.5, 4), []float64{9.37629300735544e-6}, penaltyII},
	{"24 Penalty II/10", 20, repeat(0.5, 10), []float64{2.93660537456746e-4}, penaltyII},
	{"25 Variably dimensioned", 12, stepped(10, 1, -0.1), []float64{0}, func(r, x []dual) {
		n := len(x)
		for i := range x {
			r[i] = x[i].plus(-1)
		}
		r[n] = sumOf(r[:n], func(j int, u dual) dual { return u.times(float64(j + 1)) })
		r[n+1] = r[n].square()
	}},
	{"26 Trigonometric", 10, repeat(0.1, 10), []float64{0, 2.7950561218786e-5}, func(r, x []dual) {
		sum := sumOf(x, func(_ int, u dual) dual { return u.cos() })
		for i, u := range x {
			r[i] = sum.add(u.sin()).times(-1).plus(float64(len(x))).add(u.cos().times(-1).plus(1).times(float64(i + 1)))
		}
	}},
	{"27 Brown almost linear", 10, repeat(0.5, 10), []float64{0, 1}, func(r, x []dual) {
		n := len(x)
		sum, product := sumOf(x, func(_ int, u dual) dual { return u }), dual{v: 1}
		for i, u := range x {
			r[i] = u.add(sum).plus(-float64(n + 1))
			product = product.mul(u)
		}
		r[n-1] = product.plus(-1)
	}},
	{"28 Discrete boundary value", 10, boundaryStart(10), []float64{0}, func(r, x []dual) {
		h := 1 / float64(len(x)+1)
		for i, u := range x {
			r[i] = u.times(2).sub(element(x, i-1)).sub(element(x, i+1)).add(u.plus(h*float64(i+1) + 1).cube().times(h * h / 2))
		}
	}},
	{"29 Discrete integral equation", 10, boundaryStart(10), []float64{0}, func(r, x []dual) {
		h := 1 / float64(len(x)+1)
		for i, u := range x {
			t := h * float64(i+1)
			r[i] = u.add(sumOf(x, func(j int, v dual) dual {
				s := h * float64(j+1)
				return v.plus(s + 1).cube().times(h / 2 * min(s, t) * (1 - max(s, t)))
			}))
		}
	}},
	{"30 Broyden tridiagonal", 10, repeat(-1, 10), []float64{0}, func(r, x []dual) {
		for i, u := range x {
			r[i] = u.times(-2).plus(3).mul(u).sub(element(x, i-1)).sub(element(x, i+1).times(2)).plus(1)
		}
	}},
	{"31 Broyden banded", 10, repeat(-1, 10), []float64{0}, func(r, x []dual) {
		for i, u := range x {
			r[i] = u.mul(u.square().times(5).plus(2)).plus(1)
			for j := max(0, i-5); j <= min(len(x)-1, i+1); j++ {
				if j != i {
					r[i] = r[i].sub(x[j].mul(x[j].plus(1)))
				}
			}
		}
	}},
	{"32 Linear of full rank", 20, repeat(1, 10), []float64{10}, func(r, x []dual) {
		sum := sumOf(x, func(_ int, u dual) dual { return u.times(-2 / float64(len(r))) })
		for i := range r {
			r[i] = sum.plus(-1).add(element(x, i))
		}
	}},
	{"33 Linear of rank 1", 20, repeat(1, 10), []float64{190. / 41}, func(r, x []dual) {
		sum := sumOf(x, func(j int, u dual) dual { return u.times(float64(j + 1)) })
		for i := range r {
			r[i] = sum.times(float64(i + 1)).plus(-1)
		}
	}},
	{"34 Linear of rank 1 with zeros", 20, repeat(1, 10), []float64{227. / 37}, func(r, x []dual) {
		sum := sumOf(x[1:len(x)-1], func(j int, u dual) dual { return u.times(float64(j + 2)) })
		for i := range r {
			r[i] = dual{v: -1}
			if i < len(r)-1 {
				r[i] = sum.times(float64(i)).plus(-1)
			}
		}
	}},
	{"35 Chebyquad/7", 7, stepped(7, 0, 1./8), []float64{0}, chebyquad},
	{"35 Chebyquad/8", 8, stepped(8, 0, 1./9), []float64{3.51687372567792e-3}, chebyquad},
	{"35 Chebyquad/9", 9, stepped(9, 0, 1./10), []float64{0}, chebyquad},
	{"35 Chebyquad/10", 10, stepped(10, 0, 1./11), []float64{4.77271369637536e-3, 6.50395480088229e-3}, chebyquad},
}

// stepped returns a + b, a + 2b, …, a + nb.
func stepped(n int, a, b float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = a + float64(b*float64(i+1))
	}
	return x
}

func cycled(n int, values ...float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = values[i%len(values)]
	}
	return x
}

// boundaryStart returns tⱼ(tⱼ − 1) with tⱼ = j/(n + 1).
func boundaryStart(n int) []float64 {
	x := stepped(n, 0, 1/float64(n+1))
	for i, t := range x {
		x[i] = t * (t - 1)
	}
	return x
}

// element returns xᵢ, or 0 beyond the ends.
func element(x []dual, i int) dual {
	if i < 0 || i >= len(x) {
		return dual{}
	}
	return x[i]
}

// turn returns the angle of (x, y) divided by 2π, in [−¼, ¾].
func turn(x, y dual) dual {
	switch {
	case math.Abs(x.v) < math.Abs(y.v) && y.v > 0:
		return x.div(y).atan().times(-1 / (2 * math.Pi)).plus(0.25)
	case math.Abs(x.v) < math.Abs(y.v) && x.v < 0:
		return x.div(y).atan().times(-1 / (2 * math.Pi)).plus(0.75)
	case math.Abs(x.v) < math.Abs(y.v):
		return x.div(y).atan().times(-1 / (2 * math.Pi)).plus(-0.25)
	case x.v < 0:
		return y.div(x).atan().times(1 / (2 * math.Pi)).plus(0.5)
	}
	return y.div(x).atan().times(1 / (2 * math.Pi))
}

// valleys are the residuals of Rosenbrock's function, for every pair of variables.
func valleys(r, x []dual) {
	for i := 0; i < len(x); i += 2 {
		r[i], r[i+1] = x[i+1].sub(x[i].square()).times(10), x[i].times(-1).plus(1)
	}
}

// powells are the residuals of Powell's singular function, for every four variables.
func powells(r, x []dual) {
	for i := 0; i < len(x); i += 4 {
		r[i], r[i+1] = x[i].add(x[i+1].times(10)), x[i+2].sub(x[i+3]).times(math.Sqrt(5))
		r[i+2] = x[i+1].sub(x[i+2].times(2)).square()
		r[i+3] = x[i].sub(x[i+3]).square().times(math.Sqrt(10))
	}
}

func watson(r, x []dual) {
	for i := range 29 {
		t, sum, slope := float64(i+1)/29, dual{}, dual{}
		for j := len(x) - 1; j >= 0; j-- {
			slope = slope.times(t).add(sum)
			sum = sum.times(t).add(x[j])
		}
		r[i] = slope.sub(sum.square()).plus(-1)
	}
	r[29], r[30] = x[0], x[1].sub(x[0].square()).plus(-1)
}

var penaltyWeight = math.Sqrt(1e-5)

func penaltyI(r, x []dual) {
	for i, u := range x {
		r[i] = u.plus(-1).times(penaltyWeight)
	}
	r[len(x)] = sumOf(x, func(_ int, u dual) dual { return u.square() }).plus(-0.25)
}

func penaltyII(r, x []dual) {
	n := len(x)
	r[0] = x[0].plus(-0.2)
	for i := 1; i < n; i++ {
		y, e := math.Exp(float64(i+1)/10)+math.Exp(float64(i)/10), x[i].times(0.1).exp()
		r[i] = e.add(x[i-1].times(0.1).exp()).plus(-y).times(penaltyWeight)
		r[n+i-1] = e.plus(-math.Exp(-0.1)).times(penaltyWeight)
	}
	r[2*n-1] = sumOf(x, func(j int, u dual) dual { return u.square().times(float64(n - j)) }).plus(-1)
}

// chebyquad are the means of the shifted Chebyshev polynomials, less their integrals over [0, 1].
func chebyquad(r, x []dual) {
	clear(r)
	for _, u := range x {
		t, before, last := u.times(2).plus(-1), dual{v: 1}, u.times(2).plus(-1)
		for i := range r {
			r[i] = r[i].add(last.times(1 / float64(len(x))))
			before, last = last, t.mul(last).times(2).sub(before)
		}
	}
	for i := 1; i < len(r); i += 2 {
		r[i] = r[i].plus(1 / (float64(i+1)*float64(i+1) - 1))
	}
}
