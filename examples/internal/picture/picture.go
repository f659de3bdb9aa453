// Package picture is what the examples draw with: colours, axes, paths over
// contours, and rows of panels in a PNG file.
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

// The palette of M. Okabe and K. Ito can be told apart by colour-blind readers.
// Its yellow is left out: it is too faint for a line on white.
var (
	Blue       = color.RGBA{0x00, 0x72, 0xB2, 0xFF}
	Vermillion = color.RGBA{0xD5, 0x5E, 0x00, 0xFF}
	Green      = color.RGBA{0x00, 0x9E, 0x73, 0xFF}
	Black      = color.RGBA{0x00, 0x00, 0x00, 0xFF}
	Orange     = color.RGBA{0xE6, 0x9F, 0x00, 0xFF}
	SkyBlue    = color.RGBA{0x56, 0xB4, 0xE9, 0xFF}
	Purple     = color.RGBA{0xCC, 0x79, 0xA7, 0xFF}

	Grey  = color.RGBA{0x96, 0x96, 0x96, 0xFF} // for what stands behind
	faint = color.RGBA{0xE1, 0xE1, 0xE1, 0xFF}

	Palette = []color.RGBA{Blue, Vermillion, Green, Black, Orange, SkyBlue, Purple}
)

// Panel is an empty plot with labelled axes and a grid.
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

// Bounds says what the axes show. It comes after the curves, which widen the
// axes to hold them.
func Bounds(p *plot.Plot, xmin, xmax, ymin, ymax float64) {
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = xmin, xmax, ymin, ymax
}

// LogY makes the vertical axis logarithmic. All values must be above 0.
func LogY(p *plot.Plot) {
	p.Y.Label.Position = draw.PosTop // in the centre gonum leaves a gap above a logarithmic axis
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(logTicks)
}

// logTicks labels the powers of ten. It is here because plot.LogTicks goes
// beyond the axis, and room is then left for what is not drawn.
func logTicks(least, most float64) []plot.Tick {
	const fits = 8 // labels
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

// Line joins points.
func Line(points plotter.XYs, c color.Color) *plotter.Line {
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: c, Width: 1.5}}
}

// Dots marks points with discs.
func Dots(points plotter.XYs, c color.Color) *plotter.Scatter {
	return &plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 2, Shape: draw.CircleGlyph{}}}
}

// Mark marks one point: with a ring where a path begins, with a cross where it
// ends.
func Mark(x, y float64, c color.Color, shape draw.GlyphDrawer) *plotter.Scatter {
	return &plotter.Scatter{XYs: plotter.XYs{{X: x, Y: y}}, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 4.5, Shape: shape}}
}

// Text writes to the right of a point.
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

// Curve is the graph of f.
func Curve(f func(float64) float64, lo, hi float64, c color.Color) *plotter.Line {
	const n = 400
	points := make(plotter.XYs, n+1)
	for i := range points {
		x := lo + (hi-lo)*float64(i)/n
		points[i] = plotter.XY{X: x, Y: f(x)}
	}
	return Line(points, c)
}

// Contours is the lines at which f has one of the levels.
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

// surface is f on a fine mesh.
type surface struct {
	xmin, xmax, ymin, ymax float64
	z                      [mesh + 1][mesh + 1]float64
}

const mesh = 400

func (s *surface) Dims() (columns, rows int) { return mesh + 1, mesh + 1 }
func (s *surface) X(i int) float64           { return s.xmin + (s.xmax-s.xmin)*float64(i)/mesh }
func (s *surface) Y(j int) float64           { return s.ymin + (s.ymax-s.ymin)*float64(j)/mesh }
func (s *surface) Z(i, j int) float64        { return s.z[i][j] }

// Row is panels side by side, and a key above them.
type Row struct {
	Panels []*plot.Plot
	Key    [][]Entry // line by line
}

// Entry says what something drawn stands for.
type Entry struct {
	Name string
	Of   plot.Thumbnailer
}

// Canvas is a sheet of 960 pixels across, and as many inches down as given, of
// 120 pixels each.
func Canvas(height vg.Length) *vgimg.Canvas {
	return vgimg.NewWith(vgimg.UseWH(8*vg.Inch, height*vg.Inch), vgimg.UseDPI(120))
}

// Save writes rows of panels to a PNG file, on a Canvas of that height.
func Save(file string, height vg.Length, rows ...Row) error {
	canvas := Canvas(height)
	rest := draw.Crop(draw.New(canvas), 8, -12, 8, -8)
	panels := rest.Max.Y - rest.Min.Y
	for _, row := range rows {
		panels -= keyHeight(row.Key)
	}
	for _, row := range rows {
		drawKey(rest, row.Key)
		c := rest
		c.Max.Y -= keyHeight(row.Key)
		c.Min.Y = c.Max.Y - panels/vg.Length(len(rows))
		rest.Max.Y = c.Min.Y
		tiles := draw.Tiles{Rows: 1, Cols: len(row.Panels), PadX: 14, PadTop: 4, PadBottom: 4}
		for i, where := range plot.Align([][]*plot.Plot{row.Panels}, tiles, c)[0] {
			row.Panels[i].Draw(where)
		}
	}
	return Write(file, canvas)
}

const keyLine = 17 // height of a key's line

func keyHeight(key [][]Entry) vg.Length { return keyLine * vg.Length(len(key)) }

// drawKey writes entries from left to right.
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

// Write writes what was drawn to a PNG file, in the colours of the palette,
// shades of grey and the most frequent others, 44 in all: a quarter of the size,
// and nothing to be seen of it.
func Write(file string, canvas *vgimg.Canvas) error {
	full := canvas.Image()
	count := map[color.Color]int{}
	for _, c := range Palette {
		count[c] = 1 << 30
	}
	for shade := 0; shade <= 0xFF; shade += 0x11 {
		grey := uint8(shade)
		count[color.RGBA{grey, grey, grey, 0xFF}] = 1 << 30 // or photographs would take on colours
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
