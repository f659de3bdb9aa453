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
// f is the sum without its L2, ρ = l1ratio in [0, 1], and sⱼ is its Factor. The search of a point
// begins at the solution for the α before, so descending alphas are fastest. The points have the
// order of the alphas.
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
// CoordinateDescent for others. If two steps of α are alike, the search begins on the line through
// the last two solutions. A derivative ∂f/∂xⱼ is computed again only if its magnitude may have
// reached 0.9αρsⱼ. For the squared loss with p columns Path first computes the p × p products of the
// columns, if they are no more numbers than the data has. Then the points do not need the data, and
// Gap has a rounding error of some 10⁻¹⁵ times f without coefficients.
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
	o.eta = 1
	x := make([]float64, sum.width())
	end := o.startPath(x)
	if alphas == nil {
		alphas = pathGrid(end.steepest/max(l1ratio, leastRatio), sum.N, sum.p)
	}
	points := make([]PathPoint, len(alphas))
	last := slices.Clone(x)
	for k, alpha := range alphas {
		o.L1, o.L2 = alpha*l1ratio, alpha*(1-l1ratio)
		extend(x, last, extension(alphas[max(k-2, 0):k+1]))
		o.solvePoint(x, end)
		params := slices.Clone(x)
		o.linear.end(params)
		points[k] = PathPoint{alpha, params, o.gap, o.kkt, sum.nonzero(x)}
	}
	return points
}

// maxExtension is the largest ratio of two steps of α for which a path is extended.
const maxExtension = 2

// extension returns the ratio of the last two steps between three values of α. It returns 0 if
// there are fewer values, or if the path should not be extended.
func extension(alphas []float64) float64 {
	if len(alphas) < 3 {
		return 0
	}
	ratio := (alphas[1] - alphas[2]) / (alphas[0] - alphas[1])
	if !(0 <= ratio && ratio <= maxExtension) {
		return 0
	}
	return ratio
}

// extend moves the nonzero parameters along the line from their last values, on by the given ratio
// of the way, and sets last to x. The path of the squared loss is piecewise linear in α.
func extend(x, last []float64, ratio float64) {
	for j, v := range x {
		if next := v + float64(ratio*(v-last[j])); last[j] != 0 && next*v > 0 {
			x[j] = next
		}
		last[j] = v
	}
}

// pathEnd is the accuracy at which the search of a point ends.
type pathEnd struct {
	loss     float64 // f without coefficients
	steepest float64 // largest |∂f/∂xⱼ|/sⱼ there
}

// reached returns whether the last measured point is accurate enough.
func (e pathEnd) reached(o *CoordinateDescent) bool {
	return o.gap <= pathGap*e.loss || math.IsInf(o.gap, 1) && o.kkt <= pathKKT*e.steepest
}

// startPath minimises the sum over the parameters that have no penalty.
func (o *CoordinateDescent) startPath(x []float64) (end pathEnd) {
	if o.backtracks() {
		o.learnt = make([]float64, len(x))
	}
	o.linear.begin(x)
	o.working.forget(o.linear)
	if o.linear.prefersQuadratic() {
		o.working.gram.expand(o.linear)
	}
	o.L1, o.L2 = allCoefficientsOut, 0
	for before := inf; ; before = o.kkt {
		o.settle(x)
		dual := o.measure(x)
		if !(o.kkt < before) { // 0, or rounding
			break
		}
		o.improve(x, dual)
	}
	o.L1 = 0
	o.working.forget(o.linear)
	o.renew(x)
	for j, g := range o.working.grads {
		if factor := o.factor(j); factor > 0 {
			end.steepest = max(end.steepest, math.Abs(g)/factor)
		}
	}
	if o.linear.sum.model != nil {
		end.loss, _ = o.lossValues(x, 1)
	}
	return end
}

// settle sets the intercept to its minimum, and renews the derivatives.
func (o *CoordinateDescent) settle(x []float64) {
	if o.linear.sum.Intercept && o.working.gram.linear == nil {
		o.linear.minimizeIntercept(x)
	}
	o.renew(x)
}

// solvePoint moves x until it is accurate enough.
func (o *CoordinateDescent) solvePoint(x []float64, end pathEnd) {
	if o.working.gram.linear == nil {
		o.linear.compute(x) // without the rounding errors of moves
	}
	for range maxPathSteps {
		o.settle(x)
		dual := o.measure(x)
		if end.reached(o) {
			return
		}
		o.improve(x, dual)
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
