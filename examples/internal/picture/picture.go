// Package picture draws the pictures of the examples: curves, points and contour lines in panels, and
// rows of panels in a PNG file. It also holds the main function that the examples share.
package picture

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The palette of M. Okabe and K. Ito: colour-blind readers can distinguish its colours. Yellow is left
// out, because a yellow line on white is hard to see.
var (
	Blue       = color.RGBA{0x00, 0x72, 0xB2, 0xFF}
	Vermillion = color.RGBA{0xD5, 0x5E, 0x00, 0xFF}
	Green      = color.RGBA{0x00, 0x9E, 0x73, 0xFF}
	Black      = color.RGBA{0x00, 0x00, 0x00, 0xFF}
	Orange     = color.RGBA{0xE6, 0x9F, 0x00, 0xFF}
	SkyBlue    = color.RGBA{0x56, 0xB4, 0xE9, 0xFF}
	Purple     = color.RGBA{0xCC, 0x79, 0xA7, 0xFF}

	Grey  = color.RGBA{0x96, 0x96, 0x96, 0xFF} // for the background: contours, functions
	Faint = color.RGBA{0xE1, 0xE1, 0xE1, 0xFF}
	Pale  = color.RGBA{0xF4, 0xC9, 0xB0, 0xFF} // for areas behind a line of Vermillion

	Palette = []color.RGBA{Blue, Vermillion, Green, Black, Orange, SkyBlue, Purple}
)

// Plot is a panel of a picture. gonum's Plot shrinks if a mark or a line reaches beyond its edges, and
// then its axes are not aligned with those of the panels beside it. This type draws marks beyond the
// edges. Its title is Heading, so that the titles of a row are at the same height.
type Plot struct {
	*plot.Plot
	Heading string
}

// Add adds what is drawn in the panel.
func (p *Plot) Add(drawn ...plot.Plotter) {
	for _, d := range drawn {
		if r, ok := d.(plot.DataRanger); ok {
			p.Plot.Add(ranged{d, r})
		} else {
			p.Plot.Add(d)
		}
	}
}

// ranged is a Plotter without the method GlyphBoxes, which asks for space beyond the edges.
type ranged struct {
	plot.Plotter
	plot.DataRanger
}

// Panel returns an empty panel with labelled axes and a grid.
func Panel(heading, x, y string) *Plot {
	plot.DefaultFont.Variant = "Sans"
	p := &Plot{plot.New(), heading}
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Size = 10
		axis.Tick.Label.Font.Size = 9
		axis.Padding = 2
		axis.Tick.Marker = many
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = Faint, Faint
	p.Add(grid)
	return p
}

// Bounds sets the ranges of the axes. Call it after the curves are added, because adding a curve
// widens the ranges.
func Bounds(p *Plot, xmin, xmax, ymin, ymax float64) {
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = xmin, xmax, ymin, ymax
}

// Line returns a line through points.
func Line(points plotter.XYs, c color.Color) *plotter.Line {
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: c, Width: 1.5}}
}

// Dots returns a disc at each of the points.
func Dots(points plotter.XYs, c color.Color) *plotter.Scatter {
	return &plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 2, Shape: draw.CircleGlyph{}}}
}

// Mark returns a large mark at one point. The examples mark the start of a path with a Ring and the
// end with a Cross.
func Mark(x, y float64, c color.Color, shape draw.GlyphDrawer) *plotter.Scatter {
	return &plotter.Scatter{XYs: plotter.XYs{{X: x, Y: y}}, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 4.5, Shape: shape}}
}

// Text returns a text to the right of a point.
func Text(x, y float64, s string) *plotter.Labels {
	return &plotter.Labels{XYs: plotter.XYs{{X: x, Y: y}}, Labels: []string{s}, TextStyle: []draw.TextStyle{textStyle(9)}}
}

func textStyle(size vg.Length) draw.TextStyle {
	style := plot.NewLegend().TextStyle
	style.Font.Size = size
	return style
}

// The shapes for Mark.
var (
	Ring  = draw.RingGlyph{}
	Cross = draw.CrossGlyph{}
)

// Curve returns the graph of f from lo to hi.
func Curve(f func(float64) float64, lo, hi float64, c color.Color) *plotter.Line {
	const n = 400
	points := make(plotter.XYs, n+1)
	for i := range points {
		x := lo + (hi-lo)*float64(i)/n
		points[i] = plotter.XY{X: x, Y: f(x)}
	}
	return Line(points, c)
}

// Band returns the area between two functions from lo to hi.
func Band(bounds func(x float64) (lower, upper float64), lo, hi float64, c color.Color) *plotter.Polygon {
	const n = 200
	lower, upper := make(plotter.XYs, n+1), make(plotter.XYs, n+1)
	for i := range n + 1 {
		x := lo + (hi-lo)*float64(i)/n
		lower[i].X, upper[i].X = x, x
		lower[i].Y, upper[i].Y = bounds(x)
	}
	return Between(lower, upper, c)
}

// Between returns the area between two lines.
func Between(lower, upper plotter.XYs, c color.Color) *plotter.Polygon {
	outline := slices.Clone(upper)
	slices.Reverse(outline)
	return &plotter.Polygon{XYs: []plotter.XYs{slices.Concat(lower, outline)}, Color: c}
}

// Contours returns the lines at which f has one of the levels.
func Contours(f func(x, y float64) float64, xmin, xmax, ymin, ymax float64, levels ...float64) *plotter.Contour {
	s := &surface{xmin: xmin, xmax: xmax, ymin: ymin, ymax: ymax}
	for i := range s.z {
		for j := range s.z[i] {
			s.z[i][j] = f(s.X(i), s.Y(j))
		}
	}
	c := plotter.NewContour(s, levels, nil)
	c.LineStyles = []draw.LineStyle{{Color: Grey, Width: 0.6}}
	return c
}

// surface holds the values of a function on a square mesh.
type surface struct {
	xmin, xmax, ymin, ymax float64
	z                      [mesh + 1][mesh + 1]float64
}

const mesh = 400

func (s *surface) Dims() (columns, rows int) { return mesh + 1, mesh + 1 }
func (s *surface) X(i int) float64           { return s.xmin + (s.xmax-s.xmin)*float64(i)/mesh }
func (s *surface) Y(j int) float64           { return s.ymin + (s.ymax-s.ymin)*float64(j)/mesh }
func (s *surface) Z(i, j int) float64        { return s.z[i][j] }
