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
			if math.Abs(v-point.Params[j]) > 1e-5*math.Abs(v)+1e-4 {
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
		{[]float64{1}, 0}, {[]float64{2, 1}, 0}, {[]float64{4, 2, 1}, 0.5}, {[]float64{3, 2, 1}, 1}, {[]float64{1, 2, 3}, 1},
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
