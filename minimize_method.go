package optim

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// Method returns a method of gonum's that runs opt in gonum's optimize.Minimize:
//
//	optimize.Minimize(problem, x0, settings, optim.Method(optim.NewLBFGS(10)))
//
// A method is for one run at a time. gonum runs a method in a goroutine of its own. Minimize of
// this package does not, and takes less time. Method panics if opt is nil.
func Method(opt Optimizer) optimize.Method {
	checkGiven("Method", "optimizer", opt)
	return &method{opt: opt}
}

// method is a run whose evaluations are tasks that it sends to gonum.
type method struct {
	opt       Optimizer
	has       optimize.Available
	status    optimize.Status
	err       error
	operation chan<- optimize.Task
	result    <-chan optimize.Task
	task      optimize.Task
	ended     bool       // gonum has ended the run
	eval      *evaluator // of the run
}

// Uses implements optimize.Method.
func (m *method) Uses(has optimize.Available) (optimize.Available, error) {
	m.has = has
	return has, lacks(m.opt, has)
}

// Init implements optimize.Method.
func (m *method) Init(_, _ int) int {
	*m = method{opt: m.opt, has: m.has}
	return 1
}

// Status implements optimize.Statuser.
func (m *method) Status() (optimize.Status, error) { return m.status, m.err }

// Run implements optimize.Method.
func (m *method) Run(operation chan<- optimize.Task, result <-chan optimize.Task, tasks []optimize.Task) {
	m.operation, m.result, m.task = operation, result, tasks[0]
	p := optimize.Problem{Func: m.value, Hess: m.hessian}
	if m.has.Grad {
		p.Grad = m.gradient
	}
	// gonum compares the gradient with a threshold that a method does not get.
	r := newRun(m.opt, &p, &optimize.Settings{GradientThreshold: math.SmallestNonzeroFloat64}, m.task.X)
	m.eval = &r.eval
	var given *optimize.Location // what gonum has evaluated at the first point
	if m.task.Op&optimize.FuncEvaluation != 0 {
		given = &optimize.Location{F: m.task.F}
		if m.task.Op&optimize.GradEvaluation != 0 {
			given.Gradient = m.task.Gradient
		}
		if m.task.Op&optimize.HessEvaluation != 0 {
			given.Hessian = m.task.Hessian
		}
	}
	m.status, m.err = r.begin(given)
	for m.status == optimize.NotTerminated && m.err == nil {
		m.task.F = r.here.F
		if m.has.Grad { // gonum evaluates no gradient for a LeastSquares
			m.task.Gradient = append(m.task.Gradient[:0], r.here.Gradient...)
		}
		if !m.request(optimize.MajorIteration, r.here.X) {
			break
		}
		m.status, m.err = r.next()
	}
	p.Hess = nil // opt keeps p, and gonum evaluates no more
	if !m.ended {
		if m.status == optimize.NotTerminated {
			m.status = optimize.Failure
		}
		m.task.Op = optimize.MethodDone
		operation <- m.task
	}
	for range result {
	}
	close(operation)
}

// request sends gonum a task at x and waits for the result. It returns false if the run has ended.
func (m *method) request(op optimize.Operation, x []float64) bool {
	if !m.ended {
		copy(m.task.X, x)
		m.task.Op = op
		m.operation <- m.task
		result := <-m.result
		m.ended = result.Op == optimize.PostIteration
		if m.ended {
			m.eval.stop(optimize.Failure, nil)
		}
	}
	return !m.ended
}

func (m *method) value(x []float64) float64 {
	if !m.request(optimize.FuncEvaluation, x) {
		return math.NaN()
	}
	return m.task.F
}

func (m *method) gradient(grad, x []float64) {
	if m.request(optimize.GradEvaluation, x) {
		copy(grad, m.task.Gradient)
	}
}

func (m *method) hessian(dst *mat.SymDense, x []float64) {
	if m.request(optimize.HessEvaluation, x) {
		dst.CopySym(m.task.Hessian)
	}
}
