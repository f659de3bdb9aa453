// Command matrix trains a network of two layers on handwritten digits, with AdamW and with two rules
// that treat the weights of a layer as a matrix: Muon and SOAP. It prints the steps and the seconds
// that each needs until the loss on the training set is 0.01, as the mean and the standard deviation
// over ten seeds.
//
//	go -C examples run ./matrix -plot matrix.png
//
// The rate of each rule is the best one of the same search: -search prints the mean number of steps
// for each rate, on three other seeds.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/network"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/progress"
	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/stat"
)

const (
	units      = 64   // of the hidden layer
	images     = 1437 // of the training set; the other 360 are for the test
	batch      = 128
	goal       = 0.01 // the loss at which a run ends
	stride     = 2    // steps from one evaluation of the loss to the next
	limit      = 1000 // steps of a run that does not reach the goal
	biasesRate = 0.05 // of AdamW where another rule has the weights: the best rate of AdamW
)

// method is a rule, the rate that the search found, and an optimizer of all parameters: the weights of
// both layers, then all biases.
type method struct {
	name string
	rate float64
	make func(rate float64, n *network.Network) optim.Optimizer
}

var methods = []method{
	{"AdamW", 0.05, func(rate float64, _ *network.Network) optim.Optimizer { return optim.NewAdamW(rate, 0) }},
	{"Muon", 0.2, func(rate float64, n *network.Network) optim.Optimizer {
		return groups(n, func(rows, cols int) optim.Optimizer { return optim.NewMuon(rate, rows, cols) })
	}},
	{"SOAP", 0.1, func(rate float64, n *network.Network) optim.Optimizer {
		return groups(n, func(rows, cols int) optim.Optimizer { return optim.NewSOAP(rate, rows, cols) })
	}},
}

// rates are those of the search.
var rates = []float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5}

// groups returns one optimizer for each matrix of weights, and AdamW for the biases.
func groups(n *network.Network, matrix func(rows, cols int) optim.Optimizer) optim.Optimizer {
	return optim.Groups{
		{Len: units * digits.Pixels, Optimizer: matrix(units, digits.Pixels)},
		{Len: digits.Classes * units, Optimizer: matrix(digits.Classes, units)},
		{Len: n.Biases(), Optimizer: optim.NewAdamW(biasesRate, 0)},
	}
}

// trial is a run until the goal. The seconds are those of gradients and steps, without the evaluations
// of the loss.
type trial struct {
	steps    int
	seconds  float64
	reached  bool
	accuracy float64 // on the test set
	curve    []point
}

// point is the loss on the training set after a number of steps.
type point struct {
	steps         int
	seconds, loss float64
}

func main() {
	seeds := picture.Count("seeds", 10, "`number` of runs with each rule")
	search := flag.Bool("search", false, "print the mean number of steps for each rate, and end")
	picture.Main("matrix trains a small network with AdamW, Muon and SOAP, and compares steps and seconds to the same loss.", func(out io.Writer, file string) error {
		if *search && file != "" {
			return errors.New("-search draws no picture")
		}
		if *search {
			return tabulate(out, 3)
		}
		return run(out, file, *seeds)
	})
}

// run prints a row for each rule, and draws the losses.
func run(out io.Writer, file string, seeds int) error {
	bar := progress.New(len(methods) * seeds)
	results := make([][]trial, len(methods))
	for seed := range seeds { // the rules in turn, so that other work of the machine slows all of them
		for i, m := range methods {
			results[i] = append(results[i], train(m, m.rate, uint64(seed)))
			bar.Add(1, "training")
		}
	}
	fmt.Fprintf(out, "steps and seconds until the training loss is %g: mean and standard deviation over %d seeds\n\n", goal, seeds)
	fmt.Fprintln(out, "rule    rate         steps          seconds  ms a step  test accuracy  reached")
	for i, m := range methods {
		steps, deviation := spread(results[i], func(t trial) float64 { return float64(t.steps) })
		seconds, secondsDeviation := spread(results[i], func(t trial) float64 { return t.seconds })
		accuracy, _ := spread(results[i], func(t trial) float64 { return t.accuracy })
		fmt.Fprintf(out, "%-6s  %4g  %5.0f ± %4.0f  %6.3f ± %6.3f  %9.2f  %11.1f %%  %3d/%d\n", m.name, m.rate,
			steps, deviation, seconds, secondsDeviation, 1e3*seconds/steps, 100*accuracy, reached(results[i]), seeds)
	}
	if file == "" {
		return nil
	}
	return draw(file, results)
}

// tabulate prints the mean number of steps for each rule and rate, over seeds that run does not use by
// default. A run that does not reach the goal counts with the limit.
func tabulate(out io.Writer, seeds int) error {
	bar := progress.New(len(methods) * len(rates))
	fmt.Fprint(out, "rate  ")
	for _, rate := range rates {
		fmt.Fprintf(out, "%7g", rate)
	}
	for _, m := range methods {
		fmt.Fprintf(out, "\n%-6s", m.name)
		for _, rate := range rates {
			var trials []trial
			for seed := range seeds {
				trials = append(trials, train(m, rate, uint64(1000+seed)))
			}
			steps, _ := spread(trials, func(t trial) float64 { return float64(t.steps) })
			fmt.Fprintf(out, "%7.0f", steps)
			bar.Add(1, "searching")
		}
	}
	fmt.Fprintln(out)
	return nil
}

// train takes steps until the loss on the training set is at most the goal. The seed determines the
// training set, the first weights and the batches, so they are the same for all rules.
func train(m method, rate float64, seed uint64) trial {
	rng := rand.New(rand.NewPCG(seed, 1))
	pixels, labels := digits.Load[float64]()
	digits.Shuffle(rng, pixels, labels)
	net := network.New(pixels, labels, units)
	params := net.Init(rng)
	grads := make([]float64, len(params))
	opt := m.make(rate, net)
	order := make([]int, len(labels))
	for i := range order {
		order[i] = i
	}
	training, test := order[:images], order[images:]
	everyImage := slices.Clone(training)

	t := trial{curve: []point{{loss: net.Loss(params, everyImage)}}}
	for next := images; t.steps < limit && !t.reached; next += batch {
		if next+batch > images {
			rng.Shuffle(images, func(i, j int) { training[i], training[j] = training[j], training[i] })
			next = 0
		}
		start := time.Now()
		net.Gradient(grads, params, training[next:next+batch])
		opt.Step(params, grads)
		t.seconds += time.Since(start).Seconds()
		t.steps++
		if t.steps%stride == 0 {
			loss := net.Loss(params, everyImage)
			t.curve = append(t.curve, point{t.steps, t.seconds, loss})
			t.reached = loss <= goal
		}
	}
	t.accuracy = net.Accuracy(params, test)
	return t
}

// spread returns the mean and the standard deviation of a number of each trial. The deviation of one
// trial is 0.
func spread(trials []trial, of func(t trial) float64) (mean, deviation float64) {
	values := make([]float64, len(trials))
	for i, t := range trials {
		values[i] = of(t)
	}
	mean, deviation = stat.MeanStdDev(values, nil)
	if math.IsNaN(deviation) {
		deviation = 0
	}
	return mean, deviation
}

func reached(trials []trial) (count int) {
	for _, t := range trials {
		if t.reached {
			count++
		}
	}
	return count
}

// middle returns the trial with the median number of steps.
func middle(trials []trial) trial {
	sorted := slices.Clone(trials)
	slices.SortFunc(sorted, func(a, b trial) int { return cmp.Compare(a.steps, b.steps) })
	return sorted[len(sorted)/2]
}
