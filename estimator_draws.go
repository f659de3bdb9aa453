package optim

import (
	"fmt"
	"math/rand/v2"
)

// draws draws one term at a time, with replacement.
type draws struct {
	rng     *rand.Rand
	n       int
	weights []float64 // the next three are made from them; nil: all terms are equally probable
	mean    float64   // of the weights
	keep    []float64 // keep[i] is the probability that a draw of i stays i
	other   []int     // other[i] is the term that a draw of i becomes otherwise, at first i itself
}

// draw returns a term and 1/(N·p), where p is its probability.
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

// weigh makes the probabilities of the terms proportional to the weights. It panics, and changes
// nothing, if a weight is out of its range.
//
// In the method of A. J. Walker (An efficient method for generating discrete random variables with
// general distributions, 1977, doi:10.1145/355744.355749) a draw gives every i the probability 1/n.
// Each i shares this probability with one other term.
func (d *draws) weigh(estimator string, weights []float64) {
	switch {
	case weights == nil:
		d.weights = nil
		return
	case len(weights) != d.n:
		panic(fmt.Sprintf("optim: %s.Weights: len = %d, want %d, one for each term", estimator, len(weights), d.n))
	case d.weights != nil && &weights[0] == &d.weights[0]:
		return
	}
	sum := 0.0
	for i, w := range weights {
		if !(0 < w && isFinite(w)) {
			outside(estimator, fmt.Sprintf("Weights[%d]", i), w, "(0, +Inf)")
		}
		sum += w
	}
	checkPositive(estimator, "Weights: sum", sum)
	d.weights, d.mean = weights, sum/float64(d.n)
	d.keep, d.other = make([]float64, d.n), make([]int, d.n)
	var less, more []int // the terms with keep below 1, and the others
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
		d.keep[large] -= 1 - d.keep[small]
		if d.keep[large] < 1 {
			more = more[:len(more)-1]
			less = append(less, large)
		}
	}
}
