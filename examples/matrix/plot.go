package main

import (
	"fmt"
	"image/color"

	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// draw writes the losses by step and by second. A thin line is a run, and a thick line is the run with
// the median number of steps.
func draw(file string, results [][]trial) error {
	byStep := picture.Panel("loss by step", "steps", "training loss (nats)")
	bySecond := picture.Panel("loss by time", "seconds of gradients and steps", "training loss (nats)")
	var key []picture.Entry
	for i, trials := range results {
		for _, t := range trials {
			addRun(byStep, bySecond, t, picture.Palette[i], 0.4)
		}
	}
	for i, trials := range results {
		thick := addRun(byStep, bySecond, middle(trials), picture.Palette[i], 2)
		key = append(key, picture.Entry{Name: fmt.Sprintf("%s, η = %v", methods[i].name, methods[i].rate), Of: thick})
	}
	key = append(key, picture.Entry{Name: "thin: each run; thick: the run with the median number of steps"})
	for _, p := range []*picture.Plot{byStep, bySecond} {
		picture.LogY(p)
	}
	return picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{byStep, bySecond}, Key: key})
}

// addRun adds the losses of a run to both panels, and returns a line.
func addRun(byStep, bySecond *picture.Plot, t trial, c color.Color, width vg.Length) *plotter.Line {
	var steps, seconds plotter.XYs
	for _, p := range t.curve {
		steps = append(steps, plotter.XY{X: float64(p.steps), Y: p.loss})
		seconds = append(seconds, plotter.XY{X: p.seconds, Y: p.loss})
	}
	left, right := picture.Line(steps, c), picture.Line(seconds, c)
	for _, line := range []*plotter.Line{left, right} {
		line.Width = width
	}
	byStep.Add(left)
	bySecond.Add(right)
	return left
}
