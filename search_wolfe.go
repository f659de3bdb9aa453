package optim

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// strongWolfe is the line search of Moré and Thuente. It finds a length t > 0 at which φ(t) = f(x + td)
// satisfies the strong Wolfe conditions:
//
//	φ(t) ≤ φ(0) + c₁tφ′(0)
//	|φ′(t)| ≤ c₂|φ′(0)|
//
// The search keeps two lengths, best and other. Both are 0 at first. best has the lowest value so far. Once a
// minimum is bracketed, it is between best and other. At first a trial that lowers φ without satisfying the
// first condition is compared by φ(t) − c₁tφ′(0). This ends with a trial that satisfies the first condition
// with φ′(t) ≥ 0. The lengths are those of dcsrch in MINPACK-2, up to rounding. J. J. Moré and D. J. Thuente,
// Line search algorithms with guaranteed sufficient decrease, 1994, doi:10.1145/192115.192132.
//
// gonum's MoreThuente (v0.17) forgets in the third and the fourth case of next that a minimum is bracketed, and
// loses values after a comparison by φ(t) − c₁tφ′(0). On some processors the compiler fuses its products and sums,
// so that its last bits differ.
type strongWolfe struct {
	decrease  float64 // c₁, in (0, 1)
	curvature float64 // c₂, in (0, 1)
	longest   float64 // the largest length

	length       float64    // the length of the next trial
	start        lineEnd    // at t = 0
	best, other  lineEnd    // the ends of the interval
	bracketed    bool       // whether a minimum is between best and other
	risen        bool       // whether a trial has satisfied the first condition with φ′(t) ≥ 0
	lower, upper float64    // the limits of the next length
	widths       [2]float64 // |other − best| after the last trial, and after the one before
}

// lineEnd is a length with its value and its slope.
type lineEnd struct{ t, f, g float64 }

const (
	// longestLength is the largest length if no point is known where f is not finite.
	longestLength = 1e20
	// leastGrowth and mostGrowth are the least and the largest step to the next trial before a minimum is bracketed,
	// relative to the step from best to the last trial.
	leastGrowth, mostGrowth = 1.1, 4
	// leastWidth is the least width of the interval, relative to its upper end.
	leastWidth = 1e-10
	// slowDecrease is the ratio of the widths after and before two trials from which on the next trial bisects the
	// interval.
	slowDecrease = 0.66
	// trust is the largest step from a trial towards other, relative to the distance of other.
	trust = 0.66
)

// Init implements optimize.Linesearcher.
func (w *strongWolfe) Init(f, g, length float64) optimize.Operation {
	w.length = min(length, w.longest)
	w.start = lineEnd{0, f, g}
	w.best, w.other = w.start, w.start
	w.bracketed, w.risen = false, false
	w.lower, w.upper = 0, w.length+float64(mostGrowth*w.length)
	w.widths = [2]float64{w.longest, 2 * w.longest}
	return optimize.FuncEvaluation | optimize.GradEvaluation
}

// Iterate implements optimize.Linesearcher.
func (w *strongWolfe) Iterate(f, g float64) (optimize.Operation, float64, error) {
	trial := lineEnd{w.length, f, g}
	slope := float64(w.decrease * w.start.g)
	decreases := f <= w.start.f+float64(trial.t*slope)
	switch {
	case decreases && math.Abs(g) <= w.curvature*-w.start.g:
		return optimize.MajorIteration, trial.t, nil
	case w.bracketed && w.exhausted(), trial.t == w.longest && decreases && g <= slope:
		return optimize.NoOperation, trial.t, optimize.ErrLinesearcherFailure
	}
	w.risen = w.risen || decreases && g >= 0
	if w.risen || decreases || f > w.best.f {
		slope = 0 // compare by φ
	}
	w.update(trial, slope)
	w.limit()
	return optimize.FuncEvaluation | optimize.GradEvaluation, w.length, nil
}

// exhausted returns whether the interval has no room for the next length.
func (w *strongWolfe) exhausted() bool {
	return w.length <= w.lower || w.length >= w.upper || w.upper-w.lower <= leastWidth*w.upper
}

// update chooses the next length, and replaces an end of the interval by the trial. It compares by
// φ(t) − t·slope.
func (w *strongWolfe) update(trial lineEnd, slope float64) {
	x, y, z := w.best.tilted(slope), w.other.tilted(slope), trial.tilted(slope)
	w.length = w.next(x, y, z)
	switch {
	case z.f > x.f:
		w.other = trial
	case turns(x, z):
		w.best, w.other = trial, w.best
	default:
		w.best = trial
	}
}

// limit sets the limits of the next length, and moves the length within them. If there is no room, the length is
// that of best.
func (w *strongWolfe) limit() {
	if w.bracketed {
		width := w.other.t - w.best.t
		if math.Abs(width) >= slowDecrease*w.widths[1] {
			w.length = w.best.t + float64(width/2)
		}
		w.widths = [2]float64{math.Abs(width), w.widths[0]}
		w.lower, w.upper = min(w.best.t, w.other.t), max(w.best.t, w.other.t)
	} else {
		step := w.length - w.best.t
		w.lower, w.upper = w.length+float64(leastGrowth*step), w.length+float64(mostGrowth*step)
	}
	w.length = min(w.length, w.longest)
	if w.bracketed && w.exhausted() {
		w.length = w.best.t
	}
}

// tilted returns the end for φ(t) − t·slope.
func (a lineEnd) tilted(slope float64) lineEnd {
	return lineEnd{a.t, a.f - float64(a.t*slope), a.g - slope}
}

// turns returns whether the slopes have different signs. That of 0 is positive, so that a minimum at an end counts as
// bracketed.
func turns(a, b lineEnd) bool { return (a.g < 0) != (b.g < 0) }

// next returns the length of the next trial after z, for the ends x and y. It chooses from the minimum of the
// cubic polynomial with the values and slopes of z and an end, and that of a quadratic polynomial: the four
// cases of section 4 of Moré and Thuente.
func (w *strongWolfe) next(x, y, z lineEnd) float64 {
	secant := z.t + float64(z.g/(z.g-x.g)*(x.t-z.t)) // by the slopes
	switch {
	case z.f > x.f: // a minimum is between x and z
		w.bracketed = true
		cubic, _ := cubicMinimum(x, z, theta(x, z))
		quadratic := x.t + float64(x.g/((x.f-z.f)/(z.t-x.t)+x.g)/2*(z.t-x.t))
		if math.Abs(cubic-x.t) < math.Abs(quadratic-x.t) {
			return cubic
		}
		return cubic + float64((quadratic-cubic)/2)
	case turns(x, z): // a minimum is between x and z
		w.bracketed = true
		cubic, _ := cubicMinimum(z, x, theta(x, z))
		return farther(z.t, cubic, secant)
	case math.Abs(z.g) < math.Abs(x.g): // a minimum may be beyond z
		cubic, beyond := cubicMinimum(z, x, theta(x, z))
		if !beyond {
			cubic = w.beyond(x, z)
		}
		if !w.bracketed {
			return max(w.lower, min(farther(z.t, cubic, secant), w.upper))
		}
		last := z.t + float64(trust*(y.t-z.t))
		near := nearer(z.t, cubic, secant)
		if z.t > x.t {
			return min(last, near)
		}
		return max(last, near)
	case w.bracketed:
		cubic, _ := cubicMinimum(z, y, theta(y, z))
		return cubic
	}
	return w.beyond(x, z)
}

// beyond returns the limit of the next length on the other side of z than x.
func (w *strongWolfe) beyond(x, z lineEnd) float64 {
	if z.t > x.t {
		return w.upper
	}
	return w.lower
}

// theta returns θ of cubicMinimum.
func theta(a, b lineEnd) float64 { return 3*(a.f-b.f)/(b.t-a.t) + a.g + b.g }

// cubicMinimum returns the minimum of the cubic polynomial with the values and slopes of two ends:
//
//	θ = 3(f₁ − f₂)/(t₂ − t₁) + g₁ + g₂
//	γ = ±√(θ² − g₁g₂) with the sign of t₂ − t₁
//	t = t₁ + (t₂ − t₁)(γ − g₁ + θ)/(2γ − g₁ + g₂)
//
// beyond is true if the polynomial has a minimum, and t₁ is between it and t₂.
func cubicMinimum(from, to lineEnd, theta float64) (t float64, beyond bool) {
	s := max(math.Abs(from.g), math.Abs(to.g), math.Abs(theta)) // so that squares do not overflow
	gamma := float64(s * math.Sqrt(max(0, float64((theta/s)*(theta/s))-float64((from.g/s)*(to.g/s)))))
	if to.t < from.t {
		gamma = -gamma
	}
	r := (gamma - from.g + theta) / (gamma - from.g + gamma + to.g)
	return from.t + float64(r*(to.t-from.t)), r < 0 && gamma != 0
}

// nearer returns a or b, whichever is nearer to t.
func nearer(t, a, b float64) float64 {
	if math.Abs(a-t) < math.Abs(b-t) {
		return a
	}
	return b
}

// farther returns a or b, whichever is farther from t.
func farther(t, a, b float64) float64 {
	if math.Abs(a-t) > math.Abs(b-t) {
		return a
	}
	return b
}
