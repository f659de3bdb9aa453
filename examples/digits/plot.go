package main

import (
	"bytes"
	"cmp"
	"image/color"
	"math"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The palette of M. Okabe and K. Ito can be told apart by colour-blind readers.
// Its yellow is left out: it is too faint for a line on white.
var palette = []color.Color{
	color.RGBA{0x00, 0x72, 0xB2, 0xFF}, // blue
	color.RGBA{0xD5, 0x5E, 0x00, 0xFF}, // vermillion
	color.RGBA{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	color.RGBA{0x00, 0x00, 0x00, 0xFF}, // black
	color.RGBA{0xE6, 0x9F, 0x00, 0xFF}, // orange
	color.RGBA{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
	color.RGBA{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
}

var dashes = [][]vg.Length{nil, {6, 3}, {1.5, 2.5}}

const (
	leastLoss = 1e-16 // takes the place of 0, which a logarithmic axis cannot show
	mostLoss  = 100   // a run that diverges goes along this edge
)

// drawLosses writes the loss curves to a PNG file.
func drawLosses(file string, results []result) error {
	plot.DefaultFont.Variant = "Sans"
	p := plot.New()
	p.Title.Text = "Handwritten digits: training loss by optimizer"
	p.Title.Padding = vg.Points(8)
	p.X.Label.Text = "epoch (passes over the training set)"
	p.Y.Label.Text = "training loss (mean cross entropy, nats)"
	p.Y.Label.Position = draw.PosTop // in the centre gonum leaves a gap above a logarithmic axis
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(logTicks)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)

	var lines []*plotter.Line
	names := map[*plotter.Line]string{}
	for i, r := range results {
		line, err := plotter.NewLine(curve(r.losses))
		if err != nil {
			return err
		}
		line.Color = palette[i%len(palette)]
		line.Dashes = dashes[i/len(palette)%len(dashes)]
		line.Width = vg.Points(1.5)
		p.Add(line)
		lines = append(lines, line)
		names[line] = r.name
	}

	// The legend lists the curves from the highest end to the lowest.
	end := func(l *plotter.Line) float64 { return l.XYs[len(l.XYs)-1].Y }
	slices.SortFunc(lines, func(a, b *plotter.Line) int { return cmp.Compare(end(b), end(a)) })
	legend := plot.NewLegend()
	legend.Top, legend.Left = true, true
	legend.ThumbnailWidth = vg.Points(30)
	legend.Padding = vg.Points(4)
	for _, line := range lines {
		legend.Add(names[line], line)
	}

	// The legend has a place of its own, to the right of the curves.
	image := vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 5.5*vg.Inch), vgimg.UseDPI(150))
	canvas := draw.New(image)
	width := legend.Rectangle(canvas).Size().X
	margin := vg.Points(10)
	p.Draw(draw.Crop(canvas, margin, -width-3*margin, margin, -margin))
	legend.Draw(draw.Crop(canvas, canvas.Size().X-width-2*margin, -margin, 0, -3*margin))

	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: image}).WriteTo(&out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// curve is losses by epoch, within what the axis shows.
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

// logTicks labels the powers of ten. It is here because plot.LogTicks goes
// beyond the axis, and room is then left for what is not drawn.
func logTicks(least, most float64) []plot.Tick {
	var ticks []plot.Tick
	for e := -16; e <= 2; e++ { // leastLoss to mostLoss
		for digit := 1; digit <= 9; digit++ {
			tick := plot.Tick{Value: float64(digit) * math.Pow10(e)}
			if digit == 1 {
				tick.Label = strconv.FormatFloat(tick.Value, 'g', -1, 64)
			}
			if least <= tick.Value && tick.Value <= most {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}
