package optim

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// factors are those of a Jacobian with columns of norm 1, J = QRPᵀC, so that
// they show its rank whatever the scale of the parameters.
type factors struct {
	norms  []float64      // C: of the columns of J
	pivots []int          // P: column j of R is that of parameter pivots[j]
	qr     blas64.General // R, and below it the reflectors that make up Q
	q      []float64      // Qᵀr
	rows   int            // of R
	rank   int            // of R

	offset float64 // ‖the part of r in the range of J‖ / ‖r‖
	cosine float64 // the largest between r and a column of J

	next, tau, y, work []float64
	stack              blas64.General
}

func newFactors(m, n int) factors {
	k := min(m, n)
	f := factors{
		norms: make([]float64, n), pivots: make([]int, n), qr: general(m, n), q: make([]float64, m), rows: k,
		next: make([]float64, n), tau: make([]float64, n+1), y: make([]float64, n), stack: general(k+n, n+1),
	}
	size := [1]float64{}
	most := 3*n + 1
	lapack64.Geqp3(f.qr, f.pivots, f.tau[:k], size[:], -1)
	most = max(most, int(size[0]))
	lapack64.Ormqr(blas.Left, blas.Trans, f.reflectors(), f.tau[:k], column(f.q), size[:], -1)
	most = max(most, int(size[0]))
	lapack64.Geqrf(f.stack, f.tau[:n+1], size[:], -1)
	f.work = make([]float64, max(most, int(size[0])))
	return f
}

func general(m, n int) blas64.General {
	return blas64.General{Rows: m, Cols: n, Stride: n, Data: make([]float64, m*n)}
}

func column(x []float64) blas64.General {
	return blas64.General{Rows: len(x), Cols: 1, Stride: 1, Data: x}
}

// reflectors are the columns that make up Q.
func (f *factors) reflectors() blas64.General {
	a := f.qr
	a.Cols = f.rows
	return a
}

// row is row i of R, from the diagonal on.
func (f *factors) row(i int) []float64 { return f.qr.Data[i*f.qr.Stride+i : (i+1)*f.qr.Stride] }

// factorize takes a J that has been measured, and r with its norm.
func (f *factors) factorize(jac *mat.Dense, r []float64, norm float64) {
	f.norms, f.next = f.next, f.norms
	n := len(f.norms)
	for i := range r {
		to := f.qr.Data[i*n : (i+1)*n]
		for j, v := range jac.RawRowView(i) {
			if to[j] = 0; f.norms[j] > 0 {
				to[j] = v / f.norms[j]
			}
		}
	}
	for j := range f.pivots {
		f.pivots[j] = -1 // free
	}
	lapack64.Geqp3(f.qr, f.pivots, f.tau[:f.rows], f.work, len(f.work))
	copy(f.q, r)
	lapack64.Ormqr(blas.Left, blas.Trans, f.reflectors(), f.tau[:f.rows], column(f.q), f.work, len(f.work))

	least := epsilon * float64(max(f.qr.Rows, n)) * math.Abs(f.row(0)[0])
	f.rank = 0
	for f.rank < f.rows && math.Abs(f.row(f.rank)[0]) > least {
		f.rank++
	}
	f.offset, f.cosine = 0, 0
	if norm > 0 {
		part := f.q[:f.rank]
		f.offset = kernel.Norm(part, kernel.SumSquares(part, 1)) / norm
		clear(f.y)
		for i, q := range f.q[:f.rows] { // Rᵀq
			kernel.AddScaled(f.y[i:], f.row(i), q/norm)
		}
		f.cosine = kernel.AbsMax(f.y)
	}
}

// measure sets next to the norms of the columns of J. If J is not finite, it
// returns the row where, and otherwise −1.
func (f *factors) measure(jac *mat.Dense) int {
	m, _ := jac.Dims()
	top, sums := f.next, f.y // the largest elements first, so that no square overflows
	clear(top)
	clear(sums)
	for i := range m {
		row := jac.RawRowView(i)
		if notFinite(row) >= 0 {
			return i
		}
		for j, v := range row {
			top[j] = max(top[j], math.Abs(v))
		}
	}
	for i := range m {
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
	if notFinite(top) >= 0 {
		return 0
	}
	return -1
}

// damped sets d to the minimum of ‖Jd + r‖² + μ‖Dd‖², and returns the share of
// ‖r‖², given the norm, that would be lost by it if r were linear, as a sum of
// squares (Moré 1978, section 4).
func (f *factors) damped(d []float64, mu float64, largest []float64, norm float64) (gain float64) {
	const most = 1e150 // so that nothing overflows where a column has all but vanished
	n := len(d)
	clear(f.stack.Data)
	for i := range f.rows {
		row := f.stack.Data[i*(n+1) : (i+1)*(n+1)]
		copy(row[i:], f.row(i))
		row[n] = -f.q[i]
	}
	root := math.Sqrt(mu)
	for i, p := range f.pivots {
		weight := root
		if f.norms[p] > 0 {
			weight = min(root*(largest[p]/f.norms[p]), most)
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
	for i, p := range f.pivots {
		if f.norms[p] > 0 {
			s := min(root*(largest[p]/f.norms[p]), most) * (f.y[i] / norm)
			gain += 2 * float64(s*s)
		}
	}
	f.unscale(d)
	return gain
}

// solve sets d to a minimum of ‖Jd + r‖², with zeros for the parameters that J
// does not determine.
func (f *factors) solve(d []float64) {
	clear(f.y)
	for i := f.rank - 1; i >= 0; i-- {
		row := f.row(i)
		f.y[i] = (-f.q[i] - kernel.Dot(row[1:f.rank-i], f.y[i+1:f.rank])) / row[0]
	}
	f.unscale(d)
}

// unscale sets d to C⁻¹Py.
func (f *factors) unscale(d []float64) {
	for i, p := range f.pivots {
		if d[p] = 0; f.norms[p] > 0 {
			d[p] = f.y[i] / f.norms[p]
		}
	}
}

// inverse sets dst to (JᵀJ)⁻¹ with a factor on it, if the rank of J is full.
func (f *factors) inverse(dst *mat.SymDense, factor float64) {
	n := len(f.norms)
	inv := mat.NewTriDense(n, mat.Upper, nil)
	for i := range n {
		for j, v := range f.row(i) {
			inv.SetTri(i, i+j, v)
		}
	}
	lapack64.Trtri(inv.RawTriangular())
	raw := inv.RawTriangular()
	for i, p := range f.pivots {
		for j := i; j < n; j++ {
			s := kernel.Dot(raw.Data[i*n+j:(i+1)*n], raw.Data[j*n+j:(j+1)*n])
			q := f.pivots[j]
			dst.SetSym(p, q, s*factor/f.norms[p]/f.norms[q])
		}
	}
}
