package optim

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/qr"
)

// Fit is the result of [FitCurve]: the parameters p at the minimum, their errors, and the statistics
// of the fit. m is the number of points. k is the number of free parameters: those that are neither
// fixed nor at a bound.
//
//	χ²           Σ rᵢ², or Σ C²ρ(rᵢ²/C²) with a Loss
//	ν            m − k
//	s²           χ²/ν, or 1 with AbsoluteSigma
//	Covariance   s²(JᵀJ)⁻¹, where Jᵢⱼ = ∂model(xs[i], p)/∂pⱼ/σᵢ, for the free parameters
//	R²           1 − Σ rᵢ²/Σ ((ys[i] − ȳ)/σᵢ)², where ȳ is the mean of ys with the weights 1/σᵢ²
//
// With a [Loss], JᵀJ is that of LeastSquares.Covariance. Fixed parameters and those at a bound count as
// constants: their variances and covariances are 0. The variances are valid if the model is nearly
// linear in p over the likely range of p. Without AbsoluteSigma they are correct for any common
// factor on all σᵢ, which s estimates.
//
// The variances of the free parameters are +Inf, and CovarianceErr is the reason, if the points do
// not determine them: if ν = 0 without AbsoluteSigma, or if the rank of J is less than k. If χ² = 0,
// s and the standard errors are 0, unless AbsoluteSigma is set.
type Fit[X any] struct {
	Params           []float64       // p
	StandardErrors   []float64       // the square roots of the diagonal of Covariance
	Covariance       *mat.SymDense   // of p, n × n
	Correlation      *mat.SymDense   // of p: 1 on the diagonal; NaN where Covariance is infinite, and 0 where it is 0
	CovarianceErr    error           // why variances are infinite; nil if they are finite
	ChiSquare        float64         // χ²
	ReducedChiSquare float64         // χ²/ν; NaN if ν = 0
	DegreesOfFreedom int             // ν
	RSquared         float64         // R², at most 1; NaN or −Inf if all ys are equal
	Residuals        []float64       // rᵢ
	Evaluations      int             // of the residuals: calls of the model, divided by m
	Status           optimize.Status // why the fit ended: see LeastSquares and Minimize

	curve   *curveFit[X]
	marks   []string    // "fixed" or the bound of a parameter that is not free
	stencil stencil     // of J, if that is by differences
	factors *qr.Factors // of J for the free parameters; nil with CovarianceErr
	scale   float64     // s
}

// newFit returns the result at the current point of the solver.
func newFit[X any](c *curveFit[X], o *LeastSquares, result *optimize.Result) *Fit[X] {
	n := len(o.x)
	f := &Fit[X]{
		Params: slices.Clone(o.x), StandardErrors: make([]float64, n), Covariance: mat.NewSymDense(n, nil), Correlation: mat.NewSymDense(n, nil),
		ChiSquare: float64(o.norm * o.norm), Residuals: make([]float64, o.m), Evaluations: result.FuncEvaluations, Status: result.Status,
		curve: c, marks: make([]string, n), stencil: o.stencil,
	}
	for i, r := range o.r {
		f.Residuals[i] = 0 - r // not −r, which is −0 for 0
	}
	free := 0
	for j := range n {
		f.marks[j] = c.mark(o, j)
		if f.marks[j] == "" {
			free++
		}
	}
	f.DegreesOfFreedom = o.m - free
	f.ReducedChiSquare = math.NaN()
	if f.DegreesOfFreedom > 0 {
		f.ReducedChiSquare = f.ChiSquare / float64(f.DegreesOfFreedom)
	}
	f.stencil.kind = centralDifference
	f.RSquared = c.determination(f.Residuals)
	f.setCovariance(o)
	return f
}

// determination returns R².
func (c *curveFit[X]) determination(residuals []float64) float64 {
	least := 1.0
	if c.Sigma != nil {
		least = slices.Min(c.Sigma)
	}
	sum, weights, first := 0.0, 0.0, c.ys[0] // of y − first, so that the mean of equal numbers is exact
	for i, y := range c.ys {
		w := c.weigh(i, least)
		sum += float64(float64(w*w) * (y - first))
		weights += float64(w * w)
	}
	deviations := make([]float64, len(c.ys))
	for i, y := range c.ys {
		deviations[i] = c.weigh(i, y-first-sum/weights)
	}
	ratio := euclideanNorm(residuals) / euclideanNorm(deviations)
	return 1 - float64(ratio*ratio)
}
