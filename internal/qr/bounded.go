package qr

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// Bounded minimises ‖Jd + r‖² + μ‖Dd‖² with bounds on d, by the method of active sets. It minimises
// over the free parameters, while the held ones stay at bounds. The iteration ends when no held
// parameter lowers the sum by leaving its bound. Every d on the way is within the bounds and lowers
// the sum. C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, 1974, chapter 23; P. B.
// Stark and R. L. Parker, Bounded-variable least-squares: an algorithm and applications, 1995.
type Bounded struct {
	// Free are the factors of J with columns of zeros for the parameters that are held at d = 0: those
	// whose bounds are both zero, and those at a bound where −Jᵀr points outwards. The angles and the
	// rank are those of the other columns.
	Free *Factors
	Held []bool // which parameters are held at d = 0

	all          *Factors
	lower, upper []float64
	triangle     *mat.Dense // J and r have been multiplied by Qᵀ
	r            []float64
	size         float64 // ‖r‖ before that

	start   *Factors   // Free, if a parameter is held that has an effect
	part    *Factors   // with zeros for the parameters that are held at d
	last    *Factors   // of the last Minimize
	masked  *mat.Dense // the triangle with columns of zeros
	held    []bool     // at d
	free    []float64  // the minimum over the free parameters
	trial   []float64
	rest    []float64 // Jd + r
	restFor []float64 // Jd + r of the held parameters
}

// NewBounded returns a solver for m × n Jacobians. Its methods allocate nothing.
func NewBounded(m, n int) *Bounded {
	rows := min(m, n)
	vector := func() []float64 { return make([]float64, n) }
	return &Bounded{
		Held: make([]bool, n), held: make([]bool, n), lower: vector(), upper: vector(), free: vector(), trial: vector(),
		triangle: mat.NewDense(rows, n, nil), masked: mat.NewDense(rows, n, nil),
		r: make([]float64, rows), rest: make([]float64, rows), restFor: make([]float64, rows),
		start: New(rows, n), part: New(rows, n),
	}
}

// Begin sets the factors, ‖r‖ and the bounds lower ≤ 0 ≤ upper. A column of J must be zero if both of
// its bounds are.
func (b *Bounded) Begin(f *Factors, size float64, lower, upper []float64) {
	b.all, b.size = f, size
	copy(b.lower, lower)
	copy(b.upper, upper)
	f.triangle(b.triangle, b.r)
	copy(b.rest, b.r)
	b.Free = f
	for j := range b.Held {
		g := b.gradient(j)
		b.Held[j] = b.lower[j] == 0 && g >= 0 || b.upper[j] == 0 && g <= 0
		if b.Held[j] && f.Norms[j] > 0 {
			b.Free = b.start
		}
	}
	if b.Free == b.start {
		b.factorize(b.start, b.Held, b.r, size)
	}
}

// factorize sets f to the factors of the columns that are not held.
func (b *Bounded) factorize(f *Factors, held []bool, r []float64, size float64) {
	b.masked.Copy(b.triangle)
	for i := range r {
		for j, row := 0, b.masked.RawRowView(i); j < len(row); j++ {
			if held[j] {
				row[j] = 0
			}
		}
	}
	f.Measure(b.masked, r, size)
	f.Factorize()
}

// gradient returns half the derivative of ‖Jd + r‖² by parameter j, from rest.
func (b *Bounded) gradient(j int) float64 {
	g := 0.0
	for i, v := range b.rest {
		g += float64(b.triangle.At(i, j) * v)
	}
	return g
}

// Minimize sets d to the minimum, and returns the decrease of ‖r‖² that the linear model predicts,
// divided by ‖r‖². The diagonal D is that of SolveDamped. After 10 + 3n changes of the active set, d
// may be short of the minimum.
func (b *Bounded) Minimize(d []float64, mu float64, diagonal []float64) (gain float64) {
	clear(d)
	copy(b.held, b.Held)
	b.last = b.Free
	gain = b.last.Minimize(b.free, mu, diagonal)
	for changes := range 10 + 3*len(d) {
		if !b.inside(d) {
			b.approach(d, mu, diagonal)
		} else if !b.release(d, mu, diagonal) {
			if changes == 0 {
				return gain
			}
			break
		}
		b.minimizeFree(d, mu, diagonal)
	}
	return b.gain(d)
}

// SolveAgain sets d to −(JᵀJ + μD²)⁻¹g for the free parameters of the last Minimize, which had μ > 0,
// and to zero for the held ones.
func (b *Bounded) SolveAgain(d, g []float64) { b.last.SolveAgain(d, g) }

// inside moves d to free, if that is within the bounds.
func (b *Bounded) inside(d []float64) bool {
	for j, v := range b.free {
		if !b.held[j] && !(b.lower[j] <= v && v <= b.upper[j]) {
			return false
		}
	}
	for j, v := range b.free {
		if !b.held[j] {
			d[j] = v
		}
	}
	return true
}

// minimizeFree sets free to the minimum over the parameters that are not held, with the others at d.
func (b *Bounded) minimizeFree(d []float64, mu float64, diagonal []float64) {
	copy(b.restFor, b.r)
	for i := range b.restFor {
		for j, v := range d {
			if b.held[j] {
				b.restFor[i] += float64(b.triangle.At(i, j) * v)
			}
		}
	}
	b.last = b.part
	b.factorize(b.part, b.held, b.restFor, norm(b.restFor))
	b.part.Minimize(b.free, mu, diagonal)
}

// approach moves d towards free, along the straight line up to the first bound. If the sum is lower at
// the projection of free on the bounds, d moves there instead. Parameters that reach a bound are held.
func (b *Bounded) approach(d []float64, mu float64, diagonal []float64) {
	length := 1.0
	for j, from := range d {
		length = min(length, b.share(j, from))
	}
	for j, from := range d {
		b.trial[j] = from
		if b.held[j] {
			continue
		}
		d[j] = b.clamp(j, b.free[j])
		b.trial[j] = d[j]
		if b.share(j, from) > length {
			b.trial[j] = b.clamp(j, from+float64(length*(b.free[j]-from)))
		}
	}
	if b.sum(b.trial, mu, diagonal) <= b.sum(d, mu, diagonal) {
		copy(d, b.trial)
	}
	for j, v := range b.free {
		bound := b.clamp(j, v)
		b.held[j] = b.held[j] || v != bound && d[j] == bound
	}
}

// share returns the part of the way from a point within the bounds to free at which parameter j
// reaches a bound, or 1 if it does not, or is held.
func (b *Bounded) share(j int, from float64) float64 {
	v := b.free[j]
	bound := b.clamp(j, v)
	if b.held[j] || bound == v {
		return 1
	}
	return (bound - from) / (v - from)
}

func (b *Bounded) clamp(j int, v float64) float64 { return min(max(v, b.lower[j]), b.upper[j]) }

// release frees the held parameters that lower the sum by leaving their bounds, and returns whether
// there are any.
func (b *Bounded) release(d []float64, mu float64, diagonal []float64) (released bool) {
	const rounding = 0x1p-48 // of the derivative, relative to ‖Jⱼ‖·‖Jd + r‖
	b.setRest(d)
	size, root := norm(b.rest), math.Sqrt(mu)
	for j, v := range d {
		if !b.held[j] {
			continue
		}
		weight := root * diagonal[j]
		g := b.gradient(j) + float64(weight*float64(weight*v))
		least := rounding * b.all.Norms[j] * size
		if v == b.lower[j] && g < -least || v == b.upper[j] && g > least {
			b.held[j], released = false, true
		}
	}
	return released
}

// setRest sets rest to Jd + r.
func (b *Bounded) setRest(d []float64) {
	for i := range b.rest {
		b.rest[i] = b.r[i] + kernel.Dot(b.triangle.RawRowView(i), d)
	}
}

// sum returns ‖Jd + r‖² + μ‖Dd‖², divided by ‖r‖².
func (b *Bounded) sum(d []float64, mu float64, diagonal []float64) float64 {
	b.setRest(d)
	sum, root := kernel.SumSquares(b.rest, 1/b.size), math.Sqrt(mu)
	for j, v := range d {
		s := root * diagonal[j] * (v / b.size)
		sum += float64(s * s)
	}
	return sum
}

// gain returns the decrease of ‖Jd + r‖² from 0 to d, divided by ‖r‖²: −(2rᵀJd + ‖Jd‖²)/‖r‖².
func (b *Bounded) gain(d []float64) (gain float64) {
	for i, r := range b.r {
		v := kernel.Dot(b.triangle.RawRowView(i), d) / b.size
		gain -= float64(v * (2*(r/b.size) + v))
	}
	return gain
}
