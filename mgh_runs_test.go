package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// mghRun is the end of a run on a problem of least squares.
type mghRun struct {
	evaluations int // the largest of the numbers of values, gradients and Hessians, or of the residuals
	sumSquares  float64
	status      optimize.Status
	stationary  bool
}

// mghSolver runs a solver under default settings, within mostEvaluations.
type mghSolver struct {
	name string
	run  func(p mghRow, x0 []float64) mghRun
}

// mghSolvers are Levenberg-Marquardt with and without Jacobian, and searches on ½‖r‖².
var mghSolvers = []mghSolver{
	{"LM", func(p mghRow, x0 []float64) mghRun { return p.fit(x0, p.jacobian) }},
	{"LM, nil J", func(p mghRow, x0 []float64) mghRun { return p.fit(x0, nil) }},
	{"Newton", func(p mghRow, x0 []float64) mghRun { return p.search(x0, solverNewton.make()) }},
	{"LBFGS", func(p mghRow, x0 []float64) mghRun { return p.search(x0, solverLBFGS.make()) }},
	{"BFGS", func(p mghRow, x0 []float64) mghRun { return p.search(x0, solverBFGS.make()) }},
	{"HessianFree", func(p mghRow, x0 []float64) mghRun { return p.search(x0, solverHessianFree.make()) }},
}

func (p mghRow) search(x0 []float64, opt Optimizer) mghRun {
	r, _ := Minimize(capped(p.problem(), mostEvaluations), x0, opt, nil)
	run := p.at(r.X, r.Status)
	run.evaluations = max(r.FuncEvaluations, r.GradEvaluations, r.HessEvaluations)
	return run
}

func (p mghRow) fit(x0 []float64, jacobian func(dst *mat.Dense, x []float64)) mghRun {
	evaluations := 0
	o := NewLevenbergMarquardt(p.m, func(dst, x []float64) {
		evaluations++
		p.residuals(dst, x)
	}, jacobian)
	problem := o.Problem()
	problem.Status = func() (optimize.Status, error) {
		if evaluations >= mostEvaluations {
			return optimize.IterationLimit, nil
		}
		return optimize.NotTerminated, nil
	}
	r, _ := Minimize(problem, x0, o, nil)
	run := p.at(r.X, r.Status)
	run.evaluations = evaluations
	return run
}

// at returns a run that ends at x. It is stationary if every column of J is nearly orthogonal to r,
// or a change of the parameter by its own size would change ‖r‖² by little.
func (p mghRow) at(x []float64, status optimize.Status) mghRun {
	r, jac := make([]float64, p.m), mat.NewDense(p.m, len(x), nil)
	p.residuals(r, x)
	p.jacobian(jac, x)
	run := mghRun{sumSquares: floats.Dot(r, r), status: status, stationary: true}
	for j, v := range x {
		column := mat.Col(nil, j, jac)
		slope, norms := math.Abs(floats.Dot(column, r)), floats.Norm(column, 2)*floats.Norm(r, 2)
		if slope > 1e-4*norms && !(slope*math.Abs(v) <= 1e-9*run.sumSquares && v != 0) {
			run.stationary = false
		}
	}
	return run
}

// TestMGHRuns runs every problem from its start and from 10 and 100 times that, and prints the
// evaluations beside those of MINPACK and of scipy's trust-exact. Every run ends within 20,000
// evaluations. Where the status says that a minimum is found, ‖r‖² is a known minimum or
// stationary. Newton needs no more evaluations than trust-exact, and finds a known minimum as often.
func TestMGHRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var scipy peers
	readJSON(t, "testdata/peers.json", &scipy)
	var table strings.Builder
	names, late, untrue := []string{}, map[string][]string{}, map[string][]string{}
	evaluations, reached := map[string]int{}, map[string]int{}
	add := func(name string, p mghRow, count int, sumSquares *float64) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		value, mark := nan, ""
		if sumSquares != nil {
			value = *sumSquares
		}
		evaluations[name] += count
		if p.reached(value) {
			reached[name]++
			mark = "*"
		}
		fmt.Fprintf(&table, "  %s %d %.4g%s;", name, count, value, mark)
	}
	for _, p := range mgh {
		for _, far := range []float64{1, 10, 100} {
			at := fmt.Sprintf("%s ×%v", p.name, far)
			fmt.Fprintf(&table, "\n%s:", at)
			for _, s := range mghSolvers {
				run := s.run(p, p.from(far))
				add(s.name, p, run.evaluations, &run.sumSquares)
				end := fmt.Sprintf("%s: %v after %d evaluations, ‖r‖² = %.10g", at, run.status, run.evaluations, run.sumSquares)
				if run.evaluations >= mostEvaluations {
					late[s.name] = append(late[s.name], end)
				}
				if converged(run.status) && !run.stationary && !p.reached(run.sumSquares) {
					untrue[s.name] = append(untrue[s.name], end)
				}
			}
			if peer := scipy.Leastsq[at]; peer.Jacobian != nil {
				add("lmder", p, peer.Jacobian.Evaluations, peer.Jacobian.SumSquares)
				add("lmdif", p, peer.Differences.Evaluations, peer.Differences.SumSquares)
			}
			trust := scipy.TrustExact[at]
			add("trust-exact", p, slices.Max(trust.Evaluations[:]), trust.SumSquares)
		}
	}
	for _, name := range names {
		fmt.Fprintf(&table, "\n%-12s%8d evaluations, a known minimum in %d runs", name, evaluations[name], reached[name])
	}
	if evaluations["Newton"] > evaluations["trust-exact"] || reached["Newton"] < reached["trust-exact"] {
		t.Error("Newton needs more evaluations than trust-exact, or finds fewer minima")
	}
	t.Log("evaluations and ‖r‖²; * is a known minimum\n" + table.String())
	for _, s := range mghSolvers {
		t.Run("end/"+s.name, func(t *testing.T) {
			skipOpen(t)
			if late := late[s.name]; len(late) > 0 {
				t.Errorf("no end within %d evaluations:\n%s", mostEvaluations, strings.Join(late, "\n"))
			}
		})
		t.Run("status/"+s.name, func(t *testing.T) {
			skipOpen(t)
			if untrue := untrue[s.name]; len(untrue) > 0 {
				t.Errorf("not true:\n%s", strings.Join(untrue, "\n"))
			}
		})
	}
}
