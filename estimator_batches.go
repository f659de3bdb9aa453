package optim

import (
	"fmt"
	"math/rand/v2"
)

// batches goes through the numbers below n in random order, each once an epoch.
type batches struct {
	rng    *rand.Rand // nil leaves them in their order
	always bool       // shuffle even if a batch is the whole
	n      int
	order  []int // of this epoch, from the first batch on
	at     int   // where in order the next batch begins
	epoch  int
	terms  int // given to a gradient
}

func newBatches(estimator string, n int, rng *rand.Rand) batches {
	checkGenerator(estimator, rng)
	return batches{rng: rng, n: n}
}

// Epoch is the number of passes over all terms that are finished.
func (b *batches) Epoch() int { return b.epoch }

// next is the next batch of the given size, or what is left of the epoch.
func (b *batches) next(size int) []int {
	if b.order == nil {
		b.order = make([]int, b.n)
		for i := range b.order {
			b.order[i] = i
		}
	}
	if b.at == 0 && b.rng != nil && (size < b.n || b.always) {
		for i := b.n - 1; i > 0; i-- {
			j := b.rng.IntN(i + 1)
			b.order[i], b.order[j] = b.order[j], b.order[i]
		}
	}
	batch := b.order[b.at:min(b.at+size, b.n)]
	if b.at += len(batch); b.at == b.n {
		b.at = 0
		b.epoch++
	}
	return batch
}

// visitBatches walks over the place in the epoch.
func (b *batches) visitBatches(a *walk) {
	a.Same("terms", b.n)
	a.Permutation(&b.order, b.n)
	a.Within("terms done in the epoch", &b.at, 0, 0, b.n-1)
	a.State(&b.epoch, &b.terms)
}

// checkSize panics unless size is in [least, most].
func checkSize(what string, size, least, most int) {
	if size < least || size > most {
		panic(fmt.Sprintf("optim: %s = %d, want [%d, %d]", what, size, least, most))
	}
}
