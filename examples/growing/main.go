// Command growing learns to read handwritten digits with batches that grow as
// the gradient fades, and counts what that saves.
//
//	go -C examples run ./growing -plot growing.png
//
// writes growing.png to the folder examples.
package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"flag"
	"fmt"
	"image/color"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strconv"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"example.com/optim"
)

//go:embed digits.csv.gz
var archive []byte

const (
	inputs  = 65 // pixels, and a constant
	classes = 10
	rate    = 0.2
)

func main() {
	file := flag.String("plot", "", "PNG `file` to draw the batch sizes to")
	theta := flag.Float64("theta", 1, "`θ` of the norm test; less means larger batches")
	steps := flag.Int("steps", 400, "steps of gradient descent with all images")
	seed := flag.Uint64("seed", 1, "`seed` of the split and of the batches")
	flag.Parse()
	if !(*theta > 0) || *steps < 1 {
		fmt.Fprintf(os.Stderr, "growing: -theta %v -steps %d, want more than 0 of both\n", *theta, *steps)
		os.Exit(2)
	}
	if err := run(*file, *theta, *steps, *seed, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "growing:", err)
		os.Exit(1)
	}
}

// run trains with all images first, and then with growing batches until they
// recognise as many.
func run(file string, theta float64, steps int, seed uint64, out io.Writer) error {
	rng := rand.New(rand.NewPCG(seed, 0))
	training, test, err := load(rng)
	if err != nil {
		return err
	}
	sum := training.softmax().Sum()

	whole := optim.NewMiniBatch(sum, sum.N, rng)
	x, g := make([]float64, inputs*classes), make([]float64, inputs*classes)
	opt := optim.NewSGD(rate)
	for range steps {
		whole.Grad(g, x)
		opt.Step(x, g)
	}
	goal := test.accuracy(x)
	fmt.Fprintf(out, "all %d images in every step: test accuracy %.1f %% after %d steps, %d gradients\n",
		sum.N, 100*goal, steps, whole.Evaluations())

	growing := optim.NewGrowingBatch(sum, 8, theta, rng)
	clear(x)
	var sizes plotter.XYs
	taken := 0
	for ; test.accuracy(x) < goal; taken++ {
		if growing.Evaluations() > whole.Evaluations() {
			return fmt.Errorf("growing batches do not get to %.1f %%", 100*goal)
		}
		sizes = append(sizes, plotter.XY{X: float64(taken), Y: float64(growing.Size())})
		growing.Grad(g, x)
		opt.Step(x, g)
	}
	sizes = append(sizes, plotter.XY{X: float64(taken), Y: float64(growing.Size())})
	fmt.Fprintf(out, "growing batches:             test accuracy %.1f %% after %d steps, %d gradients: %.1f %% of those above\n",
		100*test.accuracy(x), taken, growing.Evaluations(), 100*float64(growing.Evaluations())/float64(whole.Evaluations()))
	fmt.Fprintf(out, "the batch grew from 8 images to %d\n", growing.Size())
	if file == "" {
		return nil
	}
	return drawSizes(file, sizes, sum.N)
}

// dataset is images, one a row, and the digit that each of them shows.
type dataset struct {
	images *mat.Dense
	labels []int
}

// softmax is softmax regression on the images, with a weak L2 penalty.
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

// accuracy is the share of the images that is recognised.
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

// load parts the images at random, four to one.
func load(rng *rand.Rand) (training, test dataset, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return training, test, err
	}
	records, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		return training, test, err
	}
	all := dataset{mat.NewDense(len(records), inputs, nil), make([]int, len(records))}
	for i, k := range rng.Perm(len(records)) {
		all.images.Set(i, inputs-1, 1)
		for j, field := range records[k] {
			v, err := strconv.Atoi(field)
			if err != nil {
				return training, test, err
			}
			if j < inputs-1 {
				all.images.Set(i, j, float64(v)/16)
			} else {
				all.labels[i] = v
			}
		}
	}
	n := len(records) * 4 / 5
	part := func(lo, hi int) dataset {
		return dataset{all.images.Slice(lo, hi, 0, inputs).(*mat.Dense), all.labels[lo:hi]}
	}
	return part(0, n), part(n, len(records)), nil
}

func drawSizes(file string, sizes plotter.XYs, n int) error {
	plot.DefaultFont.Variant = "Sans"
	p := plot.New()
	p.Title.Text = "Handwritten digits: a batch that grows as the gradient fades"
	p.Title.Padding = vg.Points(8)
	p.X.Label.Text = "steps"
	p.Y.Label.Text = "images in a batch"
	p.Y.Label.Position = draw.PosTop // in the centre gonum leaves a gap above a logarithmic axis
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(doublings)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)

	// From the palette of M. Okabe and K. Ito, which colour-blind readers can tell
	// apart.
	line, err := plotter.NewLine(sizes)
	if err != nil {
		return err
	}
	line.StepStyle = plotter.PostStep
	line.Color, line.Width = color.RGBA{0x00, 0x72, 0xB2, 0xFF}, vg.Points(1.5)
	last := sizes[len(sizes)-1].X
	whole, err := plotter.NewLine(plotter.XYs{{X: 0, Y: float64(n)}, {X: last, Y: float64(n)}})
	if err != nil {
		return err
	}
	whole.Color, whole.Width = color.RGBA{0xD5, 0x5E, 0x00, 0xFF}, vg.Points(1.5)
	whole.Dashes = []vg.Length{vg.Points(6), vg.Points(3)}
	p.Add(line, whole)
	p.Legend.Add("all images", whole)
	p.Legend.Add("growing batch", line)
	p.Legend.Left = false
	p.Legend.ThumbnailWidth, p.Legend.Padding = vg.Points(30), vg.Points(2)
	p.Legend.XOffs, p.Legend.YOffs = -vg.Points(10), vg.Points(8)
	p.Y.Min, p.Y.Max = 4, 2048

	image := vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 4.5*vg.Inch), vgimg.UseDPI(150))
	margin := vg.Points(10)
	p.Draw(draw.Crop(draw.New(image), margin, -margin, margin, -margin))
	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: image}).WriteTo(&out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// doublings labels the powers of two.
func doublings(least, most float64) (ticks []plot.Tick) {
	for v := 1.0; v <= most; v *= 2 {
		if v >= least {
			ticks = append(ticks, plot.Tick{Value: v, Label: strconv.Itoa(int(v))})
		}
	}
	return ticks
}
