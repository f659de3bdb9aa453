// Command train is a complete training run. It may be killed at any moment, and the same command
// continues it to the same bits. Copy main.go, and replace model.go by a model of your own.
//
//	go -C examples run ./train
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/optim"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const usage = `train trains a network on handwritten digits with AdamW, a warm-up and a cosine, clipping, no decay
of the biases, an exponential average and early stopping. It may be killed at any moment, and the
same command continues the run. The folder of the run is relative to the working directory, which is
examples after go -C examples run. It has these files:

  checkpoint  the whole state, written every 50 steps, and at SIGINT and SIGTERM
  best        the averaged parameters with the lowest validation loss
  log.csv     a line for each step

`

const (
	steps     = 4000 // of the schedule
	warmup    = 200
	batchSize = 32
	interval  = 50 // steps from one evaluation and checkpoint to the next
	patience  = 10 // evaluations without a lower validation loss that end the run
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("train: ")
	folder := flag.String("folder", "run", "`folder` of the run")
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage); flag.PrintDefaults() }
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q", flag.Arg(0))
	}
	check(os.MkdirAll(*folder, 0o777))
	check(os.Chdir(*folder))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	train(ctx)
}

func train(ctx context.Context) {
	generator := rand.NewPCG(1, 2) // its state is in the checkpoint
	rng := rand.New(generator)
	model, params := newModel(rng)
	grads := make([]float64, len(params))
	batches := optim.NewMiniBatch(model.trainingLoss(), batchSize, rng)

	weights, biases := optim.NewAdamW(0.01, 0.1), optim.NewAdam(0.01)
	weights.Schedule = optim.Warmup(warmup, optim.Cosine(steps-warmup, 0.01))
	biases.Schedule = weights.Schedule
	groups := optim.Groups{{Len: model.Weights(), Optimizer: weights}, {Len: model.Biases(), Optimizer: biases}}
	clip := optim.NewClipNorm(1)
	opt := optim.NewExponentialAverage(optim.NewChain(groups, clip), 0.98)

	step, stale, logged := 0, 0, 0               // steps, evaluations since the best one, bytes of the log
	validation, best := math.Inf(1), math.Inf(1) // losses of the last and of the best evaluation
	more := []any{generator, batches, &step, &stale, &logged, &validation, &best}
	err := optim.LoadFile("checkpoint", params, opt, more...) // restores learning rates and batch size, too
	if !errors.Is(err, fs.ErrNotExist) {
		check(err)
	}
	csv := openLog(&logged)
	bar := progressbar.NewOptions(steps, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false)) // both are in the description
	start, first := time.Now(), step
	for step < steps && stale < patience {
		begin := time.Now()
		batches.Grad(grads, params)
		opt.Step(params, grads)
		step++
		speed := batchSize / time.Since(begin).Seconds()

		evaluate, interrupted := step%interval == 0 || step == steps, ctx.Err() != nil
		if evaluate {
			opt.Swap(params)
			validation = model.validationLoss(params)
			stale++
			if validation < best {
				best, stale = validation, 0
				check(optim.SaveFile("best", params, nil))
			}
			opt.Swap(params)
		}
		n, err := fmt.Fprintf(csv, "%d,%v,%v,%v,%v,%.0f\n", step, model.loss, validation, weights.Rate(), clip.Norm(), speed)
		check(err)
		logged += n
		if evaluate || interrupted {
			check(csv.Sync()) // the steps of a checkpoint must be in the log
			check(optim.SaveFile("checkpoint", params, opt, more...))
		}
		if interrupted {
			bar.Clear()
			log.Fatalf("interrupted after step %d; the same command continues the run", step)
		}
		elapsed := time.Since(start)
		left := elapsed / time.Duration(step-first) * time.Duration(steps-step)
		bar.Describe(fmt.Sprintf("loss %.3f, elapsed %v, left %v", model.loss, elapsed.Round(time.Second), left.Round(time.Second)))
		bar.Set(step)
	}
	bar.Clear()
	check(optim.LoadFile("best", params, nil))
	fmt.Printf("%d steps, validation loss %.4f, test accuracy %.1f %%\n", step, best, 100*model.testAccuracy(params))
}

// openLog opens the log and removes what was written after the checkpoint.
func openLog(logged *int) *os.File {
	csv, err := os.OpenFile("log.csv", os.O_WRONLY|os.O_CREATE, 0o666)
	check(err)
	size, err := csv.Seek(0, io.SeekEnd)
	check(err)
	if size < int64(*logged) {
		log.Fatalf("log.csv has %d bytes, and had %d at the checkpoint", size, *logged)
	}
	check(csv.Truncate(int64(*logged)))
	_, err = csv.Seek(0, io.SeekEnd)
	check(err)
	if *logged == 0 {
		*logged, err = fmt.Fprintln(csv, "step,loss,validation loss,rate,gradient norm,samples/s")
		check(err)
	}
	return csv
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
