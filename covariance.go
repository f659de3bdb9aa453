package optim

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Covariance sets dst, which is empty or n × n, to the covariance matrix of the n
// parameters where the last Step left them,
//
//	s²(JᵀJ)⁻¹, s² = ‖r‖²/(m−n)
//
// for residuals with independent errors of equal variance, which s² estimates;
// J is taken for constant over the range of the parameters in question. It
// returns an error, and leaves dst alone, before the first step, if m ≤ n, or if
// the data do not determine all the parameters.
func (o *GaussNewton) Covariance(dst *mat.SymDense) error {
	if err := o.determined(); err != nil {
		return err
	}
	if dst.IsEmpty() {
		dst.ReuseAsSym(o.n)
	} else if n := dst.SymmetricDim(); n != o.n {
		panic(fmt.Sprintf("optim: GaussNewton.Covariance: dst is %d × %d, want %d × %d", n, n, o.n, o.n))
	}
	// s before its square, which may overflow where the covariance does not.
	s := o.norm / math.Sqrt(float64(o.m-o.n))
	o.factors.inverse(dst, s)
	dst.ScaleSym(s, dst)
	return nil
}

// StandardErrors sets dst to the standard errors of the parameters, the roots of
// the diagonal of Covariance, and returns the same errors.
func (o *GaussNewton) StandardErrors(dst []float64) error {
	if err := o.determined(); err != nil {
		return err
	}
	if len(dst) != o.n {
		panic(fmt.Sprintf("optim: GaussNewton.StandardErrors: len(dst) = %d, want %d", len(dst), o.n))
	}
	var c mat.SymDense
	o.Covariance(&c)
	for i := range dst {
		dst[i] = math.Sqrt(c.At(i, i))
	}
	return nil
}

// determined is whether the parameters have a covariance.
func (o *GaussNewton) determined() error {
	if err := o.know(); err != nil {
		return err
	}
	switch f := &o.factors; {
	case o.m <= o.n:
		return fmt.Errorf("optim: GaussNewton.Covariance: %d residuals for %d parameters, want more", o.m, o.n)
	case f.rank < o.n:
		return fmt.Errorf("optim: GaussNewton.Covariance: the Jacobian has rank %d: it does not determine parameter %d", f.rank, f.pivots[f.rank])
	}
	return nil
}
