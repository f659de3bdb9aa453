package optim_test

import (
	"bytes"
	"fmt"

	"example.com/optim"
)

// A model with two tensors of float32. The loss is the sum of (w−1)² and (b−2)².
type model struct{ w, dw, b, db []float32 }

func newModel() *model {
	return &model{make([]float32, 2), make([]float32, 2), make([]float32, 1), make([]float32, 1)}
}

// backward computes the gradients.
func (m *model) backward() {
	for i, w := range m.w {
		m.dw[i] = 2 * (w - 1)
	}
	m.db[0] = 2 * (m.b[0] - 2)
}

func ExampleTensors() {
	m := newModel()
	ts := optim.NewTensors(
		optim.Tensor{Params32: m.w, Grads32: m.dw},
		optim.Tensor{Params32: m.b, Grads32: m.db},
	)
	opt := optim.NewChain(optim.NewAdam(0.1), optim.NewClipNorm(1))
	for range 300 {
		m.backward()
		ts.Step(opt)
	}
	fmt.Printf("%.3f %.3f\n", m.w, m.b)
	// Output: [1.000 1.000] [2.000]
}

// The first tensor is frozen for some steps.
func ExampleTensor() {
	m := newModel()
	ts := optim.NewTensors(
		optim.Tensor{Params32: m.w, Frozen: true}, // needs no gradient
		optim.Tensor{Params32: m.b, Grads32: m.db},
	)
	opt := optim.NewSGD(0.25)
	for step := range 40 {
		if step == 20 {
			ts.At(0).Frozen, ts.At(0).Grads32 = false, m.dw
			fmt.Printf("%.3f %.3f\n", m.w, m.b)
		}
		m.backward()
		ts.Step(opt)
	}
	fmt.Printf("%.3f %.3f\n", m.w, m.b)
	// Output:
	// [0.000 0.000] [2.000]
	// [1.000 1.000] [2.000]
}

// Biases have no weight decay.
func ExampleSplitTensors() {
	m := newModel()
	tensors := []optim.Tensor{{Params32: m.b, Grads32: m.db}, {Params32: m.w, Grads32: m.dw}}
	isWeight := func(i int) bool { return i == 1 }
	ts, groups := optim.SplitTensors(tensors, isWeight, optim.NewAdamW(0.1, 0.5), optim.NewAdam(0.1))
	for range 500 {
		m.backward()
		ts.Step(groups)
	}
	fmt.Println(groups)
	fmt.Printf("%.2f %.2f\n", m.w, m.b)
	// Output:
	// Groups(2: Adam(LearningRate 0.1, WeightDecay 0.5, 500 steps), 1: Adam(LearningRate 0.1, 500 steps))
	// [0.95 0.95] [2.00]
}

// A checkpoint of a run on tensors.
func ExampleTensors_save() {
	m := newModel()
	ts := optim.NewTensors(optim.Tensor{Params32: m.w, Grads32: m.dw}, optim.Tensor{Params32: m.b, Grads32: m.db})
	opt := optim.NewAdam(0.1)
	m.backward()
	ts.Step(opt)
	var file bytes.Buffer
	fmt.Println(optim.Save(&file, nil, opt, ts))

	m.w[0] = 7
	fmt.Println(optim.Load(&file, nil, opt, ts))
	fmt.Printf("%.3f %v\n", m.w, opt)
	// Output:
	// <nil>
	// <nil>
	// [0.100 0.100] Adam(LearningRate 0.1, 1 step)
}

// The average of the parameters for an evaluation.
func ExampleTensors_Gather() {
	m := newModel()
	ts := optim.NewTensors(optim.Tensor{Params32: m.w, Grads32: m.dw}, optim.Tensor{Params32: m.b, Grads32: m.db})
	average := optim.NewExponentialAverage(optim.NewSGD(0.25), 0.5)
	for range 3 {
		m.backward()
		ts.Step(average)
	}
	params, mean := make([]float64, ts.Len()), make([]float64, ts.Len())
	ts.Gather(params)
	average.Params(mean)
	ts.Scatter(mean)
	fmt.Printf("average    %.3f %.3f\n", m.w, m.b)
	ts.Scatter(params)
	fmt.Printf("parameters %.3f %.3f\n", m.w, m.b)
	// Output:
	// average    [0.786 0.786] [1.571]
	// parameters [0.875 0.875] [1.750]
}
