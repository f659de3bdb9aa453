// Command saddle shows which methods stop at a saddle point: gradient descent and the three modes
// of Newton's method start at four points near a saddle between two minima. For each run the
// command prints the end and what it is according to Classify. Only Newton's method with a trust
// region leaves the saddle by itself. From the saddle the command then continues along the direction
// of negative curvature to both minima.
//
//	go -C examples run ./saddle -plot saddle.png
package main

import (
	"fmt"
	"image/color"
	"io"
	"slices"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// f has a saddle at (0, 0) and minima at (0, ±√½). The line y = 0 is the ridge between them.
func f(x, y float64) float64 { return x*x - y*y + y*y*y*y }

func grad(dst, x []float64) {
	dst[0] = 2 * x[0]
	dst[1] = -2*x[1] + 4*x[1]*x[1]*x[1]
}

func hess(dst *mat.SymDense, x []float64) {
	dst.SetSym(0, 0, 2)
	dst.SetSym(0, 1, 0)
	dst.SetSym(1, 1, -2+12*x[1]*x[1])
}

// starts holds a point on the ridge, two near it and one far from it.
var starts = [][]float64{{1.4, 0}, {-1.4, 0.1}, {1.4, -0.25}, {-1.2, -0.95}}

// methods holds the methods. Each run makes a new optimizer.
var methods = []struct {
	name string
	make func() optim.Optimizer
}{
	{"gradient descent, η = 0.1", func() optim.Optimizer { return optim.NewSGD(0.1) }},
	{"plain Newton, η = ¼", func() optim.Optimizer { return newton(optim.Plain) }},
	{"saddle-free Newton, η = ¼", func() optim.Optimizer { return newton(optim.SaddleFree) }},
	{"shifted Newton, trust region", func() optim.Optimizer {
		opt := optim.NewNewton(hess)
		opt.Problem = &optimize.Problem{Func: func(x []float64) float64 { return f(x[0], x[1]) }, Grad: grad}
		return opt
	}},
}

// newton returns Newton's method with a quarter of the full step, so that the path has many points.
func newton(mode optim.NewtonMode) *optim.Newton {
	opt := optim.NewNewton(hess)
	opt.Mode, opt.LearningRate = mode, 0.25
	return opt
}

// journey is a run: the start, the points after each step, and the kind of the last point.
type journey struct {
	path  plotter.XYs
	found optim.CriticalPoint
}

// travel takes steps until the norm of the gradient is at most 1e-6, and classifies the last point.
func travel(opt optim.Optimizer, start []float64) journey {
	x, g := slices.Clone(start), make([]float64, 2)
	j := journey{path: plotter.XYs{{X: x[0], Y: x[1]}}}
	for grad(g, x); floats.Norm(g, 2) > 1e-6 && len(j.path) <= 1000; grad(g, x) {
		opt.Step(x, g)
		j.path = append(j.path, plotter.XY{X: x[0], Y: x[1]})
	}
	h := mat.NewSymDense(2, nil)
	hess(h, x)
	j.found = optim.Classify(h, 1e-10)
	return j
}

// leave starts at the saddle where j ends. It moves by 0.1 along the direction of the most negative
// curvature, forwards and backwards, and continues from both points by gradient descent.
func leave(j journey) []journey {
	saddle := j.path[len(j.path)-1]
	var both []journey
	for _, way := range []float64{0.1, -0.1} {
		x := []float64{saddle.X, saddle.Y}
		floats.AddScaled(x, way, j.found.Direction)
		both = append(both, travel(optim.NewSGD(0.1), x))
	}
	return both
}

func main() {
	picture.Main("saddle shows which methods stop at a saddle point, and how to leave it.", run)
}

func run(out io.Writer, file string) error {
	line := func(name string, j journey) {
		start, end := j.path[0], j.path[len(j.path)-1]
		fmt.Fprintf(out, "%-29s  %5.2f  %5.2f  %5d  %9.6f  %9.6f  %v\n", name, start.X, start.Y, len(j.path)-1, end.X, end.Y, j.found.Kind)
	}
	fmt.Fprintln(out, "method                               start  steps                   end  kind of the end")
	var panels []*picture.Plot
	var exits, left []journey // from the saddle: of a method, and of the last one that ends there
	for _, m := range methods {
		var journeys []journey
		exits = nil
		for _, start := range starts {
			j := travel(m.make(), start)
			line(m.name, j)
			journeys = append(journeys, j)
			if j.found.Kind == optim.Saddle {
				exits = leave(j)
				left = exits
			}
		}
		panels = append(panels, panel(m.name, journeys, exits))
	}
	for _, j := range left {
		line("leaving the saddle", j)
	}
	if file == "" {
		return nil
	}
	key := []picture.Entry{
		{Name: "ends at a minimum", Of: picture.Line(nil, picture.Blue)},
		{Name: "ends at the saddle", Of: picture.Line(nil, picture.Vermillion)},
		{Name: "leaves the saddle", Of: picture.Line(nil, picture.Green)},
		{Name: "start", Of: picture.Mark(0, 0, picture.Black, picture.Ring)},
		{Name: "minimum", Of: picture.Mark(0, 0, picture.Black, picture.Cross)},
		{Name: "saddle", Of: picture.Mark(0, 0, picture.Black, square)},
	}
	return picture.Save(file, 6, picture.Row{Panels: panels[:2], Key: key}, picture.Row{Panels: panels[2:]})
}

var square = draw.SquareGlyph{}

// panel draws the journeys of a method, and those that leave the saddle.
func panel(title string, journeys, exits []journey) *picture.Plot {
	const xmin, xmax, ymin, ymax = -1.6, 1.6, -1.15, 1.15
	p := picture.Panel(title, "x", "y")
	p.Add(picture.Contours(f, xmin, xmax, ymin, ymax, -0.2, -0.1, 0, 0.2, 0.6, 1.2, 2))
	show := func(j journey, c color.Color) {
		dots := picture.Dots(j.path, c)
		dots.Radius = 2.5
		p.Add(picture.Line(j.path, c), dots)
	}
	for _, j := range exits {
		show(j, picture.Green)
	}
	for _, j := range journeys {
		if j.found.Kind == optim.Saddle {
			show(j, picture.Vermillion)
		} else {
			show(j, picture.Blue)
		}
		p.Add(picture.Mark(j.path[0].X, j.path[0].Y, picture.Black, picture.Ring))
	}
	for _, j := range slices.Concat(journeys, exits) {
		end := j.path[len(j.path)-1]
		if j.found.Kind == optim.Saddle {
			p.Add(picture.Mark(end.X, end.Y, picture.Black, square))
		} else {
			p.Add(picture.Mark(end.X, end.Y, picture.Black, picture.Cross))
		}
	}
	picture.Bounds(p, xmin, xmax, ymin, ymax)
	return p
}
