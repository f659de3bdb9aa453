package optim

import (
	"math"
	"testing"
)

// TestFloat32Trajectories compares float32 tensors with PyTorch in float32, on the same gradients:
// the root mean square of the distance of the parameters from the trajectory in float64, after some
// numbers of steps. With Master it must be that of the rounding of the parameters.
//
// Ours must be at least as near as PyTorch. If the rounding of the parameters is the only error of
// both, as for SGD, the two distances have the same expectation, and each has a relative standard
// error of 1/√(2n). The test allows three standard errors of their difference.
func TestFloat32Trajectories(t *testing.T) {
	const n, standardErrors = 10000, 3
	var data struct {
		Steps []int
		Rules map[string]struct {
			Distance []float64   // of PyTorch's float32 trajectory
			First    [][]float64 // parameters of its float64 trajectory
		}
	}
	readJSON(t, "testdata/float32.json", &data)
	for rule, newOpt := range map[string]func() Optimizer{
		"SGD":      func() Optimizer { return NewSGD(1e-3) },
		"Momentum": func() Optimizer { return NewMomentum(1e-3, 0.9) },
		"Nesterov": func() Optimizer { return NewNesterov(1e-3, 0.9) },
		"AdaGrad":  func() Optimizer { return NewAdaGrad(1e-2) },
		"RMSProp":  func() Optimizer { return NewRMSProp(1e-3) },
		"Adam":     func() Optimizer { return NewAdam(1e-3) },
		"AdamW":    func() Optimizer { return NewAdamW(1e-3, 0.01) },
	} {
		exact, single, master := NewTensors(doubles(n)...), NewTensors(singles(77, n-77)...), NewTensors(singles(n)...)
		master.Master = true
		start := make([]float64, n)
		for i := range start {
			start[i] = float64(i*613%1999-999) / 16384
		}
		opts := map[*Tensors]Optimizer{exact: newOpt(), single: newOpt(), master: newOpt()}
		for ts := range opts {
			ts.Scatter(start)
		}
		step, torch := 0, data.Rules[rule]
		for k, last := range data.Steps {
			for step < last {
				step++
				for ts, opt := range opts {
					setStream(ts, step)
					ts.Step(opt)
				}
			}
			want := rounded(exact)
			for i, x := range torch.First[k] {
				if !(math.Abs(want[i]-x) <= 1e-13) {
					t.Errorf("%s, step %d: x[%d] = %v in float64, want %v", rule, step, i, want[i], x)
				}
			}
			ours, theirs, withMaster := distance(rounded(single), want), torch.Distance[k], distance(rounded(master), want)
			t.Logf("%s, step %d: ours %.3g, with Master %.3g, PyTorch %.3g; ours / PyTorch %.3f", rule, step, ours, withMaster, theirs, ours/theirs)
			if !(ours <= theirs*(1+standardErrors/math.Sqrt(n))) {
				t.Errorf("%s, step %d: a distance of %v, PyTorch's is %v", rule, step, ours, theirs)
			}
			master.inMemory(want)
			if !sameBits(rounded(master), want) {
				t.Errorf("%s, step %d: with Master the parameters are not those of float64, rounded", rule, step)
			}
		}
	}
}

// setStream sets the gradients to those of a step, which are numbers of float32.
func setStream(ts *Tensors, step int) {
	for k, i := range ts.order {
		t := ts.At(i)
		for j := range t.len() {
			c := ts.starts[k] + j
			g := float64((c*7919+step*104729+c*step%977)%2003-1001) / 1024
			if t.Params32 != nil {
				t.Grads32[j] = float32(g)
			} else {
				t.Grads[j] = g
			}
		}
	}
}

// distance returns the root mean square of x − y.
func distance(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	return math.Sqrt(sum / float64(len(x)))
}
