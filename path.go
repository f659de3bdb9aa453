package optim

import (
	"fmt"
	"math"
	"slices"

	"example.com/optim/internal/portable"
)

// PathPoint is the solution for one strength of the penalties.
type PathPoint struct {
	Alpha            float64
	Params           []float64 // coefficients, and the intercept after them if the sum has one
	Gap              float64   // duality gap, as in CoordinateDescent; +Inf if there is none
	KKT              float64   // largest violation of the optimality conditions
	DegreesOfFreedom int       // number of nonzero coefficients
}

const (
	// pathLength and the two ratios of the last α to the first are those of glmnet.
	pathLength         = 100
	pathRatio          = 1e-4 // if there are as many rows as columns or more
	pathRatioWide      = 1e-2
	leastRatio         = 1e-3 // a smaller l1ratio has the first α of this one
	pathGap            = 1e-10
	pathKKT            = 1e-8
	maxPathSteps       = 1000
	allCoefficientsOut = 0x1p1000 // λ₁ for which every penalised coefficient is zero
)

// Path minimises the sum with the penalties of the elastic net, for one α after another:
//
//	f(x) + α·ρ·Σsⱼ|xⱼ| + α(1−ρ)/2·Σsⱼxⱼ²
//
// f is the sum without its L2, ρ = l1ratio in [0, 1], and sⱼ is its Factor. Each α begins at the
// solution for the one before, so descending alphas are fastest. The points have the order of the
// alphas.
//
// If alphas is nil, Path takes 100 values with equal ratios, as glmnet does. The first α is the
// least one for which every penalised coefficient is zero; for ρ < 0.001 it is that of ρ = 0.001.
// The last α is 10⁻⁴ times the first, or 10⁻² times if there are more columns than rows.
//
// A point is accepted if its duality gap is at most 10⁻¹⁰ times f without coefficients. If there is
// no gap, all violations of the optimality conditions must be at most 10⁻⁸ times the largest
// |∂f/∂xⱼ| without coefficients. The search of a point ends after 1000 steps of CoordinateDescent
// in any case: Gap and KKT show the accuracy.
//
// The steps are those of ProximalNewton for the logistic and the Poisson loss, and those of
// CoordinateDescent for others.
//
// The number of nonzero coefficients is an unbiased estimate of the degrees of freedom of a lasso.
// With ρ < 1 it is too large. H. Zou, T. Hastie and R. Tibshirani, On the degrees of freedom of the
// lasso, 2007, doi:10.1214/009053607000000127.
//
// Path panics as LinearSum.CoordinateDescent does, if l1ratio is out of its range, or if an α is not
// in [0, +Inf). The alphas of scikit-learn's enet_path and l1_ratio are the same as here. For glmnet
// see LinearSum.
func Path(sum *LinearSum, alphas []float64, l1ratio float64) []PathPoint {
	checkUnit("Path", "l1ratio", l1ratio)
	for k, alpha := range alphas {
		checkNonNegative("Path", fmt.Sprintf("alphas[%d]", k), alpha)
	}
	o := sum.CoordinateDescent(Cyclic)
	o.newton = sum.model != nil && sum.model.convex
	x := make([]float64, sum.width())
	steepest := o.dropAll(x)
	start := sum.value(x, below(sum.N)) - sum.penalty(x)
	if alphas == nil {
		alphas = pathGrid(steepest/max(l1ratio, leastRatio), sum.N, sum.p)
	}
	points := make([]PathPoint, len(alphas))
	for k, alpha := range alphas {
		o.L1, o.L2 = alpha*l1ratio, alpha*(1-l1ratio)
		o.working.goal = goal{pathGap * start, pathKKT * steepest}
		o.solvePoint(x)
		points[k] = PathPoint{alpha, slices.Clone(x), o.gap, o.kkt, sum.nonzero(x)}
	}
	return points
}

// dropAll minimises the sum over the parameters that have no penalty, and returns the largest
// |∂f/∂xⱼ|/sⱼ of the others.
func (o *CoordinateDescent) dropAll(x []float64) (steepest float64) {
	o.L1, o.L2 = allCoefficientsOut, 0
	for steps := 0; steps == 0 || steps < maxPathSteps && o.kkt > 0; steps++ {
		before := o.kkt
		o.Step(x, nil)
		if steps > 1 && o.kkt >= before { // rounding
			break
		}
	}
	for j, g := range o.working.grads {
		if factor, _ := o.penalties(j); factor > 0 {
			steepest = max(steepest, math.Abs(g)/(factor/allCoefficientsOut))
		}
	}
	return steepest
}

// solvePoint steps until the goal is reached.
func (o *CoordinateDescent) solvePoint(x []float64) {
	for range maxPathSteps {
		o.Step(x, nil)
		if o.reached() {
			return
		}
	}
}

// pathGrid returns glmnet's values of α.
func pathGrid(first float64, rows, columns int) []float64 {
	ratio := pathRatio
	if rows < columns {
		ratio = pathRatioWide
	}
	step := portable.Log(ratio) / (pathLength - 1)
	grid := make([]float64, pathLength)
	for k := range grid {
		grid[k] = first * portable.Exp(float64(float64(k)*step))
	}
	return grid
}

// nonzero returns the number of coefficients that are not zero.
func (l *LinearSum) nonzero(x []float64) (count int) {
	for _, v := range x[:l.p] {
		if v != 0 {
			count++
		}
	}
	return count
}
