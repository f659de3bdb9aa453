package optim

import (
	"fmt"
	"math/rand/v2"
)

// batches goes through the numbers below n in random order, each number once an epoch.
type batches struct {
	rng    *rand.Rand // nil: the numbers keep their order
	always bool       // shuffle also if a batch has all numbers
	n      int
	order  []int // of this epoch
	at     int   // index in order at which the next batch begins
	epoch  int
	terms  int // evaluated by an estimator
}

// Epoch returns the number of finished passes over all terms.
func (b *batches) Epoch() int { return b.epoch }

// Evaluations returns the number of terms evaluated so far. A pass over the sum has N evaluations.
func (b *batches) Evaluations() int { return b.terms }

// next returns the next batch of the given size, or what is left of the epoch.
func (b *batches) next(size int) []int {
	if b.order == nil {
		b.order = below(b.n)
	}
	if b.at == 0 && b.rng != nil && (size < b.n || b.always) {
		for i := b.n - 1; i > 0; i-- {
			j := b.rng.IntN(i + 1)
			b.order[i], b.order[j] = b.order[j], b.order[i]
		}
	}
	batch := b.order[b.at:min(b.at+size, b.n)]
	b.at += len(batch)
	if b.at == b.n {
		b.at = 0
		b.epoch++
	}
	return batch
}

func (b *batches) visitBatches(a *walk) {
	a.Same("terms", b.n)
	a.Permutation(&b.order, b.n)
	a.Within("terms done in the epoch", &b.at, 0, 0, b.n-1)
	a.State(&b.epoch, &b.terms)
}

// below returns the numbers 0, 1, …, n−1.
func below(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// checkSize panics unless size is in [least, most].
func checkSize(what string, size, least, most int) {
	if size < least || size > most {
		panic(fmt.Sprintf("optim: %s = %d, want [%d, %d]", what, size, least, most))
	}
}
