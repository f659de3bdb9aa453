package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// progress is the Converger of a run whose Settings have none.
type progress struct {
	run         *run
	steady      optimize.FunctionConverge
	evaluations int     // at the last comparison
	value       float64 // f at that comparison
}

// Init implements optimize.Converger.
func (p *progress) Init(dim int) {
	p.steady.Init(dim)
	p.evaluations, p.value = 0, inf
}

// Converged returns SlowProgress if f hardly falls any more.
func (p *progress) Converged(l *optimize.Location) optimize.Status {
	if p.steady.Converged(l) != optimize.NotTerminated {
		return SlowProgress
	}
	const (
		patience = 15000 // evaluations before f must halve in every window
		window   = 1000  // evaluations from one comparison of f to the next
		least    = 0.01  // the relative decrease in every window but the first, with a trust region
	)
	s := &p.run.eval.settings
	evaluations := max(p.run.eval.stats.FuncEvaluations, p.run.eval.stats.GradEvaluations)
	limited := s.MajorIterations > 0 || s.FuncEvaluations > 0 || s.GradEvaluations > 0 || s.HessEvaluations > 0 || s.Runtime > 0
	if limited || evaluations < p.evaluations+window {
		return optimize.NotTerminated
	}
	falls := func(part float64) bool { return l.F <= p.value-float64(part*math.Abs(p.value)) }
	newton, ok := p.run.searcher.(*Newton)
	bounded := ok && newton.bounds(&p.run.eval) && p.evaluations > 0
	slow := evaluations >= patience && !falls(0.5) || bounded && !falls(least)
	p.evaluations, p.value = evaluations, l.F
	if slow {
		return SlowProgress
	}
	return optimize.NotTerminated
}

// optimality returns max|gᵢ|, or with bounds max|P(x − g) − x|.
func (r *run) optimality() float64 {
	if r.box.exists() {
		return r.box.optimality(r.here.X, r.here.Gradient)
	}
	return r.reducer.AbsMax(r.here.Gradient)
}
