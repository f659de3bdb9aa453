package optim

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// tightRows are the problems of CUTEst with 120 variables and the threshold 1e-8·max(1, max|g₀|). scipy are the
// evaluations of its BFGS, version 1.10.1 with numpy 1.24.2, with this threshold as gtol. 0 is not reached.
func tightRows() (rows []effortRow, scipy []int) {
	for _, r := range cutest(120) {
		g := make([]float64, len(r.x0))
		r.p.Grad(g, r.x0)
		rows = append(rows, effortRow{r.name, r.p, r.x0, r.least, 1e-8 * max(1, floats.Norm(g, math.Inf(1)))})
	}
	return rows, []int{8, 181, 88, 870, 547, 422, 296, 23, 773, 686, 210, 149, 23, 133, 314, 0}
}

// untilGradient returns the number of evaluations until max|g| ≤ the threshold, or 0 if m ends before.
func (row effortRow) untilGradient(m minimizer) int {
	r, _ := m(row.p, row.x0, &optimize.Settings{
		GradientThreshold: math.Nextafter(row.threshold, math.Inf(1)),
		Converger:         optimize.NeverTerminate{},
		FuncEvaluations:   mostEvaluations,
	})
	if r.Status != optimize.GradientThreshold {
		return 0
	}
	return max(r.FuncEvaluations, r.GradEvaluations)
}

// TestQuasiNewtonPeers compares evaluations with those of gonum and scipy. BFGS needs at most 1.5 times those
// of the better peer on each problem, and in all less than the better peers together and than the limit.
func TestQuasiNewtonPeers(t *testing.T) {
	var known peers
	readJSON(t, "testdata/peers.json", &known)
	_, rows := effortRows(t)
	scipyOf := func(set string) (evaluations []int) {
		for _, row := range rows[set] {
			evaluations = append(evaluations, known.Evaluations[set][row.name]["BFGS"][0])
		}
		return evaluations
	}
	tight, scipyTight := tightRows()
	for _, set := range []struct {
		name  string
		rows  []effortRow
		scipy []int
		limit int
	}{
		{"CUTEst, n = 100", rows["cutest"], scipyOf("cutest"), 1050},
		{"CUTEst, n = 120", tight, scipyTight, 1600},
		{"regressions", rows["breastCancer"], scipyOf("breastCancer"), 250},
	} {
		total, least := 0, 0
		for k, row := range set.rows {
			ours := row.untilGradient(solverBFGS.minimizer())
			better := row.untilGradient(gonumMinimizer(&optimize.BFGS{}))
			t.Logf("%s, %s: %d evaluations, gonum %d, scipy %d", set.name, row.name, ours, better, set.scipy[k])
			if set.scipy[k] > 0 {
				better = min(better, set.scipy[k])
			}
			if ours == 0 || 2*ours > 3*better {
				t.Errorf("%s, %s: %d evaluations, the better peer needs %d", set.name, row.name, ours, better)
			}
			total, least = total+ours, least+better
		}
		if total > min(set.limit, least) {
			t.Errorf("%s: %d evaluations in all, want at most %d and %d", set.name, total, set.limit, least)
		}
	}
}

// TestLBFGSPeers compares evaluations on the problems of CUTEst with those of gonum and scipy: L-BFGS needs at
// most 1.02 times those of the better peer.
func TestLBFGSPeers(t *testing.T) {
	var known peers
	readJSON(t, "testdata/peers.json", &known)
	_, rows := effortRows(t)
	ours, gonums, scipys := 0, 0, 0
	for _, row := range rows["cutest"] {
		ours += row.untilGradient(solverLBFGS.minimizer())
		gonums += row.untilGradient(gonumMinimizer(&optimize.LBFGS{Store: 10}))
		scipys += known.Evaluations["cutest"][row.name]["L-BFGS-B"][0]
	}
	if float64(ours) > 1.02*float64(min(gonums, scipys)) {
		t.Errorf("%d evaluations, gonum %d, scipy %d", ours, gonums, scipys)
	}
	t.Logf("%d evaluations, gonum %d, scipy %d", ours, gonums, scipys)
}
