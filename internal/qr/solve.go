package qr

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// Minimize sets d to the minimum of ‖Jd + r‖² + μ‖Dd‖² for μ ≥ 0, as Solve and SolveDamped do. It
// returns the decrease of ‖r‖² that the linear model predicts, divided by ‖r‖².
func (f *Factors) Minimize(d []float64, mu float64, diagonal []float64) (gain float64) {
	if mu > 0 {
		return f.SolveDamped(d, mu, diagonal)
	}
	f.Solve(d)
	return float64(f.Offset * f.Offset)
}

// Solve sets d to a minimum of ‖Jd + r‖². The parameters that J does not determine get zero. They
// belong to the columns of R from Rank on.
func (f *Factors) Solve(d []float64) {
	clear(f.y)
	for i, q := range f.qtr()[:f.Rank] {
		f.y[i] = -q
	}
	for i := f.Rank - 1; i >= 0; i-- {
		divide(f.y, f.column(i))
	}
	f.unscale(d, f.unit)
}

// divide does the step of a back substitution with a column of R, from the first row to the diagonal.
func divide(y, r []float64) {
	i := len(r) - 1
	y[i] /= r[i]
	kernel.AddScaled(y[:i], r[:i], -y[i])
}

// SolveDamped sets d to the minimum of ‖Jd + r‖² + μ‖Dd‖² for μ > 0 and the diagonal D, whose
// elements are at least Norms. r is not zero. A parameter whose column of J is zero gets zero. The cost
// is O(n³).
//
// It returns the decrease of ‖r‖² that the linear model predicts, divided by ‖r‖²: (‖Jd‖² +
// 2μ‖Dd‖²)/‖r‖², a sum of squares (J. J. Moré, The Levenberg-Marquardt algorithm: implementation
// and theory, 1978, section 4).
func (f *Factors) SolveDamped(d []float64, mu float64, diagonal []float64) (gain float64) {
	n := len(d)
	root := math.Sqrt(mu)
	clear(f.damped.data)
	clear(f.below.data)
	for i, p := range f.Pivots {
		copy(f.damped.at(i), f.column(i))
		f.below.at(i)[i] = f.weight(root, diagonal, p)
	}
	copy(f.damped.at(n), f.qtr())
	f.damped.absorb(f.below, true)
	for i, q := range f.damped.at(n) {
		f.y[i] = -q
	}
	for i := n - 1; i >= 0; i-- {
		divide(f.y, f.damped.at(i)[:i+1])
	}
	clear(f.z) // Ry
	for i, p := range f.Pivots {
		r := f.column(i)
		kernel.AddScaled(f.z[:len(r)], r, f.y[i])
		if f.Norms[p] > 0 {
			s := f.weight(root, diagonal, p) * (f.y[i] / f.length)
			gain += 2 * float64(s*s)
		}
	}
	f.unscale(d, f.unit)
	return gain + kernel.SumSquares(f.z, 1/f.length)
}

// weight returns √μD for parameter p, in units in which its column of J has norm 1. The bounds prevent
// overflow of the squares where a column is next to zero, and underflow where μ is next to zero.
func (f *Factors) weight(root float64, diagonal []float64, p int) float64 {
	if f.Norms[p] == 0 {
		return 1
	}
	return min(max(root*(diagonal[p]/f.Norms[p]), 1e-120), 1e150)
}

// SolveAgain sets d to −(JᵀJ + μD²)⁻¹g with μ and D of the last SolveDamped, which must have been
// called after the last Factorize. A parameter whose column of J is zero gets zero.
func (f *Factors) SolveAgain(d, g []float64) {
	for i, p := range f.Pivots {
		f.y[i] = 0
		if f.Norms[p] > 0 {
			f.y[i] = -g[p] / f.Norms[p]
		}
	}
	for i := range f.y { // Rᵀz = y
		r := f.damped.at(i)
		f.y[i] = (f.y[i] - kernel.Dot(r[:i], f.y[:i])) / r[i]
	}
	for i := len(f.y) - 1; i >= 0; i-- {
		divide(f.y, f.damped.at(i)[:i+1])
	}
	f.unscale(d, 0)
}

// unscale sets d to C⁻¹Py·2^unit, and to zero where the column of J is zero.
func (f *Factors) unscale(d []float64, unit int) {
	for i, p := range f.Pivots {
		d[p] = 0
		if f.Norms[p] > 0 {
			fraction, exponent := math.Frexp(f.Norms[p])
			d[p] = math.Ldexp(f.y[i]/fraction, unit-exponent)
		}
	}
}

// triangle sets the rows of dst to R with its columns times C and in the order of the parameters, and
// the first elements of y to Qᵀr: J = Q·dst. dst has min(m, n) rows.
func (f *Factors) triangle(dst *mat.Dense, y []float64) {
	dst.Zero()
	for i, p := range f.Pivots {
		for k, v := range f.column(i) {
			dst.Set(k, p, v*f.Norms[p])
		}
	}
	for k, v := range f.qtr() {
		y[k] = math.Ldexp(v, f.unit)
	}
}

// Inverse sets dst, which is n × n, to factor·(JᵀJ)⁻¹ for the first Rank parameters of Pivots, and to
// zero for the other ones. The product may be representable where the inverse alone overflows.
func (f *Factors) Inverse(dst *mat.SymDense, factor float64) {
	dst.Zero()
	n := f.Rank
	inverse := make([]float64, n*n) // R⁻¹ by rows
	row := func(i int) []float64 { return inverse[i*n : (i+1)*n] }
	for i := range n { // xᵀR = eᵢᵀ
		x := row(i)
		x[i] = 1 / f.column(i)[i]
		for j := i + 1; j < n; j++ {
			r := f.column(j)
			x[j] = -kernel.Dot(x[i:j], r[i:j]) / r[j]
		}
	}
	for i, p := range f.Pivots[:n] {
		for j := i; j < n; j++ {
			s := kernel.Dot(row(i)[j:], row(j)[j:])
			q := f.Pivots[j]
			dst.SetSym(p, q, s*factor/f.Norms[p]/f.Norms[q])
		}
	}
}

// Deviation returns √(gᵀ(JᵀJ)⁻¹g) for the first Rank parameters of Pivots. It is more exact than the
// product with Inverse, which squares the condition number of J.
func (f *Factors) Deviation(g []float64) float64 {
	y := make([]float64, f.Rank) // Rᵀy = PᵀC⁻¹g
	for i, p := range f.Pivots[:f.Rank] {
		r := f.column(i)
		y[i] = (g[p]/f.Norms[p] - kernel.Dot(y[:i], r[:i])) / r[i]
	}
	return norm(y)
}

// norm returns ‖x‖.
func norm(x []float64) float64 { return kernel.Norm(x, kernel.SumSquares(x, 1)) }
