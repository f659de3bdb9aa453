package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
)

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
	checkGenerator(estimator, rng)
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
