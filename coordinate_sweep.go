package optim

// setModel follows the derivatives of a quadratic f while the parameters of a working set move.
// k is the place of a parameter xⱼ in the set.
type setModel interface {
	partial(k int) float64                // returns ∂f/∂xⱼ
	curvature(k int) float64              // returns ∂²f/∂xⱼ²
	moved(k int, delta float64)           // xⱼ has moved by delta
	change(deltas []float64) (df float64) // returns the change of f if all parameters move by deltas
	moveAll()                             // all parameters have moved by the last deltas
}

// sweeps moves the working set in sweeps. Model nil stands for the columns of the sum. The sweeps end
// early if they cost less than a gradient of all parameters.
func (o *CoordinateDescent) sweeps(x []float64, whole float64, model setModel) {
	w := &o.working
	cost := float64(len(w.set)) // of a sweep, in columns
	if model == &w.gram {
		cost *= cost / float64(o.linear.sum.N)
	}
	w.anderson.start()
	w.order = w.order[:0]
	for k := range w.set {
		w.order = append(w.order, k)
	}
	for done := cost; ; done += cost {
		o.sweepSet(x, model)
		if done >= float64(len(x)) && !(o.kkt > settled*whole) || !(o.kkt > exhausted*whole) || done >= float64(o.Active)*cost {
			return
		}
		switch {
		case model == &w.gram && o.eta > 0 && o.minimizeSupport(x):
			o.moveIfLower(x, w.next, model)
			w.anderson.start()
		case (model != nil || o.linear.labels != nil) && w.anderson.add(x, w.set):
			o.moveIfLower(x, w.anderson.next, model)
		}
	}
}

// sweepSet moves every parameter of the working set once.
func (o *CoordinateDescent) sweepSet(x []float64, model setModel) {
	w := &o.working
	if o.order.rng != nil {
		o.order.rng.Shuffle(len(w.order), func(a, b int) { w.order[a], w.order[b] = w.order[b], w.order[a] })
	}
	o.kkt = 0
	for _, k := range w.order {
		j := w.set[k]
		if model == nil {
			o.moveFresh(x, j)
			continue
		}
		g := model.partial(k)
		o.noteViolation(x[j], g, j)
		if v := o.target(x[j], g, model.curvature(k), j); v != x[j] {
			model.moved(k, v-x[j])
			x[j] = v
		}
	}
}

// moveIfLower moves the working set to next, if the loss with penalties is lower there. The change of
// the loss is computed from the moves, without cancellation.
func (o *CoordinateDescent) moveIfLower(x, next []float64, model setModel) {
	w, m := &o.working, o.linear
	deltas, penalties := w.deltas[:0], 0.0
	for k, j := range w.set {
		deltas = append(deltas, next[k]-x[j])
		penalties += o.penaltyChange(j, x[j], next[k])
	}
	w.deltas = deltas
	change := 0.0
	if model == nil {
		change = m.change(w.set, deltas)
	} else {
		change = model.change(deltas)
	}
	if !(change+penalties < 0) {
		return
	}
	for k, j := range w.set {
		x[j] = next[k]
	}
	if model == nil {
		m.moveAll()
	} else {
		model.moveAll()
	}
}
