package benchmarks

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"example.com/optim"
)

// mixedTensors returns n parameters in count tensors of mixed sizes, some of them a thousandth of others:
// in float64 and the same in float32.
func mixedTensors(n, count int) (double, single []optim.Tensor) {
	rng := rand.New(rand.NewPCG(1, 2))
	weights, total := make([]float64, count), 0.0
	for i := range weights {
		weights[i] = math.Exp(7 * rng.Float64())
		total += weights[i]
	}
	left := n
	for i, w := range weights {
		size := int(w / total * float64(n))
		if i == count-1 {
			size = left
		}
		left -= size
		x, g := vectors(size)
		d := optim.Tensor{Params: x, Grads: g}
		s := optim.Tensor{Params32: make([]float32, size), Grads32: make([]float32, size)}
		for j := range x {
			s.Params32[j], s.Grads32[j] = float32(x[j]), float32(g[j])
		}
		double, single = append(double, d), append(single, s)
	}
	return double, single
}

// tensorContenders are steps of Adam on n parameters. The first is that on two slices.
func tensorContenders(n, count int) (names []string, steps []func()) {
	add := func(name string, step func()) { names, steps = append(names, name), append(steps, step) }
	onTensors := func(name string, ts *optim.Tensors) {
		opt := optim.NewAdam(rate)
		add(name, func() { ts.Step(opt) })
	}
	x, g := vectors(n)
	flat := optim.NewAdam(rate)
	add("flat", func() { flat.Step(x, g) })
	double, single := mixedTensors(n, count)
	_, copied := mixedTensors(n, count)
	onTensors("float64", optim.NewTensors(double...))
	onTensors("float32", optim.NewTensors(single...))
	master := optim.NewTensors(copied...)
	master.Master = true
	onTensors("master", master)
	clipped, groups := optim.SplitTensors(single, func(i int) bool { return i%2 == 0 }, optim.NewAdam(rate), optim.NewAdam(rate))
	chain := optim.NewChain(groups, optim.NewClipNorm(1))
	add("float32-clip-groups", func() { clipped.Step(chain) })
	if adamFloat != nil {
		_, inC := mixedTensors(n, count)
		add("c-float", adamFloat(inC))
	}
	return names, steps
}

// BenchmarkTensors measures steps of Adam on 64 tensors of mixed sizes beside a step on two slices of
// float64. The contenders take turns. The ratio is the median of the time divided by that of the two
// slices. c-float is a plain loop in C on tensors of float32 with state of float32, which is less
// memory than any contender of ours needs.
func BenchmarkTensors(b *testing.B) {
	for _, n := range []int{1e3, 1e5, 1e6, 1e7} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			names, steps := tensorContenders(n, min(64, n/250))
			repeats := max(1, 100_000/n)
			times, ratios := make([][]float64, len(steps)), make([][]float64, len(steps))
			for b.Loop() {
				var round []float64
				for _, step := range steps {
					step() // brings its vectors into the cache
					begin := time.Now()
					for range repeats {
						step()
					}
					round = append(round, perCall(time.Since(begin), repeats))
				}
				for i, t := range round {
					times[i], ratios[i] = append(times[i], t/float64(n)), append(ratios[i], t/round[0])
				}
			}
			b.ReportMetric(0, "ns/op") // the time of all contenders
			for i, name := range names {
				b.ReportMetric(median(times[i]), name+"-ns/param")
				if i > 0 {
					b.ReportMetric(median(ratios[i]), name+"-ratio")
				}
			}
		})
	}
}

// TestTensors checks that all contenders compute the same parameters, up to the rounding of float32.
func TestTensors(t *testing.T) {
	const n, count, steps = 3000, 12, 20
	want, g := vectors(n)
	double, single := mixedTensors(n, count)
	_, inC := mixedTensors(n, count)
	i := 0
	for _, d := range double { // the flat vector begins as the tensors do
		copy(want[i:], d.Params)
		i += copy(g[i:], d.Grads)
	}
	flat, first, second := optim.NewAdam(rate), optim.NewAdam(rate), optim.NewAdam(rate)
	ours, ours32 := optim.NewTensors(double...), optim.NewTensors(single...)
	for range steps {
		flat.Step(want, g)
		ours.Step(first)
		ours32.Step(second)
	}
	if adamFloat != nil {
		step := adamFloat(inC)
		for range steps {
			step()
		}
	}
	i = 0
	for k := range double {
		for j, x := range double[k].Params {
			if x != want[i] || !(math.Abs(float64(single[k].Params32[j])-x) <= 1e-6) || adamFloat != nil && !(math.Abs(float64(inC[k].Params32[j])-x) <= 1e-6) {
				t.Fatalf("tensor %d: %v, %v and %v in C, want %v", k, x, single[k].Params32[j], inC[k].Params32[j], want[i])
			}
			i++
		}
	}
}
