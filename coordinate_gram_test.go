package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestGram compares the products of columns with sums over the rows: for more rows than one block and more
// columns than one tile, dense and sparse, with weights and without. Columns are added in parts, and after
// a reset.
func TestGram(t *testing.T) {
	const n, p = 2*gramRows + 300, 40
	rng := rand.New(rand.NewPCG(51, 52))
	a := mat.NewDense(n, p, nil)
	weights := make([]float64, n)
	for i := range n {
		weights[i] = rng.Float64()
		for j := range p {
			if rng.IntN(3) > 0 {
				a.Set(i, j, rng.NormFloat64())
			}
		}
	}
	for _, rows := range []mat.Matrix{a, sparseOf(a)} {
		for _, w := range [][]float64{nil, weights} {
			l := NewHuberSum(rows, make([]float64, n), 1)
			l.Sum()
			m := newLinearColumns(l)
			g := &gram{weights: w}
			for _, sets := range [][][]int{{{3}, {0, 1, 2, 3, 4}, below(p)[10:35], {4, 39}}, {{7, 8}, below(p)}} {
				g.reset()
				var members []int
				for _, set := range sets {
					g.include(m, set)
					for _, j := range set {
						if !slices.Contains(members, j) {
							members = append(members, j)
						}
					}
				}
				if !slices.Equal(g.members, members) {
					t.Fatalf("members %v, want %v", g.members, members)
				}
				g.start(make([]float64, p), members)
				for place, j := range members {
					for _, k := range members {
						want := 0.0
						for i := range n {
							v := a.At(i, j) * a.At(i, k)
							if w != nil {
								v *= w[i]
							}
							want += v
						}
						if got := g.rows[g.place[j]-1][g.place[k]-1]; !near(got, want, 1e-11) {
							t.Fatalf("%T, weights %t: product of %d and %d is %v, want %v", rows, w != nil, j, k, got, want)
						}
					}
					if got := g.curvature(place); got != g.rows[g.place[j]-1][g.place[j]-1] {
						t.Errorf("curvature %d is %v", j, got)
					}
				}
			}
		}
	}
}

// TestPrefersQuadratic checks that the p × p products replace n × p data if they are no more numbers.
func TestPrefersQuadratic(t *testing.T) {
	for p := 2; p < 5; p++ {
		a := mat.NewDense(3, p, slices.Repeat([]float64{1}, 3*p))
		l := NewSquaredSum(a, []float64{1, 2, 3})
		l.Sum()
		if got := newLinearColumns(l).prefersQuadratic(); got != (p <= 3) {
			t.Errorf("3 × %d: %t", p, got)
		}
	}
}

// TestGramQuadratic compares f, its gradient and the conjugate by the Gram matrix with sums over the rows,
// far from the minimum. The minimum over the intercept has the derivative 0.
func TestGramQuadratic(t *testing.T) {
	for _, c := range gapCases() {
		if c.l.model != squaredLoss {
			continue
		}
		o := c.l.CoordinateDescent(Cyclic)
		x := make([]float64, c.l.width())
		o.eta = 1
		o.startPath(x)
		g := &o.working.gram
		for j := range x {
			x[j] = math.Sin(float64(j + 1))
		}
		slopes, params, b := make([]float64, len(x)), slices.Clone(x), 0.0
		o.linear.end(params) // the intercept of the rows
		if c.l.Intercept {
			b = params[6]
		}
		g.gradient(slopes, x)
		slope, z := c.textbook.gradient(params[:6], b)
		for j, got := range slopes[:6] {
			if want := slope[j] - c.textbook.mean(j)*slope[6]; !near(got, want, 1e-12) {
				t.Errorf("%s: derivative %d is %v, want %v", c.label, j, got, want)
			}
		}
		for _, s := range []float64{1, 0.6} {
			primal, conjugate := c.textbook.values(s, z)
			if f, dual := g.values(s, x, slopes); !near(f, primal, 1e-12) || !near(dual, conjugate, 1e-12) {
				t.Errorf("%s, s = %v: %v and %v, want %v and %v", c.label, s, f, dual, primal, conjugate)
			}
		}
		if c.l.Intercept {
			g.minimizeIntercept(x, slopes)
			again := make([]float64, len(x))
			if g.gradient(again, x); !near(again[6], 0, 1e-13) {
				t.Errorf("%s: the derivative of the intercept is %v", c.label, again[6])
			}
			for j, slope := range again {
				if !near(slopes[j], slope, 1e-12) {
					t.Errorf("%s: derivative %d is %v, want %v", c.label, j, slopes[j], slope)
				}
			}
		}
	}
}
