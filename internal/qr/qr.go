// Package qr factorizes the Jacobian of a least squares problem and solves the linear problems of
// the Gauss-Newton and the Levenberg-Marquardt method with the factors. Package optim calls it for
// LeastSquares. It must not import package optim. The algebra is LAPACK's, by gonum.
package qr

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// Factors are the factors of an m × n Jacobian J with its columns scaled to norm 1, J = QRPᵀC. The
// scaling makes the rank independent of the units of the parameters. r is the vector of m
// residuals.
type Factors struct {
	Norms  []float64 // C: the norm of each column of J; a zero column is not scaled
	Pivots []int     // P: column i of R belongs to parameter Pivots[i]
	Rank   int       // of R; |Rᵢᵢ| ≤ ε·max(m, n)·|R₀₀| counts as zero

	Offset float64 // the norm of the projection of r on the range of J, divided by ‖r‖; 0 if r = 0
	Cosine float64 // max over j of |cos| of the angle between r and column j of J; 0 if r = 0

	Measured []float64 // the norms of the columns of the last J that Measure read

	qr    blas64.General // R in the upper triangle, the reflectors that make up Q below it
	rows  int            // of R, min(m, n)
	qtr   []float64      // Qᵀr
	tau   []float64      // the scalars of the reflectors, of qr or of stack
	y     []float64      // a vector of n numbers
	stack blas64.General // R and √μD below it, with −Qᵀr and 0 as the last column
	work  []float64      // of LAPACK
}

// New returns factors for Jacobians of m ≥ 1 rows and n ≥ 1 columns. The other methods allocate
// nothing, except Inverse.
func New(m, n int) *Factors {
	rows := min(m, n)
	f := &Factors{
		Norms: make([]float64, n), Pivots: make([]int, n), Measured: make([]float64, n),
		qr: general(m, n), rows: rows, qtr: make([]float64, m), tau: make([]float64, n+1), y: make([]float64, n), stack: general(rows+n, n+1),
	}
	var size [3]float64 // with a length of −1, LAPACK returns the best size of the workspace
	lapack64.Geqp3(f.qr, f.Pivots, f.tau[:rows], size[:1], -1)
	lapack64.Ormqr(blas.Left, blas.Trans, f.reflectors(), f.tau[:rows], column(f.qtr), size[1:2], -1)
	lapack64.Geqrf(f.stack, f.tau[:n+1], size[2:], -1)
	f.work = make([]float64, max(3*n+1, int(size[0]), int(size[1]), int(size[2])))
	return f
}

func general(m, n int) blas64.General {
	return blas64.General{Rows: m, Cols: n, Stride: n, Data: make([]float64, m*n)}
}

func column(x []float64) blas64.General {
	return blas64.General{Rows: len(x), Cols: 1, Stride: 1, Data: x}
}

// reflectors returns the columns of qr that hold the reflectors of Q.
func (f *Factors) reflectors() blas64.General {
	a := f.qr
	a.Cols = f.rows
	return a
}

// row returns row i of R, from the diagonal on.
func (f *Factors) row(i int) []float64 { return f.qr.Data[i*f.qr.Stride+i : (i+1)*f.qr.Stride] }

// Measure sets Measured to the norms of the columns of jac and returns −1. If an element of jac is
// NaN or infinite, Measure returns the row of the first one. If a norm overflows, it returns 0. The
// factors stay as they are.
func (f *Factors) Measure(jac *mat.Dense) (badRow int) {
	top, sums := f.Measured, f.y // scaled by the largest element, no square overflows
	clear(top)
	clear(sums)
	for i := range f.qr.Rows {
		row := jac.RawRowView(i)
		if !(kernel.AbsMax(row) <= math.MaxFloat64) {
			return i
		}
		for j, v := range row {
			top[j] = max(top[j], math.Abs(v))
		}
	}
	for i := range f.qr.Rows {
		for j, v := range jac.RawRowView(i) {
			if top[j] > 0 {
				u := v / top[j]
				sums[j] += float64(u * u)
			}
		}
	}
	for j := range top {
		top[j] *= math.Sqrt(sums[j])
	}
	if !(kernel.AbsMax(top) <= math.MaxFloat64) {
		return 0
	}
	return -1
}

// Factorize factorizes jac, for which the last Measure returned −1, and sets all fields but
// Measured. norm is ‖r‖.
func (f *Factors) Factorize(jac *mat.Dense, r []float64, norm float64) {
	n := len(f.Norms)
	copy(f.Norms, f.Measured)
	for i := range r {
		scaled := f.qr.Data[i*n : (i+1)*n]
		for j, v := range jac.RawRowView(i) {
			scaled[j] = 0
			if f.Norms[j] > 0 {
				scaled[j] = v / f.Norms[j]
			}
		}
	}
	for j := range f.Pivots {
		f.Pivots[j] = -1 // free to move
	}
	lapack64.Geqp3(f.qr, f.Pivots, f.tau[:f.rows], f.work, len(f.work))
	copy(f.qtr, r)
	lapack64.Ormqr(blas.Left, blas.Trans, f.reflectors(), f.tau[:f.rows], column(f.qtr), f.work, len(f.work))

	const epsilon = 0x1p-52
	f.Rank = f.RankWithin(epsilon * float64(max(f.qr.Rows, n)))
	f.Offset, f.Cosine = 0, 0
	if norm > 0 {
		inRange := f.qtr[:f.Rank]
		f.Offset = kernel.Norm(inRange, kernel.SumSquares(inRange, 1)) / norm
		clear(f.y)
		for i, q := range f.qtr[:f.rows] { // y = RᵀQᵀr/‖r‖ = PᵀC⁻¹Jᵀr/‖r‖
			kernel.AddScaled(f.y[i:], f.row(i), q/norm)
		}
		f.Cosine = kernel.AbsMax(f.y)
	}
}

// RankWithin returns the rank of R if |Rᵢᵢ| ≤ tolerance·|R₀₀| counts as zero.
func (f *Factors) RankWithin(tolerance float64) int {
	rank, least := 0, tolerance*math.Abs(f.row(0)[0])
	for rank < f.rows && math.Abs(f.row(rank)[0]) > least {
		rank++
	}
	return rank
}

// Solve sets d to a minimum of ‖Jd + r‖². The parameters that J does not determine get zero: those
// of the columns of R from Rank on.
func (f *Factors) Solve(d []float64) {
	clear(f.y)
	for i := f.Rank - 1; i >= 0; i-- {
		row := f.row(i)
		f.y[i] = (-f.qtr[i] - kernel.Dot(row[1:f.Rank-i], f.y[i+1:f.Rank])) / row[0]
	}
	f.unscale(d)
}

// SolveDamped sets d to the minimum of ‖Jd + r‖² + μ‖Dd‖² for μ > 0 and the diagonal D, whose
// elements are at least Norms. norm is ‖r‖ > 0. A parameter whose column of J is zero gets zero.
//
// It returns the decrease of ‖r‖² that the linear model predicts, divided by ‖r‖²: (‖Jd‖² +
// 2μ‖Dd‖²)/‖r‖², a sum of squares (J. J. Moré, The Levenberg-Marquardt algorithm: implementation
// and theory, 1978, section 4).
func (f *Factors) SolveDamped(d []float64, mu float64, diagonal []float64, norm float64) (gain float64) {
	n := len(d)
	clear(f.stack.Data)
	for i := range f.rows {
		row := f.stack.Data[i*(n+1) : (i+1)*(n+1)]
		copy(row[i:], f.row(i))
		row[n] = -f.qtr[i]
	}
	root := math.Sqrt(mu)
	for i, p := range f.Pivots {
		weight := root
		if f.Norms[p] > 0 {
			weight = f.weight(root, diagonal, p)
		}
		f.stack.Data[(f.rows+i)*(n+1)+i] = weight
	}
	lapack64.Geqrf(f.stack, f.tau[:n+1], f.work, len(f.work))
	for i := n - 1; i >= 0; i-- {
		row := f.stack.Data[i*(n+1) : (i+1)*(n+1)]
		f.y[i] = (row[n] - kernel.Dot(row[i+1:n], f.y[i+1:])) / row[i]
	}
	for i := range f.rows {
		s := kernel.Dot(f.row(i), f.y[i:]) / norm
		gain += float64(s * s)
	}
	for i, p := range f.Pivots {
		if f.Norms[p] > 0 {
			s := f.weight(root, diagonal, p) * (f.y[i] / norm)
			gain += 2 * float64(s*s)
		}
	}
	f.unscale(d)
	return gain
}

// weight returns √μD for parameter p, in units in which its column of J has norm
// 1. The bound keeps the factorization from overflow where a column is next to
// zero.
func (f *Factors) weight(root float64, diagonal []float64, p int) float64 {
	return min(root*(diagonal[p]/f.Norms[p]), 1e150)
}

// unscale sets d to C⁻¹Py, and to zero where the column of J is zero.
func (f *Factors) unscale(d []float64) {
	for i, p := range f.Pivots {
		d[p] = 0
		if f.Norms[p] > 0 {
			d[p] = f.y[i] / f.Norms[p]
		}
	}
}

// Inverse sets dst, which is n × n, to factor·(JᵀJ)⁻¹. Rank must be n. The product may be
// representable where the inverse alone overflows.
func (f *Factors) Inverse(dst *mat.SymDense, factor float64) {
	n := len(f.Norms)
	inv := mat.NewTriDense(n, mat.Upper, nil)
	for i := range n {
		for j, v := range f.row(i) {
			inv.SetTri(i, i+j, v)
		}
	}
	lapack64.Trtri(inv.RawTriangular())
	raw := inv.RawTriangular()
	for i, p := range f.Pivots {
		for j := i; j < n; j++ {
			s := kernel.Dot(raw.Data[i*n+j:(i+1)*n], raw.Data[j*n+j:(j+1)*n])
			q := f.Pivots[j]
			dst.SetSym(p, q, s*factor/f.Norms[p]/f.Norms[q])
		}
	}
}
