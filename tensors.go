package optim

import (
	"fmt"
	"slices"

	"example.com/optim/internal/kernel"
)

// Tensor is a part of the parameters, with its gradient. Either Params and Grads are set, or
// Params32 and Grads32. The two have the same length.
type Tensor struct {
	Params, Grads     []float64
	Params32, Grads32 []float32
	Frozen            bool // a step leaves Params or Params32 as it is; default false
}

// Tensors are parameters that lie in several slices. A step treats them as one vector: the tensors,
// one after another. Groups, transforms, averages and checkpoints refer to this vector as the
// parameters.
//
//	ts := optim.NewTensors(
//		optim.Tensor{Params32: weights, Grads32: weightGrads},
//		optim.Tensor{Params32: biases, Grads32: biasGrads},
//	)
//	opt := optim.NewChain(optim.NewAdamW(1e-3, 0.01), optim.NewClipNorm(1))
//	for range steps {
//		model.Backward() // yours: it computes the gradients
//		ts.Step(opt)
//	}
//
// The slices stay where they are. A step of an elementwise rule takes one pass over them and makes
// no copy. The same holds for [Groups] of such rules and for the optimizers around them, except for a
// [Proximal] whose [Prox] needs all parameters. Any other optimizer, such as [LBFGS] or a type of the
// user's, steps with copies of the tensors in one slice. For tensors of float64 the parameters and
// the state have the same bits as with one slice.
//
// Tensors of float32 are read as float32. The arithmetic and the state of the optimizer are float64.
// A step rounds the new parameters to the nearest float32 once. A [Lookahead] rounds a second time
// when it updates its slow parameters. A change of less than about 3·10⁻⁸ of a parameter is lost:
// see Master.
//
// A frozen tensor keeps its place in the vector. A step changes neither its parameters nor its part
// of the state. Weight decay does not change it either. The gradient of a frozen tensor may be nil,
// and counts as zero in the norm of the whole gradient. This is what PyTorch does with parameters
// whose requires_grad is False. Frozen may change between steps. The number of steps, and so the
// correction of the bias of [Adam], is that of the whole vector. So a tensor that is unfrozen after
// many steps should be a [Group] with an optimizer of its own. In an optimizer that steps with copies,
// and in a rule that reads the whole gradient first, such as [LAMB], the state of frozen tensors
// changes as with a gradient of zero.
//
// Step panics before anything changes in these cases: a tensor has slices of both types, or of none;
// the lengths of its slices differ, or have changed; its gradient is nil, and it is not frozen; its
// parameters overlap other parameters or a gradient; it is frozen, and the optimizer has line
// searches. The message has the index of the tensor.
//
// Save and [Load] take Tensors as a value of more, with nil as params:
//
//	err := optim.SaveFile("run", nil, opt, ts)
//
// A checkpoint includes the parameters, Master and Frozen.
type Tensors struct {
	// Master keeps a copy of the float32 parameters in float64. Steps move the copy, and the
	// parameters are the copy rounded to float32. Therefore small steps add up. If the program has
	// changed a parameter since the last step, its copy starts again from the parameter. The copy
	// has 8 bytes for each parameter. Default false.
	Master bool

	tensors       []Tensor
	order         []int         // of the tensors in the vector
	starts        []int         // of the tensors in the vector, in that order, and its length
	masters       [][]float64   // the copies, by tensor; nil for those without one
	params, grads []float64     // copies for optimizers that take slices only
	buffers       idle[widened] // for the conversions
	parts         []*part       // of this step
	used          int           // the number of parts in use
	memory        extents       // of the slices when they were checked last
}

// NewTensors returns the tensors as one vector, in the given order. It panics as Step does, but
// gradients may still be nil.
func NewTensors(ts ...Tensor) *Tensors {
	order := make([]int, len(ts))
	for i := range order {
		order[i] = i
	}
	return newTensors("NewTensors", ts, order)
}

// SplitTensors returns the tensors in two parts, and a [Group] for each part. The tensors for which
// inFirst returns true step with first, and the others with second. Within a part the tensors have
// the given order. If an optimizer is nil, its part stays as it is.
//
//	ts, groups := optim.SplitTensors(tensors, isWeight,
//		optim.NewAdamW(1e-3, 0.01), // weights
//		optim.NewAdam(1e-3))        // biases, without decay
//	opt := optim.NewChain(groups, optim.NewClipNorm(1))
//
// inFirst is called with the index of each tensor. At and messages use the same indices.
// SplitTensors panics as [NewTensors] does.
func SplitTensors(tensors []Tensor, inFirst func(i int) bool, first, second Optimizer) (*Tensors, Groups) {
	var order, others []int
	for i := range tensors {
		if inFirst(i) {
			order = append(order, i)
		} else {
			others = append(others, i)
		}
	}
	ts := newTensors("SplitTensors", tensors, append(order, others...))
	n := ts.starts[len(order)]
	return ts, Groups{{Len: n, Optimizer: first}, {Len: ts.Len() - n, Optimizer: second}}
}

func newTensors(function string, tensors []Tensor, order []int) *Tensors {
	ts := &Tensors{
		tensors: slices.Clone(tensors),
		order:   order,
		starts:  make([]int, len(order)+1),
		masters: make([][]float64, len(order)),
	}
	for k, i := range order {
		ts.starts[k+1] = ts.starts[k] + tensors[i].len()
	}
	ts.check(function, false)
	return ts
}

// len returns the number of parameters. One of the two slices is nil.
func (t *Tensor) len() int { return len(t.Params) + len(t.Params32) }

// Len returns the number of parameters of all tensors.
func (ts *Tensors) Len() int { return ts.starts[len(ts.order)] }

// At returns tensor i, in the order of the arguments of [NewTensors] or [SplitTensors]. Between steps
// the program may assign its fields, such as new slices of the same lengths, or Frozen.
func (ts *Tensors) At(i int) *Tensor { return &ts.tensors[i] }

// Step takes a step of opt, as opt.Step does with two slices.
func (ts *Tensors) Step(opt Optimizer) {
	checkGiven("Tensors.Step", "optimizer", opt)
	ts.check("Tensors.Step", true)
	ts.checkFrozen(opt)
	ts.copyMasters()
	take(opt, ts.all())
}

// Gather writes the parameters to dst, for a method such as Nesterov.Iterate, or to keep the best
// parameters. With Master, Gather writes the copy. It panics unless dst has the length Len.
func (ts *Tensors) Gather(dst []float64) {
	ts.checkLength("Gather", dst)
	ts.copyMasters()
	ts.all().copyParams(dst)
}

// Scatter sets the parameters to those in src, also the parameters of frozen tensors. It panics
// unless src has the length Len.
func (ts *Tensors) Scatter(src []float64) {
	ts.checkLength("Scatter", src)
	ts.copyMasters()
	ts.set(src, 0, true)
}

// checkLength panics unless x has as many elements as there are parameters.
func (ts *Tensors) checkLength(method string, x []float64) {
	ts.check("Tensors."+method, false)
	if len(x) != ts.Len() {
		panic(fmt.Sprintf("optim: Tensors.%s: len = %d, want %d", method, len(x), ts.Len()))
	}
}

// all returns all tensors as the vectors of a step.
func (ts *Tensors) all() vectors {
	ts.used = 0
	return vectors{part: ts.part(0, ts.Len())}
}

// copyMasters makes the copies if Master is true, and otherwise drops them.
func (ts *Tensors) copyMasters() {
	if !ts.Master {
		clear(ts.masters)
		return
	}
	for i, t := range ts.tensors {
		if t.Params32 != nil && ts.masters[i] == nil {
			ts.masters[i] = make([]float64, len(t.Params32))
			kernel.Widen(ts.masters[i], t.Params32)
		}
	}
}
