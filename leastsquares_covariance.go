package optim

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/qr"
)

// Covariance sets dst, which is empty or n × n, to the covariance matrix of the n parameters after
// the last Step,
//
//	s²(JᵀJ)⁻¹, s² = ‖r‖²/(m−k)
//
// for k free parameters. It is valid for residuals with independent errors of equal variance, which
// s² estimates, if J is nearly constant over the likely range of the parameters. The rows and columns
// of parameters that are fixed or at an active bound are zero: the covariance is that of the other
// parameters, with these held. A bound is active if f would fall beyond it. With a Loss ‖r‖² is 2f,
// and row i of J is multiplied by √max(ρ′ + 2zρ″, 0), so that JᵀJ is the second derivative of f
// without the second derivatives of r. This is the covariance of scipy's curve_fit, except that
// curve_fit takes k = n and treats parameters at bounds as free.
//
// Covariance returns an error and leaves dst as it is before the first step, if m ≤ k, and if the
// rank of J is less than k. It panics if dst is neither empty nor n × n.
func (o *LeastSquares) Covariance(dst *mat.SymDense) error {
	factors, err := o.determined()
	if err != nil {
		return err
	}
	reuse(dst, len(o.x), "LeastSquares.Covariance")
	// s² may overflow where the covariance does not.
	s := o.norm / math.Sqrt(float64(o.m-o.freeCount))
	scaledInverse(dst, factors, s)
	return nil
}

// scaledInverse sets dst to s²(JᵀJ)⁻¹.
func scaledInverse(dst *mat.SymDense, factors *qr.Factors, s float64) {
	factors.Inverse(dst, s)
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
	standardErrors(dst, &c, "LeastSquares")
	return nil
}

// lostColumn is the relative error at which a column of differences is of no use.
const lostColumn = 0.1

// determined returns the factors for the covariance, or an error if the parameters have none.
func (o *LeastSquares) determined() (*qr.Factors, error) {
	o.current = o.current && (o.intact || o.loss.kind == square)
	if err := o.evaluateRestored(); err != nil {
		return nil, err
	}
	if o.m <= o.freeCount {
		noun := "parameters"
		if o.freeCount < len(o.x) {
			noun = "free parameters"
		}
		return nil, fmt.Errorf("optim: LeastSquares.Covariance: %d residuals for %d %s, want more residuals than parameters", o.m, o.freeCount, noun)
	}
	factors, err := o.fullRank()
	return factors, failed("LeastSquares.Covariance", err)
}

// fullRank returns the factors for the covariance, or an error without a prefix if J does not
// determine the free parameters.
func (o *LeastSquares) fullRank() (*qr.Factors, error) {
	factors := o.curvatureFactors()
	rank := factors.Rank
	if o.derivatives == nil {
		rank = min(rank, factors.RankWithin(o.stencil.error(o.x, factors.Norms, o.size)))
	}
	if rank >= o.freeCount {
		return factors, nil
	}
	undetermined := factors.Pivots[rank:]
	j := undetermined[max(0, slices.IndexFunc(undetermined, o.isFree))]
	switch {
	case o.derivatives != nil:
		return nil, fmt.Errorf("the Jacobian has rank %d and does not determine parameter %d", rank, j)
	case factors.Norms[j] == 0:
		return nil, fmt.Errorf("parameter %d has no effect on the residuals", j)
	case o.stencil.columnError(j, o.x[j], factors.Norms[j], o.size) >= lostColumn:
		return nil, fmt.Errorf("the effect of parameter %d is lost in the rounding of the residuals", j)
	}
	return nil, fmt.Errorf("the differences have rank %d, within their error, and do not determine parameter %d", rank, j)
}

// curvatureFactors returns the factors of J for the free parameters. With a loss the rows are weighted
// by the root of the curvature, where that is positive.
func (o *LeastSquares) curvatureFactors() *qr.Factors {
	if o.loss.kind == square {
		return o.free
	}
	jac, factors := mat.DenseCopyOf(o.jac), qr.New(o.m, len(o.x))
	for i, r := range o.r {
		_, _, curvature := o.loss.at(r)
		row, share := jac.RawRowView(i), 0.0
		if curvature > 0 {
			share = math.Sqrt(curvature) / o.row(i)
		}
		for j, v := range row {
			row[j] = 0
			if o.isFree(j) {
				row[j] = share * v
			}
		}
	}
	factors.Measure(jac, o.weighted, o.size)
	factors.Factorize()
	return factors
}
