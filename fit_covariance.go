package optim

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"example.com/optim/internal/qr"
)

// setCovariance sets the covariances, the standard errors and the correlations.
func (f *Fit[X]) setCovariance(o *LeastSquares) {
	f.factors, f.CovarianceErr = f.determined(o)
	if f.CovarianceErr == nil {
		f.scale = 1
		if !f.curve.AbsoluteSigma {
			f.scale = o.norm / math.Sqrt(float64(f.DegreesOfFreedom))
		}
		scaledInverse(f.Covariance, f.factors, f.scale)
		scaledInverse(f.Correlation, f.factors, cmp.Or(f.scale, 1)) // to be divided by the roots of its diagonal
	} else {
		f.setUnknown()
	}
	standardErrors(f.StandardErrors, f.Covariance, "Fit")
	roots := make([]float64, len(f.Params))
	for j := range roots {
		roots[j] = cmp.Or(math.Sqrt(f.Correlation.At(j, j)), 1)
	}
	for j := range roots {
		for i := range j {
			f.Correlation.SetSym(i, j, f.Correlation.At(i, j)/roots[i]/roots[j])
		}
		f.Correlation.SetSym(j, j, 1)
	}
}

// setUnknown sets the covariances of the free parameters to +Inf, and their correlations to NaN.
func (f *Fit[X]) setUnknown() {
	for j := range f.Params {
		for i := range j + 1 {
			if f.marks[i] == "" && f.marks[j] == "" {
				f.Covariance.SetSym(i, j, inf)
				f.Correlation.SetSym(i, j, math.NaN())
			}
		}
	}
}

// determined returns the factors for the covariance, or an error if the points do not determine the
// free parameters.
func (f *Fit[X]) determined(o *LeastSquares) (*qr.Factors, error) {
	switch {
	case f.DegreesOfFreedom == 0 && !f.curve.AbsoluteSigma:
		return nil, fmt.Errorf("%s for as many free parameters, want more points or AbsoluteSigma", plural(o.m, "point"))
	case !o.intact && o.Loss != (Loss{}):
		return nil, errors.New("the fit stopped before the derivatives were complete")
	}
	return o.fullRank()
}
