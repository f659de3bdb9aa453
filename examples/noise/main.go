// Command noise shows what noise in the gradient does, and what takes it away:
// logistic regression with one tumour at a time, by gradient descent with and
// without a decaying rate, averaging, growing batches, SVRG, SAG and SAGA.
//
//	go -C examples run ./noise -plot noise.png
//
// writes noise.png to the folder examples.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"image/color"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"example.com/optim"
)

//go:embed breast_cancer.csv
var tumours string

func main() {
	file := flag.String("plot", "", "PNG `file` to draw the errors to")
	passes := flag.Int("passes", 50, "passes over the data")
	decay := flag.Float64("l2", 0.1, "`λ` of the L2 penalty; the smaller, the slower all are")
	seed := flag.Uint64("seed", 1, "`seed` of the draws")
	flag.Parse()
	if *passes < 1 || !(*decay > 0) {
		fmt.Fprintf(os.Stderr, "noise: -passes %d -l2 %v, want at least 1, and above 0\n", *passes, *decay)
		os.Exit(2)
	}
	if err := run(*file, *passes, *decay, *seed, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "noise:", err)
		os.Exit(1)
	}
}

// estimator is what the estimators of package optim have in common.
type estimator interface {
	Grad(dst, params []float64)
	Evaluations() int
}

// method is a way to minimise a sum.
type method struct {
	name string
	make func(rng *rand.Rand) (estimator, optim.Optimizer)
}

// course is how far from the minimum a method was, after each pass.
type course struct {
	name          string
	passes, error []float64
	took          time.Duration
}

func run(file string, passes int, decay float64, seed uint64, out io.Writer) error {
	logistic, err := load(decay)
	if err != nil {
		return err
	}
	sum := logistic.Sum()
	least := minimum(logistic)
	fmt.Fprintf(out, "%d terms, %d parameters, minimum %.6f\n\n", sum.N, dimension(logistic), least)
	fmt.Fprintf(out, "%-22s  error after %3d passes     time\n", "method", passes)
	var courses []course
	for _, m := range methods(logistic) {
		c := m.follow(sum, dimension(logistic), least, passes, rand.New(rand.NewPCG(seed, 0)))
		fmt.Fprintf(out, "%-22s  %22.1e  %4.0f ms\n", c.name, c.error[len(c.error)-1], c.took.Seconds()*1000)
		courses = append(courses, c)
	}
	if file == "" {
		return nil
	}
	return drawCourses(file, courses)
}

// methods have the same rate where they can, so that what differs is the noise.
func methods(logistic *optim.LinearSum) []method {
	sum := logistic.Sum()
	plain, weighted := logistic.Lipschitz()
	rate := 1 / plain
	online := func(rng *rand.Rand) estimator { return optim.NewMiniBatch(sum, 1, rng) }
	return []method{
		{"SGD", func(rng *rand.Rand) (estimator, optim.Optimizer) { return online(rng), optim.NewSGD(rate) }},
		{"SGD, decaying rate", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			opt := optim.NewSGD(rate)
			opt.Schedule = optim.InverseTime(rate * logistic.L2 / 2) // in the end 2/(λt)
			return online(rng), opt
		}},
		{"SGD, averaged", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			opt := optim.NewAverage(optim.NewSGD(rate))
			opt.Start = 10 * sum.N
			return online(rng), opt
		}},
		{"growing batch", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			return optim.NewGrowingBatch(sum, 2, 1, rng), optim.NewSGD(8 / weighted) // a mean of many terms bends less than each
		}},
		{"SVRG", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			return optim.NewSVRG(sum, 1, rng), optim.NewSGD(rate)
		}},
		{"SAG", func(rng *rand.Rand) (estimator, optim.Optimizer) { return optim.NewSAG(sum, rng), optim.NewSGD(rate) }},
		{"SAGA", func(rng *rand.Rand) (estimator, optim.Optimizer) { return optim.NewSAGA(sum, rng), optim.NewSGD(rate) }},
		{"SAGA, weighted draws", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			saga := optim.NewSAGA(sum, rng)
			saga.Weights = logistic.Weights()
			return saga, optim.NewSGD(1 / weighted)
		}},
	}
}

// follow runs a method from the origin.
func (m method) follow(sum optim.FiniteSum, n int, least float64, passes int, rng *rand.Rand) course {
	e, opt := m.make(rng)
	x, g, mean := make([]float64, n), make([]float64, n), make([]float64, n)
	c := course{name: m.name, passes: []float64{0}, error: []float64{sum.Func(x, all(sum.N)) - least}}
	for e.Evaluations() < passes*sum.N {
		start := time.Now()
		for next := e.Evaluations() + sum.N; e.Evaluations() < next; {
			e.Grad(g, x)
			opt.Step(x, g)
		}
		c.took += time.Since(start)
		at := x
		if average, ok := opt.(*optim.Average); ok && average.Params(mean) {
			at = mean
		}
		c.passes = append(c.passes, float64(e.Evaluations())/float64(sum.N))
		c.error = append(c.error, sum.Func(at, all(sum.N))-least)
	}
	return c
}

// minimum is that of the sum, by the method that is fastest here.
func minimum(logistic *optim.LinearSum) float64 {
	sum := logistic.Sum()
	_, weighted := logistic.Lipschitz()
	saga := optim.NewSAGA(sum, rand.New(rand.NewPCG(1, 2)))
	saga.Weights = logistic.Weights()
	opt := optim.NewSGD(1 / weighted)
	x, g := make([]float64, dimension(logistic)), make([]float64, dimension(logistic))
	for range 500 * sum.N {
		saga.Grad(g, x)
		opt.Step(x, g)
	}
	return sum.Func(x, all(sum.N))
}

// load makes the problem, of measurements with mean 0 and deviation 1.
func load(decay float64) (*optim.LinearSum, error) {
	lines := strings.Split(strings.TrimSpace(tumours), "\n")[1:]
	columns := strings.Count(lines[0], ",")
	rows, labels := mat.NewDense(len(lines), columns, nil), make([]float64, len(lines))
	for i, line := range lines {
		for j, field := range strings.Split(line, ",") {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return nil, fmt.Errorf("tumour %d: %w", i, err)
			}
			if j < columns {
				rows.Set(i, j, v)
			} else {
				labels[i] = 2*v - 1 // −1 is malignant, 1 benign
			}
		}
	}
	for j := range columns {
		column := mat.Col(nil, j, rows)
		mean, deviation := stat.PopMeanStdDev(column, nil)
		for i, v := range column {
			rows.Set(i, j, (v-mean)/deviation)
		}
	}
	return &optim.LinearSum{
		Rows:      rows,
		Func:      func(i int, z float64) float64 { return math.Log1p(math.Exp(-labels[i] * z)) },
		Deriv:     func(i int, z float64) float64 { return -labels[i] / (1 + math.Exp(labels[i]*z)) },
		Curvature: 0.25,
		L2:        decay,
	}, nil
}

func dimension(l *optim.LinearSum) int {
	_, n := l.Rows.Dims()
	return n
}

func all(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// The palette of M. Okabe and K. Ito can be told apart by colour-blind readers.
var palette = []color.Color{
	color.RGBA{0x00, 0x00, 0x00, 0xFF}, // black
	color.RGBA{0xE6, 0x9F, 0x00, 0xFF}, // orange
	color.RGBA{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
	color.RGBA{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
	color.RGBA{0xD5, 0x5E, 0x00, 0xFF}, // vermillion
	color.RGBA{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	color.RGBA{0x00, 0x72, 0xB2, 0xFF}, // blue
	color.RGBA{0x00, 0x72, 0xB2, 0xFF}, // blue, dashed
}

// floor is where rounding begins.
const floor = 1e-15

func drawCourses(file string, courses []course) error {
	plot.DefaultFont.Variant = "Sans"
	p := plot.New()
	p.Title.Text = "Logistic regression, one tumour at a time"
	p.Title.Padding = vg.Points(8)
	p.X.Label.Text = "passes over the data (gradients of terms / N)"
	p.Y.Label.Text = "loss above its minimum (nats)"
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(powers)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	p.Legend.Left = true
	p.Legend.ThumbnailWidth, p.Legend.Padding = vg.Points(30), vg.Points(2)
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(10), vg.Points(8)
	for i, c := range courses {
		var points plotter.XYs
		for k, passes := range c.passes {
			points = append(points, plotter.XY{X: passes, Y: max(c.error[k], floor)})
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return err
		}
		line.Color, line.Width = palette[i%len(palette)], vg.Points(1.5)
		if i == len(palette)-1 {
			line.Dashes = []vg.Length{vg.Points(6), vg.Points(3)}
		}
		p.Add(line)
		p.Legend.Add(c.name, line)
	}
	p.Y.Min, p.Y.Max = floor, 1
	p.X.Tick.Marker = plot.TickerFunc(fifths)
	p.Y.Label.Position = draw.PosTop // in the centre gonum leaves a gap above a logarithmic axis
	return save(p, file)
}

// powers labels every third power of ten.
func powers(least, most float64) (ticks []plot.Tick) {
	for e := -15; e <= 0; e++ {
		tick := plot.Tick{Value: math.Pow10(e)}
		if e%3 == 0 {
			tick.Label = strconv.FormatFloat(tick.Value, 'g', -1, 64)
		}
		if least <= tick.Value && tick.Value <= most {
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// fifths labels about five whole numbers from 0 on.
func fifths(_, most float64) (ticks []plot.Tick) {
	step := max(1, math.Floor(most/5))
	for v := 0.0; v <= most; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.Itoa(int(v))})
	}
	return ticks
}

func save(p *plot.Plot, file string) error {
	image := vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 5.5*vg.Inch), vgimg.UseDPI(150))
	margin := vg.Points(10)
	p.Draw(draw.Crop(draw.New(image), margin, -margin, margin, -margin))
	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: image}).WriteTo(&out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}
