package optim

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack/lapack64"

	"example.com/optim/internal/kernel"
)

// SOAP is [Adam] in the basis of the eigenvectors of [Shampoo]'s factors, for a matrix of parameters.
//
//	m ← β₁m + (1−β₁)g
//	p = Qᵣᵀ g Q_c
//	v ← β₂v + (1−β₂)p²
//	u = Qᵣ [Qᵣᵀ m Q_c / (√v + ε)] Q_cᵀ
//	x ← (1−ηλ)(x − η√(1−β₂ᵗ)/(1−β₁ᵗ) · u)
//	L ← β₂L + (1−β₂)ggᵀ,   R ← β₂R + (1−β₂)gᵀg
//	t a multiple of Every:  Qᵣ ← the orthogonal factor of LQᵣ,  Q_c ← that of RQ_c
//
// g, m, p, v and u are matrices with rows rows and cols columns. p² and the division are
// elementwise. Before each factorization the columns of Q are sorted by descending estimates qᵀLq
// of the eigenvalues, and v in the same way. Step 1 sets Qᵣ and Q_c to the eigenvectors of ggᵀ and
// gᵀg, and leaves x as it is: no gradient is projected on a basis that was computed from this
// gradient. If rows or cols is 1, the rule is Adam without a basis. This is the form of the public
// programs, without their limit on rows and cols. L has rows² numbers, and R has cols².
//
// Unless rows = cols, ggᵀ or gᵀg of step 1 has a null space. The basis of this null space depends
// on rounding errors, and later steps depend on the basis.
//
// State: two vectors, two matrices of rows² and two of cols² numbers. Workspace: three vectors and
// two matrices. The linear algebra is that of gonum's blas64 and lapack64. blas64.Use and
// lapack64.Use replace it by a faster library. The last bits depend on the library, and may differ
// between processors. If L or R is not finite, all parameters become NaN.
//
// Reference: N. Vyas and others, SOAP: improving and stabilizing Shampoo using Adam, 2024,
// arXiv:2409.11321.
type SOAP struct {
	LearningRate float64  // η ≥ 0; 3e-3 is common
	Beta1, Beta2 float64  // β₁ and β₂ in [0, 1); defaults 0.95 and 0.95
	Epsilon      float64  // ε ≥ 0; default 1e-8
	Every        int      // steps from one factorization to the next, ≥ 1; default 10
	WeightDecay  float64  // λ ≥ 0, decoupled; default 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	kronecker // q is Qᵣ and Q_c
	projected []float64
}

// NewSOAP returns SOAP for a matrix of the given shape. The rows of the matrix lie in params one
// after another.
func NewSOAP(rate float64, rows, cols int) *SOAP {
	o := made(&SOAP{Beta1: 0.95, Beta2: 0.95, Epsilon: 1e-8, Every: 10, kronecker: kronecker{matrix: newMatrix("NewSOAP", rows, cols)}})
	o.LearningRate = rate
	return o
}

// Step implements Optimizer. It panics unless there are rows·cols parameters.
func (o *SOAP) Step(params, grads []float64) {
	o.checkShape(o, len(params), len(grads))
	o.step(o, params, grads)
}

func (o *SOAP) rate() float64 {
	checkFraction("SOAP", "Beta1", o.Beta1)
	checkFraction("SOAP", "Beta2", o.Beta2)
	checkNonNegative("SOAP", "Epsilon", o.Epsilon)
	checkAtLeast("SOAP", "Every", o.Every, 1)
	checkNonNegative("SOAP", "WeightDecay", o.WeightDecay)
	return o.scheduled("SOAP", o.LearningRate, o.Schedule)
}

func (o *SOAP) begin(v vectors) {
	_, g := v.slices()
	o.prepare(o.Beta1, o.Beta2, o.WeightDecay)
	o.a = float64(o.keep * (o.eta * math.Sqrt(o.weight2) / o.weight1))
	if o.isVector() {
		kernel.AdamDirection(o.updates, g, o.m, o.v, o.Beta1, o.Beta2, o.Epsilon)
		return
	}
	if o.t == 0 {
		clear(o.updates)
		o.a, o.keep = 0, 1
	} else {
		o.direct(g)
	}
	o.addGradient(g, o.Beta2)
	if o.t == 0 {
		o.left.start()
		o.right.start()
	}
	if (o.t+1)%o.Every == 0 {
		o.turn()
	}
}

// direct updates m and v, and sets the update u.
func (o *SOAP) direct(g []float64) {
	o.projected = resize(o.projected, len(g))
	kernel.Combine(o.m, g, o.Beta1, 1-o.Beta1)
	o.transform(o.projected, blas.Trans, g, blas.NoTrans)
	o.transform(o.updates, blas.Trans, o.m, blas.NoTrans)
	kernel.SOAPDirection(o.updates, o.projected, o.v, o.Beta2, o.Epsilon)
	o.transform(o.updates, blas.NoTrans, o.updates, blas.Trans)
}

// turn replaces the bases by the next ones, and sorts v in the same way.
func (o *SOAP) turn() {
	if o.left.spoiled() || o.right.spoiled() {
		return
	}
	o.left.iterate()
	o.right.iterate()
	for i, from := range o.left.order {
		for j, column := range o.right.order {
			o.scratch[i*o.cols+j] = o.v[from*o.cols+column]
		}
	}
	copy(o.v, o.scratch)
}

func (o *SOAP) visit(a *walk) {
	o.visitKronecker(a, "SOAP", &o.LearningRate, &o.Beta1, &o.Beta2, &o.Epsilon, &o.Every, &o.WeightDecay)
}

// start sets q to the eigenvectors of the mean, in descending order of the eigenvalues. If LAPACK
// does not find them, q is another orthogonal matrix.
func (s *side) start() {
	if s.spoiled() {
		return
	}
	s.eigen()
	for i := range s.n {
		for j := range s.n {
			s.q[i*s.n+j] = s.product[i*s.n+s.n-1-j]
		}
	}
}

// iterate sorts the columns of q by descending values qᵀLq, where L is the mean, and then sets q to
// the orthogonal factor of Lq. order holds the sorted indices.
func (s *side) iterate() {
	n := s.n
	multiply(general(n, n, s.product), 1, blas.NoTrans, s.mean(), blas.NoTrans, s.basis(), 0)
	clear(s.values)
	for i := range n {
		for j := range n {
			s.values[j] += float64(s.q[i*n+j] * s.product[i*n+j])
		}
	}
	for i := range s.order {
		s.order[i] = i
	}
	slices.SortStableFunc(s.order, func(a, b int) int { return cmp.Compare(s.values[b], s.values[a]) })
	for i := range n {
		for j, from := range s.order {
			s.q[i*n+j] = s.product[i*n+from]
		}
	}
	lapack64.Geqrf(s.basis(), s.taus, s.work, len(s.work))
	lapack64.Orgqr(s.basis(), s.taus, s.work, len(s.work))
}
