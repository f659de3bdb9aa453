package main

import (
	"bytes"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Two colours of the palette of M. Okabe and K. Ito, which colour-blind readers
// can tell apart.
var (
	blue       = color.RGBA{0x00, 0x72, 0xB2, 0xFF}
	vermillion = color.RGBA{0xD5, 0x5E, 0x00, 0xFF}
)

// drawFit writes the data with the fitted curve, and the residuals below, to a
// PNG file.
func drawFit(file string, points plotter.XYs, b []float64) error {
	plot.DefaultFont.Variant = "Sans"
	const xLabel = "logarithm of the electron density"
	const left, right = -3.2, 2.4

	above := panel("Electron mobility in a semiconductor (NIST: Thurber)", "", "mobility", left, right)
	curve := plotter.NewFunction(func(x float64) float64 { return mobility(b, x) })
	curve.Samples, curve.Color, curve.Width = 300, vermillion, vg.Points(2)
	measured, err := markers(points)
	if err != nil {
		return err
	}
	above.Add(curve, measured)
	above.Y.Min, above.Y.Max = 0, 1600
	above.Legend.Add("measured", measured)
	above.Legend.Add("fitted: cubic over cubic, 7 parameters", curve)
	above.Legend.Top, above.Legend.Left = true, true
	above.Legend.Padding, above.Legend.XOffs = vg.Points(3), vg.Points(10)
	above.Legend.YOffs = -vg.Points(6)

	below := panel("", xLabel, "measured − fitted", left, right)
	zero := plotter.NewFunction(func(float64) float64 { return 0 })
	zero.Color, zero.Width = vermillion, vg.Points(2)
	rest := make(plotter.XYs, len(points))
	for i, p := range points {
		rest[i] = plotter.XY{X: p.X, Y: p.Y - mobility(b, p.X)}
	}
	residuals, err := markers(rest)
	if err != nil {
		return err
	}
	below.Add(zero, residuals)
	below.Y.Min, below.Y.Max = -40, 40

	image := vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 6*vg.Inch), vgimg.UseDPI(150))
	canvas := draw.Crop(draw.New(image), vg.Points(10), -vg.Points(14), vg.Points(10), -vg.Points(10))
	tiles := plot.Align([][]*plot.Plot{{above}, {below}}, draw.Tiles{Rows: 2, Cols: 1, PadY: vg.Points(8)}, canvas)
	above.Draw(tiles[0][0])
	below.Draw(tiles[1][0])
	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: image}).WriteTo(&out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// panel is an empty plot with a grid.
func panel(title, x, y string, left, right float64) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = vg.Points(8)
	p.X.Min, p.X.Max = left, right
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	return p
}

func markers(points plotter.XYs) (*plotter.Scatter, error) {
	s, err := plotter.NewScatter(points)
	if err != nil {
		return nil, err
	}
	s.GlyphStyle = draw.GlyphStyle{Color: blue, Radius: vg.Points(3.5), Shape: draw.CircleGlyph{}}
	return s, nil
}
