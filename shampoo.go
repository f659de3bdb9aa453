package optim

import (
	"math"

	"gonum.org/v1/gonum/blas"

	"example.com/optim/internal/kernel"
)

// Shampoo multiplies the momentum of a matrix of parameters by the inverse roots of two factors of
// its second moments, one for the rows and one for the columns. The length of the step is that of
// [Adam].
//
//	m ← β₁m + (1−β₁)g,    v ← β₂v + (1−β₂)g²
//	L ← β₂L + (1−β₂)ggᵀ,  R ← β₂R + (1−β₂)gᵀg
//	t = 1 or t a multiple of Every:  P_L ← L̂^(−1/4),  P_R ← R̂^(−1/4)
//	d = m̂/(√v̂ + ε)
//	u = P_L m̂ P_R
//	x ← (1−ηλ)x − η‖d‖/‖u‖ · u
//
// m̂ = m/(1−β₁ᵗ), and v̂, L̂ and R̂ are v, L and R divided by 1−β₂ᵗ. The roots are computed from
// the eigenvalues. An eigenvalue below 1e-12 times the largest one is replaced by that limit, so
// the result does not depend on the scale of g. While all gradients have been zero, u = 0. If rows
// or cols is 1, the update is that of Adam, ηd. The factor ‖d‖/‖u‖, with the norms of the whole
// matrix, is called grafting. The first paper has sums in the place of the means L and R, no
// momentum and no grafting. This is the form of the second paper, without its division of large
// matrices into blocks. L has rows² numbers, and R has cols².
//
// State: two vectors, two matrices of rows² and two of cols² numbers. Workspace: two vectors and two
// matrices. The linear algebra is that of gonum's blas64 and lapack64. blas64.Use and lapack64.Use
// replace it by a faster library. The last bits depend on the library, and may differ between
// processors. If L or R is not finite, all parameters become NaN.
//
// References: V. Gupta, T. Koren and Y. Singer, Shampoo: preconditioned stochastic tensor
// optimization, 2018, arXiv:1802.09568; H.-J. M. Shi and others, A distributed data-parallel PyTorch
// implementation of the distributed Shampoo optimizer for training neural networks at-scale, 2023,
// arXiv:2309.06497.
type Shampoo struct {
	LearningRate float64  // η ≥ 0; 1e-3 is common
	Beta1, Beta2 float64  // β₁ and β₂ in [0, 1); defaults 0.9 and 0.999
	Epsilon      float64  // ε ≥ 0; default 1e-8
	Every        int      // steps from one computation of the roots to the next, ≥ 1; default 10
	WeightDecay  float64  // λ ≥ 0, decoupled; default 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	kronecker // q is P_L and P_R, for L and R in the place of L̂ and R̂
}

// NewShampoo returns Shampoo for a matrix of the given shape. The rows of the matrix lie in params
// one after another.
func NewShampoo(rate float64, rows, cols int) *Shampoo {
	o := made(&Shampoo{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Every: 10, kronecker: kronecker{matrix: newMatrix("NewShampoo", rows, cols)}})
	o.LearningRate = rate
	return o
}

// Step implements Optimizer. It panics unless there are rows·cols parameters.
func (o *Shampoo) Step(params, grads []float64) {
	o.checkShape(o, len(params), len(grads))
	o.step(o, params, grads)
}

func (o *Shampoo) rate() float64 {
	checkFraction("Shampoo", "Beta1", o.Beta1)
	checkFraction("Shampoo", "Beta2", o.Beta2)
	checkNonNegative("Shampoo", "Epsilon", o.Epsilon)
	checkAtLeast("Shampoo", "Every", o.Every, 1)
	checkNonNegative("Shampoo", "WeightDecay", o.WeightDecay)
	return o.scheduled("Shampoo", o.LearningRate, o.Schedule)
}

func (o *Shampoo) begin(v vectors) {
	_, g := v.slices()
	o.prepare(o.Beta1, o.Beta2, o.WeightDecay)
	root := math.Sqrt(o.weight2)
	kernel.AdamDirection(o.updates, g, o.m, o.v, o.Beta1, o.Beta2, float64(o.Epsilon*root))
	o.a = o.eta * root / o.weight1
	if o.isVector() {
		return
	}
	length := o.reducer.Norm(o.updates)
	o.addGradient(g, o.Beta2)
	if (o.t+1)%o.Every == 0 || o.left.q[0] == 0 { // 0 before the first gradient that is not zero
		o.left.root()
		o.right.root()
	}
	o.transform(o.updates, blas.NoTrans, o.m, blas.NoTrans)
	if size := o.reducer.Norm(o.updates); size != 0 {
		o.a *= length / size
	}
}

func (o *Shampoo) visit(a *walk) {
	o.visitKronecker(a, "Shampoo", &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.Every, &o.WeightDecay)
}

// leastEigenvalue is the smallest eigenvalue of a factor, relative to the largest one.
const leastEigenvalue = 1e-12

// root sets q to the mean to the power −1/4, up to a factor: the largest eigenvalue counts as 1.
func (s *side) root() {
	if s.spoiled() || !s.eigen() {
		return
	}
	n, top := s.n, s.values[s.n-1]
	if !(top > 0) {
		return
	}
	vectors, scaled := s.product, s.q
	for j, value := range s.values {
		factor := 1 / math.Sqrt(math.Sqrt(math.Sqrt(max(value/top, leastEigenvalue)))) // half of the power on each side of the product
		for i := range n {
			vectors[i*n+j] *= factor
		}
	}
	multiply(general(n, n, scaled), 1, blas.NoTrans, general(n, n, vectors), blas.Trans, general(n, n, vectors), 0)
}
