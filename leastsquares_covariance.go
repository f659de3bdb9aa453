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
// It holds for residuals with independent errors of equal variance, which s² estimates, if J is
// nearly constant over the likely range of the parameters. Covariance returns an error, and leaves
// dst alone, before the first step, if m ≤ n, and if the rank of J is less than n. It panics if dst
// is neither empty nor n × n.
func (o *LeastSquares) Covariance(dst *mat.SymDense) error {
	if err := o.determined(); err != nil {
		return err
	}
	if dst.IsEmpty() {
		dst.ReuseAsSym(o.n)
	} else if n := dst.SymmetricDim(); n != o.n {
		panic(fmt.Sprintf("optim: LeastSquares.Covariance: dst is %d × %d, want %d × %d", n, n, o.n, o.n))
	}
	// s² may overflow where the covariance does not.
	s := o.norm / math.Sqrt(float64(o.m-o.n))
	o.factors.Inverse(dst, s)
	dst.ScaleSym(s, dst)
	return nil
}

// StandardErrors sets dst, which has length n, to the standard errors of the parameters: the square
// roots of the diagonal of Covariance. It returns the same errors, and panics if dst has another
// length.
func (o *LeastSquares) StandardErrors(dst []float64) error {
	var c mat.SymDense
	if err := o.Covariance(&c); err != nil {
		return err
	}
	if len(dst) != o.n {
		panic(fmt.Sprintf("optim: LeastSquares.StandardErrors: len(dst) = %d, want %d", len(dst), o.n))
	}
	for i := range dst {
		dst[i] = math.Sqrt(c.At(i, i))
	}
	return nil
}

// determined returns an error if the parameters have no covariance.
func (o *LeastSquares) determined() error {
	if err := o.evaluateRestored(); err != nil {
		return err
	}
	if o.m <= o.n {
		return fmt.Errorf("optim: LeastSquares.Covariance: %d residuals for %d parameters, want more residuals than parameters", o.m, o.n)
	}
	if rank := o.factors.Rank; rank < o.n {
		return fmt.Errorf("optim: LeastSquares.Covariance: the Jacobian has rank %d and does not determine parameter %d", rank, o.factors.Pivots[rank])
	}
	return nil
}
