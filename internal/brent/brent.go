// Package brent finds a local minimum of a function of one variable from values alone. Package
// optim calls it for the exact steps of CoordinateDescent. R. P. Brent, Algorithms for minimization
// without derivatives, 1973, chapter 5.
//
// Products that are added or subtracted are converted, so that no processor fuses them. Therefore
// the points of a search have the same bits on every processor.
package brent

import "math"

const (
	maxExtensions = 100 // largest number of function values in Bracket
	maxIterations = 100 // largest number of function values in Minimize
)

// Bracket extends a descent until f rises. f(b) = fb is lower than f(a). Each new point lies beyond
// b, at 1.618 times the distance of a and b.
//
// Bracket returns three consecutive points p, q and r, and fq = f(q), the lowest of the three
// values. If f is still falling at the end of the range of float64, or after 100 points, r = q.
func Bracket(f func(float64) float64, a, b, fb float64) (p, q, r, fq float64) {
	const golden = 1.618033988749895 // (1+√5)/2
	for range maxExtensions {
		c := b + float64(golden*(b-a))
		if math.IsInf(c, 0) {
			break
		}
		fc := f(c)
		if !(fc < fb) {
			return a, b, c, fb
		}
		a, b, fb = b, c, fc
	}
	return a, b, b, fb
}

// Minimize searches [lo, hi] for a minimum of f by Brent's method. It begins at x in [lo, hi],
// where f(x) = fx. Each iteration takes one value of f. A parabola goes through the three best points.
// The next point is the minimum of the parabola, if two conditions hold: the minimum is within the
// interval, and the step is less than half the step before the last one. Otherwise the next point is
// the golden section of the longer part of the interval. No two values are closer to each other than
// a tolerance of 1.5e-8·|x| + 1e-9·(hi−lo). The search ends when the interval is about four tolerances
// long, and after 100 iterations.
//
// Minimize returns the best point and the value there, which is at most fx. An f that is NaN or
// +Inf counts as higher than any other value.
func Minimize(f func(float64) float64, lo, x, hi, fx float64) (xmin, fmin float64) {
	const (
		section  = 0.3819660112501051 // (3−√5)/2
		relative = 1.5e-8             // √ε: a smaller change of x is lost in the rounding of f
	)
	absolute := float64(1e-9 * (hi - lo))
	w, fw, v, fv := x, fx, x, fx // the second and the third best point
	var d, e float64             // the last step and the step before it
	for range maxIterations {
		m := lo + float64(0.5*(hi-lo))
		tol := float64(relative*math.Abs(x)) + absolute
		if math.Abs(x-m) <= 2*tol-float64(0.5*(hi-lo)) {
			break
		}
		parabola := false
		if math.Abs(e) > tol {
			// The minimum of the parabola is x + p/q, with q ≥ 0.
			r, q := float64((x-w)*(fx-fv)), float64((x-v)*(fx-fw))
			p := float64((x-v)*q) - float64((x-w)*r)
			q = 2 * (q - r)
			p, q = p*-math.Copysign(1, q), math.Abs(q)
			parabola = math.Abs(p) < math.Abs(float64(0.5*q*e)) && p > float64(q*(lo-x)) && p < float64(q*(hi-x))
			if parabola {
				e, d = d, p/q
			}
		}
		if parabola {
			u := x + d
			if u-lo < 2*tol || hi-u < 2*tol {
				d = math.Copysign(tol, m-x)
			}
		} else {
			e = hi - x
			if x >= m {
				e = lo - x
			}
			d = float64(section * e)
		}
		u := x + d
		if math.Abs(d) < tol {
			u = x + math.Copysign(tol, d)
		}
		fu := f(u)
		if fu <= fx {
			if u < x {
				hi = x
			} else {
				lo = x
			}
			v, fv, w, fw, x, fx = w, fw, x, fx, u, fu
			continue
		}
		if u < x {
			lo = u
		} else {
			hi = u
		}
		switch {
		case fu <= fw || w == x:
			v, fv, w, fw = w, fw, u, fu
		case fu <= fv || v == x || v == w:
			v, fv = u, fu
		}
	}
	return x, fx
}
