// Command parallel trains a network with gradients that several goroutines compute. It shows that
// the parameters have the same bits with any number of goroutines, and prints the time of a step.
//
//	go -C examples run ./parallel
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/network"
	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/floats"
)

const usage = `parallel trains a network on handwritten digits three times, and computes the gradients on 1, 2 and
4 goroutines. It prints the time of a step and a hash of the parameters, which is always the same.

`

const (
	units     = 128
	batchSize = 250
	steps     = 200
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("parallel: ")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	seed := flag.Uint64("seed", 1, "`seed` of the batches and the first parameters")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q", flag.Arg(0))
	}
	run(os.Stdout, *seed)
}

func run(out io.Writer, seed uint64) {
	fmt.Fprintf(out, "%d processors\ngoroutines  loss    ms/step  SHA-256 of the parameters (8 bytes)\n", runtime.GOMAXPROCS(0))
	for _, workers := range []int{1, 2, 4} {
		begin := time.Now()
		params, loss := train(workers, steps, seed)
		fmt.Fprintf(out, "%10d  %.4f  %7.2f  %x\n", workers, loss, time.Since(begin).Seconds()*1000/steps, sum(params))
	}
}

// train returns the parameters after a number of steps, and the loss on the last batch.
func train(workers, steps int, seed uint64) (params []float64, loss float64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	pixels, labels := digits.Load[float64]()
	g := newGradient(workers, pixels, labels, units)
	params = g.shares[0].net.Init(rng)
	grads := make([]float64, len(params))
	batches := optim.NewMiniBatch(optim.FiniteSum{N: len(labels), Grad: func(dst, x []float64, batch []int) {
		loss = g.compute(dst, x, batch)
	}}, batchSize, rng)
	opt := optim.NewAdam(0.003)
	for range steps {
		batches.Grad(grads, params)
		opt.Step(params, grads)
	}
	return params, loss
}

// gradient computes gradients on several goroutines. A batch is cut into shares. Their number does
// not depend on the number of goroutines, and their gradients are added in the order of the shares.
// So the sum has the same bits with any number of goroutines.
type gradient struct {
	workers int
	shares  [8]share
}

// share is a part of a batch.
type share struct {
	net   *network.Network // with a work space of its own
	grads []float64
	loss  float64
}

func newGradient(workers int, pixels []float64, labels []int, units int) *gradient {
	g := &gradient{workers: workers}
	for i := range g.shares {
		net := network.New(pixels, labels, units)
		g.shares[i] = share{net: net, grads: make([]float64, net.Weights()+net.Biases())}
	}
	return g
}

// compute writes the gradient of the mean loss on a batch to dst. It returns the loss.
func (g *gradient) compute(dst, params []float64, batch []int) (loss float64) {
	part := func(i int) []int {
		return batch[i*len(batch)/len(g.shares) : (i+1)*len(batch)/len(g.shares)]
	}
	var workers sync.WaitGroup
	for w := range g.workers {
		workers.Go(func() {
			for i := w; i < len(g.shares); i += g.workers {
				s := &g.shares[i]
				s.loss = s.net.Gradient(s.grads, params, part(i))
			}
		})
	}
	workers.Wait()
	clear(dst)
	for i, s := range g.shares {
		weight := float64(len(part(i))) / float64(len(batch))
		floats.AddScaled(dst, weight, s.grads)
		loss += weight * s.loss
	}
	return loss
}

// sum returns the first bytes of a hash of the bits of x.
func sum(x []float64) []byte {
	hash := sha256.New()
	binary.Write(hash, binary.LittleEndian, x)
	return hash.Sum(nil)[:8]
}
