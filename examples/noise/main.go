// Command noise shows the effect of noise in the gradient and how to reduce it. It classifies
// tumours by logistic regression. The gradient of one term is an estimate of the whole gradient.
// The program compares SGD with a fixed rate, with a decaying rate and with averaging, growing
// batches, SVRG, SAG and SAGA. For each it prints how far the loss is above its minimum after the
// same number of gradients.
//
//	go -C examples run ./noise -plot noise.png
package main

import (
	"flag"
	"fmt"
	"image/color"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/internal/data"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

func main() {
	passes := picture.Count("passes", 50, "`number` of passes over the data")
	decay := picture.Positive("l2", 0.1, "`λ` of the L2 penalty; every method is slower for a smaller λ")
	seed := flag.Uint64("seed", 1, "`seed` of the random draws")
	picture.Main("noise compares SGD, averaging, growing batches, SVRG, SAG and SAGA on a logistic regression.", func(out io.Writer, file string) error { return run(out, file, *passes, *decay, *seed) })
}

// estimator is an optim.Estimator that counts the gradients of terms.
type estimator interface {
	optim.Estimator
	Evaluations() int
}

// method makes an estimator and an optimizer.
type method struct {
	name string
	make func(rng *rand.Rand) (estimator, optim.Optimizer)
}

// course holds the error of a method after each pass: the loss minus its minimum.
type course struct {
	name          string
	passes, error []float64
	took          time.Duration
}

func run(out io.Writer, file string, passes int, decay float64, seed uint64) error {
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
	return draw(file, courses, passes)
}

// methods returns the methods. Most have the same learning rate, so that they differ in the noise
// only.
func methods(logistic *optim.LinearSum) []method {
	sum := logistic.Sum()
	plain, weighted := logistic.Lipschitz()
	rate := 1 / plain
	online := func(rng *rand.Rand) estimator { return optim.NewMiniBatch(sum, 1, rng) }
	return []method{
		{"SGD", func(rng *rand.Rand) (estimator, optim.Optimizer) { return online(rng), optim.NewSGD(rate) }},
		{"SGD, decaying rate", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			opt := optim.NewSGD(rate)
			opt.Schedule = optim.InverseTime(rate * logistic.L2 / 2) // close to 2/(λt) for a large t
			return online(rng), opt
		}},
		{"SGD, averaged", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			opt := optim.NewAverage(optim.NewSGD(rate))
			opt.Start = 10 * sum.N
			return online(rng), opt
		}},
		{"growing batch", func(rng *rand.Rand) (estimator, optim.Optimizer) {
			return optim.NewGrowingBatch(sum, 2, 1, rng), optim.NewSGD(8 / weighted) // the mean of many terms has a smaller curvature than each of them
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

// follow runs a method from the origin and records its error after each pass.
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

// minimum returns the minimum of the loss, from 500 passes of the fastest method.
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

// load returns the loss. The measurements are scaled to mean 0 and standard deviation 1.
func load(decay float64) (*optim.LinearSum, error) {
	tumours, err := data.Table("breast_cancer.csv", 1)
	if err != nil {
		return nil, err
	}
	columns := len(tumours[0]) - 1
	rows, labels := mat.NewDense(len(tumours), columns, nil), make([]float64, len(tumours))
	for i, tumour := range tumours {
		rows.SetRow(i, tumour[:columns])
		labels[i] = 2*tumour[columns] - 1 // −1 is malignant, 1 benign
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

// dimension returns the number of parameters.
func dimension(l *optim.LinearSum) int {
	_, n := l.Rows.Dims()
	return n
}

// all returns the numbers from 0 to n − 1.
func all(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// colours of the methods. Both forms of SAGA are blue; the second has dashes.
var colours = []color.RGBA{picture.Black, picture.Orange, picture.SkyBlue, picture.Purple,
	picture.Vermillion, picture.Green, picture.Blue, picture.Blue}

// An error below rounding consists of rounding errors, and is drawn there.
const (
	rounding = 1e-15
	bottom   = 1e-16 // of the axis
)

// draw shows the error of each method, pass by pass.
func draw(file string, courses []course, passes int) error {
	p := picture.Panel("Logistic regression with one term in each gradient",
		"passes over the data (gradients of terms / N)", "loss above its minimum (nats)")
	picture.LogY(p)
	var key []picture.Entry
	for i, c := range courses {
		var points plotter.XYs
		for k, passes := range c.passes {
			points = append(points, plotter.XY{X: passes, Y: max(c.error[k], rounding)})
		}
		line := picture.Line(points, colours[i])
		if i == len(colours)-1 {
			line.Dashes = []vg.Length{6, 3}
		}
		p.Add(line)
		key = append(key, picture.Entry{Name: c.name, Of: line})
	}
	floor := picture.Between(plotter.XYs{{X: 0, Y: bottom}, {X: float64(passes), Y: bottom}},
		plotter.XYs{{X: 0, Y: rounding}, {X: float64(passes), Y: rounding}}, picture.Faint)
	p.Add(floor)
	key = append(key, picture.Entry{Name: fmt.Sprintf("rounding errors, all drawn at %.0e", rounding), Of: floor})
	picture.Bounds(p, 0, float64(passes), bottom, 1)
	return picture.Save(file, 5.5, picture.Row{Panels: []*picture.Plot{p}, Key: key})
}
