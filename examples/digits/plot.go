package main

import (
	"cmp"
	"math"
	"slices"

	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var dashes = [][]vg.Length{nil, {6, 3}, {1.5, 2.5}, {8, 2, 1.5, 2}}

const (
	leastLoss = 1e-16 // drawn for a loss of 0, which a logarithmic axis cannot show
	mostLoss  = 100   // drawn for larger losses and for NaN
)

// drawLosses writes the loss curves to a PNG file.
func drawLosses(file string, results []result) error {
	p := picture.Panel("Handwritten digits: training loss by optimizer",
		"epoch (passes over the training set)", "training loss (mean cross entropy, nats)")
	picture.LogY(p)

	var lines []*plotter.Line
	names := map[*plotter.Line]string{}
	for i, r := range results {
		line := picture.Line(curve(r.losses), picture.Palette[i%len(picture.Palette)])
		line.Dashes = dashes[i/len(picture.Palette)%len(dashes)]
		p.Add(line)
		lines = append(lines, line)
		names[line] = r.name
	}

	// The legend has the curves in the order of their last losses, the largest first.
	end := func(l *plotter.Line) float64 { return l.XYs[len(l.XYs)-1].Y }
	slices.SortFunc(lines, func(a, b *plotter.Line) int { return cmp.Compare(end(b), end(a)) })
	legend := plot.NewLegend()
	legend.Top, legend.Left = true, true
	legend.ThumbnailWidth = vg.Points(30)
	legend.TextStyle.Font.Size = 9
	legend.Padding = vg.Points(2)
	for _, line := range lines {
		legend.Add(names[line], line)
	}

	// The legend is to the right of the panel.
	sheet := picture.Canvas(5.5)
	canvas := draw.New(sheet)
	width := legend.Rectangle(canvas).Size().X
	margin := vg.Points(10)
	p.Draw(draw.Crop(canvas, margin, -width-3*margin, margin, -margin))
	legend.Draw(draw.Crop(canvas, canvas.Size().X-width-2*margin, -margin, 0, -3*margin))
	return picture.Write(file, sheet)
}

// curve returns the losses by epoch, limited to the range of the axis.
func curve(losses []float64) plotter.XYs {
	var points plotter.XYs
	for epoch, loss := range losses {
		if math.IsNaN(loss) {
			loss = mostLoss
		}
		points = append(points, plotter.XY{X: float64(epoch), Y: min(max(loss, leastLoss), mostLoss)})
	}
	return points
}
