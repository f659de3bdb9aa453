package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
)

func configure(t *testing.T, args ...string) config {
	t.Helper()
	cfg, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestData(t *testing.T) {
	images := load()
	pixel := images.images.RawMatrix().Data
	if n, least, most := images.len(), floats.Min(pixel), floats.Max(pixel); n != 1797 || least != 0 || most != 1 {
		t.Errorf("%d images with pixels from %v to %v, want 1797 from 0 to 1", n, least, most)
	}

	// A split has the same images in another order, each with its label.
	key := func(d dataset, i int) [pixels + 1]float64 {
		return [pixels + 1]float64(append(slices.Clone(d.images.RawRowView(i)), float64(d.labels[i])))
	}
	count := map[[pixels + 1]float64]int{}
	for i := range images.len() {
		count[key(images, i)]++
	}
	train, test := images.split(0.8, rand.New(rand.NewPCG(1, 0)))
	if train.len() != 1437 || test.len() != 360 {
		t.Errorf("split in %d and %d, want 1437 and 360", train.len(), test.len())
	}
	for _, part := range []dataset{train, test} {
		for i := range part.len() {
			count[key(part, i)]--
		}
	}
	for _, surplus := range count {
		if surplus != 0 {
			t.Fatal("the split has other images or labels")
		}
	}
}

// The gradient agrees with central differences, for a batch and then for a smaller one in the same
// work space.
func TestGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	net := newNetwork(3, rng)
	for i := range net.params {
		net.params[i] += 0.1 * rng.NormFloat64() // biases that are not zero
	}
	train, _ := load().split(0.8, rng)
	for _, batch := range []dataset{train.slice(0, 20), train.slice(20, 27)} {
		net.gradient(batch)
		got := slices.Clone(net.grads)

		start := slices.Clone(net.params)
		loss := func(x []float64) float64 {
			copy(net.params, x)
			return net.loss(batch)
		}
		want := fd.Gradient(nil, loss, start, &fd.Settings{Formula: fd.Central})
		copy(net.params, start)

		if e := floats.Distance(got, want, math.Inf(1)) / floats.Norm(want, math.Inf(1)); !(e < 1e-7) {
			t.Errorf("batch of %d: relative error %.1e, want below 1e-7", batch.len(), e)
		}
	}
}

func TestAdamLearns(t *testing.T) {
	cfg := configure(t, "-optimizer", "adam", "-epochs", "6")
	if r := train(cfg.optimizers[0], load(), cfg); !(r.accuracy > 0.93) {
		t.Errorf("test accuracy %.3f, want above 0.93", r.accuracy)
	}
}

func TestAllLearn(t *testing.T) {
	images := load()
	learns := func(args ...string) {
		cfg := configure(t, append(args, "-epochs", "5")...)
		for _, e := range cfg.optimizers {
			if r := train(e, images, cfg); !(r.losses[cfg.epochs] < 0.9*r.losses[0]) {
				t.Errorf("%v: %s goes from loss %v to %v", args, e.name, r.losses[0], r.losses[cfg.epochs])
			}
		}
	}
	learns("-optimizer", "all")
	for name := range schedules {
		learns("-optimizer", "Adam", "-schedule", name)
	}
}

// Every optimizer uses the learning rate and the schedule.
func TestRateAndSchedule(t *testing.T) {
	for _, e := range optimizers {
		move := func(rate, factor float64) float64 {
			opt, params := e.make(rate, optim.Constant(factor), []part{{2, 2}}), make([]float64, 4)
			for step := 0; step < 2 && params[0] == 0; step++ { // SOAP moves in step 2
				opt.Step(params, []float64{0.5, 0.1, 0.2, -0.3})
			}
			return -params[0]
		}
		full, half, none := move(0.02, 1), move(0.01, 1), move(0.02, 0)
		if !(full > 0) || math.Abs(half-full/2) > 1e-12 || none != 0 {
			t.Errorf("%s moves by %v, by %v at half the rate and by %v with a schedule of 0", e.name, full, half, none)
		}
	}
}

func TestSameSeedSameLoss(t *testing.T) {
	images := load()
	losses := func(seed string) []float64 {
		cfg := configure(t, "-optimizer", "Adam", "-epochs", "3", "-seed", seed)
		return train(cfg.optimizers[0], images, cfg).losses
	}
	first := losses("7")
	if again := losses("7"); !slices.Equal(first, again) {
		t.Errorf("losses %v, then %v with the same seed", first, again)
	}
	if other := losses("8"); slices.Equal(first, other) {
		t.Errorf("losses %v with both seeds", first)
	}
}

// A loss of 0, an infinite loss and NaN can be drawn.
func TestPlot(t *testing.T) {
	results := []result{
		{entry: optimizers[0], losses: []float64{2.3, 0.2, 0}},
		{entry: optimizers[1], losses: []float64{2.3, math.Inf(1), math.NaN()}},
	}
	count := picturetest.Pixels(t, func(file string) error { return drawLosses(file, results) })
	picturetest.Shows(t, count, 600, picture.Palette[:2]...)
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	if err := run(configure(t, "-optimizer", "SGD,lion,Rprop", "-rate", "0.001", "-epochs", "2"), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var rows []string
	for _, line := range lines[1:] {
		rows = append(rows, strings.Join(strings.Fields(line)[:4], " "))
		if utf8.RuneCountInString(line) != utf8.RuneCountInString(lines[0]) {
			t.Errorf("row and heading differ in length:\n%s", out.String())
		}
	}
	// Optimizer, rate, batch and steps. A batch of Rprop has all 1437 images.
	want := []string{"SGD 0.001 32 90", "Lion 0.001 32 90", "Rprop 0.001 1437 2"}
	if !slices.Equal(rows, want) {
		t.Errorf("rows %q, want %q", rows, want)
	}
}

func TestBadFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-optimizer Adam,Adm", "SGD,Momentum,Nesterov"},
		{"-schedule flat", "constant, cosine"},
		{"-rate -1", "-rate -1"},
		{"-rate NaN", "-rate NaN"},
		{"-rate Inf", "-rate +Inf"},
		{"-epochs 0", "-epochs 0"},
		{"-batch 0", "-batch 0"},
		{"-hidden 0", "-hidden 0"},
		{"-plot losses.svg", ".png"},
		{"Adam", `"Adam"`},
	} {
		if _, err := parse(strings.Fields(c.args)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %s", c.args, err, c.want)
		}
	}
}
