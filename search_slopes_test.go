package optim

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// TestBand checks by how much f may rise in a step that slopes decide.
func TestBand(t *testing.T) {
	for _, c := range []struct {
		f, noise float64
		pursues  bool
		want     float64
	}{{1, 0, false, 0}, {1, 1e-10, false, 2e-10}, {-1, 0, true, 0x1p-26}, {1, 1, true, 2}, {1, epsilon, false, 4 * epsilon}} {
		var s search
		s.at.F, s.noise, s.pursues = c.f, c.noise, c.pursues
		if got := s.band(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// searchOf returns a search along d = 1 from 0, where f = 1 with the slope −1. The trials have the given values and
// slopes, one after another.
func searchOf(trials ...[2]float64) (*search, *evaluator) {
	k := -1
	s, e := searchAt(&optimize.Problem{
		Func: func([]float64) float64 { k++; return trials[min(max(k-1, 0), len(trials)-1)][0] },
		Grad: func(g, _ []float64) { g[0] = trials[min(max(k-1, 0), len(trials)-1)][1] },
	}, []float64{0})
	s.d = []float64{1}
	s.at.F, s.at.Gradient[0], s.maxF = 1, -1, 1
	return s, e
}

// lengths returns the lengths of the trials of the last search.
func (s *search) lengths() (lengths []float64) {
	for _, t := range s.line.trials {
		lengths = append(lengths, t.length)
	}
	return lengths
}

// TestTrySlopes lists the lengths that are tried. The next one is where the slope is zero, if it is linear.
func TestTrySlopes(t *testing.T) {
	const band = 0x1p-26
	for i, c := range []struct {
		band    bool
		trials  [][2]float64
		found   bool
		lengths []float64
	}{
		{true, [][2]float64{{0.5, 0.5}}, true, []float64{1}},
		{false, [][2]float64{{0.5, -0.5}}, true, []float64{1}},
		{true, [][2]float64{{1, 3}, {1, 0.5}}, true, []float64{1, 0.25}},
		{false, [][2]float64{{1, 3}, {1, 0.5}}, false, []float64{1}},
		{false, [][2]float64{{1, 0.5}}, true, []float64{1}},
		{true, [][2]float64{{1, -2}}, false, []float64{1}}, // the slope would be zero at −1
		{true, [][2]float64{{1, -1}}, false, []float64{1}}, // nowhere
		{true, [][2]float64{{0.5, -1}}, false, []float64{1}},
		{true, [][2]float64{{0.5, 1}, {0.5, 0.5}}, true, []float64{1, 0.5}},
		{true, [][2]float64{{inf, 0.5}}, false, []float64{1}},
		{true, [][2]float64{{0.5, nan}}, false, []float64{1}},
		{true, [][2]float64{{1, 3}, {1, 3}, {1, 3}, {1, 0.5}}, false, []float64{1, 0.25, 0.0625}},
		{true, [][2]float64{{1 + band, 0.5}}, true, []float64{1}},
		{true, [][2]float64{{1 + 2*band, 0.75}, {1, 0.5}}, true, []float64{1, 1 / 1.75}},
	} {
		s, e := searchOf(c.trials...)
		s.pursues = c.band
		if found := s.trySlopes(e, 1, -1); found != c.found || !slices.Equal(s.lengths(), c.lengths) {
			t.Errorf("row %d: found %v at %v, want %v at %v", i, found, s.lengths(), c.found, c.lengths)
		}
	}
}

// TestValuesEndThePursuit searches where values resolve the predicted decrease. What slopes have led to does not matter
// afterwards.
func TestValuesEndThePursuit(t *testing.T) {
	s, e := searchAt(parabolas(0, []float64{1}), []float64{1})
	s.d[0], s.flattest, s.stalled = -1, 3, 2
	if !s.along(e, &s.wolfe, 1, -1) || s.flattest != 0 || s.stalled != 0 || s.next.X[0] != 0 {
		t.Errorf("at %v, flattest %v, stalled %d, want 0 each", s.next.X, s.flattest, s.stalled)
	}
}

// givenSteps is a Linesearcher that evaluates the given lengths and accepts the last one, or returns err there.
type givenSteps struct {
	lengths []float64
	k       int
	err     error
}

func (l *givenSteps) Init(_, _, _ float64) optimize.Operation {
	return optimize.FuncEvaluation | optimize.GradEvaluation
}

func (l *givenSteps) Iterate(_, _ float64) (optimize.Operation, float64, error) {
	if l.k == len(l.lengths) {
		return optimize.MajorIteration, 0, l.err
	}
	l.k++
	return optimize.FuncEvaluation | optimize.GradEvaluation, l.lengths[l.k-1], nil
}

// TestAcceptedPoints has points that a Linesearcher accepts. A point is better if f is lower, or if f is equal and the
// slope is less. An error of the Linesearcher and a limit end the search without a point.
func TestAcceptedPoints(t *testing.T) {
	for i, c := range []struct {
		trial [2]float64
		err   error
		limit int
		want  bool
	}{
		{[2]float64{0.5, 9}, nil, 0, true},
		{[2]float64{1, 0.5}, nil, 0, true},
		{[2]float64{1, 1.5}, nil, 0, false},
		{[2]float64{1, 1}, nil, 0, false},
		{[2]float64{2, 0.5}, nil, 0, false},
		{[2]float64{0.5, 0.5}, errors.New("no step"), 0, false},
		{[2]float64{0.5, 0.5}, nil, 1, false},
	} {
		s, e := searchOf(c.trial)
		e.settings.FuncEvaluations, e.stats.FuncEvaluations = c.limit, c.limit
		if got := s.runLinesearcher(e, &givenSteps{err: c.err}, s.begin(-1), 1); got != c.want {
			t.Errorf("row %d: %v", i, got)
		}
	}
}

// TestTriedLengths lists the lengths of a search. A length at which f is not finite is followed by a tenth of it. The search ends
// where f does not fall and values do not resolve the predicted decrease, and after 60 trials.
func TestTriedLengths(t *testing.T) {
	for i, c := range []struct {
		trials [][2]float64
		length float64
		more   []float64
		want   []float64
	}{
		{[][2]float64{{inf, 0}, {0.5, -0.5}}, 1, nil, []float64{1, 0.1}},
		{[][2]float64{{1, -1}}, epsilon / 4, []float64{1}, []float64{epsilon / 4}},
		{[][2]float64{{1, -1}}, epsilon / 2, []float64{1}, []float64{epsilon / 2, 1}},
		{[][2]float64{{0.5, -0.5}}, 1, repeat(1, 99), repeat(1, maxTrials)},
	} {
		s, e := searchOf(c.trials...)
		if s.runLinesearcher(e, &givenSteps{lengths: c.more}, s.begin(-1), c.length); !slices.Equal(s.lengths(), c.want) {
			t.Errorf("row %d: lengths %v, want %v", i, s.lengths(), c.want)
		}
	}
}

// TestEdges counts the searches whose best length is within a millionth of the least one at which f is not finite.
func TestEdges(t *testing.T) {
	for _, c := range []struct {
		best, bound float64
		want        int
	}{{1e6, 1e6 + 1, 3}, {1e6, 1e6 + 1.5, 0}, {0, inf, 0}, {0, 1, 0}} {
		s := search{edges: 2}
		if s.edge(&trace{best: c.best, bound: c.bound}); s.edges != c.want {
			t.Errorf("best %v of %v: %d searches, want %d", c.best, c.bound, s.edges, c.want)
		}
	}
	o, problem := NewBFGS(), parabolas(0, []float64{1})
	for edges, want := range map[int]optimize.Status{2: optimize.NotTerminated, 3: DomainEdge} {
		o.start(optimize.Location{X: []float64{1}, Gradient: []float64{1}, F: 0.5})
		if o.edges = edges; o.iterate(o, &evaluator{problem: problem}) != want {
			t.Errorf("%d searches that ended at an edge: not %v", edges, want)
		}
	}
}

// TestEdgeAtZero minimises f = x for x > 0. Each search comes nearer to the edge by many digits, and the third one is the
// last.
func TestEdgeAtZero(t *testing.T) {
	p := edgeOf(optimize.Problem{
		Func: func(x []float64) float64 { return x[0] },
		Grad: func(g, _ []float64) { g[0] = 1 },
	}, math.SmallestNonzeroFloat64)
	for _, opt := range []Optimizer{NewLBFGS(5), NewBFGS(), NewSR1(), NewHessianFree(nil)} {
		r, err := Minimize(p, []float64{1}, opt, nil)
		if err != nil || r.Status != DomainEdge || r.MajorIterations != maxEdges || !(0 < r.X[0] && r.X[0] < 1e-12) {
			t.Errorf("%s: %v at %v after %d steps: %v", name(opt), r.Status, r.X, r.MajorIterations, err)
		}
	}
}

// TestNoModel has a direction of descent from a step before. LBFGS without pairs returns the length 0, so that there is
// no direction.
func TestNoModel(t *testing.T) {
	o, e := NewLBFGS(2), &evaluator{problem: parabolas(0, []float64{1})}
	o.start(optimize.Location{X: []float64{1}, Gradient: []float64{1}, F: 0.5})
	o.search.d[0] = -1
	if length, slope := o.modelDirection(o, e); length != 0 || slope != 0 {
		t.Errorf("length %v with the slope %v, want 0 and 0", length, slope)
	}
}

// TestApproach halves the distance from the best length to the least one at which f is not finite.
func TestApproach(t *testing.T) {
	const slope = -1
	for i, c := range []struct {
		best, bound float64
		limit       int // of values
		trials      [][2]float64
		want        []float64
	}{
		{1, 2, 9, [][2]float64{{0, 1}}, []float64{1.5}},     // f is curved
		{1, 2, 9, [][2]float64{{2, slope}}, []float64{1.5}}, // f rises
		{1, 2, 9, [][2]float64{{0, slope}, {inf, 0}, {-1, slope}, {9, 0}}, []float64{1.5, 1.75, 1.625, 1.6875}},
		{1, 2, 2, [][2]float64{{0, slope}, {-1, slope}, {-2, slope}}, []float64{1.5, 1.75}}, // the limit
		{1 + epsilon, 1 + 2*epsilon, 9, [][2]float64{{inf, 0}}, []float64{1 + 2*epsilon}},   // nothing is between them
	} {
		s, e := searchOf(c.trials...)
		l := s.begin(slope)
		l.best, l.least, l.bound = c.best, 0.5, c.bound
		e.settings.FuncEvaluations = c.limit
		if s.approach(e, l); !slices.Equal(s.lengths(), c.want) {
			t.Errorf("row %d: %v, want %v", i, s.lengths(), c.want)
		}
	}
}

// TestEdgeOfTheDomain lowers f = 1 − x, which is defined up to x = 1. The search ends at the best
// point that it has evaluated.
func TestEdgeOfTheDomain(t *testing.T) {
	s, e := searchAt(&optimize.Problem{
		Func: func(x []float64) float64 {
			if x[0] > 1 {
				return math.Inf(1)
			}
			return 1 - x[0]
		},
		Grad: func(g, _ []float64) { g[0] = -1 },
	}, []float64{0})
	s.d[0] = 1
	if found := s.lineSearch(e, &givenSteps{lengths: []float64{2}}, 0.5, -1); !found || s.next.X[0] != s.line.best || s.next.F != s.line.least || s.next.F != 1-s.next.X[0] {
		t.Errorf("found %v, f = %v at %v, want %v at %v", found, s.next.F, s.next.X, s.line.least, s.line.best)
	}
}

// TestAlong counts the trials where the model predicts that f = 1 falls by half the length. Values decide if that is
// more than 4ε, and slopes otherwise. There is no trial if it is at most 2ε. Success by values ends a pursuit, so flattest
// is 0.
func TestAlong(t *testing.T) {
	for _, c := range []struct {
		length   float64
		values   int
		flattest float64
	}{{4 * epsilon, 0, 3}, {5 * epsilon, 1, 3}, {8 * epsilon, 1, 3}, {9 * epsilon, 1, 0}} {
		s, e := searchOf([2]float64{0.5, -0.5})
		s.flattest, s.softest = 3, 1e30 // nothing hides
		if found := s.along(e, &givenSteps{}, c.length, -1); found != (c.values > 0) || e.stats.FuncEvaluations != c.values || s.flattest != c.flattest {
			t.Errorf("length %v: found %v after %d values, flattest %v; want %d values and %v", c.length, found, e.stats.FuncEvaluations, s.flattest, c.values, c.flattest)
		}
	}
}
