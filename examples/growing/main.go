// Command growing trains a classifier of handwritten digits twice: with all images in every step,
// and with batches that grow as the gradient gets smaller. It prints how many gradients each run
// needs for the same test accuracy, and draws the training loss against the gradients computed.
//
//	go -C examples run ./growing -plot growing.png
package main

import (
	"flag"
	"fmt"
	"image/color"
	"io"
	"math"
	"math/rand/v2"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/plotter"
)

const (
	inputs  = digits.Pixels + 1 // and a constant 1
	classes = digits.Classes
	rate    = 0.2
)

func main() {
	theta := picture.Positive("theta", 1, "`θ` of the norm test; a smaller θ means larger batches")
	steps := picture.Count("steps", 400, "`number` of steps with all images")
	seed := flag.Uint64("seed", 1, "`seed` of the split and of the batches")
	picture.Main("growing trains a classifier of handwritten digits with all images in every step, and with batches that grow.", func(out io.Writer, file string) error { return run(out, file, *theta, *steps, *seed) })
}

// run trains with all images for the given number of steps, and then with growing batches until the
// test accuracy is the same.
func run(out io.Writer, file string, theta float64, steps int, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 0))
	training, test := load(rng)
	sum := training.softmax().Sum()
	images := make([]int, sum.N)
	for i := range images {
		images[i] = i
	}

	whole := optim.NewMiniBatch(sum, sum.N, rng)
	x, g := make([]float64, inputs*classes), make([]float64, inputs*classes)
	opt := optim.NewSGD(rate)
	var all course
	for range steps {
		whole.Grad(g, x)
		opt.Step(x, g)
		all.add(whole.Evaluations(), sum.N, sum.Func(x, images))
	}
	goal := test.accuracy(x)
	fmt.Fprintf(out, "all %d images in every step: test accuracy %.1f %% after %d steps, %d gradients of one image\n",
		sum.N, 100*goal, steps, whole.Evaluations())

	growing := optim.NewGrowingBatch(sum, 8, theta, rng)
	clear(x)
	var grown course
	for test.accuracy(x) < goal {
		if growing.Evaluations() > whole.Evaluations() {
			return fmt.Errorf("the growing batches have not reached %.1f %% with as many gradients", 100*goal)
		}
		size := growing.Size()
		growing.Grad(g, x)
		opt.Step(x, g)
		grown.add(growing.Evaluations(), size, sum.Func(x, images))
	}
	fmt.Fprintf(out, "growing batches:             test accuracy %.1f %% after %d steps, %d gradients of one image, which is %.1f %% of those above\n",
		100*test.accuracy(x), len(grown.losses), growing.Evaluations(), 100*float64(growing.Evaluations())/float64(whole.Evaluations()))
	fmt.Fprintf(out, "the batch grew from 8 images to %d\n", growing.Size())
	if file == "" {
		return nil
	}
	return draw(file, all, grown)
}

// course is a run: the training loss and the size of the batch, by the number of gradients of one image.
type course struct {
	losses, sizes plotter.XYs
}

func (c *course) add(gradients, size int, loss float64) {
	c.losses = append(c.losses, plotter.XY{X: float64(gradients), Y: loss})
	c.sizes = append(c.sizes, plotter.XY{X: float64(gradients), Y: float64(size)})
}

// dataset holds images, one in each row, and the digit that each of them shows.
type dataset struct {
	images *mat.Dense
	labels []int
}

// softmax returns the loss of softmax regression on the images, with a small L2 penalty.
func (d dataset) softmax() *optim.LinearSum {
	return &optim.LinearSum{
		Rows:    d.images,
		Outputs: classes,
		Funcs:   func(i int, z []float64) float64 { return floats.LogSumExp(z) - z[d.labels[i]] },
		Derivs: func(dst []float64, i int, z []float64) {
			norm := floats.LogSumExp(z)
			for k, v := range z {
				dst[k] = math.Exp(v - norm)
			}
			dst[d.labels[i]]--
		},
		L2: 1e-4,
	}
}

// accuracy returns the share of the images whose digit the model with parameters x recognises.
func (d dataset) accuracy(x []float64) float64 {
	right := 0
	z := make([]float64, classes)
	for i, label := range d.labels {
		for k := range z {
			z[k] = floats.Dot(d.images.RawRowView(i), x[k*inputs:(k+1)*inputs])
		}
		if floats.MaxIdx(z) == label {
			right++
		}
	}
	return float64(right) / float64(len(d.labels))
}

// load returns a random 80 % of the images for training and the others for testing.
func load(rng *rand.Rand) (training, test dataset) {
	pixels, labels := digits.Load[float64]()
	all := dataset{mat.NewDense(len(labels), inputs, nil), make([]int, len(labels))}
	for i, k := range rng.Perm(len(labels)) {
		copy(all.images.RawRowView(i), pixels[k*digits.Pixels:(k+1)*digits.Pixels])
		all.images.Set(i, inputs-1, 1)
		all.labels[i] = labels[k]
	}
	n := len(labels) * 4 / 5
	part := func(lo, hi int) dataset {
		return dataset{all.images.Slice(lo, hi, 0, inputs).(*mat.Dense), all.labels[lo:hi]}
	}
	return part(0, n), part(n, len(labels))
}

// draw shows the training loss and the size of the batch, both against the gradients computed.
func draw(file string, all, grown course) error {
	const gradients = "gradients of one image"
	losses := picture.Panel("loss", gradients, "training loss (nats)")
	sizes := picture.Panel("size of the batch", gradients, "images in a batch")
	var key []picture.Entry
	for _, run := range []struct {
		name   string
		colour color.Color
		course
	}{{"all images in every step", picture.Vermillion, all}, {"growing batches", picture.Blue, grown}} {
		loss, size := picture.Line(run.losses, run.colour), picture.Line(run.sizes, run.colour)
		last := run.losses[len(run.losses)-1]
		end := picture.Mark(last.X, last.Y, run.colour, picture.Cross)
		size.StepStyle = plotter.PreStep
		losses.Add(loss, end)
		sizes.Add(size)
		key = append(key, picture.Entry{Name: run.name, Of: loss})
	}
	key = append(key, picture.Entry{Name: "the same test accuracy", Of: picture.Mark(0, 0, picture.Black, picture.Cross)})
	picture.LogX(losses)
	picture.LogX(sizes)
	picture.LogY(sizes)
	losses.Y.Min = 0
	return picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{losses, sizes}, Key: key})
}
