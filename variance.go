package optim

import (
	"fmt"
	"math"
	"math/rand/v2"

	"example.com/optim/internal/kernel"
)

// SVRG is the gradient of a batch, corrected by what the same batch says at a
// snapshot w of the parameters, where the whole gradient is known: stochastic
// variance reduced gradient.
//
//	every m steps:  w ← x,  μ ← ∇f(w)
//	g = 1/|B|·Σ s(∇fᵢ(x) − ∇fᵢ(w)) over i in B, + μ
//
// with m = Every and |B| = Size. Its mean is the gradient, and its noise fades as
// x and w near the minimum: at a fixed rate an optimizer converges as with the
// whole gradient, on a strongly convex sum linearly, where a MiniBatch would
// leave it in a cloud. The batches are those of MiniBatch, and s = 1. With
// Weights the terms of a batch are drawn one by one, with probabilities
// pᵢ = Weightsᵢ/ΣWeights, and s = 1/(N·pᵢ). The step with a snapshot has g = μ.
//
// For SGD behind it 1/(3L) is a safe rate, with L the largest Lipschitz constant
// of a term's gradient; most often 1/L will do, and 2/(L + Nλ), with λ the strong
// convexity. Where the constants differ, weights are better: with half of the
// draws by them, L is twice their mean. A LinearSum knows both: see Lipschitz and
// Weights. The passes that these rates take on a logistic regression (569 × 30,
// λ 1e-3, L 105.5, with weights 15.0) to within 1.3e-6 of the minimum, with
// batches of one:
//
//	        1/L   2/(L+Nλ)   weights, 1/L
//	SAG     508        256             71
//	SAGA    507        255             71
//	SVRG    760        382            113
//
// A rule that scales the gradient needs it free of noise most of all, for it
// would scale the noise as well. The distance from the minimum of the same
// problem after 100 passes, each at its best rate on a grid:
//
//	          MiniBatch     SVRG     SAGA   SAGA, weights
//	SGD          8.6e-5   8.6e-6   1.6e-5          1.1e-9
//	RMSProp      1.4e-3   4.8e-8   1.0e-6          1.7e-7
//	Adam         2.9e-4   7.5e-7   3.6e-6          7.1e-7
//
// The first ten passes are another matter: there all are at 1e-3 to 4e-3, and
// MiniBatch is as good as any.
//
// A gradient that is not finite is handed on, and makes no snapshot.
//
// A pass of N terms costs each snapshot, and 2·Size terms each step; with a
// LinearSum, whose derivatives at w are kept, Size. It keeps two vectors and the
// order, N ints; with a LinearSum besides N numbers, with Weights 2N. R. Johnson
// and T. Zhang, Accelerating stochastic gradient descent using predictive
// variance reduction, 2013; L. Xiao and T. Zhang, A proximal stochastic gradient
// method with progressive variance reduction, 2014, arXiv:1403.4699.
type SVRG struct {
	Size    int       // terms in a batch, in [1, N]
	Every   int       // m, steps from a snapshot to the next, at least 0; default 0, which is 2N/Size
	Weights []float64 // of the terms, above 0; nil is without; to change it assign another slice

	memory
	batches batches
	w, mean []float64 // snapshot and its gradient, without what decays in a LinearSum
	since   int       // steps since the snapshot, that of the snapshot included; 0 when there is none
	whole   []int     // all terms
}

// NewSVRG returns corrected gradients of batches of the given size. It panics if
// there are no terms or size is not in [1, N].
func NewSVRG(sum Sum, size int, rng *rand.Rand) *SVRG {
	sum.check("SVRG")
	checkSize("SVRG: size", size, 1, sum.N)
	return &SVRG{Size: size, memory: memory{sum: sum, draws: newDraws("SVRG", sum.N, rng)}, batches: newBatches("SVRG", sum.N, rng)}
}

// Grad writes the corrected gradient of the next batch at params to dst.
func (o *SVRG) Grad(dst, params []float64) {
	o.expect("SVRG", dst, params)
	checkSize("SVRG.Size", o.Size, 1, o.sum.N)
	checkAtLeast("SVRG", "Every", o.Every, 0)
	o.draws.weigh("SVRG", o.Weights)
	if len(params) == 0 {
		return
	}
	o.room(len(params), o.linear() != nil)
	if len(o.w) != len(params) {
		o.w, o.mean = make([]float64, len(params)), make([]float64, len(params))
	}
	every := o.Every
	if every == 0 {
		every = (2*o.sum.N + o.Size - 1) / o.Size
	}
	if o.since == 0 || o.since >= every {
		o.snapshot(dst, params)
	} else {
		o.correct(dst, params)
		o.since++
	}
	o.count(len(params))
}

// snapshot sets dst to the gradient of the whole sum, and keeps it if it is
// finite.
func (o *SVRG) snapshot(dst, x []float64) {
	l := o.linear()
	clear(o.mean)
	if l != nil {
		share := 1 / float64(o.sum.N)
		for i := range o.sum.N {
			c := o.entry(i)
			l.derive(c, x, i)
			l.add(o.mean, i, c, share)
		}
	} else {
		if o.whole == nil {
			o.whole = make([]int, o.sum.N)
			for i := range o.whole {
				o.whole[i] = i
			}
		}
		o.sum.grad(o.mean, x, o.whole)
	}
	o.terms += o.sum.N
	copy(dst, o.mean)
	if l != nil {
		l.decay(dst, x)
	}
	if o.since = 0; finite(o.mean) {
		copy(o.w, x)
		o.since = 1
	}
}

// correct sets dst to the corrected gradient of a batch.
func (o *SVRG) correct(dst, x []float64) {
	l := o.linear()
	copy(dst, o.mean)
	share := 1 / float64(o.Size)
	switch {
	case o.Weights != nil:
		for range o.Size {
			i, scale := o.draws.draw()
			o.add(dst, x, i, float64(scale*share))
		}
	case l != nil:
		batch := o.batches.next(o.Size)
		share = 1 / float64(len(batch))
		for _, i := range batch {
			o.add(dst, x, i, share)
		}
	default:
		batch := o.batches.next(o.Size)
		o.terms += 2 * len(batch)
		o.sum.grad(o.fresh, x, batch)
		o.sum.grad(o.change, o.w, batch)
		kernel.AddScaled(dst, o.fresh, 1)
		kernel.AddScaled(dst, o.change, -1)
	}
	if l != nil {
		l.decay(dst, x)
	}
}

// add adds a times the change of term i since the snapshot to dst.
func (o *SVRG) add(dst, x []float64, i int, a float64) {
	if o.linear() != nil {
		o.ask(x, i)
	} else {
		o.one[0] = i
		o.sum.grad(o.fresh, x, o.one[:])
		o.sum.grad(o.change, o.w, o.one[:])
		kernel.Scale(o.change, -1)
		kernel.AddScaled(o.change, o.fresh, 1)
		o.terms += 2
	}
	o.addChange(dst, i, a)
}

func (o *SVRG) visit(a *archive) {
	a.begin("SVRG")
	a.limits(&o.Size, &o.Every)
	o.memory.visit(a)
	a.vectors(&o.w, &o.mean)
	a.counts(&o.since)
	if o.linear() != nil {
		a.table(&o.table, o.sum.N, o.linear().outputs())
	}
	a.batches(&o.batches)
}

// SAG is the mean of the last gradients of all terms, of which a step renews
// one: stochastic average gradient.
//
//	draw j;  yⱼ ← ∇fⱼ(x);  g = 1/N·Σyᵢ
//
// As long as terms have not been drawn yet, the mean is that of those which
// have. It is not the gradient in the mean, but near enough, and with less noise
// than in SAGA. On a strongly convex sum it converges linearly: at a rate of 1/L,
// and at the others in the table at SVRG. It is made for SGD; rules with a
// memory of their own do better behind SAGA. With Weights the terms are
// drawn with probabilities in proportion to them.
//
// A gradient that is not finite is handed on, and leaves the table as it is.
//
// It keeps one vector and the table of the y: N vectors, with a LinearSum N
// numbers. M. Schmidt, N. Le Roux and F. Bach, Minimizing finite sums with the
// stochastic average gradient, 2013, arXiv:1309.2388; with weights: M. Schmidt
// and others, Non-uniform stochastic average gradient method for training
// conditional random fields, 2015, arXiv:1504.04406.
type SAG struct {
	Weights []float64 // of the terms, above 0; nil draws all alike; to change it assign another slice

	memory
	mean    []float64 // Σyᵢ/N
	drawn   []byte    // terms that have been, bit by bit
	entries int       // how many they are
}

// NewSAG returns the gradients of a sum by SAG. It panics if there are no terms.
func NewSAG(sum Sum, rng *rand.Rand) *SAG {
	sum.check("SAG")
	return &SAG{memory: memory{sum: sum, draws: newDraws("SAG", sum.N, rng)}}
}

// Grad writes the average of the gradients, with a fresh one at params, to dst.
func (o *SAG) Grad(dst, params []float64) {
	o.expect("SAG", dst, params)
	o.draws.weigh("SAG", o.Weights)
	if len(params) == 0 {
		return
	}
	o.room(len(params), true)
	if len(o.mean) != len(params) {
		o.mean, o.drawn = make([]float64, len(params)), make([]byte, (o.sum.N+7)/8)
	}
	i, _ := o.draws.draw()
	if o.ask(params, i); finite(o.fresh) {
		o.addChange(o.mean, i, 1/float64(o.sum.N))
		copy(o.entry(i), o.fresh)
		if byte, bit := &o.drawn[i/8], byte(1)<<(i%8); *byte&bit == 0 {
			*byte |= bit
			o.entries++
		}
		copy(dst, o.mean)
		if o.entries < o.sum.N {
			kernel.Scale(dst, float64(o.sum.N)/float64(o.entries))
		}
	} else {
		copy(dst, o.mean)
		o.addChange(dst, i, 1)
	}
	if l := o.linear(); l != nil {
		l.decay(dst, params)
	}
	o.count(len(params))
}

func (o *SAG) visit(a *archive) {
	a.begin("SAG")
	o.memory.visit(a)
	a.vectors(&o.mean)
	a.table(&o.table, o.sum.N, o.width(a.n))
	a.members(&o.drawn, &o.entries, o.sum.N)
}

// SAGA is SVRG with a table of gradients in the place of the snapshot, so that
// no step needs a whole pass.
//
//	draw j;  g = s(∇fⱼ(x) − yⱼ) + 1/N·Σyᵢ;  yⱼ ← ∇fⱼ(x)
//
// All y are zero at first. As in SVRG its mean is the gradient, s is 1 or, with
// Weights, 1/(N·pⱼ), and 1/(3L) is a safe rate for SGD behind it: see the tables
// there. On a strongly convex sum it converges linearly.
//
// A gradient that is not finite is handed on, and leaves the table as it is.
//
// It keeps one vector and the table: N vectors, with a LinearSum N numbers. A.
// Defazio, F. Bach and S. Lacoste-Julien, SAGA: a fast incremental gradient
// method with support for non-strongly convex composite objectives, 2014,
// arXiv:1407.0202.
type SAGA struct {
	Weights []float64 // of the terms, above 0; nil draws all alike; to change it assign another slice

	memory
	mean []float64 // Σyᵢ/N
}

// NewSAGA returns the gradients of a sum by SAGA. It panics if there are no
// terms.
func NewSAGA(sum Sum, rng *rand.Rand) *SAGA {
	sum.check("SAGA")
	return &SAGA{memory: memory{sum: sum, draws: newDraws("SAGA", sum.N, rng)}}
}

// Grad writes the corrected gradient of a term at params to dst.
func (o *SAGA) Grad(dst, params []float64) {
	o.expect("SAGA", dst, params)
	o.draws.weigh("SAGA", o.Weights)
	if len(params) == 0 {
		return
	}
	o.room(len(params), true)
	if len(o.mean) != len(params) {
		o.mean = make([]float64, len(params))
	}
	i, scale := o.draws.draw()
	o.ask(params, i)
	copy(dst, o.mean)
	o.addChange(dst, i, scale)
	if finite(o.fresh) {
		o.addChange(o.mean, i, 1/float64(o.sum.N))
		copy(o.entry(i), o.fresh)
	}
	if l := o.linear(); l != nil {
		l.decay(dst, params)
	}
	o.count(len(params))
}

func (o *SAGA) visit(a *archive) {
	a.begin("SAGA")
	o.memory.visit(a)
	a.vectors(&o.mean)
	a.table(&o.table, o.sum.N, o.width(a.n))
}

// memory is what a term said before, and what it says now: a gradient, or the
// derivatives of a LinearSum.
type memory struct {
	sum           Sum
	draws         draws
	t, n          int       // gradients made, and number of parameters
	terms         int       // gradients of terms asked for
	table         []float64 // what all terms said
	fresh, change []float64 // what a term says now, and how much it has changed
	one           [1]int
}

// Evaluations is the number of terms whose gradient has been asked for so far:
// N make a pass.
func (m *memory) Evaluations() int { return m.terms }

func (m *memory) linear() *LinearSum { return m.sum.linear }

// expect panics if a gradient cannot be made.
func (m *memory) expect(estimator string, dst, x []float64) {
	m.sum.callable(estimator, dst, x)
	if m.t > 0 && len(x) != m.n {
		panic(fmt.Sprintf("optim: %s.Grad: len(params) = %d, want %d as in the calls before", estimator, len(x), m.n))
	}
	if l := m.linear(); l != nil {
		checkNonNegative("LinearSum", "L2", l.L2)
	}
}

// count takes note of a gradient of length n.
func (m *memory) count(n int) {
	m.t++
	m.n = n
}

// width is how many numbers a term says about n parameters.
func (m *memory) width(n int) int {
	if l := m.linear(); l != nil {
		return l.outputs()
	}
	return n
}

// room makes room for n parameters, and for a table if there is to be one.
func (m *memory) room(n int, table bool) {
	width := m.width(n)
	if len(m.fresh) != width {
		m.fresh, m.change = make([]float64, width), make([]float64, width)
	}
	if table && len(m.table) != m.sum.N*width {
		m.table = make([]float64, m.sum.N*width)
	}
}

// entry is what term i said last.
func (m *memory) entry(i int) []float64 {
	width := len(m.fresh)
	return m.table[i*width : (i+1)*width]
}

// ask asks term i at x.
func (m *memory) ask(x []float64, i int) {
	before := m.entry(i)
	if l := m.linear(); l != nil {
		l.derive(m.fresh, x, i)
		for k, c := range m.fresh {
			m.change[k] = c - before[k]
		}
	} else {
		m.one[0] = i
		m.sum.grad(m.fresh, x, m.one[:])
		copy(m.change, m.fresh)
		kernel.AddScaled(m.change, before, -1)
	}
	m.terms++
}

// addChange adds a times the change of term i, in the gradient, to dst.
func (m *memory) addChange(dst []float64, i int, a float64) {
	if l := m.linear(); l != nil {
		l.add(dst, i, m.change, a)
	} else {
		kernel.AddScaled(dst, m.change, a)
	}
}

func (m *memory) visit(a *archive) {
	a.same("terms", m.sum.N)
	outputs := 0
	if m.linear() != nil {
		outputs = m.linear().outputs()
	}
	a.same("numbers a term", outputs)
	a.used(&m.t, &m.n)
	a.counts(&m.terms)
}

// draws draws terms one at a time.
type draws struct {
	rng     *rand.Rand
	n       int
	weights []float64 // that the rest is made from; nil draws all alike
	mean    float64   // of the weights
	keep    []float64 // probability to stay with i
	other   []int     // where to go from i otherwise
}

func newDraws(estimator string, n int, rng *rand.Rand) draws {
	if rng == nil {
		panic(fmt.Sprintf("optim: %s: the generator is nil", estimator))
	}
	return draws{rng: rng, n: n}
}

// draw is a term and 1/(N·p), with p its probability.
func (d *draws) draw() (i int, scale float64) {
	i = d.rng.IntN(d.n)
	if d.weights == nil {
		return i, 1
	}
	if d.rng.Float64() >= d.keep[i] {
		i = d.other[i]
	}
	return i, d.mean / d.weights[i]
}

// weigh makes ready for the given weights. It panics, and changes nothing, if
// they are none.
//
// A. J. Walker, An efficient method for generating discrete random variables
// with general distributions, 1977, doi:10.1145/355744.355749: every i has the
// probability 1/n, and shares it with one other.
func (d *draws) weigh(estimator string, weights []float64) {
	if len(weights) == len(d.weights) && (weights == nil) == (d.weights == nil) && (len(weights) == 0 || &weights[0] == &d.weights[0]) {
		return
	}
	if weights == nil {
		d.weights = nil
		return
	}
	if len(weights) != d.n {
		panic(fmt.Sprintf("optim: %s.Weights: len = %d, want %d, one a term", estimator, len(weights), d.n))
	}
	sum := 0.0
	for i, w := range weights {
		if !(0 < w && w <= math.MaxFloat64) {
			outside(estimator, fmt.Sprintf("Weights[%d]", i), w, "(0, +Inf)")
		}
		sum += w
	}
	if !(sum <= math.MaxFloat64) {
		outside(estimator, "Weights: sum", sum, "(0, +Inf)")
	}
	d.weights, d.mean = weights, sum/float64(d.n)
	d.keep, d.other = make([]float64, d.n), make([]int, d.n)
	var less, more []int
	for i, w := range weights {
		d.keep[i], d.other[i] = w/d.mean, i
		if d.keep[i] < 1 {
			less = append(less, i)
		} else {
			more = append(more, i)
		}
	}
	for len(less) > 0 && len(more) > 0 {
		small, large := less[len(less)-1], more[len(more)-1]
		less = less[:len(less)-1]
		d.other[small] = large
		if d.keep[large] -= 1 - d.keep[small]; d.keep[large] < 1 {
			more = more[:len(more)-1]
			less = append(less, large)
		}
	}
	for _, i := range less { // 1, but for rounding
		d.keep[i] = 1
	}
}

// finite is whether no element of x is NaN or infinite.
func finite(x []float64) bool { return kernel.AbsMax(x) <= math.MaxFloat64 }
