package optim

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// boundedRun is a run of L-BFGS with bounds. An evaluation is one of the value and the gradient.
type boundedRun struct {
	projected int // the evaluations until the projected gradient is below the threshold; 0: not reached
	value     int // until f is a known minimum
	made      int // until the end
	result    *optimize.Result
	outside   []float64 // a point out of the bounds at which the problem was evaluated, or nil
}

// runBounded minimizes p from its start under default settings.
func runBounded(p boundedRow) (run boundedRun) {
	threshold, values, gradients := p.threshold(), 0, 0
	check := func(x []float64) {
		run.made = max(values, gradients)
		for i, v := range x {
			if !(p.lower[i] <= v && v <= p.upper[i]) && run.outside == nil {
				run.outside = append(run.outside, x...)
			}
		}
	}
	watched := optimize.Problem{
		Func: func(x []float64) float64 {
			values++
			check(x)
			f := p.f(nil, x)
			if run.value == 0 && math.Abs(p.excess(f)) <= minimal {
				run.value = run.made
			}
			return f
		},
		Grad: func(g, x []float64) {
			gradients++
			check(x)
			p.f(g, x)
			if run.projected == 0 && p.projectedGradient(x, g) <= threshold {
				run.projected = run.made
			}
		},
	}
	o := NewLBFGS(10)
	o.Lower, o.Upper = p.lower, p.upper
	run.result, _ = Minimize(capped(watched, mostEvaluations), p.start, o, nil)
	return run
}

// minimal is the excess of a value that counts as a minimum.
const minimal = 1e-8

// plateau is the problem where f is constant up to rounding at most points within the bounds, so that
// a run may end there.
const plateau = "MGH 11 Gulf"

// TestBoundedEvaluations prints the evaluations that L-BFGS with bounds and scipy's L-BFGS-B need,
// both with 10 pairs. All evaluated points are within the bounds, to the last bit. All runs end at a
// known minimum, but for the plateau, with a status that says so. L-BFGS needs at most 1.1 times the
// evaluations of scipy in all, on the problems that scipy solves. A run that ends before a number is
// reached counts with all of its evaluations.
func TestBoundedEvaluations(t *testing.T) {
	var scipy peers
	readJSON(t, "testdata/peers.json", &scipy)
	var table strings.Builder
	var ours, theirs [3]int
	for _, p := range boundedProblems(10000) {
		run, peer := runBounded(p), scipy.BoundedMinimize[p.name]
		counts, peers := [3]int{run.projected, run.value, run.made}, [3]int{peer.Projected, peer.Value, peer.Default}
		fmt.Fprintf(&table, "\n%-28s%18s%18s  %.10g, excess %.1e, %v", p.name, cell(counts), cell(peers), run.result.F, p.excess(run.result.F), run.result.Status)
		for i, n := range peers {
			if peer.Value > 0 {
				ours[i] += cmp.Or(counts[i], run.made)
				theirs[i] += n
			}
		}
		t.Run(p.name, func(t *testing.T) {
			skipOpen(t)
			if run.outside != nil {
				t.Errorf("the problem was evaluated at %v", run.outside)
			}
			if e := p.excess(run.result.F); !(math.Abs(e) <= minimal) && p.name != plateau {
				t.Errorf("f = %v after %d evaluations, want one of %v", run.result.F, run.made, p.minima)
			}
			if !converged(run.result.Status) {
				t.Errorf("%v after %d evaluations", run.result.Status, run.made)
			}
		})
	}
	fmt.Fprintf(&table, "\n%-28s%18s%18s", "total", cell(ours), cell(theirs))
	t.Log("evaluations until the projected gradient is small / the value is a minimum / the end; - is not reached\n" +
		"                                      LBFGS            scipy" + table.String())
	for i, until := range []string{"projected", "value"} {
		t.Run("total/"+until, func(t *testing.T) {
			skipOpen(t)
			if float64(ours[i]) > 1.1*float64(theirs[i]) {
				t.Errorf("%d evaluations, scipy needs %d", ours[i], theirs[i])
			}
		})
	}
}
