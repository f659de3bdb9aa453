// Command digits trains a small neural network on 1,797 handwritten digits with each first-order
// optimizer in turn. It prints the test accuracy, the training loss and the time of a step. A picture
// of five runs with each optimizer, which takes about a minute:
//
//	go -C examples run ./digits -seeds 5 -plot losses.png
//
// The flag -h lists the other flags.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/progress"
	"gonum.org/v1/gonum/stat"
)

type config struct {
	optimizers            []entry
	rate                  float64 // 0 for the rates of the optimizers
	schedule              string
	epochs, batch, hidden int
	seed                  uint64 // of the first run; the others have the following ones
	seeds                 int
}

var defaults = config{optimizers: optimizers, schedule: "constant", epochs: 30, batch: 32, hidden: 32, seed: 1, seeds: 1}

// result holds the runs with an optimizer, one for each seed.
type result struct {
	entry
	batch, steps int
	runs         []course
}

type course struct {
	losses       []float64     // on the training set, before the first epoch and after each
	accuracy     float64       // on the test set
	stepTime     time.Duration // of all steps
	gradientTime time.Duration // of all gradients
}

func main() {
	cfg := defaults
	flag.Func("optimizer", "`names` separated by commas (default all): "+optimizerNames(), func(names string) (err error) {
		cfg.optimizers, err = findOptimizers(names)
		return err
	})
	flag.Func("schedule", "`name` of the schedule of the learning rate (default constant): "+scheduleNames(), func(name string) error {
		cfg.schedule = name
		if schedules[name] == nil {
			return fmt.Errorf("want one of %s", scheduleNames())
		}
		return nil
	})
	rate := picture.Positive("rate", cfg.rate, "learning `rate` of every optimizer (default: a rate for each, found by trial)")
	epochs := picture.Count("epochs", cfg.epochs, "`number` of passes over the training set")
	batch := picture.Count("batch", cfg.batch, "`number` of images in a mini-batch")
	hidden := picture.Count("hidden", cfg.hidden, "`number` of units in the hidden layer")
	seeds := picture.Count("seeds", cfg.seeds, "`number` of runs with each optimizer, each with another seed")
	flag.Uint64Var(&cfg.seed, "seed", cfg.seed, "first `seed` of the split, the initial weights and the batches")
	picture.Main("digits trains a small network on handwritten digits with each first-order optimizer in turn.", func(out io.Writer, file string) error {
		cfg.rate, cfg.epochs, cfg.batch, cfg.hidden, cfg.seeds = *rate, *epochs, *batch, *hidden, *seeds
		return run(out, file, cfg)
	})
}

// run trains with each optimizer and prints a row after each.
func run(out io.Writer, file string, cfg config) error {
	images := load()
	bar := progress.New(len(cfg.optimizers) * cfg.seeds * cfg.epochs)
	fmt.Fprintf(out, "seeds: %d; accuracy: mean ± standard deviation; loss: median\n", cfg.seeds)
	fmt.Fprintln(out, "optimizer            rate  batch  steps  test accuracy  training loss  Step µs  gradient+Step µs")
	var results []result
	for _, e := range cfg.optimizers {
		r := trainAll(e, images, cfg, bar)
		bar.Clear()
		mean := func(of func(course) float64) float64 { return stat.Mean(r.each(of), nil) }
		step := mean(func(c course) float64 { return c.stepTime.Seconds() * 1e6 / float64(r.steps) })
		gradient := mean(func(c course) float64 { return c.gradientTime.Seconds() * 1e6 / float64(r.steps) })
		accuracies := r.each(func(c course) float64 { return 100 * c.accuracy })
		_, _, last := r.spread(cfg.epochs)
		fmt.Fprintf(out, "%-17s  %6g  %5d  %5d  %4.1f ± %4.1f %%  %13.2g  %7.2f  %16.0f\n",
			r.name, r.rate, r.batch, r.steps, stat.Mean(accuracies, nil), stat.PopStdDev(accuracies, nil), last, step, gradient+step)
		results = append(results, r)
	}
	if file == "" {
		return nil
	}
	return draw(file, results, cfg.rate == 0)
}

// each returns a number of each run.
func (r result) each(of func(course) float64) []float64 {
	var values []float64
	for _, c := range r.runs {
		values = append(values, of(c))
	}
	return values
}

// spread returns the least, the largest and the median loss of the runs after an epoch. For an even
// number of runs the median is the larger one of the two in the middle.
func (r result) spread(epoch int) (least, most, median float64) {
	losses := r.each(func(c course) float64 { return c.losses[epoch] })
	slices.Sort(losses)
	return losses[0], losses[len(losses)-1], losses[len(losses)/2]
}

// trainAll trains with one optimizer and each seed.
func trainAll(e entry, images dataset, cfg config, bar *progress.Bar) result {
	if cfg.rate > 0 {
		e.rate = cfg.rate
	}
	training, _ := images.split(share, rand.New(rand.NewPCG(cfg.seed, 0)))
	r := result{entry: e, batch: min(cfg.batch, training.len())}
	if e.full {
		r.batch = training.len()
	}
	r.steps = cfg.epochs * ((training.len() + r.batch - 1) / r.batch)
	for i := range cfg.seeds {
		r.runs = append(r.runs, train(r, images, cfg, cfg.seed+uint64(i), bar))
	}
	return r
}

const share = 0.8 // of the images for training

// train trains with one optimizer. The seed determines all random numbers, so every optimizer starts
// with the same weights and gets the same batches.
func train(r result, images dataset, cfg config, seed uint64, bar *progress.Bar) course {
	rng := rand.New(rand.NewPCG(seed, 0))
	training, test := images.split(share, rng)
	net := newNetwork(cfg.hidden, rng)
	opt := r.make(r.rate, schedules[cfg.schedule](r.steps), net.parts())
	c := course{losses: []float64{net.loss(training)}}
	for range cfg.epochs {
		training.shuffle(rng)
		for lo := 0; lo < training.len(); lo += r.batch {
			start := time.Now()
			net.gradient(training.slice(lo, min(lo+r.batch, training.len())))
			ready := time.Now()
			opt.Step(net.params, net.grads)
			c.stepTime += time.Since(ready)
			c.gradientTime += ready.Sub(start)
		}
		loss := net.loss(training)
		c.losses = append(c.losses, loss)
		bar.Add(1, fmt.Sprintf("%-17s loss %.2g", r.name, loss))
	}
	c.accuracy = net.accuracy(test)
	return c
}
