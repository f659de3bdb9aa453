package optim

import (
	"math"
	"testing"
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
