package main

import (
	"fmt"
	"math"

	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const (
	across    = 5     // panels in a full row
	leastLoss = 1e-16 // drawn for a loss of 0, which a logarithmic axis cannot show
	mostLoss  = 100   // drawn for larger losses and for NaN
)

// lines are the losses of an optimizer by epoch.
type lines struct{ least, most, median plotter.XYs }

// draw draws a panel for each optimizer, with the medians of the others behind it. byTrial is whether the
// rates are those of the optimizers.
func draw(file string, results []result, byTrial bool) error {
	var all []lines
	low, high := math.Inf(1), 0.0
	for _, r := range results {
		l := r.lines()
		all = append(all, l)
		for epoch := range l.median {
			low, high = min(low, l.least[epoch].Y), max(high, l.most[epoch].Y)
		}
	}
	median, band, others := picture.Line(nil, picture.Vermillion), picture.Between(nil, nil, picture.Pale), picture.Line(nil, picture.Grey)
	median.Width, others.Width = 1, 0.25
	var panels []*picture.Plot
	for i, r := range results {
		p := picture.Panel(r.name, "", "")
		picture.LogY(p)
		for _, other := range all {
			line := picture.Line(other.median, picture.Grey)
			line.Width = others.Width
			p.Add(line)
		}
		epochs := float64(len(all[i].median) - 1)
		line := picture.Line(all[i].median, median.Color)
		line.Width = median.Width
		p.Add(picture.Between(all[i].least, all[i].most, band.Color), line, picture.Text(epochs*0.45, high/3, fmt.Sprintf("η = %v", r.rate)))
		picture.Bounds(p, 0, epochs, low, high)
		panels = append(panels, p)
	}
	rows := picture.Grid(min(across, len(panels)), panels)
	for i := range rows {
		rows[i].SharedY = true
	}
	rows[0].Key = []picture.Entry{
		{Name: fmt.Sprintf("training loss (nats) by epoch: median (seeds: %d)", len(results[0].runs)), Of: median},
		{Name: "least to largest", Of: band},
		{Name: "the other optimizers", Of: others},
	}
	if byTrial {
		rows[0].Key = append(rows[0].Key, picture.Entry{
			Name: "The learning rates η were found by trial. They are not tuned well enough to rank the optimizers."})
	}
	return picture.Save(file, 0.6+max(3, 1.35*vg.Length(len(rows))), rows...)
}

// lines returns the losses, limited to the range of the axis.
func (r result) lines() (l lines) {
	for epoch := range r.runs[0].losses {
		least, most, median := r.spread(epoch)
		point := func(loss float64) plotter.XY {
			if math.IsNaN(loss) {
				loss = mostLoss
			}
			return plotter.XY{X: float64(epoch), Y: min(max(loss, leastLoss), mostLoss)}
		}
		l.least, l.most, l.median = append(l.least, point(least)), append(l.most, point(most)), append(l.median, point(median))
	}
	return l
}
