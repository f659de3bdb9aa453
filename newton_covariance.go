package optim

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/optim/internal/kernel"
)

// Covariance sets dst, which is empty or n × n, to the inverse Hessian
//
//	(∇²f)⁻¹
//
// at the last point where the gradient was evaluated. After [Minimize], and after a Step with a
// Problem that has a Grad, this is the point that was reached. Otherwise it is the point where the
// last Step started. If f is the negative logarithm of a likelihood and x is its minimum, the
// inverse is the covariance matrix of the parameters for many independent data. If f = ½‖r‖² with m
// residuals of equal variance, multiply the inverse by ‖r‖²/(m−n).
//
// If the last step did not evaluate the Hessian there, Covariance evaluates it, by the function of
// [NewNewton] or the Hess of the last problem. Covariance does not change the run.
//
// Covariance returns an error and leaves dst as it is in these cases: there was no step; there is no
// function for the Hessian; the Hessian is not finite or not positive definite; its rank is less than n. The
// error names a parameter that f does not determine. The rank does not depend on the units of the parameters. A
// change of ∇²f by 16nε, relative to its elements, counts as rounding, with ε = 2⁻⁵². Covariance panics if
// dst is neither empty nor n × n.
func (o *Newton) Covariance(dst *mat.SymDense) error {
	h, err := o.lastHessian()
	if err != nil {
		return failed("Newton.Covariance", err)
	}
	n := h.SymmetricDim()
	reuse(dst, n, "Newton.Covariance")
	inverse, units, err := inverseInUnits(h)
	if err != nil {
		return failed("Newton.Covariance", err)
	}
	congruent(dst, inverse, units)
	return nil
}

// StandardErrors sets dst, which has length n, to the square roots of the diagonal of Covariance. It
// returns the errors of Covariance. It panics if dst has another length.
func (o *Newton) StandardErrors(dst []float64) error {
	var c mat.SymDense
	if err := o.Covariance(&c); err != nil {
		return err
	}
	standardErrors(dst, &c, "Newton")
	return nil
}

// knownHessian returns the Hessian if it was evaluated at x, and otherwise nil.
func (o *Newton) knownHessian(x []float64) *mat.SymDense {
	if len(x) == 0 || !sameNumbers(o.place, x) {
		return nil
	}
	h := mat.NewSymDense(len(x), nil)
	h.CopySym(mat.NewSymDense(len(x), o.h))
	return h
}

// lastHessian returns the Hessian at the last point where the gradient was evaluated.
func (o *Newton) lastHessian() (h *mat.SymDense, err error) {
	if !o.started {
		return nil, errors.New("no step was taken")
	}
	h = o.knownHessian(o.at.X)
	if h == nil {
		evaluate, p := o.hess, o.Problem
		if o.last != nil {
			p = o.last
		}
		if evaluate == nil && p != nil {
			evaluate = p.Hess
		}
		if evaluate == nil {
			return nil, errors.New("no Hessian at the last point; want a function in NewNewton, or the Hess of the problem")
		}
		h = mat.NewSymDense(len(o.at.X), nil)
		evaluate(h, o.at.X)
	}
	if !finite(h.RawSymmetric().Data) {
		return nil, errors.New("the Hessian is not finite")
	}
	return h, nil
}

// inverseInUnits returns A = (CHC)⁻¹ and C with Cᵢᵢ = 1/√Hᵢᵢ, so that H⁻¹ = CAC. It returns an error unless H
// is positive definite.
func inverseInUnits(h *mat.SymDense) (inverse *mat.SymDense, units []float64, err error) {
	n := h.SymmetricDim()
	units = make([]float64, n)
	for i := range units {
		row := mat.Row(nil, i, h)
		switch {
		case kernel.AbsMax(row) == 0:
			return nil, nil, fmt.Errorf("parameter %d has no effect on the gradient", i)
		case !(row[i] > 0):
			return nil, nil, fmt.Errorf("the curvature along parameter %d is %v, want (0, +Inf)", i, row[i])
		}
		units[i] = 1 / math.Sqrt(row[i])
	}
	scaled := mat.NewSymDense(n, nil)
	congruent(scaled, h, units)
	tolerance := 16 * float64(n) * epsilon
	var pivoted mat.PivotedCholesky
	var factors mat.Cholesky
	inverse = mat.NewSymDense(n, nil)
	if pivoted.Factorize(scaled, tolerance) && factors.Factorize(scaled) && factors.InverseTo(inverse) == nil {
		return inverse, units, nil
	}
	var eigen mat.EigenSym
	if eigen.Factorize(scaled, false) && eigen.Values(nil)[0] < -tolerance {
		return nil, nil, errors.New("the Hessian is not positive definite, want a minimum")
	}
	rank := min(pivoted.Rank(), n-1)
	return nil, nil, fmt.Errorf("the Hessian has rank %d and does not determine parameter %d", rank, pivoted.ColumnPivots(nil)[rank])
}
