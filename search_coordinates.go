package optim

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// searchCoordinates searches along −gᵢ/hᵢ, where hᵢ is the curvature along coordinate i. If no
// coordinate can lower f by more than its error, it searches along −g, unless explored returns true.
// If −g cannot lower f visibly either, or the search finds nothing, end is the reason.
func (s *search) searchCoordinates(e *evaluator, ls optimize.Linesearcher) (found bool, end optimize.Status) {
	const visible = 16
	gain, ok := s.coordinateDirection(e)
	switch {
	case e.status != optimize.NotTerminated:
		return false, e.status
	case !ok:
		length, slope := s.steepestDirection()
		found = s.lineSearch(e, ls, length, slope)
	case gain > s.resolution():
		found = s.along(e, ls, 1, s.reducer.Dot(s.d, s.at.Gradient))
	case s.measures || s.explored():
		return false, s.minimum()
	default:
		length, slope := s.gradientDirection(e)
		if !(float64(-slope*length/2) > visible*s.resolution()) {
			return false, cmp.Or(e.status, s.minimum())
		}
		found = s.along(e, ls, length, slope)
	}
	switch {
	case found || e.status != optimize.NotTerminated:
		return found, e.status
	case ok && gain <= s.resolution(): // the search has measured the error of f
		return false, s.minimum()
	}
	return false, s.conclude()
}

const (
	// probes is the largest number of gradients that coordinateDirection evaluates.
	probes = 2
	// leastSize is the least magnitude of a coordinate, relative to the largest coordinate, unless
	// the curvature along smaller ones is visible.
	leastSize = sqrtEpsilon
	// probeStep is the move of a coordinate, relative to its magnitude.
	probeStep = 0x1p-17 // about ∛ε
)

// coordinateDirection sets dᵢ to −gᵢ/hᵢ. hᵢ is the largest |Δgᵢ/Δxᵢ| of up to two small moves of all
// coordinates, relative to their magnitudes. The moves of the other coordinates change gᵢ too;
// irregular signs of the moves keep this change small. The second move follows only if the first one
// shows a gain, or was too far for coordinates of tiny magnitude. Where gᵢ does not change visibly,
// dᵢ is large. coordinateDirection also sets blur. It returns the largest predicted decrease by the
// move of one coordinate. ok is false if no gradient is finite. All moves are within the bounds.
func (s *search) coordinateDirection(e *evaluator) (gain float64, ok bool) {
	x, g, d := s.at.X, s.projected(&s.at), s.d
	top := s.reducer.AbsMax(x)
	s.largestX = max(s.largestX, top)
	zero := 0.0 // the least magnitude of a coordinate for the rounding u, if f is near zero
	if s.nextToZero() {
		zero = epsilon * s.largestX
	}
	least := leastSize * cmp.Or(top, 1/leastSize)
	size := func(i int) float64 { return max(math.Abs(x[i]), least) }
	shortest := least
	clear(d) // holds hᵢ first
	for probe := range probes {
		for i, v := range x {
			move := float64(probeSign(i, probe) * probeStep * max(math.Abs(v), shortest))
			s.next.X[i] = s.box.probe(i, v, move, g[i])
		}
		s.distance = math.NaN() // next is not on a line
		if !e.gradient(s.next.Gradient, s.next.X) {
			return 0, false
		}
		if probe == 0 && s.movedFar(least) {
			shortest = leastMagnitude(x)
			continue
		}
		if !finite(s.next.Gradient) {
			continue
		}
		ok, gain = true, 0
		blur := 0.0
		for i, gi := range g {
			if s.next.X[i] == x[i] && s.box.exists() { // a bound holds it
				continue
			}
			change := math.Abs(s.next.Gradient[i] - gi)
			if change > 4*epsilon*math.Abs(gi) {
				d[i] = max(d[i], change/math.Abs(s.next.X[i]-x[i]))
			}
			if !isFinite(d[i]) { // then it says nothing about the gain
				return 0, false
			}
			_, decrease := s.coordinateStep(i, gi, d[i], size(i))
			gain = max(gain, decrease)
			u := epsilon * max(math.Abs(x[i]), zero)
			change = float64(math.Abs(gi)*u) + float64(d[i]/2*float64(u*u))
			blur += float64(change * change)
		}
		s.blur = math.Sqrt(blur)
		if gain <= s.resolution() {
			return gain, true
		}
	}
	for i, gi := range g {
		step, _ := s.coordinateStep(i, gi, d[i], size(i))
		d[i] = math.Copysign(step, -gi)
	}
	return gain, ok
}

// movedFar returns whether the move to next was too long for a coordinate whose magnitude is below
// least: the change of the gradient shows that f has changed by more than |F| along it.
func (s *search) movedFar(least float64) bool {
	for i, v := range s.at.X {
		change := (s.next.Gradient[i] - s.at.Gradient[i]) * (s.next.X[i] - v)
		if 0 < math.Abs(v) && math.Abs(v) < least && !(math.Abs(change) <= math.Abs(s.at.F)) {
			return true
		}
	}
	return false
}

// leastMagnitude returns the smallest |xᵢ| that is not zero.
func leastMagnitude(x []float64) float64 {
	least := inf
	for _, v := range x {
		if v != 0 {
			least = min(least, math.Abs(v))
		}
	}
	return least
}

// gradientDirection sets d to −g/‖g‖. It returns the distance of the minimum of f along d, and the
// slope. The distance is computed from the curvature along d, which costs one gradient. The length is 0
// if the curvature is not positive.
func (s *search) gradientDirection(e *evaluator) (length, slope float64) {
	_, slope = s.steepestDirection()
	move := probeStep * magnitude(s.at.X, s.d)
	s.moveTo(move)
	if !e.gradient(s.next.Gradient, s.next.X) {
		return 0, slope
	}
	curvature := (s.reducer.Dot(s.next.Gradient, s.d) - slope) / move
	if !(curvature > 0) {
		return 0, slope
	}
	return -slope / curvature, slope
}

// probeSign returns the sign of the move of coordinate i: a bit of a hash of i, with another hash
// for each probe.
func probeSign(i, probe int) float64 {
	hash := uint64(i+1) * [probes]uint64{0x9E3779B97F4A7C15, 0xD1342543DE82EF95}[probe]
	return float64(int64(hash>>63)*2 - 1)
}

// coordinateStep returns |g|/h, or 0 if g = 0, and the decrease of f that it predicts: ½g²/h. A bound may
// shorten the step of coordinate i. size is the magnitude of the coordinate. h is 0 if the curvature is
// not visible.
func (s *search) coordinateStep(i int, g, h, size float64) (step, gain float64) {
	switch {
	case g == 0:
		return 0, 0
	case h == 0: // the minimum is at 2³⁰ times the magnitude or more
		step = 0x1p30 * size
	default:
		step = math.Abs(g) / h
	}
	gain = math.Abs(g) * step / 2
	if room := s.box.room(i, s.at.X[i], g); step > room {
		step, gain = room, float64(math.Abs(g)*room)-float64(h/2*float64(room*room))
	}
	return step, gain
}
