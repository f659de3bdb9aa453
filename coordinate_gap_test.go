package optim

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// textbookLoss is a loss of one term as in the literature: φ, φ′ and φ*.
type textbookLoss struct {
	value, deriv, conjugate func(v, y float64) float64
}

// xlogx returns v·log v, which is 0 at 0.
func xlogx(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v * math.Log(v)
}

// textbookLosses returns the losses of linearData. The labels of the logistic loss are 0 and 1.
func textbookLosses(delta float64) map[string]textbookLoss {
	square := func(u, y float64) float64 { return u*u/2 + u*y }
	return map[string]textbookLoss{
		"squared": {
			func(z, y float64) float64 { return (z - y) * (z - y) / 2 },
			func(z, y float64) float64 { return z - y },
			square,
		},
		"logistic": {
			func(z, y float64) float64 { return math.Log1p(math.Exp(z)) - y*z },
			func(z, y float64) float64 { return 1/(1+math.Exp(-z)) - y },
			func(u, y float64) float64 { return xlogx(u+y) + xlogx(1-u-y) },
		},
		"Poisson": {
			func(z, y float64) float64 { return math.Exp(z) - y*z },
			func(z, y float64) float64 { return math.Exp(z) - y },
			func(u, y float64) float64 { return xlogx(u+y) - (u + y) },
		},
		"Huber": {
			func(z, y float64) float64 {
				if r := math.Abs(z - y); r > delta {
					return delta*r - delta*delta/2
				}
				return (z - y) * (z - y) / 2
			},
			func(z, y float64) float64 { return math.Max(-delta, math.Min(z-y, delta)) },
			square,
		},
	}
}

// textbookModel is a linear model with the elastic net. share has wᵢ/W for each row. l1 and l2 have one
// number for each column. centred holds if there is an intercept and the columns are dense: then the code
// under test moves a coefficient by δ and the intercept by −δ times the mean of the column.
type textbookModel struct {
	loss    textbookLoss
	rows    mat.Matrix
	labels  []float64
	share   []float64
	l1, l2  []float64
	centred bool
}

// mean returns the weighted mean of column j, or 0 unless the columns are centred.
func (m textbookModel) mean(j int) (mean float64) {
	for i, share := range m.share {
		if m.centred {
			mean += share * m.rows.At(i, j)
		}
	}
	return mean
}

// square returns the weighted sum of squares of column j, less its mean.
func (m textbookModel) square(j int) (square float64) {
	mean := m.mean(j)
	for i, share := range m.share {
		c := m.rows.At(i, j) - mean
		square += share * c * c
	}
	return square
}

// gradient returns the derivatives at the coefficients x and the intercept b, that of b last. It
// also returns the arguments zᵢ.
func (m textbookModel) gradient(x []float64, b float64) (g, z []float64) {
	g = make([]float64, len(x)+1)
	for i, y := range m.labels {
		v := b
		for j, c := range x {
			v += m.rows.At(i, j) * c
		}
		z = append(z, v)
		u := m.share[i] * m.loss.deriv(v, y)
		for j := range x {
			g[j] += u * m.rows.At(i, j)
		}
		g[len(x)] += u
	}
	return g, z
}

// intercept returns the minimum over b, by bisection.
func (m textbookModel) intercept(x []float64) float64 {
	low, high := -1e3, 1e3
	for range 100 {
		b := low + (high-low)/2
		if g, _ := m.gradient(x, b); g[len(x)] > 0 {
			high = b
		} else {
			low = b
		}
	}
	return high
}

// scale returns the largest s ≤ 1 that makes su feasible, where g has the derivatives at u.
func (m textbookModel) scale(g []float64) float64 {
	s := 1.0
	for j, l1 := range m.l1 {
		if m.l2[j] == 0 && g[j] != 0 {
			s = math.Min(s, l1/math.Abs(g[j]))
		}
	}
	return s
}

// values returns f at the arguments z, and 1/W·Σ wᵢφᵢ*(s·uᵢ).
func (m textbookModel) values(s float64, z []float64) (primal, conjugate float64) {
	for i, y := range m.labels {
		primal += m.share[i] * m.loss.value(z[i], y)
		conjugate += m.share[i] * m.loss.conjugate(s*m.loss.deriv(z[i], y), y)
	}
	return primal, conjugate
}

// gap returns the duality gap at x and b by the formula in the doc comment of Gap, and the loss with
// penalties.
func (m textbookModel) gap(x []float64, b float64) (gap, primal float64) {
	g, z := m.gradient(x, b)
	s := m.scale(g)
	primal, dual := m.values(s, z)
	for j, v := range x {
		primal += m.l1[j]*math.Abs(v) + m.l2[j]/2*v*v
		if m.l2[j] > 0 {
			excess := math.Max(s*math.Abs(g[j])-m.l1[j], 0)
			dual += excess * excess / (2 * m.l2[j])
		}
	}
	return primal + dual, primal
}

// gapCase is a sum of linearData with its options, and the same as a textbookModel.
type gapCase struct {
	label    string
	l        *LinearSum
	l1       float64
	textbook textbookModel
}

// gapCases returns every loss, dense and sparse, with and without an intercept, L2, and weights with
// factors.
func gapCases() (cases []gapCase) {
	a, models := linearData()
	losses := textbookLosses(0.8)
	for form, rows := range map[string]mat.Matrix{"dense": a, "sparse": sparseOf(a)} {
		for _, c := range models {
			for options := range 8 {
				l := c.sum(rows)
				m := textbookModel{loss: losses[c.name], rows: a, labels: l.labels, l1: make([]float64, 6), l2: make([]float64, 6)}
				if c.name == "logistic" { // from ±1
					m.labels = make([]float64, 40)
					for i, y := range l.labels {
						m.labels[i] = (y + 1) / 2
					}
				}
				l.Intercept = options&1 != 0
				m.centred = l.Intercept && form == "dense"
				if options&2 != 0 {
					l.L2 = 0.05
				}
				factors := []float64{1, 1, 1, 1, 1, 1}
				weights := slices.Repeat([]float64{1}, 40)
				if options&4 != 0 {
					weights = slices.Repeat([]float64{0, 1, 2, 3}, 10)
					factors = []float64{1, 0.25, 2, 0.5, 1, 3}
					l.SampleWeights, l.Factor = weights, factors
				}
				m.share = slices.Clone(weights)
				floats.Scale(1/floats.Sum(weights), m.share)
				const l1 = 0.15
				for j, s := range factors {
					m.l1[j], m.l2[j] = l1*s, l.L2*s
				}
				cases = append(cases, gapCase{fmt.Sprintf("%s, %s, options %d", form, c.name, options), l, l1, m})
			}
		}
	}
	return cases
}

// TestGapByHand compares the gap with the formula in its doc comment at points of a run that are far
// from the minimum.
func TestGapByHand(t *testing.T) {
	for _, c := range gapCases() {
		o := c.l.CoordinateDescent(Cyclic)
		o.L1, o.Active = c.l1, 0
		x := []float64{0.5, -0.5, 0.25, 0, 0.125, -0.25, 0.1}[:c.l.width()]
		for step := range 4 {
			b := 0.0
			if c.l.Intercept {
				b = c.textbook.intercept(x[:6])
			}
			want, loss := c.textbook.gap(x[:6], b)
			o.Step(x, nil)
			if !near(o.Gap(), want, 1e-13*max(1, math.Abs(loss))) || want < 1e-6 {
				t.Errorf("%s: the gap before step %d is %v, want %v", c.label, step+1, o.Gap(), want)
			}
		}
	}
}

// TestPathGap compares the gaps of a path with the formula, at the accuracy of the points. A path of
// the squared loss computes them from the products of the columns.
func TestPathGap(t *testing.T) {
	for _, c := range gapCases() {
		for _, ratio := range []float64{1, 0.5} {
			for _, point := range Path(c.l, []float64{0.3, 0.1}, ratio) {
				m, b := c.textbook, 0.0
				m.l1, m.l2 = make([]float64, 6), make([]float64, 6)
				for j, s := range c.textbook.l1 {
					m.l1[j] = point.Alpha * ratio * s / c.l1
					m.l2[j] = point.Alpha * (1 - ratio) * s / c.l1
				}
				if c.l.Intercept {
					b = point.Params[6]
				}
				want, loss := m.gap(point.Params[:6], b)
				if !near(point.Gap, want, 1e-12*max(1, math.Abs(loss))) {
					t.Errorf("%s, α = %v, ratio %v: gap %v, want %v", c.label, point.Alpha, ratio, point.Gap, want)
				}
			}
		}
	}
}

// zeros returns which coefficients are zero at the minimum by the gap-safe rule, at a point x and b:
//
//	s|gⱼ| + √(2·C·Σ wᵢ/W·cᵢⱼ²·gap) < λ₁sⱼ
//
// C is the bound of φ″. E. Ndiaye and others, 2017, arXiv:1611.05780, section 3. near holds for a
// coefficient whose two sides are almost equal.
func (m textbookModel) zeros(x []float64, b, curvature float64) (zero, near []bool) {
	g, _ := m.gradient(x, b)
	s := m.scale(g)
	gap, _ := m.gap(x, b)
	for j := range x {
		left := s*math.Abs(g[j]) + math.Sqrt(2*curvature*m.square(j)*gap)
		zero = append(zero, left < m.l1[j])
		near = append(near, math.Abs(left-m.l1[j]) < 1e-6*m.l1[j])
	}
	return zero, near
}

// TestSafeScreening compares the parameters that a Step sets to zero without a sweep with those of the
// gap-safe rule, near the minimum and far from it. For the Poisson loss φ″ has no bound, and there is no
// such parameter. From the minimum further steps must not set a nonzero parameter to zero.
func TestSafeScreening(t *testing.T) {
	found, others := 0, 0
	for _, c := range gapCases() {
		o := c.l.CoordinateDescent(Cyclic)
		o.L1 = c.l1
		minimum := make([]float64, c.l.width())
		for steps := 0; steps < 30 || o.KKT() > 1e-12; steps++ {
			before := slices.Clone(minimum)
			known := o.KKT() <= 1e-12
			o.Step(minimum, nil)
			for j, v := range before {
				if known && (v == 0) != (minimum[j] == 0) {
					t.Errorf("%s: from the minimum x[%d] = %v to %v", c.label, j, v, minimum[j])
				}
			}
		}
		o.Active = 0
		for k := range 20 {
			x, b := make([]float64, len(minimum)), 0.0
			for j, v := range minimum {
				x[j] = v + math.Pow(0.5, float64(k))*math.Sin(float64(7*k+j+1))
			}
			if c.l.Intercept {
				b = c.textbook.intercept(x[:6])
			}
			zero, near := c.textbook.zeros(x[:6], b, c.l.Curvature)
			o.Step(x, nil)
			for j, zero := range zero {
				zero = zero && c.l.Curvature > 0
				if near[j] {
					continue
				}
				if in := slices.Contains(o.working.set, j); in == zero || zero && x[j] != 0 {
					t.Errorf("%s, point %d: x[%d] → %v, in the working set: %t, zero by the rule: %t", c.label, k, j, x[j], in, zero)
				}
				if zero {
					found++
				} else {
					others++
				}
			}
		}
	}
	if found < 100 || others < 100 {
		t.Errorf("%d parameters are set to zero, and %d are not", found, others)
	}
}

// TestGapOfEmptyColumn checks that a column without elements does not change the gap, also if its
// coefficient has no penalty.
func TestGapOfEmptyColumn(t *testing.T) {
	column := []float64{1, -2, 0.5}
	with, without := mat.NewDense(3, 2, nil), mat.NewDense(3, 1, column)
	with.SetCol(0, column)
	gaps := []float64{}
	for _, rows := range []mat.Matrix{with, sparseOf(with), without} {
		_, p := rows.Dims()
		l := NewSquaredSum(rows, []float64{3, 1, 2})
		l.Factor = []float64{1, 0}[:p]
		o := l.CoordinateDescent(Cyclic)
		o.L1 = 0.1
		o.Step(make([]float64, p), nil)
		gaps = append(gaps, o.Gap())
	}
	if want := gaps[2]; !near(gaps[0], want, 1e-15) || !near(gaps[1], want, 1e-15) || want == inf {
		t.Errorf("gaps %v with the column, %v without", gaps[:2], want)
	}
}

// TestNoGap checks that there is no gap for a loss of the user's, with Greedy, and before the first
// step.
func TestNoGap(t *testing.T) {
	a, cases := linearData()
	partial, _, _ := penalized()
	users, greedy, first := NewCoordinateDescent(Cyclic), cases[0].sum(a).CoordinateDescent(Greedy), cases[0].sum(a).CoordinateDescent(Cyclic)
	users.Partial, users.L1, greedy.L1, first.L1 = partial, 1, 1, 1
	users.Step(make([]float64, 3), nil)
	greedy.Step(make([]float64, 6), nil)
	for _, o := range []*CoordinateDescent{users, greedy, first} {
		if o.Gap() != inf {
			t.Errorf("%v: gap %v", o, o.Gap())
		}
	}
	if first.Step(make([]float64, 6), nil); !(first.Gap() < inf) {
		t.Errorf("gap %v after a step", first.Gap())
	}
}
