package optim

import (
	"math"
	"slices"
)

// groupRule makes Groups a rule for a wrapper around them: if all optimizers are elementwise rules,
// one pass over the vector updates all groups.
type groupRule struct {
	Groups
	driver
	rules  []rule // one for each group; nil if its parameters stay as they are
	starts []int  // of the groups
}

func (r *groupRule) elementwise() bool { return r.all(rule.elementwise) }

func (r *groupRule) whole() bool { return !r.all(func(o rule) bool { return !o.whole() }) }

// all returns whether every optimizer is a rule for which holds returns true. It returns false for
// Groups within Groups.
func (r *groupRule) all(holds func(rule) bool) bool {
	for _, g := range r.Groups {
		if o, ok := ours(g.Optimizer).(rule); g.Optimizer != nil && !(ok && holds(o)) {
			return false
		}
	}
	return true
}

func (r *groupRule) expect(n, grads int) { r.Groups.expect(n, grads) }

// rate returns NaN: each group has a rate of its own.
func (r *groupRule) rate() float64 { return math.NaN() }

func (r *groupRule) begin(v vectors) {
	r.rules, r.starts = r.rules[:0], append(r.starts[:0], 0)
	for _, g := range r.Groups {
		o, _ := ours(g.Optimizer).(rule)
		lo := r.starts[len(r.rules)]
		if g.Len > 0 && o != nil {
			begin(o, o.rate(), v.slice(lo, lo+g.Len))
		}
		r.rules, r.starts = append(r.rules, o), append(r.starts, lo+g.Len)
	}
}

func (r *groupRule) update(lo int, params, grads []float64) {
	for k := find(r.starts, lo); len(params) > 0; k++ {
		n := min(len(params), r.starts[k+1]-lo)
		if r.rules[k] != nil {
			r.rules[k].update(lo-r.starts[k], params[:n], grads[:n])
		}
		lo, params, grads = lo+n, params[n:], grads[n:]
	}
}

func (r *groupRule) hold(lo int, params []float64) {
	for k := find(r.starts, lo); len(params) > 0; k++ {
		n := min(len(params), r.starts[k+1]-lo)
		if r.rules[k] != nil {
			r.rules[k].hold(lo-r.starts[k], params[:n])
		}
		lo, params = lo+n, params[n:]
	}
}

// find returns the part that has coordinate i, where starts has the first coordinates of the parts
// in ascending order, and the number of coordinates.
func find(starts []int, i int) int {
	next, _ := slices.BinarySearch(starts, i+1)
	return next - 1
}
