package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestEndOfActiveSweeps gives the violation of the first parameter in each of its derivatives. The second
// parameter, if there is one, is zero and violates nothing. The sweeps over the nonzero parameters end
// at a thousandth of the first violation, and after n moves at a tenth. Both are exact here. On a LinearSum
// the first derivatives are those of the gradient.
func TestEndOfActiveSweeps(t *testing.T) {
	for _, c := range []struct {
		n          int
		violations []float64
	}{
		{1, []float64{10, 1}},
		{1, []float64{10, 1.5, 1}},
		{2, []float64{1000, 1}},
		{2, []float64{1000, 100, 100}},
		{2, []float64{1000, 500, 101, 100}},
		{2, []float64{0, 0}},
	} {
		l := &LinearSum{Rows: mat.NewDense(1, c.n, nil), Curvature: 1, Deriv: func(int, float64) float64 { return 0 }}
		for name, o := range map[string]*CoordinateDescent{"a loss": NewCoordinateDescent(Cyclic), "a LinearSum": l.CoordinateDescent(Cyclic)} {
			x, calls := []float64{1, 0}[:c.n], 0
			o.L1, o.Lipschitz = 1, []float64{0x1p60, 0x1p60}[:c.n] // x hardly moves
			o.Partial = func(_ []float64, i int) float64 {
				if i == 1 {
					return 0
				}
				calls++
				return c.violations[min(calls, len(c.violations))-1] - 1
			}
			if o.Step(x, nil); calls != len(c.violations) {
				t.Errorf("%s of %d parameters, violations %v: %d derivatives", name, c.n, c.violations, calls)
			}
		}
	}
}

// TestIrrelevantCoordinate has a loss that does not depend on x. The first Lᵢ is 1, so that a penalty of
// x²/2 halves x. In the end x is zero.
func TestIrrelevantCoordinate(t *testing.T) {
	constant := func(value float64) func(o *CoordinateDescent) {
		return func(o *CoordinateDescent) { o.Func = func([]float64) float64 { return value } }
	}
	for name, set := range map[string]func(o *CoordinateDescent){
		"a loss of 7": constant(7), "a loss of 0": constant(0),
		"derivatives": func(o *CoordinateDescent) { o.Partial = func([]float64, int) float64 { return 0 } },
	} {
		o, x := NewCoordinateDescent(Cyclic), []float64{1}
		o.L2 = 1
		set(o)
		if o.Step(x, []float64{0}); !near(x[0], 0.5, 1e-12) {
			t.Errorf("%s: x = %v after a step, want ½", name, x[0])
		}
		for range 2000 {
			o.Step(x, []float64{0})
		}
		if x[0] != 0 || !finite(o.learnt) {
			t.Errorf("%s: x = %v with the bound %v, want 0", name, x[0], o.learnt[0])
		}
	}
}

// TestStartAtZeroLoss starts where the loss is 0, but not lowest.
func TestStartAtZeroLoss(t *testing.T) {
	o, x := NewCoordinateDescent(Cyclic), []float64{0}
	o.Func = func(x []float64) float64 { return (x[0]-1)*(x[0]-1) - 1 }
	for range 30 {
		o.Step(x, []float64{2 * (x[0] - 1)})
	}
	if !near(x[0], 1, 1e-7) {
		t.Errorf("x = %v, want 1", x[0])
	}
}

// TestLargestBound has bounds whose product with x overflows. The exact moves are far below the rounding
// of x.
func TestLargestBound(t *testing.T) {
	for _, bound := range []float64{1e300, 1e308, math.MaxFloat64} {
		for _, start := range []float64{-10, 0.5, 2, 1e10} {
			o, x := NewCoordinateDescent(Cyclic), []float64{start}
			o.Lipschitz = []float64{bound}
			if o.Step(x, []float64{1}); x[0] != start {
				t.Errorf("L = %v: from %v to %v", bound, start, x[0])
			}
		}
	}
}

// TestFirstMoves records the points at which the curvature of ½(x + 1)² is sought. The first move from 0
// is 2⁻¹⁰⁰, and each is 2³⁰ times the one before. At the third point the derivative has changed by 2⁻⁴⁰ of
// its value, which is visible.
func TestFirstMoves(t *testing.T) {
	o, x := NewCoordinateDescent(Cyclic), []float64{0}
	var points []float64
	o.Partial = func(x []float64, _ int) float64 {
		points = append(points, x[0])
		return x[0] + 1
	}
	o.Step(x, nil)
	first, second := -0x1p-100, -0x1p-100-0x1p-70
	if want := []float64{0, first, second, second - 0x1p-40, -1}; !slices.Equal(points, want) {
		t.Errorf("derivatives at %v, want %v", points, want)
	}
}

// TestGreedyTies checks that of coordinates with equal gains the first one moves, and that a coordinate
// without a gain costs no value of Func.
func TestGreedyTies(t *testing.T) {
	o, x := NewCoordinateDescent(Greedy), make([]float64, 3)
	o.Block, o.Lipschitz = 2, []float64{1, 1, 1}
	if o.Step(x, []float64{1, 1, 2}); !slices.Equal(x, []float64{-1, 0, -2}) {
		t.Errorf("x = %v, want the first and the last moved", x)
	}
	o, calls := NewCoordinateDescent(Greedy), 0
	o.Func = func([]float64) float64 { calls++; return 0 }
	if o.Step([]float64{1}, []float64{0}); calls != 0 {
		t.Errorf("%d values at a minimum", calls)
	}
}
