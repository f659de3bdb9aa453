package optim

import (
	"fmt"
	"math"

	"example.com/optim/internal/portable"
)

// Loss is the function of a residual whose sum [LeastSquares] minimises. A robust loss grows more
// slowly than the square, so that residuals much larger than its scale, such as those of outliers,
// have little influence. The zero value is the square. With the scale C > 0 and z = (r/C)², the
// loss of a residual r is
//
//	½C²ρ(z)
//
// and ρ is
//
//	the zero value  ρ = z
//	Huber(C)        ρ = z if z ≤ 1, otherwise 2√z − 1
//	SoftL1(C)       ρ = 2(√(1+z) − 1)
//	Cauchy(C)       ρ = log(1+z)
//	Arctan(C)       ρ = arctan z
//	Tukey(C)        ρ = (1 − (1−z)³)/3 if z ≤ 1, otherwise 1/3
//
// All of these are z up to O(z²) near 0, so that small residuals are treated as without a loss. The
// loss of Huber and [SoftL1] is convex and grows in proportion to |r|. The other ones are not convex,
// and may have several minima; begin near the minimum, for instance at the minimum with Huber. A
// Tukey loss gives residuals with |r| ≥ C the weight 0.
//
// The names and definitions are those of scipy's least_squares, with f_scale = C. Tukey is the
// biweight of Ceres and statsmodels, which scipy does not have. For normally distributed errors of
// standard deviation σ the estimates have 95 % of the efficiency of plain least squares with
// Huber(1.345σ), Cauchy(2.385σ) and Tukey(4.685σ).
//
// P. J. Huber, Robust estimation of a location parameter, 1964, doi:10.1214/aoms/1177703732; A. E.
// Beaton and J. W. Tukey, The fitting of power series, meaning polynomials, illustrated on
// band-spectroscopic data, 1974, doi:10.1080/00401706.1974.10489171.
type Loss struct {
	kind  lossKind
	scale float64 // C; 0 for the square
}

type lossKind int

const (
	square lossKind = iota
	huber
	softL1
	cauchy
	arctan
	tukey
)

// Huber returns the loss of Huber. It panics unless scale is in (0, +Inf).
func Huber(scale float64) Loss { return newLoss(huber, scale) }

// SoftL1 returns a smooth form of Huber. It panics unless scale is in (0, +Inf).
func SoftL1(scale float64) Loss { return newLoss(softL1, scale) }

// Cauchy returns the negative logarithm of the likelihood of a Cauchy distribution. It panics unless
// scale is in (0, +Inf).
func Cauchy(scale float64) Loss { return newLoss(cauchy, scale) }

// Arctan returns a loss of at most πC²/4. It panics unless scale is in (0, +Inf).
func Arctan(scale float64) Loss { return newLoss(arctan, scale) }

// Tukey returns the biweight of Tukey, a loss of at most C²/6. It panics unless scale is in (0,
// +Inf).
func Tukey(scale float64) Loss { return newLoss(tukey, scale) }

func newLoss(kind lossKind, scale float64) Loss {
	if !(0 < scale && isFinite(scale)) {
		panic(fmt.Sprintf("optim: %s: scale = %v, want (0, +Inf)", kind, scale))
	}
	return Loss{kind, scale}
}

func (k lossKind) String() string {
	return [...]string{"Square", "Huber", "SoftL1", "Cauchy", "Arctan", "Tukey"}[k]
}

// String returns the loss as it is made, such as Huber(1.5). The zero value is Square.
func (l Loss) String() string {
	if l.kind == square {
		return l.kind.String()
	}
	return fmt.Sprintf("%v(%v)", l.kind, l.scale)
}

// At returns the loss of a residual r, its weight, and the curvature of the loss:
//
//	value = ½C²ρ(z)    weight = ρ′(z)    curvature = ρ′(z) + 2zρ″(z)
//
// The derivative of the loss by r is weight·r, and the second derivative is curvature. The weight is
// in [0, 1]. Residuals of low weight are outliers. A minimum of [LeastSquares] with a loss is also a
// minimum of Σ weight·r², with the weights fixed at their values there.
func (l Loss) At(r float64) (value, weight, curvature float64) {
	root, weight, curvature := l.at(r)
	return float64(root*root) / 2, weight, curvature
}

// at returns the root C√ρ of twice the loss, with the weight and the curvature.
func (l Loss) at(r float64) (root, weight, curvature float64) {
	if l.kind == square {
		return math.Abs(r), 1, 1
	}
	rho, weight, curvature := l.kind.shape(math.Abs(r) / l.scale)
	return float64(l.scale * math.Sqrt(rho)), weight, curvature
}

// shape returns ρ, ρ′ and ρ′ + 2zρ″ for z = u².
func (k lossKind) shape(u float64) (rho, weight, curvature float64) {
	z := float64(u * u) // may overflow
	switch k {
	case huber:
		if u > 1 {
			return float64(2*u) - 1, 1 / u, 0
		}
	case softL1:
		s := max(u, math.Sqrt(1+z))
		if !isFinite(z) {
			s = u
		}
		return float64(2 * u * (u / (1 + s))), 1 / s, 1 / float64(s*s*s)
	case cauchy:
		w := 1 / (1 + z)
		rho = portable.Log1p(z)
		if !isFinite(z) {
			rho = float64(2 * portable.Log(u))
		}
		return rho, w, float64(w * (float64(2*w) - 1))
	case arctan:
		w := 1 / (1 + float64(z*z))
		return portable.Atan(z), w, float64(w * (float64(4*w) - 3))
	case tukey:
		if u > 1 {
			return 1.0 / 3, 0, 0
		}
		rest := 1 - z
		return float64(z * (rest + float64(z*z)/3)), float64(rest * rest), float64(rest * (1 - float64(5*z)))
	}
	return z, 1, 1
}
