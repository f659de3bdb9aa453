package optim

import (
	"math"
	"testing"
)

// watcher notes what a chain calls.
type watcher struct {
	begun   int
	grads   []float64
	touched []bool // by Apply, since Begin
}

func (w *watcher) Begin(params, grads []float64) {
	w.begun++
	w.grads = append(w.grads[:0], grads...)
	w.touched = make([]bool, len(params))
}

func (w *watcher) Apply(lo int, grads, params []float64) {
	for i := range grads {
		if w.touched[lo+i] {
			panic("touched twice")
		}
		w.touched[lo+i] = true
		grads[i] *= 2
	}
}

// TestChainPaths goes in front of a rule, block by block, and in front of
// another optimizer, over one vector: both call the transforms alike.
func TestChainPaths(t *testing.T) {
	const n = 3*blockLen + 17
	b := newBowl(n)
	for i, opt := range []Optimizer{NewMomentum(0.05, 0.9), &loud{SGD: NewSGD(0.1)}} {
		w := new(watcher)
		c := NewChain(opt, w, L2(0.5))
		x, g, want, doubled := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		plain := []Optimizer{NewMomentum(0.05, 0.9), NewSGD(0.1)}[i]
		for step := range 5 {
			b.gradient(g, x)
			c.Step(x, g)
			for j := range doubled {
				doubled[j] = float64(2*(b.a[j]*(want[j]-b.c[j]))) + float64(0.5*want[j])
			}
			plain.Step(want, doubled)
			if w.begun != step+1 || !sameBits(w.grads, g) {
				t.Fatalf("%T: Begin was called %d times in %d steps", opt, w.begun, step+1)
			}
			for j, touched := range w.touched {
				if !touched {
					t.Fatalf("%T: no Apply for coordinate %d", opt, j)
				}
			}
		}
		if !sameBits(x, want) {
			t.Errorf("%T: other bits than with the gradient rewritten by hand", opt)
		}
	}
}

// TestChainOfUsedOptimizer puts a chain around an optimizer that has stepped on
// fewer parameters.
func TestChainOfUsedOptimizer(t *testing.T) {
	opt := NewAdam(1)
	opt.Step(make([]float64, 2), make([]float64, 2))
	c := NewChain(opt, L2(0))
	if got, want := message(func() { c.Step(make([]float64, 3), make([]float64, 3)) }),
		"optim: Adam.Step: len(params) = 3, want 2 as in the steps before"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestL2(t *testing.T) {
	g := []float64{1, -2, 0}
	L2(0.5).Apply(0, g, []float64{4, 6, math.Inf(1)})
	if !sameBits(g, []float64{3, 1, math.Inf(1)}) {
		t.Errorf("g = %v", g)
	}
}
