package optim

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// TestNoDifferencesAtTheEnd narrows the domain of the residuals to one point after some evaluations.
// Then no difference is finite, and the steps must end.
func TestNoDifferencesAtTheEnd(t *testing.T) {
	for _, constructor := range []func(m int, residual func(dst, x []float64), jac func(dst *mat.Dense, x []float64)) *LeastSquares{NewLevenbergMarquardt, NewGaussNewton} {
		for limit := 3; limit < 12; limit++ {
			calls, last := 0, 0.0
			residual := func(dst, x []float64) {
				calls++
				dst[0], dst[1] = x[0]-0.3, math.Exp(x[0])-0.7
				switch {
				case calls <= limit:
					last = x[0]
				case x[0] != last:
					dst[0] = math.NaN()
				}
			}
			o, x := constructor(2, residual, nil), []float64{0.6}
			for step := 0; step < 300 && o.Status() == optimize.NotTerminated; step++ {
				o.Step(x, x)
			}
			if o.Status() == optimize.NotTerminated || calls > 500 {
				t.Errorf("limit %d: no end after %d evaluations", limit, calls)
			}
			if err := o.Err(); o.Status() == optimize.Failure && !strings.Contains(err.Error(), "not finite") {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
	}
}
