package optim

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence returns an interval for each parameter, pⱼ ± tσ(pⱼ), which contains the true parameter
// with the probability level. level is in (0, 1), such as 0.95; other levels panic. t is the
// quantile of Student's distribution with ν degrees of freedom for (1+level)/2, since s² estimates
// the variance of the errors. With AbsoluteSigma the variance is known, and t is the quantile of
// the normal distribution. t comes from gonum's distuv.
//
// The intervals are those of the linear model near p, and may exceed bounds. If the standard errors
// are unknown, the intervals are −Inf to +Inf. The interval of a parameter that is fixed or at a
// bound has length 0.
func (f *Fit[X]) Confidence(level float64) (lower, upper []float64) {
	t := f.quantile("Confidence", level)
	lower, upper = slices.Clone(f.Params), slices.Clone(f.Params)
	for j, e := range f.StandardErrors {
		lower[j] -= float64(t * e)
		upper[j] += float64(t * e)
	}
	return lower, upper
}

// Predict returns the value of the model at x and its standard error √(gᵀCg), where g is the
// gradient of model(x, p) by p, and C is Covariance. This is the error of the fitted curve. The
// difference between the curve and a new measurement with the standard error σ has the standard
// error √(gᵀCg + σ²), or √(gᵀCg + s²σ²) without AbsoluteSigma.
//
// g comes from the Jacobian of the options, or from central differences. If the standard errors of
// the parameters are unknown, the standard error of the model is +Inf. Predict does not change the
// Fit. Predict may be called in several goroutines at the same time if the model and the Jacobian
// may.
func (f *Fit[X]) Predict(x X) (value, standardError float64) {
	value = f.curve.model(x, slices.Clone(f.Params))
	if f.CovarianceErr != nil {
		return value, inf
	}
	return value, f.scale * f.factors.Deviation(f.gradient(x))
}

// Band returns the band of confidence around the curve at x: the value of Predict ± t times its
// standard error, with the t of Confidence. The band contains the true curve at x with the
// probability level. Band panics unless level is in (0, 1).
func (f *Fit[X]) Band(x X, level float64) (lower, upper float64) {
	t := f.quantile("Band", level)
	value, e := f.Predict(x)
	return value - float64(t*e), value + float64(t*e)
}

// gradient returns the derivatives of the model at x by the free parameters. The other elements are
// not used.
func (f *Fit[X]) gradient(x X) []float64 {
	g, p := make([]float64, len(f.Params)), slices.Clone(f.Params)
	if f.curve.Jacobian != nil {
		f.curve.Jacobian(g, x, p)
		return g
	}
	for j := range p {
		if f.marks[j] == "" {
			g[j] = f.difference(x, p, j)
		}
	}
	return g
}

// difference returns the central difference of the model at x by parameter j, or the difference on
// the side where the model is finite. It changes p[j], where p are the parameters of the fit, and
// restores it.
func (f *Fit[X]) difference(x X, p []float64, j int) float64 {
	lower, upper := f.curve.bounds(j)
	v, h := p[j], f.stencil.best(j)
	at := func(shifted float64) float64 {
		p[j] = shifted
		return f.curve.model(x, p)
	}
	left, right := max(v-h, lower), min(v+h, upper)
	below, above := at(left), at(right)
	switch here := at(v); {
	case !isFinite(below):
		left, below = v, here
	case !isFinite(above):
		right, above = v, here
	}
	return (above - below) / (right - left)
}

// quantile returns the factor on a standard error for an interval with the given level.
//
// It is found by bisection of the distribution function of gonum, whose Quantile is wrong by a
// factor of ten for levels near 1 and 10⁵ degrees of freedom.
func (f *Fit[X]) quantile(method string, level float64) float64 {
	if !(0 < level && level < 1) {
		panic(fmt.Sprintf("optim: Fit.%s: level = %v, want (0, 1)", method, level))
	}
	tail := (1 - level) / 2
	if f.curve.AbsoluteSigma || f.DegreesOfFreedom == 0 {
		return -distuv.UnitNormal.Quantile(tail)
	}
	student := distuv.StudentsT{Sigma: 1, Nu: float64(f.DegreesOfFreedom)}
	low, high := 0.0, 1.0
	for student.CDF(-high) > tail {
		low, high = high, 2*high
	}
	for {
		t := low + float64((high-low)/2)
		switch {
		case t == low || t == high:
			return t
		case student.CDF(-t) > tail:
			low = t
		default:
			high = t
		}
	}
}
