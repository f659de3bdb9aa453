package optim

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// stencil determines the points at which r is evaluated for the differences of a Jacobian.
//
// Let s be the magnitude of a parameter, and L ≤ s the length over which r curves along it. r and x
// have rounding errors of order ε. A forward difference has an error of order h/L + εs/h, and a
// central one of order (h/L)² + εs/h. The best steps are h = √(εsL) and h = ∛(εsL²). J. Nocedal and
// S. J. Wright, Numerical Optimization, 2006, section 8.1, with s = L.
type stencil struct {
	size  []float64 // s
	bend  []float64 // 1/L, or 0 if L is s
	step  []float64 // h
	kind  differences
	fixed bool // step is not adapted to r
}

// differences is a kind of difference. The numbers are part of the encoding.
type differences int

const (
	forwardDifference differences = iota // r(x+h) − r(x)
	shortDifference                      // r(x+h) − r(x−h) with the h of a forward difference: at a first point
	centralDifference                    // r(x+h) − r(x−h) with the best h: at the end
	kindsOfDifferences
)

// after returns the kind at the next point.
func (k differences) after() differences {
	if k == centralDifference {
		return centralDifference
	}
	return forwardDifference
}

const (
	sqrtEpsilon     = 0x1p-26
	cubeRootEpsilon = 0x1p-17 // ∛ε is 2^−17.33
	// longestStep is the largest step, relative to s.
	longestStep = 0x1p-4
	// faintChange is the least change of r by a step, relative to ‖r‖. A smaller change has few
	// bits.
	faintChange = 0x1p-39
	// largestBend is the largest second difference of r, relative to the first one, of a good step.
	largestBend = 0x1p-6
	// leastBend is the least second difference, relative to √ε times the first one, that shows that
	// L is less than s.
	leastBend = 0x1p6
	// probeStride is the factor between steps that are tried at a first point.
	probeStride = 0x1p13
)

func (s *stencil) allocate(n int) {
	if len(s.size) != n {
		s.size, s.bend, s.step = make([]float64, n), make([]float64, n), make([]float64, n)
	}
}

// copy makes s equal to t.
func (s *stencil) copy(t *stencil) {
	copy(s.size, t.size)
	copy(s.bend, t.bend)
	copy(s.step, t.step)
	s.kind = t.kind
}

// start chooses the steps at a first point. A parameter of zero has magnitude 1 there.
func (s *stencil) start(x []float64) {
	clear(s.bend)
	s.kind, s.fixed = shortDifference, false
	for j, v := range x {
		s.size[j] = math.Abs(v)
		if v == 0 {
			s.size[j] = 1
		}
		s.step[j] = s.best(j)
	}
}

// follow chooses the steps at x from those at a point before, where J has columns of the given
// norms and r has the given norm.
func (s *stencil) follow(at *stencil, x, columns []float64, norm float64, kind differences) {
	s.kind, s.fixed = kind, false
	copy(s.bend, at.bend)
	for j, v := range x {
		// With the factor 1/8 the magnitude decreases with a parameter that shrinks, but stays
		// large while the parameter passes through zero. At zero, which may be a bound, the
		// magnitude stays.
		s.size[j] = max(math.Abs(v), at.size[j]/8)
		if v == 0 {
			s.size[j] = at.size[j]
		}
		s.step[j] = s.best(j)
		if least := 64 * faintChange * (norm / columns[j]); s.step[j] < least { // NaN if both are zero
			s.step[j] = max(s.step[j], min(least, longestStep*s.size[j]))
		}
	}
}

// best returns the best step for parameter j, rounded to a power of two.
func (s *stencil) best(j int) float64 {
	size := binaryExponent(s.size[j])
	length := size // of L
	if s.bend[j] > 0 {
		length = min(size, binaryExponent(1/s.bend[j]))
	}
	if s.kind == centralDifference {
		return math.Ldexp(cubeRootEpsilon, (size+2*length)/3)
	}
	return math.Ldexp(sqrtEpsilon, (size+length)/2)
}

// binaryExponent returns the exponent of v to base 2.
func binaryExponent(v float64) int {
	_, e := math.Frexp(v)
	return e
}

// differences writes differences to dst, except for fixed parameters. r is r(x). ok is false if e
// allows no more evaluations.
func (s *residuals) differences(e *evaluator, dst *mat.Dense, x, r []float64, at *stencil) (ok bool) {
	if len(s.shifted) != len(x) {
		s.shifted, s.above, s.below = make([]float64, len(x)), make([]float64, s.m), make([]float64, s.m)
	}
	copy(s.shifted, x)
	norm := euclideanNorm(r)
	for j, v := range x {
		if s.fixes(j) {
			continue
		}
		ok = s.column(e, dst, j, v, r, at)
		if ok && at.kind == shortDifference && !at.fixed {
			ok = s.lengthen(e, dst, j, v, r, norm, at)
		}
		if ok && at.kind != forwardDifference && !at.fixed {
			ok = s.shorten(e, dst, j, v, r, at)
		}
		if !ok {
			return false
		}
	}
	return true
}

// lengthen repeats the differences along parameter j with longer steps until r changes visibly. The
// arguments are those of column. norm is ‖r‖.
func (s *residuals) lengthen(e *evaluator, dst *mat.Dense, j int, v float64, r []float64, norm float64, at *stencil) (ok bool) {
	longest := min(max(1, at.size[j]), s.room(j, v)/2)
	for s.first <= faintChange*norm && at.step[j] < longest {
		at.step[j] = min(at.step[j]*probeStride, longest)
		at.size[j] = max(at.size[j], min(at.step[j]/sqrtEpsilon, longest))
		if !s.column(e, dst, j, v, r, at) {
			return false
		}
	}
	return true
}

// shorten repeats the differences along parameter j with shorter steps while r is curved and a
// shorter step shows less curvature. More curvature at a shorter step is due to rounding. The
// arguments are those of column.
func (s *residuals) shorten(e *evaluator, dst *mat.Dense, j int, v float64, r []float64, at *stencil) (ok bool) {
	for s.second > largestBend*s.first {
		step, bend := at.step[j], s.second/s.first
		at.bend[j] = bend / step
		at.step[j] = at.best(j)
		if !(at.step[j] < step) {
			at.step[j] = step
			return true
		}
		if !s.column(e, dst, j, v, r, at) {
			return false
		}
		if !(s.second < bend*s.first) {
			at.step[j], at.bend[j] = step, 0
			return s.column(e, dst, j, v, r, at)
		}
	}
	at.bend[j] = 0
	if s.second > leastBend*sqrtEpsilon*s.first {
		at.bend[j] = s.second / s.first / at.step[j]
	}
	return true
}

// column writes the differences along parameter j, whose value is v. Where r is not finite on one
// side of x, column uses the other side. Where a bound is nearer than the step, column uses the side
// with more room, and shortens the step to fit.
func (s *residuals) column(e *evaluator, dst *mat.Dense, j int, v float64, r []float64, at *stencil) (ok bool) {
	if s.lower != nil {
		at.step[j] = min(at.step[j], s.room(j, v)/2)
	}
	right, left := v+at.step[j], v-at.step[j]
	inRight, inLeft := s.contains(j, right), s.contains(j, left)
	if at.kind != forwardDifference && !(inRight && inLeft) {
		return s.oneSided(e, dst, j, v, r, at)
	}
	if inRight && !s.shift(e, s.above, j, right) {
		return false
	}
	edge := !inRight || firstNonFinite(s.above) >= 0
	if edge {
		right = v
		copy(s.above, r)
	}
	if !edge && at.kind == forwardDifference || !inLeft {
		left = v
		copy(s.below, r)
	} else if !s.shift(e, s.below, j, left) {
		return false
	}
	if firstNonFinite(s.below) >= 0 {
		edge, left = true, v
		copy(s.below, r)
	}
	s.shifted[j] = v
	for i, a := range s.above {
		b := s.below[i]
		dst.Set(i, j, (a-b)/(right-left))
		s.above[i], s.below[i] = (a-b)/2, (a-r[i])+(b-r[i])
	}
	s.first, s.second = euclideanNorm(s.above), euclideanNorm(s.below)
	if edge {
		s.second = 0
	}
	return true
}

// oneSided is column with r(x), r(x+h) and r(x+2h), where h is negative if there is more room below x.
// The derivative is that of the parabola through the three points.
func (s *residuals) oneSided(e *evaluator, dst *mat.Dense, j int, v float64, r []float64, at *stencil) (ok bool) {
	h := at.step[j]
	if v-s.lower[j] > s.upper[j]-v {
		h = -h
	}
	near, far := s.move(j, v, h), s.move(j, v, 2*h)
	if !s.shift(e, s.above, j, near) || !s.shift(e, s.below, j, far) {
		return false
	}
	s.shifted[j] = v
	h1, h2 := near-v, far-v
	for i, a := range s.above {
		toNear, toFar := (a-r[i])/h1, (s.below[i]-r[i])/h2
		slope := toNear + float64((toNear-toFar)*(h1/(h2-h1)))
		dst.Set(i, j, slope)
		s.above[i], s.below[i] = float64(slope*h), float64((toFar-toNear)*h)*2
	}
	s.first, s.second = euclideanNorm(s.above), euclideanNorm(s.below)
	return true
}

// shift evaluates r where parameter j is v.
func (s *residuals) shift(e *evaluator, r []float64, j int, v float64) (ok bool) {
	s.shifted[j] = v
	return s.evaluate(e, r, s.shifted)
}

// error returns the relative error of the worst column of differences, which have the given norms.
// norm is ‖r‖.
func (s *stencil) error(x, columns []float64, norm float64) (worst float64) {
	for j, c := range columns {
		if c > 0 {
			worst = max(worst, s.columnError(j, x[j], c, norm))
		}
	}
	return worst
}

// columnError returns the relative error of column j, whose norm is c: the rounding errors of r and
// of x over the step, and the curvature of r.
func (s *stencil) columnError(j int, x, c, norm float64) float64 {
	curvature := s.step[j] * s.bend[j]
	if s.kind != forwardDifference {
		curvature *= curvature
	}
	return 8*epsilon*(norm/c+math.Abs(x))/s.step[j] + curvature
}
