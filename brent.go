package optim

import "math"

// downhill goes on from a over the lower b until f rises. It returns the last
// three points, and f at the one in the middle.
func downhill(f func(float64) float64, a, b, fb float64) (p, q, r, fq float64) {
	const golden = 1.618033988749895
	for range maxTries {
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

// brent looks for the least f between lo and hi, given a point between: by
// parabolas through the three best points, and where these are of no use by
// golden sections.
func brent(f func(float64) float64, lo, x, hi, fx float64) {
	const section = 0.3819660112501051 // (3−√5)/2
	w, fw, v, fv := x, fx, x, fx
	var d, e float64 // this step and that before the last
	tiny := float64(1e-9 * (hi - lo))
	for range maxTries {
		m := lo + float64(0.5*(hi-lo))
		tol := float64(1.5e-8*math.Abs(x)) + tiny
		if math.Abs(x-m) <= 2*tol-float64(0.5*(hi-lo)) {
			return
		}
		parabola := false
		if math.Abs(e) > tol {
			r, q := float64((x-w)*(fx-fv)), float64((x-v)*(fx-fw))
			p := float64((x-v)*q) - float64((x-w)*r)
			if q = 2 * (q - r); q > 0 {
				p = -p
			}
			q = math.Abs(q)
			if math.Abs(p) < math.Abs(float64(0.5*q*e)) && p > float64(q*(lo-x)) && p < float64(q*(hi-x)) {
				e, d = d, p/q
				parabola = true
			}
		}
		if !parabola {
			if e = hi - x; x >= m {
				e = lo - x
			}
			d = float64(section * e)
		}
		u := x + d
		if parabola && (u-lo < 2*tol || hi-u < 2*tol) {
			d = math.Copysign(tol, m-x)
		}
		if math.Abs(d) < tol {
			u = x + math.Copysign(tol, d)
		} else {
			u = x + d
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
}
