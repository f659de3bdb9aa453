package optim

import (
	"cmp"
	"math"
	"slices"
)

const (
	// leastSet is the least size of a working set. A set has up to twice as many parameters as are
	// nonzero.
	leastSet = 10
)

// workingSet is the part of the parameters that a step moves.
type workingSet struct {
	slopes
	set        []int   // ascending
	order      []int   // places in the set, in the order of a sweep
	error      float64 // bound of the rounding error of the gap
	candidates []candidate
	gram       gram
	packed     packedColumns
	support    support
	next       []float64 // a point to which the set may move
	deltas     []float64 // the moves to that point
	anderson   anderson
	newton     newtonStep
}

// candidate is a parameter that may enter the working set.
type candidate struct {
	j     int
	score float64 // distance of the dual point to the constraint of j
}

// moveSet moves the parameters of a working set until the optimality conditions of the set are
// violated much less than all conditions were before.
func (o *CoordinateDescent) moveSet(x []float64) {
	o.working.forget(o.linear)
	o.renew(x)
	o.improve(x, o.measure(x))
}

// measure sets kkt and gap to their values at x, and returns the factor s of the dual point.
func (o *CoordinateDescent) measure(x []float64) (dual float64) {
	o.kkt = 0
	for j, g := range o.working.grads {
		o.noteViolation(x[j], g, j)
	}
	return o.measureGap(x)
}

// improve moves the parameters of a working set.
func (o *CoordinateDescent) improve(x []float64, dual float64) {
	o.screen(x, dual)
	o.choose(x, dual)
	whole := o.kkt // sweeps change kkt
	o.solve(x, whole)
	o.kkt = whole
}

// screen sets to zero the parameters that are zero at the minimum, as the gap-safe rule proves.
func (o *CoordinateDescent) screen(x []float64, dual float64) {
	moved := false
	for j, v := range x {
		if v != 0 && o.screened(j, dual) {
			o.set(x, j, 0)
			moved = true
		}
	}
	if moved {
		o.renew(x)
	}
}

// screened returns whether parameter j is zero at the minimum, as the gap-safe rule proves.
func (o *CoordinateDescent) screened(j int, dual float64) bool {
	l1, _ := o.penalties(j)
	return float64(dual*math.Abs(o.working.grads[j]))+o.reach(j) < l1
}

// choose sets the working set: the parameters that are nonzero or have no L1 penalty, and the
// candidates with the smallest scores. A parameter that is screened is not in the set.
func (o *CoordinateDescent) choose(x []float64, dual float64) {
	w, m := &o.working, o.linear
	w.set, w.candidates = w.set[:0], w.candidates[:0]
	nonzero := 0
	for j, g := range w.grads {
		l1, _ := o.penalties(j)
		slope := math.Abs(g)
		switch {
		case x[j] != 0 || l1 == 0:
			w.set = append(w.set, j)
			nonzero++
		case slope > nearBound*l1 && !o.screened(j, dual):
			w.candidates = append(w.candidates, candidate{j, (l1 - float64(dual*slope)) / math.Sqrt(m.squares[j])})
		}
	}
	slices.SortFunc(w.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.score, b.score), a.j-b.j)
	})
	for _, c := range w.candidates[:min(len(w.candidates), max(leastSet, nonzero))] {
		w.set = append(w.set, c.j)
	}
	slices.Sort(w.set)
}

// solve moves the parameters of the working set. whole is the violation of all conditions before.
func (o *CoordinateDescent) solve(x []float64, whole float64) {
	w, m := &o.working, o.linear
	switch {
	case w.gram.linear != nil:
		w.gram.start(w.grads, w.set)
		o.sweeps(x, whole, &w.gram)
	case m.labels != nil && m.prefersGram(w.set):
		w.gram.include(m, w.set)
		w.gram.start(w.grads, w.set)
		o.sweeps(x, whole, &w.gram)
		m.compute(x)
	case o.newton && m.prefersGram(w.set):
		o.moveNewton(x, whole)
	case m.labels != nil && m.columns[0].indices != nil:
		w.packed.start(m, w.set)
		o.sweeps(x, whole, &w.packed)
	default:
		o.sweeps(x, whole, nil)
	}
}
