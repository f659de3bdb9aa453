// Command schedules draws every schedule of the library: the factor on the
// learning rate, step by step.
//
//	go -C examples run ./schedules -plot schedules.png
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

const steps = 100

// example is a schedule and the call that makes it.
type example struct {
	call     string
	kind     kind
	schedule optim.Schedule
}

type kind struct {
	name   string
	colour color.RGBA
}

var (
	decay    = kind{"decay", picture.Blue}
	cycle    = kind{"cycles", picture.Vermillion}
	composed = kind{"composed of others", picture.Green}
	watching = kind{"watches a loss", picture.Purple}
	own      = kind{"your own function", picture.Black}
)

var examples = []example{
	{"Constant(0.5)", decay, optim.Constant(0.5)},
	{"StepDecay(25, 0.5)", decay, optim.StepDecay(25, 0.5)},
	{"MultiStep(0.3, 20, 70)", decay, optim.MultiStep(0.3, 20, 70)},
	{"Exponential(0.97)", decay, optim.Exponential(0.97)},
	{"InverseTime(0.05)", decay, optim.InverseTime(0.05)},
	{"InverseSqrt(0.2)", decay, optim.InverseSqrt(0.2)},
	{"Polynomial(100, 2)", decay, optim.Polynomial(100, 2)},
	{"Linear(1, 0.1, 80)", decay, optim.Linear(1, 0.1, 80)},
	{"Cosine(100, 0)", decay, optim.Cosine(100, 0)},
	{"CosineRestarts(15, 2, 0)", cycle, optim.CosineRestarts(15, 2, 0)},
	{"Triangular(0.1, 10, 15)", cycle, optim.Triangular(0.1, 10, 15)},
	{"Triangular2(0.1, 10, 15)", cycle, optim.Triangular2(0.1, 10, 15)},
	{"ExpRange(0.1, 10, 15, 0.98)", cycle, optim.ExpRange(0.1, 10, 15, 0.98)},
	{"NewOneCycle(100)", cycle, optim.NewOneCycle(100).At},
	{"OneCycle{ThreePhases, Linear}", cycle, threePhases()},
	{"Warmup(20, Cosine(80, 0))", composed, optim.Warmup(20, optim.Cosine(80, 0))},
	{"Sequence(Constant, Cosine)", composed, optim.Sequence(
		optim.Phase{Steps: 40, Schedule: optim.Constant(1)},
		optim.Phase{Schedule: optim.Cosine(60, 0.1)})},
	{"Product(Triangular, Linear)", composed, optim.Product(optim.Triangular(0.3, 10, 10), optim.Linear(1, 0, 100))},
	{"NewPlateau(0.5, 9)", watching, watch(optim.NewPlateau(0.5, 9), func(step int) float64 { return max(0.2, 1-0.03*float64(step)) })},
	{"func(step int) float64", own, func(step int) float64 { return 1 / (1 + math.Log1p(float64(step))) }},
}

func threePhases() optim.Schedule {
	c := optim.NewOneCycle(steps)
	c.ThreePhases, c.Linear = true, true
	return c.At
}

// watch is the factors in a run whose loss is observed after each step.
func watch(p *optim.Plateau, loss func(step int) float64) optim.Schedule {
	var factors []float64
	for step := range steps + 1 {
		factors = append(factors, p.At(step))
		p.Observe(loss(step))
	}
	return func(step int) float64 { return factors[step] }
}

func main() { picture.Main("schedules", run) }

func run(out io.Writer, file string) error {
	fmt.Fprintln(out, "factor at step                       0     25     50     75    100   mean")
	for _, e := range examples {
		fmt.Fprintf(out, "%-30s", e.call)
		sum := 0.0
		for step := range steps + 1 {
			factor := e.schedule.At(step)
			sum += factor
			if step%25 == 0 {
				fmt.Fprintf(out, "  %.3f", factor)
			}
		}
		fmt.Fprintf(out, "  %.3f\n", sum/(steps+1))
	}
	if file == "" {
		return nil
	}
	return draw(file)
}

// draw has a panel for each schedule, and a colour for each kind.
func draw(file string) error {
	const across = 4
	var rows []picture.Row
	for first := 0; first < len(examples); first += across {
		var row picture.Row
		for i, e := range examples[first : first+across] {
			panel := picture.Panel(e.call, "step", "")
			if i == 0 {
				panel.Y.Label.Text = "factor"
			}
			panel.Title.TextStyle.Font.Size = 9
			factors := make(plotter.XYs, steps+1)
			for step := range factors {
				factors[step] = plotter.XY{X: float64(step), Y: e.schedule.At(step)}
			}
			line := picture.Line(factors, e.kind.colour)
			line.StepStyle = plotter.PostStep
			panel.Add(line)
			picture.Bounds(panel, 0, steps, 0, 1)
			panel.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.5, Label: "0.5"}, {Value: 1, Label: "1"}}
			row.Panels = append(row.Panels, panel)
		}
		rows = append(rows, row)
	}
	var key []picture.Entry
	for _, k := range []kind{decay, cycle, composed, watching, own} {
		key = append(key, picture.Entry{Name: k.name, Of: picture.Line(nil, k.colour)})
	}
	rows[0].Key = [][]picture.Entry{key}
	return picture.Save(file, 8, rows...)
}
