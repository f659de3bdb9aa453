// Command growing trains a classifier of handwritten digits twice: with all images in every step,
// and with batches that grow as the gradient gets smaller. It prints how many gradients each run
// needs for the same test accuracy.
//
//	go -C examples run ./growing -plot growing.png
//
// The picture is written to examples/growing.png.
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
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

	whole := optim.NewMiniBatch(sum, sum.N, rng)
	x, g := make([]float64, inputs*classes), make([]float64, inputs*classes)
	opt := optim.NewSGD(rate)
	for range steps {
		whole.Grad(g, x)
		opt.Step(x, g)
	}
	goal := test.accuracy(x)
	fmt.Fprintf(out, "all %d images in every step: test accuracy %.1f %% after %d steps, %d gradients of one image\n",
		sum.N, 100*goal, steps, whole.Evaluations())

	growing := optim.NewGrowingBatch(sum, 8, theta, rng)
	clear(x)
	var sizes plotter.XYs
	taken := 0
	for ; test.accuracy(x) < goal; taken++ {
		if growing.Evaluations() > whole.Evaluations() {
			return fmt.Errorf("the growing batches have not reached %.1f %% with as many gradients", 100*goal)
		}
		sizes = append(sizes, plotter.XY{X: float64(taken), Y: float64(growing.Size())})
		growing.Grad(g, x)
		opt.Step(x, g)
	}
	sizes = append(sizes, plotter.XY{X: float64(taken), Y: float64(growing.Size())})
	fmt.Fprintf(out, "growing batches:             test accuracy %.1f %% after %d steps, %d gradients of one image, which is %.1f %% of those above\n",
		100*test.accuracy(x), taken, growing.Evaluations(), 100*float64(growing.Evaluations())/float64(whole.Evaluations()))
	fmt.Fprintf(out, "the batch grew from 8 images to %d\n", growing.Size())
	if file == "" {
		return nil
	}
	return draw(file, sizes, sum.N)
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

// draw shows the size of the batch in each step, and the number n of all images.
func draw(file string, sizes plotter.XYs, n int) error {
	p := picture.Panel("Handwritten digits: the batch grows as the gradient gets smaller", "step", "images in a batch")
	picture.LogY(p)
	p.Y.Tick.Marker = plot.TickerFunc(doublings)
	line := picture.Line(sizes, picture.Blue)
	line.StepStyle = plotter.PostStep
	last := sizes[len(sizes)-1].X
	whole := picture.Line(plotter.XYs{{X: 0, Y: float64(n)}, {X: last, Y: float64(n)}}, picture.Vermillion)
	whole.Dashes = []vg.Length{6, 3}
	p.Add(line, whole)
	picture.Bounds(p, 0, last, 4, 2048)
	key := [][]picture.Entry{{{Name: "all images", Of: whole}, {Name: "growing batch", Of: line}}}
	return picture.Save(file, 4.5, picture.Row{Panels: []*plot.Plot{p}, Key: key})
}

// doublings returns labelled ticks at the powers of two.
func doublings(least, most float64) (ticks []plot.Tick) {
	for v := 1.0; v <= most; v *= 2 {
		if v >= least {
			ticks = append(ticks, plot.Tick{Value: v, Label: strconv.Itoa(int(v))})
		}
	}
	return ticks
}
