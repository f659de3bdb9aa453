package optim

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestProximalNewtonByHand compares steps with one coefficient with the algorithm in the doc comment of
// ProximalNewton: the minimum of the quadratic model, and the first of the lengths 1, ½, ¼, … that
// decreases the loss with penalties enough. The full step increases the loss from far starts, and from
// some it overflows.
func TestProximalNewtonByHand(t *testing.T) {
	rows := []float64{1, -2, 0.5}
	a := mat.NewDense(3, 1, rows)
	losses := textbookLosses(1)
	halved, full := 0, 0
	for name, labels := range map[string][]float64{"logistic": {1, 1, 0}, "Poisson": {2, 1, 0.5}} {
		loss := losses[name]
		second := func(z float64) float64 { return math.Exp(z) }
		l := NewPoissonSum(a, labels)
		if name == "logistic" {
			second = func(z float64) float64 { return 1 / ((1 + math.Exp(z)) * (1 + math.Exp(-z))) }
			l = NewLogisticSum(a, labels)
		}
		for _, l1 := range []float64{0, 0.05} {
			for _, l2 := range []float64{0, 0.01} {
				for _, start := range []float64{-8, -5, -3, -1, -0.5, 0.1, 0.3, 1, 2.5, 4, 6} {
					value := func(x float64) float64 {
						sum := l1*math.Abs(x) + l2/2*x*x
						for i, v := range rows {
							sum += loss.value(v*x, labels[i]) / 3
						}
						return sum
					}
					g, h := 0.0, 0.0
					for i, v := range rows {
						g += v * loss.deriv(v*start, labels[i]) / 3
						h += v * v * second(v*start) / 3
					}
					u := h*start - g
					delta := math.Copysign(math.Max(math.Abs(u)-l1, 0), u)/(h+l2) - start
					predicted := g*delta + l1*(math.Abs(start+delta)-math.Abs(start)) + l2/2*((start+delta)*(start+delta)-start*start)
					length := 1.0
					for !(value(start+length*delta)-value(start) <= 1e-4*length*predicted) {
						length /= 2
					}
					if length < 1 {
						halved++
					} else {
						full++
					}
					l.L2 = l2
					o := l.ProximalNewton(Cyclic)
					o.L1 = l1
					x := []float64{start}
					o.Step(x, nil)
					if want := start + length*delta; !near(x[0], want, 1e-12*math.Max(1, math.Abs(want))) {
						t.Errorf("%s, L1 = %v, L2 = %v: from %v to %v, want %v with the length %v", name, l1, l2, start, x[0], want, length)
					}
				}
			}
		}
	}
	if halved < 10 || full < 10 {
		t.Errorf("%d steps are halved, %d are not", halved, full)
	}
}

// TestProximalNewtonSteps counts the steps to the minimum. With the second derivatives the violation
// falls to a thousandth or its square in a step, for dense and sparse rows, weights, an intercept and
// penalties.
func TestProximalNewtonSteps(t *testing.T) {
	for _, c := range gapCases() {
		if !c.l.model.convex {
			continue
		}
		o := c.l.ProximalNewton(Cyclic)
		o.L1 = c.l1 / 10
		x := make([]float64, c.l.width())
		steps := 0
		for ; steps == 0 || o.KKT() > 1e-10 && steps < 100; steps++ {
			o.Step(x, nil)
		}
		t.Logf("%s: %d steps", c.label, steps)
		if steps > 12 {
			t.Errorf("%s: %d steps", c.label, steps)
		}
	}
}

// TestNewtonSearch gives a full step from one point to another. The loss is that of two equal rows. A step
// that decreases the loss with penalties keeps the bits of the point, even if they are below the rounding of its distance
// from the start. A step that increases a loss of e⁻⁶⁶ is halved until the increase is rounding.
func TestNewtonSearch(t *testing.T) {
	for _, c := range []struct{ l1, start, end, least, most float64 }{
		{1, 1, 0x1p-60, 0x1p-60, 0x1p-60}, // log 2 − log(1 + e⁻¹) < 1
		{0, 66, 1, 65.9, 66},
	} {
		l := NewLogisticSum(mat.NewDense(2, 1, []float64{1, -1}), []float64{1, 0})
		o, x := l.ProximalNewton(Cyclic), []float64{c.end}
		o.L1 = c.l1
		o.linear.compute([]float64{c.start})
		change := c.end - c.start
		o.working.set = []int{0}
		o.working.newton = newtonStep{x: []float64{c.start}, z: []float64{change, -change}, trial: make([]float64, 2)}
		if o.search(x, -1e-3); !(c.least <= x[0] && x[0] <= c.most) {
			t.Errorf("from %v to %v: x = %v, want [%v, %v]", c.start, c.end, x[0], c.least, c.most)
		}
	}
}
