package optim

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// Method makes an optimizer one of gonum's, to run in its optimize.Minimize:
//
//	optimize.Minimize(problem, x0, settings, optim.Method(optim.NewLBFGS(10)))
//
// It serves one run at a time. Minimize of this package does without gonum's goroutines, and takes
// less time.
func Method(opt Optimizer) optimize.Method {
	checkGiven("Method", "optimizer", opt)
	return &method{opt: opt}
}

// method lets a run evaluate through gonum's channels.
type method struct {
	opt       Optimizer
	has       optimize.Available
	status    optimize.Status
	err       error
	operation chan<- optimize.Task
	result    <-chan optimize.Task
	task      optimize.Task
	ended     bool       // by gonum
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
	r := newRun(m.opt, &p, nil, m.task.X)
	m.eval = &r.eval
	m.status, m.err = r.begin(m.given())
	for m.status == optimize.NotTerminated && m.err == nil {
		m.show(&r.here)
		if !m.ask(optimize.MajorIteration) {
			break
		}
		m.status, m.err = r.next()
	}
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

// given is what gonum knows of the first point.
func (m *method) given() *optimize.Location {
	if m.task.Op&optimize.FuncEvaluation == 0 {
		return nil
	}
	l := &optimize.Location{F: m.task.F}
	if m.task.Op&optimize.GradEvaluation != 0 {
		l.Gradient = m.task.Gradient
	}
	return l
}

// ask has gonum do something. It is false if the run has ended.
func (m *method) ask(op optimize.Operation) bool {
	if !m.ended {
		m.task.Op = op
		m.operation <- m.task
		answer := <-m.result
		if m.ended = answer.Op == optimize.PostIteration; m.ended {
			m.eval.stop(optimize.Failure, nil)
		}
	}
	return !m.ended
}

// show makes a point that of the task.
func (m *method) show(l *optimize.Location) {
	copy(m.task.X, l.X)
	m.task.F = l.F
	copy(m.task.Gradient, l.Gradient)
}

func (m *method) value(x []float64) float64 {
	copy(m.task.X, x)
	if !m.ask(optimize.FuncEvaluation) {
		return math.NaN()
	}
	return m.task.F
}

func (m *method) gradient(grad, x []float64) {
	copy(m.task.X, x)
	if m.ask(optimize.GradEvaluation) {
		copy(grad, m.task.Gradient)
	}
}

func (m *method) hessian(dst *mat.SymDense, x []float64) {
	copy(m.task.X, x)
	if m.ask(optimize.HessEvaluation) {
		dst.CopySym(m.task.Hessian)
	}
}
