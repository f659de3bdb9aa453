package optim

import (
	"math"

	"example.com/optim/internal/kernel"
)

// maxHalvings is the largest number of lengths of a Newton step.
const maxHalvings = 60

// newtonStep is the workspace of a step of Newton's method.
type newtonStep struct {
	weights []float64 // wᵢ/W·φᵢ″(zᵢ)
	x       []float64 // of the working set before the step
	z       []float64 // the change of z in the full step
	trial   []float64 // z at a length of the step
}

// moveNewton minimises the quadratic model of the loss with penalties over the working set. It tries
// 1, ½, ¼, … of the way to this minimum, and moves to the first point that decreases the loss enough.
func (o *CoordinateDescent) moveNewton(x []float64, whole float64) {
	w, m := &o.working, o.linear
	s := &w.newton
	s.weights, s.z, s.trial = resize(s.weights, m.sum.N), resize(s.z, m.sum.N), resize(s.trial, m.sum.N)
	for i := range s.weights {
		s.weights[i] = m.second(i)
	}
	w.gram.weights = s.weights
	w.gram.reset()
	w.support.reset()
	w.gram.include(m, w.set)
	w.gram.start(w.grads, w.set)
	s.x = s.x[:0]
	for _, j := range w.set {
		s.x = append(s.x, x[j])
	}
	o.sweeps(x, whole, &w.gram)
	clear(s.z)
	predicted := 0.0
	for k, j := range w.set {
		delta := x[j] - s.x[k]
		predicted += float64(w.grads[j]*delta) + o.penaltyChange(j, s.x[k], x[j])
		if delta != 0 {
			m.columns[j].addTo(s.z, delta)
		}
	}
	o.search(x, predicted)
}

// search sets the parameters of the working set to the accepted point, and updates z and d.
func (o *CoordinateDescent) search(x []float64, predicted float64) {
	w, m := &o.working, o.linear
	s := &w.newton
	before := m.loss(m.z)
	rounding := float64(gapError * math.Abs(before))
	length := 1.0
	for range maxHalvings {
		kernel.AddScaledTo(s.trial, m.z, s.z, length)
		change := m.loss(s.trial) - before
		for k, j := range w.set {
			change += o.penaltyChange(j, s.x[k], s.x[k]+float64(length*(x[j]-s.x[k])))
		}
		if change <= float64(sufficientDecrease*float64(length*predicted))+rounding {
			break
		}
		length /= 2
	}
	if length < 1 {
		for k, j := range w.set {
			x[j] = s.x[k] + float64(length*(x[j]-s.x[k]))
		}
	}
	copy(m.z, s.trial)
	m.deriveAll()
}

// penaltyChange returns the change of the penalties if xⱼ moves from a to b.
func (o *CoordinateDescent) penaltyChange(j int, a, b float64) float64 {
	l1, l2 := o.penalties(j)
	return float64(l1*(math.Abs(b)-math.Abs(a))) + float64(l2/2*float64((b-a)*(a+b)))
}
