// Package qr factorizes the Jacobian of a least squares problem and solves the linear problems of
// the Gauss-Newton and the Levenberg-Marquardt method with the factors. Package optim calls it for
// LeastSquares. It must not import package optim.
//
// A Jacobian of many rows is first reduced to n rows, by blocks of rows (blocks.go). The few rows are
// factorized with pivoting (qr.go), and solve.go solves with the factors. The results have the same
// bits on every processor and for every number of goroutines.
package qr

import (
	"math"

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

	m    int
	rows int // of R, min(m, n)

	// What Measure sets.
	tall      *tall     // reduces J to n rows; nil if J has few rows
	reduced   columns   // of J and r, or of R and Qᵀr
	exponents []int     // column j of reduced is in units of 2^exponents[j]; the last one is that of r
	scale     []float64 // 2^−exponents[j]
	lengths   []float64 // the norms of the columns of reduced, and ‖r‖, in these units

	// What Factorize sets.
	a            columns   // R in pivoted order: column i is that of parameter Pivots[i]; Qᵀr is the last column
	unit         int       // Qᵀr is in units of 2^unit
	length       float64   // ‖r‖ in this unit
	squares, old []float64 // squared norms of the rests of the columns: current, and when last summed

	damped triangle // of R above √μD
	below  columns  // the rows of √μD
	y, z   []float64
}

// New returns factors for Jacobians of m ≥ 1 rows and n ≥ 1 columns. The other methods allocate
// nothing, except Inverse and Deviation. The memory is O(n²), and blocks with at most a fixed
// number of rows in total.
func New(m, n int) *Factors {
	f := &Factors{
		Norms: make([]float64, n), Pivots: make([]int, n), Measured: make([]float64, n),
		m: m, rows: min(m, n),
		exponents: make([]int, n+1), scale: make([]float64, n+1), lengths: make([]float64, n+1),
		squares: make([]float64, n), old: make([]float64, n),
		damped: newTriangle(n), below: newColumns(n, n+1), y: make([]float64, n), z: make([]float64, n),
	}
	if m > n+blockRows {
		f.tall = newTall(m, n)
		f.a = newColumns(n, n+1)
	} else {
		f.reduced = newColumns(m, n+1)
		f.a = newColumns(m, n+1)
	}
	return f
}

// Measure reads jac and r for the next Factorize, sets Measured to the norms of the columns of jac and
// returns −1. norm is ‖r‖, which is finite. If an element of jac is NaN or infinite, Measure returns
// the row of the first one. If a norm overflows, it returns 0. The factors stay as they are.
func (f *Factors) Measure(jac *mat.Dense, r []float64, norm float64) (badRow int) {
	n := len(f.Norms)
	clear(f.exponents)
	_, f.exponents[n] = math.Frexp(norm)
	if !f.reduce(jac, r) {
		if badRow := f.findExponents(jac); badRow >= 0 {
			return badRow
		}
		f.reduce(jac, r)
	}
	f.lengths[n] = norm * f.scale[n]
	for j := range f.Measured {
		f.Measured[j] = math.Ldexp(f.lengths[j], f.exponents[j])
	}
	if !(kernel.AbsMax(f.Measured) <= math.MaxFloat64) {
		return 0
	}
	return -1
}

// reduce sets reduced and lengths for the exponents. It returns whether no square overflowed or
// underflowed.
func (f *Factors) reduce(jac *mat.Dense, r []float64) (safe bool) {
	// Within [least, most] the squares of nearly dependent columns do not underflow. The constant
	// tiny of newReflector is then below their rounding errors.
	const least, most = 0x1p-300, 0x1p300
	for j, e := range f.exponents {
		e = max(e, -1000) // so the scale is finite
		f.exponents[j], f.scale[j] = e, math.Ldexp(1, -e)
	}
	if f.tall != nil {
		f.reduced = f.tall.reduce(jac, r, f.scale)
	} else {
		f.reduced.load(jac, r, f.scale, 0)
	}
	safe = true
	for j := range f.Norms {
		length := math.Sqrt(kernel.SumSquares(f.reduced.at(j), 1))
		f.lengths[j] = length
		safe = safe && least <= length && length <= most
	}
	return safe
}

// findExponents sets the exponents to those of the largest elements of the columns, and returns −1. If
// an element is NaN or infinite, it returns the row of the first one.
func (f *Factors) findExponents(jac *mat.Dense) (badRow int) {
	top := f.z
	clear(top)
	for i := range f.m {
		for j, v := range jac.RawRowView(i) {
			if !(math.Abs(v) <= math.MaxFloat64) {
				return i
			}
			top[j] = max(top[j], math.Abs(v))
		}
	}
	for j, v := range top {
		_, f.exponents[j] = math.Frexp(v)
	}
	return -1
}

// Factorize factorizes the Jacobian of the last Measure, which returned −1. It sets all fields but
// Measured.
func (f *Factors) Factorize() {
	n := len(f.Norms)
	copy(f.Norms, f.Measured)
	f.unit, f.length = f.exponents[n], f.lengths[n]
	for j := range n {
		f.Pivots[j] = j
		f.squares[j], f.old[j] = 0, 0
		scaled := f.a.at(j)
		clear(scaled)
		if length := f.lengths[j]; length > 0 {
			f.squares[j], f.old[j] = 1, 1
			for i, v := range f.reduced.at(j) {
				scaled[i] = v / length
			}
		}
	}
	copy(f.a.at(n), f.reduced.at(n))
	for k := range f.rows {
		f.eliminate(k)
	}
	const epsilon = 0x1p-52
	f.Rank = f.RankWithin(epsilon * float64(max(f.m, n)))
	f.measureResiduals()
}

// eliminate moves the longest of the columns from k on to place k and makes it a column of R.
func (f *Factors) eliminate(k int) {
	longest := k
	for i := k + 1; i < len(f.Pivots); i++ {
		if f.squares[f.Pivots[i]] > f.squares[f.Pivots[longest]] {
			longest = i
		}
	}
	f.Pivots[k], f.Pivots[longest] = f.Pivots[longest], f.Pivots[k]
	x := f.a.at(f.Pivots[k])
	tail := x[k+1:]
	var h reflector
	h, x[k] = newReflector(x[k], tail)
	for _, p := range f.Pivots[k+1:] {
		y := f.a.at(p)
		y[k] = h.apply(tail, y[k], y[k+1:])
		f.squares[p] -= float64(y[k] * y[k])
		// The difference has lost half of its digits. LAPACK Working Note 176, 2006.
		if !(f.squares[p] > 0x1p-26*f.old[p]) {
			f.squares[p] = kernel.SumSquares(y[k+1:], 1)
			f.old[p] = f.squares[p]
		}
	}
	y := f.a.at(len(f.Pivots))
	y[k] = h.apply(tail, y[k], y[k+1:])
}

// column returns column i of R, down to the diagonal or the last row.
func (f *Factors) column(i int) []float64 { return f.a.at(f.Pivots[i])[:min(i+1, f.rows)] }

// qtr returns the first elements of Qᵀr, one for each row of R.
func (f *Factors) qtr() []float64 { return f.a.at(len(f.Norms))[:f.rows] }

// RankWithin returns the rank of R if |Rᵢᵢ| ≤ tolerance·|R₀₀| counts as zero.
func (f *Factors) RankWithin(tolerance float64) int {
	rank, least := 0, tolerance*math.Abs(f.column(0)[0])
	for rank < f.rows && math.Abs(f.column(rank)[rank]) > least {
		rank++
	}
	return rank
}

// measureResiduals sets Offset and Cosine.
func (f *Factors) measureResiduals() {
	f.Offset, f.Cosine = 0, 0
	if f.length == 0 {
		return
	}
	f.Offset = math.Sqrt(kernel.SumSquares(f.qtr()[:f.Rank], 1/f.length))
	for i := range f.Norms { // RᵀQᵀr/‖r‖ = PᵀC⁻¹Jᵀr/‖r‖
		r := f.column(i)
		f.Cosine = max(f.Cosine, math.Abs(kernel.Dot(r, f.qtr()[:len(r)]))/f.length)
	}
}
