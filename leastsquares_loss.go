package optim

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// minCurvature is the least weight of a row of JᵀJ, relative to ρ′. Where the loss is concave, or
// nearly so, the second derivative would make the linear model singular or unbounded.
const minCurvature = 0.25

// lossWeights approximates a sum of losses near x by a problem of least squares (B. Triggs, P. F.
// McLauchlan, R. I. Hartley and A. W. Fitzgibbon, Bundle adjustment: a modern synthesis, 2000,
// doi:10.1007/3-540-44480-7_21, section 4.3). Residual i is multiplied by ρ′/s, and row i of J by
//
//	s = √(ρ′ + 2zρ″), at least √(minCurvature·ρ′)
//
// so that Jᵀr is the gradient, and JᵀJ the second derivative without the second derivatives of r.
// Without a loss the vectors are nil.
type lossWeights struct {
	loss     Loss
	rows     []float64 // s
	products []float64 // ρ′/s·r
	roots    []float64 // C√ρ of the last residuals
}

// rootsOf returns the roots C√ρ of twice the losses of r. The sum of their squares is 2f. A residual
// that is not finite is returned as it is.
func (w *lossWeights) rootsOf(r []float64) []float64 {
	if w.loss.kind == square {
		return r
	}
	w.roots = resize(w.roots, len(r))
	for i, v := range r {
		w.roots[i], _, _ = w.loss.at(v)
		if !isFinite(v) {
			w.roots[i] = v
		}
	}
	return w.roots
}

// sizeOf returns √(2f) for the residuals r.
func (w *lossWeights) sizeOf(r []float64) float64 { return euclideanNorm(w.rootsOf(r)) }

// weigh multiplies the rows of jac by s. It returns the weighted residuals and their norm. norm is √(2f).
func (w *lossWeights) weigh(jac *mat.Dense, r []float64, norm float64) (weighted []float64, size float64) {
	if w.loss.kind == square {
		return r, norm
	}
	w.rows, w.products = resize(w.rows, len(r)), resize(w.products, len(r))
	for i, v := range r {
		_, weight, curvature := w.loss.at(v)
		s := math.Sqrt(max(curvature, minCurvature*weight))
		w.rows[i], w.products[i] = s, 0
		if weight > 0 {
			w.products[i] = float64(weight * v / s)
		}
		kernel.Scale(jac.RawRowView(i), s)
	}
	return w.products, euclideanNorm(w.products)
}

// row returns s of row i.
func (w *lossWeights) row(i int) float64 {
	if w.loss.kind == square {
		return 1
	}
	return w.rows[i]
}

// errorOfLoss returns the error of f that is due to the rounding of ρ, relative to f.
func (w *lossWeights) errorOfLoss() float64 {
	if w.loss.kind == square {
		return 0
	}
	return 15 * epsilon
}
