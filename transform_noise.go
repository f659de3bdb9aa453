package optim

import (
	"math"
	"math/rand/v2"

	"example.com/optim/internal/portable"
)

// Noise adds a normal variate to every coordinate of the gradient. The variance of the variates
// falls with the number of steps. Noise helps to leave a saddle or a poor local minimum.
//
//	g ← g + N(0, σ²),  σ² = Eta/(1+t)^Gamma,  t = 0, 1, …
//
// In each step Noise draws one number from the generator. It computes the variates from that number
// and the coordinate, so they do not depend on the number of goroutines. The state does not include
// the generator: see [Save].
//
// State: the number of steps. Reference: A. Neelakantan and others, Adding gradient noise improves
// learning for very deep networks, 2015, arXiv:1511.06807.
type Noise struct {
	Eta   float64 // variance in the first step, at least 0; the paper has 0.01, 0.3 and 1
	Gamma float64 // exponent of 1+t, at least 0; default 0.55

	rng   *rand.Rand
	t     int
	start int // index in the whole vector of the first coordinate: see Sharded
	key   uint64
	sigma float64
}

// NewNoise returns noise with the given variance in the first step, from the given generator. It
// panics if rng is nil.
func NewNoise(eta float64, rng *rand.Rand) *Noise {
	checkGenerator("NewNoise", rng)
	return &Noise{Eta: eta, Gamma: 0.55, rng: rng}
}

// Begin implements [Transform].
func (o *Noise) Begin(_, _ []float64) {
	o.check()
	o.sigma = math.Sqrt(o.Eta / portable.Pow(float64(1+o.t), o.Gamma))
	o.key = o.rng.Uint64()
	o.t++
}

// String describes the transform in one line.
func (o *Noise) String() string { return describe(o, &Noise{Gamma: 0.55}, steps(o.t)) }

func (o *Noise) check() {
	if o.rng == nil {
		panic("optim: Noise: use NewNoise")
	}
	checkNonNegative("Noise", "Eta", o.Eta)
	checkNonNegative("Noise", "Gamma", o.Gamma)
}

// Apply implements [Transform].
func (o *Noise) Apply(lo int, grads, _ []float64) {
	if o.sigma == 0 {
		return
	}
	for i := range grads {
		grads[i] += float64(o.sigma * normal(o.key, uint64(o.start+lo+i)))
	}
}

func (o *Noise) visit(a *walk) {
	a.Type("Noise", 1)
	a.Settings(&o.Eta, &o.Gamma)
	a.State(&o.t)
}

// normal returns a normal variate that depends on key and i only. It computes the variate from two
// uniform ones as Box and Muller do.
func normal(key, i uint64) float64 {
	u, v := uniform(key+2*i), uniform(key+2*i+1)
	return float64(math.Sqrt(-2*portable.Log(u)) * portable.CosPi(v))
}

// uniform returns a number in (0, 1] that depends on z only.
func uniform(z uint64) float64 { return float64((float64(mix(z)>>11) + 0.5) * 0x1p-53) }

// mix returns the output of SplitMix64 for the state z after one increment. G. L. Steele, D. Lea
// and C. H. Flood, Fast splittable pseudorandom number generators, 2014,
// doi:10.1145/2714064.2660195.
func mix(z uint64) uint64 {
	z *= 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
