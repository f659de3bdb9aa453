package benchmarks

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// TestSolvers checks that all contenders find the same minimum.
func TestSolvers(t *testing.T) {
	f := newFit(3000, 3)
	_, _, want := f.levenbergMarquardt(50)
	if lmder != nil {
		_, _, x := lmder(f, 50)
		for i, v := range x {
			if !(math.Abs(v-want[i]) <= 1e-7) {
				t.Errorf("lmder: x = %v, want %v", x, want)
				break
			}
		}
	}
	start := rosenbrockStart(100)
	_, _, x := lbfgs(start, 1000)
	check := func(name string, x []float64) {
		for i, v := range x {
			if !(math.Abs(v-1) <= 1e-6) {
				t.Errorf("%s: x[%d] = %v, want 1", name, i, v)
				break
			}
		}
	}
	check("ours", x)
	if liblbfgs != nil {
		_, _, x := liblbfgs(start, 1000)
		check("liblbfgs", x)
	}
}

// BenchmarkLeastSquares measures a step without its evaluations, beside lmder of cminpack if that is
// there.
func BenchmarkLeastSquares(b *testing.B) {
	const steps = 6
	for _, c := range []struct{ m, n int }{{1e3, 3}, {1e5, 3}, {1e6, 3}, {1e5, 30}} {
		b.Run(fmt.Sprintf("m=%d/p=%d", c.m, c.n), func(b *testing.B) {
			f, rounds := newFit(c.m, c.n), new(rounds)
			for b.Loop() {
				elapsed, jacobians, _ := f.levenbergMarquardt(steps)
				ours, peer := perCall(elapsed, jacobians), math.NaN()
				if lmder != nil {
					elapsed, jacobians, _ = lmder(f, steps)
					peer = perCall(elapsed, jacobians)
				}
				rounds.add(ours, peer)
			}
			rounds.report(b, "step", "lmder")
		})
	}
}

// BenchmarkLBFGS measures an iteration without its evaluations, beside liblbfgs if that is there. It is
// the 30th part of a run with all its allocations. The time of the evaluations is measured apart and
// subtracted.
func BenchmarkLBFGS(b *testing.B) {
	const iterations = 30
	for _, n := range []int{2, 10, 100, 1000, 1e5, 1e6} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			start, g, rounds := rosenbrockStart(n), make([]float64, n), new(rounds)
			count := max(10, 10000/n) // evaluations that are measured
			for b.Loop() {
				begin := time.Now()
				for range count {
					rosenbrock(g, start)
				}
				evaluation := perCall(time.Since(begin), count)
				elapsed, evaluations, _ := lbfgs(start, iterations)
				ours, peer := perCall(elapsed, iterations)-evaluation*float64(evaluations)/iterations, math.NaN()
				if liblbfgs != nil {
					evaluation = perCall(rosenbrockInC(start, count), count)
					elapsed, evaluations, _ = liblbfgs(start, iterations)
					peer = perCall(elapsed, iterations) - evaluation*float64(evaluations)/iterations
				}
				rounds.add(ours, peer)
			}
			rounds.report(b, "iteration", "liblbfgs")
		})
	}
}

// perCall returns the time of one of count calls in ns.
func perCall(elapsed time.Duration, count int) float64 {
	return float64(elapsed.Nanoseconds()) / float64(count)
}

// rounds are times in ns of ours and of a peer, which take turns.
type rounds struct{ ours, peer, ratio []float64 }

// add adds the times of a round. peer is NaN if there is none.
func (r *rounds) add(ours, peer float64) {
	r.ours = append(r.ours, ours)
	r.peer = append(r.peer, peer)
	r.ratio = append(r.ratio, ours/peer)
}

// report reports the medians of the times, for each unit, and of their ratios.
func (r *rounds) report(b *testing.B, unit, peer string) {
	b.ReportMetric(0, "ns/op") // the time of all contenders and evaluations
	b.ReportMetric(median(r.ours), "ns/"+unit)
	if ratio := median(r.ratio); !math.IsNaN(ratio) {
		b.ReportMetric(median(r.peer), peer+"-ns/"+unit)
		b.ReportMetric(ratio, "ratio")
	}
}

// median sorts x and returns its median.
func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
