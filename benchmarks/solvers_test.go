package benchmarks

import (
	"fmt"
	"math"
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
// there. The rounds alternate, and the least time counts.
func BenchmarkLeastSquares(b *testing.B) {
	const steps = 6
	for _, c := range []struct{ m, n int }{{1e3, 3}, {1e5, 3}, {1e6, 3}, {1e5, 30}} {
		b.Run(fmt.Sprintf("m=%d/p=%d", c.m, c.n), func(b *testing.B) {
			f := newFit(c.m, c.n)
			ours, peer := math.Inf(1), math.Inf(1)
			for b.Loop() {
				elapsed, jacobians, _ := f.levenbergMarquardt(steps)
				ours = min(ours, perCall(elapsed, jacobians))
				if lmder != nil {
					elapsed, jacobians, _ = lmder(f, steps)
					peer = min(peer, perCall(elapsed, jacobians))
				}
			}
			report(b, "step", "lmder", ours, peer)
		})
	}
}

// BenchmarkLBFGS measures an iteration without its evaluations, beside liblbfgs if that is there. The
// time of the evaluations is measured apart and subtracted.
func BenchmarkLBFGS(b *testing.B) {
	const iterations = 30
	for _, n := range []int{2, 100, 1e4, 1e6} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			start, g := rosenbrockStart(n), make([]float64, n)
			count := max(10, 1000/n) // evaluations that are measured
			ours, peer := math.Inf(1), math.Inf(1)
			ourEvaluation, peerEvaluation := math.Inf(1), math.Inf(1)
			var ourCount, peerCount int
			for b.Loop() {
				begin := time.Now()
				for range count {
					rosenbrock(g, start)
				}
				ourEvaluation = min(ourEvaluation, perCall(time.Since(begin), count))
				elapsed, evaluations, _ := lbfgs(start, iterations)
				ours, ourCount = min(ours, perCall(elapsed, iterations)), evaluations
				if liblbfgs != nil {
					peerEvaluation = min(peerEvaluation, perCall(rosenbrockInC(start, count), count))
					elapsed, evaluations, _ = liblbfgs(start, iterations)
					peer, peerCount = min(peer, perCall(elapsed, iterations)), evaluations
				}
			}
			ours -= ourEvaluation * float64(ourCount) / iterations
			peer -= peerEvaluation * float64(peerCount) / iterations
			report(b, "iteration", "liblbfgs", ours, peer)
		})
	}
}

// perCall returns the time of one of count calls in ns.
func perCall(elapsed time.Duration, count int) float64 {
	return float64(elapsed.Nanoseconds()) / float64(count)
}

// report reports the times of ours and of a peer, in ns for each unit, and their ratio.
func report(b *testing.B, unit, name string, ours, peer float64) {
	b.ReportMetric(0, "ns/op") // the time of all contenders and evaluations
	b.ReportMetric(ours, "ns/"+unit)
	if !math.IsInf(peer, 0) {
		b.ReportMetric(peer, name+"-ns/"+unit)
		b.ReportMetric(ours/peer, "ratio")
	}
}
