package optim

import (
	"math"

	"gonum.org/v1/gonum/blas"

	"example.com/optim/internal/kernel"
)

// Muon moves a matrix of parameters against the orthogonal matrix that is nearest to the momentum:
// the momentum with all singular values replaced by values near 1. It is for the hidden weights of
// a network. Use AdamW for embeddings, for the last layer and for vectors: see [Groups].
//
//	m ← μm + (1−μ)g
//	u = (1−μ)g + μm      (Nesterov false: u = m)
//	O = the result of Iterations steps X ← 3.4445X − 4.7750XXᵀX + 2.0315(XXᵀ)²X from X = u/(‖u‖+10⁻⁷)
//	x ← (1−ηλ)x − ηsO,   s = √max(1, rows/cols)  (MatchRMS: s = 0.2·√max(rows, cols))
//
// The steps are those of Newton and Schulz, with coefficients that make small singular values grow
// fast. After five steps, the singular values that were at least 0.002‖u‖ are between about 0.7 and
// 1.2. With MatchRMS, the update has about the root mean square of an update of AdamW, so you can
// keep the learning rate and λ of AdamW. If rows or cols is 1, O is that first X. This is the form
// of the author's program, without its cast to bfloat16.
//
// State: one vector. Workspace: one vector and two square matrices. The products of matrices use
// blas64 of gonum, which runs on all cores. blas64.Use replaces it by a faster BLAS. The last bits
// depend on the BLAS, and may differ between processors.
//
// References: K. Jordan and others, Muon: an optimizer for hidden layers in neural networks, 2024,
// https://kellerjordan.github.io/posts/muon; J. Liu and others, Muon is scalable for LLM training,
// 2025, arXiv:2502.16982 (MatchRMS).
type Muon struct {
	LearningRate float64  // η ≥ 0; 0.02 is common, or with MatchRMS the rate of AdamW
	Mu           float64  // μ in [0, 1); default 0.95
	Nesterov     bool     // u = (1−μ)g + μm; default true
	Iterations   int      // steps from u to O, ≥ 1; default 5
	MatchRMS     bool     // s = 0.2·√max(rows, cols); default false
	WeightDecay  float64  // λ ≥ 0, decoupled; default 0
	Schedule     Schedule // factor on η: LearningRate · Schedule(t−1) in step t; nil means 1

	matrix
	m           []float64
	gram, terms []float64 // workspace of orthogonalize
	scratch     []float64
}

// NewMuon returns Muon for a matrix of the given shape. The rows of the matrix lie in params one
// after another.
func NewMuon(rate float64, rows, cols int) *Muon {
	o := made(&Muon{Mu: 0.95, Nesterov: true, Iterations: 5, matrix: newMatrix("NewMuon", rows, cols)})
	o.LearningRate = rate
	return o
}

// Step implements Optimizer. It panics unless there are rows·cols parameters.
func (o *Muon) Step(params, grads []float64) {
	o.checkShape(o, len(params), len(grads))
	o.step(o, params, grads)
}

func (o *Muon) rate() float64 {
	checkFraction("Muon", "Mu", o.Mu)
	checkAtLeast("Muon", "Iterations", o.Iterations, 1)
	checkNonNegative("Muon", "WeightDecay", o.WeightDecay)
	return o.scheduled("Muon", o.LearningRate, o.Schedule)
}

func (o *Muon) begin(v vectors) {
	x, g := v.slices()
	if o.m == nil {
		o.m = make([]float64, len(x))
	}
	o.updates = resize(o.updates, len(x))
	kernel.Combine(o.m, g, o.Mu, 1-o.Mu)
	copy(o.updates, o.m)
	if o.Nesterov {
		kernel.Combine(o.updates, g, o.Mu, 1-o.Mu)
	}
	o.orthogonalize()
	rows, cols := float64(o.rows), float64(o.cols)
	o.a = o.eta * math.Sqrt(max(1, rows/cols))
	if o.MatchRMS {
		o.a = o.eta * 0.2 * math.Sqrt(max(rows, cols))
	}
	o.keep = 1 - float64(o.eta*o.WeightDecay)
}

// orthogonalize replaces u by O. If there are more rows than columns, it multiplies by the smaller
// XᵀX from the right, with the same result.
func (o *Muon) orthogonalize() {
	const (
		a, b, c = 3.4445, -4.7750, 2.0315
		tiny    = 1e-7 // of the author's program, added to ‖u‖
	)
	kernel.Scale(o.updates, 1/(o.reducer.Norm(o.updates)+tiny))
	if o.isVector() {
		return
	}
	n := min(o.rows, o.cols)
	o.gram, o.terms, o.scratch = resize(o.gram, n*n), resize(o.terms, n*n), resize(o.scratch, len(o.updates))
	x, next := general(o.rows, o.cols, o.updates), general(o.rows, o.cols, o.scratch)
	gram, terms := general(n, n, o.gram), general(n, n, o.terms)
	for range o.Iterations {
		copy(next.Data, x.Data)
		if o.rows <= o.cols {
			multiply(gram, 1, blas.NoTrans, x, blas.Trans, x, 0)
		} else {
			multiply(gram, 1, blas.Trans, x, blas.NoTrans, x, 0)
		}
		copy(terms.Data, gram.Data)
		multiply(terms, c, blas.NoTrans, gram, blas.NoTrans, gram, b)
		if o.rows <= o.cols {
			multiply(next, 1, blas.NoTrans, terms, blas.NoTrans, x, a)
		} else {
			multiply(next, 1, blas.NoTrans, x, blas.NoTrans, terms, a)
		}
		x, next = next, x
		o.updates, o.scratch = o.scratch, o.updates
	}
}

func (o *Muon) visit(a *walk) {
	o.visitMatrix(a, "Muon", &o.LearningRate, &o.Mu, &o.Nesterov, &o.Iterations, &o.MatchRMS, &o.WeightDecay)
	a.Vectors(&o.m)
}
