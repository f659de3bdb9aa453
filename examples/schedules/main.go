// Command schedules shows every schedule of the library. A schedule is a factor on the learning
// rate, as a function of the step. The command prints the factor at five steps and the mean over
// all steps.
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

// example is a schedule, the call that makes it, and a note for the picture.
type example struct {
	call     string
	kind     kind
	schedule optim.Schedule
	note     string
}

type kind struct {
	name   string
	colour color.RGBA
}

var (
	decay    = kind{"decay", picture.Blue}
	cycle    = kind{"cycles", picture.Vermillion}
	composed = kind{"composed of others", picture.Green}
	measured = kind{"depends on the loss", picture.Purple}
	own      = kind{"your own function", picture.Black}
)

var examples = []example{
	{"Constant(0.5)", decay, optim.Constant(0.5), ""},
	{"StepDecay(25, 0.5)", decay, optim.StepDecay(25, 0.5), ""},
	{"MultiStep(0.3, 20, 70)", decay, optim.MultiStep(0.3, 20, 70), ""},
	{"Exponential(0.97)", decay, optim.Exponential(0.97), ""},
	{"InverseTime(0.05)", decay, optim.InverseTime(0.05), ""},
	{"InverseSqrt(0.2)", decay, optim.InverseSqrt(0.2), ""},
	{"Polynomial(80, 2)", decay, optim.Polynomial(80, 2), "0 from 80 on"},
	{"PolynomialBetween(1, 0.2, 80, 2)", decay, optim.PolynomialBetween(1, 0.2, 80, 2), "0.2 from 80 on"},
	{"OneMinusSqrt(80, 0.1)", decay, optim.OneMinusSqrt(80, 0.1), "0.1 from 80 on"},
	{"Linear(1, 0.2, 70)", decay, optim.Linear(1, 0.2, 70), "0.2 from 70 on"},
	{"Cosine(60, 0.2)", decay, optim.Cosine(60, 0.2), "0.2 from 60 on"},
	{"CosinePeriodic(30, 0.2)", cycle, optim.CosinePeriodic(30, 0.2), ""},
	{"CosineRestarts(15, 2, 0)", cycle, optim.CosineRestarts(15, 2, 0), ""},
	{"Triangular(0.1, 10, 15)", cycle, optim.Triangular(0.1, 10, 15), ""},
	{"Triangular2(0.1, 10, 15)", cycle, optim.Triangular2(0.1, 10, 15), ""},
	{"ExpRange(0.1, 10, 15, 0.98)", cycle, optim.ExpRange(0.1, 10, 15, 0.98), ""},
	{"NewOneCycle(100)", cycle, optim.NewOneCycle(100).At, ""},
	{"OneCycle{ThreePhases, Linear}", cycle, threePhases(), ""},
	{"Warmup(20, Cosine(80, 0))", composed, optim.Warmup(20, optim.Cosine(80, 0)), ""},
	{"WarmupStableDecay(10, 60, …)", composed, optim.WarmupStableDecay(10, 60, optim.Linear(1, 0, 30)), ""},
	{"Sequence(Constant, Cosine)", composed, optim.Sequence(
		optim.Phase{Steps: 40, Schedule: optim.Constant(1)},
		optim.Phase{Schedule: optim.Cosine(60, 0.1)}), ""},
	{"Product(Triangular, Linear)", composed, optim.Product(optim.Triangular(0.3, 10, 10), optim.Linear(1, 0, 100)), ""},
	{"NewPlateau(0.5, 9)", measured, observe(optim.NewPlateau(0.5, 9), func(step int) float64 { return max(0.2, 1-0.03*float64(step)) }), ""},
	{"func(step int) float64", own, func(step int) float64 { return 1 / (1 + math.Log1p(float64(step))) }, ""},
}

func threePhases() optim.Schedule {
	c := optim.NewOneCycle(steps)
	c.ThreePhases, c.Linear = true, true
	return c.At
}

// observe returns the factors of a run in which p observes the loss after each step.
func observe(p *optim.Plateau, loss func(step int) float64) optim.Schedule {
	var factors []float64
	for step := range steps + 1 {
		factors = append(factors, p.At(step))
		p.Observe(loss(step))
	}
	return func(step int) float64 { return factors[step] }
}

func main() {
	picture.Main("schedules prints the values of every schedule of the library.", run)
}

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

// draw draws a panel for each schedule, with a colour for each kind.
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
			factors := make(plotter.XYs, steps+1)
			for step := range factors {
				factors[step] = plotter.XY{X: float64(step), Y: e.schedule.At(step)}
			}
			line := picture.Line(factors, e.kind.colour)
			line.StepStyle = plotter.PostStep
			panel.Add(line)
			if e.note != "" {
				panel.Add(picture.Text(40, 0.85, e.note))
			}
			picture.Bounds(panel, 0, steps, 0, 1)
			panel.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.5, Label: "0.5"}, {Value: 1, Label: "1"}}
			row.Panels = append(row.Panels, panel)
		}
		row.SharedY = true
		rows = append(rows, row)
	}
	var key []picture.Entry
	for _, k := range []kind{decay, cycle, composed, measured, own} {
		key = append(key, picture.Entry{Name: k.name, Of: picture.Line(nil, k.colour)})
	}
	rows[0].Key = key
	return picture.Save(file, 9, rows...)
}
