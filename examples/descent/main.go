// Command descent tells what the learning rate does to gradient descent, on two
// functions of one variable: x·cos πx, with many valleys, and x³, with a saddle.
//
//	go -C examples run ./descent -plot descent.png
//
// A derivative of x·cos πx that has gone round in texts lacks a factor π. It is
// here too, under the name faulty: descent then stops where there is no valley,
// and wanders about at the rates that those texts call lucky. With the true
// derivative they diverge.
package main

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// function is f, and what somebody takes for its derivative.
type function struct {
	name          string
	f, derivative func(x float64) float64
}

var (
	right = function{"x·cos πx, true f′", wave, func(x float64) float64 {
		return math.Cos(math.Pi*x) - math.Pi*x*math.Sin(math.Pi*x)
	}}
	faulty = function{"x·cos πx, faulty f′", wave, func(x float64) float64 {
		return math.Cos(math.Pi*x) - x*math.Sin(math.Pi*x) // without the inner derivative, π
	}}
	saddle = function{"x³, true f′", cube, func(x float64) float64 { return 3 * x * x }}
)

func wave(x float64) float64 { return x * math.Cos(math.Pi*x) }
func cube(x float64) float64 { return x * x * x }

// story is a run of gradient descent. The picture shows it in one of its panels.
type story struct {
	function
	rate, start float64
	steps       int
	panel       int
	moral       string
}

const notDrawn = -1

var stories = []story{
	{right, 0.1, 0.5, 5, 0, "into the valley at 1.0904"},
	{right, 0.1, -1, 20, 1, "into another valley: downhill is all it knows"},
	{right, 0.001, -1, 20, 2, "too small a rate, it has hardly moved"},
	{faulty, 0.1, 0.5, 20, 3, "stops beside the valley"},
	{faulty, 0.1, -1, 20, 3, "stops beside the valley"},
	{faulty, 1.000542, -1, 60, notDrawn, "a lucky rate? it wanders about"},
	{faulty, 1.0055, -1, 60, 4, "a lucky rate? it wanders about"},
	{right, 1.000542, -1, 60, notDrawn, "not lucky: too large, it diverges"},
	{right, 1.0055, -1, 60, 4, "not lucky: too large, it diverges"},
	{saddle, 0.1, 1, 60, 5, "the saddle at 0 holds it, though it is no valley"},
	{saddle, 0.1, -0.1, 40, 5, "from below nothing holds it"},
}

var panels = []struct {
	title      string
	f          func(x float64) float64
	xmin, xmax float64
}{
	{"η = 0.1 from 0.5: a valley", wave, -1.2, 1.6},
	{"η = 0.1 from −1: another valley", wave, -1.2, 1.6},
	{"η = 0.001: 20 steps lead nowhere", wave, -1.2, 1.6},
	{"η = 0.1, faulty f′: beside the valleys", wave, -1.2, 1.6},
	{"η = 1.0055: too large", wave, -6, 6},
	{"x³, η = 0.1: the saddle holds", cube, -1, 1.1},
}

// descend returns the start and the points after each step.
func descend(s story) []float64 {
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

func main() { picture.Main("descent", run) }

func run(out io.Writer, file string) error {
	fmt.Fprintln(out, "function              rate      start  steps         end       f(end)")
	for _, s := range stories {
		end := descend(s)[s.steps]
		fmt.Fprintf(out, "%-20s  %-8g  %5g  %5d  %10.5g  %11.5g  %s\n", s.name, s.rate, s.start, s.steps, end, s.f(end), s.moral)
	}
	if file == "" {
		return nil
	}
	return drawStories(file)
}

// drawStories draws each story on the graph of its function.
func drawStories(file string) error {
	colours := map[string]color.Color{right.name: picture.Blue, saddle.name: picture.Blue, faulty.name: picture.Vermillion}
	var drawn []*plot.Plot
	for i, panel := range panels {
		p := picture.Panel(panel.title, "x", "f(x)")
		p.Add(picture.Curve(panel.f, panel.xmin, panel.xmax, picture.Grey))
		margin := 0.05 * (p.Y.Max - p.Y.Min)
		low, high := p.Y.Min-margin, p.Y.Max+margin
		for _, s := range stories {
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
		picture.Bounds(p, panel.xmin, panel.xmax, low, high) // some steps lead far away
		drawn = append(drawn, p)
	}
	key := [][]picture.Entry{{
		{Name: "f: x·cos πx, last x³", Of: picture.Line(nil, picture.Grey)},
		{Name: "steps by the true derivative", Of: picture.Dots(nil, picture.Blue)},
		{Name: "by the faulty one", Of: picture.Dots(nil, picture.Vermillion)},
		{Name: "start", Of: picture.Mark(0, 0, picture.Black, picture.Ring)},
		{Name: "end", Of: picture.Mark(0, 0, picture.Black, picture.Cross)},
	}}
	return picture.Save(file, 5.5, picture.Row{Panels: drawn[:3], Key: key}, picture.Row{Panels: drawn[3:]})
}
