package optim

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// peerRow is a problem with the evaluations that scipy needs: its BFGS and L-BFGS-B with 10 pairs, version
// 1.10.1 with numpy 1.24.2, gtol the threshold of this test, and ftol 0. 0 stands for a run that ended before.
type peerRow struct {
	name        string
	p           optimize.Problem
	x0          []float64
	bfgs, lbfgs int
}

// peerRows adds scipy's evaluations of BFGS and L-BFGS-B to the problems of CUTEst.
func peerRows(problems []cutestRow, bfgs, lbfgs []int) (rows []peerRow) {
	for k, c := range problems {
		rows = append(rows, peerRow{c.name, c.p, c.x0, bfgs[k], lbfgs[k]})
	}
	return rows
}

// paraboloidRow is ½Σcᵢxᵢ² from (1, …, 1), with n curvatures cᵢ evenly from 1 to 100.
func paraboloidRow(n, bfgs, lbfgs int) peerRow {
	c := floats.Span(make([]float64, n), 1, 100)
	p := ValueAndGradient(func(g, x []float64) float64 {
		floats.MulTo(g, c, x)
		return floats.Dot(g, x) / 2
	})
	return peerRow{fmt.Sprintf("paraboloid/%d", n), p, repeat(1, n), bfgs, lbfgs}
}

// evaluationsUntil returns the number of points that are evaluated until max|gᵢ| is less than tolerance ·
// max(1, max|gᵢ| at the start). Exactly one of ours and gonums is not nil.
func evaluationsUntil(r peerRow, tolerance float64, ours Optimizer, gonums optimize.Method) (evaluations int, ok bool) {
	g := make([]float64, len(r.x0))
	r.p.Grad(g, r.x0)
	p := ValueAndGradient(func(g, x []float64) float64 {
		evaluations++
		r.p.Grad(g, x)
		return r.p.Func(x)
	})
	s := &optimize.Settings{GradientThreshold: tolerance * max(1, floats.Norm(g, math.Inf(1))), FuncEvaluations: 20000, Converger: optimize.NeverTerminate{}}
	var result *optimize.Result
	if ours != nil {
		result, _ = Minimize(p, r.x0, ours, s)
	} else {
		result, _ = optimize.Minimize(p, r.x0, s, gonums)
	}
	return evaluations, result.Status == optimize.GradientThreshold
}

// TestQuasiNewtonPeers compares evaluations with those of scipy and gonum. BFGS needs at most 1.5 times those
// of the better peer on each problem, and in all fewer than the better peers together. L-BFGS needs in all at
// most 1.02 times those of the better peer.
func TestQuasiNewtonPeers(t *testing.T) {
	var regressions []peerRow
	for k, l := range cancerLogistics(t) {
		p, x0 := l.problem()
		regressions = append(regressions, peerRow{l.name, p, x0, []int{112, 59, 45, 56, 83}[k], []int{247, 107, 49, 24, 16}[k]})
	}
	for _, set := range []struct {
		name      string
		rows      []peerRow
		tolerance float64
		limit     int // of the evaluations of BFGS in all
	}{
		{"CUTEst, n = 100", peerRows(cutest(100),
			[]int{6, 135, 90, 49, 350, 340, 231, 20, 757, 318, 127, 122, 24, 110, 234, 90},
			[]int{9, 15, 16, 44, 47, 323, 23, 22, 19, 42, 22, 94, 15, 222, 164, 45}), 1e-5, 1050},
		{"CUTEst, n = 120", peerRows(cutest(120),
			[]int{8, 181, 88, 870, 547, 422, 296, 23, 773, 686, 210, 149, 23, 133, 314, 0},
			[]int{12, 21, 19, 1119, 47, 389, 31, 26, 116, 79, 52, 196, 17, 590, 476, 0}), 1e-8, 3432},
		{"regressions", regressions, 1e-7, 246},
		{"paraboloids", []peerRow{paraboloidRow(10, 18, 26), paraboloidRow(100, 130, 76)}, 1e-8, 97},
	} {
		comparePeers(t, set.name, set.rows, set.tolerance, set.limit)
	}
}

func comparePeers(t *testing.T, set string, rows []peerRow, tolerance float64, limit int) {
	columns := []struct {
		name   string
		ours   func() Optimizer
		gonums optimize.Method
	}{
		{"BFGS", func() Optimizer { return NewBFGS() }, nil},
		{"gonum", nil, &optimize.BFGS{}},
		{"scipy", nil, nil},
		{"LBFGS", func() Optimizer { return NewLBFGS(10) }, nil},
		{"gonum", nil, &optimize.LBFGS{Store: 10}},
		{"scipy", nil, nil},
		{"DFP", func() Optimizer { return NewDFP() }, nil},
		{"SR1", func() Optimizer { return NewSR1() }, nil},
	}
	var table strings.Builder
	var sums [8]int
	best := 0 // the sum of the better peers
	fmt.Fprintf(&table, "\n%-28s", set)
	for _, c := range columns {
		fmt.Fprintf(&table, "%8s", c.name)
	}
	for _, r := range rows {
		counts := [8]int{2: r.bfgs, 5: r.lbfgs}
		fmt.Fprintf(&table, "\n%-28s", r.name)
		for k, c := range columns {
			solved := true
			switch {
			case c.ours != nil:
				counts[k], solved = evaluationsUntil(r, tolerance, c.ours(), nil)
			case c.gonums != nil:
				counts[k], solved = evaluationsUntil(r, tolerance, nil, c.gonums)
			}
			if k == 0 && !solved {
				t.Errorf("%s, %s: BFGS ends before the threshold", set, r.name)
			}
			fmt.Fprintf(&table, "%8d", counts[k])
			sums[k] += counts[k]
		}
		better := counts[1]
		if r.bfgs > 0 {
			better = min(better, r.bfgs)
		}
		best += better
		if 2*counts[0] > 3*better {
			t.Errorf("%s, %s: %d evaluations, the better peer needs %d", set, r.name, counts[0], better)
		}
	}
	fmt.Fprintf(&table, "\n%-28s", "total")
	for _, sum := range sums {
		fmt.Fprintf(&table, "%8d", sum)
	}
	t.Log(table.String())
	if sums[0] > min(limit, best) {
		t.Errorf("%s: %d evaluations in all, want at most %d and %d", set, sums[0], limit, best)
	}
	if float64(sums[3]) > 1.02*float64(min(sums[4], sums[5])) {
		t.Errorf("%s: %d evaluations of L-BFGS in all, gonum %d, scipy %d", set, sums[3], sums[4], sums[5])
	}
}
