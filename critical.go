package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// Kind classifies a stationary point by the signs of the eigenvalues of its Hessian.
type Kind int

const (
	Undefined  Kind = iota // the Hessian is not finite, or its eigenvalues are not found
	Minimum                // all positive: a strict local minimum
	Maximum                // all negative: a strict local maximum
	Saddle                 // some positive and some negative, whether or not others are zero
	Degenerate             // some zero, the others of one sign: higher derivatives decide
)

var kinds = [...]string{"undefined", "minimum", "maximum", "saddle", "degenerate"}

// String returns the kind as a word, such as "saddle".
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kinds[k]
}

// CriticalPoint is the result of [Classify].
type CriticalPoint struct {
	Kind        Kind
	Eigenvalues []float64 // ascending
	Condition   float64   // max|λ|/min|λ|; +Inf if an eigenvalue counts as zero
	Curvature   float64   // the most negative eigenvalue, or 0 if none is negative
	Direction   []float64 // the eigenvector of Curvature, of length 1; nil if none is negative
}

// Classify distinguishes minima, maxima and saddles by the Hessian at a stationary point, where the
// gradient is zero. At other points the result describes the curvature alone. Eigenvalues count as
// zero if |λ| ≤ tol·max|λ|, with tol in [0, 1). Suitable values of tol are 1e-10 for exact Hessians
// and 1e-6 for those from finite differences. Classify panics if tol is out of its range.
//
// A small step along Direction or −Direction leaves a saddle or a maximum. f decreases along both,
// and no other direction has a more negative curvature.
//
// A Hessian of zeros is Degenerate. A Hessian that is not finite, or whose eigenvalues LAPACK does
// not find, is Undefined, with no eigenvalues and Condition NaN. A Hessian without rows is a
// Minimum with Condition 1.
//
// J. Nocedal and S. J. Wright, Numerical Optimization, 2006, theorems 2.3 and 2.4. The direction is
// that of Y. N. Dauphin and others, Identifying and attacking the saddle point problem in
// high-dimensional non-convex optimization, 2014, arXiv:1406.2572.
func Classify(hess mat.Symmetric, tol float64) CriticalPoint {
	checkFraction("Classify", "tol", tol)
	n := hess.SymmetricDim()
	if n == 0 {
		return CriticalPoint{Kind: Minimum, Condition: 1}
	}
	scaled := mat.NewSymDense(n, nil)
	scaled.CopySym(hess)
	elements := scaled.RawSymmetric().Data // zero below the diagonal
	top := kernel.AbsMax(elements)
	if !isFinite(top) {
		return CriticalPoint{Condition: math.NaN()}
	}
	// Scaling by a power of two keeps large elements from overflow, and small ones from losing
	// digits.
	_, e := math.Frexp(top)
	for i, v := range elements {
		elements[i] = math.Ldexp(v, -e)
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(scaled, true) {
		return CriticalPoint{Condition: math.NaN()}
	}
	c := CriticalPoint{Eigenvalues: eigen.Values(nil)}
	largest, least := kernel.AbsMax(c.Eigenvalues), inf
	positive, negative, zero := 0, 0, 0
	for _, v := range c.Eigenvalues {
		least = min(least, math.Abs(v))
		switch {
		case math.Abs(v) <= tol*largest:
			zero++
		case v < 0:
			negative++
		default:
			positive++
		}
	}
	if negative > 0 {
		var vectors mat.Dense
		eigen.VectorsTo(&vectors)
		c.Curvature = math.Ldexp(c.Eigenvalues[0], e)
		c.Direction = mat.Col(nil, 0, &vectors)
	}
	for i, v := range c.Eigenvalues {
		c.Eigenvalues[i] = math.Ldexp(v, e)
	}
	c.Condition = largest / least
	if zero > 0 {
		c.Condition = inf
	}
	switch {
	case positive > 0 && negative > 0:
		c.Kind = Saddle
	case zero > 0:
		c.Kind = Degenerate
	case negative > 0:
		c.Kind = Maximum
	default:
		c.Kind = Minimum
	}
	return c
}
