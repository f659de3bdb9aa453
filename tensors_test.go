package optim

import (
	"bytes"
	"testing"
)

func TestTensors(t *testing.T) {
	x, y := []float64{1, 2}, []float32{3}
	ts := NewTensors(Tensor{Params: x, Grads: []float64{1, 1}}, Tensor{Params32: y, Grads32: []float32{2}})
	opt := NewAdam(0.1)
	ts.Step(opt)
	flat, again := []float64{1, 2, 3}, NewAdam(0.1)
	again.Step(flat, []float64{1, 1, 2})
	if x[0] != flat[0] || y[0] != float32(flat[2]) {
		t.Errorf("%v %v, want %v", x, y, flat)
	}
	var b bytes.Buffer
	if err := Save(&b, nil, opt, ts); err != nil {
		t.Fatal(err)
	}
	x[0], y[0] = 0, 0
	if err := Load(&b, nil, NewAdam(1), ts); err != nil || x[0] != flat[0] || y[0] != float32(flat[2]) {
		t.Errorf("%v: %v %v, want %v", err, x, y, flat)
	}
}
