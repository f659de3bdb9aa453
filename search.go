package optim

import (
	"cmp"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/optimize"
)

// searcher is an optimizer that chooses the points at which Minimize evaluates the problem. There
// are two kinds. An optimizer that embeds search chooses a direction, and a line search chooses the
// length of the step. LeastSquares chooses both.
type searcher interface {
	optimizer
	// start sets the point where the search begins. The value and the gradient there are evaluated.
	start(at optimize.Location)
	// advance moves to the next accepted point, and returns NotTerminated. If no step is of use, if
	// e allows no more evaluations, or if Err returns an error, it stays and returns another
	// status.
	advance(e *evaluator) optimize.Status
	// found returns the current point. The slices are valid until the next call of advance.
	found() optimize.Location
	Err() error
}

// searches returns whether the Step of opt evaluates a problem.
func searches(opt Optimizer) bool {
	o, ok := opt.(interface{ searches() bool })
	return ok && o.searches()
}

// direction has the methods that an optimizer adds to the search that it embeds.
type direction interface {
	optimizer
	// problem returns the fields Problem and Linesearcher. Both may be nil.
	problem() (*optimize.Problem, optimize.Linesearcher)
	// direct writes the direction at x, where the projected gradient is g, to d. It returns the
	// length to try first, as a multiple of d, or 0 if there is no direction.
	direct(e *evaluator, d, x, g []float64) (length float64)
	// learn updates the model of the curvature after a move. The values F are NaN after fixed
	// steps.
	learn(from, to optimize.Location)
	// forget drops the model of the curvature.
	forget()
}

// search is the part that the optimizers with a direction share. A step has a fixed length, or a
// line search finds the length.
type search struct {
	driver
	at       optimize.Location // the last point where the gradient was evaluated
	started  bool              // whether there is such a point
	next     optimize.Location // the trial point of a line search; between steps the point before at
	moved    bool              // the last step left at, and the gradient at the new point is not evaluated
	d        []float64         // the direction
	maxF     float64           // the largest |F| of an accepted point
	reach    float64           // the length of the last step along −g; 0 before it
	modeled  bool              // the last step is along the direction of the model
	rest     float64           // if measures: roughly the decrease of f that remains after that step
	edges    int               // the line searches in a row that have ended next to points where f is not finite
	flattest float64           // the smallest max|gᵢ| of the points that slopes have led to in a row; 0 if there is none
	softest  float64           // the least curvature along the last steps, relative to their lengths; 0 if none was positive
	stalled  int               // the number of points that slopes have led to since the one of flattest
	blur     float64           // how much the rounding of x can change F, as measured up to blurSteps steps ago; 0 if it is not measured
	blurAge  int               // steps since blur was measured
	largestX float64           // the largest |xᵢ| of the points where blur was measured, and of the first one
	noise    float64           // the error of F, if it is measured to be more than rounding

	status optimize.Status
	err    error

	eval            evaluator // of the field Problem
	wolfe           strongWolfe
	armijo          backtracking
	curvatureFactor float64          // of the second Wolfe condition; 0 stands for the default
	measures        bool             // direct measures the curvature at the point
	line            trace            // of the last line search
	pursues         bool             // slopes decide while they fall: a gradient threshold is set, or mayHide was true
	distance        float64          // next is at + distance·d
	sloped          bool             // whether the gradient at next is evaluated
	moveChunk       func(lo, hi int) // of moveTo; made once, since a new closure allocates

	box          box                // the bounds
	free         []float64          // the projected gradient at location
	location     *optimize.Location // argument of projectChunk
	projectChunk func(lo, hi int)   // of projected; made once
}

// Err returns an error, or nil if nothing is wrong. The error is one of these: the value or the
// gradient is not finite where a Step starts; no step along −g lowers the value, though the slope
// is not zero; a fixed step has no finite direction; the problem's Status has returned an error;
// the problem's Grad has changed x. After an error every Step leaves params as they are, until
// Reset. At a minimum Err returns nil.
func (s *search) Err() error { return s.err }

// Status returns the reason for which the last Step did not move params, or NotTerminated if it
// did. The reasons are those of Minimize.
func (s *search) Status() optimize.Status { return s.status }

func (s *search) found() optimize.Location { return s.at }

func (s *search) searches() bool {
	p, _ := s.self.(direction).problem()
	return p != nil
}

// fail sets the error and the status.
func (s *search) fail(format string, args ...any) optimize.Status {
	s.status = optimize.Failure
	s.err = errors.New("optim: " + name(s.self) + ": " + fmt.Sprintf(format, args...))
	return optimize.Failure
}

func (s *search) advance(e *evaluator) optimize.Status {
	s.status = s.iterate(s.self.(direction), e)
	return s.status
}

// iterate seeks a better point and accepts it.
func (s *search) iterate(m direction, e *evaluator) optimize.Status {
	switch {
	case s.err != nil:
		return optimize.Failure
	case s.fallsWithoutEnd():
		return optimize.FunctionNegativeInfinity
	case s.edges >= maxEdges:
		return DomainEdge
	}
	s.count(len(s.at.X))
	found, end := s.seek(m, e)
	switch {
	case found:
		s.accept(m, e)
		return optimize.NotTerminated
	case e.status != optimize.NotTerminated:
		return e.status
	case end != optimize.NotTerminated:
		return end
	}
	return s.fail("no point along the negative gradient is better than %v, though the slope is %v: the value and the gradient contradict each other; call CheckGradient", s.at.F, s.line.slope)
}

// seek makes next a better point. It searches along the direction of m, if there is one, and
// otherwise along −g. If there is no better point, it searches along −g scaled by the curvature of
// each coordinate. If it finds nothing there either, or at is a minimum, end is the reason, or
// NotTerminated if there is no reason.
func (s *search) seek(m direction, e *evaluator) (found bool, end optimize.Status) {
	_, ls := m.problem()
	if ls == nil && e.problem.Grad != nil {
		ls = &s.wolfe
	} else if ls == nil {
		ls = &s.armijo
	}
	s.updateBlur(e)
	if s.mayBeMinimum(e) {
		gain, ok := s.coordinateDirection(e)
		if ok && gain <= s.resolution() {
			return false, s.minimum()
		}
	}
	length, slope := s.modelDirection(m, e)
	hasModel := slope < 0
	if hasModel {
		found = s.follow(m, e, ls, length, slope)
	}
	s.modeled = found
	wrong := !found && float64(-slope*length/2) > s.resolution()
	if !found && e.status == optimize.NotTerminated && (!hasModel || e.problem.Grad == nil) {
		length, slope = s.steepestDirection()
		if slope == 0 {
			return false, optimize.GradientThreshold
		}
		found = s.lineSearch(e, ls, length, slope)
		if found {
			s.reach = s.distance
		} else {
			end = s.conclude()
		}
	}
	if !found && end != DomainEdge && e.status == optimize.NotTerminated && e.problem.Grad != nil {
		found, end = s.searchCoordinates(e, ls)
	}
	if found && wrong {
		m.forget()
	}
	return found, end
}

// stepChooser is a direction that chooses the length of its steps too.
type stepChooser interface {
	// trySteps makes next a better point. d is the first step, and the other arguments are those of
	// along.
	trySteps(e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool)
}

// follow searches along d, or takes the steps of m if m chooses their length.
func (s *search) follow(m direction, e *evaluator, ls optimize.Linesearcher, length, slope float64) (found bool) {
	if o, ok := m.(stepChooser); ok {
		return o.trySteps(e, ls, length, slope)
	}
	return s.along(e, ls, length, slope)
}

// modelDirection sets d to the direction of m. It returns the length to try first and the slope
// d·g. If d is no finite direction of descent, m forgets its model and the slope is 0.
func (s *search) modelDirection(m direction, e *evaluator) (length, slope float64) {
	g := s.projected(&s.at)
	length = m.direct(e, s.d, s.at.X, g)
	slope = s.reducer.Dot(s.d, g)
	if length > 0 && isFinite(slope) && slope < 0 {
		return length, slope
	}
	m.forget()
	return 0, 0
}

// steepestDirection sets d to −g/‖g‖ and returns the slope d·g = −‖g‖. The length to try first is
// twice the distance of the last step along −g, or 1, since the scale of x is unknown. With bounds on
// all sides the first length is ‖g‖ instead of 1. g is the projected gradient, and d is shortened in
// the coordinates in which a step of this length would leave the bounds.
func (s *search) steepestDirection() (length, slope float64) {
	g := s.projected(&s.at)
	norm := s.reducer.Norm(g) // its square may underflow or overflow
	if norm == 0 {
		return 0, 0
	}
	for i, gi := range g {
		s.d[i] = -gi / norm
	}
	length = cmp.Or(2*s.reach, 1)
	if !s.box.exists() {
		return length, -norm
	}
	if s.reach == 0 && s.box.closed() && float64(norm*norm) > s.resolution() { // −g changes f visibly
		length = norm
	}
	for i, x := range s.at.X {
		longest := s.box.room(i, x, g[i]) / length
		s.d[i] = max(-longest, min(s.d[i], longest))
	}
	return length, s.reducer.Dot(s.d, g)
}

// accept moves to next. If the problem has no gradient, at stays until the next Step brings the
// gradient at next.
func (s *search) accept(m direction, e *evaluator) {
	s.blurAge++
	s.moved = e.problem.Grad == nil
	if !s.moved {
		s.at, s.next = s.next, s.at
		s.fadeNoise()
		s.observeCurvature()
		if s.measures {
			s.estimateRest()
		}
		m.learn(s.next, s.at)
	}
}

// visitSearch walks over the type, the settings, and the state that every search has.
func (s *search) visitSearch(a *walk, name string, settings ...any) {
	s.visitRule(a, name, 1, settings...)
	a.Vectors(&s.at.X, &s.at.Gradient)
	a.State(&s.at.F, &s.started, &s.moved)
	a.Optional(&s.next.X)
	a.State(&s.next.F, &s.maxF, &s.noise, &s.reach, &s.edges, &s.modeled, &s.rest, &s.flattest, &s.stalled,
		&s.blur, &s.blurAge, &s.largestX, &s.softest)
	if a.Assigning() {
		s.started = s.started && a.Params() > 0 // there is no point before the first step
		s.status, s.err = optimize.NotTerminated, nil
	}
}
