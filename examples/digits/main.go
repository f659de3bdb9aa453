// Command digits trains a small neural network on 1,797 handwritten digits with each first-order
// optimizer in turn. For each it prints the test accuracy, the training loss and the time of a
// step.
//
//	go -C examples run ./digits -plot losses.png
//
// The picture is written to examples/losses.png. The flag -h lists the other flags.
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

type config struct {
	optimizers            []entry
	rate                  float64
	schedule              string
	epochs, batch, hidden int
	seed                  uint64
	plot                  string
}

type result struct {
	entry
	batch, steps int
	losses       []float64     // on the training set, before the first epoch and after each
	accuracy     float64       // on the test set
	stepTime     time.Duration // of all steps
	gradientTime time.Duration // of all gradients
}

func main() {
	cfg, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "digits:", err)
		os.Exit(2)
	}
	if err := run(cfg, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "digits:", err)
		os.Exit(1)
	}
}

func parse(args []string) (config, error) {
	var cfg config
	flags := flag.NewFlagSet("digits", flag.ExitOnError)
	names := flags.String("optimizer", "all", "`names` separated by commas, or all: "+optimizerNames())
	flags.Float64Var(&cfg.rate, "rate", 0, "learning rate; 0 means a suitable rate for each optimizer")
	flags.StringVar(&cfg.schedule, "schedule", "constant", "`name` of the schedule of the learning rate: "+scheduleNames())
	flags.IntVar(&cfg.epochs, "epochs", 30, "number of passes over the training set")
	flags.IntVar(&cfg.batch, "batch", 32, "number of images in a mini-batch")
	flags.IntVar(&cfg.hidden, "hidden", 32, "number of units in the hidden layer")
	flags.Uint64Var(&cfg.seed, "seed", 1, "seed of the split, the initial weights and the batches")
	flags.StringVar(&cfg.plot, "plot", "", "draw the loss curves to this PNG `file`")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "digits trains a small network on handwritten digits with each first-order optimizer in turn.\n\n")
		flags.PrintDefaults()
	}
	flags.Parse(args)

	var err error
	cfg.optimizers, err = findOptimizers(*names)
	switch {
	case err != nil:
		return cfg, err
	case schedules[cfg.schedule] == nil:
		return cfg, fmt.Errorf("unknown schedule %q, want one of %s", cfg.schedule, scheduleNames())
	case !(cfg.rate >= 0) || math.IsInf(cfg.rate, 1):
		return cfg, fmt.Errorf("-rate %v, want a finite number, at least 0", cfg.rate)
	case cfg.epochs < 1 || cfg.batch < 1 || cfg.hidden < 1:
		return cfg, fmt.Errorf("-epochs %d -batch %d -hidden %d, want at least 1 of each", cfg.epochs, cfg.batch, cfg.hidden)
	case cfg.plot != "" && filepath.Ext(cfg.plot) != ".png":
		return cfg, fmt.Errorf("-plot %s, want a name that ends in .png", cfg.plot)
	case flags.NArg() > 0:
		return cfg, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return cfg, nil
}

// run trains with each optimizer and prints a row after each.
func run(cfg config, out io.Writer) error {
	images := load()
	fmt.Fprintln(out, "optimizer            rate  batch  steps  test accuracy  training loss  Step µs  gradient+Step µs")
	var results []result
	for _, e := range cfg.optimizers {
		r := train(e, images, cfg)
		micros := func(total time.Duration) float64 { return total.Seconds() * 1e6 / float64(r.steps) }
		fmt.Fprintf(out, "%-17s  %6g  %5d  %5d  %11.1f %%  %13.2g  %7.2f  %16.0f\n",
			r.name, r.rate, r.batch, r.steps, 100*r.accuracy, r.losses[cfg.epochs], micros(r.stepTime), micros(r.gradientTime+r.stepTime))
		results = append(results, r)
	}
	if cfg.plot == "" {
		return nil
	}
	return drawLosses(cfg.plot, results)
}

// train trains with one optimizer. The seed determines all random numbers, so every optimizer
// starts with the same weights and gets the same batches.
func train(e entry, images dataset, cfg config) result {
	rng := rand.New(rand.NewPCG(cfg.seed, 0))
	training, test := images.split(0.8, rng)
	net := newNetwork(cfg.hidden, rng)

	batch := min(cfg.batch, training.len())
	if e.full {
		batch = training.len()
	}
	if cfg.rate > 0 {
		e.rate = cfg.rate
	}
	steps := cfg.epochs * ((training.len() + batch - 1) / batch)
	opt := e.make(e.rate, schedules[cfg.schedule](steps), net.parts())

	r := result{entry: e, batch: batch, steps: steps, losses: []float64{net.loss(training)}}
	bar := progressbar.NewOptions(cfg.epochs,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))),
		progressbar.OptionClearOnFinish())
	for epoch := range cfg.epochs {
		bar.Describe(fmt.Sprintf("%-17s loss %.2g", e.name, r.losses[epoch]))
		training.shuffle(rng)
		for lo := 0; lo < training.len(); lo += batch {
			start := time.Now()
			net.gradient(training.slice(lo, min(lo+batch, training.len())))
			ready := time.Now()
			opt.Step(net.params, net.grads)
			r.stepTime += time.Since(ready)
			r.gradientTime += ready.Sub(start)
		}
		r.losses = append(r.losses, net.loss(training))
		bar.Add(1)
	}
	r.accuracy = net.accuracy(test)
	return r
}
