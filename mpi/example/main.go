// Command example trains a classifier of handwritten digits in several processes. It saves a checkpoint
// every ten steps, and continues from it if there is one, with any number of processes.
//
//	mpirun -np 2 go run ./example
//
// As root in a container, mpirun needs --allow-run-as-root and --oversubscribe. To see what happens
// when a process is killed, and that the next run continues to the same bits:
//
//	mpirun -np 2 go run ./example -die 1 -after 1s
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"example.com/optim"
	"example.com/optim/internal/digits"
	"example.com/optim/mpi"
)

const (
	batch  = 64  // images of a step, shared by the processes
	every  = 10  // steps from one checkpoint to the next
	hidden = 256 // units of the layer between the pixels and the digits
	first  = hidden * (digits.Pixels + 1)
	n      = first + digits.Classes*(hidden+1) // parameters
)

var (
	checkpoint = flag.String("checkpoint", "digits.run", "the checkpoint")
	steps      = flag.Int("steps", 500, "steps of the whole run")
	die        = flag.Int("die", -1, "rank of a process that is killed, to try out a crash")
	after      = flag.Duration("after", 0, "time until it is killed")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := mpi.Run(train); err != nil {
		log.Fatal(err)
	}
}

func train(comm optim.Comm) error {
	if comm.Rank() == *die {
		time.AfterFunc(*after, func() {
			self, _ := os.FindProcess(os.Getpid())
			self.Kill()
		})
	}
	params, grads, step, source := start(), make([]float64, n), 0, rand.NewPCG(1, 2)
	opt := optim.NewSharded(optim.NewChain(optim.NewAdamW(0.002, 1e-3), optim.NewClipNorm(1)), comm)
	if _, err := os.Stat(*checkpoint); err == nil {
		if err := opt.LoadFile(*checkpoint, params, &step, source); err != nil {
			return err
		}
	}
	if comm.Rank() == 0 && step > 0 {
		fmt.Printf("continues after step %d\n", step)
	}
	images, rng := load(), rand.New(source) // the same numbers in all processes
	for step < *steps {
		loss := []float64{gradient(grads, params, images, rng, comm)}
		opt.Step(params, grads)
		step++
		if step%every == 0 {
			if err := opt.SaveFile(*checkpoint, params, &step, source); err != nil {
				return err
			}
		}
		if step%100 == 0 {
			comm.AllReduce(loss)
			if comm.Rank() == 0 {
				fmt.Printf("step %4d  loss %.4f\n", step, loss[0]/float64(comm.Size()))
			}
		}
	}
	if comm.Rank() == 0 {
		fmt.Printf("%.1f%% of the images are right; the parameters have the checksum %08x\n", 100*right(params, images), checksum(params))
	}
	return nil
}

// image is the pixels of one image, from 0 to 1, and its digit.
type image struct {
	pixels []float64
	digit  int
}

func load() (images []image) {
	pixels, labels := digits.Load[float64]()
	for i, digit := range labels {
		images = append(images, image{pixels[i*digits.Pixels : (i+1)*digits.Pixels], digit})
	}
	return images
}

// start returns random weights, the same in all processes. The weights of a unit are followed by its
// constant term.
func start() []float64 {
	params, rng := make([]float64, n), rand.New(rand.NewPCG(3, 4))
	for i := range params {
		params[i] = rng.NormFloat64() / 16
	}
	return params
}

// gradient sets grads to the gradient of the cross-entropy over the part of a random batch that this
// process has, and returns the loss. The mean over the processes is the mean over the batch.
func gradient(grads, params []float64, images []image, rng *rand.Rand, comm optim.Comm) (loss float64) {
	clear(grads)
	share := float64(comm.Size()) / batch // of an image
	for i := range batch {
		img := &images[rng.IntN(len(images))]
		if i%comm.Size() != comm.Rank() {
			continue
		}
		h, p := forward(params, img.pixels)
		loss -= share * math.Log(p[img.digit])
		p[img.digit]--
		var back [hidden]float64
		for k, e := range p {
			weights := params[first+k*(hidden+1):][:hidden]
			for j, w := range weights {
				back[j] += e * w
			}
			add(grads[first+k*(hidden+1):], h[:], share*e)
		}
		for j, e := range back {
			add(grads[j*(digits.Pixels+1):], img.pixels, share*e*(1-h[j]*h[j]))
		}
	}
	return loss
}

// forward returns the values of the hidden units and the probabilities of the digits.
func forward(params, pixels []float64) (h [hidden]float64, p [digits.Classes]float64) {
	for j := range h {
		h[j] = math.Tanh(sum(params[j*(digits.Pixels+1):], pixels))
	}
	top, total := math.Inf(-1), 0.0
	for k := range p {
		p[k] = sum(params[first+k*(hidden+1):], h[:])
		top = max(top, p[k])
	}
	for k := range p {
		p[k] = math.Exp(p[k] - top)
		total += p[k]
	}
	for k := range p {
		p[k] /= total
	}
	return h, p
}

// sum returns the input of a unit: the weighted sum of x and the constant term.
func sum(weights, x []float64) float64 {
	s := weights[len(x)]
	for i, v := range x {
		s += weights[i] * v
	}
	return s
}

// add adds e times the gradient of sum to grads.
func add(grads, x []float64, e float64) {
	for i, v := range x {
		grads[i] += e * v
	}
	grads[len(x)] += e
}

// right returns the share of the images whose digit has the largest probability.
func right(params []float64, images []image) float64 {
	count := 0.0
	for _, img := range images {
		_, p := forward(params, img.pixels)
		if slices.Index(p[:], slices.Max(p[:])) == img.digit {
			count++
		}
	}
	return count / float64(len(images))
}

func checksum(params []float64) uint32 {
	h := crc32.NewIEEE()
	binary.Write(h, binary.LittleEndian, params)
	return h.Sum32()
}
