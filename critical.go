package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// Kind is what a stationary point is, by the signs of the eigenvalues of its
// Hessian.
type Kind int

const (
	Undefined  Kind = iota // the Hessian is not finite
	Minimum                // all positive: a strict local minimum
	Maximum                // all negative: a strict local maximum
	Saddle                 // of both signs, whatever others are zero: neither
	Degenerate             // some zero, the others of one sign: higher derivatives decide
)

var kinds = [...]string{"undefined", "minimum", "maximum", "saddle", "degenerate"}

// String is the kind in a word.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kinds[k]
}

// Critical is what Classify finds.
type Critical struct {
	Kind        Kind
	Eigenvalues []float64 // ascending
	Condition   float64   // max|λ|/min|λ|; +Inf if one counts as zero
	Curvature   float64   // the most negative eigenvalue, or 0 if none is negative
	Direction   []float64 // its eigenvector, of length 1, along which to leave a saddle or maximum; or nil
}

// Classify tells a minimum from a maximum and a saddle by the Hessian at a
// stationary point, where the gradient is zero; elsewhere it describes the
// curvature alone. Eigenvalues count as zero if |λ| ≤ tol·max|λ|, with tol in
// [0, 1): 1e-10 is of use for exact Hessians, 1e-6 for those from differences.
//
// To leave a saddle at x, go a little way along ±Direction: both ways lead down,
// as fast as any.
//
// A Hessian that is zero is degenerate. One that is not finite is undefined, with
// no eigenvalues and a condition number of NaN. For one without rows, every
// statement about all eigenvalues holds: a minimum, with condition number 1.
//
// J. Nocedal and S. J. Wright, Numerical Optimization, 2006, theorems 2.3 and
// 2.4; the direction is that of Y. N. Dauphin and others, Identifying and
// attacking the saddle point problem in high-dimensional non-convex optimization,
// 2014, arXiv:1406.2572.
func Classify(hess mat.Symmetric, tol float64) Critical {
	checkFraction("Classify", "tol", tol)
	n := hess.SymmetricDim()
	if n == 0 {
		return Critical{Kind: Minimum, Condition: 1}
	}
	top := 0.0
	for i := range n {
		for j := i; j < n; j++ {
			if top = max(top, math.Abs(hess.At(i, j))); !(top <= math.MaxFloat64) { // max keeps a NaN
				return Critical{Condition: math.NaN()}
			}
		}
	}
	// By a power of two, so that the eigenvalues of very large or small elements do
	// not overflow, or lose digits, on the way.
	_, e := math.Frexp(top)
	scaled := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			scaled.SetSym(i, j, math.Ldexp(hess.At(i, j), -e))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(scaled, true) {
		return Critical{Condition: math.NaN()} // it did not converge
	}
	c := Critical{Eigenvalues: eigen.Values(nil)}
	largest, least := kernel.AbsMax(c.Eigenvalues), math.Inf(1)
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
	if c.Condition = largest / least; zero > 0 {
		c.Condition = math.Inf(1)
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
