// Command descent shows the effect of the learning rate on gradient descent, on two functions of
// one variable: x·cos πx has many minima, and x³ has a saddle. It prints where each run ends.
//
//	go -C examples run ./descent -plot descent.png
//
// Some texts use a derivative of x·cos πx that lacks a factor π. The runs with "wrong f′" use that
// derivative. They stop where there is no minimum, and they stay bounded at two rates that those
// texts recommend. With the correct derivative descent diverges at these rates.
package main

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/plot/plotter"
)

// function is a function with its derivative, or with a wrong derivative.
type function struct {
	name          string
	f, derivative func(x float64) float64
}

var (
	correct = function{"x·cos πx, correct f′", wave, func(x float64) float64 {
		return math.Cos(math.Pi*x) - math.Pi*x*math.Sin(math.Pi*x)
	}}
	wrong = function{"x·cos πx, wrong f′", wave, func(x float64) float64 {
		return math.Cos(math.Pi*x) - x*math.Sin(math.Pi*x) // without the factor π of the inner derivative
	}}
	saddle = function{"x³, correct f′", cube, func(x float64) float64 { return 3 * x * x }}
)

func wave(x float64) float64 { return x * math.Cos(math.Pi*x) }
func cube(x float64) float64 { return x * x * x }

// trial is a run of gradient descent.
type trial struct {
	function
	rate, start float64
	steps       int
	panel       int // of the picture, or notDrawn
	outcome     string
}

const notDrawn = -1

var trials = []trial{
	{correct, 0.1, 0.5, 5, 0, "converges to the minimum at 1.0904"},
	{correct, 0.1, -1, 20, 1, "converges to another minimum"},
	{correct, 0.001, -1, 20, 2, "the rate is too small: it has hardly moved"},
	{correct, 1.000542, -1, 60, notDrawn, "the rate is too large: it diverges"},
	{correct, 1.0055, -1, 60, 3, "the rate is too large: it diverges"},
	{wrong, 0.1, 0.5, 20, 4, "stops beside the minimum"},
	{wrong, 0.1, -1, 20, 4, "stops beside the minimum"},
	{wrong, 1.000542, -1, 60, notDrawn, "stays bounded but does not converge"},
	{wrong, 1.0055, -1, 60, 5, "stays bounded but does not converge"},
	{saddle, 0.1, 1, 60, 6, "converges to the saddle at 0, which is no minimum"},
	{saddle, 0.1, -0.1, 40, 7, "below the saddle it diverges"},
}

var panels = []struct {
	title      string
	f          func(x float64) float64
	xmin, xmax float64
}{
	{"η = 0.1 from 0.5: a minimum", wave, -1.2, 1.6},
	{"η = 0.1 from −1: another one", wave, -1.2, 1.6},
	{"η = 0.001: too small", wave, -1.2, 1.6},
	{"η = 1.0055: too large, diverges", wave, -6, 6},
	{"wrong f′, η = 0.1: no minimum", wave, -1.2, 1.6},
	{"wrong f′, η = 1.0055: bounded", wave, -3, 3},
	{"x³, η = 0.1 from 1: to the saddle", cube, -1.1, 1.1},
	{"x³, η = 0.1 from −0.1: diverges", cube, -1.1, 1.1},
}

// descend returns the start and the points after each step.
func descend(s trial) []float64 {
	x, grad := []float64{s.start}, make([]float64, 1)
	opt := optim.NewSGD(s.rate)
	path := []float64{x[0]}
	for range s.steps {
		grad[0] = s.derivative(x[0])
		opt.Step(x, grad)
		path = append(path, x[0])
	}
	return path
}

func main() {
	picture.Main("descent shows the effect of the learning rate on gradient descent, on two functions of one variable.", run)
}

func run(out io.Writer, file string) error {
	fmt.Fprintln(out, "function              rate      start  steps         end       f(end)  outcome")
	for _, s := range trials {
		end := descend(s)[s.steps]
		fmt.Fprintf(out, "%-20s  %-8g  %5g  %5d  %10.5g  %11.5g  %s\n", s.name, s.rate, s.start, s.steps, end, s.f(end), s.outcome)
	}
	if file == "" {
		return nil
	}
	return drawTrials(file)
}

// drawTrials draws the steps of each trial on the graph of its function.
func drawTrials(file string) error {
	colours := map[string]color.Color{correct.name: picture.Blue, saddle.name: picture.Blue, wrong.name: picture.Vermillion}
	var drawn []*picture.Plot
	for i, panel := range panels {
		p := picture.Panel(panel.title, "x", "f(x)")
		p.Add(picture.Curve(panel.f, panel.xmin, panel.xmax, picture.Grey))
		margin := 0.05 * (p.Y.Max - p.Y.Min)
		low, high := p.Y.Min-margin, p.Y.Max+margin
		for _, s := range trials {
			if s.panel != i {
				continue
			}
			var points plotter.XYs
			for _, x := range descend(s) {
				points = append(points, plotter.XY{X: x, Y: s.f(x)})
			}
			first, last := points[0], points[s.steps]
			p.Add(picture.Dots(points, colours[s.name]),
				picture.Mark(first.X, first.Y, picture.Black, picture.Ring),
				picture.Mark(last.X, last.Y, picture.Black, picture.Cross))
		}
		picture.Bounds(p, panel.xmin, panel.xmax, low, high) // without the steps that lead far away
		drawn = append(drawn, p)
	}
	key := []picture.Entry{
		{Name: "f: x·cos πx, at the end x³", Of: picture.Line(nil, picture.Grey)},
		{Name: "steps with the correct f′", Of: picture.Dots(nil, picture.Blue)},
		{Name: "steps with a wrong f′", Of: picture.Dots(nil, picture.Vermillion)},
		{Name: "start", Of: picture.Mark(0, 0, picture.Black, picture.Ring)},
		{Name: "end", Of: picture.Mark(0, 0, picture.Black, picture.Cross)},
	}
	rows := picture.Grid(4, drawn)
	rows[0].Key = key
	return picture.Save(file, 4.5, rows...)
}
