package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// robustPeers are the fits of testdata/robust.json, which benchmarks/scipy_robust.py computed.
type robustPeers struct {
	Outliers map[string][]float64 // the observations with outliers
	Losses   []struct {
		Name, Loss            string
		Scale, Cost           float64 // Cost is 2f
		Start, Params, Errors []float64
	}
	Bounds []struct {
		Name                       string
		Lower, Upper               []*float64 // nil where there is no bound
		Start, Params, Errors, Trf []float64
		Held                       []bool
		Evaluations                int
		SumSquares                 float64
	}
}

// losses are the constructors of Loss.
var losses = map[string]func(scale float64) Loss{"Huber": Huber, "SoftL1": SoftL1, "Cauchy": Cauchy, "Arctan": Arctan, "Tukey": Tukey}

// worst returns the largest relative error of got.
func worst(got, want []float64) (e float64) {
	for i, w := range want {
		e = max(e, math.Abs(got[i]-w)/max(math.Abs(w), 1e-300))
		if got[i] == w {
			continue
		}
	}
	return e
}

// TestRobustPeers compares parameters, standard errors and 2f of fits with outliers with scipy's.
func TestRobustPeers(t *testing.T) {
	var peers robustPeers
	readJSON(t, "testdata/robust.json", &peers)
	for _, c := range peers.Losses {
		for _, differences := range []bool{false, true} {
			p := readNIST(t, c.Name)
			p.y = peers.Outliers[c.Name]
			o, x := p.fit(differences, 1, nil), slices.Clone(c.Start)
			o.Loss = losses[c.Loss](c.Scale)
			steps := fitted(o, x)
			errors := make([]float64, len(x))
			err := o.StandardErrors(errors)
			t.Logf("%s %v %v: %d steps %d evaluations, params %.1e errors %.1e cost %.1e %v %v", c.Name, o.Loss, differences, steps, o.eval.stats.FuncEvaluations, worst(x, c.Params), worst(errors, c.Errors), math.Abs(o.SumSquares()/c.Cost-1), o.Status(), err)
			_ = floats.Norm
		}
	}
}

// TestBoundedPeers
func TestBoundedPeers(t *testing.T) {
	var peers robustPeers
	readJSON(t, "testdata/robust.json", &peers)
	for _, c := range peers.Bounds {
		for _, differences := range []bool{false, true} {
			p := readNIST(t, c.Name)
			o, x := p.fit(differences, 1, nil), slices.Clone(c.Start)
			for j := range x {
				o.Lower, o.Upper = append(o.Lower, math.Inf(-1)), append(o.Upper, inf)
				if v := c.Lower[j]; v != nil {
					o.Lower[j] = *v
				}
				if v := c.Upper[j]; v != nil {
					o.Upper[j] = *v
				}
			}
			steps := fitted(o, x)
			errors := make([]float64, len(x))
			err := o.StandardErrors(errors)
			t.Logf("%s %v: %d steps %d evaluations (scipy %d), params %.1e errors %.1e cost %.1e %v %v", c.Name, differences, steps, o.eval.stats.FuncEvaluations, c.Evaluations, worst(x, c.Params), worst(errors, c.Errors), math.Abs(o.SumSquares()/c.SumSquares-1), o.Status(), err)
		}
	}
}
