package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
)

// project sets x to the nearest point within the bounds.
func project(x, lower, upper []float64) {
	for i, v := range x {
		x[i] = min(max(v, lower[i]), upper[i])
	}
}

// projectedGradient returns max|P(x − g) − x|, where P is the projection on the bounds.
func (p boundedRow) projectedGradient(x, g []float64) float64 {
	moved := make([]float64, len(x))
	floats.SubTo(moved, x, g)
	project(moved, p.lower, p.upper)
	return floats.Distance(moved, x, math.Inf(1))
}

// projectedStart returns the point within the bounds that is nearest to the start.
func (p boundedRow) projectedStart() []float64 {
	x := slices.Clone(p.start)
	project(x, p.lower, p.upper)
	return x
}

// threshold is 1e-5·max(1, max|P(x₀ − g) − x₀|).
func (p boundedRow) threshold() float64 {
	x := p.projectedStart()
	g := make([]float64, len(x))
	p.f(g, x)
	return 1e-5 * max(1, p.projectedGradient(x, g))
}

// excess returns f − f* for the nearest of the known minima, as a fraction of max(|f*|, 1e-8·|f₀|).
func (p boundedRow) excess(f float64) float64 {
	least, scale := math.Inf(1), 1e-8*math.Abs(p.f(nil, p.projectedStart()))
	for _, minimum := range p.minima {
		if d := (f - minimum) / max(math.Abs(minimum), scale); math.Abs(d) < math.Abs(least) {
			least = d
		}
	}
	return least
}

// TestBoundedGradients compares gradients with central differences, at the start and at random
// points within the bounds.
func TestBoundedGradients(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, p := range boundedProblems(100) {
		x, g, want := p.projectedStart(), make([]float64, len(p.start)), make([]float64, len(p.start))
		for range 3 {
			f := p.f(g, x)
			if f != p.f(nil, x) {
				t.Errorf("%s: f = %v with the gradient, %v without", p.name, f, p.f(nil, x))
			}
			fd.Gradient(want, p.problem().Func, x, &fd.Settings{Formula: fd.Central})
			if !floats.EqualApprox(g, want, 1e-6*(floats.Norm(want, math.Inf(1))+1e-3*math.Abs(f))) {
				t.Errorf("%s at %v: the gradient is %v, and by differences %v", p.name, x, g, want)
			}
			for i := range x {
				x[i] += 0.3 * random.NormFloat64() * max(1, math.Abs(x[i])/4)
			}
			project(x, p.lower, p.upper)
		}
	}
}

// TestBoundedMinima compares the values at the known minimizers with the minima, and these with the
// published ones. At a minimizer, the projected gradient is zero up to rounding.
func TestBoundedMinima(t *testing.T) {
	published, points := 0, 0
	for _, p := range boundedProblems(10000) {
		if !math.IsNaN(p.published) {
			published++
			if d := math.Abs(p.minima[0] - p.published); !(d <= 5e-6*math.Abs(p.published)) {
				t.Errorf("%s: the minimum is %v, published is %v", p.name, p.minima[0], p.published)
			}
		}
		if p.x == nil {
			continue
		}
		points++
		inside, g := slices.Clone(p.x), make([]float64, len(p.x))
		project(inside, p.lower, p.upper)
		if !slices.Equal(inside, p.x) {
			t.Errorf("%s: the minimizer is not within the bounds", p.name)
		}
		if f := p.f(g, p.x); !(math.Abs(p.excess(f)) <= 1e-10) {
			t.Errorf("%s: f = %v at the minimizer, want %v", p.name, f, p.minima[0])
		}
		// An error of 1e-9 in x changes the gradient by 1e-9 times the second derivatives.
		if got, start := p.projectedGradient(p.x, g), p.threshold(); !(got <= 1e-3*start) {
			t.Errorf("%s: the projected gradient is %v at the minimizer, and %v at the start", p.name, got, 1e5*start)
		}
	}
	if published != 24 || points != 28 {
		t.Errorf("%d published minima and %d minimizers", published, points)
	}
}

// TestBoundedPeers wants the figures of scipy for each problem.
func TestBoundedPeers(t *testing.T) {
	var scipy peers
	readJSON(t, "testdata/peers.json", &scipy)
	rows, fits := 0, 0
	for _, p := range boundedProblems(10000) {
		rows++
		peer, ok := scipy.BoundedMinimize[p.name]
		if !ok || peer.Projected < 1 || peer.Default < 1 || peer.F < p.minima[0]-1e-8*math.Abs(p.minima[0]) {
			t.Errorf("%s: %+v of L-BFGS-B, and the minimum is %v", p.name, peer, p.minima[0])
		}
		if p.squares == nil {
			continue
		}
		fits++
		fit, ok := scipy.BoundedLeastSquares[p.name]
		if !ok || fit.Jacobians < 1 || fit.SumSquares < p.minima[0]-1e-8*math.Abs(p.minima[0]) {
			t.Errorf("%s: %+v of least_squares, and the minimum is %v", p.name, fit, p.minima[0])
		}
	}
	if rows != len(scipy.BoundedMinimize) || fits != len(scipy.BoundedLeastSquares) {
		t.Errorf("%d and %d problems, scipy has %d and %d", rows, fits, len(scipy.BoundedMinimize), len(scipy.BoundedLeastSquares))
	}
}
