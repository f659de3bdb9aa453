// Command valley compares nine optimizers on two functions with a narrow valley: a quadratic with
// curvatures 1 and 50, and Rosenbrock's function, whose valley is bent. It prints how many steps
// each needs until f < 0.001, and draws the paths.
//
//	go -C examples run ./valley -plot valley.png
//
// On Rosenbrock's function the second step of Newton's method leads to y = −3.2, outside the picture,
// and the fourth almost to the minimum.
package main

import (
	"fmt"
	"io"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/plot/plotter"
)

// problem is a function of two variables. Its only minimum has the value 0 and lies in a valley.
type problem struct {
	name                   string
	f                      func(x, y float64) float64
	grad                   func(dst, x []float64)
	hess                   func(dst *mat.SymDense, x []float64)
	start, end             [2]float64
	drawn                  int // number of steps in the picture
	xmin, xmax, ymin, ymax float64
	levels                 []float64
	note                   string // on Newton's path
}

var problems = []problem{
	{
		name: "½(x² + 50y²)",
		f:    func(x, y float64) float64 { return (x*x + 50*y*y) / 2 },
		grad: func(dst, x []float64) {
			dst[0] = x[0]
			dst[1] = 50 * x[1]
		},
		hess: func(dst *mat.SymDense, _ []float64) {
			dst.SetSym(0, 0, 1)
			dst.SetSym(0, 1, 0)
			dst.SetSym(1, 1, 50)
		},
		start: [2]float64{-9, 2}, end: [2]float64{0, 0},
		drawn: 40,
		xmin:  -10, xmax: 5, ymin: -2.4, ymax: 2.4,
		levels: []float64{1, 10, 35, 85},
	},
	{
		name: "(1−x)² + 100(y−x²)²",
		f:    func(x, y float64) float64 { return (1-x)*(1-x) + 100*(y-x*x)*(y-x*x) },
		grad: func(dst, x []float64) {
			dst[0] = -2*(1-x[0]) - 400*x[0]*(x[1]-x[0]*x[0])
			dst[1] = 200 * (x[1] - x[0]*x[0])
		},
		hess: func(dst *mat.SymDense, x []float64) {
			dst.SetSym(0, 0, 2-400*x[1]+1200*x[0]*x[0])
			dst.SetSym(0, 1, -400*x[0])
			dst.SetSym(1, 1, 200)
		},
		start: [2]float64{-1.2, 1}, end: [2]float64{1, 1},
		drawn: 400,
		xmin:  -1.7, xmax: 1.7, ymin: -0.6, ymax: 2,
		levels: []float64{0.5, 5, 30, 150},
		note:   "Newton: y = −3.2",
	},
}

// contender is an optimizer in the comparison.
type contender struct {
	name  string
	kind  int       // index of kinds
	rates []float64 // for each problem, found by trial; nil if the optimizer needs none
	make  func(rate float64, p problem) optim.Optimizer
}

var kinds = []string{"one rate", "adaptive rates", "curvature"}

// contenders holds the optimizers. Newton's method takes full steps and L-BFGS does line searches, so
// neither needs a rate.
var contenders = []contender{
	{"gradient descent", 0, []float64{0.038, 0.001}, func(rate float64, _ problem) optim.Optimizer { return optim.NewSGD(rate) }},
	{"Momentum, μ = 0.5", 0, []float64{0.038, 0.001}, func(rate float64, _ problem) optim.Optimizer { return optim.NewMomentum(rate, 0.5) }},
	{"Momentum, μ = 0.9", 0, []float64{0.01, 0.001}, func(rate float64, _ problem) optim.Optimizer { return optim.NewMomentum(rate, 0.9) }},
	{"Nesterov, μ = 0.9", 0, []float64{0.01, 0.001}, func(rate float64, _ problem) optim.Optimizer { return optim.NewNesterov(rate, 0.9) }},
	{"AdaGrad", 1, []float64{1, 0.5}, func(rate float64, _ problem) optim.Optimizer { return optim.NewAdaGrad(rate) }},
	{"RMSProp", 1, []float64{0.05, 0.002}, func(rate float64, _ problem) optim.Optimizer { return optim.NewRMSProp(rate) }},
	{"Adam", 1, []float64{0.5, 0.1}, func(rate float64, _ problem) optim.Optimizer { return optim.NewAdam(rate) }},
	{"Newton", 2, nil, func(_ float64, p problem) optim.Optimizer { return optim.NewNewton(p.hess) }},
	{"L-BFGS", 2, nil, func(_ float64, p problem) optim.Optimizer {
		opt := optim.NewLBFGS(10)
		opt.Problem = &optimize.Problem{Func: func(x []float64) float64 { return p.f(x[0], x[1]) }, Grad: p.grad}
		return opt
	}},
}

// on returns a new optimizer for problem i.
func (c contender) on(i int) optim.Optimizer {
	if c.rates == nil {
		return c.make(0, problems[i])
	}
	return c.make(c.rates[i], problems[i])
}

// title returns the name and the rates, in the order of the columns of the picture.
func (c contender) title() string {
	if c.rates == nil {
		return c.name
	}
	return fmt.Sprintf("%s (η = %v left, %v right)", c.name, c.rates[0], c.rates[1])
}

const (
	near     = 1e-3
	maxSteps = 20_000
)

// descend returns the start and the points after each step, until f < near or maxSteps.
func descend(p problem, opt optim.Optimizer) plotter.XYs {
	x, grad := p.start, make([]float64, 2)
	path := plotter.XYs{{X: x[0], Y: x[1]}}
	for len(path) <= maxSteps && p.f(x[0], x[1]) >= near {
		p.grad(grad, x[:])
		opt.Step(x[:], grad)
		path = append(path, plotter.XY{X: x[0], Y: x[1]})
	}
	return path
}

func main() {
	picture.Main("valley compares nine optimizers on two functions with a narrow valley.", run)
}

func run(out io.Writer, file string) error {
	paths := make([][]plotter.XYs, len(problems))
	for i, p := range problems {
		for _, c := range contenders {
			paths[i] = append(paths[i], descend(p, c.on(i)))
		}
	}
	fmt.Fprintf(out, "steps until f < %-6g%20s%22s\n", near, problems[0].name, problems[1].name)
	for j, c := range contenders {
		fmt.Fprintf(out, "%-22s%20d%22d\n", c.name, len(paths[0][j])-1, len(paths[1][j])-1)
	}
	if file == "" {
		return nil
	}
	return draw(file, paths)
}

// draw draws a row of panels for each kind of optimizer, and a column for each problem.
func draw(file string, paths [][]plotter.XYs) error {
	var drawn []picture.Row
	for kind := range kinds {
		var row picture.Row
		var key []picture.Entry
		for i := range problems {
			var panel *picture.Plot
			panel, key = drawPanel(kind, i, paths[i])
			row.Panels = append(row.Panels, panel)
		}
		row.Key = key
		drawn = append(drawn, row)
	}
	last := &drawn[len(drawn)-1]
	last.Key = append(last.Key,
		picture.Entry{Name: "start", Of: picture.Mark(0, 0, picture.Black, picture.Ring)},
		picture.Entry{Name: "minimum", Of: picture.Mark(0, 0, picture.Black, picture.Cross)})
	return picture.Save(file, 7.5, drawn...)
}

// drawPanel draws the paths of the optimizers of a kind on problem i. It returns the key, too.
func drawPanel(kind, i int, paths []plotter.XYs) (*picture.Plot, []picture.Entry) {
	p := problems[i]
	panel := picture.Panel("", "x", "y")
	panel.Add(picture.Contours(p.f, p.xmin, p.xmax, p.ymin, p.ymax, p.levels...))
	var key []picture.Entry
	most := 0
	for j, c := range contenders {
		if c.kind != kind {
			continue
		}
		path := picture.Line(paths[j][:min(p.drawn+1, len(paths[j]))], picture.Palette[len(key)])
		most = max(most, len(path.XYs)-1)
		end := picture.Dots(path.XYs[len(path.XYs)-1:], path.Color)
		end.Radius = 4
		if c.name == "AdaGrad" {
			path.Width = 5 // RMSProp has almost the same path on the quadratic
		}
		panel.Add(path, end)
		if kinds[kind] == "curvature" { // they take few steps, so each is marked
			panel.Add(picture.Dots(path.XYs, path.Color))
		}
		key = append(key, picture.Entry{Name: c.title(), Of: path})
	}
	if p.note != "" && kinds[kind] == "curvature" {
		panel.Add(picture.Text(-0.32, -0.48, p.note))
	}
	panel.Add(picture.Mark(p.start[0], p.start[1], picture.Black, picture.Ring),
		picture.Mark(p.end[0], p.end[1], picture.Black, picture.Cross))
	panel.Heading = fmt.Sprintf("%s: %s, up to %d steps", kinds[kind], p.name, most)
	picture.Bounds(panel, p.xmin, p.xmax, p.ymin, p.ymax)
	return panel, key
}
