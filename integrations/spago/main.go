// Command spago trains a network of spago's on handwritten digits with AdamW, clipping, no
// decay of the biases, and a checkpoint after each epoch. The optimizer reads and writes the float32
// memory of spago's tensors.
//
//	go -C integrations/spago run .
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/rand/v2"
	"os"

	"example.com/optim"
)

const usage = `spago trains a network of spago's on handwritten digits. It writes a checkpoint after each epoch,
and continues from the checkpoint if there is one.

`

const (
	batchSize      = 32
	trainingImages = 1440 // the other 357 are for testing
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("spago: ")
	epochs := flag.Int("epochs", 10, "`number` of epochs")
	file := flag.String("checkpoint", "digits.checkpoint", "`file` of the checkpoint")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q", flag.Arg(0))
	}
	if err := train(os.Stdout, *epochs, *file); err != nil {
		log.Fatal(err)
	}
}

func train(out io.Writer, epochs int, file string) error {
	pcg := rand.NewPCG(1, 0)
	rng := rand.New(pcg)
	net := newNetwork(rng)
	batches := optim.NewMiniBatch(optim.FiniteSum{N: trainingImages}, batchSize, rng)

	weight := func(i int) bool { return net.params[i].Shape()[1] > 1 } // a bias is a column
	tensors, groups := optim.SplitTensors(net.tensors, weight, optim.NewAdamW(0.01, 0.01), optim.NewAdam(0.01))
	opt := optim.NewChain(groups, optim.NewClipNorm(1))
	err := optim.LoadFile(file, nil, opt, tensors, batches, pcg)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for batches.Epoch() < epochs {
		for batch := range batches.Batches() {
			if err := net.gradient(batch); err != nil {
				return err
			}
			tensors.Step(opt)
		}
		if err := optim.SaveFile(file, nil, opt, tensors, batches, pcg); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "%d epochs, test accuracy %.1f %%\n", batches.Epoch(), 100*net.accuracy(trainingImages))
	return err
}
