package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Covariance sets dst, which is empty or n × n, to the covariance matrix of the n parameters after
// the last Step,
//
//	s²(JᵀJ)⁻¹, s² = ‖r‖²/(m−n)
//
// It is valid for residuals with independent errors of equal variance, which s² estimates, if J is
// nearly constant over the likely range of the parameters. Covariance returns an error and leaves
// dst as it is before the first step, if m ≤ n, and if the rank of J is less than n. It panics if
// dst is neither empty nor n × n.
func (o *LeastSquares) Covariance(dst *mat.SymDense) error {
	if err := o.determined(); err != nil {
		return err
	}
	reuse(dst, len(o.x), "LeastSquares.Covariance")
	// s² may overflow where the covariance does not.
	s := o.norm / math.Sqrt(float64(o.m-len(o.x)))
	o.scaledInverse(dst, s)
	return nil
}

// scaledInverse sets dst to s²(JᵀJ)⁻¹. The rank of J must be n.
func (o *LeastSquares) scaledInverse(dst *mat.SymDense, s float64) {
	o.factors.Inverse(dst, s)
	dst.ScaleSym(s, dst)
}

// StandardErrors sets dst, which has length n, to the standard errors of the parameters: the square
// roots of the diagonal of Covariance. It returns the errors of Covariance. It panics if dst has
// another length.
func (o *LeastSquares) StandardErrors(dst []float64) error {
	var c mat.SymDense
	if err := o.Covariance(&c); err != nil {
		return err
	}
	if len(dst) != len(o.x) {
		panic(fmt.Sprintf("optim: LeastSquares.StandardErrors: len(dst) = %d, want %d", len(dst), len(o.x)))
	}
	for i := range dst {
		dst[i] = math.Sqrt(c.At(i, i))
	}
	return nil
}

// lostColumn is the relative error from which on a column of differences is of no use.
const lostColumn = 0.1

// determined returns an error if the parameters have no covariance.
func (o *LeastSquares) determined() error {
	if err := o.evaluateRestored(); err != nil {
		return err
	}
	if n := len(o.x); o.m <= n {
		return fmt.Errorf("optim: LeastSquares.Covariance: %d residuals for %d parameters, want more residuals than parameters", o.m, n)
	}
	return o.fullRank()
}

// fullRank returns an error if J, which is current, does not determine all parameters.
func (o *LeastSquares) fullRank() error {
	rank := o.factors.Rank
	if o.derivatives == nil {
		rank = min(rank, o.factors.RankWithin(o.stencil.error(o.x, o.factors.Norms, o.norm)))
	}
	if rank == len(o.x) {
		return nil
	}
	j := o.factors.Pivots[rank]
	switch {
	case o.derivatives != nil:
		return fmt.Errorf("optim: LeastSquares.Covariance: the Jacobian has rank %d and does not determine parameter %d", rank, j)
	case o.factors.Norms[j] == 0:
		return fmt.Errorf("optim: LeastSquares.Covariance: parameter %d has no effect on the residuals", j)
	case o.stencil.columnError(j, o.x[j], o.factors.Norms[j], o.norm) >= lostColumn:
		return fmt.Errorf("optim: LeastSquares.Covariance: the effect of parameter %d is lost in the rounding of the residuals", j)
	}
	return fmt.Errorf("optim: LeastSquares.Covariance: the differences have rank %d, within their error, and do not determine parameter %d", rank, j)
}
