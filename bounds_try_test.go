package optim

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

func TestTry(t *testing.T) {
	for _, c := range []struct{ lo, up []float64 }{
		{nil, nil},
		{[]float64{-2, -2}, []float64{2, 2}},
		{[]float64{-2, -2}, []float64{0.5, 2}},
		{[]float64{-2, 1.5}, []float64{2, 2}},
		{[]float64{-2, -2}, []float64{2, 0.5}},
		{[]float64{1.5, -2}, []float64{2, 2}},
	} {
		o := NewLBFGS(10)
		o.Lower, o.Upper = c.lo, c.up
		p := ValueAndGradient(chained)
		pf := p.Func
		p.Func = func(x []float64) float64 {
			for i := range x {
				if c.lo != nil && !(c.lo[i] <= x[i] && x[i] <= c.up[i]) {
					t.Error("out", x)
				}
			}
			return pf(x)
		}
		r, err := Minimize(p, []float64{-1.2, 1}, o, nil)
		fmt.Println(c.lo, c.up, r.X, r.F, r.Gradient, r.Status, r.FuncEvaluations, r.GradEvaluations, err)
		var _ optimize.Status
	}
}
