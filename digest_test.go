package optim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestDigests compares the bits of 200 steps of every row, of every schedule, of every prox, of fits and of the runs of
// solvers with hashes in testdata. They are the same on every processor and for every build: with assembly and without,
// and where the processor has a fused multiply-add.
func TestDigests(t *testing.T) {
	digests := map[string]string{}
	const n = 1007
	noise := optimizerRow{"Chain/noise", 0, 0, func() Optimizer {
		return NewChain(NewSGD(0.1), NewNoise(0.1, rand.New(rand.NewPCG(17, 18))))
	}}
	for _, row := range append(slices.Clone(optimizers), noise) {
		if row.traits&borrowed != 0 {
			continue
		}
		opt, n := row.make(), n
		if row.traits&dense != 0 {
			n = 57
		}
		b := newBowl(n)
		rng := rand.New(rand.NewPCG(9, 10))
		x, g := make([]float64, n), make([]float64, n)
		hash := sha256.New()
		for step := range 200 {
			b.gradient(g, x)
			for i := range g {
				g[i] += float64((rng.Float64() - 0.5) / 4)
			}
			opt.Step(x, g)
			if step%20 == 19 {
				binary.Write(hash, binary.LittleEndian, x)
			}
		}
		digests[row.name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}
	for name, s := range schedules() {
		hash := sha256.New()
		for step := range 1000 {
			binary.Write(hash, binary.LittleEndian, s.At(step))
		}
		digests["schedule "+name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}

	for _, row := range proxes {
		hash := sha256.New()
		for _, v := range proxVectors(rand.New(rand.NewPCG(3, 4))) {
			row.make(len(v)).Apply(v, 0.75)
			binary.Write(hash, binary.LittleEndian, v)
		}
		digests["prox "+row.name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}

	for name, path := range noisyPaths() {
		hash := sha256.New()
		for _, x := range path {
			binary.Write(hash, binary.LittleEndian, x)
		}
		digests[name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}

	for name, points := range fitPaths() {
		hash := sha256.New()
		for _, x := range points {
			binary.Write(hash, binary.LittleEndian, x)
		}
		digests[name] = hex.EncodeToString(hash.Sum(nil)[:16])
	}

	maps.Copy(digests, solverPaths())

	const file = "testdata/digests.json"
	updated(t, file, digests)
	want := map[string]string{}
	readJSON(t, file, &want)
	for name, digest := range digests {
		if digest != want[name] {
			t.Errorf("%s: digest %s, want %s", name, digest, want[name])
		}
	}
	if len(digests) != len(want) {
		t.Errorf("%d digests, want %d", len(digests), len(want))
	}
}
