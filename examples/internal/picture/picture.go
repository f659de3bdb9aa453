// Package picture draws the pictures of the examples: curves, points and contour lines in panels, and
// rows of panels in a PNG file. It also holds the main function that the examples share.
package picture

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
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
	faint = color.RGBA{0xE1, 0xE1, 0xE1, 0xFF}
	Pale  = color.RGBA{0xF4, 0xC9, 0xB0, 0xFF} // for areas behind a line of Vermillion

	Palette = []color.RGBA{Blue, Vermillion, Green, Black, Orange, SkyBlue, Purple}
)

// Panel returns an empty plot with labelled axes and a grid.
func Panel(title, x, y string) *plot.Plot {
	plot.DefaultFont.Variant = "Sans"
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Size = 11
	p.Title.Padding = 5
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Size = 10
		axis.Tick.Label.Font.Size = 9
		axis.Padding = 2
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = faint, faint
	p.Add(grid)
	return p
}

// Bounds sets the ranges of the axes. Call it after the curves are added, because adding a curve
// widens the ranges.
func Bounds(p *plot.Plot, xmin, xmax, ymin, ymax float64) {
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = xmin, xmax, ymin, ymax
}

// LogY makes the vertical axis logarithmic. All values must be positive.
func LogY(p *plot.Plot) {
	p.Y.Label.Position = draw.PosTop // a centred label leaves an empty band above a logarithmic axis
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(logTicks)
}

// logTicks returns ticks at the powers of ten and labels at most 9 of them. plot.LogTicks also returns
// ticks outside the axis, and gonum leaves space for those.
func logTicks(least, most float64) []plot.Tick {
	const fits = 8 // intervals between labels
	least = max(least, math.SmallestNonzeroFloat64)
	first, last := int(math.Floor(math.Log10(least))), int(math.Ceil(math.Log10(most)))
	every := 1 + (last-first)/fits
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for digit := 1; digit <= 9; digit++ {
			tick := plot.Tick{Value: float64(digit) * math.Pow10(e)}
			if digit == 1 && e%every == 0 {
				tick.Label = strconv.FormatFloat(tick.Value, 'g', -1, 64)
			}
			if least <= tick.Value && tick.Value <= most && (digit == 1 || every == 1) {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
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
	style := plot.NewLegend().TextStyle
	style.Font.Size = 9
	return &plotter.Labels{XYs: plotter.XYs{{X: x, Y: y}}, Labels: []string{s}, TextStyle: []draw.TextStyle{style}}
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
	outline := make(plotter.XYs, 2*(n+1))
	for i := range n + 1 {
		x := lo + (hi-lo)*float64(i)/n
		lower, upper := bounds(x)
		outline[i], outline[len(outline)-1-i] = plotter.XY{X: x, Y: lower}, plotter.XY{X: x, Y: upper}
	}
	return &plotter.Polygon{XYs: []plotter.XYs{outline}, Color: c}
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

// Row is a row of panels with a key above them.
type Row struct {
	Panels []*plot.Plot
	Key    [][]Entry // the lines of the key
}

// Entry is an entry of a key: a line or a mark of the picture, and its name.
type Entry struct {
	Name string
	Of   plot.Thumbnailer
}

// Canvas returns an empty sheet, 960 pixels wide. The height is in inches of 120 pixels.
func Canvas(height vg.Length) *vgimg.Canvas {
	return vgimg.NewWith(vgimg.UseWH(8*vg.Inch, height*vg.Inch), vgimg.UseDPI(120))
}

// Save writes rows of panels to a PNG file. The height of the picture is in inches of 120 pixels. All
// rows have panels of the same height.
func Save(file string, height vg.Length, rows ...Row) error {
	canvas := Canvas(height)
	all := draw.Crop(draw.New(canvas), 8, -12, 8, -8)
	panels := all.Max.Y - all.Min.Y
	for _, row := range rows {
		panels -= keyHeight(row.Key)
	}
	rest := all
	for k, row := range rows {
		drawKey(rest, row.Key)
		c := rest
		c.Max.Y -= keyHeight(row.Key)
		c.Min.Y = c.Max.Y - panels/vg.Length(len(rows))
		rest.Max.Y = c.Min.Y
		columns := alignColumns(all, rows, k)
		for i, where := range align(c, [][]*plot.Plot{row.Panels})[0] {
			where.Min.X, where.Max.X = columns[i].Min.X, columns[i].Max.X
			row.Panels[i].Draw(where)
		}
	}
	return Write(file, canvas)
}

// alignColumns returns canvases for the panels of row k. Their horizontal axes are aligned with those
// of the other rows that have the same number of panels.
func alignColumns(c draw.Canvas, rows []Row, k int) []draw.Canvas {
	var table [][]*plot.Plot
	at := 0
	for i, row := range rows {
		if i == k {
			at = len(table)
		}
		if len(row.Panels) == len(rows[k].Panels) {
			table = append(table, row.Panels)
		}
	}
	return align(c, table)[at]
}

// align divides c among panels so that their axes are aligned in each row and in each column.
func align(c draw.Canvas, panels [][]*plot.Plot) [][]draw.Canvas {
	tiles := draw.Tiles{Rows: len(panels), Cols: len(panels[0]), PadX: 14, PadTop: 4, PadBottom: 4}
	return plot.Align(panels, tiles, c)
}

const keyLine = 17 // height of a line of a key, in points

func keyHeight(key [][]Entry) vg.Length { return keyLine * vg.Length(len(key)) }

// drawKey draws a key at the top of c.
func drawKey(c draw.Canvas, key [][]Entry) {
	const thumbnail, gap = 18, 13
	style := plot.NewLegend().TextStyle
	style.Font.Size = 10
	y := c.Max.Y
	for _, line := range key {
		x := c.Min.X
		y -= keyLine
		for _, e := range line {
			place := c
			place.Min, place.Max = vg.Point{X: x, Y: y}, vg.Point{X: x + thumbnail, Y: y + keyLine - 4}
			e.Of.Thumbnail(&place)
			x += thumbnail + 4
			c.FillText(style, vg.Point{X: x, Y: y + 3}, e.Name)
			x += style.Width(e.Name) + gap
		}
	}
}

// Write writes the drawing to a PNG file with 44 colours: the palette, shades of grey and the most
// frequent other colours. The file has a quarter of its full size and no visible difference.
func Write(file string, canvas *vgimg.Canvas) error {
	full := canvas.Image()
	count := map[color.Color]int{}
	for _, c := range Palette {
		count[c] = 1 << 30
	}
	for shade := 0; shade <= 0xFF; shade += 0x11 {
		grey := uint8(shade)
		count[color.RGBA{grey, grey, grey, 0xFF}] = 1 << 30 // for photographs
	}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			count[full.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	small := image.NewPaletted(full.Bounds(), colours[:min(44, len(colours))])
	index := map[color.Color]uint8{}
	for _, c := range colours {
		index[c] = uint8(small.Palette.Index(c))
	}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			small.SetColorIndex(x, y, index[full.At(x, y)])
		}
	}

	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, small); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}
