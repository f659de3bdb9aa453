package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestPath compares with the exact path of the diabetes data at its corners, and with the grid of
// glmnet.
func TestPath(t *testing.T) {
	r := newDiabetes(t)
	l := NewSquaredSum(fromColumns(r.columns), r.y)
	corners := r.homotopy()
	var alphas []float64
	for _, c := range corners {
		alphas = append(alphas, c.lambda)
	}
	for k, point := range Path(l, alphas, 1) {
		degrees := 0
		for j, v := range corners[k].x {
			if !(math.Abs(v-point.Params[j]) <= 1e-5*math.Abs(v)+1e-4) {
				t.Errorf("α = %v: x[%d] = %v, want %v", point.Alpha, j, point.Params[j], v)
			}
			if point.Params[j] != 0 {
				degrees++
			}
		}
		if degrees != point.DegreesOfFreedom {
			t.Errorf("α = %v: %d degrees of freedom, want %d", point.Alpha, point.DegreesOfFreedom, degrees)
		}
	}
	for _, ratio := range []float64{1, 0.5} {
		points := Path(l, nil, ratio)
		if first := r.most() / ratio; len(points) != 100 || !near(points[0].Alpha, first, 1e-12) || !near(points[99].Alpha, 1e-4*first, 1e-12) {
			t.Errorf("%d values from %v to %v", len(points), points[0].Alpha, points[99].Alpha)
		}
		if points[0].DegreesOfFreedom != 0 || points[1].DegreesOfFreedom == 0 {
			t.Errorf("%d and %d degrees of freedom at the begin", points[0].DegreesOfFreedom, points[1].DegreesOfFreedom)
		}
	}
}

// TestPathPoints compares the points of paths with CoordinateDescent: with a Gram matrix of all
// columns (40 × 6), with one of the working set (40 × 60), and with sparse rows. The alphas rise and
// fall, and two are equal.
func TestPathPoints(t *testing.T) {
	a, cases := linearData()
	rng := rand.New(rand.NewPCG(5, 6))
	wide := mat.NewDense(40, 60, nil)
	wide.Apply(func(i, j int, _ float64) float64 { return rng.NormFloat64() + 0.5*a.At(i, j%6) }, wide)
	weights := make([]float64, 40)
	for i := range weights {
		weights[i] = float64(i % 4)
	}
	for form, rows := range map[string]mat.Matrix{"dense": a, "sparse": sparseOf(a), "wide": wide, "wide, sparse": sparseOf(wide)} {
		for _, c := range cases {
			for options := range 8 {
				l := c.sum(rows)
				l.Intercept = options&1 != 0
				if options&2 != 0 {
					l.SampleWeights = weights
				}
				if options&4 != 0 {
					l.Factor = make([]float64, l.Sum().linear.p)
					fill(l.Factor, 1.5)
					l.Factor[2], l.Factor[3] = 0, 0.5
				}
				for _, ratio := range []float64{1, 0.5} {
					label := fmt.Sprintf("%s, %s, options %d, ratio %v", form, c.name, options, ratio)
					alphas := []float64{2, 1, 0.5, 0.4, 0.3, 0.3, 0.2, 0.7, 0.1}
					for _, point := range Path(l, alphas, ratio) {
						l.L2 = point.Alpha * (1 - ratio)
						o := l.CoordinateDescent(Cyclic)
						o.L1, o.newton = point.Alpha*ratio, l.model.convex
						want := slices.Clone(point.Params)
						least := math.Inf(1)
						for steps := 0; steps == 0 || o.KKT() > 1e-12 && steps < 3000; steps++ {
							o.Step(want, nil)
							least = min(least, objective(l, o, want))
						}
						if f := objective(l, o, point.Params); !(f-least <= 1e-9*math.Abs(least)) {
							t.Errorf("%s, α = %v: the loss with penalties is %v, want %v", label, point.Alpha, f, least)
						}
						if v := linearViolation(l, point.Params, o.L1); !(v <= 1e-4) {
							t.Errorf("%s, α = %v: the conditions are violated by %v", label, point.Alpha, v)
						}
						if free := options&4 != 0; math.IsInf(point.Gap, 1) != free {
							t.Errorf("%s, α = %v: gap %v", label, point.Alpha, point.Gap)
						}
					}
					l.L2 = 0
				}
			}
		}
	}
}

// TestExtension checks when a path is extended.
func TestExtension(t *testing.T) {
	for _, c := range []struct {
		alphas []float64
		want   float64
	}{
		{[]float64{1}, 0}, {[]float64{2, 1}, 0}, {[]float64{4, 2, 1}, 0.5}, {[]float64{3, 2, 1}, 1}, {[]float64{5, 4, 2}, 2}, {[]float64{1, 2, 3}, 1},
		{[]float64{1, 1, 0.5}, 0}, {[]float64{2, 2, 2}, 0}, {[]float64{3, 2, 2}, 0}, {[]float64{3, 2, 4}, 0}, {[]float64{2.1, 2, 1}, 0},
	} {
		if got := extension(c.alphas); got != c.want {
			t.Errorf("%v: %v, want %v", c.alphas, got, c.want)
		}
	}
	x, last := []float64{2, 0, 1, -1, 0.5}, []float64{1, 1, 0, -1.5, 3}
	extend(x, last, 0.5) // the third was 0, and the last would change its sign
	if !slices.Equal(x, []float64{2.5, 0, 1, -0.75, 0.5}) || !slices.Equal(last, []float64{2, 0, 1, -1, 0.5}) {
		t.Errorf("x = %v, last = %v", x, last)
	}
}

// countedSquares returns the squared sum as a sum of the user's, with one coefficient, and the number of
// derivatives of terms so far.
func countedSquares() (l *LinearSum, derivatives *int) {
	derivatives = new(int)
	rows, y := []float64{1, -1, 2, 0.5}, []float64{3, -2, 5, 2}
	return &LinearSum{
		Rows:      mat.NewDense(4, 1, rows),
		Curvature: 1,
		Func:      func(i int, z float64) float64 { return (z - y[i]) * (z - y[i]) / 2 },
		Deriv:     func(i int, z float64) float64 { *derivatives++; return z - y[i] },
	}, derivatives
}

// TestPathOfAnySum has a sum of the user's with one coefficient, with and without a bound of φ″. The
// minimum is soft(aᵀy/N, α)·N/‖a‖², and there is no gap.
func TestPathOfAnySum(t *testing.T) {
	for _, curvature := range []float64{1, 0} {
		l, _ := countedSquares()
		l.Curvature = curvature
		points := Path(l, nil, 1)
		if first := 16.0 / 4; !near(points[0].Alpha, first, 1e-14) || !near(points[99].Alpha, 1e-4*first, 1e-14) {
			t.Errorf("α from %v to %v", points[0].Alpha, points[99].Alpha)
		}
		for _, point := range points {
			want := max(16-4*point.Alpha, 0) / 6.25
			if !near(point.Params[0], want, 1e-7) || !(point.KKT <= 1e-8*4) || point.Gap != inf {
				t.Errorf("Curvature %v, α = %v: x = %v, KKT = %v, gap = %v, want x = %v", curvature, point.Alpha, point.Params, point.KKT, point.Gap, want)
			}
		}
	}
}

// TestPathOfZeros has a minimum at zero for every α. Then no search takes a step: each point costs one pass
// over the four terms.
func TestPathOfZeros(t *testing.T) {
	l, calls := countedSquares()
	l.Deriv = func(_ int, z float64) float64 { *calls++; return z }
	for _, point := range Path(l, nil, 1) {
		if point.Params[0] != 0 || point.KKT != 0 || point.Alpha != 0 {
			t.Errorf("%+v", point)
		}
	}
	if *calls > 4*(100+2) {
		t.Errorf("%d derivatives of terms", *calls)
	}
}

// TestPathEnds checks that a point is accurate at the limits in the doc comment of Path, and not above. KKT
// counts only if there is no gap.
func TestPathEnds(t *testing.T) {
	up := func(v float64) float64 { return math.Nextafter(v, inf) }
	for _, c := range []struct {
		end      pathEnd
		gap, kkt float64
		want     bool
	}{
		{pathEnd{1, 1}, 1e-10, 1, true}, {pathEnd{1, 1}, up(1e-10), 0, false}, {pathEnd{0, 0}, 0, 0, true},
		{pathEnd{1, 1}, inf, 1e-8, true}, {pathEnd{1, 1}, inf, up(1e-8), false}, {pathEnd{0, 0}, inf, 0, true},
	} {
		if got := c.end.reached(&CoordinateDescent{gap: c.gap, kkt: c.kkt}); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

// TestPathIsExtended has a path that is a line, as that of the squared loss is between its corners. From
// the third α on the search begins at the minimum if two steps of α are alike. Then the point costs one
// pass.
func TestPathIsExtended(t *testing.T) {
	alphas := []float64{3, 2.75, 2.375, 1.8125, 1.5, 0.5, 0.25} // ratios of the steps: 1.5, 1.5, 0.56, 3.2, 0.25
	costs := make([]int, len(alphas))
	for k := range costs {
		l, derivatives := countedSquares()
		Path(l, alphas[:k+1], 1)
		costs[k] = *derivatives
	}
	for k := 2; k < len(alphas); k++ {
		if cost := costs[k] - costs[k-1]; (cost <= 4) != (k != 5) {
			t.Errorf("α = %v costs %d derivatives of terms", alphas[k], cost)
		}
	}
}

// TestPathAccuracy checks the ends of the searches: the gap is at most 10⁻¹⁰ times f without
// coefficients, and some searches have not gone much further. KKT and DegreesOfFreedom are those of
// Params.
func TestPathAccuracy(t *testing.T) {
	most := map[bool]float64{}
	for _, c := range gapCases() {
		l := c.l
		l.L2 = 0
		none := make([]float64, len(Path(l, []float64{1}, 1)[0].Params))
		if l.Intercept {
			none[6] = c.textbook.intercept(none[:6])
		}
		f := l.Sum().Func(none, all(40))
		for _, point := range Path(l, []float64{0.2, 0.1, 0.05}, 0.75) {
			degrees, violation, b := 0, 0.0, 0.0
			if l.Intercept {
				b = point.Params[6]
			}
			g, _ := c.textbook.gradient(point.Params[:6], b)
			for j, v := range point.Params[:6] {
				s := c.textbook.l1[j] / c.l1
				l1, slope := 0.75*point.Alpha*s, g[j]+0.25*point.Alpha*s*v
				if v == 0 {
					slope = math.Max(math.Abs(slope)-l1, 0)
				} else {
					degrees++
					slope += math.Copysign(l1, v)
				}
				violation = math.Max(violation, math.Abs(slope))
			}
			if l.Intercept && !near(g[6], 0, 1e-12) {
				t.Errorf("%s, α = %v: the derivative of the intercept is %v", c.label, point.Alpha, g[6])
			}
			if point.DegreesOfFreedom != degrees || !near(point.KKT, violation, 1e-12) || !(point.Gap <= 1e-10*f) {
				t.Errorf("%s, α = %v: %d degrees of freedom, KKT %v, gap %v, want %d, %v and at most %v", c.label, point.Alpha, point.DegreesOfFreedom, point.KKT, point.Gap, degrees, violation, 1e-10*f)
			}
			most[l.Intercept] = max(most[l.Intercept], point.Gap/f)
		}
	}
	if most[true] < 1e-13 || most[false] < 1e-13 {
		t.Errorf("the largest gaps are %v of f", most)
	}
}

// TestPathGrid checks the values of α for wide data and for small l1ratios, and the messages of Path.
func TestPathGrid(t *testing.T) {
	l := NewSquaredSum(mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 7}), []float64{1, 3})
	first := (3*1 + 7*3) / 2.0
	for ratio, want := range map[float64]float64{1: first, 0.5: 2 * first, 1e-3: 1e3 * first, 1e-4: 1e3 * first, 0: 1e3 * first} {
		points := Path(l, nil, ratio)
		for k, point := range points {
			if alpha := want * math.Pow(10, -2*float64(k)/99); !near(point.Alpha, alpha, 1e-12*alpha) {
				t.Errorf("ratio %v: α[%d] = %v, want %v", ratio, k, point.Alpha, alpha)
			}
		}
	}
	square := Path(NewSquaredSum(mat.NewDense(2, 2, []float64{1, 2, 4, 5}), []float64{1, 3}), nil, 1)
	if ratio := square[99].Alpha / square[0].Alpha; !near(ratio, 1e-4, 1e-16) {
		t.Errorf("as many rows as columns: the last α is %v times the first", ratio)
	}
	for want, call := range map[string]func(){
		"optim: Path.l1ratio = 1.5, want [0, 1]":       func() { Path(l, nil, 1.5) },
		"optim: Path.l1ratio = NaN, want [0, 1]":       func() { Path(l, nil, nan) },
		"optim: Path.alphas[1] = -1, want [0, +Inf)":   func() { Path(l, []float64{1, -1}, 1) },
		"optim: Path.alphas[0] = +Inf, want [0, +Inf)": func() { Path(l, []float64{inf}, 1) },
		"optim: LinearSum.CoordinateDescent: Rows is nil": func() {
			Path(&LinearSum{N: 1, Row: func(int) []float64 { return []float64{1} }, Deriv: func(int, float64) float64 { return 0 }}, nil, 1)
		},
	} {
		if got := message(call); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if points := Path(l, []float64{}, 1); len(points) != 0 {
		t.Errorf("%d points without an α", len(points))
	}
}
