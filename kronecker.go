package optim

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// kronecker is the part that SOAP and Shampoo share: the moments of Adam, and the two factors of the
// second moments of a matrix.
type kronecker struct {
	matrix
	m, v             []float64
	weight1, weight2 float64 // 1−β₁ᵗ and 1−β₂ᵗ
	left, right      side    // of the rows and of the columns
	scratch          []float64
}

// prepare allocates what a step needs, and computes the constants that do not depend on the
// gradient. decay is λ.
func (k *kronecker) prepare(beta1, beta2, decay float64) {
	n := k.rows * k.cols
	if k.m == nil {
		k.m, k.v = make([]float64, n), make([]float64, n)
	}
	k.updates = resize(k.updates, n)
	k.weight1, k.weight2 = weight(k.weight1, beta1), weight(k.weight2, beta2)
	k.keep = 1 - float64(k.eta*decay)
	if !k.isVector() {
		k.left.allocate(k.rows)
		k.right.allocate(k.cols)
		k.scratch = resize(k.scratch, n)
	}
}

// addGradient adds g to the running means of both sides.
func (k *kronecker) addGradient(g []float64, beta2 float64) {
	gradient := general(k.rows, k.cols, g)
	k.left.add(gradient, beta2, false)
	k.right.add(gradient, beta2, true)
}

// transform sets dst, which may be a, to the product of left.q, a and right.q. leftTrans and
// rightTrans transpose the factors.
func (k *kronecker) transform(dst []float64, leftTrans blas.Transpose, a []float64, rightTrans blas.Transpose) {
	half := general(k.rows, k.cols, k.scratch)
	multiply(half, 1, leftTrans, k.left.basis(), blas.NoTrans, general(k.rows, k.cols, a), 0)
	multiply(general(k.rows, k.cols, dst), 1, blas.NoTrans, half, rightTrans, k.right.basis(), 0)
}

// visitKronecker walks over the whole state of these rules.
func (k *kronecker) visitKronecker(a *walk, name string, settings ...any) {
	k.visitMatrix(a, name, settings...)
	a.Vectors(&k.m, &k.v)
	a.State(&k.weight1, &k.weight2)
	if !k.isVector() {
		k.left.visit(a, k.rows)
		k.right.visit(a, k.cols)
	}
}

// side is one factor of a Kronecker product, by which Shampoo and SOAP approximate the second
// moments: a running mean of GGᵀ for the rows, or of GᵀG for the columns.
type side struct {
	moment []float64 // the running mean, n × n
	q      []float64 // for SOAP the eigenvectors, as columns; for Shampoo the inverse root

	n            int
	product      []float64 // workspace, n × n
	values, taus []float64 // workspace, n
	order        []int     // workspace, n
	work         []float64 // workspace of lapack
}

func (s *side) allocate(n int) {
	s.n = n
	if s.moment == nil {
		s.moment, s.q = make([]float64, n*n), make([]float64, n*n)
	}
	if len(s.product) == n*n {
		return
	}
	s.product, s.values, s.taus, s.order = make([]float64, n*n), make([]float64, n), make([]float64, n), make([]int, n)
	var need [1]float64 // the factorizations of iterate need less
	lapack64.Syev(lapack.EVCompute, symmetric(n, s.product), s.values, need[:], -1)
	s.work = make([]float64, int(need[0]))
}

func symmetric(n int, data []float64) blas64.Symmetric {
	return blas64.Symmetric{N: n, Stride: n, Data: data, Uplo: blas.Upper}
}

// add moves the mean by the part 1 − beta towards GGᵀ, or towards GᵀG if transposed.
func (s *side) add(g blas64.General, beta float64, transposed bool) {
	at, bt := blas.NoTrans, blas.Trans
	if transposed {
		at, bt = bt, at
	}
	multiply(s.mean(), 1-beta, at, g, bt, g, beta)
}

func (s *side) mean() blas64.General  { return general(s.n, s.n, s.moment) }
func (s *side) basis() blas64.General { return general(s.n, s.n, s.q) }

// spoiled returns whether the mean is not finite. If so, it sets q to NaN, which makes the parameters
// NaN.
func (s *side) spoiled() bool {
	if finite(s.moment) {
		return false
	}
	fill(s.q, math.NaN())
	return true
}

// eigen sets the columns of product to the eigenvectors of the mean, and values to its eigenvalues,
// in ascending order. The mean must be finite. eigen returns false if LAPACK does not find the
// eigenvalues. The columns of product are then other orthonormal vectors.
func (s *side) eigen() bool {
	copy(s.product, s.moment)
	return lapack64.Syev(lapack.EVCompute, symmetric(s.n, s.product), s.values, s.work, len(s.work))
}

func (s *side) visit(a *walk, n int) {
	a.Table(&s.moment, n, n)
	a.Table(&s.q, n, n)
}
