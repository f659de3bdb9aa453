package optim

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// boundedRow is a problem with bounds. Its start may lie outside them.
type boundedRow struct {
	name                string
	start, lower, upper []float64
	f                   func(g, x []float64) float64 // returns the value; sets g to the gradient unless g is nil
	squares             *mghRow                      // the residuals if f = ‖r‖², or nil
	minima              []float64                    // the global minimum first
	x                   []float64                    // a point with the value minima[0], or nil
	published           float64                      // the global minimum as published, with 6 digits or more; NaN: none
}

// problem returns f with its gradient.
func (p boundedRow) problem() optimize.Problem {
	return optimize.Problem{
		Func: func(x []float64) float64 { return p.f(nil, x) },
		Grad: func(g, x []float64) { p.f(g, x) },
	}
}

// boundedProblems are those of J. J. Moré, B. S. Garbow and K. E. Hillstrom with the bounds of D. M.
// Gay, A trust-region approach to linearly constrained optimization, 1984, doi:10.1007/BFb0099519,
// and with his minima; those of W. Hock and K. Schittkowski, Test examples for nonlinear programming
// codes, 1981, doi:10.1007/978-3-642-48320-2, that have no other constraints, and three kinds of
// problems with n variables, for which 10,000 is usual.
//
// The minima have more digits than the published ones. Several methods of scipy agree on them, and
// TestBoundedMinima checks the optimality conditions at x. The published minima of 24 and 35, 2.94426e-4 and
// 3.639985e-3, are not minima. The number of residuals of 11 and 12 is the one that gives the
// published minima.
func boundedProblems(n int) []boundedRow {
	valley := func(name string, start, lower, upper, minima, x []float64, published float64) boundedRow {
		return boundedSquares(name, "1 Rosenbrock", 2, start, lower, upper, minima, x, published)
	}
	return []boundedRow{
		boundedSquares("MGH 3 Powell badly scaled", "3 Powell badly scaled", 2, nil, []float64{0, 1}, []float64{1, 9},
			[]float64{1.5125936724397e-10}, []float64{1.1111111112629459e-5, 9}, nan), // 1.51259e-10, rounded otherwise
		boundedSquares("MGH 4 Brown badly scaled", "4 Brown badly scaled", 3, nil, []float64{0, 3e-5}, []float64{1e6, 100},
			[]float64{783.999999295184}, []float64{999999.99916, 3e-5}, 784.000),
		boundedSquares("MGH 5 Beale", "5 Beale", 3, nil, []float64{0.6, 0.5}, []float64{10, 100}, []float64{0}, []float64{3, 0.5}, 0),
		boundedSquares("MGH 7 Helical valley", "7 Helical valley", 3, nil, []float64{-100, -1, -1}, []float64{0.8, 1, 1},
			[]float64{0.9904221209614}, []float64{0.8, 0.561936645741625, 0.9649340754087417}, 0.99042212),
		boundedSquares("MGH 9 Gaussian", "9 Gaussian", 15, nil, []float64{0.398, 1, -0.5}, []float64{4.2, 2, 0.1},
			[]float64{1.12793276961909e-8}, []float64{0.3989561378387567, 1.0000190844878056, 0}, 1.12793e-8),
		boundedSquares("MGH 11 Gulf", "11 Gulf", 3, nil, []float64{1e-16, 0, 0}, []float64{10, 10, 10},
			[]float64{5.8281431167891e-5}, []float64{10, 10, 0.9406027057955444}, 5.8281431e-5),
		boundedSquares("MGH 12 Box", "12 Box", 3, nil, []float64{0, 5, 0}, []float64{2, 9.5, 20},
			[]float64{3.09981534322894e-6}, []float64{1.154172593815021, 9.5, 0.9408023747681602}, 3.0998153e-6),
		boundedSquares("MGH 14 Wood", "14 Wood", 6, nil, repeat(-100, 4), []float64{0, 10, 100, 100},
			[]float64{1.556700800438565, 7.093836425129051}, []float64{0, 0.005338856859694205, 1.399728876473178, 1.9608274605799552}, 1.5567008),
		boundedSquares("MGH 16 Brown and Dennis", "16 Brown and Dennis", 20, nil, []float64{-10, 0, -100, -20}, []float64{100, 15, 0, 0.2},
			[]float64{88860.479767500467}, []float64{-10, 12.67781828863096, -0.4855279925821, 0.2}, 88860.479),
		boundedSquares("MGH 18 Biggs EXP6", "18 Biggs EXP6", 13, nil, []float64{0, 0, 0, 1, 0, 0}, []float64{2, 8, 1, 7, 5, 5},
			[]float64{5.3209865907823e-4, 0.2428078039714272, 0.2428754178832197},
			[]float64{0.9056765386943367, 8, 0.9043444023648463, 6.534399059952032, 4.486866781719963, 5}, 5.3209865e-4),
		boundedSquares("MGH 20 Watson", "20 Watson/9", 31, nil, []float64{-1e-5, 0, 0, 0, 0, -3, 0, -3, 0}, []float64{1e-5, 0.9, 0.1, 1, 1, 0, 4, 0, 2},
			[]float64{0.03740139779318442}, []float64{-1e-5, 0.9, 0.1, 0.630096913270221, 0, -2.2096554017042047, 4, -2.593931778224606, 0.6868306877791576}, 0.037401397),
		valley("MGH 21 Rosenbrock", []float64{-1.2, 1}, []float64{-50, 0}, []float64{0.5, 100}, []float64{0.25}, []float64{0.5, 0.25}, 0.25),
		boundedSquares("MGH 22 Powell singular", "13 Powell singular", 4, nil, []float64{0.1, -20, -1, -1}, []float64{100, 20, 1, 50},
			[]float64{1.878196300583034e-4}, []float64{0.1, -0.009982234157330924, 0.04307310802201747, 0.04378374172951831}, 1.878196e-4),
		boundedSquares("MGH 23 Penalty I", "23 Penalty I/10", 11, nil, []float64{0, 1, 0, 0, 0, 1, 0, 0, 0, 1}, repeat(100, 10),
			[]float64{7.562569999872728}, penaltyMinimizer(), 7.5625699),
		boundedSquares("MGH 24 Penalty II", "24 Penalty II/10", 20, nil, []float64{-10, 0.1, 0, 0.05, 0, -10, 0, 0.2, 0, 0}, append(repeat(50, 9), 0.5),
			[]float64{2.943444541251972e-4}, []float64{0.19998132964438803, 0.1, 0.01712569675026706, 0.05, 0.04395748362567576,
				0.06741363837646513, 0.10442234981515808, 0.2, 0.3054601980468985, 0.32509779527237437}, nan),
		boundedSquares("MGH 25 Variably dimensioned", "25 Variably dimensioned", 12, nil, repeat(0, 10), append(stepped(9, 0, 10), 0.5),
			[]float64{0.3374126807138318}, append(stepped(9, 1, 0.01748255478037), 0.5), 0.33741268),
		boundedSquares("MGH 35 Chebyquad", "35 Chebyquad/8", 8, nil, []float64{0, 0, 0.1, 0, 0, 0, 0, 0}, []float64{0.04, 0.2, 0.3, 1, 1, 1, 1, 1},
			[]float64{0.003592242385974161}, []float64{0.04, 0.188770587645179, 0.2650039365894146, 0.4974240392936294, 0.4974240392936294,
				0.7319510352737887, 0.8044656742489654, 0.9558605781654302}, nan),

		valley("HS 1", []float64{-2, 1}, []float64{-inf, -1.5}, repeat(inf, 2), []float64{0}, []float64{1, 1}, 0),
		valley("HS 2", []float64{-2, 1}, []float64{-inf, 1.5}, repeat(inf, 2),
			[]float64{0.0504261878936070849, 4.94122931798918551}, []float64{1.22437074873635252, 1.5}, 0.0504261879),
		{"HS 3", []float64{10, 1}, []float64{-inf, 0}, repeat(inf, 2), hs3, nil, []float64{0}, []float64{0, 0}, 0},
		{"HS 4", []float64{1.125, 0.125}, []float64{1, 0}, repeat(inf, 2), hs4, nil, []float64{8. / 3}, []float64{1, 0}, 2.66666666},
		{"HS 5", []float64{0, 0}, []float64{-1.5, -3}, []float64{4, 3}, hs5, nil,
			[]float64{-math.Sqrt(3)/2 - math.Pi/3}, []float64{0.5 - math.Pi/3, -0.5 - math.Pi/3}, -1.91322295},
		boundedSquares("HS 25", "11 Gulf", 99, []float64{100, 12.5, 3}, []float64{0.1, 0, 0}, []float64{100, 25.6, 5}, []float64{0}, []float64{50, 25, 1.5}, 0),
		boundedSquares("HS 38", "14 Wood", 6, nil, repeat(-10, 4), repeat(10, 4), []float64{0}, repeat(1, 4), 0),
		{"HS 45", repeat(2, 5), repeat(0, 5), stepped(5, 0, 1), hs45, nil, []float64{1}, stepped(5, 0, 1), 1},
		{"HS 110", repeat(9, 10), repeat(2.001, 10), repeat(9.999, 10), hs110, nil,
			[]float64{-45.7784697074462687}, repeat(9.35026583306938516, 10), -45.7784697},

		boundedChain(n),
		boundedSample(n),
		obstacle("Obstacle", n, false, 5.0963153906441878),
		obstacle("Obstacles on both sides", n, true, 7.3613870824950753),
		nonNegativeSquares(n),
	}
}

// boundedSquares returns f = ‖r‖² with the first m residuals r of a problem of mgh, from its start
// if start is nil.
func boundedSquares(name, residuals string, m int, start, lower, upper, minima, x []float64, published float64) boundedRow {
	var p mghRow
	for _, row := range mgh {
		if row.name == residuals {
			p = row
		}
	}
	p.m, p.minima = m, minima
	if start != nil {
		p.start = start
	}
	r, jac := make([]float64, m), mat.NewDense(m, len(lower), nil)
	return boundedRow{name, p.start, lower, upper, func(g, x []float64) float64 {
		p.residuals(r, x)
		if g != nil {
			p.jacobian(jac, x)
			for j := range g {
				g[j] = 2 * floats.Dot(mat.Col(nil, j, jac), r)
			}
		}
		return floats.Dot(r, r)
	}, &p, minima, x, published}
}

// penaltyMinimizer returns 1 where that is the lower bound, and the minimizer of the others.
func penaltyMinimizer() []float64 {
	x := repeat(1.81817851239e-6, 10)
	x[1], x[5], x[9] = 1, 1, 1
	return x
}

func hs3(g, x []float64) float64 {
	u := x[1] - x[0]
	if g != nil {
		g[0], g[1] = -2e-5*u, 1+2e-5*u
	}
	return x[1] + 1e-5*u*u
}

func hs4(g, x []float64) float64 {
	u := x[0] + 1
	if g != nil {
		g[0], g[1] = u*u, 1
	}
	return u*u*u/3 + x[1]
}

func hs5(g, x []float64) float64 {
	u, v := x[0]+x[1], x[0]-x[1]
	if g != nil {
		g[0], g[1] = math.Cos(u)+2*v-1.5, math.Cos(u)-2*v+2.5
	}
	return math.Sin(u) + v*v - 1.5*x[0] + 2.5*x[1] + 1
}

func hs45(g, x []float64) float64 {
	for i := range g {
		g[i] = -1. / 120
		for j, v := range x {
			if j != i {
				g[i] *= v
			}
		}
	}
	return 2 - floats.Prod(x)/120
}

func hs110(g, x []float64) (f float64) {
	power := math.Pow(floats.Prod(x), 0.2)
	for i, v := range x {
		a, b := math.Log(v-2), math.Log(10-v)
		f += a*a + b*b
		if g != nil {
			g[i] = 2*a/(v-2) - 2*b/(10-v) - 0.2*power/v
		}
	}
	return f - power
}

// boundedChain is Rosenbrock's function of neighbours. Every fifth variable has one bound that is
// active at the minimum, a lower bound or, near the start of the chain, an upper one.
func boundedChain(n int) boundedRow {
	lower, upper := repeat(-10, n), repeat(10, n)
	for i := 0; i+5 < n; i += 10 {
		lower[i], upper[i+5] = 0.2, 0.5
	}
	return boundedRow{"Chained Rosenbrock", repeat(0.1, n), lower, upper, func(g, x []float64) (f float64) {
		clear(g)
		for i := range n - 1 {
			u, v := x[i+1]-x[i]*x[i], 1-x[i]
			f += 100*u*u + v*v
			if g != nil {
				g[i] -= 400*u*x[i] + 2*v
				g[i+1] += 200 * u
			}
		}
		return f
	}, nil, []float64{13449.47816873037}, nil, nan}
}

// boundedSample is the sample problem of the code of L-BFGS-B: C. Zhu, R. H. Byrd, P. Lu and J.
// Nocedal, Algorithm 778: L-BFGS-B, 1997, doi:10.1145/279232.279236. At the minimum, the gradient
// is zero at all bounds that are active.
func boundedSample(n int) boundedRow {
	return boundedRow{"Rosenbrock of L-BFGS-B", repeat(3, n), cycled(n, 1, -100), repeat(100, n), func(g, x []float64) float64 {
		u := x[0] - 1
		f := u * u
		clear(g)
		if g != nil {
			g[0] = 2 * u
		}
		for i := range n - 1 {
			u := x[i+1] - x[i]*x[i]
			f += 4 * u * u
			if g != nil {
				g[i] -= 16 * u * x[i]
				g[i+1] += 8 * u
			}
		}
		return f
	}, nil, []float64{0}, repeat(1, n), 0}
}

// obstacle is the energy of a membrane under a constant load that lies above an obstacle, and, if
// both is set, below another: J. J. Moré and G. Toraldo, On the solution of large quadratic
// programming problems with bound constraints, 1991, doi:10.1137/0801008. The variables are the
// values on a square grid inside the unit square. least is the minimum for n = 10,000, found by a
// semi-smooth Newton method with a sparse factorization.
func obstacle(name string, n int, both bool, least float64) boundedRow {
	side := int(math.Sqrt(float64(n)))
	h := 1 / float64(side+1)
	lower, upper := make([]float64, side*side), repeat(inf, side*side)
	for i := range side {
		for j := range side {
			wave := math.Sin(9.2*h*float64(i+1)) * math.Sin(9.3*h*float64(j+1))
			lower[i*side+j] = wave * wave * wave
			if both {
				upper[i*side+j] = wave*wave + 0.02
			}
		}
	}
	return boundedRow{name, repeat(0, side*side), lower, upper, func(g, x []float64) (f float64) {
		clear(g)
		at := func(i, j int) float64 {
			if i < 0 || j < 0 || i == side || j == side {
				return 0
			}
			return x[i*side+j]
		}
		for i := range side + 1 {
			for j := range side + 1 {
				v := at(i, j)
				down, right := v-at(i-1, j), v-at(i, j-1)
				f += (down*down + right*right) / 2
				if g != nil && i < side && j < side {
					g[i*side+j] = 4*v - at(i-1, j) - at(i+1, j) - at(i, j-1) - at(i, j+1) - h*h
				}
			}
		}
		return f - h*h*floats.Sum(x)
	}, nil, []float64{least}, nil, nan}
}

// nonNegativeSquares is f = ½‖Ax − b‖² for x ≥ 0 with A = (B; I), where B has four numbers in a row.
// All numbers are integers. x* and w* ≥ 0 with x*ᵢwᵢ* = 0 are given, and b is such that the gradient
// Aᵀ(Ax* − b) is w*. So x* is the minimizer, and f(x*) is exact.
func nonNegativeSquares(n int) boundedRow {
	integers := func(seed uint64, count, most int) []int {
		values := make([]int, count)
		for i := range values {
			seed = seed*6364136223846793005 + 1442695040888963407
			values[i] = int(seed >> 33 % uint64(most))
		}
		return values
	}
	columns, signs := integers(1, 4*n, n), integers(2, 4*n, 2)
	entry := func(k int) float64 { return float64(2*signs[k]-1) * float64(int(1)<<(columns[k]%4)) }
	x, lowerHalf, upperHalf := make([]float64, n), make([]float64, n), make([]float64, n) // Ax* − b, both halves
	free, sizes, slopes, residuals := integers(3, n, 2), integers(4, n, 9), integers(5, n, 9), integers(6, n, 7)
	for i := range x {
		x[i] = float64(free[i] * (1 + sizes[i]))
		lowerHalf[i] = float64((1 - free[i]) * (1 + slopes[i]))
		upperHalf[i] = float64(residuals[i] - 3)
	}
	for k, j := range columns {
		lowerHalf[j] -= entry(k) * upperHalf[k/4]
	}
	least := (floats.Dot(upperHalf, upperHalf) + floats.Dot(lowerHalf, lowerHalf)) / 2
	return boundedRow{"Non-negative least squares", repeat(0, n), repeat(0, n), repeat(inf, n), func(g, y []float64) (f float64) {
		for i, r := range lowerHalf {
			r += y[i] - x[i]
			f += r * r / 2
			if g != nil {
				g[i] = r
			}
		}
		for i, r := range upperHalf {
			for k := 4 * i; k < 4*i+4; k++ {
				r += entry(k) * (y[columns[k]] - x[columns[k]])
			}
			f += r * r / 2
			if g != nil {
				for k := 4 * i; k < 4*i+4; k++ {
					g[columns[k]] += entry(k) * r
				}
			}
		}
		return f
	}, nil, []float64{least}, x, nan}
}
