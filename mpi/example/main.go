// Command example trains a classifier of handwritten digits in several processes. It saves a checkpoint
// every ten steps, and continues from it if there is one, with any number of processes.
//
//	go build -o example ./example
//	mpirun -np 2 ./example -data ../examples/digits/digits.csv.gz
//
// As root in a container, mpirun needs --allow-run-as-root and --oversubscribe.
package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"example.com/optim"
	"example.com/optim/mpi"
)

const (
	pixels  = 64
	classes = 10
	batch   = 64 // images of a step, shared by the processes
	every   = 10 // steps from one checkpoint to the next
)

var (
	data       = flag.String("data", "../examples/digits/digits.csv.gz", "the images, one a line")
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

// image is the pixels of one image, from 0 to 1, and its digit.
type image struct {
	pixels [pixels]float64
	digit  int
}

func train(comm optim.Comm) error {
	if comm.Rank() == *die {
		time.AfterFunc(*after, func() {
			self, _ := os.FindProcess(os.Getpid())
			self.Kill()
		})
	}
	images, err := load(*data)
	if err != nil {
		return err
	}
	n := classes * (pixels + 1)
	params, grads, step, source := make([]float64, n), make([]float64, n), 0, rand.NewPCG(1, 2)
	opt := optim.NewSharded(optim.NewChain(optim.NewAdamW(0.02, 1e-3), optim.NewClipNorm(1)), comm)
	err = opt.LoadFile(*checkpoint, params, &step, source)
	if _, none := os.Stat(*checkpoint); err != nil && !errors.Is(none, fs.ErrNotExist) {
		return err
	}
	if comm.Rank() == 0 && step > 0 {
		fmt.Printf("continues after step %d\n", step)
	}
	rng := rand.New(source) // the same in all processes
	for step < *steps {
		loss := gradient(grads, params, images, rng, comm)
		opt.Step(params, grads)
		step++
		if step%every == 0 {
			if err := opt.SaveFile(*checkpoint, params, &step, source); err != nil {
				return err
			}
		}
		if step%100 == 0 {
			mean := []float64{loss / float64(comm.Size())}
			comm.AllReduce(mean)
			if comm.Rank() == 0 {
				fmt.Printf("step %4d  loss %.4f\n", step, mean[0])
			}
		}
	}
	if comm.Rank() == 0 {
		fmt.Printf("%.1f%% of the images are right; the parameters have the checksum %08x\n", 100*right(params, images), checksum(params))
	}
	return nil
}

// gradient sets grads to the mean gradient of the cross-entropy over the part of the batch that this
// process has, and returns the mean loss. All processes draw the same batch.
func gradient(grads, params []float64, images []image, rng *rand.Rand, comm optim.Comm) float64 {
	clear(grads)
	loss, count := 0.0, 0.0
	for i := range batch {
		img := &images[rng.IntN(len(images))]
		if i%comm.Size() != comm.Rank() {
			continue
		}
		count++
		p := probabilities(params, img)
		loss -= math.Log(p[img.digit])
		p[img.digit]--
		for k, e := range p {
			row := grads[k*(pixels+1):][:pixels+1]
			for j, v := range img.pixels {
				row[j] += e * v
			}
			row[pixels] += e
		}
	}
	for i := range grads {
		grads[i] /= count
	}
	return loss / count
}

// probabilities returns the softmax of the linear functions of the pixels, one for each digit.
func probabilities(params []float64, img *image) (p [classes]float64) {
	top, sum := math.Inf(-1), 0.0
	for k := range p {
		row := params[k*(pixels+1):][:pixels+1]
		p[k] = row[pixels]
		for j, v := range img.pixels {
			p[k] += row[j] * v
		}
		top = max(top, p[k])
	}
	for k := range p {
		p[k] = math.Exp(p[k] - top)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// right returns the share of the images whose digit has the largest probability.
func right(params []float64, images []image) float64 {
	count := 0
	for i := range images {
		p, best := probabilities(params, &images[i]), 0
		for k := range p {
			if p[k] > p[best] {
				best = k
			}
		}
		if best == images[i].digit {
			count++
		}
	}
	return float64(count) / float64(len(images))
}

func checksum(params []float64) uint32 {
	text := ""
	for _, v := range params {
		text += strconv.FormatFloat(v, 'x', -1, 64) + " "
	}
	return crc32.ChecksumIEEE([]byte(text))
}

// load reads the images.
func load(name string) ([]image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	lines := csv.NewReader(unzipped)
	lines.FieldsPerRecord = pixels + 1
	records, err := lines.ReadAll()
	images := make([]image, len(records))
	for i, record := range records {
		for j, field := range record {
			v, err := strconv.Atoi(field)
			switch {
			case err != nil:
				return nil, fmt.Errorf("image %d: %w", i, err)
			case j < pixels:
				images[i].pixels[j] = float64(v) / 16
			default:
				images[i].digit = v
			}
		}
	}
	return images, err
}
