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
	"example.com/optim/examples/internal/program"
	"example.com/optim/examples/internal/progress"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
)

func TestMain(m *testing.M) { program.Main(m, main) }

// configure returns the defaults, with some of the optimizers, one seed and the given number of epochs.
func configure(t *testing.T, names string, epochs int) config {
	t.Helper()
	cfg := defaults
	var err error
	cfg.optimizers, err = findOptimizers(names)
	if err != nil {
		t.Fatal(err)
	}
	cfg.epochs, cfg.seeds = epochs, 1
	return cfg
}

// trainOne trains with one optimizer and returns the first run.
func trainOne(e entry, images dataset, cfg config) course {
	return trainAll(e, images, cfg, progress.New(cfg.seeds*cfg.epochs)).runs[0]
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
	cfg := configure(t, "adam", 6)
	if r := trainOne(cfg.optimizers[0], load(), cfg); !(r.accuracy > 0.93) {
		t.Errorf("test accuracy %.3f, want above 0.93", r.accuracy)
	}
}

func TestAllLearn(t *testing.T) {
	images := load()
	learns := func(cfg config) {
		for _, e := range cfg.optimizers {
			if r := trainOne(e, images, cfg); !(r.losses[cfg.epochs] < 0.9*r.losses[0]) {
				t.Errorf("%s, %s: goes from loss %v to %v", e.name, cfg.schedule, r.losses[0], r.losses[cfg.epochs])
			}
		}
	}
	learns(configure(t, "all", 5))
	for name := range schedules {
		cfg := configure(t, "Adam", 5)
		cfg.schedule = name
		learns(cfg)
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
		if !(full > 0) || !(math.Abs(half-full/2) <= 1e-12) || none != 0 {
			t.Errorf("%s moves by %v, by %v at half the rate and by %v with a schedule of 0", e.name, full, half, none)
		}
	}
}

func TestSameSeedSameLoss(t *testing.T) {
	images := load()
	losses := func(seed uint64) []float64 {
		cfg := configure(t, "Adam", 3)
		cfg.seed = seed
		return trainOne(cfg.optimizers[0], images, cfg).losses
	}
	first := losses(7)
	if again := losses(7); !slices.Equal(first, again) {
		t.Errorf("losses %v, then %v with the same seed", first, again)
	}
	other := losses(8)
	if slices.Equal(first, other) {
		t.Errorf("losses %v with both seeds", first)
	}

	// Two runs from seed 7 on have the seeds 7 and 8.
	cfg := configure(t, "Adam", 3)
	cfg.seed, cfg.seeds = 7, 2
	r := trainAll(cfg.optimizers[0], images, cfg, progress.New(6))
	if !slices.Equal(r.runs[0].losses, first) || !slices.Equal(r.runs[1].losses, other) {
		t.Errorf("losses %v and %v, want %v and %v", r.runs[0].losses, r.runs[1].losses, first, other)
	}
}

func TestSpread(t *testing.T) {
	var r result
	for _, loss := range []float64{5, 1, 4, 2, 30} {
		r.runs = append(r.runs, course{losses: []float64{9, loss}})
	}
	if least, most, median := r.spread(1); least != 1 || most != 30 || median != 4 {
		t.Errorf("%v to %v, median %v, want 1 to 30, median 4", least, most, median)
	}
}

// A loss of 0, an infinite loss and NaN can be drawn. Runs that differ have a band.
func TestPlot(t *testing.T) {
	results := []result{
		{entry: optimizers[0], runs: []course{{losses: []float64{2.3, 0.2, 0}}, {losses: []float64{2.3, 2e-9, 0}}}},
		{entry: optimizers[1], runs: []course{{losses: []float64{2.3, math.Inf(1), math.NaN()}}, {losses: []float64{2.3, 1, 1}}}},
	}
	count := picturetest.Pixels(t, func(file string) error { return draw(file, results, true) })
	picturetest.Shows(t, count, 400, picture.Vermillion)
	picturetest.Shows(t, count, 3000, picture.Pale)
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	cfg := configure(t, "SGD,lion,Rprop", 2)
	cfg.rate = 0.001
	if err := run(&out, "", cfg); err != nil {
		t.Fatal(err)
	}
	about, table, _ := strings.Cut(out.String(), "\n")
	if !strings.Contains(about, "seeds: 1;") {
		t.Errorf("%q does not name the number of seeds", about)
	}
	lines := strings.Split(strings.TrimSpace(table), "\n")
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
		{"-rate -1", "flag -rate: want"},
		{"-seeds 0", "flag -seeds: want"},
		{"-plot losses.svg", ".png"},
		{"Adam", `"Adam"`},
	} {
		child := program.Command(strings.Fields(c.args)...)
		output, err := child.CombinedOutput()
		if child.ProcessState.ExitCode() != 2 || !strings.Contains(string(output), c.want) {
			t.Errorf("%s: %v, output %q, want %s", c.args, err, output, c.want)
		}
	}
}
